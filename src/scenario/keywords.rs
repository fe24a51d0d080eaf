//! The words that a line of Gherkin begins with, and which of them was meant where none stands.

use super::understand::is_step;

/// What can head a part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heading {
    Feature,
    Rule,
    Background,
    Scenario,
    Outline,
    Examples,
}

const HEADINGS: [(&str, Heading); 9] = [
    ("Feature", Heading::Feature),
    ("Rule", Heading::Rule),
    ("Background", Heading::Background),
    ("Scenario Outline", Heading::Outline),
    ("Scenario Template", Heading::Outline),
    ("Scenario", Heading::Scenario),
    ("Example", Heading::Scenario),
    ("Examples", Heading::Examples),
    ("Scenarios", Heading::Examples),
];

const STEP_KEYWORDS: [&str; 6] = ["Given", "When", "Then", "And", "But", "*"];

pub(super) fn heading_of(text: &str) -> Option<(Heading, &str)> {
    let (word, name) = text.split_once(':')?;
    let found = HEADINGS.iter().find(|(known, _)| *known == word.trim_end());
    found.map(|&(_, heading)| (heading, name.trim()))
}

pub(super) fn step_keyword(text: &str) -> Option<&'static str> {
    STEP_KEYWORDS.into_iter().find(|keyword| {
        text.strip_prefix(keyword).is_some_and(|rest| rest.starts_with(char::is_whitespace))
    })
}

/// The keyword that a line without one was meant to have, and how many of its bytes stand for it; `*` where none does. Where
/// prose may stand too it takes a word that is hardly anything else, or a step behind it.
pub(super) fn step_meant(text: &str, may_be_prose: bool) -> Option<(&'static str, usize)> {
    if is_step(text) {
        return Some(("*", 0));
    }
    let word = text.split_whitespace().next().unwrap_or_default();
    let rest = text[word.len()..].trim_start();
    let lower = word.to_lowercase();
    let away = |known: &str| strsim::damerau_levenshtein(&lower, &known.to_lowercase());
    let keywords = STEP_KEYWORDS.into_iter().filter(|known| *known != "*");
    let (near, keyword) = keywords.map(|known| (away(known), known)).min()?;
    if near > 2 && is_step(rest) {
        // A word of another language, or a sign.
        return Some(("*", word.len()));
    }
    let is_meant = match near {
        0 => true,
        1 if !may_be_prose || !PROSE.contains(&&*lower) => true,
        1 | 2 if is_step(rest) => true,
        _far => false,
    };
    is_meant.then_some((keyword, word.len()))
}

/// Words that may begin a sentence and differ from a keyword in one letter.
const PROSE: [&str; 28] = [
    "ad", "add", "aid", "an", "ant", "any", "bat", "bet", "bit", "bug", "bun", "bus", "buy", "cut",
    "end", "gut", "hen", "hut", "nut", "out", "put", "ten", "the", "them", "than", "hand", "give",
    "gives",
];

/// Whether a line of free text would be a heading if it was spelled right.
pub(super) fn is_heading_meant(text: &str) -> bool {
    let near = |head: &str, known: &str| {
        head.len() > 3
            && strsim::damerau_levenshtein(&head.to_lowercase(), &known.to_lowercase()) <= 1
    };
    text.split_once(':')
        .is_some_and(|(head, _)| HEADINGS.iter().any(|(known, _)| near(head.trim(), known)))
}

pub(super) fn nearest_heading(text: &str) -> Option<String> {
    let head = text.split(':').next().unwrap_or_default();
    let near = |known: &str| strsim::normalized_levenshtein(head, known);
    let headings = HEADINGS.iter().map(|(known, _)| (near(known), known));
    let best = headings.filter(|(near, _)| *near >= 0.6).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, known)| format!("{known}:"))
}
