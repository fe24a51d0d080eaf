//! Scenarios: what callers do and hear, written by people who test, read into values that a driver can carry out.
//!
//! It reads and checks; it runs nothing. The driver in virtual time carries a scenario out (`sim`), the report shows what
//! came of it. A file is Gherkin; the vocabulary of its steps ([`forms`]) says what a caller can do and perceive,
//! never what is inside the bridge.
//!
//! # From text to values
//! bytes → `read` (lines to features, scenarios, steps: all that is wrong, with its place) → `outline` (a scenario for each
//! row) → `understand` (each step found in the vocabulary) → [`Scenario`].

mod cast;
mod claims;
mod diagnostic;
mod expected;
mod faults;
mod form;
mod from_capture;
mod from_journal;
mod keywords;
mod lines;
mod load;
mod loading;
mod outline;
mod problem;
mod read;
pub mod records;
mod secrets;
mod settings;
mod spelled;
mod step;
mod tags;
mod text;
mod understand;
mod values;
mod verdict;
mod vocabulary;
mod written;

use std::time::Duration;

pub use diagnostic::{Diagnostic, Span};
pub use expected::{Expectation, Expected, Is, Percept, Place, Question, RecordField, When};
pub use from_capture::from_capture;
pub use from_journal::{Field, from_journal};
pub use load::{Files, Loaded, load};
pub use loading::{Loading, Read, Wanted};
pub use secrets::Secrets;
pub use settings::{SettingLine, settings};
pub use step::{
    Act, Administration, AppDeed, CallsFrom, Fault, Guessed, Guessing, KeyPart, Keys, KeysAs, Kind,
    OnOff, Packets, Person, Recording, Scenario, SetMeeting, SetPin, Setup, Step, What, Who,
};
pub use tags::{TagExpression, TagsError};
#[cfg(test)]
pub(crate) use understand::form_of;
pub use verdict::{Failure, Outcome, StepOutcome, StepVerdict, Verdict};
pub use vocabulary::{Form, forms};

/// How long what is to be so is waited for, if a step says nothing: longer than any prompt.
pub const PATIENCE: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests;
#[cfg(test)]
mod usage_tests;
