//! Captures made byte by byte: who called, what they keyed, when; and whatever else a file may be.

use core::net::SocketAddr;

use proptest::prelude::*;

use super::*;

#[path = "../../../tests/support/capture.rs"]
mod made;

use made::{Link, Phone, Wire};

fn ann() -> Phone {
    Phone::new("+14255550171", 10, "ann")
}

fn keyed(call: &CapturedCall) -> String {
    call.keys.iter().map(|key| key.digit.as_char()).collect()
}

/// At what milliseconds keys began, and how long they lasted.
fn timing(call: &CapturedCall) -> Vec<(u64, u128)> {
    let ms =
        |key: &CapturedKey| (key.at.as_millis(), key.lasted.map_or(0, |lasted| lasted.as_millis()));
    call.keys.iter().map(ms).collect()
}

fn is_near(found: &[(u64, u128)], first_ms: u64, on_ms: u64, off_ms: u64, by_ms: u64) {
    for (nth, &(at, lasted)) in found.iter().enumerate() {
        let expected = first_ms + nth as u64 * (on_ms + off_ms);
        assert!(at.abs_diff(expected) <= by_ms, "key {nth} at {at}, not {expected}: {found:?}");
        assert!(
            (lasted as u64).abs_diff(on_ms) <= by_ms,
            "key {nth} for {lasted}, not {on_ms}: {found:?}"
        );
    }
}

fn events() -> Wire {
    let mut wire = Wire::default();
    let mut ann = ann();
    ann.dials(&mut wire, 0, 2_000);
    ann.keys_events(&mut wire, 5_000, "147852036##", 100, 100);
    ann.hangs_up(&mut wire, 20_000);
    wire
}

#[test]
fn a_call_with_events_is_found_on_every_link() {
    let wire = events();
    for link in Link::ALL {
        for (nanoseconds, big_endian) in
            [(false, false), (true, false), (false, true), (true, true)]
        {
            let capture = Capture::read(&wire.pcap_as(link, nanoseconds, big_endian)).unwrap();
            let [call] = &capture.calls[..] else { panic!("{link:?}: {capture:?}") };
            assert_eq!(keyed(call), "147852036##", "{link:?}");
            assert_eq!(call.from, Origin::Number("+14255550171".parse().unwrap()));
            assert_eq!(call.called, "+14255550100".parse().ok());
            assert_eq!(call.keys_by, Some(KeysBy::Events));
            assert_eq!(call.answered_at, Some(Uptime::from_millis(2_000)));
            assert_eq!(call.ended, Some((Uptime::from_millis(20_000), EndedBy::Caller)));
            is_near(&timing(call), 5_000, 100, 100, 0);
        }
    }
    assert_eq!(Capture::read(&wire.pcapng()), Capture::read(&wire.pcap()));
}

#[test]
fn keys_are_heard_where_there_are_no_events() {
    for (sound, on, off) in [(0, 90, 160), (8, 90, 160), (0, 50, 50), (8, 300, 80)] {
        let mut wire = Wire::default();
        let mut ann = Phone { sound, events: 0, ..ann() };
        ann.dials(&mut wire, 0, 500);
        ann.keys_tones(&mut wire, 520, 9_000, &[(3_003, "1478520", on, off)]);
        let capture = Capture::read(&wire.pcap()).unwrap();
        let [call] = &capture.calls[..] else { panic!("{capture:?}") };
        assert_eq!((keyed(call).as_str(), call.keys_by), ("1478520", Some(KeysBy::Sound)));
        is_near(&timing(call), 3_003, on, off, 16);
    }
}

#[test]
fn packets_of_sound_may_be_lost_repeated_and_out_of_order() {
    let mut wire = Wire::default();
    let mut ann = Phone { events: 0, ..ann() };
    ann.dials(&mut wire, 0, 500);
    let before = wire.packets.len();
    ann.keys_tones(&mut wire, 520, 9_000, &[(3_000, "1478520", 120, 120)]);
    let mut nth = 0;
    for place in before..wire.packets.len() {
        nth += 1;
        if nth % 5 == 0 {
            wire.packets.swap(place, place - 1);
            let (at, other) = (wire.packets[place].0, wire.packets[place - 1].0);
            (wire.packets[place].0, wire.packets[place - 1].0) = (other, at);
        }
        if nth % 7 == 0 {
            wire.packets.push(wire.packets[place].clone());
        }
    }
    let silence = before + 60;
    wire.packets.drain(silence..silence + 5);
    let capture = Capture::read(&wire.pcap()).unwrap();
    assert_eq!(keyed(&capture.calls[0]), "1478520");
    is_near(&timing(&capture.calls[0]), 3_000, 120, 120, 16);
}

#[test]
fn a_tone_that_leaks_beside_its_event_is_no_second_key() {
    let mut wire = Wire::default();
    let mut ann = ann();
    ann.dials(&mut wire, 0, 500);
    ann.keys_events(&mut wire, 3_000, "55#", 100, 100);
    ann.keys_tones(&mut wire, 520, 6_000, &[(3_000, "55#", 100, 100)]);
    assert_eq!(keyed(&Capture::read(&wire.pcap()).unwrap().calls[0]), "55#");
}

