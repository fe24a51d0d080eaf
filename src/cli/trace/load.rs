//! Journals from their files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;

use crate::exchange::{Journal, Recorded};
use crate::media::sounds::Sounds;

/// Reads one file. A torn last line is left out with a word.
fn read(path: &Path) -> anyhow::Result<Journal> {
    parsed(path, &text_of(path)?)
}

/// The text of one file.
pub(in crate::cli) fn text_of(path: &Path) -> anyhow::Result<String> {
    let bytes =
        std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    // Of a line that is torn within a letter the rest is no text.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The journal that a file's text is; what is torn or missing in it is said.
pub(in crate::cli) fn parsed(path: &Path, text: &str) -> anyhow::Result<Journal> {
    let name = path.display();
    let (journal, torn) =
        Journal::parse_torn(text).with_context(|| format!("{name} cannot be used"))?;
    if let Some(torn) = torn {
        eprintln!("holdline: {name}: {torn}");
    }
    for entry in &journal.entries {
        if let Recorded::Lost { lost, legs, .. } = &entry.recorded {
            let at = entry.at;
            let calls = legs.len();
            eprintln!(
                "holdline: {name}: before {at} {lost} inputs were not kept, as the disk was slow or full: {calls} calls of then are not told of"
            );
        }
    }
    Ok(journal)
}

/// Reads files of one run as one journal, which is replayed without computing sound.
pub(super) fn read_all(paths: &[PathBuf]) -> anyhow::Result<Journal> {
    let journals = paths.iter().map(|path| read(path)).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(Journal::merge(&journals)?.without_sound())
}

/// The sounds whose lengths decide when prompts end.
pub(in crate::cli) fn sounds(folder: Option<&Path>) -> anyhow::Result<Arc<Sounds>> {
    Ok(super::super::sounds::load(folder)?.all)
}
