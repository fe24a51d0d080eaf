//! From the bytes of a file to scenarios that can be carried out, and everything that is wrong with the others.

use super::diagnostic::Diagnostic;
use super::outline;
use super::problem::Problem;
use super::read::read;
use super::secrets::Secrets;
use super::secrets::line::Suspects;
use super::step::Scenario;
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
    // What is secret in one scenario is shown in no other: they share a feature, and its name.
    let (mut secrets, mut suspects) = (Secrets::default(), Suspects::default());
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
            match understand(path, &reading.feature.name, written, files, &mut secrets) {
                Ok(scenario) => loaded.scenarios.push(scenario),
                Err(problems) => {
                    suspects.add(written, &secrets);
                    problems.into_iter().for_each(|problem| add(problem, &mut loaded));
                }
            }
        }
    }
    loaded.faults.sort_by_key(|fault| fault.at);
    if !loaded.faults.is_empty() {
        secrets.allow_meetings_of(&lines.join("\n"));
        suspects.hide(&mut loaded.faults, &mut secrets);
    }
    loaded.scenarios.iter_mut().for_each(|scenario| scenario.hide(&secrets));
    loaded
}

/// All that is wrong with one scenario, or what it means.
fn understand(
    path: &str,
    feature: &str,
    written: &WrittenScenario,
    files: &dyn Files,
    secrets: &mut Secrets,
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

impl Scenario {
    /// The name of somebody in it.
    #[must_use]
    pub fn name_of(&self, who: super::step::Who) -> &str {
        self.people.get(who.0).map_or("somebody", |person| &person.name)
    }

    /// Makes dots of all secrets of its file in whatever names it.
    fn hide(&mut self, secrets: &Secrets) {
        let names = [&mut self.feature, &mut self.name].into_iter();
        for text in names.chain(&mut self.rule).chain(&mut self.tags) {
            *text = secrets.hide(text);
        }
    }
}
