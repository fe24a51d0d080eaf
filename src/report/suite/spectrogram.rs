//! A spectrogram of what was heard: frequency upwards to 4 kHz, time to the right, loudness as colour, as a small PNG.
//!
//! Same samples, same bytes: the transform is our own on sines from `libm`, as the system's sines and a library's choice of
//! instructions differ between processors; what it gives is cut to sixteen levels.

use std::f64::consts::TAU;
use std::sync::LazyLock;

/// How much of the sound is looked at, and how fine the picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fineness {
    /// Most columns: a longer call has longer ones.
    pub columns_max: usize,
    /// Most windows looked at in a column, spread evenly over it; the loudest of each frequency is shown.
    pub windows_max: usize,
    /// Rows; divides [`BINS`].
    pub rows: usize,
}

impl Fineness {
    /// For a call that somebody will look at closely.
    pub(super) const FINE: Self = Self { columns_max: 800, windows_max: 8, rows: 64 };
    /// For one among thousands: what it is can be seen, and it costs a few kilobytes.
    pub(super) const COARSE: Self = Self { columns_max: 400, windows_max: 2, rows: 32 };
}

/// The picture; none where there is no sound.
pub(super) fn png(samples: &[i16], fineness: Fineness) -> Option<Vec<u8>> {
    let columns = samples.len().div_ceil(COLUMN_SAMPLES_MIN).min(fineness.columns_max);
    if columns == 0 {
        return None;
    }
    let mut levels = vec![0_u8; columns * fineness.rows];
    let mut transform = Transform::new();
    for column in 0..columns {
        let from = samples.len() * column / columns;
        let until = samples.len() * (column + 1) / columns;
        let count = (until - from).div_ceil(WINDOW).clamp(1, fineness.windows_max);
        let starts: Vec<usize> =
            (0..count).map(|place| from + (until - from) * place / count).collect();
        for pair in starts.chunks(2) {
            let window = |place: usize| -> &[i16] {
                let from = pair.get(place).copied().unwrap_or(samples.len());
                &samples[from..(from + WINDOW).min(samples.len())]
            };
            let (first, second) = (window(0), window(1));
            if is_silent(first) && is_silent(second) {
                continue;
            }
            let powers = transform.loudest(first, second);
            let each = BINS / fineness.rows;
            for (row, powers) in powers.chunks(each).enumerate() {
                let power = powers.iter().copied().fold(0.0, f32::max);
                // The highest frequency is the topmost row.
                let cell = &mut levels[(fineness.rows - 1 - row) * columns + column];
                *cell = (*cell).max(level(power));
            }
        }
    }
    Some(encode(&levels, columns, fineness.rows))
}

/// Samples of one window: 32 ms, so that a row of [`BINS`] is 31.25 Hz high.
const WINDOW: usize = 256;

/// Frequencies that are told apart, from 31.25 Hz to 4 kHz.
const BINS: usize = WINDOW / 2;

/// A column is no shorter than a frame.
const COLUMN_SAMPLES_MIN: usize = 160;

fn is_silent(window: &[i16]) -> bool {
    // The idle noise of μ-law is ±8.
    window.iter().all(|sample| sample.unsigned_abs() <= 8)
}

/// The level of a power: 0 below −66 dB of a full-scale sine, then one more each 4 dB.
fn level(power: f32) -> u8 {
    THRESHOLDS.partition_point(|threshold| *threshold <= power) as u8
}

static THRESHOLDS: LazyLock<[f32; LEVELS - 1]> = LazyLock::new(|| {
    // A full-scale sine through a Hann window.
    let full = 32_767.0 * WINDOW as f64 / 4.0;
    std::array::from_fn(|place| {
        let db = -66.0 + 4.0 * place as f64;
        (full * full * libm::pow(10.0, db / 10.0)) as f32
    })
});

/// A Fourier transform of [`WINDOW`] samples, and the room it works in.
struct Transform {
    re: [f32; WINDOW],
    im: [f32; WINDOW],
    powers: [f32; BINS],
}

