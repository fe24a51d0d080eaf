//! How it looks in an exchange at one moment: for whoever steps through a journal, and for whoever keeps one.

use std::collections::BTreeSet;

use super::routing::{Hears, hears};
use super::tick::KEY_LATENCY;
use super::{Exchange, Input, JournalEntry, Leg, Recorded, Whose};
use crate::domain::{ConferenceId, LegId, MeetingId, MeetingPhase, Role, Uptime};
use crate::media::plane::Piece;

/// A leg at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegView {
    /// The leg.
    pub leg: LegId,
    /// The name of its dialogue's state.
    pub state: &'static str,
    /// What it hears.
    pub hears: Hears,
    /// Which sound, where that is one for it alone.
    pub piece: Option<Piece>,
    /// Which meeting it is in, or waits for.
    pub meeting: Option<MeetingId>,
    /// What it is there.
    pub role: Option<Role>,
}

/// A meeting with somebody in it or waiting for it, at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomView {
    /// The meeting.
    pub meeting: MeetingId,
    /// By what callers know it.
    pub conference_id: ConferenceId,
    /// Where it is in its life.
    pub phase: MeetingPhase,
    /// Legs in it.
    pub members: usize,
    /// Legs that wait for it.
    pub waiting: usize,
}

/// Whoever has a part in what an exchange will do: with all that a journal has of them it can go on from here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Present {
    /// Its legs, and those that have gone but were in a meeting, or waited for it, since somebody is there.
    pub legs: BTreeSet<LegId>,
    /// Its meetings.
    pub meetings: BTreeSet<MeetingId>,
    /// Legs of which keys have come that are not yet certain. They may still be on their way from another shard.
    pub coming: BTreeSet<LegId>,
    /// The earliest time at which those keys can have come.
    pub coming_since: Uptime,
}

impl Present {
    /// Whether an entry from before is still of importance.
    #[must_use]
    pub fn has_part_in(&self, entry: &JournalEntry) -> bool {
        match (&entry.recorded, entry.recorded.whose()) {
            (_, Whose::Leg(leg)) => {
                let is_coming = entry.at >= self.coming_since && self.coming.contains(&leg);
                is_coming || self.legs.contains(&leg)
            }
            (_, Whose::Meeting(meeting)) => self.meetings.contains(&meeting),
            (Recorded::Input(Input::Stop), _) => true,
            (Recorded::Lost { legs, meetings, .. }, _) => {
                legs.iter().any(|leg| self.legs.contains(leg))
                    || meetings.iter().any(|meeting| self.meetings.contains(meeting))
            }
            (_, Whose::Everybody) => false,
        }
    }
}

impl Exchange {
    /// Every leg, by its number.
    #[must_use]
    pub fn view_legs(&self) -> Vec<LegView> {
        let mut legs: Vec<_> = self.legs.iter().flatten().map(|leg| self.view(leg)).collect();
        legs.sort_by_key(|view| view.leg);
        legs
    }

    /// Every meeting, by its number.
    #[must_use]
    pub fn view_rooms(&self) -> Vec<RoomView> {
        let rooms = self.by_meeting.values().filter_map(|&index| self.room(index));
        rooms
            .map(|room| RoomView {
                meeting: room.card.meeting,
                conference_id: room.card.conference_id,
                phase: room.phase(),
                members: room.members.len(),
                waiting: room.waiting.len(),
            })
            .collect()
    }

    /// Whoever has a part in what comes. Only with [`Config::journal`](super::Config::journal) does it know those who have
    /// gone.
    #[must_use]
    pub fn present(&self) -> Present {
        let rooms = self.rooms.iter().flatten().map(|room| (room.card.meeting, &room.guests));
        let left = self.rooms_left.iter().map(|(meeting, guests)| (*meeting, guests));
        let mut present = Present::default();
        for (meeting, guests) in rooms.chain(left.filter(|(_, guests)| self.some_are_here(guests)))
        {
            present.meetings.insert(meeting);
            present.legs.extend(guests);
        }
        present.legs.extend(self.legs.iter().flatten().map(|leg| leg.id));
        present.coming.extend(self.event_keys.legs());
        present.coming_since = self.now - KEY_LATENCY;
        present
    }

    /// A meeting is over: its guests are remembered as long as one of them is there.
    pub(super) fn keep_guests(&mut self, meeting: MeetingId, guests: Vec<LegId>) {
        let mut left = std::mem::take(&mut self.rooms_left);
        left.push((meeting, guests));
        left.retain(|(_, guests)| self.some_are_here(guests));
        self.rooms_left = left;
    }

    /// Forgets who has gone but was in a meeting that goes on: a journal that begins now has nothing of what they did.
    pub fn forget_guests(&mut self) {
        for room in self.rooms.iter_mut().flatten() {
            room.guests.retain(|leg| self.by_id.contains_key(leg));
            room.guests.sort_unstable();
            room.guests.dedup();
            room.guests.shrink_to_fit();
        }
        self.rooms_left.clear();
    }

    fn some_are_here(&self, guests: &[LegId]) -> bool {
        guests.iter().any(|leg| self.by_id.contains_key(leg))
    }

    fn view(&self, leg: &Leg) -> LegView {
        let room = leg.room.and_then(|index| self.room(index));
        let hears = hears(leg.phase(), room.map(|room| room.phase()), leg.private(), leg.voice());
        let saying = leg.saying.as_ref().filter(|_| hears == Hears::Prompt);
        LegView {
            leg: leg.id,
            state: leg.dialogue.state().name(),
            hears,
            piece: saying.map(|saying| saying.piece()),
            meeting: room.map(|room| room.card.meeting),
            role: leg.role.filter(|_| room.is_some()),
        }
    }
}
