//! Where the sounds come from: built in, or a folder of the user's own.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use rust_embed::RustEmbed;

use crate::domain::Language;
use crate::door::words::Words;
use crate::media::sounds::Sounds;

#[derive(RustEmbed)]
#[folder = "assets"]
#[include = "music/*.wav"]
#[include = "tones/*.wav"]
#[include = "prompts/*/*.wav"]
#[include = "prompts/*/catalogue.toml"]
struct BuiltIn;

/// Loads the sounds from that folder, or those built in.
pub(super) fn load(folder: Option<&Path>) -> anyhow::Result<Arc<Sounds>> {
    let sounds = match folder {
        None => Sounds::load(
            |name| {
                let file = BuiltIn::get(name).ok_or("it is not built in")?;
                Ok(file.data.into_owned())
            },
            &Language::ALL,
        ),
        Some(folder) => Sounds::load(
            |name| std::fs::read(folder.join(name)).map_err(|error| error.to_string()),
            &Language::ALL,
        ),
    };
    let from = folder.map_or("the program".to_owned(), |folder| folder.display().to_string());
    sounds.map(Arc::new).with_context(|| format!("cannot use the sounds of {from}"))
}

/// What the prompts say that are built in.
pub(super) fn words() -> anyhow::Result<Words> {
    let text = |language: Language| {
        let name = format!("prompts/{language}/catalogue.toml");
        let file = BuiltIn::get(&name).with_context(|| format!("{name} is not built in"))?;
        anyhow::Ok((language, String::from_utf8(file.data.into_owned())?))
    };
    let catalogues = Language::ALL.into_iter().map(text).collect::<anyhow::Result<Vec<_>>>()?;
    let texts = catalogues.iter().map(|(language, text)| (*language, text.as_str()));
    Ok(Words::read(texts)?)
}
