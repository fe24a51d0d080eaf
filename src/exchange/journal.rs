//! The journal: every input with its time, in order, so that what happened can happen again.
//!
//! What an exchange finds in sound, and what it skips, are inputs too. A key is kept as `*`, `#` or `x`; the
//! store's answer, kept beside it, decides. Keys that came to a command are revealed once they have. Of a name only its
//! length is kept. Each line speaks of its own leg or meeting alone, by numbers of their own, so that what concerns some
//! of them can be taken out and is a journal again (`extract.rs`).

use std::fmt;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::config::Config;
use super::input::Input;
use crate::domain::{Key, LegId, MeetingId, Uptime};

/// One input and when it was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// When: the `now` of [`Exchange::handle`](super::Exchange::handle), or the tick's time.
    #[serde(rename = "at_us")]
    pub at: Uptime,
    /// What.
    #[serde(flatten)]
    pub recorded: Recorded,
}

/// What a journal keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Recorded {
    /// What the driver brought.
    Input(Input),
    /// A key found in the sound that a leg sent.
    Found {
        /// The leg.
        found_on: LegId,
        /// The key, masked.
        key: Key,
    },
    /// The values of keys that came to a command, or chose a language.
    Revealed {
        /// As keyed, without the command character.
        revealed: String,
        /// The leg.
        by: LegId,
        /// Which of the leg's keys they are, counted from 0 as they became certain.
        keys: Vec<u32>,
    },
    /// A name that a leg said, or not: only how long it is.
    Named {
        /// The leg.
        named: LegId,
        /// Frames of 20 ms; none when nothing was said.
        frames: u32,
    },
    /// Ticks skipped because the driver was late.
    Skipped {
        /// How many.
        skipped_ticks: u64,
    },
    /// Time has come so far: what was due by itself until then has happened.
    SoFar {
        /// With so many legs.
        so_far: usize,
    },
    /// Before this, inputs were not kept: the disk was slow or full. What concerns these legs and meetings, which were
    /// there meanwhile, cannot happen again.
    Lost {
        /// How many inputs, since a line last said so.
        lost: u64,
        /// The legs: those that were there when it began or ended, and those of which an input is lost. Of very many not
        /// all are named.
        legs: Vec<LegId>,
        /// The meetings, likewise.
        meetings: Vec<MeetingId>,
    },
}

/// A whole journal: with what the exchange was built, and what it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    /// With what the exchange was built.
    pub config: Config,
    /// What it was told, in order.
    pub entries: Vec<JournalEntry>,
}

/// The version of what is written today. It grows when a reader of before would be wrong.
pub const JOURNAL_VERSION: u32 = 1;

/// The first line.
#[derive(Serialize, Deserialize)]
struct Head<C> {
    #[serde(rename = "holdline_journal")]
    version: u32,
    config: C,
}

/// Why a text is no journal.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The first line is missing, or torn.
    #[error("the journal is empty: its first line should hold the configuration")]
    Empty,
    /// The first line is no journal's.
    #[error("this is no journal: its first line does not say `holdline_journal`")]
    Other,
    /// It was written by another version.
    #[error(
        "this is a journal of version {found}, and this program reads version {JOURNAL_VERSION}: use the program that wrote it"
    )]
    Version {
        /// What it says.
        found: u64,
    },
    /// A line cannot be read.
    #[error("journal line {line}: {source}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// A last line that was not written to its end, because whoever wrote it was killed or the disk was full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Torn {
    /// Counted from 1.
    pub line: usize,
    /// How much of it there is.
    pub bytes: usize,
}

impl fmt::Display for Torn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, bytes } = self;
        write!(
            f,
            "line {line}, the last, was not written to its end ({bytes} bytes): it is left out"
        )
    }
}

impl Journal {
    /// As JSON lines: the configuration, then one entry a line.
    #[must_use]
    pub fn to_json_lines(&self) -> String {
        let mut text = Self::head(&self.config);
        for entry in &self.entries {
            text.push_str(&entry.to_json_line());
        }
        text
    }

    /// The first line of a journal with this configuration, with its end.
    #[must_use]
    pub fn head(config: &Config) -> String {
        line_of(&Head { version: JOURNAL_VERSION, config })
    }

