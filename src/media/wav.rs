//! WAV files of what was heard: 8 kHz, mono, as 16-bit samples (by `hound`) or μ-law (for pages, half the size).

use std::io::Cursor;

use super::frame::Frame;
use super::g711::{Law, compress};

/// The format of a file of 16-bit samples.
pub const SPEC: hound::WavSpec = hound::WavSpec {
    channels: 1,
    sample_rate: Frame::RATE_HZ,
    bits_per_sample: 16,
    sample_format: hound::SampleFormat::Int,
};

/// A WAV file of 16-bit samples.
#[must_use]
pub fn encode(samples: &[i16]) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::with_capacity(44 + samples.len() * 2));
    let mut writer = hound::WavWriter::new(&mut bytes, SPEC).expect("the format is a plain one");
    for &sample in samples {
        writer.write_sample(sample).expect("memory takes every byte");
    }
    writer.finalize().expect("memory takes every byte");
    bytes.into_inner()
}

/// A WAV file of μ-law bytes (format tag 7), which every browser plays.
#[must_use]
pub fn encode_mu_law(samples: &[i16]) -> Vec<u8> {
    let count = u32::try_from(samples.len()).unwrap_or(u32::MAX);
    let padded = count + count % 2;
    let mut bytes = Vec::with_capacity(58 + samples.len() + 1);
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&(50 + padded).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    bytes.extend_from_slice(&18_u32.to_le_bytes());
    bytes.extend_from_slice(&7_u16.to_le_bytes());
    bytes.extend_from_slice(&1_u16.to_le_bytes());
    bytes.extend_from_slice(&Frame::RATE_HZ.to_le_bytes());
    bytes.extend_from_slice(&Frame::RATE_HZ.to_le_bytes());
    bytes.extend_from_slice(&1_u16.to_le_bytes());
    bytes.extend_from_slice(&8_u16.to_le_bytes());
    bytes.extend_from_slice(&0_u16.to_le_bytes());
    bytes.extend_from_slice(b"fact");
    bytes.extend_from_slice(&4_u32.to_le_bytes());
    bytes.extend_from_slice(&count.to_le_bytes());
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&count.to_le_bytes());
    bytes.extend(samples.iter().map(|&sample| compress(Law::Mu, sample)));
    if count % 2 == 1 {
        bytes.push(0);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let samples: Vec<i16> = (-500..500).map(|n| n * 60).collect();
        let mut reader = hound::WavReader::new(Cursor::new(encode(&samples))).unwrap();
        assert_eq!(reader.spec().sample_rate, 8_000);
        let back: Vec<i16> = reader.samples().map(Result::unwrap).collect();
        assert_eq!(back, samples);
    }

    #[test]
    fn the_sizes_in_a_mu_law_file_are_right() {
        let bytes = encode_mu_law(&[0, 1, -1]);
        assert_eq!(bytes.len(), 58 + 4);
        assert_eq!(u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize, bytes.len() - 8);
        assert_eq!(bytes[58], 0xFF);
    }
}
