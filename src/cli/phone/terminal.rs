//! The telephone in a terminal: the whole screen, keyboard and mouse; the screen is given back however it ends.

use std::time::Duration;

use anyhow::Context as _;
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
    _given_back: GivenBack,
}

/// Gives the terminal back, also where it could be taken over only in part.
struct GivenBack;

/// How often whoever reads the keys looks whether it is over.
const LOOK: Duration = Duration::from_millis(50);

impl Terminal {
    pub(super) fn open(
        tasks: &Tasks,
        deeds: mpsc::Sender<Deed>,
        colors: bool,
    ) -> anyhow::Result<Self> {
        let given_back = GivenBack;
        let terminal = ratatui::try_init();
        let terminal = terminal
            .and_then(|terminal| execute!(std::io::stdout(), EnableMouseCapture).map(|()| terminal))
            .context("the terminal cannot be set up. Without one: `holdline phone < /dev/null`")?;
        let stop = tasks.token();
        tasks
            .thread("keys", move || read(&deeds, &stop))
            .context("the system gives no thread to read the keys")?;
        let colors = if colors { Colors::On } else { Colors::Off };
        Ok(Self { terminal, colors, _given_back: given_back })
    }
}

impl Drop for GivenBack {
    fn drop(&mut self) {
        let _not_a_terminal_any_more = execute!(std::io::stdout(), DisableMouseCapture);
        let _not_a_terminal_any_more = ratatui::try_restore();
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
            Ok(event) => deed(&event, window()),
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

/// The place that the telephone has; nothing when nobody knows.
fn window() -> Rect {
    let (width, height) = ratatui::crossterm::terminal::size().unwrap_or_default();
    Rect::new(0, 0, width, height)
}

fn deed(event: &Event, window: Rect) -> Option<Deed> {
    if let Event::Key(key) = event {
        return key_deed(*key);
    }
    if let Event::Mouse(mouse) = event
        && mouse.kind == MouseEventKind::Down(MouseButton::Left)
    {
        let at = Position::new(mouse.column, mouse.row);
        return key_at(window, at).map(Deed::Key);
    }
    matches!(event, Event::Resize(..)).then_some(Deed::Redraw)
}

fn key_deed(key: KeyEvent) -> Option<Deed> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let others = [
        (KeyCode::Esc, Deed::Leave),
        (KeyCode::Enter, Deed::Dial),
        (KeyCode::Backspace, Deed::Erase),
    ];
    let KeyCode::Char(letter) = key.code else {
        return others.iter().find(|(code, _)| *code == key.code).map(|(_, deed)| *deed);
    };
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        // Some terminals send Backspace as ^H.
        let held = [('c', Deed::Leave), ('h', Deed::Erase)];
        return held.iter().find(|(held, _)| *held == letter).map(|(_, deed)| *deed);
    }
    if key.modifiers.contains(KeyModifiers::ALT) {
        return None;
    }
    match letter {
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

#[cfg(test)]
mod tests {
    use ratatui::crossterm::event::{KeyEventState, MouseEvent};

    use super::*;

    const WINDOW: Rect = Rect::new(0, 0, 80, 24);

    fn key(code: KeyCode, modifiers: KeyModifiers, kind: KeyEventKind) -> Option<Deed> {
        let state = KeyEventState::NONE;
        deed(&Event::Key(KeyEvent { code, modifiers, kind, state }), WINDOW)
    }

    fn mouse(kind: MouseEventKind, column: u16, row: u16, window: Rect) -> Option<Deed> {
        let modifiers = KeyModifiers::NONE;
        deed(&Event::Mouse(MouseEvent { kind, column, row, modifiers }), window)
    }

    fn digit(key: char) -> Option<Deed> {
        Digit::from_char(key).map(Deed::Key)
    }

    #[test]
    fn each_key_of_the_keyboard_does_what_the_screen_says() {
        let letter = |letter, wanted| (KeyCode::Char(letter), KeyModifiers::NONE, wanted);
        let mut rows: Vec<_> = "0123456789*#".chars().map(|key| letter(key, digit(key))).collect();
        rows.extend([
            letter('t', Some(Deed::Tone)),
            letter('m', Some(Deed::Person)),
            letter('q', Some(Deed::Quiet)),
            letter('d', Some(Deed::Dial)),
            letter('h', Some(Deed::HangUp)),
            letter('x', Some(Deed::Leave)),
            letter('c', None),
            letter('A', None),
            letter('\u{660}', None),
            (KeyCode::Char('c'), KeyModifiers::CONTROL, Some(Deed::Leave)),
            // Backspace, as some terminals send it.
            (KeyCode::Char('h'), KeyModifiers::CONTROL, Some(Deed::Erase)),
            (KeyCode::Char('h'), KeyModifiers::ALT, None),
            (KeyCode::Char('c'), KeyModifiers::ALT, None),
            (KeyCode::Char('5'), KeyModifiers::ALT, None),
            (KeyCode::Esc, KeyModifiers::NONE, Some(Deed::Leave)),
            (KeyCode::Enter, KeyModifiers::NONE, Some(Deed::Dial)),
            (KeyCode::Backspace, KeyModifiers::NONE, Some(Deed::Erase)),
            (KeyCode::F(1), KeyModifiers::NONE, None),
            (KeyCode::Up, KeyModifiers::NONE, None),
        ]);
        rows.extend("dtmqx".chars().map(|key| (KeyCode::Char(key), KeyModifiers::CONTROL, None)));
        for (code, modifiers, wanted) in rows {
            assert_eq!(key(code, modifiers, KeyEventKind::Press), wanted, "{code:?} {modifiers:?}");
            assert_eq!(key(code, modifiers, KeyEventKind::Repeat), wanted, "{code:?} held");
            assert_eq!(key(code, modifiers, KeyEventKind::Release), None, "{code:?} let go");
        }
    }

    #[test]
    fn a_click_presses_the_key_under_it_and_nothing_else_of_the_mouse_does() {
        let down = MouseEventKind::Down(MouseButton::Left);
        for (column, row, wanted) in [
            (4, 6, digit('1')),
            (12, 6, digit('2')),
            (20, 9, digit('6')),
            (4, 15, digit('*')),
            (12, 15, digit('0')),
            (20, 15, digit('#')),
            (4, 3, None),
            (4, 20, None),
            (60, 6, None),
        ] {
            assert_eq!(mouse(down, column, row, WINDOW), wanted, "{column}, {row}");
        }
        for kind in [
            MouseEventKind::Up(MouseButton::Left),
            MouseEventKind::Down(MouseButton::Right),
            MouseEventKind::Drag(MouseButton::Left),
            MouseEventKind::Moved,
            MouseEventKind::ScrollUp,
        ] {
            assert_eq!(mouse(kind, 4, 6, WINDOW), None, "{kind:?}");
        }
        // In a larger window keys are larger, and in one that is too small there are none.
        let at = |width, height| mouse(down, 14, 6, Rect::new(0, 0, width, height));
        assert_eq!(at(120, 40), digit('2'));
        assert_eq!((at(59, 24), at(80, 21), at(0, 0)), (None, None, None));
    }

    #[test]
    fn a_window_of_another_size_is_drawn_again_and_what_is_pasted_is_nothing() {
        assert_eq!(deed(&Event::Resize(120, 40), WINDOW), Some(Deed::Redraw));
        for nothing in [Event::FocusGained, Event::FocusLost, Event::Paste("147#".to_owned())] {
            assert_eq!(deed(&nothing, WINDOW), None, "{nothing:?}");
        }
    }
}
