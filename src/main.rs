//! The binary: run the command line, give its exit code. Everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    holdline::cli::run(std::env::args_os())
}
