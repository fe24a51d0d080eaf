//! Who is to hear whom: people speak for it, once or again and again, and all of them must be in a call until the end.

use std::collections::BTreeSet;

use super::player::Player;
use crate::domain::Uptime;
use crate::scenario::{Failure, When, Who};

/// Who heard whom: the listener first.
type Heard = BTreeSet<(Who, Who)>;

/// What was to be so of what was heard, and what was so instead.
type Wrong = Option<(String, String)>;

impl Player<'_, '_> {
    pub(super) fn hear_people(
        &mut self,
        who: &[Who],
        speakers: &[Who],
        when: When,
    ) -> Result<(), Failure> {
        self.hear(who, speakers, when, |player, heard, from| {
            let mut pairs =
                who.iter().flat_map(|one| speakers.iter().map(move |other| (*one, *other)));
            let (listener, speaker) = pairs.find(|pair| !heard.contains(pair))?;
            let name = player.scenario.name_of(listener);
            let expected = format!("{name} hears {}, who speaks", player.scenario.name_of(speaker));
            Some((expected, player.heard_since(listener, from)))
        })
    }

    /// None of these hears anybody, though everybody speaks who is there.
    pub(super) fn hear_nobody(&mut self, who: &[Who], when: When) -> Result<(), Failure> {
        self.all_connected(who)?;
        self.hear_none_of(who, &self.everybody(), when)
    }

    pub(super) fn hear_none_of(
        &mut self,
        who: &[Who],
        speakers: &[Who],
        when: When,
    ) -> Result<(), Failure> {
        self.hear(who, speakers, when, |player, heard, _from| player.is_heard(heard))
    }

    pub(super) fn hear_each_other(&mut self, who: &[Who]) -> Result<(), Failure> {
        self.hear(who, who, When::Soon, |player, heard, _from| {
            let pairs = who.iter().flat_map(|one| who.iter().map(move |other| (*one, *other)));
            let (listener, speaker) = pairs
                .filter(|pair| heard.contains(pair) != (pair.0 != pair.1))
                .map(|(one, other)| (player.scenario.name_of(one), player.scenario.name_of(other)))
                .next()?;
            Some(match listener == speaker {
                true => (
                    format!("{listener} does not hear themself"),
                    format!("{listener} hears their own voice"),
                ),
                false => (
                    format!("{listener} hears {speaker}, who speaks"),
                    format!("{listener} does not"),
                ),
            })
        })
    }

    pub(super) fn matrix(
        &mut self,
        speakers: &[Who],
        rows: &[(Who, Vec<Who>)],
    ) -> Result<(), Failure> {
        let listeners: Vec<Who> = rows.iter().map(|(who, _)| *who).collect();
        self.hear(&listeners, speakers, When::Soon, |player, heard, _from| {
            let mut wrong = Vec::new();
            for (listener, wanted) in rows {
                for speaker in speakers {
                    let hears = heard.contains(&(*listener, *speaker));
                    if hears != wanted.contains(speaker) {
                        let verb = if hears { "hears" } else { "does not hear" };
                        let name = player.scenario.name_of(*listener);
                        wrong.push(format!("{name} {verb} {}", player.scenario.name_of(*speaker)));
                    }
                }
            }
            let expected = "they hear each other as the table says".to_owned();
            (!wrong.is_empty()).then(|| (expected, wrong.join(", ")))
        })
    }

    /// Somebody who hears somebody: another before themself.
    fn is_heard(&self, heard: &Heard) -> Wrong {
        let others = heard.iter().find(|(listener, speaker)| listener != speaker);
        let &(listener, speaker) = others.or(heard.first())?;
        let (name, other) = (self.scenario.name_of(listener), self.scenario.name_of(speaker));
        let expected = format!("{name} does not hear {other}, who speaks");
        Some((expected, format!("{name} hears {other}")))
    }

    /// Lets these speak and those listen: once, again and again until nothing is wrong, or for a time in which nothing may
    /// be. `wrong` is told from when on what was heard counts.
    fn hear(
        &mut self,
        listeners: &[Who],
        speakers: &[Who],
        when: When,
        wrong: impl Fn(&Self, &Heard, Uptime) -> Wrong,
    ) -> Result<(), Failure> {
        let (from, reference) = (self.world.now(), self.reference(listeners.first().copied()));
        let deadline = self.deadline(when, reference);
        let outcome = loop {
            self.all_connected(listeners)?;
            self.all_connected(speakers)?;
            let (spoke_at, heard) = self.probe(speakers, listeners)?;
            self.all_connected(listeners)?;
            self.all_connected(speakers)?;
            let found = wrong(self, &heard, spoke_at);
            let now = self.world.now();
            match (when, found) {
                (When::Within(_), None) if spoke_at <= deadline => break None,
                (When::Within(_), None) => {
                    let expected = format!("it is so by {deadline}");
                    break Some((expected, format!("it came at {spoke_at}")));
                }
                (When::Within(_), Some(_)) if now < deadline => {}
                (When::For(time), None) if now < from + time => {}
                (_once_or_at_last, found) => break found,
            }
        };
        self.watched(listeners);
        self.watched(speakers);
        self.probed_until = self.world.now();
        match outcome {
            None => Ok(()),
            Some((expected, instead)) => Err(self.fails(&expected, instead)),
        }
    }

    /// Everybody whose call goes on.
    fn everybody(&self) -> Vec<Who> {
        let going = |place: usize| self.world.seats()[place].is_connected();
        self.seats.iter().filter(|(_, place)| going(**place)).map(|(who, _)| *who).collect()
    }
}
