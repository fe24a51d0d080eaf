//! The driver on the wall clock: exchanges on threads of their own, the store off the media way, and an ordered stop.
//!
//! This is the only room that reads a clock ([`clock`]) or spawns ([`tasks`]). Every queue is bounded and says what
//! happens when it is full; no lock is held across an await; the shard's thread waits for nothing but its inbox and the
//! exchange's own next deadline.

pub mod clerk;
pub mod clock;
mod inbox;
mod shard;
pub mod tasks;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::domain::pin::PinHasher;
use crate::domain::{
    Answer, CallSource, ConferenceId, Entry, HangupCause, Key, LegId, MeetingId, PhoneNumber,
    Question, UserId,
};
use crate::exchange::{Config, HungUpBy, Input, JournalEntry, TraceEvent, Violation};
use crate::media::Frame;
use crate::media::sounds::Sounds;
use crate::store::Store;

use clerk::Clerk;
use clock::Clock;
use inbox::{Arrival, Inbox};
use tasks::Tasks;

/// With what an engine is built.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Each exchange's own configuration; its epoch is set by the engine's clock.
    pub exchange: Config,
    /// Threads that answer questions. Each may compute one argon2id digest at a time: 19 MiB and some 70 ms.
    pub clerks: usize,
}

impl Default for EngineConfig {
    /// The exchange's defaults without the watch, and two clerks.
    fn default() -> Self {
        let exchange = Config { watch: crate::exchange::Switch::Off, ..Config::default() };
        Self { exchange, clerks: 2 }
    }
}

/// What a door is told about one of its legs.
#[derive(Debug)]
pub enum LineEvent {
    /// The exchange takes the call: answer it, then call [`Engine::answered`].
    Answer,
    /// What the leg hears in the next 20 ms.
    Frame(Box<Frame>),
    /// The call is over; nothing more comes.
    HungUp(HangupCause),
}

/// What an engine tells whoever watches it.
#[derive(Clone, Debug)]
pub enum Seen {
    /// Something happened.
    Trace(TraceEvent),
    /// An input, for a replay.
    Journal(JournalEntry),
    /// 20 ms of a meeting's recording.
    Recorded(MeetingId, Box<Frame>),
    /// An invariant does not hold.
    Broken(Violation),
}

/// Frames a door may be behind before the newest is dropped and counted: half a second.
pub const LINE_EVENTS_MAX: usize = 25;

/// What a watcher may be behind before what is new is dropped and counted.
pub const SEEN_MAX: usize = 65_536;

/// Why a call cannot be offered.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum OfferError {
    /// Too much waits to be handled.
    #[error("the bridge has too much to do: refuse the call with Q.850 cause 42")]
    Busy,
    /// There is no such meeting, for an app user.
    #[error("there is no meeting with that conference ID")]
    NoSuchMeeting,
    /// The store did not answer.
    #[error("the store cannot answer: try again in a while")]
    StoreUnavailable,
}

/// A running bridge. Cheap to clone: doors keep one each.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Clock,
    tasks: Tasks,
    clerk: Clerk,
    inbox: Arc<Inbox>,
    legs_given: AtomicU64,
    legs_held: watch::Receiver<usize>,
    shard_ended: CancellationToken,
    /// Which shard holds a meeting: there is one shard for now, and its number is 0.
    meetings: Arc<DashMap<MeetingId, usize>>,
    counts: Arc<EngineCounts>,
}

/// What an engine has counted. Only grows.
#[derive(Debug, Default)]
pub struct EngineCounts {
    /// Frames that came while too much waited.
    pub frames_refused: AtomicU64,
    /// Frames a door did not take in time.
    pub frames_not_taken: AtomicU64,
    /// What a watcher did not take in time.
    pub seen_lost: AtomicU64,
}

