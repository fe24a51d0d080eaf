//! The command line: one file a subcommand. What goes wrong is said once, with what to do about it.

mod demo;
mod sounds;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A telephony meeting bridge that you can dial, script and load.
#[derive(Debug, Parser)]
#[command(name = "holdline", version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Take the sounds from this folder instead of those built in. It is laid out like `assets`: `music/hold.wav`,
    /// `tones/`, `prompts/en-US/`. WAV, FLAC, MP3 and Ogg Vorbis are read, whatever the name's ending.
    #[arg(long, global = true, value_name = "DIR")]
    sounds: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Arguments),
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
    log_to_stderr();
    let done = match &arguments.command {
        Command::Demo(demo) => demo::run(demo, arguments.sounds.as_deref()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("holdline: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Logs what `RUST_LOG` asks for; warnings and errors when it is not set.
fn log_to_stderr() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    let _set_before =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
