//! Keeps the journals of all shards in files, on a thread of its own. What the disk does not take is lost, counted and said;
//! the bridge goes on.
//!
//! A file is a journal by itself: its first line is the configuration. After so many inputs, or a day, a shard begins
//! another, into which is copied what concerns the calls and meetings that are in progress, so that each file tells of
//! every call in it from its beginning. When all files together are too large, or one is too old, the oldest are deleted.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use super::clock::Clock;
use super::counts::EngineCounts;
use super::tasks::Tasks;
use crate::domain::Uptime;
use crate::exchange::{Config, Exchange, JournalEntry, Present, Recorded};

mod files;

use files::Files;

pub use files::is_journal;

/// How journals are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalsConfig {
    /// The folder; it is made if it is not there.
    pub folder: PathBuf,
    /// Bytes of all files together; beyond them the oldest are deleted that are not being written.
    pub bytes_max: u64,
    /// Age from which on a file is deleted; never with `None`.
    pub age_max: Option<Duration>,
}

/// Inputs that may wait for the disk, of all shards. Beyond them they are lost, counted and said.
pub const INPUTS_WAITING_MAX: usize = 65_536;

/// How often a journal says how far time has come while calls are in progress and nothing comes in: a replay of what a
/// killed bridge has left goes on until then.
const SAYS_SO_FAR_EVERY: Duration = Duration::from_secs(10);

/// After so long another file is begun, so that old ones can be deleted.
const FILE_LASTS: Duration = Duration::from_secs(24 * 60 * 60);

/// Longest time between two times at which all that is written is on the disk.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// How long after a failure the disk is tried again.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(10);

/// How long after it found too much waiting a shard tries again to have another file begun: what it takes to say who is
/// there grows with them, and sound must not wait for it.
const QUEUE_TRIED_EVERY: Duration = Duration::from_secs(1);

/// What a line of a journal takes, roughly: by it the limit of bytes becomes one of inputs.
const LINE_BYTES: u64 = 128;

enum Job {
    Entry(usize, JournalEntry),
    /// The shard begins another file; these are in progress.
    Cut(usize, Present),
    /// Until then so many inputs of the shard have not come this way; these were there meanwhile.
    Lost(usize, Uptime, u64, Present),
}

/// The way of one shard to its journal.
pub(super) struct JournalWay {
    jobs: SyncSender<Job>,
    shard: usize,
    /// Set by the keeper when it has lost a file and could begin another.
    begin_again: Arc<AtomicBool>,
    counts: Arc<EngineCounts>,
    /// Inputs of which the keeper does not know.
    lost: u64,
    /// Before then it is not tried again to have another file begun.
    try_again_at: Uptime,
    /// Inputs in the file that is being written, and after how many another is begun.
    inputs: u64,
    inputs_max: u64,
    begun_at: Uptime,
    last_at: Uptime,
}

impl JournalWay {
    /// Takes one entry.
    pub(super) fn keep(&mut self, entry: JournalEntry) {
        if self.begin_again.swap(false, Ordering::Relaxed) || self.lost > 0 {
            return self.lose();
        }
        self.last_at = entry.at;
        self.inputs += 1;
        if self.jobs.try_send(Job::Entry(self.shard, entry)).is_err() {
            self.lose();
        }
    }

    fn lose(&mut self) {
        self.lost += 1;
        self.counts.journal_inputs_lost.fetch_add(1, Ordering::Relaxed);
    }

    /// What is to be done once the exchange has nothing more to say: another file, or the word that time passes.
    pub(super) fn settle(&mut self, exchange: &Exchange) {
        let now = exchange.now();
        let due = self.inputs >= self.inputs_max
            || (self.inputs > 0 && now.since(self.begun_at) >= FILE_LASTS);
        if (self.lost > 0 || due) && now < self.try_again_at {
            return;
        }
        if self.lost > 0 {
            let lost = Job::Lost(self.shard, now, self.lost, exchange.present());
            if self.jobs.try_send(lost).is_ok() {
                (self.lost, self.inputs, self.begun_at) = (0, 0, now);
            } else {
                self.try_again_at = now + QUEUE_TRIED_EVERY;
            }
        } else if due {
            if self.jobs.try_send(Job::Cut(self.shard, exchange.present())).is_ok() {
                (self.inputs, self.begun_at) = (0, now);
            } else {
                self.try_again_at = now + QUEUE_TRIED_EVERY;
            }
        } else if now.since(self.last_at) >= SAYS_SO_FAR_EVERY && exchange.legs() > 0 {
            let so_far = Recorded::SoFar { so_far: exchange.legs() };
            self.keep(JournalEntry { at: now, recorded: so_far });
        }
    }
}

