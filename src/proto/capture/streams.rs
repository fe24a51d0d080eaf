//! RTP streams among datagrams: packets of one source on one way.

use core::net::SocketAddr;
use std::collections::BTreeMap;

use super::link::Datagram;
use crate::domain::Uptime;
use crate::proto::rtp::{Packet, sequence_since};
use crate::proto::sdp::{Format, fixed_format};
use crate::proto::telephone_event::TelephoneEvent;

/// Packets of one source from one place to another, in time.
#[derive(Debug)]
pub(super) struct Stream<'a> {
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub packets: Vec<(Uptime, Packet<'a>)>,
}

/// Fewer packets are no stream.
const PACKETS_MIN: usize = 3;

/// All streams, in the order of their first packets. `known` says whether a place is one that a call has named.
pub(super) fn streams<'a>(
    datagrams: &[Datagram<'a>],
    known: impl Fn(SocketAddr) -> bool,
) -> Vec<Stream<'a>> {
    let mut streams: BTreeMap<(SocketAddr, SocketAddr, u32), Stream<'a>> = BTreeMap::new();
    for datagram in datagrams {
        let Ok(packet) = Packet::parse(datagram.payload) else { continue };
        // As the second byte of a packet these would be RTCP (RFC 5761 §4).
        if (64..96).contains(&packet.payload_type) {
            continue;
        }
        let key = (datagram.from, datagram.to, packet.ssrc);
        let stream = streams.entry(key).or_insert_with(|| Stream {
            from: datagram.from,
            to: datagram.to,
            packets: Vec::new(),
        });
        stream.packets.push((datagram.at, packet));
    }
    let is_one =
        |stream: &Stream<'_>| known(stream.from) || known(stream.to) || stream.looks_like_sound();
    let mut streams: Vec<_> = streams.into_values().filter(is_one).collect();
    streams.sort_by_key(Stream::begins_at);
    streams
}

impl Stream<'_> {
    pub fn begins_at(&self) -> Uptime {
        self.packets.first().map_or(Uptime::ZERO, |(at, _)| *at)
    }

    pub fn ends_at(&self) -> Uptime {
        self.packets.last().map_or(Uptime::ZERO, |(at, _)| *at)
    }

    /// What a packet carries: as agreed upon, else by its type, else by its looks.
    pub fn format(packet: &Packet<'_>, agreed: &[(u8, Format)]) -> Format {
        let by_type = packet.payload_type;
        let agreed = agreed.iter().find(|(known, _)| *known == by_type).map(|(_, format)| *format);
        agreed.or_else(|| fixed_format(by_type)).unwrap_or_else(|| match looks_like_event(packet) {
            true => Format::Events { clock_hz: 8_000 },
            false => Format::Other,
        })
    }

    /// Whether these are packets of a call though none is known: numbers in sequence, and sound or keys.
    fn looks_like_sound(&self) -> bool {
        let in_sequence = self.packets.windows(2).filter(|pair| {
            (1..=20).contains(&sequence_since(pair[1].1.sequence, pair[0].1.sequence))
        });
        let ours =
            self.packets.iter().filter(|(_, packet)| Self::format(packet, &[]) != Format::Other);
        self.packets.len() >= PACKETS_MIN
            && in_sequence.count() * 2 >= self.packets.len()
            && ours.count() * 2 >= self.packets.len()
    }
}

fn looks_like_event(packet: &Packet<'_>) -> bool {
    let event = TelephoneEvent::parse(packet.payload);
    packet.payload_type >= 96
        && packet.payload.len() == 4
        && packet.payload[1] & 0x40 == 0
        && event.is_ok_and(|event| event.digit().is_some())
}
