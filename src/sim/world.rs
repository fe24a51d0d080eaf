//! A world: an exchange, a store, callers, and the virtual time that drives them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng as _;
use rand_chacha::ChaCha12Rng;

use super::agenda::{Agenda, Happening};
use super::faults::{Faults, FrameFate, QuestionFate};
use super::seat::{Heard, Seat};
use crate::caller::{Act, Caller, Comes, Script, SoundIndex};
use crate::domain::{
    Answer, CallSource, Entry, HangupCause, LegId, MeetingId, PhoneNumber, Question, Record,
    Ticket, Uptime, UtcTime,
};
use crate::exchange::{
    Config, Exchange, HungUpBy, Input, Journal, JournalEntry, Output, TraceEvent, Violation,
};
use crate::media::Frame;
use crate::media::plane::Sound;
use crate::media::sounds::Sounds;

/// What is outside the exchange and the callers: the one who answers questions and files records.
pub trait Outside {
    /// Answers a question of the exchange.
    fn answer(&mut self, question: &Question, now: UtcTime) -> Answer;

    /// Puts a record on file.
    fn file(&mut self, record: Record);
}

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
}

impl WorldConfig {
    /// No faults; a lookup of 5 ms and a PIN check of 80 ms; an hour.
    #[must_use]
    pub fn new(exchange: Config, access_number: PhoneNumber) -> Self {
        Self {
            exchange,
            access_number,
            seed: 1,
            faults: Faults::default(),
            answers_after: Duration::from_millis(120),
            find_takes: Duration::from_millis(5),
            pin_check_takes: Duration::from_millis(80),
            ends_at: Uptime::from_millis(3_600_000),
        }
    }
}

/// What became of a world.
#[derive(Debug)]
pub struct Report {
    /// What happened.
    pub trace: Vec<TraceEvent>,
    /// Every input, with the exchange's configuration.
    pub journal: Journal,
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

/// Virtual time with callers in it.
pub struct World<'a> {
    config: WorldConfig,
    exchange: Exchange,
    outside: &'a mut dyn Outside,
    on_event: Box<dyn FnMut(&TraceEvent) + 'a>,
    rng: ChaCha12Rng,
    agenda: Agenda,
    seats: Vec<Seat>,
    now: Uptime,
    next_callers_tick: Uptime,
    trace: Vec<TraceEvent>,
    journal: Vec<JournalEntry>,
    recordings: BTreeMap<MeetingId, Vec<i16>>,
    broken: Vec<(Uptime, Violation)>,
}

