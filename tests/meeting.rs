//! What is done in lobby and meeting by keys, through the app and from outside, rule by rule.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene has failed")]

#[path = "meeting/keys.rs"]
mod keys;
#[path = "meeting/lobby.rs"]
mod lobby;
mod support;

use std::time::Duration;

use holdline::domain::call_record::AdmittedBy;
use holdline::domain::keypad::{CommandCharacter, KeyMap};
use holdline::domain::settings::{
    Admission, Announce, AppStart, DialogueSettings, MeetingRules, MuteAll, OrganizerQuestion,
    Recording, RecordingNotice, StartRequires, WhenAuthenticatedLeft,
};
use holdline::domain::{Command, EndReason, HangupCause, LegId, PromptId, Role};
use holdline::exchange::{Happened, Journal, Order, SoundMode, replay};

use support::stage::{IDS, PINS, Stage};

/// The organizer of the first meeting, two callers, and an app user, by their legs.
const OLGA: u64 = 1;
const ANN: u64 = 2;
const BEN: u64 = 3;
const APP: u64 = 4;

fn stage(rules: MeetingRules) -> Stage {
    Stage::new(&rules, DialogueSettings::default(), SoundMode::Durations)
}

/// Olga, Ann and Ben are in a meeting that runs by these rules.
fn in_meeting(rules: MeetingRules) -> Stage {
    let mut stage = stage(rules);
    stage.organizer_comes(OLGA);
    stage.caller_comes(ANN);
    stage.caller_comes(BEN);
    if stage.state(ANN) == Some("in-lobby") {
        stage.keyed(OLGA, "*21");
    }
    stage.seconds(2);
    for leg in [OLGA, ANN, BEN] {
        assert_eq!(stage.state(leg), Some("in-meeting"), "{leg}");
    }
    stage
}

fn on_command() -> MeetingRules {
    MeetingRules { admission: Admission::OnCommand, ..MeetingRules::default() }
}

fn whom(leg: u64) -> LegId {
    LegId::new(leg)
}

#[test]
fn app_users_start_join_and_give_commands_without_a_word() {
    let mut stage = stage(on_command());
    stage.caller_comes(ANN);
    stage.app(APP, 9, 0);
    assert_eq!(stage.state(APP), Some("in-meeting"));
    let mark = stage.mark();
    stage.command(APP, Command::Mute);
    stage.command(APP, Command::AdmitAll);
    assert_eq!(stage.state(ANN), Some("in-lobby"), "only the organizer's command admits");
    stage.order(0, Order::AdmitAll);
    assert_eq!(stage.state(ANN), Some("in-meeting"));
    stage.order(0, Order::Mute { whom: whom(ANN) });
    assert_eq!(stage.said(mark, ANN), ["muted-by-organizer"]);
    stage.order(0, Order::LetSpeak { whom: whom(ANN) });
    stage.order(0, Order::Remove { whom: whom(ANN) });
    assert_eq!(stage.said(mark, ANN).last(), Some(&"removed"));
    assert!(stage.said(mark, APP).is_empty());
    stage.seconds(1);
    assert_eq!(stage.record_of(ANN).cause, HangupCause::Removed);
    stage.hang_up(APP);
    let record = stage.record_of(APP);
    assert_eq!(record.user.unwrap().number(), 9);
    assert_eq!((record.admitted_by, record.pin_used), (Some(AdmittedBy::Right), false));
    stage.assert_whole();
}

#[test]
fn only_the_organizers_app_starts_where_the_rules_say_so() {
    let rules = MeetingRules { app_start: AppStart::OrganizerOnly, ..MeetingRules::default() };
    let mut stage = stage(rules);
    stage.app(APP, 9, 0);
    assert_eq!(stage.state(APP), Some("in-lobby"));
    stage.app(OLGA, 1, 0);
    assert_eq!((stage.state(APP), stage.state(OLGA)), (Some("in-meeting"), Some("in-meeting")));
}

#[test]
fn where_anyone_may_start_no_caller_is_asked_for_a_pin() {
    let rules = MeetingRules { start_requires: StartRequires::Anyone, ..MeetingRules::default() };
    let mut stage = stage(rules);
    stage.comes(ANN, &format!("{}#", IDS[0]));
    assert_eq!(stage.state(ANN), Some("in-meeting"));
    assert!(!stage.said(0, ANN).contains(&"organizer-question"));
    stage.seconds(4 * 60 * 60);
    assert_eq!(stage.record_of(ANN).cause, HangupCause::MeetingEnded);
    assert_eq!(stage.meeting_records()[0].ended, Some(EndReason::CallersAlone));
}

