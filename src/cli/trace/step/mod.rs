//! `holdline trace step`: goes through a journal step by step, forwards and backwards.

mod cause;
mod plain;
mod terminal;
mod view;
mod walk;

use std::path::{Path, PathBuf};

use super::load;
use crate::cli::screen;
use walk::Walk;

/// Go through a journal step by step, forwards and backwards: what caused each step, where each leg is, what it hears.
///
/// In a terminal: `n` or an arrow for the next step, `p` for the one before, `g` to go to a time, `q` to leave. Without one the
/// same commands are read from standard input, one a line: `n`, `n 10`, `p`, `g 12.5`, `q`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Journals of one run.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Use no colours. So does the variable NO_COLOR, unless it is empty.
    #[arg(long)]
    no_color: bool,
}

pub(super) fn run(arguments: &Arguments, sounds: Option<&Path>) -> anyhow::Result<()> {
    let journal = load::read_all(&arguments.files)?;
    let mut walk = Walk::new(&journal, load::sounds(sounds)?)?;
    match screen::is_there() {
        true => terminal::run(&mut walk, !arguments.no_color && screen::wants_colours()),
        false => plain::run(&mut walk),
    }
}
