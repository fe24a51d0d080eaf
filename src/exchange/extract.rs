//! Takes journals apart and puts them together: what concerns some legs and meetings alone, and the shards of one run as
//! if one exchange had held them all.
//!
//! Meetings do not touch each other, so what is taken out together with its meeting happens again as it did: the same to
//! each leg at the same times. Only what is due at the same microsecond may come in another order among legs.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what speaks of one leg is altered, and everything else stays"
)]

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::{Input, Journal, JournalEntry, Recorded};
use crate::domain::{Answer, LegId, MeetingCard, MeetingId, Ticket, Uptime};

/// Whom an entry of a journal concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Whose {
    /// One leg.
    Leg(LegId),
    /// All in a meeting.
    Meeting(MeetingId),
    /// The whole exchange.
    Everybody,
}

/// Why journals cannot be put together.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum MergeError {
    /// There is none.
    #[error("there is no journal to read")]
    Nothing,
    /// They were not written by the shards of one running bridge.
    #[error("these journals are of different runs of a bridge: give those of one run together")]
    DifferentRuns,
}

impl Recorded {
    /// Whom it concerns.
    #[must_use]
    pub fn whose(&self) -> Whose {
        match self {
            Self::Input(input) => input.whose(),
            Self::Found { found_on: leg, .. }
            | Self::Revealed { by: leg, .. }
            | Self::Named { named: leg, .. } => Whose::Leg(*leg),
            Self::Skipped { .. } | Self::SoFar { .. } | Self::Lost { .. } => Whose::Everybody,
        }
    }

    /// The meeting to which it leads its leg.
    #[must_use]
    #[expect(clippy::wildcard_enum_match_arm, reason = "what it does not name leads nowhere")]
    pub fn leads_to(&self) -> Option<&MeetingCard> {
        match self.input()? {
            Input::Answer { answer: Answer::Meeting(card), .. }
            | Input::HandOver { card, .. }
            | Input::AppJoins { card, .. } => Some(card),
            Input::TakeOver { passing } => Some(&passing.card),
            _leads_nowhere => None,
        }
    }

    /// How the leg begins with it, if it does.
    #[expect(clippy::wildcard_enum_match_arm, reason = "what it does not name begins nothing")]
    pub(super) fn begins(&self) -> Option<Begins> {
        match self.input()? {
            Input::IncomingCall { .. } | Input::AppJoins { .. } => Some(Begins::Here),
            Input::TakeOver { .. } => Some(Begins::Elsewhere),
            _goes_on => None,
        }
    }

    fn input(&self) -> Option<&Input> {
        if let Self::Input(input) = self { Some(input) } else { None }
    }
}

impl Input {
    fn whose(&self) -> Whose {
        match self {
            Self::IncomingCall { leg, .. }
            | Self::Answered { leg }
            | Self::Digit { leg, .. }
            | Self::HungUp { leg, .. }
            | Self::AppJoins { leg, .. }
            | Self::Command { leg, .. } => Whose::Leg(*leg),
            Self::Answer { ticket, .. } | Self::HandOver { ticket, .. } => Whose::Leg(ticket.leg),
            Self::TakeOver { passing } => Whose::Leg(passing.leg),
            Self::Order { meeting, .. } => Whose::Meeting(*meeting),
            Self::Stop => Whose::Everybody,
        }
    }
}

/// Where a leg's call begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Begins {
    Here,
    /// It comes from another shard.
    Elsewhere,
}

impl Journal {
    /// What concerns some legs and meetings, and everybody, until the end of the whole. Ticks that were skipped are left
    /// out: they were the whole exchange's.
    #[must_use]
    pub fn only(&self, wanted: impl Fn(Whose) -> bool) -> Self {
        let mut begun = BTreeSet::new();
        let entries = self.entries.iter().filter(|entry| {
            match (&entry.recorded, entry.recorded.whose()) {
                (Recorded::Skipped { .. }, _) => false,
                (_, Whose::Everybody) => true,
                // What would begin a leg again was ignored.
                (recorded, Whose::Leg(leg)) if recorded.begins().is_some() => {
                    wanted(Whose::Leg(leg)) && begun.insert(leg)
                }
                (_, whose) => wanted(whose),
            }
        });
        let end = self
            .entries
            .last()
            .map(|last| JournalEntry { at: last.at, recorded: Recorded::SoFar { so_far: 0 } });
        Self { config: self.config.clone(), entries: entries.cloned().chain(end).collect() }
    }

    /// The meeting to which each leg was led.
    #[must_use]
    pub fn meetings(&self) -> BTreeMap<LegId, MeetingId> {
        let (mut begun, mut led) = (BTreeSet::new(), BTreeMap::new());
        for entry in &self.entries {
            let Whose::Leg(leg) = entry.recorded.whose() else { continue };
            // A leg begins once: what would begin it again is ignored by the exchange.
            let is_taken = entry.recorded.begins().is_none() || begun.insert(leg);
            if let Some(card) = entry.recorded.leads_to().filter(|_| is_taken) {
                led.insert(leg, card.meeting);
            }
        }
        led
    }

