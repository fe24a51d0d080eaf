//! What is going to happen outside the exchange, in order.

use std::collections::BTreeMap;

use super::key_line::Request;
use crate::domain::LegId;
use crate::domain::Uptime;
use crate::exchange::Input;
use crate::media::Frame;
use crate::proto::event_sender::SentPacket;

/// Something that happens outside at a stated time.
#[derive(Debug)]
pub(super) enum Happening {
    /// The caller in this seat dials.
    Dials(usize),
    /// The driver brings the exchange a fact.
    Brings(Input),
    /// A late frame comes.
    FrameComes(LegId, Box<Frame>),
    /// The telephone of this seat sends a packet of a key.
    EventSent(usize, SentPacket),
    /// A late packet of a key comes from this seat.
    EventComes(usize, SentPacket),
    /// A SIP INFO request with a key comes from this seat.
    InfoComes(usize, Request),
}

/// What is going to happen, first come first served at the same time.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    happenings: BTreeMap<(Uptime, u64), Happening>,
    added: u64,
}

impl Agenda {
    pub(super) fn add(&mut self, at: Uptime, happening: Happening) {
        self.added += 1;
        self.happenings.insert((at, self.added), happening);
    }

    pub(super) fn next_at(&self) -> Option<Uptime> {
        self.happenings.first_key_value().map(|(&(at, _), _)| at)
    }

    pub(super) fn pop(&mut self) -> Option<Happening> {
        self.happenings.pop_first().map(|(_, happening)| happening)
    }
}
