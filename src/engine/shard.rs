//! One exchange on its own thread: brings it time and what has arrived, carries out what it wants.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use dashmap::DashMap;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::clerk::Clerk;
use super::clock::Clock;
use super::counts::{Census, EngineCounts, SharedCensus};
use super::inbox::{Arrival, Inboxes};
use super::journals::JournalWay;
use super::line::{LineEvent, Seen, Telling};
use super::lines::{Line, Lines};
use super::recorder::Recorder;
use crate::domain::{Answer, HangupCause, LegId, MeetingId, MeetingPhase, Record, Uptime};
use crate::exchange::{
    Config, Exchange, Happened, HungUpBy, Input, Output, Passing, Reason, SPEAKERS_MAX, Speaker,
    TraceEvent,
};
use crate::media::Frame;
use crate::media::plane::Sound;
use crate::media::sounds::Sounds;

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
    /// When all shards stop, once somebody has said so.
    pub stop_at: Arc<OnceLock<Uptime>>,
    pub counts: Arc<EngineCounts>,
    pub seen: Option<mpsc::Sender<Seen>>,
    pub journal: Option<JournalWay>,
}

/// One exchange and its lines.
pub(super) struct Shard {
    exchange: Exchange,
    around: Surroundings,
    lines: Lines,
    /// Those whose doors want to know what happens, and whom they were told they hear.
    told: BTreeMap<LegId, Vec<Speaker>>,
    /// Records the clerks had no room for, the oldest first.
    unfiled: VecDeque<Box<Record>>,
    /// Legs it has told the others of.
    legs_counted: usize,
    census: SharedCensus,
}

/// Records that wait with a shard while the store takes none: those of an hour at a busy bridge. Beyond it the oldest is
/// written to the log alone.
const RECORDS_WAITING_MAX: usize = 65_536;

/// Ticks after which it is looked anew whom somebody hears.
const TICKS_BETWEEN_LOOKS: u64 = 10;

impl Shard {
    pub(super) fn new(config: Config, sounds: Arc<Sounds>, around: Surroundings) -> Self {
        Self {
            exchange: Exchange::new(config, sounds),
            lines: Lines::new(around.number, Arc::clone(&around.counts)),
            around,
            told: BTreeMap::new(),
            unfiled: VecDeque::new(),
            legs_counted: 0,
            census: SharedCensus::default(),
        }
    }

    /// Drives the exchange until told to stop. Waits for nothing but arrivals and the exchange's own next deadline.
    pub(super) fn drive(mut self, stop: &CancellationToken) {
        let inboxes = self.around.inboxes.clone();
        let _closed_however_it_ends = inboxes.of(self.around.number).closed_at_last();
        let mut arrivals = VecDeque::new();
        while !stop.is_cancelled() {
            self.do_what_is_due(self.around.clock.uptime());
            let due_at = self.exchange.next_deadline().map(|(at, _)| at);
            let next = due_at.into_iter().chain(self.stop_at()).min();
            let wait = next.map(|at| self.around.clock.time_to(at));
            self.around.inboxes.of(self.around.number).take(wait, &mut arrivals);
            arrivals.drain(..).for_each(|arrival| self.take_now(arrival));
            self.file_again();
        }
        // Whoever has not heard the last word to its end is cut off, and has a record; so has who comes at the last moment
        // from a shard that ends as well.
        self.stop();
        let left = self.around.inboxes.of(self.around.number).close();
        left.into_iter().for_each(|arrival| self.take_now(arrival));
        self.stop();
        self.lines.hang_up_all(HangupCause::Stopping);
        for record in self.unfiled.drain(..) {
            self.around.clerk.file_at_last(record);
        }
    }

    fn come_to_now(&mut self) -> Uptime {
        let now = self.around.clock.uptime();
        self.do_what_is_due(now);
        now
    }

    fn take_now(&mut self, arrival: Arrival) {
        let now = self.come_to_now();
        self.take(now, arrival);
        self.deliver();
    }

    fn stop(&mut self) {
        let now = self.come_to_now();
        self.exchange.handle(now, Input::Stop);
        self.deliver();
    }

