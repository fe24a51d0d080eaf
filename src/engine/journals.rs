//! Keeps the journals of all shards in files, on a thread of its own. What the disk does not take is lost, counted and said;
//! the bridge goes on.
//!
//! A file is a journal by itself: its first line is the configuration. After so many inputs, or a day, a shard begins
//! another, into which is copied what concerns the calls and meetings that are in progress, so that each file tells of
//! every call in it from its beginning; of a meeting that never ends that becomes too much, and the file says that it does not.
//! When all files together are too large, or one is too old, the oldest are deleted.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use super::clock::Clock;
use super::counts::EngineCounts;
use super::tasks::Tasks;
use crate::domain::{Uptime, UtcTime};
use crate::exchange::{Config, Exchange, JournalEntry, Present, Recorded};

mod files;
mod gap;

use files::{Cut, Files};
use gap::Gap;

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
    /// The shard begins another file; these are in progress then.
    Cut(usize, Uptime, Present),
    /// Until then inputs of the shard have not come this way.
    Lost(usize, Uptime, Gap),
}

/// What the keeper lets a shard know.
#[derive(Default)]
struct Signs {
    /// Its file cannot be written: whoever is there now has a part in what is lost.
    failed: AtomicBool,
    /// Another could be begun.
    begin_again: AtomicBool,
    /// What those in progress had done was too much for another file: whoever has gone is of no importance any more.
    too_much: AtomicBool,
}

