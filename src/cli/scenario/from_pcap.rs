//! `holdline scenario from-pcap`: a capture of a network becomes a scenario.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::cli::new_file::leave_scenario;
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
    let out = arguments.out.as_deref();
    let leave = |text: String| leave_scenario(out, &text).map_err(|error| format!("{error:#}"));
    match made(&arguments.file).and_then(leave) {
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
