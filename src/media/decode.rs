//! Decodes a sound of any kind rodio reads (WAV, FLAC, MP3, Ogg Vorbis) into 8 kHz mono samples.
//!
//! A WAV file that is 8 kHz, mono and 16 bit already comes through as it is. Others are resampled, which is not the same
//! to the last bit on every processor; so what a reproducible run plays is kept in that form.

use std::cell::Cell;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rodio::Source as _;
use rodio::decoder::DecoderError;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _};
use thiserror::Error;

use super::frame::Frame;

/// Why a sound cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DecodeError {
    /// It is none of the formats known.
    #[error("sound {name} cannot be read: {why}; give it as WAV, FLAC, MP3 or Ogg Vorbis")]
    Format {
        /// Which sound.
        name: String,
        /// What the decoder said.
        why: String,
    },
    /// There is nothing in it.
    #[error("sound {name} is empty: give one of at least 20 ms")]
    Empty {
        /// Which sound.
        name: String,
    },
    /// It is longer than any prompt or music should be.
    #[error("sound {name} is longer than {} minutes: cut it", SECONDS_MAX / 60)]
    TooLong {
        /// Which sound.
        name: String,
    },
}

/// Longest sound, in seconds: it is kept in memory as 16 kB a second.
pub const SECONDS_MAX: usize = 30 * 60;

/// Rates a sound may have, in Hz.
const RATES_HZ: std::ops::RangeInclusive<u32> = 4_000..=384_000;

/// Decodes the bytes of a file; `name` is what an error calls it.
///
/// # Errors
/// Bytes that are no sound, or an empty or over-long one.
pub fn decode(bytes: Vec<u8>, name: &str) -> Result<Vec<i16>, DecodeError> {
    let samples = match plain_wav(&bytes) {
        Some(samples) => samples,
        None => decode_any(bytes, name)?,
    };
    if samples.is_empty() {
        return Err(DecodeError::Empty { name: name.to_owned() });
    }
    Ok(samples)
}

/// The samples of a WAV file that needs no work.
fn plain_wav(bytes: &[u8]) -> Option<Vec<i16>> {
    let mut reader = hound::WavReader::new(Cursor::new(bytes)).ok()?;
    let spec = reader.spec();
    let plain = spec.channels == 1
        && spec.sample_rate == Frame::RATE_HZ
        && spec.bits_per_sample == 16
        && spec.sample_format == hound::SampleFormat::Int;
    plain.then(|| reader.samples().collect::<Result<Vec<i16>, _>>().ok()).flatten()
}

