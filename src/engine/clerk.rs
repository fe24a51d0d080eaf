//! The clerks: threads that ask the store, compute PIN digests and file records, so that no media thread ever waits for any
//! of them. Three desks with a queue each: a look-up does not wait behind a thousand PIN checks, nor behind a write to the disk.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::clock::Clock;
use super::counts::EngineCounts;
use super::filing::Filing;
use super::inbox::{Arrival, Inboxes};
use super::tasks::Tasks;
use super::wrong_entries::WrongEntries;
use crate::domain::limits::STORE_WAIT_MAX;
use crate::domain::lockout::{WRONG_ENTRIES_ALARM, WrongEntriesAlarm};
use crate::domain::pin::PinHasher;
use crate::domain::{Answer, Question, Record, Ticket, Uptime};
use crate::exchange::Input;
use crate::store::{Answered, Store, Tried, answer_uncounted, wrong_entry};

/// Questions that may wait at each desk, and records. A question beyond them is answered with [`Answer::Unavailable`] at once;
/// a record stays with the shard, which tries again.
pub const JOBS_MAX: usize = 4_096;

/// Threads that look up: one more than one, so that a slow look-up does not hold up all others.
const LOOK_UP_CLERKS: usize = 2;

/// How often an idle clerk looks whether it is to stop.
pub(super) const IDLE: Duration = Duration::from_millis(50);

/// A question, for whom it is, and when it was asked.
struct Job {
    question: Question,
    back: Back,
    asked_at: Uptime,
}

/// Where an answer goes.
enum Back {
    /// To that shard.
    Shard(usize, Ticket),
    Door(oneshot::Sender<Answer>),
    /// To whoever only wants to know whether there are answers: nobody has called or keyed anything, and nothing is counted.
    Trial(oneshot::Sender<Answer>),
}

/// The way to the clerks. Cheap to clone.
#[derive(Clone)]
pub struct Clerk {
    look_ups: SyncSender<Job>,
    checks: SyncSender<Job>,
    records: SyncSender<Box<Record>>,
    closed: CancellationToken,
    clock: Clock,
    inboxes: Inboxes,
    counts: Arc<EngineCounts>,
}

/// What every clerk works with.
#[derive(Clone)]
pub(super) struct Office {
    pub store: Arc<dyn Store>,
    pub hasher: Arc<dyn PinHasher>,
    pub clock: Clock,
    pub inboxes: Inboxes,
    pub counts: Arc<EngineCounts>,
    pub alarm: Arc<Mutex<WrongEntriesAlarm>>,
}

impl Clerk {
    /// Starts them: `checkers` threads for PIN checks, and those for everything else.
    pub(super) fn start(tasks: &Tasks, checkers: usize, office: &Office) -> std::io::Result<Self> {
        let closed = CancellationToken::new();
        let wrong = WrongEntries::start(tasks, Arc::clone(&office.store), closed.clone())?;
        let desk = |name: &str, threads: usize| -> std::io::Result<SyncSender<Job>> {
            let (jobs, waiting) = sync_channel(JOBS_MAX);
            let waiting = Arc::new(Mutex::new(waiting));
            for number in 0..threads {
                let (office, jobs) = (office.clone(), Arc::clone(&waiting));
                let (closed, wrong) = (closed.clone(), wrong.clone());
                let desk = Desk { jobs, closed, office, wrong };
                tasks.thread(&format!("{name}-{number}"), move || desk.work())?;
            }
            Ok(jobs)
        };
        let (look_ups, checks) = (desk("clerk", LOOK_UP_CLERKS)?, desk("pin", checkers.max(1))?);
        let (records, waiting) = sync_channel(JOBS_MAX);
        let filing = Filing::new(office, tasks.token());
        let end = closed.clone();
        tasks.thread("filing", move || filing.work(&waiting, &end))?;
        let (clock, inboxes) = (office.clock, office.inboxes.clone());
        let counts = Arc::clone(&office.counts);
        Ok(Self { look_ups, checks, records, closed, clock, inboxes, counts })
    }

