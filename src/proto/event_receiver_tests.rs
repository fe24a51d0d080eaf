//! Each press once: row by row as it was got wrong in the field, and for anything that leaves one packet of each press.

use proptest::prelude::*;

use super::*;
use crate::proto::event_sender::{EventFault, EventSender, Press, SentPacket};
use crate::proto::telephone_event::CLOCK_HZ;

const SSRC: u32 = 7;

/// One packet: when it comes (ms), its sequence number, timestamp, marker, key, end, duration.
type Row = (u64, u16, u32, bool, char, bool, u16);

fn keyed(rows: &[Row]) -> String {
    let mut receiver = EventReceiver::new(CLOCK_HZ);
    let heard =
        rows.iter().filter_map(|&(at, sequence, timestamp, marker, key, end, duration_rtp)| {
            let event = Digit::from_char(key).map_or(16, Digit::event);
            let payload = TelephoneEvent { event, end, volume_dbm0: 10, duration_rtp }.emit();
            let packet = Packet {
                marker,
                payload_type: 101,
                sequence,
                timestamp,
                ssrc: SSRC,
                payload: &payload,
            };
            receiver.hear(Uptime::from_millis(at), &packet)
        });
    heard.filter(|report| report.is_new).map(|report| report.digit.as_char()).collect()
}

/// What it is, the packets, the keys that were pressed.
const IN_THE_FIELD: &[(&str, &[Row], &str)] = &[
    (
        "as it should be",
        &[
            (0, 1, 0, true, '5', false, 160),
            (20, 2, 0, false, '5', false, 320),
            (40, 3, 0, false, '5', true, 480),
            (60, 4, 0, false, '5', true, 480),
            (80, 5, 0, false, '5', true, 480),
        ],
        "5",
    ),
    (
        "a marker on every packet",
        &[
            (0, 1, 0, true, '5', false, 160),
            (20, 2, 0, true, '5', false, 320),
            (40, 3, 0, true, '5', true, 480),
        ],
        "5",
    ),
    (
        "no marker at all",
        &[(0, 1, 0, false, '5', false, 160), (20, 2, 0, false, '5', true, 320)],
        "5",
    ),
    ("only an end", &[(60, 9, 0, false, '#', true, 800)], "#"),
    (
        "the last two ends have a timestamp of their own",
        &[
            (0, 1, 0, true, '2', false, 160),
            (100, 2, 0, false, '2', true, 800),
            (120, 3, 960, false, '2', true, 800),
            (140, 4, 960, false, '2', true, 800),
        ],
        "2",
    ),
    (
        "a new timestamp in the middle",
        &[
            (0, 1, 0, true, '2', false, 400),
            (50, 2, 400, false, '2', false, 400),
            (100, 3, 800, false, '2', true, 400),
        ],
        "2",
    ),
    (
        "the same key twice, both ends of the first lost",
        &[(0, 1, 0, true, '5', false, 160), (200, 4, 1_600, true, '5', false, 160)],
        "55",
    ),
    (
        "the same key twice, 40 ms between",
        &[(0, 1, 0, true, '5', true, 400), (90, 2, 720, true, '5', true, 400)],
        "55",
    ),
    (
        "two keys without a pause",
        &[
            (0, 1, 0, true, '5', false, 400),
            (50, 2, 400, true, '6', false, 400),
            (51, 3, 0, false, '5', true, 400),
        ],
        "56",
    ),
    (
        "two keys with one timestamp",
        &[(0, 1, 0, true, '5', true, 400), (100, 2, 0, true, '6', true, 400)],
        "56",
    ),
    (
        "one timestamp for every press",
        &[
            (0, 1, 0, true, '5', false, 160),
            (20, 2, 0, false, '5', true, 320),
            (200, 3, 0, true, '5', false, 160),
            (220, 4, 0, false, '5', true, 320),
        ],
        "55",
    ),
    (
        "the first packet comes last",
        &[(40, 3, 0, false, '5', true, 480), (100, 1, 0, true, '5', false, 160)],
        "5",
    ),
    (
        "round the end of both counters",
        &[
            (0, 65_535, u32::MAX - 100, true, '5', false, 160),
            (20, 0, u32::MAX - 100, false, '5', true, 320),
            (400, 1, 3_000, true, '5', true, 160),
        ],
        "55",
    ),
    (
        "segments, the end of the first lost",
        &[
            (0, 1, 0, true, '5', false, 160),
            (8_500, 2, 65_535, false, '5', false, 2_400),
            (17_000, 3, 131_070, false, '5', true, 5_000),
        ],
        "5",
    ),
    (
        "a duration that has gone round",
        &[
            (0, 1, 0, true, '5', false, 65_500),
            (20, 2, 0, false, '5', false, 124),
            (40, 3, 0, false, '5', true, 284),
        ],
        "5",
    ),
    (
        "a first packet without duration",
        &[(0, 1, 0, true, '5', false, 0), (20, 2, 0, false, '5', true, 160)],
        "5",
    ),
    ("what is no key", &[(0, 1, 0, true, 'x', false, 160)], ""),
];

