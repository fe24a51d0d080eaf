//! Mixing: everyone's sum in 32 bits, one's own voice taken out, cut to 16 bits once at the end.

use super::frame::Frame;

/// The sum of all voices on a bridge in one tick. Holds 65 536 voices at full scale without overflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum([i32; Frame::SAMPLES]);

impl Default for Sum {
    fn default() -> Self {
        Self([0; Frame::SAMPLES])
    }
}

impl Sum {
    /// Takes out everyone.
    pub fn clear(&mut self) {
        self.0 = [0; Frame::SAMPLES];
    }

    /// Adds a voice.
    pub fn add(&mut self, voice: &Frame) {
        for (sum, &sample) in self.0.iter_mut().zip(&voice.0) {
            *sum += i32::from(sample);
        }
    }

    /// Writes what one who speaks hears: everyone without their own voice. Saturates at the limits of 16 bits.
    pub fn mix_minus(&self, own: &Frame, out: &mut Frame) {
        for ((out, &sum), &own) in out.0.iter_mut().zip(&self.0).zip(&own.0) {
            *out = saturated(sum - i32::from(own));
        }
    }

    /// Writes what one who only listens hears: everyone. Saturates at the limits of 16 bits.
    pub fn write_all(&self, out: &mut Frame) {
        for (out, &sum) in out.0.iter_mut().zip(&self.0) {
            *out = saturated(sum);
        }
    }
}

fn saturated(sum: i32) -> i16 {
    sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frames() -> impl Strategy<Value = Vec<Frame>> {
        let frame = prop::collection::vec(any::<i16>(), Frame::SAMPLES)
            .prop_map(|samples| Frame(samples.try_into().unwrap()));
        prop::collection::vec(frame, 1..12)
    }

    proptest! {
        #[test]
        fn each_hears_the_others_and_never_themself(voices in frames()) {
            let mut sum = Sum::default();
            voices.iter().for_each(|voice| sum.add(voice));
            for (place, own) in voices.iter().enumerate() {
                let mut out = Frame::SILENCE;
                sum.mix_minus(own, &mut out);
                for sample in 0..Frame::SAMPLES {
                    let others: i64 = voices
                        .iter()
                        .enumerate()
                        .filter(|(other, _)| *other != place)
                        .map(|(_, voice)| i64::from(voice.0[sample]))
                        .sum();
                    prop_assert_eq!(i64::from(out.0[sample]), others.clamp(-32_768, 32_767));
                }
            }
        }
    }
}
