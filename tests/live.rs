//! The engine on the real clock, briefly: the same story as in virtual time, a journal that replays, an ordered stop.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use holdline::admin::demonstration;
use holdline::caller::{Deed, Outcome, Percept, Script};
use holdline::domain::call_record::AdmittedBy;
use holdline::domain::directory::{Change, Directory, OrganizationSettings};
use holdline::domain::pin::{Pin, PinHasher};
use holdline::domain::settings::{Admission, DialogueSettings, MeetingRules, Recording};
use holdline::domain::{
    Answer, CallSource, Command, Digit, Entry, HangupCause, Key, LegId, PromptId, Question, Role,
    Uptime,
};
use holdline::engine::{Engine, EngineConfig, LineEvent, OfferError, Telling};
use holdline::exchange::{
    Config, Happened, Input, Journal, KEY_LATENCY, Order, Recorded, SoundMode, Switch, TraceEvent,
    replay,
};
use holdline::sim::{Office, Report, World, WorldConfig};
use holdline::store::{Argon2Hasher, MemoryStore, SqliteStore, Store};
use support::journals::{difference, replays_whole_and_in_parts};
use support::live::{LiveReport, in_time, run_live, run_live_on};
use support::*;
use tokio::sync::mpsc;

/// A dialogue in a hurry, so that a story takes seconds.
fn hurried() -> Config {
    let dialogue = DialogueSettings {
        first_digit_after: Duration::from_millis(900),
        between_digits_after: Duration::from_millis(700),
        lobby_word_every: Duration::from_millis(1_500),
        pin_tries: 2,
        ..DialogueSettings::default()
    };
    Config { dialogue, ..Config::default() }
}

fn store() -> (Arc<dyn Store>, Arc<dyn PinHasher>) {
    let (directory, hasher) = organization(MeetingRules::default());
    (Arc::new(MemoryStore::from_directory(directory)), Arc::new(hasher))
}

fn speak(millis: u64) -> Deed {
    Deed::Speak(Duration::from_millis(millis))
}

/// Two wait, a stranger is sent away, the organizer starts, they talk, it is locked, they leave, and it is over.
fn hurried_story() -> Vec<Script> {
    let id = || Deed::keys(&format!("{CONFERENCE_ID}#"));
    let organizer = Percept::Voice(1_050);
    vec![
        caller(
            "first",
            500,
            20,
            vec![
                until_prompt(PromptId::EnterConferenceId),
                id(),
                until(organizer.clone()),
                until(Percept::Silence),
                speak(400),
                wait(1),
                Deed::HangUp,
            ],
        ),
        caller("second", 750, 500, vec![id(), until(organizer), wait(2), Deed::HangUp]),
        caller(
            "stranger",
            1_400,
            900,
            vec![
                id(),
                until_prompt(PromptId::OrganizerQuestion),
                Deed::keys("*12345#"),
                until_prompt(PromptId::EnterPinLast),
                Deed::keys("54321#"),
            ],
        ),
        caller(
            "organizer",
            1_050,
            5_500,
            vec![
                Deed::keys(&format!("{CONFERENCE_ID}#*{PIN}#")),
                until(Percept::Silence),
                speak(600),
                until(Percept::Voice(500)),
                Deed::keys("*7"),
                wait(2),
                Deed::HangUp,
            ],
        ),
    ]
}

/// With one shard, and with three between which the callers go over to their meeting.
#[test]
fn the_story_gives_each_leg_the_same_sequence_live_and_in_virtual_time() {
    let (sim_store, hasher) = store();
    let mut office = Office::new(sim_store, Arc::clone(&hasher));
    let config = WorldConfig::new(hurried(), "+14255550199".parse().unwrap());
    let (sounds, index) = short_sounds();
    let scripts = hurried_story();
    let simulated = World::with_index(config, sounds, index, &scripts, &mut office).run();
    assert_whole(&simulated);
    let silent = without_sound(&simulated, &scripts);
    for seat in &simulated.seats {
        let name = seat.caller.name();
        let [heard, silent] =
            [&simulated.trace, &silent.trace].map(|trace| story_of(trace, seat.leg));
        assert_eq!(silent, heard, "{name}");
    }
    let [heard, unheard] = [&simulated.trace, &silent.trace].map(|trace| of_its_meeting(trace));
    assert_eq!(unheard, heard);
    for part in ["MeetingStarted", "Command", "Locked", "Tone", "MeetingEnded"] {
        assert!(heard.iter().any(|event| event.contains(part)), "{part} is in no story: {heard:?}");
    }
    assert!(apart(&silent.trace, &simulated) <= APART_MAX);

    for shards in [1, 3] {
        // On a machine in time each step may still come a little late, not three times by more than its own ticks were.
        let is_near = (0..3).any(|_| {
            let run = || {
                let (live_store, hasher) = store();
                run_live(hurried(), &scripts, shards, live_store, hasher)
            };
            let live = in_time(run, |live| {
                tells_the_same(live, &simulated);
                let moved = live.trace.iter().filter(|event| event.happened == Happened::TakenOver);
                assert_eq!(moved.count() > 0, shards > 1);
            });
            let late = live.engine.counts().lateness.spread().most();
            apart(&live.trace, &simulated) <= APART_MAX + PIN_CHECK + late
        });
        assert!(is_near, "{shards} shards");
    }
}

