//! How a telephone sends keys as tones, also a bad telephone or one on a bad line.

use std::time::Duration;

use crate::domain::Digit;
use crate::media::Frame;
use crate::media::level::sine_peak;
use crate::media::tone::{COLUMNS_HZ, KEYPAD, KeyTone, ROWS_HZ, Tone};

/// How long each key sounds, the pause after it, and what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keying {
    /// How long each sounds.
    pub on: Duration,
    /// The pause after each.
    pub off: Duration,
    /// What is wrong with it.
    pub variant: Option<Variant>,
}

/// What is wrong with keys. The figures are those a receiver has to bear, or must not take, by ITU-T Q.24 and the ETSI and
/// Bellcore bars built on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variant {
    /// Each tone at −25 dBm0, the lowest level that must be heard.
    Quiet,
    /// Each tone at −3 dBm0.
    Loud,
    /// The high tone 4 dB above the low one.
    Twisted,
    /// The low tone 8 dB above the high one.
    ReverseTwisted,
    /// Tones of 40 ms with pauses of 40 ms, the shortest that must be heard.
    Short,
    /// Tones of 20 ms, which must not be heard.
    TooShort,
    /// Both frequencies 1.5 % off.
    OffPitch,
    /// Both frequencies 4 % off, which must not be heard.
    FarOffPitch,
    /// Each tone with a hole of 10 ms in its middle: still one key.
    Broken,
    /// Noise 15 dB below the tones.
    Noisy,
    /// An echo of the tones 20 ms later, 10 dB below them.
    Echoed,
}

impl Variant {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Quiet,
        Self::Loud,
        Self::Twisted,
        Self::ReverseTwisted,
        Self::Short,
        Self::TooShort,
        Self::OffPitch,
        Self::FarOffPitch,
        Self::Broken,
        Self::Noisy,
        Self::Echoed,
    ];

    /// Whether a receiver must take such a key.
    #[must_use]
    pub fn must_be_heard(self) -> bool {
        !matches!(self, Self::TooShort | Self::FarOffPitch)
    }
}

impl Default for Keying {
    /// 100 ms and 100 ms, as telephones send them.
    fn default() -> Self {
        Self { on: Duration::from_millis(100), off: Duration::from_millis(100), variant: None }
    }
}

/// One press of a key as sound.
#[derive(Debug)]
pub(super) enum KeySignal {
    Clean(KeyTone),
    Bad(BadTone),
}

impl KeySignal {
    pub(super) fn new(digit: Digit, keying: Keying) -> Self {
        let samples = |time: Duration| {
            let samples = time.as_micros() * u128::from(Frame::RATE_HZ) / 1_000_000;
            u32::try_from(samples).unwrap_or(u32::MAX)
        };
        let (on, off) = (samples(keying.on), samples(keying.off));
        match keying.variant {
            None => Self::Clean(KeyTone::new(digit, on, off)),
            Some(variant) => Self::Bad(BadTone::new(digit, variant, on, off)),
        }
    }

    /// Writes the next 20 ms; `false`, and silence, when press and pause are over.
    pub(super) fn fill(&mut self, frame: &mut Frame) -> bool {
        match self {
            Self::Clean(tone) => tone.fill(frame),
            Self::Bad(tone) => tone.fill(frame),
        }
    }
}

/// A key tone as a bad telephone sends it.
#[derive(Debug)]
pub(super) struct BadTone {
    low: Tone,
    high: Tone,
    /// Peak of the noise, and the state it is drawn from.
    noise: Option<(f64, u32)>,
    hole: std::ops::Range<u32>,
    /// The frame before, of which this one has the echo.
    echo: Option<Box<Frame>>,
    sample: u32,
    on: u32,
    all: u32,
}

/// The level of each tone where nothing is wrong with it, in the middle of what must be heard.
const LEVEL_DBM0: f64 = -9.0;

