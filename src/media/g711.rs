//! ITU-T G.711: one byte a sample, by the μ-law of North America and Japan or the A-law of the rest of the world.

use super::frame::Frame;

/// Which of the two laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Law {
    /// μ-law: RTP payload type 0 (PCMU).
    Mu,
    /// A-law: RTP payload type 8 (PCMA).
    A,
}

const MU_BIAS: i32 = 0x84;
const MU_CLIP: i32 = 32_635;

/// The nearest code of a 16-bit sample.
#[must_use]
pub fn compress(law: Law, sample: i16) -> u8 {
    match law {
        Law::Mu => compress_mu(sample),
        Law::A => compress_a(sample),
    }
}

/// The sample of a code.
#[must_use]
pub fn expand(law: Law, code: u8) -> i16 {
    match law {
        Law::Mu => EXPAND_MU[usize::from(code)],
        Law::A => EXPAND_A[usize::from(code)],
    }
}

/// Compresses a whole frame.
pub fn compress_frame(law: Law, frame: &Frame, out: &mut [u8; Frame::SAMPLES]) {
    for (out, &sample) in out.iter_mut().zip(&frame.0) {
        *out = compress(law, sample);
    }
}

/// Expands a whole frame.
pub fn expand_frame(law: Law, codes: &[u8; Frame::SAMPLES], out: &mut Frame) {
    for (out, &code) in out.0.iter_mut().zip(codes) {
        *out = expand(law, code);
    }
}

fn compress_mu(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = i32::from(sample).abs().min(MU_CLIP) + MU_BIAS;
    let exponent = 24 - magnitude.leading_zeros() as i32;
    let mantissa = (magnitude >> (exponent + 3)) & 0x0F;
    !(sign | (exponent << 4) | mantissa) as u8
}

fn compress_a(sample: i16) -> u8 {
    // A-law works on 13 bits; a negative sample is folded so that the steps mirror each other.
    let (sign, magnitude) = match sample >= 0 {
        true => (0x80, i32::from(sample) >> 3),
        false => (0, (-i32::from(sample) - 1) >> 3),
    };
    let code = match magnitude {
        ..32 => magnitude >> 1,
        32.. => {
            let exponent = 27 - magnitude.leading_zeros() as i32;
            (exponent << 4) | ((magnitude >> exponent) & 0x0F)
        }
    };
    ((sign | code) ^ 0x55) as u8
}

const EXPAND_MU: [i16; 256] = {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        let bits = !(code as i32) & 0xFF;
        let (exponent, mantissa) = ((bits >> 4) & 7, bits & 0x0F);
        let magnitude = (((mantissa << 3) + MU_BIAS) << exponent) - MU_BIAS;
        table[code] = if bits & 0x80 != 0 { -magnitude as i16 } else { magnitude as i16 };
        code += 1;
    }
    table
};

const EXPAND_A: [i16; 256] = {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        let bits = (code as i32) ^ 0x55;
        let (exponent, mantissa) = ((bits >> 4) & 7, bits & 0x0F);
        let magnitude = match exponent {
            0 => (mantissa << 4) + 8,
            _ => ((mantissa << 4) + 0x108) << (exponent - 1),
        };
        table[code] = if bits & 0x80 != 0 { magnitude as i16 } else { -magnitude as i16 };
        code += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_and_the_ends_have_the_codes_of_the_standard() {
        assert_eq!((compress(Law::Mu, 0), compress(Law::A, 0)), (0xFF, 0xD5));
        assert_eq!((compress(Law::Mu, i16::MAX), compress(Law::Mu, i16::MIN)), (0x80, 0x00));
        assert_eq!((compress(Law::A, i16::MAX), compress(Law::A, i16::MIN)), (0xAA, 0x2A));
        assert_eq!((expand(Law::Mu, 0x80), expand(Law::A, 0xAA)), (32_124, 32_256));
    }

    #[test]
    fn every_sample_gets_the_nearest_code_of_its_segment() {
        for law in [Law::Mu, Law::A] {
            let mut last = i16::MIN;
            for sample in i16::MIN..=i16::MAX {
                let back = expand(law, compress(law, sample));
                assert!(back >= last, "{law:?} {sample}");
                let error = (i32::from(back) - i32::from(sample)).abs();
                let step = (i32::from(sample).abs() >> 4).max(8) + 8;
                assert!(
                    error <= step || i32::from(sample).abs() > 32_100,
                    "{law:?} {sample} {back}"
                );
                last = back;
            }
            for code in 0..=255 {
                let again = compress(law, expand(law, code));
                assert_eq!(expand(law, again), expand(law, code), "{law:?} {code:#x}");
            }
        }
    }
}
