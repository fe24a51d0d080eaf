//! The sound of all legs of one exchange, tick by tick: what came in, who speaks on which bridge, and what each
//! leg hears.
//!
//! It is told where each leg listens ([`Route`]) and decides nothing itself: a leg hears exactly one source, and
//! one that does not hear a bridge does not feed it. Legs that hear the same are given the same frame. What
//! a leg needs only while it sends sound (detector, delay line, own mix) is its *ear*, pooled, so that a leg that
//! only listens costs a slot of a few bytes.

use std::sync::Arc;

use super::bridge::{Announcement, BridgeMix};
use super::ear::{Ear, Listened};
use super::frame::{Frame, FrameId};
use super::level::level_dbm0;
use super::name::Names;
use super::sounds::{Sounds, ToneId};
use crate::domain::{Digit, LegId, Spoken};

pub use super::bridge::BridgeId;
pub use super::name::NameId;

/// Where one leg listens, and, when it is a bridge, speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Route {
    /// There is no sound yet: nothing goes out.
    #[default]
    Closed,
    /// Silence.
    Silence,
    /// Hold music, at the place the tick gives.
    Music,
    /// A sound for this leg alone, whose first frame belongs to that tick (its lowest 32 bits: none lasts years).
    Piece(Piece, u32),
    /// A bridge.
    Bridge(BridgeId),
    /// A bridge, without speaking on it.
    BridgeOnly(BridgeId),
}

/// A sound that begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Piece {
    /// A prompt.
    Prompt(Spoken),
    /// A tone.
    Tone(ToneId),
    /// A name that somebody said.
    Name(NameId),
}

/// What one leg hears in one tick.
#[derive(Clone, Copy, Debug)]
pub enum Sound<'a> {
    /// A frame that other legs may hear too; [`Plane::frame`] has it. One encoding does for all of them.
    Shared(FrameId),
    /// A frame of this leg alone.
    Own(&'a Frame),
}

/// With what a leg hears, on its way from one plane to another.
#[derive(Debug)]
pub struct Listening(Box<Ear>);

/// Counts of what was not as it should be. They only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlaneCounts {
    /// Frames dropped because too many waited for a tick.
    pub frames_dropped: u64,
    /// Ticks in which a leg that sends had no frame.
    pub frames_missing: u64,
}

/// The sound of all legs, by slot: the exchange numbers its legs from 0 and uses a number again when a leg is gone.
#[derive(Debug)]
pub struct Plane {
    sounds: Arc<Sounds>,
    slots: Vec<Slot>,
    ears: Vec<Ear>,
    ears_free: Vec<u32>,
    bridges: Vec<BridgeMix>,
    bridges_free: Vec<u32>,
    names: Names,
    /// The frame of a name that is being heard by one leg.
    name_frame: Frame,
    sounding: usize,
    tick: u64,
    cursor: usize,
    counts: PlaneCounts,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    leg: Option<LegId>,
    route: Route,
    ear: Option<EarIndex>,
}

/// The place of an ear in the pool, counted from 1 so that none costs nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct EarIndex(std::num::NonZeroU32);

impl Plane {
    /// A plane without legs.
    #[must_use]
    pub fn new(sounds: Arc<Sounds>, legs_expected: usize) -> Self {
        Self {
            sounds,
            slots: Vec::with_capacity(legs_expected),
            ears: Vec::new(),
            ears_free: Vec::new(),
            bridges: Vec::new(),
            bridges_free: Vec::new(),
            names: Names::default(),
            name_frame: Frame::SILENCE,
            sounding: 0,
            tick: 0,
            cursor: usize::MAX,
            counts: PlaneCounts::default(),
        }
    }

    /// Gives a leg its slot; it hears nothing until it is given a route.
    pub fn open(&mut self, slot: u32, leg: LegId) {
        let place = slot as usize;
        if self.slots.len() <= place {
            self.slots.resize(place + 1, Slot::default());
        }
        self.slots[place] = Slot { leg: Some(leg), route: Route::Closed, ear: None };
    }

