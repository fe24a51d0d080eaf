//! What a leg needs while it sends sound: the frames that wait for a tick, the detector, the delay line that keeps keys
//! from being heard.

use super::dtmf::Detector;
use super::frame::Frame;
use super::mixer::Sum;
use crate::domain::Digit;
use crate::domain::limits::FRAMES_WAITING_MAX;

/// What a leg needs while it sends sound.
#[derive(Debug)]
pub(super) struct Ear {
    pub slot: Option<u32>,
    detector: Detector,
    /// A ring, so that no frame moves: at `place` the voice of this tick, then those held back, then those that wait.
    frames: [Frame; RING],
    place: usize,
    waiting: usize,
    /// Whether there is any sound in the voice of this tick.
    pub speaks: bool,
    missing: u32,
    pub heard: Frame,
}

/// Frames a voice is held back, so that a key can be blanked before anyone hears its beginning: as long as the detector
/// takes to be sure of one.
const DELAY_FRAMES: usize = 3;

/// The voice of this tick, those held back, those that wait; a power of two.
const RING: usize = (1 + DELAY_FRAMES + FRAMES_WAITING_MAX).next_power_of_two();

/// Ticks without a frame after which a leg counts as one that only listens, and its ear goes back to the pool.
pub(super) const EAR_IDLE_TICKS: u32 = 50;

/// Ticks without a frame after which a tone that goes on is a new key.
const DETECTOR_RESET_TICKS: u32 = 5;

/// What came of one tick.
pub(super) enum Listened {
    Frame(Option<Digit>),
    Nothing,
    NothingForLong,
}

impl Ear {
    pub(super) fn new() -> Self {
        Self {
            slot: None,
            detector: Detector::new(),
            frames: [Frame::SILENCE; RING],
            place: 0,
            waiting: 0,
            speaks: false,
            missing: 0,
            heard: Frame::SILENCE,
        }
    }

    /// `false` when the oldest frame had to go.
    pub(super) fn push(&mut self, frame: &Frame) -> bool {
        let fits = self.waiting < FRAMES_WAITING_MAX;
        if fits {
            self.waiting += 1;
        } else {
            for place in 1..FRAMES_WAITING_MAX {
                *self.frame(DELAY_FRAMES + place) = *self.frame(DELAY_FRAMES + place + 1);
            }
        }
        *self.frame(DELAY_FRAMES + self.waiting) = *frame;
        fits
    }

    /// What leaves the delay line in this tick.
    pub(super) fn voice(&self) -> &Frame {
        &self.frames[self.place]
    }

    /// Moves the delay line on by one frame. A frame that is missing takes no time for the detector, so that a key
    /// with a hole in it stays one key.
    pub(super) fn listen(&mut self) -> Listened {
        self.place = (self.place + 1) % RING;
        let listened = match self.waiting.checked_sub(1) {
            Some(waiting) => {
                (self.waiting, self.missing) = (waiting, 0);
                let came = (self.place + DELAY_FRAMES) % RING;
                let ear = self.detector.hear(&self.frames[came]);
                if ear.suspect || ear.pressed.is_some() {
                    self.forget_voice();
                }
                Listened::Frame(ear.pressed)
            }
            None => {
                *self.frame(DELAY_FRAMES) = Frame::SILENCE;
                self.missing += 1;
                if self.missing == DETECTOR_RESET_TICKS {
                    self.detector = Detector::new();
                }
                match self.missing {
                    ..EAR_IDLE_TICKS => Listened::Nothing,
                    EAR_IDLE_TICKS.. => Listened::NothingForLong,
                }
            }
        };
        self.speaks = *self.voice() != Frame::SILENCE;
        listened
    }

    /// Takes what one hears of a bridge on which one speaks.
    pub(super) fn hear_without_own(&mut self, sum: &Sum) {
        sum.mix_minus(&self.frames[self.place], &mut self.heard);
    }

    pub(super) fn forget_voice(&mut self) {
        for place in 0..=DELAY_FRAMES {
            *self.frame(place) = Frame::SILENCE;
        }
        self.speaks = false;
    }

    /// The frame so many after the voice of this tick.
    fn frame(&mut self, after: usize) -> &mut Frame {
        &mut self.frames[(self.place + after) % RING]
    }
}
