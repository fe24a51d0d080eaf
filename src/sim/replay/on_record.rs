//! What is to be so of meetings, roles, letters, locks and records.
#![expect(clippy::wildcard_enum_match_arm, reason = "each looks for one kind of event")]

use super::player::Player;
use crate::domain::letter::Letter;
use crate::domain::{MeetingPhase, Role};
use crate::exchange::Happened;
use crate::scenario::{Expected, Failure, Is, RecordField, When, Who, records};
use crate::store::Store as _;

impl Player<'_, '_> {
    pub(super) fn expect_on_record(&mut self, what: &Expected, when: When) -> Result<(), Failure> {
        match what {
            Expected::Starts(named) => self.starts(*named, when),
            Expected::NotStarted(named) => self.not_started(*named),
            Expected::Ends(named) => self.ends(*named, when),
            Expected::Recorded(named, is) => self.recorded(*named, *is),
            Expected::Role(who, role) => who.iter().try_for_each(|&who| self.role(who, *role)),
            Expected::Muted(who, is) => who.iter().try_for_each(|&who| {
                let muted =
                    self.presence(who)?.is_some_and(|(muted, silenced, _)| muted || silenced);
                self.is_or_is_not(who, "muted", muted, *is)
            }),
            Expected::HandRaised(who, is) => who.iter().try_for_each(|&who| {
                let raised = self.presence(who)?.is_some_and(|(_, _, raised)| raised);
                self.is_or_is_not(who, "with a raised hand", raised, *is)
            }),
            Expected::Letter { to, at, about, pin } => {
                self.letter(*to, at.as_deref(), about.as_deref(), *pin)
            }
            Expected::NoLetter(to) => self.no_letter(*to),
            Expected::PinLocked(who, is) => self.pin_locked(*who, *is),
            Expected::CallRecord(who, fields) => self.call_record(*who, fields),
            Expected::MeetingRecord(named, fields) => self.meeting_record(*named, fields),
            other => self.expect_told(other),
        }
    }

    fn not_started(&self, named: Option<usize>) -> Result<(), Failure> {
        let expected = "the meeting has not started";
        if self.phase(named) == Some(MeetingPhase::Live) {
            return Err(self.fails(expected, "it runs".to_owned()));
        }
        let meeting = self.meeting(named);
        let started = self.world.trace().iter().find(|event| {
            event.meeting == meeting && matches!(event.happened, Happened::MeetingStarted { .. })
        });
        match started {
            None => Ok(()),
            Some(event) => Err(self.fails(expected, format!("it started at {}", event.at))),
        }
    }

