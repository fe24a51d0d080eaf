//! What callers are to hear of the bridge's own sounds: prompts, tones, hold music, silence. People are in `people`.

use std::time::Duration;

use super::expects::EARLIER;
use super::failing::percepts as words;
use super::player::Player;
use super::senses::{self, Sense, Senses, goes_on, sequence_at};
use crate::domain::{Language, PromptId, Uptime};
use crate::scenario::{Failure, Is, PATIENCE, Percept, Question, When, Who};
use crate::sim::World;

/// How long it is not heard if nothing is said.
pub(super) const NOT_HEARD_FOR: Duration = Duration::from_secs(1);

impl Player<'_, '_> {
    /// Each hears all these sounds one after the other, or people.
    pub(super) fn hears(
        &mut self,
        all: &[Who],
        percepts: &[Percept],
        language: Option<Language>,
        when: When,
    ) -> Result<(), Failure> {
        let (in_time, last) = match (percepts, when) {
            ([Percept::Voices(speakers)], _) => return self.hear_people(all, speakers, when),
            ([Percept::Nobody], _) => return self.hear_nobody(all, when),
            ([last], When::For(time)) => return self.hear_for(all, last, language, time),
            // All of them first, the last of which goes on.
            ([.., last], When::For(time)) => (When::Soon, Some((last, time))),
            _sounds => (when, None),
        };
        for &who in all {
            self.hears_sounds(who, percepts, language, in_time)?;
        }
        match last {
            Some((last, time)) => self.hear_for(all, last, language, time),
            None => Ok(()),
        }
    }

