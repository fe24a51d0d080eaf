//! A leg that goes over to the exchange that owns its meeting: the leg as a value, given away whole and taken whole.
//!
//! It goes when its meeting has been found, so that it is in no meeting and nothing is being said to it. What it hears with
//! goes beside it ([`Exchange::take_listening`]): that is sound, and no part of the journal.

use serde::{Deserialize, Serialize};

use super::agenda::DueKind;
use super::dtmf_source::DtmfSource;
use super::leg::{CallFacts, Leg, Origin};
use super::{Exchange, Happened, Output};
use crate::domain::{
    Answer, CallSource, Key, Language, LegId, MeetingCard, PhoneNumber, Ticket, Uptime,
};
use crate::ivr::{Dialogue, Event};
use crate::media::plane::Listening;

/// A leg whose meeting has been found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Passing {
    /// The leg.
    pub leg: LegId,
    /// Whence it calls.
    pub from: CallSource,
    /// The access number called.
    pub called: PhoneNumber,
    /// When it was answered.
    pub answered_at: Uptime,
    /// In which language it is spoken to.
    pub language: Language,
    /// Conference IDs tried before the one that was found.
    pub tried: u8,
    /// Keys typed ahead.
    pub kept: Vec<Key>,
    /// Keys that came as events and are not yet certain, and when they will be.
    pub coming: Vec<(Uptime, Key)>,
    /// Questions to the store so far, and keys so far: both are counted on.
    pub asked: u32,
    /// As above.
    pub keyed: u32,
    /// Whence its keys come.
    #[serde(default)]
    pub dtmf_source: DtmfSource,
    /// The meeting.
    pub card: Box<MeetingCard>,
}

impl Exchange {
    /// Gives away the leg that asked for this meeting.
    pub(super) fn hand_over(&mut self, ticket: Ticket, card: Box<MeetingCard>) {
        let Some(slot) = self.awaiting(ticket) else {
            self.counts.answers_late += 1;
            return;
        };
        let Some((leg, from, called)) = self.leg(slot).and_then(|leg| match leg.facts.origin {
            Origin::Phone { from, called } => Some((leg.id, from, called)),
            Origin::App(_) => None,
        }) else {
            return;
        };
        let Some(found) = self.leg_mut(slot).and_then(|leg| leg.dialogue.give_away()) else {
            return;
        };
        self.end_waits(slot, &[DueKind::StoreWait]);
        let coming = self.event_keys.take_of(leg);
        for &(due, _) in &coming {
            self.agenda.cancel(due);
        }
        let Some(gone) = self.legs.get_mut(slot as usize).and_then(Option::take) else { return };
        if let Some(listening) = self.plane.close_listening(slot) {
            self.listening.insert(leg, listening);
        }
        self.by_id.remove(&leg);
        self.legs_free.push(slot);
        self.trace(Some(leg), Some(card.meeting), Happened::HandedOver);
        let passing = Passing {
            leg,
            from,
            called,
            answered_at: gone.facts.answered_at,
            language: gone.dialogue.language(),
            tried: found.tried,
            kept: found.kept,
            coming: coming.into_iter().map(|(due, key)| (due.at, key)).collect(),
            asked: gone.asked,
            keyed: gone.keyed,
            dtmf_source: gone.dtmf_source,
            card,
        };
        self.outputs.push_back(Output::HandedOver(Box::new(passing)));
    }

    /// Takes a leg, and goes on as if its meeting had been found here. There is always room for one more.
    pub(super) fn take_over(&mut self, passing: Passing) {
        let Passing { leg, from, called, answered_at, language, tried, kept, coming, .. } = passing;
        let card = passing.card;
        if self.by_id.contains_key(&leg) {
            self.counts.inputs_ignored += 1;
            return;
        }
        let facts = CallFacts { answered_at, ..CallFacts::new(Origin::Phone { from, called }) };
        let dialogue = Dialogue::taken(language, tried, kept);
        let mut taken = Leg::new(leg, dialogue, facts);
        (taken.asked, taken.keyed) = (passing.asked, passing.keyed);
        taken.dtmf_source = passing.dtmf_source;
        let slot = self.insert_leg(taken);
        self.trace(Some(leg), Some(card.meeting), Happened::TakenOver);
        for (at, key) in coming {
            self.keep_event_key_until(leg, key, at.max(self.now));
        }
        self.take_reply(slot, Answer::Meeting(card));
        if self.stopping {
            self.events.push_back((slot, Event::Stop));
        }
    }

    /// With what a leg that was given away hears; for the exchange that takes it.
    pub fn take_listening(&mut self, leg: LegId) -> Option<Listening> {
        self.listening.remove(&leg)
    }

    /// Gives a leg that was taken over what it hears with.
    pub fn give_listening(&mut self, leg: LegId, listening: Listening) {
        if let Some(&slot) = self.by_id.get(&leg) {
            self.plane.open_listening(slot, listening);
        }
    }
}
