//! The receiver's bar, row by row: what must be heard and what must not.

use std::f64::consts::TAU;

use rand::{RngExt as _, SeedableRng as _};

use super::*;
use crate::media::g711::{Law, compress, expand};
use crate::media::level::sine_peak;
use crate::media::tone::{KeyTone, place_of};

/// Two tones as a test wants them.
#[derive(Clone, Copy)]
struct Burst {
    digit: char,
    low_dbm0: f64,
    high_dbm0: f64,
    low_off: f64,
    high_off: f64,
    on_ms: f64,
}

const PLAIN: Burst = Burst {
    digit: '5',
    low_dbm0: -9.0,
    high_dbm0: -7.0,
    low_off: 0.0,
    high_off: 0.0,
    on_ms: 100.0,
};

impl Burst {
    fn add_to(self, samples: &mut Vec<f64>) {
        let (row, column) = place_of(Digit::from_char(self.digit).unwrap());
        let low = TAU * f64::from(ROWS_HZ[row]) * (1.0 + self.low_off) / 8_000.0;
        let high = TAU * f64::from(COLUMNS_HZ[column]) * (1.0 + self.high_off) / 8_000.0;
        for n in 0..(self.on_ms * 8.0) as usize {
            let at = n as f64;
            samples.push(
                sine_peak(self.low_dbm0) * libm::sin(low * at)
                    + sine_peak(self.high_dbm0) * libm::sin(high * at + 0.7),
            );
        }
    }
}

fn silence(samples: &mut Vec<f64>, ms: f64) {
    samples.resize(samples.len() + (ms * 8.0) as usize, 0.0);
}

fn heard(samples: &[f64]) -> String {
    let mut detector = Detector::new();
    let mut keys = String::new();
    let mut padded = samples.to_vec();
    silence(&mut padded, 100.0);
    for chunk in padded.chunks_exact(Frame::SAMPLES) {
        let mut frame = Frame::SILENCE;
        for (out, &sample) in frame.0.iter_mut().zip(chunk) {
            let clipped = sample.round().clamp(-32_768.0, 32_767.0) as i16;
            *out = expand(Law::Mu, compress(Law::Mu, clipped));
        }
        keys.extend(detector.hear(&frame).pressed.map(Digit::as_char));
    }
    keys
}

/// All sixteen keys as such bursts, begun at every eighth of a look; gives how many of them all were heard right.
fn hits(burst: Burst) -> (usize, usize) {
    let (mut right, mut all) = (0, 0);
    for digit in Digit::ALL.map(Digit::as_char) {
        for offset in 0..8 {
            let mut samples = Vec::new();
            silence(&mut samples, 60.0 + f64::from(offset) * 0.625);
            Burst { digit, ..burst }.add_to(&mut samples);
            all += 1;
            right += usize::from(heard(&samples) == digit.to_string());
        }
    }
    (right, all)
}

fn check_heard(name: &str, burst: Burst) {
    let (right, all) = hits(burst);
    assert_eq!(right, all, "{name}: only {right} of {all} heard");
}

fn check_not_heard(name: &str, burst: Burst) {
    let (right, all) = hits(burst);
    assert_eq!(right, 0, "{name}: {right} of {all} heard");
}

#[test]
fn every_key_of_a_telephone_is_heard_within_three_frames() {
    for digit in Digit::ALL {
        let mut tone = KeyTone::new(digit, 800, 800);
        let (mut detector, mut frame) = (Detector::new(), Frame::SILENCE);
        let mut heard_in = Vec::new();
        for place in 0..10 {
            tone.fill(&mut frame);
            let ear = detector.hear(&frame);
            heard_in.extend(ear.pressed.map(|heard| (heard == digit, place)));
            assert!(ear.suspect || !(1..6).contains(&place), "{digit:?} in frame {place}");
        }
        assert!(matches!(heard_in[..], [(true, 1..=2)]), "{digit:?}: {heard_in:?}");
    }
}

#[test]
fn levels_and_twist() {
    for level in [-3.0, -9.0, -16.0, -25.0] {
        let burst = Burst { low_dbm0: level, high_dbm0: level, ..PLAIN };
        check_heard(&format!("{level} dBm0"), burst);
    }
    check_not_heard("-55 dBm0", Burst { low_dbm0: -55.0, high_dbm0: -55.0, ..PLAIN });
    check_heard("high 8 dB weaker", Burst { low_dbm0: -8.0, high_dbm0: -16.0, ..PLAIN });
    check_heard("low 4 dB weaker", Burst { low_dbm0: -12.0, high_dbm0: -8.0, ..PLAIN });
    check_not_heard("high 12 dB weaker", Burst { low_dbm0: -4.0, high_dbm0: -16.0, ..PLAIN });
    check_not_heard("low 8 dB weaker", Burst { low_dbm0: -16.0, high_dbm0: -8.0, ..PLAIN });
}

#[test]
fn frequencies() {
    for off in [-0.015, 0.015] {
        check_heard("low off by 1.5 %", Burst { low_off: off, ..PLAIN });
        check_heard("high off by 1.5 %", Burst { high_off: off, ..PLAIN });
        check_heard("both off by 1.5 %", Burst { low_off: off, high_off: off, ..PLAIN });
    }
    for off in [-0.035, 0.035] {
        check_not_heard("low off by 3.5 %", Burst { low_off: off, ..PLAIN });
        check_not_heard("high off by 3.5 %", Burst { high_off: off, ..PLAIN });
    }
}

