//! Golden transcripts: what happened and what each caller heard, kept beside a scenario and compared with each run, exactly.

mod transcript;

use std::path::{Path, PathBuf};

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
    let file = Path::new(&scenario.path);
    let stem = file.file_stem().unwrap_or_default();
    let name = report::suite::slug(&scenario.name, "scenario");
    file.parent().unwrap_or(Path::new("")).join("golden").join(stem).join(name + ".txt")
}
