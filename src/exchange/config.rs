//! What an exchange is built with.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::settings::DialogueSettings;
use crate::domain::{Languages, PhoneNumber, UtcTime};

/// What an exchange is built with. The same configuration and the same inputs give the same outputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// The UTC time of [`Uptime::ZERO`](crate::domain::Uptime::ZERO), for what is stored and printed.
    pub epoch: UtcTime,
    /// The languages of the access numbers; a number that is not here has the default one.
    #[serde(default)]
    pub languages: BTreeMap<PhoneNumber, Languages>,
    /// How the dialogue with each caller goes.
    pub dialogue: DialogueSettings,
    /// Legs it holds at once, at most [`LEGS_MAX`](crate::domain::limits::LEGS_MAX); room for them is kept from the
    /// start. A call beyond them is refused.
    pub legs_max: usize,
    /// Whether there is sound.
    pub sound: SoundMode,
    /// Whether each thing that happens comes out as [`Output::Trace`](super::Output::Trace).
    pub trace: Switch,
    /// Whether each input comes out as [`Output::Journal`](super::Output::Journal).
    pub journal: Switch,
    /// Whether the invariants are checked after every step.
    pub watch: Switch,
}

/// Whether an exchange computes sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SoundMode {
    /// Real sound in frames of 20 ms.
    Frames,
    /// None: prompts are durations, keys are events.
    Durations,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

impl Default for Config {
    /// Real sound, all defaults of the dialogue, 10 000 legs, with trace, journal and watch.
    fn default() -> Self {
        Self {
            epoch: UtcTime::default(),
            languages: BTreeMap::new(),
            dialogue: DialogueSettings::default(),
            legs_max: 10_000,
            sound: SoundMode::Frames,
            trace: Switch::On,
            journal: Switch::On,
            watch: Switch::On,
        }
    }
}