struct Tables {
    hann: [f32; WINDOW],
    /// Cosines of the turns of all stages, one stage after the other.
    cos: [f32; WINDOW - 1],
    /// Their sines, turned the other way.
    sin: [f32; WINDOW - 1],
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    hann: std::array::from_fn(|n| (0.5 - 0.5 * libm::cos(TAU * n as f64 / WINDOW as f64)) as f32),
    cos: std::array::from_fn(|place| libm::cos(turn(place)) as f32),
    sin: std::array::from_fn(|place| -libm::sin(turn(place)) as f32),
});

/// The angle at a place of the tables: of the stage that begins at `half - 1`, the half circle in `half` parts.
fn turn(place: usize) -> f64 {
    let half = 1 << (place + 1).ilog2();
    TAU * (place + 1 - half) as f64 / (half * 2) as f64
}

impl Transform {
    fn new() -> Self {
        Self { re: [0.0; WINDOW], im: [0.0; WINDOW], powers: [0.0; BINS] }
    }

    /// The power of each frequency in the louder of two windows; a short one is filled up with silence.
    ///
    /// Both go through one complex transform, the first as its real, the second as its imaginary part.
    fn loudest(&mut self, first: &[i16], second: &[i16]) -> &[f32; BINS] {
        for (n, hann) in TABLES.hann.iter().enumerate() {
            let place = n.reverse_bits() >> (usize::BITS - WINDOW.trailing_zeros());
            self.re[place] = hann * first.get(n).map_or(0.0, |sample| f32::from(*sample));
            self.im[place] = hann * second.get(n).map_or(0.0, |sample| f32::from(*sample));
        }
        self.butterflies();
        for bin in 1..=BINS {
            let mirror = WINDOW - bin;
            let (a, b) = (self.re[bin] + self.re[mirror], self.im[bin] - self.im[mirror]);
            let (c, d) = (self.im[bin] + self.im[mirror], self.re[mirror] - self.re[bin]);
            self.powers[bin - 1] = (a * a + b * b).max(c * c + d * d) / 4.0;
        }
        &self.powers
    }

    /// Cooley and Tukey's, in place, the samples already in bit-reversed order.
    fn butterflies(&mut self) {
        let mut half = 1;
        while half < WINDOW {
            // The turns of a stage lie behind those of the stages before: 1, then 2, then 4.
            let turns = (&TABLES.cos[half - 1..half * 2 - 1], &TABLES.sin[half - 1..half * 2 - 1]);
            let groups = self.re.chunks_exact_mut(half * 2).zip(self.im.chunks_exact_mut(half * 2));
            for (re, im) in groups {
                let ((re_low, re_high), (im_low, im_high)) =
                    (re.split_at_mut(half), im.split_at_mut(half));
                let low = re_low.iter_mut().zip(im_low);
                let high = re_high.iter_mut().zip(im_high);
                for ((low, high), (cos, sin)) in low.zip(high).zip(turns.0.iter().zip(turns.1)) {
                    let re = *high.0 * cos - *high.1 * sin;
                    let im = *high.0 * sin + *high.1 * cos;
                    (*high.0, *high.1) = (*low.0 - re, *low.1 - im);
                    (*low.0, *low.1) = (*low.0 + re, *low.1 + im);
                }
            }
            half *= 2;
        }
    }
}

const LEVELS: usize = 16;

/// From silence to as loud as a telephone gets: dark, violet, orange, light. Equal steps of lightness, so that it reads in grey too.
const PALETTE: [[u8; 3]; LEVELS] = [
    [0x12, 0x12, 0x1c],
    [0x16, 0x13, 0x2e],
    [0x20, 0x14, 0x4b],
    [0x38, 0x12, 0x6b],
    [0x50, 0x16, 0x7b],
    [0x68, 0x1e, 0x80],
    [0x80, 0x26, 0x81],
    [0x9a, 0x2d, 0x80],
    [0xb5, 0x36, 0x79],
    [0xd0, 0x41, 0x6f],
    [0xe6, 0x53, 0x63],
    [0xf4, 0x6f, 0x5c],
    [0xfb, 0x8f, 0x66],
    [0xfe, 0xae, 0x78],
    [0xfe, 0xcf, 0x92],
    [0xfd, 0xf0, 0xb5],
];

