//! Captures made byte by byte: what two telephones and a bridge say on a network. Nothing of the product makes them, so
//! that nothing of it is compared with itself.
#![allow(dead_code, reason = "each test uses its part")]

use std::net::{IpAddr, SocketAddr};

/// A capture in the making: packets of UDP over IP, with their times in microseconds.
#[derive(Clone, Debug, Default)]
pub struct Wire {
    pub packets: Vec<(u64, Vec<u8>)>,
}

/// How packets are wrapped on their link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Ethernet,
    Vlan,
    Cooked,
    Cooked2,
    RawIp,
    Loopback,
}

impl Link {
    pub const ALL: [Self; 6] =
        [Self::Ethernet, Self::Vlan, Self::Cooked, Self::Cooked2, Self::RawIp, Self::Loopback];

    pub fn number(self) -> u16 {
        match self {
            Self::Ethernet | Self::Vlan => 1,
            Self::Cooked => 113,
            Self::Cooked2 => 276,
            Self::RawIp => 101,
            Self::Loopback => 0,
        }
    }

    fn wrap(self, ip: &[u8]) -> Vec<u8> {
        let is_v6 = ip[0] >> 4 == 6;
        let ether_type: [u8; 2] = if is_v6 { [0x86, 0xDD] } else { [0x08, 0x00] };
        let mut bytes = match self {
            Self::Ethernet => [vec![2; 12], ether_type.to_vec()].concat(),
            Self::Vlan => {
                [&[2; 12][..], &[0x88, 0xA8, 0, 7, 0x81, 0x00, 0, 9], &ether_type].concat()
            }
            Self::Cooked => [&[0; 14][..], &ether_type].concat(),
            Self::Cooked2 => [&ether_type[..], &[0; 18]].concat(),
            Self::RawIp => Vec::new(),
            Self::Loopback => vec![if is_v6 { 30 } else { 2 }, 0, 0, 0],
        };
        bytes.extend(ip);
        bytes
    }
}

