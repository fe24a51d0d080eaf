//! Sends keys as telephone events (RFC 4733 §2.5.1), and as telephones and gateways send them that do it wrong.

use std::fmt;
use std::time::Duration;

use super::rtp::Packet;
use super::telephone_event::{CLOCK_HZ, TelephoneEvent};
use crate::domain::{Digit, Uptime};

/// What is wrong with the packets of a press, or how they come. Each is one press all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventFault {
    /// No packet has the marker.
    NoMarker,
    /// The first half of the packets is lost.
    LostStart,
    /// None comes that says the press is over.
    LostEnd,
    /// One packet comes, from the middle.
    OnePacket,
    /// In the middle of the press, and for the repeated end packets, there is another RTP timestamp.
    NewTimestamp,
    /// The end packet comes twelve times, on into the next press.
    RepeatedEnd,
    /// The packets come in the reverse order.
    Reordered,
    /// The key is held for 18 s: more than the duration's 16 bits can say, so it is sent in segments.
    Long,
    /// All packets come at once.
    Burst,
    /// From the middle of the press on the packets have another payload type.
    NewPayloadType,
    /// Timestamps and durations count at 48 kHz, though 8 kHz is agreed upon.
    FastClock,
}

impl EventFault {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::NoMarker,
        Self::LostStart,
        Self::LostEnd,
        Self::OnePacket,
        Self::NewTimestamp,
        Self::RepeatedEnd,
        Self::Reordered,
        Self::Long,
        Self::Burst,
        Self::NewPayloadType,
        Self::FastClock,
    ];

    /// Its name in scenarios.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoMarker => "no-marker",
            Self::LostStart => "lost-start",
            Self::LostEnd => "lost-end",
            Self::OnePacket => "one-packet",
            Self::NewTimestamp => "new-timestamp",
            Self::RepeatedEnd => "repeated-end",
            Self::Reordered => "reordered",
            Self::Long => "long",
            Self::Burst => "burst",
            Self::NewPayloadType => "new-payload-type",
            Self::FastClock => "fast-clock",
        }
    }

    /// How long a press lasts that would last so long without it.
    #[must_use]
    pub fn lasts(fault: Option<Self>, on: Duration) -> Duration {
        if fault == Some(Self::Long) { on.max(LONG) } else { on }
    }
}

/// One press of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Press {
    /// Which key.
    pub digit: Digit,
    /// When it begins.
    pub at: Uptime,
    /// How long it lasts.
    pub on: Duration,
    /// The pause after it: repeated end packets are sent in it.
    pub off: Duration,
}

/// A packet on its way. Shows no bytes: they are a key.
#[derive(Clone, PartialEq, Eq)]
pub struct SentPacket {
    /// When it is sent.
    pub at: Uptime,
    /// The RTP packet.
    pub bytes: Box<[u8]>,
}

impl fmt::Debug for SentPacket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SentPacket({}, {} bytes)", self.at, self.bytes.len())
    }
}

/// The sending side of one call's events.
#[derive(Clone, Debug)]
pub struct EventSender {
    ssrc: u32,
    payload_type: u8,
    sequence: u16,
    timestamp_at_zero: u32,
}

/// From one packet of a press to the next, as of a telephone that sends sound in packets of 20 ms.
const STEP: Duration = Duration::from_millis(20);

/// How often the end is told (RFC 4733 §2.5.1.4).
const ENDS: usize = 3;

/// How often [`EventFault::RepeatedEnd`] tells it.
const ENDS_REPEATED: usize = 12;

/// How long [`EventFault::Long`] holds the key: two segments are full and a third is begun.
const LONG: Duration = Duration::from_secs(18);

/// The clock of [`EventFault::FastClock`]: that of sound in Opus (RFC 7587 §4.1).
const FAST_CLOCK_HZ: u32 = 48_000;

/// The payload type of [`EventFault::NewPayloadType`]: dynamic, as all of events are (RFC 3551 §6).
const OTHER_PAYLOAD_TYPE: u8 = 96;

/// The level that is told: that of each tone as a telephone sends it.
const VOLUME_DBM0: u8 = 10;

/// A report of a press, before it is a packet.
#[derive(Clone, Copy)]
struct Told {
    at: Uptime,
    timestamp: u32,
    duration_rtp: u16,
    end: bool,
    marker: bool,
}

impl EventSender {
    /// A stream of that source and payload type, with its numbers at the beginning: both are random in the wild (RFC 3550 §5.1).
    #[must_use]
    pub fn new(ssrc: u32, payload_type: u8, sequence: u16, timestamp_at_zero: u32) -> Self {
        Self { ssrc, payload_type, sequence, timestamp_at_zero }
    }