    /// The legs whose calls begin here, or come from another shard.
    #[must_use]
    pub fn legs(&self) -> BTreeSet<LegId> {
        self.parts().into_keys().collect()
    }

    /// The shards of one run as one journal: a leg that was handed over is one leg that stays where it is. Of a call that
    /// several files tell of, because a later one goes on with what an earlier one began, the longest telling counts.
    ///
    /// # Errors
    /// None at all, or journals of different runs.
    pub fn merge(journals: &[Self]) -> Result<Self, MergeError> {
        let [first, others @ ..] = journals else { return Err(MergeError::Nothing) };
        if others.is_empty() {
            return Ok(first.clone());
        }
        if others.iter().any(|other| other.config != first.config) {
            return Err(MergeError::DifferentRuns);
        }
        let mut best: BTreeMap<(LegId, Begins), (usize, usize)> = BTreeMap::new();
        let parts: Vec<_> = journals.iter().map(Self::parts).collect();
        for (place, parts) in parts.iter().enumerate() {
            for (&leg, &(begins, entries)) in parts {
                let best = best.entry((leg, begins)).or_insert((entries, place));
                *best = (*best).max((entries, place));
            }
        }
        let mut entries: Vec<JournalEntry> = Vec::new();
        let mut told = Orders::default();
        let mut stops: Vec<JournalEntry> = Vec::new();
        for (place, (journal, parts)) in journals.iter().zip(&parts).enumerate() {
            let (mut stopped, mut own) = (0, Orders::default());
            for entry in &journal.entries {
                match entry.recorded.whose() {
                    Whose::Leg(leg) => {
                        let begins = parts.get(&leg).map(|&(begins, _)| (leg, begins));
                        let told_here = begins.and_then(|part| best.get(&part));
                        if told_here.is_some_and(|&(_, best)| best == place) {
                            entries.extend(stitched(entry, leg, &best));
                        }
                    }
                    Whose::Meeting(_) => {
                        // What several files tell is one order; what one file tells twice are two.
                        let (own, told) = (own.count(entry), told.count(entry));
                        *own += 1;
                        if *own > *told {
                            *told = *own;
                            entries.push(entry.clone());
                        }
                    }
                    Whose::Everybody => match entry.recorded {
                        Recorded::Skipped { .. } => {}
                        Recorded::Input(_) => {
                            first_of(&mut stops, stopped, entry);
                            stopped += 1;
                        }
                        _ => entries.push(entry.clone()),
                    },
                }
            }
        }
        entries.append(&mut stops);
        entries.sort_by_key(|entry| entry.at);
        Ok(Self { config: first.config.clone(), entries })
    }

    /// For each leg that begins here, how, and how many entries there are of it.
    fn parts(&self) -> BTreeMap<LegId, (Begins, usize)> {
        let mut parts = BTreeMap::new();
        for entry in &self.entries {
            let Whose::Leg(leg) = entry.recorded.whose() else { continue };
            if let Some(begins) = entry.recorded.begins() {
                parts.entry(leg).or_insert((begins, 0));
            }
            if let Some((_, entries)) = parts.get_mut(&leg) {
                *entries += 1;
            }
        }
        parts
    }
}

/// How often each order to a meeting was told.
#[derive(Default)]
struct Orders<'a>(BTreeMap<Uptime, Vec<(&'a JournalEntry, usize)>>);

impl<'a> Orders<'a> {
    fn count(&mut self, entry: &'a JournalEntry) -> &mut usize {
        let then = self.0.entry(entry.at).or_default();
        let place = then.iter().position(|(told, _)| *told == entry).unwrap_or_else(|| {
            then.push((entry, 0));
            then.len() - 1
        });
        &mut then[place].1
    }
}

/// An entry as it is when the leg's two shards are one: that it goes over is an answer like any other, which comes when
/// it has gone over.
fn stitched(
    entry: &JournalEntry,
    leg: LegId,
    parts: &BTreeMap<(LegId, Begins), (usize, usize)>,
) -> Option<JournalEntry> {
    let other_is_told = |begins| parts.contains_key(&(leg, begins));
    match &entry.recorded {
        Recorded::Input(Input::HandOver { .. }) if other_is_told(Begins::Elsewhere) => None,
        Recorded::Input(Input::TakeOver { passing }) if other_is_told(Begins::Here) => {
            let ticket = Ticket { leg, question: passing.asked };
            let answer = Answer::Meeting(passing.card.clone());
            let recorded = Recorded::Input(Input::Answer { ticket, answer });
            Some(JournalEntry { at: entry.at, recorded })
        }
        _ => Some(entry.clone()),
    }
}

/// All shards are told to stop at once: of the first time, and of the second, the earliest counts.
fn first_of(stops: &mut Vec<JournalEntry>, stopped: usize, entry: &JournalEntry) {
    match stops.get_mut(stopped) {
        Some(earlier) => earlier.at = earlier.at.min(entry.at),
        None => stops.push(entry.clone()),
    }
}
