//! What is to be so: looked for in what has happened since the last deed, and waited for as long as the step says.
#![expect(clippy::wildcard_enum_match_arm, reason = "what is on record is in a file of its own")]

use std::collections::BTreeMap;
use std::time::Duration;

use super::hearing::NOT_HEARD_FOR;
use super::player::Player;
use super::senses::Senses;
use crate::domain::{HangupCause, MeetingPhase, Uptime};
use crate::exchange::Happened;
use crate::ivr::LegPhase;
use crate::scenario::{Expectation, Expected, Failure, Is, PATIENCE, Place, When, Who};
use crate::sim::World;

/// By how much something may be earlier than a step says: a tick.
pub(super) const EARLIER: Duration = Duration::from_millis(20);

/// By how much it may be later than `after` says.
const LATER: Duration = Duration::from_secs(1);

impl Player<'_, '_> {
    pub(super) fn expect(&mut self, expectation: &Expectation) -> Result<(), Failure> {
        let when = expectation.when;
        match &expectation.what {
            Expected::Hears(who, percepts, language) => self.hears(who, percepts, *language, when),
            Expected::HearsNot(who, percepts) => self.hears_not(who, percepts, when),
            Expected::HearsNotUntil(who, percepts, until) => {
                who.iter().try_for_each(|&who| self.hears_not_until(who, percepts, until, when))
            }
            Expected::HasHeard(who, percepts) => {
                who.iter().try_for_each(|&who| self.has_heard(who, percepts))
            }
            Expected::HearEachOther(who) => self.hear_each_other(who),
            Expected::HearNotEachOther(who) => self.hear_none_of(who, who, when),
            Expected::Matrix { speakers, rows } => self.matrix(speakers, rows),
            Expected::Asked(who, question, is) => {
                who.iter().try_for_each(|&who| self.asked(who, *question, *is, when))
            }
            Expected::In(who, place, is) => self.are_in(who, *place, *is, when),
            Expected::Disconnected(who, cause) => {
                who.iter().try_for_each(|&who| self.disconnected(who, *cause, when))
            }
            Expected::Connected(who) => {
                if let When::For(time) = when {
                    self.pass(self.world.now() + time)?;
                    self.watched(who);
                }
                who.iter().try_for_each(|&who| self.connected(who).map(|_place| ()))
            }
            other => self.expect_on_record(other, when),
        }
    }

    /// The places of all these, whose calls go on.
    pub(super) fn all_connected(&self, who: &[Who]) -> Result<Vec<(Who, usize)>, Failure> {
        who.iter().map(|&who| self.connected(who).map(|place| (who, place))).collect()
    }

    /// From when on a time in a step counts for somebody.
    pub(super) fn reference(&self, who: Option<Who>) -> Uptime {
        let last = |of: &BTreeMap<Who, Uptime>| who.and_then(|who| of.get(&who).copied());
        last(&self.came_true).max(last(&self.watched_until)).unwrap_or(self.done_at)
    }

    /// These have been watched until now.
    pub(super) fn watched(&mut self, who: &[Who]) {
        let now = self.world.now();
        self.watched_until.extend(who.iter().map(|&who| (who, now)));
    }

    /// Until when to wait for what is to be so.
    pub(super) fn deadline(&self, when: When, reference: Uptime) -> Uptime {
        match when {
            When::Soon | When::For(_) => self.world.now() + PATIENCE,
            // Nobody's time runs out while people are let speak.
            When::Within(time) => reference.max(self.probed_until) + time,
            When::After(time) => reference + time + LATER,
        }
    }

