//! Outlines: one scenario for each row of their examples, which may be in a file.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::load::Files;
use super::problem::Problem;
use super::secrets::Secrets;
use super::secrets::line::without_pins;
use super::text::Text;
use super::written::{RowPlace, WrittenExamples, WrittenRow, WrittenScenario, WrittenStep};
use crate::domain::limits::SCENARIO_ROWS_MAX;

/// The scenarios that a written one stands for, one after the other.
pub(super) struct Filling {
    written: WrittenScenario,
    sets: Vec<Set>,
    /// The set and the row of it that come next; an outline's first row is its names.
    next: (usize, usize),
    /// Rows that were given out.
    number: usize,
}

/// The rows of one `Examples:`.
struct Set {
    /// Its place among them.
    examples: usize,
    rows: Vec<WrittenRow>,
    /// The file they are in, and the line of each.
    file: Option<(String, Vec<u64>)>,
}

impl Filling {
    /// Of a written scenario, and what is wrong with its examples.
    pub(super) fn of(written: WrittenScenario, files: &dyn Files) -> (Self, Vec<Problem>) {
        let (mut sets, mut problems) = (Vec::new(), Vec::new());
        for (place, examples) in written.examples.iter().enumerate() {
            match rows(examples, files) {
                Ok((rows, file)) => sets.push(Set { examples: place, rows, file }),
                Err(problem) => problems.push(problem),
            }
        }
        (Self { written, sets, next: (0, 1), number: 0 }, problems)
    }

    /// As it is written.
    pub(super) fn written(&self) -> &WrittenScenario {
        &self.written
    }

    /// Leaves out all rows that do not stand in that line, if one does.
    pub(super) fn only_line(&mut self, line: usize) {
        let stands =
            |set: &Set| set.file.is_none() && set.rows.iter().skip(1).any(|row| row.line == line);
        let Some(at) = self.sets.iter().position(stands) else { return };
        let before: usize = self.sets.iter().take(at).map(Set::len).sum();
        let row = self.sets[at].rows.iter().position(|row| row.line == line).unwrap_or(1);
        self.sets.truncate(at + 1);
        self.sets[at].rows.truncate(row + 1);
        (self.next, self.number) = ((at, row), before + row - 1);
    }

    /// The next scenario, and what is wrong with its placeholders: then it is broken.
    pub(super) fn next(&mut self) -> Option<(WrittenScenario, Vec<Problem>)> {
        if !self.written.outline {
            let is_first = std::mem::replace(&mut self.number, 1) == 0;
            return is_first.then(|| (self.written.clone(), Vec::new()));
        }
        loop {
            let (at, row) = self.next;
            let set = self.sets.get(at)?;
            let Some(values) = set.rows.get(row) else {
                self.next = (at + 1, 1);
                continue;
            };
            self.number += 1;
            let file = set.file.as_ref();
            let place = RowPlace {
                number: self.number,
                file: file.map(|(name, lines)| {
                    (name.clone(), lines.get(row).copied().unwrap_or_default())
                }),
                head: set.rows[0].clone(),
                values: values.clone(),
            };
            let examples = &self.written.examples[set.examples];
            let (scenario, problems) = fill_row(&self.written, examples, place);
            // What is wrong with a placeholder is the same for every row.
            self.next = if problems.is_empty() { (at, row + 1) } else { (at + 1, 1) };
            return Some((scenario, problems));
        }
    }

    /// With which row, and with which values of it, a step is filled in: what there is to say where it is wrong.
    pub(super) fn row_of(&self, step: usize, row: &RowPlace, secrets: &Secrets) -> Option<String> {
        let step = self.written.steps.get(step)?;
        let cells = step.table.iter().flat_map(|row| &row.cells);
        let names: BTreeSet<String> =
            std::iter::once(&step.text).chain(cells).flat_map(Text::placeholders).collect();
        let cells = row.head.cells.iter().zip(&row.values.cells);
        let used = cells.filter(|(name, _)| names.contains(name.as_str()));
        let values: Vec<String> = used
            .map(|(name, value)| {
                // As in a row of the file itself: it may be a PIN.
                let value = without_pins(&format!("| {}", value.as_str()), secrets);
                format!("{} is {:?}", name.as_str(), value.trim_start_matches("| "))
            })
            .collect();
        if values.is_empty() {
            return None;
        }
        let place = match &row.file {
            Some((file, line)) => format!("line {line} of {file:?}"),
            None => format!("line {}", row.values.line),
        };
        Some(format!("row {}, {place}: {}", row.number, values.join(", ")))
    }
}

