//! The telephone without a terminal: keys come from standard input, what is spoken goes to standard output.

use std::io::BufRead as _;

use tokio::sync::mpsc;

use super::{Deed, Face};
use crate::cli::said::say;
use crate::domain::{Digit, Uptime};
use crate::engine::tasks::Tasks;
use crate::handset::Phone;
use crate::handset::phone::{Note, NoteKind};
use crate::report::one_line;

/// Prints each note once.
pub(super) struct Headless {
    shown: usize,
}

impl Headless {
    /// Reads standard input on a thread of its own: nobody can stop a read, so it is left behind at the end. When it
    /// ends, the caller hangs up, unless a script goes on.
    pub(super) fn open(
        tasks: &Tasks,
        deeds: mpsc::Sender<Deed>,
        scripted: bool,
    ) -> std::io::Result<Self> {
        tasks.thread("keys", move || {
            for line in std::io::stdin().lock().lines() {
                let Ok(line) = line else { break };
                for deed in read(&line) {
                    if deeds.blocking_send(deed).is_err() {
                        return;
                    }
                }
            }
            if !scripted {
                let _left_already = deeds.blocking_send(Deed::Leave);
            } else {
                // The way stays open as long as the script goes on.
                std::mem::forget(deeds);
            }
        })?;
        Ok(Self { shown: 0 })
    }
}

/// What a line asks for: `h` hangs up, `tone`, `me` (the microphone) and `quiet` speak, all else is keys.
fn read(line: &str) -> Vec<Deed> {
    match line.trim() {
        "h" => vec![Deed::HangUp],
        "tone" => vec![Deed::Tone],
        "me" => vec![Deed::Person],
        "quiet" => vec![Deed::Quiet],
        keys => keys.chars().filter_map(Digit::from_char).map(Deed::Key).collect(),
    }
}

/// A note as a line. Its words may be those of any bridge in the network.
fn line(note: &Note) -> String {
    let words = one_line(&note.text);
    match note.kind {
        NoteKind::Caption => format!("{}  \u{201c}{words}\u{201d}", note.at),
        NoteKind::Event => format!("{}  {words}", note.at),
    }
}

impl Face for Headless {
    fn show(&mut self, phone: &Phone, _now: Uptime) -> anyhow::Result<()> {
        let new = phone.notes_made - self.shown;
        for note in phone.notes.iter().skip(phone.notes.len().saturating_sub(new)) {
            say(line(note));
        }
        self.shown = phone.notes_made;
        Ok(())
    }

    fn stays(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_bridge_move_no_cursor() {
        let note = |kind, text: &str| Note { at: Uptime::ZERO, kind, text: text.to_owned() };
        let caption = line(&note(NoteKind::Caption, "press\u{1b}[2J one\nor two"));
        assert_eq!(caption, "00:00.000  \u{201c}press\\u{1b}[2J one\\nor two\u{201d}");
        assert_eq!(line(&note(NoteKind::Event, "in lobby")), "00:00.000  in lobby");
    }
}
