//! Counts wrong conference IDs and PINs by caller, on a thread of its own: a count is a write to the disk, and no look-up waits
//! behind it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};

use tokio_util::sync::CancellationToken;

use super::clerk::{IDLE, JOBS_MAX};
use super::tasks::Tasks;
use crate::domain::{CallSource, UtcTime};
use crate::store::{Store, count_wrong};

/// The way to whoever counts. Cheap to clone.
#[derive(Clone)]
pub(super) struct WrongEntries {
    entries: SyncSender<(CallSource, UtcTime)>,
    store: Arc<dyn Store>,
}

impl WrongEntries {
    /// Starts it. It ends when it is told to and all are counted.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn start(
        tasks: &Tasks,
        store: Arc<dyn Store>,
        closed: CancellationToken,
    ) -> std::io::Result<Self> {
        let (entries, waiting) = sync_channel(JOBS_MAX);
        let counts = Arc::clone(&store);
        tasks.thread("wrong-entries", move || work(&waiting, &*counts, &closed))?;
        Ok(Self { entries, store })
    }

    /// Has one counted. When too many wait it is counted here: whoever guesses is not to get round it by being fast.
    pub(super) fn count(&self, from: CallSource, now: UtcTime) {
        if self.entries.try_send((from, now)).is_err() {
            count_wrong(&*self.store, from, now);
        }
    }
}

fn work(entries: &Receiver<(CallSource, UtcTime)>, store: &dyn Store, closed: &CancellationToken) {
    loop {
        match entries.recv_timeout(IDLE) {
            Ok((from, now)) => count_wrong(store, from, now),
            Err(RecvTimeoutError::Timeout) if !closed.is_cancelled() => {}
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
        }
    }
}