/// The way of one shard to its journal.
pub(super) struct JournalWay {
    jobs: SyncSender<Job>,
    shard: usize,
    signs: Arc<Signs>,
    counts: Arc<EngineCounts>,
    /// Inputs of which the keeper does not know.
    gap: Gap,
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
        if self.signs.begin_again.swap(false, Ordering::Relaxed) || self.gap.lost > 0 {
            return self.lose(&entry);
        }
        self.last_at = entry.at;
        self.inputs += 1;
        let sent = self.jobs.try_send(Job::Entry(self.shard, entry));
        if let Err(
            TrySendError::Full(Job::Entry(_, entry))
            | TrySendError::Disconnected(Job::Entry(_, entry)),
        ) = sent
        {
            self.lose(&entry);
        }
    }

    fn lose(&mut self, entry: &JournalEntry) {
        self.gap.add(entry);
        self.counts.journal_inputs_lost.fetch_add(1, Ordering::Relaxed);
    }

    /// What is to be done once the exchange has nothing more to say: another file, or the word that time passes.
    pub(super) fn settle(&mut self, exchange: &mut Exchange) {
        let now = exchange.now();
        if self.signs.too_much.load(Ordering::Relaxed) {
            self.signs.too_much.store(false, Ordering::Relaxed);
            exchange.forget_guests();
        }
        if self.signs.failed.load(Ordering::Relaxed) {
            self.signs.failed.store(false, Ordering::Relaxed);
            self.gap.join(exchange.present());
        }
        if self.gap.lost > 0 {
            if now >= self.try_again_at {
                self.tell_lost(now, exchange.present());
            }
        } else if self.inputs >= self.inputs_max
            || (self.inputs > 0 && now.since(self.begun_at) >= FILE_LASTS)
        {
            if now < self.try_again_at {
                return;
            }
            match self.jobs.try_send(Job::Cut(self.shard, now, exchange.present())) {
                Ok(()) => (self.inputs, self.begun_at) = (0, now),
                Err(_full) => self.try_again_at = now + QUEUE_TRIED_EVERY,
            }
        } else if now.since(self.last_at) >= SAYS_SO_FAR_EVERY && exchange.legs() > 0 {
            let so_far = Recorded::SoFar { so_far: exchange.legs() };
            self.keep(JournalEntry { at: now, recorded: so_far });
        }
    }

    /// Has another file begun that says what was lost, if the keeper has room for it. Who is there at each try has a part in
    /// it: the first is when the loss begins.
    fn tell_lost(&mut self, now: Uptime, present: Present) {
        self.gap.join(present);
        let lost = Job::Lost(self.shard, now, std::mem::take(&mut self.gap));
        match self.jobs.try_send(lost) {
            Ok(()) => (self.inputs, self.begun_at) = (0, now),
            Err(TrySendError::Full(job) | TrySendError::Disconnected(job)) => {
                self.try_again_at = now + QUEUE_TRIED_EVERY;
                if let Job::Lost(_, _, gap) = job {
                    self.gap = gap;
                }
            }
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
    let signs: Vec<Arc<Signs>> = (0..shards).map(|_| Arc::default()).collect();
    let keeper = Keeper {
        files: Files::open(kept, config, shards)?,
        shards: signs.iter().map(|signs| Shard::new(Arc::clone(signs))).collect(),
        clock,
        counts: Arc::clone(counts),
        synced_at: Uptime::ZERO,
    };
    tasks.thread("journals", move || keeper.work(&waiting))?;
    let way = |(shard, signs): (usize, Arc<Signs>)| JournalWay {
        jobs: jobs.clone(),
        shard,
        signs,
        counts: Arc::clone(counts),
        gap: Gap::default(),
        try_again_at: Uptime::ZERO,
        inputs: 0,
        inputs_max: inputs_max.clamp(INPUTS_MIN, INPUTS_MAX),
        begun_at: Uptime::ZERO,
        last_at: Uptime::ZERO,
    };
    Ok(signs.into_iter().enumerate().map(way).collect())
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
    signs: Arc<Signs>,
    /// When its file could not be written: nothing is, until the disk is tried again.
    failed_at: Option<Uptime>,
    /// Inputs that came and are in no file, since a file last said so.
    gap: Gap,
}

impl Shard {
    fn new(signs: Arc<Signs>) -> Self {
        Self { signs, failed_at: None, gap: Gap::default() }
    }
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
        match job {
            Job::Entry(shard, entry) => {
                if self.shards[shard].failed_at.is_some() {
                    self.lose(shard, Some(&entry));
                    return self.try_again(shard);
                }
                if let Err(error) = self.files.write(shard, &entry, utc) {
                    self.lose(shard, Some(&entry));
                    self.fail(shard, &error);
                }
            }
            Job::Cut(shard, ..) if self.shards[shard].failed_at.is_some() => {}
            Job::Cut(shard, at, present) => match self.files.cut(shard, &present, utc) {
                Ok(Cut::Whole) => {}
                Ok(Cut::TooMuch { inputs }) => {
                    tracing::warn!(
                        shard,
                        "what meetings in progress have seen is too much for another journal"
                    );
                    self.shards[shard].signs.too_much.store(true, Ordering::Relaxed);
                    self.begin_after(shard, at, Gap::of(inputs, present), utc);
                }
                Err(error) => self.fail(shard, &error),
            },
            Job::Lost(shard, at, gap) => self.begin_after(shard, at, gap, utc),
        }
    }

    /// Begins another file, which says what was lost: on the way here, and here.
    fn begin_after(&mut self, shard: usize, at: Uptime, gap: Gap, utc: UtcTime) {
        self.shards[shard].failed_at = None;
        let known = &mut self.shards[shard].gap;
        known.join_gap(gap);
        let lost = known.lost;
        tracing::warn!(shard, lost, "inputs were not kept: the calls of then have no journal");
        let entry = JournalEntry { at, recorded: known.to_recorded() };
        match self.files.begin_with(shard, &entry, utc) {
            Ok(()) => self.shards[shard].gap = Gap::default(),
            Err(error) => self.fail(shard, &error),
        }
    }

    /// Nothing more is written of a shard, until the disk is tried again.
    fn fail(&mut self, shard: usize, error: &std::io::Error) {
        let folder = self.files.folder().display();
        tracing::error!(shard, %error, %folder, "the journal cannot be written: calls go on without");
        for entry in self.files.give_up(shard) {
            self.lose(shard, entry.as_ref());
        }
        self.shards[shard].failed_at = Some(self.clock.uptime());
        self.shards[shard].signs.failed.store(true, Ordering::Relaxed);
    }

    /// An input is in no file; of `None` nobody knows whose it was. What a file should have said of inputs lost before is
    /// still to be said.
    fn lose(&mut self, shard: usize, entry: Option<&JournalEntry>) {
        let gap = &mut self.shards[shard].gap;
        match entry {
            Some(JournalEntry { recorded: Recorded::Lost { lost, legs, meetings }, .. }) => {
                return gap.join_gap(Gap::told(*lost, legs, meetings));
            }
            Some(entry) => gap.add(entry),
            None => gap.lost += 1,
        }
        self.counts.journal_inputs_lost.fetch_add(1, Ordering::Relaxed);
    }

    /// Has the shard begin another file, if it is time.
    fn try_again(&mut self, shard: usize) {
        let now = self.clock.uptime();
        let failed_at = self.shards[shard].failed_at.unwrap_or(now);
        if now.since(failed_at) >= TRY_AGAIN_AFTER {
            self.shards[shard].failed_at = Some(now);
            self.shards[shard].signs.begin_again.store(true, Ordering::Relaxed);
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
