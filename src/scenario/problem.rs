//! What is wrong with a step, before it is known in which file it is.

use super::diagnostic::Span;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub at: Span,
    pub problem: String,
    pub advice: String,
}

impl Problem {
    pub(super) fn new(at: Span, problem: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { at, problem: problem.into(), advice: advice.into() }
    }
}
