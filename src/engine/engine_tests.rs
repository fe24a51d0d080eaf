//! Tests of the engine as a whole: a thread that fails is noticed, and keeps nobody waiting.
#![allow(clippy::await_holding_lock, reason = "the disk that hangs is a lock that is held")]

use super::filing::tests::Told;
use super::*;
use crate::admin::demonstration;
use crate::domain::pin::Pin;
use crate::store::{Argon2Hasher, MemoryStore, SqliteStore};

const CONFERENCE_ID: &str = "147852036";

fn engine(shards: usize) -> Engine {
    let hasher = Argon2Hasher::cheap_for_tests().unwrap();
    let (pin, id) = (Pin::parse("48213").unwrap(), CONFERENCE_ID.parse().unwrap());
    let directory = demonstration::organization(&pin, id, &hasher, [7; 16]).unwrap();
    on(Arc::new(MemoryStore::from_directory(directory)), shards)
}

fn on(store: Arc<dyn Store>, shards: usize) -> Engine {
    let hasher = Arc::new(Argon2Hasher::cheap_for_tests().unwrap());
    let config = EngineConfig { shards, ..EngineConfig::default() };
    Engine::start(config, Arc::new(Sounds::synthetic()), store, hasher, None).unwrap()
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(test);
}

async fn until(event: &mut mpsc::Receiver<LineEvent>, is: impl Fn(&LineEvent) -> bool) {
    while !is(&event.recv().await.expect("the line is open")) {}
}

/// One shard of two fails: no call is taken there, no line stays open, figures are those of the other, and a stop waits for
/// nobody.
#[test]
fn a_shard_that_fails_is_noticed_and_keeps_nobody_waiting() {
    run(async {
        let engine = engine(2);
        let (from, called) = (CallSource::UNKNOWN, "+14255550100".parse().unwrap());
        // Leg 1 begins at shard 1, leg 2 at shard 0.
        let [failing, sound] = [engine.new_leg(), engine.new_leg()];
        let mut line = engine.offer(failing, from, called, Telling::SoundOnly).unwrap();
        let mut other = engine.offer(sound, from, called, Telling::SoundOnly).unwrap();
        for line in [&mut line, &mut other] {
            until(line, |event| matches!(event, LineEvent::Answer)).await;
        }
        assert!(engine.is_ready().await);
        engine.shared.inboxes.of(1).push_signal(Arrival::Fails);
        assert_eq!(engine.failure().await, "shard-1");
        assert!(!engine.is_ready().await);
        while line.recv().await.is_some() {}
        let again = engine.offer(failing, from, called, Telling::SoundOnly);
        assert_eq!(again.err(), Some(OfferError::Busy));
        assert_eq!(engine.census().await.legs.values().sum::<u64>(), 1);
        engine.hung_up(sound, HungUpBy::Caller);
        let late = engine.shutdown(Duration::from_secs(60)).await;
        assert_eq!((late, engine.legs()), (vec!["shard-1 (it panicked)".to_owned()], 0));
    });
}

/// A door drops its line and says nothing: the leg is not left behind.
#[test]
fn a_door_that_goes_without_a_word_leaves_no_leg_behind() {
    run(async {
        let engine = engine(1);
        let (from, called) = (CallSource::UNKNOWN, "+14255550100".parse().unwrap());
        let leg = engine.new_leg();
        let mut line = engine.offer(leg, from, called, Telling::SoundOnly).unwrap();
        until(&mut line, |event| matches!(event, LineEvent::Answer)).await;
        engine.answered(leg);
        until(&mut line, |event| matches!(event, LineEvent::Frame(_))).await;
        drop(line);
        let mut held = engine.shared.legs_held.clone();
        held.wait_for(|legs| *legs == 0).await.unwrap();
        assert_eq!(engine.shutdown(Duration::from_secs(5)).await, Vec::<String>::new());
    });
}

/// A call that is refused leaves no trace of where it would have been.
#[test]
fn an_app_user_who_is_refused_is_nowhere() {
    run(async {
        let engine = engine(2);
        let id = CONFERENCE_ID.parse().unwrap();
        let owner = engine.shared.inboxes.owner(demonstration::MEETING);
        drop(engine.shared.inboxes.of(owner).close());
        let refused = engine.app_joins(engine.new_leg(), demonstration::MEGAN, id).await;
        assert_eq!(refused.err(), Some(OfferError::Busy));
        assert!(engine.shared.moved.is_empty());
    });
}

