//! What a telephone looks like in a terminal: a keypad that can be pressed, a display, what is spoken, how loud it is.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Paragraph, Wrap};

use super::phone::{Note, NoteKind, Phone, Stage};
use crate::domain::{Digit, Uptime};

/// Whether colours are used; without them bold and reversed letters do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colors {
    /// They are.
    On,
    /// They are not.
    Off,
}

/// The smallest terminal that a telephone fits into.
const WIDTH_MIN: u16 = 60;
const HEIGHT_MIN: u16 = 22;

const KEYS: [[char; 3]; 4] = [['1', '2', '3'], ['4', '5', '6'], ['7', '8', '9'], ['*', '0', '#']];
const LETTERS: [[&str; 3]; 4] =
    [["", "abc", "def"], ["ghi", "jkl", "mno"], ["pqrs", "tuv", "wxyz"], ["", "+", ""]];

/// The size of a key, and that of a large terminal from which on it is used.
const KEY: (u16, u16) = (8, 3);
const KEY_LARGE: (u16, u16) = (12, 5);
const LARGE: (u16, u16) = (100, 36);

/// Rows of the display above the keypad.
const DISPLAY: u16 = 5;

/// What is on a key: `7 pqrs`.
const FACE_WIDTH: u16 = 6;

/// How long a key looks pressed.
const LIT_MILLIS: u128 = 180;

/// Levels between which a meter moves.
const METER_DBM0: (f64, f64) = (-50.0, 0.0);

/// Draws the telephone. `now` is the time of its notes.
pub fn draw(frame: &mut Frame<'_>, phone: &Phone, now: Uptime, colors: Colors) {
    let area = frame.area();
    if area.width < WIDTH_MIN || area.height < HEIGHT_MIN {
        let small = format!(
            "The telephone needs {WIDTH_MIN} x {HEIGHT_MIN}. This window has {} x {}: make it larger.",
            area.width, area.height
        );
        frame.render_widget(Paragraph::new(small).wrap(Wrap { trim: true }), area);
        return;
    }
    let [body, help] = Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(area);
    let (key_width, key_height) = key_size(area);
    let pad_width = Constraint::Length(3 * key_width + 2);
    let [left, right] = Layout::horizontal([pad_width, Constraint::Min(0)]).areas(body);
    let [display, pad, meters] = Layout::vertical([
        Constraint::Length(DISPLAY),
        Constraint::Length(4 * key_height),
        Constraint::Min(0),
    ])
    .areas(left);
    draw_display(frame, phone, now, display, colors);
    draw_pad(frame, phone, now, pad, colors, (key_width, key_height));
    draw_meters(frame, phone, meters, colors);
    let [spoken, log] =
        Layout::vertical([Constraint::Percentage(50), Constraint::Min(0)]).areas(right);
    draw_captions(frame, phone, now, spoken, colors);
    draw_log(frame, phone, log, colors);
    let keys = match (phone.takes_number(), phone.has_microphone) {
        _ if phone.is_over_for_good() => " x leave",
        (true, _) => " 0-9 key a number   Backspace erase   d call it   x leave",
        (false, true) => " 0-9 * #   m microphone   t tone   q quiet   h hang up   x leave",
        (false, false) => " 0-9 * #   t tone   q quiet   h hang up   x leave",
    };
    frame.render_widget(Paragraph::new(keys).style(faint(colors)), help);
}

/// The key of the keypad at that place of the terminal, if there is one.
#[must_use]
pub fn key_at(area: Rect, at: Position) -> Option<Digit> {
    if area.width < WIDTH_MIN || area.height < HEIGHT_MIN {
        return None;
    }
    let (width, height) = key_size(area);
    let (column, row) = (at.x.checked_sub(1)? / width, at.y.checked_sub(DISPLAY)? / height);
    let key = KEYS.get(usize::from(row))?.get(usize::from(column))?;
    Digit::from_char(*key)
}

fn key_size(area: Rect) -> (u16, u16) {
    match area.width >= LARGE.0 && area.height >= LARGE.1 {
        true => KEY_LARGE,
        false => KEY,
    }
}

