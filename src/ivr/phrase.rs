//! A few prompts said one after the other.

use std::fmt;

use crate::domain::{Language, PromptId, Spoken};

/// One to [`Phrase::PROMPTS_MAX`] prompts in the order in which they are said. Thirty-three bytes, no heap.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Phrase {
    prompts: [Spoken; Self::PROMPTS_MAX],
    len: u8,
}

impl Phrase {
    /// Prompts in one phrase at most: a welcome and three for each of five languages.
    pub const PROMPTS_MAX: usize = 16;

    /// The given prompts; beyond [`Phrase::PROMPTS_MAX`] the last ones are left out.
    ///
    /// # Panics
    /// When `prompts` is empty: a phrase says something.
    #[must_use]
    pub fn new(language: Language, prompts: &[PromptId]) -> Self {
        Self::of(prompts.iter().map(|&prompt| Spoken { language, prompt }))
    }

    /// The given prompts in several languages.
    ///
    /// # Panics
    /// As [`Phrase::new`].
    #[must_use]
    pub fn of(prompts: impl IntoIterator<Item = Spoken>) -> Self {
        let mut prompts = prompts.into_iter();
        let first = prompts.next().expect("a phrase says something");
        let mut phrase = Self { prompts: [first; Self::PROMPTS_MAX], len: 1 };
        for (place, prompt) in phrase.prompts.iter_mut().skip(1).zip(prompts) {
            *place = prompt;
            phrase.len += 1;
        }
        phrase
    }

    /// The prompts in order.
    #[must_use]
    pub fn prompts(&self) -> &[Spoken] {
        &self.prompts[..usize::from(self.len)]
    }
}

impl fmt::Debug for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.prompts()).finish()
    }
}
