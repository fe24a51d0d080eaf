//! Names: said once, heard again when their owner comes, goes or is asked after.

mod support;

use std::time::Duration;

use holdline::caller::{Deed, Heard, Percept, Script};
use holdline::domain::settings::{
    Admission, Announce, DialogueSettings, MeetingRules, NameRecording, StartRequires,
};
use holdline::domain::{CallSource, LegId, PhoneNumber, PromptId};
use holdline::exchange::{Happened, SoundMode};
use holdline::sim::Report;

use support::journals::replays_whole_and_in_parts;
use support::stage::{IDS, Stage};
use support::{Office, caller, run, until, until_prompt, wait, with_end, world_config};

const OLGA: u64 = 1;
const ANN: u64 = 2;
const BEN: u64 = 3;

fn names() -> MeetingRules {
    MeetingRules { announce: Announce::Names, ..MeetingRules::default() }
}

fn stage(rules: &MeetingRules) -> Stage {
    Stage::new(rules, DialogueSettings::default(), SoundMode::Durations)
}

/// Everything heard by the whole meeting from that place in the trace on.
fn heard_by_all(stage: &Stage, mark: usize) -> Vec<&'static str> {
    let heard = stage.since(mark).filter(|event| event.leg.is_none());
    heard
        .filter_map(|event| match event.happened {
            Happened::Prompt { prompt } => Some(prompt.name()),
            Happened::Tone { tone } => Some(tone),
            Happened::Name => Some("NAME"),
            _ => None,
        })
        .collect()
}

/// Comes and says a name of two seconds; keeps it.
fn comes_by_name(stage: &mut Stage, leg: u64) {
    stage.caller_comes(leg);
    assert_eq!(stage.state(leg), Some("recording-name"));
    stage.seconds(2);
    stage.keys(leg, "#");
    stage.seconds(5);
    stage.keys(leg, "#");
    stage.seconds(1);
}

/// Comes from there to a meeting that runs and keys the name away while it is being asked for.
fn comes_without_name(stage: &mut Stage, leg: u64, from: CallSource) {
    stage.call_from(leg, from);
    stage.pass(Duration::from_millis(200));
    stage.keys(leg, &format!("{}#", IDS[0]));
    stage.pass(Duration::from_millis(200));
    assert_eq!(stage.state(leg), Some("asking-name"));
    stage.keys(leg, "#");
    stage.seconds(1);
}

#[test]
fn a_name_is_asked_for_heard_once_and_kept() {
    let mut stage = stage(&names());
    stage.caller_comes(ANN);
    assert_eq!(stage.state(ANN), Some("recording-name"));
    let mark = stage.mark();
    stage.seconds(1);
    stage.keys(ANN, "#");
    stage.pass(Duration::from_millis(100));
    assert_eq!(stage.state(ANN), Some("reviewing-name"));
    stage.seconds(4);
    assert_eq!(stage.said(mark, ANN), ["review-name", "keep-name"]);
    assert_eq!(stage.since(mark).filter(|event| event.happened == Happened::Name).count(), 1);
    // Silence keeps it.
    stage.seconds(7);
    assert_eq!(stage.state(ANN), Some("in-lobby"));
    stage.assert_whole();
}

#[test]
fn it_can_be_said_again_once() {
    let mut stage = stage(&names());
    stage.caller_comes(ANN);
    stage.keys(ANN, "#");
    stage.seconds(1);
    let mark = stage.mark();
    stage.keys(ANN, "*");
    stage.seconds(1);
    assert_eq!(stage.said(mark, ANN), ["record-name"]);
    assert_eq!(stage.state(ANN), Some("recording-name"));
    stage.keys(ANN, "#");
    stage.pass(Duration::from_millis(100));
    assert_eq!(stage.state(ANN), Some("in-lobby"), "the second one is not asked about");
    stage.assert_whole();
}

#[test]
fn after_five_seconds_it_is_long_enough() {
    let mut stage = stage(&names());
    stage.caller_comes(ANN);
    let mark = stage.mark();
    stage.seconds(6);
    let taken = stage.since(mark).find_map(|event| match event.happened {
        Happened::NameTaken { ms } => Some(ms),
        _ => None,
    });
    assert_eq!(taken, Some(5_000));
}