/// No meeting lasts longer than a day, whoever is in it; all are told five minutes before.
#[test]
fn after_a_day_any_meeting_ends() {
    let mut stage = in_meeting(MeetingRules::default());
    stage.app(APP, 9, 0);
    let mark = stage.mark();
    stage.seconds(24 * 60 * 60 - 5 * 60 - 30);
    assert_eq!((stage.state(OLGA), stage.said(mark, OLGA).len()), (Some("in-meeting"), 0));
    stage.seconds(40);
    let soon = Happened::Prompt { prompt: PromptId::MeetingEndsSoon };
    assert!(stage.since(mark).any(|event| event.leg.is_none() && event.happened == soon));
    stage.seconds(5 * 60);
    for leg in [OLGA, ANN, BEN, APP] {
        assert_eq!(stage.record_of(leg).cause, HangupCause::MeetingEnded);
        assert_eq!(stage.said(mark, leg), ["time-limit-goodbye"]);
    }
    let [meeting] = stage.meeting_records()[..] else { panic!("one run") };
    assert_eq!(meeting.ended, Some(EndReason::LongestTime));
    assert_eq!(meeting.duration, Duration::from_secs(24 * 60 * 60));
    stage.assert_whole();
}

/// Where the question is asked after the start too, an organizer who comes late, or again, has all the rights; who says no
/// is a caller like any other.
#[test]
fn a_late_organizer_can_claim_the_role() {
    let rules =
        MeetingRules { organizer_question: OrganizerQuestion::AlsoAfterStart, ..on_command() };
    let mut stage = stage(rules);
    stage.app(APP, 9, 0);
    stage.caller_comes(ANN);
    assert_eq!(stage.state(ANN), Some("in-lobby"));
    stage.organizer_comes(OLGA);
    assert_eq!(stage.state(OLGA), Some("in-meeting"));
    stage.hang_up(OLGA);
    stage.organizer_comes(OLGA);
    stage.seconds(2);
    let mark = stage.mark();
    stage.keyed(OLGA, "*21");
    assert_eq!(stage.said(mark, OLGA), ["admitted-all"]);
    assert_eq!(stage.state(ANN), Some("in-meeting"));
    stage.assert_whole();
}

/// Thirty-six come in nine seconds: twenty tones, one that stands for all the others, then none; and as they go.
#[test]
fn a_storm_of_comings_and_goings_is_heard_once() {
    let mut stage = stage(MeetingRules::default());
    stage.organizer_comes(OLGA);
    stage.seconds(11);
    let tones = |stage: &Stage, mark: usize, wanted: &str| {
        let is =
            |happened: &Happened| matches!(happened, Happened::Tone { tone } if *tone == wanted);
        stage.since(mark).filter(|event| is(&event.happened)).count()
    };
    let mark = stage.mark();
    (10..46).for_each(|leg| stage.call(leg));
    stage.pass(Duration::from_millis(200));
    for leg in 10..46 {
        stage.keys(leg, &format!("{}#", IDS[0]));
        stage.pass(Duration::from_millis(250));
    }
    stage.seconds(1);
    assert_eq!(tones(&stage, mark, "entry"), 21);
    stage.seconds(10);
    let mark = stage.mark();
    (10..46).for_each(|leg| {
        stage.hang_up(leg);
        stage.pass(Duration::from_millis(250));
    });
    assert_eq!(tones(&stage, mark, "exit"), 21);
    // When it is over each is heard again.
    stage.seconds(10);
    let mark = stage.mark();
    stage.caller_comes(ANN);
    assert_eq!(tones(&stage, mark, "entry"), 1);
}

#[test]
fn an_end_or_a_cancellation_reaches_whoever_is_in_or_waits() {
    for (order, word, cause) in [
        (Order::End, "meeting-ended", HangupCause::MeetingEnded),
        (Order::Cancel, "meeting-cancelled", HangupCause::MeetingCancelled),
    ] {
        let mut stage = stage(on_command());
        stage.organizer_comes(OLGA);
        stage.caller_comes(ANN);
        let mark = stage.mark();
        stage.order(0, order.clone());
        for leg in [OLGA, ANN] {
            assert_eq!(stage.said(mark, leg), [word]);
        }
        stage.seconds(1);
        assert_eq!(stage.record_of(ANN).cause, cause);
        assert_eq!((stage.exchange.legs(), stage.exchange.meetings()), (0, 0));
        stage.assert_whole();
    }
    // Cancelled before it has started.
    let mut stage = stage(MeetingRules::default());
    stage.caller_comes(ANN);
    stage.order(0, Order::Cancel);
    stage.seconds(1);
    assert_eq!(stage.record_of(ANN).cause, HangupCause::MeetingCancelled);
    assert!(stage.meeting_records().is_empty());
}

