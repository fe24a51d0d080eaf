//! What was done, as steps: who dialled and keyed what when, and what others did meanwhile.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a scenario tells what callers do and hear, not everything that is recorded"
)]

use std::time::Duration;

use super::super::spelled::{self, Line};
use super::{Call, Comes, LEAD, Told, keys, places, rules};
use crate::domain::{Answer, Command, ConferenceId, HangupCause, LegId, MeetingCard, Uptime};
use crate::exchange::{Asked, Fate, Happened, HungUpBy, Input, Order, Recorded, Retold};

/// An answer that took longer came from a slow store.
const SLOW_FROM: Duration = Duration::from_secs(1);

/// A store that does not answer is so a little before it is asked, and until a little after it should have answered.
const AROUND: Duration = Duration::from_millis(10);

impl Told<'_> {
    /// Everything that was done, in the order of time.
    pub(super) fn deeds(&self) -> Vec<Line> {
        let mut deeds: Vec<(Uptime, Deed)> = Vec::new();
        for (&leg, call) in &self.calls {
            deeds.extend(self.deeds_of(leg, call));
        }
        for entry in &self.field.journal.entries {
            let deed = match &entry.recorded {
                Recorded::Input(Input::Order { order, .. }) => self.order(order),
                Recorded::Input(Input::Command { leg, command }) => {
                    vec![self.app_command(*leg, *command)]
                }
                Recorded::Input(Input::Stop) if self.stopped_at == Some(entry.at) => {
                    vec![Deed::Comment("the bridge was shut down: no step does that".to_owned())]
                }
                _ => continue,
            };
            deeds.extend(deed.into_iter().map(|deed| (entry.at, deed)));
        }
        let until = self.stopped_at.unwrap_or_else(|| self.last_at());
        let about = self.field.about.iter().filter_map(|leg| self.calls.get(leg));
        let places = about.flat_map(|call| places::of(call, until));
        deeds.extend(places.map(|(at, place)| (at, Deed::Claim(place))));
        let asked = self.field.retold.asked.iter();
        deeds.extend(asked.flat_map(|asked| store_deeds(asked, self.field.retold)));
        let end = self.calls.values().filter_map(|call| Some(call.left?.0)).max();
        let end = end.filter(|_| self.calls.values().all(|call| call.left.is_some()));
        deeds.push((end.unwrap_or_else(|| self.last_at()), Deed::End));
        let deeds = deeds.into_iter().map(|(at, deed)| (at + LEAD, deed));
        let mut deeds: Vec<_> = self.dials_and_keys().chain(deeds).collect();
        deeds.sort_by_key(|(at, _)| *at);
        self.in_time(deeds)
    }

    /// Who dials and keys what, at times from [`LEAD`] before the bridge's beginning.
    fn dials_and_keys(&self) -> impl Iterator<Item = (Uptime, Deed)> {
        self.calls.iter().flat_map(|(&leg, call)| {
            let dials = (call.dials_at, Deed::AtItsTime(self.comes(call)));
            let keys = keys::steps(self.field, leg).into_iter();
            let keys = keys
                .map(|step| (step.at.max(call.hears_from), Deed::AtItsTime(step.text(&call.name))));
            std::iter::once(dials).chain(keys)
        })
    }

    /// Deeds at times from [`LEAD`] before the bridge's beginning, as lines: what callers do is done at its time, for all else time has
    /// to pass.
    fn in_time(&self, deeds: Vec<(Uptime, Deed)>) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut now = 0;
        for (at, deed) in deeds {
            let at = (Uptime::ZERO + at.since(self.begins_at)).as_millis().max(now);
            match deed {
                Deed::AtItsTime(text) => {
                    lines.push(spelled::at(at, &text));
                    now = at;
                }
                Deed::Comment(text) => {
                    let clock = spelled::clock(at);
                    lines.push(spelled::comment(format!("At {clock}: {text}.")));
                }
                Deed::WhenTimeHasPassed(_) | Deed::Claim(_) | Deed::End if at > now => {
                    lines.push(spelled::passes(at - now));
                    now = at;
                    lines.extend(deed.line());
                }
                Deed::WhenTimeHasPassed(_) | Deed::Claim(_) | Deed::End => {
                    lines.extend(deed.line());
                }
            }
        }
        lines
    }

    /// That it comes.
    fn comes(&self, call: &Call<'_>) -> String {
        match call.comes {
            Comes::ByPhone { called, .. } => {
                spelled::dials(&call.name, self.numbers.contains(&called).then_some(called))
            }
            Comes::ByApp(_) => {
                spelled::joins_by_app(&call.name, self.card.map(|card| card.conference_id))
            }
        }
    }

    fn deeds_of(&self, leg: LegId, call: &Call<'_>) -> Vec<(Uptime, Deed)> {
        let name = &call.name;
        let mut deeds = Vec::new();
        let mut saying_since = None;
        for event in &call.events {
            match event.happened {
                Happened::State { state: "recording-name" } => saying_since = Some(event.at),
                Happened::NameTaken { ms: ms @ 1.. } => {
                    let said = |since| (since, Deed::AtItsTime(spelled::speaks(name, ms)));
                    deeds.extend(saying_since.map(said));
                }
                _ => {}
            }
        }
        let hung_up = self.field.journal.entries.iter().find_map(|entry| match entry.recorded {
            Recorded::Input(Input::HungUp { leg: gone, by }) if gone == leg => Some((entry.at, by)),
            _ => None,
        });
        match (call.left, hung_up) {
            (Some((at, HangupCause::TrunkFailed)), Some((_, HungUpBy::Trunk))) => {
                let lost = format!("the network lost {name}: here they hang up");
                deeds.push((at, Deed::Comment(lost)));
                deeds.push((at, Deed::AtItsTime(spelled::hangs_up(name))));
            }
            (Some((at, HangupCause::CallerHungUp)), Some(_)) => {
                deeds.push((at, Deed::AtItsTime(spelled::hangs_up(name))));
            }
            (Some(_), _) => {}
            (None, _) => {
                let last = self.field.journal.entries.last().map_or(Uptime::ZERO, |last| last.at);
                let goes_on = format!("the journal ends, and {name} was still in the call");
                deeds.push((last, Deed::Comment(goes_on)));
            }
        }
        deeds
    }

    /// What somebody outside wanted in the meeting, in the organizer's name.
    fn order(&self, order: &Order) -> Vec<Deed> {
        let whom = |leg: &LegId| self.name(*leg);
        let app =
            |what: String| vec![Deed::WhenTimeHasPassed(spelled::app(spelled::ORGANIZER, &what))];
        match order {
            Order::AdmitAll => app("admits everybody".to_owned()),
            Order::MuteAll => app("mutes everybody".to_owned()),
            Order::LetAllSpeak => app("unmutes everybody".to_owned()),
            Order::Admit { whom: leg } => app(format!("admits {}", whom(leg))),
            Order::Refuse { whom: leg } => app(format!("refuses {}", whom(leg))),
            Order::Remove { whom: leg } => app(format!("removes {}", whom(leg))),
            Order::Mute { whom: leg } => app(format!("mutes {}", whom(leg))),
            Order::LetSpeak { whom: leg } => app(format!("unmutes {}", whom(leg))),
            Order::Lock => app("locks the meeting".to_owned()),
            Order::Unlock => app("unlocks the meeting".to_owned()),
            Order::End => app("ends the meeting".to_owned()),
            Order::Cancel => match self.card {
                Some(card) => {
                    vec![Deed::WhenTimeHasPassed(spelled::cancels(card.conference_id))]
                }
                None => Vec::new(),
            },
            Order::Change { card } => self.change(card),
            Order::AnnouncementsOn | Order::AnnouncementsOff | Order::RecordingFailed => {
                vec![Deed::Comment(format!(
                    "the meeting was told {}: no step does that",
                    order.name()
                ))]
            }
        }
    }

    /// Another set of rules. What was set before and is not any more is set to what it is by default.
    fn change(&self, card: &MeetingCard) -> Vec<Deed> {
        let Some(first) = self.card else { return Vec::new() };
        let before = rules::all(&first.rules);
        let changed = rules::all(&card.rules).into_iter().filter(|rule| !before.contains(rule));
        let id: ConferenceId = first.conference_id;
        let mut deeds: Vec<Deed> = changed
            .map(|(name, value)| {
                Deed::WhenTimeHasPassed(spelled::meeting_sets(id, &name, &value).text)
            })
            .collect();
        if card.conference_id != id {
            let other = format!("the meeting got the conference ID {}", card.conference_id);
            deeds.push(Deed::Comment(other));
        }
        deeds
    }

    fn app_command(&self, leg: LegId, command: Command) -> Deed {
        let name = self.name(leg);
        match command {
            Command::Hand => Deed::WhenTimeHasPassed(spelled::raises_hand(&name)),
            _ => {
                let given =
                    format!("{name} gave the command {command} by the app: no step does that");
                Deed::Comment(given)
            }
        }
    }
}

