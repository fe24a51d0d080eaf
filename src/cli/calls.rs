//! `holdline calls`: the records of calls.

use super::ask::{At, ask, at_most};
use super::table;
use crate::door::desk::Request;

/// Show the latest calls: who, when, which meeting, how they ended.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[arg(long, default_value_t = 50, help = at_most())]
    limit: usize,
    /// As JSON, one record a line, with everything there is in it.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    at: At,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let reply = ask(&arguments.at, Request::Calls { limit: arguments.limit })?;
    match arguments.json {
        true => table::show_calls_as_json(&reply),
        false => table::show(&reply)?,
    }
    Ok(())
}
