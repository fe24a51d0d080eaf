//! Golden transcripts: what happened and what each caller heard, kept beside a scenario and compared with each run, exactly.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::cli::changed_lines::changed_lines;
use crate::domain::limits::SCENARIO_SOUND_FRAMES_MAX;
use crate::media::Frame;
use crate::report;
use crate::scenario::Scenario;
use crate::sim::replay::Replayed;

/// The tag of scenarios that have a golden transcript.
const TAG: &str = "@golden";

/// Lines of a difference that are shown; the rest is counted.
const LINES_SHOWN: usize = 24;

/// Whether a scenario has one.
pub(super) fn is_golden(scenario: &Scenario) -> bool {
    scenario.tags.iter().any(|tag| tag == TAG)
}

/// Compares a run with what is kept, or keeps it; what is wrong otherwise.
pub(super) fn check(scenario: &Scenario, replayed: &Replayed, update: bool) -> Result<(), String> {
    let path = place_of(scenario);
    let is = transcript(scenario, replayed);
    if update {
        let folder = path.parent().unwrap_or(Path::new("."));
        return std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&path, &is))
            .map_err(|error| format!("{} cannot be written: {error}", path.display()));
    }
    let kept = std::fs::read_to_string(&path).map_err(|error| {
        format!("{} cannot be read: {error}; `--update` makes it", path.display())
    })?;
    match kept == is {
        true => Ok(()),
        false => Err(format!(
            "it differs from {} (`--update` takes it as it is now): {}",
            path.display(),
            difference(&kept, &is)
        )),
    }
}

/// `golden/FILE/SCENARIO.txt` beside the file.
fn place_of(scenario: &Scenario) -> PathBuf {
    folder_of(&scenario.path).join(name_of(scenario))
}

/// Where the transcripts of a file's scenarios are.
fn folder_of(path: &str) -> PathBuf {
    let file = Path::new(path);
    let is_feature = file.extension().is_some_and(|ending| ending == "feature");
    let name = if is_feature { file.file_stem() } else { file.file_name() };
    file.parent().unwrap_or(Path::new("")).join("golden").join(name.unwrap_or_default())
}

/// The name of a scenario's transcript. What a file system takes may be the same for several names, or nothing, so a digest of the
/// whole name follows it.
pub(super) fn name_of(scenario: &Scenario) -> String {
    let rule = scenario.rule.as_deref().unwrap_or_default();
    let digest = blake3::hash(format!("{rule}\0{}", scenario.name).as_bytes()).to_hex();
    format!("{}-{}.txt", report::suite::slug(&scenario.name, "scenario"), &digest[..8])
}

/// Deletes the transcripts beside a file that are none of these.
pub(super) fn forget_others(path: &str, kept: &BTreeSet<String>) -> anyhow::Result<()> {
    let folder = folder_of(path);
    let Ok(entries) = std::fs::read_dir(&folder) else { return Ok(()) };
    for entry in entries.flatten() {
        let file = entry.path();
        let name = entry.file_name();
        let is_kept = name.to_str().is_none_or(|name| kept.contains(name));
        let is_text = file.extension().is_some_and(|ending| ending == "txt");
        if !is_kept && is_text && is_transcript(&file) {
            std::fs::remove_file(&file)
                .with_context(|| format!("{} cannot be deleted", file.display()))?;
        }
    }
    // If nothing else is in it.
    let _stays = std::fs::remove_dir(&folder);
    Ok(())
}

/// Whether a file begins as ours do.
fn is_transcript(file: &Path) -> bool {
    std::fs::read(file).is_ok_and(|bytes| bytes.starts_with(b"# "))
}

/// What happened, one event a line; then of each call how its sound looks, second by second, as digests.
fn transcript(scenario: &Scenario, replayed: &Replayed) -> String {
    let mut text = format!("# {}\n", scenario.name);
    for event in &replayed.report.trace {
        let _infallible =
            writeln!(text, "{}", report::event_line(event, |leg| replayed.name_of(leg)));
    }
    if !replayed.with_sound {
        return text;
    }
    for (call, seat) in replayed.calls.iter().zip(&replayed.report.seats) {
        let samples = seat.heard.first_samples(SCENARIO_SOUND_FRAMES_MAX);
        let _infallible = writeln!(text, "# heard by {}, {} ms", call.name, samples.len() / 8);
        for (second, samples) in samples.chunks(Frame::RATE_HZ as usize).enumerate() {
            let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            let digest = blake3::hash(&bytes).to_hex();
            let _infallible = writeln!(text, "{} second {second}: {}", call.name, &digest[..16]);
        }
    }
    text
}

/// The lines that are not the same, one behind the other.
fn difference(kept: &str, is: &str) -> String {
    let lines_of = |text| str::split_inclusive(text, '\n').collect::<Vec<&str>>();
    let changes = changed_lines(&lines_of(kept), &lines_of(is));
    let differing = changes.iter().filter(|(sign, _)| *sign != ' ');
    let mut lines: Vec<String> =
        differing.map(|(sign, line)| format!("{sign} {}", line.trim_end())).collect();
    let more = lines.len().saturating_sub(LINES_SHOWN);
    lines.truncate(LINES_SHOWN);
    if more > 0 {
        lines.push(format!("and {more} more lines"));
    }
    lines.join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_the_lines_that_are_not_the_same() {
        assert_eq!(difference("a\nb\nc\n", "a\nB\nc\n"), "- b | + B");
        let long = |letter: &str| format!("{letter}\n").repeat(100);
        assert!(difference(&long("a"), &long("b")).ends_with("and 176 more lines"));
    }
}
