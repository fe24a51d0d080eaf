//! The ranges that settings may lie in: beyond them a caller could not do what is asked, or would never be let go.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use thiserror::Error;

use super::limits::LEGS_MAX;
use super::settings::{DialogueSettings, MeetingRules};

/// A setting that is out of its range.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{name} is {value}, which is out of range: set it between {least} and {most}{or_zero}")]
pub struct SettingError {
    /// Its name, as written.
    pub name: &'static str,
    /// What it was to be.
    pub value: String,
    /// The least it may be.
    pub least: String,
    /// The most it may be.
    pub most: String,
    /// Whether zero is right too, and what it stands for.
    pub or_zero: &'static str,
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Tries of a caller: none would let nobody in, many are for guessing.
const TRIES: RangeInclusive<u8> = 1..=10;

impl DialogueSettings {
    /// Whether each lies in its range.
    ///
    /// # Errors
    /// The first that does not.
    pub fn check(&self) -> Result<(), SettingError> {
        within("conference-id-tries", self.conference_id_tries, TRIES)?;
        within("pin-tries", self.pin_tries, TRIES)?;
        time("first-digit-after", self.first_digit_after, SECOND..=MINUTE)?;
        time("between-digits-after", self.between_digits_after, SECOND..=MINUTE)?;
        time("whole-entry-after", self.whole_entry_after, 5 * SECOND..=5 * MINUTE)?;
        time("command-ends-after", self.command_ends_after, SECOND / 2..=10 * SECOND)?;
        time_or_zero("lobby-word-every", self.lobby_word_every, 5 * SECOND..=HOUR)?;
        time_or_zero("lobby-ends-after", self.lobby_ends_after, 10 * SECOND..=DAY)?;
        time_or_zero("lobby-warning-before", self.lobby_warning_before, SECOND..=HOUR)
    }
}

impl MeetingRules {
    /// Whether each lies in its range.
    ///
    /// # Errors
    /// The first that does not.
    pub fn check(&self) -> Result<(), SettingError> {
        let ends = MINUTE..=7 * DAY;
        time("ends-after-authenticated-left", self.ends_after_authenticated_left, ends.clone())?;
        time("ends-after-callers-alone", self.ends_after_callers_alone, ends.clone())?;
        time("ends-after-at-most", self.ends_after_at_most, ends)?;
        within("legs-max", self.legs_max, 1..=u32::try_from(LEGS_MAX).unwrap_or(u32::MAX))
    }
}

fn within<T: PartialOrd + fmt::Display>(
    name: &'static str,
    value: T,
    range: RangeInclusive<T>,
) -> Result<(), SettingError> {
    match range.contains(&value) {
        true => Ok(()),
        false => Err(SettingError {
            name,
            value: value.to_string(),
            least: range.start().to_string(),
            most: range.end().to_string(),
            or_zero: "",
        }),
    }
}

fn time(
    name: &'static str,
    value: Duration,
    range: RangeInclusive<Duration>,
) -> Result<(), SettingError> {
    let say = |time: &Duration| format!("{time:?}");
    match range.contains(&value) {
        true => Ok(()),
        false => Err(SettingError {
            name,
            value: say(&value),
            least: say(range.start()),
            most: say(range.end()),
            or_zero: "",
        }),
    }
}

fn time_or_zero(
    name: &'static str,
    value: Duration,
    range: RangeInclusive<Duration>,
) -> Result<(), SettingError> {
    match value {
        Duration::ZERO => Ok(()),
        other => time(name, other, range)
            .map_err(|error| SettingError { or_zero: ", or to 0 for never", ..error }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_out_of_its_range_is_named_with_the_range() {
        assert_eq!(DialogueSettings::default().check(), Ok(()));
        assert_eq!(MeetingRules::default().check(), Ok(()));
        let dialogue = DialogueSettings::default;
        for (settings, told) in [
            (DialogueSettings { pin_tries: 0, ..dialogue() }, "pin-tries is 0"),
            (DialogueSettings { conference_id_tries: 11, ..dialogue() }, "between 1 and 10"),
            (
                DialogueSettings { first_digit_after: Duration::ZERO, ..dialogue() },
                "first-digit-after is 0ns, which is out of range: set it between 1s and 60s",
            ),
            (
                DialogueSettings { lobby_ends_after: 2 * DAY, ..dialogue() },
                "between 10s and 86400s, or to 0 for never",
            ),
        ] {
            let error = settings.check().unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        let for_ever = DialogueSettings { lobby_ends_after: Duration::ZERO, ..dialogue() };
        assert_eq!(for_ever.check(), Ok(()));
        let nobody = MeetingRules { legs_max: 0, ..MeetingRules::default() };
        assert!(nobody.check().is_err());
    }
}
