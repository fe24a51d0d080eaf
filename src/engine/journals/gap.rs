//! What is in no journal: how many inputs, and of whom nothing whole can be told any more.

use std::collections::BTreeSet;

use crate::domain::{LegId, MeetingId};
use crate::exchange::{JournalEntry, Present, Recorded, Whose};

/// Inputs that were not kept, and who has a part in them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Gap {
    /// How many inputs.
    pub lost: u64,
    legs: BTreeSet<LegId>,
    meetings: BTreeSet<MeetingId>,
}

/// Legs that are named at most: those of an hour at a busy bridge. Of a longer outage only these are; whoever comes and
/// goes within it is in no journal anyway.
const LEGS_MAX: usize = 100_000;

impl Gap {
    /// What a journal says of one.
    pub(super) fn told(lost: u64, legs: &[LegId], meetings: &[MeetingId]) -> Self {
        let (legs, meetings) = (legs.iter().copied().collect(), meetings.iter().copied().collect());
        Self { lost, legs, meetings }
    }

    /// So many inputs of those who are there.
    pub(super) fn of(lost: u64, present: Present) -> Self {
        let mut gap = Self { lost, ..Self::default() };
        gap.join(present);
        gap
    }

    /// One more input is lost.
    pub(super) fn add(&mut self, entry: &JournalEntry) {
        self.lost += 1;
        match entry.recorded.whose() {
            Whose::Leg(leg) => self.name([leg]),
            Whose::Meeting(meeting) => drop(self.meetings.insert(meeting)),
            Whose::Everybody => {}
        }
    }

    /// These are there while inputs are lost.
    pub(super) fn join(&mut self, present: Present) {
        self.name(present.legs);
        self.meetings.extend(present.meetings);
    }

    /// And this.
    pub(super) fn join_gap(&mut self, other: Self) {
        self.lost = self.lost.saturating_add(other.lost);
        self.name(other.legs);
        self.meetings.extend(other.meetings);
    }

    /// As a journal says it.
    pub(super) fn to_recorded(&self) -> Recorded {
        Recorded::Lost {
            lost: self.lost,
            legs: self.legs.iter().copied().collect(),
            meetings: self.meetings.iter().copied().collect(),
        }
    }

    fn name(&mut self, legs: impl IntoIterator<Item = LegId>) {
        let room = LEGS_MAX.saturating_sub(self.legs.len());
        self.legs.extend(legs.into_iter().take(room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_outage_so_many_are_named_and_all_are_counted() {
        let mut gap = Gap::default();
        let legs = |from: usize, to: usize| (from..to).map(|leg| LegId::new(leg as u64));
        gap.name(legs(0, LEGS_MAX - 1));
        gap.name(legs(LEGS_MAX, LEGS_MAX + 7));
        let other = Gap::told(3, &[LegId::new(9_999_999)], &[MeetingId::new(1)]);
        gap.join_gap(other);
        assert_eq!((gap.legs.len(), gap.lost), (LEGS_MAX, 3));
        assert!(gap.legs.contains(&LegId::new(0)) && !gap.legs.contains(&LegId::new(9_999_999)));
        assert!(gap.meetings.contains(&MeetingId::new(1)));
    }
}