#[test]
fn what_went_wrong_in_the_field_goes_right() {
    for (what, packets, expected) in IN_THE_FIELD {
        assert_eq!(keyed(packets), *expected, "{what}");
    }
}

#[test]
fn another_source_is_another_stream() {
    let mut receiver = EventReceiver::new(CLOCK_HZ);
    let payload = TelephoneEvent { event: 5, end: true, volume_dbm0: 10, duration_rtp: 160 }.emit();
    let mut packet = Packet {
        marker: true,
        payload_type: 101,
        sequence: 1,
        timestamp: 9,
        ssrc: 1,
        payload: &payload,
    };
    assert!(receiver.hear(Uptime::ZERO, &packet).is_some_and(|report| report.is_new));
    packet.ssrc = 2;
    assert!(receiver.hear(Uptime::ZERO, &packet).is_some_and(|report| report.is_new));
}

#[test]
fn old_presses_are_forgotten_and_their_repetitions_are_none() {
    let mut receiver = EventReceiver::new(CLOCK_HZ);
    let mut new = 0;
    for nth in 0..100_u32 {
        for timestamp in [nth * 800, nth.saturating_sub(40) * 800] {
            let payload =
                TelephoneEvent { event: 5, end: true, volume_dbm0: 10, duration_rtp: 160 }.emit();
            let packet = Packet {
                marker: true,
                payload_type: 101,
                sequence: (timestamp / 800) as u16,
                timestamp,
                ssrc: SSRC,
                payload: &payload,
            };
            let now = Uptime::from_millis(u64::from(nth) * 100);
            new += u32::from(receiver.hear(now, &packet).is_some_and(|report| report.is_new));
        }
    }
    assert_eq!(new, 100);
    assert!(receiver.known.len() <= PRESSES_REMEMBERED);
}

/// The presses of a stream with all their packets, and which of them each belongs to.
fn presses(
    keys: &[(u8, u64, u64)],
    fault: Option<EventFault>,
    first: (u16, u32),
) -> (String, Vec<(usize, SentPacket)>) {
    let mut sender = EventSender::new(SSRC, 101, first.0, first.1);
    let mut at = Uptime::from_millis(1_000);
    let (mut expected, mut packets) = (String::new(), Vec::new());
    for (nth, &(event, on, off)) in keys.iter().enumerate() {
        let digit = Digit::from_event(event).unwrap();
        let (on, off) = (Duration::from_millis(on), Duration::from_millis(off));
        let sent = sender.press(Press { digit, at, on, off }, fault);
        packets.extend(sent.into_iter().map(|packet| (nth, packet)));
        expected.push(digit.as_char());
        at = at + EventFault::lasts(fault, on) + off;
    }
    (expected, packets)
}

fn received(packets: &[(usize, SentPacket)]) -> (String, Vec<Duration>) {
    let mut receiver = EventReceiver::new(CLOCK_HZ);
    let mut in_time: Vec<_> = packets.iter().map(|(_, packet)| packet).collect();
    in_time.sort_by_key(|packet| packet.at);
    let (mut keyed, mut lasted) = (String::new(), Vec::new());
    for sent in in_time {
        let packet = Packet::parse(&sent.bytes).unwrap();
        let Some(report) = receiver.hear(sent.at, &packet) else { continue };
        if report.is_new {
            keyed.push(report.digit.as_char());
            lasted.push(report.lasted);
        }
        lasted[usize::try_from(report.press).unwrap()] = report.lasted;
    }
    (keyed, lasted)
}

#[test]
fn each_fault_is_one_key_a_press() {
    let keys = [(1, 100, 100), (1, 60, 40), (1, 60, 40), (5, 200, 60), (11, 40, 45), (11, 300, 50)];
    for fault in EventFault::ALL.map(Some).into_iter().chain([None]) {
        let (expected, packets) = presses(&keys, fault, (65_530, u32::MAX - 9_000));
        let (keyed, lasted) = received(&packets);
        assert_eq!(keyed, expected, "{fault:?}");
        if fault.is_none() {
            assert_eq!(
                lasted.iter().map(Duration::as_millis).collect::<Vec<_>>(),
                [100, 60, 60, 200, 40, 300]
            );
        }
    }
}

