//! The alarm at wrong entries of all who call by one trunk: it keeps nobody out, as whoever else calls there has done nothing.

use std::num::NonZeroU32;

use super::{CallerCounters, CallerLockoutSettings};
use crate::domain::time::UtcTime;

/// Wrong entries in ten minutes from which on somebody should look: ten times what one caller is kept out for.
pub const WRONG_ENTRIES_ALARM: u32 = 200;

/// Goes off once when there are too many wrong entries, and not again for ten minutes.
#[derive(Clone, Copy, Debug, Default)]
pub struct WrongEntriesAlarm(CallerCounters);

impl WrongEntriesAlarm {
    /// Counts one, and says whether it is the one too many.
    pub fn goes_off(&mut self, now: UtcTime) -> bool {
        let limit = NonZeroU32::new(WRONG_ENTRIES_ALARM).unwrap_or(NonZeroU32::MIN);
        let settings = CallerLockoutSettings { wrong_entries: limit, ..Default::default() };
        let rang = self.0.is_busy(now, &settings);
        self.0.count_wrong(now, &settings);
        !rang && self.0.is_busy(now, &settings)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_alarm_goes_off_once_in_ten_minutes() {
        let mut alarm = WrongEntriesAlarm::default();
        let at = |minutes: u64| UtcTime::from_micros(0) + Duration::from_secs(60 * minutes);
        let mut rang = |at: UtcTime, times: u32| (0..times).filter(|_| alarm.goes_off(at)).count();
        assert_eq!(rang(at(0), WRONG_ENTRIES_ALARM - 1), 0);
        assert_eq!(rang(at(9), 1_000), 1);
        assert_eq!(rang(at(18), 1_000), 0);
        assert_eq!(rang(at(19), WRONG_ENTRIES_ALARM), 1);
        assert_eq!(rang(at(40), WRONG_ENTRIES_ALARM - 1), 0, "those of before are forgotten");
    }
}