impl BadTone {
    fn new(digit: Digit, variant: Variant, on: u32, off: u32) -> Self {
        let (low_dbm0, high_dbm0) = match variant {
            Variant::Quiet => (-25.0, -25.0),
            Variant::Loud => (-3.0, -3.0),
            Variant::Twisted => (LEVEL_DBM0, LEVEL_DBM0 + 4.0),
            Variant::ReverseTwisted => (LEVEL_DBM0, LEVEL_DBM0 - 8.0),
            Variant::Short
            | Variant::TooShort
            | Variant::OffPitch
            | Variant::FarOffPitch
            | Variant::Broken
            | Variant::Noisy
            | Variant::Echoed => (LEVEL_DBM0, LEVEL_DBM0),
        };
        let (on, off) = match variant {
            Variant::Short => (MS * 40, MS * 40),
            Variant::TooShort => (MS * 20, MS * 80),
            Variant::Quiet
            | Variant::Loud
            | Variant::Twisted
            | Variant::ReverseTwisted
            | Variant::OffPitch
            | Variant::FarOffPitch
            | Variant::Broken
            | Variant::Noisy
            | Variant::Echoed => (on, off),
        };
        let pitch = match variant {
            Variant::OffPitch => 1.015,
            Variant::FarOffPitch => 1.04,
            Variant::Quiet
            | Variant::Loud
            | Variant::Twisted
            | Variant::ReverseTwisted
            | Variant::Short
            | Variant::TooShort
            | Variant::Broken
            | Variant::Noisy
            | Variant::Echoed => 1.0,
        };
        let (row, column) = place_of(digit);
        let hole = if variant == Variant::Broken { on / 2..on / 2 + MS * 10 } else { 0..0 };
        // White noise of peak p has a power of p²/3, a sine of peak s one of s²/2.
        let noise = (variant == Variant::Noisy)
            .then(|| (sine_peak(LEVEL_DBM0 - 15.0) * 1.22, u32::from(digit.event()) + 1));
        Self {
            low: Tone::new(f64::from(ROWS_HZ[row]) * pitch, low_dbm0),
            high: Tone::new(f64::from(COLUMNS_HZ[column]) * pitch, high_dbm0),
            noise,
            hole,
            echo: (variant == Variant::Echoed).then(|| Box::new(Frame::SILENCE)),
            sample: 0,
            on,
            all: on.saturating_add(off),
        }
    }

    fn fill(&mut self, frame: &mut Frame) -> bool {
        *frame = Frame::SILENCE;
        if self.sample >= self.all {
            return false;
        }
        let (mut low, mut high) = (Frame::SILENCE, Frame::SILENCE);
        self.low.fill(&mut low);
        self.high.fill(&mut high);
        for (place, sample) in frame.0.iter_mut().enumerate() {
            let sounds = self.sample < self.on && !self.hole.contains(&self.sample);
            let noise = self.noise.as_mut().map_or(0, |(peak, state)| {
                // A linear congruential step: noise need not be unforeseeable, only the same everywhere.
                *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (f64::from((*state >> 8) as i32 - (1 << 23)) / f64::from(1 << 23) * *peak) as i32
            });
            let tones = i32::from(low.0[place]) + i32::from(high.0[place]);
            let sum = if sounds { tones } else { 0 } + noise;
            *sample = sum.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
            self.sample += 1;
        }
        if let Some(before) = &mut self.echo {
            let echo = std::mem::replace(&mut **before, *frame);
            for (sample, echo) in frame.0.iter_mut().zip(echo.0) {
                *sample = sample.saturating_add((i32::from(echo) * 316 / 1_000) as i16);
            }
        }
        true
    }
}

/// Samples in a millisecond.
const MS: u32 = Frame::RATE_HZ / 1_000;

fn place_of(digit: Digit) -> (usize, usize) {
    let key = digit.as_char();
    let place = |row: &[char; 4]| row.iter().position(|&other| other == key);
    let row = KEYPAD.iter().position(|row| place(row).is_some()).unwrap_or(0);
    (row, place(&KEYPAD[row]).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::dtmf::Detector;

    fn found(digits: &str, keying: Keying) -> String {
        let mut detector = Detector::new();
        let mut found = String::new();
        for digit in digits.chars().filter_map(Digit::from_char) {
            let mut signal = KeySignal::new(digit, keying);
            let mut frame = Frame::SILENCE;
            while signal.fill(&mut frame) {
                found.extend(detector.hear(&frame).pressed.map(Digit::as_char));
            }
        }
        for _ in 0..5 {
            found.extend(detector.hear(&Frame::SILENCE).pressed.map(Digit::as_char));
        }
        found
    }

    #[test]
    fn what_must_be_heard_is_heard_and_nothing_else() {
        for variant in Variant::ALL {
            let keying = Keying { variant: Some(variant), ..Keying::default() };
            let expected = if variant.must_be_heard() { "1234567890*#ABCD" } else { "" };
            assert_eq!(found("1234567890*#ABCD", keying), expected, "{variant:?}");
        }
        assert_eq!(found("55#", Keying::default()), "55#");
    }
}
