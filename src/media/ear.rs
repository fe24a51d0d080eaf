//! What a leg needs while it sends sound: the frames that wait for a tick, the detector, the delay line that keeps keys
//! from being heard.

use super::dtmf::Detector;
use super::frame::Frame;
use crate::domain::Digit;
use crate::domain::limits::FRAMES_WAITING_MAX;

/// What a leg needs while it sends sound.
#[derive(Debug)]
pub(super) struct Ear {
    pub slot: Option<u32>,
    detector: Detector,
    waiting: [Frame; FRAMES_WAITING_MAX],
    waiting_count: usize,
    /// Frames held back so that a key can be blanked before anyone hears its beginning; the oldest first.
    held: [Frame; DELAY_FRAMES],
    /// What leaves the delay line in this tick, and whether there is any sound in it.
    pub voice: Frame,
    pub speaks: bool,
    missing: u32,
    pub heard: Frame,
}

/// Frames a voice is held back: as long as the detector takes to be sure of a key.
const DELAY_FRAMES: usize = 3;

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
            waiting: [Frame::SILENCE; FRAMES_WAITING_MAX],
            waiting_count: 0,
            held: [Frame::SILENCE; DELAY_FRAMES],
            voice: Frame::SILENCE,
            speaks: false,
            missing: 0,
            heard: Frame::SILENCE,
        }
    }

    /// `false` when the oldest frame had to go.
    pub(super) fn push(&mut self, frame: &Frame) -> bool {
        let fits = self.waiting_count < FRAMES_WAITING_MAX;
        if !fits {
            self.waiting.rotate_left(1);
            self.waiting_count -= 1;
        }
        self.waiting[self.waiting_count] = *frame;
        self.waiting_count += 1;
        fits
    }

    /// Moves the delay line on by one frame. A frame that is missing takes no time for the detector, so that a key
    /// with a hole in it stays one key.
    pub(super) fn listen(&mut self) -> Listened {
        let frame = (self.waiting_count > 0).then(|| {
            let frame = self.waiting[0];
            self.waiting.rotate_left(1);
            self.waiting_count -= 1;
            frame
        });
        self.voice = self.held[0];
        self.held.rotate_left(1);
        self.held[DELAY_FRAMES - 1] = frame.unwrap_or(Frame::SILENCE);
        let listened = match frame {
            Some(frame) => {
                self.missing = 0;
                let ear = self.detector.hear(&frame);
                if ear.suspect || ear.pressed.is_some() {
                    self.forget_voice();
                }
                Listened::Frame(ear.pressed)
            }
            None => {
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
        self.speaks = self.voice != Frame::SILENCE;
        listened
    }

    pub(super) fn forget_voice(&mut self) {
        self.held = [Frame::SILENCE; DELAY_FRAMES];
        self.voice = Frame::SILENCE;
        self.speaks = false;
    }
}
