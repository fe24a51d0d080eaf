//! The line of a telephone to the bridge: the socket in its data folder.

use std::path::Path;

use anyhow::{Context as _, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use crate::door::wire::{ToBridge, ToPhone};

/// An open line.
pub(super) struct Line {
    stream: UnixStream,
    bytes: Vec<u8>,
}

impl Line {
    pub(super) async fn open(socket: &Path) -> anyhow::Result<Self> {
        let stream = UnixStream::connect(socket).await.with_context(|| {
            format!("no bridge answers at {}: start one with `holdline serve`", socket.display())
        })?;
        Ok(Self { stream, bytes: Vec::new() })
    }

    /// The next message; `None` when the bridge has gone. Nothing is lost when it is not waited for to the end.
    pub(super) async fn next(&mut self) -> anyhow::Result<Option<ToPhone>> {
        loop {
            match ToPhone::decode(&self.bytes) {
                Ok(Some((message, length))) => {
                    self.bytes.drain(..length);
                    return Ok(Some(message));
                }
                Ok(None) => {}
                Err(error) => bail!("the other side is no bridge: {error}"),
            }
            match self.stream.read_buf(&mut self.bytes).await {
                Ok(0) => return Ok(None),
                Ok(_some) => {}
                Err(_gone) => return Ok(None),
            }
        }
    }

    pub(super) async fn say(&mut self, message: &ToBridge) -> anyhow::Result<()> {
        // A bridge that has gone is noticed when it says no more; its last words come first.
        let _gone = self.stream.write_all(&message.encode()).await;
        Ok(())
    }
}
