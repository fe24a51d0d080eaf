//! The line of a telephone to the bridge: the socket in its data folder, or a WebSocket over the network.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::Uri;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::cli::data::barred;
use crate::domain::Uptime;
use crate::door::wire::{BODY_MAX, HEAD, ToBridge, ToPhone};
use crate::engine::clock::Clock;

/// An open line.
pub(super) struct Line {
    carrier: Carrier,
    clock: Clock,
    bytes: Vec<u8>,
}

enum Carrier {
    Socket(UnixStream),
    Web(Box<Web>),
}

/// A WebSocket, and when the bridge was heard last: it asks now and then whether we are there.
struct Web {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    heard_at: Uptime,
}

/// Time for a bridge to let a telephone in, and to take what it says.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// After so long without a word from a bridge in the network it is gone.
const GONE_AFTER: Duration = Duration::from_secs(15);

/// Bytes of one WebSocket message.
const MESSAGE_MAX: usize = 4 * (HEAD + BODY_MAX);

/// Where telephones are taken, unless somebody says otherwise.
const PATH: &str = "/phone";

impl Line {
    /// Over the socket in a bridge's data folder.
    pub(super) async fn over_socket(clock: Clock, socket: &Path) -> anyhow::Result<Self> {
        let at = socket.display();
        let connecting = UnixStream::connect(socket);
        let connected = clock.within(clock.uptime() + CONNECT_MAX, connecting).await;
        let connected =
            connected.ok_or_else(|| anyhow!("no bridge answers at {at}: it took too long"))?;
        let stream = connected.map_err(|error| match barred(socket, &error) {
            Some(why) => anyhow!(why),
            None => anyhow!("no bridge answers at {at}: start one with `holdline serve`"),
        })?;
        Ok(Self { carrier: Carrier::Socket(stream), clock, bytes: Vec::new() })
    }

    /// Over the network, to a `ws://HOST:PORT`.
    pub(super) async fn over_web(clock: Clock, to: &str) -> anyhow::Result<Self> {
        let request = address(to)?.into_client_request()?;
        let limits = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_MAX))
            .max_frame_size(Some(MESSAGE_MAX));
        let connecting = connect_async_with_config(request, Some(limits), true);
        let connected = clock.within(clock.uptime() + CONNECT_MAX, connecting).await;
        let connected =
            connected.ok_or_else(|| anyhow!("no bridge answers at {to}: it took too long"))?;
        let (stream, _response) = connected.map_err(|error| {
            if let Error::Http(response) = error {
                let why = response.body().as_deref().map(String::from_utf8_lossy);
                let why = why.as_deref().map(str::trim).filter(|why| !why.is_empty());
                anyhow!("{to} takes no telephone: {}", why.unwrap_or(response.status().as_str()))
            } else {
                anyhow!("no bridge answers at {to}: {error}")
            }
        })?;
        let web = Web { stream, heard_at: clock.uptime() };
        Ok(Self { carrier: Carrier::Web(Box::new(web)), clock, bytes: Vec::new() })
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
            let goes_on = match &mut self.carrier {
                Carrier::Socket(stream) => {
                    matches!(stream.read_buf(&mut self.bytes).await, Ok(1..))
                }
                Carrier::Web(web) => web.read(self.clock, &mut self.bytes).await?,
            };
            if !goes_on {
                return Ok(None);
            }
        }
    }

    pub(super) async fn say(&mut self, message: &ToBridge) -> anyhow::Result<()> {
        let bytes = message.encode();
        // A bridge that has gone is noticed when it says no more; its last words come first.
        let says = async {
            match &mut self.carrier {
                Carrier::Socket(stream) => drop(stream.write_all(&bytes).await),
                Carrier::Web(web) => drop(web.stream.send(Message::Binary(bytes.into())).await),
            }
        };
        let taken = self.clock.within(self.clock.uptime() + CONNECT_MAX, says).await;
        taken.ok_or_else(|| {
            anyhow!("the bridge does not listen any more: is it stopped, or frozen?")
        })
    }
}

impl Web {
    /// Whether it goes on.
    async fn read(&mut self, clock: Clock, into: &mut Vec<u8>) -> anyhow::Result<bool> {
        let message = clock.within(self.heard_at + GONE_AFTER, self.stream.next()).await;
        let Some(message) = message else { bail!("the bridge does not answer any more") };
        self.heard_at = clock.uptime();
        match message {
            None | Some(Ok(Message::Close(_)) | Err(Error::ConnectionClosed)) => Ok(false),
            Some(Ok(Message::Binary(bytes))) => {
                into.extend_from_slice(&bytes);
                Ok(true)
            }
            Some(Ok(Message::Text(_))) => bail!("the other side is no bridge: it sends text"),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(true),
            Some(Err(error)) => bail!("the line to the bridge is broken: {error}"),
        }
    }
}

/// The address with the path at which telephones are taken.
fn address(to: &str) -> anyhow::Result<Uri> {
    let wrong = || format!("{to:?} is no bridge: it should be like ws://192.0.2.1:8080");
    let uri: Uri = to.parse().with_context(wrong)?;
    match uri.scheme_str() {
        Some("ws") => {}
        Some("wss") => bail!(
            "{to:?}: there is no TLS in this program. Use ws:// over a tunnel, such as ssh -L 8080:localhost:8080"
        ),
        _other => bail!("{}", wrong()),
    }
    let authority = uri.authority().with_context(wrong)?.as_str();
    let host_and_port = authority.rsplit('@').next().unwrap_or(authority);
    let port = host_and_port.rsplit(']').next().and_then(|rest| rest.split_once(':'));
    if let Some((_, port)) = port
        && port.parse().unwrap_or(0_u16) == 0
    {
        bail!("{to:?}: {port:?} is no port, which is a number from 1 to 65535");
    }
    let path = uri.path_and_query().map(|path| path.as_str()).filter(|path| *path != "/");
    format!("ws://{authority}{}", path.unwrap_or(PATH)).parse().with_context(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_needs_no_path_and_what_is_none_is_named() {
        let of = |to| address(to).map(|uri| uri.to_string()).map_err(|error| error.to_string());
        assert_eq!(of("ws://localhost:8080").unwrap(), "ws://localhost:8080/phone");
        assert_eq!(of("ws://[::1]:80/").unwrap(), "ws://[::1]:80/phone");
        assert_eq!(of("ws://proxy/a/b?c").unwrap(), "ws://proxy/a/b?c");
        assert_eq!(of("ws://u:99999@proxy").unwrap(), "ws://u:99999@proxy/phone");
        assert_eq!(of("ws://[::1]").unwrap(), "ws://[::1]/phone");
        assert!(of("wss://localhost").unwrap_err().contains("no TLS"));
        for wrong in
            ["ws://127.0.0.1:99999", "ws://[::1]:65536", "ws://h:0", "ws://h:", "ws://h:8o/"]
        {
            assert!(of(wrong).unwrap_err().contains("port"), "{wrong:?}: {:?}", of(wrong));
        }
        for wrong in ["localhost:8080", "http://localhost", "", "ws://", "/tmp/socket"] {
            assert!(of(wrong).unwrap_err().contains("should be like ws://"), "{wrong:?}");
        }
    }
}
