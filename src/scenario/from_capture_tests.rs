//! What a capture becomes, row by row; and that no digit of a possible PIN is in it.

use proptest::prelude::*;

use super::*;
use crate::scenario::{Files, load};

struct NoFiles;

impl Files for NoFiles {
    fn table(&self, _name: &str) -> Result<Vec<u8>, String> {
        Err("no such file".to_owned())
    }

    fn sound(&self, _name: &str) -> Result<std::sync::Arc<[i16]>, String> {
        Err("no such file".to_owned())
    }
}

/// Keys of 100 ms with pauses of 100 ms; a blank is a second more, `_` ten.
fn call(keys: &str) -> CapturedCall {
    let mut at = Uptime::from_millis(2_000);
    let mut pressed = Vec::new();
    for character in keys.chars() {
        match character {
            ' ' => at = at + Duration::from_secs(1),
            '_' => at = at + Duration::from_secs(10),
            key => {
                let digit = Digit::from_char(key).unwrap();
                pressed.push(CapturedKey { digit, at, lasted: Some(Duration::from_millis(100)) });
                at = at + Duration::from_millis(200);
            }
        }
    }
    CapturedCall {
        from: Origin::Unknown,
        called: None,
        begins_in_it: true,
        begins_at: Uptime::ZERO,
        answered_at: Some(Uptime::from_millis(1_000)),
        ended: Some((at, EndedBy::Caller)),
        keys_by: (!pressed.is_empty()).then_some(KeysBy::Events),
        keys: pressed,
    }
}

fn made(calls: Vec<CapturedCall>) -> String {
    let text = from_capture("x.pcap", &Capture { calls, packets: 1, fragments: 0 });
    let loaded = load("x.feature", text.as_bytes(), &NoFiles);
    assert!(loaded.faults.is_empty(), "{}\n{text}", loaded.faults[0]);
    assert_eq!(loaded.scenarios.len(), 1, "{text}");
    text
}

/// The keys of all steps, without how fast they are.
fn keyed(calls: Vec<CapturedCall>) -> String {
    let text = made(calls);
    let keys = text.lines().filter_map(|line| line.split_once(" keys ")).map(|(_, keys)| keys);
    let keys = keys
        .filter(|keys| !keys.starts_with("as "))
        .map(|keys| keys.split(" with ").next().unwrap());
    keys.collect::<Vec<_>>().join(" ")
}

#[test]
fn what_was_keyed_is_written_out_only_where_it_is_no_pin() {
    for (keys, expected) in [
        ("147852036#", "{ID}#"),
        ("147852036##", "{ID}# #"),
        ("147852036#*48213#", "{ID}# *{PIN}#"),
        ("147852036#* 48213#", "{ID}# *{PIN}#"),
        ("147852036#*  48213#", "{ID}# * {PIN}#"),
        ("147852036#*48213#  48214#", "{ID}# *{WRONG PIN}# {PIN}#"),
        ("147852036#*48213#  *48214#", "{ID}# *{WRONG PIN}# *{PIN}#"),
        // Mistyped, then right.
        ("147852037#  147852036##", "000000000# {ID}# #"),
        // A language first.
        ("2  147852036##", "0 {ID}# #"),
        ("147852036#*48213#_*6_*21_*6", "{ID}# *{PIN}# *6 *21 *0"),
        ("147852036##_*6*6_*99_", "{ID}# # *6 *6 *00"),
        // A PIN that is broken off, or is keyed without `*`.
        ("147852036#*48", "{ID}# *00"),
        ("147852036#*21", "{ID}# *00"),
        ("147852036#*48213#  *21", "{ID}# *{PIN}# *00"),
        ("147852036#48213#", "{ID}# 00000#"),
        ("147852036#*48213_", "{ID}# *00000"),
        ("147852036#*482_13#", "{ID}# *000 00#"),
        // A PIN that is a conference ID by chance.
        ("147852036#*1478520362#", "{ID}# *{PIN}#"),
        ("147852036#_147852036#", "{ID}# 000000000#"),
        ("*147852036#", "*000000000#"),
        ("*48213#", "*00000#"),
        ("147852036", "000000000"),
        ("ABCD#", "0000#"),
    ] {
        assert_eq!(keyed(vec![call(keys)]), expected, "{keys}");
    }
}

#[test]
fn where_the_beginning_is_not_seen_an_id_needs_a_witness() {
    let middle = |keys| CapturedCall { begins_in_it: false, ..call(keys) };
    for (calls, expected) in [
        (vec![middle("147852036#_*6_")], "000000000# *0"),
        (vec![middle("147852036##")], "{ID}# #"),
        (vec![middle("147852036#*48213#")], "{ID}# *{PIN}#"),
        (vec![middle("147852036#"), middle("147852036#")], "{ID}# {ID}#"),
        (vec![middle("147852036#"), call("147852036##")], "{ID}# {ID}# #"),
    ] {
        assert_eq!(keyed(calls), expected);
    }
}

