//! The one spawner: every task and thread has a name, a way to stop and an owner who waits for it.
#![expect(clippy::disallowed_methods, reason = "this is the file that spawns")]

use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

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
    threads: Mutex<Vec<JoinHandle<()>>>,
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

    /// Starts a thread.
    ///
    /// # Errors
    /// The system gives none.
    pub fn thread(&self, name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let handle = Builder::new().name(name.to_owned()).spawn(work)?;
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(handle);
        Ok(())
    }

    /// Waits for all of them until `until`; gives the names of those who are late.
    pub async fn finish(&self, clock: Clock, until: Uptime) -> Vec<String> {
        self.tracker.close();
        let mut late = Vec::new();
        if tokio::time::timeout(clock.time_to(until), self.tracker.wait()).await.is_err() {
            late.push(format!("{} tasks", self.tracker.len()));
        }
        let mut threads: Vec<_> =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        while !threads.iter().all(JoinHandle::is_finished) && clock.uptime() < until {
            clock.until(clock.uptime() + Duration::from_millis(5)).await;
        }
        for thread in threads.drain(..) {
            let name = thread.thread().name().unwrap_or("a thread").to_owned();
            if !thread.is_finished() {
                late.push(name);
            } else if thread.join().is_err() {
                late.push(format!("{name} (it panicked)"));
            }
        }
        late
    }
}
