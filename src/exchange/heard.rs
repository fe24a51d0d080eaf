//! Who is heard in a meeting just now: for whoever looks at their telephone. Nothing in the exchange depends on it.

use super::Exchange;
use super::leg::Leg;
use crate::domain::{LegId, MeetingId, PhoneNumber, Role};
use crate::ivr::LegPhase;

/// Somebody who is heard in a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speaker {
    /// The leg.
    pub leg: LegId,
    /// As what it is in the meeting.
    pub role: Role,
    /// From which number it calls, unless that is withheld.
    pub number: Option<PhoneNumber>,
}

/// Speakers told at most: nobody can tell more apart.
pub const SPEAKERS_MAX: usize = 8;

/// The level from which on somebody counts as heard: a quiet room is below it.
const HEARD_FROM_DBM0: f64 = -45.0;

impl Exchange {
    /// Who was heard in a meeting in the tick just done: those who came first, first; one more than [`SPEAKERS_MAX`], as
    /// nobody hears themself.
    #[must_use]
    pub fn speakers(&self, meeting: MeetingId) -> Vec<Speaker> {
        let room = self.by_meeting.get(&meeting).and_then(|&room| self.room(room));
        let speaks = |slot: &u32| {
            self.plane.voice_dbm0(*slot).is_some_and(|level_dbm0| level_dbm0 > HEARD_FROM_DBM0)
        };
        let members = room.map_or(&[][..], |room| &room.members);
        let speakers = members.iter().copied().filter(speaks).filter_map(|slot| self.leg(slot));
        speakers.take(SPEAKERS_MAX + 1).map(speaker).collect()
    }

    /// In which meeting a leg is; not one for which it waits.
    #[must_use]
    pub fn meeting_of(&self, leg: LegId) -> Option<MeetingId> {
        let leg = self.leg(*self.by_id.get(&leg)?)?;
        let is_in = leg.phase() == LegPhase::InMeeting;
        self.room(leg.room.filter(|_| is_in)?).map(|room| room.card.meeting)
    }
}

fn speaker(leg: &Leg) -> Speaker {
    let role = leg.role.unwrap_or(Role::Attendee);
    Speaker { leg: leg.id, role, number: leg.source().number() }
}
