//! The command line: one file a subcommand. What goes wrong is said once, with what to do about it.

mod ask;
mod call_id;
mod calls;
mod changed_lines;
mod config;
mod data;
mod demo;
mod fuzz;
mod meeting;
mod new_file;
mod phone;
mod replay;
mod said;
mod scenario;
mod screen;
mod serve;
mod sounds;
mod table;
mod trace;
mod user;

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::panic;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::engine::log::{Log, WritesLast};
use crate::engine::tasks::Tasks;
use crate::media::decode::is_decoding;

/// A telephony meeting bridge that you can dial, script and load.
#[derive(Debug, Parser)]
#[command(name = "holdline", version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Take the sounds from this folder instead of those built in. It is laid out like `assets`: `music/hold.wav`,
    /// `tones/`, and `prompts/en-US/` or `prompts/de-DE/` for each language that the bridge's numbers answer in. WAV, FLAC,
    /// MP3 and Ogg Vorbis are read, whatever the name's ending.
    #[arg(long, global = true, value_name = "DIR")]
    sounds: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Replay(replay::Arguments),
    Scenario(scenario::Arguments),
    Fuzz(fuzz::Arguments),
    Trace(trace::Arguments),
    Serve(serve::Arguments),
    Phone(phone::Arguments),
    User(user::Arguments),
    Meeting(meeting::Arguments),
    Calls(calls::Arguments),
    Config(config::Arguments),
}

/// Runs the command line and says how it went.
///
/// # Panics
/// Never for what was given on the command line.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(usage) => {
            let _unprintable = usage.print();
            return ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2));
        }
    };
    silence_decoders();
    if !matches!(arguments.command, Command::Serve(_)) {
        let _set_before = log_as("warn");
    }
    let well = |done: anyhow::Result<()>| done.map(|()| ExitCode::SUCCESS);
    let done = match &arguments.command {
        Command::Demo(demo) => well(demo::run(demo, arguments.sounds.as_deref())),
        Command::Replay(replay) => Ok(replay::run(replay, arguments.sounds.as_deref())),
        Command::Scenario(scenario) => scenario::run(scenario, arguments.sounds.as_deref()),
        Command::Fuzz(fuzz) => fuzz::run(fuzz, arguments.sounds.as_deref()),
        Command::Trace(trace) => Ok(trace::run(trace, arguments.sounds.as_deref())),
        Command::Serve(serve) => serve::run(serve, arguments.sounds.as_deref()),
        Command::Phone(phone) => well(phone::run(phone, arguments.sounds.as_deref())),
        Command::User(user) => well(user::run(user)),
        Command::Meeting(meeting) => well(meeting::run(meeting)),
        Command::Calls(calls) => well(calls::run(calls)),
        Command::Config(config) => well(config::run(config)),
    };
    let done = done.and_then(|code| {
        // A bridge tells it in its log, to which standard error is left.
        if !matches!(arguments.command, Command::Serve(_)) {
            all_is_said()?;
        }
        Ok(code)
    });
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("holdline: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// An error when something could not be said.
fn all_is_said() -> anyhow::Result<()> {
    match said::unsaid_against_will() {
        Some(error) => bail!("not all could be said: {error}"),
        None => Ok(()),
    }
}

/// A decoder that panics at a file says nothing: the file is told in words of ours.
fn silence_decoders() {
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !is_decoding() {
            tell(panic);
        }
    }));
}

/// Says what is wrong with a file or the command line.
fn wrong(error: &anyhow::Error) -> ExitCode {
    eprintln!("holdline: {error:#}");
    ExitCode::from(2)
}

/// Logs to standard error what `RUST_LOG` asks for, and this when it is not set.
fn log_as(filter: &str) -> anyhow::Result<()> {
    let filter = what_to_log(None, filter)?;
    let log = with_colours().with_env_filter(filter).with_writer(std::io::stderr);
    begin_log(log.finish());
    Ok(())
}

/// As [`log_as`], on a thread of its own: a bridge does not wait for whoever reads its log, nor does a thread that panics. What was
/// given on the command line is over `RUST_LOG`.
fn log_apart(given: Option<&str>, filter: &str, tasks: &Tasks) -> anyhow::Result<WritesLast> {
    let filter = what_to_log(given, filter)?;
    let (log, last) = Log::start(tasks, std::io::stderr()).context("cannot start the log")?;
    log.takes_panics();
    begin_log(with_colours().with_env_filter(filter).with_writer(log).finish());
    Ok(last)
}

/// Colours are for terminals: in a file they are signs between the words.
fn with_colours() -> tracing_subscriber::fmt::SubscriberBuilder {
    tracing_subscriber::fmt().with_ansi(std::io::stderr().is_terminal())
}

/// Logs what is told to `tracing`, and nothing that is told to the `log` crate, as `try_init` would: the WebSockets tell it every
/// byte that comes, and so every key of a PIN.
fn begin_log(log: impl tracing::Subscriber + Send + Sync) {
    let _set_before = tracing::subscriber::set_global_default(log);
}

fn what_to_log(given: Option<&str>, otherwise: &str) -> anyhow::Result<EnvFilter> {
    match given {
        Some(given) => log_filter(given),
        None => EnvFilter::try_from_default_env().or_else(|_not_set| log_filter(otherwise)),
    }
}

/// A filter as it is written.
fn log_filter(text: &str) -> anyhow::Result<EnvFilter> {
    if text.trim().is_empty() {
        bail!("\"\" is nothing to log by: try info or debug, or `off`");
    }
    EnvFilter::try_new(text)
        .with_context(|| format!("{text:?} is nothing to log by: try info or debug"))
}