    /// Takes the slot back.
    pub fn close(&mut self, slot: u32) {
        self.route(slot, Route::Closed);
        self.names.give_up(slot);
        let Some(old) = self.slots.get_mut(slot as usize).map(std::mem::take) else { return };
        if let Some(ear) = old.ear {
            self.give_back(ear);
        }
    }

    /// As [`Plane::close`], but gives what the leg hears with to whoever takes the leg; `None` when it does not send.
    pub fn close_listening(&mut self, slot: u32) -> Option<Listening> {
        let ear = self.slots.get_mut(slot as usize)?.ear.take();
        let listening = ear.map(|ear| {
            let whole = std::mem::replace(&mut self.ears[ear.place()], Ear::new());
            self.ears_free.push(ear.0.get() - 1);
            Listening(Box::new(whole))
        });
        self.close(slot);
        listening
    }

    /// Gives a leg that has just come what it heard with elsewhere, so that a key that sounds meanwhile stays one key.
    pub fn open_listening(&mut self, slot: u32, listening: Listening) {
        let Some(place) = self.slots.get_mut(slot as usize) else { return };
        let ear = place.ear.unwrap_or_else(|| take_ear(&mut self.ears, &mut self.ears_free, slot));
        place.ear = Some(ear);
        self.ears[ear.place()] = *listening.0;
        self.ears[ear.place()].slot = Some(slot);
    }

    /// Sets where a leg listens from the next tick on. What it said before it came to a bridge is not heard there.
    pub fn route(&mut self, slot: u32, route: Route) {
        let Some(place) = self.slots.get_mut(slot as usize) else { return };
        let old = std::mem::replace(&mut place.route, route);
        self.sounding = self.sounding + usize::from(is_sound(route)) - usize::from(is_sound(old));
        if let (Route::Bridge(_), Some(ear)) = (route, place.ear)
            && old != route
        {
            self.ears[ear.place()].forget_voice();
        }
    }

    /// Where a leg listens.
    #[must_use]
    pub fn route_of(&self, slot: u32) -> Route {
        self.slots.get(slot as usize).map_or(Route::Closed, |slot| slot.route)
    }

    /// A new bridge.
    pub fn open_bridge(&mut self) -> BridgeId {
        match self.bridges_free.pop() {
            Some(index) => {
                self.bridges[index as usize] = BridgeMix::new();
                BridgeId(index)
            }
            None => {
                self.bridges.push(BridgeMix::new());
                BridgeId(u32::try_from(self.bridges.len() - 1).unwrap_or(u32::MAX))
            }
        }
    }

    /// Takes a bridge back; no leg may be routed to it any more.
    pub fn close_bridge(&mut self, bridge: BridgeId) {
        if let Some(mix) = self.bridges.get_mut(bridge.0 as usize)
            && mix.open
        {
            mix.close();
            self.bridges_free.push(bridge.0);
        }
    }

    /// Lets all on a bridge hear these, one after the other, from that tick on or after what they are hearing already;
    /// `false`, and nothing is heard, when that would be more than `patience_ticks` later.
    pub fn announce(
        &mut self,
        bridge: BridgeId,
        pieces: &[Piece],
        from_tick: u64,
        patience_ticks: u64,
    ) -> bool {
        let Some(mix) = self.bridges.get_mut(bridge.0 as usize).filter(|mix| mix.open) else {
            return false;
        };
        if mix.announced_until() > from_tick.saturating_add(patience_ticks) {
            return false;
        }
        for &piece in pieces {
            let frames = frames_of(&self.sounds, &self.names, piece);
            let sound = match piece {
                Piece::Prompt(prompt) => Announcement::Prompt(prompt),
                Piece::Tone(tone) => Announcement::Tone(tone),
                Piece::Name(name) => match self.names.get(name) {
                    Some(name) => Announcement::Name(Arc::clone(name)),
                    None => continue,
                },
            };
            mix.announce(sound, frames, from_tick);
        }
        true
    }

    /// Frames in a piece; none in a name that is no longer kept.
    #[must_use]
    pub fn frames_of(&self, piece: Piece) -> u64 {
        frames_of(&self.sounds, &self.names, piece)
    }

