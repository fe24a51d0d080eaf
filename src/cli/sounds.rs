//! Where the sounds come from: built in, or a folder of the user's own.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use rust_embed::RustEmbed;

use crate::domain::Language;
use crate::door::words::Words;
use crate::exchange::Config;
use crate::media::sounds::Sounds;

#[derive(RustEmbed)]
#[folder = "assets"]
#[include = "music/*.wav"]
#[include = "tones/*.wav"]
#[include = "prompts/*/*.wav"]
#[include = "prompts/*/catalogue.toml"]
struct BuiltIn;

/// The sounds a bridge speaks with, and where they are from.
pub(super) struct Loaded {
    pub all: Arc<Sounds>,
    /// What the prompts say.
    pub words: Words,
    from: String,
}

/// Loads the sounds from that folder, or those built in. Of the user's own, those languages are loaded that have a folder.
pub(super) fn load(folder: Option<&Path>) -> anyhow::Result<Loaded> {
    let from = folder.map_or("the program".to_owned(), |folder| folder.display().to_string());
    let languages = languages_in(folder, &from)?;
    let read = |name: &str| match folder {
        Some(folder) => std::fs::read(folder.join(name)).map_err(|error| error.to_string()),
        None => built_in(name),
    };
    let all = Sounds::load(read, &languages)
        .with_context(|| format!("cannot use the sounds of {from}"))?;
    let words = words(&languages, |name| read(name).or_else(|_none_of_its_own| built_in(name)))?;
    Ok(Loaded { all: Arc::new(all), words, from })
}

impl Loaded {
    /// Whether they have every language that is to be spoken.
    pub(super) fn check(&self, config: &Config) -> anyhow::Result<()> {
        let languages: Vec<&str> = self.all.languages().map(Language::name).collect();
        let alone = || format!("{} has prompts in {} alone", self.from, languages.join(" and "));
        config.check(&self.all).with_context(alone)
    }
}

fn built_in(name: &str) -> Result<Vec<u8>, String> {
    let file = BuiltIn::get(name).ok_or("it is not built in")?;
    Ok(file.data.into_owned())
}

fn languages_in(folder: Option<&Path>, from: &str) -> anyhow::Result<Vec<Language>> {
    let Some(folder) = folder else { return Ok(Language::ALL.to_vec()) };
    let prompts = |language: &Language| format!("prompts/{language}");
    let is_there = |language: &Language| folder.join(prompts(language)).is_dir();
    let languages: Vec<Language> = Language::ALL.into_iter().filter(is_there).collect();
    if languages.is_empty() {
        let wanted: Vec<String> = Language::ALL.iter().map(prompts).collect();
        bail!("{from} has no prompts in any language: make {}", wanted.join(" or "));
    }
    Ok(languages)
}

fn words(
    languages: &[Language],
    read: impl Fn(&str) -> Result<Vec<u8>, String>,
) -> anyhow::Result<Words> {
    let text = |&language: &Language| {
        let name = format!("prompts/{language}/catalogue.toml");
        let bytes = read(&name).map_err(|why| anyhow::anyhow!("{name} cannot be read: {why}"))?;
        let text = String::from_utf8(bytes).with_context(|| format!("{name} is no text"))?;
        anyhow::Ok((language, text))
    };
    let catalogues = languages.iter().map(text).collect::<anyhow::Result<Vec<_>>>()?;
    let texts = catalogues.iter().map(|(language, text)| (*language, text.as_str()));
    Ok(Words::read(texts)?)
}
