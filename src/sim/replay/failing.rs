//! Why a step failed, in words for whoever wrote it.

use std::fmt::Write as _;

use super::senses::Sense;
use super::{ReplayedCall, names};
use crate::caller::Heard;
use crate::domain::Uptime;
use crate::exchange::{Happened, TraceEvent, told};
use crate::scenario::{Failure, Percept, Scenario};

/// The last events that are shown; keys that follow each other are one.
const EVENTS_SHOWN: usize = 12;

/// So many of the trace are read for them.
const EVENTS_READ: usize = 400;

/// The last sounds that are told.
const SENSES_TOLD: usize = 5;

pub(super) fn failure(
    expected: String,
    instead: String,
    trace: &[TraceEvent],
    calls: &[ReplayedCall],
) -> Failure {
    Failure { expected, instead, last_events: last_events(trace, calls), ..Failure::default() }
}

/// The last that happened, in words. What states a dialogue goes through is in the trace.
fn last_events(trace: &[TraceEvent], calls: &[ReplayedCall]) -> Vec<String> {
    let names = names(calls);
    let who = |event: &TraceEvent| match event.leg {
        Some(leg) => names.get(&leg).map_or_else(|| leg.to_string(), |name| (*name).to_owned()),
        None => "the meeting".to_owned(),
    };
    let is_told = |event: &&TraceEvent| !matches!(event.happened, Happened::State { .. });
    let recent = trace.iter().rev().filter(is_told).take(EVENTS_READ).collect::<Vec<_>>();
    let lines = told(recent.into_iter().rev());
    let first = lines.len().saturating_sub(EVENTS_SHOWN);
    let lines = lines.into_iter().skip(first);
    lines.map(|(event, words)| format!("{}  {:<11}  {words}", event.at, who(event))).collect()
}

/// What somebody heard since a time, the last few sounds of it.
pub(super) fn heard_since(
    name: &str,
    senses: &[Sense],
    since: Uptime,
    calls: &[ReplayedCall],
) -> String {
    let recent: Vec<&Sense> = senses.iter().filter(|sense| sense.until > since).collect();
    if recent.is_empty() {
        return format!("{name} heard nothing: no call of theirs was up");
    }
    let mut text = format!("{name} heard ");
    if recent.len() > SENSES_TOLD {
        text.push_str("..., then ");
    }
    let from = recent.len().saturating_sub(SENSES_TOLD);
    for (place, sense) in recent[from..].iter().enumerate() {
        let then = if place == 0 { "" } else { ", then " };
        let lasted = sense.until.since(sense.from);
        let _infallible = write!(
            text,
            "{then}{} at {} for {:.2} s",
            words(&sense.heard, calls),
            sense.from,
            lasted.as_secs_f64()
        );
    }
    text
}

fn words(heard: &Heard, calls: &[ReplayedCall]) -> String {
    match heard {
        Heard::Silence => "silence".to_owned(),
        Heard::Prompt(spoken) => format!("\"{}\" ({})", spoken.prompt, spoken.language),
        Heard::Music => "hold music".to_owned(),
        Heard::Tone(tone) => format!("the {} tone", tone.name()),
        Heard::Voices(voices) if voices.is_empty() => "another sound".to_owned(),
        Heard::Voices(voices) => {
            let all: Vec<_> = voices.iter().map(|hz| voice(*hz, calls)).collect();
            all.join(" and ")
        }
    }
}

/// Whose voice that is. In a crowd several share one.
fn voice(hz: u32, calls: &[ReplayedCall]) -> String {
    let mut whose = calls.iter().filter(|call| call.voice_hz == hz).map(|call| call.who);
    // The first call of somebody has the bare name.
    let name = |who| calls.iter().find(|call| call.who == who).map(|call| call.name.as_str());
    let Some(first) = whose.next().and_then(name) else { return "another voice".to_owned() };
    let others: Vec<_> = whose.filter_map(name).filter(|other| *other != first).collect();
    match others.as_slice() {
        [] => first.to_owned(),
        [other] => format!("{first} or {other}"),
        _more => format!("{first} or others with that voice"),
    }
}

/// A percept as a step writes it.
pub(super) fn percept(scenario: &Scenario, percept: &Percept) -> String {
    match percept {
        Percept::Prompt(prompt) => format!("\"{prompt}\""),
        Percept::Music => "hold music".to_owned(),
        Percept::Silence => "silence".to_owned(),
        Percept::Tone(tone) => format!("the {tone} tone"),
        Percept::Voices(who) => {
            let names: Vec<_> = who.iter().map(|who| scenario.name_of(*who)).collect();
            names.join(" and ")
        }
        Percept::Nobody => "nobody".to_owned(),
    }
}

/// Percepts as a step writes them.
pub(super) fn percepts(scenario: &Scenario, all: &[Percept]) -> String {
    let all: Vec<_> = all.iter().map(|one| percept(scenario, one)).collect();
    all.join(", then ")
}
