//! The exchange: the one deterministic machine that owns legs, dialogues and meetings.
//!
//! It has no socket, clock, thread, random source or log sink. A driver brings facts with their time and
//! carries out what comes back; the same machine runs live, in virtual time and under load.
//!
//! # Contract
//! - [`Exchange::handle`] takes a fact, [`Exchange::hear`] one received frame. Before either, the driver has called
//!   [`Exchange::advance`] and drained until [`Exchange::next_deadline`] lies after `now`, so that what is due
//!   comes first and a driver that is late agrees with one that never is.
//! - [`Exchange::advance`] does at most one thing that is due, and at most one tick; drain, and call it again until
//!   the next deadline lies after `now`. Of what is due at the same time, deadlines come before the tick, in the order
//!   (due, kind, leg). A tick belongs to `k × 20 ms`, not to the wake-up; one that is more than
//!   [`TICKS_LATE_MAX`](crate::domain::limits::TICKS_LATE_MAX) late is skipped with all others that are, counted and
//!   recorded.
//! - [`Exchange::poll_output`] and [`Exchange::poll_audio`]: drain both to `None` before the next call in.
//! - A prompt's end is a deadline from the clip's length, never a count of frames. A key that comes as an event is
//!   acted on after the detector's latency.
//! - No tick is asked for while no leg hears more than silence or sends, so a silent hour costs a few steps.
//! - Same configuration and inputs: the same outputs. Time never goes back.
//! - Nothing in it fails for outside reasons: a wrong PIN, a full meeting, a dead store are outcomes.

mod agenda;
mod announce;
mod command;
mod config;
mod dtmf_source;
mod extract;
mod fork;
mod heard;
mod held;
mod in_words;
mod input;
mod invariants;
mod journal;
mod leg;
mod meetings;
mod naming;
mod order;
mod output;
mod passing;
mod presence;
mod replay;
mod retell;
mod room;
mod routing;
mod speech;
mod step;
mod tick;
mod trace;
mod view;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use crate::domain::limits::LEGS_MAX;
use crate::domain::{IdHash, LegId, MeetingId, MeetingPhase, Uptime};
use crate::ivr::{Deed, Event, State};
use crate::media::plane::{Listening, Plane, PlaneCounts, Sound};
use crate::media::sounds::Sounds;
use crate::media::{Frame, FrameId};

pub use agenda::DueKind;
pub use config::{Config, LanguageError, SoundMode, Switch};
pub use dtmf_source::DtmfSource;
pub use extract::{MergeError, Whose};
pub use fork::{Fork, ForkError, Forked, Given, KeyChange, Stopped, Unknown, fork};
pub use heard::{SPEAKERS_MAX, Speaker};
pub use in_words::{Worth, in_words, shown, told};
pub use input::{HungUpBy, Input};
pub use invariants::Violation;
pub use journal::{JOURNAL_VERSION, Journal, JournalEntry, JournalError, Recorded, Torn};
pub use order::Order;
pub use output::Output;
pub use passing::Passing;
pub use replay::{Cause, Replay, ReplayError, ReplayStep, replay};
pub use retell::{Answered, Asked, Asks, EntryKey, Fate, Pressed, Retold, Weighs, retell};
pub use routing::{Hears, Private, Voice, hears};
pub use tick::{KEY_LATENCY, TICK_MICROS};
pub use trace::{Happened, TraceEvent};
pub use view::{LegView, Present, RoomView};

use agenda::{Agenda, Due};
use leg::Leg;
use replay::Replayed;
use room::Room;

/// Why the exchange asks to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A deadline of that kind.
    Due(DueKind),
    /// The next 20 ms of sound.
    Tick,
}

/// What an exchange has counted since it began. Only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Ticks done.
    pub ticks: u64,
    /// Ticks skipped because the driver was late.
    pub ticks_skipped: u64,
    /// Inputs for a leg that is not there, or whose id is in use.
    pub inputs_ignored: u64,
    /// Answers of the store that nobody waited for any more.
    pub answers_late: u64,
    /// Keys that had no meaning where they came, or came while too many were waiting.
    pub keys_ignored: u64,
    /// Entries that were no conference ID of a meeting, or not the organizer's PIN.
    pub wrong_entries: u64,
    /// What the plane counted.
    pub plane: PlaneCounts,
}

