//! A listener that lets in only so many at a time, and sends away who says or takes nothing, or does not come to the end of
//! a request's head: the descriptors of the process are also those of journals, recordings and the database. When there is no
//! place for one who comes, one goes who has asked for nothing, so that many who are silent keep nobody waiting.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::domain::Uptime;
use crate::engine::clock::Clock;

/// Lets in whoever has a place. One waits for it at the door, the others outside, where the system keeps them.
pub(super) struct Guests {
    listener: TcpListener,
    places: Arc<Semaphore>,
    /// How many places there are.
    most: usize,
    /// Who is in, in the order in which they came, and no more who have gone than there are places.
    inside: VecDeque<Weak<Stay>>,
    clock: Clock,
    patience: Patience,
    stop: CancellationToken,
}

/// What is known of somebody as long as they are in.
#[derive(Debug)]
struct Stay {
    asks: AtomicU8,
    /// Somebody else needs their place.
    goes: CancellationToken,
}

/// How long a guest is waited for.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    /// For a word, and for taking one.
    pub silent_max: Duration,
    /// For all of a request's head, from its first byte on.
    pub head_max: Duration,
    /// For whatever they are at, once the bridge stops.
    pub last_max: Duration,
}

impl Guests {
    /// So many at a time, until `stop`.
    pub(super) fn new(
        listener: TcpListener,
        places: usize,
        patience: Patience,
        clock: Clock,
        stop: CancellationToken,
    ) -> Self {
        let (most, places) = (places, Arc::new(Semaphore::new(places)));
        Self { listener, places, most, inside: VecDeque::new(), clock, patience, stop }
    }

    /// A place for somebody who is at the door.
    async fn place(&mut self) -> OwnedSemaphorePermit {
        loop {
            if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
                return place;
            }
            self.send_one_away();
            let place = Arc::clone(&self.places).acquire_owned();
            if let Some(Ok(place)) = self.clock.within(self.clock.uptime() + A_MOMENT, place).await
            {
                return place;
            }
        }
    }

    /// Notes that they are in, and forgets those who have gone when there are too many.
    fn remember(&mut self, guest: &Guest) {
        if self.inside.len() >= 2 * self.most {
            self.inside.retain(|stay| stay.strong_count() > 0);
        }
        self.inside.push_back(Arc::downgrade(&guest.stay));
    }

    /// Sends away the first of those who have asked for nothing, or else of those whose last request was answered; nobody, if all
    /// are at something.
    fn send_one_away(&mut self) {
        let first = |asks: u8| {
            self.inside
                .iter()
                .filter_map(Weak::upgrade)
                .find(|stay| stay.asks.load(Ordering::Relaxed) == asks && !stay.goes.is_cancelled())
        };
        if let Some(stay) = first(HEAD).or_else(|| first(ANSWERED)) {
            stay.goes.cancel();
        }
    }
}

/// When all are at something, so long it is waited until somebody has come to the end of it.
const A_MOMENT: Duration = Duration::from_millis(50);

/// A guest, to whoever answers them.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    address: SocketAddr,
    stay: Arc<Stay>,
}

/// What a guest says is the head of a request.
const HEAD: u8 = 0;
/// The last head has been read: what comes next begins another.
const HEAD_READ: u8 = 1;
/// What a guest says is no request any more.
const NO_REQUEST: u8 = 2;
/// The last request has been answered.
const ANSWERED: u8 = 3;

impl Visitor {
    /// Whence they come.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// They have come to the end of a head.
    pub(super) fn head_is_read(&self) {
        self.stay.asks.store(HEAD_READ, Ordering::Relaxed);
    }

