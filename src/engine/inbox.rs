//! What waits for a shard: facts and frames from the doors and the clerks, in the order in which they came.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use std::sync::Arc;

use dashmap::DashMap;
use tokio::sync::oneshot;

use super::batch::Batch;
use super::counts::Census;
use super::lines::Line;
use crate::domain::{LegId, MeetingId};
use crate::exchange::{Input, Passing};
use crate::media::Frame;
use crate::media::plane::Listening;

/// One thing that waits for a shard.
pub(super) enum Arrival {
    /// A new leg, with its line.
    Opens(Line, Box<Input>),
    /// A leg from another shard, with its line and what it hears with.
    Comes(Line, Box<Passing>, Option<Listening>),
    /// Somebody asks how it looks.
    Asks(oneshot::Sender<Census>),
    /// A fact about a leg, or an answer.
    Signal(Box<Input>),
    /// A received frame.
    Frame(LegId, Box<Frame>),
    /// Received frames of many.
    Frames(Batch),
    /// The shard fails, as a test wants.
    #[cfg(test)]
    Fails,
    /// The shard says that it is held up, and is until the other end is dropped, as a test wants.
    #[cfg(test)]
    Waits(oneshot::Sender<()>, std::sync::mpsc::Receiver<()>),
}

/// The inboxes of all shards. Each meeting belongs to one of them for ever, each call begins at one.
#[derive(Clone)]
pub(super) struct Inboxes(Arc<[Inbox]>);

impl Inboxes {
    pub(super) fn new(shards: usize) -> Self {
        Self((0..shards.max(1)).map(|_| Inbox::default()).collect())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Inbox> {
        self.0.iter()
    }

    pub(super) fn of(&self, shard: usize) -> &Inbox {
        &self.0[shard]
    }

    /// The shard that owns a meeting.
    pub(super) fn owner(&self, meeting: MeetingId) -> usize {
        self.spread(meeting.number())
    }

    pub(super) fn of_meeting(&self, meeting: MeetingId) -> &Inbox {
        self.of(self.owner(meeting))
    }

    /// The shard at which a call begins.
    pub(super) fn first(&self, leg: LegId) -> usize {
        self.spread(leg.number())
    }

    /// Gives a leg to another shard, and writes down where it is. Nobody sees where it is before it is there: whoever hangs
    /// it up comes behind it. Gives it back when that shard has ended.
    pub(super) fn give(
        &self,
        moved: &DashMap<LegId, usize>,
        leg: LegId,
        shard: usize,
        comes: Arrival,
    ) -> Option<Arrival> {
        let _unseen_until_it_is_there = moved.entry(leg).insert(shard);
        self.of(shard).push_or_return(comes)
    }

    fn spread(&self, number: u64) -> usize {
        usize::try_from(number % self.0.len() as u64).unwrap_or(0)
    }
}

#[derive(Default)]
struct Waiting {
    arrivals: VecDeque<Arrival>,
    /// The frames in the batches among them.
    in_batches: usize,
    /// Kept until the shard looks: it may have been about to wait.
    woken: bool,
    /// Whether the shard waits: nobody else needs to be woken.
    sleeps: bool,
    /// The shard has ended: nothing is taken any more.
    closed: bool,
}

/// The inbox of a shard. What comes when it is closed is dropped at once, so that whoever waits for an answer finds out.
#[derive(Default)]
pub(super) struct Inbox {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

/// What may wait before calls, frames, keys and commands are refused: the frames of 10 000 legs over six ticks.
const ARRIVALS_MAX: usize = 65_536;

impl Inbox {
    /// Adds a new call, received frames, a key, a command or somebody who asks how it looks; `false` when too much waits, or the
    /// shard has ended.
    pub(super) fn push(&self, arrival: Arrival) -> bool {
        let mut waiting = self.lock();
        let waits = waiting.arrivals.len() + waiting.in_batches;
        let fits = waits < ARRIVALS_MAX && !waiting.closed;
        if fits {
            if let Arrival::Frames(batch) = &arrival {
                waiting.in_batches += batch.len();
            }
            self.add(waiting, arrival);
        }
        fits
    }

    /// Adds a frame; `false` when too much waits.
    pub(super) fn push_frame(&self, leg: LegId, frame: Frame) -> bool {
        self.push(Arrival::Frame(leg, Box::new(frame)))
    }

    /// Adds what must not be lost. A shard that has ended needs no signals.
    pub(super) fn push_signal(&self, arrival: Arrival) {
        let _has_ended = self.push_or_return(arrival);
    }

    /// Adds what must not be lost; gives it back when the shard has ended.
    pub(super) fn push_or_return(&self, arrival: Arrival) -> Option<Arrival> {
        let waiting = self.lock();
        if waiting.closed {
            return Some(arrival);
        }
        self.add(waiting, arrival);
        None
    }

    fn add(&self, mut waiting: MutexGuard<'_, Waiting>, arrival: Arrival) {
        waiting.arrivals.push_back(arrival);
        // Waking is a call to the system, and a shard that works looks by itself.
        if std::mem::take(&mut waiting.sleeps) {
            drop(waiting);
            self.arrived.notify_one();
        }
    }

    /// Takes all that waits, after waiting for something for at most that long.
    pub(super) fn take(&self, wait: Option<Duration>, into: &mut VecDeque<Arrival>) {
        let mut waiting = self.lock();
        if waiting.arrivals.is_empty() && !waiting.woken {
            waiting.sleeps = true;
            waiting = match wait {
                Some(wait) => {
                    let woken = self.arrived.wait_timeout(waiting, wait);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner),
            };
            waiting.sleeps = false;
        }
        (waiting.woken, waiting.in_batches) = (false, 0);
        std::mem::swap(&mut waiting.arrivals, into);
    }