impl Engine {
    /// Starts a bridge. What happens goes to `seen`, if given.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        config: EngineConfig,
        sounds: Arc<Sounds>,
        store: Arc<dyn Store>,
        hasher: Arc<dyn PinHasher>,
        seen: Option<mpsc::Sender<Seen>>,
    ) -> std::io::Result<Self> {
        let clock = Clock::start();
        let tasks = Tasks::new();
        let inbox = Arc::new(Inbox::default());
        let counts = Arc::new(EngineCounts::default());
        let meetings = Arc::new(DashMap::new());
        let (legs, legs_held) = watch::channel(0);
        let clerk = Clerk::start(&tasks, config.clerks, store, hasher, clock, Arc::clone(&inbox))?;
        let exchange = Config { epoch: clock.epoch(), ..config.exchange };
        let shard = shard::Shard::new(
            exchange,
            sounds,
            shard::Surroundings {
                clock,
                inbox: Arc::clone(&inbox),
                clerk: clerk.clone(),
                meetings: Arc::clone(&meetings),
                legs_held: legs,
                counts: Arc::clone(&counts),
                seen,
            },
        );
        let stop = tasks.token();
        let shard_ended = tasks.thread("shard-0", move || shard.drive(&stop))?;
        let legs_given = AtomicU64::new(0);
        let shared = Shared {
            clock,
            tasks,
            clerk,
            inbox,
            legs_given,
            legs_held,
            shard_ended,
            meetings,
            counts,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// A number for a new leg.
    #[must_use]
    pub fn new_leg(&self) -> LegId {
        LegId::new(self.shared.legs_given.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Offers a call. What becomes of it comes out of the receiver, at most [`LINE_EVENTS_MAX`] frames behind.
    ///
    /// # Errors
    /// [`OfferError::Busy`].
    pub fn offer(
        &self,
        leg: LegId,
        from: CallSource,
        called: PhoneNumber,
    ) -> Result<mpsc::Receiver<LineEvent>, OfferError> {
        self.open_line(leg, Input::IncomingCall { leg, from, called })
    }

    /// Lets a signed-in app user join the meeting with that conference ID.
    ///
    /// # Errors
    /// All of [`OfferError`].
    pub async fn app_joins(
        &self,
        leg: LegId,
        user: UserId,
        conference_id: ConferenceId,
    ) -> Result<mpsc::Receiver<LineEvent>, OfferError> {
        let entry = Entry::parse(&conference_id.to_string()).ok_or(OfferError::NoSuchMeeting)?;
        match self
            .shared
            .clerk
            .ask(Question::FindMeeting { entry, from: CallSource::UNKNOWN })
            .await
        {
            Answer::Meeting(card) => self.open_line(leg, Input::AppJoins { leg, user, card }),
            Answer::NoSuchMeeting => Err(OfferError::NoSuchMeeting),
            Answer::MayCall
            | Answer::KeptOut
            | Answer::Organizer
            | Answer::PinMismatch
            | Answer::Unavailable => Err(OfferError::StoreUnavailable),
        }
    }

    fn open_line(&self, leg: LegId, input: Input) -> Result<mpsc::Receiver<LineEvent>, OfferError> {
        let (line, events) = mpsc::channel(LINE_EVENTS_MAX);
        match self.shared.inbox.push(Arrival::Opens(line, Box::new(input))) {
            true => {
                tracing::info!(%leg, "a call is offered");
                Ok(events)
            }
            false => Err(OfferError::Busy),
        }
    }

    /// The door has answered.
    pub fn answered(&self, leg: LegId) {
        self.bring(Input::Answered { leg });
    }

    /// A key has come as an event.
    pub fn key(&self, leg: LegId, key: Key) {
        self.bring(Input::Digit { leg, key });
    }

    /// The leg is gone.
    pub fn hung_up(&self, leg: LegId, by: HungUpBy) {
        self.bring(Input::HungUp { leg, by });
    }

    /// A frame has come. When too much waits, it is dropped and counted.
    pub fn hear(&self, leg: LegId, frame: Frame) {
        if !self.shared.inbox.push_frame(leg, frame) {
            self.shared.counts.frames_refused.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Signals are never dropped: each leg has only a few, and the legs are bounded.
    fn bring(&self, input: Input) {
        self.shared.inbox.push_signal(Arrival::Signal(Box::new(input)));
    }

    /// The engine's clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.shared.clock
    }

    /// Where doors spawn their tasks.
    #[must_use]
    pub fn tasks(&self) -> &Tasks {
        &self.shared.tasks
    }

    /// Whether some shard holds the meeting now.
    #[must_use]
    pub fn holds(&self, meeting: MeetingId) -> bool {
        self.shared.meetings.contains_key(&meeting)
    }

    /// Legs held now.
    #[must_use]
    pub fn legs(&self) -> usize {
        *self.shared.legs_held.borrow()
    }

    /// What was counted.
    #[must_use]
    pub fn counts(&self) -> &EngineCounts {
        &self.shared.counts
    }

    /// Stops in order: every leg hears a last word and is sent away, doors end, the shard ends, the clerks file what is
    /// left. Gives the names of those who were not done in `limit`.
    pub async fn shutdown(&self, limit: Duration) -> Vec<String> {
        let clock = self.shared.clock;
        let until = clock.uptime() + limit;
        self.bring(Input::Stop);
        let mut legs_held = self.shared.legs_held.clone();
        // What `wait_for` gives holds a lock, so it must not outlive the wait.
        let all_gone = async { legs_held.wait_for(|legs| *legs == 0).await.is_ok() };
        let _late_ones_are_cut_off = clock.within(until, all_gone).await;
        self.shared.tasks.token().cancel();
        self.shared.inbox.wake();
        let until = clock.uptime() + LAST_WORK;
        // Only when the shard has handed over its last records may the clerks go.
        let _named_below_if_late = clock.within(until, self.shared.shard_ended.cancelled()).await;
        self.shared.clerk.close();
        self.shared.tasks.finish(clock, until).await
    }
}

/// Time to file the last records once the legs are gone.
const LAST_WORK: Duration = Duration::from_secs(2);
