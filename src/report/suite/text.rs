//! What a terminal or a CI log shows: a line for each scenario, and a block for each that failed.

use std::fmt::Write as _;

use super::{Files, Totals};
use crate::report::escape::one_line;
use crate::scenario::{Outcome, StepVerdict, Verdict};

/// Whether words are coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// No: for a file or a log.
    Plain,
    /// With the colours of ECMA-48, which every terminal shows.
    Colours,
}

#[derive(Clone, Copy)]
enum Colour {
    Green,
    Red,
    Dim,
}

impl Paint {
    fn word(self, colour: Colour, word: &str) -> String {
        let code = match (self, colour) {
            (Self::Plain, _) => return word.to_owned(),
            (Self::Colours, Colour::Green) => "32",
            (Self::Colours, Colour::Red) => "1;31",
            (Self::Colours, Colour::Dim) => "2",
        };
        format!("\u{1b}[{code}m{word}\u{1b}[0m")
    }
}

/// A scenario as one line, without the line's end: what came of it, where it stands, its name, its virtual time.
#[must_use]
pub fn line(verdict: &Verdict, paint: Paint) -> String {
    let outcome = match verdict.outcome() {
        Outcome::Passed => paint.word(Colour::Green, "passed"),
        Outcome::Failed => paint.word(Colour::Red, "failed"),
    };
    let lasted = paint.word(Colour::Dim, &format!("({})", super::length(verdict.lasted)));
    format!(
        "{outcome}  {}:{}  {}  {lasted}",
        one_line(&verdict.path),
        verdict.line,
        one_line(&verdict.name)
    )
}

/// Why a scenario failed: the step, what was expected, what was instead and when, the last events, where its files lie below
/// `out` (the run's folder as it was named, or nothing), and how to repeat it. `None` where none failed. Ends with a line's end.
#[must_use]
pub fn failure(
    verdict: &Verdict,
    files: &Files,
    seed: u64,
    out: &str,
    paint: Paint,
) -> Option<String> {
    let (step, failure) = verdict.failure()?;
    let mut text = String::new();
    let mut row = |name: &str, words: &str| {
        let _ = writeln!(text, "  {}  {words}", paint.word(Colour::Dim, &format!("{name:<9}")));
    };
    row("step", &format!("{} {}", one_line(&step.keyword), one_line(&step.text)));
    for cells in step.table.iter().take(ROWS_SHOWN_MAX) {
        row("", &one_line(&format!("| {} |", cells.join(" | "))));
    }
    row("where", &one_line(&place(verdict, step)));
    row("expected", &one_line(&failure.expected));
    row("instead", &paint.word(Colour::Red, &one_line(&failure.instead)));
    for (place, line) in failure.difference.iter().enumerate() {
        row(if place == 0 { "differs" } else { "" }, &one_line(line));
    }
    row("when", &format!("{} into the scenario", step.until));
    for (place, event) in failure.last_events.iter().enumerate() {
        row(if place == 0 { "events" } else { "" }, &one_line(event));
    }
    for (name, path) in [("ladder", &files.ladder), ("trace", &files.trace)] {
        if let Some(path) = path {
            row(name, &below(out, path));
        }
    }
    for (place, path) in files.sounds.iter().flatten().take(SOUNDS_NAMED_MAX).enumerate() {
        row(if place == 0 { "heard" } else { "" }, &below(out, path));
    }
    let more = files.sounds.iter().flatten().count().saturating_sub(SOUNDS_NAMED_MAX);
    if more > 0 {
        row("", &format!("and {more} more in {}", below(out, &files.folder)));
    }
    row("repeat", &again(verdict, seed));
    Some(text)
}

/// Most rows that are shown of the table of a step.
const ROWS_SHOWN_MAX: usize = 24;

/// Sounds of a large group are not all named.
const SOUNDS_NAMED_MAX: usize = 6;

/// The last line of a run, without the line's end.
#[must_use]
pub fn closing(totals: &Totals, seed: u64, paint: Paint) -> String {
    let colour = match totals {
        Totals { failed: 0, broken: 0, .. } => Colour::Green,
        _not_all_passed => Colour::Red,
    };
    let lasted = super::length(totals.lasted);
    format!("{}; {lasted} of virtual time, seed {seed}", paint.word(colour, &totals.sentence()))
}

/// The command that repeats one scenario.
#[must_use]
pub fn again(verdict: &Verdict, seed: u64) -> String {
    let place = format!("{}:{}", verdict.path, verdict.line);
    let row = verdict.row.map_or(String::new(), |row| format!(" --row {row}"));
    format!("holdline replay {}{row} --seed {seed}", quoted(&place))
}

/// `PATH:LINE:COLUMN` of a step.
pub(super) fn place(verdict: &Verdict, step: &StepVerdict) -> String {
    format!("{}:{}:{}", verdict.path, step.line, step.column)
}

fn below(out: &str, path: &str) -> String {
    match out.trim_end_matches('/') {
        "" => path.to_owned(),
        out => format!("{}/{path}", one_line(out)),
    }
}

/// A word as a POSIX shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-:+,@%=".contains(c);
    if word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", one_line(word).replace('\'', "'\\''"))
    }
}