#[test]
fn a_whole_file() {
    let mut megan = CapturedCall {
        from: Origin::Number("+14255550171".parse().unwrap()),
        answered_at: Some(Uptime::from_millis(3_120)),
        ..call("147852036#*48213#")
    };
    megan.ended = Some((Uptime::from_millis(20_000), EndedBy::Called));
    let ann = CapturedCall {
        from: Origin::Withheld,
        keys_by: Some(KeysBy::Sound),
        ..call("1122334401#  #")
    };
    let refused = CapturedCall { ended: Some((Uptime::ZERO, EndedBy::Refusal(486))), ..call("") };
    assert_eq!(
        made(vec![ann, megan, refused]),
        "# Made from x.pcap.\n\
         # 1 call was refused: it is left out.\n\
         Feature: From the wire\n\n  \
           Scenario: Calls of x.pcap\n    \
             Given Organizer organizes meeting 1122334401\n    \
             And Organizer2 organizes meeting 147852036\n    \
             And Caller1 withholds the number\n    \
             And Caller2 calls from +14255550171\n    \
             And Caller2 sends keys as events\n    \
             When at 0.000 s Caller1 dials in\n    \
             And at 1.120 s Caller1 keys {ID of 1122334401}# with tones of 100 ms and gaps of 100 ms\n    \
             And at 2.120 s Caller2 dials in\n    \
             And at 2.320 s Caller2 keys {ID of 147852036}# with tones of 100 ms and gaps of 100 ms\n    \
             And at 3.120 s Caller2 keys *{PIN of Organizer2}# with tones of 100 ms and gaps of 100 ms\n    \
             And at 5.320 s Caller1 keys # with tones of 100 ms\n    \
             And at 5.520 s Caller1 hangs up\n    \
             And 11600 ms pass\n    \
             Then Caller2 is still connected\n    \
             # 19.120 s: the bridge ended the call of Caller2.\n    \
             When 4000 ms pass\n    \
             Then Caller2 is disconnected within 1 second\n    \
             And the call record of Caller1 says cause is caller-hung-up\n"
    );
}

#[test]
fn where_nothing_was_keyed_there_is_something_to_fill_in() {
    let text = made(vec![call("")]);
    assert!(text.contains("# Nothing that was keyed is known to be a conference ID."), "{text}");
    assert!(text.contains("Given Organizer organizes meeting 147852036\n"), "{text}");
    assert!(text.contains("at 0.000 s Caller1 dials in\n"), "{text}");
}

#[test]
fn numbers_are_given_as_far_as_a_step_can() {
    for (number, given) in [("+1", ""), ("12", "Caller1 calls from +12\n")] {
        let text =
            made(vec![CapturedCall { from: Origin::Number(number.parse().unwrap()), ..call("") }]);
        assert!(
            text.contains(given) && text.contains(" calls from ") != given.is_empty(),
            "{text}"
        );
    }
}

#[test]
fn what_lasts_longer_than_a_scenario_is_left_out() {
    let late = CapturedCall {
        answered_at: Some(Uptime::ZERO + SCENARIO_LASTS_MAX * 500),
        ended: None,
        ..call("")
    };
    let text = made(vec![call("147852036#"), late]);
    assert!(text.contains("# 1 more call is left out.\n") && !text.contains("Caller2"), "{text}");
}

#[test]
fn names_of_files_and_long_entries_are_borne() {
    let capture = Capture { calls: vec![call(&"5".repeat(2_500))], packets: 1, fragments: 3 };
    let text = from_capture("a\nScenario: {b}\r\u{7}.pcap", &capture);
    let loaded = load("x.feature", text.as_bytes(), &NoFiles);
    assert!(loaded.faults.is_empty(), "{}\n{text}", loaded.faults[0]);
    assert_eq!(text.matches("Caller1 keys 0").count(), 3);
    assert!(text.contains("# 3 parts of larger packets were not read.\n"), "{text}");
}

proptest! {
    #[test]
    fn whatever_is_keyed_makes_a_scenario_that_can_be_read_and_shows_no_pin(
        calls in proptest::collection::vec(("[0-9*#A ]{0,12}", any::<bool>(), any::<bool>()), 0..5),
        pin in "[0-9]{6,12}",
    ) {
        // Everybody keys the PIN at the end: of its digits, no four in a row are in the file.
        let calls = calls.into_iter().map(|(before, begins_in_it, with_id)| {
            let keys = format!("{}{before}#*{pin}#", if with_id { "147852036#" } else { "" });
            CapturedCall { begins_in_it, ..call(&keys) }
        });
        let text = made(calls.collect());
        // What is a meeting's, a time or a number is no PIN.
        let keys: String = text.lines().filter_map(|line| line.split_once(" keys ")).map(|(_, keys)| keys.split(" with ").next().unwrap_or("")).collect();
        for part in pin.as_bytes().windows(4) {
            let part = std::str::from_utf8(part).unwrap();
            prop_assert!(part.bytes().all(|digit| digit == b'0') || "147852036".contains(part) || !keys.contains(part), "{part}\n{text}");
        }
    }
}
