//! What one caller hears, told from samples alone.

use std::sync::Arc;

use super::script::Percept;
use super::sound_index::{SoundIndex, Source};
use super::voices::Voices;
use crate::domain::{PromptId, Spoken};
use crate::media::Frame;
use crate::media::sounds::ToneId;

/// What is heard in one frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Digital silence.
    Silence,
    /// This prompt in that language.
    Prompt(Spoken),
    /// Hold music.
    Music,
    /// One of the short tones.
    Tone(ToneId),
    /// These voices together, in the order in which the ear knows them; none of those known when empty: another sound.
    Voices(Vec<u32>),
}

impl Heard {
    /// Whether it is this prompt, in whichever language.
    #[must_use]
    pub fn is_prompt(&self, prompt: PromptId) -> bool {
        match self {
            Self::Prompt(spoken) => spoken.prompt == prompt,
            Self::Silence | Self::Music | Self::Tone(_) | Self::Voices(_) => false,
        }
    }
}

/// Something heard for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impression {
    /// What.
    pub heard: Heard,
    /// The first frame of it, counted from the answer.
    pub from_frame: u64,
    /// For how many frames.
    pub frames: u64,
}

/// One caller's ear: a memory of all that was heard, in order.
#[derive(Debug)]
pub struct Ear {
    index: Arc<SoundIndex>,
    voices: Arc<Voices>,
    /// Where the last frame came from, if it was of the bridge's sounds.
    source: Option<Source>,
    frames: u64,
    impressions: Vec<Impression>,
}

/// Frames for which a voice must be heard to count: a passing tone is nobody's voice.
const VOICE_FRAMES_MIN: u64 = 10;

/// Frames without any sound that count as silence.
const SILENCE_FRAMES_MIN: u64 = 25;

impl Ear {
    /// An ear that knows the bridge's sounds and the voices it may meet.
    #[must_use]
    pub fn new(index: Arc<SoundIndex>, voices: Arc<Voices>) -> Self {
        Self { index, voices, source: None, frames: 0, impressions: Vec::new() }
    }

    /// Takes one frame.
    pub fn hear(&mut self, frame: &Frame) {
        let heard = self.tell(frame);
        let from_frame = self.frames;
        self.frames += 1;
        match self.impressions.last_mut() {
            Some(last) if last.heard == heard => last.frames += 1,
            Some(_) | None => {
                self.impressions.push(Impression { heard, from_frame, frames: 1 });
            }
        }
    }

    /// All that was heard, in order.
    #[must_use]
    pub fn impressions(&self) -> &[Impression] {
        &self.impressions
    }

    /// Whether this is being heard, or was the last thing heard.
    #[must_use]
    pub fn perceives(&self, percept: &Percept) -> bool {
        let Some(last) = self.impressions.last() else { return false };
        match percept {
            Percept::Prompt(prompt) => last.heard.is_prompt(*prompt),
            Percept::PromptOver(prompt) => self
                .impressions
                .iter()
                .rev()
                .skip_while(|impression| impression.heard == Heard::Silence)
                .map(|impression| &impression.heard)
                .position(|heard| heard.is_prompt(*prompt))
                .is_some_and(|place| place > 0 || last.heard == Heard::Silence),
            Percept::Music => last.heard == Heard::Music,
            Percept::Voice(hz) => match &last.heard {
                Heard::Voices(voices) => voices.contains(hz) && last.frames >= VOICE_FRAMES_MIN,
                Heard::Silence | Heard::Prompt(_) | Heard::Music | Heard::Tone(_) => false,
            },
            Percept::Silence => last.heard == Heard::Silence && last.frames >= SILENCE_FRAMES_MIN,
        }
    }

    fn tell(&mut self, frame: &Frame) -> Heard {
        let follows = self.source.and_then(|source| self.index.next(source));
        self.source = match follows {
            Some((source, next)) if next == frame => Some(source),
            Some(_) | None if *frame == Frame::SILENCE => None,
            Some(_) | None => self.index.source(frame),
        };
        match self.source {
            Some(Source::Prompt(prompt, _)) => Heard::Prompt(prompt),
            Some(Source::Music(_)) => Heard::Music,
            Some(Source::Tone(tone, _)) => Heard::Tone(tone),
            None if *frame == Frame::SILENCE => Heard::Silence,
            None => Heard::Voices(self.voices.in_frame(frame)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Language;
    use crate::media::sounds::Sounds;
    use crate::media::tone::Tone;

    fn ear() -> (Ear, Arc<Sounds>) {
        let sounds = Arc::new(Sounds::synthetic());
        let index = Arc::new(SoundIndex::new(Arc::clone(&sounds)));
        (Ear::new(index, Arc::new(Voices::new([500, 750, 1050]))), sounds)
    }

    #[test]
    fn prompts_music_and_silence_are_told_by_their_samples() {
        let (mut ear, sounds) = ear();
        let welcome = Spoken { language: Language::DeDe, prompt: PromptId::Welcome };
        for frame in sounds.prompt(welcome).frames() {
            ear.hear(frame);
        }
        ear.hear(&Frame::SILENCE);
        assert!(ear.perceives(&Percept::PromptOver(PromptId::Welcome)));
        ear.hear(sounds.hold_music().looped(33));
        let heard: Vec<_> = ear.impressions().iter().map(|heard| heard.heard.clone()).collect();
        assert_eq!(heard, [Heard::Prompt(welcome), Heard::Silence, Heard::Music]);
    }

    #[test]
    fn voices_are_told_apart_in_one_frame() {
        let (mut ear, _) = ear();
        let (mut low, mut high) = (Tone::new(500.0, -16.0), Tone::new(1050.0, -16.0));
        let (mut frame, mut other) = (Frame::SILENCE, Frame::SILENCE);
        low.fill(&mut frame);
        high.fill(&mut other);
        for (sample, add) in frame.0.iter_mut().zip(other.0) {
            *sample += add;
        }
        ear.hear(&frame);
        assert_eq!(ear.impressions()[0].heard, Heard::Voices(vec![500, 1050]));
    }
}
