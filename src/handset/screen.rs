//! What a telephone looks like in a terminal: a keypad that can be pressed, a display, what is spoken, how loud it is.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Paragraph, Wrap};

use super::phone::{NoteKind, Phone, Stage};
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
    draw_notes(frame, phone, NoteKind::Caption, spoken, colors);
    draw_notes(frame, phone, NoteKind::Event, log, colors);
    let keys = match (phone.takes_number(), phone.has_microphone) {
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
        Stage::InCall => {
            let lasts = phone.answered_at.map_or(0, |at| now.since(at).as_secs());
            (
                format!("{}  {:02}:{:02}", phone.state.replace('-', " "), lasts / 60, lasts % 60),
                Color::Green,
            )
        }
        Stage::Over(cause, q850) => (format!("{} ({q850})", cause.replace('-', " ")), Color::Red),
        Stage::Refused(_) => ("the bridge has ended the line".to_owned(), Color::Red),
    };
    let lines = vec![
        Line::from(number).style(strong()),
        Line::from(stage).style(color(colors, tint)),
        match phone.takes_number() {
            true => Line::from("key a number, d calls it").style(faint(colors)),
            false => Line::from(phone.keyed.clone()),
        },
    ];
    let title = format!(
        " {} ",
        if phone.organization.is_empty() { "Holdline" } else { &phone.organization }
    );
    let block = Block::bordered().border_type(BorderType::Rounded).title(title);
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
    if let Some((members, waiting)) = phone.room {
        let (muted, silenced, hand) = phone.presence;
        let flags = [(muted, "muted"), (silenced, "muted by organizer"), (hand, "hand raised")];
        let mut parts = vec![Span::from(format!(" {members} in it, {waiting} waiting"))];
        for (_, what) in flags.iter().filter(|(is, _)| *is) {
            parts.push(Span::from(", "));
            parts.push(Span::from(*what).style(color(colors, Color::Yellow)));
        }
        lines.push(Line::from(parts));
    }
    if !phone.hears.is_empty() {
        let who = Span::from(phone.hears.join(", ")).style(strong());
        lines.push(Line::from(vec![Span::from(" hears "), who]));
    }
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: false }), area);
}

/// The latest notes of a kind, as many as there is room for, the newest at the bottom.
fn draw_notes(frame: &mut Frame<'_>, phone: &Phone, kind: NoteKind, area: Rect, colors: Colors) {
    let title = match kind {
        NoteKind::Caption => " what is spoken ",
        NoteKind::Event => " call log ",
    };
    let block = Block::bordered().border_type(BorderType::Rounded).title(title);
    let inner = block.inner(area);
    let width = usize::from(inner.width).max(1);
    let mut lines: Vec<Line<'_>> = Vec::new();
    for note in phone.notes.iter().rev().filter(|note| note.kind == kind) {
        let time = note.at.as_millis() / 1_000;
        let head = format!("{:02}:{:02}  ", time / 60, time % 60);
        // What was said or happened last stands out.
        let style = if lines.is_empty() { strong() } else { Style::default() };
        let indent = " ".repeat(head.chars().count());
        let wrapped = wrap(&note.text, width.saturating_sub(head.chars().count()).max(8));
        for (row, text) in wrapped.iter().enumerate().rev() {
            let head = if row == 0 { head.clone() } else { indent.clone() };
            lines.push(Line::from(vec![
                Span::from(head).style(faint(colors)),
                Span::from(text.clone()).style(style),
            ]));
        }
        if lines.len() >= usize::from(inner.height) {
            break;
        }
    }
    lines.truncate(usize::from(inner.height));
    lines.reverse();
    frame.render_widget(Paragraph::new(lines).block(block), area);
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
    use crate::door::wire::{ToPhone, Told, Welcome};

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
                "in lobby  01:02",
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
            ("in lobby  01:02", Color::Green, plain, plain),
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
        assert_eq!(look(&drawn(&phone, Colors::On), "the bridge has").0, Color::Red);
        assert_eq!(look(&drawn(&phone, Colors::Off), "the bridge has").0, Color::Reset);
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