fn draw_display(frame: &mut Frame<'_>, phone: &Phone, now: Uptime, area: Rect, colors: Colors) {
    let number = match (phone.new_number.as_str(), phone.number) {
        ("", None) => "no number".to_owned(),
        ("", Some(number)) => number.to_string(),
        (new, _) => format!("+{new}_"),
    };
    let (stage, tint) = match &phone.stage {
        Stage::Connecting => ("connecting".to_owned(), Color::Yellow),
        Stage::Idle => ("ready".to_owned(), Color::Gray),
        Stage::Dialling => ("calling".to_owned(), Color::Yellow),
        Stage::InCall => (phone.state.replace('-', " "), Color::Green),
        Stage::Over(cause, q850) => (format!("{} ({q850})", cause.replace('-', " ")), Color::Red),
        Stage::Refused(_) => ("the bridge ended it".to_owned(), Color::Red),
        Stage::Gone(in_short) => ((*in_short).to_owned(), Color::Red),
    };
    let title = format!(
        " {} ",
        if phone.organization.is_empty() { "Holdline" } else { &phone.organization }
    );
    let block = Block::bordered().border_type(BorderType::Rounded).title(title);
    let width = usize::from(block.inner(area).width);
    let lasts = phone.answered_at.filter(|_| phone.stage == Stage::InCall).map(|at| {
        let seconds = now.since(at).as_secs();
        format!("{:02}:{:02}", seconds / 60, seconds % 60)
    });
    let lasts = lasts.unwrap_or_default();
    let gap = width.saturating_sub(number.chars().count() + lasts.len());
    let lines = vec![
        Line::from(vec![
            Span::from(number).style(strong()),
            Span::from(" ".repeat(gap)),
            Span::from(lasts).style(color(colors, tint)),
        ]),
        Line::from(fit(stage, width)).style(color(colors, tint)),
        match phone.takes_number() {
            true => Line::from("key a number, d calls it").style(faint(colors)),
            false => Line::from(phone.keyed.clone()),
        },
    ];
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

fn draw_pad(
    frame: &mut Frame<'_>,
    phone: &Phone,
    now: Uptime,
    area: Rect,
    colors: Colors,
    (width, height): (u16, u16),
) {
    for (row, keys) in (0..).zip(KEYS) {
        for (column, key) in (0..).zip(keys) {
            let place =
                Rect { x: area.x + 1 + column * width, y: area.y + row * height, width, height };
            let lit = phone.pressed.is_some_and(|(digit, at)| {
                digit.as_char() == key && now.since(at).as_millis() < LIT_MILLIS
            });
            let style = match lit {
                true => color(colors, Color::Cyan).add_modifier(Modifier::REVERSED),
                false => Style::default(),
            };
            let letters = LETTERS[usize::from(row)][usize::from(column)];
            let face = Line::from(vec![
                Span::from(key.to_string()).style(style.add_modifier(Modifier::BOLD)),
                Span::from(format!(" {letters:<4}")).style(if lit { style } else { faint(colors) }),
            ]);
            let block = Block::bordered().border_type(BorderType::Rounded).style(style);
            let inner = block.inner(place);
            frame.render_widget(block, place);
            let indent = inner.width.saturating_sub(FACE_WIDTH) / 2;
            let middle = Rect {
                x: inner.x + indent,
                y: inner.y + inner.height / 2,
                width: inner.width - indent,
                height: 1,
            };
            frame.render_widget(Paragraph::new(face), middle);
        }
    }
}

fn draw_meters(frame: &mut Frame<'_>, phone: &Phone, area: Rect, colors: Colors) {
    let width = usize::from(area.width.saturating_sub(16));
    let meter = |name: &str, level: Option<f64>| {
        let (low, high) = METER_DBM0;
        let part = level.map_or(0.0, |level| ((level - low) / (high - low)).clamp(0.0, 1.0));
        let full = (part * width as f64) as usize;
        let figure = level.map_or_else(|| "      ".to_owned(), |level| format!("{level:4.0} dB"));
        Line::from(vec![
            Span::from(format!(" {name:<6} ")),
            Span::from("\u{2588}".repeat(full)).style(color(colors, Color::Green)),
            Span::from("\u{2591}".repeat(width - full)).style(faint(colors)),
            Span::from(format!(" {figure}")),
        ])
    };
    let mut lines = vec![meter("heard", phone.heard_dbm0), meter("spoken", phone.spoken_dbm0)];
    let (own, hears) = (presence(phone, area, colors), hears(phone, area));
    let rows = usize::from(area.height);
    // Where not all fit, how many are in it is left out first, and then who is heard.
    if let Some((members, waiting)) = phone.room
        && lines.len() + own.len() + hears.len() < rows
    {
        lines.push(Line::from(format!(" {members} in it, {waiting} waiting")));
    }
    lines.extend(own.into_iter().chain(hears));
    lines.truncate(rows);
    frame.render_widget(Paragraph::new(lines), area);
}

/// Whether one is muted, and whether one's hand is raised.
fn presence(phone: &Phone, area: Rect, colors: Colors) -> Vec<Line<'static>> {
    let (muted, silenced, hand_raised) = phone.presence;
    let muted = match (muted, silenced) {
        (true, true) => Some("muted, also by organizer"),
        (true, false) => Some("muted"),
        (false, true) => Some("muted by organizer"),
        (false, false) => None,
    };
    let mut rows: Vec<String> = muted.map(str::to_owned).into_iter().collect();
    if hand_raised {
        const HAND: &str = ", hand raised";
        match rows.last_mut() {
            Some(row) if row.len() + HAND.len() < usize::from(area.width) => row.push_str(HAND),
            Some(row) => {
                row.push(',');
                rows.push(HAND[2..].to_owned());
            }
            None => rows.push(HAND[2..].to_owned()),
        }
    }
    let line = |row| {
        Line::from(vec![Span::from(" "), Span::from(row).style(color(colors, Color::Yellow))])
    };
    rows.into_iter().map(line).collect()
}