fn of_its_meeting(trace: &[TraceEvent]) -> Vec<String> {
    story_of_meeting(trace, demonstration::MEETING)
}

/// By how much the times of a leg's story may differ between two drivers, beside the PIN check.
const APART_MAX: Duration = Duration::from_millis(60);

/// What a PIN check takes in virtual time; on the real clock it takes less with the digests of these tests.
const PIN_CHECK: Duration = Duration::from_millis(80);

/// When each thing of a leg's story happened, from its answer on.
fn times_of(trace: &[TraceEvent], leg: LegId) -> Vec<Uptime> {
    let is_told = |event: &&TraceEvent| !story_of(std::slice::from_ref(*event), leg).is_empty();
    let answered = Happened::State { state: "entering-conference-id" };
    let of_leg = trace.iter().filter(|event| event.leg == Some(leg));
    let answered_at = of_leg.clone().find(|event| event.happened == answered).unwrap().at;
    of_leg.filter(is_told).map(|event| Uptime::ZERO + event.at.since(answered_at)).collect()
}

/// The most by which anything that happened to a leg was earlier or later than it should have been.
fn apart(trace: &[TraceEvent], simulated: &Report) -> Duration {
    let of_leg = |leg: LegId| {
        let times = times_of(trace, leg).into_iter().zip(times_of(&simulated.trace, leg));
        times.map(|(one, other)| one.since(other).max(other.since(one))).max().unwrap()
    };
    simulated.seats.iter().map(|seat| of_leg(seat.leg)).max().unwrap()
}

/// The same calls where there is no sound: they come, key and hang up when they did, keys as events.
fn without_sound(simulated: &Report, scripts: &[Script]) -> Report {
    let keys = |script: &Script| -> VecDeque<Digit> {
        let keys = script.deeds.iter().filter_map(|deed| match deed {
            Deed::Keys(keys) => Some(keys.clone()),
            _ => None,
        });
        keys.flatten().collect()
    };
    let seats = simulated.seats.iter().zip(scripts);
    let mut keyed: HashMap<LegId, VecDeque<Digit>> =
        seats.map(|(seat, script)| (seat.leg, keys(script))).collect();
    // A key that comes as an event is certain when one that sounds is.
    let before = KEY_LATENCY - Duration::from_millis(1);
    let inputs: Vec<(Uptime, Input)> = (simulated.journal.entries.iter())
        .filter_map(|entry| match &entry.recorded {
            Recorded::Input(input @ (Input::IncomingCall { .. } | Input::HungUp { .. })) => {
                Some((entry.at, input.clone()))
            }
            Recorded::Found { found_on, .. } => {
                let key = keyed.get_mut(found_on).unwrap().pop_front().unwrap();
                Some((entry.at - before, Input::Digit { leg: *found_on, key: Key::Digit(key) }))
            }
            _ => None,
        })
        .collect();
    let ((store, hasher), (sounds, index)) = (store(), short_sounds());
    let exchange = Config { sound: SoundMode::Durations, ..hurried() };
    let config = WorldConfig::new(exchange, "+14255550199".parse().unwrap());
    let mut office = Office::new(store, hasher);
    let world = World::with_index(config, sounds, index, &[], &mut office).with_inputs(inputs);
    let report = world.run();
    assert_whole(&report);
    report
}

