//! `holdline trace show`: what happened, one line each.

use std::path::{Path, PathBuf};

use anyhow::ensure;

use super::lines::lines;
use super::load;
use super::moment::{Moment, known, span};
use crate::cli::said::say;
use crate::domain::{LegId, Uptime};
use crate::exchange::{Journal, TraceEvent, replay};

/// Show what a journal holds, one line each.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Journals of one run.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Only what concerns this leg, by its number.
    #[arg(long, value_name = "N")]
    leg: Option<LegId>,
    /// As JSON, one event a line.
    #[arg(long)]
    json: bool,
    /// From then on: 12.5 or 1:02.5 since the bridge began, or 2026-03-01T09:00:03Z.
    #[arg(long, value_name = "TIME")]
    from: Option<Moment>,
    /// Until then.
    #[arg(long, value_name = "TIME")]
    to: Option<Moment>,
}

pub(super) fn run(arguments: &Arguments, sounds: Option<&Path>) -> anyhow::Result<()> {
    let journal = load::read_all(&arguments.files)?;
    let leg = arguments.leg.map(|leg| known(&journal, leg)).transpose()?;
    let time = |moment: Option<Moment>| moment.map(|moment| moment.within(&journal)).transpose();
    let from = time(arguments.from)?.unwrap_or(Uptime::ZERO);
    let to = time(arguments.to)?;
    ensure!(to.is_none_or(|to| to >= from), "--to is before --from");
    let trace = replay(&journal, load::sounds(sounds)?)?;
    let is_shown = |event: &&TraceEvent| {
        leg.is_none_or(|leg| event.leg == Some(leg))
            && event.at.as_millis() >= from.as_millis()
            && to.is_none_or(|to| event.at.as_millis() <= to.as_millis())
    };
    let shown = trace.iter().filter(is_shown);
    if arguments.json {
        shown.for_each(|event| say(event.to_json(|leg| leg.to_string())));
        return Ok(());
    }
    say(head(&journal));
    lines(shown).iter().for_each(say);
    Ok(())
}

/// Of what a journal is.
pub(super) fn head(journal: &Journal) -> String {
    let (from, to) = span(journal);
    let calls = journal.legs().len();
    let epoch = journal.config.epoch;
    format!("# {from} to {to} of a bridge that began at {epoch}; calls: {calls}")
}
