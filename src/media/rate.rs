//! Between the 8 kHz of the house and whatever rate a loudspeaker or microphone has, as the sound comes.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _};
use thiserror::Error;

use super::frame::Frame;

/// Takes sound at one rate and gives it at another, some 20 ms later.
pub struct Rate {
    fft: Fft<f32>,
    waiting: Vec<f32>,
}

/// Why there is no way between two rates.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("there is no way from {from_hz} to {to_hz} samples a second: {why}")]
pub struct RateError {
    /// From this one.
    pub from_hz: u32,
    /// To this one.
    pub to_hz: u32,
    /// What the resampler said.
    pub why: String,
}

/// Rates of the devices there are.
const DEVICES_HZ: std::ops::RangeInclusive<u32> = 8_000..=384_000;

impl Rate {
    /// From one rate to the other, both in samples a second.
    ///
    /// # Errors
    /// No device has such a rate.
    pub fn new(from_hz: u32, to_hz: u32) -> Result<Self, RateError> {
        let wrong = |why: String| RateError { from_hz, to_hz, why };
        if !DEVICES_HZ.contains(&from_hz) || !DEVICES_HZ.contains(&to_hz) {
            return Err(wrong(format!("a device has {DEVICES_HZ:?}")));
        }
        let some = from_hz as usize / 100;
        let fft = Fft::new(from_hz as usize, to_hz as usize, some, 1, FixedSync::Both);
        Ok(Self { fft: fft.map_err(|error| wrong(error.to_string()))?, waiting: Vec::new() })
    }

    /// Takes samples between −1 and 1, of one channel, and adds those that are ready to `out`. What is louder is cut, and what is
    /// no number is silence: a device may give anything.
    pub fn pass(&mut self, samples: impl IntoIterator<Item = f32>, out: &mut Vec<f32>) {
        let sane = |sample: f32| if sample.is_nan() { 0.0 } else { sample.clamp(-1.0, 1.0) };
        self.waiting.extend(samples.into_iter().map(sane));
        loop {
            let (takes, gives) = (self.fft.input_frames_next(), self.fft.output_frames_next());
            if self.waiting.len() < takes {
                return;
            }
            let already = out.len();
            out.resize(already + gives, 0.0);
            let done = InterleavedSlice::new(&self.waiting[..takes], 1, takes).and_then(|from| {
                let to = InterleavedSlice::new_mut(&mut out[already..], 1, gives)?;
                Ok((from, to))
            });
            if let Ok((from, mut to)) = done {
                let _silence = self.fft.process_into_buffer(&from, &mut to, None);
            }
            self.waiting.drain(..takes);
        }
    }
}

/// A frame's samples, between −1 and 1.
pub fn to_float(frame: &Frame) -> impl Iterator<Item = f32> {
    frame.0.iter().map(|&sample| f32::from(sample) / 32_768.0)
}

/// A sample between −1 and 1, as the house has them; what is louder is cut.
#[must_use]
pub fn from_float(sample: f32) -> i16 {
    (sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::level::level_dbm0;
    use crate::media::tone::Tone;

    fn narrow(samples: &[f32]) -> Vec<i16> {
        samples.iter().map(|&sample| from_float(sample)).collect()
    }

    /// A microphone may give anything, and nothing that it gave is in what comes later.
    #[test]
    fn what_is_no_sample_is_silence() {
        let mut rate = Rate::new(48_000, 8_000).unwrap();
        let mut out = Vec::new();
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, -1e30] {
            rate.pass([bad; 4_800], &mut out);
        }
        rate.pass([0.0; 9_600], &mut out);
        assert!(out.iter().all(|sample| sample.is_finite()));
        assert!(out[out.len() - 800..].iter().all(|sample| from_float(*sample) == 0));
    }

    /// To a loudspeaker and back from a microphone: as loud as it was, as long, and nothing beside it.
    #[test]
    fn a_tone_goes_there_and_back() {
        for hz in [8_000, 16_000, 44_100, 48_000, 96_000] {
            let mut there = Rate::new(Frame::RATE_HZ, hz).unwrap();
            let mut back = Rate::new(hz, Frame::RATE_HZ).unwrap();
            let (mut tone, mut device, mut home) = (Tone::new(1_004.0, -16.0), vec![], vec![]);
            for _ in 0..100 {
                let (mut frame, before) = (Frame::SILENCE, device.len());
                tone.fill(&mut frame);
                there.pass(to_float(&frame), &mut device);
                let some: Vec<f32> = device[before..].to_vec();
                back.pass(some, &mut home);
            }
            let lasts = device.len() as f64 / f64::from(hz);
            assert!((1.9..=2.0).contains(&lasts), "{hz}: {lasts} s");
            let home = narrow(&home);
            assert!(home.len() > 15_000, "{hz}: {}", home.len());
            let level = level_dbm0(&home[4_000..12_000]).unwrap();
            assert!((level + 16.0).abs() < 0.2, "{hz}: {level} dBm0");
        }
    }

    /// What a microphone hears above the telephone's band does not fold into it.
    #[test]
    fn what_is_too_high_is_gone() {
        let mut rate = Rate::new(48_000, Frame::RATE_HZ).unwrap();
        let step = std::f32::consts::TAU * 6_500.0 / 48_000.0;
        let mut out = Vec::new();
        rate.pass((0..48_000).map(|place| (step * place as f32).sin()), &mut out);
        assert!(level_dbm0(&narrow(&out)[1_000..7_000]).unwrap_or(-120.0) < -60.0);
    }

    #[test]
    fn no_device_has_any_rate() {
        assert!(Rate::new(8_000, 3).is_err_and(|error| error.to_string().contains("to 3 samples")));
        assert!(Rate::new(0, 8_000).is_err());
    }
}
