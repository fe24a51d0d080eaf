//! The key that is different: where it is in the journal, and what that does to the numbers of the keys after it.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what speaks of the key is altered, and everything else stays"
)]

use std::collections::BTreeMap;

use super::super::tick::{KEY_LATENCY, certain_at};
use super::super::{Happened, Input, Journal, JournalEntry, Recorded, Whose};
use super::super::{Pressed, Retold};
use super::{Fork, ForkError, KeyChange};
use crate::domain::{Digit, Key, LegId, Uptime};

/// A key that is different.
#[derive(Clone, Copy, Debug)]
pub(super) struct Changed {
    leg: LegId,
    change: KeyChange,
    place: Place,
    /// What becomes of its leg's keys, by their numbers.
    keys: Edit,
    /// When it is certain.
    at: Uptime,
    /// When an additional one comes.
    came_at: Uptime,
    /// Whether it is the same key after all.
    is_same: bool,
}

/// What becomes of the places in a list when one of them is changed.
#[derive(Clone, Copy, Debug)]
enum Edit {
    /// What is there is another.
    Set(usize),
    /// Another comes there; what was there goes behind it.
    Insert(usize),
    /// What was there is gone.
    Remove(usize),
}

impl Edit {
    fn of(change: KeyChange, place: usize) -> Self {
        match change {
            KeyChange::Instead(_) => Self::Set(place),
            KeyChange::Press(_) => Self::Insert(place),
            KeyChange::Drop => Self::Remove(place),
        }
    }

    /// The place of what was at that place; `None` of what is another or gone.
    fn after(self, place: usize) -> Option<usize> {
        match self {
            Self::Set(own) | Self::Remove(own) if place == own => None,
            Self::Remove(own) if place > own => Some(place - 1),
            Self::Insert(own) if place >= own => Some(place.saturating_add(1)),
            Self::Set(_) | Self::Insert(_) | Self::Remove(_) => Some(place),
        }
    }

    /// The place before of what is at that place; `None` of another.
    fn before(self, place: usize) -> Option<usize> {
        match self {
            Self::Set(own) | Self::Insert(own) if place == own => None,
            Self::Insert(own) if place > own => Some(place - 1),
            Self::Remove(own) if place >= own => Some(place.saturating_add(1)),
            Self::Set(_) | Self::Insert(_) | Self::Remove(_) => Some(place),
        }
    }
}

/// Where in a journal a key is.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// The entry at that place, or before which a new one goes.
    Entry(usize),
    /// Among those that a leg brought along from another shard.
    Coming(usize, usize),
}

impl Changed {
    /// The key that is meant.
    pub(super) fn find(
        journal: &Journal,
        base: &Retold,
        known: &BTreeMap<(LegId, u32), Digit>,
        wish: &Fork,
    ) -> Result<Self, ForkError> {
        let Fork { leg, at, change, .. } = *wish;
        if !journal.legs().contains(&leg) {
            return Err(ForkError::NoLeg(leg));
        }
        match change {
            KeyChange::Press(_) => Self::additional(journal, base, wish),
            KeyChange::Instead(_) | KeyChange::Drop => {
                let keys = || base.keys.iter().filter(|key| key.leg == leg);
                let last = keys().next_back().map(|key| key.at);
                let is_meant = |key: &&Pressed| key.at.as_millis() >= at.as_millis();
                let nowhere = ForkError::NoKey { leg, at, last };
                let Some(key) = keys().find(is_meant) else { return Err(nowhere) };
                let (first, places) = (first_number(journal, leg), places_of(journal, leg));
                let nth = usize::try_from(key.number.wrapping_sub(first)).unwrap_or(usize::MAX);
                let place = places.get(nth).ok_or(nowhere)?.place;
                let value = known.get(&(leg, key.number));
                let value = value.map_or(key.key, |&value| Key::Digit(value));
                let is_same =
                    matches!(change, KeyChange::Instead(digit) if value == Key::Digit(digit));
                let (keys, came_at) = (Edit::of(change, key.number as usize), Uptime::ZERO);
                Ok(Self { leg, change, place, keys, at: key.at, came_at, is_same })
            }
        }
    }

    fn additional(journal: &Journal, base: &Retold, wish: &Fork) -> Result<Self, ForkError> {
        let Fork { leg, at, change, .. } = *wish;
        if !is_there(base, leg, at) {
            return Err(ForkError::NotThere { leg, at });
        }
        // Certain at that time, so that it is seen where it was asked for.
        let came_at = at - KEY_LATENCY;
        let place = journal.entries.partition_point(|entry| entry.at <= came_at);
        // Of those that are certain at the same time, what came as an event goes first, in the order in which it came.
        let is_sooner = |key: &&KeyPlace| match key.place {
            Place::Entry(own) if own >= place || key.is_found => {
                key.certain_at < certain_at(came_at)
            }
            Place::Entry(_) | Place::Coming(..) => key.certain_at <= certain_at(came_at),
        };
        let sooner = places_of(journal, leg).iter().filter(is_sooner).count();
        let keys = Edit::of(change, (first_number(journal, leg) as usize).saturating_add(sooner));
        let (place, at) = (Place::Entry(place), certain_at(came_at));
        Ok(Self { leg, change, place, keys, at, came_at, is_same: false })
    }

