//! Journals: what was late, what was cut off, what is taken out of them and put together.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use std::time::Duration;

use holdline::domain::settings::{DialogueSettings, MeetingRules};
use holdline::domain::{CallSource, Command, Digit, Key, Language, LegId, MeetingId, Uptime};
use holdline::exchange::{
    Asks, Config, EntryKey, Fork, Forked, Given, Happened, Input, Journal, JournalEntry, KeyChange,
    Order, Output, Passing, Recorded, SoundMode, TraceEvent, Unknown, Weighs, fork, retell,
};

use support::journals::replays_whole_and_in_parts;
use support::stage::{ACCESS_NUMBER, IDS, PINS, Stage};

const ANN: u64 = 1;

/// What one keys, with `_` for half a second and `~` for six, and what the store is then asked about: of a journal in which
/// every key is masked one can tell which keys that were.
#[test]
fn a_masked_journal_tells_which_keys_made_up_which_entry() {
    let id = IDS[0];
    let table: &[(String, &[&str])] = &[
        (format!("{id}#"), &[id]),
        (format!("12{id}#"), &[&format!("12{id}")]),
        (format!("12*{id}#*34567#"), &[id, "34567"]),
        (format!("{id}_#_*3_4_5_67_#_*999#1111#2#"), &[id, "34567", "999"]),
        (format!("123~{id}#"), &[id]),
        ("1#2#3#".to_owned(), &["1"]),
        ("1#_2#_3#".to_owned(), &["1", "2", "3"]),
        (format!("#_#_{id}#____5*123412341234123412341234#"), &[id, "1234123412341234"]),
        (format!("{id}#*{}#_*6_*9~5", PINS[0]), &[id, PINS[0]]),
        (format!("{id}#_*{}#", "7".repeat(40)), &[id, &"7".repeat(16)]),
    ];
    for (keyed, asked) in table {
        let mut stage =
            Stage::new(&MeetingRules::default(), DialogueSettings::default(), SoundMode::Durations);
        stage.next_answer_takes = Some(Duration::from_millis(100));
        stage.comes(ANN, "");
        for key in keyed.chars() {
            match key {
                '_' => stage.pass(Duration::from_millis(500)),
                '~' => stage.seconds(6),
                key => stage.keys(ANN, &key.to_string()),
            }
        }
        stage.seconds(2);
        stage.hang_up(ANN);
        let keys: Vec<char> = keyed.chars().filter(|key| !"_~".contains(*key)).collect();
        let journal = Journal::parse(&stage.written_journal()).unwrap();
        let retold = retell(&journal, &support::short_sounds().0).unwrap();
        assert_eq!(support::journals::difference("retold", &retold.trace, &stage.trace), None);
        let entries: Vec<String> = (retold.asked.iter())
            .filter(|asked| asked.what != Asks::MayCall)
            .map(|asked| {
                let entry = asked.entry.iter().map(|key| match *key {
                    EntryKey::Numbered(number) => keys[number as usize],
                    other => panic!("{other:?} in {keyed}"),
                });
                entry.collect()
            })
            .collect();
        assert_eq!(entries, *asked, "{keyed}");
        assert!(retold.asked.iter().all(|asked| asked.answered.is_some()), "{keyed}");
        assert_eq!(retold.keys.len(), keys.len(), "{keyed}");
    }
}

