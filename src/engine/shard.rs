//! One exchange on its own thread: brings it time and what has arrived, carries out what it wants.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use dashmap::DashMap;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::clerk::Clerk;
use super::clock::Clock;
use super::counts::{Census, EngineCounts};
use super::inbox::{Arrival, Inboxes, Line};
use super::journals::JournalWay;
use super::line::{LineEvent, Seen, Telling};
use super::recorder::Recorder;
use crate::domain::{Answer, HangupCause, LegId, MeetingId, MeetingPhase, Record, Uptime};
use crate::exchange::{Config, Exchange, Happened, Input, Output, Passing, Reason, TraceEvent};
use crate::media::plane::Sound;
use crate::media::sounds::Sounds;
use crate::media::{Frame, FrameId};

/// What a shard works with.
pub(super) struct Surroundings {
    /// Which of the shards it is.
    pub number: usize,
    pub clock: Clock,
    pub inboxes: Inboxes,
    pub clerk: Clerk,
    pub recorder: Option<Recorder>,
    pub meetings: Arc<DashMap<MeetingId, usize>>,
    /// Legs that are not where their calls begin.
    pub moved: Arc<DashMap<LegId, usize>>,
    /// Legs of all shards, and those on their way from one to another.
    pub legs_held: Arc<watch::Sender<usize>>,
    pub counts: Arc<EngineCounts>,
    pub seen: Option<mpsc::Sender<Seen>>,
    pub journal: Option<JournalWay>,
}

/// One exchange and its lines.
pub(super) struct Shard {
    exchange: Exchange,
    around: Surroundings,
    lines: HashMap<LegId, Line>,
    /// Those whose doors want to know what happens.
    told: BTreeMap<LegId, Line>,
    /// Records the clerks had no room for, the oldest first.
    unfiled: VecDeque<Box<Record>>,
    shared: Vec<(LegId, FrameId)>,
    /// Legs it has told the others of.
    legs_counted: usize,
}

impl Shard {
    pub(super) fn new(config: Config, sounds: Arc<Sounds>, around: Surroundings) -> Self {
        Self {
            exchange: Exchange::new(config, sounds),
            around,
            lines: HashMap::new(),
            told: BTreeMap::new(),
            unfiled: VecDeque::new(),
            shared: Vec::new(),
            legs_counted: 0,
        }
    }

    /// Drives the exchange until told to stop. Waits for nothing but arrivals and the exchange's own next deadline.
    pub(super) fn drive(mut self, stop: &CancellationToken) {
        let mut arrivals = VecDeque::new();
        while !stop.is_cancelled() {
            self.do_what_is_due(self.around.clock.uptime());
            let wait = self.exchange.next_deadline().map(|(at, _)| self.around.clock.time_to(at));
            self.around.inboxes.of(self.around.number).take(wait, &mut arrivals);
            for arrival in arrivals.drain(..) {
                let now = self.around.clock.uptime();
                self.do_what_is_due(now);
                self.take(now, arrival);
                self.deliver();
            }
            self.file_again();
        }
        // Whoever has not heard the last word to its end is cut off, and has a record.
        let now = self.come_to_now();
        self.exchange.handle(now, Input::Stop);
        self.deliver();
        #[expect(clippy::iter_over_hash_type, reason = "each line is told by itself")]
        for (_leg, line) in self.lines.drain() {
            let _full_or_gone = line.events.try_send(LineEvent::HungUp(HangupCause::Stopping));
        }
        for record in self.unfiled.drain(..) {
            self.around.clerk.file_at_last(record);
        }
    }

    fn come_to_now(&mut self) -> Uptime {
        let now = self.around.clock.uptime();
        self.do_what_is_due(now);
        now
    }

    fn do_what_is_due(&mut self, now: Uptime) {
        while let Some((at, reason)) = self.exchange.next_deadline()
            && at <= now
        {
            if reason == Reason::Tick {
                self.around.counts.lateness.count(now.since(at));
            }
            self.exchange.advance(now);
            self.deliver();
        }
    }

