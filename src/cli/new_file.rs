//! A file that a command makes where `--out` says: a new one, so that nothing is lost that was there.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

use super::said::{say, say_as_it_is};

/// Writes a text to a file that is not there yet.
pub(super) fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = file.with_context(|| {
        format!("{} cannot be made: name another, or remove what is there", path.display())
    })?;
    file.write_all(text.as_bytes()).with_context(|| format!("{} cannot be written", path.display()))
}

/// Writes a scenario to a new file and says how to play it; says the scenario itself where no file is named.
pub(super) fn leave_scenario(out: Option<&Path>, text: &str) -> anyhow::Result<()> {
    match out {
        None => say_as_it_is(text),
        Some(out) => {
            write_new(out, text)?;
            say(format_args!("{0} is made.\n\n    holdline replay {0}", out.display()));
        }
    }
    Ok(())
}
