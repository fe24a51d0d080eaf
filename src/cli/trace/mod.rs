//! `holdline trace`: looks at what a bridge has recorded: as a list, step by step, or with a key changed.

mod difference;
mod fork;
mod lines;
pub(super) mod load;
mod moment;
mod show;
mod step;

use std::path::Path;
use std::process::ExitCode;

/// Look at a journal: what happened, step by step, and what would have happened with another key.
///
/// A bridge keeps journals in `DATA/journals`, `holdline replay --out` in its folder. The files of several shards of one run are
/// shown as one. Exit code: 0 when all was shown, 1 when a fork could not be told to its end, 2 when a file or the command line
/// is wrong.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Show(show::Arguments),
    Step(step::Arguments),
    Fork(fork::Arguments),
}

pub(super) fn run(arguments: &Arguments, sounds: Option<&Path>) -> ExitCode {
    let done = match &arguments.what {
        What::Show(show) => show::run(show, sounds).map(|()| ExitCode::SUCCESS),
        What::Step(step) => step::run(step, sounds).map(|()| ExitCode::SUCCESS),
        What::Fork(fork) => fork::run(fork, sounds),
    };
    done.unwrap_or_else(|error| super::wrong(&error))
}