/// Who else is heard.
fn hears(phone: &Phone, area: Rect) -> Vec<Line<'static>> {
    const HEAD: &str = " hears ";
    if phone.hears.is_empty() {
        return Vec::new();
    }
    let width = usize::from(area.width).saturating_sub(HEAD.len()).max(8);
    let rows = wrap(&phone.hears.join(", "), width).into_iter().enumerate();
    let line = |(row, who): (usize, String)| {
        let head = if row == 0 { HEAD.to_owned() } else { " ".repeat(HEAD.len()) };
        Line::from(vec![Span::from(head), Span::from(who).style(strong())])
    };
    rows.map(line).collect()
}

/// The captions, and whether they are of this call: what is spoken stands out while it is.
fn draw_captions(frame: &mut Frame<'_>, phone: &Phone, now: Uptime, area: Rect, colors: Colors) {
    let mut pane = Pane::new(" what is spoken ", area);
    let mut begins = false;
    for note in phone.notes.iter().rev() {
        let is_newest = pane.is_empty() && !begins;
        match note.kind {
            NoteKind::Event => continue,
            NoteKind::Calling => {
                begins = true;
                continue;
            }
            // Music is seen as long as it is heard.
            NoteKind::Music if !is_newest || !phone.is_spoken(now) => continue,
            NoteKind::Music | NoteKind::Caption => {}
        }
        if std::mem::take(&mut begins) {
            pane.rule(colors);
        }
        let style = if is_newest && phone.is_spoken(now) { strong() } else { Style::default() };
        if !pane.add(note, style, colors) {
            break;
        }
    }
    pane.draw(frame);
}

/// What happened to the call: the newest stands out.
fn draw_log(frame: &mut Frame<'_>, phone: &Phone, area: Rect, colors: Colors) {
    let mut pane = Pane::new(" call log ", area);
    let happened = |note: &&Note| matches!(note.kind, NoteKind::Event | NoteKind::Calling);
    for note in phone.notes.iter().rev().filter(happened) {
        let style = if pane.is_empty() { strong() } else { Style::default() };
        if !pane.add(note, style, colors) {
            break;
        }
    }
    pane.draw(frame);
}

/// The latest notes, as many as there is room for, the newest at the bottom.
struct Pane {
    block: Block<'static>,
    area: Rect,
    inner: Rect,
    /// From the bottom up.
    lines: Vec<Line<'static>>,
}

