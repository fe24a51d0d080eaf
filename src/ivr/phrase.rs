//! A few prompts said one after the other.

use std::fmt;

use crate::domain::PromptId;

/// One to [`Phrase::PROMPTS_MAX`] prompts in the order in which they are said. Fifteen bytes, no heap.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Phrase {
    prompts: [PromptId; Self::PROMPTS_MAX],
    len: u8,
}

impl Phrase {
    /// Prompts in one phrase at most: a welcome, a notice, a number of nine words
    /// and "people are waiting".
    pub const PROMPTS_MAX: usize = 14;

    /// The given prompts; beyond [`Phrase::PROMPTS_MAX`] the last ones are left out.
    ///
    /// # Panics
    /// When `prompts` is empty: a phrase says something.
    #[must_use]
    pub fn new(prompts: &[PromptId]) -> Self {
        let first = *prompts.first().expect("a phrase says something");
        let mut phrase = Self { prompts: [first; Self::PROMPTS_MAX], len: 0 };
        for (place, &prompt) in phrase.prompts.iter_mut().zip(prompts) {
            *place = prompt;
            phrase.len += 1;
        }
        phrase
    }

    /// The prompts in order.
    #[must_use]
    pub fn prompts(&self) -> &[PromptId] {
        &self.prompts[..usize::from(self.len)]
    }
}

impl fmt::Debug for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.prompts()).finish()
    }
}
