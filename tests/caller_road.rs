//! The road of one call, as tables: what the caller does, and what then happens to the leg.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use std::time::Duration;

use holdline::caller::{Comes, Deed, Heard, Percept, Script};
use holdline::domain::settings::{
    AfterWrongPins, Announce, DialogueSettings, MeetingRules, StartRequires, WhenAuthenticatedLeft,
};
use holdline::domain::{HangupCause, LegId, PromptId, UserId};
use holdline::exchange::{Config, Happened};
use holdline::sim::Report;
use support::*;

/// Runs callers under these settings; gives the report and the office's records.
fn run_with(
    dialogue: DialogueSettings,
    rules: MeetingRules,
    callers: &[Script],
) -> (Report, Office) {
    let mut office = Office::with_rules(rules);
    let mut config = world_config();
    config.exchange = Config { dialogue, ..Config::default() };
    config.ends_at = holdline::domain::Uptime::from_millis(30 * 3_600_000);
    let report = run(config, callers, &mut office);
    (report, office)
}

fn id() -> Deed {
    Deed::keys("147852036#")
}

/// What happens to a caller who does this, prompts cut short left out of sight.
fn check(deeds: Vec<Deed>, expected: &[&str]) {
    check_with(DialogueSettings::default(), MeetingRules::default(), deeds, expected);
}

fn check_with(
    dialogue: DialogueSettings,
    rules: MeetingRules,
    deeds: Vec<Deed>,
    expected: &[&str],
) {
    let (report, _) = run_with(dialogue, rules, &[caller("ann", 500, 0, deeds)]);
    let story = story_of(&report.trace, LegId::new(1));
    assert_eq!(story, expected, "\n{}", last_lines(&report.trace, 30));
}

const LEFT: &str = "left: CallerHungUp";

#[test]
fn a_caller_waits_in_the_lobby() {
    check(
        with_end(vec![wait(1), id()], 11),
        &[
            "entering-conference-id",
            "\"welcome\"",
            "\"enter-conference-id\"",
            "finding-meeting",
            "organizer-question",
            "\"organizer-question\"",
            "placing",
            "in-lobby",
            "\"lobby-waiting\"",
            "music",
            "gone",
            LEFT,
        ],
    );
}

#[test]
fn a_key_cuts_the_prompt_short() {
    let (report, _) = run_with(
        DialogueSettings::default(),
        MeetingRules::default(),
        &[caller("ann", 500, 0, with_end(vec![Deed::keys("1")], 1))],
    );
    let cut = report
        .trace
        .iter()
        .any(|event| event.happened == Happened::PromptCut { prompt: PromptId::Welcome });
    assert!(cut, "{}", last_lines(&report.trace, 20));
}

#[test]
fn everything_in_one_go_asks_nothing() {
    check(
        with_end(vec![Deed::keys("147852036#*48213#")], 3),
        &[
            "entering-conference-id",
            "\"welcome\"",
            "finding-meeting",
            "organizer-question",
            "\"organizer-question\"",
            "entering-pin",
            "\"enter-pin\"",
            "checking-pin",
            "placing",
            "admitted: Organizer",
            "in-meeting",
            "\"organizer-welcome\"",
            "\"first-in-meeting\"",
            "gone",
            LEFT,
        ],
    );
}

#[test]
fn keys_typed_while_the_store_is_asked_are_kept_and_no_question_is_asked() {
    let dialogue = DialogueSettings::default();
    let mut office = Office::with_rules(MeetingRules::default());
    let mut config = world_config();
    config.exchange = Config { dialogue, ..Config::default() };
    config.find_takes = Duration::from_secs(4);
    let deeds = with_end(vec![Deed::keys("147852036#*48213#")], 6);
    let report = run(config, &[caller("ann", 500, 0, deeds)], &mut office);
    let story = story_of(&report.trace, LegId::new(1));
    assert!(story.contains(&"admitted: Organizer".to_owned()), "{story:?}");
    assert!(!story.contains(&"\"organizer-question\"".to_owned()), "{story:?}");
    assert!(!story.contains(&"\"enter-pin\"".to_owned()), "{story:?}");
}

