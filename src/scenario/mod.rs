//! Scenarios: what callers do and hear, written by people who test, read into values that a driver can carry out.
//!
//! It reads and checks; it runs nothing. The driver in virtual time carries a scenario out (`sim`), the report shows what
//! came of it.

mod verdict;

pub use verdict::{Failure, Outcome, StepOutcome, StepVerdict, Verdict};
