//! Steps in a terminal: the whole screen; it is given back however it ends.
#![expect(clippy::wildcard_enum_match_arm, reason = "keys that mean nothing do nothing")]

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Paragraph};
use ratatui::{DefaultTerminal, Frame};

use super::super::lines::line;
use super::view;
use super::walk::{Move, Walk};

/// What is on the screen besides the walk.
struct Screen {
    colors: bool,
    /// The time being typed after `g`.
    typed: Option<String>,
    /// What went wrong with the last command.
    word: String,
}

/// What a key came to.
#[derive(PartialEq, Eq)]
enum Then {
    GoOn,
    Leave,
}

pub(super) fn run(walk: &mut Walk<'_>, colors: bool) -> anyhow::Result<()> {
    let mut terminal = ratatui::init();
    let mut screen = Screen { colors, typed: None, word: String::new() };
    let done = go(&mut terminal, walk, &mut screen);
    ratatui::restore();
    done
}

fn go(
    terminal: &mut DefaultTerminal,
    walk: &mut Walk<'_>,
    screen: &mut Screen,
) -> anyhow::Result<()> {
    loop {
        terminal.draw(|frame| screen.draw(frame, walk))?;
        if let Event::Key(key) = event::read()?
            && key.kind != KeyEventKind::Release
            && screen.press(key, walk)? == Then::Leave
        {
            return Ok(());
        }
    }
}

impl Screen {
    fn press(&mut self, key: KeyEvent, walk: &mut Walk<'_>) -> anyhow::Result<Then> {
        self.word.clear();
        if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c') {
            return Ok(Then::Leave);
        }
        if let Some(mut typed) = self.typed.take() {
            match key.code {
                KeyCode::Char(letter) => typed.push(letter),
                KeyCode::Backspace => drop(typed.pop()),
                KeyCode::Esc => return Ok(Then::GoOn),
                KeyCode::Enter => {
                    let moment = typed.parse().map_err(anyhow::Error::msg);
                    if let Err(error) = moment.and_then(|moment| walk.make(Move::To(moment))) {
                        self.word = error.to_string();
                    }
                    return Ok(Then::GoOn);
                }
                _other => {}
            }
            self.typed = Some(typed);
            return Ok(Then::GoOn);
        }
        let step = match key.code {
            KeyCode::Char('n' | ' ') | KeyCode::Right | KeyCode::Down => Move::Forwards(1),
            KeyCode::Char('p') | KeyCode::Left | KeyCode::Up => Move::Backwards(1),
            KeyCode::PageDown => Move::Forwards(PAGE),
            KeyCode::PageUp => Move::Backwards(PAGE),
            KeyCode::Home => Move::ToBegin,
            KeyCode::End => Move::ToEnd,
            KeyCode::Char('g') => {
                self.typed = Some(String::new());
                return Ok(Then::GoOn);
            }
            KeyCode::Char('q') | KeyCode::Esc => return Ok(Then::Leave),
            _other => return Ok(Then::GoOn),
        };
        walk.make(step)?;
        Ok(Then::GoOn)
    }

    fn draw(&self, frame: &mut Frame<'_>, walk: &Walk<'_>) {
        let [head, story, legs, rooms, foot] = Layout::vertical([
            Constraint::Length(2),
            Constraint::Fill(2),
            Constraint::Fill(1),
            Constraint::Length(5),
            Constraint::Length(1),
        ])
        .areas(frame.area());
        let because = Line::styled(view::because(walk), self.style(Color::Yellow));
        frame.render_widget(Paragraph::new(vec![Line::raw(view::head(walk)), because]), head);
        self.draw_story(frame, story, walk);
        for (title, lines, area) in
            [(" legs ", view::legs(walk), legs), (" meetings ", view::rooms(walk), rooms)]
        {
            let lines: Vec<Line<'_>> = lines.into_iter().map(Line::raw).collect();
            frame.render_widget(Paragraph::new(lines).block(Block::bordered().title(title)), area);
        }
        let foot_line = match (&self.typed, self.word.is_empty()) {
            (Some(typed), _) => format!("go to {typed}▏  (12.5, 1:02.5 or 2026-03-01T09:00:03Z)"),
            (None, false) => self.word.clone(),
            (None, true) => "n → next   p ← before   g go to a time   q leave".to_owned(),
        };
        frame.render_widget(Paragraph::new(foot_line), foot);
    }

    /// What has happened and will happen, with this step in the middle.
    fn draw_story(&self, frame: &mut Frame<'_>, area: Rect, walk: &Walk<'_>) {
        let height = usize::from(area.height.saturating_sub(2));
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let current = walk.place();
        let mut place = current;
        while before.len() < height
            && let Some(earlier) = place.checked_sub(1)
        {
            place = earlier;
            let style = match place + 1 == current {
                true => Style::new().add_modifier(Modifier::REVERSED),
                false => Style::new(),
            };
            let events = walk.stop_at(place).map_or(&[][..], |stop| &stop.events);
            before.extend(events.iter().rev().map(|event| Line::styled(line(event), style)));
        }
        let mut next = current;
        while after.len() < height / 2
            && let Some(stop) = walk.stop_at(next)
        {
            next += 1;
            let dim = Style::new().add_modifier(Modifier::DIM);
            after.extend(stop.events.iter().map(|event| Line::styled(line(event), dim)));
        }
        after.truncate(height / 2);
        before.truncate(height - after.len());
        before.reverse();
        before.append(&mut after);
        let block = Block::bordered().title(" what happened ");
        frame.render_widget(Paragraph::new(before).block(block), area);
    }

    fn style(&self, color: Color) -> Style {
        if self.colors { Style::new().fg(color) } else { Style::new() }
    }
}