fn encode(levels: &[u8], columns: usize, rows: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let width = u32::try_from(columns).expect("a few hundred columns");
    let height = u32::try_from(rows).expect("a few dozen rows");
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Four);
    encoder.set_palette(PALETTE.concat());
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    let packed: Vec<u8> = levels
        .chunks(columns)
        .flat_map(|row| row.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)))
        .collect();
    let mut writer = encoder.write_header().expect("the format is a plain one");
    writer.write_image_data(&packed).expect("memory takes every byte");
    writer.finish().expect("memory takes every byte");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Frame;
    use crate::media::tone::Tone;

    fn tone(hz: f64, frames: usize) -> Vec<i16> {
        let mut tone = Tone::new(hz, -16.0);
        let mut samples = Vec::new();
        for _ in 0..frames {
            let mut frame = Frame::SILENCE;
            tone.fill(&mut frame);
            samples.extend_from_slice(&frame.0);
        }
        samples
    }

    /// Levels, row by row from the top, as a decoder of PNG sees them.
    fn decoded(png: &[u8]) -> (usize, usize, Vec<u8>) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let (width, height) = reader.info().size();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut bytes).unwrap();
        let line = (width as usize).div_ceil(2);
        let levels = (bytes.chunks(line))
            .flat_map(|row| {
                let both = row.iter().flat_map(|byte| [byte >> 4, byte & 15]);
                both.take(width as usize).collect::<Vec<_>>()
            })
            .collect();
        (width as usize, height as usize, levels)
    }

    #[test]
    fn a_tone_is_a_line_at_its_frequency() {
        for (hz, bin) in [(500.0, 16), (1_050.0, 34), (3_500.0, 112)] {
            let (width, height, levels) = decoded(&png(&tone(hz, 50), Fineness::FINE).unwrap());
            assert_eq!((width, height), (50, 64));
            let column: Vec<u8> = (0..height).map(|row| levels[row * width + 20]).collect();
            let loudest = column.iter().enumerate().max_by_key(|(_, level)| **level).unwrap().0;
            let expected = 63 - (bin - 1) / 2;
            assert!(loudest.abs_diff(expected) <= 1, "{hz} Hz in row {loudest}, not {expected}");
            assert!(column[loudest] >= 11, "{column:?}");
            let loud = column.iter().filter(|level| **level > 3).count();
            assert!(loud < 12, "{hz} Hz is smeared: {column:?}");
        }
    }

    #[test]
    fn each_of_two_windows_is_seen() {
        let mut transform = Transform::new();
        let (low, high) = (tone(500.0, 2), tone(2_000.0, 2));
        let both = *transform.loudest(&low[..WINDOW], &high[..WINDOW]);
        let alone = *transform.loudest(&low[..WINDOW], &[]);
        assert!(both[15] > 1e9 && both[63] > 1e9, "{} {}", both[15], both[63]);
        assert!(alone[15] > 1e9 && alone[63] < 1e3, "{} {}", alone[15], alone[63]);
    }

    #[test]
    fn a_long_call_stays_small_and_a_short_sound_in_it_is_seen() {
        let mut samples = vec![0_i16; 8_000 * 3_600];
        samples[8_000 * 1_800..][..8_000 * 10].copy_from_slice(&tone(1_400.0, 500));
        let png = png(&samples, Fineness::FINE).unwrap();
        assert!(png.len() < 2_000, "{} bytes", png.len());
        let (width, _, levels) = decoded(&png);
        assert_eq!(width, 800);
        assert!(levels.iter().any(|level| *level >= 11));
    }

    #[test]
    fn no_sound_is_no_picture_and_any_length_is_one() {
        assert_eq!(png(&[], Fineness::FINE), None);
        for length in [1, 2, 159, 160, 161, 255, 257, 12_345] {
            let samples = vec![i16::MIN; length];
            assert_eq!(png(&samples, Fineness::COARSE), png(&samples, Fineness::COARSE));
            assert!(png(&samples, Fineness::COARSE).is_some());
        }
    }
}
