//! What an engine counts while it runs: for metrics and for whoever asks how it fares.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::domain::Uptime;

/// What an engine has counted. Only grows.
#[derive(Debug, Default)]
pub struct EngineCounts {
    /// Frames that came while too much waited.
    pub frames_refused: AtomicU64,
    /// Keys and commands that came while too much waited.
    pub keys_refused: AtomicU64,
    /// Frames a door did not take in time.
    pub frames_not_taken: AtomicU64,
    /// What a watcher did not take in time.
    pub seen_lost: AtomicU64,
    /// Frames of recordings that were lost because the disk was slow.
    pub recording_frames_lost: AtomicU64,
    /// Inputs that are in no journal, because the disk was slow or took nothing.
    pub journal_inputs_lost: AtomicU64,
    /// PIN checks done.
    pub pin_checks: AtomicU64,
    /// PINs that were wrong or locked.
    pub pins_refused: AtomicU64,
    /// PINs that too many wrong ones have locked.
    pub lockouts: AtomicU64,
    /// PIN checks at a PIN that was locked.
    pub pins_locked: AtomicU64,
    /// Calls refused for too many wrong entries.
    pub kept_out: AtomicU64,
    /// Conference IDs of no meeting, and PINs that were wrong or locked, of all who call.
    pub wrong_entries: AtomicU64,
    /// Times there were so many of them that somebody should look.
    pub alarms: AtomicU64,
    /// PIN checks that wait now.
    pub checks_waiting: AtomicU64,
    /// Other questions that wait now.
    pub look_ups_waiting: AtomicU64,
    /// Questions that found too many waiting.
    pub jobs_refused: AtomicU64,
    /// Questions that waited so long that whoever asked had given up.
    pub jobs_too_late: AtomicU64,
    /// Records that could be kept nowhere but in the log.
    pub records_lost: AtomicU64,
    /// The store took no records when it was last tried; they wait.
    pub filing_fails: AtomicBool,
    /// How late ticks were.
    pub lateness: Lateness,
}

/// How late ticks were, in buckets: those of the metrics, and finer ones.
#[derive(Debug)]
pub struct Lateness {
    counts: [AtomicU64; Self::BOUNDS_MICROS.len() + 1],
    /// Eight to each doubling.
    fine: [AtomicU64; FINE],
    sum_micros: AtomicU64,
}

/// Fine buckets: up to more than an hour.
const FINE: usize = 8 * 32;

impl Default for Lateness {
    fn default() -> Self {
        Self {
            counts: Default::default(),
            fine: [const { AtomicU64::new(0) }; FINE],
            sum_micros: AtomicU64::new(0),
        }
    }
}

/// The fine bucket of so many microseconds: below 16 each has its own.
fn fine_place(micros: u64) -> usize {
    let doubling = (micros.max(8) / 8).ilog2();
    let within = (micros >> doubling) - if micros < 8 { 0 } else { 8 };
    let place = if micros < 8 { micros } else { 8 * u64::from(doubling + 1) + within };
    usize::try_from(place).map_or(FINE - 1, |place| place.min(FINE - 1))
}

/// The most that still falls into a fine bucket.
fn fine_bound(place: usize) -> u64 {
    match place {
        0..8 => place as u64,
        _more => {
            let doubling = place / 8 - 1;
            ((8 + place as u64 % 8 + 1) << doubling) - 1
        }
    }
}

impl Lateness {
    /// The upper bounds of the buckets, in microseconds; the last bucket has none.
    pub const BOUNDS_MICROS: [u64; 10] =
        [100, 250, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 200_000];

    /// Counts one tick.
    pub fn count(&self, late: Duration) {
        let micros = u64::try_from(late.as_micros()).unwrap_or(u64::MAX);
        let bucket = Self::BOUNDS_MICROS.partition_point(|&bound| bound < micros);
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.fine[fine_place(micros)].fetch_add(1, Ordering::Relaxed);
        self.sum_micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// How they are spread, now.
    #[must_use]
    pub fn spread(&self) -> Spread {
        Spread(self.fine.iter().map(|count| count.load(Ordering::Relaxed)).collect())
    }

    /// Ticks in each bucket, in the order of [`Lateness::BOUNDS_MICROS`], then those later than all of them.
    #[must_use]
    pub fn buckets(&self) -> [u64; Self::BOUNDS_MICROS.len() + 1] {
        std::array::from_fn(|place| self.counts[place].load(Ordering::Relaxed))
    }

    /// All lateness together.
    #[must_use]
    pub fn sum(&self) -> Duration {
        Duration::from_micros(self.sum_micros.load(Ordering::Relaxed))
    }
}

/// How late ticks were, at one moment: each known to an eighth, rounded up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread(Vec<u64>);

impl Spread {
    /// Those since an earlier moment.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self(self.0.iter().zip(&earlier.0).map(|(now, then)| now - then).collect())
    }