impl Set {
    /// Rows of values.
    fn len(&self) -> usize {
        self.rows.len().saturating_sub(1)
    }
}

fn fill_row(
    written: &WrittenScenario,
    examples: &WrittenExamples,
    place: RowPlace,
) -> (WrittenScenario, Vec<Problem>) {
    let (head, row) = (&place.head, &place.values);
    let problems = RefCell::new(Vec::new());
    let value = |name: &str| {
        let place = head.cells.iter().position(|cell| cell.as_str() == name)?;
        row.cells.get(place).map(|cell| cell.as_str().to_owned())
    };
    // What has no value stays as it is, so that the rest is looked at too.
    let fill = |text: &Text| {
        text.filled(value).unwrap_or_else(|name| {
            let names = head.cells.iter().map(Text::as_str);
            let advice = super::values::nearest(name.as_str(), names);
            let problem = format!("the examples have no column {:?}", name.as_str());
            problems.borrow_mut().push(Problem::new(name.whole(), problem, advice));
            text.clone()
        })
    };
    let fill_step = |step: &WrittenStep| {
        let fill_cells = |row: &WrittenRow| WrittenRow {
            line: row.line,
            cells: row.cells.iter().map(fill).collect(),
        };
        WrittenStep {
            text: fill(&step.text),
            table: step.table.iter().map(fill_cells).collect(),
            ..step.clone()
        }
    };
    let mut name = fill(&written.name);
    if name.as_str() == written.name.as_str() {
        // Rows are told apart though the name has no placeholder.
        let told = name.as_str().to_owned() + &row_told(place.number);
        name = Text::new(&told, written.line, 1);
    }
    let steps = written.steps.iter().map(fill_step).collect();
    let problems = problems.take();
    let scenario = WrittenScenario {
        line: row.line,
        lines: written.lines.clone(),
        byte: written.byte,
        name,
        rule: written.rule.clone(),
        tags: written.tags.iter().chain(&examples.tags).cloned().collect(),
        steps,
        outline: false,
        examples: Vec::new(),
        broken: written.broken || !problems.is_empty(),
        unfounded: written.unfounded,
        row: Some(place),
    };
    (scenario, problems)
}

/// What is told behind the name of a scenario of a row.
pub(super) fn row_told(number: usize) -> String {
    format!(" (row {number})")
}

/// Rows, the file they are in if they are in one, and the line of each there.
type Rows = (Vec<WrittenRow>, Option<(String, Vec<u64>)>);

/// The rows of examples, from the file they name if they name one.
fn rows(examples: &WrittenExamples, files: &dyn Files) -> Result<Rows, Problem> {
    let Some(name) = file_named(&examples.name) else {
        if examples.rows.len() > 1 {
            return Ok((examples.rows.clone(), None));
        }
        let problem = "these examples have no row of values";
        let advice = "write a row of names and rows of values below, or name a file: `Examples: from \"rows.csv\"`";
        return Err(Problem::new(examples.name.whole(), problem, advice));
    };
    let at = name.whole();
    let problem = |why: String| {
        let problem = format!("the rows in {:?} cannot be read: {why}", name.as_str());
        Problem::new(
            at,
            problem,
            "name the file from where this one is: `Examples: from \"rows.csv\"`",
        )
    };
    if !examples.rows.is_empty() {
        return Err(problem("there are rows here as well".to_owned()));
    }
    let bytes = files.table(name.as_str()).map_err(problem)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes));
    let (mut rows, mut lines) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(|error| problem(error.to_string()))?;
        if rows.len() > SCENARIO_ROWS_MAX {
            return Err(problem(format!("there are more than {SCENARIO_ROWS_MAX}")));
        }
        let cells = record.iter().map(|cell| Text::new(cell, at.line, at.column)).collect();
        lines.push(record.position().map_or(0, csv::Position::line));
        // What came of a row is told by the line that named the file, and its number.
        rows.push(WrittenRow { line: at.line, cells });
    }
    if rows.len() < 2 {
        return Err(problem("it needs a row of names and a row of values".to_owned()));
    }
    Ok((rows, Some((name.as_str().to_owned(), lines))))
}

/// `from "rows.csv"`.
fn file_named(name: &Text) -> Option<Text> {
    let text = name.as_str();
    let inner = text.strip_prefix("from ")?.trim().strip_prefix('"')?.strip_suffix('"')?;
    let from = text.find('"')? + 1;
    Some(name.part(from..from + inner.len()))
}
