//! From the bytes of a file to scenarios that can be carried out, and everything that is wrong with the others.

use super::diagnostic::Diagnostic;
use super::outline;
use super::problem::Problem;
use super::read::read;
use super::step::{Scenario, Step};
use super::understand::Understanding;
use super::written::WrittenScenario;

/// What scenarios name that lies in other files, by its name from where theirs is.
pub trait Files {
    /// The bytes of a table.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn table(&self, name: &str) -> Result<Vec<u8>, String>;

    /// The samples of a sound, 8 kHz.
    ///
    /// # Errors
    /// Why it cannot be read, or is none.
    fn sound(&self, name: &str) -> Result<std::sync::Arc<[i16]>, String>;
}

/// A file of scenarios, read.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// Those that can be carried out.
    pub scenarios: Vec<Scenario>,
    /// Everything that is wrong with the file, in its order.
    pub faults: Vec<Diagnostic>,
}

/// Reads a file of scenarios. A scenario with a fault is left out; all others are there.
#[must_use]
pub fn load(path: &str, bytes: &[u8], files: &dyn Files) -> Loaded {
    let reading = read(path, bytes);
    let lines: Vec<std::borrow::Cow<'_, str>> =
        bytes.split(|&byte| byte == b'\n').map(String::from_utf8_lossy).collect();
    let mut loaded = Loaded { scenarios: Vec::new(), faults: reading.faults };
    let add = |problem: Problem, loaded: &mut Loaded| {
        let source = lines.get(problem.at.line.wrapping_sub(1)).map_or("", |line| line.trim_end());
        let fault = Diagnostic {
            path: path.to_owned(),
            at: problem.at,
            source: source.to_owned(),
            problem: problem.problem,
            advice: problem.advice,
        };
        // A fault in a background or in an outline is one fault, however many scenarios it is in.
        if !loaded.faults.contains(&fault) {
            loaded.faults.push(fault);
        }
    };
    for written in &reading.feature.scenarios {
        if written.broken {
            continue;
        }
        let (filled, problems) = outline::fill(written, files);
        problems.into_iter().for_each(|problem| add(problem, &mut loaded));
        for written in &filled {
            match understand(path, &reading.feature.name, written, files) {
                Ok(scenario) => loaded.scenarios.push(scenario),
                Err(problems) => problems.into_iter().for_each(|problem| add(problem, &mut loaded)),
            }
        }
    }
    loaded.faults.sort_by_key(|fault| fault.at);
    loaded
}

/// All that is wrong with one scenario, or what it means.
fn understand(
    path: &str,
    feature: &str,
    written: &WrittenScenario,
    files: &dyn Files,
) -> Result<Scenario, Vec<Problem>> {
    let mut understanding = Understanding::new(files);
    let mut problems = Vec::new();
    let mut steps = Vec::with_capacity(written.steps.len());
    for step in &written.steps {
        match understanding.step(step) {
            Ok(step) => steps.push(step),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() || steps.is_empty() {
        return Err(problems);
    }
    let hide = |text: &str| hide(text, &understanding.secrets);
    for Step { text, .. } in &mut steps {
        *text = hide(text);
    }
    Ok(Scenario {
        path: path.to_owned(),
        line: written.line,
        feature: feature.to_owned(),
        rule: written.rule.clone(),
        name: hide(written.name.as_str()),
        tags: written.tags.clone(),
        people: understanding.cast.people,
        organization: understanding.setup,
        steps,
        needs_sound: understanding.needs_sound,
    })
}

/// A text with every secret in it as dots, as many whatever the secret's length.
fn hide(text: &str, secrets: &[String]) -> String {
    let mut hidden = String::with_capacity(text.len());
    let mut digits = String::new();
    let flush = |digits: &mut String, hidden: &mut String| {
        match secrets.contains(digits) {
            true => hidden.push_str(DOTS),
            false => hidden.push_str(digits),
        }
        digits.clear();
    };
    for letter in text.chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        flush(&mut digits, &mut hidden);
        hidden.push(letter);
    }
    flush(&mut digits, &mut hidden);
    hidden
}

const DOTS: &str = "•••••";

impl Scenario {
    /// The name of somebody in it.
    #[must_use]
    pub fn name_of(&self, who: super::step::Who) -> &str {
        self.people.get(who.0).map_or("somebody", |person| &person.name)
    }
}

