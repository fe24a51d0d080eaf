//! Files the records of calls and meetings that are over, one after the other, on a thread of its own.
//!
//! A store that fails is tried again: meanwhile records wait here, then in the queue, then with the shards. One that can be kept
//! nowhere is written to the log whole, as it would be on file, and counted.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::clerk::Office;
use super::clock::Clock;
use super::counts::EngineCounts;
use crate::domain::Record;
use crate::store::{Store, StoreError};

/// Time until the next try at a store that failed, and between two looks whether it is to stop.
const A_MOMENT: Duration = Duration::from_millis(100);

/// Whoever files.
pub(super) struct Filing {
    store: Arc<dyn Store>,
    counts: Arc<EngineCounts>,
    clock: Clock,
    /// The record that the store did not take.
    left: Option<Box<Record>>,
    /// The end has come and the store still fails: it is not asked again.
    gave_up: bool,
}

impl Filing {
    pub(super) fn new(office: &Office) -> Self {
        let (store, counts) = (Arc::clone(&office.store), Arc::clone(&office.counts));
        Self { store, counts, clock: office.clock, left: None, gave_up: false }
    }

    /// Files what comes until told to end and nothing waits.
    pub(super) fn work(mut self, records: &Receiver<Box<Record>>, end: &CancellationToken) {
        loop {
            let next = match self.left.take() {
                Some(left) => Ok(left),
                None => records.recv_timeout(A_MOMENT),
            };
            match next {
                Ok(record) => self.file(record, end),
                Err(RecvTimeoutError::Timeout) if !end.is_cancelled() => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn file(&mut self, record: Box<Record>, end: &CancellationToken) {
        if self.gave_up {
            return lose(&record, "the store does not answer", &self.counts);
        }
        let Err(error) = self.store.file_record((*record).clone()) else { return };
        let may_pass = matches!(error, StoreError::Unavailable(_));
        self.gave_up = may_pass && end.is_cancelled();
        if end.is_cancelled() || !may_pass {
            return lose(&record, &error.to_string(), &self.counts);
        }
        let what = record.to_string();
        tracing::warn!(%what, %error, "a record cannot be filed: it is tried again");
        self.left = Some(record);
        self.clock.pause(A_MOMENT);
    }
}

/// A record that nobody can keep: the log has it.
pub(super) fn lose(record: &Record, why: &str, counts: &EngineCounts) {
    counts.records_lost.fetch_add(1, Ordering::Relaxed);
    let text = serde_json::to_string(record).unwrap_or_else(|_unwritable| record.to_string());
    tracing::error!(record = text, why, "a record could not be filed: this is all there is of it");
}
