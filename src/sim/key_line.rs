//! Keys that do not come as sound: the telephone's RTP events and SIP INFO requests, the line, and the door that takes them.

use std::fmt;
use std::time::Duration;

use super::agenda::Happening;
use super::faults::FrameFate;
use super::world::World;
use crate::caller::Keying;
use crate::domain::{Digit, Key, LegId, Uptime};
use crate::exchange::Input;
use crate::media::Frame;
use crate::proto::event_sender::{EventFault, EventSender, Press, SentPacket};
use crate::proto::info::InfoWriting;
use crate::proto::key_receiver::KeyReceiver;
use crate::proto::rtp::Packet;
use crate::proto::telephone_event::CLOCK_HZ;

/// The payload type that is agreed upon for events.
const EVENTS: u8 = 101;

/// The keys of one call on their way: what the telephone sends with, and what the door receives with.
#[derive(Debug)]
pub(super) struct KeyLine {
    sender: EventSender,
    receiver: KeyReceiver,
    /// The number of the telephone's next request.
    cseq: u32,
    /// Until when the telephone is busy with keys.
    busy_until: Uptime,
}

/// A SIP INFO request on its way. Shows no body: it is a key.
pub(super) struct Request {
    cseq: u32,
    content_type: &'static str,
    body: String,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "INFO {} with {}", self.cseq, self.content_type)
    }
}

impl KeyLine {
    pub(super) fn new(leg: LegId) -> Self {
        // Anywhere in the counters' round, and elsewhere for each leg: some go round in the middle of a call.
        let spread = (leg.number() as u32).wrapping_mul(2_654_435_761);
        Self {
            sender: EventSender::new(spread ^ 0x5A5A_5A5A, EVENTS, spread as u16, spread),
            receiver: KeyReceiver::new(CLOCK_HZ),
            cseq: 1,
            busy_until: Uptime::ZERO,
        }
    }

    /// Each press, one after the other, once the telephone has done the ones before.
    fn presses(
        &mut self,
        now: Uptime,
        digits: &[Digit],
        keying: Keying,
        fault: Option<EventFault>,
    ) -> Vec<Press> {
        let on = EventFault::lasts(fault, keying.on);
        let mut at = self.busy_until.max(now);
        let presses = digits.iter().map(|&digit| {
            let press = Press { digit, at, on, off: keying.off };
            at = at + on + keying.off;
            press
        });
        let presses = presses.collect();
        self.busy_until = at;
        presses
    }
}

impl World<'_> {
    /// This seat's telephone sends these keys as telephone events (RFC 4733). Gives when the last pause is over.
    pub fn key_events(
        &mut self,
        place: usize,
        digits: &[Digit],
        keying: Keying,
        fault: Option<EventFault>,
    ) -> Uptime {
        let line = &mut self.seats[place].keys;
        for press in line.presses(self.now, digits, keying, fault) {
            for packet in line.sender.press(press, fault) {
                self.agenda.add(packet.at, Happening::EventSent(place, packet));
            }
        }
        line.busy_until
    }

    /// This seat's telephone sends each of these keys as telephone events, and as SIP INFO at the same time. Gives when the
    /// last pause is over.
    pub fn key_both_ways(&mut self, place: usize, digits: &[Digit], keying: Keying) -> Uptime {
        let free_at = self.seats[place].keys.busy_until;
        self.key_events(place, digits, keying, None);
        self.seats[place].keys.busy_until = free_at;
        self.key_infos(place, digits, keying, InfoWriting::Plain)
    }

    /// This seat's telephone sends these keys as SIP INFO. Gives when the last pause is over.
    pub fn key_infos(
        &mut self,
        place: usize,
        digits: &[Digit],
        keying: Keying,
        writing: InfoWriting,
    ) -> Uptime {
        let line = &mut self.seats[place].keys;
        for press in line.presses(self.now, digits, keying, None) {
            let cseq = line.cseq;
            line.cseq += 1;
            for nth in 0..writing.times() as u32 {
                let (content_type, body) = writing.write(press.digit, press.on);
                let request = Request { cseq, content_type, body };
                let at = press.at + REQUEST_AGAIN_AFTER * nth;
                self.agenda.add(at, Happening::InfoComes(place, request));
            }
        }
        line.busy_until
    }

    /// A packet of an event leaves the telephone: it may be lost or late, as frames of sound are.
    pub(super) fn send_event(&mut self, place: usize, packet: SentPacket) {
        match self.config.faults.frame(self.seats[place].frames_lost, &mut self.rng) {
            FrameFate::Arrives => self.event_comes(place, &packet),
            FrameFate::Lost => {}
            FrameFate::Late => {
                let at = self.now + Duration::from_micros(Frame::MICROS);
                self.agenda.add(at, Happening::EventComes(place, packet));
            }
        }
    }

    /// The door takes a packet of an event.
    pub(super) fn event_comes(&mut self, place: usize, packet: &SentPacket) {
        let Ok(packet) = Packet::parse(&packet.bytes) else { return };
        if let Some(digit) = self.seats[place].keys.receiver.hear_packet(self.now, &packet) {
            self.key_taken(place, digit);
        }
    }

    /// The door takes a request with a key.
    pub(super) fn info_comes(&mut self, place: usize, request: &Request) {
        let Request { cseq, content_type, body } = request;
        let receiver = &mut self.seats[place].keys.receiver;
        if let Some(digit) = receiver.hear_request(*cseq, content_type, body.as_bytes()) {
            self.key_taken(place, digit);
        }
    }

    fn key_taken(&mut self, place: usize, digit: Digit) {
        let seat = &self.seats[place];
        if seat.is_connected() {
            self.exchange.handle(self.now, Input::Digit { leg: seat.leg, key: Key::Digit(digit) });
        }
    }
}

/// When a request whose answer is lost is sent again (RFC 3261 §17.1.2.2, T1).
const REQUEST_AGAIN_AFTER: Duration = Duration::from_millis(500);
