//! The one spawner: every task and thread has a name, a way to stop and an owner who waits for it.
#![expect(clippy::disallowed_methods, reason = "this is the file that spawns")]

use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

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
}

/// A thread, and the token that is cancelled when it has ended, however it did.
#[derive(Debug)]
struct Worker {
    handle: JoinHandle<()>,
    ended: CancellationToken,
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
        let guard = ended.clone().drop_guard();
        let handle = Builder::new().name(name.to_owned()).spawn(move || {
            let _cancels_when_dropped = guard;
            work();
        })?;
        let worker = Worker { handle, ended: ended.clone() };
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        Ok(ended)
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
