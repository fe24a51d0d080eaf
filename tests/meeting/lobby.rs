//! Who waits, and who lets them in.

use super::*;

#[test]
fn on_command_those_who_wait_come_in_when_the_organizer_says_so() {
    let mut stage = stage(on_command());
    stage.caller_comes(ANN);
    stage.caller_comes(BEN);
    let mark = stage.mark();
    stage.organizer_comes(OLGA);
    assert_eq!(stage.said(mark, ANN), ["lobby-await-admission"]);
    stage.seconds(2);
    let welcome = ["organizer-welcome", "first-in-meeting", "number-2", "people-waiting"];
    assert!(stage.said(mark, OLGA).ends_with(&welcome), "{:?}", stage.said(mark, OLGA));
    assert_eq!(stage.state(ANN), Some("in-lobby"));
    // Every minute those who wait hear for what.
    let mark = stage.mark();
    stage.seconds(61);
    assert_eq!(stage.said(mark, BEN), ["lobby-await-admission"]);
    let mark = stage.mark();
    stage.keyed(OLGA, "*24");
    assert_eq!(stage.said(mark, OLGA), ["number-2", "people-waiting"]);
    stage.keyed(OLGA, "*21");
    assert_eq!((stage.state(ANN), stage.state(BEN)), (Some("in-meeting"), Some("in-meeting")));
    // Who comes later waits again, and the organizer is told.
    let mark = stage.mark();
    stage.caller_comes(9);
    assert_eq!(stage.state(9), Some("in-lobby"));
    assert_eq!(stage.said(mark, OLGA), ["someone-waiting"]);
    stage.keyed(OLGA, "*8");
    assert_eq!(stage.state(9), Some("in-meeting"));
    stage.hang_up(9);
    assert_eq!(stage.record_of(9).admitted_by, Some(AdmittedBy::Command));
    stage.assert_whole();
}

#[test]
fn one_is_admitted_and_another_refused() {
    let mut stage = stage(on_command());
    stage.organizer_comes(OLGA);
    stage.caller_comes(ANN);
    stage.caller_comes(BEN);
    stage.order(0, Order::Admit { whom: whom(ANN) });
    let mark = stage.mark();
    stage.order(0, Order::Refuse { whom: whom(BEN) });
    assert_eq!(stage.said(mark, BEN), ["lobby-refused"]);
    stage.seconds(1);
    assert_eq!((stage.state(ANN), stage.state(BEN)), (Some("in-meeting"), None));
    assert_eq!(stage.record_of(BEN).cause, HangupCause::Refused);
    stage.hang_up(ANN);
    assert_eq!(stage.record_of(ANN).admitted_by, Some(AdmittedBy::App));
    // An order for someone who is not there is ignored and counted.
    let ignored = stage.exchange.counts().inputs_ignored;
    stage.order(0, Order::Admit { whom: whom(77) });
    stage.order(1, Order::AdmitAll);
    assert_eq!(stage.exchange.counts().inputs_ignored, ignored + 2);
    stage.assert_whole();
}

#[test]
fn a_locked_meeting_lets_in_the_organizer_and_those_who_are_admitted() {
    let mut stage = stage(on_command());
    stage.organizer_comes(OLGA);
    stage.caller_comes(ANN);
    stage.keyed(OLGA, "*7");
    let mark = stage.mark();
    stage.caller_comes(BEN);
    assert_eq!(stage.said(mark, BEN).last(), Some(&"meeting-locked"));
    assert_eq!(stage.record_of(BEN).cause, HangupCause::MeetingLocked);
    stage.app(APP, 9, 0);
    stage.seconds(1);
    assert_eq!(stage.record_of(APP).cause, HangupCause::MeetingLocked);
    assert_eq!(stage.state(ANN), Some("in-lobby"), "she goes on waiting");
    stage.keyed(OLGA, "*21");
    assert_eq!(stage.state(ANN), Some("in-meeting"));
    stage.app(APP, 1, 0);
    assert_eq!(stage.state(APP), Some("in-meeting"), "the organizer is let past the lock");
    stage.keyed(OLGA, "*7");
    stage.caller_comes(BEN);
    assert_eq!(stage.state(BEN), Some("in-lobby"));
    stage.assert_whole();
}

