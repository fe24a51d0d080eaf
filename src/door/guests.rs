//! A listener that lets in only so many at a time, and sends away who says or takes nothing, or does not come to the end of
//! a request's head: the descriptors of the process are also those of journals, recordings and the database. When there is no
//! place for one who comes, one goes who has asked for nothing, so that many who are silent keep nobody waiting. Who is let go
//! hears the last word to its end, also when they were still speaking.

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
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::leaving::{Leaving, Seat, Timer, see_off};
use crate::domain::Uptime;
use crate::engine::clock::Clock;
use crate::engine::tasks::Tasks;

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
    leave: mpsc::Sender<Leaving>,
}

/// What is known of somebody as long as they are in.
#[derive(Debug)]
pub(super) struct Stay {
    asks: AtomicU8,
    /// Somebody else needs their place.
    pub(super) goes: CancellationToken,
}

/// How long a guest is waited for.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    /// For a word, and for taking one.
    pub silent_max: Duration,
    /// For all of a request's head, from its first byte on.
    pub head_max: Duration,
    /// For hearing the last word to them, and hanging up.
    pub farewell_max: Duration,
    /// For whatever they are at, once the bridge stops.
    pub last_max: Duration,
}

impl Guests {
    /// So many at a time, until the tasks are told to stop.
    pub(super) fn new(
        listener: TcpListener,
        places: usize,
        patience: Patience,
        clock: Clock,
        tasks: &Tasks,
    ) -> Self {
        let (leave, leaving) = mpsc::channel(places);
        tasks.spawn("http leaving", see_off(leaving, clock));
        let (most, places) = (places, Arc::new(Semaphore::new(places)));
        let (inside, stop) = (VecDeque::new(), tasks.token());
        Self { listener, places, most, inside, clock, patience, stop, leave }
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
        // A frame of sound does not wait for company on the way.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, %from, "its sound may come in heaps");
        }
        let seat = Seat { stream, _place: self.place().await };
        let guest = Guest::new(seat, self);
        self.remember(&guest);
        (guest, from)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// Somebody who has been let in.
pub(super) struct Guest {
    /// `None` when they have been sent away.
    seat: Option<Seat>,
    leave: mpsc::Sender<Leaving>,
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
}

impl Guest {
    fn new(seat: Seat, guests: &Guests) -> Self {
        let Guests { clock, patience, .. } = *guests;
        let stop = guests.stop.clone();
        let heard_at = clock.uptime();
        let last = async move {
            stop.cancelled().await;
            clock.until(clock.uptime() + patience.last_max).await;
        };
        let looks = at(clock, heard_at + patience.silent_max);
        let goes = CancellationToken::new();
        let told = Box::pin(goes.clone().cancelled_owned());
        Self {
            seat: Some(seat),
            leave: guests.leave.clone(),
            clock,
            patience,
            heard_at,
            head_at: None,
            stay: Arc::new(Stay { asks: AtomicU8::new(HEAD), goes }),
            goes: told,
            looks,
            deaf: None,
            last: Some(Box::pin(last)),
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

    /// Says something; an error when they have not taken anything for too long.
    fn poll_say(
        &mut self,
        cx: &mut Context<'_>,
        say: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if self.is_at_end(cx) {
            return Poll::Ready(Err(self.is_given_up()));
        }
        let Some(seat) = &mut self.seat else { return Poll::Ready(Err(self.is_given_up())) };
        let taken = say(Pin::new(&mut seat.stream), cx);
        if taken.is_ready() {
            self.deaf = None;
            return taken;
        }
        let (clock, silent_max) = (self.clock, self.patience.silent_max);
        let deaf = self.deaf.get_or_insert_with(|| at(clock, clock.uptime() + silent_max));
        ready!(deaf.as_mut().poll(cx));
        Poll::Ready(Err(self.is_given_up()))
    }

    /// Nothing more is heard from them, or said to them.
    fn is_given_up(&mut self) -> io::Error {
        self.seat = None;
        io::ErrorKind::TimedOut.into()
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
        if let (false, Some(seat)) = (is_over, &mut this.seat) {
            if let Poll::Ready(read) = Pin::new(&mut seat.stream).poll_read(cx, into) {
                this.hears();
                return Poll::Ready(read);
            }
            ready!(this.poll_gone(cx));
        }
        Poll::Ready(Err(this.is_given_up()))
    }
}

impl AsyncWrite for Guest {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().poll_say(cx, |stream, cx| stream.poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().poll_say(cx, |stream, cx| stream.poll_write_vectored(cx, parts))
    }

    fn is_write_vectored(&self) -> bool {
        self.seat.as_ref().is_some_and(|seat| seat.stream.is_write_vectored())
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(seat) = &mut self.get_mut().seat else { return Poll::Ready(Ok(())) };
        Pin::new(&mut seat.stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(seat) = &mut self.get_mut().seat else { return Poll::Ready(Ok(())) };
        Pin::new(&mut seat.stream).poll_shutdown(cx)
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let (Some(seat), Some(last)) = (self.seat.take(), self.last.take()) else { return };
        // They go first when somebody needs a place.
        self.stay.asks.store(HEAD, Ordering::Relaxed);
        let until = self.clock.uptime() + self.patience.farewell_max;
        let leaving = Leaving { seat, stay: Arc::clone(&self.stay), until, last };
        // There is room for as many as there are places; after the end of the task they go as they are.
        let _at_once = self.leave.try_send(leaving);
    }
}

#[cfg(test)]
#[path = "guests_tests.rs"]
mod tests;