#[test]
fn silence_is_asked_again_and_then_said_goodbye_to() {
    let (report, office) = run_with(
        DialogueSettings::default(),
        MeetingRules::default(),
        &[caller("ann", 500, 0, vec![wait(600)])],
    );
    let prompts: Vec<(u64, PromptId)> = (report.trace.iter())
        .filter_map(|event| match event.happened {
            Happened::Prompt { prompt } => Some((event.at.as_millis(), prompt)),
            _ => None,
        })
        .collect();
    // Answered at 120 ms, first heard in the tick at 140 ms; each short prompt lasts 200 ms, and seven seconds of silence
    // follow a question.
    assert_eq!(
        prompts,
        [
            (120, PromptId::Welcome),
            (340, PromptId::EnterConferenceId),
            (7_540, PromptId::NoEntryHeard),
            (7_740, PromptId::EnterConferenceIdAgain),
            (14_940, PromptId::NoEntryHeard),
            (15_140, PromptId::EnterConferenceIdLast),
            (22_340, PromptId::ConferenceIdGoodbye),
        ]
    );
    assert_eq!(office.records[0].cause, HangupCause::NoConferenceId);
    assert_eq!(office.asked, 0);
}

/// When the caller is asked again after these keys: milliseconds after the last key was certain.
fn asked_again_after(deeds: Vec<Deed>) -> u64 {
    let (report, _) = run_with(
        DialogueSettings::default(),
        MeetingRules::default(),
        &[caller("ann", 500, 0, with_end(deeds, 60))],
    );
    let again = report.trace.iter().position(|event| {
        matches!(event.happened, Happened::Prompt { prompt: PromptId::NoEntryHeard })
    });
    let again = again.unwrap();
    let key = report.trace[..again]
        .iter()
        .rev()
        .find_map(|event| matches!(event.happened, Happened::Key { .. }).then_some(event.at));
    report.trace[again].at.since(key.unwrap()).as_millis() as u64
}

#[test]
fn an_entry_broken_off_is_asked_again_after_four_seconds() {
    assert_eq!(asked_again_after(vec![wait(1), Deed::keys("147")]), 4_000);
}

#[test]
fn a_whole_entry_has_thirty_seconds_whatever_is_keyed() {
    let mut deeds = vec![wait(1)];
    for _ in 0..14 {
        deeds.extend([Deed::keys("*"), wait(3)]);
    }
    let left = asked_again_after(deeds);
    assert!(left < 3_300, "asked again {left} ms after the last key, not 4 s");
}

#[test]
fn three_conference_ids_and_the_same_words_for_all_of_them() {
    // Unknown, mistyped by one digit, too short: the caller cannot tell them apart.
    let keys = ["369258147#", "147852037#", "1#"].map(Deed::keys);
    check(
        vec![keys[0].clone(), wait(1), keys[1].clone(), wait(1), keys[2].clone(), wait(60)],
        &[
            "entering-conference-id",
            "\"welcome\"",
            "finding-meeting",
            "entering-conference-id",
            "\"conference-id-unknown\"",
            "\"enter-conference-id-again\"",
            "finding-meeting",
            "entering-conference-id",
            "\"conference-id-unknown\"",
            "\"enter-conference-id-last\"",
            "finding-meeting",
            "goodbye",
            "\"conference-id-goodbye\"",
            "gone",
            "left: NoConferenceId",
        ],
    );
}

#[test]
fn three_wrong_pins_and_goodbye() {
    let wrong = || Deed::keys("12345#");
    let deeds = vec![id(), Deed::keys("*"), wrong(), wait(1), wrong(), wait(1), wrong(), wait(60)];
    let tail = ["goodbye", "\"pin-goodbye\"", "gone", "left: WrongPin"];
    let (report, _) = run_with(
        DialogueSettings::default(),
        MeetingRules::default(),
        &[caller("ann", 500, 0, deeds.clone())],
    );
    let story = story_of(&report.trace, LegId::new(1));
    assert_eq!(story[story.len() - 4..], tail);

    let lobby = DialogueSettings { after_wrong_pins: AfterWrongPins::Lobby, ..Default::default() };
    let (report, office) =
        run_with(lobby, MeetingRules::default(), &[caller("ann", 500, 0, with_end(deeds, 9))]);
    let story = story_of(&report.trace, LegId::new(1));
    assert!(story.contains(&"\"pin-to-lobby\"".to_owned()), "{story:?}");
    assert_eq!(office.records[0].cause, HangupCause::CallerHungUp);
}

