//! The one clock: the only place that asks the system for the time, or waits for it.
#![expect(clippy::disallowed_types, reason = "this is the file that owns the clock")]

#[cfg(test)]
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use crate::domain::{Uptime, UtcTime};

/// The engine's clock. Uptime is monotonic; UTC is read once, so that a wall clock that jumps changes only later
/// engines.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    began: Instant,
    epoch: UtcTime,
}

impl Clock {
    /// Begins at [`Uptime::ZERO`].
    #[must_use]
    pub fn start() -> Self {
        let (began, calendar) = at_once();
        let since_1970 = calendar.duration_since(SystemTime::UNIX_EPOCH);
        let micros = since_1970.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(0));
        Self { began, epoch: UtcTime::from_micros(micros) }
    }

    /// One that began so long ago.
    #[cfg(test)]
    pub(super) fn begun_before(ago: Duration) -> Self {
        let clock = Self::start();
        Self { began: clock.began.checked_sub(ago).unwrap_or(clock.began), ..clock }
    }

    /// Time since the start.
    #[must_use]
    pub fn uptime(&self) -> Uptime {
        Uptime::ZERO + self.began.elapsed()
    }

    /// The UTC time of [`Uptime::ZERO`].
    #[must_use]
    pub fn epoch(&self) -> UtcTime {
        self.epoch
    }

    /// The UTC time now.
    #[must_use]
    pub fn utc(&self) -> UtcTime {
        self.epoch + self.began.elapsed()
    }

    /// From now until then; zero when it is past.
    #[must_use]
    pub fn time_to(&self, at: Uptime) -> Duration {
        at.since(self.uptime())
    }

    /// Lets a thread that has nothing else to do wait for so long.
    #[expect(clippy::disallowed_methods, reason = "whoever waits asks here")]
    pub(super) fn pause(&self, time: Duration) {
        std::thread::sleep(time);
    }

    /// Waits until then.
    #[expect(clippy::disallowed_methods, reason = "whoever waits asks here")]
    pub async fn until(&self, at: Uptime) {
        tokio::time::sleep(self.time_to(at)).await;
    }

    /// What comes of it, if it comes before then.
    pub async fn within<T>(&self, until: Uptime, work: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout(self.time_to(until), work).await.ok()
    }
}

/// What the system's monotonic clock says; nobody else asks it.
#[expect(clippy::disallowed_methods, reason = "the only one who asks")]
fn now() -> Instant {
    Instant::now()
}

/// What both say at the same time: it is tried again when something came between.
fn at_once() -> (Instant, SystemTime) {
    const TRIES: usize = 10;
    const APART_MAX: Duration = Duration::from_millis(1);
    let mut began = now();
    for _try in 1..TRIES {
        let calendar = calendar();
        let before = std::mem::replace(&mut began, now());
        if began - before <= APART_MAX {
            return (began, calendar);
        }
    }
    (began, calendar())
}

/// What the system's calendar says, which somebody may put back; nobody else asks it.
#[expect(clippy::disallowed_methods, reason = "the only one who asks")]
fn calendar() -> SystemTime {
    let calendar = SystemTime::now();
    #[cfg(test)]
    let calendar = calendar - Duration::from_secs(PUT_BACK_SECONDS.load(Ordering::SeqCst));
    calendar
}

/// By how much somebody has put back the calendar of this process.
#[cfg(test)]
pub(super) static PUT_BACK_SECONDS: AtomicU64 = AtomicU64::new(0);
