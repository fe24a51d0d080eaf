//! What a caller is to do, as values.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::keying::Keying;
use crate::domain::{ConferenceId, Digit, PhoneNumber, PromptId, UserId};

/// One caller of a script. Prints its keys only masked: one of them may be keying a PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// By what name the caller goes.
    pub name: String,
    /// How the caller comes to the meeting.
    pub comes: Comes,
    /// The pure tone that is the caller's voice: a multiple of 50 Hz, so that a 20 ms frame tells voices apart.
    pub voice_hz: u32,
    /// When the caller dials.
    pub dials_at: Duration,
    /// What the caller does once the call is answered; after the last deed the caller listens until hung up.
    pub deeds: Vec<Deed>,
}

/// How a caller comes to a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comes {
    /// By phone from this number; `None` when withheld.
    ByPhone(Option<PhoneNumber>),
    /// As this user, signed in to the app, straight to the meeting with that conference ID.
    ByApp(UserId, ConferenceId),
}

/// One thing a caller does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Key these, as tones.
    Keys(Vec<Digit>),
    /// Key these in that manner.
    KeysIn(Vec<Digit>, Keying),
    /// Hold one key for so long.
    HoldKey(Digit, Duration),
    /// Speak for so long.
    Speak(Duration),
    /// Play this, 8 kHz samples, to its end.
    Play(Samples),
    /// Say nothing for so long.
    Wait(Duration),
    /// Say nothing until this is heard; give up and hang up when it has not come in that time.
    Until(Percept, Duration),
    /// Hang up.
    HangUp,
}

/// 8 kHz samples that are played.
#[derive(Clone, PartialEq, Eq)]
pub struct Samples(pub Arc<[i16]>);

impl fmt::Debug for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Samples({})", self.0.len())
    }
}

/// What a caller can tell by ear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Percept {
    /// This prompt has begun.
    Prompt(PromptId),
    /// This prompt has been heard to its end, or to where it was cut.
    PromptOver(PromptId),
    /// Hold music.
    Music,
    /// The voice with that tone.
    Voice(u32),
    /// No voice, and no other sound, for half a second.
    Silence,
}

impl Deed {
    /// Keys from text such as `147852036#`; what is no DTMF digit is left out.
    #[must_use]
    pub fn keys(text: &str) -> Self {
        Self::Keys(text.chars().filter_map(Digit::from_char).collect())
    }
}
