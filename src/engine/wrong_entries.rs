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
        let mut batch = match entries.recv_timeout(IDLE) {
            Ok(entry) => vec![entry],
            Err(RecvTimeoutError::Timeout) if !closed.is_cancelled() => continue,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
        };
        batch.extend(entries.try_iter().take(AT_ONCE - 1));
        count_all(&batch, store, closed);
    }
}

/// Counts what has come. What cannot be counted takes nothing else with it: then each is counted by itself, unless the bridge
/// stops, which does not wait for a store that fails.
fn count_all(batch: &[(CallSource, UtcTime)], store: &dyn Store, closed: &CancellationToken) {
    let Err(error) = store.count_wrong_entries(batch) else { return };
    if batch.len() == 1 || closed.is_cancelled() {
        let lost = batch.len();
        tracing::error!(%error, lost, "wrong entries could not be counted");
        return;
    }
    for (from, now) in batch {
        count_wrong(store, *from, *now);
    }
}

/// Entries counted in one go: a commit to the disk costs as much for many as for one, and a full queue is counted in so few that
/// a stop can wait for them.
const AT_ONCE: usize = 256;

#[cfg(test)]
mod tests {
    use std::time::Duration;

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

    /// A bridge stops while as many wait as can, on a disk that takes its time over each commit: all are counted before the
    /// stop is over.
    #[test]
    fn a_full_queue_is_counted_before_a_stop_is_over() {
        let (entries, waiting) = sync_channel(JOBS_MAX);
        let told = Arc::new(Told::default());
        let from = "+14255550177".parse().unwrap();
        (0..JOBS_MAX).for_each(|_| entries.send((from, UtcTime::from_micros(0))).unwrap());
        drop(entries);
        work(&waiting, &*told, &CancellationToken::new());
        assert_eq!(*told.counted.lock().unwrap(), JOBS_MAX);
        let commits = *told.commits.lock().unwrap();
        assert!(A_SLOW_COMMIT * commits < A_STOP, "{commits} commits");
    }

    /// The counters of one caller cannot be read: those of all others are counted. A bridge that stops tries once.
    #[test]
    fn a_wrong_entry_that_cannot_be_counted_takes_no_other_with_it() {
        let told = Told::default();
        let [broken, from] = ["+14255550177", "+14255550178"].map(|from| from.parse().unwrap());
        *told.broken.lock().unwrap() = Some(broken);
        let batch = [from, broken, from].map(|from| (from, UtcTime::from_micros(0)));
        let closed = CancellationToken::new();
        count_all(&batch, &told, &closed);
        assert_eq!((*told.counted.lock().unwrap(), *told.commits.lock().unwrap()), (2, 4));
        closed.cancel();
        count_all(&batch, &told, &closed);
        assert_eq!((*told.counted.lock().unwrap(), *told.commits.lock().unwrap()), (2, 5));
    }

    /// What a commit takes on a disk that turns and is busy.
    const A_SLOW_COMMIT: Duration = Duration::from_millis(100);

    /// What is left of a stop when callers have heard their goodbye.
    const A_STOP: Duration = Duration::from_secs(2);
}
