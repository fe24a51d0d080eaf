//! In place of loudspeaker and microphone, in a program that was built without them.

use std::convert::Infallible;

use anyhow::bail;
use tokio::sync::mpsc;

use crate::engine::tasks::Tasks;
use crate::media::Frame;

/// There is none.
pub(super) struct Speaker {
    pub says: mpsc::Receiver<Frame>,
    never: Infallible,
}

impl Speaker {
    pub(super) fn open(_tasks: &Tasks) -> anyhow::Result<Self> {
        bail!(
            "this program was built without loudspeaker and microphone: build it with `cargo build --release --features speaker`"
        )
    }

    pub(super) fn play(&mut self, _frame: &Frame) {
        match self.never {}
    }
}
