//! Between frames of the house and what loudspeakers and microphones take and give: samples one after the other, at a rate of
//! their own.

use std::num::{NonZeroU16, NonZeroU32};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use rodio::Source;

use crate::media::Frame;
use crate::media::rate::{Rate, RateError, from_float};

/// Chunks that have to wait before the loudspeaker begins, also after it had none: so much may one be late.
const AHEAD: usize = 3;

/// What the loudspeaker plays: what has been heard, and silence while there is nothing.
pub(super) struct Heard {
    chunks: Receiver<Vec<f32>>,
    chunk: std::vec::IntoIter<f32>,
    /// Silent chunks that have been played since nothing had come: that much has time to come meanwhile.
    ahead: usize,
    rate_hz: NonZeroU32,
}

impl Heard {
    /// Plays the chunks as they come, of 20 ms each at that rate.
    pub(super) fn new(chunks: Receiver<Vec<f32>>, rate_hz: NonZeroU32) -> Self {
        Self { chunks, chunk: Vec::new().into_iter(), ahead: 0, rate_hz }
    }

    fn next_chunk(&mut self) -> Option<f32> {
        if self.ahead < AHEAD {
            self.ahead += 1;
            // As long as one chunk lasts.
            self.chunk = vec![0.0; self.rate_hz.get() as usize / 50].into_iter();
            return self.chunk.next();
        }
        match self.chunks.try_recv() {
            Ok(chunk) => self.chunk = chunk.into_iter(),
            Err(_none_came) => self.ahead = 0,
        }
        self.chunk.next()
    }
}

impl Iterator for Heard {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        Some(self.chunk.next().or_else(|| self.next_chunk()).unwrap_or(0.0))
    }
}

impl Source for Heard {
    fn current_span_len(&self) -> Option<usize> {
        None
    }

    fn channels(&self) -> NonZeroU16 {
        NonZeroU16::MIN
    }

    fn sample_rate(&self) -> NonZeroU32 {
        self.rate_hz
    }

    fn total_duration(&self) -> Option<Duration> {
        None
    }
}

/// Cuts what a microphone gives into frames: all its channels in one, at the rate of the house.
pub(super) struct Cut {
    channels: usize,
    /// Samples of a channel that are taken together: 10 ms.
    some: usize,
    rate: Rate,
    narrow: Vec<f32>,
    said: Vec<i16>,
}

impl Cut {
    /// Of a microphone with so many channels, at that rate.
    ///
    /// # Errors
    /// No device has such a rate.
    pub(super) fn new(channels: NonZeroU16, rate_hz: NonZeroU32) -> Result<Self, RateError> {
        Ok(Self {
            channels: usize::from(channels.get()),
            some: rate_hz.get() as usize / 100,
            rate: Rate::new(rate_hz.get(), Frame::RATE_HZ)?,
            narrow: Vec::new(),
            said: Vec::new(),
        })
    }

    /// Takes 10 ms, and gives the frames that are whole; `None` when the microphone gives nothing any more.
    pub(super) fn next(&mut self, mut samples: impl Iterator<Item = f32>) -> Option<Vec<Frame>> {
        let mono = (0..self.some).map_while(|_| {
            let sum = (0..self.channels).map(|_| samples.next()).sum::<Option<f32>>()?;
            Some(sum / self.channels as f32)
        });
        let mono: Vec<f32> = mono.collect();
        if mono.len() < self.some {
            return None;
        }
        self.rate.pass(mono, &mut self.narrow);
        self.said.extend(self.narrow.drain(..).map(from_float));
        let (whole, _rest) = self.said.as_chunks::<{ Frame::SAMPLES }>();
        let frames: Vec<Frame> = whole.iter().map(|samples| Frame(*samples)).collect();
        self.said.drain(..frames.len() * Frame::SAMPLES);
        Some(frames)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    fn hz(rate_hz: u32) -> NonZeroU32 {
        NonZeroU32::new(rate_hz).unwrap()
    }

    /// It begins with some silence, so that what comes late is not missed; and again after there was nothing.
    #[test]
    fn a_loudspeaker_plays_what_comes_and_silence_before_and_between() {
        let (plays, chunks) = sync_channel(10);
        let mut heard = Heard::new(chunks, hz(8_000));
        let mut next = |samples: usize| heard.by_ref().take(samples).collect::<Vec<f32>>();
        plays.send(vec![0.25; 160]).unwrap();
        plays.send(vec![0.5; 160]).unwrap();
        assert_eq!(next(480), vec![0.0; 480]);
        assert_eq!((next(160), next(160)), (vec![0.25; 160], vec![0.5; 160]));
        // Nothing has come: whatever comes from here on has time again.
        assert_eq!(next(1), [0.0]);
        plays.send(vec![0.75; 160]).unwrap();
        assert_eq!(next(480), vec![0.0; 480]);
        assert_eq!(next(160), vec![0.75; 160]);
        drop(plays);
        assert_eq!(next(9_000), vec![0.0; 9_000], "it never ends");
        let about = (heard.channels().get(), heard.sample_rate().get());
        assert_eq!(
            (about, heard.current_span_len(), heard.total_duration()),
            ((1, 8_000), None, None)
        );
    }

    /// A tone on one of two channels, at the rate of most devices.
    #[test]
    fn a_microphone_is_cut_into_frames_of_all_its_channels() {
        let tone = (0..48_000_u32).flat_map(|at| {
            let time = f64::from(at) / 48_000.0;
            [(std::f64::consts::TAU * 400.0 * time).sin() as f32 * 0.5, 0.0]
        });
        let mut tone = tone.chain([0.9; 500]);
        let mut cut = Cut::new(NonZeroU16::new(2).unwrap(), hz(48_000)).unwrap();
        let mut frames = Vec::new();
        while let Some(some) = cut.next(tone.by_ref()) {
            assert!(some.len() <= 1, "10 ms are no more than a frame");
            frames.extend(some);
        }
        assert!((48..=50).contains(&frames.len()), "a second: {}", frames.len());
        // The middle of it, as the resampler begins and ends softly: half as loud as on the one channel, 20 ms are 8 waves.
        for frame in &frames[5..45] {
            let loudest = frame.0.iter().max().unwrap();
            assert!((8_000..8_400).contains(loudest), "{loudest}");
            let waves = frame.0.windows(2).filter(|pair| pair[0] < 0 && pair[1] >= 0).count();
            assert!((7..=9).contains(&waves), "{waves}");
        }
    }

    #[test]
    fn a_microphone_of_a_rate_that_none_has_is_told() {
        let told = Cut::new(NonZeroU16::MIN, hz(1)).err().unwrap().to_string();
        assert!(told.contains("from 1 to 8000 samples a second"), "{told}");
    }
}
