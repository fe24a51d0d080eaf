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
#[path = "screen_tests.rs"]
mod tests;
