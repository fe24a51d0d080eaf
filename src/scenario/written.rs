//! A file as it is written: features, scenarios and steps with their places, nothing understood yet.

use super::text::Text;

/// What a file holds.
#[derive(Clone, Debug, Default)]
pub(super) struct WrittenFeature {
    pub name: String,
    pub scenarios: Vec<WrittenScenario>,
}

/// One scenario or outline, with the background and tags that hold for it.
#[derive(Clone, Debug)]
pub(super) struct WrittenScenario {
    pub line: usize,
    pub name: Text,
    pub rule: Option<String>,
    pub tags: Vec<String>,
    /// Those of the backgrounds first.
    pub steps: Vec<WrittenStep>,
    pub outline: bool,
    pub examples: Vec<WrittenExamples>,
    /// Something in it, or in what belongs to it, cannot be read: it is not run.
    pub broken: bool,
}

/// One step.
#[derive(Clone, Debug)]
pub(super) struct WrittenStep {
    pub keyword: &'static str,
    pub column: usize,
    pub text: Text,
    pub table: Vec<WrittenRow>,
}

/// The rows an outline is filled in with.
#[derive(Clone, Debug)]
pub(super) struct WrittenExamples {
    pub name: Text,
    pub tags: Vec<String>,
    /// The first row has the names.
    pub rows: Vec<WrittenRow>,
}

/// One row of a table.
#[derive(Clone, Debug)]
pub(super) struct WrittenRow {
    pub line: usize,
    pub cells: Vec<Text>,
}

impl WrittenRow {
    /// What stands in its cells.
    pub(super) fn words(&self) -> Vec<String> {
        self.cells.iter().map(|cell| cell.as_str().to_owned()).collect()
    }
}
