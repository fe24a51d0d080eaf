//! What an engine counts while it runs: for metrics and for whoever asks how it fares.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What an engine has counted. Only grows.
#[derive(Debug, Default)]
pub struct EngineCounts {
    /// Frames that came while too much waited.
    pub frames_refused: AtomicU64,
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
    /// Calls refused for too many wrong entries.
    pub kept_out: AtomicU64,
    /// Conference IDs of no meeting, and PINs that were wrong or locked, of all who call.
    pub wrong_entries: AtomicU64,
    /// Times there were so many of them that somebody should look.
    pub alarms: AtomicU64,
    /// Questions and records that wait for a clerk now.
    pub jobs_waiting: AtomicU64,
    /// Questions that found too many waiting.
    pub jobs_refused: AtomicU64,
    /// How late ticks were.
    pub lateness: Lateness,
}

/// How late ticks were, in buckets.
#[derive(Debug, Default)]
pub struct Lateness {
    counts: [AtomicU64; Self::BOUNDS_MICROS.len() + 1],
    sum_micros: AtomicU64,
}

impl Lateness {
    /// The upper bounds of the buckets, in microseconds; the last bucket has none.
    pub const BOUNDS_MICROS: [u64; 10] =
        [100, 250, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 200_000];

    pub(super) fn count(&self, late: Duration) {
        let micros = u64::try_from(late.as_micros()).unwrap_or(u64::MAX);
        let bucket = Self::BOUNDS_MICROS.partition_point(|&bound| bound < micros);
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum_micros.fetch_add(micros, Ordering::Relaxed);
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

/// How it looks in an engine at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Legs by the name of their state.
    pub legs: BTreeMap<&'static str, u64>,
    /// Meetings with somebody in them or waiting.
    pub meetings: u64,
    /// Meetings that run.
    pub meetings_live: u64,
}

impl Census {
    /// Adds another shard's.
    pub(super) fn add(&mut self, other: Self) {
        for (state, count) in other.legs {
            *self.legs.entry(state).or_default() += count;
        }
        self.meetings += other.meetings;
        self.meetings_live += other.meetings_live;
    }
}
