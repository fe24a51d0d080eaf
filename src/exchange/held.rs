//! Keys that come while a leg hears what no key cuts short: they wait until it is over, and then come one after the other.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use super::{Exchange, Happened, Weighs};
use crate::domain::Key;
use crate::domain::limits::TYPE_AHEAD_KEYS_MAX;
use crate::domain::settings::BargeIn;
use crate::ivr::{Event, LegPhase, State};
use crate::media::plane::Piece;

/// The keys that wait, by slot; each with its number among its leg's. Wiped when they go: they may be a PIN.
#[derive(Default)]
pub(super) struct HeldKeys(BTreeMap<u32, VecDeque<(u32, Key)>>);

impl HeldKeys {
    pub(super) fn forget(&mut self, slot: u32) {
        if let Some(mut keys) = self.0.remove(&slot) {
            wipe(&mut keys);
        }
    }
}

fn wipe(keys: &mut VecDeque<(u32, Key)>) {
    keys.iter_mut().for_each(|(_, key)| *key = Key::Masked);
}

/// Shows only of how many legs keys wait.
impl fmt::Debug for HeldKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeldKeys(of {} legs)", self.0.len())
    }
}

impl Drop for HeldKeys {
    fn drop(&mut self) {
        self.0.values_mut().for_each(wipe);
    }
}

impl Exchange {
    /// Lets the dialogue have a key, or keeps it until what is being said has been heard to its end.
    pub(super) fn give_or_hold(&mut self, slot: u32, key: Key, number: u32) {
        if !self.holds_keys(slot) {
            return self.give_key(slot, key, number);
        }
        let held = self.held_keys.0.entry(slot).or_default();
        if held.len() < TYPE_AHEAD_KEYS_MAX {
            held.push_back((number, key));
        } else {
            let id = self.leg(slot).map(|leg| leg.id);
            self.counts.keys_ignored += 1;
            self.trace(id, None, Happened::KeyIgnored);
        }
    }

    /// Gives the next key that need not wait any longer; `false` when there is none.
    pub(super) fn give_held_key(&mut self) -> bool {
        let ready = self.held_keys.0.keys().copied().find(|&slot| !self.holds_keys(slot));
        let Some((slot, keys)) =
            ready.and_then(|slot| Some((slot, self.held_keys.0.get_mut(&slot)?)))
        else {
            return false;
        };
        let next = keys.front_mut().map(|next| std::mem::replace(next, (0, Key::Masked)));
        keys.pop_front();
        if keys.is_empty() {
            self.held_keys.forget(slot);
        }
        if let Some((number, key)) = next {
            self.give_key(slot, key, number);
        }
        true
    }

    fn give_key(&mut self, slot: u32, key: Key, number: u32) {
        self.key_pressed = number;
        let (leg, weighs) = (self.leg(slot).map(|leg| leg.id), self.weighs(slot));
        self.replayed.weigh(leg, number, weighs);
        if let Some(presence) = self.leg_mut(slot).and_then(|leg| leg.presence.as_mut()) {
            presence.count_key(number);
        }
        self.events.push_back((slot, Event::Key(key)));
    }

    /// Whether the value of the next key that a leg's dialogue has matters.
    fn weighs(&self, slot: u32) -> Weighs {
        let dialogue = self.leg(slot).map(|leg| &leg.dialogue);
        match dialogue.map(|dialogue| (dialogue.state(), dialogue.command_keys())) {
            Some((State::ChoosingLanguage(_), _)) => Weighs::Language,
            Some((State::InMeeting, Some(keys))) => Weighs::Command(keys),
            Some(_) | None => Weighs::Nothing,
        }
    }

    /// Whether a leg's keys wait: something is being said to it that is to be heard to its end, where keys mean something.
    fn holds_keys(&self, slot: u32) -> bool {
        let Some(leg) = self.leg(slot) else { return false };
        let Some(saying) = leg.saying.as_ref() else { return false };
        let dialogue = &self.config.dialogue;
        match leg.phase() {
            LegPhase::Dialogue | LegPhase::InMeeting => {
                dialogue.barge_in == BargeIn::Off
                    || saying.pieces.iter().any(|piece| match piece {
                        Piece::Prompt(spoken) => dialogue.heard_to_the_end.contains(&spoken.prompt),
                        Piece::Tone(_) | Piece::Name(_) => false,
                    })
            }
            LegPhase::Ringing | LegPhase::InLobby | LegPhase::Leaving => false,
        }
    }
}
