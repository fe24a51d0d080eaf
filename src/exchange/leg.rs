//! One call as the exchange sees it. Small: ten thousand of them wait in a lobby.

use std::time::Duration;

use super::agenda::{Due, DueKind};
use super::dtmf_source::DtmfSource;
use super::presence::Presence;
use super::room::RoomIndex;
use super::routing::{Private, Voice};
use crate::domain::{
    CallRecord, CallSource, HangupCause, LegId, MeetingCard, MeetingId, PhoneNumber, Role, Ticket,
    Uptime, UserId, UtcTime,
};
use crate::ivr::{Dialogue, LegPhase};
use crate::media::plane::Piece;

/// One call: its dialogue, where it has been put, and what it waits for.
#[derive(Debug)]
pub(super) struct Leg {
    pub id: LegId,
    pub dialogue: Dialogue,
    pub facts: CallFacts,
    /// Questions to the store so far.
    pub asked: u32,
    /// Keys so far.
    pub keyed: u32,
    pub dtmf_source: DtmfSource,
    /// Whether the answer to the latest question is awaited.
    pub awaits_answer: bool,
    pub saying: Option<Box<Saying>>,
    /// The meeting that was found, until the leg is put into it.
    pub found: Option<Box<MeetingCard>>,
    pub room: Option<RoomIndex>,
    pub role: Option<Role>,
    /// Whether the organizer's PIN was keyed. Here, where it takes no room.
    pub pin_used: bool,
    /// Its time in the meeting, once it has been in it.
    pub presence: Option<Box<Presence>>,
    wait_kinds: [DueKind; LANES],
    waits_until: [Uptime; LANES],
}

/// What the record of the call will say. [`NEVER`] stands for what has not happened.
#[derive(Debug)]
pub(super) struct CallFacts {
    pub origin: Origin,
    pub meeting: Option<MeetingId>,
    pub answered_at: Uptime,
    pub lobby_since: Uptime,
    pub waited_micros: u64,
}

/// Whence a leg comes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Origin {
    Phone { from: CallSource, called: PhoneNumber },
    App(UserId),
}

/// A phrase being said: which of its pieces, and the tick of that piece's first frame.
#[derive(Debug)]
pub(super) struct Saying {
    pub pieces: Box<[Piece]>,
    pub place: u16,
    pub from_tick: u64,
}

impl Saying {
    /// The piece that is being heard.
    pub(super) fn piece(&self) -> Piece {
        self.pieces[usize::from(self.place)]
    }
}

/// The time of what does not happen.
pub(super) const NEVER: Uptime = Uptime::from_micros(u64::MAX);

/// Kinds that exclude each other share a lane: a leg awaits a key, or the store, or the next word in the lobby.
const LANES: usize = 3;

fn lane(kind: DueKind) -> usize {
    match kind {
        DueKind::PromptEnd => 0,
        DueKind::Keys | DueKind::StoreWait | DueKind::LobbyWord => 1,
        DueKind::LobbyWarning | DueKind::LobbyEnd => 2,
        DueKind::EventKey | DueKind::MeetingEnd | DueKind::MeetingWarning => {
            unreachable!("no leg waits for {kind:?}")
        }
    }
}

impl CallFacts {
    pub(super) fn new(origin: Origin) -> Self {
        Self { origin, meeting: None, answered_at: NEVER, lobby_since: NEVER, waited_micros: 0 }
    }
}

impl Leg {
    pub(super) fn new(id: LegId, dialogue: Dialogue, facts: CallFacts) -> Self {
        Self {
            id,
            dialogue,
            facts,
            asked: 0,
            keyed: 0,
            dtmf_source: DtmfSource::default(),
            awaits_answer: false,
            saying: None,
            found: None,
            room: None,
            role: None,
            pin_used: false,
            presence: None,
            wait_kinds: [DueKind::PromptEnd; LANES],
            waits_until: [NEVER; LANES],
        }
    }

    pub(super) fn phase(&self) -> LegPhase {
        self.dialogue.state().phase()
    }

    /// The ticket of the question whose answer is awaited.
    pub(super) fn ticket(&self) -> Option<Ticket> {
        self.awaits_answer.then_some(Ticket { leg: self.id, question: self.asked })
    }

    /// Whether it is an app user's, to whom nothing is said.
    pub(super) fn is_app(&self) -> bool {
        matches!(self.facts.origin, Origin::App(_))
    }

    /// Whether it may be heard in its meeting.
    pub(super) fn voice(&self) -> Voice {
        self.presence.as_ref().map_or(Voice::Open, |presence| presence.voice())
    }

    /// The number it called; `None` for an app user's.
    pub(super) fn called(&self) -> Option<PhoneNumber> {
        match self.facts.origin {
            Origin::Phone { called, .. } => Some(called),
            Origin::App(_) => None,
        }
    }

    /// Whence it calls; nothing is known of an app user's.
    pub(super) fn source(&self) -> CallSource {
        match self.facts.origin {
            Origin::Phone { from, .. } => from,
            Origin::App(_) => CallSource::UNKNOWN,
        }
    }

    /// It is no longer in its meeting, nor waits for it.
    pub(super) fn leave_meeting(&mut self, now: Uptime) {
        self.room = None;
        if let Some(presence) = self.presence.as_mut() {
            presence.goes_out(now);
        }
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
        let presence = self.presence.as_ref();
        let (caller, called, user) = match self.facts.origin {
            Origin::Phone { from, called } => {
                (from.number(), Some(called), presence.and_then(|presence| presence.organizer))
            }
            Origin::App(user) => (None, None, Some(user)),
        };
        CallRecord {
            leg: self.id,
            user,
            pin_used: self.pin_used,
            admitted_by: presence.map(|presence| presence.admitted_by),
            commands: presence.map_or_else(Vec::new, |presence| presence.commands.clone()),
            in_meeting: presence.map_or(Duration::ZERO, |presence| presence.duration(now)),
            caller,
            called,
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
