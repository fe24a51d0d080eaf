//! The one spawner: every task and thread has a name, a way to stop and an owner who waits for it.
#![expect(clippy::disallowed_methods, reason = "this is the file that spawns")]

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use super::clock::Clock;
use crate::domain::Uptime;

/// All tasks and threads of an engine.
#[derive(Debug, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    token: CancellationToken,
    threads: Mutex<Vec<Worker>>,
    /// The first thread that ended before it was told to.
    failed: Arc<watch::Sender<Option<String>>>,
}

/// A thread, and the token that is cancelled when it has ended, however it did.
#[derive(Debug)]
struct Worker {
    handle: JoinHandle<()>,
    ended: CancellationToken,
}

/// Lies in a thread, and tells when it has ended.
struct TellsEnd {
    name: String,
    ended: CancellationToken,
    told_to: CancellationToken,
    failed: Arc<watch::Sender<Option<String>>>,
}

impl Drop for TellsEnd {
    fn drop(&mut self) {
        if !self.told_to.is_cancelled() {
            let name = std::mem::take(&mut self.name);
            self.failed.send_modify(|failed| {
                failed.get_or_insert(name);
            });
        }
        self.ended.cancel();
    }
}

impl Tasks {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells all of them to stop when it is cancelled. Each waits for it beside its work, and first.
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Spawns a task.
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(task.instrument(tracing::info_span!("task", name)));
    }

    /// Starts a thread; the token is cancelled when it has ended.
    ///
    /// # Errors
    /// The system gives none.
    pub fn thread(
        &self,
        name: &str,
        work: impl FnOnce() + Send + 'static,
    ) -> io::Result<CancellationToken> {
        let ended = CancellationToken::new();
        let (told_to, failed) = (self.token.clone(), Arc::clone(&self.failed));
        let tells = TellsEnd { name: name.to_owned(), ended: ended.clone(), told_to, failed };
        let handle = Builder::new().name(name.to_owned()).spawn(move || {
            let _however_it_ends = tells;
            work();
        })?;
        let worker = Worker { handle, ended: ended.clone() };
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        Ok(ended)
    }

    /// Waits until a thread ends that was not told to, and gives its name.
    pub async fn failure(&self) -> String {
        let mut failed = self.failed.subscribe();
        let name = failed.wait_for(Option::is_some).await.ok().and_then(|name| name.clone());
        // The sender is ours, so it is there.
        name.unwrap_or_default()
    }

    /// Whether a thread has ended that was not told to.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failed.borrow().is_some()
    }

    /// Waits for all of them until `until`; gives the names of those who are late.
    pub async fn finish(&self, clock: Clock, until: Uptime) -> Vec<String> {
        self.tracker.close();
        let mut late = Vec::new();
        if clock.within(until, self.tracker.wait()).await.is_none() {
            late.push(format!("{} tasks", self.tracker.len()));
        }
        let threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for Worker { handle, ended } in threads {
            let name = handle.thread().name().unwrap_or("a thread").to_owned();
            if clock.within(until, ended.cancelled()).await.is_none() {
                late.push(name);
            } else if handle.join().is_err() {
                late.push(format!("{name} (it panicked)"));
            }
        }
        late
    }
}
