//! Knows every frame of the bridge's sounds by its samples.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use crate::domain::Spoken;
use crate::media::Frame;
use crate::media::sounds::Sounds;

/// Where a frame comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A prompt, and the place in it.
    Prompt(Spoken, u32),
    /// Hold music.
    Music,
}

/// Every frame of the prompts and the music, by its samples. Made once and shared by all ears.
#[derive(Debug)]
pub struct SoundIndex {
    sounds: Arc<Sounds>,
    by_frame: HashMap<Frame, Source, BuildHasherDefault<DefaultHasher>>,
}

impl SoundIndex {
    /// Knows these sounds. Silent frames within a prompt belong to it only after one of its others.
    #[must_use]
    pub fn new(sounds: Arc<Sounds>) -> Self {
        let mut by_frame = HashMap::default();
        for frame in sounds.hold_music().frames() {
            by_frame.insert(*frame, Source::Music);
        }
        for (spoken, clip) in sounds.prompts() {
            for (place, frame) in (0..).zip(clip.frames()) {
                if *frame != Frame::SILENCE {
                    by_frame.entry(*frame).or_insert(Source::Prompt(spoken, place));
                }
            }
        }
        Self { sounds, by_frame }
    }

    pub(super) fn source(&self, frame: &Frame) -> Option<Source> {
        self.by_frame.get(frame).copied()
    }

    pub(super) fn prompt_frame(&self, prompt: Spoken, place: u32) -> Option<&Frame> {
        self.sounds.prompt(prompt).frame(place as usize)
    }
}