#[test]
fn a_lock_ends_when_the_meeting_waits_again() {
    let rules = MeetingRules {
        when_authenticated_left: WhenAuthenticatedLeft::BackToLobby,
        ..MeetingRules::default()
    };
    let mut stage = in_meeting(rules);
    stage.keyed(OLGA, "*7");
    let mark = stage.mark();
    stage.hang_up(OLGA);
    assert_eq!(stage.said(mark, ANN), ["back-to-lobby"]);
    stage.caller_comes(9);
    assert_eq!((stage.state(ANN), stage.state(9)), (Some("in-lobby"), Some("in-lobby")));
    stage.organizer_comes(OLGA);
    assert_eq!((stage.state(ANN), stage.state(9)), (Some("in-meeting"), Some("in-meeting")));
    assert_eq!(stage.meeting_records().len(), 1);
    assert_eq!(stage.meeting_records()[0].ended, None);
    stage.assert_whole();
}

#[test]
fn a_full_meeting_lets_the_organizer_past() {
    let mut stage = stage(MeetingRules { legs_max: 2, ..MeetingRules::default() });
    stage.caller_comes(ANN);
    stage.caller_comes(BEN);
    let mark = stage.mark();
    stage.caller_comes(9);
    assert_eq!(stage.said(mark, 9).last(), Some(&"meeting-full"));
    stage.organizer_comes(OLGA);
    for leg in [OLGA, ANN, BEN] {
        assert_eq!(stage.state(leg), Some("in-meeting"));
    }
}

#[test]
fn the_lobby_warns_before_its_goodbye() {
    let mut stage = stage(MeetingRules::default());
    stage.caller_comes(ANN);
    let mark = stage.mark();
    stage.seconds(28 * 60);
    assert_eq!(stage.said(mark, ANN), ["lobby-still-waiting"; 28]);
    let mark = stage.mark();
    stage.seconds(90);
    assert!(stage.said(mark, ANN).contains(&"lobby-warning"), "{:?}", stage.said(mark, ANN));
    assert_eq!(stage.state(ANN), Some("in-lobby"));
    stage.seconds(31);
    assert_eq!(stage.said(mark, ANN).last(), Some(&"lobby-goodbye"));
    assert_eq!(stage.record_of(ANN).cause, HangupCause::LobbyTimeLimit);
}

/// Where the meeting runs and the organizer has to admit, whoever waits is told so to the end: not that nothing has started.
#[test]
fn who_waits_to_be_admitted_is_warned_and_dismissed_in_words_of_their_own() {
    let mut stage = stage(on_command());
    stage.organizer_comes(OLGA);
    stage.caller_comes(ANN);
    let mark = stage.mark();
    stage.seconds(30 * 60);
    let said = stage.said(mark, ANN);
    let last = ["lobby-admit-warning", "lobby-admit-goodbye"];
    assert!(said.ends_with(&last), "{said:?}");
    let await_admission =
        said[..said.len() - 2].iter().all(|word| *word == "lobby-await-admission");
    assert!(await_admission, "{said:?}");
    assert_eq!(stage.record_of(ANN).cause, HangupCause::LobbyTimeLimit);
}

/// Put off to another day while people wait for it: they go on waiting, and the start lets them in.
#[test]
fn who_waits_for_a_meeting_that_is_rescheduled_goes_on_waiting() {
    let mut stage = stage(MeetingRules::default());
    stage.caller_comes(ANN);
    let mark = stage.mark();
    let card = Box::new(stage.cards[0].clone());
    stage.order(0, Order::Change { card });
    stage.seconds(30);
    assert_eq!((stage.state(ANN), stage.said(mark, ANN).len()), (Some("in-lobby"), 0));
    stage.organizer_comes(OLGA);
    assert_eq!(stage.state(ANN), Some("in-meeting"));
    stage.assert_whole();
}
