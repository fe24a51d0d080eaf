//! The telephone without a terminal: keys come from standard input, what is spoken goes to standard output.

use std::io::BufRead as _;

use tokio::sync::mpsc;

use super::{Deed, Face};
use crate::cli::said::say;
use crate::domain::{Digit, Uptime};
use crate::engine::tasks::Tasks;
use crate::handset::Phone;
use crate::handset::phone::NoteKind;

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

impl Face for Headless {
    fn show(&mut self, phone: &Phone, _now: Uptime) -> anyhow::Result<()> {
        let new = phone.notes_made - self.shown;
        for note in phone.notes.iter().skip(phone.notes.len().saturating_sub(new)) {
            match note.kind {
                NoteKind::Caption => {
                    say(format_args!("{}  \u{201c}{}\u{201d}", note.at, note.text))
                }
                NoteKind::Event => say(format_args!("{}  {}", note.at, note.text)),
            }
        }
        self.shown = phone.notes_made;
        Ok(())
    }

    fn stays(&self) -> bool {
        false
    }
}