/// Starts the keeper, and gives each shard its way. It ends when the last of them is dropped.
///
/// # Errors
/// The folder cannot be made, or the system gives no thread.
pub(super) fn start(
    tasks: &Tasks,
    kept: JournalsConfig,
    config: Config,
    shards: usize,
    clock: Clock,
    counts: &Arc<EngineCounts>,
) -> std::io::Result<Vec<JournalWay>> {
    let (jobs, waiting) = sync_channel(INPUTS_WAITING_MAX);
    let shards = shards.max(1);
    let inputs_max = kept.bytes_max / 8 / shards as u64 / LINE_BYTES;
    let begin_again: Vec<_> = (0..shards).map(|_| Arc::new(AtomicBool::new(false))).collect();
    let keeper = Keeper {
        files: Files::open(kept, config, shards)?,
        shards: begin_again
            .iter()
            .map(|again| Shard { begin_again: Arc::clone(again), failed_at: None })
            .collect(),
        clock,
        counts: Arc::clone(counts),
        synced_at: Uptime::ZERO,
    };
    tasks.thread("journals", move || keeper.work(&waiting))?;
    let way = |(shard, begin_again): (usize, Arc<AtomicBool>)| JournalWay {
        jobs: jobs.clone(),
        shard,
        begin_again,
        counts: Arc::clone(counts),
        lost: 0,
        try_again_at: Uptime::ZERO,
        inputs: 0,
        inputs_max: inputs_max.clamp(INPUTS_MIN, INPUTS_MAX),
        begun_at: Uptime::ZERO,
        last_at: Uptime::ZERO,
    };
    Ok(begin_again.into_iter().enumerate().map(way).collect())
}

/// Inputs of one file, at least and at most: so few that deleting one is no great loss, so many that little is copied.
const INPUTS_MIN: u64 = 1_000;
const INPUTS_MAX: u64 = 200_000;

/// The thread that writes.
struct Keeper {
    files: Files,
    shards: Vec<Shard>,
    clock: Clock,
    counts: Arc<EngineCounts>,
    synced_at: Uptime,
}

/// What the keeper knows of a shard.
struct Shard {
    begin_again: Arc<AtomicBool>,
    /// When its file could not be written: nothing is, until the disk is tried again.
    failed_at: Option<Uptime>,
}

impl Keeper {
    fn work(mut self, jobs: &Receiver<Job>) {
        loop {
            let job = match jobs.try_recv() {
                Ok(job) => Ok(job),
                Err(_nothing_waits) => {
                    self.flush();
                    jobs.recv_timeout(SYNC_EVERY)
                }
            };
            match job {
                Ok(job) => self.take(job),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            let now = self.clock.uptime();
            if now.since(self.synced_at) >= SYNC_EVERY {
                self.synced_at = now;
                self.sync();
            }
        }
        self.flush();
        self.sync();
    }

    fn take(&mut self, job: Job) {
        let utc = self.clock.utc();
        let (shard, done) = match job {
            Job::Entry(shard, entry) => {
                if self.shards[shard].failed_at.is_some() {
                    self.counts.journal_inputs_lost.fetch_add(1, Ordering::Relaxed);
                    return self.try_again(shard);
                }
                (shard, self.files.write(shard, &entry, utc))
            }
            Job::Cut(shard, _) if self.shards[shard].failed_at.is_some() => return,
            Job::Cut(shard, present) => (shard, self.files.cut(shard, &present, utc)),
            Job::Lost(shard, at, lost, present) => {
                tracing::warn!(
                    shard,
                    lost,
                    "inputs were not kept: the calls of then have no journal"
                );
                self.shards[shard].failed_at = None;
                let Present { legs, meetings, .. } = present;
                let (legs, meetings) = (legs.into_iter().collect(), meetings.into_iter().collect());
                let recorded = Recorded::Lost { lost, legs, meetings };
                (shard, self.files.begin_with(shard, &JournalEntry { at, recorded }, utc))
            }
        };
        if let Err(error) = done {
            self.fail(shard, &error);
        }
    }

    /// Nothing more is written of a shard, until the disk is tried again.
    fn fail(&mut self, shard: usize, error: &std::io::Error) {
        let folder = self.files.folder().display();
        tracing::error!(shard, %error, %folder, "the journal cannot be written: calls go on without");
        let lost = self.files.give_up(shard).max(1);
        self.shards[shard].failed_at = Some(self.clock.uptime());
        self.counts.journal_inputs_lost.fetch_add(lost, Ordering::Relaxed);
    }

    /// Has the shard begin another file, if it is time.
    fn try_again(&mut self, shard: usize) {
        let now = self.clock.uptime();
        let failed_at = self.shards[shard].failed_at.unwrap_or(now);
        if now.since(failed_at) >= TRY_AGAIN_AFTER {
            self.shards[shard].failed_at = Some(now);
            self.shards[shard].begin_again.store(true, Ordering::Relaxed);
        }
    }

    /// Lets the system have what is written: it survives a kill then.
    fn flush(&mut self) {
        for (shard, error) in self.files.flush() {
            self.fail(shard, &error);
        }
    }

    /// Lets the disk have it: it survives a power failure then. And deletes what is too much.
    fn sync(&mut self) {
        for (shard, error) in self.files.sync() {
            self.fail(shard, &error);
        }
        self.files.delete_oldest(self.clock.utc());
    }
}

#[cfg(test)]
#[path = "journals_tests.rs"]
mod tests;
