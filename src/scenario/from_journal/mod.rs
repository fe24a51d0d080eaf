//! Makes a scenario of calls that a bridge has recorded: a text in the vocabulary, which plays what was keyed when.
//!
//! The journal has every key masked; which keys made up which entry, and what the store said to it, is told by
//! [`Retold`]. So what was the conference ID is `{ID}`, what was the PIN `{PIN}`, and what was neither is stood in for: no digit
//! that may be one of a PIN is known here. What no step can say is a comment.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a scenario tells what callers do and hear, not everything that is recorded"
)]

mod deeds;
mod keys;
mod places;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::domain::limits::{LOOK_UP_TAKES, RINGS_FOR};
use crate::domain::{HangupCause, Languages, LegId, MeetingCard, PhoneNumber, Uptime, UserId};
use crate::exchange::{
    Config, Happened, Input, Journal, KEY_LATENCY, Recorded, Retold, TICK_MICROS, TraceEvent, Whose,
};

use super::spelled::{self, Heard, Line};

/// Calls that were recorded.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// The journal, with these calls alone in it.
    pub journal: &'a Journal,
    /// What it holds.
    pub retold: &'a Retold,
    /// Those of which the scenario is: of each it is said what was heard and how it ended. The others in the journal only do
    /// what they did.
    pub about: &'a [LegId],
    /// What the scenario is called.
    pub name: &'a str,
    /// Of what it is made, for the first line.
    pub made_from: &'a str,
}

/// The scenario of these calls.
#[must_use]
pub fn from_journal(field: &Field<'_>) -> String {
    let told = Told::of(field);
    let mut lines = told.givens();
    lines.extend(told.deeds());
    lines.extend(told.claims());
    spelled::file(
        &[format!("Made from {}.", field.made_from)],
        "From the field",
        field.name,
        &lines,
    )
}

/// What there is to know of the calls.
struct Told<'a> {
    field: &'a Field<'a>,
    calls: BTreeMap<LegId, Call<'a>>,
    /// The beginning of the scenario, from [`LEAD`] before the bridge's: on the grid of ticks, so that prompts and keys keep their
    /// distance.
    begins_at: Uptime,
    /// The first meeting that one of them found.
    card: Option<&'a MeetingCard>,
    /// When the bridge was shut down.
    stopped_at: Option<Uptime>,
    /// The access numbers that were called, where they have to be told apart, or speak another language than a scenario's own.
    numbers: BTreeSet<PhoneNumber>,
}

/// One call.
struct Call<'a> {
    name: String,
    comes: Comes,
    /// When it dials, so that it is answered when it was; from [`LEAD`] before the bridge's beginning.
    dials_at: Uptime,
    /// When it is answered, in whole milliseconds: no key is heard before. Keys are told by the tick in which they began.
    hears_from: Uptime,
    events: Vec<&'a TraceEvent>,
    /// How it ended, and when.
    left: Option<(Uptime, HangupCause)>,
    keys_as_events: bool,
}

/// How somebody comes.
#[derive(Clone, Copy)]
enum Comes {
    ByPhone { from: Option<PhoneNumber>, called: PhoneNumber },
    ByApp(UserId),
}

/// So much earlier than the bridge somebody may have to dial who is answered at its first instant, or to press a key: whole ticks.
const LEAD: Duration = Duration::from_millis(140);
const _: () = {
    let dials = RINGS_FOR.as_micros() + LOOK_UP_TAKES.as_micros();
    assert!(LEAD.as_micros() >= dials && LEAD.as_micros() >= KEY_LATENCY.as_micros());
    assert!(LEAD.as_micros().is_multiple_of(TICK_MICROS as u128));
};

/// A prompt that is cut short sooner has hardly been heard.
const HEARD_AT_LEAST: Duration = Duration::from_millis(500);

/// Music that is over sooner is not worth a word.
const MUSIC_AT_LEAST: Duration = Duration::from_secs(1);

impl<'a> Told<'a> {
    fn of(field: &'a Field<'a>) -> Self {
        let entries = || field.journal.entries.iter();
        let card = entries().find_map(|entry| entry.recorded.leads_to());
        let mut calls = BTreeMap::new();
        for entry in entries() {
            let (leg, comes) = match &entry.recorded {
                Recorded::Input(Input::IncomingCall { leg, from, called }) => {
                    (*leg, Comes::ByPhone { from: from.number(), called: *called })
                }
                Recorded::Input(Input::AppJoins { leg, user, .. }) => (*leg, Comes::ByApp(*user)),
                Recorded::Input(Input::TakeOver { passing }) => {
                    let (from, called) = (passing.from.number(), passing.called);
                    (passing.leg, Comes::ByPhone { from, called })
                }
                _ => continue,
            };
            calls.entry(leg).or_insert_with(|| Call::new(field, leg, comes, entry.at));
        }
        let first = calls.values().map(|call| call.dials_at).min().unwrap_or(Uptime::ZERO);
        let begins_at = first - Duration::from_micros(first.as_micros() % TICK_MICROS);
        let stopped_at = entries()
            .find_map(|entry| (entry.recorded == Recorded::Input(Input::Stop)).then_some(entry.at));
        let numbers = numbers(&field.journal.config, &calls);
        let mut told = Self { field, calls, begins_at, card, stopped_at, numbers };
        told.name_organizer();
        told
    }