    /// How many.
    #[must_use]
    pub fn ticks(&self) -> u64 {
        self.0.iter().sum()
    }

    /// How late all but that part of them were at most: of 0.001, the 99.9th percentile. Zero when there are none.
    #[must_use]
    pub fn all_but(&self, part: f64) -> Duration {
        let all = self.ticks();
        let may_be_later = (all as f64 * part) as u64;
        let mut later = all;
        for (place, count) in self.0.iter().enumerate() {
            later -= count;
            if later <= may_be_later && all > 0 {
                return Duration::from_micros(fine_bound(place));
            }
        }
        Duration::ZERO
    }

    /// How late the latest was.
    #[must_use]
    pub fn most(&self) -> Duration {
        self.all_but(0.0)
    }
}

/// How it looks in an engine at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Legs by the name of their state.
    pub legs: BTreeMap<&'static str, u64>,
    /// Meetings with somebody in them or waiting.
    pub meetings: u64,
    /// Meetings that run.
    pub meetings_live: u64,
    /// Ticks that were skipped because the shard was too late for them. Only grows.
    pub ticks_skipped: u64,
    /// Frames dropped because too many of one leg waited for a tick. Only grows.
    pub frames_dropped: u64,
}

impl Census {
    /// Adds another shard's.
    pub(super) fn add(&mut self, other: Self) {
        for (state, count) in other.legs {
            *self.legs.entry(state).or_default() += count;
        }
        self.meetings += other.meetings;
        self.meetings_live += other.meetings_live;
        self.ticks_skipped += other.ticks_skipped;
        self.frames_dropped += other.frames_dropped;
    }
}

/// A census for all who ask within a moment: it takes a look at each leg, on the way of the media.
#[derive(Debug, Default)]
pub(super) struct SharedCensus {
    latest: Option<(Uptime, Census)>,
}

/// For so long a census is told to whoever asks next.
const CENSUS_LASTS: Duration = Duration::from_millis(100);

impl SharedCensus {
    /// The latest, or a new one when that is too old.
    pub(super) fn at(&mut self, now: Uptime, take: impl FnOnce() -> Census) -> Census {
        match &self.latest {
            Some((at, census)) if now.since(*at) < CENSUS_LASTS => census.clone(),
            Some(_) | None => {
                let census = take();
                self.latest = Some((now, census.clone()));
                census
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_ask_a_census_is_taken_once_in_a_while() {
        let (mut shared, mut taken) = (SharedCensus::default(), 0);
        let mut asks = |millis: u64, times: usize| {
            let mut told = Census::default();
            for _ in 0..times {
                told = shared.at(Uptime::from_millis(millis), || {
                    taken += 1;
                    Census { meetings: taken, ..Census::default() }
                });
            }
            told.meetings
        };
        assert_eq!((asks(5, 1), asks(5, 1_000), asks(104, 1_000)), (1, 1, 1));
        assert_eq!((asks(105, 1_000), asks(204, 1), asks(9_000, 1), asks(9_001, 9)), (2, 2, 3, 3));
    }

    #[test]
    fn every_lateness_has_a_bucket_whose_bound_is_near() {
        for micros in (0..4_000).chain((1..40).map(|power| 1_u64 << power)) {
            let (place, bound) = (fine_place(micros), fine_bound(fine_place(micros)));
            if place < FINE - 1 {
                assert!(bound >= micros && bound <= micros + micros / 8, "{micros}: {bound}");
            }
            assert!(place == 0 || fine_bound(place - 1) < micros, "{micros} is in {place}");
        }
    }

    #[test]
    fn the_latest_ticks_are_told_apart_from_the_rest() {
        let lateness = Lateness::default();
        let none = lateness.spread();
        assert_eq!((none.all_but(0.5), none.most()), (Duration::ZERO, Duration::ZERO));
        (0..999).for_each(|_| lateness.count(Duration::from_micros(12)));
        lateness.count(Duration::from_millis(31));
        let spread = lateness.spread();
        let of = |part| spread.all_but(part).as_micros();
        assert_eq!((of(0.5), of(0.001), of(0.0)), (12, 12, 32_767));
        assert_eq!(spread.since(&none), spread);
        assert_eq!(spread.since(&spread), none);
        let buckets = lateness.buckets();
        assert_eq!((buckets[0], buckets[8], buckets.iter().sum()), (999, 1, 1_000));
    }
}
