//! What whoever administers is told, and what is to be so of PINs, conference IDs and alarms as such.

use std::sync::atomic::Ordering;

use super::player::Player;
use crate::domain::pin::{Pin, PinWeakness};
use crate::scenario::{Expected, Failure, Is, SetPin, Who};

impl Player<'_, '_> {
    pub(super) fn expect_told(&mut self, what: &Expected) -> Result<(), Failure> {
        match what {
            Expected::AnswerSays(text, of) => self.answer_says(text, *of),
            Expected::AnswerShowsPin(who, is) => self.answer_shows(*who, *is),
            Expected::PinLength(who, digits) => {
                let has = self.office.pins.get(who).map(Pin::len);
                let name = self.scenario.name_of(*who);
                self.has_digits(&format!("{name}'s PIN"), *digits, has)
            }
            Expected::IdLength(meeting, digits) => {
                let has = self.office.conference_id(*meeting).map(|id| id.to_string().len());
                self.has_digits("the conference ID", *digits, has)
            }
            Expected::NoPinTwice(who) => {
                let theirs = self.office.all_pins.iter().filter(|(whose, _)| whose == who);
                let pins: Vec<&str> = theirs.map(|(_, pin)| pin.reveal()).collect();
                self.none_twice("PIN", &pins, 1)
            }
            Expected::NoIdTwice => {
                let ids: Vec<String> =
                    self.office.all_ids.iter().map(ToString::to_string).collect();
                self.none_twice("conference ID", &ids, self.scenario.organization.meetings.len())
            }
            Expected::PinWeak(who, pin, why) => self.pin_weak(*who, pin, *why),
            Expected::Alarms(count) => {
                let raised = self.alarms.load(Ordering::Relaxed);
                let expected = format!("there have been {count} alarms at wrong entries");
                self.holds(raised == *count, &expected, format!("there have been {raised}"))
            }
            Expected::Hears(..)
            | Expected::HearsNot(..)
            | Expected::HearsNotUntil(..)
            | Expected::HasHeard(..)
            | Expected::Asked(..)
            | Expected::In(..)
            | Expected::Disconnected(..)
            | Expected::Connected(_)
            | Expected::HearEachOther(_)
            | Expected::HearNotEachOther(_)
            | Expected::Matrix { .. }
            | Expected::Starts(_)
            | Expected::NotStarted(_)
            | Expected::Ends(_)
            | Expected::Recorded(..)
            | Expected::Role(..)
            | Expected::Muted(..)
            | Expected::HandRaised(..)
            | Expected::Letter { .. }
            | Expected::NoLetter(_)
            | Expected::PinLocked(..)
            | Expected::CallRecord(..)
            | Expected::MeetingRecord(..) => Ok(()),
        }
    }

    fn holds(&self, is_so: bool, expected: &str, instead: String) -> Result<(), Failure> {
        if is_so { Ok(()) } else { Err(self.fails(expected, instead)) }
    }

    fn answer_says(&self, text: &str, of: Option<Who>) -> Result<(), Failure> {
        let lines = self.office.answer.lines.iter();
        let said: Vec<&str> = lines
            .filter(|(whose, _)| of.is_none() || *whose == of)
            .map(|(_, line)| line.as_str())
            .collect();
        let about = of.map(|who| format!(" of {}", self.scenario.name_of(who)));
        let expected = format!("the answer says {text:?}{}", about.unwrap_or_default());
        let instead = match said.is_empty() {
            true => "it says nothing".to_owned(),
            false => format!("it says {:?}", said.join("  ")),
        };
        let says = |line: &&str| if of.is_some() { **line == *text } else { line.contains(text) };
        self.holds(said.iter().any(says), &expected, instead)
    }

    fn answer_shows(&self, who: Who, is: Is) -> Result<(), Failure> {
        let name = self.scenario.name_of(who);
        let Some(pin) = self.office.pins.get(&who) else {
            return Err(self.fails(&format!("{name} has a PIN"), "there is none".to_owned()));
        };
        let answer = &self.office.answer;
        let is_it = |word: &str| word == pin.reveal();
        let shows = answer.shows.as_ref().is_some_and(|(_, shown)| shown == pin)
            || answer
                .lines
                .iter()
                .any(|(_, line)| line.split(|c: char| !c.is_ascii_digit()).any(is_it));
        let (verb, instead) = match is {
            Is::So => ("shows", "it does not"),
            Is::NotSo => ("does not show", "it does"),
        };
        let expected = format!("the answer {verb} {name}'s PIN");
        self.holds(shows == (is == Is::So), &expected, instead.to_owned())
    }

    fn has_digits(&self, what: &str, wanted: usize, has: Option<usize>) -> Result<(), Failure> {
        let instead = match has {
            Some(digits) => format!("it has {digits}"),
            None => "there is none".to_owned(),
        };
        self.holds(has == Some(wanted), &format!("{what} has {wanted} digits"), instead)
    }

    /// Of these no two are the same; there must be more than at the beginning.
    fn none_twice<T: Ord>(&self, what: &str, all: &[T], at_first: usize) -> Result<(), Failure> {
        let expected = format!("no {what} comes twice");
        if all.len() <= at_first {
            return Err(self.fails(&expected, "none has been made since".to_owned()));
        }
        let mut sorted: Vec<&T> = all.iter().collect();
        sorted.sort_unstable();
        let twice = sorted.windows(2).filter(|two| two[0] == two[1]).count();
        self.holds(twice == 0, &expected, format!("of {}, {twice} came again", all.len()))
    }

    fn pin_weak(&self, who: Who, pin: &SetPin, why: Option<PinWeakness>) -> Result<(), Failure> {
        let name = self.scenario.name_of(who);
        let rule = why.map(|why| format!(" because {why}"));
        let may = if why.is_some() { "may not" } else { "may" };
        let expected = format!("{name}'s PIN {may} be this one{}", rule.unwrap_or_default());
        let pin = match Pin::parse(pin.reveal()) {
            Ok(pin) => pin,
            Err(error) => return Err(self.fails(&expected, error.to_string())),
        };
        let told = match self.office.check_pin(who, &pin) {
            None => return Err(self.fails(&expected, "nobody can tell".to_owned())),
            Some(verdict) => verdict.err(),
        };
        let instead = match told {
            None => "it may".to_owned(),
            Some(why) => format!("it may not: {why}"),
        };
        self.holds(told == why, &expected, instead)
    }
}
