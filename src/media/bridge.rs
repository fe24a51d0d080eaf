//! One mixing point: the sum of who speaks there, and what is announced to all.

use std::collections::VecDeque;
use std::sync::Arc;

use super::frame::Frame;
use super::mixer::Sum;
use super::name::Name;
use super::sounds::{Sounds, ToneId};
use crate::domain::Spoken;

/// A mixing point of the plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BridgeId(pub u32);

/// What there is of a bridge in one tick, and what will be announced on it.
#[derive(Debug)]
pub(super) struct BridgeMix {
    pub open: bool,
    pub sum: Sum,
    pub heard_by_all: Frame,
    announced: VecDeque<Announced>,
    announced_until: u64,
}

/// A sound for all, and the tick of its first frame.
#[derive(Debug)]
pub(super) struct Announced {
    from_tick: u64,
    sound: Announcement,
}

/// What is announced. A name is held, so that it is heard to its end when its owner has gone.
#[derive(Debug)]
pub(super) enum Announcement {
    Tone(ToneId),
    Prompt(Spoken),
    Name(Arc<Name>),
}

impl BridgeMix {
    pub(super) fn new() -> Self {
        Self {
            open: true,
            sum: Sum::default(),
            heard_by_all: Frame::SILENCE,
            announced: VecDeque::new(),
            announced_until: 0,
        }
    }

    pub(super) fn close(&mut self) {
        *self = Self { open: false, ..Self::new() };
    }

    /// The tick at which all that is announced will have been heard.
    pub(super) fn announced_until(&self) -> u64 {
        self.announced_until
    }

    /// Announces this after all that is announced already, and not before that tick.
    pub(super) fn announce(&mut self, sound: Announcement, frames: u64, not_before: u64) {
        let from_tick = self.announced_until.max(not_before);
        self.announced_until = from_tick + frames;
        self.announced.push_back(Announced { from_tick, sound });
    }

    /// Begins a tick's sum with what is announced in it.
    pub(super) fn begin(&mut self, tick: u64, sounds: &Sounds) {
        self.sum.clear();
        while let Some(announced) = self.announced.front() {
            let Some(at) = tick.checked_sub(announced.from_tick) else { return };
            let at = usize::try_from(at).unwrap_or(usize::MAX);
            let mut said = Frame::SILENCE;
            let frame = match &announced.sound {
                Announcement::Tone(tone) => sounds.tone(*tone).frame(at),
                Announcement::Prompt(prompt) => sounds.prompt(*prompt).frame(at),
                Announcement::Name(name) => name.write(at, &mut said).then_some(&said),
            };
            match frame {
                Some(frame) => return self.sum.add(frame),
                None => self.announced.pop_front(),
            };
        }
    }
}