fn tells_the_same(live: &LiveReport, simulated: &Report) {
    assert_eq!((live.broken.len(), live.late.len()), (0, 0), "{:?} {:?}", live.broken, live.late);
    for (phone, seat) in live.phones.iter().zip(&simulated.seats) {
        let name = seat.caller.name();
        assert_eq!(*phone.caller.outcome(), Outcome::Done, "{name}");
        assert_eq!(
            story_of(&live.trace, phone.leg),
            story_of(&simulated.trace, seat.leg),
            "{name}"
        );
        assert_eq!(phone.left.1, seat.left.unwrap().1, "{name}");
    }
    assert_eq!(live.phones[2].left.1, HangupCause::WrongPin);
    assert_eq!(of_its_meeting(&live.trace), of_its_meeting(&simulated.trace));

    for (journal, trace) in &live.journals {
        replays_whole_and_in_parts(journal, trace).unwrap();
    }
    the_shards_are_one_bridge(live);
}

/// Put together, the journals of all shards tell of each leg what its shards did, as if it had stayed where it was.
fn the_shards_are_one_bridge(live: &LiveReport) {
    let journals: Vec<Journal> = live.journals.iter().map(|(journal, _)| journal.clone()).collect();
    let merged = Journal::merge(&journals).unwrap().without_sound();
    let again = replay(&merged, short_sounds().0).unwrap();
    let goes_over =
        |event: &&TraceEvent| matches!(event.happened, Happened::HandedOver | Happened::TakenOver);
    for phone in &live.phones {
        let of_leg = |trace: &[TraceEvent]| -> Vec<TraceEvent> {
            let of_leg = trace.iter().filter(|event| event.leg == Some(phone.leg));
            of_leg.filter(|event| !goes_over(event)).cloned().collect()
        };
        let mut lived: Vec<_> = live.journals.iter().flat_map(|(_, trace)| of_leg(trace)).collect();
        lived.sort_by_key(|event| event.at);
        assert_eq!(difference("in one journal", &of_leg(&again), &lived), None);
    }
    assert!(again.iter().all(|event| !goes_over(&event)));
}

#[test]
fn a_stop_gives_everybody_a_last_word_and_leaves_nobody_behind() {
    let scripts = [caller("waits", 500, 0, vec![Deed::keys(&format!("{CONFERENCE_ID}#"))])];
    let run = || {
        let config = EngineConfig { exchange: hurried(), clerks: 1, ..EngineConfig::default() };
        let waits = |event: &TraceEvent| event.happened == Happened::Lobby;
        run_live_on(config, &scripts, store(), || (), waits)
    };
    in_time(run, |live| {
        assert_eq!((live.late.len(), live.engine.legs()), (0, 0), "{:?}", live.late);
        assert_eq!(live.phones[0].left.1, HangupCause::Stopping);
        let story = story_of(&live.trace, live.phones[0].leg);
        assert!(story.iter().any(|part| part == "in-lobby"), "{story:?}");
        assert_eq!(
            story[story.len() - 4..],
            ["goodbye", "\"service-stopping\"", "gone", "left: Stopping"]
        );
    });
}

/// What a line brings, until it brings that.
async fn until_event(line: &mut mpsc::Receiver<LineEvent>, is: impl Fn(&LineEvent) -> bool) {
    while !is(&line.recv().await.expect("the line is open")) {}
}

fn happens(wanted: Happened) -> impl Fn(&LineEvent) -> bool {
    move |event| matches!(event, LineEvent::Happened(event) if event.happened == wanted)
}

fn ends(wanted: HangupCause) -> impl Fn(&LineEvent) -> bool {
    move |event| matches!(event, LineEvent::HungUp(cause) if *cause == wanted)
}