    /// From the next tick on a leg's voice is its name, up to
    /// [`NAME_FRAMES_MAX`](crate::domain::limits::NAME_FRAMES_MAX). What it said before is not.
    pub fn begin_name(&mut self, slot: u32) {
        if let Some(ear) = self.slots.get(slot as usize).and_then(|place| place.ear) {
            self.ears[ear.place()].forget_voice();
        }
        self.names.begin(slot);
    }

    /// The name that a leg has said since [`Plane::begin_name`], without the quiet around it; `None` when it said
    /// nothing. It is kept until [`Plane::forget_name`].
    pub fn end_name(&mut self, slot: u32) -> Option<NameId> {
        self.names.end(slot)
    }

    /// In place of [`Plane::end_name`]: a silent name of that length.
    pub fn end_name_silent(&mut self, slot: u32, frames: usize) -> Option<NameId> {
        self.names.give_up(slot);
        self.names.keep_silent(frames)
    }

    /// Forgets a name. Where it is being announced it is heard to its end.
    pub fn forget_name(&mut self, name: NameId) {
        self.names.forget(name);
    }

    /// How many names are kept.
    #[must_use]
    pub fn names(&self) -> usize {
        self.names.count()
    }

    /// Takes one frame that a leg sent, for the next tick. Beyond
    /// [`FRAMES_WAITING_MAX`](crate::domain::limits::FRAMES_WAITING_MAX) the oldest is dropped.
    pub fn hear(&mut self, slot: u32, frame: &Frame) {
        let Some(place) = self.slots.get_mut(slot as usize) else { return };
        if place.route == Route::Closed {
            return;
        }
        let ear = match place.ear {
            Some(ear) => ear,
            None => {
                let ear = take_ear(&mut self.ears, &mut self.ears_free, slot);
                place.ear = Some(ear);
                ear
            }
        };
        if !self.ears[ear.place()].push(frame) {
            self.counts.frames_dropped += 1;
        }
    }

