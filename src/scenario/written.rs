//! A file as it is written: scenarios and steps with their places, nothing understood yet.

use std::ops::Range;

use super::text::Text;

/// One scenario or outline, with the background and tags that hold for it.
#[derive(Clone, Debug)]
pub(super) struct WrittenScenario {
    pub line: usize,
    /// All its lines, from its first tag to before what comes next.
    pub lines: Range<usize>,
    /// A line of it, and where in the file it begins.
    pub byte: (usize, usize),
    pub name: Text,
    pub rule: Option<String>,
    pub tags: Vec<String>,
    /// Those of the backgrounds first.
    pub steps: Vec<WrittenStep>,
    pub outline: bool,
    pub examples: Vec<WrittenExamples>,
    /// Of an outline that is filled in: with which row.
    pub row: Option<RowPlace>,
    /// Something in it cannot be read: it is not run.
    pub broken: bool,
    /// Something in a background of it cannot be read: it is not run, and nobody can tell what is wrong in it.
    pub unfounded: bool,
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

/// Where a row of an outline stands.
#[derive(Clone, Debug)]
pub(super) struct RowPlace {
    /// Counted from 1, over all its examples.
    pub number: usize,
    /// The file beside it that it is in, and the line there.
    pub file: Option<(String, u64)>,
    pub head: WrittenRow,
    pub values: WrittenRow,
}
