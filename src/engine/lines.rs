//! The lines of one shard's legs: whom to tell, and whom to give sound.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::batch::Batch;
use super::counts::EngineCounts;
use super::line::{LineEvent, Telling};
use super::trunk::TrunkWay;
use crate::domain::{HangupCause, IdHash, LegId};
use crate::media::{Frame, FrameId};

/// The line of a leg: where its door listens.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub way: Way,
    pub telling: Telling,
}

/// How a door listens.
#[derive(Clone, Debug)]
pub(super) enum Way {
    /// To this leg alone.
    Alone(mpsc::Sender<LineEvent>),
    /// To many at once.
    Trunk(Arc<TrunkWay>),
}

/// All lines of a shard.
pub(super) struct Lines {
    shard: usize,
    held: Vec<Option<Held>>,
    free: Vec<u32>,
    by_leg: HashMap<LegId, u32, IdHash>,
    /// Where the line of the leg in each slot of the exchange was found last.
    by_slot: Vec<u32>,
    trunks: Vec<Option<OnTrunk>>,
    /// Legs whose doors were found gone since they were asked for.
    deserted: Vec<LegId>,
    counts: Arc<EngineCounts>,
}

/// A line, with its trunk as a place among the shard's.
struct Held {
    leg: LegId,
    way: HeldWay,
    telling: Telling,
    is_deserted: bool,
}

impl Held {
    /// Whether its door is found gone for the first time.
    fn deserts(&mut self, sent: Result<(), &TrySendError<LineEvent>>) -> bool {
        let is_gone = matches!(sent, Err(TrySendError::Closed(_)));
        is_gone && !std::mem::replace(&mut self.is_deserted, true)
    }
}

enum HeldWay {
    Alone(mpsc::Sender<LineEvent>),
    Trunk(usize),
}

/// What one shard has to do with one trunk.
struct OnTrunk {
    way: Arc<TrunkWay>,
    legs: usize,
    /// The sound of this tick.
    batch: Option<Batch>,
    /// By the number of a shared frame: the batch that it was added to last, and its place there.
    shared: Vec<(u64, u32)>,
    batches: u64,
    /// Events it has not taken yet, the oldest first.
    owed: VecDeque<(LegId, LineEvent)>,
}

impl Lines {
    pub(super) fn new(shard: usize, counts: Arc<EngineCounts>) -> Self {
        Self {
            shard,
            held: Vec::new(),
            free: Vec::new(),
            by_leg: HashMap::default(),
            by_slot: Vec::new(),
            trunks: Vec::new(),
            deserted: Vec::new(),
            counts,
        }
    }

    pub(super) fn insert(&mut self, leg: LegId, line: Line) {
        let way = match line.way {
            Way::Alone(events) => HeldWay::Alone(events),
            Way::Trunk(way) => HeldWay::Trunk(self.on_trunk(way)),
        };
        let held = Some(Held { leg, way, telling: line.telling, is_deserted: false });
        let place = match self.free.pop() {
            Some(place) => {
                self.held[place as usize] = held;
                place
            }
            None => {
                self.held.push(held);
                u32::try_from(self.held.len() - 1).expect("a shard's legs fit in 32 bits")
            }
        };
        self.by_leg.insert(leg, place);
    }

    pub(super) fn remove(&mut self, leg: LegId) -> Option<Line> {
        let place = self.by_leg.remove(&leg)?;
        let held = self.held[place as usize].take()?;
        self.free.push(place);
        let way = match held.way {
            HeldWay::Alone(events) => Way::Alone(events),
            HeldWay::Trunk(number) => {
                let trunk = self.trunks[number].as_mut()?;
                trunk.legs -= 1;
                Way::Trunk(Arc::clone(&trunk.way))
            }
        };
        Some(Line { way, telling: held.telling })
    }

    /// Tells all doors that it is over.
    pub(super) fn hang_up_all(&mut self, cause: HangupCause) {
        let legs: Vec<LegId> = self.held.iter().flatten().map(|held| held.leg).collect();
        for leg in legs {
            let _full_or_gone = self.tell(leg, LineEvent::HungUp(cause));
            self.remove(leg);
        }
    }

    pub(super) fn contains(&self, leg: LegId) -> bool {
        self.by_leg.contains_key(&leg)
    }

    /// Tells a leg's door something, if it has not gone by itself. `false` when it was too slow to take it.
    pub(super) fn tell(&mut self, leg: LegId, event: LineEvent) -> bool {
        let Some(held) =
            self.by_leg.get(&leg).and_then(|&place| self.held[place as usize].as_mut())
        else {
            return true;
        };
        match held.way {
            HeldWay::Alone(ref events) => {
                let sent = events.try_send(event);
                if held.deserts(sent.as_ref().copied()) {
                    self.deserted.push(leg);
                }
                !matches!(sent, Err(TrySendError::Full(_too_slow)))
            }
            HeldWay::Trunk(number) => {
                let trunk = self.trunks[number].as_mut();
                trunk.is_none_or(|trunk| trunk.tell(leg, event))
            }
        }
    }