    fn starts(&mut self, named: Option<usize>, when: When) -> Result<(), Failure> {
        let (meeting, since) = (self.meeting(named), self.since);
        let started = |happened: &Happened| matches!(happened, Happened::MeetingStarted { .. });
        let at = move |world: &crate::sim::World<'_>, _: &super::senses::Senses| {
            Self::happened_since(world, meeting, since, started)
        };
        let told = |player: &Self| match player.phase(named) {
            Some(MeetingPhase::Live) => format!("it has been running since before {since}"),
            Some(MeetingPhase::Waiting) => "it waits for someone entitled".to_owned(),
            Some(MeetingPhase::Ended) => "it is over".to_owned(),
            None => "nobody is in it or waits for it".to_owned(),
        };
        self.comes_true(when, None, "the meeting starts", at, told).map(|_at| ())
    }

    fn ends(&mut self, named: Option<usize>, when: When) -> Result<(), Failure> {
        let (meeting, since) = (self.meeting(named), self.since);
        let ended = |happened: &Happened| matches!(happened, Happened::MeetingEnded { .. });
        let at = move |world: &crate::sim::World<'_>, _: &super::senses::Senses| {
            Self::happened_since(world, meeting, since, ended)
        };
        let told = |player: &Self| match player.phase(named) {
            Some(MeetingPhase::Live) => "it runs".to_owned(),
            Some(MeetingPhase::Waiting) => "it waits for someone entitled".to_owned(),
            Some(MeetingPhase::Ended) | None => "it has not run since then".to_owned(),
        };
        self.comes_true(when, None, "the meeting ends", at, told).map(|_at| ())
    }

    fn recorded(&mut self, named: Option<usize>, is: Is) -> Result<(), Failure> {
        let meeting = self.meeting(named);
        let events = self.world.trace().iter().filter(|event| event.meeting == meeting);
        let on = events
            .filter_map(|event| match &event.happened {
                Happened::RecordingOn => Some(true),
                Happened::RecordingOff | Happened::RecordingFailed => Some(false),
                _ => None,
            })
            .next_back()
            .unwrap_or(false);
        match on == (is == Is::So) {
            true => Ok(()),
            false if on => Err(self.fails("the meeting is not recorded", "it is".to_owned())),
            false => Err(self.fails("the meeting is recorded", "it is not".to_owned())),
        }
    }

    fn role(&mut self, who: Who, role: Role) -> Result<(), Failure> {
        let leg = self.world.seats()[self.connected(who)?].leg;
        let mut events = self.world.trace().iter().rev().filter(|event| event.leg == Some(leg));
        let is = events.find_map(|event| match &event.happened {
            Happened::Admitted { role } => Some(*role),
            _ => None,
        });
        let state = self.world.exchange().state_of(leg).map(crate::ivr::State::phase);
        let there = state == Some(crate::ivr::LegPhase::InMeeting);
        let instead = match is {
            Some(is) if is == role && there => return Ok(()),
            Some(is) if there => format!("the role is {is:?}"),
            Some(_) => "they are not in it".to_owned(),
            None => "they have never been in it".to_owned(),
        };
        let name = self.scenario.name_of(who);
        Err(self.fails(&format!("{name} has the role {role:?} in the meeting"), instead))
    }

    /// Whether somebody has muted themself, is muted, has the hand raised; nothing where that never changed.
    fn presence(&self, who: Who) -> Result<Option<(bool, bool, bool)>, Failure> {
        let leg = self.world.seats()[self.connected(who)?].leg;
        let mut events = self.world.trace().iter().rev().filter(|event| event.leg == Some(leg));
        Ok(events.find_map(|event| match &event.happened {
            Happened::Presence { muted, silenced, hand_raised } => {
                Some((*muted, *silenced, *hand_raised))
            }
            _ => None,
        }))
    }

    fn is_or_is_not(&self, who: Who, what: &str, is: bool, wanted: Is) -> Result<(), Failure> {
        if is == (wanted == Is::So) {
            return Ok(());
        }
        let name = self.scenario.name_of(who);
        let (not, instead) = if is { ("not ", "they are") } else { ("", "they are not") };
        Err(self.fails(&format!("{name} is {not}{what}"), instead.to_owned()))
    }

    fn letter(
        &mut self,
        to: Who,
        at: Option<&str>,
        about: Option<&str>,
        pin: Option<Is>,
    ) -> Result<(), Failure> {
        let expected = format!("{} gets a letter", self.scenario.name_of(to));
        self.office.collect_letters();
        let secret = self.office.pins.get(&to);
        let is_about = |letter: &Letter| about.is_none_or(|about| letter.subject.contains(about));
        let has_pin = |letter: &Letter| {
            secret.is_some_and(|secret| letter.reveal_body().contains(secret.reveal()))
        };
        let letters = self.office.letters_to(to, at);
        let about: Vec<_> = letters.iter().filter(|(_, letter)| is_about(letter)).collect();
        let so = about
            .iter()
            .find(|(_, letter)| pin.is_none_or(|pin| has_pin(letter) == (pin == Is::So)));
        if let Some(&&(place, _)) = so {
            self.office.letters.remove(place);
            return Ok(());
        }
        let subjects: Vec<_> =
            letters.iter().map(|(_, letter)| format!("{:?}", letter.subject)).collect();
        let (how, instead) = match (about.is_empty(), pin) {
            (false, Some(Is::So)) => (" with the PIN", "it is not in it".to_owned()),
            (false, _) => (" without the PIN", "it is in it".to_owned()),
            (true, _) if subjects.is_empty() => ("", "there is none".to_owned()),
            (true, _) => ("", format!("there are letters about {}", subjects.join(", "))),
        };
        Err(self.fails(&format!("{expected}{how}"), instead))
    }

    fn no_letter(&mut self, to: Who) -> Result<(), Failure> {
        self.office.collect_letters();
        let letters = self.office.letters_to(to, None);
        let Some((_, letter)) = letters.first() else { return Ok(()) };
        let instead = format!("there is one about {:?}", letter.subject);
        let name = self.scenario.name_of(to);
        Err(self.fails(&format!("{name} gets no letter"), instead))
    }

    fn pin_locked(&mut self, who: Who, is: Is) -> Result<(), Failure> {
        let now = self.world.utc();
        let locked = self.office.users.get(&who).is_some_and(|&user| {
            let directory = self.office.store.directory();
            let length = directory.ok().and_then(|directory| {
                directory.user(user)?.audio_conferencing.as_ref().map(|has| has.pin.length)
            });
            let limits =
                length.map(|length| self.office.organization().settings.lockout.limits(length));
            let counters = self.office.store.counters(user);
            limits.is_some_and(|limits| {
                counters.is_locked(now, &limits) || counters.needs_unlocking(&limits)
            })
        });
        if locked == (is == Is::So) {
            return Ok(());
        }
        let name = self.scenario.name_of(who);
        let (not, instead) = if locked { ("not ", "it is") } else { ("", "it is not") };
        Err(self.fails(&format!("{name}'s PIN is {not}locked"), instead.to_owned()))
    }

    fn call_record(&mut self, who: Who, fields: &[(RecordField, String)]) -> Result<(), Failure> {
        let name = self.scenario.name_of(who).to_owned();
        let expected = format!("there is a record of {name}'s call");
        let leg = self.world.seats()[self.seat_of(who, &expected)?].leg;
        let records = self.office.store.records();
        let Some(record) = records.iter().rev().find(|record| record.leg == leg) else {
            return Err(self.fails(&expected, "there is none: the call is not over".to_owned()));
        };
        let user = record.user.and_then(|user| {
            let found = self.office.users.iter().find(|(_, id)| **id == user);
            found.map(|(who, _)| self.scenario.name_of(*who).to_owned())
        });
        let meeting = record.meeting.and_then(|meeting| {
            let place = self.office.meetings.iter().position(|id| *id == meeting)?;
            Some(self.scenario.organization.meetings[place].conference_id.to_string())
        });
        let said = |field: &str| {
            records::of_call(
                record,
                field,
                user.as_deref().unwrap_or("somebody"),
                meeting.as_deref().unwrap_or("another"),
            )
        };
        self.agrees(&format!("the call record of {name}"), fields, said)
    }

    fn meeting_record(
        &mut self,
        named: Option<usize>,
        fields: &[(RecordField, String)],
    ) -> Result<(), Failure> {
        let meeting = self.meeting(named);
        let records = self.office.store.meeting_records();
        let Some(record) = records.iter().rev().find(|record| Some(record.meeting) == meeting)
        else {
            let instead = "there is none: no run of it is over".to_owned();
            return Err(self.fails("there is a record of the meeting", instead));
        };
        self.agrees("the record of the meeting", fields, |field| records::of_meeting(record, field))
    }

    fn agrees(
        &self,
        what: &str,
        fields: &[(RecordField, String)],
        said: impl Fn(&str) -> String,
    ) -> Result<(), Failure> {
        for (RecordField(field), wanted) in fields {
            let is = said(field);
            if !records::agree(&is, wanted) {
                let expected = format!("{what} says {field} is {wanted}");
                return Err(self.fails(&expected, format!("it says {is}")));
            }
        }
        Ok(())
    }
}
