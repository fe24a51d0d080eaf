//! Receives the keys of one call that do not come as sound, whichever way they come: each press once.
//!
//! Some telephones and gateways tell of the same press by an event (RFC 4733) and by SIP INFO. Nothing in the two says that it
//! is the same one, so a call keeps to the way by which its first key came.

use super::event_receiver::EventReceiver;
use super::info::InfoReceiver;
use super::rtp::Packet;
use crate::domain::{Digit, Uptime};

/// Payload types whose meaning is agreed upon call by call (RFC 3551 §6): events have one of them.
const DYNAMIC: std::ops::RangeInclusive<u8> = 96..=127;

/// The receiving side of one call's keys as packets.
#[derive(Clone, Debug)]
pub struct KeyReceiver {
    events: EventReceiver,
    infos: InfoReceiver,
    keeps_to: Option<Way>,
}

/// A way by which keys come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Events,
    Infos,
}

impl KeyReceiver {
    /// For events of a clock of that rate.
    #[must_use]
    pub fn new(clock_hz: u32) -> Self {
        Self {
            events: EventReceiver::new(clock_hz),
            infos: InfoReceiver::default(),
            keeps_to: None,
        }
    }

    /// Takes a packet that may be of an event, of any dynamic payload type; a key, if it is the first to tell of it.
    pub fn hear_packet(&mut self, now: Uptime, packet: &Packet<'_>) -> Option<Digit> {
        if !DYNAMIC.contains(&packet.payload_type) {
            return None;
        }
        let report = self.events.hear(now, packet)?;
        (report.is_new && self.keeps_to(Way::Events)).then_some(report.digit)
    }

    /// Takes a SIP INFO request by its CSeq number, content type and body; a key, if it is the first to tell of it.
    pub fn hear_request(&mut self, cseq: u32, content_type: &str, body: &[u8]) -> Option<Digit> {
        let key = self.infos.hear(cseq, content_type, body)?;
        self.keeps_to(Way::Infos).then_some(key.digit)
    }

    /// A key has come this way: whether it is the one that the call keeps to.
    fn keeps_to(&mut self, way: Way) -> bool {
        *self.keeps_to.get_or_insert(way) == way
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::proto::event_sender::{EventSender, Press};
    use crate::proto::info::InfoWriting;
    use crate::proto::telephone_event::CLOCK_HZ;

    const PRESSED: [u64; 3] = [1_000, 1_200, 1_400];

    /// What is taken of three presses that come by events of that payload type, and by requests before them, after them or not.
    fn taken(payload_type: u8, requests_after_ms: Option<i64>) -> String {
        let mut receiver = KeyReceiver::new(CLOCK_HZ);
        let mut sender = EventSender::new(7, payload_type, 1, 0);
        let mut arrivals = Vec::new();
        let time = Duration::from_millis(100);
        for (nth, at) in (0..).zip(PRESSED) {
            let digit = Digit::from_event(nth).unwrap();
            let press = Press { digit, at: Uptime::from_millis(at), on: time, off: time };
            let packets = sender.press(press, None).into_iter();
            arrivals.extend(packets.map(|sent| (sent.at.as_millis(), Some(sent.bytes), digit)));
            let request_at = requests_after_ms.and_then(|after| at.checked_add_signed(after));
            arrivals.extend(request_at.map(|at| (at, None, digit)));
        }
        arrivals.sort_by_key(|(at, ..)| *at);
        let keys = (1..).zip(arrivals).filter_map(|(cseq, (at, bytes, digit))| match bytes {
            Some(bytes) => {
                let packet = Packet::parse(&bytes).unwrap();
                receiver.hear_packet(Uptime::from_millis(at), &packet)
            }
            None => {
                let (content_type, body) = InfoWriting::Plain.write(digit, time);
                receiver.hear_request(cseq, content_type, body.as_bytes())
            }
        });
        keys.map(Digit::as_char).collect()
    }

    #[test]
    fn a_press_that_comes_both_ways_is_one_key_whichever_comes_first() {
        for after in [None, Some(-60), Some(-1), Some(1), Some(90), Some(150)] {
            assert_eq!(taken(101, after), "012", "{after:?}");
        }
    }

    #[test]
    fn only_a_dynamic_payload_type_is_of_events() {
        assert_eq!(taken(96, None), "012");
        assert_eq!(taken(0, None), "");
        assert_eq!(taken(8, Some(10)), "012", "what is no event settles nothing");
    }
}