    /// When it is to stop, if it is and has not.
    fn stop_at(&self) -> Option<Uptime> {
        self.around.stop_at.get().copied().filter(|_| !self.exchange.is_stopping())
    }

    /// All shards stop at the same instant, also those that are late, so that their journals are one bridge's.
    fn do_what_is_due(&mut self, now: Uptime) {
        if let Some(at) = self.stop_at().filter(|at| *at <= now) {
            self.do_what_is_due_by(at);
            self.exchange.handle(at.max(self.exchange.now()), Input::Stop);
            self.deliver();
        }
        self.do_what_is_due_by(now);
    }

    fn do_what_is_due_by(&mut self, now: Uptime) {
        while let Some((at, reason)) = self.exchange.next_deadline()
            && at <= now
        {
            if reason == Reason::Tick {
                // By the clock: what was due before it took its time as well.
                let starts_at = self.around.clock.uptime();
                self.around.counts.lateness.count(starts_at.since(at));
            }
            self.exchange.advance(now);
            self.deliver();
            if reason == Reason::Tick {
                self.tell_who_is_heard();
            }
        }
    }

    /// Now and then: who looks at a telephone sees no more.
    fn tell_who_is_heard(&mut self) {
        if !self.exchange.counts().ticks.is_multiple_of(TICKS_BETWEEN_LOOKS) {
            return;
        }
        let mut speakers: BTreeMap<MeetingId, Vec<Speaker>> = BTreeMap::new();
        for (&leg, known) in &mut self.told {
            let mut heard = match self.exchange.meeting_of(leg) {
                Some(meeting) => {
                    let all = speakers.entry(meeting);
                    all.or_insert_with(|| self.exchange.speakers(meeting)).clone()
                }
                None => Vec::new(),
            };
            heard.retain(|speaker| speaker.leg != leg);
            heard.truncate(SPEAKERS_MAX);
            if heard != *known && self.lines.tell(leg, LineEvent::Heard(heard.clone())) {
                *known = heard;
            }
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
            Arrival::Frame(leg, frame) => self.hear(now, leg, &frame),
            Arrival::Frames(batch) => {
                batch.iter().for_each(|(leg, frame)| self.hear(now, leg, frame));
            }
            Arrival::Asks(reply) => {
                let census = self.census.at(now, || Self::looks(&self.exchange));
                let _nobody_waits = reply.send(census);
            }
            #[cfg(test)]
            Arrival::Fails => panic!("a test wants it"),
            #[cfg(test)]
            Arrival::Waits(held, until) => drop((held.send(()), until.recv())),
        }
    }

    /// Gives a frame to a leg that is here, or sends it after one that is not.
    fn hear(&mut self, now: Uptime, leg: LegId, frame: &Frame) {
        match self.lines.contains(leg) {
            true => self.exchange.hear(now, leg, frame),
            false => self.send_on(leg, frame),
        }
    }