    /// The way to nobody: what is sent is not taken.
    #[cfg(test)]
    pub(super) fn alone(inboxes: Inboxes, counts: Arc<EngineCounts>) -> Self {
        let ((look_ups, _), (checks, _), (records, _)) =
            (sync_channel(JOBS_MAX), sync_channel(JOBS_MAX), sync_channel(JOBS_MAX));
        let (closed, clock) = (CancellationToken::new(), Clock::start());
        Self { look_ups, checks, records, closed, clock, inboxes, counts }
    }

    /// Has a question of a shard answered; the answer comes to its inbox.
    pub(super) fn answer(&self, shard: usize, ticket: Ticket, question: Question) {
        if !self.send(question, Back::Shard(shard, ticket)) {
            bring(&self.inboxes, shard, ticket, Answer::Unavailable);
        }
    }

    /// Asks on a door's behalf.
    pub(super) async fn ask(&self, question: Question) -> Answer {
        self.ask_by(Back::Door, question).await
    }

    /// Asks to see whether there is an answer.
    pub(super) async fn try_out(&self, question: Question) -> Answer {
        self.ask_by(Back::Trial, question).await
    }

    async fn ask_by(
        &self,
        back: impl FnOnce(oneshot::Sender<Answer>) -> Back,
        question: Question,
    ) -> Answer {
        let (reply, answer) = oneshot::channel();
        let until = self.clock.uptime() + STORE_WAIT_MAX;
        if !self.send(question, back(reply)) {
            return Answer::Unavailable;
        }
        // A clerk does not answer what waited too long; one who hangs with the disk answers nobody.
        let answer = self.clock.within(until, answer).await;
        answer.and_then(Result::ok).unwrap_or(Answer::Unavailable)
    }

    fn send(&self, question: Question, back: Back) -> bool {
        let (desk, waiting) = match question {
            Question::VerifyPin { .. } => (&self.checks, &self.counts.checks_waiting),
            Question::MayCall { .. } | Question::FindMeeting { .. } => {
                (&self.look_ups, &self.counts.look_ups_waiting)
            }
        };
        // Counted before it is there, so that whoever takes it never counts below nothing.
        waiting.fetch_add(1, Ordering::Relaxed);
        let asked_at = self.clock.uptime();
        let sent = desk.try_send(Job { question, back, asked_at }).is_ok();
        if !sent {
            waiting.fetch_sub(1, Ordering::Relaxed);
            self.counts.jobs_refused.fetch_add(1, Ordering::Relaxed);
        }
        sent
    }

    /// Has a record filed; gives it back when too much waits.
    pub(super) fn file(&self, record: Box<Record>) -> Result<(), Box<Record>> {
        self.records.try_send(record).map_err(|error| match error {
            TrySendError::Full(record) | TrySendError::Disconnected(record) => record,
        })
    }

    /// Has a record filed, waiting for room: for a shard that has nothing else to do any more.
    pub(super) fn file_at_last(&self, record: Box<Record>) {
        if let Err(gone) = self.records.send(record) {
            super::filing::lose(&gone.0, "nobody files any more", &self.counts);
        }
    }

    /// Lets the clerks go home once nothing waits.
    pub(super) fn close(&self) {
        self.closed.cancel();
    }
}

fn bring(inboxes: &Inboxes, shard: usize, ticket: Ticket, answer: Answer) {
    let input = Box::new(Input::Answer { ticket, answer });
    inboxes.of(shard).push_signal(Arrival::Signal(input));
}