/// An app user starts the meeting, lets in who waits, mutes, removes and ends it, all from outside, between two shards. All that
/// is waited for comes also to a door that did not listen for a while.
#[test]
fn an_app_user_starts_admits_mutes_removes_and_ends() {
    let rules = MeetingRules { admission: Admission::OnCommand, ..MeetingRules::default() };
    let (directory, hasher) = organization(rules);
    let store = Arc::new(MemoryStore::from_directory(directory));
    let config = EngineConfig { shards: 2, ..EngineConfig::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap();
    let kept: Arc<dyn Store> = store.clone();
    runtime.block_on(async {
        let engine = Engine::start(config, short_sounds().0, kept, Arc::new(hasher), None).unwrap();
        let (ann, called) = (engine.new_leg(), "+14255550100".parse().unwrap());
        let mut line = engine.offer(ann, CallSource::UNKNOWN, called, Telling::Told).unwrap();
        until_event(&mut line, |event| matches!(event, LineEvent::Answer)).await;
        engine.answered(ann);
        for digit in format!("{CONFERENCE_ID}##").chars().filter_map(Digit::from_char) {
            engine.key(ann, Key::Digit(digit));
        }
        until_event(&mut line, happens(Happened::State { state: "in-lobby" })).await;
        let (megan, meeting) = (demonstration::MEGAN, demonstration::MEETING);
        let nobodys = "123456788".parse().unwrap();
        let refused = engine.app_joins(engine.new_leg(), megan, nobodys).await;
        assert_eq!(refused.err(), Some(OfferError::NoSuchMeeting));
        let app = engine.new_leg();
        let id = CONFERENCE_ID.parse().unwrap();
        let mut heard = engine.app_joins(app, megan, id).await.unwrap();
        until_event(&mut heard, |event| matches!(event, LineEvent::Frame(_))).await;
        engine.command(app, Command::AdmitAll);
        until_event(&mut line, happens(Happened::State { state: "in-meeting" })).await;
        engine.order(meeting, Order::Mute { whom: ann });
        let muted = Happened::Presence { muted: false, silenced: true, hand_raised: false };
        until_event(&mut line, happens(muted)).await;
        engine.order(meeting, Order::Remove { whom: ann });
        until_event(&mut line, ends(HangupCause::Removed)).await;
        engine.order(meeting, Order::End);
        until_event(&mut heard, ends(HangupCause::MeetingEnded)).await;
        assert_eq!(engine.shutdown(Duration::from_secs(60)).await, Vec::<String>::new());
    });
    let records = store.records();
    let [ann, megan] = &records[..] else { panic!("{records:?}") };
    assert_eq!((ann.cause, ann.admitted_by), (HangupCause::Removed, Some(AdmittedBy::Command)));
    assert_eq!(ann.role, Some(Role::Attendee));
    assert_eq!((megan.role, megan.user), (Some(Role::Organizer), Some(demonstration::MEGAN)));
}

/// A thousand telephones have been answered, and all key a wrong PIN at the same organizer's at once: the store, on as many
/// threads as they need, checks as many as the window takes and not one more. From then on the right one is wrong too.
#[test]
fn a_thousand_calls_at_once_have_no_more_tries_than_one() {
    const CALLS: usize = 1_000;
    let (directory, hasher) = organization(MeetingRules::default());
    // In memory, if the system has such a folder: that a disk is slow is not the question.
    let memory = Path::new("/dev/shm");
    let folder = match memory.is_dir() {
        true => tempfile::tempdir_in(memory).unwrap(),
        false => tempfile::tempdir().unwrap(),
    };
    let store = SqliteStore::open(&folder.path().join("holdline.db")).unwrap();
    store.import(directory).unwrap();
    let dialogue = DialogueSettings { pin_tries: 1, ..DialogueSettings::default() };
    let exchange = Config { dialogue, watch: Switch::Off, ..Config::default() };
    let config = EngineConfig { exchange, clerks: 8, shards: 2, ..EngineConfig::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let (store, hasher) = (Arc::new(store), Arc::new(hasher));
        let engine = Engine::start(config, short_sounds().0, store, hasher, None).unwrap();
        let (mut trunk, called) = (engine.trunk(), "+14255550100".parse().unwrap());
        let legs: Vec<LegId> = (0..CALLS).map(|_| engine.new_leg()).collect();
        for &leg in &legs {
            engine.offer_on(&trunk, leg, CallSource::UNKNOWN, called).unwrap();
        }
        for _ in &legs {
            let (leg, event) = trunk.events.recv().await.unwrap();
            assert!(matches!(event, LineEvent::Answer), "{event:?}");
            engine.answered(leg);
        }
        for digit in format!("{CONFERENCE_ID}#*11111#").chars().filter_map(Digit::from_char) {
            legs.iter().for_each(|&leg| engine.key(leg, Key::Digit(digit)));
        }
        let mut wrong = 0;
        for _ in &legs {
            match trunk.events.recv().await.unwrap() {
                (_, LineEvent::HungUp(HangupCause::WrongPin)) => wrong += 1,
                (_, LineEvent::HungUp(HangupCause::StoreUnavailable)) => {}
                other => panic!("{other:?}"),
            }
        }
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let (checks, locked) = (of(&engine.counts().pin_checks), of(&engine.counts().pins_locked));
        assert!(checks >= wrong && wrong > 100, "{wrong} of {CALLS} wrong in {checks} checks");
        assert_eq!(checks - locked, 10);
        let (entry, from) = (Entry::parse(PIN).unwrap(), CallSource::UNKNOWN);
        let right = Question::VerifyPin { meeting: demonstration::MEETING, entry, from };
        assert_eq!(engine.ask(right).await, Answer::PinMismatch);
        assert_eq!(engine.shutdown(Duration::from_secs(60)).await, Vec::<String>::new());
    });
}

