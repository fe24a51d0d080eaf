//! A world: an exchange, a store, callers, and the virtual time that drives them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng as _;
use rand_chacha::ChaCha12Rng;

use super::agenda::{Agenda, Happening};
use super::faults::Faults;
use super::outside::Outside;
use super::phones::place_of;
use super::seat::Seat;
use crate::caller::{Script, SoundIndex, Voices};
use crate::domain::limits::{LOOK_UP_TAKES, PIN_CHECK_TAKES, RINGS_FOR};
use crate::domain::{HangupCause, MeetingId, PhoneNumber, Uptime, UtcTime};
use crate::exchange::{Config, Exchange, Input, Journal, JournalEntry, TraceEvent, Violation};
use crate::media::sounds::Sounds;
use crate::media::{Frame, FrameId};

/// With what a world is built.
#[derive(Clone, Debug)]
pub struct WorldConfig {
    /// The exchange's own configuration.
    pub exchange: Config,
    /// The number the callers dial.
    pub access_number: PhoneNumber,
    /// Decides what goes wrong, by [`WorldConfig::faults`].
    pub seed: u64,
    /// How often what goes wrong.
    pub faults: Faults,
    /// From the call being offered to the answer.
    pub answers_after: Duration,
    /// What a lookup takes.
    pub find_takes: Duration,
    /// What the check of a PIN takes: as long as one argon2id digest on the hardware we measured.
    pub pin_check_takes: Duration,
    /// When the world ends, whoever is still in a call.
    pub ends_at: Uptime,
    /// What phones do with silence.
    pub silence: Silence,
}

impl WorldConfig {
    /// No faults; times as in [`limits`](crate::domain::limits); an hour.
    #[must_use]
    pub fn new(exchange: Config, access_number: PhoneNumber) -> Self {
        Self {
            exchange,
            access_number,
            seed: 1,
            faults: Faults::default(),
            answers_after: RINGS_FOR,
            find_takes: LOOK_UP_TAKES,
            pin_check_takes: PIN_CHECK_TAKES,
            ends_at: Uptime::from_millis(3_600_000),
            silence: Silence::Sent,
        }
    }
}

/// What a phone does with silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// It sends it, as most do.
    Sent,
    /// It sends none after a while, as one with voice activity detection does.
    Saved,
}

/// What became of a world.
#[derive(Debug)]
pub struct Report {
    /// What happened.
    pub trace: Vec<TraceEvent>,
    /// Every input, with the exchange's configuration: since the last restart, if there was one.
    pub journal: Journal,
    /// What was before each restart, the first life first.
    pub earlier: Vec<Life>,
    /// The callers, with what each heard.
    pub seats: Vec<Seat>,
    /// The recording of each meeting that was recorded: 8 kHz samples.
    pub recordings: BTreeMap<MeetingId, Vec<i16>>,
    /// Invariants that did not hold, with the time.
    pub broken: Vec<(Uptime, Violation)>,
    /// When it was over.
    pub ended_at: Uptime,
    /// The exchange as it was left.
    pub exchange: Exchange,
}

/// A life of the process that ended in its death.
#[derive(Clone, Debug)]
pub struct Life {
    /// Its inputs.
    pub journal: Journal,
    /// Where in the trace it ends: with the event before that place.
    pub trace_ends: usize,
    /// When it died.
    pub died_at: Uptime,
}

impl Report {
    /// Each life's journal with its part of the trace, the first life first.
    pub fn lives(&self) -> impl Iterator<Item = (&Journal, &[TraceEvent])> {
        let journals = self.earlier.iter().map(|life| &life.journal).chain([&self.journal]);
        let ends = self.earlier.iter().map(|life| life.trace_ends);
        let begins = std::iter::once(0).chain(ends.clone());
        let parts = begins.zip(ends.chain([self.trace.len()])).map(|(begin, end)| begin..end);
        journals.zip(parts.map(|part| self.trace.get(part).unwrap_or_default()))
    }
}

