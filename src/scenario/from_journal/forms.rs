//! How what was recorded is spelled in the vocabulary: every line that a scenario made of a journal has is written here.

use std::fmt::Write as _;
use std::time::Duration;

use super::Heard;
use crate::domain::{ConferenceId, HangupCause, Languages, PhoneNumber, Role, UtcTime};

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

/// The whole file.
pub(super) fn feature(made_from: &str, name: &str, lines: &[Line]) -> String {
    let mut text =
        format!("# Made from {made_from}.\nFeature: From the field\n\n  Scenario: {name}\n");
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

pub(super) fn then(text: String) -> Line {
    Line { kind: LineKind::Then, text }
}

pub(super) fn when(text: &str) -> Line {
    Line { kind: LineKind::When, text: text.to_owned() }
}

pub(super) fn time(epoch: UtcTime) -> Line {
    given(format!("it is {}", epoch.to_string().replace('T', " ").trim_end_matches('Z')))
}

pub(super) fn organizes(id: ConferenceId) -> Line {
    given(format!("{ORGANIZER} organizes meeting {id}"))
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

pub(super) fn keys_as_events(name: &str) -> Line {
    given(format!("{name} sends keys as SIP INFO"))
}

/// A deed of a caller at its time, in milliseconds since the beginning.
pub(super) fn at(ms: u64, deed: &str) -> Line {
    when(&format!("at {} {deed}", clock(ms)))
}

pub(super) fn passes(ms: u64) -> Line {
    when(&format!("{ms} ms pass"))
}

/// What no step can say.
pub(super) fn comment(ms: u64, text: &str) -> Line {
    Line { kind: LineKind::Comment, text: format!("At {}: {text}.", clock(ms)) }
}

fn clock(ms: u64) -> String {
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

/// The keys of a step, and the time from one to the next where there are several.
pub(super) fn keys(name: &str, keys: &str, period_ms: Option<u64>) -> String {
    let timing = match period_ms {
        None => String::new(),
        Some(period) if period.abs_diff(USUAL_TONE_MS + USUAL_GAP_MS) <= ABOUT_MS => String::new(),
        Some(period) if period >= USUAL_TONE_MS + LEAST_GAP_MS => {
            format!(" with gaps of {} ms", period - USUAL_TONE_MS)
        }
        Some(period) => {
            format!(" with tones of {} ms and gaps of {} ms", period / 2, period - period / 2)
        }
    };
    format!("{name} keys {keys}{timing}")
}

/// As a telephone presses keys if nothing is said, and the shortest pause that is heard as one.
const USUAL_TONE_MS: u64 = 100;
const USUAL_GAP_MS: u64 = 100;
const LEAST_GAP_MS: u64 = 40;

/// By so little the time between keys may differ from what is usual.
const ABOUT_MS: u64 = 10;

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

pub(super) fn record_says_role(name: &str, role: Role) -> Line {
    let role = match role {
        Role::Attendee => "attendee",
        Role::Authenticated => "authenticated",
        Role::Organizer => "organizer",
    };
    then(format!("the call record of {name} says role is {role}"))
}

pub(super) fn is_in(name: &str, place: &str) -> String {
    format!("{name} is in the {place}")
}

/// What a journal does not hold.
pub(super) fn nobody_speaks() -> Line {
    let text = "What was said in the meeting is not kept in a journal: here nobody speaks.";
    Line { kind: LineKind::Comment, text: text.to_owned() }
}
