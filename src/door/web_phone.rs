//! A telephone that comes in over a WebSocket (RFC 6455): the same messages as on the local socket, in binary frames.
//!
//! Nobody's word is taken for the number they call from: wrong entries are counted by network address. A page of another site
//! is sent away, and so is whoever comes when too many are there. Who says nothing is asked now and then, and is gone when
//! no answer comes; who asks, or says nothing, too fast is sent away as well.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{ConnectInfo, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;

use super::bearer::Bearer;
use super::guests::Visitor;
use super::line::{self, TOO_MANY};
use super::pace::Pace;
use super::reception::{Reception, Whence};
use super::wire::{BODY_MAX, HEAD};
use crate::domain::{CallSource, Uptime};
use crate::engine::clock::Clock;

/// What telephones on WebSockets are served with.
#[derive(Clone)]
pub(super) struct WebPhones {
    reception: Arc<Reception>,
    places: Arc<Semaphore>,
    /// Where the door listens.
    at: SocketAddr,
}

/// Bytes of one WebSocket message: some of ours may come in one.
const MESSAGE_MAX: usize = 4 * (HEAD + BODY_MAX);

/// Bytes of what has been read and not yet taken apart: some messages.
const READ_BUFFER: usize = 8_192;

/// Bytes that wait until the other side takes them: the longest of our messages, and answers to its pings. Beyond them only the last
/// ping is answered.
const WRITE_BUFFER_MAX: usize = 65_536;

/// Pings, pongs and empty messages at once: none of them is anything that a telephone says, and each ping costs an answer.
const ASIDES: Pace = Pace::new(20, Duration::from_millis(500));

/// After so long without a word from the other side it is asked whether it is there.
const ASK_AFTER: Duration = Duration::from_secs(5);

/// After so long without one it is gone.
const GONE_AFTER: Duration = Duration::from_secs(15);

impl WebPhones {
    /// So many at a time, of those who come in there; one more is sent away with a word.
    pub(super) fn new(reception: Arc<Reception>, places: usize, at: SocketAddr) -> Self {
        Self { reception, places: Arc::new(Semaphore::new(places)), at }
    }
}

/// Takes a telephone.
pub(super) async fn open(
    State(phones): State<WebPhones>,
    ConnectInfo(visitor): ConnectInfo<Visitor>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if is_foreign(&headers, phones.at) {
        return (StatusCode::FORBIDDEN, "a page of another site may not call here\n")
            .into_response();
    }
    let Ok(place) = Arc::clone(&phones.places).try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, format!("{TOO_MANY}\n")).into_response();
    };
    let upgrade = upgrade
        .max_message_size(MESSAGE_MAX)
        .max_frame_size(MESSAGE_MAX)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BUFFER_MAX);
    let from = visitor.address();
    // From here on it says what telephones say.
    visitor.asks_no_more();
    upgrade.on_upgrade(async move |socket| {
        let engine = phones.reception.engine.clone();
        let stop = engine.tasks().token();
        engine.tasks().spawn("web phone", async move {
            let bearer = WebBearer::new(socket, phones.reception.engine.clock());
            let whence = Whence::From(CallSource::of_address(from.ip()));
            let served = line::serve(&phones.reception, whence, Vec::new(), bearer, &stop).await;
            if let Err(error) = served {
                tracing::debug!(%error, %from, "a telephone has gone");
            }
            drop(place);
        });
    })
}

/// Whether a browser says that the page which asks is not one of ours. Where only this machine can call, ours have no name: whoever
/// owns one can let it lead here once their page is there.
fn is_foreign(headers: &HeaderMap, at: SocketAddr) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return false };
    let site = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let (Some((_scheme, site)), Some(host)) = (site, host) else { return true };
    site != host || (at.ip().to_canonical().is_loopback() && !is_nobodys_name(host))
}

/// Whether it is an address, or what every machine calls itself.
fn is_nobodys_name(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}

/// A WebSocket that carries a telephone's messages, one after the other: no second one waits while one is not taken, and of the
/// answers to pings no more than [`WRITE_BUFFER_MAX`] bytes.
struct WebBearer {
    socket: WebSocket,
    clock: Clock,
    asides: Pace,
    ask_at: Uptime,
    gone_at: Uptime,
}

