//! All that is wrong with a file: each thing once, and no more of it than somebody reads.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::diagnostic::{Diagnostic, Span};
use crate::domain::limits::SCENARIO_FAULTS_MAX;

/// What is wrong with a file, as far as it has been read.
pub(super) struct Faults {
    path: String,
    /// Not given out yet.
    waiting: Vec<Diagnostic>,
    given: usize,
    left_out: usize,
    /// Of those, how many will be told of whatever becomes of those that wait.
    left_out_for_good: usize,
    /// By place and words, in how many rows of an outline it is wrong.
    seen: BTreeMap<(Span, String), usize>,
    lines: BTreeSet<usize>,
    any: bool,
}

/// Rows of an outline in which the same thing is wrong that are told; it is mended in all of them at once.
const ROWS_TOLD: usize = 3;

/// Faults that are remembered so as not to be told twice. Beyond it they are counted twice.
const REMEMBERED: usize = 10_000;

impl Faults {
    /// None yet. `path` is what the file is called in what is said about it.
    pub(super) fn new(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            waiting: Vec::new(),
            given: 0,
            left_out: 0,
            left_out_for_good: 0,
            seen: BTreeMap::new(),
            lines: BTreeSet::new(),
            any: false,
        }
    }

    /// Whether there was any.
    pub(super) fn is_any(&self) -> bool {
        self.any
    }

    /// Whether a line is no Gherkin, so that what it means is anybody's guess.
    pub(super) fn is_in(&self, line: usize) -> bool {
        self.lines.contains(&line)
    }

    /// One more line that is no Gherkin; `source` is the line it is in.
    pub(super) fn add(&mut self, at: Span, source: &str, problem: String, advice: String) {
        if self.lines.len() < REMEMBERED {
            self.lines.insert(at.line);
        }
        self.add_in_row(at, || source.to_owned(), problem, None, advice);
    }

    /// One more, in what a line means, in a row of an outline if one is told.
    pub(super) fn add_in_row(
        &mut self,
        at: Span,
        source: impl FnOnce() -> String,
        problem: String,
        row: Option<String>,
        advice: String,
    ) {
        self.any = true;
        if self.seen.len() < REMEMBERED || self.seen.contains_key(&(at, problem.clone())) {
            let seen = self.seen.entry((at, problem.clone())).or_default();
            *seen += 1;
            // In a background or in an outline it is one fault, however many scenarios it is in.
            if *seen > 1 && row.is_none() {
                return;
            }
            if *seen > ROWS_TOLD {
                self.left_out += 1;
                return;
            }
        }
        if self.given + self.waiting.len() >= SCENARIO_FAULTS_MAX {
            self.left_out += 1;
            return;
        }
        let problem = match row {
            Some(row) => format!("{problem} ({row})"),
            None => problem,
        };
        let (path, source) = (self.path.clone(), source());
        self.waiting.push(Diagnostic { path, at, source, problem, advice });
    }

    /// Forgets what stands in these lines, which nobody has asked for.
    pub(super) fn forget(&mut self, lines: &Range<usize>) {
        self.waiting.retain(|fault| !lines.contains(&fault.at.line));
        self.left_out = self.left_out_for_good;
    }

    /// Gives out what stands before that line, in order.
    pub(super) fn take_before(&mut self, line: usize) -> Vec<Diagnostic> {
        let (mut given, rest) = self.waiting.drain(..).partition(|fault| fault.at.line < line);
        self.waiting = rest;
        self.given += given.len();
        self.left_out_for_good = self.left_out;
        given.sort_by_key(|fault: &Diagnostic| fault.at);
        given
    }

    /// Gives out the rest, and says how many were left out; the file has so many lines.
    pub(super) fn take_rest(&mut self, lines: usize) -> Vec<Diagnostic> {
        let mut rest = self.take_before(usize::MAX);
        if self.left_out > 0 {
            rest.push(Diagnostic {
                path: self.path.clone(),
                at: Span::new(lines.max(1), 1, 1),
                source: String::new(),
                problem: format!("and {} more faults", self.left_out),
                advice: String::new(),
            });
            (self.left_out, self.left_out_for_good) = (0, 0);
        }
        rest
    }
}
