//! One exchange on its own thread: brings it time and what has arrived, carries out what it wants.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use dashmap::DashMap;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::clerk::Clerk;
use super::clock::Clock;
use super::inbox::{Arrival, Inbox};
use super::{EngineCounts, LineEvent, Seen};
use crate::domain::{HangupCause, LegId, MeetingId, Record, Uptime};
use crate::exchange::{Config, Exchange, Input, Output};
use crate::media::plane::Sound;
use crate::media::sounds::Sounds;
use crate::media::{Frame, FrameId};

/// What a shard works with.
pub(super) struct Surroundings {
    pub clock: Clock,
    pub inbox: Arc<Inbox>,
    pub clerk: Clerk,
    pub meetings: Arc<DashMap<MeetingId, usize>>,
    pub legs_held: watch::Sender<usize>,
    pub counts: Arc<EngineCounts>,
    pub seen: Option<mpsc::Sender<Seen>>,
}

/// One exchange and its lines.
pub(super) struct Shard {
    exchange: Exchange,
    around: Surroundings,
    lines: HashMap<LegId, mpsc::Sender<LineEvent>>,
    /// Records the clerks had no room for, the oldest first.
    unfiled: VecDeque<Box<Record>>,
    shared: Vec<(LegId, FrameId)>,
}

impl Shard {
    pub(super) fn new(config: Config, sounds: Arc<Sounds>, around: Surroundings) -> Self {
        Self {
            exchange: Exchange::new(config, sounds),
            around,
            lines: HashMap::new(),
            unfiled: VecDeque::new(),
            shared: Vec::new(),
        }
    }

    /// Drives the exchange until told to stop. Waits for nothing but arrivals and the exchange's own next deadline.
    pub(super) fn drive(mut self, stop: &CancellationToken) {
        let mut arrivals = VecDeque::new();
        while !stop.is_cancelled() {
            self.do_what_is_due(self.around.clock.uptime());
            let wait = self.exchange.next_deadline().map(|(at, _)| self.around.clock.time_to(at));
            self.around.inbox.take(wait, &mut arrivals);
            for arrival in arrivals.drain(..) {
                let now = self.around.clock.uptime();
                self.do_what_is_due(now);
                self.take(now, arrival);
                self.deliver(now);
            }
            self.file_again();
        }
        #[expect(clippy::iter_over_hash_type, reason = "each line is told by itself")]
        for (_leg, line) in self.lines.drain() {
            let _full_or_gone = line.try_send(LineEvent::HungUp(HangupCause::Stopping));
        }
        for record in self.unfiled.drain(..) {
            self.around.clerk.file_at_last(record);
        }
    }

    fn do_what_is_due(&mut self, now: Uptime) {
        while self.exchange.next_deadline().is_some_and(|(at, _reason)| at <= now) {
            self.exchange.advance(now);
            self.deliver(now);
        }
    }

    fn take(&mut self, now: Uptime, arrival: Arrival) {
        match arrival {
            Arrival::Opens(line, input) => {
                match &*input {
                    Input::IncomingCall { leg, .. } | Input::AppJoins { leg, .. } => {
                        self.lines.insert(*leg, line);
                    }
                    Input::Answered { .. }
                    | Input::Digit { .. }
                    | Input::Answer { .. }
                    | Input::HungUp { .. }
                    | Input::Command { .. }
                    | Input::Order { .. }
                    | Input::Stop => {}
                }
                self.exchange.handle(now, *input);
            }
            Arrival::Signal(input) => {
                self.exchange.handle(now, *input.clone());
                if let Input::HungUp { leg, .. } = *input {
                    self.lines.remove(&leg);
                }
            }
            Arrival::Frame(leg, frame) => self.exchange.hear(now, leg, &frame),
        }
    }

    /// Carries out what the exchange wants and hands each leg its sound.
    fn deliver(&mut self, now: Uptime) {
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
            show(&self.around, Seen::Recorded(meeting, frame));
        }
        let legs = self.exchange.legs();
        self.around.legs_held.send_if_modified(|held| std::mem::replace(held, legs) != legs);
        tracing::trace!(%now, "delivered");
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Answer { leg } => self.tell(leg, LineEvent::Answer),
            Output::HangUp { leg, cause } => {
                tracing::info!(%leg, ?cause, "a call is ended");
                self.tell(leg, LineEvent::HungUp(cause));
                self.lines.remove(&leg);
            }
            Output::Ask { ticket, question } => self.around.clerk.answer(ticket, question),
            Output::FileRecord(record) => {
                self.unfiled.push_back(record);
                self.file_again();
            }
            Output::MeetingOpened(meeting) => {
                self.around.meetings.insert(meeting, 0);
            }
            Output::MeetingClosed(meeting) => {
                self.around.meetings.remove(&meeting);
            }
            Output::Trace(event) => {
                tracing::debug!(at = %event.at, leg = ?event.leg, happened = ?event.happened);
                show(&self.around, Seen::Trace(event));
            }
            Output::Journal(entry) => show(&self.around, Seen::Journal(entry)),
            Output::Broken(violation) => {
                tracing::error!(%violation, "an invariant is broken");
                show(&self.around, Seen::Broken(violation));
            }
        }
    }

    fn tell(&self, leg: LegId, event: LineEvent) {
        let told = self.lines.get(&leg).is_some_and(|line| line.try_send(event).is_ok());
        if !told {
            tracing::warn!(%leg, "a door did not take an event; it will find its line closed");
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
}

fn give(
    lines: &HashMap<LegId, mpsc::Sender<LineEvent>>,
    counts: &EngineCounts,
    leg: LegId,
    frame: &Frame,
) {
    let taken = lines
        .get(&leg)
        .is_some_and(|line| line.try_send(LineEvent::Frame(Box::new(*frame))).is_ok());
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