/// Virtual time with callers in it.
pub struct World<'a> {
    pub(super) config: WorldConfig,
    pub(super) exchange: Exchange,
    pub(super) outside: &'a mut dyn Outside,
    pub(super) on_event: Box<dyn FnMut(&TraceEvent) + 'a>,
    pub(super) sounds: Arc<Sounds>,
    pub(super) index: Arc<SoundIndex>,
    pub(super) voices: Arc<Voices>,
    pub(super) rng: ChaCha12Rng,
    pub(super) agenda: Agenda,
    pub(super) seats: Vec<Seat>,
    pub(super) now: Uptime,
    pub(super) next_callers_tick: Uptime,
    pub(super) trace: Vec<TraceEvent>,
    pub(super) journal: Vec<JournalEntry>,
    earlier: Vec<Life>,
    pub(super) recordings: BTreeMap<MeetingId, Vec<i16>>,
    pub(super) broken: Vec<(Uptime, Violation)>,
    /// Kept from tick to tick for its room.
    pub(super) shared: Vec<(usize, FrameId)>,
}

impl<'a> World<'a> {
    /// A world with these callers, each of whom dials at their time. Legs are numbered from 1 in the order of `scripts`.
    #[must_use]
    pub fn new(
        config: WorldConfig,
        sounds: Arc<Sounds>,
        scripts: &[Script],
        outside: &'a mut dyn Outside,
    ) -> Self {
        let index = Arc::new(SoundIndex::new(Arc::clone(&sounds)));
        Self::with_index(config, sounds, index, scripts, outside)
    }

    /// As [`World::new`], with an index of the sounds made before: for many worlds with the same sounds.
    #[must_use]
    pub fn with_index(
        config: WorldConfig,
        sounds: Arc<Sounds>,
        index: Arc<SoundIndex>,
        scripts: &[Script],
        outside: &'a mut dyn Outside,
    ) -> Self {
        let voices = Voices::new(scripts.iter().map(|script| script.voice_hz));
        let called = config.access_number;
        let mut world = Self::empty(config, sounds, index, voices, outside);
        for script in scripts {
            let place = world.add_seat(script, called);
            world.agenda.add(Uptime::ZERO + script.dials_at, Happening::Dials(place));
        }
        world
    }

    /// A world without callers, whose ears will know these voices: [`World::add_seat`], [`World::dial`] and
    /// [`World::pass`] do the rest.
    #[must_use]
    pub fn empty(
        config: WorldConfig,
        sounds: Arc<Sounds>,
        index: Arc<SoundIndex>,
        voices: Voices,
        outside: &'a mut dyn Outside,
    ) -> Self {
        Self {
            rng: ChaCha12Rng::seed_from_u64(config.seed),
            exchange: Exchange::new(config.exchange.clone(), Arc::clone(&sounds)),
            config,
            outside,
            on_event: Box::new(|_event| {}),
            sounds,
            index,
            voices: Arc::new(voices),
            agenda: Agenda::default(),
            seats: Vec::new(),
            now: Uptime::ZERO,
            next_callers_tick: Uptime::ZERO,
            trace: Vec::new(),
            journal: Vec::new(),
            earlier: Vec::new(),
            recordings: BTreeMap::new(),
            broken: Vec::new(),
            shared: Vec::new(),
        }
    }

    /// Is told each event as it happens.
    #[must_use]
    pub fn telling(mut self, on_event: impl FnMut(&TraceEvent) + 'a) -> Self {
        self.on_event = Box::new(on_event);
        self
    }

    /// Also brings these facts at their times, as if from some other door.
    #[must_use]
    pub fn with_inputs(mut self, inputs: impl IntoIterator<Item = (Uptime, Input)>) -> Self {
        for (at, input) in inputs {
            self.agenda.add(at, Happening::Brings(input));
        }
        self
    }

    /// Runs until nothing more is going to happen, or the world ends.
    #[must_use]
    pub fn run(mut self) -> Report {
        while let Some(at) = self.next_at()
            && at <= self.config.ends_at
        {
            self.do_next(at);
        }
        self.end()
    }

    /// Lets time pass until then, or until something is so. It is asked after each instant in which something happened;
    /// whether it was so is given back.
    pub fn pass(&mut self, until: Uptime, mut is_so: impl FnMut(&Self) -> bool) -> bool {
        if is_so(self) {
            return true;
        }
        while let Some(at) = self.next_at()
            && at <= until
        {
            self.do_next(at);
            if self.next_at() != Some(at) && is_so(self) {
                return true;
            }
        }
        self.now = self.now.max(until);
        is_so(self)
    }

