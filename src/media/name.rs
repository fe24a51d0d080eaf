//! Names that callers say on coming in: taken from the voice, kept in G.711, played as they were said.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::frame::Frame;
use super::g711::{Law, compress_frame, expand_frame};
use super::level::level_dbm0;
use crate::domain::limits::NAME_FRAMES_MAX;

/// A name that a plane keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameId(u32);

/// A name as somebody said it: some 8 kB a second.
#[derive(Debug)]
pub struct Name {
    frames: usize,
    /// One code a sample (G.711 μ-law); empty when only the length is known, and then it is silent.
    codes: Box<[[u8; Frame::SAMPLES]]>,
}

/// Below this a frame counts as saying nothing.
const FAINTEST_DBM0: f64 = -45.0;

/// Frames kept before and after what is said, so that no soft sound is cut off.
const EDGE_FRAMES: usize = 5;

impl Name {
    /// What was said, without the quiet around it; `None` when nothing was.
    fn of(voice: &[Frame]) -> Option<Self> {
        let loud = |frame: &Frame| level_dbm0(&frame.0).is_some_and(|level| level > FAINTEST_DBM0);
        let first = voice.iter().position(loud)?.saturating_sub(EDGE_FRAMES);
        let last = voice.iter().rposition(loud)?;
        let said = &voice[first..voice.len().min(last + 1 + EDGE_FRAMES)];
        let codes = said.iter().map(|frame| {
            let mut codes = [0; Frame::SAMPLES];
            compress_frame(Law::Mu, frame, &mut codes);
            codes
        });
        Some(Self { frames: said.len(), codes: codes.collect() })
    }

    /// A name of which only the length is known; `None` when it has none.
    fn silent(frames: usize) -> Option<Self> {
        (frames > 0).then(|| Self { frames, codes: Box::default() })
    }

    /// How long it is.
    pub(super) fn frames(&self) -> usize {
        self.frames
    }

    /// Writes one frame of it, counted from 0; `false` when it is over.
    pub(super) fn write(&self, place: usize, out: &mut Frame) -> bool {
        match self.codes.get(place) {
            Some(codes) => expand_frame(Law::Mu, codes, out),
            None => *out = Frame::SILENCE,
        }
        place < self.frames
    }
}

/// All names of a plane, and those being said.
#[derive(Debug, Default)]
pub(super) struct Names {
    kept: HashMap<NameId, Arc<Name>>,
    given: u32,
    /// By slot.
    takes: BTreeMap<u32, Vec<Frame>>,
}

impl Names {
    pub(super) fn begin(&mut self, slot: u32) {
        self.takes.insert(slot, Vec::new());
    }

    /// Takes one frame of a leg's voice, if it is saying its name.
    pub(super) fn hear(&mut self, slot: u32, voice: &Frame) {
        if let Some(take) = self.takes.get_mut(&slot)
            && take.len() < NAME_FRAMES_MAX
        {
            take.push(*voice);
        }
    }

    pub(super) fn give_up(&mut self, slot: u32) {
        self.takes.remove(&slot);
    }

    pub(super) fn end(&mut self, slot: u32) -> Option<NameId> {
        let name = Name::of(&self.takes.remove(&slot)?)?;
        Some(self.keep(name))
    }

    pub(super) fn keep_silent(&mut self, frames: usize) -> Option<NameId> {
        Name::silent(frames.min(NAME_FRAMES_MAX)).map(|name| self.keep(name))
    }

    fn keep(&mut self, name: Name) -> NameId {
        self.given = self.given.wrapping_add(1);
        let id = NameId(self.given);
        self.kept.insert(id, Arc::new(name));
        id
    }

    pub(super) fn forget(&mut self, name: NameId) {
        self.kept.remove(&name);
    }

    pub(super) fn get(&self, name: NameId) -> Option<&Arc<Name>> {
        self.kept.get(&name)
    }

    pub(super) fn count(&self) -> usize {
        self.kept.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quiet_around_a_name_is_left_out() {
        let (quiet, loud) = (Frame([20; Frame::SAMPLES]), Frame([3_000; Frame::SAMPLES]));
        let voice =
            [vec![quiet; 60], vec![loud; 10], vec![quiet; 2], vec![loud; 8], vec![quiet; 70]];
        let mut names = Names::default();
        names.begin(4);
        voice.concat().iter().for_each(|frame| names.hear(4, frame));
        let name = names.end(4).unwrap();
        let name = names.get(name).unwrap();
        assert_eq!(name.frames(), 20 + 2 * EDGE_FRAMES);
        let mut out = Frame::SILENCE;
        assert!(name.write(EDGE_FRAMES, &mut out));
        assert!((i32::from(out.0[0]) - 3_000).abs() < 100, "{}", out.0[0]);
        assert!(!name.write(30, &mut out));
        assert_eq!(out, Frame::SILENCE);
    }

    #[test]
    fn quiet_alone_is_no_name_and_no_name_is_longer_than_allowed() {
        let mut names = Names::default();
        names.begin(1);
        for _ in 0..100 {
            names.hear(1, &Frame([20; Frame::SAMPLES]));
        }
        assert_eq!(names.end(1), None);
        names.begin(1);
        for _ in 0..1_000 {
            names.hear(1, &Frame([3_000; Frame::SAMPLES]));
        }
        let name = names.end(1).unwrap();
        assert_eq!(names.get(name).unwrap().frames(), NAME_FRAMES_MAX);
        names.forget(name);
        assert_eq!(names.count(), 0);
    }
}
