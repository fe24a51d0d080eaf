//! Seeing off guests to whom all has been said. A connection on which something is left unheard is broken off, and what was said
//! last may be lost with it (RFC 9112 §9.6): who was still speaking is heard out for a while, without minding what they say.

use std::pin::Pin;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::guests::Stay;
use crate::domain::Uptime;
use crate::engine::clock::Clock;

pub(super) type Timer = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A connection, and the place it takes.
pub(super) struct Seat {
    pub(super) stream: TcpStream,
    pub(super) _place: OwnedSemaphorePermit,
}

/// Somebody to whom all has been said.
pub(super) struct Leaving {
    pub(super) seat: Seat,
    pub(super) stay: Arc<Stay>,
    /// How long they may take to hear it and to hang up.
    pub(super) until: Uptime,
    /// Ready when there is an end of it because the bridge stops.
    pub(super) last: Timer,
}

/// Bytes that somebody may still say before they hear the last word.
pub(super) const FAREWELL_BYTES: u64 = 1 << 20;

impl Leaving {
    async fn goes(mut self, clock: Clock) {
        let hears_out = async {
            self.seat.stream.shutdown().await?;
            let mut heard = (&mut self.seat.stream).take(FAREWELL_BYTES);
            tokio::io::copy(&mut heard, &mut tokio::io::sink()).await
        };
        tokio::select! {
            biased;
            () = self.last.as_mut() => {}
            () = self.stay.goes.cancelled() => {}
            () = clock.until(self.until) => {}
            _heard_out = hears_out => {}
        }
    }
}

/// Sees off everybody who leaves, until nobody can come any more.
pub(super) async fn see_off(mut leaving: mpsc::Receiver<Leaving>, clock: Clock) {
    let mut all = FuturesUnordered::new();
    let mut is_open = true;
    while is_open || !all.is_empty() {
        tokio::select! {
            next = leaving.recv(), if is_open => match next {
                Some(guest) => all.push(guest.goes(clock)),
                None => is_open = false,
            },
            Some(()) = all.next() => {}
        }
    }
}
