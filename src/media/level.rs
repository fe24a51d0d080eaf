//! Levels in dBm0 and what they mean in 16-bit samples (ITU-T G.711: a sine of 0 dBm0 peaks 3.17 dB below overload).
//!
//! Uses `libm`, whose results are the same to the last bit on every machine.

/// The peak of a sine of 0 dBm0.
pub const PEAK_0_DBM0: f64 = 22_830.0;

/// The peak of a sine of that level, in sample steps.
#[must_use]
pub fn sine_peak(level_dbm0: f64) -> f64 {
    PEAK_0_DBM0 * libm::pow(10.0, level_dbm0 / 20.0)
}

/// The level of these samples; `None` for digital silence.
#[must_use]
pub fn level_dbm0(samples: &[i16]) -> Option<f64> {
    let power: f64 = samples.iter().map(|&sample| f64::from(sample) * f64::from(sample)).sum();
    let reference = PEAK_0_DBM0 * PEAK_0_DBM0 / 2.0 * samples.len() as f64;
    (power > 0.0).then(|| 10.0 * libm::log10(power / reference))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_measures_what_it_was_made_for() {
        let peak = sine_peak(-16.0);
        let samples: Vec<i16> =
            (0..8_000).map(|n| (peak * libm::sin(f64::from(n) * 0.4)) as i16).collect();
        assert!((level_dbm0(&samples).unwrap() + 16.0).abs() < 0.02);
        assert_eq!(level_dbm0(&[0; 160]), None);
    }
}
