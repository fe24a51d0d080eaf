//! What carries a telephone's messages: a stream of bytes, or a WebSocket.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Carries bytes both ways.
pub(super) trait Bearer: Send {
    /// Waits for bytes and adds them; gives how many, 0 when the other side has gone. Nothing is lost when it is not waited
    /// for to the end. An error of [`io::ErrorKind::InvalidData`] is the other side's fault, and it is told.
    fn read(&mut self, into: &mut Vec<u8>) -> impl Future<Output = io::Result<usize>> + Send;

    /// Sends bytes.
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = io::Result<()>> + Send;

    /// Ends it, with a word for the other side.
    fn close(&mut self, why: &str) -> impl Future<Output = ()> + Send;
}

#[cfg(unix)]
impl Bearer for tokio::net::UnixStream {
    async fn read(&mut self, into: &mut Vec<u8>) -> io::Result<usize> {
        self.read_buf(into).await
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes).await
    }

    async fn close(&mut self, _said_in_a_message: &str) {}
}
