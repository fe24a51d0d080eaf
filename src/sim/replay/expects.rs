//! What is to be so: looked for in what has happened since the last deed, and waited for as long as the step says.
#![expect(clippy::wildcard_enum_match_arm, reason = "what is on record is in a file of its own")]

use std::collections::BTreeMap;
use std::time::Duration;

use super::failing::{heard_since, percepts as words};
use super::player::Player;
use super::senses::{self, Senses, goes_on, sequence_at};
use crate::domain::{HangupCause, Language, MeetingPhase, PromptId, Uptime};
use crate::exchange::Happened;
use crate::ivr::LegPhase;
use crate::scenario::{
    Expectation, Expected, Failure, Is, PATIENCE, Percept, Place, Question, When, Who,
};
use crate::sim::World;

/// By how much something may be earlier than a step says: a tick.
const EARLIER: Duration = Duration::from_millis(20);

/// By how much it may be later than `after` says.
const LATER: Duration = Duration::from_secs(1);

/// How long it is not heard if nothing is said.
const NOT_HEARD_FOR: Duration = Duration::from_secs(1);

impl Player<'_, '_> {
    pub(super) fn expect(&mut self, expectation: &Expectation) -> Result<(), Failure> {
        let when = expectation.when;
        match &expectation.what {
            Expected::Hears(who, percepts, language) => {
                who.iter().try_for_each(|&who| self.hears(who, percepts, *language, when))
            }
            Expected::HearsNot(who, percepts) => self.hears_not(who, percepts, when),
            Expected::HearsNotUntil(who, percepts, until) => {
                who.iter().try_for_each(|&who| self.hears_not_until(who, percepts, until, when))
            }
            Expected::HasHeard(who, percepts) => {
                who.iter().try_for_each(|&who| self.has_heard(who, percepts))
            }
            Expected::HearEachOther(who) => self.hear_each_other(who),
            Expected::Matrix { speakers, rows } => self.matrix(speakers, rows),
            Expected::Asked(who, question, is) => {
                who.iter().try_for_each(|&who| self.asked(who, *question, *is, when))
            }
            Expected::In(who, place, is) => {
                who.iter().try_for_each(|&who| self.is_in(who, *place, *is, when))
            }
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

    /// From when on a time in a step counts for somebody.
    pub(super) fn reference(&self, who: Option<Who>) -> Uptime {
        let last = |of: &BTreeMap<Who, Uptime>| who.and_then(|who| of.get(&who).copied());
        last(&self.came_true).max(last(&self.watched_until)).unwrap_or(self.done_at)
    }

    /// These have been watched until now.
    fn watched(&mut self, who: &[Who]) {
        let now = self.world.now();
        self.watched_until.extend(who.iter().map(|&who| (who, now)));
    }

    /// Until when to wait for what is to be so.
    pub(super) fn deadline(&self, when: When, reference: Uptime) -> Uptime {
        match when {
            When::Soon | When::For(_) => self.world.now() + PATIENCE,
            When::Within(time) => reference + time,
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

    fn hears(
        &mut self,
        who: Who,
        percepts: &[Percept],
        language: Option<Language>,
        when: When,
    ) -> Result<(), Failure> {
        if let [Percept::Voices(speakers)] = percepts {
            return self.hears_people(who, speakers);
        }
        if let [Percept::Nobody] = percepts {
            return self.hears_nobody(who);
        }
        let name = self.scenario.name_of(who).to_owned();
        let expected = format!("{name} hears {}", words(self.scenario, percepts));
        let place = self.seat_of(who, &expected)?;
        // What goes on must go on now; what begins and ends may have done so since the last deed began.
        let since = match percepts.first() {
            Some(first) if goes_on(first) => self.world.now().max(self.since),
            // What comes so long after something is not that again.
            Some(_) if matches!(when, When::After(_)) => {
                let after = |at: &Uptime| *at + Duration::from_micros(1);
                self.came_true.get(&who).map_or(self.since, after)
            }
            Some(_) | None => self.came_true.get(&who).copied().unwrap_or(self.since),
        };
        // A sound that is over or about to be counts from the instant on in which it is looked for.
        let since = if since == self.world.now() { since - EARLIER } else { since };
        if let When::For(time) = when {
            return self.hears_for(who, percepts, time, &expected);
        }
        let mut patience = percepts.len().max(1);
        loop {
            let told = |player: &Self| heard_since(&name, &player.heard(who), since);
            let scenario_percepts = percepts.to_vec();
            let came = self.comes_true(
                when,
                Some(who),
                &expected,
                |world, senses| {
                    sequence_at(&senses.of(world, place), &scenario_percepts, language, since)
                },
                told,
            );
            patience -= 1;
            match came {
                Ok(_) => return Ok(()),
                // Several sounds are each waited for as long as one.
                Err(_) if patience > 0 && when == When::Soon && self.goes_on(place) => {}
                Err(failure) => return Err(failure),
            }
        }
    }

    /// The seat of somebody who has called.
    pub(super) fn seat_of(&self, who: Who, expected: &str) -> Result<usize, Failure> {
        self.seats.get(&who).copied().ok_or_else(|| {
            self.fails(expected, format!("{} has made no call", self.scenario.name_of(who)))
        })
    }

    fn goes_on(&self, place: usize) -> bool {
        self.world.seats()[place].left.is_none()
    }

    fn hears_for(
        &mut self,
        who: Who,
        percepts: &[Percept],
        time: Duration,
        expected: &str,
    ) -> Result<(), Failure> {
        let place = self.connected(who)?;
        let until = self.world.now() + time;
        let from = self.world.now();
        let not_so = |world: &World<'_>, senses: &Senses| {
            senses.of(world, place).last().is_none_or(|last| {
                // Silence is so from its first frame on when it is watched.
                let watched =
                    senses::Sense { from: last.from - senses::SILENCE_LASTS, ..last.clone() };
                !percepts.iter().any(|percept| senses::is(&watched, percept, None))
            })
        };
        // The first frames may be of what was before.
        self.pass(from + EARLIER)?;
        if self.wait_until(until, not_so)? {
            let name = self.scenario.name_of(who).to_owned();
            let instead = heard_since(&name, &self.heard(who), from);
            return Err(self.fails(&format!("{expected} until {until}"), instead));
        }
        self.came_true.insert(who, self.world.now());
        Ok(())
    }

    fn hears_not(&mut self, all: &[Who], percepts: &[Percept], when: When) -> Result<(), Failure> {
        for percept in percepts {
            if let Percept::Voices(speakers) = percept {
                self.hears_none_of(all, speakers)?;
            } else if *percept == Percept::Nobody {
                let others = self.others(all);
                self.hears_none_of(all, &others)?;
            }
        }
        let quiet: Vec<Percept> = percepts
            .iter()
            .filter(|percept| !matches!(percept, Percept::Voices(_) | Percept::Nobody))
            .cloned()
            .collect();
        if quiet.is_empty() {
            return Ok(());
        }
        let now = self.world.now();
        let until = now + if let When::For(time) = when { time } else { NOT_HEARD_FOR };
        let since = self.since;
        let places: Vec<(Who, usize)> =
            all.iter().filter_map(|who| Some((*who, *self.seats.get(who)?))).collect();
        let hears = |world: &World<'_>, senses: &Senses| {
            places.iter().find_map(|&(who, place)| {
                let heard = senses.of(world, place);
                let found = quiet.iter().find_map(|percept| {
                    let since =
                        if goes_on(percept) { now.max(world.now() - EARLIER) } else { since };
                    senses::first_at(&heard, percept, None, since)
                });
                found.map(|at| (who, at))
            })
        };
        let mut found = None;
        self.wait_until(until, |world, senses| {
            found = hears(world, senses);
            found.is_some()
        })?;
        let Some((who, at)) = found else {
            if let When::For(_) = when {
                self.watched(all);
            }
            return Ok(());
        };
        let name = self.scenario.name_of(who).to_owned();
        let expected = format!("{name} does not hear {}", words(self.scenario, percepts));
        let instead = format!("it began at {at}; {}", heard_since(&name, &self.heard(who), since));
        Err(self.fails(&expected, instead))
    }

    fn hears_not_until(
        &mut self,
        who: Who,
        percepts: &[Percept],
        until: &[Percept],
        when: When,
    ) -> Result<(), Failure> {
        let since = self.since;
        self.hears(who, until, None, when)?;
        let came_at = self.reference(Some(who));
        let heard = self.heard(who);
        let early = percepts
            .iter()
            .filter_map(|percept| senses::first_at(&heard, percept, None, since))
            .find(|at| *at < came_at);
        let Some(at) = early else { return Ok(()) };
        let name = self.scenario.name_of(who).to_owned();
        let expected = format!(
            "{name} does not hear {} until {}",
            words(self.scenario, percepts),
            words(self.scenario, until)
        );
        let instead = format!("it began at {at} already; {}", heard_since(&name, &heard, since));
        Err(self.fails(&expected, instead))
    }

    fn has_heard(&mut self, who: Who, percepts: &[Percept]) -> Result<(), Failure> {
        let name = self.scenario.name_of(who).to_owned();
        let expected = format!("{name} has heard {}", words(self.scenario, percepts));
        let place = self.seat_of(who, &expected)?;
        let wanted = percepts.to_vec();
        let limit = self.world.now() + PATIENCE;
        let came = self.wait_until(limit, |world, senses| {
            sequence_at(&senses.of(world, place), &wanted, None, Uptime::ZERO).is_some()
                || world.seats()[place].left.is_some()
        })?;
        let heard = self.heard(who);
        if came && sequence_at(&heard, percepts, None, Uptime::ZERO).is_some() {
            return Ok(());
        }
        let instead = heard_since(&name, &heard, Uptime::ZERO);
        Err(self.fails(&expected, instead))
    }

    fn hears_people(&mut self, who: Who, speakers: &[Who]) -> Result<(), Failure> {
        self.connected(who)?;
        for &speaker in speakers {
            self.connected(speaker)?;
        }
        let from = self.world.now();
        let heard = self.probe(speakers, &[who])?;
        let missing = speakers.iter().find(|&&speaker| !heard.contains(&(who, speaker)));
        match missing {
            None => Ok(()),
            Some(&speaker) => {
                let (name, other) = (self.scenario.name_of(who), self.scenario.name_of(speaker));
                let instead = heard_since(name, &self.heard(who), from);
                Err(self.fails(&format!("{name} hears {other}, who speaks"), instead))
            }
        }
    }

    fn hears_nobody(&mut self, who: Who) -> Result<(), Failure> {
        let others = self.others(&[who]);
        self.hears_none_of(&[who], &others)
    }

    fn hears_none_of(&mut self, who: &[Who], speakers: &[Who]) -> Result<(), Failure> {
        let heard = self.probe(speakers, who)?;
        match heard.iter().find(|(listener, speaker)| listener != speaker).or(heard.first()) {
            None => Ok(()),
            Some(&(listener, speaker)) => {
                let (name, other) =
                    (self.scenario.name_of(listener), self.scenario.name_of(speaker));
                Err(self.fails(
                    &format!("{name} does not hear {other}, who speaks"),
                    format!("{name} hears {other}"),
                ))
            }
        }
    }

    fn hear_each_other(&mut self, who: &[Who]) -> Result<(), Failure> {
        for &one in who {
            self.connected(one)?;
        }
        let heard = self.probe(who, who)?;
        for &listener in who {
            for &speaker in who {
                let hears = heard.contains(&(listener, speaker));
                if hears == (listener != speaker) {
                    continue;
                }
                let (name, other) =
                    (self.scenario.name_of(listener), self.scenario.name_of(speaker));
                return Err(match listener == speaker {
                    true => self.fails(
                        &format!("{name} does not hear themself"),
                        format!("{name} hears their own voice"),
                    ),
                    false => self.fails(
                        &format!("{name} hears {other}, who speaks"),
                        format!("{name} does not"),
                    ),
                });
            }
        }
        Ok(())
    }

    fn matrix(&mut self, speakers: &[Who], rows: &[(Who, Vec<Who>)]) -> Result<(), Failure> {
        let listeners: Vec<Who> = rows.iter().map(|(who, _)| *who).collect();
        let heard = self.probe(speakers, &listeners)?;
        let mut wrong = Vec::new();
        for (listener, wanted) in rows {
            for speaker in speakers {
                let (hears, should) =
                    (heard.contains(&(*listener, *speaker)), wanted.contains(speaker));
                if hears != should {
                    let verb = if hears { "hears" } else { "does not hear" };
                    let (name, other) =
                        (self.scenario.name_of(*listener), self.scenario.name_of(*speaker));
                    wrong.push(format!("{name} {verb} {other}"));
                }
            }
        }
        match wrong.is_empty() {
            true => Ok(()),
            false => Err(self.fails("they hear each other as the table says", wrong.join(", "))),
        }
    }

    fn asked(&mut self, who: Who, question: Question, is: Is, when: When) -> Result<(), Failure> {
        let name = self.scenario.name_of(who).to_owned();
        let (prompts, what) = prompts_of(question);
        let not = if is == Is::NotSo { "not " } else { "" };
        let expected = format!("{name} is {not}asked {what}");
        let place = self.seat_of(who, &expected)?;
        let since = self.since;
        let asked = |world: &World<'_>, senses: &Senses| {
            let heard = senses.of(world, place);
            let times = prompts.iter().filter_map(|prompt| {
                senses::first_at(&heard, &Percept::Prompt(*prompt), None, since)
            });
            times.min()
        };
        let told = |player: &Self| heard_since(&name, &player.heard(who), since);
        match is {
            Is::So => {
                self.comes_true(when, Some(who), &expected, asked, told)?;
            }
            Is::NotSo => {
                let time = if let When::For(time) = when { time } else { Duration::ZERO };
                let until = self.world.now() + time;
                if self.wait_until(until, |world, senses| asked(world, senses).is_some())? {
                    let instead = told(self);
                    return Err(self.fails(&expected, instead));
                }
            }
        }
        Ok(())
    }

    fn is_in(&mut self, who: Who, place: Place, is: Is, when: When) -> Result<(), Failure> {
        let name = self.scenario.name_of(who).to_owned();
        let (phase, word) = match place {
            Place::Lobby => (LegPhase::InLobby, "lobby"),
            Place::Meeting => (LegPhase::InMeeting, "meeting"),
        };
        let not = if is == Is::NotSo { "not " } else { "" };
        let expected = format!("{name} is {not}in the {word}");
        let seat = self.seat_of(who, &expected)?;
        let so = move |world: &World<'_>| {
            let leg = world.seats()[seat].leg;
            let state = world.exchange().state_of(leg).map(crate::ivr::State::phase);
            (state == Some(phase)) == (is == Is::So)
        };
        let told = |player: &Self| {
            let seat = &player.world.seats()[seat];
            match (player.world.exchange().state_of(seat.leg), seat.left) {
                (_, Some((at, cause))) => {
                    format!("{name}'s call was over at {at}, because {}", cause.name())
                }
                (Some(state), None) => format!("{name} is in the state {}", state.name()),
                (None, None) => format!("{name}'s call is not there"),
            }
        };
        self.comes_true(
            when,
            Some(who),
            &expected,
            |world, _| so(world).then(|| world.now()),
            told,
        )?;
        if let When::For(time) = when {
            let until = self.world.now() + time;
            if self.wait_until(until, |world, _senses| !so(world))? {
                let at = self.world.now();
                return Err(
                    self.fails(&format!("{expected} until {until}"), format!("no more at {at}"))
                );
            }
            self.watched(&[who]);
        }
        Ok(())
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

fn prompts_of(question: Question) -> (&'static [PromptId], &'static str) {
    match question {
        Question::Language => (&[PromptId::ForThisLanguage], "for a language"),
        Question::ConferenceId => (
            &[
                PromptId::EnterConferenceId,
                PromptId::EnterConferenceIdAgain,
                PromptId::EnterConferenceIdLast,
            ],
            "for the conference ID",
        ),
        Question::Organizer => (&[PromptId::OrganizerQuestion], "whether they are the organizer"),
        Question::Pin => {
            (&[PromptId::EnterPin, PromptId::EnterPinAgain, PromptId::EnterPinLast], "for the PIN")
        }
        Question::Name => (&[PromptId::RecordName], "for a name"),
    }
}
