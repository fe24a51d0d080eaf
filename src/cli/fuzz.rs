//! `holdline fuzz`: random casts and keys against what must always hold; what breaks it is written out as a small scenario.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;

use super::replay;
use crate::cli::said::say;
use crate::domain::Uptime;
use crate::engine::clock::Clock;
use crate::sim::fuzz::{Case, Draft, Finding, ShownBy, try_case, what_is_wrong};
use crate::sim::replay::Replayed;

/// Let random callers do random things, and look for what must never happen.
///
/// What is found is made as small as it gets and written to `fuzz-N.feature`, ready to be committed. Exit code: 0 when nothing
/// was found, 1 when something was.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Go on for so many minutes.
    #[arg(long, value_name = "M", conflicts_with = "runs", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    minutes: Option<u32>,
    /// Play so many scenarios; 1 000 if nothing is said.
    #[arg(long, value_name = "N")]
    runs: Option<u64>,
    /// The first scenario's seed; each one after it has the next.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write what is found to this folder.
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// End after so many findings.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    findings: u16,
}

const RUNS: u64 = 1_000;

pub(super) fn run(arguments: &Arguments, sounds: Option<&Path>) -> anyhow::Result<ExitCode> {
    let stage = replay::stage(sounds, arguments.seed, false)?;
    tell_each_panic_once();
    let clock = Clock::start();
    let until = arguments.minutes.map(|minutes| Uptime::ZERO + Duration::from_secs(60) * minutes);
    let runs = match until {
        Some(_) => u64::MAX,
        None => arguments.runs.unwrap_or(RUNS),
    };
    let (next, enough) = (AtomicU64::new(0), AtomicBool::new(false));
    let found: Mutex<Vec<Finding>> = Mutex::new(Vec::new());
    let wrong = |_: &Draft, it: &Replayed| what_is_wrong(it, &stage.sounds);
    let jobs = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while !enough.load(Ordering::Relaxed)
                    && until.is_none_or(|until| clock.uptime() < until)
                {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    if place >= runs {
                        break;
                    }
                    let case = arguments.seed.wrapping_add(place);
                    if let Case::Found(finding) = try_case(case, &stage, &wrong) {
                        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                        found.push(*finding);
                        enough.fetch_or(
                            found.len() >= usize::from(arguments.findings),
                            Ordering::Relaxed,
                        );
                    }
                }
            });
        }
    });
    let played = next.into_inner().min(runs);
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Threads find in any order; what is said is the same each time as long as all cases are played.
    found.sort_by_key(|finding| finding.case);
    for finding in &found {
        tell(&arguments.out, finding)?;
    }
    let last = arguments.seed.wrapping_add(played.saturating_sub(1));
    match found.len() {
        0 => {
            say(format_args!(
                "nothing found in {played} scenarios, seeds {} to {last}",
                arguments.seed
            ));
            Ok(ExitCode::SUCCESS)
        }
        some => {
            say(format_args!(
                "{some} found in {played} scenarios, seeds {} to {last}",
                arguments.seed
            ));
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Writes down what was found, and says so.
fn tell(out: &Path, finding: &Finding) -> anyhow::Result<()> {
    let path = write(out, finding)?;
    let path = path.display();
    say(format_args!(
        "case {}: {}\n  {} steps made of {} in {path}: {}",
        finding.case,
        finding.why,
        finding.draft.steps.len(),
        finding.steps_drawn,
        match finding.shown_by {
            ShownBy::Replay => format!("holdline replay {path}"),
            ShownBy::ReplayWithSound => format!("holdline replay --sound {path}"),
            ShownBy::DrawingAnew => format!("holdline fuzz --seed {} --runs 1", finding.case),
        }
    ));
    Ok(())
}

/// A panic that is found is shrunk by letting it happen again and again: where it is, is said once.
fn tell_each_panic_once() {
    let (tell, told) = (std::panic::take_hook(), Mutex::new(BTreeSet::new()));
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string);
        if told.lock().unwrap_or_else(PoisonError::into_inner).insert(place) {
            tell(panic);
        }
    }));
}

fn write(folder: &Path, finding: &Finding) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    let path = folder.join(format!("fuzz-{}.feature", finding.case));
    let text = finding.draft.to_feature(&finding.why);
    std::fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(path)
}