/// What one clerk sits at.
struct Desk {
    jobs: Arc<Mutex<Receiver<Job>>>,
    closed: CancellationToken,
    office: Office,
    wrong: WrongEntries,
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
        let Job { question, back, asked_at } = job;
        let counts = &self.office.counts;
        let checks = matches!(question, Question::VerifyPin { .. });
        let waiting = if checks { &counts.checks_waiting } else { &counts.look_ups_waiting };
        waiting.fetch_sub(1, Ordering::Relaxed);
        // Whoever asked has been told by now that there is no answer: the time is better spent on who still waits.
        let too_late = self.office.clock.uptime().since(asked_at) > STORE_WAIT_MAX;
        let Answered { answer, tried: _, renewal } = match too_late || self.closed.is_cancelled() {
            true => {
                counts.jobs_too_late.fetch_add(1, Ordering::Relaxed);
                Answer::Unavailable.into()
            }
            false => self.look_up(&question, &back),
        };
        let wrong = wrong_entry(&question, &answer);
        match back {
            Back::Shard(shard, ticket) => bring(&self.office.inboxes, shard, ticket, answer),
            Back::Door(reply) | Back::Trial(reply) => {
                let _gone_if_nobody_waits = reply.send(answer);
            }
        }
        let Office { store, hasher, clock, .. } = &self.office;
        if let Some(from) = wrong {
            self.wrong.count(from, clock.utc());
        }
        if let Some(renewal) = renewal {
            renewal.make(&**store, &**hasher, clock.utc());
        }
    }

    fn look_up(&self, question: &Question, back: &Back) -> Answered {
        let Office { store, hasher, clock, .. } = &self.office;
        let answered = answer_uncounted(&**store, &**hasher, question, clock.utc());
        match back {
            Back::Shard(..) | Back::Door(_) => self.count(&answered.answer, answered.tried),
            Back::Trial(_) => {}
        }
        answered
    }

    fn count(&self, answer: &Answer, tried: Option<Tried>) {
        let counts = &self.office.counts;
        let one_more = |count: &AtomicU64| count.fetch_add(1, Ordering::Relaxed);
        if tried.is_some() {
            one_more(&counts.pin_checks);
        }
        match tried {
            Some(Tried::Locking) => drop(one_more(&counts.lockouts)),
            Some(Tried::Locked) => drop(one_more(&counts.pins_locked)),
            Some(Tried::Open) | None => {}
        }
        match answer {
            Answer::PinMismatch => {
                one_more(&counts.pins_refused);
                self.count_wrong();
            }
            Answer::NoSuchMeeting => self.count_wrong(),
            Answer::KeptOut => drop(one_more(&counts.kept_out)),
            Answer::MayCall | Answer::Meeting(_) | Answer::Organizer | Answer::Unavailable => {}
        }
    }

    fn count_wrong(&self) {
        let Office { counts, clock, alarm, .. } = &self.office;
        counts.wrong_entries.fetch_add(1, Ordering::Relaxed);
        let rings = alarm.lock().unwrap_or_else(PoisonError::into_inner).goes_off(clock.utc());
        if rings {
            counts.alarms.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(
                "more than {WRONG_ENTRIES_ALARM} wrong conference IDs or PINs in ten minutes: is somebody guessing?"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::admin::demonstration;
    use crate::domain::pin::{HashError, Pin, PinDigest};
    use crate::domain::{CallSource, Entry, LegId, MeetingId};
    use crate::engine::filing::tests::record;
    use crate::store::{Argon2Hasher, MemoryStore};

    /// All digests are too cheap; when one is made anew it notes what whoever waits has been told by then.
    struct Dearer {
        inner: Argon2Hasher,
        waits: Mutex<oneshot::Receiver<Answer>>,
        told: Mutex<Vec<Answer>>,
    }

    impl PinHasher for Dearer {
        fn digest(&self, pin: &Pin, salt: [u8; 16]) -> Result<PinDigest, HashError> {
            self.told.lock().unwrap().extend(self.waits.lock().unwrap().try_recv());
            self.inner.digest(pin, salt)
        }

        fn verify(&self, entry: &[u8], digest: &PinDigest) -> Result<bool, HashError> {
            self.inner.verify(entry, digest)
        }

        fn decoy(&self) -> &PinDigest {
            self.inner.decoy()
        }

        fn is_outdated(&self, _digest: &PinDigest) -> bool {
            true
        }
    }

    /// The organizer is in while the digest of their PIN is made anew.
    #[test]
    fn a_digest_is_renewed_when_the_answer_has_been_given() {
        let inner = Argon2Hasher::cheap_for_tests().unwrap();
        let (pin, id) = (Pin::parse("48213").unwrap(), "147852036".parse().unwrap());
        let directory = demonstration::organization(&pin, id, &inner, [7; 16]).unwrap();
        let store = Arc::new(MemoryStore::from_directory(directory));
        let (reply, answer) = oneshot::channel();
        let (waits, told) = (Mutex::new(answer), Mutex::default());
        let hasher = Arc::new(Dearer { inner, waits, told });
        let (_jobs, waiting) = sync_channel(JOBS_MAX);
        let (clock, closed) = (Clock::start(), CancellationToken::new());
        let tasks = Tasks::new();
        let desk = Desk {
            jobs: Arc::new(Mutex::new(waiting)),
            wrong: WrongEntries::start(&tasks, store.clone(), closed.clone()).unwrap(),
            closed,
            office: Office {
                store: store.clone(),
                hasher: hasher.clone(),
                clock,
                inboxes: Inboxes::new(1),
                counts: Arc::default(),
                alarm: Arc::default(),
            },
        };
        let (meeting, from) = (demonstration::MEETING, CallSource::UNKNOWN);
        let question = Question::VerifyPin { meeting, entry: Entry::parse("48213").unwrap(), from };
        let before = store.directory().unwrap();
        desk.do_job(Job { question, back: Back::Door(reply), asked_at: clock.uptime() });
        assert_eq!(*hasher.told.lock().unwrap(), [Answer::Organizer]);
        assert_ne!(store.directory().unwrap(), before, "and then it is another");
    }

    /// Nobody works: of a question too many the answer is there at once, another desk still takes questions, and a record too
    /// many comes back.
    #[test]
    fn a_full_desk_keeps_nobody_waiting() {
        const TOO_MANY: usize = 2;
        let (look_ups, _looks_up) = sync_channel(JOBS_MAX);
        let (checks, _checks) = sync_channel(JOBS_MAX);
        let (records, _files) = sync_channel(JOBS_MAX);
        let alone = Clerk::alone(Inboxes::new(1), Arc::default());
        let clerk = Clerk { look_ups, checks, records, ..alone };
        let may_call = || Question::MayCall { from: CallSource::UNKNOWN };
        let ticket = Ticket { leg: LegId::new(1), question: 1 };
        (0..JOBS_MAX + TOO_MANY).for_each(|_| clerk.answer(0, ticket, may_call()));
        let mut arrivals = VecDeque::new();
        clerk.inboxes.of(0).take(Some(Duration::ZERO), &mut arrivals);
        let unavailable = |arrival: &Arrival| matches!(arrival, Arrival::Signal(input) if matches!(**input, Input::Answer { answer: Answer::Unavailable, .. }));
        assert_eq!((arrivals.len(), arrivals.iter().all(unavailable)), (TOO_MANY, true));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(runtime.block_on(clerk.ask(may_call())), Answer::Unavailable);
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = &clerk.counts;
        let expected = (JOBS_MAX as u64, TOO_MANY as u64 + 1);
        assert_eq!((of(&counts.look_ups_waiting), of(&counts.jobs_refused)), expected);
        let (meeting, from) = (MeetingId::new(1), CallSource::UNKNOWN);
        let entry = Entry::parse("48213").unwrap();
        clerk.answer(0, ticket, Question::VerifyPin { meeting, entry, from });
        assert_eq!((of(&counts.checks_waiting), of(&counts.jobs_refused)), (1, expected.1));
        let mut filed = (0..JOBS_MAX as u64).map(|leg| clerk.file(Box::new(record(leg))));
        assert!(filed.all(|filed| filed.is_ok()));
        assert_eq!(clerk.file(Box::new(record(7))), Err(Box::new(record(7))));
    }
}
