//! What must hold after every step and in every tick, whatever came in. Reads only; changes nothing.

use std::fmt;

use super::leg::Leg;
use super::room::Room;
use super::routing::Voice;
use super::{Exchange, Output};
use crate::domain::settings::Admission;
use crate::domain::{LegId, MeetingPhase};
use crate::ivr::LegPhase;
use crate::media::plane::Route;

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// For which leg, where it is one's.
    pub leg: Option<LegId>,
    /// What should be.
    pub rule: &'static str,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.leg {
            Some(leg) => write!(f, "{leg}: {}", self.rule),
            None => f.write_str(self.rule),
        }
    }
}

impl Exchange {
    /// Checks all legs and meetings; what does not hold comes out as [`Output::Broken`].
    pub(super) fn watch(&mut self) {
        let mut broken = Vec::new();
        for (slot, leg) in (0..).zip(&self.legs) {
            if let Some(leg) = leg {
                self.check_leg(slot, leg, &mut |rule| {
                    broken.push(Violation { leg: Some(leg.id), rule });
                });
            }
        }
        for room in self.rooms.iter().flatten() {
            self.check_room(room, &mut |rule| broken.push(Violation { leg: None, rule }));
        }
        if self.plane.names() != self.names_kept() {
            broken.push(Violation { leg: None, rule: "a name is kept as long as its call" });
        }
        self.outputs.extend(broken.into_iter().map(Output::Broken));
    }

    fn check_leg(&self, slot: u32, leg: &Leg, broken: &mut impl FnMut(&'static str)) {
        let room = leg.room.and_then(|room| self.rooms[room.0 as usize].as_ref());
        let route = self.plane.route_of(slot);
        let mut must = |holds: bool, rule| {
            if !holds {
                broken(rule);
            }
        };
        must(self.derived_route(slot) == Some(route), "a leg hears what follows from the phases");
        let is_member = room.is_some_and(|room| room.members.contains(&slot));
        let on_bridge = matches!(route, Route::Bridge(_) | Route::BridgeOnly(_));
        must(!on_bridge || is_member, "only who is admitted hears the meeting");
        let feeds = self.plane.feeds(slot).is_some();
        must(!feeds || is_member, "only who is admitted is heard");
        must(!feeds || leg.voice() == Voice::Open, "who is muted is not heard");
        match leg.phase() {
            LegPhase::InLobby => {
                must(
                    matches!(route, Route::Music | Route::Piece(..)),
                    "who waits hears music or a word",
                );
                must(
                    room.is_some_and(|room| room.waiting.contains(&slot)),
                    "who is in the lobby is on the meeting's list",
                );
                must(
                    room.is_some_and(|room| {
                        room.phase() == MeetingPhase::Waiting
                            || room.card.rules.admission == Admission::OnCommand
                    }),
                    "nobody is left waiting by a start that admits everybody",
                );
            }
            LegPhase::InMeeting => {
                must(is_member, "who is in the meeting is on its list");
                must(leg.presence.is_some(), "who is in the meeting has come into it");
                must(route != Route::Music, "who is admitted hears no hold music");
                must(
                    room.is_some_and(|room| room.phase() == MeetingPhase::Live),
                    "who is in the meeting is in one that is live",
                );
            }
            LegPhase::Ringing => must(route == Route::Closed, "nothing is heard before the answer"),
            LegPhase::Dialogue => {
                must(leg.next_due(slot).is_some(), "a dialogue has a way out by itself")
            }
            LegPhase::Leaving => {
                must(leg.saying.is_some(), "who is sent away is told so");
                must(leg.room.is_none(), "who is sent away is in no meeting");
            }
        }
    }

    fn check_room(&self, room: &Room, broken: &mut impl FnMut(&'static str)) {
        if room.is_empty() {
            broken("a meeting has somebody in it or waiting for it");
        }
        match room.phase() {
            MeetingPhase::Waiting => {
                if room.locked {
                    broken("a meeting that waits is open");
                }
                if !room.members.is_empty() || room.bridge.is_some() {
                    broken("nobody is in a meeting that has not started");
                }
            }
            MeetingPhase::Live => {
                if room.members.is_empty() || room.bridge.is_none() || room.ends_at.is_none() {
                    broken("a live meeting has members, a bridge and an end");
                }
                if !room.started_by_right {
                    broken("only someone entitled starts a meeting");
                }
            }
            MeetingPhase::Ended => broken("a meeting that is over holds nobody"),
        }
    }
}
