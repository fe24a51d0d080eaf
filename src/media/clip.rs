//! A sound that is played: frames known beforehand, so that playing is reading.

use std::time::Duration;

use super::frame::Frame;

/// At least one frame of sound. The last one is filled up with silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clip {
    frames: Box<[Frame]>,
}

impl Clip {
    /// From 8 kHz samples; `None` when there are none.
    #[must_use]
    pub fn from_samples(samples: &[i16]) -> Option<Self> {
        let frames: Box<[Frame]> = samples
            .chunks(Frame::SAMPLES)
            .map(|chunk| {
                let mut frame = Frame::SILENCE;
                frame.0[..chunk.len()].copy_from_slice(chunk);
                frame
            })
            .collect();
        (!frames.is_empty()).then_some(Self { frames })
    }

    /// All of it.
    #[must_use]
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// One frame, counted from 0; `None` when it is over.
    #[must_use]
    pub fn frame(&self, place: usize) -> Option<&Frame> {
        self.frames.get(place)
    }

    /// The frame of that tick when it is played round and round.
    #[must_use]
    pub fn looped(&self, tick: u64) -> &Frame {
        let place = tick % self.frames.len() as u64;
        &self.frames[usize::try_from(place).unwrap_or(0)]
    }

    /// How long it is: whole frames.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::from_micros(Frame::MICROS) * u32::try_from(self.frames.len()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_frame_is_filled_up_and_a_loop_begins_again() {
        let clip = Clip::from_samples(&[7; 170]).unwrap();
        assert_eq!(clip.frames().len(), 2);
        assert_eq!((clip.frame(1).unwrap().0[9], clip.frame(1).unwrap().0[10]), (7, 0));
        assert_eq!(clip.frame(2), None);
        assert_eq!(clip.looped(5), clip.frame(1).unwrap());
        assert_eq!(clip.duration(), Duration::from_millis(40));
        assert_eq!(Clip::from_samples(&[]), None);
    }
}