fn keys() -> impl Strategy<Value = Vec<(u8, u64, u64)>> {
    // Few different keys, so that the same follows itself; now and then one that takes several segments.
    let on = prop_oneof![8 => 20..400_u64, 1 => 8_000..20_000_u64];
    proptest::collection::vec((0..3_u8, on, 40..400_u64), 1..14)
}

fn faults() -> impl Strategy<Value = Option<EventFault>> {
    // Which of two spans a new timestamp begins can be told only from packets near it.
    let bearing_loss =
        EventFault::ALL.into_iter().filter(|fault| *fault != EventFault::NewTimestamp);
    prop_oneof![
        Just(None),
        proptest::sample::select(bearing_loss.collect::<Vec<_>>()).prop_map(Some)
    ]
}

/// A telephone counts at 48 kHz, and then at 8 kHz again: its timestamps go back further than anything that is remembered.
#[test]
fn a_clock_that_changes_takes_no_key() {
    let mut sender = EventSender::new(SSRC, 101, 1, 0);
    let mut receiver = EventReceiver::new(CLOCK_HZ);
    let (on, off) = (Duration::from_millis(100), Duration::from_millis(100));
    let mut heard = String::new();
    for nth in 0..60_u64 {
        let fault = (nth < 30).then_some(EventFault::FastClock);
        let digit = Digit::from_event((nth % 3) as u8).unwrap();
        let press = Press { digit, at: Uptime::from_millis(5_000 + nth * 200), on, off };
        for packet in sender.press(press, fault) {
            let report = receiver.hear(packet.at, &Packet::parse(&packet.bytes).unwrap());
            heard.extend(report.filter(|it| it.is_new).map(|it| it.digit.as_char()));
        }
    }
    assert_eq!(heard, "012".repeat(20));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 400 } else { 4_000 }))]

    #[test]
    fn whatever_leaves_one_packet_of_each_press_leaves_each_press_once(
        keys in keys(),
        fault in faults(),
        first in any::<(u16, u32)>(),
        lost in any::<u64>(),
        loss in 0..=1_000_u64,
        twice in 0..200_u64,
    ) {
        let (expected, packets) = presses(&keys, fault, first);
        // Drawn from one number, so that a failure shrinks to few losses.
        let mut state = lost;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % 1_000
        };
        let mut kept = Vec::new();
        for nth in 0..keys.len() {
            let of_it: Vec<_> = packets.iter().filter(|(press, _)| *press == nth).collect();
            let spared = draw() as usize % of_it.len();
            for (place, packet) in of_it.into_iter().enumerate() {
                if place == spared || draw() >= loss {
                    kept.push(packet.clone());
                    if draw() < twice {
                        kept.push(packet.clone());
                    }
                }
            }
        }
        let (mut received, mut expected) = (received(&kept).0.into_bytes(), expected.into_bytes());
        if fault == Some(EventFault::RepeatedEnd) {
            // What is left of a press may be an end that comes after the next press has begun.
            received.sort_unstable();
            expected.sort_unstable();
        }
        prop_assert_eq!(received, expected);
    }

    #[test]
    fn a_new_timestamp_in_the_middle_is_no_new_press(keys in keys(), first in any::<(u16, u32)>()) {
        let short: Vec<_> = keys.into_iter().map(|(key, on, off)| (key, on.min(8_000), off)).collect();
        let (expected, packets) = presses(&short, Some(EventFault::NewTimestamp), first);
        prop_assert_eq!(received(&packets).0, expected);
    }

    #[test]
    fn any_packets_are_borne(rows in proptest::collection::vec(
        (any::<u16>(), any::<u16>(), any::<u32>(), any::<u32>(), proptest::collection::vec(any::<u8>(), 0..9)), 0..60,
    )) {
        let mut receiver = EventReceiver::new(CLOCK_HZ);
        let mut now = Uptime::ZERO;
        for (wait, sequence, timestamp, ssrc, payload) in rows {
            now = now + Duration::from_millis(wait.into());
            let packet = Packet { marker: false, payload_type: 101, sequence, timestamp, ssrc: ssrc % 3, payload: &payload };
            let _any = receiver.hear(now, &packet);
        }
    }
}
