//! Tones: a steady sine, and the tone of a key as a telephone sends it (ITU-T Q.23).

use super::frame::Frame;
use super::level::sine_peak;
use crate::domain::Digit;

/// A sine that goes on without a break from frame to frame.
#[derive(Clone, Debug)]
pub struct Tone {
    hz: f64,
    peak: f64,
    sample: u64,
    /// The frame that comes again and again, of a tone whose waves fit into one without a rest.
    again: Option<Box<Frame>>,
}

/// One press of a key: both tones, then a pause.
#[derive(Clone, Debug)]
pub struct KeyTone {
    low: Tone,
    high: Tone,
    sample: u64,
    on_samples: u64,
    all_samples: u64,
}

/// The low tones of the keypad's rows and the high tones of its columns, in Hz (ITU-T Q.23).
pub const ROWS_HZ: [u16; 4] = [697, 770, 852, 941];
/// See [`ROWS_HZ`].
pub const COLUMNS_HZ: [u16; 4] = [1_209, 1_336, 1_477, 1_633];
/// The keys by row and column.
pub const KEYPAD: [[char; 4]; 4] =
    [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];

/// The high tone is sent 2 dB above the low one, against the line's loss.
const LOW_LEVEL_DBM0: f64 = -9.0;
const HIGH_LEVEL_DBM0: f64 = -7.0;

/// Samples over which a key tone rises and falls: 5 ms, so that it does not click.
const RAMP_SAMPLES: u64 = 40;

impl Tone {
    /// A sine of that frequency and level.
    #[must_use]
    pub fn new(hz: f64, level_dbm0: f64) -> Self {
        Self { hz, peak: sine_peak(level_dbm0), sample: 0, again: None }
    }

    /// Writes the next 20 ms.
    pub fn fill(&mut self, frame: &mut Frame) {
        if let Some(again) = &self.again {
            *frame = **again;
            return;
        }
        for sample in &mut frame.0 {
            *sample = self.next_sample() as i16;
        }
        let waves = self.hz * Frame::SAMPLES as f64 / f64::from(Frame::RATE_HZ);
        self.again = (waves == libm::floor(waves)).then(|| Box::new(*frame));
    }

    fn next_sample(&mut self) -> f64 {
        // The phase is taken from the whole number of samples, so that no error adds up.
        let turns = self.hz * self.sample as f64 / f64::from(Frame::RATE_HZ);
        self.sample += 1;
        self.peak * libm::sin(std::f64::consts::TAU * (turns - libm::floor(turns)))
    }
}

impl KeyTone {
    /// A press of so many samples, followed by a pause of so many; each tone within −9 and −7 dBm0.
    #[must_use]
    pub fn new(digit: Digit, on_samples: u32, off_samples: u32) -> Self {
        let (row, column) = place_of(digit);
        Self {
            low: Tone::new(f64::from(ROWS_HZ[row]), LOW_LEVEL_DBM0),
            high: Tone::new(f64::from(COLUMNS_HZ[column]), HIGH_LEVEL_DBM0),
            sample: 0,
            on_samples: u64::from(on_samples),
            all_samples: u64::from(on_samples) + u64::from(off_samples),
        }
    }

    /// Writes the next 20 ms; `false`, and silence, when press and pause are over.
    pub fn fill(&mut self, frame: &mut Frame) -> bool {
        *frame = Frame::SILENCE;
        if self.sample >= self.all_samples {
            return false;
        }
        for sample in &mut frame.0 {
            if self.sample < self.on_samples {
                let from_end = self.on_samples - self.sample;
                let ramp = RAMP_SAMPLES.min(self.sample + 1).min(from_end);
                let both = self.low.next_sample() + self.high.next_sample();
                *sample = (both * ramp as f64 / RAMP_SAMPLES as f64) as i16;
            }
            self.sample += 1;
        }
        true
    }
}

/// Row and column of a key.
pub(super) fn place_of(digit: Digit) -> (usize, usize) {
    let key = digit.as_char();
    let row = KEYPAD.iter().position(|row| row.contains(&key)).unwrap_or(0);
    let column = KEYPAD[row].iter().position(|&other| other == key).unwrap_or(0);
    (row, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tone_has_its_press_and_its_pause() {
        let mut tone = KeyTone::new(Digit::STAR, 320, 320);
        let mut frame = Frame::SILENCE;
        let loud: Vec<bool> =
            std::iter::from_fn(|| tone.fill(&mut frame).then_some(frame != Frame::SILENCE))
                .collect();
        assert_eq!(loud, [true, true, false, false]);
    }

    /// Of one whose waves fit into a frame, each frame is the first again; of any other none is.
    #[test]
    fn a_tone_goes_on_without_a_break() {
        for (hz, fits) in [(500.0, true), (1_050.0, true), (440.0, false), (1_234.5, false)] {
            let mut tone = Tone::new(hz, -10.0);
            let mut frames = [Frame::SILENCE; 4];
            frames.iter_mut().for_each(|frame| tone.fill(frame));
            let samples = frames.iter().flat_map(|frame| frame.0);
            for (place, sample) in samples.enumerate() {
                let phase = std::f64::consts::TAU * hz * place as f64 / 8_000.0;
                let wanted = sine_peak(-10.0) * libm::sin(phase);
                assert!((wanted - f64::from(sample)).abs() <= 1.001, "{hz} Hz, sample {place}");
            }
            assert_eq!(frames[1] == frames[0], fits, "{hz} Hz");
        }
    }

    #[test]
    fn every_key_has_its_own_place() {
        let mut places: Vec<_> = Digit::ALL.map(place_of).to_vec();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), 16);
    }
}
