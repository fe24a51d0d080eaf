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
    pub facts: CallFacts,
    pub ticket: Option<Ticket>,
    pub saying: Option<Box<Saying>>,
    /// The meeting that was found, until the leg is put into it.
    pub found: Option<Box<MeetingCard>>,
    pub room: Option<RoomIndex>,
    pub role: Option<Role>,
    wait_kinds: [DueKind; LANES],
    waits_until: [Uptime; LANES],
}

/// What the record of the call will say. [`NEVER`] stands for what has not happened.
#[derive(Debug)]
pub(super) struct CallFacts {
    pub caller: Option<PhoneNumber>,
    pub called: Option<PhoneNumber>,
    pub meeting: Option<MeetingId>,
    pub answered_at: Uptime,
    pub lobby_since: Uptime,
    pub waited_micros: u64,
}

/// A phrase being said: which of its prompts, and the tick of that prompt's first frame.
#[derive(Debug)]
pub(super) struct Saying {
    pub phrase: Phrase,
    pub place: u8,
    pub from_tick: u64,
}

/// The time of what does not happen.
pub(super) const NEVER: Uptime = Uptime::from_micros(u64::MAX);

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

impl Default for CallFacts {
    fn default() -> Self {
        Self {
            caller: None,
            called: None,
            meeting: None,
            answered_at: NEVER,
            lobby_since: NEVER,
            waited_micros: 0,
        }
    }
}

impl Leg {
    pub(super) fn new(id: LegId, dialogue: Dialogue, facts: CallFacts) -> Self {
        Self {
            id,
            dialogue,
            facts,
            ticket: None,
            saying: None,
            found: None,
            room: None,
            role: None,
            wait_kinds: [DueKind::PromptEnd; LANES],
            waits_until: [NEVER; LANES],
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

    /// Waits until then, in place of the wait in the same lane.
    pub(super) fn set_wait(&mut self, at: Uptime, kind: DueKind) {
        self.wait_kinds[lane(kind)] = kind;
        self.waits_until[lane(kind)] = at;
    }

    /// Forgets the wait in that kind's lane.
    pub(super) fn clear_wait(&mut self, kind: DueKind) {
        self.waits_until[lane(kind)] = NEVER;
    }

    /// What the leg waits for first, if anything will happen to it by itself: its one entry in the agenda.
    pub(super) fn next_due(&self, slot: u32) -> Option<Due> {
        let waits = self.waits_until.iter().zip(&self.wait_kinds);
        waits
            .filter(|(at, _)| **at != NEVER)
            .map(|(&at, &kind)| Due { at, kind, whose: slot })
            .min()
    }

    /// Begins or ends the time in the lobby that the record tells.
    pub(super) fn count_lobby_time(&mut self, now: Uptime) {
        let waits = self.phase() == LegPhase::InLobby;
        let counted = self.facts.lobby_since != NEVER;
        match (waits, counted) {
            (true, false) => self.facts.lobby_since = now,
            (false, true) => {
                self.facts.waited_micros += micros(now.since(self.facts.lobby_since));
                self.facts.lobby_since = NEVER;
            }
            (true, true) | (false, false) => {}
        }
    }

    pub(super) fn record(&self, now: Uptime, epoch: UtcTime, cause: HangupCause) -> CallRecord {
        let answered_at = self.facts.answered_at.min(now);
        let waits_since = self.facts.lobby_since.min(now);
        CallRecord {
            leg: self.id,
            caller: self.facts.caller,
            called: self.facts.called,
            meeting: self.facts.meeting,
            role: self.role,
            answered_at: epoch + answered_at.since(Uptime::ZERO),
            duration: now.since(answered_at),
            waited: Duration::from_micros(self.facts.waited_micros) + now.since(waits_since),
            cause,
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