/// A driver that slept for seconds skips ticks; where it woke up, prompts begin and end at the same times in a replay.
#[test]
fn a_driver_that_was_late_is_as_late_again() {
    for sleeps_ms in [550, 1_000, 7_003, 61_019] {
        let mut stage =
            Stage::new(&MeetingRules::default(), DialogueSettings::default(), SoundMode::Frames);
        stage.comes(ANN, &format!("{}##", IDS[0]));
        assert_eq!(stage.state(ANN), Some("in-lobby"));
        stage.now = stage.now + Duration::from_millis(sleeps_ms);
        while stage.exchange.next_deadline().is_some_and(|(at, _)| at <= stage.now) {
            stage.exchange.advance(stage.now);
            while let Some(output) = stage.exchange.poll_output() {
                match output {
                    Output::Trace(event) => stage.trace.push(event),
                    Output::Journal(entry) => stage.journal.push(entry),
                    other => panic!("{other:?}"),
                }
            }
            while stage.exchange.poll_audio().is_some() {}
        }
        stage.keys(ANN, "5");
        stage.seconds(90);
        stage.hang_up(ANN);
        let skipped = |event: &holdline::exchange::TraceEvent| {
            matches!(event.happened, Happened::TicksSkipped { .. })
        };
        assert!(stage.trace.iter().any(skipped), "{sleeps_ms} ms");
        let journal = Journal::parse(&stage.written_journal()).unwrap();
        replays_whole_and_in_parts(&journal, &stage.trace).unwrap();
    }
}

/// Ann waits, Olga keys a wrong PIN and then the right one, mutes herself and leaves.
fn evening() -> Stage {
    let mut stage =
        Stage::new(&MeetingRules::default(), DialogueSettings::default(), SoundMode::Durations);
    stage.caller_comes(ANN);
    stage.comes(OLGA, "");
    keys_slowly(&mut stage, OLGA, &format!("{}#*12345#", IDS[0]));
    stage.seconds(2);
    keys_slowly(&mut stage, OLGA, &format!("{}#", PINS[0]));
    stage.seconds(5);
    keys_slowly(&mut stage, OLGA, "*6");
    stage.seconds(5);
    stage.hang_up(OLGA);
    stage.seconds(5);
    stage.hang_up(ANN);
    stage
}

const OLGA: u64 = 2;

/// Key by key, as fingers do.
fn keys_slowly(stage: &mut Stage, leg: u64, keys: &str) {
    for key in keys.chars() {
        stage.keys(leg, &key.to_string());
        stage.pass(Duration::from_millis(200));
    }
}

/// When a leg's keys became certain, in their order.
fn keyed_at(stage: &Stage, leg: u64) -> Vec<Uptime> {
    keyed_in(&stage.trace, leg)
}

fn keyed_in(trace: &[TraceEvent], leg: u64) -> Vec<Uptime> {
    let keys = trace.iter().filter(|event| {
        event.leg == Some(LegId::new(leg)) && matches!(event.happened, Happened::Key { .. })
    });
    keys.map(|event| event.at).collect()
}

fn forked(stage: &Stage, at: Uptime, change: KeyChange, given: &[Given]) -> Forked {
    let journal = Journal::parse(&stage.written_journal()).unwrap();
    let wish = Fork { leg: LegId::new(OLGA), at, change, given: given.to_vec() };
    let forked = fork(&journal, &support::short_sounds().0, &wish).unwrap();
    assert_eq!(support::journals::difference("before", &forked.base.trace, &stage.trace), None);
    let text = forked.journal.to_json_lines();
    assert!(!PINS.iter().any(|pin| text.contains(pin)), "{text}");
    forked
}

fn instead(key: char) -> KeyChange {
    KeyChange::Instead(Digit::from_char(key).unwrap())
}

fn story(forked: &Forked, leg: u64) -> String {
    support::story_of(&forked.fork.trace, LegId::new(leg)).join(" ")
}

#[test]
fn with_another_key_in_the_pin_the_store_has_to_be_asked() {
    let stage = evening();
    let at = keyed_at(&stage, OLGA)[16];
    let open = forked(&stage, at, instead('5'), &[]);
    let asks = Asks::VerifyPin(stage.cards[0].meeting);
    let stopped = open.stopped.unwrap();
    assert_eq!((stopped.leg, stopped.unknown), (LegId::new(OLGA), Unknown::Answer(asks)));
    assert_eq!(open.fork.trace.last().unwrap().at, stopped.at, "it ends there");

    let refused = forked(&stage, at, instead('5'), &[Given::Mismatch]);
    assert_eq!(refused.stopped, None);
    assert!(!story(&refused, ANN).contains("admitted"), "{}", story(&refused, ANN));
    assert!(story(&refused, OLGA).contains("enter-pin-last"), "{}", story(&refused, OLGA));

    let right = forked(&stage, at, instead('5'), &[Given::Organizer]);
    assert_eq!(right.stopped, None);
    assert!(story(&right, ANN).contains("admitted"), "{}", story(&right, ANN));
}