impl Wire {
    /// A datagram at that time.
    pub fn udp(&mut self, at_ms: u64, from: SocketAddr, to: SocketAddr, payload: &[u8]) {
        let mut udp = Vec::new();
        udp.extend(from.port().to_be_bytes());
        udp.extend(to.port().to_be_bytes());
        udp.extend((payload.len() as u16 + 8).to_be_bytes());
        udp.extend([0, 0]);
        udp.extend(payload);
        let mut ip = Vec::new();
        match (from.ip(), to.ip()) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                ip.extend([0x45, 0]);
                ip.extend((udp.len() as u16 + 20).to_be_bytes());
                ip.extend([0, 1, 0x40, 0, 64, 17, 0, 0]);
                ip.extend(from.octets());
                ip.extend(to.octets());
            }
            (IpAddr::V6(from), IpAddr::V6(to)) => {
                // Options for the destination stand before UDP.
                ip.extend([0x60, 0, 0, 0]);
                ip.extend((udp.len() as u16 + 8).to_be_bytes());
                ip.extend([60, 64]);
                ip.extend(from.octets());
                ip.extend(to.octets());
                ip.extend([17, 0, 1, 4, 0, 0, 0, 0]);
            }
            _mixed => panic!("one kind of address"),
        }
        ip.extend(udp);
        self.packets.push((at_ms * 1_000, ip));
    }

    /// The packets in the order of their times.
    fn in_time(&self) -> Vec<&(u64, Vec<u8>)> {
        let mut packets: Vec<_> = self.packets.iter().collect();
        packets.sort_by_key(|(at, _)| *at);
        packets
    }

    /// As a pcap file; with nanoseconds and in big-endian if wanted.
    pub fn pcap_as(&self, link: Link, nanoseconds: bool, big_endian: bool) -> Vec<u8> {
        let word = |number: u32| match big_endian {
            true => number.to_be_bytes(),
            false => number.to_le_bytes(),
        };
        let mut bytes = word(if nanoseconds { 0xA1B2_3C4D } else { 0xA1B2_C3D4 }).to_vec();
        bytes.extend(if big_endian { [0, 2, 0, 4] } else { [2, 0, 4, 0] });
        for number in [0, 0, 65_535, u32::from(link.number())] {
            bytes.extend(word(number));
        }
        for (at, ip) in self.in_time() {
            let packet = link.wrap(ip);
            let micros = (at % 1_000_000) as u32;
            let fraction = if nanoseconds { micros * 1_000 } else { micros };
            let length = packet.len() as u32;
            for number in [1_700_000_000 + (at / 1_000_000) as u32, fraction, length, length] {
                bytes.extend(word(number));
            }
            bytes.extend(packet);
        }
        bytes
    }

    pub fn pcap(&self) -> Vec<u8> {
        self.pcap_as(Link::Ethernet, false, false)
    }

    /// As a pcapng file with a clock of nanoseconds.
    pub fn pcapng(&self) -> Vec<u8> {
        let mut bytes = block(
            0x0A0D_0D0A,
            &[&0x1A2B_3C4D_u32.to_le_bytes()[..], &[1, 0, 0, 0], &u64::MAX.to_le_bytes()],
        );
        let tsresol = [9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0];
        bytes.extend(block(1, &[&[1, 0, 0, 0], &65_535_u32.to_le_bytes(), &tsresol]));
        for (at, ip) in self.in_time() {
            let packet = Link::Ethernet.wrap(ip);
            let ticks = (1_700_000_000_000_000 + at) * 1_000;
            let length = (packet.len() as u32).to_le_bytes();
            bytes.extend(block(
                6,
                &[
                    &0_u32.to_le_bytes(),
                    &((ticks >> 32) as u32).to_le_bytes(),
                    &(ticks as u32).to_le_bytes(),
                    &length,
                    &length,
                    &packet,
                    &vec![0; (4 - packet.len() % 4) % 4],
                ],
            ));
        }
        bytes
    }
}

fn block(kind: u32, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let length = (body.len() as u32 + 12).to_le_bytes();
    [&kind.to_le_bytes()[..], &length, &body, &length].concat()
}

/// One telephone's call to the bridge.
#[derive(Clone, Debug)]
pub struct Phone {
    pub number: &'static str,
    pub phone: SocketAddr,
    pub phone_media: SocketAddr,
    pub bridge: SocketAddr,
    pub bridge_media: SocketAddr,
    pub call_id: &'static str,
    /// The payload types: of events, of sound.
    pub events: u8,
    pub sound: u8,
    pub sequence: u16,
    pub cseq: u32,
}

impl Phone {
    pub fn new(number: &'static str, last: u8, call_id: &'static str) -> Self {
        let at = |host: u8, port: u16| SocketAddr::from(([192, 0, 2, host], port));
        Self {
            number,
            phone: at(last, 5060),
            phone_media: at(last, 30_000),
            bridge: at(1, 5060),
            bridge_media: at(1, 40_000 + 2 * u16::from(last)),
            call_id,
            events: 101,
            sound: 0,
            sequence: 65_500,
            cseq: 1,
        }
    }

    fn sip(&self, first: &str, cseq: &str, answered: bool, more: &str, body: &str) -> Vec<u8> {
        let tag = if answered { ";tag=bridge" } else { "" };
        format!(
            "{first}\r\nVia: SIP/2.0/UDP {}\r\nFrom: <sip:{}@{}>;tag={}\r\nTo: <sip:+14255550100@{}>{tag}\r\nCall-ID: {}\r\nCSeq: \
             {cseq}\r\n{more}Content-Length: {}\r\n\r\n{body}",
            self.phone, self.number, self.phone.ip(), self.call_id, self.bridge.ip(), self.call_id, body.len()
        )
        .into_bytes()
    }

