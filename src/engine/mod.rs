//! The driver on the wall clock: exchanges on threads of their own, the store off the media way, and an ordered stop.
//!
//! This is the only room that reads a clock ([`clock`]) or spawns ([`tasks`]). Every queue is bounded and says what
//! happens when it is full; no lock is held across an await; the shard's thread waits for nothing but its inbox and the
//! exchange's own next deadline.

mod batch;
pub mod clerk;
pub mod clock;
pub mod counts;
pub mod entropy;
mod filing;
mod inbox;
pub mod journals;
mod line;
mod lines;
pub mod log;
pub mod private;
mod recorder;
mod shard;
pub mod tasks;
mod trunk;
mod wrong_entries;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use dashmap::DashMap;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::domain::pin::PinHasher;
use crate::domain::{
    Answer, CallSource, Command, ConferenceId, Entry, Key, LegId, MeetingId, PhoneNumber, Question,
    Uptime, UserId,
};
use crate::exchange::{Config, HungUpBy, Input, Order, Switch};
use crate::media::Frame;
use crate::media::sounds::Sounds;
use crate::store::Store;

use clerk::{Clerk, Office};
use clock::Clock;
use inbox::{Arrival, Inboxes};
use journals::JournalsConfig;
use lines::{Line, Way};
use recorder::Recorder;
use tasks::Tasks;

pub use batch::Batch;
pub use counts::{Census, EngineCounts, Lateness, Spread};
pub use line::{LINE_EVENTS_MAX, LineEvent, OfferError, SEEN_MAX, Seen, Telling};
pub use trunk::{TRUNK_BATCHES_MAX, TRUNK_EVENTS_MAX, Trunk};

/// With what an engine is built.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Each exchange's own configuration; its epoch is set by the engine's clock.
    pub exchange: Config,
    /// Threads that check PINs. Each computes one argon2id digest at a time: 19 MiB and some 20 ms.
    pub clerks: usize,
    /// Exchanges, each on a thread of its own with the meetings it owns.
    pub shards: usize,
    /// Where recordings are written while their meetings run; nowhere with `None`.
    pub recordings: Option<PathBuf>,
    /// Where and how journals are kept; nowhere with `None`.
    pub journals: Option<JournalsConfig>,
}

impl Default for EngineConfig {
    /// The exchange's defaults without the watch, one shard, two clerks, and no recordings.
    fn default() -> Self {
        let exchange = Config { watch: crate::exchange::Switch::Off, ..Config::default() };
        Self { exchange, clerks: 2, shards: 1, recordings: None, journals: None }
    }
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
    inboxes: Inboxes,
    legs_given: AtomicU64,
    legs_held: watch::Receiver<usize>,
    stop_at: Arc<OnceLock<Uptime>>,
    shards_ended: Vec<CancellationToken>,
    /// Which shard holds a meeting now.
    meetings: Arc<DashMap<MeetingId, usize>>,
    /// Legs that are not where their calls began.
    moved: Arc<DashMap<LegId, usize>>,
    counts: Arc<EngineCounts>,
}

