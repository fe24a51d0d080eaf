//! `holdline trace fork`: what would have happened with another key.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::difference::difference;
use super::lines::line;
use super::load;
use super::moment::{Moment, known};
use crate::cli::new_file::write_new;
use crate::cli::said::say;
use crate::domain::{ConferenceId, Digit, LegId, Uptime};
use crate::exchange::{
    Asks, Fork, Forked, Given, KeyChange, Stopped, TraceEvent, Unknown, Weighs, fork,
};

/// Show what would have happened if a caller had keyed something else.
///
/// All other inputs are as they were. What the store said is used where the same keys are asked about; where something else is
/// asked, it has to be given with --answer: nothing is guessed.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("change").required(true))]
pub(super) struct Arguments {
    /// Journals of one run.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// When, as it is shown: the first key of the leg then or later is meant; or an additional one comes then.
    #[arg(long, value_name = "TIME")]
    at: Moment,
    /// Whose key.
    #[arg(long, value_name = "N")]
    leg: LegId,
    /// Key this one instead.
    #[arg(long, visible_alias = "key", value_name = "KEY", value_parser = key, group = "change")]
    instead: Option<Digit>,
    /// Key this one too.
    #[arg(long, value_name = "KEY", value_parser = key, group = "change")]
    press: Option<Digit>,
    /// Do not key it.
    #[arg(long, group = "change")]
    drop: bool,
    /// What the store says to a question that the journal has no answer to: organizer, mismatch, not-found, unavailable, or the
    /// conference ID of a meeting that the journal knows. Several times for several questions, in their order.
    #[arg(long, value_name = "ANSWER", value_parser = given)]
    answer: Vec<Given>,
    /// Write the journal of what would have happened to this new file.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

fn key(text: &str) -> Result<Digit, String> {
    let mut keys = text.chars().map(Digit::from_char);
    match (keys.next(), keys.next()) {
        (Some(Some(digit)), None) => Ok(digit),
        _ => Err("it is one key: 0-9, *, # or A-D".to_owned()),
    }
}

fn given(text: &str) -> Result<Given, String> {
    Ok(match text {
        "organizer" => Given::Organizer,
        "mismatch" => Given::Mismatch,
        "not-found" => Given::NotFound,
        "unavailable" => Given::Unavailable,
        id => Given::Meeting(id.parse::<ConferenceId>().map_err(|_| {
            "there are organizer, mismatch, not-found, unavailable, or a conference ID".to_owned()
        })?),
    })
}

pub(super) fn run(arguments: &Arguments, sounds: Option<&Path>) -> anyhow::Result<ExitCode> {
    let journal = load::read_all(&arguments.files)?;
    let leg = known(&journal, arguments.leg)?;
    let at = arguments.at.within(&journal)?;
    let change = match (arguments.instead, arguments.press) {
        (Some(digit), _) => KeyChange::Instead(digit),
        (None, Some(digit)) => KeyChange::Press(digit),
        (None, None) => KeyChange::Drop,
    };
    let wish = Fork { leg, at, change, given: arguments.answer.clone() };
    let forked = fork(&journal, &load::sounds(sounds)?, &wish)?;
    let at = forked.changed_at;
    say(match change {
        KeyChange::Instead(key) => format!("# at {at} {leg} keys {} instead", key.as_char()),
        KeyChange::Press(key) => format!("# at {at} {leg} keys {} too", key.as_char()),
        KeyChange::Drop => format!("# at {at} {leg} leaves a key out"),
    });
    show(&forked);
    if let Some(out) = &arguments.out {
        write_new(out, &forked.journal.to_json_lines())?;
        say(format_args!("\nIts journal is {}.", out.display()));
    }
    Ok(match forked.stopped {
        None => ExitCode::SUCCESS,
        Some(stopped) => {
            say(format_args!("\n{}", in_words(&stopped)));
            ExitCode::FAILURE
        }
    })
}

fn show(forked: &Forked) {
    // Where the story stops, so does what it is compared with.
    let until = forked.stopped.map_or(Uptime::from_micros(u64::MAX), |stopped| stopped.at);
    let lines = |trace: &[TraceEvent]| -> Vec<String> {
        trace.iter().take_while(|event| event.at <= until).map(line).collect()
    };
    let shown = difference(&lines(&forked.base.trace), &lines(&forked.fork.trace));
    match (shown.is_empty(), forked.stopped) {
        (true, None) => say("Nothing would have been different."),
        (true, Some(_)) => say("Until there nothing would have been different."),
        (false, _) => shown.iter().for_each(say),
    }
}

fn in_words(stopped: &Stopped) -> String {
    let Stopped { at, leg, unknown } = stopped;
    let why = match unknown {
        Unknown::Answer(asks) => {
            let answers = match asks {
                Asks::MayCall => "--answer unavailable",
                Asks::FindMeeting => {
                    "--answer not-found, --answer unavailable, or --answer and the conference ID of a meeting of this journal"
                }
                Asks::VerifyPin(_) => {
                    "--answer organizer, --answer mismatch or --answer unavailable"
                }
            };
            format!(
                "the store is asked {asks}, and this journal has no answer to that. Give it one: {answers}"
            )
        }
        Unknown::Key(Weighs::Language) => {
            "it keys what might choose a language, and this journal has that key masked".to_owned()
        }
        Unknown::Key(Weighs::Command(_) | Weighs::Nothing) => {
            "it keys what might be a command, and this journal has that key masked".to_owned()
        }
        Unknown::Name => "it is asked for a name, and this journal has none".to_owned(),
    };
    format!("The story ends at {at}, with {leg}: {why}.")
}
