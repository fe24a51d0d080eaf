//! Tests of the telephone: what it shows of a call, and which keys it shows as dots.

use super::*;
use crate::door::wire::{HungUp, Welcome};

fn in_call() -> Phone {
    let mut phone = Phone::new(None, None);
    let numbers = vec!["+14255550100".parse().unwrap()];
    let welcome = Welcome { version: 1, organization: "Contoso".into(), numbers };
    let dials = phone.hear(Uptime::ZERO, ToPhone::Welcome(welcome));
    assert!(matches!(dials, Some(ToBridge::Dial(_))));
    phone.hear(Uptime::ZERO, ToPhone::Answered);
    phone
}

fn state(phone: &mut Phone, state: &str) {
    phone.hear(Uptime::ZERO, ToPhone::Told(Told::State { state: state.into() }));
}

fn keys(phone: &mut Phone, keys: &str) {
    for digit in keys.chars().filter_map(Digit::from_char) {
        phone.press(Uptime::ZERO, digit);
    }
}

/// However much has been said since, and whatever a bridge calls its states.
#[test]
fn that_a_call_was_answered_is_not_forgotten() {
    let mut phone = Phone::new(None, None);
    state(&mut phone, "answered");
    assert!(!phone.was_answered);
    let mut phone = in_call();
    for _ in 0..=NOTES_MAX {
        phone.note(Uptime::ZERO, NoteKind::Caption, "hold the line");
    }
    phone.hear(Uptime::ZERO, ToPhone::HungUp(HungUp { cause: "gone".into(), q850: 16 }));
    assert!(phone.was_answered && phone.answered_at.is_none());
}

/// Also of a PIN typed ahead, before anybody has asked for it.
#[test]
fn no_digit_of_a_pin_is_ever_shown() {
    let mut phone = in_call();
    state(&mut phone, "entering-conference-id");
    keys(&mut phone, "147#*48213#");
    assert_eq!(phone.keyed, "147#*\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}#");
    state(&mut phone, "entering-pin");
    assert_eq!(phone.keyed, "");
    keys(&mut phone, "48");
    assert_eq!(phone.keyed, "\u{2022}\u{2022}");
    state(&mut phone, "in-meeting");
    keys(&mut phone, "*21");
    assert_eq!(phone.keyed, "*21");
}

/// The conference ID was wrong, and is asked for again in the middle of the PIN.
#[test]
fn the_rest_of_a_pin_typed_ahead_is_not_shown_when_the_state_goes_back() {
    let mut phone = in_call();
    state(&mut phone, "entering-conference-id");
    keys(&mut phone, "147#*48");
    state(&mut phone, "finding-meeting");
    keys(&mut phone, "2");
    state(&mut phone, "entering-conference-id");
    keys(&mut phone, "13#");
    assert_eq!(phone.keyed, "\u{2022}\u{2022}#");
    state(&mut phone, "entering-conference-id");
    keys(&mut phone, "147");
    assert_eq!(phone.keyed, "147");
}

#[test]
fn a_call_that_is_over_can_be_made_again() {
    let mut phone = in_call();
    assert!(phone.tick(Uptime::ZERO).is_some());
    let over = HungUp { cause: "meeting-ended".into(), q850: 16 };
    phone.hear(Uptime::ZERO, ToPhone::HungUp(over));
    assert_eq!(phone.stage, Stage::Over("meeting-ended".into(), 16));
    assert!(phone.tick(Uptime::ZERO).is_none() && phone.hang_up().is_none());
    assert!(phone.press(Uptime::ZERO, Digit::STAR).is_none(), "no key without a call");
    assert!(matches!(phone.dial(Uptime::ZERO), Some(ToBridge::Dial(_))));
}

fn called(dialled: Option<ToBridge>) -> Option<String> {
    let ToBridge::Dial(dial) = dialled? else { panic!("it is no call") };
    Some(dial.to.to_string())
}

#[test]
fn a_number_can_be_keyed_while_no_call_goes_on() {
    let mut phone = Phone::new(None, None);
    phone.calls_at_once = false;
    keys(&mut phone, "1");
    assert_eq!(phone.new_number, "", "the bridge has not said hello yet");
    let numbers = vec!["+14255550100".parse().unwrap()];
    let welcome = Welcome { version: 1, organization: "Contoso".into(), numbers };
    assert_eq!(phone.hear(Uptime::ZERO, ToPhone::Welcome(welcome)), None);
    keys(&mut phone, "*49#3");
    phone.erase();
    keys(&mut phone, "30901820");
    assert_eq!(phone.new_number, "4930901820");
    assert_eq!(called(phone.dial(Uptime::ZERO)).as_deref(), Some("+4930901820"));
    assert_eq!(phone.new_number, "");
    phone.hear(Uptime::ZERO, ToPhone::Answered);
    keys(&mut phone, "147");
    assert_eq!(phone.new_number, "", "in a call they are keys");
    assert_eq!(phone.dial(Uptime::ZERO), None);
}