    /// Reads what [`Journal::to_json_lines`] wrote.
    ///
    /// # Errors
    /// An empty text, one that is no journal or one of another version, or a line that cannot be read, with its number.
    pub fn parse(text: &str) -> Result<Self, JournalError> {
        let mut lines = text.lines().enumerate();
        let (_, first) = lines.next().ok_or(JournalError::Empty)?;
        let config = Self::parse_head(first)?;
        let at = |place: usize| move |source| JournalError::Line { line: place + 1, source };
        let entries = lines
            .map(|(place, line)| serde_json::from_str(line).map_err(at(place)))
            .collect::<Result<_, _>>()?;
        Ok(Self { config, entries })
    }

    /// As [`Journal::parse`], but leaves out a last line that is torn, and says so.
    ///
    /// # Errors
    /// As there.
    pub fn parse_torn(text: &str) -> Result<(Self, Option<Torn>), JournalError> {
        let (whole, last) = text.split_at(text.rfind('\n').map_or(0, |end| end + 1));
        if last.is_empty() || serde_json::from_str::<JournalEntry>(last).is_ok() {
            return Ok((Self::parse(text)?, None));
        }
        let torn = Torn { line: whole.lines().count() + 1, bytes: last.len() };
        match whole {
            // A head without an end may still be whole.
            "" => Self::parse(text).map(|journal| (journal, None)),
            _ => Ok((Self::parse(whole)?, Some(torn))),
        }
    }

    fn parse_head(line: &str) -> Result<Config, JournalError> {
        #[derive(Deserialize)]
        struct Version {
            #[serde(rename = "holdline_journal")]
            found: u64,
        }
        let version: Version =
            serde_json::from_str(line).map_err(|error| match error.is_eof() {
                true => JournalError::Empty,
                false => JournalError::Other,
            })?;
        if version.found != u64::from(JOURNAL_VERSION) {
            return Err(JournalError::Version { found: version.found });
        }
        let head: Head<Config> =
            serde_json::from_str(line).map_err(|source| JournalError::Line { line: 1, source })?;
        Ok(head.config)
    }
}

impl JournalEntry {
    /// As one line of JSON, with its end.
    #[must_use]
    pub fn to_json_line(&self) -> String {
        line_of(self)
    }
}

fn line_of(value: &impl Serialize) -> String {
    let mut line = String::new();
    let json = serde_json::to_string(value).expect("a journal has only string keys");
    let _infallible = writeln!(line, "{json}");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal() -> Journal {
        let stop = |at| JournalEntry {
            at: Uptime::from_millis(at),
            recorded: Recorded::Input(Input::Stop),
        };
        Journal { config: Config::default(), entries: vec![stop(1), stop(2)] }
    }

    #[test]
    fn a_torn_last_line_is_left_out_with_a_word_wherever_it_is_torn() {
        let (whole, text) = (journal(), journal().to_json_lines());
        let last = text.trim_end().rfind('\n').unwrap() + 1;
        for end in last..text.len() {
            let (read, torn) = Journal::parse_torn(&text[..end]).unwrap();
            // Without its end alone a line is still whole.
            let lines = if end == text.len() - 1 { 2 } else { 1 };
            assert_eq!(read.entries, whole.entries[..lines], "{end}");
            let expected =
                (end > last && lines == 1).then_some(Torn { line: 3, bytes: end - last });
            assert_eq!(torn, expected, "{end}");
        }
        let torn = Torn { line: 3, bytes: 7 };
        assert!(torn.to_string().contains("line 3, the last, was not written to its end"));
    }

    #[test]
    fn what_is_no_journal_is_told_apart() {
        let why = |text: &str| Journal::parse_torn(text).unwrap_err().to_string();
        assert!(why("").contains("is empty"));
        assert!(why(&Journal::head(&Config::default())[..40]).contains("is empty"), "a torn head");
        assert!(why("Feature: something\n").contains("no journal"));
        assert!(why("{\"t_ms\":12,\"event\":\"answered\"}\n").contains("no journal"), "a trace");
        let newer = Journal::head(&Config::default()).replace(":1,", ":2,");
        assert!(why(&newer).contains("version 2"), "{newer}");
        let middle = journal().to_json_lines().replace("\"stop\"}\n", "\"stop\n");
        assert!(why(&middle).starts_with("journal line 2:"), "torn in the middle is broken");
    }
}
