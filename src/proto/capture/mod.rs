//! Calls found in a capture of network packets: who called, which keys they sent, when they hung up.
//!
//! bytes → `file` (pcap or pcapng: packets with their times) → `link` (UDP datagrams) → `calls` (SIP dialogs, RTP streams) →
//! `keys` (by event, by SIP INFO or by sound) → [`CapturedCall`]. Whatever the bytes are: values or an error.

mod calls;
mod file;
mod keys;
mod link;
mod streams;

use std::time::Duration;

use thiserror::Error;

use crate::domain::{Digit, PhoneNumber, Uptime};

use file::Packets;

/// What a capture has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capture {
    /// The calls, in the order in which they began. Times count from the first packet of the file.
    pub calls: Vec<CapturedCall>,
    /// Packets in the file.
    pub packets: usize,
    /// Parts of IP packets, which are not put together again: a SIP message may be missing.
    pub fragments: usize,
}

/// A call as a capture shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapturedCall {
    /// From where.
    pub from: Origin,
    /// The number called, if a SIP message says it.
    pub called: Option<PhoneNumber>,
    /// Whether its beginning is in the capture: it was set up by SIP.
    pub begins_in_it: bool,
    /// When it was offered, or when its first packet came.
    pub begins_at: Uptime,
    /// When it was answered, if that was seen.
    pub answered_at: Option<Uptime>,
    /// When it was over, if that was seen.
    pub ended: Option<(Uptime, EndedBy)>,
    /// The keys, in time.
    pub keys: Vec<CapturedKey>,
    /// How they came; `None` where there are none.
    pub keys_by: Option<KeysBy>,
}

/// From where a call came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From this number.
    Number(PhoneNumber),
    /// Withheld.
    Withheld,
    /// The capture does not say.
    Unknown,
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// Whoever called.
    Caller,
    /// Whoever was called.
    Called,
    /// It was refused, with this SIP status.
    Refusal(u16),
    /// Nothing was seen of it any more.
    Nothing,
}

/// How keys came: one way a call, so that none counts twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeysBy {
    /// As RFC 4733 events.
    Events,
    /// As SIP INFO.
    Info,
    /// As tones in the sound.
    Sound,
}

/// A key that was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapturedKey {
    /// Which.
    pub digit: Digit,
    /// When.
    pub at: Uptime,
    /// For how long, if that is known.
    pub lasted: Option<Duration>,
}

/// Why a file is no capture of calls.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CaptureError {
    /// Neither pcap nor pcapng.
    #[error("this is no capture: it begins neither as pcap nor as pcapng")]
    NotACapture,
    /// It ends in the middle of a packet.
    #[error("the capture is cut off at its end, after {packets} packets")]
    Truncated {
        /// Whole packets before.
        packets: usize,
    },
    /// A block that cannot be.
    #[error("the capture is damaged after {packets} packets")]
    Damaged {
        /// Whole packets before.
        packets: usize,
    },
    /// Nothing but a header.
    #[error("there is no packet in the capture")]
    Empty,
    /// Only links that are not known here.
    #[error(
        "the capture is of link type {0}, which is not read: Ethernet, Linux cooked, raw IP and loopback are"
    )]
    LinkType(i32),
    /// No UDP in it, or none that is a call.
    #[error(
        "there is no call in the {packets} packets of the capture: neither SIP over UDP nor RTP"
    )]
    NoCall {
        /// Packets in it.
        packets: usize,
    },
}

impl Capture {
    /// Finds the calls in the bytes of a pcap or pcapng file.
    ///
    /// # Errors
    /// It is none, it is damaged, or there is no call in it.
    pub fn read(bytes: &[u8]) -> Result<Self, CaptureError> {
        let packets = Packets::read(bytes)?;
        let calls = calls::find(&packets.datagrams);
        if calls.is_empty() {
            return Err(CaptureError::NoCall { packets: packets.packets });
        }
        Ok(Self { calls, packets: packets.packets, fragments: packets.fragments })
    }
}

#[cfg(test)]
mod tests;
