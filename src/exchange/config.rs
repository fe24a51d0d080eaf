//! What an exchange is built with.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::directory::Organization;
use crate::domain::settings::DialogueSettings;
use crate::domain::{Language, Languages, PhoneNumber, UtcTime};
use crate::media::sounds::{Sounds, ToneId};

/// What an exchange is built with. The same configuration and the same inputs give the same outputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// The UTC time of [`Uptime::ZERO`](crate::domain::Uptime::ZERO), for what is stored and printed.
    pub epoch: UtcTime,
    /// The languages of the access numbers; a number that is not here has [`Config::language`] alone.
    #[serde(default)]
    pub languages: BTreeMap<PhoneNumber, Languages>,
    /// The bridge's own: in it a meeting is spoken to that an app user starts, who has called no number.
    #[serde(default)]
    pub language: Language,
    /// What tells the sounds apart that it speaks with, as [`Config::sounds_mark`] gives it: a journal replays with the same
    /// ones alone, as it has their lengths from them. `None` where nobody asks.
    #[serde(default)]
    pub sounds: Option<u64>,
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

/// A language is to be spoken for which there are no sounds. Another one would not be understood.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum LanguageError {
    /// A number's.
    #[error(
        "{number} answers in {language}, for which there are no sounds: add them, or give the number other languages"
    )]
    OfNumber {
        /// The number.
        number: PhoneNumber,
        /// The language.
        language: Language,
    },
    /// The bridge's own.
    #[error("the bridge's own language is {0}, for which there are no sounds: add them")]
    OfBridge(Language),
    /// That of a caller who comes from another exchange.
    #[error("a caller is spoken to in {0}, for which there are no sounds: add them")]
    OfCaller(Language),
}

impl Config {
    /// As an organization has it: its numbers with their languages, and how its dialogue goes. Its own language is the first
    /// number's primary one.
    #[must_use]
    pub fn of(organization: &Organization) -> Self {
        let numbers = &organization.access_numbers;
        let first = numbers.first().map(|access| access.languages.primary());
        Self {
            languages: numbers.iter().map(|access| (access.number, access.languages)).collect(),
            language: first.unwrap_or_default(),
            dialogue: organization.settings.dialogue.clone(),
            ..Self::default()
        }
    }

    /// What tells apart the sounds that are heard by this configuration, by their lengths.
    #[must_use]
    pub fn sounds_mark(&self, sounds: &Sounds) -> u64 {
        let spoken: BTreeSet<Language> = self
            .languages
            .values()
            .flat_map(Languages::all)
            .copied()
            .chain([self.language])
            .collect();
        let mut mark = blake3::Hasher::new();
        let mut add = |frames: usize| {
            mark.update(&(frames as u64).to_le_bytes());
        };
        for (spoken_in, clip) in sounds.prompts() {
            if spoken.contains(&spoken_in.language) {
                add(clip.frames().len());
            }
        }
        ToneId::ALL.into_iter().for_each(|tone| add(sounds.tone(tone).frames().len()));
        mark.finalize().as_bytes().first_chunk().map_or(0, |first| u64::from_le_bytes(*first))
    }

    /// Whether there are sounds for every language that is to be spoken.
    ///
    /// # Errors
    /// The first for which there are none.
    pub fn check(&self, sounds: &Sounds) -> Result<(), LanguageError> {
        for (&number, languages) in &self.languages {
            if let Some(&language) = languages.all().iter().find(|one| !sounds.speaks(**one)) {
                return Err(LanguageError::OfNumber { number, language });
            }
        }
        match sounds.speaks(self.language) {
            true => Ok(()),
            false => Err(LanguageError::OfBridge(self.language)),
        }
    }
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
            language: Language::default(),
            sounds: None,
            dialogue: DialogueSettings::default(),
            legs_max: 10_000,
            sound: SoundMode::Frames,
            trace: Switch::On,
            journal: Switch::On,
            watch: Switch::On,
        }
    }
}