    /// What they asked for is given to them, unless they speak of something else by now.
    pub(super) fn is_answered(&self) {
        let (read, answered) = (HEAD_READ, ANSWERED);
        let _asks_again =
            self.stay.asks.compare_exchange(read, answered, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// They speak of something else from here on, and only silence ends it.
    pub(super) fn asks_no_more(&self) {
        self.stay.asks.store(NO_REQUEST, Ordering::Relaxed);
    }
}

impl Connected<IncomingStream<'_, Guests>> for Visitor {
    fn connect_info(guest: IncomingStream<'_, Guests>) -> Self {
        Self { address: *guest.remote_addr(), stay: Arc::clone(&guest.io().stay) }
    }
}

impl Listener for Guests {
    type Io = Guest;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Guest, SocketAddr) {
        let (stream, from) = Listener::accept(&mut self.listener).await;
        let place = self.place().await;
        let guest = Guest::new(stream, place, self.clock, self.patience, self.stop.clone());
        self.remember(&guest);
        (guest, from)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// Somebody who has been let in.
pub(super) struct Guest {
    stream: TcpStream,
    clock: Clock,
    patience: Patience,
    heard_at: Uptime,
    /// When the head began that is being read.
    head_at: Option<Uptime>,
    stay: Arc<Stay>,
    goes: Pin<Box<WaitForCancellationFutureOwned>>,
    looks: Timer,
    /// When what is said to them has to have been taken, as long as they do not take it.
    deaf: Option<Timer>,
    /// When there is an end of it because the bridge stops; `None` once that has come.
    last: Option<Timer>,
    _place: OwnedSemaphorePermit,
}

type Timer = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Guest {
    fn new(
        stream: TcpStream,
        place: OwnedSemaphorePermit,
        clock: Clock,
        patience: Patience,
        stop: CancellationToken,
    ) -> Self {
        let heard_at = clock.uptime();
        let last = async move {
            stop.cancelled().await;
            clock.until(clock.uptime() + patience.last_max).await;
        };
        let looks = at(clock, heard_at + patience.silent_max);
        let goes = CancellationToken::new();
        let told = Box::pin(goes.clone().cancelled_owned());
        Self {
            stream,
            clock,
            patience,
            heard_at,
            head_at: None,
            stay: Arc::new(Stay { asks: AtomicU8::new(HEAD), goes }),
            goes: told,
            looks,
            deaf: None,
            last: Some(Box::pin(last)),
            _place: place,
        }
    }

    /// Something has been heard.
    fn hears(&mut self) {
        let now = self.clock.uptime();
        self.heard_at = now;
        let asks = &self.stay.asks;
        let next = |before: u8| [HEAD_READ, ANSWERED].contains(&before).then_some(HEAD);
        let begins = asks.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        if begins.is_ok() || self.head_at.is_none() {
            self.head_at = Some(now);
            self.looks = at(self.clock, self.gone_at());
        }
    }

    /// When the head that is being read has to have come to its end.
    fn head_until(&self) -> Option<Uptime> {
        let is_read = self.stay.asks.load(Ordering::Relaxed) != HEAD;
        self.head_at.filter(|_| !is_read).map(|head_at| head_at + self.patience.head_max)
    }

    /// When they are waited for no longer, if nothing more comes.
    fn gone_at(&self) -> Uptime {
        let silent_at = self.heard_at + self.patience.silent_max;
        self.head_until().map_or(silent_at, |until| until.min(silent_at))
    }

    /// Whether somebody else has their place from here on.
    fn is_sent_away(&mut self, cx: &mut Context<'_>) -> bool {
        self.stay.goes.is_cancelled() || self.goes.as_mut().poll(cx).is_ready()
    }

    /// Whether the bridge stops, and they have had their time since.
    fn is_at_end(&mut self, cx: &mut Context<'_>) -> bool {
        if self.last.as_mut().is_some_and(|last| last.as_mut().poll(cx).is_ready()) {
            self.last = None;
        }
        self.last.is_none()
    }

    /// What came of saying something; an error when they have not taken anything for too long.
    fn poll_taken(
        &mut self,
        cx: &mut Context<'_>,
        taken: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if taken.is_ready() {
            self.deaf = None;
            return taken;
        }
        let (clock, silent_max) = (self.clock, self.patience.silent_max);
        let deaf = self.deaf.get_or_insert_with(|| at(clock, clock.uptime() + silent_max));
        ready!(deaf.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Ready when they have been waited for too long.
    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.looks.as_mut().poll(cx));
            let gone_at = self.gone_at();
            if self.clock.uptime() >= gone_at {
                return Poll::Ready(());
            }
            self.looks = at(self.clock, gone_at);
        }
    }
}

fn at(clock: Clock, at: Uptime) -> Timer {
    Box::pin(async move { clock.until(at).await })
}

impl AsyncRead for Guest {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // Also for whoever always has another byte.
        let is_over = this.is_at_end(cx)
            || this.is_sent_away(cx)
            || this.head_until().is_some_and(|until| this.clock.uptime() >= until);
        if !is_over && let Poll::Ready(read) = Pin::new(&mut this.stream).poll_read(cx, into) {
            this.hears();
            return Poll::Ready(read);
        }
        if !is_over {
            ready!(this.poll_gone(cx));
        }
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncWrite for Guest {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.is_at_end(cx) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let taken = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.poll_taken(cx, taken)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.is_at_end(cx) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let taken = Pin::new(&mut this.stream).poll_write_vectored(cx, parts);
        this.poll_taken(cx, taken)
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
#[path = "guests_tests.rs"]
mod tests;