    fn sdp(&self, media: SocketAddr) -> String {
        let events = match self.events {
            0 => String::new(),
            events => format!("a=rtpmap:{events} telephone-event/8000\r\na=fmtp:{events} 0-15\r\n"),
        };
        let kind = if media.is_ipv6() { "IP6" } else { "IP4" };
        format!(
            "v=0\r\no=- 1 1 IN {kind} {0}\r\ns=-\r\nc=IN {kind} {0}\r\nt=0 0\r\nm=audio {1} RTP/AVP {2} {3}\r\n{events}",
            media.ip(),
            media.port(),
            self.sound,
            self.events
        )
    }

    /// INVITE, 100, 200 after `rings_ms`, ACK.
    pub fn dials(&mut self, wire: &mut Wire, at_ms: u64, rings_ms: u64) {
        let sdp = "Content-Type: application/sdp\r\n";
        let invite = self.sip(
            "INVITE sip:+14255550100@bridge SIP/2.0",
            "1 INVITE",
            false,
            sdp,
            &self.sdp(self.phone_media),
        );
        wire.udp(at_ms, self.phone, self.bridge, &invite);
        let trying = self.sip("SIP/2.0 100 Trying", "1 INVITE", false, "", "");
        wire.udp(at_ms + 1, self.bridge, self.phone, &trying);
        let answer =
            self.sip("SIP/2.0 200 OK", "1 INVITE", true, sdp, &self.sdp(self.bridge_media));
        wire.udp(at_ms + rings_ms, self.bridge, self.phone, &answer);
        let ack = self.sip("ACK sip:+14255550100@bridge SIP/2.0", "1 ACK", true, "", "");
        wire.udp(at_ms + rings_ms + 1, self.phone, self.bridge, &ack);
    }

    pub fn is_refused(&mut self, wire: &mut Wire, at_ms: u64, status: &str) {
        let invite = self.sip("INVITE sip:+14255550100@bridge SIP/2.0", "1 INVITE", false, "", "");
        wire.udp(at_ms, self.phone, self.bridge, &invite);
        let refusal = self.sip(&format!("SIP/2.0 {status}"), "1 INVITE", true, "", "");
        wire.udp(at_ms + 5, self.bridge, self.phone, &refusal);
    }

    pub fn hangs_up(&mut self, wire: &mut Wire, at_ms: u64) {
        let bye = self.sip("BYE sip:+14255550100@bridge SIP/2.0", "99 BYE", true, "", "");
        wire.udp(at_ms, self.phone, self.bridge, &bye);
    }

    /// The bridge ends the call: `From` and `To` change places.
    pub fn is_hung_up(&mut self, wire: &mut Wire, at_ms: u64) {
        let bye = format!(
            "BYE sip:x@phone SIP/2.0\r\nFrom: <sip:+14255550100@b>;tag=bridge\r\nTo: <sip:{}@p>;tag={}\r\nCall-ID: {}\r\nCSeq: 5 \
             BYE\r\n\r\n",
            self.number, self.call_id, self.call_id
        );
        wire.udp(at_ms, self.bridge, self.phone, bye.as_bytes());
    }

    fn rtp(&mut self, marker: bool, kind: u8, timestamp: u32, payload: &[u8]) -> Vec<u8> {
        self.sequence = self.sequence.wrapping_add(1);
        let mut bytes = vec![0x80, u8::from(marker) << 7 | kind];
        bytes.extend(self.sequence.to_be_bytes());
        bytes.extend(timestamp.to_be_bytes());
        bytes.extend([7, 7, 7, self.phone.port() as u8]);
        bytes.extend(payload);
        bytes
    }