#[test]
fn who_wants_no_name_keys_pound_and_is_told_of_by_number() {
    let mut stage = stage(&names());
    stage.organizer_comes(OLGA);
    stage.seconds(2);
    let mark = stage.mark();
    let number: PhoneNumber = "+14255550123".parse().unwrap();
    comes_without_name(&mut stage, ANN, CallSource::from(Some(number)));
    assert_eq!(stage.state(ANN), Some("in-meeting"));
    assert_eq!(
        heard_by_all(&stage, mark).join(" "),
        "caller-number digit-1 digit-4 digit-2 digit-5 digit-5 digit-5 digit-5 digit-0 digit-1 \
         digit-2 digit-3 has-joined"
    );
    // Whose number is withheld has none.
    stage.seconds(5);
    let mark = stage.mark();
    stage.hang_up(ANN);
    stage.seconds(5);
    comes_without_name(&mut stage, BEN, CallSource::UNKNOWN);
    assert_eq!(
        heard_by_all(&stage, mark).last_chunk::<2>(),
        Some(&["unnamed-caller", "has-joined"])
    );
    stage.assert_whole();
}

#[test]
fn who_comes_and_goes_is_told_of_by_name_and_only_by_telephone() {
    let mut stage = stage(&names());
    stage.organizer_comes(OLGA);
    stage.seconds(5);
    let mark = stage.mark();
    comes_by_name(&mut stage, ANN);
    assert_eq!(heard_by_all(&stage, mark), ["NAME", "has-joined"]);
    stage.app(4, 9, 0);
    assert_eq!(heard_by_all(&stage, mark), ["NAME", "has-joined"], "an app user is seen");
    stage.hang_up(ANN);
    assert_eq!(heard_by_all(&stage, mark), ["NAME", "has-joined", "NAME", "has-left"]);
    stage.seconds(10);
    // Several who come in in one step are not called by name; nor is anybody while that is switched off.
    let mark = stage.mark();
    stage.keyed(OLGA, "*23");
    comes_by_name(&mut stage, BEN);
    assert!(heard_by_all(&stage, mark).is_empty());
    stage.assert_whole();
}

#[test]
fn those_who_wait_for_the_start_come_in_together() {
    let mut stage = stage(&MeetingRules { admission: Admission::OnStart, ..names() });
    comes_by_name(&mut stage, ANN);
    comes_by_name(&mut stage, BEN);
    assert_eq!(stage.state(BEN), Some("in-lobby"));
    let mark = stage.mark();
    stage.organizer_comes(OLGA);
    assert_eq!(heard_by_all(&stage, mark), ["several-joined"]);
}

#[test]
fn nobody_is_asked_for_a_name_where_it_is_not_wanted_or_only_to_be_sent_away() {
    for rules in [
        MeetingRules { name_recording: NameRecording::Off, ..names() },
        MeetingRules::default(),
        MeetingRules { legs_max: 1, ..names() },
    ] {
        let mut stage = stage(&rules);
        stage.organizer_comes(OLGA);
        stage.seconds(1);
        stage.caller_comes(ANN);
        let asked = stage.said(0, ANN).contains(&"record-name");
        assert!(!asked && stage.state(ANN) != Some("recording-name"), "{rules:?}");
    }
}

/// The organizers come last and are said to be it. Without names it stays with how many there are.
#[test]
fn a_roll_call_says_who_is_there_to_the_one_who_asks() {
    let mut stage = stage(&names());
    stage.organizer_comes(OLGA);
    comes_by_name(&mut stage, ANN);
    stage.app(4, 9, 0);
    stage.seconds(5);
    let mark = stage.mark();
    stage.keys(ANN, "*3");
    stage.seconds(20);
    let heard: Vec<&str> = (stage.since(mark))
        .filter(|event| event.leg == Some(LegId::new(ANN)))
        .filter_map(|event| match event.happened {
            Happened::Prompt { prompt } => Some(prompt.name()),
            Happened::Name => Some("NAME"),
            _ => None,
        })
        .collect();
    assert_eq!(
        heard.join(" "),
        "number-3 roll-call-people NAME app-user organizer-is unnamed-caller"
    );
    assert!(heard_by_all(&stage, mark).is_empty(), "it is private");
    // Any key cuts it short.
    stage.keys(ANN, "*3");
    stage.pass(Duration::from_millis(700));
    stage.keys(ANN, "5");
    stage.pass(Duration::from_millis(100));
    assert!(stage.since(mark).any(|event| event.happened == Happened::NameCut));
    stage.assert_whole();
}