    /// Whoever proved to be the organizer is called so; the others have the numbers of their legs.
    fn name_organizer(&mut self) {
        let proved = |call: &&mut Call<'_>| match call.comes {
            Comes::ByApp(user) => self.card.is_some_and(|card| card.organizer == user),
            Comes::ByPhone { .. } => {
                call.events.iter().any(|event| event.happened == Happened::PinAccepted)
            }
        };
        if let Some(organizer) = self.calls.values_mut().find(proved) {
            spelled::ORGANIZER.clone_into(&mut organizer.name);
        }
    }

    fn name(&self, leg: LegId) -> String {
        self.calls.get(&leg).map_or_else(|| leg.to_string(), |call| call.name.clone())
    }

    fn givens(&self) -> Vec<Line> {
        let config = &self.field.journal.config;
        let epoch = config.epoch + self.begins_at.since(Uptime::ZERO + LEAD);
        let mut lines = vec![spelled::time(epoch)];
        if let Some(card) = self.card {
            lines.push(spelled::organizes(spelled::ORGANIZER, card.conference_id));
            let rules = rules::of_meeting(&card.rules);
            let set = |(name, value): (String, String)| {
                spelled::meeting_sets(card.conference_id, &name, &value)
            };
            lines.extend(rules.into_iter().map(set));
        }
        let dialogue = rules::of_organization(&config.dialogue);
        lines.extend(dialogue.iter().map(|(name, value)| spelled::sets(name, value)));
        for &number in &self.numbers {
            let languages = config.languages.get(&number).copied();
            lines
                .push(spelled::access_number(number, &languages.unwrap_or(config.language.into())));
        }
        for call in self.calls.values() {
            lines.extend(match call.comes {
                Comes::ByPhone { from: Some(number), .. } => {
                    Some(spelled::calls_from(&call.name, number))
                }
                Comes::ByPhone { from: None, .. } => Some(spelled::withholds(&call.name)),
                Comes::ByApp(_) => None,
            });
            if call.keys_as_events {
                lines.push(spelled::sends_keys_as(&call.name, "SIP INFO"));
            }
        }
        lines
    }

    /// The last that is recorded.
    fn last_at(&self) -> Uptime {
        self.field.journal.entries.last().map_or(Uptime::ZERO, |entry| entry.at)
    }

    /// What was heard and how it ended.
    fn claims(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        if self.calls.values().any(|call| places::role(call).is_some()) {
            lines.push(spelled::nobody_speaks());
        }
        for leg in self.field.about {
            let Some(call) = self.calls.get(leg) else { continue };
            let heard = self.heard(call);
            if !heard.is_empty() {
                lines.push(spelled::has_heard(&call.name, &heard));
            }
            let ended_so = call.left.map(|(_, cause)| cause).filter(|cause| match cause {
                // Nothing in a scenario brings these about as they came.
                HangupCause::TrunkFailed
                | HangupCause::Stopping
                | HangupCause::BridgeFull
                | HangupCause::KeptOut => false,
                HangupCause::CallerHungUp
                | HangupCause::NoConferenceId
                | HangupCause::WrongPin
                | HangupCause::LobbyTimeLimit
                | HangupCause::MeetingEnded
                | HangupCause::Refused
                | HangupCause::Removed
                | HangupCause::MeetingCancelled
                | HangupCause::MeetingLocked
                | HangupCause::MeetingFull
                | HangupCause::StoreUnavailable => true,
            });
            let role = places::role(call).filter(|_| ended_so.is_some());
            lines.extend(role.map(|role| spelled::record_says_role(&call.name, role)));
            lines.extend(ended_so.map(|cause| spelled::record_says(&call.name, cause)));
        }
        lines
    }

    /// What somebody has heard, each thing once, in the order in which it was first heard.
    fn heard(&self, call: &Call<'_>) -> Vec<Heard> {
        let mut heard: Vec<Heard> = Vec::new();
        let until = self.stopped_at.unwrap_or(Uptime::from_micros(u64::MAX));
        let events: Vec<_> = call.events.iter().filter(|event| event.at < until).collect();
        let end = call.left.map_or(until, |(at, _)| at).min(until);
        for (place, event) in events.iter().enumerate() {
            let over = |is: fn(&Happened) -> bool| {
                let later = events[place + 1..].iter();
                later.filter(|event| is(&event.happened)).map(|event| event.at).next()
            };
            let (one, least, lasted) = match event.happened {
                Happened::Prompt { prompt } => {
                    // The next piece, or the word that this one is cut short.
                    let next = events[place + 1..].iter().find(|event| {
                        matches!(
                            event.happened,
                            Happened::Prompt { .. } | Happened::PromptCut { .. }
                        )
                    });
                    let cut =
                        next.filter(|next| matches!(next.happened, Happened::PromptCut { .. }));
                    let cut_at = cut.map(|cut| cut.at);
                    (Heard::Prompt(prompt), HEARD_AT_LEAST, cut_at)
                }
                Happened::MusicOn => {
                    let off = over(|happened| *happened == Happened::MusicOff).unwrap_or(end);
                    (Heard::Music, MUSIC_AT_LEAST, Some(off))
                }
                _ => continue,
            };
            let long_enough = lasted.is_none_or(|over| over.since(event.at) >= least);
            if long_enough && !heard.contains(&one) {
                heard.push(one);
            }
        }
        heard
    }
}