/// Something that was done.
enum Deed {
    /// By a caller: at its time.
    AtItsTime(String),
    /// By others: when so much time has passed.
    WhenTimeHasPassed(String),
    /// Something that is so, when so much time has passed.
    Claim(String),
    /// By nobody that a step knows.
    Comment(String),
    /// The last call is over.
    End,
}

impl Deed {
    fn line(self) -> Option<Line> {
        match self {
            Self::WhenTimeHasPassed(text) => Some(spelled::when(&text)),
            Self::Claim(text) => Some(spelled::then(text)),
            Self::AtItsTime(_) | Self::Comment(_) | Self::End => None,
        }
    }
}

/// A store that could not answer, did not, or was slow.
fn store_deeds(asked: &Asked, retold: &Retold) -> Vec<(Uptime, Deed)> {
    let (is, until) = match retold.fate_of(asked) {
        Fate::Answered(answered) if answered.answer == Answer::Unavailable => {
            (spelled::store_fails(), answered.at)
        }
        Fate::Answered(answered) if answered.at.since(asked.at) >= SLOW_FROM => {
            (spelled::store_slow(answered.at.since(asked.at)), answered.at)
        }
        Fate::GaveUp(at) => (spelled::store_gone(), at),
        // It answered as usual, or the caller did not wait for it.
        Fate::Answered(_) | Fate::Unheard => return Vec::new(),
    };
    vec![
        (asked.at - AROUND, Deed::WhenTimeHasPassed(is)),
        (until + AROUND, Deed::WhenTimeHasPassed(spelled::store_back())),
    ]
}
