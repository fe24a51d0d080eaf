//! Scripted callers: what one does, and what one hears. Sans-IO like the exchange: a frame in, a frame out.
//!
//! A caller knows nothing of the bridge but its sound. Keys go out as tones, a voice is a pure tone of one's own, and
//! what is heard is told from samples alone: which prompt, music, silence, whose voice.

mod ear;
mod keying;
mod script;
mod sound_index;
pub mod story;
mod voices;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::domain::Digit;
use crate::media::Frame;
use crate::media::tone::Tone;

use keying::KeySignal;

pub use ear::{Ear, Heard, Impression};
pub use keying::{Keying, Variant};
pub use script::{Comes, Deed, Percept, Samples, Script};
pub use sound_index::SoundIndex;
pub use voices::Voices;

/// One caller in a call: a script being played, an ear, and what is being sent.
#[derive(Debug)]
pub struct Caller {
    name: String,
    voice: Tone,
    deeds: VecDeque<Deed>,
    ear: Ear,
    doing: Doing,
    outcome: Outcome,
    /// Nothing of what the caller says is sent; keys are.
    muted: bool,
}

/// What a caller sends in return for a frame.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a frame is handed on at once; a box for it would cost more"
)]
pub enum Act {
    /// This frame: voice, key tone or silence.
    Send(Frame),
    /// Nothing more: the caller hangs up.
    HangUp,
}

/// How far a caller has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The script goes on, or the caller only listens.
    Going,
    /// Everything in the script has been done.
    Done,
    /// What the caller waited for did not come in time.
    GaveUp(Percept),
}

#[derive(Debug)]
enum Doing {
    Nothing,
    Waiting { frames: u64 },
    Keying { tone: KeySignal, then: VecDeque<Digit>, keying: Keying },
    Speaking { frames: u64 },
    Playing { samples: Samples, place: usize },
    Listening { percept: Percept, patience_frames: u64 },
}

/// The level at which a caller speaks.
pub const VOICE_LEVEL_DBM0: f64 = -16.0;

impl Caller {
    /// A caller who is about to dial. `index` knows the bridge's sounds, `voices` the tones of all callers.
    #[must_use]
    pub fn new(script: &Script, index: Arc<SoundIndex>, voices: Arc<Voices>) -> Self {
        Self {
            name: script.name.clone(),
            voice: Tone::new(f64::from(script.voice_hz), VOICE_LEVEL_DBM0),
            deeds: script.deeds.iter().cloned().collect(),
            ear: Ear::new(index, voices),
            doing: Doing::Nothing,
            outcome: Outcome::Going,
            muted: false,
        }
    }

    /// Has the caller do this too, after everything else.
    pub fn then(&mut self, deed: Deed) {
        self.deeds.push_back(deed);
        if self.outcome == Outcome::Done {
            self.outcome = Outcome::Going;
        }
    }

    /// Whether everything has been done and sent.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.deeds.is_empty() && matches!(self.doing, Doing::Nothing)
    }

    /// Mutes the telephone, or lets it send again what the caller says.
    pub fn mute(&mut self, muted: bool) {
        self.muted = muted;
    }

    /// By what name the script knows the caller.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What was heard so far.
    #[must_use]
    pub fn ear(&self) -> &Ear {
        &self.ear
    }

    /// How far the caller has come.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// Takes the frame heard in one tick and gives what is sent in return. Call it once a tick from the answer on.
    pub fn tick(&mut self, heard: &Frame) -> Act {
        self.ear.hear(heard);
        let mut frame = Frame::SILENCE;
        loop {
            match self.send(&mut frame) {
                Sent::Frame => return Act::Send(frame),
                Sent::Ready => match self.deeds.pop_front() {
                    Some(Deed::HangUp) => {
                        self.outcome = match &self.outcome {
                            Outcome::Going | Outcome::Done => Outcome::Done,
                            Outcome::GaveUp(percept) => Outcome::GaveUp(percept.clone()),
                        };
                        return Act::HangUp;
                    }
                    Some(deed) => self.begin(deed),
                    None => {
                        if self.outcome == Outcome::Going {
                            self.outcome = Outcome::Done;
                        }
                        return Act::Send(frame);
                    }
                },
            }
        }
    }

    fn begin(&mut self, deed: Deed) {
        self.doing = match deed {
            Deed::Keys(keys) => press(keys, Keying::default()),
            Deed::KeysIn(keys, keying) => press(keys, keying),
            Deed::HoldKey(digit, on) => press(vec![digit], Keying { on, ..Keying::default() }),
            Deed::Play(samples) => Doing::Playing { samples, place: 0 },
            Deed::Speak(time) => Doing::Speaking { frames: frames(time) },
            Deed::Wait(time) => Doing::Waiting { frames: frames(time) },
            Deed::Until(percept, patience) => {
                Doing::Listening { percept, patience_frames: frames(patience) }
            }
            Deed::HangUp => Doing::Nothing,
        };
    }

    /// Makes the next frame of what is being done, or says that it is over.
    fn send(&mut self, frame: &mut Frame) -> Sent {
        let over = match &mut self.doing {
            Doing::Nothing => true,
            Doing::Waiting { frames } => count_down(frames),
            Doing::Speaking { frames } => {
                let over = count_down(frames);
                if !over {
                    self.voice.fill(frame);
                    silence_if(self.muted, frame);
                }
                over
            }
            Doing::Playing { samples, place } => {
                let rest = samples.0.get(*place..).unwrap_or_default();
                let next = &rest[..rest.len().min(Frame::SAMPLES)];
                frame.0[..next.len()].copy_from_slice(next);
                *place += next.len();
                let over = next.is_empty();
                silence_if(self.muted, frame);
                over
            }
            Doing::Keying { tone, then, keying } => {
                let mut over = !tone.fill(frame);
                if over && let Some(next) = then.pop_front() {
                    *tone = KeySignal::new(next, *keying);
                    over = !tone.fill(frame);
                }
                over
            }
            Doing::Listening { percept, patience_frames } => {
                if self.ear.perceives(percept) {
                    true
                } else if count_down(patience_frames) {
                    self.outcome = Outcome::GaveUp(percept.clone());
                    self.deeds = VecDeque::from([Deed::HangUp]);
                    true
                } else {
                    false
                }
            }
        };
        if over {
            self.doing = Doing::Nothing;
            return Sent::Ready;
        }
        Sent::Frame
    }
}

enum Sent {
    /// A frame was made.
    Frame,
    /// Nothing is being done: the next deed can begin.
    Ready,
}

fn press(keys: Vec<Digit>, keying: Keying) -> Doing {
    let mut then: VecDeque<_> = keys.into();
    match then.pop_front() {
        Some(first) => Doing::Keying { tone: KeySignal::new(first, keying), then, keying },
        None => Doing::Nothing,
    }
}

fn silence_if(muted: bool, frame: &mut Frame) {
    if muted {
        *frame = Frame::SILENCE;
    }
}

/// Whole frames in that time.
fn frames(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX) / Frame::MICROS
}

/// `true` when none was left.
fn count_down(frames: &mut u64) -> bool {
    match frames.checked_sub(1) {
        Some(left) => {
            *frames = left;
            false
        }
        None => true,
    }
}
