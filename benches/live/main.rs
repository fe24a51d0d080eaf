//! What a running bridge can carry. Prints each figure beside a calibration taken in the same run.
//!
//! `cargo bench --bench live` runs all scenes, `cargo bench --bench live -- rooms waiting` those. `HOLDLINE_BENCH_SECONDS` says
//! how long a scene is measured (60). The exit code is 1 when a limit was not kept, after all scenes have been told.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench measures time and prints"
)]

mod crowd;
mod machine;
mod organizers;
mod pins;
mod rooms;
mod scene;
mod waiting;

use std::process::ExitCode;

fn main() -> ExitCode {
    let asked: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let scenes: [(&str, fn()); 4] = [
        ("rooms", rooms::run),
        ("waiting", waiting::run),
        ("organizers", organizers::run),
        ("pins", pins::run),
    ];
    for (name, run) in scenes {
        if asked.is_empty() || asked.iter().any(|asked| asked == name) {
            run();
        }
    }
    if scene::all_kept() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