impl Pane {
    fn new(title: &'static str, area: Rect) -> Self {
        let block = Block::bordered().border_type(BorderType::Rounded).title(title);
        Self { inner: block.inner(area), block, area, lines: Vec::new() }
    }

    fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Adds an earlier note; whether there is room for more.
    fn add(&mut self, note: &Note, style: Style, colors: Colors) -> bool {
        let time = note.at.as_millis() / 1_000;
        let head = format!("{:02}:{:02}  ", time / 60, time % 60);
        let indent = " ".repeat(head.chars().count());
        let width = usize::from(self.inner.width).saturating_sub(indent.len()).max(8);
        for (row, text) in wrap(&note.text, width).into_iter().enumerate().rev() {
            let head = if row == 0 { head.clone() } else { indent.clone() };
            self.lines.push(Line::from(vec![
                Span::from(head).style(faint(colors)),
                Span::from(text).style(style),
            ]));
        }
        self.lines.len() < usize::from(self.inner.height)
    }

    /// What is above is of another call.
    fn rule(&mut self, colors: Colors) {
        let rule = "\u{2500}".repeat(usize::from(self.inner.width));
        self.lines.push(Line::from(rule).style(faint(colors)));
    }

    fn draw(mut self, frame: &mut Frame<'_>) {
        self.lines.truncate(usize::from(self.inner.height));
        self.lines.reverse();
        frame.render_widget(Paragraph::new(self.lines).block(self.block), self.area);
    }
}

/// As much of a text as there is room for.
fn fit(text: String, width: usize) -> String {
    match text.chars().count() <= width {
        true => text,
        false => text.chars().take(width.saturating_sub(1)).chain(['\u{2026}']).collect(),
    }
}

/// Cuts a text into lines at its spaces.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is at least one line");
        let fits = line.is_empty() || line.chars().count() + 1 + word.chars().count() <= width;
        match fits {
            true if line.is_empty() => line.push_str(word),
            true => {
                line.push(' ');
                line.push_str(word);
            }
            false => lines.push(word.to_owned()),
        }
    }
    lines
}

fn color(colors: Colors, color: Color) -> Style {
    match colors {
        Colors::On => Style::default().fg(color),
        Colors::Off => Style::default(),
    }
}

fn strong() -> Style {
    Style::default().add_modifier(Modifier::BOLD)
}