#[test]
fn a_meeting_says_five_minutes_before_a_limit_that_it_will_end() {
    let rules = MeetingRules {
        start_requires: StartRequires::Anyone,
        ends_after_callers_alone: Duration::from_secs(30 * 60),
        ..MeetingRules::default()
    };
    let mut stage = stage(&rules);
    stage.comes(ANN, &format!("{}#", IDS[0]));
    let mark = stage.mark();
    stage.seconds(25 * 60 - 10);
    assert!(heard_by_all(&stage, mark).is_empty());
    stage.seconds(10);
    assert_eq!(heard_by_all(&stage, mark), ["meeting-ends-soon"]);
    stage.seconds(5 * 60);
    assert_eq!(stage.state(ANN), None);
    stage.assert_whole();
}

/// Olga is in the meeting and listens; Ann says her name with her own voice, and goes again without a word in it.
fn by_ear(deeds: Vec<Deed>) -> Report {
    let olga = caller(
        "olga",
        750,
        0,
        vec![
            Deed::keys("147852036#*48213#"),
            until(Percept::Prompt(PromptId::HasLeft)),
            Deed::HangUp,
        ],
    );
    let mut office = Office::with_rules(names());
    let ann: Script = caller("ann", 500, 6_000, deeds);
    let report = run(world_config(), &[olga, ann], &mut office);
    assert_eq!(office.records.len(), 2);
    report
}

fn says_name_and_goes() -> Vec<Deed> {
    with_end(
        vec![
            Deed::keys("147852036#"),
            until_prompt(PromptId::RecordName),
            wait(1),
            Deed::Speak(Duration::from_millis(1_000)),
            Deed::keys("#"),
            until_prompt(PromptId::KeepName),
            Deed::keys("#"),
        ],
        6,
    )
}

/// What others hear of a name is the voice that said it, without the key that ended it.
#[test]
fn a_name_sounds_as_it_was_said() {
    let report = by_ear(says_name_and_goes());
    let heard_ann = |name: &str| {
        let seat = report.seats.iter().find(|seat| seat.caller.name() == name).unwrap();
        let heard = seat.caller.ear().impressions().iter();
        heard.filter(|it| it.heard == Heard::Voices(vec![500]) && it.frames >= 40).count()
    };
    assert_eq!(heard_ann("ann"), 2, "to keep it or not, and on coming in");
    assert_eq!(heard_ann("olga"), 2, "Ann when she comes and when she goes; she never spoke");
    let taken = report.trace.iter().find_map(|event| match event.happened {
        Happened::NameTaken { ms } => Some(ms),
        _ => None,
    });
    assert!((1_000..=1_240).contains(&taken.unwrap()), "{taken:?}");
}

#[test]
fn who_says_nothing_is_asked_once_more_and_goes_on_without() {
    let report =
        by_ear(with_end(vec![Deed::keys("147852036#"), until_prompt(PromptId::Joining)], 3));
    let asked = report.trace.iter().filter(|event| {
        matches!(event.happened, Happened::Prompt { prompt: PromptId::RecordName })
    });
    assert_eq!(asked.count(), 2);
    let joined = report.trace.iter().any(|event| {
        event.leg.is_none()
            && event.happened == Happened::Prompt { prompt: PromptId::UnnamedCaller }
    });
    assert!(joined);
}

/// The journal keeps no sound: the length of the name stands for it, and all happens at the same times.
#[test]
fn a_journal_without_the_sound_of_a_name_replays_to_the_same_trace() {
    let report = by_ear(says_name_and_goes());
    let written = report.journal.to_json_lines();
    assert!(written.contains(r#""named":2,"frames":"#), "{written}");
    replays_whole_and_in_parts(&report.journal, &report.trace).unwrap();
}
