//! The telephone without a terminal: keys come from standard input, what is spoken goes to standard output.

use std::io::{BufRead, Read as _};

use tokio::sync::mpsc;

use super::{Deed, Face};
use crate::cli::said::{say, say_why};
use crate::domain::{Digit, Uptime};
use crate::engine::tasks::Tasks;
use crate::handset::Phone;
use crate::handset::phone::{Note, NoteKind};
use crate::handset::script::masked;
use crate::report::one_line;

/// Prints each note once, when it is whole.
pub(super) struct Headless {
    shown: usize,
}

/// Bytes of a line: more than any caller keys at once.
const LINE_MAX: u64 = 4_096;

/// Bytes of a longer line that are passed over until it counts as one without an end.
const PASSED_OVER_MAX: u64 = 1 << 20;

/// Letters shown of a line that is no keys.
const SHOWN_MAX: usize = 40;

impl Headless {
    /// Reads standard input on a thread of its own: nobody can stop a read, so it is left behind at the end. When it
    /// ends, the caller hangs up, unless a script goes on.
    pub(super) fn open(
        tasks: &Tasks,
        deeds: mpsc::Sender<Deed>,
        scripted: bool,
    ) -> std::io::Result<Self> {
        tasks.thread("keys", move || {
            let mut input = std::io::stdin().lock();
            while let Some(line) = next_line(&mut input) {
                let done = line.and_then(|line| read(&line)).unwrap_or_else(|why| {
                    say_why(format_args!("holdline: {why}"));
                    Vec::new()
                });
                for deed in done {
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

/// The next line, or why it is none; `None` when no more comes, or nothing that anybody keys.
fn next_line(input: &mut impl BufRead) -> Option<Result<String, String>> {
    let mut line = Vec::new();
    match input.by_ref().take(LINE_MAX + 1).read_until(b'\n', &mut line) {
        Ok(0) => return None,
        Ok(1..) => {}
        Err(error) => {
            say_why(format_args!("holdline: standard input cannot be read: {error}"));
            return None;
        }
    }
    if line.len() as u64 > LINE_MAX && !line.ends_with(b"\n") {
        let passed_over = input.by_ref().take(PASSED_OVER_MAX).skip_until(b'\n');
        if passed_over.is_ok_and(|bytes| bytes as u64 == PASSED_OVER_MAX) {
            say_why("holdline: a line of standard input has no end: nothing more is read");
            return None;
        }
        return Some(Err(format!(
            "a line is longer than {LINE_MAX} bytes: nothing of it is keyed"
        )));
    }
    let text = String::from_utf8(line);
    Some(text.map_err(|_| "a line is no text in UTF-8: nothing of it is keyed".to_owned()))
}

/// What a line asks for: `h` hangs up, `tone`, `me` (the microphone) and `quiet` speak, all else is keys. Of what is neither
/// nothing is keyed.
fn read(line: &str) -> Result<Vec<Deed>, String> {
    let keys = match line.trim() {
        "h" => return Ok(vec![Deed::HangUp]),
        "tone" => return Ok(vec![Deed::Tone]),
        "me" => return Ok(vec![Deed::Person]),
        "quiet" => return Ok(vec![Deed::Quiet]),
        keys => keys,
    };
    let pressed = keys.chars().filter(|key| !key.is_whitespace()).map(Digit::from_char);
    let pressed: Option<Vec<Deed>> = pressed.map(|digit| digit.map(Deed::Key)).collect();
    pressed.ok_or_else(|| {
        let mut shown: String = masked(keys).chars().take(SHOWN_MAX).collect();
        if keys.chars().count() > SHOWN_MAX {
            shown.push('\u{2026}');
        }
        format!("{shown:?} is neither keys (0-9, A-D, *, #) nor h, tone, me or quiet: nothing of it is keyed")
    })
}

/// A note as a line. Its words may be those of any bridge in the network.
fn line(note: &Note) -> String {
    let words = one_line(&note.text);
    match note.kind {
        NoteKind::Caption | NoteKind::Music => format!("{}  \u{201c}{words}\u{201d}", note.at),
        NoteKind::Event | NoteKind::Calling => format!("{}  {words}", note.at),
    }
}

impl Face for Headless {
    /// A caption that may grow waits until it is whole.
    fn show(&mut self, phone: &Phone, now: Uptime) -> anyhow::Result<()> {
        let whole = phone.notes_whole(now);
        let gone = phone.notes_made - phone.notes.len();
        let new = gone.max(self.shown)..whole;
        for note in phone.notes.iter().skip(new.start - gone).take(new.len()) {
            say(line(note));
        }
        self.shown = whole;
        Ok(())
    }

    fn stays(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor, repeat};

    use super::*;

    #[test]
    fn a_line_is_a_word_or_keys_and_of_anything_else_nothing_is_pressed() {
        let keys = |keys: &str| -> Result<Vec<Deed>, String> {
            Ok(keys.chars().filter_map(Digit::from_char).map(Deed::Key).collect())
        };
        assert_eq!(read(" h "), Ok(vec![Deed::HangUp]));
        assert_eq!(
            ["tone", "me", "quiet"].map(read),
            [Deed::Tone, Deed::Person, Deed::Quiet].map(|deed| Ok(vec![deed]))
        );
        assert_eq!(read("147 852 036#*48213#\r\n"), keys("147852036#*48213#"));
        assert_eq!((read("aD"), read("")), (keys("AD"), Ok(vec![])));
        for (line, shown) in [
            ("Dial 12", "\"Dial xx\""),
            ("48213x", "\"xxxxxx\""),
            ("H", "\"H\""),
            ("say:tone", "\"say:tone\""),
            ("1\u{1b}[2J", "\"x\\u{1b}[xJ\""),
        ] {
            let why = read(line).unwrap_err();
            assert!(why.starts_with(&format!("{shown} is neither keys")), "{why}");
        }
        assert!(read(&"y".repeat(4_000)).unwrap_err().len() < 200);
    }

    #[test]
    fn however_lines_come_they_take_little_room() {
        let longest = "1".repeat(LINE_MAX as usize);
        let input = format!("12\n{longest}\n{longest}1\n\n3\u{e4}\n4");
        let mut bytes = input.into_bytes();
        bytes.splice(0..0, *b"\xff12\n");
        let mut input = Cursor::new(bytes);
        let mut lines = std::iter::from_fn(|| next_line(&mut input));
        assert!(lines.next().unwrap().unwrap_err().contains("no text in UTF-8"));
        assert_eq!(lines.next(), Some(Ok("12\n".to_owned())));
        assert_eq!(lines.next(), Some(Ok(format!("{longest}\n"))));
        assert!(lines.next().unwrap().unwrap_err().contains("longer than 4096 bytes"));
        for line in ["\n", "3\u{e4}\n", "4"] {
            assert_eq!(lines.next(), Some(Ok(line.to_owned())));
        }
        assert_eq!(lines.next(), None);
        assert_eq!(next_line(&mut BufReader::new(repeat(0))), None, "it has no end");
    }

    #[test]
    fn words_of_a_bridge_move_no_cursor() {
        let note = |kind, text: &str| Note { at: Uptime::ZERO, kind, text: text.to_owned() };
        let caption = line(&note(NoteKind::Caption, "press\u{1b}[2J one\nor two"));
        assert_eq!(caption, "00:00.000  \u{201c}press\\u{1b}[2J one\\nor two\u{201d}");
        assert_eq!(line(&note(NoteKind::Event, "in lobby")), "00:00.000  in lobby");
    }
}