#[test]
fn a_meeting_goes_on_by_its_new_rules() {
    // Those who wait for an admission come in when admission is by the start.
    let mut stage = stage(on_command());
    stage.organizer_comes(OLGA);
    stage.caller_comes(ANN);
    let card = stage.cards[0].clone();
    let changed = |rules: MeetingRules| Order::Change {
        card: Box::new(holdline::domain::MeetingCard { rules, ..card.clone() }),
    };
    stage.order(0, changed(MeetingRules::default()));
    assert_eq!(stage.state(ANN), Some("in-meeting"));
    stage.hang_up(ANN);
    assert_eq!(stage.record_of(ANN).admitted_by, Some(AdmittedBy::Rules));

    // What is heard when someone comes or goes follows its rule, if that is another now.
    let quiet = MeetingRules { announce: Announce::Off, ..MeetingRules::default() };
    stage.order(0, changed(quiet));
    let mark = stage.mark();
    stage.caller_comes(BEN);
    assert!(!stage.since(mark).any(|event| matches!(event.happened, Happened::Tone { .. })));

    // Those who wait for a start have it when anyone may start.
    let mut stage = self::stage(MeetingRules::default());
    stage.caller_comes(ANN);
    stage.caller_comes(BEN);
    stage.order(
        0,
        changed(MeetingRules { start_requires: StartRequires::Anyone, ..MeetingRules::default() }),
    );
    assert_eq!((stage.state(ANN), stage.state(BEN)), (Some("in-meeting"), Some("in-meeting")));
    stage.assert_whole();
}

#[test]
fn an_id_that_is_reset_leads_to_the_same_meeting_from_then_on() {
    let mut stage = in_meeting(MeetingRules::default());
    stage.cards[0].conference_id = "258147363".parse().unwrap_or_else(|_| free_id());
    let new = stage.cards[0].conference_id.to_string();
    let mark = stage.mark();
    stage.comes(8, &format!("{}#", IDS[0]));
    assert_eq!(stage.said(mark, 8).last(), Some(&"enter-conference-id-again"));
    stage.comes(9, &format!("{new}#"));
    assert_eq!((stage.state(9), stage.exchange.meetings()), (Some("in-meeting"), 1));
}

fn free_id() -> holdline::domain::ConferenceId {
    (0..10).find_map(|check| format!("25814736{check}").parse().ok()).unwrap()
}

#[test]
fn a_failed_recording_ends_and_the_organizer_is_told() {
    let rules = MeetingRules {
        recording: Recording::FromStart,
        recording_notice: RecordingNotice::PhoneCallers,
        ..MeetingRules::default()
    };
    let mut stage = in_meeting(rules);
    assert!(stage.said(0, ANN).contains(&"recording-on"));
    stage.seconds(7);
    let mark = stage.mark();
    stage.order(0, Order::RecordingFailed);
    assert_eq!(stage.said(mark, OLGA), ["recording-off"]);
    assert!(stage.said(mark, ANN).is_empty());
    stage.caller_comes(9);
    assert!(!stage.said(mark, 9).contains(&"recording-on"));
    stage.order(0, Order::End);
    stage.seconds(1);
    let record = stage.meeting_records()[0];
    assert!(record.recorded < record.duration && record.recorded >= Duration::from_secs(7));
}

#[test]
fn two_organizers_at_once_and_one_who_rejoins_are_both_organizers() {
    let mut stage = stage(MeetingRules::default());
    stage.caller_comes(ANN);
    stage.call(OLGA);
    stage.call(7);
    stage.pass(Duration::from_millis(200));
    for leg in [OLGA, 7] {
        stage.keys(leg, &format!("{}#*{}#", IDS[0], PINS[0]));
    }
    stage.seconds(2);
    let started = stage.since(0).filter(|e| matches!(e.happened, Happened::MeetingStarted { .. }));
    assert_eq!(started.count(), 1);
    let mark = stage.mark();
    for leg in [OLGA, 7] {
        assert_eq!(stage.state(leg), Some("in-meeting"));
        stage.keyed(leg, "*24");
        assert_eq!(stage.said(mark, leg), ["nobody-waiting"]);
    }
    stage.hang_up(OLGA);
    stage.hang_up(7);
    assert_eq!(stage.state(ANN), Some("in-meeting"), "the meeting goes on");
    // Without the question after the start, an organizer who rejoins is a caller like any other.
    stage.comes(OLGA, &format!("{}#", IDS[0]));
    let mark = stage.mark();
    stage.keyed(OLGA, "*24");
    assert_eq!(stage.said(mark, OLGA), ["not-allowed"]);
    stage.assert_whole();
}