impl<'a> World<'a> {
    /// A world with these callers, who have not dialled yet. Legs are numbered from 1 in the order of `scripts`.
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
        let voices: Arc<[u32]> = scripts.iter().map(|script| script.voice_hz).collect();
        let mut agenda = Agenda::default();
        let mut seats = Vec::with_capacity(scripts.len());
        for (place, script) in scripts.iter().enumerate() {
            agenda.add(Uptime::ZERO + script.dials_at, Happening::Dials(place));
            seats.push(Seat {
                caller: Caller::new(script, Arc::clone(&index), Arc::clone(&voices)),
                leg: LegId::new(place as u64 + 1),
                heard: Heard::default(),
                answered_at: None,
                left: None,
                comes: script.comes,
                frame: None,
            });
        }
        Self {
            rng: ChaCha12Rng::seed_from_u64(config.seed),
            exchange: Exchange::new(config.exchange.clone(), sounds),
            config,
            outside,
            on_event: Box::new(|_event| {}),
            agenda,
            seats,
            now: Uptime::ZERO,
            next_callers_tick: Uptime::ZERO,
            trace: Vec::new(),
            journal: Vec::new(),
            recordings: BTreeMap::new(),
            broken: Vec::new(),
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
            self.now = at;
            self.advance_exchange();
            if self.agenda.next_at() == Some(at) {
                if let Some(happening) = self.agenda.pop() {
                    self.happen(happening);
                }
            } else if self.callers_tick_at() == Some(at) {
                self.tick_callers();
            }
        }
        Report {
            trace: self.trace,
            journal: Journal { config: self.config.exchange, entries: self.journal },
            seats: self.seats,
            recordings: self.recordings,
            broken: self.broken,
            ended_at: self.now,
            exchange: self.exchange,
        }
    }

    fn next_at(&self) -> Option<Uptime> {
        let exchange = self.exchange.next_deadline().map(|(at, _reason)| at);
        let times = [exchange, self.agenda.next_at(), self.callers_tick_at()];
        times.into_iter().flatten().min().map(|at| at.max(self.now))
    }

    /// When callers next send and hear: on the exchange's own grid, just after its tick.
    fn callers_tick_at(&self) -> Option<Uptime> {
        self.seats.iter().any(Seat::is_connected).then_some(self.next_callers_tick)
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
                    && let Some(seat) = self.seats.iter_mut().find(|seat| seat.leg == leg)
                    && seat.left.is_none()
                {
                    seat.answered_at = Some(self.now);
                    self.next_callers_tick = self.next_tick_if_running();
                }
                self.exchange.handle(self.now, input);
            }
            Happening::FrameComes(leg, frame) => self.exchange.hear(self.now, leg, &frame),
        }
        self.drain();
    }

    fn next_tick_if_running(&self) -> Uptime {
        match self.next_callers_tick >= self.now {
            true => self.next_callers_tick,
            false => tick_after(self.now),
        }
    }

    fn dial(&mut self, place: usize) {
        let now_utc = self.utc();
        let seat = &mut self.seats[place];
        let leg = seat.leg;
        match seat.comes {
            Comes::ByPhone(caller) => {
                let called = self.config.access_number;
                self.exchange
                    .handle(self.now, Input::IncomingCall { leg, from: caller.into(), called });
            }
            Comes::ByApp(user, conference_id) => {
                let Some(entry) = Entry::parse(&conference_id.to_string()) else { return };
                let question = Question::FindMeeting { entry, from: CallSource::UNKNOWN };
                match self.outside.answer(&question, now_utc) {
                    Answer::Meeting(card) => {
                        seat.answered_at = Some(self.now);
                        self.next_callers_tick = self.next_tick_if_running();
                        self.exchange.handle(self.now, Input::AppJoins { leg, user, card });
                    }
                    Answer::NoSuchMeeting
                    | Answer::MayCall
                    | Answer::KeptOut
                    | Answer::Organizer
                    | Answer::PinMismatch
                    | Answer::Unavailable => {
                        seat.left = Some((self.now, HangupCause::StoreUnavailable));
                    }
                }
            }
        }
    }

    fn tick_callers(&mut self) {
        for place in 0..self.seats.len() {
            let seat = &mut self.seats[place];
            if !seat.is_connected() {
                continue;
            }
            let heard = seat.frame.take().unwrap_or(Frame::SILENCE);
            seat.heard.samples.extend_from_slice(&heard.0);
            let leg = seat.leg;
            match seat.caller.tick(&heard) {
                Act::Send(frame) => match self.config.faults.frame(&mut self.rng) {
                    FrameFate::Arrives => self.exchange.hear(self.now, leg, &frame),
                    FrameFate::Lost => {}
                    FrameFate::Late => {
                        let at = self.now + Duration::from_micros(Frame::MICROS);
                        self.agenda.add(at, Happening::FrameComes(leg, Box::new(frame)));
                    }
                },
                Act::HangUp => {
                    seat.left = Some((self.now, HangupCause::CallerHungUp));
                    let by = HungUpBy::Caller;
                    self.exchange.handle(self.now, Input::HungUp { leg, by });
                    self.drain();
                }
            }
        }
        self.next_callers_tick = tick_after(self.now);
    }

    /// Carries out what the exchange wants, and hands each phone its sound.
    fn drain(&mut self) {
        while let Some(output) = self.exchange.poll_output() {
            self.carry_out(output);
        }
        let mut shared: Vec<(usize, crate::media::FrameId)> = Vec::new();
        while let Some((leg, sound)) = self.exchange.poll_audio() {
            let place = usize::try_from(leg.number()).unwrap_or(0).wrapping_sub(1);
            let Some(seat) = self.seats.get_mut(place) else { continue };
            match sound {
                Sound::Own(frame) => seat.frame = Some(*frame),
                Sound::Shared(id) => shared.push((place, id)),
            }
        }
        for (place, id) in shared {
            self.seats[place].frame = Some(*self.exchange.frame(id));
        }
        while let Some((meeting, frame)) = self.exchange.poll_recording() {
            self.recordings.entry(meeting).or_default().extend_from_slice(&frame.0);
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Answer { leg } => {
                let at = self.now + self.config.answers_after;
                self.agenda.add(at, Happening::Brings(Input::Answered { leg }));
            }
            Output::HangUp { leg, cause } => {
                let seat = self.seats.iter_mut().find(|seat| seat.leg == leg);
                if let Some(seat) = seat.filter(|seat| seat.left.is_none()) {
                    seat.left = Some((self.now, cause));
                }
            }
            Output::Ask { ticket, question } => self.answer(ticket, &question),
            Output::FileRecord(record) => self.outside.file(*record),
            Output::MeetingOpened(_)
            | Output::MeetingClosed(_)
            | Output::RecordingEnded(_)
            // There is one exchange in a world, and it owns every meeting.
            | Output::HandedOver(_) => {}
            Output::Trace(event) => {
                (self.on_event)(&event);
                self.trace.push(event);
            }
            Output::Journal(entry) => self.journal.push(entry),
            Output::Broken(violation) => self.broken.push((self.now, violation)),
        }
    }

    fn answer(&mut self, ticket: Ticket, question: &Question) {
        let takes = match question {
            Question::MayCall { .. } | Question::FindMeeting { .. } => self.config.find_takes,
            Question::VerifyPin { .. } => self.config.pin_check_takes,
        };
        let (takes, answer) = match self.config.faults.question(&mut self.rng) {
            QuestionFate::Gone => return,
            QuestionFate::Unavailable => (takes, Answer::Unavailable),
            QuestionFate::Answered => (takes, self.outside.answer(question, self.utc())),
            QuestionFate::AnsweredAfter(more) => {
                (takes + more, self.outside.answer(question, self.utc()))
            }
        };
        let answered = Happening::Brings(Input::Answer { ticket, answer });
        self.agenda.add(self.now + takes, answered);
    }

    fn utc(&self) -> UtcTime {
        self.config.exchange.epoch + self.now.since(Uptime::ZERO)
    }
}

/// The exchange's first tick after that time.
fn tick_after(now: Uptime) -> Uptime {
    Uptime::from_micros((now.as_micros() / Frame::MICROS + 1) * Frame::MICROS)
}
