//! The payload of a telephone event (RFC 4733 §2.3): which key, how long it has been pressed, whether that is all.

use std::fmt;

use super::rtp::RtpError;
use crate::domain::Digit;

/// One report of an event. Shows no key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// Which: 0 to 15 are the keys of a telephone, others are none of ours.
    pub event: u8,
    /// Whether it is over.
    pub end: bool,
    /// The tone's level with its minus sign dropped, 0 to 63.
    pub volume_dbm0: u8,
    /// From the packet's timestamp until now, in units of its clock (8 kHz: 160 = 20 ms).
    pub duration_rtp: u16,
}

/// The rate of the clock where nothing else is agreed upon.
pub const CLOCK_HZ: u32 = 8_000;

/// Tones weaker than this are none (RFC 4733 §2.3.4).
const VOLUME_DBM0_MAX: u8 = 55;

impl TelephoneEvent {
    /// Reads one payload: 4 bytes, network order; more is ignored.
    ///
    /// # Errors
    /// Fewer than 4 bytes.
    pub fn parse(payload: &[u8]) -> Result<Self, RtpError> {
        let Some(&[event, flags, high, low]) = payload.first_chunk() else {
            return Err(RtpError::Truncated { need: 4, got: payload.len() });
        };
        Ok(Self {
            event,
            end: flags & 0x80 != 0,
            volume_dbm0: flags & 0x3F,
            duration_rtp: u16::from_be_bytes([high, low]),
        })
    }

    /// The payload's bytes.
    #[must_use]
    pub fn emit(self) -> [u8; 4] {
        let [high, low] = self.duration_rtp.to_be_bytes();
        [self.event, u8::from(self.end) << 7 | self.volume_dbm0 & 0x3F, high, low]
    }

    /// The key, if it is one and loud enough to be meant.
    #[must_use]
    pub fn digit(self) -> Option<Digit> {
        Digit::from_event(self.event).filter(|_| self.volume_dbm0 <= VOLUME_DBM0_MAX)
    }
}

impl fmt::Debug for TelephoneEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TelephoneEvent")
            .field("digit", &self.digit())
            .field("end", &self.end)
            .field("duration_rtp", &self.duration_rtp)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_reads_back() {
        for (bytes, digit, end, duration_rtp) in [
            ([0, 0x0A, 0, 160], Some('0'), false, 160),
            ([11, 0x8A, 3, 0x20], Some('#'), true, 800),
            ([15, 0x40 | 10, 0xFF, 0xFF], Some('D'), false, 65_535),
            ([16, 10, 0, 160], None, false, 160),
            ([5, 55, 0, 160], Some('5'), false, 160),
            ([5, 56, 0, 160], None, false, 160),
        ] {
            let event = TelephoneEvent::parse(&bytes).unwrap();
            assert_eq!(event.digit().map(Digit::as_char), digit);
            assert_eq!((event.end, event.duration_rtp), (end, duration_rtp));
            assert_eq!(TelephoneEvent::parse(&event.emit()), Ok(event));
        }
        assert_eq!(TelephoneEvent::parse(&[5, 0, 0]), Err(RtpError::Truncated { need: 4, got: 3 }));
        assert!(TelephoneEvent::parse(&[5, 0, 0, 0, 9]).is_ok());
        let shown = format!("{:?}", TelephoneEvent::parse(&[7, 10, 0, 160]).unwrap());
        assert!(shown.contains("Digit(x)") && !shown.contains('7'), "{shown}");
    }
}
