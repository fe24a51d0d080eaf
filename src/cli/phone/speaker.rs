//! The loudspeaker and the microphone of whoever holds the telephone.

use std::num::{NonZeroU16, NonZeroU32};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use rodio::microphone::MicrophoneBuilder;
use rodio::{DeviceSinkBuilder, MixerDeviceSink, Source};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::engine::tasks::Tasks;
use crate::media::Frame;
use crate::media::rate::{Rate, from_float, to_float};

/// A loudspeaker that plays what is heard, and a microphone that says what the person says.
pub(super) struct Speaker {
    /// Plays as long as it lives.
    _sink: MixerDeviceSink,
    rate: Rate,
    plays: SyncSender<Vec<f32>>,
    /// What the person says, a frame at a time.
    pub says: mpsc::Receiver<Frame>,
}

/// Frames that may wait for the loudspeaker: a fifth of a second. The newest is dropped beyond it.
const PLAYS_MAX: usize = 10;

/// Frames that have to wait before the loudspeaker begins, also after it had none: so much may one be late.
const AHEAD: usize = 3;

/// Frames that may wait for the telephone; the newest is dropped beyond it.
const SAYS_MAX: usize = 10;

impl Speaker {
    /// Opens the machine's loudspeaker and microphone.
    pub(super) fn open(tasks: &Tasks) -> anyhow::Result<Self> {
        let mut sink = DeviceSinkBuilder::open_default_sink().context(
            "there is no loudspeaker that can be used: is one plugged in? Without --speaker it goes on silently",
        )?;
        sink.log_on_drop(false);
        let rate_hz = sink.config().sample_rate();
        let rate = Rate::new(Frame::RATE_HZ, rate_hz.get())?;
        let (plays, chunks) = sync_channel(PLAYS_MAX);
        sink.mixer().add(Heard { chunks, chunk: Vec::new().into_iter(), ahead: 0, rate_hz });
        let (sends, says) = mpsc::channel(SAYS_MAX);
        let (opened, is_open) = sync_channel(1);
        let stop = tasks.token();
        tasks.thread("microphone", move || listen(&sends, &opened, &stop))?;
        is_open
            .recv()
            .unwrap_or_else(|_ended| Err(anyhow!("the microphone could not be opened")))?;
        Ok(Self { _sink: sink, rate, plays, says })
    }

    /// Plays 20 ms.
    pub(super) fn play(&mut self, frame: &Frame) {
        let mut chunk = Vec::new();
        self.rate.pass(to_float(frame), &mut chunk);
        let _too_many_wait = self.plays.try_send(chunk);
    }
}

/// What the loudspeaker plays: what has been heard, and silence while there is nothing.
struct Heard {
    chunks: Receiver<Vec<f32>>,
    chunk: std::vec::IntoIter<f32>,
    /// Silent chunks that have been played since nothing had come: that much has time to come meanwhile.
    ahead: usize,
    rate_hz: NonZeroU32,
}

impl Heard {
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

/// Listens to the microphone until it is over. A microphone that gives nothing cannot be stopped: the thread is left behind.
fn listen(
    sends: &mpsc::Sender<Frame>,
    opened: &SyncSender<anyhow::Result<()>>,
    stop: &CancellationToken,
) {
    let open = || -> anyhow::Result<_> {
        let microphone = MicrophoneBuilder::new()
            .default_device()
            .and_then(|builder| builder.default_config())
            .context("there is no microphone that can be used: is one plugged in?")?;
        let microphone = microphone.open_stream().context("the microphone cannot be opened")?;
        let rate = Rate::new(microphone.sample_rate().get(), Frame::RATE_HZ)?;
        Ok((microphone, rate))
    };
    let (mut microphone, mut rate) = match open() {
        Ok(both) => both,
        Err(error) => return drop(opened.send(Err(error))),
    };
    let _nobody_waits = opened.send(Ok(()));
    let channels = usize::from(microphone.channels().get());
    let some = microphone.sample_rate().get() as usize / 100;
    let (mut narrow, mut said) = (Vec::new(), Vec::new());
    while !stop.is_cancelled() && !sends.is_closed() {
        let mono = (0..some).map_while(|_| {
            let sum = (0..channels).map(|_| microphone.next()).sum::<Option<f32>>()?;
            Some(sum / channels as f32)
        });
        let mono: Vec<f32> = mono.collect();
        if mono.len() < some {
            return;
        }
        rate.pass(mono, &mut narrow);
        said.extend(narrow.drain(..).map(from_float));
        let whole = said.len() - said.len() % Frame::SAMPLES;
        for samples in said[..whole].as_chunks::<{ Frame::SAMPLES }>().0 {
            let _the_telephone_is_behind = sends.try_send(Frame(*samples));
        }
        said.drain(..whole);
    }
}
