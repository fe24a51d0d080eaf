//! Receives keys as telephone events (RFC 4733 §2.5.2): each press once, whatever is lost, repeated or reordered.
//!
//! A press is a span of RTP time: from a packet's timestamp for as long as its duration says. Packets whose spans are
//! less than [`GAP_MIN`] apart tell of the same press of a key, whatever their timestamps, markers and ends: so neither
//! repeated end packets, nor an end that has a timestamp of its own, nor the segments of a long press are a second one;
//! and any one packet is enough. A span that lost packets is shorter than the press was, never longer: two presses further
//! apart than that never become one.

use std::collections::VecDeque;
use std::time::Duration;

use super::rtp::{Packet, sequence_since, timestamp_since};
use super::telephone_event::TelephoneEvent;
use crate::domain::{Digit, Uptime};

/// The shortest pause between two presses of the same key: as short as it must be told apart in sound (ITU-T Q.24).
pub const GAP_MIN: Duration = Duration::from_millis(40);

/// Presses remembered, so that late packets of them are known. The fastest keying takes over a second for so many.
const PRESSES_REMEMBERED: usize = 16;

/// How long after its last packet a press is remembered: later than any packet comes.
const REMEMBERED_FOR: Duration = Duration::from_secs(30);

/// The longest that one segment can tell of (RFC 4733 §2.5.1.3).
const SEGMENT: u32 = u16::MAX as u32;

/// Segments of which all packets may be lost in a row: more than a minute of a clock of 48 kHz.
const SEGMENTS_LOST_MAX: u32 = 48;

/// What a packet tells of a press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which press, counted from 0.
    pub press: u64,
    /// The key.
    pub digit: Digit,
    /// Whether it is the first packet of this press: the key is taken now.
    pub is_new: bool,
    /// How long the press has lasted for all that is known.
    pub lasted: Duration,
}

/// The receiving side of one call's events.
#[derive(Clone, Debug)]
pub struct EventReceiver {
    clock_hz: u32,
    counted: u64,
    /// The latest at the back.
    known: VecDeque<Known>,
}

#[derive(Clone, Debug)]
struct Known {
    press: u64,
    ssrc: u32,
    digit: Digit,
    begins: u32,
    ends: u32,
    heard_at: Uptime,
    newest: u16,
    longest: u16,
    is_over: bool,
}

impl EventReceiver {
    /// For events of a clock of that rate: 8 000 where nothing else is agreed upon.
    #[must_use]
    pub fn new(clock_hz: u32) -> Self {
        Self { clock_hz: clock_hz.max(1), counted: 0, known: VecDeque::new() }
    }

    /// Takes a packet of the events' payload type; what it tells, if it is of a key.
    pub fn hear(&mut self, now: Uptime, packet: &Packet<'_>) -> Option<Report> {
        let event = TelephoneEvent::parse(packet.payload).ok()?;
        let digit = event.digit()?;
        self.known.retain(|known| now.since(known.heard_at) <= REMEMBERED_FOR);
        let gap_min = self.units(GAP_MIN);
        let ends = packet.timestamp.wrapping_add(event.duration_rtp.into());
        let same = self.known.iter_mut().rev().find(|known| {
            known.ssrc == packet.ssrc
                && known.digit == digit
                && known.is_told_by(packet.timestamp, ends, gap_min)
        });
        if let Some(known) = same
            && !known.begins_anew(now, packet, event)
        {
            known.goes_on(now, packet, event);
            let (press, lasted) = (known.press, known.ends.wrapping_sub(known.begins));
            return Some(Report { press, digit, is_new: false, lasted: self.time(lasted) });
        }
        if self.is_older_than_memory(packet, ends) {
            return None;
        }
        let press = self.counted;
        self.counted += 1;
        if self.known.len() == PRESSES_REMEMBERED {
            self.known.pop_front();
        }
        self.known.push_back(Known {
            press,
            ssrc: packet.ssrc,
            digit,
            begins: packet.timestamp,
            ends,
            heard_at: now,
            newest: packet.sequence,
            longest: event.duration_rtp,
            is_over: event.end,
        });
        Some(Report { press, digit, is_new: true, lasted: self.time(event.duration_rtp.into()) })
    }

    /// Whether it is from before everything that is remembered: a repetition of something long done. By its timestamp alone
    /// it could also be new, of a telephone whose clock goes slower than before.
    fn is_older_than_memory(&self, packet: &Packet<'_>, ends: u32) -> bool {
        let is_older = |known: &Known| {
            known.ssrc == packet.ssrc
                && timestamp_since(ends, known.begins) < 0
                && sequence_since(packet.sequence, known.newest) < 0
        };
        self.known.len() == PRESSES_REMEMBERED && self.known.iter().all(is_older)
    }

    fn units(&self, time: Duration) -> i32 {
        let units = time.as_micros() * u128::from(self.clock_hz) / 1_000_000;
        i32::try_from(units).unwrap_or(i32::MAX)
    }

    fn time(&self, units: u32) -> Duration {
        Duration::from_micros(u64::from(units) * 1_000_000 / u64::from(self.clock_hz))
    }
}

impl Known {
    fn is_told_by(&self, begins: u32, ends: u32, gap_min: i32) -> bool {
        let after = timestamp_since(begins, self.ends);
        let before = timestamp_since(self.begins, ends);
        if after < gap_min && before < gap_min {
            return true;
        }
        // Another segment, even where all that is between is lost: no two presses are exactly so many units apart.
        let since = timestamp_since(begins, self.begins);
        let is_segment = since.unsigned_abs().is_multiple_of(SEGMENT)
            && since.unsigned_abs() / SEGMENT <= SEGMENTS_LOST_MAX;
        is_segment && (since < 0 || !self.is_over)
    }

    /// A telephone that gives each press the same timestamp: a packet sent later, after a pause, that says less than was
    /// said already.
    fn begins_anew(&self, now: Uptime, packet: &Packet<'_>, event: TelephoneEvent) -> bool {
        self.is_over
            && packet.timestamp == self.begins
            && sequence_since(packet.sequence, self.newest) > 0
            && !event.end
            && event.duration_rtp < self.longest
            && now.since(self.heard_at) >= GAP_MIN
    }

    fn goes_on(&mut self, now: Uptime, packet: &Packet<'_>, event: TelephoneEvent) {
        let ends = packet.timestamp.wrapping_add(event.duration_rtp.into());
        if timestamp_since(packet.timestamp, self.begins) < 0 {
            self.begins = packet.timestamp;
        }
        // An end that is repeated with a timestamp of its own says how long the whole press was, from that timestamp on.
        if !self.is_over && timestamp_since(ends, self.ends) > 0 {
            self.ends = ends;
        }
        if sequence_since(packet.sequence, self.newest) > 0 {
            self.newest = packet.sequence;
        }
        self.longest = self.longest.max(event.duration_rtp);
        self.is_over |= event.end;
        self.heard_at = now;
    }
}

#[cfg(test)]
#[path = "event_receiver_tests.rs"]
mod tests;
