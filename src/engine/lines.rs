//! The lines of one shard's legs: whom to tell, and whom to give sound.

use std::collections::{HashMap, VecDeque};
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::batch::Batch;
use super::counts::EngineCounts;
use super::line::{LineEvent, Telling};
use super::trunk::TrunkWay;
use crate::domain::{HangupCause, IdHash, LegId};
use crate::exchange::Happened;
use crate::media::{Frame, FrameId};

/// The line of a leg: where its door listens.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub way: Way,
    pub telling: Telling,
    /// What its door has yet to be told.
    pub owed: Owed,
}

impl Line {
    pub(super) fn new(way: Way, telling: Telling) -> Self {
        Self { way, telling, owed: Owed::default() }
    }
}

/// What a door had no room for and is told as soon as it has: of each kind the last that is so. In the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Owed(Vec<LineEvent>);

/// What an event is about: a later one takes the place of an earlier one. `None` of what is only of the moment.
fn about(event: &LineEvent) -> Option<(Discriminant<LineEvent>, Option<Discriminant<Happened>>)> {
    if let LineEvent::Room { .. } = event {
        return Some((discriminant(event), None));
    }
    let LineEvent::Happened(what) = event else { return None };
    let lasts = matches!(
        what.happened,
        Happened::State { .. } | Happened::Presence { .. } | Happened::Language { .. }
    );
    lasts.then(|| (discriminant(event), Some(discriminant(&what.happened))))
}

impl Owed {
    /// Takes an event that has to come later; gives back one that is only of the moment.
    fn add(&mut self, event: LineEvent) -> Result<(), LineEvent> {
        let Some(what) = about(&event) else { return Err(event) };
        self.0.retain(|earlier| about(earlier) != Some(what));
        self.0.push(event);
        Ok(())
    }
}

/// Places of a line that only its last word is put into: that it is over, and why.
pub(super) const LAST_WORD: usize = 1;

/// Sends as far as there is room.
fn send(events: &mpsc::Sender<LineEvent>, event: LineEvent) -> Result<(), TrySendError<LineEvent>> {
    // Nobody else sends, so there is only ever more room than was seen.
    let is_last = matches!(event, LineEvent::HungUp(_));
    if !is_last && events.capacity() <= LAST_WORD && !events.is_closed() {
        return Err(TrySendError::Full(event));
    }
    events.try_send(event)
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
    owed: Owed,
    is_deserted: bool,
}

impl Held {
    /// Whether its door is found gone for the first time.
    fn deserts(&mut self, sent: Result<(), &TrySendError<LineEvent>>) -> bool {
        let is_gone = matches!(sent, Err(TrySendError::Closed(_)));
        is_gone && !std::mem::replace(&mut self.is_deserted, true)
    }

    /// Tells what is owed, as far as there is room.
    fn pay(&mut self) {
        let HeldWay::Alone(events) = &self.way else { return };
        let mut owed = std::mem::take(&mut self.owed.0).into_iter();
        while let Some(event) = owed.next() {
            if let Err(TrySendError::Full(event)) = send(events, event) {
                self.owed.0.push(event);
                return self.owed.0.extend(owed);
            }
        }
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
    /// How many of them were found without a door.
    deserted: usize,
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
        let Line { telling, owed, .. } = line;
        let held = Some(Held { leg, way, telling, owed, is_deserted: false });
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
                trunk.deserted -= usize::from(held.is_deserted);
                Way::Trunk(Arc::clone(&trunk.way))
            }
        };
        Some(Line { way, telling: held.telling, owed: held.owed })
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

    /// Tells a leg's door something, if it has not gone by itself: what stays so for a while is owed to one that is slow.
    /// `false` when it will never be told.
    pub(super) fn tell(&mut self, leg: LegId, event: LineEvent) -> bool {
        let Some(held) =
            self.by_leg.get(&leg).and_then(|&place| self.held[place as usize].as_mut())
        else {
            return true;
        };
        held.pay();
        match held.way {
            HeldWay::Alone(ref events) => {
                let sent = match held.owed.0.is_empty() || matches!(event, LineEvent::HungUp(_)) {
                    true => send(events, event),
                    false => Err(TrySendError::Full(event)),
                };
                if held.deserts(sent.as_ref().copied()) {
                    self.deserted.push(leg);
                }
                match sent {
                    Err(TrySendError::Full(event)) => held.owed.add(event).is_ok(),
                    Ok(()) | Err(TrySendError::Closed(_)) => true,
                }
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
        held.pay();
        match held.way {
            HeldWay::Alone(ref events) => {
                let given = send(events, LineEvent::Frame(Box::new(*frame)));
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

    /// Sends off what has come together for the trunks. Where nobody takes it any more, all legs are deserted.
    pub(super) fn send_batches(&mut self) {
        for place in 0..self.trunks.len() {
            let Some(trunk) = &mut self.trunks[place] else { continue };
            trunk.pay();
            if trunk.way.events.is_closed() && trunk.deserted < trunk.legs {
                trunk.deserted = trunk.legs;
                let here = |held: &&mut Held| matches!(held.way, HeldWay::Trunk(number) if number == place);
                for held in self.held.iter_mut().flatten().filter(here) {
                    if !std::mem::replace(&mut held.is_deserted, true) {
                        self.deserted.push(held.leg);
                    }
                }
            }
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
        Self { way, legs: 0, deserted: 0, batch: None, shared, batches: 0, owed }
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
#[path = "lines_tests.rs"]
mod tests;
