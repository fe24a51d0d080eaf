//! What is said into a telephone: nothing, a test tone, or something recorded.

use std::sync::Arc;

use crate::media::Frame;
use crate::media::tone::Tone;

/// The level of the test tone.
const TONE_DBM0: f64 = -16.0;

/// The pitch of the test tone: no key has it, and no dial tone.
const TONE_HZ: f64 = 1_004.0;

/// What is being said.
#[derive(Debug)]
pub enum Voice {
    /// Nothing.
    Quiet,
    /// The test tone, until something else is said.
    Tone(Tone),
    /// These frames, once.
    Recorded {
        /// What there is.
        frames: Arc<[Frame]>,
        /// Which is next.
        place: usize,
    },
}

impl Voice {
    /// The test tone.
    #[must_use]
    pub fn tone() -> Self {
        Self::Tone(Tone::new(TONE_HZ, TONE_DBM0))
    }

    /// Something recorded: 8 kHz samples.
    #[must_use]
    pub fn recorded(frames: Arc<[Frame]>) -> Self {
        Self::Recorded { frames, place: 0 }
    }

    /// The next 20 ms; silence when nothing is said, or no more.
    pub fn next_frame(&mut self) -> Frame {
        let mut frame = Frame::SILENCE;
        match self {
            Self::Quiet => {}
            Self::Tone(tone) => tone.fill(&mut frame),
            Self::Recorded { frames, place } => match frames.get(*place) {
                Some(next) => {
                    frame = *next;
                    *place += 1;
                }
                None => *self = Self::Quiet,
            },
        }
        frame
    }

    /// Whether anything is being said.
    #[must_use]
    pub fn speaks(&self) -> bool {
        !matches!(self, Self::Quiet)
    }
}
