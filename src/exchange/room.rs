//! One meeting as an exchange holds it: its life, who is in it, who waits, and the bridge that mixes it.

use crate::domain::meeting::MeetingLife;
use crate::domain::settings::{Admission, AppStart, OrganizerQuestion, StartRequires};
use crate::domain::{MeetingCard, MeetingPhase, Role, Uptime, UserId};
use crate::ivr::Lead;
use crate::media::plane::BridgeId;

/// The place of a room in its exchange; used again when the room is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RoomIndex(pub u32);

/// One meeting with somebody in it or waiting for it.
#[derive(Debug)]
pub(super) struct Room {
    pub card: MeetingCard,
    pub life: MeetingLife,
    /// Its mixing point, while it is live.
    pub bridge: Option<BridgeId>,
    /// Slots of the legs in the meeting, in the order in which they came.
    pub members: Vec<u32>,
    /// Slots of the legs in the lobby, in the order in which they came.
    pub waiting: Vec<u32>,
    pub ends_at: Option<Uptime>,
    /// Whether whoever started it was entitled to.
    pub started_by_right: bool,
}

/// Where someone in some role belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Belongs {
    Lobby,
    Meeting,
    Nowhere,
}

impl Room {
    pub(super) fn new(card: MeetingCard) -> Self {
        Self {
            card,
            life: MeetingLife::default(),
            bridge: None,
            members: Vec::new(),
            waiting: Vec::new(),
            ends_at: None,
            started_by_right: false,
        }
    }

    pub(super) fn phase(&self) -> MeetingPhase {
        self.life.phase()
    }

    /// Where someone in this role belongs. The organizer is never turned away for want of room: without them nobody
    /// who waits would get in.
    pub(super) fn belongs(&self, role: Role) -> Belongs {
        let legs = self.members.len() + self.waiting.len();
        let full = legs >= self.card.rules.legs_max as usize;
        match (role, self.phase(), self.card.rules.admission) {
            (Role::Attendee | Role::Authenticated, _, _) if full => Belongs::Nowhere,
            (Role::Organizer | Role::Authenticated, _, _)
            | (Role::Attendee, MeetingPhase::Live, Admission::OnStart) => Belongs::Meeting,
            (Role::Attendee, MeetingPhase::Waiting, _) if role.may_start(&self.card.rules) => {
                Belongs::Meeting
            }
            (Role::Attendee, MeetingPhase::Waiting | MeetingPhase::Ended, _)
            | (Role::Attendee, MeetingPhase::Live, Admission::OnCommand) => Belongs::Lobby,
        }
    }

    pub(super) fn leave(&mut self, slot: u32) {
        self.members.retain(|&member| member != slot);
        self.waiting.retain(|&waiting| waiting != slot);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty() && self.waiting.is_empty()
    }
}

/// Where a caller who keyed the meeting's conference ID is led first, in that phase of the meeting.
pub(super) fn lead(card: &MeetingCard, phase: MeetingPhase) -> Lead {
    match (card.rules.start_requires, card.rules.organizer_question, phase) {
        (
            StartRequires::OrganizerPinOrApp,
            OrganizerQuestion::BeforeStart,
            MeetingPhase::Waiting | MeetingPhase::Ended,
        )
        | (StartRequires::OrganizerPinOrApp, OrganizerQuestion::AlsoAfterStart, _) => {
            Lead::OrganizerQuestion
        }
        (StartRequires::Anyone, _, _)
        | (StartRequires::OrganizerPinOrApp, OrganizerQuestion::BeforeStart, MeetingPhase::Live) => {
            Lead::Straight
        }
    }
}

/// The role of an app user in a meeting: without the right to start it, they wait like a caller.
pub(super) fn app_role(card: &MeetingCard, user: UserId) -> Role {
    match card.rules.app_start {
        _any_or_not if user == card.organizer => Role::Organizer,
        AppStart::AnyUser => Role::Authenticated,
        AppStart::OrganizerOnly => Role::Attendee,
    }
}
