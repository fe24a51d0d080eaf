//! How fast somebody may do something: so much at once, and so much a second.

use std::time::Duration;

use crate::domain::Uptime;

/// A pace, and how much of it is left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    at_once: u32,
    one_every: Duration,
    /// When all of it would be used up, if nothing more came: never further ahead than `at_once` of them.
    used_until: Uptime,
}

impl Pace {
    /// So many at once, and one more each time.
    pub(super) const fn new(at_once: u32, one_every: Duration) -> Self {
        Self { at_once, one_every, used_until: Uptime::ZERO }
    }

    /// Whether one more fits; it is counted if it does.
    pub(super) fn take(&mut self, now: Uptime) -> bool {
        let used_until = self.used_until.max(now) + self.one_every;
        let fits = used_until.since(now) <= self.one_every * self.at_once;
        if fits {
            self.used_until = used_until;
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_at_once_is_bounded_and_time_makes_room() {
        let mut pace = Pace::new(3, Duration::from_millis(100));
        let mut fits = |millis: u64, times: usize| {
            (0..times).filter(|_| pace.take(Uptime::from_millis(millis))).count()
        };
        assert_eq!(fits(1_000, 9), 3);
        assert_eq!(fits(1_099, 9), 0);
        assert_eq!(fits(1_250, 9), 2);
        assert_eq!(fits(90_000, 9), 3, "no more than at the start, however long it was quiet");
    }
}