    /// Brings a fact now.
    pub fn bring(&mut self, input: Input) {
        self.exchange.handle(self.now, input);
        self.drain();
    }

    /// The process dies and starts anew: all calls are gone, what was in memory too. With that configuration it goes on.
    pub fn restart(&mut self, exchange: Config) {
        let now = self.now;
        for seat in self.seats.iter_mut().filter(|seat| seat.left.is_none()) {
            seat.left = Some((now, HangupCause::TrunkFailed));
        }
        // A journal belongs to one life of an exchange.
        let (config, entries) = (self.config.exchange.clone(), std::mem::take(&mut self.journal));
        let journal = Journal { config, entries };
        self.earlier.push(Life { journal, trace_ends: self.trace.len(), died_at: now });
        self.agenda = Agenda::default();
        self.config.exchange = exchange;
        self.exchange = Exchange::new(self.config.exchange.clone(), Arc::clone(&self.sounds));
    }

    /// What became of it all.
    #[must_use]
    pub fn end(self) -> Report {
        Report {
            trace: self.trace,
            journal: Journal { config: self.config.exchange, entries: self.journal },
            earlier: self.earlier,
            seats: self.seats,
            recordings: self.recordings,
            broken: self.broken,
            ended_at: self.now,
            exchange: self.exchange,
        }
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Uptime {
        self.now
    }

    /// The time of day.
    #[must_use]
    pub fn utc(&self) -> UtcTime {
        self.config.exchange.epoch + self.now.since(Uptime::ZERO)
    }

    /// The exchange.
    #[must_use]
    pub fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// What has happened so far.
    #[must_use]
    pub fn trace(&self) -> &[TraceEvent] {
        &self.trace
    }

    /// The callers.
    #[must_use]
    pub fn seats(&self) -> &[Seat] {
        &self.seats
    }

    /// One caller.
    ///
    /// # Panics
    /// When no seat has that place.
    pub fn seat_mut(&mut self, place: usize) -> &mut Seat {
        &mut self.seats[place]
    }

    /// What goes wrong from now on.
    pub fn faults_mut(&mut self) -> &mut Faults {
        &mut self.config.faults
    }

    /// Invariants that did not hold.
    #[must_use]
    pub fn broken(&self) -> &[(Uptime, Violation)] {
        &self.broken
    }

    fn next_at(&self) -> Option<Uptime> {
        let exchange = self.exchange.next_deadline().map(|(at, _reason)| at);
        let times = [exchange, self.agenda.next_at(), self.callers_tick_at()];
        times.into_iter().flatten().min().map(|at| at.max(self.now))
    }

    /// Does one thing of that time.
    fn do_next(&mut self, at: Uptime) {
        self.now = at;
        self.advance_exchange();
        if self.agenda.next_at().is_some_and(|next| next <= at) {
            if let Some(happening) = self.agenda.pop() {
                self.happen(happening);
            }
        } else if self.callers_tick_at().is_some_and(|next| next <= at) {
            self.tick_callers();
        }
    }

    fn advance_exchange(&mut self) {
        while self.exchange.next_deadline().is_some_and(|(at, _reason)| at <= self.now) {
            self.exchange.advance(self.now);
            self.drain();
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Dials(place) => self.dial(place),
            Happening::Brings(input) => {
                if let Input::Answered { leg } = input
                    && let Some(seat) = self.seats.get_mut(place_of(leg))
                    && seat.left.is_none()
                {
                    seat.answered_at = Some(self.now);
                    self.next_callers_tick = self.next_tick_if_running();
                }
                self.exchange.handle(self.now, input);
            }
            Happening::FrameComes(leg, frame) => self.exchange.hear(self.now, leg, &frame),
            Happening::EventSent(place, packet) => self.send_event(place, packet),
            Happening::EventComes(place, packet) => self.event_comes(place, &packet),
            Happening::InfoComes(place, request) => self.info_comes(place, &request),
        }
        self.drain();
    }
}

/// The exchange's first tick after that time.
pub(super) fn tick_after(now: Uptime) -> Uptime {
    Uptime::from_micros((now.as_micros() / Frame::MICROS + 1) * Frame::MICROS)
}
