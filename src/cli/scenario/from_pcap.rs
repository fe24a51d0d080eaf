//! `holdline scenario from-pcap`: a capture of a network becomes a scenario.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::cli::said::{say, say_as_it_is};
use crate::domain::limits::CAPTURE_BYTES_MAX;
use crate::proto::capture::Capture;
use crate::scenario::from_capture;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A pcap or pcapng file with SIP over UDP, RTP or both.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write the scenario to this new file instead of printing it.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Exit code 2 says that there is no scenario, and why is said before.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    match made(&arguments.file).and_then(|text| write(arguments, &text)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}

fn made(file: &Path) -> Result<String, String> {
    let says = |why: String| format!("{}: {why}", file.display());
    let size =
        std::fs::metadata(file).map_err(|error| says(format!("it cannot be read: {error}")))?;
    if size.len() > CAPTURE_BYTES_MAX {
        let most = CAPTURE_BYTES_MAX / (1024 * 1024);
        return Err(says(format!("it is larger than {most} MiB: cut out the calls that matter")));
    }
    let bytes = std::fs::read(file).map_err(|error| says(format!("it cannot be read: {error}")))?;
    let capture = Capture::read(&bytes).map_err(|error| says(error.to_string()))?;
    let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    Ok(from_capture(&name, &capture))
}

fn write(arguments: &Arguments, text: &str) -> Result<(), String> {
    let Some(out) = &arguments.out else {
        say_as_it_is(text);
        return Ok(());
    };
    super::write_new(out, text).map_err(|error| format!("{error:#}"))?;
    say(format_args!("{0} is made.\n\n    holdline replay {0}", out.display()));
    Ok(())
}
