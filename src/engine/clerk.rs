//! The clerks: threads that ask the store and compute PIN digests, so that no media thread ever waits for either.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::clock::Clock;
use super::counts::EngineCounts;
use super::inbox::{Arrival, Inboxes};
use super::tasks::Tasks;
use crate::domain::lockout::{CallerCounters, CallerLockoutSettings};
use crate::domain::pin::PinHasher;
use crate::domain::{Answer, Question, Record, Ticket, UtcTime};
use crate::exchange::Input;
use crate::store::{Store, answer};

/// Questions and records that may wait. A question beyond them is answered with [`Answer::Unavailable`] at once; a record
/// stays with the shard, which tries again.
pub const JOBS_MAX: usize = 4_096;

/// How often an idle clerk looks whether it is to stop.
const IDLE: Duration = Duration::from_millis(50);

enum Job {
    /// For that shard.
    Answer(usize, Ticket, Question),
    Ask(Question, oneshot::Sender<Answer>),
    File(Box<Record>),
}

/// The way to the clerks. Cheap to clone.
#[derive(Clone)]
pub struct Clerk {
    jobs: SyncSender<Job>,
    closed: CancellationToken,
    inboxes: Inboxes,
    counts: Arc<EngineCounts>,
}

struct Desk {
    jobs: Arc<Mutex<Receiver<Job>>>,
    closed: CancellationToken,
    store: Arc<dyn Store>,
    hasher: Arc<dyn PinHasher>,
    clock: Clock,
    inboxes: Inboxes,
    counts: Arc<EngineCounts>,
    alarm: Arc<Alarm>,
}

impl Clerk {
    pub(super) fn start(
        tasks: &Tasks,
        clerks: usize,
        store: Arc<dyn Store>,
        hasher: Arc<dyn PinHasher>,
        clock: Clock,
        inboxes: Inboxes,
        counts: Arc<EngineCounts>,
    ) -> std::io::Result<Self> {
        let (jobs, waiting) = sync_channel(JOBS_MAX);
        let waiting = Arc::new(Mutex::new(waiting));
        let closed = CancellationToken::new();
        let alarm = Arc::new(Alarm::default());
        for number in 0..clerks.max(1) {
            let desk = Desk {
                jobs: Arc::clone(&waiting),
                closed: closed.clone(),
                store: Arc::clone(&store),
                hasher: Arc::clone(&hasher),
                clock,
                inboxes: inboxes.clone(),
                counts: Arc::clone(&counts),
                alarm: Arc::clone(&alarm),
            };
            tasks.thread(&format!("clerk-{number}"), move || desk.work())?;
        }
        Ok(Self { jobs, closed, inboxes, counts })
    }

    /// Has a question of a shard answered; the answer comes to its inbox.
    pub(super) fn answer(&self, shard: usize, ticket: Ticket, question: Question) {
        if !self.send(Job::Answer(shard, ticket, question)) {
            let answer = Answer::Unavailable;
            self.inboxes
                .of(shard)
                .push_signal(Arrival::Signal(Box::new(Input::Answer { ticket, answer })));
        }
    }

    /// Asks on a door's behalf.
    pub(super) async fn ask(&self, question: Question) -> Answer {
        let (reply, answer) = oneshot::channel();
        if !self.send(Job::Ask(question, reply)) {
            return Answer::Unavailable;
        }
        answer.await.unwrap_or(Answer::Unavailable)
    }

    fn send(&self, job: Job) -> bool {
        let sent = self.jobs.try_send(job).is_ok();
        match sent {
            true => self.counts.jobs_waiting.fetch_add(1, Ordering::Relaxed),
            false => self.counts.jobs_refused.fetch_add(1, Ordering::Relaxed),
        };
        sent
    }

    /// Has a record filed; gives it back when too much waits.
    pub(super) fn file(&self, record: Box<Record>) -> Result<(), Box<Record>> {
        self.jobs.try_send(Job::File(record)).map_err(|error| match error {
            TrySendError::Full(Job::File(record))
            | TrySendError::Disconnected(Job::File(record)) => record,
            TrySendError::Full(_) | TrySendError::Disconnected(_) => {
                unreachable!("a channel gives back what it was given")
            }
        })
    }