    /// Whether a tick would do anything: some leg hears more than silence, or sends.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.sounding > 0 || self.ears.len() > self.ears_free.len()
    }

    /// First half of a tick: takes one frame of each leg that sends, and finds the keys pressed in them.
    pub fn listen(&mut self, mut found: impl FnMut(LegId, Digit)) {
        for index in 0..self.ears.len() {
            let ear = &mut self.ears[index];
            let Some(slot) = ear.slot else { continue };
            let listened = ear.listen();
            self.names.hear(slot, ear.voice());
            match listened {
                Listened::Frame(None) => {}
                Listened::Frame(Some(digit)) => {
                    if let Some(leg) = self.slots[slot as usize].leg {
                        found(leg, digit);
                    }
                }
                Listened::Nothing => self.counts.frames_missing += 1,
                Listened::NothingForLong => {
                    let ear = self.slots[slot as usize].ear.take();
                    if let Some(ear) = ear {
                        self.give_back(ear);
                    }
                }
            }
        }
    }

    /// Second half of a tick: sums each bridge and makes what each leg hears ready for [`Plane::poll_audio`].
    pub fn mix(&mut self, tick: u64) {
        self.tick = tick;
        self.cursor = 0;
        for bridge in self.bridges.iter_mut().filter(|bridge| bridge.open) {
            bridge.begin(tick, &self.sounds);
        }
        for ear in &self.ears {
            if let Some(bridge) = speaks_on(&self.slots, ear) {
                self.bridges[bridge.0 as usize].sum.add(ear.voice());
            }
        }
        for bridge in self.bridges.iter_mut().filter(|bridge| bridge.open) {
            bridge.sum.write_all(&mut bridge.heard_by_all);
        }
        for ear in &mut self.ears {
            if let Some(bridge) = speaks_on(&self.slots, ear) {
                ear.hear_without_own(&self.bridges[bridge.0 as usize].sum);
            }
        }
    }

    /// What the next leg hears in this tick, with its slot and in their order; `None` when all have had theirs.
    pub fn poll_audio(&mut self) -> Option<(u32, LegId, Sound<'_>)> {
        while let Some(&slot) = self.slots.get(self.cursor) {
            self.cursor += 1;
            let Some(leg) = slot.leg else { continue };
            let sound = match slot.route {
                Route::Closed => continue,
                Route::Silence => Sound::Shared(SILENCE),
                Route::Music => Sound::Shared(MUSIC),
                Route::Piece(piece, from_tick) => {
                    let at = (self.tick as u32).wrapping_sub(from_tick) as usize;
                    let frame = match piece {
                        Piece::Prompt(prompt) => self.sounds.prompt(prompt).frame(at),
                        Piece::Tone(tone) => self.sounds.tone(tone).frame(at),
                        Piece::Name(name) => (self.names.get(name))
                            .filter(|name| name.write(at, &mut self.name_frame))
                            .map(|_| &self.name_frame),
                    };
                    frame.map_or(Sound::Shared(SILENCE), Sound::Own)
                }
                Route::Bridge(bridge) => match slot.ear.map(|ear| &self.ears[ear.place()]) {
                    Some(ear) if ear.speaks => Sound::Own(&ear.heard),
                    Some(_) | None => Sound::Shared(FrameId(FIRST_BRIDGE + bridge.0)),
                },
                Route::BridgeOnly(bridge) => Sound::Shared(FrameId(FIRST_BRIDGE + bridge.0)),
            };
            return Some((slot_of(self.cursor - 1), leg, sound));
        }
        None
    }

    /// The frame behind a [`FrameId`] of this tick; silence for one of another tick's bridges that is gone.
    #[must_use]
    pub fn frame(&self, id: FrameId) -> &Frame {
        match id {
            SILENCE => &Frame::SILENCE,
            MUSIC => self.sounds.hold_music().looped(self.tick),
            FrameId(bridge) => self
                .bridges
                .get((bridge - FIRST_BRIDGE) as usize)
                .map_or(&Frame::SILENCE, |bridge| &bridge.heard_by_all),
        }
    }

    /// Everyone on a bridge together in this tick: what a recording keeps.
    #[must_use]
    pub fn everyone_on(&self, bridge: BridgeId) -> &Frame {
        self.frame(FrameId(FIRST_BRIDGE + bridge.0))
    }

    /// Whether a leg's voice is in the sum of this bridge in this tick.
    #[must_use]
    pub fn feeds(&self, slot: u32) -> Option<BridgeId> {
        let ear = self.slots.get(slot as usize)?.ear?;
        speaks_on(&self.slots, &self.ears[ear.place()])
    }

    /// How loud a leg's voice is on its bridge in this tick, if it is heard there.
    #[must_use]
    pub fn voice_dbm0(&self, slot: u32) -> Option<f64> {
        let ear = &self.ears[self.slots.get(slot as usize)?.ear?.place()];
        speaks_on(&self.slots, ear).and_then(|_bridge| level_dbm0(&ear.voice().0))
    }

    /// The sounds it plays.
    #[must_use]
    pub fn sounds(&self) -> &Arc<Sounds> {
        &self.sounds
    }

    /// What was not as it should be.
    #[must_use]
    pub fn counts(&self) -> PlaneCounts {
        self.counts
    }

    fn give_back(&mut self, ear: EarIndex) {
        self.ears[ear.place()].slot = None;
        self.ears[ear.place()].speaks = false;
        self.ears_free.push(ear.0.get() - 1);
    }
}

const SILENCE: FrameId = FrameId(0);
const MUSIC: FrameId = FrameId(1);
const FIRST_BRIDGE: u32 = 2;

impl EarIndex {
    fn place(self) -> usize {
        self.0.get() as usize - 1
    }
}

fn take_ear(ears: &mut Vec<Ear>, free: &mut Vec<u32>, slot: u32) -> EarIndex {
    let index = match free.pop() {
        Some(index) => index,
        None => {
            ears.push(Ear::new());
            u32::try_from(ears.len() - 1).expect("there are no more ears than slots")
        }
    };
    let mut ear = Ear::new();
    ear.slot = Some(slot);
    ears[index as usize] = ear;
    EarIndex(std::num::NonZeroU32::MIN.saturating_add(index))
}