impl<'a> Call<'a> {
    fn new(field: &'a Field<'a>, leg: LegId, comes: Comes, came_at: Uptime) -> Self {
        let events: Vec<_> =
            field.retold.trace.iter().filter(|event| event.leg == Some(leg)).collect();
        let answered = events.iter().find(|event| event.happened == Happened::Answered);
        let dials_at = match (comes, answered) {
            // In a scenario everybody calls from somewhere, which is looked up before the telephone rings.
            (Comes::ByPhone { .. }, Some(answered)) => {
                answered.at + LEAD - RINGS_FOR - LOOK_UP_TAKES
            }
            (Comes::ByPhone { .. } | Comes::ByApp(_), _) => came_at + LEAD,
        };
        let hears_from = answered.map_or(Uptime::ZERO, |answered| {
            Uptime::from_millis((answered.at + LEAD).as_millis() + 1)
        });
        let left = events.iter().find_map(|event| match event.happened {
            Happened::Left { cause, .. } => Some((event.at, cause)),
            _ => None,
        });
        let name = match comes {
            Comes::ByPhone { .. } => format!("Caller{}", leg.number()),
            Comes::ByApp(_) => format!("App{}", leg.number()),
        };
        let keys_as_events = field.journal.entries.iter().any(|entry| {
            matches!(entry.recorded, Recorded::Input(Input::Digit { .. }))
                && entry.recorded.whose() == Whose::Leg(leg)
        });
        Self { name, comes, dials_at, hears_from, events, left, keys_as_events }
    }
}

/// See [`Told::numbers`].
fn numbers(config: &Config, calls: &BTreeMap<LegId, Call<'_>>) -> BTreeSet<PhoneNumber> {
    let called = calls.values().filter_map(|call| match call.comes {
        Comes::ByPhone { called, .. } => Some(called),
        Comes::ByApp(_) => None,
    });
    let numbers: BTreeSet<_> = called.collect();
    let is_usual = |number: &PhoneNumber| {
        let languages = config.languages.get(number).copied();
        languages.unwrap_or(config.language.into()) == Languages::default()
    };
    match numbers.len() == 1 && numbers.iter().all(is_usual) {
        true => BTreeSet::new(),
        false => numbers,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{CallSource, Digit, Key};
    use crate::exchange::{HungUpBy, JournalEntry, retell};
    use crate::media::sounds::Sounds;

    /// Who is answered when the bridge has hardly begun would have had to dial before it: all that comes after keeps its distance.
    #[test]
    fn who_is_answered_at_the_first_instant_keys_no_sooner_than_they_are_answered() {
        let leg = LegId::new(1);
        let called = "+14255550100".parse().unwrap();
        let entries = [
            (3_000, Input::IncomingCall { leg, from: CallSource::UNKNOWN, called }),
            (4_000, Input::Answered { leg }),
            (5_000, Input::Digit { leg, key: Key::Digit(Digit::from_char('1').unwrap()) }),
            (2_500_000, Input::HungUp { leg, by: HungUpBy::Caller }),
        ];
        let entries = entries.map(|(at, input)| JournalEntry {
            at: Uptime::from_micros(at),
            recorded: Recorded::Input(input),
        });
        let journal = Journal { config: Config::default(), entries: entries.to_vec() };
        let retold = retell(&journal, &Arc::new(Sounds::synthetic())).unwrap();
        let (about, name, made_from) = ([leg], "It", "it");
        let field = Field { journal: &journal, retold: &retold, about: &about, name, made_from };
        let written = from_journal(&field);
        let at = |what: &str| {
            let line = written.lines().find(|line| line.ends_with(what)).expect(&written);
            let (_, at) = line.split_once("at ").unwrap();
            at.split(' ').next().unwrap().parse::<f64>().unwrap()
        };
        let dials = at("Caller1 dials in");
        let answered = dials + (RINGS_FOR + LOOK_UP_TAKES).as_secs_f64();
        for (at, after) in [(at("Caller1 keys 0"), 0.001), (at("Caller1 hangs up"), 2.496)] {
            assert!((at - answered - after).abs() < 0.0015, "{at} {after} {written}");
        }
    }
}