/// Steps that a page is.
const PAGE: usize = 20;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::domain::{CallSource, LegId, Uptime};
    use crate::exchange::{Config, HungUpBy, Input, Journal, JournalEntry, Recorded};
    use crate::media::sounds::Sounds;

    fn journal() -> Journal {
        let leg = LegId::new(7);
        let called = "+14255550100".parse().unwrap();
        let inputs = [
            (0, Input::IncomingCall { leg, from: CallSource::UNKNOWN, called }),
            (100, Input::Answered { leg }),
            (9_000, Input::HungUp { leg, by: HungUpBy::Caller }),
        ];
        let entry = |(at, input)| JournalEntry {
            at: Uptime::from_millis(at),
            recorded: Recorded::Input(input),
        };
        let journal =
            Journal { config: Config::default(), entries: inputs.into_iter().map(entry).collect() };
        journal.without_sound()
    }

    fn shown(screen: &Screen, walk: &Walk<'_>) -> String {
        let mut terminal = Terminal::new(TestBackend::new(100, 30)).unwrap();
        terminal.draw(|frame| screen.draw(frame, walk)).unwrap();
        let buffer = terminal.backend().buffer().clone();
        let cells = buffer.content().iter().map(|cell| cell.symbol());
        cells.collect::<Vec<_>>().chunks(100).map(|row| row.concat() + "\n").collect()
    }

    #[test]
    fn keys_go_forwards_backwards_and_to_a_time() {
        let journal = journal();
        let mut walk = Walk::new(&journal, Arc::new(Sounds::synthetic())).unwrap();
        let mut screen = Screen { colors: false, typed: None, word: String::new() };
        assert!(shown(&screen, &walk).contains("before the first of"));
        let press = |screen: &mut Screen, walk: &mut Walk<'_>, code| {
            screen.press(KeyEvent::new(code, KeyModifiers::NONE), walk).unwrap() == Then::Leave
        };
        press(&mut screen, &mut walk, KeyCode::Char('n'));
        press(&mut screen, &mut walk, KeyCode::Right);
        let second = shown(&screen, &walk);
        assert!(
            second.contains("step 2 of") && second.contains("leg-7 has been answered"),
            "{second}"
        );
        assert!(second.contains("hears “welcome”"), "{second}");
        press(&mut screen, &mut walk, KeyCode::Char('p'));
        assert!(shown(&screen, &walk).contains("step 1 of"));
        press(&mut screen, &mut walk, KeyCode::Char('g'));
        for letter in "0.31".chars() {
            press(&mut screen, &mut walk, KeyCode::Char(letter));
        }
        press(&mut screen, &mut walk, KeyCode::Enter);
        let later = shown(&screen, &walk);
        assert!(later.contains("hears “enter-conference-id”"), "{later}");
        press(&mut screen, &mut walk, KeyCode::Char('g'));
        for letter in "99".chars() {
            press(&mut screen, &mut walk, KeyCode::Char(letter));
        }
        press(&mut screen, &mut walk, KeyCode::Enter);
        assert!(shown(&screen, &walk).contains("it ends before"));
        assert!(press(&mut screen, &mut walk, KeyCode::Char('q')));
    }
}
