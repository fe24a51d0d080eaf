//! Where the files of a scenario lie, below the folder of the run.

use crate::report::Story;
use crate::scenario::Verdict;

/// The files of one scenario: paths from the folder of the run, with `/` between their parts, in characters that need no quoting in a
/// URL, a shell or any file system. Whoever writes them leaves out what is not written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// The folder they are in.
    pub folder: String,
    /// The ladder diagram.
    pub ladder: Option<String>,
    /// What happened, one event a line, after `assets/schema/trace.schema.json`.
    pub trace: Option<String>,
    /// What each caller of the story heard, in the story's order.
    pub sounds: Vec<Option<String>>,
}

impl Files {
    /// The files of the scenario that is the `number`th of the run: a ladder, a trace, and a sound for whoever heard something.
    #[must_use]
    pub fn of(number: usize, verdict: &Verdict, story: Option<&Story<'_>>) -> Self {
        let folder = format!("scenarios/{number:05}-{}", slug(&verdict.name, "scenario"));
        let Some(story) = story else { return Self { folder, ..Self::default() } };
        let sounds = story.callers.iter().enumerate().map(|(place, caller)| {
            let name = slug(caller.name, "caller");
            let path = format!("{folder}/{}-{name}.wav", place + 1);
            (!caller.heard.is_empty()).then_some(path)
        });
        Self {
            ladder: Some(format!("{folder}/ladder.svg")),
            trace: Some(format!("{folder}/trace.jsonl")),
            sounds: sounds.collect(),
            folder,
        }
    }
}

/// A text as the name of a file: letters and digits of ASCII with dashes between, or `otherwise` where there are none.
#[must_use]
pub fn slug(text: &str, otherwise: &str) -> String {
    let mut slug = String::new();
    for character in text.chars() {
        if slug.len() >= SLUG_LENGTH_MAX {
            break;
        }
        match character.to_ascii_lowercase() {
            kept @ ('a'..='z' | '0'..='9') => slug.push(kept),
            _other if slug.is_empty() || slug.ends_with('-') => {}
            _other => slug.push('-'),
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { otherwise.to_owned() } else { slug.to_owned() }
}

/// Some file systems take paths of no more than 260 characters.
const SLUG_LENGTH_MAX: usize = 48;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_what_any_file_system_takes() {
        assert_eq!(slug("Everyone waits: 3 × \"music\"!", "x"), "everyone-waits-3-music");
        assert_eq!(slug("../../etc/passwd", "x"), "etc-passwd");
        assert_eq!(slug("会议", "caller"), "caller");
        assert_eq!(slug(&"long ".repeat(50), "x").len(), 48);
    }
}
