//! Times on the command line: since the bridge began, or of the day.

use std::str::FromStr;
use std::time::Duration;

use anyhow::{bail, ensure};
use jiff::Timestamp;

use crate::domain::{LegId, Uptime, UtcTime};
use crate::exchange::Journal;

/// A time: `12.5`, `1:02.5`, `1:00:00`, or `2026-03-01T09:00:03Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// Since the bridge began, as it is shown.
    Since(Uptime),
    /// By the clock.
    Utc(UtcTime),
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(time) = text.parse::<Timestamp>() {
            return Ok(Self::Utc(UtcTime::from_micros(time.as_microsecond())));
        }
        let parts = text.trim_end_matches([' ', 's']).split(':');
        let seconds = parts.clone().try_fold(0.0, |sum, part| {
            let part = part.parse::<f64>().ok().filter(|part| *part >= 0.0)?;
            Some(sum * 60.0 + part)
        });
        let time = seconds.filter(|_| parts.count() <= 3).map(Duration::try_from_secs_f64);
        match time {
            Some(Ok(time)) => Ok(Self::Since(Uptime::ZERO + time)),
            Some(Err(_)) | None => {
                Err("write it like 12.5, 1:02.5, or 2026-03-01T09:00:03Z".to_owned())
            }
        }
    }
}

impl Moment {
    /// The time since the bridge began, if it is in the journal.
    pub(super) fn within(self, journal: &Journal) -> anyhow::Result<Uptime> {
        let (begin, end) = span(journal);
        let epoch = journal.config.epoch;
        let at = match self {
            Self::Since(at) => at,
            Self::Utc(time) => {
                ensure!(time >= epoch, "the bridge began at {epoch}: {time} is before that");
                Uptime::ZERO + time.since(epoch)
            }
        };
        if at.as_millis() > end.as_millis() {
            bail!("the journal is of {begin} to {end}: it ends before {at}");
        }
        Ok(at)
    }
}

/// When the first and the last thing in a journal came.
pub(super) fn span(journal: &Journal) -> (Uptime, Uptime) {
    let at = |entry: Option<&crate::exchange::JournalEntry>| {
        entry.map_or(Uptime::ZERO, |entry| entry.at)
    };
    (at(journal.entries.first()), at(journal.entries.last()))
}

/// Whether the journal has that leg; else which there are.
pub(super) fn known(journal: &Journal, leg: LegId) -> anyhow::Result<LegId> {
    let legs = journal.legs();
    if legs.contains(&leg) {
        return Ok(leg);
    }
    let some: Vec<_> = legs.iter().take(LEGS_SHOWN).map(LegId::to_string).collect();
    match (some.is_empty(), legs.len() > LEGS_SHOWN) {
        (true, _) => bail!("there is no {leg}: the journal has no call"),
        (false, false) => bail!("there is no {leg}: there are {}", some.join(", ")),
        (false, true) => {
            bail!("there is no {leg}: there are {} calls, such as {}", legs.len(), some.join(", "))
        }
    }
}

/// Legs that are listed where one is not there.
const LEGS_SHOWN: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_shown() {
        let ms = |text: &str| match text.parse() {
            Ok(Moment::Since(at)) => Some(at.as_millis()),
            Ok(Moment::Utc(time)) => u64::try_from(time.as_micros() / 1_000).ok(),
            Err::<Moment, String>(_) => None,
        };
        for (text, expected) in [
            ("12.5", Some(12_500)),
            ("12.5 s", Some(12_500)),
            ("01:02.500", Some(62_500)),
            ("1:00:00", Some(3_600_000)),
            ("1970-01-01T00:00:01Z", Some(1_000)),
            ("1:1:1:1", None),
            ("-5", None),
            ("1e300", None),
            ("NaN", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(ms(text), expected, "{text}");
        }
    }
}