    /// Has a record filed, waiting for room: for a shard that has nothing else to do any more.
    pub(super) fn file_at_last(&self, record: Box<Record>) {
        let what = record.to_string();
        if self.jobs.send(Job::File(record)).is_err() {
            tracing::error!(%what, "a record could not be filed: the clerks are gone");
        }
    }

    /// Lets the clerks go home once nothing waits.
    pub(super) fn close(&self) {
        self.closed.cancel();
    }
}

impl Desk {
    fn work(self) {
        loop {
            let job = {
                let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
                jobs.recv_timeout(IDLE)
            };
            match job {
                Ok(job) => self.do_job(job),
                Err(RecvTimeoutError::Timeout) if !self.closed.is_cancelled() => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn do_job(&self, job: Job) {
        match job {
            Job::Answer(shard, ticket, question) => {
                self.counts.jobs_waiting.fetch_sub(1, Ordering::Relaxed);
                let answer = self.look_up(&question);
                self.inboxes
                    .of(shard)
                    .push_signal(Arrival::Signal(Box::new(Input::Answer { ticket, answer })));
            }
            Job::Ask(question, reply) => {
                self.counts.jobs_waiting.fetch_sub(1, Ordering::Relaxed);
                let _gone_if_nobody_waits = reply.send(self.look_up(&question));
            }
            Job::File(record) => {
                let what = record.to_string();
                if let Err(error) = self.store.file_record(*record) {
                    tracing::error!(%what, %error, "a record could not be filed");
                }
            }
        }
    }

    fn look_up(&self, question: &Question) -> Answer {
        let answer = answer(&*self.store, &*self.hasher, question, self.clock.utc());
        let one_more = |count: &AtomicU64| count.fetch_add(1, Ordering::Relaxed);
        if matches!(question, Question::VerifyPin { .. }) {
            one_more(&self.counts.pin_checks);
        }
        match answer {
            Answer::PinMismatch => {
                one_more(&self.counts.pins_refused);
                self.count_wrong();
            }
            Answer::NoSuchMeeting => self.count_wrong(),
            Answer::KeptOut => drop(one_more(&self.counts.kept_out)),
            Answer::MayCall | Answer::Meeting(_) | Answer::Organizer | Answer::Unavailable => {}
        }
        answer
    }

    fn count_wrong(&self) {
        self.counts.wrong_entries.fetch_add(1, Ordering::Relaxed);
        if self.alarm.goes_off(self.clock.utc()) {
            self.counts.alarms.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(
                "more than {WRONG_ENTRIES_ALARM} wrong conference IDs or PINs in ten minutes: is somebody guessing?"
            );
        }
    }
}

/// Wrong entries of all who call by one trunk, in ten minutes, from which on somebody should look: ten times what one caller
/// is kept out for. It keeps nobody out, as whoever else calls by that trunk has done nothing.
const WRONG_ENTRIES_ALARM: u32 = 200;

/// Goes off once when there are too many wrong entries, and not again for ten minutes.
#[derive(Debug, Default)]
struct Alarm(Mutex<CallerCounters>);

impl Alarm {
    /// Counts one, and says whether it is the one too many.
    fn goes_off(&self, now: UtcTime) -> bool {
        let limit = NonZeroU32::new(WRONG_ENTRIES_ALARM).unwrap_or(NonZeroU32::MIN);
        let settings = CallerLockoutSettings { wrong_entries: limit, ..Default::default() };
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rang = counters.is_busy(now, &settings);
        counters.count_wrong(now, &settings);
        !rang && counters.is_busy(now, &settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alarm_goes_off_once_in_ten_minutes() {
        let alarm = Alarm::default();
        let at = |minutes: u64| UtcTime::from_micros(0) + Duration::from_secs(60 * minutes);
        let rang = |at: UtcTime, times: u32| (0..times).filter(|_| alarm.goes_off(at)).count();
        assert_eq!(rang(at(0), WRONG_ENTRIES_ALARM - 1), 0);
        assert_eq!(rang(at(9), 1_000), 1);
        assert_eq!(rang(at(18), 1_000), 0);
        assert_eq!(rang(at(19), WRONG_ENTRIES_ALARM), 1);
        assert_eq!(rang(at(40), WRONG_ENTRIES_ALARM - 1), 0, "those of before are forgotten");
    }
}