#[test]
fn a_number_has_at_most_the_digits_of_a_number_and_none_is_the_one_before() {
    let mut phone = Phone::new(None, None);
    phone.calls_at_once = false;
    phone.stage = Stage::Idle;
    assert_eq!(called(phone.dial(Uptime::ZERO)), None, "there is none");
    assert_eq!(phone.stage, Stage::Idle);
    keys(&mut phone, "12345678901234567890");
    assert_eq!(called(phone.dial(Uptime::ZERO)).as_deref(), Some("+123456789012345"));
    phone.hear(Uptime::ZERO, ToPhone::HungUp(HungUp { cause: "busy".into(), q850: 17 }));
    assert_eq!(called(phone.dial(Uptime::ZERO)).as_deref(), Some("+123456789012345"));
}

fn says(phone: &mut Phone, name: &str) {
    let told = Told::Prompt { name: name.into(), words: name.into(), ms: 1_000 };
    phone.hear(Uptime::ZERO, ToPhone::Told(told));
}

/// The bridge did not get the whole of it, and asks again.
#[test]
fn an_entry_that_the_bridge_threw_away_is_shown_no_more() {
    let mut phone = in_call();
    state(&mut phone, "entering-conference-id");
    keys(&mut phone, "147852");
    phone.tick(Uptime::from_millis(60_000));
    assert_eq!(phone.keyed, "147852", "the bridge may wait long for the next key");
    says(&mut phone, "no-entry-heard");
    assert_eq!(phone.keyed, "");
    says(&mut phone, "enter-conference-id-again");
    keys(&mut phone, "147#");
    says(&mut phone, "no-entry-heard");
    keys(&mut phone, "23");
    assert_eq!(phone.keyed, "23", "it is a new entry");
    keys(&mut phone, "#*4");
    says(&mut phone, "no-entry-heard");
    keys(&mut phone, "8213");
    assert_eq!(phone.keyed, "\u{2022}\u{2022}\u{2022}\u{2022}", "typed ahead, it may be a PIN");
    state(&mut phone, "entering-pin");
    keys(&mut phone, "48");
    says(&mut phone, "no-entry-heard");
    keys(&mut phone, "4#");
    assert_eq!(phone.keyed, "\u{2022}#");
    says(&mut phone, "no-entry-heard");
    keys(&mut phone, "8");
    assert_eq!(phone.keyed, "\u{2022}");
}

#[test]
fn a_command_in_the_meeting_is_shown_by_itself_and_for_a_while() {
    let mut phone = in_call();
    state(&mut phone, "in-meeting");
    keys(&mut phone, "*6*6*5*3*21");
    assert_eq!(phone.keyed, "*21");
    let late = Uptime::ZERO + KEYED_LASTS;
    phone.press(Uptime::from_millis(2_000), Digit::from_char('1').unwrap());
    phone.tick(late);
    assert_eq!(phone.keyed, "*211");
    phone.tick(late + Duration::from_secs(2));
    assert_eq!(phone.keyed, "");
    keys(&mut phone, "#");
    assert_eq!(phone.keyed, "#");
}

/// A line of text is complete before anybody reads it.
#[test]
fn a_note_is_whole_once_nothing_can_be_added_to_it() {
    let mut phone = in_call();
    let at = Uptime::from_millis;
    let whole = |phone: &Phone, now| phone.notes_made - phone.notes_whole(at(now));
    says(&mut phone, "muted-by-organizer.");
    assert_eq!(whole(&phone, 0), 0);
    says(&mut phone, "to-unmute");
    assert_eq!((whole(&phone, 1_999), whole(&phone, 2_000)), (1, 0));
    says(&mut phone, "press");
    assert_eq!(phone.notes.back().unwrap().text, "To-unmute press");
    phone.note(Uptime::ZERO, NoteKind::Event, "in lobby");
    assert_eq!(whole(&phone, 0), 0);
    says(&mut phone, "star");
    assert_eq!((phone.notes.back().unwrap().text.as_str(), whole(&phone, 0)), ("*", 1));
    phone.hush();
    assert_eq!(whole(&phone, 0), 0);
}

/// The call ends while somebody keys the PIN.
#[test]
fn the_rest_of_a_pin_is_no_number() {
    let mut phone = in_call();
    state(&mut phone, "entering-pin");
    keys(&mut phone, "482");
    phone.hear(Uptime::ZERO, ToPhone::HungUp(HungUp { cause: "too-late".into(), q850: 16 }));
    keys(&mut phone, "13#");
    assert_eq!((phone.new_number.as_str(), phone.keyed.as_str()), ("", ""));
    phone.press(Uptime::ZERO + KEYS_LAST, Digit::from_char('1').unwrap());
    assert_eq!(phone.new_number, "1");
}