fn speaks_on(slots: &[Slot], ear: &Ear) -> Option<BridgeId> {
    match (ear.speaks, slots[ear.slot? as usize].route) {
        (true, Route::Bridge(bridge)) => Some(bridge),
        (false, Route::Bridge(_))
        | (
            _,
            Route::Closed | Route::Silence | Route::Music | Route::Piece(..) | Route::BridgeOnly(_),
        ) => None,
    }
}

fn frames_of(sounds: &Sounds, names: &Names, piece: Piece) -> u64 {
    let frames = match piece {
        Piece::Prompt(prompt) => sounds.prompt(prompt).frames().len(),
        Piece::Tone(tone) => sounds.tone(tone).frames().len(),
        Piece::Name(name) => names.get(name).map_or(0, |name| name.frames()),
    };
    frames as u64
}

fn slot_of(place: usize) -> u32 {
    u32::try_from(place).expect("slots are numbers of 32 bits")
}

fn is_sound(route: Route) -> bool {
    match route {
        Route::Closed | Route::Silence => false,
        Route::Music | Route::Piece(..) | Route::Bridge(_) | Route::BridgeOnly(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::limits::FRAMES_WAITING_MAX;
    use crate::media::ear::EAR_IDLE_TICKS;

    fn plane() -> Plane {
        Plane::new(Arc::new(Sounds::synthetic()), 4)
    }

    fn heard(plane: &mut Plane, tick: u64) -> Vec<Frame> {
        plane.listen(|_leg, _digit| {});
        plane.mix(tick);
        let mut out = Vec::new();
        let mut shared = Vec::new();
        while let Some((_slot, leg, sound)) = plane.poll_audio() {
            match sound {
                Sound::Own(frame) => out.push((leg, *frame)),
                Sound::Shared(id) => shared.push((leg, id)),
            }
        }
        out.extend(shared.into_iter().map(|(leg, id)| (leg, *plane.frame(id))));
        out.sort_by_key(|(leg, _)| *leg);
        out.into_iter().map(|(_, frame)| frame).collect()
    }

    /// What is said in the lobby in the very tick of the admission, and just before it, stays out of the meeting.
    #[test]
    fn what_was_said_before_the_admission_is_not_heard() {
        let mut plane = plane();
        let bridge = plane.open_bridge();
        plane.open(0, LegId::new(1));
        plane.open(1, LegId::new(2));
        plane.route(0, Route::Bridge(bridge));
        plane.route(1, Route::Music);
        let (before, after) = (Frame([1_000; Frame::SAMPLES]), Frame([2_000; Frame::SAMPLES]));
        for tick in 0..5 {
            plane.hear(1, &before);
            heard(&mut plane, tick);
        }
        plane.route(1, Route::Bridge(bridge));
        let mut told = Vec::new();
        for tick in 5..12 {
            plane.hear(1, &after);
            told.push(heard(&mut plane, tick)[0].0[0]);
        }
        assert_eq!(told, [0, 0, 0, 2_000, 2_000, 2_000, 2_000]);
    }

    #[test]
    fn a_leg_that_falls_silent_gives_its_ear_back() {
        let mut plane = plane();
        plane.open(0, LegId::new(1));
        plane.route(0, Route::Silence);
        assert!(!plane.is_active());
        plane.hear(0, &Frame::SILENCE);
        for tick in 0..u64::from(EAR_IDLE_TICKS) {
            assert!(plane.is_active());
            heard(&mut plane, tick);
        }
        heard(&mut plane, 99);
        assert!(!plane.is_active());
    }

    #[test]
    fn too_many_frames_at_once_drop_the_oldest() {
        let mut plane = plane();
        plane.open(0, LegId::new(1));
        plane.route(0, Route::Silence);
        for _ in 0..FRAMES_WAITING_MAX + 2 {
            plane.hear(0, &Frame::SILENCE);
        }
        assert_eq!(plane.counts().frames_dropped, 2);
    }
}
