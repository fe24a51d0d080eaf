//! The telephone in a terminal: the whole screen, keyboard and mouse; the screen is given back however it ends.

use std::time::Duration;

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{
    self, DisableMouseCapture, EnableMouseCapture, Event, KeyCode, KeyEvent, KeyEventKind,
    KeyModifiers, MouseButton, MouseEventKind,
};
use ratatui::crossterm::execute;
use ratatui::layout::{Position, Rect};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Deed, Face};
use crate::domain::{Digit, Uptime};
use crate::engine::tasks::Tasks;
use crate::handset::Phone;
use crate::handset::screen::{Colors, draw, key_at};

/// The terminal, taken over.
pub(super) struct Terminal {
    terminal: DefaultTerminal,
    colors: Colors,
}

/// How often whoever reads the keys looks whether it is over.
const LOOK: Duration = Duration::from_millis(50);

impl Terminal {
    pub(super) fn open(
        tasks: &Tasks,
        deeds: mpsc::Sender<Deed>,
        colors: bool,
    ) -> std::io::Result<Self> {
        let terminal = ratatui::init();
        execute!(std::io::stdout(), EnableMouseCapture)?;
        let stop = tasks.token();
        tasks.thread("keys", move || read(&deeds, &stop))?;
        Ok(Self { terminal, colors: if colors { Colors::On } else { Colors::Off } })
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _not_a_terminal_any_more = execute!(std::io::stdout(), DisableMouseCapture);
        ratatui::restore();
    }
}

impl Face for Terminal {
    fn show(&mut self, phone: &Phone, now: Uptime) -> anyhow::Result<()> {
        let colors = self.colors;
        self.terminal.draw(|frame| draw(frame, phone, now, colors))?;
        Ok(())
    }

    fn stays(&self) -> bool {
        true
    }
}

/// Reads keyboard and mouse until it is over.
fn read(deeds: &mpsc::Sender<Deed>, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        let event = match event::poll(LOOK) {
            Ok(true) => event::read(),
            Ok(false) => continue,
            Err(error) => Err(error),
        };
        let deed = match event {
            Ok(event) => deed(&event),
            Err(_terminal_is_gone) => Some(Deed::Leave),
        };
        // A hand that is faster than the telephone loses keys, as on any other.
        if let Some(deed) = deed
            && deeds.try_send(deed).is_err()
            && deeds.is_closed()
        {
            return;
        }
    }
}

fn deed(event: &Event) -> Option<Deed> {
    if let Event::Key(key) = event {
        return key_deed(*key);
    }
    if let Event::Mouse(mouse) = event
        && mouse.kind == MouseEventKind::Down(MouseButton::Left)
    {
        let (width, height) = ratatui::crossterm::terminal::size().ok()?;
        let at = Position::new(mouse.column, mouse.row);
        return key_at(Rect::new(0, 0, width, height), at).map(Deed::Key);
    }
    matches!(event, Event::Resize(..)).then_some(Deed::Redraw)
}

fn key_deed(key: KeyEvent) -> Option<Deed> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let KeyCode::Char(letter) = key.code else {
        return (key.code == KeyCode::Esc).then_some(Deed::Leave);
    };
    match letter {
        'c' if key.modifiers.contains(KeyModifiers::CONTROL) => Some(Deed::Leave),
        'x' => Some(Deed::Leave),
        'h' => Some(Deed::HangUp),
        'd' => Some(Deed::Dial),
        't' => Some(Deed::Tone),
        'm' => Some(Deed::Person),
        'q' => Some(Deed::Quiet),
        key if key.is_ascii_digit() || matches!(key, '*' | '#') => {
            Digit::from_char(key).map(Deed::Key)
        }
        _no_key_of_a_telephone => None,
    }
}