/// The demonstration organization with these rules.
fn organization(rules: MeetingRules) -> (Directory, Argon2Hasher) {
    let settings = OrganizationSettings { meeting: rules, ..OrganizationSettings::default() };
    let (pin, id) = (Pin::parse(PIN).unwrap(), CONFERENCE_ID.parse().unwrap());
    let hasher = Argon2Hasher::cheap_for_tests().unwrap();
    let mut directory =
        demonstration::organization(&pin, id, &hasher, *b"sixteen of these").unwrap();
    directory.apply(Change::SettingsChanged(Box::new(settings))).unwrap();
    (directory, hasher)
}

/// A bridge in a hurry whose one meeting is recorded into that folder, and what its organizer does there.
fn recorded(folder: &Path, before: impl Fn(), deeds: Vec<Deed>) {
    let joins = Deed::keys(&format!("{CONFERENCE_ID}#*{PIN}#"));
    let deeds = [vec![joins], deeds, vec![Deed::HangUp]].concat();
    let scripts = [caller("organizer", 500, 0, deeds)];
    let run = || {
        let _of_an_earlier_run = std::fs::remove_dir_all(folder);
        let rules = MeetingRules { recording: Recording::FromStart, ..MeetingRules::default() };
        let (directory, hasher) = organization(rules);
        let store: Arc<dyn Store> = Arc::new(MemoryStore::from_directory(directory));
        let recordings = Some(folder.to_owned());
        let config = EngineConfig { exchange: hurried(), recordings, ..EngineConfig::default() };
        run_live_on(config, &scripts, (store, Arc::new(hasher)), &before, |_event| false)
    };
    in_time(run, |live| {
        assert_eq!(
            (live.broken.len(), live.late.len()),
            (0, 0),
            "{:?} {:?}",
            live.broken,
            live.late
        );
        assert_eq!(*live.phones[0].caller.outcome(), Outcome::Done);
    });
}

/// The folder is gone when the recording is to begin: the meeting goes on, and its organizer hears that nothing is kept.
#[test]
fn a_recording_that_cannot_be_written_ends_and_the_organizer_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let recordings = folder.path().join("recordings");
    let told = Deed::Until(Percept::Prompt(PromptId::RecordingOff), Duration::from_secs(10));
    let goes_on = vec![told, until(Percept::Silence), speak(500), wait(1)];
    recorded(&recordings, || std::fs::remove_dir(&recordings).unwrap(), goes_on);
}

/// Where the folder should be there is a file: said before anybody calls.
#[test]
fn a_file_in_place_of_the_recordings_folder_is_named_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let recordings = folder.path().join("recordings");
    std::fs::write(&recordings, "a letter").unwrap();
    let (store, hasher) = store();
    let config = EngineConfig { recordings: Some(recordings.clone()), ..EngineConfig::default() };
    let error = Engine::start(config, short_sounds().0, store, hasher, None).err().unwrap();
    assert!(error.to_string().contains(&format!("kept in {}", recordings.display())), "{error}");
    assert_eq!(std::fs::read_to_string(&recordings).unwrap(), "a letter");
}

/// What a meeting said is on the disk when it is over, as a file that others read.
#[test]
fn a_recording_is_on_the_disk_when_its_meeting_is_over() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let recordings = folder.path().join("recordings");
    recorded(&recordings, || (), vec![until(Percept::Silence), speak(1_000), wait(1)]);
    let files: Vec<_> = std::fs::read_dir(&recordings).unwrap().collect();
    assert_eq!(files.len(), 1);
    let file = files[0].as_ref().unwrap().path();
    for (path, mode) in [(&recordings, 0o700), (&file, 0o600)] {
        let allows = path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(allows, mode, "{}", path.display());
    }
    let samples = hound::WavReader::open(file).unwrap().into_samples::<i16>();
    let loud = samples.filter(|sample| sample.as_ref().unwrap().abs() > 1_000).count();
    assert!(loud > 4_000, "{loud} samples of a voice of one second");
}
