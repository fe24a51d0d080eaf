//! One call as the exchange sees it. Small: ten thousand of them wait in a lobby.

use std::time::Duration;

use super::agenda::{Due, DueKind};
use super::room::RoomIndex;
use super::routing::Private;
use crate::domain::{
    CallRecord, HangupCause, LegId, MeetingCard, MeetingId, PhoneNumber, Role, Ticket, Uptime,
    UtcTime,
};
use crate::ivr::{Dialogue, LegPhase, Phrase};

/// One call: its dialogue, where it has been put, and what it waits for.
#[derive(Debug)]
pub(super) struct Leg {
    pub id: LegId,
    pub dialogue: Dialogue,
    pub room: Option<RoomIndex>,
    pub role: Option<Role>,
    pub ticket: Option<Ticket>,
    pub saying: Option<Box<Saying>>,
    /// The meeting that was found, until the leg is put into it.
    pub found: Option<Box<MeetingCard>>,
    pub facts: Box<CallFacts>,
    waits: [Option<LegDue>; LANES],
}

/// What the record of the call will say.
#[derive(Debug, Default)]
pub(super) struct CallFacts {
    pub caller: Option<PhoneNumber>,
    pub called: Option<PhoneNumber>,
    pub meeting: Option<MeetingId>,
    pub answered_at: Option<Uptime>,
    pub lobby_since: Option<Uptime>,
    pub waited: Duration,
}

/// A phrase being said: which of its prompts, and the tick of that prompt's first frame.
#[derive(Debug)]
pub(super) struct Saying {
    pub phrase: Phrase,
    pub place: u8,
    pub from_tick: u64,
}

#[derive(Clone, Copy, Debug)]
struct LegDue {
    at: Uptime,
    kind: DueKind,
}

/// Kinds that exclude each other share a lane: a leg awaits a key, or the store, or the next word in the lobby.
const LANES: usize = 3;

fn lane(kind: DueKind) -> usize {
    match kind {
        DueKind::PromptEnd => 0,
        DueKind::Keys | DueKind::StoreWait | DueKind::LobbyWord => 1,
        DueKind::LobbyEnd => 2,
        DueKind::EventKey | DueKind::MeetingEnd => unreachable!("no leg waits for {kind:?}"),
    }
}

impl Leg {
    pub(super) fn new(id: LegId, dialogue: Dialogue, facts: CallFacts) -> Self {
        Self {
            id,
            dialogue,
            room: None,
            role: None,
            ticket: None,
            saying: None,
            found: None,
            facts: Box::new(facts),
            waits: [None; LANES],
        }
    }

    pub(super) fn phase(&self) -> LegPhase {
        self.dialogue.state().phase()
    }

    pub(super) fn private(&self) -> Private {
        match self.saying {
            Some(_) => Private::Prompt,
            None => Private::Nothing,
        }
    }

    /// Notes a deadline in its lane; gives back the one it takes the place of.
    pub(super) fn set_wait(&mut self, slot: u32, at: Uptime, kind: DueKind) -> Option<Due> {
        self.waits[lane(kind)].replace(LegDue { at, kind }).map(|old| old.of(slot))
    }

    /// Forgets the deadline of that lane; gives it back.
    pub(super) fn clear_wait(&mut self, slot: u32, kind: DueKind) -> Option<Due> {
        self.waits[lane(kind)].take().map(|old| old.of(slot))
    }

    /// Whether anything will happen to the leg by itself.
    pub(super) fn waits_for_something(&self) -> bool {
        self.waits.iter().any(Option::is_some)
    }

    /// Begins or ends the time in the lobby that the record tells.
    pub(super) fn count_lobby_time(&mut self, now: Uptime) {
        match (self.phase(), self.facts.lobby_since) {
            (LegPhase::InLobby, None) => self.facts.lobby_since = Some(now),
            (
                LegPhase::Ringing | LegPhase::Dialogue | LegPhase::InMeeting | LegPhase::Leaving,
                Some(since),
            ) => {
                self.facts.waited += now.since(since);
                self.facts.lobby_since = None;
            }
            (LegPhase::InLobby, Some(_))
            | (
                LegPhase::Ringing | LegPhase::Dialogue | LegPhase::InMeeting | LegPhase::Leaving,
                None,
            ) => {}
        }
    }

    pub(super) fn record(&self, now: Uptime, epoch: UtcTime, cause: HangupCause) -> CallRecord {
        let answered_at = self.facts.answered_at.unwrap_or(now);
        CallRecord {
            leg: self.id,
            caller: self.facts.caller,
            called: self.facts.called,
            meeting: self.facts.meeting,
            role: self.role,
            answered_at: epoch + answered_at.since(Uptime::ZERO),
            duration: now.since(answered_at),
            waited: self.facts.waited
                + self.facts.lobby_since.map_or(Duration::ZERO, |since| now.since(since)),
            cause,
        }
    }
}

impl LegDue {
    fn of(self, slot: u32) -> Due {
        Due { at: self.at, kind: self.kind, whose: slot }
    }
}
