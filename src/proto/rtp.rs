//! RTP packets (RFC 3550 §5.1): the fixed header and the payload behind it.

use std::fmt;

use thiserror::Error;

/// An RTP packet. Shows no payload: it may be a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Says something of the payload that its profile defines; of a telephone event: here it begins.
    pub marker: bool,
    /// What the payload is, 0 to 127: 0 is PCMU, 8 is PCMA, from 96 on it is agreed upon.
    pub payload_type: u8,
    /// Rises by one each packet, modulo 2^16.
    pub sequence: u16,
    /// When the payload's first sample was taken, in units of the payload's clock, modulo 2^32.
    pub timestamp: u32,
    /// Whose stream it is.
    pub ssrc: u32,
    /// What it carries, without padding.
    pub payload: &'a [u8],
}

/// Why bytes are no RTP packet.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum RtpError {
    /// Fewer bytes than the header says.
    #[error("{got} bytes where {need} are needed")]
    Truncated {
        /// So many are needed at least.
        need: usize,
        /// So many there are.
        got: usize,
    },
    /// Not version 2.
    #[error("version {0} of RTP; there is 2")]
    Version(u8),
    /// More padding than payload, or none although some is said to be there.
    #[error("{0} bytes of padding cannot be")]
    Padding(u8),
}

const HEADER: usize = 12;

impl<'a> Packet<'a> {
    /// Reads a packet; contributing sources, an extension and padding are left out.
    ///
    /// # Errors
    /// Too few bytes, another version, impossible padding.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, RtpError> {
        let truncated = |need| RtpError::Truncated { need, got: bytes.len() };
        let Some(&[first, second, s0, s1, t0, t1, t2, t3, r0, r1, r2, r3]) =
            bytes.first_chunk::<HEADER>()
        else {
            return Err(truncated(HEADER));
        };
        if first >> 6 != 2 {
            return Err(RtpError::Version(first >> 6));
        }
        let mut begins = HEADER + 4 * usize::from(first & 0x0F);
        if first & 0x10 != 0 {
            let length = bytes.get(begins + 2..begins + 4).ok_or(truncated(begins + 4))?;
            begins += 4 + 4 * usize::from(u16::from_be_bytes([length[0], length[1]]));
        }
        let mut payload = bytes.get(begins..).ok_or(truncated(begins))?;
        if first & 0x20 != 0 {
            let padding = payload.last().copied().unwrap_or(0);
            let ends = payload.len().checked_sub(padding.into()).filter(|_| padding > 0);
            payload = &payload[..ends.ok_or(RtpError::Padding(padding))?];
        }
        Ok(Self {
            marker: second & 0x80 != 0,
            payload_type: second & 0x7F,
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([r0, r1, r2, r3]),
            payload,
        })
    }

    /// The packet's bytes: no contributing source, no extension, no padding.
    #[must_use]
    pub fn emit(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + self.payload.len());
        bytes.push(0x80);
        bytes.push(u8::from(self.marker) << 7 | self.payload_type & 0x7F);
        bytes.extend(self.sequence.to_be_bytes());
        bytes.extend(self.timestamp.to_be_bytes());
        bytes.extend(self.ssrc.to_be_bytes());
        bytes.extend(self.payload);
        bytes
    }
}

impl fmt::Debug for Packet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packet")
            .field("marker", &self.marker)
            .field("payload_type", &self.payload_type)
            .field("sequence", &self.sequence)
            .field("timestamp", &self.timestamp)
            .field("ssrc", &self.ssrc)
            .field("payload", &format_args!("{} bytes", self.payload.len()))
            .finish()
    }
}

/// How much later one timestamp is than another, modulo 2^32; negative when it is earlier.
#[must_use]
pub fn timestamp_since(later: u32, earlier: u32) -> i32 {
    later.wrapping_sub(earlier).cast_signed()
}

/// How many packets later one sequence number is than another, modulo 2^16; negative when it is earlier.
#[must_use]
pub fn sequence_since(later: u16, earlier: u16) -> i16 {
    later.wrapping_sub(earlier).cast_signed()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAIN: [u8; 12] = [0x80, 0x80 | 101, 0xFF, 0xFE, 0, 0, 1, 0, 0xDE, 0xAD, 0xBE, 0xEF];

    fn with(first: u8, rest: &[u8]) -> Vec<u8> {
        let mut bytes = PLAIN.to_vec();
        bytes[0] = first;
        bytes.extend(rest);
        bytes
    }

    #[test]
    fn headers_are_read_whatever_stands_behind_them() {
        for (first, rest, payload) in [
            (0x80, &[][..], Ok(&[][..])),
            (0x80, &[1, 2], Ok(&[1, 2])),
            (0x82, &[0, 0, 0, 1, 0, 0, 0, 2, 7], Ok(&[7])),
            (0x90, &[0xBE, 0xDE, 0, 1, 9, 9, 9, 9, 7], Ok(&[7])),
            (0xA0, &[7, 8, 0, 0, 3], Ok(&[7, 8])),
            (0xA0, &[7, 0], Err(RtpError::Padding(0))),
            (0xA0, &[7, 3], Err(RtpError::Padding(3))),
            (0xA0, &[], Err(RtpError::Padding(0))),
            (0x40, &[], Err(RtpError::Version(1))),
            (0x81, &[0, 0], Err(RtpError::Truncated { need: 16, got: 14 })),
            (0x90, &[0xBE], Err(RtpError::Truncated { need: 16, got: 13 })),
            (0x90, &[0xBE, 0xDE, 0, 2, 9], Err(RtpError::Truncated { need: 24, got: 17 })),
        ] {
            let bytes = with(first, rest);
            assert_eq!(Packet::parse(&bytes).map(|packet| packet.payload), payload, "{bytes:x?}");
        }
        let packet = Packet::parse(&PLAIN).unwrap();
        assert!(packet.marker);
        assert_eq!((packet.payload_type, packet.sequence), (101, 0xFFFE));
        assert_eq!((packet.timestamp, packet.ssrc), (256, 0xDEAD_BEEF));
        assert_eq!(packet.emit(), PLAIN);
        assert_eq!(Packet::parse(&PLAIN[..11]), Err(RtpError::Truncated { need: 12, got: 11 }));
    }

    #[test]
    fn distances_go_round() {
        assert_eq!(timestamp_since(10, u32::MAX - 9), 20);
        assert_eq!(timestamp_since(u32::MAX - 9, 10), -20);
        assert_eq!(sequence_since(1, 65_535), 2);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_packet_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(packet) = Packet::parse(&bytes) {
                let emitted = packet.emit();
                prop_assert_eq!(Packet::parse(&emitted), Ok(packet));
            }
        }
    }
}
