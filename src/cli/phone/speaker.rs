//! The loudspeaker and the microphone of whoever holds the telephone.

use std::sync::mpsc::{SyncSender, sync_channel};

use anyhow::{Context as _, anyhow};
use rodio::microphone::MicrophoneBuilder;
use rodio::{DeviceSinkBuilder, MixerDeviceSink, Source as _};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::frames::{Cut, Heard};
use crate::engine::tasks::Tasks;
use crate::media::Frame;
use crate::media::rate::{Rate, to_float};

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
        sink.mixer().add(Heard::new(chunks, rate_hz));
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
        let cut = Cut::new(microphone.channels(), microphone.sample_rate())?;
        Ok((microphone, cut))
    };
    let (mut microphone, mut cut) = match open() {
        Ok(both) => both,
        Err(error) => return drop(opened.send(Err(error))),
    };
    let _nobody_waits = opened.send(Ok(()));
    while !stop.is_cancelled() && !sends.is_closed() {
        let Some(frames) = cut.next(microphone.by_ref()) else { return };
        for frame in frames {
            let _the_telephone_is_behind = sends.try_send(frame);
        }
    }
}