    /// When it is certain.
    pub(super) fn at(&self) -> Uptime {
        self.at
    }

    /// The journal with it.
    pub(super) fn entries(&self, entries: &[JournalEntry]) -> Vec<JournalEntry> {
        let mut entries = entries.to_vec();
        match (self.change, self.place) {
            (KeyChange::Press(digit), Place::Entry(place) | Place::Coming(place, _)) => {
                let input = Input::Digit { leg: self.leg, key: Key::Digit(digit) };
                let recorded = Recorded::Input(input);
                entries.insert(place, JournalEntry { at: self.came_at, recorded });
            }
            (KeyChange::Drop, Place::Entry(place)) => drop(entries.remove(place)),
            (KeyChange::Instead(digit), Place::Entry(place)) => {
                if let Recorded::Input(Input::Digit { key, .. }) | Recorded::Found { key, .. } =
                    &mut entries[place].recorded
                {
                    *key = Key::Digit(digit);
                }
            }
            (change, Place::Coming(place, nth)) => {
                if let Recorded::Input(Input::TakeOver { passing }) = &mut entries[place].recorded {
                    match change {
                        KeyChange::Instead(digit) => passing.coming[nth].1 = Key::Digit(digit),
                        KeyChange::Drop | KeyChange::Press(_) => drop(passing.coming.remove(nth)),
                    }
                }
            }
        }
        entries
    }

    /// The place now of an entry that was at that place before, and is not the key.
    pub(super) fn place_now(&self, place: usize) -> usize {
        match self.place {
            Place::Entry(own) => Edit::of(self.change, own).after(place).unwrap_or(place),
            Place::Coming(..) => place,
        }
    }

    /// The values of keys, which were known by their numbers before, by their numbers now.
    pub(super) fn values(
        &self,
        known: &BTreeMap<(LegId, u32), Digit>,
    ) -> BTreeMap<(LegId, u32), Digit> {
        let now = |(leg, number): (LegId, u32)| match leg == self.leg {
            true => Some((leg, u32::try_from(self.keys.after(number as usize)?).ok()?)),
            false => Some((leg, number)),
        };
        let kept = known.iter().filter_map(|(&key, &digit)| Some((now(key)?, digit)));
        let new = match (self.change, self.keys) {
            (KeyChange::Instead(digit), Edit::Set(own))
            | (KeyChange::Press(digit), Edit::Insert(own)) => {
                u32::try_from(own).ok().map(|own| ((self.leg, own), digit))
            }
            _ => None,
        };
        kept.chain(new).collect()
    }

    /// The number before of a key that has this number now; `None` of the one that is different.
    pub(super) fn number_before(&self, leg: LegId, number: u32) -> Option<u32> {
        if leg != self.leg || self.is_same {
            return Some(number);
        }
        u32::try_from(self.keys.before(number as usize)?).ok()
    }
}

/// The number of the first key that the journal has of a leg.
fn first_number(journal: &Journal, leg: LegId) -> u32 {
    let taken = journal.entries.iter().find_map(|entry| match &entry.recorded {
        Recorded::Input(Input::TakeOver { passing }) if passing.leg == leg => Some(passing.keyed),
        _ => None,
    });
    taken.unwrap_or(0)
}

/// Where a key is, and when it is certain.
struct KeyPlace {
    certain_at: Uptime,
    /// Whether it was found in sound: that is done after all else that is due.
    is_found: bool,
    place: Place,
}

/// Where the keys of a leg are, in the order in which they became certain.
fn places_of(journal: &Journal, leg: LegId) -> Vec<KeyPlace> {
    let mut places = Vec::new();
    let mut begun_at = None;
    for (place, entry) in journal.entries.iter().enumerate() {
        if entry.recorded.whose() != Whose::Leg(leg) {
            continue;
        }
        let mut add = |certain_at, is_found, place| {
            places.push(KeyPlace { certain_at, is_found, place });
        };
        if entry.recorded.begins().is_some() {
            begun_at = begun_at.or(Some(entry.at));
        }
        match &entry.recorded {
            Recorded::Input(Input::Digit { .. }) => {
                add(certain_at(entry.at), false, Place::Entry(place));
            }
            Recorded::Found { .. } => add(entry.at, true, Place::Entry(place)),
            Recorded::Input(Input::TakeOver { passing }) => {
                for (nth, (at, _)) in passing.coming.iter().enumerate() {
                    add((*at).max(entry.at), false, Place::Coming(place, nth));
                }
            }
            _ => {}
        }
    }
    // What came as an event before the leg was there was nobody's. What it brought along is its own, whenever it was due.
    places.retain(|key| match key.place {
        Place::Entry(_) => key.is_found || begun_at.is_some_and(|at| key.certain_at > at),
        Place::Coming(..) => true,
    });
    places.sort_by_key(|key| (key.certain_at, key.is_found));
    places
}

/// Whether a leg is in a call then.
fn is_there(base: &Retold, leg: LegId, at: Uptime) -> bool {
    let events = || base.trace.iter().filter(|event| event.leg == Some(leg));
    let begun = events().next().is_some_and(|event| event.at <= at);
    let over = events().any(|event| {
        event.at <= at && matches!(event.happened, Happened::Left { .. } | Happened::HandedOver)
    });
    begun && !over
}
