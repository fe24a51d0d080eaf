//! The committed JSON Schema of a trace: it knows every event there is, takes what worlds write, and nothing else.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use holdline::caller::story::cast;
use holdline::caller::{Comes, Deed};
use holdline::domain::settings::{Announce, MeetingRules, Recording, StartRequires};
use holdline::domain::{
    Command, EndReason, HangupCause, Language, LegId, MeetingId, PromptId, Role, Uptime, UserId,
};
use holdline::exchange::{Happened, TraceEvent};
use holdline::media::sounds::ToneId;
use holdline::sim::World;
use jsonschema::Validator;
use serde_json::{Value, json};
use support::*;

fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        serde_json::from_str(include_str!("../assets/schema/trace.schema.json")).unwrap()
    })
}

fn validator() -> &'static Validator {
    static VALIDATOR: OnceLock<Validator> = OnceLock::new();
    VALIDATOR.get_or_init(|| jsonschema::draft202012::new(schema()).unwrap())
}

fn assert_valid(line: &str) {
    let value: Value = serde_json::from_str(line).unwrap();
    let errors: Vec<String> =
        validator().iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{line}\n{errors:#?}");
}

/// The event after this one, in the order of a call's life: a new variant, role or reason fails to compile here until it has
/// its place.
fn next(happened: &Happened) -> Option<Happened> {
    use Happened as H;
    Some(match happened {
        H::Offered { caller: None, called } => {
            H::Offered { caller: Some(*called), called: *called }
        }
        H::Offered { .. } => H::SignedIn,
        H::SignedIn => H::Answered,
        H::Answered => H::Language { language: Language::DeDe },
        H::Language { .. } => H::State { state: "entering-pin" },
        H::State { .. } => H::Prompt { prompt: PromptId::EnterPin },
        H::Prompt { prompt } => H::PromptCut { prompt: *prompt },
        H::PromptCut { .. } => H::Name,
        H::Name => H::NameCut,
        H::NameCut => H::NameTaken { ms: 0 },
        H::NameTaken { .. } => H::Key { key: 'x' },
        H::Key { key: 'x' } => H::Key { key: '*' },
        H::Key { key: '*' } => H::Key { key: '#' },
        H::Key { .. } => H::KeyIgnored,
        H::KeyIgnored => H::MeetingFound { conference_id: CONFERENCE_ID.parse().unwrap() },
        H::MeetingFound { .. } => H::NoSuchMeeting,
        H::NoSuchMeeting => H::PinAccepted,
        H::PinAccepted => H::PinRefused,
        H::PinRefused => H::StoreUnavailable,
        H::StoreUnavailable => H::HandedOver,
        H::HandedOver => H::TakenOver,
        H::TakenOver => H::Lobby,
        H::Lobby => H::MusicOn,
        H::MusicOn => H::MusicOff,
        H::MusicOff => H::MeetingStarted { by: Role::Authenticated },
        H::MeetingStarted { .. } => H::Admitted { role: Role::Attendee },
        H::Admitted { role: Role::Attendee } => H::Admitted { role: Role::Authenticated },
        H::Admitted { role: Role::Authenticated } => H::Admitted { role: Role::Organizer },
        H::Admitted { role: Role::Organizer } => H::Command { command: Command::RollCall },
        H::Command { .. } => H::Ordered { order: "let-all-speak" },
        H::Ordered { .. } => H::Presence { muted: true, silenced: false, hand_raised: true },
        H::Presence { .. } => H::Locked,
        H::Locked => H::Unlocked,
        H::Unlocked => H::Tone { tone: "entry" },
        H::Tone { tone } => H::ToneCut { tone },
        H::ToneCut { .. } => H::RecordingOn,
        H::RecordingOn => H::RecordingOff,
        H::RecordingOff => H::RecordingFailed,
        H::RecordingFailed => H::MeetingWaits,
        H::MeetingWaits => H::MeetingEnded { reason: EndReason::Empty },
        H::MeetingEnded { reason } => match reason {
            EndReason::Empty => H::MeetingEnded { reason: EndReason::AuthenticatedLeft },
            EndReason::AuthenticatedLeft => {
                H::MeetingEnded { reason: EndReason::AuthenticatedLeftLongAgo }
            }
            EndReason::AuthenticatedLeftLongAgo => H::MeetingEnded { reason: EndReason::Organizer },
            EndReason::Organizer => H::MeetingEnded { reason: EndReason::Cancelled },
            EndReason::Cancelled => H::MeetingEnded { reason: EndReason::CallersAlone },
            EndReason::CallersAlone => H::MeetingEnded { reason: EndReason::LongestTime },
            EndReason::LongestTime => H::MeetingEnded { reason: EndReason::Stopping },
            EndReason::Stopping => H::Left { cause: HangupCause::WrongPin, q850: 16 },
        },
        H::Left { .. } => H::TicksSkipped { ticks: 40 },
        H::TicksSkipped { .. } => return None,
    })
}

fn every_event() -> Vec<Happened> {
    let first = Happened::Offered { caller: None, called: "+14255550199".parse().unwrap() };
    std::iter::successors(Some(first), next).collect()
}

fn line(happened: Happened) -> String {
    let event = TraceEvent {
        at: Uptime::from_micros(1_234_567),
        leg: Some(LegId::new(7)),
        meeting: Some(MeetingId::new(1)),
        happened,
    };
    event.to_json(|leg| leg.to_string())
}

fn words(value: &Value) -> BTreeSet<String> {
    value.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// The schema's part for one event.
fn part(event: &str) -> &'static Value {
    let parts = schema()["oneOf"].as_array().unwrap();
    parts.iter().find(|part| part["properties"]["event"]["const"] == event).unwrap()
}

#[test]
fn every_event_is_in_the_schema_and_no_other() {
    let parts = schema()["oneOf"].as_array().unwrap();
    let known: Vec<&str> =
        parts.iter().map(|part| part["properties"]["event"]["const"].as_str().unwrap()).collect();
    let mut seen: Vec<String> = Vec::new();
    for happened in every_event() {
        let line = line(happened);
        assert_valid(&line);
        let value: Value = serde_json::from_str(&line).unwrap();
        let name = value["event"].as_str().unwrap().to_owned();
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    assert_eq!(known, seen, "the schema's events, and the trace's in its order");

    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/exchange/trace.rs");
    let source = std::fs::read_to_string(path).unwrap();
    let body = source.split("pub enum Happened {\n").nth(1).unwrap().split("\n}\n").next().unwrap();
    let variants = body.lines().filter_map(|line| line.strip_prefix("    "));
    let variants = variants.filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
    assert_eq!(variants.count(), seen.len(), "an event that the walk above does not come to");
}

#[test]
fn every_name_that_can_stand_in_an_event_is_in_the_schema() {
    let definitions = &schema()["$defs"];
    let prompts: BTreeSet<String> =
        PromptId::ALL.iter().map(|prompt| prompt.name().to_owned()).collect();
    assert_eq!(words(&definitions["prompt"]["enum"]), prompts);
    let tones: BTreeSet<String> = ToneId::ALL.iter().map(|tone| tone.name().to_owned()).collect();
    assert_eq!(words(&definitions["tone"]["enum"]), tones);
    let commands: BTreeSet<String> =
        Command::ALL.iter().map(|command| command.name().to_owned()).collect();
    assert_eq!(words(&part("command")["properties"]["command"]["enum"]), commands);
    let languages: BTreeSet<String> =
        Language::ALL.iter().map(|language| language.name().to_owned()).collect();
    assert_eq!(words(&part("language")["properties"]["language"]["enum"]), languages);

    // Of these there is no list in the code but the match that names them.
    for (file, from, event, field) in [
        ("src/ivr/state.rs", "pub fn name(self)", "state", "state"),
        ("src/exchange/order.rs", "pub fn name(&self)", "ordered", "order"),
        ("src/domain/call_record.rs", "pub const fn name(self)", "left", "cause"),
    ] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let source = std::fs::read_to_string(path).unwrap();
        let body = source.split(from).nth(1).unwrap().split("\n    }\n").next().unwrap();
        let names: BTreeSet<String> =
            body.split('"').skip(1).step_by(2).map(str::to_owned).collect();
        assert!(names.len() > 5, "{file}: {names:?}");
        assert_eq!(words(&part(event)["properties"][field]["enum"]), names, "{file}");
    }
    // The others are in the walk above; here, that the schema knows no more.
    for reason in words(&part("meeting-ended")["properties"]["reason"]["enum"]) {
        serde_json::from_value::<EndReason>(json!(reason)).unwrap();
    }
    for role in words(&definitions["role"]["enum"]) {
        serde_json::from_value::<Role>(json!(role)).unwrap();
    }
}

#[test]
fn what_worlds_write_is_valid() {
    let mut rules = MeetingRules { recording: Recording::FromStart, ..MeetingRules::default() };
    let mut traces = Vec::new();
    let mut office = Office::with_rules(rules.clone());
    let (sounds, index) = short_sounds();
    let scripts = cast(&telling());
    traces
        .push(World::with_index(world_config(), sounds, index, &scripts, &mut office).run().trace);

    // Names, commands and an app user, where anybody may start.
    (rules.start_requires, rules.announce) = (StartRequires::Anyone, Announce::Names);
    let mut office = Office::with_rules(rules);
    let keys = |keys: &str| Deed::keys(keys);
    let ann = caller(
        "Ann \"the\" first",
        500,
        100,
        vec![
            wait(1),
            keys("147852036#"),
            wait(25),
            keys("*6"),
            wait(9),
            keys("*3"),
            wait(9),
            keys("*99"),
            wait(5),
            Deed::HangUp,
        ],
    );
    let mut app = caller("app", 700, 9_000, vec![wait(70), Deed::HangUp]);
    app.comes = Comes::ByApp(UserId::new(5), CONFERENCE_ID.parse().unwrap());
    let lost =
        caller("lost", 900, 300, vec![wait(1), keys("147852037#"), wait(1), keys("5#"), wait(40)]);
    traces.push(run(world_config(), &[ann, app, lost], &mut office).trace);

    let mut events = BTreeSet::new();
    for event in traces.iter().flatten() {
        assert_valid(&event.to_json(|leg| leg.to_string()));
        assert_valid(&event.to_json(|leg| format!("caller \"{}\"", leg.number())));
        events.insert(serde_json::to_value(&event.happened).unwrap()["event"].to_string());
    }
    assert!(events.len() >= 22, "worlds that show more: {events:?}");
}

#[test]
fn what_is_no_event_is_refused() {
    let good = json!({"t_ms": 5, "leg": "Ann", "event": "key", "key": "x"});
    assert!(validator().is_valid(&good));
    for (what, bad) in [
        ("a digit", json!({"t_ms": 5, "leg": "Ann", "event": "key", "key": "7"})),
        ("no time", json!({"leg": "Ann", "event": "answered"})),
        ("a time before the beginning", json!({"t_ms": -5, "leg": "Ann", "event": "answered"})),
        ("an unknown event", json!({"t_ms": 5, "leg": "Ann", "event": "sneezed"})),
        (
            "another event's field",
            json!({"t_ms": 5, "leg": "Ann", "event": "answered", "key": "x"}),
        ),
        (
            "a field too many",
            json!({"t_ms": 5, "leg": "Ann", "event": "pin-accepted", "pin": "48213"}),
        ),
        ("a field too few", json!({"t_ms": 5, "leg": "Ann", "event": "prompt"})),
        ("nobody's key", json!({"t_ms": 5, "event": "key", "key": "x"})),
        ("an unknown prompt", json!({"t_ms": 5, "leg": "Ann", "event": "prompt", "prompt": "hum"})),
    ] {
        assert!(!validator().is_valid(&bad), "{what}");
    }
}