    /// Wakes the shard.
    pub(super) fn wake(&self) {
        self.lock().woken = true;
        self.arrived.notify_all();
    }

    /// Takes nothing from now on; gives what is left.
    pub(super) fn close(&self) -> VecDeque<Arrival> {
        let mut waiting = self.lock();
        (waiting.closed, waiting.in_batches) = (true, 0);
        std::mem::take(&mut waiting.arrivals)
    }

    /// Closes it when the guard is dropped, however the shard ends.
    pub(super) fn closed_at_last(&self) -> ClosesInbox<'_> {
        ClosesInbox(self)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes an inbox when it is dropped.
pub(super) struct ClosesInbox<'a>(&'a Inbox);

impl Drop for ClosesInbox<'_> {
    fn drop(&mut self) {
        let _nobody_takes_them = self.0.close();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::domain::CallSource;
    use crate::engine::line::Telling;
    use crate::engine::lines::Way;
    use crate::exchange::HungUpBy;

    #[test]
    fn a_shard_that_has_ended_keeps_nobody_waiting() {
        let inbox = Inbox::default();
        let asks = || {
            let (reply, answer) = oneshot::channel();
            (Arrival::Asks(reply), answer)
        };
        let (before, mut answer_before) = asks();
        assert!(inbox.push(before));
        drop(inbox.closed_at_last());
        let (after, mut answer_after) = asks();
        assert!(!inbox.push(after));
        let gone = Err(oneshot::error::TryRecvError::Closed);
        assert_eq!((answer_before.try_recv(), answer_after.try_recv()), (gone.clone(), gone));
        let leg = LegId::new(1);
        assert!(!inbox.push_frame(leg, Frame::SILENCE), "a call or a frame is refused");
        let stop = inbox.push_or_return(Arrival::Signal(Box::new(Input::Stop)));
        assert!(matches!(stop, Some(Arrival::Signal(_))), "what must not be lost comes back");
    }

    /// The frames of a batch count each. Until the shard has looked, calls and frames are refused and signals are not.
    #[test]
    fn a_full_inbox_refuses_calls_frames_and_whoever_asks_and_no_signal() {
        let (inbox, leg) = (Inbox::default(), LegId::new(1));
        let mut batch = Batch::new(0, &Arc::default());
        let frame = batch.add(&Frame::SILENCE);
        (1..ARRIVALS_MAX).for_each(|_| batch.give(leg, frame));
        assert!(inbox.push(Arrival::Frames(batch)));
        let called = "+14255550100".parse().unwrap();
        let opens = || {
            let way = Way::Alone(tokio::sync::mpsc::channel(1).0);
            let input = Input::IncomingCall { leg, from: CallSource::UNKNOWN, called };
            Arrival::Opens(Line::new(way, Telling::SoundOnly), Box::new(input))
        };
        assert!(!inbox.push_frame(leg, Frame::SILENCE) && !inbox.push(opens()));
        let (reply, mut census) = oneshot::channel();
        assert!(!inbox.push(Arrival::Asks(reply)), "nor is told how it looks");
        assert_eq!(census.try_recv(), Err(oneshot::error::TryRecvError::Closed));
        let hung_up = Input::HungUp { leg, by: HungUpBy::Caller };
        inbox.push_signal(Arrival::Signal(Box::new(hung_up)));
        let mut arrivals = VecDeque::new();
        inbox.take(Some(Duration::ZERO), &mut arrivals);
        assert!(matches!(arrivals.make_contiguous(), [Arrival::Frames(_), Arrival::Signal(_)]));
        assert!(inbox.push_frame(leg, Frame::SILENCE) && inbox.push(opens()));
    }

    /// One shard gives legs away, and a door hangs each up as soon as it can see where the leg is.
    #[test]
    fn who_hangs_up_on_the_way_comes_behind_the_leg() {
        const LEGS: u64 = 5_000;
        let (inboxes, moved, hung_up) = (Inboxes::new(2), DashMap::new(), AtomicU64::new(0));
        let signal = |input| Arrival::Signal(Box::new(input));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for leg in (1..=LEGS).map(LegId::new) {
                    let comes = signal(Input::Answered { leg });
                    assert!(inboxes.give(&moved, leg, 1, comes).is_none());
                    while hung_up.load(Ordering::Acquire) < leg.number() {
                        std::thread::yield_now();
                    }
                }
            });
            for leg in (1..=LEGS).map(LegId::new) {
                let shard = loop {
                    if let Some(shard) = moved.get(&leg).map(|shard| *shard) {
                        break shard;
                    }
                    std::hint::spin_loop();
                };
                inboxes.of(shard).push_signal(signal(Input::HungUp { leg, by: HungUpBy::Caller }));
                hung_up.store(leg.number(), Ordering::Release);
            }
        });
        let mut arrivals = VecDeque::new();
        inboxes.of(1).take(Some(Duration::ZERO), &mut arrivals);
        let hangs_up = |arrival: &Arrival| matches!(arrival, Arrival::Signal(input) if matches!(**input, Input::HungUp { .. }));
        assert_eq!(arrivals.len() as u64, 2 * LEGS);
        let overtakes = arrivals.iter().step_by(2).filter(|arrival| hangs_up(arrival)).count();
        assert_eq!(overtakes, 0);
    }
}
