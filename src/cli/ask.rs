//! Asks the desk: over the socket of the bridge that holds the data, or, when none runs, at one of our own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use anyhow::{Context as _, bail};

use super::data::{self, Data};
use crate::door::desk::{Desk, Reply, Request};
use crate::engine::clock::Clock;
use crate::engine::entropy::unforeseeable;

/// Where the data is.
#[derive(Debug, clap::Args)]
pub(super) struct At {
    /// The folder in which the bridge keeps its data. A bridge that runs on it is asked.
    #[arg(long, global = true, value_name = "DIR", default_value = data::DEFAULT)]
    data: PathBuf,
}

/// Asks for one thing.
pub(super) fn ask(at: &At, request: Request) -> anyhow::Result<Reply> {
    let data = Data::at(&at.data);
    let reply = match UnixStream::connect(data.socket()) {
        Ok(bridge) => over(bridge, &request).context("the bridge that runs did not answer")?,
        Err(_nobody_listens) => at_our_own(&data, request)?,
    };
    match reply {
        Reply::Refused { why } => bail!("{why}"),
        Reply::PinMade { .. }
        | Reply::Users { .. }
        | Reply::MeetingMade { .. }
        | Reply::Meetings { .. }
        | Reply::Calls { .. }
        | Reply::Done { .. } => Ok(reply),
    }
}

fn over(mut bridge: UnixStream, request: &Request) -> anyhow::Result<Reply> {
    let mut line = serde_json::to_string(request)?;
    line.push('\n');
    bridge.write_all(line.as_bytes())?;
    let mut reply = String::new();
    BufReader::new(bridge).read_line(&mut reply)?;
    Ok(serde_json::from_str(&reply)?)
}

fn at_our_own(data: &Data, request: Request) -> anyhow::Result<Reply> {
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
    let now = Clock::start().utc();
    let mut desk = Desk { store: &store, hasher: &*hasher, rng: &mut rng, now };
    Ok(desk.carry_out(request).0)
}