    /// Gives a leg's door a frame. One that is shared is kept once for all legs of a trunk.
    pub(super) fn give(&mut self, slot: u32, leg: LegId, frame: &Frame, shared: Option<FrameId>) {
        let shard = self.shard;
        let Some(held) = self.held_of(slot, leg) else { return self.not_taken(1) };
        match held.way {
            HeldWay::Alone(ref events) => {
                let given = events.try_send(LineEvent::Frame(Box::new(*frame)));
                if held.deserts(given.as_ref().copied()) {
                    self.deserted.push(leg);
                }
                given.unwrap_or_else(|_full| self.not_taken(1));
            }
            HeldWay::Trunk(number) => {
                if let Some(trunk) = &mut self.trunks[number] {
                    trunk.give(shard, leg, frame, shared);
                }
            }
        }
    }

    /// Legs whose doors were found gone since the last time: each is given once.
    pub(super) fn take_deserted(&mut self) -> Vec<LegId> {
        std::mem::take(&mut self.deserted)
    }

    /// Sends off what has come together for the trunks.
    pub(super) fn send_batches(&mut self) {
        for place in 0..self.trunks.len() {
            let Some(trunk) = &mut self.trunks[place] else { continue };
            trunk.pay();
            if let Some(batch) = trunk.batch.take() {
                let legs = batch.len();
                if trunk.way.sound.try_send(batch).is_err() {
                    self.not_taken(legs);
                }
            }
            if self.trunks[place].as_ref().is_some_and(|trunk| trunk.legs == 0 && trunk.is_paid()) {
                self.trunks[place] = None;
            }
        }
    }

    fn held_of(&mut self, slot: u32, leg: LegId) -> Option<&mut Held> {
        let slot = slot as usize;
        if self.by_slot.len() <= slot {
            self.by_slot.resize(slot + 1, u32::MAX);
        }
        let known = self.held.get(self.by_slot[slot] as usize).and_then(Option::as_ref);
        if known.is_none_or(|held| held.leg != leg) {
            self.by_slot[slot] = *self.by_leg.get(&leg)?;
        }
        self.held[self.by_slot[slot] as usize].as_mut()
    }

    fn on_trunk(&mut self, way: Arc<TrunkWay>) -> usize {
        let known = |trunk: &OnTrunk| Arc::ptr_eq(&trunk.way, &way);
        let place = self.trunks.iter().position(|trunk| trunk.as_ref().is_some_and(known));
        let place = place.unwrap_or_else(|| {
            let free = self.trunks.iter().position(Option::is_none);
            let place = free.unwrap_or(self.trunks.len());
            if free.is_none() {
                self.trunks.push(None);
            }
            self.trunks[place] = Some(OnTrunk::new(way));
            place
        });
        self.trunks[place].iter_mut().for_each(|trunk| trunk.legs += 1);
        place
    }

    fn not_taken(&self, frames: usize) {
        self.counts.frames_not_taken.fetch_add(frames as u64, Ordering::Relaxed);
    }
}

impl OnTrunk {
    fn new(way: Arc<TrunkWay>) -> Self {
        let (shared, owed) = (Vec::new(), VecDeque::new());
        Self { way, legs: 0, batch: None, shared, batches: 0, owed }
    }

    /// An event that does not fit now is owed; what is only for the eye is left out then.
    fn tell(&mut self, leg: LegId, event: LineEvent) -> bool {
        self.pay();
        let event = match self.owed.is_empty() {
            true => match self.way.events.try_send((leg, event)) {
                Ok(()) => return true,
                Err(TrySendError::Full((_, event))) => event,
                Err(TrySendError::Closed(_gone)) => return true,
            },
            false => event,
        };
        let must_come = matches!(event, LineEvent::Answer | LineEvent::HungUp(_));
        if must_come {
            self.owed.push_back((leg, event));
        }
        must_come
    }

    fn pay(&mut self) {
        while let Some(event) = self.owed.pop_front() {
            if let Err(TrySendError::Full(event)) = self.way.events.try_send(event) {
                self.owed.push_front(event);
                return;
            }
        }
    }

    fn is_paid(&self) -> bool {
        self.owed.is_empty()
    }