    /// A frame that came after its leg had been given away.
    fn send_on(&self, leg: LegId, frame: &Frame) {
        let elsewhere = self.around.moved.get(&leg).map(|shard| *shard);
        if let Some(shard) = elsewhere.filter(|&shard| shard != self.around.number)
            && !self.around.inboxes.of(shard).push_frame(leg, *frame)
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
            self.told.insert(leg, Vec::new());
        }
        self.lines.insert(leg, line);
    }

    fn forget_line(&mut self, leg: LegId) {
        self.lines.remove(leg);
        self.told.remove(&leg);
        self.around.moved.remove(&leg);
    }

    /// Carries out what the exchange wants and hands each leg its sound.
    fn deliver(&mut self) {
        while let Some(output) = self.exchange.poll_output() {
            self.carry_out(output);
        }
        while let Some((slot, leg, sound)) = self.exchange.poll_audio_by_slot() {
            match sound {
                Sound::Own(frame) => self.lines.give(slot, leg, frame, None),
                Sound::Shared(id) => {
                    self.lines.give(slot, leg, self.exchange.frame(id), Some(id));
                }
            }
        }
        self.lines.send_batches();
        while let Some((meeting, frame)) = self.exchange.poll_recording() {
            if let Some(recorder) = &mut self.around.recorder {
                recorder.frame(meeting, Box::new(*frame), self.around.clock.utc());
            }
            if self.around.seen.is_some() {
                show(&self.around, Seen::Recorded(meeting, Box::new(*frame)));
            }
        }
        if let Some(journal) = &mut self.around.journal {
            journal.settle(&mut self.exchange);
        }
        self.count_legs();
        self.hang_up_for_the_deserted();
    }

    /// A door that has gone without hanging up leaves no leg behind.
    fn hang_up_for_the_deserted(&mut self) {
        for leg in self.lines.take_deserted() {
            let hung_up = Arrival::Signal(Box::new(Input::HungUp { leg, by: HungUpBy::Trunk }));
            self.around.inboxes.of(self.around.number).push_signal(hung_up);
        }
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
                self.tell(leg, LineEvent::HungUp(cause));
                self.forget_line(leg);
            }
            Output::Ask { ticket, question } => {
                self.around.clerk.answer(self.around.number, ticket, question);
            }
            Output::HandedOver(passing) => self.give_away(passing),
            Output::FileRecord(record) => {
                if let Record::Call(record) = &*record {
                    let (leg, cause) = (record.leg, record.cause.name());
                    tracing::info!(%leg, cause, "a call is over");
                }
                if self.unfiled.len() >= RECORDS_WAITING_MAX
                    && let Some(oldest) = self.unfiled.pop_front()
                {
                    super::filing::lose_at_once(&oldest, "too many wait", &self.around.counts);
                }
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
        let Some(line) = self.lines.remove(leg) else { return };
        self.told.remove(&leg);
        self.around.legs_held.send_modify(|legs| *legs += 1);
        let comes = Arrival::Comes(line, passing, listening);
        if let Some(back) = self.around.inboxes.give(&self.around.moved, leg, shard, comes) {
            // That shard has ended, so the bridge stops: here it is sent away and has its record.
            self.around.moved.insert(leg, self.around.number);
            self.take(self.exchange.now(), back);
        }
    }

    fn tell(&mut self, leg: LegId, event: LineEvent) {
        if !self.lines.tell(leg, event) {
            tracing::warn!(%leg, "a door did not take an event; it will find its line closed");
        }
    }

    /// For the eye: to a door that is late, how it stands comes later, and what has passed by then never.
    fn tell_what_happened(&mut self, event: &TraceEvent) {
        if self.told.is_empty() {
            return;
        }
        if let Some(leg) = event.leg.filter(|leg| self.told.contains_key(leg)) {
            let _late = self.lines.tell(leg, LineEvent::Happened(Box::new(event.clone())));
        }
        let moves = matches!(
            event.happened,
            Happened::Admitted { .. } | Happened::Lobby | Happened::Left { .. }
        );
        let Some(meeting) = event.meeting.filter(|_| moves) else { return };
        let small = |count| u32::try_from(count).unwrap_or(u32::MAX);
        for &leg in self.told.keys() {
            if let Some((in_meeting, members, waiting)) = self.exchange.room_of(leg)
                && in_meeting == meeting
            {
                let room = LineEvent::Room { members: small(members), waiting: small(waiting) };
                let _late = self.lines.tell(leg, room);
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

    fn looks(exchange: &Exchange) -> Census {
        let mut census = Census::default();
        for state in exchange.states() {
            *census.legs.entry(state.name()).or_default() += 1;
        }
        for phase in exchange.phases() {
            census.meetings += 1;
            census.meetings_live += u64::from(phase == MeetingPhase::Live);
        }
        let counts = exchange.counts();
        census.ticks_skipped = counts.ticks_skipped;
        census.frames_dropped = counts.plane.frames_dropped;
        census
    }
}

/// A shard that fails no longer counts: nobody waits for its legs to go.
impl Drop for Shard {
    fn drop(&mut self) {
        let legs = self.legs_counted;
        self.around.legs_held.send_modify(|all| *all = all.saturating_sub(legs));
    }
}

fn show(around: &Surroundings, seen: Seen) {
    if let Some(watcher) = &around.seen
        && watcher.try_send(seen).is_err()
    {
        around.counts.seen_lost.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
#[path = "shard_tests.rs"]
mod tests;
