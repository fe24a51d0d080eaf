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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::filing::tests::Told;

    /// Who counts is behind by as many as may wait: one more is counted by whoever found it, and none is forgotten.
    #[test]
    fn a_wrong_entry_that_finds_no_room_is_counted_on_the_spot() {
        let (entries, waiting) = sync_channel(JOBS_MAX);
        let told = Arc::new(Told::default());
        let wrong = WrongEntries { entries, store: told.clone() };
        let from = "+14255550177".parse().unwrap();
        let count = || wrong.count(from, UtcTime::from_micros(0));
        (0..JOBS_MAX).for_each(|_| count());
        assert_eq!(*told.counted.lock().unwrap(), 0);
        count();
        assert_eq!(*told.counted.lock().unwrap(), 1);
        drop(wrong);
        work(&waiting, &*told, &CancellationToken::new());
        assert_eq!(*told.counted.lock().unwrap(), JOBS_MAX + 1);
    }
}