#[test]
fn durations_pauses_and_gaps() {
    check_heard("40 ms", Burst { on_ms: 40.0, ..PLAIN });
    check_not_heard("23 ms", Burst { on_ms: 23.0, ..PLAIN });
    let mut fast = Vec::new();
    for digit in "147852036#*48213#1122".chars() {
        Burst { digit, on_ms: 45.0, ..PLAIN }.add_to(&mut fast);
        silence(&mut fast, 48.0);
    }
    assert_eq!(heard(&fast), "147852036#*48213#1122", "93 ms a key");
    for gap_start_ms in [20.0, 55.0, 80.0] {
        let mut samples = Vec::new();
        Burst { on_ms: 120.0, ..PLAIN }.add_to(&mut samples);
        let start = (gap_start_ms * 8.0) as usize;
        samples[start..start + 80].fill(0.0);
        assert_eq!(heard(&samples), "5", "a gap of 10 ms after {gap_start_ms} ms");
    }
}

#[test]
fn a_key_held_for_a_minute_is_one_press() {
    let mut samples = Vec::new();
    Burst { digit: '#', on_ms: 60_000.0, ..PLAIN }.add_to(&mut samples);
    assert_eq!(heard(&samples), "#");
}

#[test]
fn a_key_in_noise_is_heard() {
    let mut samples = Vec::new();
    for digit in "159D".chars() {
        Burst { digit, low_dbm0: -12.0, high_dbm0: -12.0, ..PLAIN }.add_to(&mut samples);
        silence(&mut samples, 100.0);
    }
    add_noise(&mut samples, -27.0);
    assert_eq!(heard(&samples), "159D", "15 dB above the noise");
}

#[test]
fn voices_tones_and_noise_are_no_keys() {
    for hz in (300..3_400).step_by(50) {
        let samples: Vec<f64> = (0..8_000)
            .map(|n| sine_peak(-10.0) * libm::sin(TAU * f64::from(hz * n) / 8_000.0))
            .collect();
        assert_eq!(heard(&samples), "", "a tone of {hz} Hz");
    }
    let mut noise = vec![0.0; 80_000];
    add_noise(&mut noise, -10.0);
    assert_eq!(heard(&noise), "", "noise");
}

#[test]
fn the_bridges_own_words_and_music_are_no_keys() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let mut files: Vec<_> = ["prompts/en-US", "prompts/de-DE", "music", "tones"]
        .iter()
        .flat_map(|part| std::fs::read_dir(folder.join(part)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "wav"))
        .collect();
    files.sort();
    assert!(files.len() > 100, "the sounds are not there");
    for path in files {
        let samples = super::super::decode::decode(std::fs::read(&path).unwrap(), "sound").unwrap();
        let samples: Vec<f64> = samples.into_iter().map(f64::from).collect();
        assert_eq!(heard(&samples), "", "{}", path.display());
    }
}

/// Adds white noise of that level, the same every time.
fn add_noise(samples: &mut [f64], level_dbm0: f64) {
    let rms = sine_peak(level_dbm0) / libm::sqrt(2.0);
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    for sample in samples {
        let uniform: f64 = (0..12)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 11) as f64 / (1_u64 << 53) as f64
            })
            .sum();
        *sample += rms * (uniform - 6.0);
    }
}

/// Every look taken, as a plain reading of the rules would have it.
fn heard_by_all_looks(samples: &[i16]) -> Vec<(usize, char)> {
    let mut detector = Detector::new();
    let mut before = vec![0; WINDOW];
    let mut keys = Vec::new();
    for (place, frame) in samples.chunks_exact(Frame::SAMPLES).enumerate() {
        let sound: Vec<i16> = before.iter().chain(frame).copied().collect();
        let ear = detector.look_at_all(sound.as_slice().try_into().unwrap());
        keys.extend(ear.pressed.map(|digit| (place, digit.as_char())));
        before = frame[Frame::SAMPLES - WINDOW..].to_vec();
    }
    keys
}

/// Keys of any length and level at any place, between and under noise and tones: what is left out changes nothing.
#[test]
fn looks_left_out_neither_find_nor_miss_a_key() {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(11);
    let (mut found, mut shortest) = (0, f64::MAX);
    for _ in 0..400 {
        let mut samples = Vec::new();
        for _ in 0..12 {
            silence(&mut samples, rng.random_range(0.0..60.0));
            let on_ms = rng.random_range(5.0..80.0);
            let digit = Digit::ALL[rng.random_range(0..16)].as_char();
            let off = rng.random_range(-0.03..0.03);
            let level = rng.random_range(-32.0..-3.0);
            let burst = Burst {
                digit,
                on_ms,
                low_off: off,
                high_off: off,
                low_dbm0: level,
                high_dbm0: level + 2.0,
            };
            burst.add_to(&mut samples);
            shortest = on_ms.min(shortest);
        }
        let noise = rng.random_range(0.0..900.0);
        let samples: Vec<i16> = samples
            .iter()
            .map(|sample| (sample + rng.random_range(-1.0..1.0) * noise) as i16)
            .collect();
        let mut detector = Detector::new();
        let mut keys = Vec::new();
        for (place, frame) in samples.chunks_exact(Frame::SAMPLES).enumerate() {
            let ear = detector.hear(&Frame(frame.try_into().unwrap()));
            keys.extend(ear.pressed.map(|digit| (place, digit.as_char())));
        }
        assert_eq!(keys, heard_by_all_looks(&samples));
        found += keys.len();
    }
    assert!(found > 1_000 && shortest < 10.0, "{found} keys, the shortest burst {shortest} ms");
}
