//! What is said to one leg: a phrase becomes pieces of sound, each with an end that is due.

use super::agenda::DueKind;
use super::leg::Saying;
use super::tick::time_of;
use super::{Exchange, Happened};
use crate::domain::LegId;
use crate::ivr::{Event, Phrase, Said};
use crate::media::plane::Piece;
use crate::media::sounds::ToneId;

impl Exchange {
    pub(super) fn say(&mut self, slot: u32, id: LegId, phrase: &Phrase) {
        self.hush(slot, id);
        let mut pieces = Vec::with_capacity(phrase.said().len());
        for said in phrase.said() {
            match *said {
                Said::Prompt(prompt) => pieces.push(Piece::Prompt(prompt)),
                Said::RecordTone => pieces.push(Piece::Tone(ToneId::Record)),
                Said::OwnName => pieces.extend(self.name_of(slot).map(Piece::Name)),
                Said::Members(language) => pieces.extend(self.members_named(slot, language)),
            }
        }
        self.say_from(slot, id, pieces.into_boxed_slice(), 0, self.next_tick);
    }

    /// Begins one piece: its end is due when its last frame has been heard.
    fn say_from(&mut self, slot: u32, id: LegId, pieces: Box<[Piece]>, place: u16, from_tick: u64) {
        let piece = pieces[usize::from(place)];
        let ends_at = time_of(from_tick + self.plane.frames_of(piece));
        if let Some(leg) = self.leg_mut(slot) {
            leg.saying = Some(Box::new(Saying { pieces, place, from_tick }));
        }
        self.wait_until(slot, DueKind::PromptEnd, ends_at);
        self.trace(Some(id), None, Happened::begins(piece));
    }

    pub(super) fn hush(&mut self, slot: u32, id: LegId) {
        let Some(saying) = self.leg_mut(slot).and_then(|leg| leg.saying.take()) else { return };
        self.end_waits(slot, &[DueKind::PromptEnd]);
        self.trace(Some(id), None, Happened::is_cut(saying.piece()));
    }

    pub(super) fn end_prompt(&mut self, slot: u32) {
        let Some((id, said)) =
            self.leg_mut(slot).and_then(|leg| Some((leg.id, leg.saying.take()?)))
        else {
            return;
        };
        let next = said.place + 1;
        if usize::from(next) < said.pieces.len() {
            self.say_from(slot, id, said.pieces, next, self.next_tick);
            self.reroute(slot);
        } else {
            self.events.push_back((slot, Event::PhraseEnded));
        }
    }
}