impl Engine {
    /// Starts a bridge. What happens goes to `seen`, if given.
    ///
    /// # Errors
    /// The sounds lack a language, the folder of recordings or journals cannot be made, or the system gives no thread.
    pub fn start(
        config: EngineConfig,
        sounds: Arc<Sounds>,
        store: Arc<dyn Store>,
        hasher: Arc<dyn PinHasher>,
        seen: Option<mpsc::Sender<Seen>>,
    ) -> std::io::Result<Self> {
        config.exchange.check(&sounds).map_err(std::io::Error::other)?;
        let clock = Clock::start();
        let tasks = Tasks::new();
        let inboxes = Inboxes::new(config.shards);
        let counts = Arc::new(EngineCounts::default());
        let (meetings, moved) = (Arc::new(DashMap::new()), Arc::new(DashMap::new()));
        let (legs, legs_held) = watch::channel(0);
        let (legs, stop_at) = (Arc::new(legs), Arc::new(OnceLock::new()));
        let (wires, count) = (inboxes.clone(), Arc::clone(&counts));
        let office =
            Office { store, hasher, clock, inboxes: wires, counts: count, alarm: Arc::default() };
        let clerk = Clerk::start(&tasks, config.clerks, &office)?;
        let recorder = match config.recordings {
            Some(folder) => {
                Some(Recorder::start(&tasks, folder, inboxes.clone(), Arc::clone(&counts))?)
            }
            None => None,
        };
        let mut exchange = Config { epoch: clock.epoch(), ..config.exchange };
        let mut ways = Vec::new();
        if let Some(kept) = config.journals {
            exchange.journal = Switch::On;
            exchange.sounds = Some(exchange.sounds_mark(&sounds));
            ways = journals::start(&tasks, kept, exchange.clone(), inboxes.len(), clock, &counts)?;
        }
        let mut ways = ways.into_iter();
        let mut shards_ended = Vec::with_capacity(inboxes.len());
        for number in 0..inboxes.len() {
            let around = shard::Surroundings {
                number,
                clock,
                inboxes: inboxes.clone(),
                clerk: clerk.clone(),
                recorder: recorder.clone(),
                meetings: Arc::clone(&meetings),
                moved: Arc::clone(&moved),
                legs_held: Arc::clone(&legs),
                stop_at: Arc::clone(&stop_at),
                counts: Arc::clone(&counts),
                seen: seen.clone(),
                journal: ways.next(),
            };
            let exchange = exchange.clone();
            let (sounds, stop) = (Arc::clone(&sounds), tasks.token());
            let name = format!("shard-{number}");
            let drive = move || shard::Shard::new(exchange, sounds, around).drive(&stop);
            shards_ended.push(tasks.thread(&name, drive)?);
        }
        let legs_given = AtomicU64::new(0);
        let shared = Shared {
            clock,
            tasks,
            clerk,
            inboxes,
            legs_given,
            legs_held,
            stop_at,
            shards_ended,
            meetings,
            moved,
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
        telling: Telling,
    ) -> Result<mpsc::Receiver<LineEvent>, OfferError> {
        let shard = self.shared.inboxes.first(leg);
        self.open_line(leg, shard, telling, Input::IncomingCall { leg, from, called })
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
        match self.ask(Question::FindMeeting { entry, from: CallSource::UNKNOWN }).await {
            Answer::Meeting(card) => {
                let shard = self.shared.inboxes.owner(card.meeting);
                self.shared.moved.insert(leg, shard);
                let joins = Input::AppJoins { leg, user, card };
                let line = self.open_line(leg, shard, Telling::SoundOnly, joins);
                if line.is_err() {
                    self.shared.moved.remove(&leg);
                }
                line
            }
            Answer::NoSuchMeeting => Err(OfferError::NoSuchMeeting),
            Answer::MayCall
            | Answer::KeptOut
            | Answer::Organizer
            | Answer::PinMismatch
            | Answer::Unavailable => Err(OfferError::StoreUnavailable),
        }
    }

    fn open_line(
        &self,
        leg: LegId,
        shard: usize,
        telling: Telling,
        input: Input,
    ) -> Result<mpsc::Receiver<LineEvent>, OfferError> {
        let (events, receiver) = mpsc::channel(LINE_EVENTS_MAX + lines::LAST_WORD);
        self.open_way(leg, shard, Line::new(Way::Alone(events), telling), input)?;
        Ok(receiver)
    }

    fn open_way(
        &self,
        leg: LegId,
        shard: usize,
        line: Line,
        input: Input,
    ) -> Result<(), OfferError> {
        match self.shared.inboxes.of(shard).push(Arrival::Opens(line, Box::new(input))) {
            true => {
                tracing::info!(%leg, "a call is offered");
                Ok(())
            }
            false => Err(OfferError::Busy),
        }
    }

    /// A new trunk, for a door that serves many lines together.
    #[must_use]
    pub fn trunk(&self) -> Trunk {
        Trunk::new()
    }

    /// Offers a call that comes by a trunk. While nobody reads what happens to those that came before, and as much waits as
    /// may, it is refused.
    ///
    /// # Errors
    /// [`OfferError::Busy`].
    pub fn offer_on(
        &self,
        trunk: &Trunk,
        leg: LegId,
        from: CallSource,
        called: PhoneNumber,
    ) -> Result<(), OfferError> {
        if trunk.way.events.capacity() == 0 {
            return Err(OfferError::Busy);
        }
        let shard = self.shared.inboxes.first(leg);
        let line = Line::new(Way::Trunk(Arc::clone(&trunk.way)), Telling::SoundOnly);
        self.open_way(leg, shard, line, Input::IncomingCall { leg, from, called })
    }

    /// The door has answered.
    pub fn answered(&self, leg: LegId) {
        self.bring(leg, Input::Answered { leg });
    }

    /// A key has come as an event. When too much waits, it is dropped and counted.
    pub fn key(&self, leg: LegId, key: Key) {
        self.bring_if_it_fits(leg, Input::Digit { leg, key });
    }

    /// The leg is gone.
    pub fn hung_up(&self, leg: LegId, by: HungUpBy) {
        self.bring(leg, Input::HungUp { leg, by });
    }

    /// A frame has come. When too much waits, it is dropped and counted.
    pub fn hear(&self, leg: LegId, frame: Frame) {
        if !self.shared.inboxes.of(self.shard_of(leg)).push_frame(leg, frame) {
            self.shared.counts.frames_refused.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Frames of many legs have come, in the [`Batch::reply`] of what they heard. When too much waits, they are dropped
    /// and counted. A frame of a leg that has gone to another shard is sent after it; one of a leg that is nowhere is
    /// dropped.
    pub fn hear_all(&self, batch: Batch) {
        let frames = batch.len() as u64;
        if !self.shared.inboxes.of(batch.shard()).push(Arrival::Frames(batch)) {
            self.shared.counts.frames_refused.fetch_add(frames, Ordering::Relaxed);
        }
    }

    /// A member of a meeting gives a command through the app. When too much waits, it is dropped and counted.
    pub fn command(&self, leg: LegId, command: Command) {
        self.bring_if_it_fits(leg, Input::Command { leg, command });
    }

    /// Somebody outside wants something done in a meeting.
    pub fn order(&self, meeting: MeetingId, order: Order) {
        let order = Arrival::Signal(Box::new(Input::Order { meeting, order }));
        self.shared.inboxes.of_meeting(meeting).push_signal(order);
    }

    /// What somebody may do as often as they like is dropped when too much waits.
    fn bring_if_it_fits(&self, leg: LegId, input: Input) {
        let signal = Arrival::Signal(Box::new(input));
        if !self.shared.inboxes.of(self.shard_of(leg)).push(signal) {
            self.shared.counts.keys_refused.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What a leg is told once is never dropped, nor an answer to its question, of which it has one at a time: so there are only
    /// a few a leg, and the legs are bounded.
    fn bring(&self, leg: LegId, input: Input) {
        self.shared.inboxes.of(self.shard_of(leg)).push_signal(Arrival::Signal(Box::new(input)));
    }

    fn shard_of(&self, leg: LegId) -> usize {
        let moved = self.shared.moved.get(&leg).map(|shard| *shard);
        moved.unwrap_or_else(|| self.shared.inboxes.first(leg))
    }

    /// Asks the store for a door, on the way that questions of a dialogue go.
    pub async fn ask(&self, question: Question) -> Answer {
        self.shared.clerk.ask(question).await
    }

    /// Whether calls are taken: nobody is stopping, no thread has failed, the store takes records, answers who calls and looks up
    /// what is keyed. Nothing of it is counted.
    pub async fn is_ready(&self) -> bool {
        let from = CallSource::UNKNOWN;
        let looked_up = Question::FindMeeting { entry: Entry::default(), from };
        let clerk = &self.shared.clerk;
        !self.shared.tasks.token().is_cancelled()
            && !self.shared.tasks.has_failed()
            && !self.counts().filing_fails.load(Ordering::Relaxed)
            && matches!(
                tokio::join!(clerk.try_out(Question::MayCall { from }), clerk.try_out(looked_up)),
                (Answer::MayCall, Answer::NoSuchMeeting)
            )
    }

    /// Waits until one of the threads fails, and gives its name. What it did nobody does any more: stop the bridge.
    pub async fn failure(&self) -> String {
        self.shared.tasks.failure().await
    }

    /// How it looks now or looked a moment ago, by asking every shard. One that has ended, or that is so far behind that it
    /// refuses calls or says nothing for a second, is left out.
    pub async fn census(&self) -> Census {
        let mut census = Census::default();
        let until = self.clock().uptime() + CENSUS_TAKES_MAX;
        let ask = |inbox: &inbox::Inbox| {
            let (reply, answer) = oneshot::channel();
            // When it is refused the other end is gone at once.
            let _taken = inbox.push(Arrival::Asks(reply));
            answer
        };
        let asked: Vec<_> = self.shared.inboxes.all().map(ask).collect();
        for answer in asked {
            if let Some(Ok(one)) = self.clock().within(until, answer).await {
                census.add(one);
            }
        }
        census
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

    /// Waits until no leg is held.
    pub async fn all_gone(&self) {
        // What `wait_for` gives holds a lock, so it must not outlive the wait.
        let _no_shard_is_left =
            self.shared.legs_held.clone().wait_for(|legs| *legs == 0).await.is_ok();
    }

    /// What was counted.
    #[must_use]
    pub fn counts(&self) -> &EngineCounts {
        &self.shared.counts
    }

    /// Stops in order: every leg hears a last word and is sent away, doors end, the shard ends, the clerks file what is
    /// left. It takes at most `limit`: who has not heard the last word to its end is cut off in time for what comes behind it.
    /// Gives the names of those who were not done.
    pub async fn shutdown(&self, limit: Duration) -> Vec<String> {
        let clock = self.shared.clock;
        let began = clock.uptime();
        let until = began + limit.saturating_sub(LAST_WORK);
        let _told_before = self.shared.stop_at.set(began + STOPS_AFTER);
        self.shared.inboxes.all().for_each(inbox::Inbox::wake);
        let _late_ones_are_cut_off = clock.within(until, self.all_gone()).await;
        self.shared.tasks.token().cancel();
        self.shared.inboxes.all().for_each(inbox::Inbox::wake);
        let until = began + limit.saturating_sub(LAST_RECORDS);
        // Only when the shards have handed over their last records may the clerks go.
        for shard_ended in &self.shared.shards_ended {
            let _named_below_if_late = clock.within(until, shard_ended.cancelled()).await;
        }
        self.shared.clerk.close();
        self.shared.tasks.finish(clock, began + limit).await
    }
}

/// How long a shard may take to say how it looks.
const CENSUS_TAKES_MAX: Duration = Duration::from_secs(1);

/// Time for all shards to learn when they stop, so that none has done anything that comes later: a tick.
const STOPS_AFTER: Duration = Duration::from_millis(20);

/// Time of a stop that is kept for what comes behind the last word: doors and shards end, and records are handed over.
const LAST_WORK: Duration = Duration::from_millis(1_500);

/// Of that, what is kept for filing those records, or for writing them to the log.
const LAST_RECORDS: Duration = Duration::from_millis(750);

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;

#[cfg(all(test, unix))]
#[path = "store_faults_tests.rs"]
mod store_faults_tests;
