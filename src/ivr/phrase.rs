//! What is said to a caller, one sound after the other.

use std::fmt;

use crate::domain::{Language, PromptId, Spoken};

/// One or more sounds in the order in which they are heard.
#[derive(Clone, PartialEq, Eq)]
pub struct Phrase(Box<[Said]>);

/// One sound of a phrase, or several of which only the exchange knows which they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// A prompt.
    Prompt(Spoken),
    /// The tone after which the caller says their name.
    RecordTone,
    /// The name as the caller said it.
    OwnName,
    /// Who is in the meeting, in this language.
    Members(Language),
}

impl Phrase {
    /// These prompts.
    ///
    /// # Panics
    /// When `prompts` is empty: a phrase says something.
    #[must_use]
    pub fn new(language: Language, prompts: &[PromptId]) -> Self {
        Self::of(prompts.iter().map(|&prompt| Said::Prompt(Spoken { language, prompt })))
    }

    /// These sounds.
    ///
    /// # Panics
    /// As [`Phrase::new`].
    #[must_use]
    pub fn of(said: impl IntoIterator<Item = Said>) -> Self {
        let said: Box<[Said]> = said.into_iter().collect();
        assert!(!said.is_empty(), "a phrase says something");
        Self(said)
    }

    /// And then that.
    #[must_use]
    pub fn and(&self, said: Said) -> Self {
        Self::of(self.said().iter().copied().chain([said]))
    }

    /// The sounds in order.
    #[must_use]
    pub fn said(&self) -> &[Said] {
        &self.0
    }
}

impl fmt::Debug for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.said()).finish()
    }
}
