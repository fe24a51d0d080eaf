//! The voices of callers: a pure tone each, told apart in a single frame.

use crate::media::Frame;
use crate::media::level::sine_peak;

/// A voice counts from this level on, some 6 dB below where callers speak.
const LEVEL_MIN_DBM0: f64 = -22.0;

/// Sums that go on side by side: none waits for another.
const LANES: usize = 8;

/// The voices an ear may meet.
///
/// Of each there is one bin of a transform over the 160 samples of a frame, in which tones on a 50 Hz grid do not disturb each
/// other.
#[derive(Clone, Debug)]
pub struct Voices {
    voices: Vec<Voice>,
    /// The power of a bin that holds a tone just loud enough.
    least: f32,
}

#[derive(Clone, Debug)]
struct Voice {
    hz: u32,
    cosine: [f32; Frame::SAMPLES],
    sine: [f32; Frame::SAMPLES],
}

impl Voices {
    /// Those of these frequencies, multiples of 50 Hz; each of them once.
    #[must_use]
    pub fn new(hz: impl IntoIterator<Item = u32>) -> Self {
        let mut voices: Vec<Voice> = Vec::new();
        for hz in hz {
            if !voices.iter().any(|voice| voice.hz == hz) {
                voices.push(Voice::new(hz));
            }
        }
        let sum = sine_peak(LEVEL_MIN_DBM0) * Frame::SAMPLES as f64 / 2.0;
        Self { voices, least: (sum * sum) as f32 }
    }

    /// Which of them are in that frame, in the order in which they were named.
    #[must_use]
    pub fn in_frame(&self, frame: &Frame) -> Vec<u32> {
        let samples = frame.0.map(f32::from);
        let heard = self.voices.iter().filter(|voice| voice.power(&samples) >= self.least);
        heard.map(|voice| voice.hz).collect()
    }
}

impl Voice {
    fn new(hz: u32) -> Self {
        let step = std::f64::consts::TAU * f64::from(hz) / f64::from(Frame::RATE_HZ);
        let of = |wave: fn(f64) -> f64| std::array::from_fn(|at| wave(step * at as f64) as f32);
        Self { hz, cosine: of(libm::cos), sine: of(libm::sin) }
    }

    fn power(&self, samples: &[f32; Frame::SAMPLES]) -> f32 {
        let (cosine, sine) =
            (sum_of_products(samples, &self.cosine), sum_of_products(samples, &self.sine));
        cosine * cosine + sine * sine
    }
}

fn sum_of_products(one: &[f32; Frame::SAMPLES], other: &[f32; Frame::SAMPLES]) -> f32 {
    let (one, _) = one.as_chunks::<LANES>();
    let (other, _) = other.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (one, other) in one.iter().zip(other) {
        for lane in 0..LANES {
            sums[lane] += one[lane] * other[lane];
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tone::Tone;

    /// Whatever phase it has, and beside any other.
    #[test]
    fn a_voice_counts_from_its_level_on() {
        let grid: Vec<u32> = (7..=52).map(|fifty| fifty * 50).collect();
        let voices = Voices::new(grid.iter().copied());
        for (hz, other) in grid.iter().zip(grid.iter().cycle().skip(1)) {
            let tone = |hz: &u32, level| {
                let mut tone = Tone::new(f64::from(*hz), level);
                let mut frame = Frame::SILENCE;
                tone.fill(&mut frame);
                tone.fill(&mut frame);
                frame
            };
            let both = |level| {
                let (mut frame, over) = (tone(hz, level), tone(other, -16.0));
                frame.0.iter_mut().zip(over.0).for_each(|(sample, add)| *sample += add);
                frame
            };
            let mut told = voices.in_frame(&both(LEVEL_MIN_DBM0 + 0.5));
            told.sort_unstable();
            let mut wanted = [*hz, *other];
            wanted.sort_unstable();
            assert_eq!(told, wanted);
            assert_eq!(voices.in_frame(&both(LEVEL_MIN_DBM0 - 0.5)), [*other]);
        }
    }

    #[test]
    fn each_voice_is_told_once() {
        let mut frame = Frame::SILENCE;
        Tone::new(500.0, -16.0).fill(&mut frame);
        assert_eq!(Voices::new([750, 500, 500]).in_frame(&frame), [500]);
        assert!(Voices::new([]).in_frame(&frame).is_empty());
    }
}
