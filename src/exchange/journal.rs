//! The journal: every input with its time, in order, so that what happened can happen again.
//!
//! What an exchange finds in sound, and what it skips, are inputs too. A key is kept as `*`, `#` or `x`; the
//! store's answer, kept beside it, decides. Keys that came to a command are revealed once they have. Of a name only its
//! length is kept.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::config::Config;
use super::input::Input;
use crate::domain::{Key, LegId, Uptime};

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
    /// The values of keys that came to a command.
    Revealed {
        /// As keyed, without the command character.
        revealed: String,
        /// Which of all keys in the journal they are, counted from 0.
        keys: Vec<u64>,
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
}

/// A whole journal: with what the exchange was built, and what it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    /// With what the exchange was built.
    pub config: Config,
    /// What it was told, in order.
    pub entries: Vec<JournalEntry>,
}

/// Why a text is no journal.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The first line is missing.
    #[error("the journal is empty: its first line should hold the configuration")]
    Empty,
    /// A line cannot be read.
    #[error("journal line {line}: {source}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl Journal {
    /// As JSON lines: the configuration, then one entry a line.
    #[must_use]
    pub fn to_json_lines(&self) -> String {
        let mut text = String::new();
        let json = |value: Result<String, _>| value.expect("a journal has only string keys");
        let _infallible = writeln!(text, "{}", json(serde_json::to_string(&self.config)));
        for entry in &self.entries {
            let _infallible = writeln!(text, "{}", json(serde_json::to_string(entry)));
        }
        text
    }

    /// Reads what [`Journal::to_json_lines`] wrote.
    ///
    /// # Errors
    /// An empty text, or a line that cannot be read, with its number.
    pub fn parse(text: &str) -> Result<Self, JournalError> {
        let mut lines = text.lines().enumerate();
        let at = |place: usize| move |source| JournalError::Line { line: place + 1, source };
        let (_, first) = lines.next().ok_or(JournalError::Empty)?;
        let config = serde_json::from_str(first).map_err(at(0))?;
        let entries = lines
            .map(|(place, line)| serde_json::from_str(line).map_err(at(place)))
            .collect::<Result<_, _>>()?;
        Ok(Self { config, entries })
    }
}