    /// The packets of a press in the order in which they come: marker on the first, one timestamp, the duration growing, the
    /// end three times. The first is sent as the press begins and tells of one packet's time ahead.
    pub fn press(&mut self, press: Press, fault: Option<EventFault>) -> Vec<SentPacket> {
        let press = Press { on: EventFault::lasts(fault, press.on), ..press };
        let ends = if fault == Some(EventFault::RepeatedEnd) { ENDS_REPEATED } else { ENDS };
        let clock_hz = if fault == Some(EventFault::FastClock) { FAST_CLOCK_HZ } else { CLOCK_HZ };
        let mut told = self.told(press, ends, clock_hz);
        if fault == Some(EventFault::NoMarker) {
            told.iter_mut().for_each(|told| told.marker = false);
        }
        if fault == Some(EventFault::NewTimestamp) {
            move_timestamp(&mut told);
        }
        let middle = told.len().saturating_sub(ends) / 2;
        let agreed = self.payload_type;
        let packets = told.iter().enumerate().map(|(place, told)| {
            let is_other = fault == Some(EventFault::NewPayloadType) && place >= middle;
            let payload_type = if is_other { OTHER_PAYLOAD_TYPE } else { agreed };
            self.packet(press.digit, *told, payload_type)
        });
        let mut packets: Vec<_> = packets.collect();
        match fault {
            Some(EventFault::LostStart) => drop(packets.drain(..middle.max(1))),
            Some(EventFault::LostEnd) => packets.truncate(packets.len() - ends),
            Some(EventFault::OnePacket) => packets = packets.drain(middle..=middle).collect(),
            Some(EventFault::Reordered) => {
                let times: Vec<_> = packets.iter().map(|packet| packet.at).collect();
                packets.reverse();
                packets.iter_mut().zip(times).for_each(|(packet, at)| packet.at = at);
            }
            Some(EventFault::Burst) => packets.iter_mut().for_each(|packet| packet.at = press.at),
            Some(
                EventFault::NoMarker
                | EventFault::NewTimestamp
                | EventFault::RepeatedEnd
                | EventFault::Long
                | EventFault::NewPayloadType
                | EventFault::FastClock,
            )
            | None => {}
        }
        packets
    }

    /// What is told of a press, and when.
    fn told(&self, press: Press, ends: usize, clock_hz: u32) -> Vec<Told> {
        let units = |micros: u64| micros.saturating_mul(u64::from(clock_hz)) / 1_000_000;
        let start = self.timestamp_at_zero.wrapping_add(units(press.at.as_micros()) as u32);
        let all = units(micros(press.on)).max(1);
        let tells = |at: Uptime, elapsed: u64, end: bool| {
            // A duration of 0 belongs to the segment before, which it ends.
            let segment = elapsed.saturating_sub(1) / SEGMENT;
            Told {
                at,
                timestamp: start.wrapping_add((segment * SEGMENT) as u32),
                duration_rtp: (elapsed - segment * SEGMENT) as u16,
                end,
                marker: false,
            }
        };
        let mut told: Vec<Told> = Vec::new();
        let mut at = press.at;
        while at < press.at + press.on || told.is_empty() {
            let elapsed = units(micros(at.since(press.at) + STEP)).min(all);
            let next = tells(at, elapsed, false);
            // The last report of a segment says that it is full (RFC 4733 §2.5.1.3).
            if let Some(before) = told.last()
                && before.timestamp != next.timestamp
                && u64::from(before.duration_rtp) < SEGMENT
            {
                told.push(Told { at, duration_rtp: SEGMENT as u16, ..*before });
            }
            told.push(next);
            at = at + STEP;
        }
        told[0].marker = true;
        let over = press.at + press.on;
        let apart = if ends > ENDS { STEP } else { STEP.min(press.off / ENDS as u32) };
        told.extend((0..ends as u32).map(|nth| tells(over + apart * nth, all, true)));
        told
    }

    fn packet(&mut self, digit: Digit, told: Told, payload_type: u8) -> SentPacket {
        let payload = TelephoneEvent {
            event: digit.event(),
            end: told.end,
            volume_dbm0: VOLUME_DBM0,
            duration_rtp: told.duration_rtp,
        };
        let bytes = Packet {
            marker: told.marker,
            payload_type,
            sequence: self.sequence,
            timestamp: told.timestamp,
            ssrc: self.ssrc,
            payload: &payload.emit(),
        }
        .emit();
        self.sequence = self.sequence.wrapping_add(1);
        SentPacket { at: told.at, bytes: bytes.into() }
    }
}

/// What is new after the middle: a timestamp from which the duration counts anew; the repeated ends have yet another, and
/// say how long the whole press was.
fn move_timestamp(told: &mut [Told]) {
    let Some(whole) = told.last().copied() else { return };
    let goes_on = told.iter().filter(|told| !told.end).count();
    let middle = goes_on / 2;
    let passed = if middle == 0 { 0 } else { told[middle - 1].duration_rtp };
    for later in &mut told[middle..] {
        if later.timestamp == whole.timestamp && later.duration_rtp > passed {
            later.timestamp = later.timestamp.wrapping_add(passed.into());
            later.duration_rtp -= passed;
        }
    }
    for repeated in told.iter_mut().skip(goes_on + 1) {
        repeated.timestamp = whole.timestamp.wrapping_add(whole.duration_rtp.into());
        repeated.duration_rtp = whole.duration_rtp;
    }
}

