//! What all in a meeting hear when somebody on the telephone comes or goes.

use super::naming::Who;
use super::room::{RoomIndex, Verdict};
use super::{Exchange, Happened};
use crate::domain::limits::ANNOUNCEMENT_LATE_TICKS_MAX;
use crate::domain::settings::Announce;
use crate::domain::{PromptId, Spoken};
use crate::media::plane::Piece;
use crate::media::sounds::ToneId;

/// How somebody's being in a meeting changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passage {
    /// By themselves, one or those who waited for the start.
    In,
    /// Let in by an organizer, out of the lobby.
    Admitted,
    Out,
}

impl Passage {
    fn tone(self) -> ToneId {
        match self {
            Self::In => ToneId::Entry,
            Self::Admitted => ToneId::Admit,
            Self::Out => ToneId::Exit,
        }
    }

    fn one(self) -> PromptId {
        match self {
            Self::In | Self::Admitted => PromptId::HasJoined,
            Self::Out => PromptId::HasLeft,
        }
    }

    fn several(self) -> PromptId {
        match self {
            Self::In | Self::Admitted => PromptId::SeveralJoined,
            Self::Out => PromptId::SeveralLeft,
        }
    }
}

impl Exchange {
    /// Lets all in a meeting hear who of these legs has come, unless they are too many.
    pub(super) fn announce_coming(&mut self, index: RoomIndex, passage: Passage, slots: &[u32]) {
        let who: Vec<_> = (slots.iter())
            .filter_map(|&slot| Some(self.who(slot, self.leg(slot)?)))
            .filter(|who| who.is_announced())
            .collect();
        self.announce(index, passage, &who);
    }

    /// Lets all in a meeting hear that these have come or gone, unless they are too many.
    pub(super) fn announce(&mut self, index: RoomIndex, passage: Passage, who: &[Who]) {
        let now = self.now;
        let Some(room) = self.room_mut(index).filter(|_| !who.is_empty()) else { return };
        let storm = match passage {
            Passage::In | Passage::Admitted => &mut room.coming,
            Passage::Out => &mut room.going,
        };
        let verdict = storm.lets_be_heard(now);
        if !room.announces {
            return;
        }
        let language = room.language;
        let say = |prompt| Piece::Prompt(Spoken { language, prompt });
        let (pieces, patience) = match (verdict, room.card.rules.announce, who) {
            (Verdict::Silent, _, _) => return,
            (Verdict::Heard, Announce::Names, &[one]) => {
                let mut pieces = one.pieces(language);
                pieces.push(say(passage.one()));
                (pieces, ANNOUNCEMENT_LATE_TICKS_MAX)
            }
            // It stands for all who are not named, so it waits for its turn however long the named ones take.
            (Verdict::OneForAll, Announce::Names, _) => (vec![say(passage.several())], u64::MAX),
            (Verdict::Heard, Announce::Names, _several) => {
                (vec![say(passage.several())], ANNOUNCEMENT_LATE_TICKS_MAX)
            }
            (_, Announce::Tones | Announce::Off, _) => (vec![Piece::Tone(passage.tone())], 0),
        };
        self.say_to_all(index, &pieces, patience);
    }

    /// Lets all in a meeting hear this, if it is not later than that.
    pub(super) fn say_to_all(&mut self, index: RoomIndex, pieces: &[Piece], patience_ticks: u64) {
        let Some(room) = self.room(index) else { return };
        let (meeting, bridge) = (room.card.meeting, room.bridge);
        if let Some(bridge) = bridge
            && self.plane.announce(bridge, pieces, self.next_tick, patience_ticks)
        {
            for &piece in pieces {
                self.trace(None, Some(meeting), Happened::begins(piece));
            }
        }
    }
}