fn faint(colors: Colors) -> Style {
    match colors {
        Colors::On => Style::default().fg(Color::DarkGray),
        Colors::Off => Style::default().add_modifier(Modifier::DIM),
    }
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::door::wire::{HungUp, ToPhone, Told, Welcome};

    fn phone() -> Phone {
        let mut phone = Phone::new(None, None);
        let numbers = vec!["+14255550100".parse().unwrap()];
        let welcome = Welcome { version: 1, organization: "Contoso".into(), numbers };
        phone.hear(Uptime::ZERO, ToPhone::Welcome(welcome));
        phone.hear(Uptime::ZERO, ToPhone::Answered);
        for told in [
            Told::State { state: "in-lobby".into() },
            Told::Prompt {
                name: "lobby-waiting".into(),
                words: "The meeting has not started yet. You will join when the organizer arrives."
                    .into(),
                ms: 4_000,
            },
            Told::Room { members: 0, waiting: 2 },
            Told::Heard { who: vec!["organizer".into(), "\u{2026}0177".into()] },
        ] {
            phone.hear(Uptime::from_millis(61_000), ToPhone::Told(told));
        }
        phone.heard_dbm0 = Some(-16.0);
        phone
    }

    const NOW: Uptime = Uptime::from_millis(62_000);

    fn terminal(width: u16, height: u16) -> Terminal<TestBackend> {
        Terminal::new(TestBackend::new(width, height)).unwrap()
    }

    fn drawn(phone: &Phone, colors: Colors) -> Terminal<TestBackend> {
        let mut terminal = terminal(80, 24);
        terminal.draw(|frame| draw(frame, phone, NOW, colors)).unwrap();
        terminal
    }

    fn shown(width: u16, height: u16) -> String {
        let mut terminal = terminal(width, height);
        terminal.draw(|frame| draw(frame, &phone(), NOW, Colors::Off)).unwrap();
        terminal.backend().to_string()
    }

    /// How the first place looks where that stands: its colour, and what else marks it.
    fn look(terminal: &Terminal<TestBackend>, words: &str) -> (Color, Modifier) {
        let buffer = terminal.backend().buffer();
        let area = buffer.area;
        for row in 0..area.height {
            let symbols: Vec<&str> = (0..area.width).map(|x| buffer[(x, row)].symbol()).collect();
            if let Some(bytes) = symbols.concat().find(words) {
                let column = symbols.concat()[..bytes].chars().count();
                let cell = &buffer[(u16::try_from(column).unwrap(), row)];
                return (cell.fg, cell.modifier);
            }
        }
        panic!("{words:?} is nowhere\n{}", terminal.backend());
    }

    #[test]
    fn it_looks_like_a_telephone_at_every_size() {
        for (width, height) in [(80, 24), (120, 40), (60, 22)] {
            let shown = shown(width, height);
            for wanted in [
                "Contoso",
                "+14255550100",
                "in lobby ",
                " 01:02\u{2502}",
                "7 pqrs",
                "heard",
                "-16 dB",
                "The meeting has not",
                "2 waiting",
                "hears organizer, \u{2026}0177",
                "what is spoken",
                "call log",
                "h hang up",
            ] {
                assert!(shown.contains(wanted), "{wanted:?} at {width} x {height}\n{shown}");
            }
        }
        assert!(shown(50, 15).contains("make it larger"));
    }

    const SIZES: [(u16, u16); 5] = [(60, 22), (80, 24), (100, 30), (120, 40), (140, 45)];

    fn shows(phone: &Phone, now: Uptime, (width, height): (u16, u16)) -> String {
        let mut terminal = terminal(width, height);
        terminal.draw(|frame| draw(frame, phone, now, Colors::Off)).unwrap();
        terminal.backend().to_string()
    }

    fn told(phone: &mut Phone, told: Told) {
        phone.hear(NOW, ToPhone::Told(told));
    }

    /// What stands in the display above the keypad, row by row.
    fn display(shown: &str) -> Vec<String> {
        let rows = shown.lines().take(usize::from(DISPLAY)).map(|row| {
            row.trim_start_matches('"').split('\u{2502}').nth(1).unwrap_or("").trim_end().to_owned()
        });
        rows.collect()
    }

    const STATES: [&str; 13] = [
        "choosing-language",
        "entering-conference-id",
        "finding-meeting",
        "organizer-question",
        "entering-pin",
        "checking-pin",
        "asking-name",
        "recording-name",
        "reviewing-name",
        "in-lobby",
        "in-meeting",
        "goodbye",
        "gone",
    ];

    #[test]
    fn each_state_and_how_long_the_call_lasts_are_shown_whole_at_every_size() {
        for size in SIZES {
            for state in STATES {
                let mut phone = phone();
                phone.number = Some("+123456789012345".parse().unwrap());
                told(&mut phone, Told::State { state: state.into() });
                for (lasts, wanted) in [(62_000, "01:02"), (7_199_000, "119:59")] {
                    let shown = shows(&phone, Uptime::from_millis(lasts), size);
                    let display = display(&shown);
                    let first = display[1].split_whitespace().collect::<Vec<_>>();
                    assert_eq!(first, ["+123456789012345", wanted], "{size:?}\n{shown}");
                    assert_eq!(display[2], state.replace('-', " "), "{size:?}\n{shown}");
                }
            }
        }
    }

    #[test]
    fn why_a_call_ended_is_shown_whole_at_every_size() {
        use crate::domain::HangupCause;
        let causes = HangupCause::ALL.map(|cause| (cause.name(), cause.q850()));
        for size in SIZES {
            for (cause, q850) in causes.into_iter().chain([("no-such-number", 1)]) {
                let mut phone = phone();
                phone.hear(NOW, ToPhone::HungUp(HungUp { cause: cause.into(), q850 }));
                let shown = shows(&phone, NOW, size);
                let wanted = format!("{} ({q850})", cause.replace('-', " "));
                assert_eq!(display(&shown)[2], wanted, "{shown}");
            }
            let mut phone = phone();
            phone.hear(NOW, ToPhone::Refused("no".into()));
            let shown = shows(&phone, NOW, size);
            assert_eq!(display(&shown)[2], "the bridge ended it", "{shown}");
        }
    }

    /// What stands below the keypad, row by row.
    fn below(shown: &str, (width, height): (u16, u16)) -> Vec<String> {
        let (key_width, key_height) = key_size(Rect::new(0, 0, width, height));
        let rows = shown.lines().skip(usize::from(DISPLAY + 4 * key_height));
        let left = rows.map(|row| {
            let row = row.trim_matches('"').chars().take(usize::from(3 * key_width + 2));
            row.collect::<String>().trim_end().to_owned()
        });
        left.filter(|row| row.contains(char::is_alphabetic) && !row.contains("0-9")).collect()
    }

    #[test]
    fn whether_one_is_muted_stands_on_lines_of_its_own_and_touches_nothing() {
        for size in SIZES {
            for (presence, wanted) in [
                ((true, false, false), &[" muted"][..]),
                ((false, false, true), &[" hand raised"]),
                ((true, false, true), &[" muted, hand raised"]),
                ((true, true, false), &[" muted, also by organizer"]),
                ((false, true, true), &[" muted by organizer,", " hand raised"]),
            ] {
                let mut phone = phone();
                phone.hears.clear();
                phone.room = Some((1_000, 250));
                phone.presence = presence;
                let shown = shows(&phone, NOW, size);
                let below = below(&shown, size);
                let (wide, all) = (size.0 >= 120, below[2..].join("\n"));
                // As many as there are rows for; what is one's own first.
                let wanted = if wide {
                    vec![wanted.concat()]
                } else {
                    wanted.iter().map(|row| (*row).to_owned()).collect()
                };
                assert!(all.contains(&wanted.join("\n")), "{size:?}\n{shown}");
                if size.1 > 22 {
                    assert_eq!(below[2], " 1000 in it, 250 waiting", "{size:?}\n{shown}");
                }
            }
        }
    }

    #[test]
    fn nothing_of_the_meeting_is_shown_once_it_is_over() {
        let mut phone = phone();
        told(&mut phone, Told::State { state: "in-meeting".into() });
        told(&mut phone, Told::Presence { muted: true, silenced: false, hand_raised: true });
        assert!(shows(&phone, NOW, (80, 24)).contains("hand raised"));
        told(&mut phone, Told::State { state: "goodbye".into() });
        let shown = shows(&phone, NOW, (80, 24));
        for gone in ["in it", "waiting\u{2502}", "muted", "raised", "hears"] {
            assert!(!shown.contains(gone), "{gone:?}\n{shown}");
        }
    }

    /// From the top down, whether each row of the captions stands out.
    fn captions(phone: &Phone, now: Uptime) -> Vec<(String, bool)> {
        let mut terminal = terminal(80, 24);
        terminal.draw(|frame| draw(frame, phone, now, Colors::Off)).unwrap();
        let buffer = terminal.backend().buffer();
        let rows = (1..10).map(|y| {
            let row: String = (27..79).map(|x| buffer[(x, y)].symbol()).collect();
            let bold = (34..79).any(|x| buffer[(x, y)].modifier.contains(Modifier::BOLD));
            (row.trim().to_owned(), bold)
        });
        rows.filter(|(row, _)| !row.is_empty()).collect()
    }

    fn says(phone: &mut Phone, at: u64, name: &str, words: &str, ms: u32) {
        let told = Told::Prompt { name: name.into(), words: words.into(), ms };
        phone.hear(Uptime::from_millis(at), ToPhone::Told(told));
    }

    /// In the lobby and on into the meeting.
    #[test]
    fn a_caption_stands_out_while_it_is_spoken_and_music_is_shown_while_it_plays() {
        let mut phone = phone();
        phone.notes.clear();
        let hears = |phone: &mut Phone, at, told| {
            phone.hear(Uptime::from_millis(at), ToPhone::Told(told));
        };
        let shows = |phone: &Phone, at, wanted: &[(&str, bool)]| {
            let shown = captions(phone, Uptime::from_millis(at));
            let shown: Vec<_> = shown.iter().map(|(row, bold)| (row.as_str(), *bold)).collect();
            assert_eq!(shown, wanted, "at {at} ms");
        };
        let (waits, music) = ("01:10  Please wait.", "01:12  \u{266a} hold music");
        says(&mut phone, 70_000, "lobby-waiting", "Please wait.", 2_000);
        shows(&phone, 71_990, &[(waits, true)]);
        shows(&phone, 72_300, &[(waits, false)]);
        hears(&mut phone, 72_500, Told::Music);
        shows(&phone, 99_000, &[(waits, false), (music, true)]);
        // It ends without a word.
        hears(&mut phone, 99_000, Told::Cut);
        shows(&phone, 99_000, &[(waits, false)]);
        hears(&mut phone, 99_500, Told::Music);
        let joins = "01:40  You are now joining.";
        says(&mut phone, 100_000, "joining", "You are now joining.", 3_000);
        shows(&phone, 101_000, &[(waits, false), (joins, true)]);
        hears(&mut phone, 101_000, Told::Cut);
        shows(&phone, 101_000, &[(waits, false), (joins, false)]);
    }

    /// Everything that an organizer can key, at 80 x 24.
    #[test]
    fn a_whole_menu_can_be_read_with_its_keys() {
        let mut phone = phone();
        phone.notes.clear();
        let mut at = 70_000;
        let mut clip = |name: &str, words: &str| {
            says(&mut phone, at, name, words, 500);
            at += 520;
        };
        for (name, words, keys) in [
            ("help-mute", "To mute or unmute yourself,", "6"),
            ("help-hand", "To raise or lower your hand,", "5"),
            ("help-roll-call", "To hear who is in the meeting,", "3"),
            ("help-admit-all", "To let in everyone who is waiting,", "21"),
            ("help-mute-all", "To mute everyone else,", "22"),
            ("help-announcements", "To switch announcements on or off,", "23"),
            ("help-lobby-count", "To hear how many are waiting,", "24"),
            ("help-lock", "To lock or unlock the meeting,", "7"),
            ("help-again", "To hear this again,", "1"),
        ] {
            clip(name, words);
            clip("press", "press");
            clip("star", "star");
            keys.chars().for_each(|key| clip(&format!("digit-{key}"), "some number"));
        }
        let shown = captions(&phone, Uptime::from_millis(at));
        assert_eq!(shown.len(), 9, "{shown:?}");
        assert_eq!(shown[0].0, "01:10  To mute or unmute yourself, press *6");
        assert_eq!(shown[3].0, "01:16  To let in everyone who is waiting, press *21");
        assert_eq!(shown[5].0, "01:21  To switch announcements on or off, press *23");
        assert!(shown[8].0.ends_with("To hear this again, press *1") && shown[8].1);
        assert_eq!(shown.iter().filter(|(_, bold)| *bold).count(), 1);
    }

    #[test]
    fn captions_of_the_call_before_stand_above_a_line() {
        let mut phone = phone();
        assert!(captions(&phone, NOW)[0].0.starts_with("01:01  The meeting"), "no line above");
        phone.hear(NOW, ToPhone::HungUp(HungUp { cause: "normal".into(), q850: 16 }));
        phone.dial(NOW);
        phone.hear(NOW, ToPhone::Answered);
        let shown = captions(&phone, NOW);
        assert!(!shown.iter().any(|(_, bold)| *bold), "{shown:?}");
        says(&mut phone, 62_000, "welcome", "Welcome.", 1_000);
        let shown = captions(&phone, NOW);
        let rule = "\u{2500}".repeat(52);
        let rows: Vec<_> = shown.iter().map(|(row, _)| row.as_str()).collect();
        assert_eq!(rows[rows.len() - 2..], [rule.as_str(), "01:02  Welcome."], "{rows:?}");
        assert_eq!(rows.iter().filter(|row| **row == rule).count(), 1, "{rows:?}");
        // Where nothing is colour, the line is dim.
        assert_eq!(look(&drawn(&phone, Colors::Off), &rule), (Color::Reset, Modifier::DIM));
        assert_eq!(look(&drawn(&phone, Colors::On), &rule).0, Color::DarkGray);
    }

    /// With colours and without: what stands out does so either way.
    #[test]
    fn colours_are_there_or_no_colour_is() {
        let mut phone = phone();
        phone.presence = (true, false, false);
        phone.press(NOW, Digit::from_char('5').unwrap());
        let (plain, dim, bold) = (Modifier::empty(), Modifier::DIM, Modifier::BOLD);
        let (on, off) = (drawn(&phone, Colors::On), drawn(&phone, Colors::Off));
        assert_eq!(on.backend().to_string(), off.backend().to_string(), "the words are the same");
        for (words, color, with, without) in [
            ("in lobby ", Color::Green, plain, plain),
            ("01:02", Color::Green, plain, plain),
            ("\u{2588}\u{2588}", Color::Green, plain, plain),
            ("\u{2591}\u{2591}", Color::DarkGray, plain, dim),
            ("muted", Color::Yellow, plain, plain),
            ("abc", Color::DarkGray, plain, dim),
            (" 0-9 * #", Color::DarkGray, plain, dim),
            ("+14255550100", Color::Reset, bold, bold),
            ("organizer, ", Color::Reset, bold, bold),
            ("5 jkl", Color::Cyan, bold | Modifier::REVERSED, bold | Modifier::REVERSED),
        ] {
            assert_eq!(look(&on, words), (color, with), "{words:?} in colour");
            assert_eq!(look(&off, words), (Color::Reset, without), "{words:?} without");
        }
        let cells = &off.backend().buffer().content;
        assert!(cells.iter().all(|cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset)));
        phone.hear(NOW, ToPhone::Refused("no".into()));
        assert_eq!(look(&drawn(&phone, Colors::On), "the bridge ended").0, Color::Red);
        assert_eq!(look(&drawn(&phone, Colors::Off), "the bridge ended").0, Color::Reset);
    }

    #[test]
    fn a_window_that_changes_its_size_is_drawn_whole() {
        let mut terminal = terminal(80, 24);
        for (width, height) in [(80, 24), (120, 40), (59, 24), (1, 1), (60, 22), (200, 60)] {
            terminal.backend_mut().resize(width, height);
            terminal.draw(|frame| draw(frame, &phone(), NOW, Colors::On)).unwrap();
            assert_eq!(terminal.backend().to_string(), shown(width, height), "{width} x {height}");
        }
    }

    /// While no call goes on: what is keyed, and how it is called.
    #[test]
    fn the_screen_tells_how_a_number_is_dialled() {
        let mut phone = Phone::new(None, None);
        phone.stage = Stage::Idle;
        let idle = drawn(&phone, Colors::Off).backend().to_string();
        for wanted in
            ["no number", "ready", "key a number, d calls it", "Backspace erase   d call it"]
        {
            assert!(idle.contains(wanted), "{wanted:?}\n{idle}");
        }
        for key in "4930".chars() {
            phone.press(NOW, Digit::from_char(key).unwrap());
        }
        let keyed = drawn(&phone, Colors::Off).backend().to_string();
        assert!(keyed.contains("+4930_") && !keyed.contains("no number"), "{keyed}");
        phone.dial(NOW);
        let calling = drawn(&phone, Colors::Off).backend().to_string();
        assert!(calling.contains("+4930 ") && calling.contains("calling"), "{calling}");
        assert!(!calling.contains("d calls it"), "{calling}");
    }

    #[test]
    fn the_mouse_finds_each_key() {
        let area = Rect::new(0, 0, 80, 24);
        let at = |x, y| key_at(area, Position::new(x, y)).map(Digit::as_char);
        assert_eq!([at(2, 6), at(12, 9), at(20, 15)], [Some('1'), Some('5'), Some('#')]);
        assert_eq!([at(40, 6), at(2, 2), at(2, 20)], [None, None, None]);
        let area = Rect::new(0, 0, 120, 40);
        let at = |x, y| key_at(area, Position::new(x, y)).map(Digit::as_char);
        assert_eq!([at(2, 6), at(14, 12), at(36, 24)], [Some('1'), Some('5'), Some('#')]);
        assert_eq!([at(37, 6), at(2, 25)], [None, None]);
    }
}
