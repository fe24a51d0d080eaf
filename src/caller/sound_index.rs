//! Knows every frame of the bridge's sounds by its samples.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use crate::domain::Spoken;
use crate::media::Frame;
use crate::media::sounds::{Sounds, ToneId};

/// Where a frame comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A prompt, and the place in it.
    Prompt(Spoken, u32),
    /// Hold music, and the place in it.
    Music(u32),
    /// One of the short tones, and the place in it.
    Tone(ToneId, u32),
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
        for (place, frame) in (0..).zip(sounds.hold_music().frames()) {
            by_frame.entry(*frame).or_insert(Source::Music(place));
        }
        for tone in ToneId::ALL {
            for (place, frame) in (0..).zip(sounds.tone(tone).frames()) {
                if *frame != Frame::SILENCE {
                    by_frame.entry(*frame).or_insert(Source::Tone(tone, place));
                }
            }
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

    /// The frame that follows on this one where it comes from; `None` at its end, which music has none of.
    pub(super) fn next(&self, source: Source) -> Option<(Source, &Frame)> {
        Some(match source {
            Source::Prompt(spoken, place) => {
                let frame = self.sounds.prompt(spoken).frame(place as usize + 1)?;
                (Source::Prompt(spoken, place + 1), frame)
            }
            Source::Tone(tone, place) => {
                let frame = self.sounds.tone(tone).frame(place as usize + 1)?;
                (Source::Tone(tone, place + 1), frame)
            }
            Source::Music(place) => {
                let frames = self.sounds.hold_music().frames();
                let next = (place as usize + 1) % frames.len();
                (Source::Music(u32::try_from(next).unwrap_or(0)), &frames[next])
            }
        })
    }
}
