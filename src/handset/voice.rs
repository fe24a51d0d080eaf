//! What is said into a telephone: nothing, a test tone, or something recorded.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::media::Frame;
use crate::media::tone::Tone;

/// The level of the test tone.
const TONE_DBM0: f64 = -16.0;

/// The pitch of the test tone: no key has it, and no dial tone.
const TONE_HZ: f64 = 1_004.0;

/// Frames of a person that may wait to be sent; beyond it the oldest is dropped, so that nobody talks ever later.
const PERSON_FRAMES_MAX: usize = 5;

/// What is being said.
#[derive(Clone, Debug)]
pub enum Voice {
    /// Nothing.
    Quiet,
    /// The test tone, until something else is said.
    Tone(Tone),
    /// What a person says into a microphone, as it comes.
    Person(VecDeque<Frame>),
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

    /// A person, who has said nothing yet.
    #[must_use]
    pub fn person() -> Self {
        Self::Person(VecDeque::new())
    }

    /// Takes 20 ms from the microphone, if it is a person who speaks.
    pub fn hear_person(&mut self, frame: Frame) {
        if let Self::Person(frames) = self {
            if frames.len() >= PERSON_FRAMES_MAX {
                frames.pop_front();
            }
            frames.push_back(frame);
        }
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
            Self::Person(frames) => frame = frames.pop_front().unwrap_or_default(),
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_who_is_ahead_loses_the_oldest_and_one_who_is_late_is_silent() {
        let mut voice = Voice::person();
        let frame = |sample| Frame([sample; Frame::SAMPLES]);
        (1..=7).for_each(|sample| voice.hear_person(frame(sample)));
        let said: Vec<i16> = (0..6).map(|_| voice.next_frame().0[0]).collect();
        assert_eq!(said, [3, 4, 5, 6, 7, 0]);
        assert!(!matches!(voice, Voice::Quiet));
        let mut quiet = Voice::Quiet;
        quiet.hear_person(frame(9));
        assert_eq!(quiet.next_frame(), Frame::SILENCE, "nobody listens to the room unasked");
    }
}