impl WebBearer {
    fn new(socket: WebSocket, clock: Clock) -> Self {
        let now = clock.uptime();
        let asides = ASIDES;
        Self { socket, clock, asides, ask_at: now + ASK_AFTER, gone_at: now + GONE_AFTER }
    }

    fn is_there(&mut self) {
        let now = self.clock.uptime();
        (self.ask_at, self.gone_at) = (now + ASK_AFTER, now + GONE_AFTER);
    }
}

impl Bearer for WebBearer {
    async fn read(&mut self, into: &mut Vec<u8>) -> io::Result<usize> {
        loop {
            let message = tokio::select! {
                biased;
                message = self.socket.recv() => message,
                () = self.clock.until(self.ask_at.min(self.gone_at)) => {
                    if self.clock.uptime() >= self.gone_at {
                        return Err(io::ErrorKind::TimedOut.into());
                    }
                    self.socket.send(Message::Ping(Vec::new().into())).await.map_err(io::Error::other)?;
                    self.ask_at = self.clock.uptime() + ASK_AFTER;
                    continue;
                }
            };
            self.is_there();
            let invalid = |why: String| Err(io::Error::new(io::ErrorKind::InvalidData, why));
            match message {
                None | Some(Ok(Message::Close(_))) => return Ok(0),
                Some(Ok(Message::Binary(bytes))) if !bytes.is_empty() => {
                    into.extend_from_slice(&bytes);
                    return Ok(bytes.len());
                }
                Some(Ok(Message::Text(_))) => {
                    return invalid(
                        "a telephone speaks in binary frames, this one is text".to_owned(),
                    );
                }
                Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => {
                    if !self.asides.take(self.clock.uptime()) {
                        return invalid(
                            "pings and empty messages come too fast: at most two a second"
                                .to_owned(),
                        );
                    }
                }
                Some(Err(error)) => return invalid(format!("this is no WebSocket: {error}")),
            }
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let message = Message::Binary(bytes.to_vec().into());
        self.socket.send(message).await.map_err(io::Error::other)
    }

    async fn close(&mut self, why: &str) {
        let frame = CloseFrame { code: close_code::POLICY, reason: short(why).into() };
        let _gone = self.socket.send(Message::Close(Some(frame))).await;
    }
}

/// At most what fits into a frame that closes: 123 bytes (RFC 6455 §5.5).
fn short(why: &str) -> &str {
    let ends = why.char_indices().map(|(place, letter)| place + letter.len_utf8());
    &why[..ends.take_while(|end| *end <= 123).last().unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_another_site_are_foreign() {
        let is = |origin: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, "bridge.example:8080".parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(ORIGIN, origin.parse().unwrap());
            }
            is_foreign(&headers, "192.0.2.7:8080".parse().unwrap())
        };
        assert!(!is(None) && !is(Some("http://bridge.example:8080")));
        assert!(is(Some("http://evil.example")) && is(Some("null")));
        assert!(is(Some("http://bridge.example")), "another port is another site");
    }

    /// A page whose name was made to lead to this machine says the same name twice.
    #[test]
    fn where_only_this_machine_calls_a_page_with_a_name_is_foreign() {
        let is = |host: &str, at: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, host.parse().unwrap());
            headers.insert(ORIGIN, format!("http://{host}").parse().unwrap());
            is_foreign(&headers, at.parse().unwrap())
        };
        for here in ["127.0.0.1:8080", "[::1]:8080", "[::ffff:127.0.0.1]:8080"] {
            for host in ["localhost:8080", "LocalHost", "127.0.0.1:8080", "127.0.0.1", "[::1]:80"] {
                assert!(!is(host, here), "{host} at {here}");
            }
            for host in ["evil.example:8080", "localhost.evil.example", "1.2.3.4.example:8080"] {
                assert!(is(host, here), "{host} at {here}");
                assert!(!is(host, "0.0.0.0:8080"), "{host}");
            }
        }
    }

    #[test]
    fn a_word_is_cut_between_letters() {
        assert_eq!(short("no"), "no");
        assert_eq!(short(&"\u{e4}".repeat(80)).len(), 122);
    }
}