    /// Keys as RFC 4733 events: a packet each 20 ms, three ends.
    pub fn keys_events(
        &mut self,
        wire: &mut Wire,
        at_ms: u64,
        keys: &str,
        on_ms: u64,
        off_ms: u64,
    ) -> u64 {
        let mut at = at_ms;
        for key in keys.chars() {
            let event = "0123456789*#ABCD".find(key).unwrap() as u8;
            let timestamp = u32::MAX.wrapping_sub(40_000).wrapping_add(at as u32 * 8);
            let steps = on_ms / 20;
            for step in 1..=steps + 2 {
                let duration = (step.min(steps) * 160) as u16;
                let [high, low] = duration.to_be_bytes();
                let end = if step >= steps { 0x80 } else { 0 };
                let payload = [event, end | 10, high, low];
                let packet = self.rtp(step == 1, self.events, timestamp, &payload);
                wire.udp(at + step * 20, self.phone_media, self.bridge_media, &packet);
            }
            at += on_ms + off_ms;
        }
        at
    }

    /// Keys as tones in G.711 (A-law if `sound` is 8), with silence up to `until_ms`.
    pub fn keys_tones(
        &mut self,
        wire: &mut Wire,
        from_ms: u64,
        until_ms: u64,
        presses: &[(u64, &str, u64, u64)],
    ) {
        const ROWS: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
        const COLUMNS: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
        let mut sound = vec![0.0_f64; ((until_ms - from_ms) * 8) as usize];
        for &(at_ms, keys, on_ms, off_ms) in presses {
            for (nth, key) in keys.chars().enumerate() {
                let place = "123A456B789C*0#D".find(key).unwrap();
                let begin = ((at_ms - from_ms + nth as u64 * (on_ms + off_ms)) * 8) as usize;
                for sample in 0..(on_ms * 8) as usize {
                    let time = sample as f64 / 8_000.0 * std::f64::consts::TAU;
                    sound[begin + sample] = 4_000.0
                        * (f64::sin(time * ROWS[place / 4]) + f64::sin(time * COLUMNS[place % 4]));
                }
            }
        }
        for (nth, samples) in sound.chunks(160).enumerate() {
            let payload: Vec<u8> = samples
                .iter()
                .map(|&sample| if self.sound == 8 { a_law(sample) } else { mu_law(sample) })
                .collect();
            let packet = self.rtp(
                nth == 0,
                self.sound,
                4_294_900_000_u32.wrapping_add(nth as u32 * 160),
                &payload,
            );
            wire.udp(from_ms + nth as u64 * 20 + 20, self.phone_media, self.bridge_media, &packet);
        }
    }

    /// Keys as SIP INFO, each sent twice as over a network that loses answers.
    pub fn keys_info(&mut self, wire: &mut Wire, at_ms: u64, keys: &str, off_ms: u64) {
        for (nth, key) in keys.chars().enumerate() {
            self.cseq += 1;
            let body = format!("Signal={key}\r\nDuration=160\r\n");
            let kind = "Content-Type: application/dtmf-relay\r\n";
            let cseq = format!("{} INFO", self.cseq);
            let info = self.sip("INFO sip:+14255550100@bridge SIP/2.0", &cseq, true, kind, &body);
            let at = at_ms + nth as u64 * (160 + off_ms);
            wire.udp(at, self.phone, self.bridge, &info);
            wire.udp(at + 100, self.phone, self.bridge, &info);
        }
    }
}

/// By the formula of the law, not by tables.
fn mu_law(sample: f64) -> u8 {
    let sign = if sample < 0.0 { 0x80 } else { 0 };
    let magnitude = (sample.abs() as i32).min(32_635) + 132;
    let exponent = (magnitude >> 7).ilog2() as i32;
    !(sign | exponent << 4 | magnitude >> (exponent + 3) & 15) as u8
}

fn a_law(sample: f64) -> u8 {
    let sign = if sample < 0.0 { 0 } else { 0x80 };
    let magnitude = ((sample.abs() as i32) >> 4).min(2_047);
    let code = match magnitude {
        0..32 => magnitude >> 1,
        _ => {
            let exponent = magnitude.ilog2() as i32 - 4;
            exponent << 4 | magnitude >> exponent & 15
        }
    };
    ((sign | code) ^ 0x55) as u8
}