/// The first PIN taken for right: what the store said of the second is not asked, and Ann is let in sooner.
#[test]
fn what_the_store_said_is_said_again_where_the_same_is_asked() {
    let stage = evening();
    let keys = keyed_at(&stage, OLGA);
    // Without the `#` after the conference ID, everything up to the next one is the entry.
    let longer = forked(&stage, keys[9], KeyChange::Drop, &[Given::NotFound]);
    assert!(story(&longer, OLGA).contains("enter-conference-id-again"), "{}", story(&longer, OLGA));
    // An empty entry more is a try more, and the same PIN is right as before.
    let tries = forked(&stage, keys[10], KeyChange::Press(Digit::POUND), &[]);
    assert_eq!(tries.stopped, None);
    // A conference ID of the journal is known where all its digits are.
    let again = forked(&stage, keys[3], instead('8'), &[]);
    assert_eq!(again.stopped, None, "147852036 is keyed with an 8 where it has one");
    assert_eq!(again.fork.trace, again.base.trace);
    let other = forked(&stage, keys[3], instead('9'), &[]);
    assert_eq!(other.stopped.unwrap().unknown, Unknown::Answer(Asks::FindMeeting));
    let named = forked(&stage, keys[3], instead('9'), &[Given::Meeting(IDS[0].parse().unwrap())]);
    assert_eq!(named.fork.trace, named.base.trace, "it is that meeting's after all");
}