/// The disk hangs while wrong conference IDs are counted: whoever keys one more is answered all the same, and each is counted
/// when the disk is back.
#[test]
fn no_look_up_waits_for_a_wrong_entry_to_be_counted() {
    const WRONG: usize = 8;
    run(async {
        let store = Arc::new(Told::default());
        let engine = on(store.clone(), 1);
        let disk_hangs = store.counted.lock().unwrap();
        let entry = Entry::parse("123456788").unwrap();
        let from = "+14255550177".parse().unwrap();
        for _one in 0..WRONG {
            let question = Question::FindMeeting { entry: entry.clone(), from };
            assert_eq!(engine.ask(question).await, Answer::NoSuchMeeting);
        }
        assert_eq!(*disk_hangs, 0);
        drop(disk_hangs);
        assert_eq!(engine.shutdown(Duration::from_secs(5)).await, Vec::<String>::new());
        assert_eq!(*store.counted.lock().unwrap(), WRONG);
    });
}

/// Twelve wrong PINs: the tenth locks, once, and those behind it find it locked.
#[test]
fn a_lockout_is_counted_once() {
    run(async {
        let engine = engine(1);
        let verify = |pin: &str| {
            let entry = Entry::parse(pin).unwrap();
            let meeting = demonstration::MEETING;
            engine.ask(Question::VerifyPin { meeting, entry, from: CallSource::UNKNOWN })
        };
        let counted = || {
            let counts = engine.counts();
            [&counts.pin_checks, &counts.lockouts, &counts.pins_locked]
                .map(|count| count.load(Ordering::Relaxed))
        };
        for _wrong in 0..9 {
            assert_eq!(verify("11111").await, Answer::PinMismatch);
        }
        // Just before it would be locked it is right, so nothing is.
        assert_eq!(verify("48213").await, Answer::Organizer);
        assert_eq!(counted(), [10, 0, 0]);
        for _wrong in 0..12 {
            assert_eq!(verify("11111").await, Answer::PinMismatch);
        }
        assert_eq!(counted(), [22, 1, 2]);
        assert_eq!(engine.shutdown(Duration::from_secs(5)).await, Vec::<String>::new());
    });
}

/// Whoever calls would be answered, but nothing that is keyed can be looked up. Asking for it counts as nobody's entry.
#[test]
fn a_store_that_looks_nothing_up_is_not_ready() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("holdline.db");
        let store = Arc::new(SqliteStore::open(&path).unwrap());
        let engine = on(store, 1);
        assert!(engine.is_ready().await);
        assert_eq!(engine.counts().wrong_entries.load(Ordering::Relaxed), 0);
        let raw = rusqlite::Connection::open(&path).unwrap();
        raw.execute_batch("DELETE FROM cards").unwrap();
        assert!(!engine.is_ready().await);
        assert_eq!(engine.shutdown(Duration::from_secs(5)).await, Vec::<String>::new());
    });
}

/// The disk hangs when the bridge stops: it is over in the time it was given, and says who was not done.
#[test]
fn a_stop_takes_no_longer_than_it_may() {
    run(async {
        let store = Arc::new(Told::default());
        let engine = on(store.clone(), 1);
        let (from, called) = (CallSource::UNKNOWN, "+14255550100".parse().unwrap());
        let leg = engine.new_leg();
        let mut line = engine.offer(leg, from, called, Telling::SoundOnly).unwrap();
        until(&mut line, |event| matches!(event, LineEvent::Answer)).await;
        engine.answered(leg);
        until(&mut line, |event| matches!(event, LineEvent::Frame(_))).await;
        let disk_hangs = store.filed.lock().unwrap();
        let (limit, began) = (LAST_WORK + Duration::from_millis(500), engine.clock().uptime());
        let late = engine.shutdown(limit).await;
        let took = engine.clock().uptime().since(began);
        drop(disk_hangs);
        assert_eq!(late, ["filing"]);
        assert!(took < limit + LAST_RECORDS, "{took:?}");
    });
}
