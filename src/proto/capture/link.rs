//! From a frame of a link to the UDP datagram in it: Ethernet with VLANs, Linux cooked, raw IP, loopback; IPv4 and IPv6.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::domain::Uptime;

/// A UDP datagram of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Datagram<'a> {
    pub at: Uptime,
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub payload: &'a [u8],
}

/// What a frame has in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen<'a> {
    Datagram(SocketAddr, SocketAddr, &'a [u8]),
    /// A part of an IP packet.
    Fragment,
    /// Anything else, or too short for what it says.
    Other,
    /// The link is none that is known.
    UnknownLink,
}

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86DD;
const UDP: u8 = 17;

/// VLAN tags in each other; more are none that a network has.
const VLANS_MAX: usize = 4;

/// Headers of IPv6 before that of UDP; more are none that a network has.
const EXTENSIONS_MAX: usize = 8;

/// What is in a frame of that link type (the numbers of `tcpdump.org/linktypes.html`).
pub(super) fn datagram(link: i32, bytes: &[u8]) -> Seen<'_> {
    let found = match link {
        // BSD loopback: the family in the byte order of whoever captured; the IP packet says it better.
        0 | 108 => bytes.get(4..).map(ip),
        1 => bytes.get(12..).map(after_ether_type),
        12 | 14 | 101 | 228 | 229 => Some(ip(bytes)),
        113 => bytes.get(14..).map(after_ether_type),
        276 => bytes.get(20..).and_then(|packet| Some(of_ether_type(number(bytes, 0)?, packet))),
        _unknown => Some(Seen::UnknownLink),
    };
    found.unwrap_or(Seen::Other)
}

/// An Ethernet type and what stands behind it.
fn after_ether_type(bytes: &[u8]) -> Seen<'_> {
    match (number(bytes, 0), bytes.get(2..)) {
        (Some(ether_type), Some(rest)) => of_ether_type(ether_type, rest),
        _too_short => Seen::Other,
    }
}

fn of_ether_type(ether_type: u16, bytes: &[u8]) -> Seen<'_> {
    let (mut ether_type, mut bytes) = (ether_type, bytes);
    for _ in 0..VLANS_MAX {
        if !matches!(ether_type, 0x8100 | 0x88A8 | 0x9100) {
            break;
        }
        let (Some(inner), Some(rest)) = (number(bytes, 2), bytes.get(4..)) else {
            return Seen::Other;
        };
        (ether_type, bytes) = (inner, rest);
    }
    if matches!(ether_type, IPV4 | IPV6) { ip(bytes) } else { Seen::Other }
}

fn ip(bytes: &[u8]) -> Seen<'_> {
    let found = match bytes.first().map(|first| first >> 4) {
        Some(4) => ipv4(bytes),
        Some(6) => ipv6(bytes),
        _none => None,
    };
    found.unwrap_or(Seen::Other)
}

fn ipv4(bytes: &[u8]) -> Option<Seen<'_>> {
    let header = usize::from(bytes.first()? & 0x0F) * 4;
    let length = usize::from(number(bytes, 2)?);
    if header < 20 || *bytes.get(9)? != UDP {
        return None;
    }
    // Whether more parts follow, and where this one belongs.
    if number(bytes, 6)? & 0x3FFF != 0 {
        return Some(Seen::Fragment);
    }
    let address = |at: usize| {
        let octets = bytes.get(at..at + 4)?.first_chunk::<4>()?;
        Some(IpAddr::V4(Ipv4Addr::from(*octets)))
    };
    let (from, to) = (address(12)?, address(16)?);
    // A length of 0 is that of a packet whose network card cuts it up itself.
    let ends = if length >= header { length.min(bytes.len()) } else { bytes.len() };
    udp(from, to, bytes.get(header..ends)?)
}

fn ipv6(bytes: &[u8]) -> Option<Seen<'_>> {
    let address = |at: usize| {
        let octets = bytes.get(at..at + 16)?.first_chunk::<16>()?;
        Some(IpAddr::V6(Ipv6Addr::from(*octets)))
    };
    let (from, to) = (address(8)?, address(24)?);
    let length = usize::from(number(bytes, 4)?);
    let ends = if length > 0 { (40 + length).min(bytes.len()) } else { bytes.len() };
    let mut next = *bytes.get(6)?;
    let mut rest = bytes.get(40..ends)?;
    for _ in 0..EXTENSIONS_MAX {
        let length = match next {
            UDP => return udp(from, to, rest),
            44 => return Some(Seen::Fragment),
            // Hop-by-hop, routing, destination options.
            0 | 43 | 60 => (usize::from(*rest.get(1)?) + 1) * 8,
            // Authentication.
            51 => (usize::from(*rest.get(1)?) + 2) * 4,
            _other => return None,
        };
        next = *rest.first()?;
        rest = rest.get(length..)?;
    }
    None
}

fn udp(from: IpAddr, to: IpAddr, bytes: &[u8]) -> Option<Seen<'_>> {
    let (from_port, to_port) = (number(bytes, 0)?, number(bytes, 2)?);
    let length = usize::from(number(bytes, 4)?);
    let ends = if length >= 8 { length.min(bytes.len()) } else { bytes.len() };
    let payload = bytes.get(8..ends)?;
    Some(Seen::Datagram(SocketAddr::new(from, from_port), SocketAddr::new(to, to_port), payload))
}

/// Two bytes in network order.
fn number(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at + 2)?;
    Some(u16::from_be_bytes([two[0], two[1]]))
}
