//! Reads a file of scenarios one by one: however many there are, one is in memory, and the bytes of the file.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::diagnostic::{Diagnostic, Span};
use super::lines::Lines;
use super::load::Files;
use super::outline::Filling;
use super::problem::Problem;
use super::read::Reader;
use super::secrets::Secrets;
use super::secrets::line::Suspects;
use super::step::{Scenario, Step};
use super::understand::Understanding;
use super::written::{WrittenScenario, WrittenStep};
use crate::domain::limits::SCENARIO_LASTS_MAX;

/// Which scenarios of a file are wanted: all, if nothing is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The one that stands in this line, counted from 1: a row of an outline, or else all of the scenario or outline whose lines
    /// these are, its tags included.
    pub line: Option<usize>,
    /// Of outlines, only the row of this number, counted from 1 over all its examples.
    pub row: Option<usize>,
}

/// A file while it is read.
pub struct Loading {
    raw: Raw,
    /// What is hidden, once the file was read for it.
    hiding: Option<Hiding>,
}

/// What has to be dots in a file. What is secret in one scenario is shown in no other: they share a feature, and its name.
struct Hiding {
    /// In what is wrong.
    secrets: Secrets,
    suspects: Suspects,
    /// In what names the scenarios.
    all: Secrets,
}

/// A file while it is read, nothing hidden yet but in the steps.
struct Raw {
    path: String,
    wanted: Wanted,
    reader: Reader,
    /// The scenario or outline that is given out row by row.
    filling: Option<Filling>,
    faults: VecDeque<Diagnostic>,
    found: Found,
    /// The number of the row that was given last, if it was one of an outline.
    row: Option<usize>,
    /// Of all scenarios so far.
    secrets: Secrets,
    suspects: Suspects,
}

/// Whether what is wanted is there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Nothing,
    Line,
    Row,
    Told,
}

/// What is read of a file.
#[derive(Debug)]
pub enum Read {
    /// A scenario that can be carried out.
    Scenario(Box<Scenario>),
    /// Something that is wrong: what it concerns is not given.
    Fault(Diagnostic),
}

impl Loading {
    /// Begins a file; `path` is what it is called in what is said about it.
    #[must_use]
    pub fn new(path: &str, bytes: &[u8], wanted: Wanted) -> Self {
        Self { raw: Raw::new(path, bytes, wanted), hiding: None }
    }

    /// The next scenario, or the next thing that is wrong, `None` at the end. The same bytes and files are to be given each time.
    pub fn next(&mut self, bytes: &[u8], files: &dyn Files) -> Option<Read> {
        let Self { raw, hiding } = self;
        let hiding = hiding.get_or_insert_with(|| {
            let hiding = Hiding::of(&raw.path, bytes, files);
            raw.secrets = hiding.secrets.clone();
            hiding
        });
        let mut read = raw.next(bytes, files)?;
        match &mut read {
            Read::Scenario(scenario) => scenario.hide(&hiding.all, raw.row),
            Read::Fault(fault) => {
                // Where only some are wanted, more of what is wrong in them is told.
                hiding.suspects.add_line(&fault.source, &hiding.secrets);
                hiding.suspects.hide(fault, &hiding.secrets);
            }
        }
        Some(read)
    }
}

impl Hiding {
    /// Reads a file for what has to be hidden in it.
    fn of(path: &str, bytes: &[u8], files: &dyn Files) -> Self {
        let mut raw = Raw::new(path, bytes, Wanted::default());
        let mut faults = Vec::new();
        while let Some(read) = raw.next(bytes, files) {
            if let Read::Fault(fault) = read {
                faults.push(fault);
            }
        }
        let Raw { mut secrets, mut suspects, .. } = raw;
        if !faults.is_empty() {
            secrets.allow_meetings_of(&String::from_utf8_lossy(bytes).replace('\r', "\n"));
        }
        faults.iter().for_each(|fault| suspects.add_line(&fault.source, &secrets));
        let mut all = secrets.clone();
        suspects.long().for_each(|digits| all.add(digits));
        Self { secrets, suspects, all }
    }
}

impl Raw {
    fn new(path: &str, bytes: &[u8], wanted: Wanted) -> Self {
        Self {
            path: path.to_owned(),
            wanted,
            reader: Reader::new(path, bytes),
            filling: None,
            faults: VecDeque::new(),
            found: Found::Nothing,
            row: None,
            secrets: Secrets::default(),
            suspects: Suspects::default(),
        }
    }

    fn next(&mut self, bytes: &[u8], files: &dyn Files) -> Option<Read> {
        loop {
            if let Some(fault) = self.faults.pop_front() {
                return Some(Read::Fault(fault));
            }
            if let Some(mut filling) = self.filling.take() {
                match filling.next() {
                    Some((written, problems)) => {
                        let scenario = self.fill(bytes, files, &filling, &written, problems);
                        self.filling = Some(filling);
                        if let Some(scenario) = scenario {
                            return Some(Read::Scenario(Box::new(scenario)));
                        }
                    }
                    None => self.give_faults(filling.written().lines.end),
                }
                continue;
            }
            match self.reader.next(bytes) {
                Some(written) => self.begin(bytes, files, written),
                None if self.found == Found::Told => return None,
                None => self.end(),
            }
        }
    }

    /// Begins with a scenario, or leaves it out.
    fn begin(&mut self, bytes: &[u8], files: &dyn Files, written: WrittenScenario) {
        let lines = written.lines.clone();
        if self.wanted.line.is_some_and(|line| !lines.contains(&line)) {
            self.reader.faults.forget(&lines);
            return self.give_faults(lines.start);
        }
        self.found = self.found.max(Found::Line);
        if written.unfounded {
            self.found = Found::Row;
            return self.give_faults(lines.end);
        }
        let byte = written.byte;
        let (mut filling, problems) = Filling::of(written, files);
        if let Some(line) = self.wanted.line {
            filling.only_line(line);
        }
        for problem in problems {
            self.add(bytes, byte, problem, None);
        }
        self.filling = Some(filling);
    }

