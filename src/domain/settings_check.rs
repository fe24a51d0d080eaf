//! The ranges that settings may lie in: beyond them a caller could not do what is asked, or would never be let go.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use thiserror::Error;

use super::limits::LEGS_MAX;
use super::lockout::{AttemptsByLength, CallerLockoutSettings, LockoutSettings};
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

impl LockoutSettings {
    /// Whether each lies in its range. A window or a lock of no time would be none at all.
    ///
    /// # Errors
    /// The first that does not.
    pub fn check(&self) -> Result<(), SettingError> {
        time("lockout.window", self.window, MINUTE..=DAY)?;
        time("lockout.locked-for", self.locked_for, MINUTE..=7 * DAY)?;
        let each = |attempts: &AttemptsByLength| {
            [attempts.four, attempts.five, attempts.longer].map(std::num::NonZeroU32::get)
        };
        for (in_window, total) in each(&self.in_window).into_iter().zip(each(&self.total)) {
            within("lockout.in-window", in_window, 1..=ATTEMPTS_IN_WINDOW_MAX)?;
            within("lockout.total", total, in_window..=ATTEMPTS_IN_ALL_MAX)?;
        }
        Ok(())
    }
}

impl CallerLockoutSettings {
    /// Whether each lies in its range.
    ///
    /// # Errors
    /// The first that does not.
    pub fn check(&self) -> Result<(), SettingError> {
        within("caller-lockout.wrong-entries", self.wrong_entries.get(), 3..=1_000)?;
        time("caller-lockout.window", self.window, MINUTE..=DAY)?;
        time("caller-lockout.busy-for", self.busy_for, MINUTE..=DAY)
    }
}

/// Wrong PINs in one window beyond which no lockout is one: of four digits a tenth could be tried in one go.
const ATTEMPTS_IN_WINDOW_MAX: u32 = 1_000;

/// As much as Skype for Business allows in all at its longest PINs, and twice that.
const ATTEMPTS_IN_ALL_MAX: u32 = 10_000;

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
        let lockout = LockoutSettings::nist;
        assert_eq!((lockout().check(), LockoutSettings::sfb().check()), (Ok(()), Ok(())));
        for (settings, told) in [
            (LockoutSettings { window: Duration::ZERO, ..lockout() }, "lockout.window is 0ns"),
            (
                LockoutSettings { locked_for: 30 * DAY, ..lockout() },
                "lockout.locked-for is 2592000s, which is out of range: set it between 60s and",
            ),
            (
                LockoutSettings { in_window: AttemptsByLength::same(5_000), ..lockout() },
                "lockout.in-window is 5000",
            ),
            (
                LockoutSettings { total: AttemptsByLength::same(9), ..lockout() },
                "lockout.total is 9, which is out of range: set it between 10 and 10000",
            ),
        ] {
            let error = settings.check().unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        let callers = CallerLockoutSettings::default;
        assert_eq!(callers().check(), Ok(()));
        let never = CallerLockoutSettings { busy_for: Duration::ZERO, ..callers() };
        assert!(never.check().unwrap_err().to_string().contains("caller-lockout.busy-for is 0ns"));
        let nobody = MeetingRules { legs_max: 0, ..MeetingRules::default() };
        assert!(nobody.check().is_err());
    }
}
