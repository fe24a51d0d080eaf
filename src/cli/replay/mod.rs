//! `holdline replay`: plays scenarios through in virtual time, and leaves a verdict, a picture and the sound.

mod golden;
mod run;
mod sources;
mod stale;
mod walk;
mod watching;
mod work;
mod written;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;

use crate::caller::SoundIndex;
use crate::scenario::TagExpression;
use crate::sim::replay::{Manners, SoundWanted, Stage};
use crate::store::Argon2Hasher;

pub(super) use sources::Sources;

/// Play scenarios through in virtual time: callers dial, key, speak and listen, on real sound where a step needs it.
///
/// Exit code: 0 when all passed, 1 when a step failed, 2 when a file could not be read or the command line is wrong.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files and folders of `.feature` files; `FILE:LINE` is the scenario of a file that has this line, all rows of an outline, or
    /// one row if the line is a row's.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// Only those with these tags: `@lobby and not (@slow or @sound)`.
    #[arg(long, value_name = "EXPRESSION")]
    tags: Option<String>,
    /// Of an outline, only the row of this number: for rows that are in a file beside it. Needs `FILE:LINE`.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    row: Option<u32>,
    /// Decides whatever is drawn: PINs that are not set, packets that are lost. The same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// So many at the same time; as many as there are cores if nothing is said.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Leave the report in this folder: a page, and of each scenario the ladder, the trace, the journal and what each caller
    /// heard in the first hour of the call. Without it only what failed is kept, in `replay-failures`. What an earlier run left
    /// there is deleted first.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write the results as JUnit XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the results as Cucumber JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the golden transcripts of the scenarios tagged `@golden` anew, instead of comparing with them, and
    /// delete those of scenarios that are gone.
    #[arg(long)]
    update: bool,
    /// Play at the speed of the wall clock, one after the other, and show what happens.
    #[arg(long)]
    realtime: bool,
    /// Stop at the first scenario that fails.
    #[arg(long)]
    fail_fast: bool,
    /// Play with sound also where no step needs it.
    #[arg(long)]
    sound: bool,
    /// Put the sound of all scenarios into the page, not only of those that failed. Implies `--sound`.
    #[arg(long)]
    embed_sound: bool,
}

/// What came of a run.
pub(super) enum Came {
    /// All passed.
    Passed,
    /// A step failed.
    Failed,
    /// Something could not be read.
    Unreadable,
}

impl From<Came> for ExitCode {
    fn from(came: Came) -> Self {
        match came {
            Came::Passed => Self::SUCCESS,
            Came::Failed => Self::FAILURE,
            Came::Unreadable => Self::from(2),
        }
    }
}

pub(super) fn run(arguments: &Arguments, sounds: Option<&Path>) -> ExitCode {
    match play(arguments, sounds) {
        Ok(came) => came.into(),
        Err(error) => super::wrong(&error),
    }
}

/// Fails for what is wrong with the command line, or with what it names.
fn play(arguments: &Arguments, sounds: Option<&Path>) -> anyhow::Result<Came> {
    let tags = arguments.tags.as_deref().map(TagExpression::parse).transpose()?;
    let without_line = |path: &String| sources::with_line(path).1.is_none();
    if arguments.row.is_some() && arguments.paths.iter().any(without_line) {
        anyhow::bail!("--row needs to know of which outline: name it as FILE:LINE");
    }
    let stage = stage(sounds, arguments.seed, arguments.sound || arguments.embed_sound)?;
    let row = arguments.row.map(|row| row as usize);
    let sources = Sources::read(&arguments.paths, row, tags.as_ref());
    run::run(arguments, &sources, tags.as_ref(), &stage)
}

/// What all scenarios share.
pub(super) fn stage(sounds: Option<&Path>, seed: u64, sound: bool) -> anyhow::Result<Stage> {
    let sounds = super::sounds::load(sounds)?.all;
    let index = Arc::new(SoundIndex::new(Arc::clone(&sounds)));
    // Nobody's PIN is in a scenario, and a check takes its stated time in virtual time whatever it costs here.
    let hasher = Argon2Hasher::cheap_for_tests().context("cannot make digests")?;
    let sound = if sound { SoundWanted::Always } else { SoundWanted::WhereNeeded };
    Ok(Stage {
        sounds,
        index,
        hasher: Arc::new(hasher),
        seed,
        sound,
        onlooker: None,
        manners: Manners::Strict,
    })
}
