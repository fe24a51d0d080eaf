//! Somebody guesses: wrong entries, one after the other, over as many calls as it takes.

use std::time::Duration;

use super::player::Player;
use crate::domain::Digit;
use crate::ivr::LegPhase;
use crate::scenario::{Failure, Guessed, Guessing, KeyPart, Keys, Who};

/// The pause after an entry: longer than the store takes to check it.
const PAUSE: Duration = Duration::from_millis(300);

impl Player<'_, '_> {
    pub(super) fn guess(&mut self, who: Who, guessing: &Guessing) -> Result<(), Failure> {
        let (many, every) = guessing.pace.unwrap_or((guessing.count, Duration::ZERO));
        let mut left = guessing.count;
        while left > 0 {
            let begun = self.world.now();
            for _ in 0..many.min(left) {
                self.guess_once(who, guessing)?;
            }
            left -= many.min(left);
            self.hang_up_if_connected(who);
            if left > 0 {
                self.pass(self.world.now().max(begun + every))?;
            }
        }
        Ok(())
    }

    /// One entry, in the call that there is if it is still asked for, or in another.
    fn guess_once(&mut self, who: Who, guessing: &Guessing) -> Result<(), Failure> {
        let mut parts = Vec::new();
        if !self.is_asked(who) {
            self.hang_up_if_connected(who);
            self.dial(who, None)?;
            self.wait_for_answer(who)?;
            if guessing.at == Guessed::Pins {
                parts.extend([KeyPart::IdOf(guessing.meeting), KeyPart::Digit(Digit::POUND)]);
                parts.push(KeyPart::Digit(Digit::STAR));
            }
        }
        let organizer = self.scenario.organization.meetings[guessing.meeting].organizer;
        match guessing.at {
            Guessed::Pins => parts.push(KeyPart::WrongPinOf(organizer)),
            Guessed::ConferenceIds => parts.extend(Digit::from_char('1').map(KeyPart::Digit)),
        }
        parts.push(KeyPart::Digit(Digit::POUND));
        let keys = Keys {
            parts,
            sent_as: None,
            on: Some(KEYED),
            off: Some(KEYED),
            variant: None,
            packets: None,
        };
        let rest = self.key(who, &keys)?;
        self.finish(who, rest)?;
        self.pass(self.world.now() + PAUSE)
    }

    /// Whether somebody is in a call in which an entry is still asked for.
    fn is_asked(&self, who: Who) -> bool {
        self.seats.get(&who).is_some_and(|&place| {
            let seat = &self.world.seats()[place];
            let state = self.world.exchange().state_of(seat.leg).map(crate::ivr::State::phase);
            seat.left.is_none() && state == Some(LegPhase::Dialogue)
        })
    }

    fn hang_up_if_connected(&mut self, who: Who) {
        if let Some(&place) = self.seats.get(&who)
            && self.world.seats()[place].left.is_none()
        {
            self.world.hang_up(place);
        }
    }
}

/// How long each key sounds, and the pause after it.
const KEYED: Duration = Duration::from_millis(50);
