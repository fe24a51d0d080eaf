//! How what was recorded is spelled in the vocabulary: every line of a scenario that is made of a journal or a capture is
//! written here.

use std::fmt::{Display, Write as _};
use std::time::Duration;

use crate::domain::{ConferenceId, HangupCause, Languages, PhoneNumber, PromptId, UtcTime};

/// What whoever proved to be the organizer is called.
pub(super) const ORGANIZER: &str = "Organizer";

/// A step without its keyword, or a comment.
pub(super) struct Line {
    pub kind: LineKind,
    pub text: String,
}

/// What a line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineKind {
    Given,
    When,
    Then,
    Comment,
}

/// The whole file. The remarks stand before everything else.
pub(super) fn file(remarks: &[String], feature: &str, name: &str, lines: &[Line]) -> String {
    let mut text = String::new();
    for remark in remarks {
        let _infallible = writeln!(text, "# {remark}");
    }
    let _infallible = write!(text, "Feature: {feature}\n\n  Scenario: {name}\n");
    let mut before = None;
    for line in lines {
        let keyword = match line.kind {
            LineKind::Comment => "#",
            kind if before == Some(kind) => "And",
            LineKind::Given => "Given",
            LineKind::When => "When",
            LineKind::Then => "Then",
        };
        if line.kind != LineKind::Comment {
            before = Some(line.kind);
        }
        let _infallible = writeln!(text, "    {keyword} {}", line.text);
    }
    text
}

fn given(text: String) -> Line {
    Line { kind: LineKind::Given, text }
}

fn then(text: String) -> Line {
    Line { kind: LineKind::Then, text }
}

pub(super) fn when(text: &str) -> Line {
    Line { kind: LineKind::When, text: text.to_owned() }
}

pub(super) fn time(epoch: UtcTime) -> Line {
    given(format!("it is {}", epoch.to_string().replace('T', " ").trim_end_matches('Z')))
}

pub(super) fn organizes(who: &str, id: impl Display) -> Line {
    given(format!("{who} organizes meeting {id}"))
}

pub(super) fn meeting_sets(id: ConferenceId, name: &str, value: &str) -> Line {
    given(format!("meeting {id} has set {name} to {value}"))
}

pub(super) fn sets(name: &str, value: &str) -> Line {
    given(format!("the organization has set {name} to {value}"))
}

pub(super) fn access_number(number: PhoneNumber, languages: &Languages) -> Line {
    let spoken: Vec<&str> = languages.all().iter().map(|language| language.name()).collect();
    given(format!("the access number {number} speaks {}", spoken.join(", ")))
}

pub(super) fn calls_from(name: &str, number: PhoneNumber) -> Line {
    given(format!("{name} calls from {number}"))
}

pub(super) fn withholds(name: &str) -> Line {
    given(format!("{name} withholds the number"))
}

pub(super) fn sends_keys_as(name: &str, what: &str) -> Line {
    given(format!("{name} sends keys as {what}"))
}

/// A deed of a caller at its time, in milliseconds since the beginning.
pub(super) fn at(ms: u64, deed: &str) -> Line {
    when(&format!("at {} {deed}", clock(ms)))
}

pub(super) fn passes(ms: u64) -> Line {
    when(&format!("{ms} ms pass"))
}

/// What no step can say.
pub(super) fn comment(text: String) -> Line {
    Line { kind: LineKind::Comment, text }
}

/// A time as a step has it.
pub(super) fn clock(ms: u64) -> String {
    format!("{}.{:03} s", ms / 1_000, ms % 1_000)
}

pub(super) fn dials(name: &str, to: Option<PhoneNumber>) -> String {
    match to {
        Some(number) => format!("{name} dials in to {number}"),
        None => format!("{name} dials in"),
    }
}

pub(super) fn joins_by_app(name: &str, id: Option<ConferenceId>) -> String {
    match id {
        Some(id) => format!("{name} joins meeting {id} by the app"),
        None => format!("{name} joins by the app"),
    }
}

/// The keys of a step; how long each sounds and how long the pauses are, in milliseconds, where it is not as usual.
pub(super) fn keys(name: &str, keys: &str, tones_ms: Option<u64>, gaps_ms: Option<u64>) -> String {
    let timing = match (tones_ms, gaps_ms) {
        (None, None) => String::new(),
        (Some(tones), None) => format!(" with tones of {tones} ms"),
        (None, Some(gaps)) => format!(" with gaps of {gaps} ms"),
        (Some(tones), Some(gaps)) => format!(" with tones of {tones} ms and gaps of {gaps} ms"),
    };
    format!("{name} keys {keys}{timing}")
}

pub(super) fn speaks(name: &str, ms: u64) -> String {
    format!("{name} speaks for {ms} ms")
}

pub(super) fn hangs_up(name: &str) -> String {
    format!("{name} hangs up")
}

pub(super) fn app(name: &str, what: &str) -> String {
    format!("{name} {what} by the app")
}

pub(super) fn raises_hand(name: &str) -> String {
    format!("{name} raises their hand by the app")
}

pub(super) fn cancels(id: ConferenceId) -> String {
    format!("the administrator cancels meeting {id}")
}

pub(super) fn store_fails() -> String {
    "the store fails".to_owned()
}

pub(super) fn store_gone() -> String {
    "the store is gone".to_owned()
}

pub(super) fn store_slow(takes: Duration) -> String {
    format!("the store answers after {} ms", takes.as_millis())
}

pub(super) fn store_back() -> String {
    "the store is back".to_owned()
}

/// Something that was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Prompt(PromptId),
    Music,
}

pub(super) fn has_heard(name: &str, heard: &[Heard]) -> Line {
    let all: Vec<String> = heard
        .iter()
        .map(|one| match one {
            Heard::Prompt(prompt) => format!("\"{prompt}\""),
            Heard::Music => "hold music".to_owned(),
        })
        .collect();
    then(format!("{name} has heard {}", all.join(", then ")))
}

pub(super) fn record_says(name: &str, cause: HangupCause) -> Line {
    then(format!("the call record of {name} says cause is {}", cause.name()))
}