    fn take(&mut self, now: Uptime, arrival: Arrival) {
        match arrival {
            Arrival::Opens(line, input) => {
                if let Input::IncomingCall { leg, .. } | Input::AppJoins { leg, .. } = &*input {
                    self.keep_line(*leg, line);
                }
                self.exchange.handle(now, *input);
            }
            Arrival::Comes(line, passing, listening) => {
                let leg = passing.leg;
                self.keep_line(leg, line);
                self.exchange.handle(now, Input::TakeOver { passing });
                if let Some(listening) = listening {
                    self.exchange.give_listening(leg, listening);
                }
                self.count_legs();
                self.around.legs_held.send_modify(|legs| *legs -= 1);
            }
            Arrival::Signal(input) => match self.moved_to(&input) {
                Some(shard) => {
                    self.around.inboxes.of(shard).push_signal(Arrival::Signal(input));
                }
                None => self.take_signal(now, *input),
            },
            Arrival::Frame(leg, frame) => match self.lines.contains_key(&leg) {
                true => self.exchange.hear(now, leg, &frame),
                false => self.send_on(leg, *frame),
            },
            Arrival::Asks(reply) => {
                let _nobody_waits = reply.send(self.census());
            }
        }
    }

    /// A frame that came after its leg had been given away.
    fn send_on(&self, leg: LegId, frame: Frame) {
        let elsewhere = self.around.moved.get(&leg).map(|shard| *shard);
        if let Some(shard) = elsewhere.filter(|&shard| shard != self.around.number)
            && !self.around.inboxes.of(shard).push_frame(leg, frame)
        {
            self.around.counts.frames_refused.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Where the leg is that a signal is for, if it has been given away since.
    fn moved_to(&self, input: &Input) -> Option<usize> {
        let leg = match input {
            Input::Answered { leg }
            | Input::Digit { leg, .. }
            | Input::HungUp { leg, .. }
            | Input::Command { leg, .. } => leg,
            Input::IncomingCall { .. }
            | Input::AppJoins { .. }
            | Input::Answer { .. }
            | Input::HandOver { .. }
            | Input::TakeOver { .. }
            | Input::Order { .. }
            | Input::Stop => return None,
        };
        let elsewhere = self.around.moved.get(leg).map(|shard| *shard);
        elsewhere.filter(|&shard| shard != self.around.number)
    }

    /// A meeting that another shard owns takes its caller there.
    fn take_signal(&mut self, now: Uptime, input: Input) {
        if let Input::Answer { ticket, answer: Answer::Meeting(card) } = &input
            && self.around.inboxes.owner(card.meeting) != self.around.number
        {
            let (ticket, card) = (*ticket, card.clone());
            return self.exchange.handle(now, Input::HandOver { ticket, card });
        }
        let hung_up = if let Input::HungUp { leg, .. } = input { Some(leg) } else { None };
        self.exchange.handle(now, input);
        hung_up.iter().for_each(|leg| self.forget_line(*leg));
    }

    fn keep_line(&mut self, leg: LegId, line: Line) {
        if line.telling == Telling::Told {
            self.told.insert(leg, line.clone());
        }
        self.lines.insert(leg, line);
    }

    fn forget_line(&mut self, leg: LegId) {
        self.lines.remove(&leg);
        self.told.remove(&leg);
        self.around.moved.remove(&leg);
    }

    /// Carries out what the exchange wants and hands each leg its sound.
    fn deliver(&mut self) {
        while let Some(output) = self.exchange.poll_output() {
            self.carry_out(output);
        }
        self.shared.clear();
        while let Some((leg, sound)) = self.exchange.poll_audio() {
            match sound {
                Sound::Own(frame) => give(&self.lines, &self.around.counts, leg, frame),
                Sound::Shared(id) => self.shared.push((leg, id)),
            }
        }
        for &(leg, id) in &self.shared {
            give(&self.lines, &self.around.counts, leg, self.exchange.frame(id));
        }
        while let Some((meeting, frame)) = self.exchange.poll_recording() {
            let frame = Box::new(*frame);
            if let Some(recorder) = &mut self.around.recorder {
                recorder.frame(meeting, frame.clone(), self.around.clock.utc());
            }
            show(&self.around, Seen::Recorded(meeting, frame));
        }
        if let Some(journal) = &mut self.around.journal {
            journal.settle(&self.exchange);
        }
        self.count_legs();
    }

    fn count_legs(&mut self) {
        let legs = self.exchange.legs();
        let before = std::mem::replace(&mut self.legs_counted, legs);
        if legs != before {
            self.around.legs_held.send_modify(|all| *all = *all + legs - before);
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Answer { leg } => self.tell(leg, LineEvent::Answer),
            Output::HangUp { leg, cause } => {
                tracing::info!(%leg, ?cause, "a call is ended");
                self.tell(leg, LineEvent::HungUp(cause));
                self.forget_line(leg);
            }
            Output::Ask { ticket, question } => {
                self.around.clerk.answer(self.around.number, ticket, question);
            }
            Output::HandedOver(passing) => self.give_away(passing),
            Output::FileRecord(record) => {
                self.unfiled.push_back(record);
                self.file_again();
            }
            Output::RecordingEnded(meeting) => {
                if let Some(recorder) = &mut self.around.recorder {
                    recorder.end(meeting);
                }
            }
            Output::MeetingOpened(meeting) => {
                self.around.meetings.insert(meeting, self.around.number);
            }
            Output::MeetingClosed(meeting) => {
                self.around.meetings.remove(&meeting);
            }
            Output::Trace(event) => {
                tracing::debug!(at = %event.at, leg = ?event.leg, happened = ?event.happened);
                self.tell_what_happened(&event);
                show(&self.around, Seen::Trace(self.around.number, event));
            }
            Output::Journal(entry) => {
                if self.around.seen.is_some() {
                    show(&self.around, Seen::Journal(self.around.number, entry.clone()));
                }
                if let Some(journal) = &mut self.around.journal {
                    journal.keep(entry);
                }
            }
            Output::Broken(violation) => {
                tracing::error!(%violation, "an invariant is broken");
                show(&self.around, Seen::Broken(violation));
            }
        }
    }

    /// Brings a leg to the shard that owns its meeting. It is counted on its way, so that nobody thinks all are gone.
    fn give_away(&mut self, passing: Box<Passing>) {
        let (leg, shard) = (passing.leg, self.around.inboxes.owner(passing.card.meeting));
        let listening = self.exchange.take_listening(leg);
        let Some(line) = self.lines.remove(&leg) else { return };
        self.told.remove(&leg);
        self.around.moved.insert(leg, shard);
        self.around.legs_held.send_modify(|legs| *legs += 1);
        self.around.inboxes.of(shard).push_signal(Arrival::Comes(line, passing, listening));
    }

    fn tell(&self, leg: LegId, event: LineEvent) {
        let told = self.lines.get(&leg).is_some_and(|line| line.events.try_send(event).is_ok());
        if !told {
            tracing::warn!(%leg, "a door did not take an event; it will find its line closed");
        }
    }

    /// For the eye: what is late is left out.
    fn tell_what_happened(&self, event: &TraceEvent) {
        if self.told.is_empty() {
            return;
        }
        if let Some(line) = event.leg.and_then(|leg| self.told.get(&leg)) {
            let _late = line.events.try_send(LineEvent::Happened(Box::new(event.clone())));
        }
        let moves = matches!(
            event.happened,
            Happened::Admitted { .. } | Happened::Lobby | Happened::Left { .. }
        );
        let Some(meeting) = event.meeting.filter(|_| moves) else { return };
        let small = |count| u32::try_from(count).unwrap_or(u32::MAX);
        for (&leg, line) in &self.told {
            if let Some((in_meeting, members, waiting)) = self.exchange.room_of(leg)
                && in_meeting == meeting
            {
                let room = LineEvent::Room { members: small(members), waiting: small(waiting) };
                let _late = line.events.try_send(room);
            }
        }
    }

    fn file_again(&mut self) {
        while let Some(record) = self.unfiled.pop_front() {
            if let Err(record) = self.around.clerk.file(record) {
                self.unfiled.push_front(record);
                return;
            }
        }
    }

    fn census(&self) -> Census {
        let mut census = Census::default();
        for state in self.exchange.states() {
            *census.legs.entry(state.name()).or_default() += 1;
        }
        for phase in self.exchange.phases() {
            census.meetings += 1;
            census.meetings_live += u64::from(phase == MeetingPhase::Live);
        }
        census
    }
}

fn give(lines: &HashMap<LegId, Line>, counts: &EngineCounts, leg: LegId, frame: &Frame) {
    let taken = lines
        .get(&leg)
        .is_some_and(|line| line.events.try_send(LineEvent::Frame(Box::new(*frame))).is_ok());
    if !taken {
        counts.frames_not_taken.fetch_add(1, Ordering::Relaxed);
    }
}

fn show(around: &Surroundings, seen: Seen) {
    if let Some(watcher) = &around.seen
        && watcher.try_send(seen).is_err()
    {
        around.counts.seen_lost.fetch_add(1, Ordering::Relaxed);
    }
}
