//! Outlines: one scenario for each row of their examples, which may be in a file.

use super::load::Files;
use super::problem::Problem;
use super::text::Text;
use super::written::{WrittenExamples, WrittenRow, WrittenScenario, WrittenStep};
use crate::domain::limits::SCENARIO_ROWS_MAX;

/// The scenarios that a written one stands for, and what is wrong with the others.
pub(super) fn fill(
    written: &WrittenScenario,
    files: &dyn Files,
) -> (Vec<WrittenScenario>, Vec<Problem>) {
    if !written.outline {
        return (vec![written.clone()], Vec::new());
    }
    let (mut filled, mut problems) = (Vec::new(), Vec::new());
    for examples in &written.examples {
        let rows = match rows(examples, files) {
            Ok(rows) => rows,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        let Some((head, rows)) = rows.split_first() else { continue };
        for (number, row) in (1..).zip(rows) {
            match fill_row(written, examples, head, row, number) {
                Ok(scenario) => filled.push(scenario),
                Err(problem) => {
                    // The same for every row.
                    problems.push(problem);
                    break;
                }
            }
        }
    }
    (filled, problems)
}

fn fill_row(
    written: &WrittenScenario,
    examples: &WrittenExamples,
    head: &WrittenRow,
    row: &WrittenRow,
    number: usize,
) -> Result<WrittenScenario, Problem> {
    let value = |name: &str| {
        let place = head.cells.iter().position(|cell| cell.as_str() == name)?;
        row.cells.get(place).map(|cell| cell.as_str().to_owned())
    };
    let fill = |text: &Text| {
        text.filled(value).map_err(|name| {
            let names = head.cells.iter().map(Text::as_str);
            let advice = super::values::nearest(name.as_str(), names);
            let problem = format!("the examples have no column {:?}", name.as_str());
            Problem::new(name.whole(), problem, advice)
        })
    };
    let step = |step: &WrittenStep| -> Result<WrittenStep, Problem> {
        let table = step.table.iter().map(|row| {
            let cells = row.cells.iter().map(fill).collect::<Result<_, _>>()?;
            Ok(WrittenRow { line: row.line, cells })
        });
        Ok(WrittenStep {
            text: fill(&step.text)?,
            table: table.collect::<Result<_, Problem>>()?,
            ..step.clone()
        })
    };
    let mut name = fill(&written.name)?;
    if name.as_str() == written.name.as_str() {
        // Rows are told apart though the name has no placeholder.
        let told = format!("{} (row {number})", name.as_str());
        name = Text::new(&told, written.line, 1);
    }
    Ok(WrittenScenario {
        line: row.line,
        name,
        rule: written.rule.clone(),
        tags: written.tags.iter().chain(&examples.tags).cloned().collect(),
        steps: written.steps.iter().map(step).collect::<Result<_, _>>()?,
        outline: false,
        examples: Vec::new(),
        broken: false,
    })
}

/// The rows of examples, from the file they name if they name one.
fn rows(examples: &WrittenExamples, files: &dyn Files) -> Result<Vec<WrittenRow>, Problem> {
    let Some(name) = file_named(&examples.name) else { return Ok(examples.rows.clone()) };
    let at = name.whole();
    let problem = |why: String| {
        let problem = format!("the rows in {:?} cannot be read: {why}", name.as_str());
        Problem::new(at, problem, "name the file from where this one is: `Examples: from \"rows.csv\"`")
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
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| problem(error.to_string()))?;
        if rows.len() > SCENARIO_ROWS_MAX {
            return Err(problem(format!("there are more than {SCENARIO_ROWS_MAX}")));
        }
        let cells = record.iter().map(|cell| Text::new(cell, at.line, at.column)).collect();
        // What came of a row is told by the line that named the file.
        rows.push(WrittenRow { line: at.line, cells });
    }
    if rows.len() < 2 {
        return Err(problem("it needs a row of names and a row of values".to_owned()));
    }
    Ok(rows)
}

/// `from "rows.csv"`.
fn file_named(name: &Text) -> Option<Text> {
    let text = name.as_str();
    let inner = text.strip_prefix("from ")?.trim().strip_prefix('"')?.strip_suffix('"')?;
    let from = text.find('"')? + 1;
    Some(name.part(from..from + inner.len()))
}