/// The longest that one segment can tell of.
const SEGMENT: u64 = u16::MAX as u64;

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packets(
        on_ms: u64,
        fault: Option<EventFault>,
    ) -> Vec<(u64, Packet<'static>, TelephoneEvent)> {
        let mut sender = EventSender::new(7, 101, u16::MAX - 1, u32::MAX - 79);
        let press = Press {
            digit: Digit::POUND,
            at: Uptime::from_millis(1_000),
            on: Duration::from_millis(on_ms),
            off: Duration::from_millis(100),
        };
        let sent = sender.press(press, fault).into_iter();
        sent.map(|sent| {
            let bytes: &'static [u8] = Box::leak(sent.bytes);
            let packet = Packet::parse(bytes).unwrap();
            (sent.at.as_millis() - 1_000, packet, TelephoneEvent::parse(packet.payload).unwrap())
        })
        .collect()
    }

    #[test]
    fn a_press_is_told_as_the_standard_says() {
        let packets = packets(100, None);
        let told: Vec<_> = packets
            .iter()
            .map(|(at, packet, event)| (*at, packet.marker, event.duration_rtp, event.end))
            .collect();
        assert_eq!(
            told,
            [
                (0, true, 160, false),
                (20, false, 320, false),
                (40, false, 480, false),
                (60, false, 640, false),
                (80, false, 800, false),
                (100, false, 800, true),
                (120, false, 800, true),
                (140, false, 800, true),
            ]
        );
        for (nth, (_, packet, event)) in packets.iter().enumerate() {
            assert_eq!(packet.sequence, (u16::MAX - 1).wrapping_add(nth as u16));
            assert_eq!((packet.timestamp, packet.ssrc, packet.payload_type), (7_920, 7, 101));
            assert_eq!(event.digit(), Some(Digit::POUND));
        }
    }

    #[test]
    fn a_long_press_is_told_in_segments() {
        let packets = packets(18_000, None);
        let mut last = None;
        let mut segments = Vec::new();
        for (_, packet, event) in &packets {
            if last != Some(packet.timestamp) {
                segments.push(packet.timestamp.wrapping_sub(7_920));
                last = Some(packet.timestamp);
            }
            assert_eq!(packet.marker, packet.sequence == u16::MAX - 1);
            assert!(event.duration_rtp > 0);
        }
        assert_eq!(segments, [0, 65_535, 131_070]);
        let full =
            |(_, _, event): &&(u64, Packet<'_>, TelephoneEvent)| event.duration_rtp == 65_535;
        assert_eq!(packets.iter().filter(full).count(), 2);
        assert_eq!(packets.last().unwrap().2.duration_rtp, 12_930);
    }

    #[test]
    fn each_fault_is_what_it_says() {
        for fault in EventFault::ALL {
            let packets = packets(100, Some(fault));
            let markers = packets.iter().filter(|(_, packet, _)| packet.marker).count();
            let ends = packets.iter().filter(|(_, _, event)| event.end).count();
            let timestamps: std::collections::BTreeSet<_> =
                packets.iter().map(|(_, packet, _)| packet.timestamp).collect();
            let expected = match fault {
                EventFault::NoMarker => (8, 0, 3, 1),
                EventFault::LostStart => (6, 0, 3, 1),
                EventFault::LostEnd => (5, 1, 0, 1),
                EventFault::OnePacket => (1, 0, 0, 1),
                EventFault::NewTimestamp => (8, 1, 3, 3),
                EventFault::RepeatedEnd => (17, 1, 12, 1),
                EventFault::Reordered
                | EventFault::Burst
                | EventFault::NewPayloadType
                | EventFault::FastClock => (8, 1, 3, 1),
                EventFault::Long => (905, 1, 3, 3),
            };
            assert_eq!((packets.len(), markers, ends, timestamps.len()), expected, "{fault:?}");
            let latest = packets.iter().map(|(at, _, _)| *at).max().unwrap();
            assert_eq!(latest == 0, fault == EventFault::Burst, "{fault:?}");
            assert_eq!(packets[0].2.end, fault == EventFault::Reordered, "{fault:?}");
            let types: std::collections::BTreeSet<_> =
                packets.iter().map(|(_, packet, _)| packet.payload_type).collect();
            assert_eq!(types.len() == 2, fault == EventFault::NewPayloadType, "{fault:?}");
            let longest = packets.iter().map(|(_, _, event)| event.duration_rtp).max().unwrap();
            assert_eq!(longest == 4_800, fault == EventFault::FastClock, "{fault:?}");
        }
    }
}