#[test]
fn what_is_pressed_in_the_meeting_is_done() {
    let stage = evening();
    let keys = keyed_at(&stage, OLGA);
    let not_muted = forked(&stage, *keys.last().unwrap(), instead('5'), &[]);
    assert_eq!(not_muted.stopped, None);
    let did = |forked: &Forked, command| {
        let wanted = Happened::Command { command };
        forked.fork.trace.iter().any(|event| event.happened == wanted)
    };
    assert!(did(&not_muted, Command::Hand) && !did(&not_muted, Command::Mute));
    let text = not_muted.journal.to_json_lines();
    assert!(text.contains(r#""revealed":"5""#), "{text}");
    // Without the star the 6 means nothing.
    let star = keys[keys.len() - 2];
    let ignored = forked(&stage, star, KeyChange::Drop, &[]);
    assert!(!did(&ignored, Command::Mute));
}

/// A star before the PIN is keyed in the meeting: what the keys after it would do, nobody knows.
#[test]
fn where_a_masked_key_would_matter_the_story_ends() {
    let mut stage =
        Stage::new(&MeetingRules::default(), DialogueSettings::default(), SoundMode::Durations);
    stage.comes(OLGA, &format!("{}#*{}#", IDS[0], PINS[0]));
    stage.seconds(5);
    keys_slowly(&mut stage, OLGA, "21");
    stage.seconds(5);
    keys_slowly(&mut stage, OLGA, "*9");
    stage.seconds(5);
    stage.hang_up(OLGA);
    let keys = keyed_at(&stage, OLGA);
    let before_21 = keys[keys.len() - 4] - Duration::from_millis(20);
    let begun = forked(&stage, before_21, KeyChange::Press(Digit::STAR), &[]);
    assert_eq!(begun.stopped.unwrap().unknown, Unknown::Key(Weighs::Command(0)));
    // What was no command before is none again.
    let later = forked(&stage, *keys.last().unwrap(), KeyChange::Press(Digit::POUND), &[]);
    assert_eq!(later.stopped, None);
}

/// Keys that a leg brought along are its first ones here, also those that were due while it was on its way.
#[test]
fn a_key_that_was_due_on_the_way_is_counted() {
    let mut stage =
        Stage::new(&MeetingRules::default(), DialogueSettings::default(), SoundMode::Durations);
    stage.seconds(20);
    let at = |ms: u64| stage.now - Duration::from_millis(100) + Duration::from_millis(ms);
    let passing = Passing {
        leg: LegId::new(OLGA),
        from: CallSource::UNKNOWN,
        called: ACCESS_NUMBER.parse().unwrap(),
        answered_at: at(0) - Duration::from_secs(5),
        language: Language::default(),
        tried: 0,
        kept: Vec::new(),
        coming: vec![
            (at(60), Key::Digit(Digit::STAR)),
            (at(100), Key::Masked),
            (at(140), Key::Masked),
        ],
        asked: 2,
        keyed: 10,
        card: Box::new(stage.cards[0].clone()),
    };
    stage.bring(Input::TakeOver { passing: Box::new(passing) });
    stage.seconds(1);
    keys_slowly(&mut stage, OLGA, "345#");
    stage.seconds(5);
    stage.hang_up(OLGA);
    let keys = keyed_at(&stage, OLGA);
    assert_eq!(keys.len(), 7);
    for at in &keys[1..] {
        let other = forked(&stage, *at, instead('*'), &vec![Given::Mismatch; 4]);
        let is_it = |event: &&TraceEvent| {
            event.at == other.changed_at && event.happened == Happened::Key { key: '*' }
        };
        assert_eq!(other.fork.trace.iter().filter(is_it).count(), 1, "{at}");
    }
    let without = forked(&stage, keys[0], KeyChange::Drop, &vec![Given::Mismatch; 4]);
    let told = keyed_in(&without.fork.trace, OLGA);
    assert_eq!(told.len(), 6, "{told:?}");
}

/// A later file goes on with what an earlier one began, and tells it again.
#[test]
fn what_two_files_tell_is_one_order_and_what_one_tells_twice_is_two() {
    let meeting = MeetingId::new(1);
    let mutes = Input::Order { meeting, order: Order::MuteAll };
    let at = Uptime::from_millis(7);
    let entry = JournalEntry { at, recorded: Recorded::Input(mutes) };
    let journal = |times| Journal {
        config: Config::default(),
        entries: std::iter::repeat_n(entry.clone(), times).collect(),
    };
    for (one, other, expected) in [(1, 1, 1), (2, 1, 2), (1, 2, 2), (2, 2, 2)] {
        let merged = Journal::merge(&[journal(one), journal(other)]).unwrap();
        assert_eq!(merged.entries.len(), expected, "{one} and {other}");
    }
}

#[test]
fn where_there_is_no_such_key_it_is_said() {
    let stage = evening();
    let journal = Journal::parse(&stage.written_journal()).unwrap();
    let why = |leg, at_ms, change, given: &[Given]| {
        let (leg, at) = (LegId::new(leg), Uptime::from_millis(at_ms));
        let wish = Fork { leg, at, change, given: given.to_vec() };
        fork(&journal, &support::short_sounds().0, &wish).unwrap_err().to_string()
    };
    assert_eq!(why(77, 0, KeyChange::Drop, &[]), "there is no leg-77 in this journal");
    let late = why(OLGA, 3_600_000, KeyChange::Drop, &[]);
    assert!(
        late.starts_with("leg-2 keys nothing at 1:00:00.000 or later: its last key is"),
        "{late}"
    );
    let gone = why(OLGA, 3_600_000, KeyChange::Press(Digit::STAR), &[]);
    assert_eq!(gone, "leg-2 is not in a call at 1:00:00.000");
    let at = keyed_at(&stage, OLGA)[16].as_millis();
    let misfit = why(OLGA, at, instead('5'), &[Given::NotFound]);
    assert!(misfit.contains("the organizer's PIN, and not-found is no answer"), "{misfit}");
    let id = "369258147".parse().unwrap();
    let at = keyed_at(&stage, OLGA)[3].as_millis();
    let unknown = why(OLGA, at, instead('9'), &[Given::Meeting(id)]);
    assert!(
        unknown.contains("no call in this journal has found the meeting 369258147"),
        "{unknown}"
    );
}
