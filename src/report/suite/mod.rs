//! What a run of scenarios leaves to look at: one page for people, the files that CI servers read, text for a terminal.
//!
//! Everything comes scenario by scenario, those of one file together, and goes out at once: nothing is kept but
//! counts and, in JUnit XML, the cases of the file being run. So ten thousand scenarios take no more memory than ten. What is costly of a
//! scenario ([`fragment`]) can be made on any thread, where its sound is, and holds no reference to it.
//!
//! Nothing here reads a clock or names a host, a folder or a process: the same run gives the same bytes.

mod cucumber;
mod detail;
mod files;
mod junit;
mod pack;
mod page;
mod spectrogram;
mod text;

pub use cucumber::Cucumber;
pub use files::{Files, slug};
pub use junit::Junit;
pub use page::{Fragment, Page, fragment};
pub use text::{Paint, again, closing, failure, line};

use std::time::Duration;

use super::ladder::{self, STYLE};
use super::{CallerTrack, Story};
use crate::scenario::{Outcome, Verdict};

/// One scenario as the page shows it.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// What came of it.
    pub verdict: &'a Verdict,
    /// What happened; `None` where it was over before anybody could call.
    pub story: Option<&'a Story<'a>>,
    /// What lies beside the page.
    pub files: &'a Files,
    /// Where its sound is.
    pub sound: SoundPlace,
    /// The seed of the run, for the command that repeats it.
    pub seed: u64,
}

/// Where the page has the sound of a scenario from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoundPlace {
    /// Within, as μ-law, as long as [`Page`] has room: it is heard wherever the page is taken.
    Embedded,
    /// Within, whatever it weighs.
    EmbeddedAlways,
    /// In the files beside it ([`Files::sounds`]).
    Linked,
}

/// A file, or one scenario of it, that could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken<'a> {
    /// The file, as it was named on the command line or found below it, with `/` between its parts.
    pub path: &'a str,
    /// Where, counted from 1; 0 where the whole file is meant.
    pub line: usize,
    /// Where in the line, in characters, counted from 1; 0 where the whole line is meant.
    pub column: usize,
    /// What is wrong, as it is told on a terminal: lines of text without colours.
    pub text: &'a str,
}

/// How it went, all in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Scenarios that passed.
    pub passed: u64,
    /// Scenarios of which a step failed.
    pub failed: u64,
    /// Diagnostics: files and scenarios that could not be read.
    pub broken: u64,
    /// The virtual time of all scenarios, one after the other.
    pub lasted: Duration,
}

impl SoundPlace {
    /// The rule of the page: embedded where a step failed, or everywhere if that is asked for.
    #[must_use]
    pub fn of(verdict: &Verdict, embed_all: bool) -> Self {
        match verdict.outcome() {
            _any if embed_all => Self::EmbeddedAlways,
            Outcome::Failed => Self::Embedded,
            Outcome::Passed => Self::Linked,
        }
    }
}

impl Broken<'_> {
    /// `PATH:LINE:COLUMN`, without what is 0.
    #[must_use]
    pub fn place(&self) -> String {
        match (self.line, self.column) {
            (0, _) => self.path.to_owned(),
            (line, 0) => format!("{}:{line}", self.path),
            (line, column) => format!("{}:{line}:{column}", self.path),
        }
    }
}

impl Totals {
    /// Counts a scenario that has run.
    pub fn count(&mut self, verdict: &Verdict) {
        self.add(verdict.outcome(), verdict.lasted);
    }

    fn add(&mut self, outcome: Outcome, lasted: Duration) {
        match outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Failed => self.failed += 1,
        }
        self.lasted = self.lasted.saturating_add(lasted);
    }

    /// All that ran.
    #[must_use]
    pub fn ran(&self) -> u64 {
        self.passed + self.failed
    }

    /// The result in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match (self.failed, self.broken, self.ran()) {
            (0, 0, 0) => "no scenario ran".to_owned(),
            (0, 0, 1) => "the scenario passed".to_owned(),
            (0, 0, ran) => format!("all {ran} scenarios passed"),
            (0, broken, 0) => format!("nothing ran, {broken} could not be read"),
            (0, broken, ran) => format!("{ran} passed, {broken} could not be read"),
            (failed, 0, ran) => format!("{failed} of {ran} {} failed", plural(ran, "scenario")),
            (failed, broken, ran) => format!(
                "{failed} of {ran} {} failed, {broken} could not be read",
                plural(ran, "scenario")
            ),
        }
    }
}

fn plural(count: u64, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

/// The ladder diagram of a scenario, as a file of its own: the failing instant marked, at most [`CALLERS_MAX`] callers, and not
/// longer than one can look at.
#[must_use]
pub fn ladder(verdict: &Verdict, story: &Story<'_>) -> String {
    let (seen, _left_out) = with_few_callers(verdict, story);
    ladder::drawing(&seen, verdict.failure().map(|(step, _)| step.until), STYLE)
}

/// Most callers that a scenario is shown with. A group of a thousand would be a diagram a hundred metres wide.
pub const CALLERS_MAX: usize = 12;

/// The story with at most [`CALLERS_MAX`] callers, and how many are left out: first those named in the step that failed, all in their order.
fn with_few_callers<'a>(verdict: &Verdict, story: &Story<'a>) -> (Story<'a>, usize) {
    let left_out = story.callers.len().saturating_sub(CALLERS_MAX);
    if left_out == 0 {
        return (story.clone(), 0);
    }
    let step = verdict.failure().map_or("", |(step, _)| step.text.as_str());
    let is_named = |caller: &CallerTrack<'_>| mentions(step, caller.name);
    let mut room = CALLERS_MAX;
    let mut kept = vec![false; story.callers.len()];
    for wanted in [true, false] {
        for (kept, caller) in kept.iter_mut().zip(&story.callers) {
            if room > 0 && is_named(caller) == wanted {
                *kept = true;
                room -= 1;
            }
        }
    }
    let callers = story.callers.iter().zip(kept).filter(|(_, kept)| *kept);
    let callers = callers.map(|(caller, _)| caller.clone()).collect();
    (Story { callers, ..story.clone() }, left_out)
}

/// Whether a name stands in a text as a word of its own.
fn mentions(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(from, _)| {
        let before = text[..from].chars().next_back();
        let after = text[from + name.len()..].chars().next();
        ![before, after].into_iter().flatten().any(char::is_alphanumeric)
    })
}

/// Minutes, seconds and tenths: `2:13.4`, with hours in front when there are any.
fn length(lasted: Duration) -> String {
    let tenths = lasted.as_millis() / 100;
    let (hours, minutes, seconds) = (tenths / 36_000, tenths / 600 % 60, tenths / 10 % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}.{}", tenths % 10),
        _ => format!("{hours}:{minutes:02}:{seconds:02}.{}", tenths % 10),
    }
}

#[cfg(test)]
mod tests;
