//! The words of the prompts, for captions: what the catalogues say, by language.

use std::collections::BTreeMap;

use crate::domain::{Language, PromptId, Spoken};

/// What each prompt says in each language.
#[derive(Clone, Debug, Default)]
pub struct Words(BTreeMap<Spoken, String>);

/// One prompt of a catalogue.
#[derive(serde::Deserialize)]
struct Written {
    text: String,
}

impl Words {
    /// From the text of each language's catalogue. What is missing is shown by its name.
    ///
    /// # Errors
    /// A catalogue is no TOML of prompts; the error says where.
    pub fn read<'a>(
        catalogues: impl IntoIterator<Item = (Language, &'a str)>,
    ) -> Result<Self, toml::de::Error> {
        let mut words = BTreeMap::new();
        for (language, text) in catalogues {
            for (name, written) in toml::from_str::<BTreeMap<String, Written>>(text)? {
                if let Some(prompt) = PromptId::from_name(&name) {
                    words.insert(Spoken { language, prompt }, written.text);
                }
            }
        }
        Ok(Self(words))
    }

    /// What a prompt says.
    #[must_use]
    pub fn of(&self, spoken: Spoken) -> &str {
        self.0.get(&spoken).map_or(spoken.prompt.name(), String::as_str)
    }
}
