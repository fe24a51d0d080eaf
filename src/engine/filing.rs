//! Files the records of calls and meetings that are over, on a thread of its own.
//!
//! A store that fails is tried again: meanwhile records wait here, then in the queue, then with the shards. When the bridge
//! stops nobody waits any longer than for one try: a record that can be kept nowhere is written to the log whole, as it would
//! be on file, and counted.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::clerk::Office;
use super::clock::Clock;
use super::counts::EngineCounts;
use super::log::RECORDS;
use crate::domain::Record;
use crate::store::{Store, StoreError};

/// Time until the next try at a store that failed, and between two looks whether it is to stop.
const A_MOMENT: Duration = Duration::from_millis(100);

/// Records filed in one go: a commit to the disk costs as much for many as for one.
const AT_ONCE: usize = 256;

/// Whoever files.
pub(super) struct Filing {
    store: Arc<dyn Store>,
    counts: Arc<EngineCounts>,
    clock: Clock,
    /// Records that are about to be filed, or that the store did not take.
    tray: Vec<Record>,
    /// The bridge stops: a store that fails after that is not tried again.
    stop: CancellationToken,
    /// The bridge stops and the store fails: it is not asked again.
    gave_up: bool,
}

impl Filing {
    pub(super) fn new(office: &Office, stop: CancellationToken) -> Self {
        let (store, counts) = (Arc::clone(&office.store), Arc::clone(&office.counts));
        let (clock, tray) = (office.clock, Vec::new());
        Self { store, counts, clock, tray, stop, gave_up: false }
    }

    /// Files what comes until told to end and nothing waits.
    pub(super) fn work(mut self, records: &Receiver<Box<Record>>, end: &CancellationToken) {
        loop {
            if self.tray.is_empty() {
                match records.recv_timeout(A_MOMENT) {
                    Ok(record) => self.tray.push(*record),
                    Err(RecvTimeoutError::Timeout) if !end.is_cancelled() => continue,
                    Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
                }
            }
            let room = AT_ONCE.saturating_sub(self.tray.len());
            self.tray.extend(records.try_iter().take(room).map(|record| *record));
            self.file();
        }
    }

    fn file(&mut self) {
        if self.gave_up {
            return self.lose_all("the store does not answer");
        }
        let stops = self.stop.is_cancelled();
        match self.store.file_records(&self.tray) {
            Ok(()) => {
                self.filed();
                self.tray.clear();
            }
            Err(error @ StoreError::Unavailable(_)) => self.wait_or_give_up(&error, stops),
            Err(_one_of_them_does_not_fit) => self.file_each(stops),
        }
    }

    /// Files them one by one. When the store fails, the rest stays in the tray.
    fn file_each(&mut self, stops: bool) {
        let mut records = std::mem::take(&mut self.tray).into_iter();
        while let Some(record) = records.next() {
            match self.store.file_records(std::slice::from_ref(&record)) {
                Ok(()) => self.filed(),
                Err(error @ StoreError::Unavailable(_)) => {
                    self.tray.push(record);
                    self.tray.extend(records);
                    return self.wait_or_give_up(&error, stops);
                }
                Err(error) => lose(&record, &error.to_string(), &self.counts),
            }
        }
    }

    fn filed(&mut self) {
        if self.counts.filing_fails.swap(false, Ordering::Relaxed) {
            tracing::warn!("records are filed again");
        }
    }

    /// Gives up if the bridge was to stop before the try began. It is said once that the store fails, and not at every try.
    fn wait_or_give_up(&mut self, error: &StoreError, stops: bool) {
        if stops {
            self.gave_up = true;
            return self.lose_all(&error.to_string());
        }
        if !self.counts.filing_fails.swap(true, Ordering::Relaxed) {
            tracing::warn!(%error, "records cannot be filed: it is tried again until they are");
        }
        self.clock.pause(A_MOMENT);
    }

    fn lose_all(&mut self, why: &str) {
        for record in self.tray.drain(..) {
            lose(&record, why, &self.counts);
        }
    }
}

const LOST: &str = "a record could not be filed: this is all there is of it";

/// A record that nobody can keep: the log has it, however long that takes.
pub(super) fn lose(record: &Record, why: &str, counts: &EngineCounts) {
    counts.records_lost.fetch_add(1, Ordering::Relaxed);
    tracing::error!(target: RECORDS, record = in_full(record), why, "{LOST}");
}

/// As [`lose`], for a media thread: the log has it if somebody reads it.
pub(super) fn lose_at_once(record: &Record, why: &str, counts: &EngineCounts) {
    counts.records_lost.fetch_add(1, Ordering::Relaxed);
    tracing::error!(record = in_full(record), why, "{LOST}");
}

fn in_full(record: &Record) -> String {
    serde_json::to_string(record).unwrap_or_else(|_unwritable| record.to_string())
}

#[cfg(test)]
#[path = "filing_tests.rs"]
pub(super) mod tests;
