//! Golden transcripts: what happened and what each caller heard, kept beside a scenario and compared with each run, exactly.

mod transcript;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::domain::Uptime;
use crate::report;
use crate::scenario::{Failure, Scenario, StepOutcome, Verdict};
use crate::sim::replay::Replayed;
use transcript::{difference, transcript};

/// The tag of scenarios that have a golden transcript.
const TAG: &str = "@golden";

/// Whether a scenario has one.
pub(super) fn is_golden(scenario: &Scenario) -> bool {
    scenario.tags.iter().any(|tag| tag == TAG)
}

/// What is wrong with a run that is not as it was.
#[derive(Default)]
pub(super) struct Wrong {
    instead: String,
    difference: Vec<String>,
    at: Option<Uptime>,
}

impl Wrong {
    /// Marks the step in which it was first otherwise; the last one where nobody knows.
    pub(super) fn mark(self, verdict: &mut Verdict) {
        let at = self.at.unwrap_or(Uptime::from_micros(u64::MAX));
        let steps = &mut verdict.steps;
        let meanwhile =
            steps.iter().position(|it| (it.from..=it.until).contains(&at) && it.from < it.until);
        let place = meanwhile.or_else(|| steps.iter().rposition(|it| it.from <= at));
        if let Some(step) = place.and_then(|place| steps.get_mut(place)) {
            step.until = step.until.min(at);
            step.outcome = StepOutcome::Failed(Failure {
                expected: "it is as in its golden transcript".to_owned(),
                instead: self.instead,
                difference: self.difference,
                last_events: Vec::new(),
            });
        }
    }
}

/// Compares a run with what is kept, or keeps it; what is wrong otherwise.
pub(super) fn check(scenario: &Scenario, replayed: &Replayed, update: bool) -> Result<(), Wrong> {
    let path = place_of(scenario);
    let is = transcript(replayed);
    let wrong = |instead: String| Wrong { instead, ..Wrong::default() };
    if update {
        let folder = path.parent().unwrap_or(Path::new("."));
        return std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&path, &is))
            .map_err(|error| wrong(format!("{} cannot be written: {error}", path.display())));
    }
    let kept = std::fs::read_to_string(&path).map_err(|error| {
        wrong(format!("{} cannot be read: {error}; `--update` makes it", path.display()))
    })?;
    if kept == is {
        return Ok(());
    }
    let difference = difference(&kept, &is);
    let first = difference.at.map_or(String::new(), |at| format!(", first at {at}"));
    let name = path.display();
    Err(Wrong {
        instead: format!("it differs from {name}{first} (`--update` takes it as it is now)"),
        difference: difference.lines,
        at: difference.at,
    })
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
