//! Asks the desk: over the socket of the bridge that holds the data, or, when none runs, at one of our own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use zeroize::Zeroizing;

use super::data::{self, Data, barred};
use crate::door::desk::{Desk, Reply, Request, SHOWN_MAX};
use crate::door::local::REPLY_TAKES_MAX;
use crate::door::wire::ToPhone;
use crate::engine::clock::Clock;
use crate::engine::entropy::unforeseeable;
use crate::report::one_line;

/// Where the data is.
#[derive(Debug, clap::Args)]
pub(super) struct At {
    /// The folder in which the bridge keeps its data. A bridge that runs on it is asked.
    #[arg(long, global = true, value_name = "DIR", default_value = data::DEFAULT)]
    data: PathBuf,
}

/// What is said of how long a list may be.
pub(super) fn at_most() -> String {
    format!("So many at most; no more than {SHOWN_MAX}")
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
        Some(Err(error)) => return Err(error),
        None => bail!(
            "{} does not answer: is it stopped, or frozen? Once it goes on, {}",
            data.holder(),
            request.without_reply()
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
        Err(error) => match barred(socket, &error) {
            Some(why) => bail!(why),
            None => return Ok(None),
        },
    };
    let mut line = serde_json::to_string(request)?;
    line.push('\n');
    // Who sends us away may say why, and takes nothing any more.
    let _not_taken = bridge.write_all(line.as_bytes()).await;
    let mut heard = Zeroizing::new(Vec::new());
    let _gone = BufReader::new(bridge).read_until(b'\n', &mut heard).await;
    let what_now = request.without_reply();
    // What is said to whoever comes, when nobody knows yet whether they are a telephone.
    if let Ok(Some((ToPhone::Refused(why), _))) = ToPhone::decode(&heard) {
        bail!("{}", one_line(&why));
    }
    if heard.is_empty() {
        bail!("the bridge closed the line without a reply: {what_now}");
    }
    if !heard.ends_with(b"\n") {
        bail!("the reply of the bridge was cut short: {what_now}");
    }
    let reply = serde_json::from_slice(&heard).with_context(|| {
        format!("the reply of the bridge cannot be read. Is it another version? {what_now}")
    })?;
    Ok(Some(reply))
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
