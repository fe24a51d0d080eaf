//! The names that callers say: taken, kept as long as their call, and told with the number where there is none.

use super::leg::{Leg, Origin};
use super::tick::first_tick_after;
use super::{Exchange, Happened, Recorded, SoundMode};
use crate::domain::limits::ROLL_CALL_NAMES_MAX;
use crate::domain::settings::{Announce, NameRecording};
use crate::domain::{Digit, Language, LegId, PhoneNumber, PromptId, Role, Spoken};
use crate::exchange::room::{Belongs, Room};
use crate::ivr::{Event, NameTaken};
use crate::media::plane::{NameId, Piece};

/// The name of a leg, or what there is of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LegName {
    /// The tick from which on it is being said.
    since_tick: u64,
    kept: Option<NameId>,
}

/// Who somebody is, as others are told.
#[derive(Clone, Copy, Debug)]
pub(super) enum Who {
    Named(NameId),
    Number(PhoneNumber),
    Unknown,
    AppUser,
}

impl Exchange {
    /// Whether a caller who would be put into this role is to say their name first. Nobody is asked only to be sent away.
    pub(super) fn asks_name(&self, slot: u32, role: Role) -> bool {
        let Some(leg) = self.leg(slot) else { return false };
        let Some(card) = leg.found.as_ref() else { return false };
        let room = self.by_meeting.get(&card.meeting).and_then(|&index| self.room(index));
        let asks = match (role, card.rules.announce, card.rules.name_recording) {
            (Role::Attendee, Announce::Names, NameRecording::On) => !leg.is_app(),
            (Role::Organizer | Role::Authenticated, _, _)
            | (_, Announce::Off | Announce::Tones, _)
            | (_, _, NameRecording::Off) => false,
        };
        let belongs = room.map(|room| room.belongs(role));
        asks && !matches!(belongs, Some(Belongs::Nowhere(_)))
    }

    pub(super) fn begin_name(&mut self, slot: u32) {
        let name = self.names.entry(slot).or_default();
        name.since_tick = self.next_tick;
        if self.config.sound == SoundMode::Frames {
            self.plane.begin_name(slot);
        }
    }

    /// Ends a name. How long it is has come in as sound, so the journal keeps it; without sound it lasts as long as the
    /// caller took.
    pub(super) fn end_name(&mut self, slot: u32, id: LegId) {
        let Some(name) = self.names.get(&slot).copied() else { return };
        let replayed = self.replayed.take_name(id);
        let taken = match (replayed, self.config.sound) {
            (Some(frames), _) => self.plane.end_name_silent(slot, frames as usize),
            (None, SoundMode::Frames) => self.plane.end_name(slot),
            (None, SoundMode::Durations) => {
                let ticks = first_tick_after(self.now).saturating_sub(name.since_tick);
                self.plane.end_name_silent(slot, usize::try_from(ticks).unwrap_or(usize::MAX))
            }
        };
        let length = taken.map_or(0, |taken| self.plane.frames_of(Piece::Name(taken)));
        let (at, frames) = (self.now, u32::try_from(length).unwrap_or(u32::MAX));
        self.journal(at, || Recorded::Named { named: id, frames });
        self.trace(Some(id), None, Happened::NameTaken { ms: length * 20 });
        if let Some(taken) = taken {
            self.forget_name(slot);
            self.names.insert(slot, LegName { kept: Some(taken), ..name });
        }
        let taken = if taken.is_some() { NameTaken::Said } else { NameTaken::Silent };
        self.events.push_back((slot, Event::NameTaken(taken)));
    }

    /// A leg is gone, and its name with it.
    pub(super) fn forget_name(&mut self, slot: u32) {
        if let Some(name) = self.names.remove(&slot).and_then(|name| name.kept) {
            self.plane.forget_name(name);
        }
    }

    pub(super) fn name_of(&self, slot: u32) -> Option<NameId> {
        self.names.get(&slot)?.kept
    }

    /// Names that are kept.
    pub(super) fn names_kept(&self) -> usize {
        self.names.values().filter(|name| name.kept.is_some()).count()
    }

    pub(super) fn who(&self, slot: u32, leg: &Leg) -> Who {
        match (self.name_of(slot), leg.facts.origin) {
            (_, Origin::App(_)) => Who::AppUser,
            (Some(name), Origin::Phone { .. }) => Who::Named(name),
            (None, Origin::Phone { from, .. }) => from.number().map_or(Who::Unknown, Who::Number),
        }
    }

    /// Who is in the meeting of this leg: the organizers last, and so called.
    pub(super) fn members_named(&self, slot: u32, language: Language) -> Vec<Piece> {
        let room = self.leg(slot).and_then(|leg| leg.room).and_then(|index| self.room(index));
        let members: Vec<_> = room
            .map_or(&[][..], |room: &Room| &room.members)
            .iter()
            .take(ROLL_CALL_NAMES_MAX)
            .filter_map(|&member| Some((member, self.leg(member)?)))
            .collect();
        let is_organizer = |leg: &Leg| leg.role == Some(Role::Organizer);
        let mut pieces = Vec::new();
        for &(member, leg) in members.iter().filter(|(_, leg)| !is_organizer(leg)) {
            pieces.extend(self.who(member, leg).pieces(language));
        }
        for &(member, leg) in members.iter().filter(|(_, leg)| is_organizer(leg)) {
            let prompt = PromptId::OrganizerIs;
            pieces.push(Piece::Prompt(Spoken { language, prompt }));
            pieces.extend(self.who(member, leg).pieces(language));
        }
        pieces
    }
}

impl Who {
    /// How they are called: by name, else by number, digit by digit.
    pub(super) fn pieces(self, language: Language) -> Vec<Piece> {
        let say = |prompt| Piece::Prompt(Spoken { language, prompt });
        match self {
            Self::Named(name) => vec![Piece::Name(name)],
            Self::Number(number) => {
                let number = number.to_string();
                let digits =
                    number.chars().filter_map(Digit::from_char).filter_map(PromptId::digit);
                std::iter::once(PromptId::CallerNumber).chain(digits).map(say).collect()
            }
            Self::Unknown => vec![say(PromptId::UnnamedCaller)],
            Self::AppUser => vec![say(PromptId::AppUser)],
        }
    }

    /// Whether others are told when they come or go.
    pub(super) fn is_announced(self) -> bool {
        match self {
            Self::Named(_) | Self::Number(_) | Self::Unknown => true,
            Self::AppUser => false,
        }
    }
}