    /// Waits for something to be so, and checks that it is not earlier than it may be.
    pub(super) fn comes_true(
        &mut self,
        when: When,
        who: Option<Who>,
        expected: &str,
        mut at: impl FnMut(&World<'_>, &Senses) -> Option<Uptime>,
        instead: impl FnOnce(&Self) -> String,
    ) -> Result<Uptime, Failure> {
        let reference = self.reference(who);
        let deadline = self.deadline(when, reference);
        let mut found = None;
        self.wait_until(deadline, |world, senses| {
            found = at(world, senses);
            found.is_some()
        })?;
        let Some(at) = found.filter(|at| *at <= deadline) else {
            let by = match when {
                When::Soon | When::For(_) => String::new(),
                When::Within(_) | When::After(_) => format!(" by {deadline}"),
            };
            let late = found.map(|at| format!("; it came at {at}")).unwrap_or_default();
            let instead = instead(self);
            return Err(self.fails(&format!("{expected}{by}"), format!("{instead}{late}")));
        };
        if let When::After(time) = when
            && at + EARLIER < reference + time
        {
            let instead = format!(
                "it came at {at} already, {:.2} s after {reference}",
                at.since(reference).as_secs_f64()
            );
            return Err(self.fails(&format!("{expected} at {}", reference + time), instead));
        }
        if let Some(who) = who {
            self.came_true.insert(who, at);
        }
        Ok(at)
    }

    /// The seat of somebody who has called.
    pub(super) fn seat_of(&self, who: Who, expected: &str) -> Result<usize, Failure> {
        self.seats.get(&who).copied().ok_or_else(|| {
            self.fails(expected, format!("{} has made no call", self.scenario.name_of(who)))
        })
    }

    fn are_in(&mut self, all: &[Who], place: Place, is: Is, when: When) -> Result<(), Failure> {
        let (phase, word) = match place {
            Place::Lobby => (LegPhase::InLobby, "lobby"),
            Place::Meeting => (LegPhase::InMeeting, "meeting"),
        };
        let not = if is == Is::NotSo { "not " } else { "" };
        let scenario = self.scenario;
        let expected = |who: Who| format!("{} is {not}in the {word}", scenario.name_of(who));
        let mut seats = Vec::with_capacity(all.len());
        for &who in all {
            let Some(&seat) = self.seats.get(&who) else {
                return Err(self.fails(&expected(who), self.whereabouts(who)));
            };
            seats.push((who, seat));
        }
        // Whoever is gone is nowhere, and not somewhere else.
        let so = move |world: &World<'_>, seat: usize| {
            let (leg, gone) = (world.seats()[seat].leg, world.seats()[seat].left.is_some());
            let state = world.exchange().state_of(leg).map(crate::ivr::State::phase);
            !gone && (state == Some(phase)) == (is == Is::So)
        };
        let at_once = is == Is::NotSo && !matches!(when, When::Within(_));
        for &(who, seat) in seats.iter().filter(|_| !at_once) {
            let at = |world: &World<'_>, _: &Senses| so(world, seat).then(|| world.now());
            let told = |player: &Self| player.whereabouts(who);
            self.comes_true(when, Some(who), &expected(who), at, told)?;
        }
        let lasts = match when {
            When::For(time) => time,
            When::Soon if at_once => NOT_HEARD_FOR,
            When::Soon | When::Within(_) | When::After(_) => return Ok(()),
        };
        let until = self.world.now() + lasts;
        let mut other = None;
        self.wait_until(until, |world, _senses| {
            other = seats.iter().find(|(_, seat)| !so(world, *seat)).map(|(who, _)| *who);
            other.is_some()
        })?;
        if let Some(who) = other {
            let instead = format!("no more at {}: {}", self.world.now(), self.whereabouts(who));
            return Err(self.fails(&format!("{} until {until}", expected(who)), instead));
        }
        if let When::For(_) = when {
            self.watched(all);
        }
        Ok(())
    }

    /// Where somebody is.
    fn whereabouts(&self, who: Who) -> String {
        let name = self.scenario.name_of(who);
        let Some(&place) = self.seats.get(&who) else { return format!("{name} has made no call") };
        let seat = &self.world.seats()[place];
        match (self.world.exchange().state_of(seat.leg), seat.left) {
            (_, Some((at, cause))) => {
                format!("{name}'s call was over at {at}, because {}", cause.name())
            }
            (Some(state), None) => format!("{name} is in the state {}", state.name()),
            (None, None) => format!("{name}'s call is not there"),
        }
    }

    fn disconnected(
        &mut self,
        who: Who,
        cause: Option<HangupCause>,
        when: When,
    ) -> Result<(), Failure> {
        let name = self.scenario.name_of(who).to_owned();
        let because = cause.map(|cause| format!(" because {}", cause.name())).unwrap_or_default();
        let expected = format!("{name} is disconnected{because}");
        let place = self.seat_of(who, &expected)?;
        let told = |player: &Self| {
            let leg = player.world.seats()[place].leg;
            let state =
                player.world.exchange().state_of(leg).map_or("gone", crate::ivr::State::name);
            format!("{name}'s call goes on, in the state {state}")
        };
        let left = |world: &World<'_>, _: &Senses| world.seats()[place].left.map(|(at, _)| at);
        self.comes_true(when, Some(who), &expected, left, told)?;
        match (cause, self.world.seats()[place].left) {
            (Some(wanted), Some((at, was))) if wanted != was => {
                Err(self.fails(&expected, format!("it was over at {at} because {}", was.name())))
            }
            _as_expected => Ok(()),
        }
    }

    /// The meeting in question: the one named, or else the only one that is there, or the scenario's first.
    pub(super) fn meeting(&self, named: Option<usize>) -> Option<crate::domain::MeetingId> {
        self.office.meetings.get(named.unwrap_or(0)).copied()
    }

    pub(super) fn phase(&self, named: Option<usize>) -> Option<MeetingPhase> {
        self.meeting(named).and_then(|meeting| self.world.exchange().phase_of(meeting))
    }

    /// When something last happened to a meeting since the last deed began.
    pub(super) fn happened_since(
        world: &World<'_>,
        meeting: Option<crate::domain::MeetingId>,
        since: Uptime,
        is_it: impl Fn(&Happened) -> bool,
    ) -> Option<Uptime> {
        let mut events = world.trace().iter().rev().take_while(|event| event.at >= since);
        let it = |event: &&crate::exchange::TraceEvent| {
            (meeting.is_none() || event.meeting == meeting) && is_it(&event.happened)
        };
        events.find(it).map(|event| event.at)
    }
}
