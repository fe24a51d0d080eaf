//! One meeting as an exchange holds it: its life, who is in it, who waits, and the bridge that mixes it.

use std::collections::VecDeque;
use std::time::Duration;

use crate::domain::limits::{STORM_JOINS, STORM_WINDOW};
use crate::domain::meeting::MeetingLife;
use crate::domain::settings::{
    Admission, Announce, AppStart, MuteAll, OrganizerQuestion, StartRequires,
};
use crate::domain::{
    EndReason, Language, LegId, MeetingCard, MeetingPhase, MeetingRecord, Role, Uptime, UserId,
    UtcTime,
};
use crate::ivr::{Awaiting, Lead, Refusal, Unmuting};
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
    /// Everyone who has come to it since it is here, where a journal is kept.
    pub guests: Vec<LegId>,
    pub ends_at: Option<Uptime>,
    /// When all in it are told that it will end.
    pub warns_at: Option<Uptime>,
    /// Whether whoever started it was entitled to.
    pub started_by_right: bool,
    /// Whether nobody but the organizer comes in any more; only while it is live.
    pub locked: bool,
    /// Whether all but the organizers are muted, and whoever comes.
    pub audience_muted: bool,
    /// Whether it is heard when someone comes or goes.
    pub announces: bool,
    /// In which language all in it are spoken to.
    pub language: Language,
    pub coming: Storm,
    pub going: Storm,
    /// What the record of this run will say, while it is live.
    pub run: Option<Run>,
}

/// Where someone in some role belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Belongs {
    Lobby(Awaiting),
    Meeting,
    Nowhere(Refusal),
}

/// One run of a meeting, from its start to its end.
#[derive(Debug)]
pub(super) struct Run {
    pub started_at: Uptime,
    pub started_by: Role,
    pub joined: u32,
    pub members_most: u32,
    pub recorded: Duration,
    pub recording_since: Option<Uptime>,
}

impl Room {
    pub(super) fn new(card: MeetingCard) -> Self {
        Self {
            announces: card.rules.announce != Announce::Off,
            card,
            life: MeetingLife::default(),
            bridge: None,
            members: Vec::new(),
            waiting: Vec::new(),
            guests: Vec::new(),
            ends_at: None,
            warns_at: None,
            started_by_right: false,
            locked: false,
            audience_muted: false,
            language: Language::default(),
            coming: Storm::default(),
            going: Storm::default(),
            run: None,
        }
    }

    pub(super) fn phase(&self) -> MeetingPhase {
        self.life.phase()
    }

    /// Where someone in this role belongs. The organizer is never turned away by a lock or for want of room: without
    /// them nobody who waits would get in.
    pub(super) fn belongs(&self, role: Role) -> Belongs {
        let legs = self.members.len() + self.waiting.len();
        let full = legs >= self.card.rules.legs_max as usize;
        match (role, self.phase(), self.card.rules.admission) {
            (Role::Attendee | Role::Authenticated, _, _) if self.locked => {
                Belongs::Nowhere(Refusal::MeetingLocked)
            }
            (Role::Attendee | Role::Authenticated, _, _) if full => {
                Belongs::Nowhere(Refusal::MeetingFull)
            }
            (Role::Organizer | Role::Authenticated, _, _)
            | (Role::Attendee, MeetingPhase::Live, Admission::OnStart) => Belongs::Meeting,
            (Role::Attendee, MeetingPhase::Waiting, _) if role.may_start(&self.card.rules) => {
                Belongs::Meeting
            }
            (Role::Attendee, MeetingPhase::Waiting | MeetingPhase::Ended, _) => {
                Belongs::Lobby(Awaiting::Start)
            }
            (Role::Attendee, MeetingPhase::Live, Admission::OnCommand) => {
                Belongs::Lobby(Awaiting::Admission)
            }
        }
    }

    /// Whether whom the organizer mutes may unmute themself.
    pub(super) fn unmuting(&self) -> Unmuting {
        match self.card.rules.mute_all {
            MuteAll::Soft => Unmuting::Allowed,
            MuteAll::Hard => Unmuting::Forbidden,
        }
    }

    /// Goes on by another card. What the organizer has switched by keys stays, unless its rule is another now.
    pub(super) fn change(&mut self, card: MeetingCard) {
        if card.rules.announce != self.card.rules.announce {
            self.announces = card.rules.announce != Announce::Off;
        }
        self.card = card;
    }

    pub(super) fn leave(&mut self, slot: u32) {
        self.members.retain(|&member| member != slot);
        self.waiting.retain(|&waiting| waiting != slot);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty() && self.waiting.is_empty()
    }

    /// Counts those who have just come in.
    pub(super) fn count_joined(&mut self, joined: usize) {
        let members = self.members.len();
        if let Some(run) = self.run.as_mut() {
            let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
            run.joined = run.joined.saturating_add(small(joined));
            run.members_most = run.members_most.max(small(members));
        }
    }

    /// Ends the run and everything that was set in it; gives its record.
    pub(super) fn end_run(
        &mut self,
        now: Uptime,
        epoch: UtcTime,
        ended: Option<EndReason>,
    ) -> Option<MeetingRecord> {
        self.locked = false;
        self.audience_muted = false;
        self.announces = self.card.rules.announce != Announce::Off;
        let run = self.run.take()?;
        Some(MeetingRecord {
            meeting: self.card.meeting,
            conference_id: self.card.conference_id,
            organizer: self.card.organizer,
            started_at: epoch + run.started_at.since(Uptime::ZERO),
            started_by: run.started_by,
            duration: now.since(run.started_at),
            joined: run.joined,
            members_most: run.members_most,
            recorded: run.recorded,
            ended,
        })
    }
}

/// Whether a coming or going is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Heard,
    /// It is, and stands for all that follow.
    OneForAll,
    Silent,
}

/// Counts comings or goings, so that too many at once are not all heard.
#[derive(Debug, Default)]
pub(super) struct Storm {
    latest: VecDeque<Uptime>,
    rages: bool,
}

impl Storm {
    /// Counts one, and says whether it is to be heard: each, until there are more than [`STORM_JOINS`] in
    /// [`STORM_WINDOW`]; then the one that was too many, and none until there are fewer.
    pub(super) fn lets_be_heard(&mut self, now: Uptime) -> Verdict {
        self.latest.push_back(now);
        while self.latest.front().is_some_and(|&first| now.since(first) >= STORM_WINDOW)
            || self.latest.len() > STORM_JOINS + 1
        {
            self.latest.pop_front();
        }
        let raged = std::mem::replace(&mut self.rages, self.latest.len() > STORM_JOINS);
        match (raged, self.rages) {
            (_, false) => Verdict::Heard,
            (false, true) => Verdict::OneForAll,
            (true, true) => Verdict::Silent,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(storm: &mut Storm, at_ms: u64, times: usize) -> usize {
        let at = Uptime::from_millis(at_ms);
        (0..times).filter(|_| storm.lets_be_heard(at) != Verdict::Silent).count()
    }

    #[test]
    fn a_storm_is_heard_once_and_then_silent_until_it_is_over() {
        let mut storm = Storm::default();
        assert_eq!(heard(&mut storm, 1_000, STORM_JOINS), STORM_JOINS);
        assert_eq!(heard(&mut storm, 2_000, 500), 1, "the one that was too many");
        assert_eq!(heard(&mut storm, 11_900, 1), 0, "five hundred came in these ten seconds");
        assert_eq!(heard(&mut storm, 12_000, 1), 1);
    }
}
