//! The languages prompts are spoken in, and those an access number offers.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::prompt::PromptId;

/// A language with a complete catalogue of prompts.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Language {
    /// English as in the United States.
    #[default]
    #[serde(rename = "en-US")]
    EnUs,
    /// German as in Germany.
    #[serde(rename = "de-DE")]
    DeDe,
}

/// A prompt in a language: one sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spoken {
    /// In which language.
    pub language: Language,
    /// Which prompt.
    pub prompt: PromptId,
}

/// The languages of one access number: the primary one, then up to four others in the order in which they are offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Language>", into = "Vec<Language>")]
pub struct Languages {
    languages: [Language; Self::MAX],
    count: u8,
}

/// Why languages cannot be those of a number.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LanguagesError {
    /// None, or too many.
    #[error("a number has a primary language and up to four others, these are {0}: leave some out")]
    Count(usize),
    /// One is there twice.
    #[error("{0} is there twice: each language has one key")]
    Twice(Language),
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::EnUs, Self::DeDe];

    /// Its name after BCP 47, which is its folder's name too.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EnUs => "en-US",
            Self::DeDe => "de-DE",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Languages {
    /// The primary language and four others.
    pub const MAX: usize = 5;

    /// These, the primary one first.
    ///
    /// # Errors
    /// None, more than [`Languages::MAX`], or one twice.
    pub fn new(languages: &[Language]) -> Result<Self, LanguagesError> {
        let mut these = Self { languages: [Language::default(); Self::MAX], count: 0 };
        if languages.is_empty() || languages.len() > Self::MAX {
            return Err(LanguagesError::Count(languages.len()));
        }
        for &language in languages {
            if these.all().contains(&language) {
                return Err(LanguagesError::Twice(language));
            }
            these.languages[usize::from(these.count)] = language;
            these.count += 1;
        }
        Ok(these)
    }

    /// All of them, the primary one first.
    #[must_use]
    pub fn all(&self) -> &[Language] {
        &self.languages[..usize::from(self.count)]
    }

    /// The one that is spoken until another is chosen.
    #[must_use]
    pub fn primary(&self) -> Language {
        self.languages[0]
    }

    /// The one with that key, counted from 1.
    #[must_use]
    pub fn by_key(&self, key: char) -> Option<Language> {
        let place = usize::try_from(key.to_digit(10)?).ok()?.checked_sub(1)?;
        self.all().get(place).copied()
    }
}

/// The default language alone.
impl Default for Languages {
    fn default() -> Self {
        Language::default().into()
    }
}

/// That language alone.
impl From<Language> for Languages {
    fn from(language: Language) -> Self {
        Self { languages: [language; Self::MAX], count: 1 }
    }
}

impl TryFrom<Vec<Language>> for Languages {
    type Error = LanguagesError;

    fn try_from(languages: Vec<Language>) -> Result<Self, Self::Error> {
        Self::new(&languages)
    }
}

impl From<Languages> for Vec<Language> {
    fn from(languages: Languages) -> Self {
        languages.all().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_to_five_languages_each_with_its_key() {
        let both = Languages::new(&[Language::DeDe, Language::EnUs]).unwrap();
        assert_eq!(both.primary(), Language::DeDe);
        assert_eq!((both.by_key('2'), both.by_key('3')), (Some(Language::EnUs), None));
        assert_eq!((both.by_key('0'), both.by_key('#')), (None, None));
        assert_eq!(Languages::new(&[]), Err(LanguagesError::Count(0)));
        let twice = Languages::new(&[Language::EnUs, Language::EnUs]);
        assert_eq!(twice, Err(LanguagesError::Twice(Language::EnUs)));
        let text = serde_json::to_string(&both).unwrap();
        assert_eq!(text, r#"["de-DE","en-US"]"#);
        assert_eq!(serde_json::from_str::<Languages>(&text).unwrap(), both);
    }
}
