//! `holdline scenario`: what can be written, what is wrong with what is written, a first one to begin with.

mod from_pcap;

mod from_call;
mod recorded;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::replay::Sources;
use crate::cli::new_file::write_new;
use crate::cli::said::say;
use crate::scenario::{Kind, forms, settings};

/// Write scenarios: what steps there are, what is wrong with a file, a first one that passes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print every step there is, with what it means and an example.
    Steps {
        /// Only those with this word.
        #[arg(value_name = "WORD")]
        word: Option<String>,
        /// Print the settings that can be set, with what they are if nothing is set.
        #[arg(long)]
        settings: bool,
    },
    /// Say what is wrong with files, without playing them: all faults at once, each with its place.
    ///
    /// Exit code: 0 when nothing is, 2 when something is.
    Check {
        /// Files and folders of `.feature` files.
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<String>,
    },
    /// Make a scenario from a capture of a network: who dials, keys what how fast, hangs up. No PIN gets into it.
    ///
    /// Exit code: 0 when there is one, 2 when the file is no capture of calls.
    FromPcap(from_pcap::Arguments),
    /// Make a first scenario that passes, to go on from.
    New {
        /// What it is called: `lobby` makes `lobby.feature`.
        #[arg(value_name = "NAME")]
        name: String,
    },
    FromCall(from_call::Arguments),
}

pub(super) fn run(arguments: &Arguments, sounds: Option<&Path>) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::Steps { settings: true, .. } => print_settings(),
        Command::Steps { word, settings: false } => print_steps(word.as_deref()),
        Command::Check { paths } => return Ok(check(paths)),
        Command::FromPcap(arguments) => return Ok(from_pcap::run(arguments)),
        Command::New { name } => {
            if let Err(error) = make_new(name) {
                return Ok(super::wrong(&error));
            }
        }
        Command::FromCall(from_call) => {
            if let Err(error) = from_call::run(from_call, sounds) {
                return Ok(super::wrong(&error));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print_steps(word: Option<&str>) {
    let mut kind = None;
    for form in forms() {
        let spelled = form.spelled();
        let has = |word: &str| {
            [&spelled, form.says, form.example]
                .iter()
                .any(|text| text.to_lowercase().contains(&word.to_lowercase()))
        };
        if word.is_some_and(|word| !has(word)) {
            continue;
        }
        if kind != Some(form.kind) {
            kind = Some(form.kind);
            say(format_args!(
                "{}\n",
                match form.kind {
                    Kind::Given => "GIVEN: how things are",
                    Kind::When => "WHEN: what happens",
                    Kind::Then => "THEN: what is to be so",
                }
            ));
        }
        say(format_args!("  {spelled}\n      {}\n      such as: {}\n", form.says, form.example));
    }
    if kind.is_none() {
        say(format_args!("No step has the word {:?}.", word.unwrap_or_default()));
    }
    say(format_args!(
        "What is in braces is filled in, what is in brackets may be left out. Names begin with a capital letter; several are \
         `Ann, Bob and Carl`, `everybody`, `every one of Crowd`. Times are `5 seconds`, `200 ms`, `1 minute and 30 seconds`."
    ));
}

fn print_settings() {
    for line in settings() {
        let whose = if line.of_meetings { "organization, meeting" } else { "organization" };
        say(format_args!("{:<40} {:<20} {whose}", line.name, line.default));
    }
}

fn check(paths: &[String]) -> ExitCode {
    let sources = Sources::read(paths, None, None);
    for fault in &sources.faults {
        say(fault);
    }
    let files = counted(sources.files, "file");
    let scenarios = counted(sources.scenarios, "scenario");
    match sources.faults.len() {
        0 => {
            say(format_args!("nothing is wrong with {scenarios} in {files}"));
            ExitCode::SUCCESS
        }
        faults => {
            say(format_args!(
                "{} in {files}; {scenarios} could be played",
                counted(faults, "fault")
            ));
            ExitCode::from(2)
        }
    }
}

fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

fn make_new(name: &str) -> anyhow::Result<()> {
    let last = Path::new(name).file_name().map(|last| last.to_string_lossy());
    let is_name = last.is_some_and(|last| !last.trim().is_empty() && last != ".feature");
    anyhow::ensure!(
        is_name && !name.ends_with('/') && !name.contains(char::is_control),
        "{name:?} is no name of a file: `holdline scenario new lobby` makes `lobby.feature`"
    );
    let path = match name.ends_with(".feature") {
        true => PathBuf::from(name),
        false => PathBuf::from(format!("{name}.feature")),
    };
    let title =
        path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let text = FIRST.replace("{title}", &title);
    write_new(&path, &text)?;
    say(format_args!(
        "{0} is made.\n\n    holdline replay {0}\n\n`holdline scenario steps` shows what else can be said.",
        path.display()
    ));
    Ok(())
}

/// The scenario that is made; a test plays it.
const FIRST: &str = include_str!("first.feature");