fn decode_any(bytes: Vec<u8>, name: &str) -> Result<Vec<i16>, DecodeError> {
    let format = |why: String| DecodeError::Format { name: name.to_owned(), why };
    if let Some(rate) = wav_rate_hz(&bytes).filter(|rate| !RATES_HZ.contains(rate)) {
        return Err(wrong_rate(name, rate));
    }
    let (mono, rate) = contained(|| mixed_down(bytes, name))
        .ok_or_else(|| format("it is damaged: no decoder can go through it".to_owned()))??;
    let narrow = if rate == Frame::RATE_HZ || mono.is_empty() {
        mono
    } else {
        resample(&mono, rate).map_err(|error| format(error.to_string()))?
    };
    Ok(narrow
        .iter()
        .map(|&sample| (sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16)
        .collect())
}

/// All channels as one, and the rate.
fn mixed_down(bytes: Vec<u8>, name: &str) -> Result<(Vec<f32>, u32), DecodeError> {
    let decoder = rodio::Decoder::new(Cursor::new(bytes)).map_err(|error| {
        let is_none = matches!(
            error,
            DecoderError::UnrecognizedFormat | DecoderError::IoError(_) | DecoderError::NoStreams
        );
        let why = match is_none {
            true => "it is no sound of a kind that is known".to_owned(),
            false => error.to_string(),
        };
        DecodeError::Format { name: name.to_owned(), why }
    })?;
    let (channels, rate) = (usize::from(decoder.channels().get()), decoder.sample_rate().get());
    if !RATES_HZ.contains(&rate) {
        return Err(wrong_rate(name, rate));
    }
    let limit = SECONDS_MAX * rate as usize;
    let mut mono = Vec::new();
    let mut sum = 0.0;
    for (place, sample) in decoder.enumerate() {
        sum += sample;
        if place % channels == channels - 1 {
            mono.push(sum / channels as f32);
            sum = 0.0;
        }
        if mono.len() > limit {
            return Err(DecodeError::TooLong { name: name.to_owned() });
        }
    }
    Ok((mono, rate))
}

/// The rate that the header of a WAV file tells, whatever it is.
fn wav_rate_hz(bytes: &[u8]) -> Option<u32> {
    let mut chunks = bytes.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WAVE")?;
    loop {
        let (id, rest) = chunks.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        if id == b"fmt " {
            let rate = rest.get(4..)?.first_chunk::<4>()?;
            return Some(u32::from_le_bytes(*rate));
        }
        let length = u32::from_le_bytes(*length) as usize;
        chunks = rest.get(length.checked_add(length % 2)?..)?;
    }
}

fn wrong_rate(name: &str, rate_hz: u32) -> DecodeError {
    let (low, high) = (RATES_HZ.start(), RATES_HZ.end());
    let why = format!("it has {rate_hz} samples a second, not {low} to {high}");
    DecodeError::Format { name: name.to_owned(), why }
}

thread_local! {
    /// Whether a decoder is at work in this thread.
    static DECODES: Cell<bool> = const { Cell::new(false) };
}

/// Whether a decoder is at work in this thread: when it panics there is an error in words of ours, and a panic hook may keep its
/// own to itself.
#[must_use]
pub fn is_decoding() -> bool {
    DECODES.get()
}

/// What a decoder makes of a file; `None` when it panics at it. The decoders are not ours and the files come from outside: some take
/// for granted what a header says, such as a rate that is not 0. Nothing of theirs outlives the call.
fn contained<T>(decode: impl FnOnce() -> T) -> Option<T> {
    DECODES.set(true);
    let done = catch_unwind(AssertUnwindSafe(decode));
    DECODES.set(false);
    done.ok()
}

fn resample(samples: &[f32], rate_hz: u32) -> Result<Vec<f32>, Box<dyn std::error::Error>> {
    let mut fft =
        Fft::<f32>::new(rate_hz as usize, Frame::RATE_HZ as usize, 1_024, 1, FixedSync::Both)?;
    let input = InterleavedSlice::new(samples, 1, samples.len())?;
    let room = fft.process_all_needed_output_len(samples.len());
    let mut out = vec![0.0; room];
    let mut output = InterleavedSlice::new_mut(&mut out, 1, room)?;
    let (_read, written) = fft.process_all_into_buffer(&input, &mut output, samples.len(), None)?;
    out.truncate(written);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::media::level::level_dbm0;
    use crate::media::wav::encode;

    fn sine(hz: f32, rate_hz: u32) -> Vec<u8> {
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: rate_hz,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
        for place in 0..rate_hz {
            let turn = std::f32::consts::TAU * hz * place as f32 / rate_hz as f32;
            for _channel in 0..2 {
                writer.write_sample((10_000.0 * turn.sin()) as i16).unwrap();
            }
        }
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    #[test]
    fn plain_sound_comes_through_as_it_is() {
        let samples: Vec<i16> = (0..500).map(|n| n * 13 - 3_000).collect();
        assert_eq!(decode(encode(&samples), "plain").unwrap(), samples);
    }

    #[test]
    fn what_lies_above_the_telephone_band_is_gone_and_not_folded_into_it() {
        let low = decode(sine(1_000.0, 44_100), "low").unwrap();
        assert!((low.len() as i32 - 8_000).abs() < 3, "{}", low.len());
        assert!((level_dbm0(&low[1_000..7_000]).unwrap() + 7.2).abs() < 0.2);
        let high = decode(sine(6_500.0, 44_100), "high").unwrap();
        assert!(level_dbm0(&high[1_000..7_000]).unwrap_or(-120.0) < -60.0);
    }

    #[test]
    fn what_is_no_sound_is_named() {
        let error = decode(b"not a sound at all".to_vec(), "prompts/welcome.wav").unwrap_err();
        assert!(error.to_string().contains("prompts/welcome.wav"), "{error}");
        assert_eq!(
            decode(encode(&[]), "none.wav"),
            Err(DecodeError::Empty { name: "none.wav".to_owned() })
        );
    }

    /// Files from outside, at which a decoder may panic.
    #[test]
    fn what_no_decoder_understands_is_told_in_words_of_our_own() {
        let mut no_rate = sine(400.0, 8_000);
        no_rate[24..28].fill(0);
        let error = decode(no_rate, "zero.wav").unwrap_err().to_string();
        let wanted = "sound zero.wav cannot be read: it has 0 samples a second, not 4000 to";
        assert!(error.starts_with(wanted), "{error}");
        let noise: Vec<u8> =
            (0..100_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let error = decode(noise, "noise.wav").unwrap_err().to_string();
        assert!(error.contains("noise.wav cannot be read: it is no sound of a kind"), "{error}");
        assert!(error.ends_with("give it as WAV, FLAC, MP3 or Ogg Vorbis"), "{error}");
    }

    #[test]
    fn a_decoder_that_panics_is_contained_and_the_next_one_works() {
        assert_eq!(contained(|| -> u8 { panic!("a decoder") }), None);
        assert_eq!(contained(|| 7), Some(7));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(place in 0_usize..300, byte in any::<u8>(), cut in 0_usize..400) {
            let mut bytes = sine(400.0, 8_000);
            bytes.truncate(400 + cut);
            bytes[place] = byte;
            let _ = decode(bytes, "mutated");
        }
    }
}