#[test]
fn a_word_every_minute_and_a_goodbye_after_thirty() {
    let (report, office) = run_with(
        DialogueSettings::default(),
        MeetingRules::default(),
        &[caller("ann", 500, 0, vec![Deed::keys("147852036##"), wait(7_200)])],
    );
    let words = report.trace.iter().filter(|event| {
        matches!(event.happened, Happened::Prompt { prompt: PromptId::LobbyStillWaiting })
    });
    assert_eq!(words.count(), 28);
    let warnings = report.trace.iter().filter(|event| {
        matches!(event.happened, Happened::Prompt { prompt: PromptId::LobbyWarning })
    });
    assert_eq!(warnings.count(), 1);
    assert_eq!(office.records[0].cause, HangupCause::LobbyTimeLimit);
    assert_eq!(office.records[0].waited, Duration::from_secs(30 * 60));
}

#[test]
fn an_app_user_starts_it_and_all_who_wait_are_in_at_once() {
    let app = Script {
        comes: Comes::ByApp(UserId::new(42), CONFERENCE_ID.parse().unwrap()),
        ..caller("app", 750, 20_000, with_end(vec![], 5))
    };
    let waits = |name: &str, hz| caller(name, hz, 0, with_end(vec![Deed::keys("147852036##")], 30));
    let (report, _) = run_with(
        DialogueSettings::default(),
        MeetingRules::default(),
        &[waits("ann", 500), waits("bob", 550), app],
    );
    let admitted: Vec<u64> = (report.trace.iter())
        .filter(|event| matches!(event.happened, Happened::Admitted { .. }))
        .map(|event| event.at.as_millis())
        .collect();
    assert_eq!(admitted, [20_000; 3]);
}

#[test]
fn where_anyone_may_start_nobody_is_asked() {
    let rules = MeetingRules { start_requires: StartRequires::Anyone, ..Default::default() };
    check_with(
        DialogueSettings::default(),
        rules,
        with_end(vec![id()], 2),
        &[
            "entering-conference-id",
            "\"welcome\"",
            "finding-meeting",
            "placing",
            "admitted: Attendee",
            "in-meeting",
            "\"first-in-meeting\"",
            "gone",
            LEFT,
        ],
    );
}

#[test]
fn who_comes_late_joins_directly_without_a_question() {
    let organizer = caller("olga", 750, 0, with_end(vec![Deed::keys("147852036#*48213#")], 30));
    let late = caller("ann", 500, 10_000, with_end(vec![id()], 3));
    let (report, _) =
        run_with(DialogueSettings::default(), MeetingRules::default(), &[organizer, late]);
    let story = story_of(&report.trace, LegId::new(2));
    assert!(story.contains(&"\"joining\"".to_owned()), "{story:?}");
    assert!(!story.iter().any(|word| word.contains("organizer-question")), "{story:?}");
}

/// When and why a meeting ends that the organizer leaves after ten seconds, and one caller never does.
fn end_of(rules: MeetingRules) -> (HangupCause, Duration) {
    let organizer = caller("olga", 750, 0, with_end(vec![Deed::keys("147852036#*48213#")], 10));
    let stays = caller("ann", 500, 5_000, vec![id(), wait(100_000)]);
    let (_, office) = run_with(DialogueSettings::default(), rules, &[organizer, stays]);
    let left = office.records.iter().find(|record| record.leg == LegId::new(1)).unwrap();
    let ann = office.records.iter().find(|record| record.leg == LegId::new(2)).unwrap();
    let end = |record: &holdline::domain::CallRecord| record.answered_at + record.duration;
    (ann.cause, end(ann).since(end(left)))
}

#[test]
fn what_follows_when_the_organizer_leaves() {
    let rules = |choice| MeetingRules {
        when_authenticated_left: choice,
        announce: Announce::Off,
        ..Default::default()
    };
    let (cause, after) = end_of(rules(WhenAuthenticatedLeft::GoesOn));
    assert_eq!((cause, after.as_secs()), (HangupCause::MeetingEnded, 90 * 60));
    let (cause, after) = end_of(rules(WhenAuthenticatedLeft::Ends));
    assert_eq!((cause, after.as_secs()), (HangupCause::MeetingEnded, 0));
    let (cause, after) = end_of(rules(WhenAuthenticatedLeft::BackToLobby));
    assert_eq!((cause, after.as_secs()), (HangupCause::LobbyTimeLimit, 30 * 60));
}

