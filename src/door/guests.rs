//! A listener that lets in only so many at a time, and sends away who says nothing: the descriptors of the process are also
//! those of journals, recordings and the database.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::Uptime;
use crate::engine::clock::Clock;

/// Lets in whoever has a place; the others wait outside, where the system keeps them.
pub(super) struct Guests {
    listener: TcpListener,
    places: Arc<Semaphore>,
    clock: Clock,
    silent_max: Duration,
}

impl Guests {
    /// So many at a time, each gone after so long without a word from it.
    pub(super) fn new(
        listener: TcpListener,
        places: usize,
        silent_max: Duration,
        clock: Clock,
    ) -> Self {
        Self { listener, places: Arc::new(Semaphore::new(places)), clock, silent_max }
    }
}

impl Listener for Guests {
    type Io = Guest;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Guest, SocketAddr) {
        // Nobody closes the places.
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        let (stream, from) = Listener::accept(&mut self.listener).await;
        (Guest::new(stream, place, self.clock, self.silent_max), from)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// Somebody who has been let in.
pub(super) struct Guest {
    stream: TcpStream,
    clock: Clock,
    silent_max: Duration,
    heard_at: Uptime,
    looks: Pin<Box<dyn Future<Output = ()> + Send>>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Guest {
    fn new(
        stream: TcpStream,
        place: Option<OwnedSemaphorePermit>,
        clock: Clock,
        silent_max: Duration,
    ) -> Self {
        let heard_at = clock.uptime();
        let looks = at(clock, heard_at + silent_max);
        Self { stream, clock, silent_max, heard_at, looks, _place: place }
    }

    /// Ready when nothing has been heard for too long.
    fn poll_silent(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.looks.as_mut().poll(cx));
            let silent_at = self.heard_at + self.silent_max;
            if self.clock.uptime() >= silent_at {
                return Poll::Ready(());
            }
            self.looks = at(self.clock, silent_at);
        }
    }
}

fn at(clock: Clock, at: Uptime) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move { clock.until(at).await })
}

impl AsyncRead for Guest {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Poll::Ready(read) = Pin::new(&mut this.stream).poll_read(cx, into) {
            this.heard_at = this.clock.uptime();
            return Poll::Ready(read);
        }
        ready!(this.poll_silent(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncWrite for Guest {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    async fn guests(places: usize, silent_max: Duration) -> Guests {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Guests::new(listener, places, silent_max, Clock::start())
    }

    fn run(test: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(test);
    }

    #[test]
    fn one_too_many_waits_until_somebody_goes() {
        run(async {
            let mut guests = guests(1, Duration::from_secs(60)).await;
            let address = guests.local_addr().unwrap();
            let _first = TcpStream::connect(address).await.unwrap();
            let mut second = TcpStream::connect(address).await.unwrap();
            second.write_all(b"me too").await.unwrap();
            let (inside, _) = guests.accept().await;
            let let_in = tokio::select! {
                biased;
                _guest = guests.accept() => true,
                () = std::future::ready(()) => false,
            };
            assert!(!let_in, "there is one place");
            drop(inside);
            let (mut next, _) = guests.accept().await;
            let mut said = [0; 6];
            next.read_exact(&mut said).await.unwrap();
            assert_eq!(&said, b"me too");
        });
    }

    #[test]
    fn who_says_nothing_is_sent_away() {
        run(async {
            let mut guests = guests(1, Duration::from_millis(20)).await;
            let mut outside = TcpStream::connect(guests.local_addr().unwrap()).await.unwrap();
            let (mut inside, _) = guests.accept().await;
            outside.write_all(b"a").await.unwrap();
            let mut said = [0; 1];
            inside.read_exact(&mut said).await.unwrap();
            let error = inside.read_exact(&mut said).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        });
    }
}