/// The machine. See the module's contract.
#[derive(Debug)]
pub struct Exchange {
    config: Config,
    now: Uptime,
    /// The first tick whose sound is not made yet: what begins now is heard from it on.
    next_tick: u64,
    legs: Vec<Option<Leg>>,
    legs_free: Vec<u32>,
    by_id: HashMap<LegId, u32, IdHash>,
    rooms: Vec<Option<Room>>,
    rooms_free: Vec<u32>,
    /// Meetings that are over, with their guests, of whom some still hear the last word.
    rooms_left: Vec<(MeetingId, Vec<LegId>)>,
    by_meeting: BTreeMap<MeetingId, room::RoomIndex>,
    agenda: Agenda,
    event_keys: tick::EventKeys,
    held_keys: held::HeldKeys,
    /// The number of the key that a dialogue had last, among its leg's.
    key_pressed: u32,
    /// What a journal knows better.
    replayed: Replayed,
    /// By slot, of those who have said one or are saying it.
    names: BTreeMap<u32, naming::LegName>,
    plane: Plane,
    /// Live meetings that are recorded, and those whose frame of this tick is still to be fetched.
    recorded: BTreeSet<MeetingId>,
    recording: VecDeque<MeetingId>,
    /// Of legs given away, until their driver fetches it.
    listening: BTreeMap<LegId, Listening>,
    events: VecDeque<(u32, Event)>,
    deeds: Vec<Deed>,
    outputs: VecDeque<Output>,
    /// Set by [`Input::Stop`]: calls are refused from then on.
    stopping: bool,
    counts: Counts,
}

impl Exchange {
    /// An exchange without legs at [`Uptime::ZERO`].
    ///
    /// # Panics
    /// When a language is to be spoken for which there are no sounds: [`Config::check`] says so beforehand.
    #[must_use]
    pub fn new(config: Config, sounds: Arc<Sounds>) -> Self {
        let spoken = config.check(&sounds);
        assert!(spoken.is_ok(), "an exchange has the sounds of its languages: {spoken:?}");
        let legs_max = config.legs_max.min(LEGS_MAX);
        Self {
            config: Config { legs_max, ..config },
            now: Uptime::ZERO,
            next_tick: 0,
            legs: Vec::with_capacity(legs_max),
            legs_free: Vec::new(),
            by_id: HashMap::with_capacity_and_hasher(legs_max, IdHash::default()),
            rooms: Vec::new(),
            rooms_free: Vec::new(),
            rooms_left: Vec::new(),
            by_meeting: BTreeMap::new(),
            agenda: Agenda::default(),
            event_keys: tick::EventKeys::default(),
            held_keys: held::HeldKeys::default(),
            key_pressed: 0,
            replayed: Replayed::default(),
            names: BTreeMap::new(),
            plane: Plane::new(sounds, legs_max),
            recorded: BTreeSet::new(),
            recording: VecDeque::new(),
            listening: BTreeMap::new(),
            events: VecDeque::new(),
            deeds: Vec::new(),
            outputs: VecDeque::new(),
            stopping: false,
            counts: Counts::default(),
        }
    }

    /// Takes one fact.
    ///
    /// # Panics
    /// In debug builds, when something due by `now` has not been done, or output has not been drained.
    pub fn handle(&mut self, now: Uptime, input: Input) {
        self.come_to(now);
        if let Input::Digit { leg, .. } = input
            && !self.is_key_as_event(leg, now)
        {
            return;
        }
        self.journal(now, || Recorded::Input(input.clone()));
        self.take(input);
        self.settle();
    }

    /// Takes one frame that a leg sent; it is heard in the next tick.
    ///
    /// # Panics
    /// As [`Exchange::handle`].
    pub fn hear(&mut self, now: Uptime, leg: LegId, frame: &Frame) {
        self.come_to(now);
        match (self.by_id.get(&leg), self.config.sound) {
            (Some(&slot), SoundMode::Frames) => self.plane.hear(slot, frame),
            (None, SoundMode::Frames) | (_, SoundMode::Durations) => {
                self.counts.inputs_ignored += 1;
            }
        }
    }

    /// Does the next thing that is due by `now`, if any.
    pub fn advance(&mut self, now: Uptime) {
        let Some((at, reason)) = self.next_deadline() else { return };
        if at > now {
            return;
        }
        match reason {
            Reason::Due(_) => {
                self.now = self.now.max(at);
                self.next_tick = self.next_tick.max(tick::first_tick_from(self.now));
                if let Some(due) = self.agenda.pop() {
                    self.do_due(due);
                }
                self.settle();
            }
            Reason::Tick => self.do_tick_or_skip(at, now),
        }
    }

    /// The next order to the driver.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// What the next leg hears in the tick just done. [`Exchange::frame`] has what is shared. A leg that is answered
    /// and given nothing hears silence.
    pub fn poll_audio(&mut self) -> Option<(LegId, Sound<'_>)> {
        self.poll_audio_by_slot().map(|(_slot, leg, sound)| (leg, sound))
    }

    /// As [`Exchange::poll_audio`], with the leg's slot: a small number that is its own as long as it is held, for a
    /// driver that looks something up for each leg in each tick.
    pub fn poll_audio_by_slot(&mut self) -> Option<(u32, LegId, Sound<'_>)> {
        self.plane.poll_audio()
    }

    /// One meeting's recording of the tick just done: the frame with everyone in it.
    pub fn poll_recording(&mut self) -> Option<(MeetingId, &Frame)> {
        let meeting = self.recording.pop_front()?;
        let room = self.rooms[self.by_meeting.get(&meeting)?.0 as usize].as_ref()?;
        Some((meeting, self.plane.everyone_on(room.bridge?)))
    }

    /// The frame behind a shared sound of the tick just done.
    #[must_use]
    pub fn frame(&self, id: FrameId) -> &Frame {
        self.plane.frame(id)
    }

