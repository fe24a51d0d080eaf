//! By what name a call is known on the command line: its leg, which is unique in one run of a bridge, and when it was answered.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::domain::{CallRecord, LegId, UtcTime};

/// A call: `leg-7@2026-03-01T09:00:03Z`, or `leg-7` where one run is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CallId {
    pub leg: LegId,
    /// To the second. Of a call that was not answered, when it ended, as its record has it.
    pub answered_at: Option<UtcTime>,
}

impl CallId {
    pub(super) fn new(leg: LegId, answered_at: UtcTime) -> Self {
        Self { leg, answered_at: Some(to_the_second(answered_at)) }
    }

    pub(super) fn of(record: &CallRecord) -> Self {
        Self::new(record.leg, record.answered_at)
    }
}

fn to_the_second(at: UtcTime) -> UtcTime {
    UtcTime::from_micros(at.as_micros().div_euclid(1_000_000) * 1_000_000)
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.answered_at {
            Some(at) => write!(f, "{}@{at}", self.leg),
            None => self.leg.fmt(f),
        }
    }
}

impl FromStr for CallId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let why =
            || "write it like leg-7@2026-03-01T09:00:03Z, as `holdline calls` does".to_owned();
        let (leg, at) = text.split_once('@').map_or((text, None), |(leg, at)| (leg, Some(at)));
        let leg = leg.parse().map_err(|_| why())?;
        let answered_at = match at {
            None => None,
            Some(at) => {
                let at: Timestamp = at.parse().map_err(|_| why())?;
                Some(to_the_second(UtcTime::from_micros(at.as_microsecond())))
            }
        };
        Ok(Self { leg, answered_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_what_is_read() {
        let id = CallId::new(LegId::new(7), UtcTime::from_micros(1_772_355_603_250_000));
        assert_eq!(id.to_string(), "leg-7@2026-03-01T09:00:03Z");
        assert_eq!(id.to_string().parse(), Ok(id));
        let bare = CallId { leg: LegId::new(7), answered_at: None };
        assert_eq!(("leg-7".parse(), "7".parse()), (Ok(bare), Ok(bare)));
        for wrong in ["", "leg", "leg-7@", "leg-7@noon", "leg-18446744073709551615"] {
            assert!(wrong.parse::<CallId>().unwrap_err().contains("holdline calls"), "{wrong}");
        }
    }
}