    fn give(&mut self, shard: usize, leg: LegId, frame: &Frame, shared: Option<FrameId>) {
        if self.batch.is_none() {
            self.batches += 1;
        }
        let batch = self.batch.get_or_insert_with(|| Batch::new(shard, &self.way.pool));
        let Some(FrameId(id)) = shared else {
            let frame = batch.add(frame);
            return batch.give(leg, frame);
        };
        let id = id as usize;
        if self.shared.len() <= id {
            self.shared.resize(id + 1, (0, 0));
        }
        if self.shared[id].0 != self.batches {
            self.shared[id] = (self.batches, batch.add(frame));
        }
        batch.give(leg, self.shared[id].1);
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::error::TryRecvError;

    use super::*;
    use crate::engine::line::LINE_EVENTS_MAX;
    use crate::engine::trunk::{TRUNK_BATCHES_MAX, TRUNK_EVENTS_MAX, Trunk};

    fn lines() -> (Lines, Arc<EngineCounts>) {
        let counts = Arc::<EngineCounts>::default();
        (Lines::new(0, Arc::clone(&counts)), counts)
    }

    fn on_trunk(trunk: &Trunk) -> Line {
        Line { way: Way::Trunk(Arc::clone(&trunk.way)), telling: Telling::SoundOnly }
    }

    /// Sound that finds no room is counted; of an event that finds none it is said, and the door finds its line closed.
    #[test]
    fn a_line_that_nobody_reads_takes_so_much_and_no_more() {
        let ((mut lines, counts), leg) = (lines(), LegId::new(1));
        let (events, mut door) = mpsc::channel(LINE_EVENTS_MAX);
        lines.insert(leg, Line { way: Way::Alone(events), telling: Telling::SoundOnly });
        (0..LINE_EVENTS_MAX + 3).for_each(|_| lines.give(0, leg, &Frame::SILENCE, None));
        assert_eq!(counts.frames_not_taken.load(Ordering::Relaxed), 3);
        assert!(!lines.tell(leg, LineEvent::HungUp(HangupCause::Removed)));
        assert!(lines.take_deserted().is_empty(), "its door is there");
        drop(lines.remove(leg));
        let frames = (0..).take_while(|_| matches!(door.try_recv(), Ok(LineEvent::Frame(_))));
        assert_eq!(frames.count(), LINE_EVENTS_MAX);
        assert_eq!(door.try_recv().err(), Some(TryRecvError::Disconnected));
    }

    /// What must come is owed, also of a leg that has gone, and comes when there is room; what is for the eye does not.
    #[test]
    fn a_trunk_that_nobody_reads_is_owed_what_must_come() {
        let ((mut lines, _counts), mut trunk) = (lines(), Trunk::new());
        let [one, ends, looks] = [1, 2, 3].map(LegId::new);
        [one, ends, looks].into_iter().for_each(|leg| lines.insert(leg, on_trunk(&trunk)));
        assert!((0..TRUNK_EVENTS_MAX).all(|_| lines.tell(one, LineEvent::Answer)));
        assert!(lines.tell(ends, LineEvent::HungUp(HangupCause::Removed)));
        assert!(lines.remove(ends).is_some());
        assert!(!lines.tell(looks, LineEvent::Room { members: 1, waiting: 0 }));
        lines.send_batches();
        let answers =
            (0..).take_while(|_| matches!(trunk.events.try_recv(), Ok((_, LineEvent::Answer))));
        assert_eq!(answers.count(), TRUNK_EVENTS_MAX);
        lines.send_batches();
        let paid = trunk.events.try_recv();
        assert!(matches!(paid, Ok((leg, LineEvent::HungUp(_))) if leg == ends), "{paid:?}");
        assert!(trunk.events.try_recv().is_err());
    }

    /// The sound of a tick that finds no room is dropped whole, and each frame of it counted.
    #[test]
    fn a_trunk_that_nobody_reads_loses_the_newest_ticks() {
        let ((mut lines, counts), mut trunk) = (lines(), Trunk::new());
        let legs = [1, 2, 3].map(LegId::new);
        legs.into_iter().for_each(|leg| lines.insert(leg, on_trunk(&trunk)));
        for tick in 0..TRUNK_BATCHES_MAX + 2 {
            let frame = Frame([i16::try_from(tick).unwrap(); Frame::SAMPLES]);
            for (slot, leg) in (0..).zip(legs) {
                lines.give(slot, leg, &frame, Some(FrameId(0)));
            }
            lines.send_batches();
        }
        assert_eq!(counts.frames_not_taken.load(Ordering::Relaxed), 2 * 3);
        for tick in 0..TRUNK_BATCHES_MAX {
            let batch = trunk.sound.try_recv().unwrap();
            let heard: Vec<usize> = batch.iter().map(|(_, frame)| frame.0[0] as usize).collect();
            assert_eq!(heard, [tick; 3]);
        }
        assert!(trunk.sound.try_recv().is_err());
    }
}