    /// When [`Exchange::advance`] has something to do, and why. `None`: not before the next input.
    #[must_use]
    pub fn next_deadline(&self) -> Option<(Uptime, Reason)> {
        let due = self.agenda.next().map(|due| (due.at, Reason::Due(due.kind)));
        let tick = self.next_needed_tick().map(|at| (at, Reason::Tick));
        match (due, tick) {
            (Some(due), Some(tick)) => Some(if due.0 <= tick.0 { due } else { tick }),
            (one, other) => one.or(other),
        }
    }

    /// Where a leg's dialogue is; `None` when there is no such leg.
    #[must_use]
    pub fn state_of(&self, leg: LegId) -> Option<State> {
        let slot = *self.by_id.get(&leg)?;
        Some(self.leg(slot)?.dialogue.state())
    }

    /// Where a meeting is in its life; `None` when nobody is in it or waits for it.
    #[must_use]
    pub fn phase_of(&self, meeting: MeetingId) -> Option<MeetingPhase> {
        let room = self.by_meeting.get(&meeting)?;
        Some(self.rooms[room.0 as usize].as_ref()?.phase())
    }

    /// Where each leg's dialogue is, in no order that means anything.
    pub fn states(&self) -> impl Iterator<Item = State> {
        self.legs.iter().flatten().map(|leg| leg.dialogue.state())
    }

    /// Where each meeting is in its life.
    pub fn phases(&self) -> impl Iterator<Item = MeetingPhase> {
        self.rooms.iter().flatten().map(|room| room.phase())
    }

    /// In or before which meeting a leg is, and how many are in it and wait for it.
    #[must_use]
    pub fn room_of(&self, leg: LegId) -> Option<(MeetingId, usize, usize)> {
        let room = self.room(self.leg(*self.by_id.get(&leg)?)?.room?)?;
        Some((room.card.meeting, room.members.len(), room.waiting.len()))
    }

    /// Legs it holds.
    #[must_use]
    pub fn legs(&self) -> usize {
        self.by_id.len()
    }

    /// Meetings it holds.
    #[must_use]
    pub fn meetings(&self) -> usize {
        self.by_meeting.len()
    }

    /// The time to which it has come.
    #[must_use]
    pub fn now(&self) -> Uptime {
        self.now
    }

    /// Whether it has been told to stop: calls are refused from then on.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stopping
    }

    /// What it has counted.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts { plane: self.plane.counts(), ..self.counts }
    }

    fn room(&self, index: room::RoomIndex) -> Option<&Room> {
        self.rooms.get(index.0 as usize)?.as_ref()
    }

    fn room_mut(&mut self, index: room::RoomIndex) -> Option<&mut Room> {
        self.rooms.get_mut(index.0 as usize)?.as_mut()
    }

    fn leg(&self, slot: u32) -> Option<&Leg> {
        self.legs.get(slot as usize)?.as_ref()
    }

    fn leg_mut(&mut self, slot: u32) -> Option<&mut Leg> {
        self.legs.get_mut(slot as usize)?.as_mut()
    }

    /// Goes forward to `now`, which an input brings: ticks up to and including `now` are over.
    fn come_to(&mut self, now: Uptime) {
        debug_assert!(
            self.next_deadline().is_none_or(|(at, _reason)| at > now),
            "the driver brings an input of {now} before doing what is due"
        );
        debug_assert!(self.outputs.is_empty(), "the driver has not drained the outputs");
        self.now = self.now.max(now);
        self.next_tick = self.next_tick.max(tick::first_tick_after(self.now));
    }

    fn journal(&mut self, at: Uptime, recorded: impl FnOnce() -> Recorded) {
        if self.config.journal == Switch::On {
            let entry = JournalEntry { at, recorded: recorded() };
            self.outputs.push_back(Output::Journal(entry));
        }
    }

    fn trace(&mut self, leg: Option<LegId>, meeting: Option<MeetingId>, happened: Happened) {
        if self.config.trace == Switch::On {
            let event = TraceEvent { at: self.now, leg, meeting, happened };
            self.outputs.push_back(Output::Trace(event));
        }
    }

    /// Takes all events that follow from what has just been done, then checks that all is as it must be.
    fn settle(&mut self) {
        loop {
            while let Some((slot, event)) = self.events.pop_front() {
                self.dispatch(slot, event);
            }
            if !self.give_held_key() {
                break;
            }
        }
        if self.config.watch == Switch::On {
            self.watch();
        }
    }

    fn do_due(&mut self, due: Due) {
        match due.kind {
            DueKind::EventKey => self.take_event_key(due.whose),
            DueKind::MeetingEnd => self.end_meeting_in_time(room::RoomIndex(due.whose)),
            DueKind::MeetingWarning => self.warn_of_end(room::RoomIndex(due.whose)),
            DueKind::PromptEnd
            | DueKind::Keys
            | DueKind::StoreWait
            | DueKind::LobbyWord
            | DueKind::LobbyWarning
            | DueKind::LobbyEnd => self.end_wait(due),
        }
    }
}