    /// A scenario of an outline, or one that is none; `None` where something is wrong.
    fn fill(
        &mut self,
        bytes: &[u8],
        files: &dyn Files,
        filling: &Filling,
        written: &WrittenScenario,
        problems: Vec<Problem>,
    ) -> Option<Scenario> {
        let number = written.row.as_ref().map(|row| row.number);
        if self.wanted.row.is_some_and(|row| number.is_some_and(|number| number != row)) {
            return None;
        }
        self.found = Found::Row;
        self.row = number;
        let unfilled: BTreeSet<usize> = problems.iter().map(|problem| problem.at.line).collect();
        for problem in problems {
            self.add(bytes, written.byte, problem, None);
        }
        let feature = self.reader.feature_name();
        match understand(&self.path, feature, written, files, &mut self.secrets) {
            Ok(scenario) => return (!written.broken).then_some(scenario),
            Err(wrong) => {
                self.suspects.add(written, &self.secrets);
                for (step, problem) in wrong {
                    if lines_of(&written.steps[step]).any(|line| unfilled.contains(&line)) {
                        continue;
                    }
                    let row = written.row.as_ref();
                    let row = row.and_then(|row| filling.row_of(step, row, &self.secrets));
                    self.add(bytes, written.byte, problem, row);
                }
            }
        }
        None
    }

    /// One more fault, unless something in its line is no Gherkin: what it means is then anybody's guess.
    fn add(&mut self, bytes: &[u8], known: (usize, usize), problem: Problem, row: Option<String>) {
        let Problem { at, problem, advice } = problem;
        if !self.reader.faults.is_in(at.line) {
            let source = || Lines::find(bytes, at.line, known);
            self.reader.faults.add_in_row(at, source, problem, row, advice);
        }
    }

    fn give_faults(&mut self, before: usize) {
        self.faults.extend(self.reader.faults.take_before(before));
    }

    /// The end of the file: what is left to be said of it.
    fn end(&mut self) {
        let lines = self.reader.lines_read();
        let missing = match (self.found, self.wanted.line, self.wanted.row) {
            (Found::Nothing, Some(line), _) if lines > 0 => {
                let advice = "name a line of a scenario, or of a row of examples";
                Some((line, format!("no scenario is at line {line}"), advice))
            }
            (Found::Line, line, Some(row)) => {
                let advice = "rows are counted from 1, over all examples of an outline";
                Some((line.unwrap_or(1), format!("no outline has a row {row}"), advice))
            }
            _found => None,
        };
        if let Some((line, problem, advice)) = missing {
            self.reader.faults.add(Span::new(line, 1, 1), "", problem, advice.to_owned());
        }
        self.faults.extend(self.reader.faults.take_rest(lines));
        self.found = Found::Told;
    }
}

/// The lines of a step and of its table.
fn lines_of(step: &WrittenStep) -> impl Iterator<Item = usize> {
    let rows = step.table.iter().map(|row| row.line);
    std::iter::once(step.text.whole().line).chain(rows)
}

/// All that is wrong with one scenario, each with its step, or what it means.
fn understand(
    path: &str,
    feature: &str,
    written: &WrittenScenario,
    files: &dyn Files,
    secrets: &mut Secrets,
) -> Result<Scenario, Vec<(usize, Problem)>> {
    let mut understanding = Understanding::new(files);
    let mut problems = Vec::new();
    let mut steps: Vec<Step> = Vec::with_capacity(written.steps.len());
    let mut lasts = Duration::ZERO;
    for (place, step) in written.steps.iter().enumerate() {
        match understanding.step(step) {
            Ok(step) => {
                let before = lasts;
                lasts = step.what.ends_at_least(before);
                if before <= SCENARIO_LASTS_MAX && lasts > SCENARIO_LASTS_MAX {
                    let [most, least] = [SCENARIO_LASTS_MAX, lasts].map(days);
                    let problem = format!(
                        "a scenario lasts at most {most} days, and with this step {least} days"
                    );
                    let advice = "let less time pass: nothing in the bridge waits longer";
                    let span = written.steps[place].text.whole();
                    problems.push((place, Problem::new(span, problem, advice)));
                }
                steps.push(step);
            }
            Err(problem) => problems.push((place, problem)),
        }
    }
    let mut own = understanding.secrets;
    understanding.setup.meetings.iter().for_each(|meeting| own.allow(meeting.conference_id));
    own.hide_keys(&mut steps, &understanding.setup);
    secrets.merge(&own);
    if !problems.is_empty() || steps.is_empty() {
        return Err(problems);
    }
    for step in &mut steps {
        let texts = std::iter::once(&mut step.text).chain(step.table.iter_mut().flatten());
        texts.for_each(|text| *text = own.hide(text));
    }
    Ok(Scenario {
        path: path.to_owned(),
        line: written.line,
        row: written.row.as_ref().filter(|row| row.file.is_some()).map(|row| row.number),
        feature: feature.to_owned(),
        rule: written.rule.clone(),
        name: written.name.as_str().to_owned(),
        tags: written.tags.clone(),
        people: understanding.cast.people,
        organization: understanding.setup,
        steps,
        needs_sound: understanding.needs_sound || understanding.names_are_said,
        secrets: own,
    })
}

/// In days, one that has begun counted as one.
fn days(time: Duration) -> u64 {
    time.as_secs().div_ceil(24 * 60 * 60)
}
