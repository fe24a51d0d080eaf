//! What a phone heard, kept small: silence and music as lengths, everything else as samples.

use std::sync::Arc;

use crate::media::Frame;
use crate::media::sounds::Sounds;

/// What a phone heard from the answer to the end: one frame a tick, silence where none came.
#[derive(Clone, Debug)]
pub struct Heard {
    sounds: Arc<Sounds>,
    runs: Vec<Run>,
    frames: usize,
}

/// Frames of one kind, one after the other.
#[derive(Clone, Debug)]
enum Run {
    Silence(usize),
    /// So many frames of hold music, the first of which is that tick's.
    Music { from: u64, frames: usize },
    Other(Vec<i16>),
}

impl Heard {
    /// Nothing yet.
    #[must_use]
    pub fn new(sounds: Arc<Sounds>) -> Self {
        Self { sounds, runs: Vec::new(), frames: 0 }
    }

    /// How many frames were heard.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// All of it, 8 kHz.
    #[must_use]
    pub fn samples(&self) -> Vec<i16> {
        let mut samples = Vec::with_capacity(self.frames * Frame::SAMPLES);
        let music = self.sounds.hold_music();
        for run in &self.runs {
            match run {
                Run::Silence(frames) => {
                    samples.resize(samples.len() + frames * Frame::SAMPLES, 0);
                }
                Run::Music { from, frames } => {
                    for tick in *from..from + *frames as u64 {
                        samples.extend_from_slice(&music.looped(tick).0);
                    }
                }
                Run::Other(other) => samples.extend_from_slice(other),
            }
        }
        samples
    }

    /// One more frame, of that tick of the exchange: which frame of the music is heard is a function of it.
    pub(super) fn push(&mut self, frame: &Frame, tick: u64) {
        self.frames += 1;
        let silent = *frame == Frame::SILENCE;
        let music = !silent && self.sounds.hold_music().looped(tick) == frame;
        match self.runs.last_mut() {
            Some(Run::Silence(frames)) if silent => *frames += 1,
            Some(Run::Music { from, frames }) if music && *from + *frames as u64 == tick => {
                *frames += 1;
            }
            _another_run if silent => self.runs.push(Run::Silence(1)),
            _another_run if music => self.runs.push(Run::Music { from: tick, frames: 1 }),
            Some(Run::Other(samples)) => samples.extend_from_slice(&frame.0),
            Some(_) | None => self.runs.push(Run::Other(frame.0.to_vec())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tone::Tone;

    #[test]
    fn what_comes_out_is_what_went_in_and_waiting_takes_no_room() {
        let sounds = Arc::new(Sounds::synthetic());
        let mut heard = Heard::new(Arc::clone(&sounds));
        let mut all = Vec::new();
        let mut tone = Tone::new(500.0, -16.0);
        for tick in 100..50_000_u64 {
            let mut frame = match tick {
                ..200 => Frame::SILENCE,
                200..49_000 => *sounds.hold_music().looped(tick),
                49_000..49_010 => *sounds.hold_music().looped(tick + 7),
                _later => Frame::SILENCE,
            };
            if tick % 10_000 == 9_999 {
                tone.fill(&mut frame);
            }
            all.extend_from_slice(&frame.0);
            heard.push(&frame, tick);
        }
        assert_eq!(heard.samples(), all);
        assert_eq!(heard.frames(), 49_900);
        assert!(heard.runs.len() < 20, "{}", heard.runs.len());
    }
}