#[test]
fn callers_alone_have_four_hours() {
    let rules = MeetingRules { start_requires: StartRequires::Anyone, ..Default::default() };
    let (_, office) = run_with(
        DialogueSettings::default(),
        rules,
        &[caller("ann", 500, 0, vec![id(), wait(100_000)])],
    );
    assert_eq!(office.records[0].cause, HangupCause::MeetingEnded);
    assert_eq!(office.records[0].duration.as_secs() / 60, 240);
}

#[test]
fn a_full_meeting_and_a_full_bridge_say_so() {
    let rules = MeetingRules { legs_max: 1, ..Default::default() };
    let waits =
        |name: &str, hz, at| caller(name, hz, at, with_end(vec![Deed::keys("147852036##")], 20));
    let callers = [waits("ann", 500, 0), waits("bob", 550, 3_000)];
    let (_, office) = run_with(DialogueSettings::default(), rules, &callers);
    assert_eq!(office.records[0].cause, HangupCause::MeetingFull);

    let mut office = Office::with_rules(MeetingRules::default());
    let mut config = world_config();
    config.exchange.legs_max = 1;
    let report = run(config, &callers, &mut office);
    let refused = report.seats[1].left.unwrap();
    assert_eq!((refused.1, refused.1.q850()), (HangupCause::BridgeFull, 42));
}

#[test]
fn the_organizer_gets_into_a_full_meeting() {
    let rules = MeetingRules { legs_max: 1, ..Default::default() };
    let waits = caller("ann", 500, 0, with_end(vec![Deed::keys("147852036##")], 20));
    let organizer = caller("olga", 550, 9_000, with_end(vec![Deed::keys("147852036#*48213#")], 5));
    let (report, _) = run_with(DialogueSettings::default(), rules, &[waits, organizer]);
    let admitted =
        report.trace.iter().filter(|event| matches!(event.happened, Happened::Admitted { .. }));
    assert_eq!(admitted.count(), 2);
}

/// By ear, on sound: whoever mutes themself is heard until then and not after, and still hears the others; nobody hears
/// the keys of the command.
#[test]
fn who_is_muted_is_not_heard_and_still_hears() {
    let olga = vec![
        Deed::keys("147852036#*48213#"),
        until(Percept::PromptOver(PromptId::FirstInMeeting)),
        Deed::Speak(Duration::from_secs(20)),
        Deed::HangUp,
    ];
    let ann = vec![
        Deed::keys("147852036#"),
        until(Percept::Voice(450)),
        Deed::Speak(Duration::from_secs(2)),
        Deed::keys("*6"),
        until(Percept::PromptOver(PromptId::Muted)),
        until(Percept::Voice(450)),
        Deed::Speak(Duration::from_secs(4)),
        Deed::HangUp,
    ];
    let callers = [caller("olga", 450, 0, olga), caller("ann", 550, 4_000, ann)];
    let (report, _) = run_with(DialogueSettings::default(), MeetingRules::default(), &callers);
    let muted_at = report
        .trace
        .iter()
        .find(|event| matches!(event.happened, Happened::Presence { muted: true, .. }))
        .expect("she has muted herself")
        .at;
    let answered_at = report.seats[0].answered_at.expect("olga was answered");
    let muted_frame = muted_at.since(answered_at).as_millis() as u64 / 20;
    let ann_heard: Vec<u64> = (report.seats[0].caller.ear().impressions().iter())
        .filter(|heard| matches!(&heard.heard, Heard::Voices(voices) if voices.contains(&550)))
        .flat_map(|heard| heard.from_frame..heard.from_frame + heard.frames)
        .collect();
    assert!(ann_heard.len() > 90, "{} frames of her were heard before", ann_heard.len());
    assert!(ann_heard.iter().all(|frame| *frame < muted_frame + 4), "{muted_frame}: {ann_heard:?}");
    let strange = (report.seats[0].caller.ear().impressions().iter())
        .filter(|heard| heard.heard == Heard::Voices(Vec::new()) && heard.frames > 25);
    assert_eq!(strange.count(), 0, "only entry and exit tones are no voice");
    let last = report.seats[1].caller.ear().impressions().last().expect("ann heard something");
    assert_eq!(last.heard, Heard::Voices(vec![450]));
}