    /// Gives when the last of them came.
    fn hears_sounds(
        &mut self,
        who: Who,
        percepts: &[Percept],
        language: Option<Language>,
        when: When,
    ) -> Result<Uptime, Failure> {
        let name = self.scenario.name_of(who).to_owned();
        let spoken = language.map(|language| format!(" in {language}")).unwrap_or_default();
        let expected = format!("{name} hears {}{spoken}", words(self.scenario, percepts));
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
        let mut patience = percepts.len().max(1);
        loop {
            let told = |player: &Self| player.heard_since(who, since);
            let at = |world: &World<'_>, senses: &Senses| {
                sequence_at(&senses.of(world, place), percepts, language, since)
            };
            let came = self.comes_true(when, Some(who), &expected, at, told);
            patience -= 1;
            match came {
                Ok(at) => return Ok(at),
                // Several sounds are each waited for as long as one.
                Err(_) if patience > 0 && when == When::Soon && self.goes_on(place) => {}
                Err(failure) => return Err(failure),
            }
        }
    }

    fn goes_on(&self, place: usize) -> bool {
        self.world.seats()[place].left.is_none()
    }

    /// All of them from now on, without anything else in between.
    fn hear_for(
        &mut self,
        all: &[Who],
        percept: &Percept,
        language: Option<Language>,
        time: Duration,
    ) -> Result<(), Failure> {
        let places = self.all_connected(all)?;
        let from = self.world.now();
        let until = from + time;
        let is_so = |world: &World<'_>, senses: &Senses, place: usize| {
            senses.last(world, place).is_some_and(|last| {
                // Silence is so from its first frame on when it is watched.
                let from = last.from - senses::SILENCE_LASTS;
                senses::is(&Sense { from, ..last }, percept, language)
            })
        };
        // The first frames may be of what was before.
        self.pass(from + EARLIER)?;
        let mut other = None;
        self.wait_until(until, |world, senses| {
            let gone = |place: usize| world.seats()[place].left.is_some();
            let found = |&&(_, place): &&(Who, usize)| gone(place) || !is_so(world, senses, place);
            other = places.iter().find(found).map(|(who, _)| *who);
            other.is_some()
        })?;
        if let Some(who) = other {
            self.connected(who)?;
            let name = self.scenario.name_of(who);
            let percept = words(self.scenario, std::slice::from_ref(percept));
            let spoken = language.map(|language| format!(" in {language}")).unwrap_or_default();
            let instead = self.heard_since(who, from);
            let expected = format!("{name} hears {percept}{spoken} until {until}");
            return Err(self.fails(&expected, instead));
        }
        let now = self.world.now();
        self.came_true.extend(all.iter().map(|&who| (who, now)));
        Ok(())
    }

    /// None of these, by any of these: not since the last deeds began, and not for a while from now on. What goes on is
    /// watched from now on where the step says for how long.
    pub(super) fn hears_not(
        &mut self,
        all: &[Who],
        percepts: &[Percept],
        when: When,
    ) -> Result<(), Failure> {
        match percepts {
            [Percept::Voices(speakers)] => return self.hear_none_of(all, speakers, when),
            [Percept::Nobody] => return self.hear_nobody(all, when),
            _sounds => {}
        }
        let places = self.all_connected(all)?;
        let (now, since) = (self.world.now(), self.since);
        let (lasts, watched) = match when {
            When::For(time) => (time, true),
            When::Soon | When::Within(_) | When::After(_) => (NOT_HEARD_FOR, false),
        };
        let mut found = None;
        // What was over when it was last looked at need not be looked at again.
        let mut looked_at = since - EARLIER;
        self.wait_until(now + lasts, |world, senses| {
            found = places.iter().find_map(|&(who, place)| {
                let heard = senses.since(world, place, looked_at);
                let first = |percept: &Percept| {
                    let from = if watched && goes_on(percept) { now } else { since };
                    senses::first_at(&heard, percept, None, from)
                };
                percepts.iter().find_map(first).map(|at| (who, at))
            });
            looked_at = world.now();
            found.is_some() || places.iter().any(|&(_, place)| world.seats()[place].left.is_some())
        })?;
        if let Some((who, at)) = found {
            let name = self.scenario.name_of(who);
            let expected = format!("{name} does not hear {}", words(self.scenario, percepts));
            let instead = format!("it began at {at}; {}", self.heard_since(who, since));
            return Err(self.fails(&expected, instead));
        }
        self.all_connected(all)?;
        if watched {
            self.watched(all);
        }
        Ok(())
    }

    pub(super) fn hears_not_until(
        &mut self,
        who: Who,
        percepts: &[Percept],
        until: &[Percept],
        when: When,
    ) -> Result<(), Failure> {
        let since = self.since;
        let came_at = self.hears_sounds(who, until, None, when)?;
        let heard = self.heard(who);
        let early = percepts
            .iter()
            .filter_map(|percept| senses::first_at(&heard, percept, None, since))
            .find(|at| *at < came_at);
        let Some(at) = early else { return Ok(()) };
        let name = self.scenario.name_of(who);
        let expected = format!(
            "{name} does not hear {} until {}",
            words(self.scenario, percepts),
            words(self.scenario, until)
        );
        let instead = format!("it began at {at} already; {}", self.heard_since(who, since));
        Err(self.fails(&expected, instead))
    }

    pub(super) fn has_heard(&mut self, who: Who, percepts: &[Percept]) -> Result<(), Failure> {
        let name = self.scenario.name_of(who).to_owned();
        let expected = format!("{name} has heard {}", words(self.scenario, percepts));
        let place = self.seat_of(who, &expected)?;
        let limit = self.world.now() + PATIENCE;
        self.wait_until(limit, |world, senses| {
            sequence_at(&senses.of(world, place), percepts, None, Uptime::ZERO).is_some()
                || world.seats()[place].left.is_some()
        })?;
        if sequence_at(&self.heard(who), percepts, None, Uptime::ZERO).is_some() {
            return Ok(());
        }
        let instead = self.heard_since(who, Uptime::ZERO);
        Err(self.fails(&expected, instead))
    }

    pub(super) fn asked(
        &mut self,
        who: Who,
        question: Question,
        is: Is,
        when: When,
    ) -> Result<(), Failure> {
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
        let told = |player: &Self| player.heard_since(who, since);
        if is == Is::So {
            return self.comes_true(when, Some(who), &expected, asked, told).map(|_at| ());
        }
        self.connected(who)?;
        let time = if let When::For(time) = when { time } else { Duration::ZERO };
        let mut asked_at = None;
        self.wait_until(self.world.now() + time, |world, senses| {
            asked_at = asked(world, senses);
            asked_at.is_some() || world.seats()[place].left.is_some()
        })?;
        if asked_at.is_some() {
            let instead = told(self);
            return Err(self.fails(&expected, instead));
        }
        self.connected(who).map(|_still| ())
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