#[test]
fn requests_count_once() {
    let mut wire = Wire::default();
    let mut ann = ann();
    ann.dials(&mut wire, 0, 500);
    ann.keys_info(&mut wire, 3_000, "1122#", 90);
    let call = &Capture::read(&wire.pcap()).unwrap().calls[0];
    assert_eq!((keyed(call).as_str(), call.keys_by), ("1122#", Some(KeysBy::Info)));
    is_near(&timing(call), 3_000, 160, 90, 0);
}

#[test]
fn whoever_ends_a_call_is_told_and_refusals_too() {
    let mut wire = Wire::default();
    let (mut ann, mut bob) = (ann(), Phone::new("anonymous", 11, "bob"));
    ann.dials(&mut wire, 0, 500);
    bob.is_refused(&mut wire, 700, "486 Busy Here");
    ann.is_hung_up(&mut wire, 9_000);
    let capture = Capture::read(&wire.pcap()).unwrap();
    let [ann, bob] = &capture.calls[..] else { panic!("{capture:?}") };
    assert_eq!(ann.ended, Some((Uptime::from_millis(9_000), EndedBy::Called)));
    assert_eq!(bob.ended, Some((Uptime::from_millis(705), EndedBy::Refusal(486))));
    assert_eq!(bob.from, Origin::Withheld);
}

#[test]
fn calls_without_sip_are_found_by_their_streams() {
    for with_events in [true, false] {
        let mut wire = Wire::default();
        let mut ann = ann();
        let bridge = Phone {
            phone_media: ann.bridge_media,
            bridge_media: ann.phone_media,
            ..Phone::new("", 1, "")
        };
        bridge.clone().keys_tones(&mut wire, 0, 6_000, &[]);
        match with_events {
            true => drop(ann.keys_events(&mut wire, 3_000, "147#", 100, 100)),
            false => ann.keys_tones(&mut wire, 100, 6_000, &[(3_000, "147#", 100, 100)]),
        }
        // What is none: a name server's answers, and control packets.
        let far: SocketAddr = "192.0.2.99:53".parse().unwrap();
        for nth in 0..9 {
            wire.udp(
                nth * 100,
                far,
                ann.phone,
                &[0x84, nth as u8, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 3, 4],
            );
            wire.udp(
                nth * 100,
                ann.phone_media,
                ann.bridge_media,
                &[0x80, 200, 0, 6, 7, 7, 7, 7, 1, 1, 1, 1],
            );
        }
        let capture = Capture::read(&wire.pcap()).unwrap();
        let [call] = &capture.calls[..] else { panic!("{capture:?}") };
        assert_eq!(keyed(call), "147#");
        assert!(!call.begins_in_it);
    }
}

#[test]
fn calls_over_ipv6_are_found() {
    let mut wire = Wire::default();
    let at = |text: &str| text.parse::<SocketAddr>().unwrap();
    let mut ann = Phone {
        phone: at("[2001:db8::a]:5060"),
        phone_media: at("[2001:db8::a]:30000"),
        bridge: at("[2001:db8::1]:5060"),
        bridge_media: at("[2001:db8::1]:40000"),
        ..ann()
    };
    ann.dials(&mut wire, 0, 500);
    ann.keys_events(&mut wire, 3_000, "147#", 100, 100);
    for link in Link::ALL {
        let capture = Capture::read(&wire.pcap_as(link, false, false)).unwrap();
        assert_eq!(keyed(&capture.calls[0]), "147#", "{link:?}");
    }
}

#[test]
fn what_is_no_capture_of_calls_says_why() {
    let whole = events();
    let (pcap, pcapng) = (whole.pcap(), whole.pcapng());
    let packets = whole.packets.len();
    let mut unknown = pcap.clone();
    unknown[20] = 147;
    let mut strange = Wire::default();
    strange.udp(0, ann().phone, ann().bridge, b"hello");
    for (bytes, error) in [
        (&b""[..], CaptureError::NotACapture),
        (b"no capture at all, but a text", CaptureError::NotACapture),
        (&pcap[..10], CaptureError::NotACapture),
        (&pcap[..24], CaptureError::Empty),
        (&pcapng[..28], CaptureError::Empty),
        (&pcap[..pcap.len() - 1], CaptureError::Truncated { packets: packets - 1 }),
        (&pcapng[..pcapng.len() - 1], CaptureError::Truncated { packets: packets - 1 }),
        (&unknown, CaptureError::LinkType(147)),
        (&strange.pcap(), CaptureError::NoCall { packets: 1 }),
    ] {
        assert_eq!(Capture::read(bytes), Err(error));
    }
    let mut fragment = whole.pcap();
    fragment[24 + 16 + 14 + 6] = 0x20;
    assert_eq!(Capture::read(&fragment).unwrap().fragments, 1);
}

#[test]
fn nothing_printed_shows_a_key() {
    let capture = Capture::read(&events().pcap()).unwrap();
    let shown = format!("{:?}", capture.calls[0].keys);
    assert!(shown.contains("Digit(x)") && !shown.contains("Digit(1"), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Cut off anywhere, with bytes changed anywhere: a capture or an error.
    #[test]
    fn any_damage_is_borne(
        as_pcapng in any::<bool>(),
        cut in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
    ) {
        let mut bytes = if as_pcapng { events().pcapng() } else { events().pcap() };
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let _any = Capture::read(&bytes);
        bytes.truncate(cut.index(bytes.len()));
        let _any = Capture::read(&bytes);
    }
}
