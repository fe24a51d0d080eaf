//! What came of a scenario, step by step: what a report shows and what decides the exit code.
//!
//! Texts are those of the file with every PIN, and whatever was keyed that may be one, as dots.

use std::time::Duration;

use serde::Serialize;

use crate::domain::Uptime;

/// What came of one scenario, or of one row of an outline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The file, as it was named on the command line or found below it, with `/` between its parts.
    pub path: String,
    /// The line of its `Scenario:`, or of the row of its examples, or that names the file of these rows; counted from 1.
    pub line: usize,
    /// Of an outline whose rows are in a file beside it: which row, counted from 1 over all its examples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<usize>,
    /// The feature's name.
    pub feature: String,
    /// The rule it stands under, if any.
    pub rule: Option<String>,
    /// Its name; of an outline, with the row's values filled in.
    pub name: String,
    /// All tags that hold for it, those of the feature and the rule too, with the `@`.
    pub tags: Vec<String>,
    /// Its steps, those of the background first.
    pub steps: Vec<StepVerdict>,
    /// Virtual time from its beginning to its end.
    #[serde(skip)]
    pub lasted: Duration,
}

/// What came of one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepVerdict {
    /// `Given`, `When`, `Then`, `And`, `But` or `*`, as written.
    pub keyword: String,
    /// What stands behind it.
    pub text: String,
    /// The rows of the table below it; none where there is no table.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub table: Vec<Vec<String>>,
    /// Where, counted from 1.
    pub line: usize,
    /// Where in the line its keyword begins, in characters, counted from 1.
    pub column: usize,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: StepOutcome,
    /// When it began, in virtual time; a skipped one has the time at which the scenario ended.
    #[serde(rename = "from_us")]
    pub from: Uptime,
    /// When it was over.
    #[serde(rename = "until_us")]
    pub until: Uptime,
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum StepOutcome {
    /// It was done, or it was so.
    Passed,
    /// It could not be done, or it was not so.
    Failed(Failure),
    /// One before it failed.
    Skipped,
}

/// Why a step failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// What was to be so: one line.
    pub expected: String,
    /// What was so instead, and when: one line.
    pub instead: String,
    /// Where the two differ, a line each; none where the one line says it all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub difference: Vec<String>,
    /// The last that happened before, oldest first: in words, a line each.
    pub last_events: Vec<String>,
}

/// What came of a whole scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every step passed.
    Passed,
    /// One failed.
    Failed,
}

impl Verdict {
    /// What came of it as a whole.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self.failure() {
            None => Outcome::Passed,
            Some(_) => Outcome::Failed,
        }
    }

    /// The step that failed, and why.
    #[must_use]
    pub fn failure(&self) -> Option<(&StepVerdict, &Failure)> {
        self.steps.iter().find_map(|step| match &step.outcome {
            StepOutcome::Failed(failure) => Some((step, failure)),
            StepOutcome::Passed | StepOutcome::Skipped => None,
        })
    }
}