#[test]
fn another_organizers_pin_is_wrong_here() {
    let mut stage = stage(MeetingRules::default());
    let mark = stage.mark();
    stage.comes(OLGA, &format!("{}#*{}#", IDS[0], PINS[1]));
    assert_eq!(stage.said(mark, OLGA).last(), Some(&"enter-pin-again"));
}

#[test]
fn the_records_tell_who_did_what_and_how_it_ended() {
    let mut stage = stage(MeetingRules::default());
    stage.call_from(ANN, "+14255550123".parse().unwrap());
    stage.pass(Duration::from_millis(200));
    stage.keys(ANN, &format!("{}##", IDS[0]));
    stage.seconds(30);
    stage.organizer_comes(OLGA);
    stage.seconds(19);
    stage.keyed(ANN, "*6");
    stage.keyed(ANN, "*6");
    stage.keyed(ANN, "*24");
    stage.hang_up(ANN);
    stage.hang_up(OLGA);
    let ann = stage.record_of(ANN);
    assert_eq!(ann.caller, Some("+14255550123".parse().unwrap()));
    assert_eq!((ann.role, ann.user, ann.pin_used), (Some(Role::Attendee), None, false));
    assert_eq!(ann.commands, [Command::Mute, Command::Mute, Command::LobbyCount]);
    assert_eq!((ann.cause, ann.cause.q850()), (HangupCause::CallerHungUp, 16));
    assert_eq!(ann.admitted_by, Some(AdmittedBy::Rules));
    let seconds = |time: Duration| time.as_secs();
    assert_eq!((seconds(ann.waited), seconds(ann.in_meeting)), (30, 22));
    assert!(ann.duration >= ann.waited + ann.in_meeting);
    let olga = stage.record_of(OLGA);
    assert_eq!((olga.role, olga.pin_used), (Some(Role::Organizer), true));
    assert_eq!(olga.user, Some(stage.cards[0].organizer));
    assert_eq!(olga.admitted_by, Some(AdmittedBy::Right));
    let [meeting] = stage.meeting_records()[..] else { panic!("one run") };
    assert_eq!((meeting.started_by, meeting.joined, meeting.members_most), (Role::Organizer, 2, 2));
    assert_eq!((meeting.ended, seconds(meeting.duration)), (Some(EndReason::Empty), 22));
}

#[test]
fn who_is_kept_out_gets_a_busy_and_a_store_that_is_gone_keeps_nobody_out() {
    let number = "+14255550123".parse().unwrap();
    let mut stage = stage(MeetingRules::default());
    stage.keeps_out = Some(number);
    stage.call_from(ANN, number);
    stage.seconds(1);
    assert_eq!(stage.hung_up, [(whom(ANN), HangupCause::KeptOut)]);
    assert_eq!(HangupCause::KeptOut.q850(), 17);
    assert_eq!(stage.record_of(ANN).duration, Duration::ZERO);
    stage.next_answer_takes = None;
    stage.call_from(BEN, number);
    stage.seconds(6);
    assert_eq!(stage.state(BEN), Some("entering-conference-id"));
    stage.assert_whole();
}

/// Neither what is said about a guess nor when tells whether it had the right length, or how many of its digits were right.
#[test]
fn every_wrong_guess_sounds_and_lasts_the_same() {
    let told = |guess: &str| {
        let mut stage = stage(MeetingRules::default());
        stage.comes(OLGA, &format!("{}#*", IDS[0]));
        stage.seconds(5);
        stage.keys(OLGA, guess);
        stage.pass(Duration::from_millis(500));
        let (mark, keyed_at) = (stage.mark(), stage.now);
        stage.keys(OLGA, "#");
        stage.seconds(3);
        let said: Vec<_> = stage
            .since(mark)
            .map(|event| (event.at.since(keyed_at), format!("{:?}", event.happened)))
            .collect();
        assert_eq!(stage.said(mark, OLGA), ["pin-wrong", "enter-pin-again"], "{guess}");
        said
    };
    let right_length = told("907351846290");
    for guess in ["1", "9073", "90735", "111111111111", "9073518462941", "ABCD", "1234567890123456"]
    {
        assert_eq!(told(guess), right_length, "{guess}");
    }
}
