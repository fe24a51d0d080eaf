//! Asks the desk: over the socket of the bridge that holds the data, or, when none runs, at one of our own.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use super::data::{self, Data};
use crate::door::desk::{Desk, Reply, Request};
use crate::door::local::REPLY_TAKES_MAX;
use crate::engine::clock::Clock;
use crate::engine::entropy::unforeseeable;

/// Where the data is.
#[derive(Debug, clap::Args)]
pub(super) struct At {
    /// The folder in which the bridge keeps its data. A bridge that runs on it is asked.
    #[arg(long, global = true, value_name = "DIR", default_value = data::DEFAULT)]
    data: PathBuf,
}

/// Time for a bridge that runs to reply, a little more than it gives itself: who has not is stopped or frozen.
const ANSWER_MAX: Duration = REPLY_TAKES_MAX.saturating_add(Duration::from_secs(2));

/// Asks for one thing.
pub(super) fn ask(at: &At, request: Request) -> anyhow::Result<Reply> {
    let data = Data::at(&at.data);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let clock = Clock::start();
    let (socket, until) = (data.socket(), clock.uptime() + ANSWER_MAX);
    let reply = match runtime.block_on(clock.within(until, over(&socket, &request))) {
        Some(Ok(Some(reply))) => reply,
        Some(Ok(None)) => at_our_own(&data, request, clock)?,
        Some(Err(error)) => return Err(error).context("the bridge that runs did not answer"),
        None => bail!(
            "{} does not answer: is it stopped, or frozen? When it goes on it may still do what was asked",
            data.holder()
        ),
    };
    match reply {
        Reply::Refused { why } => bail!("{why}"),
        Reply::PinMade { .. }
        | Reply::Users { .. }
        | Reply::MeetingMade { .. }
        | Reply::Meetings { .. }
        | Reply::Calls { .. }
        | Reply::Audit { .. }
        | Reply::Done { .. } => Ok(reply),
    }
}

/// What the bridge replies; `None` when nobody listens.
async fn over(socket: &Path, request: &Request) -> anyhow::Result<Option<Reply>> {
    let mut bridge = match UnixStream::connect(socket).await {
        Ok(bridge) => bridge,
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            bail!("too many wait for it to let them in")
        }
        Err(_nobody_listens) => return Ok(None),
    };
    let mut line = serde_json::to_string(request)?;
    line.push('\n');
    bridge.write_all(line.as_bytes()).await?;
    let mut reply = String::new();
    BufReader::new(bridge).read_line(&mut reply).await?;
    Ok(Some(serde_json::from_str(&reply)?))
}

fn at_our_own(data: &Data, request: Request, clock: Clock) -> anyhow::Result<Reply> {
    // Whatever else is in that folder is left alone.
    if !data.database().exists() {
        bail!(
            "there is no data in {}: `holdline serve` makes it, or say with --data where it is",
            data.folder().display()
        );
    }
    let held = data.hold()?;
    let store = held.store()?;
    let hasher = held.hasher(&store)?;
    let mut rng = unforeseeable()?;
    let now = clock.utc();
    let mut desk = Desk { store: &store, hasher: &*hasher, rng: &mut rng, now };
    Ok(desk.carry_out(request).0)
}
