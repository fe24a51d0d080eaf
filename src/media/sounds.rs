//! The sounds of the bridge: every prompt, the hold music, the tones.

use thiserror::Error;

use super::clip::Clip;
use super::decode::{DecodeError, decode};
use super::frame::Frame;
use super::tone::Tone;
use crate::domain::{Language, PromptId, Spoken};

/// Every sound an exchange can play.
#[derive(Debug)]
pub struct Sounds {
    /// By language; empty for one that is not loaded.
    prompts: [Box<[Clip]>; Language::ALL.len()],
    hold_music: Clip,
    tones: [Clip; ToneId::ALL.len()],
}

/// The short tones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ToneId {
    /// Someone has come into the meeting.
    Entry,
    /// Someone has left it.
    Exit,
    /// The recording of a name begins.
    Record,
    /// Someone has been let in.
    Admit,
}

/// Why the sounds cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SoundsError {
    /// A file cannot be read.
    #[error("sound {name} cannot be read: {why}; put it back, or leave out your own sounds")]
    Missing {
        /// Which, as a path within the folder of sounds.
        name: String,
        /// What the system said.
        why: String,
    },
    /// A file is no sound.
    #[error(transparent)]
    Broken(#[from] DecodeError),
    /// The hold music has a silent frame: whoever waits would think the line is dead.
    #[error("sound {name} is silent at {at_ms} ms: whoever waits must hear something all the time")]
    SilentMusic {
        /// Which.
        name: String,
        /// Where.
        at_ms: usize,
    },
}

const MUSIC: &str = "music/hold.wav";

impl ToneId {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Entry, Self::Exit, Self::Record, Self::Admit];

    /// Its name: the file's name without the ending.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Exit => "exit",
            Self::Record => "record",
            Self::Admit => "admit",
        }
    }
}

impl Sounds {
    /// Loads the tones, the music, and the prompts of these languages. `read` gives the bytes of a file by its path within the
    /// folder of sounds, such as `prompts/en-US/welcome.wav`.
    ///
    /// # Errors
    /// The first file that is missing, broken, or hold music with a silent frame; it is named.
    pub fn load(
        read: impl Fn(&str) -> Result<Vec<u8>, String>,
        languages: &[Language],
    ) -> Result<Self, SoundsError> {
        let clip = |name: String| {
            let bytes =
                read(&name).map_err(|why| SoundsError::Missing { name: name.clone(), why })?;
            let samples = decode(bytes, &name)?;
            Clip::from_samples(&samples).ok_or(SoundsError::Broken(DecodeError::Empty { name }))
        };
        let hold_music = clip(MUSIC.to_owned())?;
        if let Some(place) = hold_music.frames().iter().position(|frame| *frame == Frame::SILENCE) {
            return Err(SoundsError::SilentMusic { name: MUSIC.to_owned(), at_ms: place * 20 });
        }
        let tone = |tone: ToneId| clip(format!("tones/{}.wav", tone.name()));
        let tones = [
            tone(ToneId::Entry)?,
            tone(ToneId::Exit)?,
            tone(ToneId::Record)?,
            tone(ToneId::Admit)?,
        ];
        let mut prompts: [Box<[Clip]>; Language::ALL.len()] = Default::default();
        for &language in languages {
            prompts[language as usize] = PromptId::ALL
                .iter()
                .map(|prompt| clip(format!("prompts/{language}/{prompt}.wav")))
                .collect::<Result<_, _>>()?;
        }
        Ok(Self { prompts, hold_music, tones })
    }

    /// Small stand-ins made of tones, for tests that need no words: each prompt 10 frames, the music 50, no two frames
    /// alike.
    #[must_use]
    pub fn synthetic() -> Self {
        let mut hz = 300.0;
        let mut clip = |frames: usize| {
            let mut samples = Vec::with_capacity(frames * Frame::SAMPLES);
            for _ in 0..frames {
                hz += 1.3;
                let mut frame = Frame::SILENCE;
                Tone::new(hz, -20.0).fill(&mut frame);
                samples.extend_from_slice(&frame.0);
            }
            Clip::from_samples(&samples).expect("there is at least one frame")
        };
        Self {
            hold_music: clip(50),
            tones: [clip(10), clip(10), clip(10), clip(10)],
            prompts: Language::ALL.map(|_| PromptId::ALL.iter().map(|_| clip(10)).collect()),
        }
    }

    /// Whether the prompts of that language are loaded.
    #[must_use]
    pub fn speaks(&self, language: Language) -> bool {
        !self.prompts[language as usize].is_empty()
    }

    /// The languages whose prompts are loaded.
    pub fn languages(&self) -> impl Iterator<Item = Language> {
        Language::ALL.into_iter().filter(|&language| self.speaks(language))
    }

    /// One prompt in one language.
    ///
    /// # Panics
    /// When that language is not loaded: whoever speaks it has asked [`Sounds::speaks`].
    #[must_use]
    pub fn prompt(&self, spoken: Spoken) -> &Clip {
        let clip = self.prompts[spoken.language as usize].get(spoken.prompt.index());
        clip.expect("a language is spoken whose prompts are loaded")
    }

    /// Every prompt of every language that is loaded.
    pub fn prompts(&self) -> impl Iterator<Item = (Spoken, &Clip)> {
        Language::ALL.into_iter().flat_map(|language| {
            let clips = PromptId::ALL.iter().zip(&self.prompts[language as usize]);
            clips.map(move |(&prompt, clip)| (Spoken { language, prompt }, clip))
        })
    }

    /// The hold music: played round and round, never silent.
    #[must_use]
    pub fn hold_music(&self) -> &Clip {
        &self.hold_music
    }

    /// One of the tones.
    #[must_use]
    pub fn tone(&self, tone: ToneId) -> &Clip {
        &self.tones[tone as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::wav::encode;

    fn reads(name: &str) -> Result<Vec<u8>, String> {
        match name {
            "prompts/en-US/enter-pin.wav" => Err("no such file".to_owned()),
            "tones/exit.wav" => Ok(b"nonsense".to_vec()),
            _ => Ok(encode(&[100; 400])),
        }
    }

    #[test]
    fn what_is_missing_or_broken_is_named() {
        let error = Sounds::load(reads, &[Language::EnUs]).unwrap_err();
        assert!(error.to_string().contains("tones/exit.wav"), "{error}");
        let error = Sounds::load(|name| reads(&name.replace("exit", "entry")), &[Language::EnUs])
            .unwrap_err();
        assert!(error.to_string().contains("prompts/en-US/enter-pin.wav"), "{error}");
    }

    #[test]
    fn music_with_a_silent_frame_is_refused() {
        let mut samples = [100; 480];
        samples[160..320].fill(0);
        let error = Sounds::load(|_| Ok(encode(&samples)), &[Language::EnUs]).unwrap_err();
        assert_eq!(error, SoundsError::SilentMusic { name: MUSIC.to_owned(), at_ms: 20 });
    }
}
