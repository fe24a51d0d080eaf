//! Tests of the engine as a whole: a thread that fails is noticed, and keeps nobody waiting.
#![allow(clippy::await_holding_lock, reason = "the disk that hangs is a lock that is held")]

use super::filing::tests::Told;
use super::*;
use crate::admin::demonstration;
use crate::domain::Digit;
use crate::domain::pin::Pin;
use crate::exchange::{Happened, Journal, JournalEntry, TraceEvent, replay};
use crate::store::{Argon2Hasher, MemoryStore, SqliteStore};

pub(super) const CONFERENCE_ID: &str = "147852036";

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

/// The demonstration's meeting on three shards, all of which are watched.
fn watched(seen: mpsc::Sender<Seen>) -> (Engine, Config) {
    let hasher = Arc::new(Argon2Hasher::cheap_for_tests().unwrap());
    let (pin, id) = (Pin::parse("48213").unwrap(), CONFERENCE_ID.parse().unwrap());
    let directory = demonstration::organization(&pin, id, &*hasher, [7; 16]).unwrap();
    let store = Arc::new(MemoryStore::from_directory(directory));
    let config = EngineConfig { shards: 3, exchange: Config::default(), ..EngineConfig::default() };
    let (exchange, sounds) = (config.exchange.clone(), Arc::new(Sounds::synthetic()));
    let engine = Engine::start(config, sounds, store, hasher, Some(seen)).unwrap();
    let exchange = Config { epoch: engine.clock().epoch(), ..exchange };
    (engine, exchange)
}

pub(super) fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(test);
}

pub(super) async fn until(event: &mut mpsc::Receiver<LineEvent>, is: impl Fn(&LineEvent) -> bool) {
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
        // A census leaves out whoever is late with it.
        let counted = async { while engine.census().await.legs.values().sum::<u64>() != 1 {} };
        let until = engine.clock().uptime() + Duration::from_secs(30);
        assert!(engine.clock().within(until, counted).await.is_some());
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
        let leg = engine.new_leg();
        let line = answered(&engine, leg).await;
        drop(line);
        let mut held = engine.shared.legs_held.clone();
        held.wait_for(|legs| *legs == 0).await.unwrap();
        assert_eq!(engine.shutdown(Duration::from_secs(60)).await, Vec::<String>::new());
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
        assert_eq!(engine.shutdown(Duration::from_secs(60)).await, Vec::<String>::new());
        assert_eq!(*store.counted.lock().unwrap(), WRONG);
    });
}

/// Holds a shard up until what is given is dropped.
async fn hold(engine: &Engine, shard: usize) -> std::sync::mpsc::Sender<()> {
    let ((held, is_held), (goes_on, until)) = (oneshot::channel(), std::sync::mpsc::channel());
    engine.shared.inboxes.of(shard).push_signal(Arrival::Waits(held, until));
    is_held.await.unwrap();
    goes_on
}

/// Longer than a tick may be late.
async fn too_long(engine: &Engine, held: std::sync::mpsc::Sender<()>) {
    let clock = engine.clock();
    clock.until(clock.uptime() + Duration::from_millis(700)).await;
    drop(held);
}

pub(super) async fn answered(engine: &Engine, leg: LegId) -> mpsc::Receiver<LineEvent> {
    let called = "+14255550100".parse().unwrap();
    let mut line = engine.offer(leg, CallSource::UNKNOWN, called, Telling::Told).unwrap();
    until(&mut line, |event| matches!(event, LineEvent::Answer)).await;
    engine.answered(leg);
    until(&mut line, |event| matches!(event, LineEvent::Frame(_))).await;
    line
}

pub(super) fn key(engine: &Engine, leg: LegId, keys: &str) {
    let digits = keys.chars().filter_map(Digit::from_char);
    digits.for_each(|digit| engine.key(leg, Key::Digit(digit)));
}

/// Also told to a door that did not listen for a while.
fn waits(event: &LineEvent) -> bool {
    let waits = Happened::State { state: "in-lobby" };
    matches!(event, LineEvent::Happened(event) if event.happened == waits)
}

/// Of three shards the meeting's own is held up while a leg comes to it, and then another while it gives one away: both are too
/// late for their ticks, nobody is lost, and what was written down replays to the same.
#[test]
fn shards_that_are_late_for_a_leg_that_goes_over_skip_ticks_and_replay() {
    run(async {
        let (seen, mut watching) = mpsc::channel(SEEN_MAX);
        let (engine, config) = watched(seen);
        let inboxes = &engine.shared.inboxes;
        let owner = inboxes.owner(demonstration::MEETING);
        let legs = [(); 3].map(|()| engine.new_leg());
        let at_owner = legs.into_iter().find(|leg| inboxes.first(*leg) == owner).unwrap();
        let others: Vec<LegId> = legs.into_iter().filter(|leg| *leg != at_owner).collect();
        let _sounds_there = answered(&engine, at_owner).await;

        let mut line = answered(&engine, others[0]).await;
        let held = hold(&engine, owner).await;
        key(&engine, others[0], &format!("{CONFERENCE_ID}##"));
        tokio::join!(until(&mut line, waits), too_long(&engine, held));

        let mut line = answered(&engine, others[1]).await;
        key(&engine, others[1], CONFERENCE_ID);
        let giver = inboxes.first(others[1]);
        let held = hold(&engine, giver).await;
        key(&engine, others[1], "##");
        tokio::join!(until(&mut line, waits), too_long(&engine, held));

        assert_eq!(engine.shutdown(Duration::from_secs(60)).await, Vec::<String>::new());
        let mut shards = [(); 3].map(|()| (Vec::<JournalEntry>::new(), Vec::<TraceEvent>::new()));
        while let Some(seen) = watching.recv().await {
            match seen {
                Seen::Journal(shard, entry) => shards[shard].0.push(entry),
                Seen::Trace(shard, event) => shards[shard].1.push(event),
                Seen::Broken(violation) => panic!("{violation}"),
                Seen::Recorded(..) => {}
            }
        }
        let count = |shard: usize, is: fn(&Happened) -> bool| {
            shards[shard].1.iter().filter(|event| is(&event.happened)).count()
        };
        for shard in [owner, giver] {
            assert!(count(shard, |it| matches!(it, Happened::TicksSkipped { .. })) > 0, "{shard}");
        }
        assert_eq!(count(owner, |it| *it == Happened::TakenOver), 2);
        for (entries, trace) in &shards {
            let journal = Journal { config: config.clone(), entries: entries.clone() };
            let journal = Journal::parse(&journal.to_json_lines()).unwrap();
            let again = replay(&journal, Arc::new(Sounds::synthetic())).unwrap();
            assert_eq!(again, *trace);
        }
    });
}

/// A shard is behind by all that may wait: a call is refused, each frame and key counted, and who hangs up is gone all the same;
/// when it goes on, calls are taken.
#[test]
fn a_shard_that_is_too_far_behind_refuses_calls_and_counts_frames_and_keys() {
    run(async {
        let engine = engine(1);
        let (from, called) = (CallSource::UNKNOWN, "+14255550100".parse().unwrap());
        let (leg, later) = (engine.new_leg(), engine.new_leg());
        let mut line = answered(&engine, leg).await;
        let held = hold(&engine, 0).await;
        let refused = || engine.counts().frames_refused.load(Ordering::Relaxed);
        let batch = |legs: u64| {
            let mut batch = Batch::new(0, &Arc::default());
            let frame = batch.add(&Frame::SILENCE);
            (0..legs).for_each(|_| batch.give(leg, frame));
            batch
        };
        engine.hear_all(batch(1 << 16));
        assert_eq!(refused(), 0);
        engine.hear(leg, Frame::SILENCE);
        engine.hear_all(batch(7));
        assert_eq!(refused(), 8);
        engine.key(leg, Key::Digit(Digit::STAR));
        engine.command(leg, Command::Mute);
        assert_eq!(engine.counts().keys_refused.load(Ordering::Relaxed), 2);
        let late = engine.offer(later, from, called, Telling::SoundOnly);
        assert_eq!(late.err(), Some(OfferError::Busy));
        drop(held);
        engine.hung_up(leg, HungUpBy::Caller);
        while line.recv().await.is_some() {}
        let _taken = answered(&engine, later).await;
        assert_eq!(engine.shutdown(Duration::from_secs(60)).await, Vec::<String>::new());
    });
}

/// A door that calls and calls by a trunk, and never reads what happens to the calls, is refused when as much waits as may.
#[test]
fn a_trunk_that_nobody_reads_takes_no_more_calls() {
    run(async {
        let engine = engine(1);
        let mut trunk = engine.trunk();
        let called = "+14255550100".parse().unwrap();
        let offer =
            |trunk: &Trunk| engine.offer_on(trunk, engine.new_leg(), CallSource::UNKNOWN, called);
        let waits = (LegId::new(1 << 20), LineEvent::Answer);
        while trunk.way.events.try_send(waits.clone()).is_ok() {}
        assert_eq!(offer(&trunk), Err(OfferError::Busy));
        assert!(trunk.events.recv().await.is_some());
        assert_eq!(offer(&trunk), Ok(()));
        let mut left = (1..TRUNK_EVENTS_MAX).map(|_| trunk.events.try_recv().unwrap());
        assert!(left.all(|(leg, _)| leg == waits.0));
        let (leg, answer) = trunk.events.recv().await.unwrap();
        assert!(leg != waits.0 && matches!(answer, LineEvent::Answer), "{leg} {answer:?}");
        assert_eq!(engine.shutdown(Duration::from_secs(60)).await, Vec::<String>::new());
    });
}

/// A door drops its trunk and says nothing: none of its legs is left behind, whatever each was in, nor one that had only been
/// offered.
#[test]
fn a_trunk_that_goes_without_a_word_leaves_no_leg_behind() {
    run(async {
        let engine = engine(2);
        let mut trunk = engine.trunk();
        let called = "+14255550100".parse().unwrap();
        let offer = |trunk: &Trunk| {
            let leg = engine.new_leg();
            engine.offer_on(trunk, leg, CallSource::UNKNOWN, called).unwrap();
            leg
        };
        let legs = [(); 6].map(|()| offer(&trunk));
        for _answer in legs {
            let (_, event) = trunk.events.recv().await.unwrap();
            assert!(matches!(event, LineEvent::Answer), "{event:?}");
        }
        // One waits in the lobby, one is not answered yet, the others are asked for a conference ID.
        legs[1..].iter().for_each(|leg| engine.answered(*leg));
        key(&engine, legs[1], &format!("{CONFERENCE_ID}##"));
        while engine.census().await.legs.get("in-lobby") != Some(&1) {
            tokio::task::yield_now().await;
        }
        let held = hold(&engine, 0).await;
        let _late = [offer(&trunk), offer(&trunk)];
        drop((trunk, held));
        let until = engine.clock().uptime() + Duration::from_secs(20);
        let gone = engine.clock().within(until, engine.all_gone()).await;
        assert!(gone.is_some(), "{} legs are left", engine.legs());
        assert_eq!(engine.shutdown(Duration::from_secs(60)).await, Vec::<String>::new());
    });
}

/// Whoever watches and does not look loses what is newest; a call goes on as if nobody watched.
#[test]
fn a_watcher_who_does_not_look_holds_up_nothing() {
    const LOOKED_AT: usize = 3;
    run(async {
        let (seen, watching) = mpsc::channel(LOOKED_AT);
        let (engine, _) = watched(seen);
        let leg = engine.new_leg();
        let mut line = answered(&engine, leg).await;
        key(&engine, leg, &format!("{CONFERENCE_ID}##"));
        until(&mut line, waits).await;
        engine.hung_up(leg, HungUpBy::Caller);
        while line.recv().await.is_some() {}
        assert_eq!(watching.len(), LOOKED_AT);
        assert!(engine.counts().seen_lost.load(Ordering::Relaxed) > 0);
        assert_eq!(engine.shutdown(Duration::from_secs(60)).await, Vec::<String>::new());
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
        assert_eq!(engine.shutdown(Duration::from_secs(60)).await, Vec::<String>::new());
    });
}

/// Somebody puts the calendar back by a day while the bridge runs: its time goes on, and a PIN that is locked stays locked. Only
/// a bridge that starts then begins a day earlier. All threads of a process have one calendar: it has a process of its own.
#[test]
fn a_calendar_that_is_put_back_unlocks_nothing() {
    const OURS: &str = "HOLDLINE_TEST_HAS_ITS_CALENDAR";
    if std::env::var_os(OURS).is_some() {
        return run(is_locked_when_the_calendar_is_put_back());
    }
    let this = concat!(module_path!(), "::a_calendar_that_is_put_back_unlocks_nothing");
    let (_, this) = this.split_once("::").unwrap();
    let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
    let done = alone.args(["--exact", this, "--nocapture"]).env(OURS, "1").output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&done.stderr));
}

async fn is_locked_when_the_calendar_is_put_back() {
    let (engine, from) = (engine(1), CallSource::UNKNOWN);
    let meeting = demonstration::MEETING;
    let verify =
        |keys: &str| Question::VerifyPin { meeting, entry: Entry::parse(keys).unwrap(), from };
    assert_eq!(engine.ask(verify("48213")).await, Answer::Organizer);
    for _ in 0..10 {
        assert_eq!(engine.ask(verify("11111")).await, Answer::PinMismatch);
    }
    let before = engine.clock().utc();
    clock::PUT_BACK_SECONDS.store(24 * 60 * 60, Ordering::SeqCst);
    assert!(engine.clock().utc() >= before);
    assert_eq!(engine.ask(verify("48213")).await, Answer::PinMismatch);
    assert!(Clock::start().epoch() < before);
    assert_eq!(engine.shutdown(Duration::from_secs(60)).await, Vec::<String>::new());
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
        assert_eq!(engine.shutdown(Duration::from_secs(60)).await, Vec::<String>::new());
    });
}

/// The disk hangs under whoever looks things up: who asks whether calls are taken hears that they are not, and does not hang
/// with it.
#[test]
fn a_store_that_hangs_is_not_ready() {
    run(async {
        let store = Arc::new(Told::default());
        let engine = on(store.clone(), 1);
        assert!(engine.is_ready().await);
        let disk_hangs = store.asked.lock().unwrap();
        // What is waited for is over at once where nothing else is to be done.
        tokio::time::pause();
        assert!(!engine.is_ready().await);
        tokio::time::resume();
        drop(disk_hangs);
        while !engine.is_ready().await {}
        assert_eq!(engine.shutdown(Duration::from_secs(60)).await, Vec::<String>::new());
    });
}

/// The disk is full: what is read is answered, but no record is kept, until there is room again.
#[test]
fn a_store_that_takes_no_records_is_not_ready() {
    run(async {
        let store = Arc::new(Told::default());
        let engine = on(store.clone(), 1);
        store.fails_for_good.store(true, Ordering::Relaxed);
        drop(answered(&engine, engine.new_leg()).await);
        while engine.is_ready().await {}
        store.fails_for_good.store(false, Ordering::Relaxed);
        while !engine.is_ready().await {}
        assert_eq!(engine.shutdown(Duration::from_secs(60)).await, Vec::<String>::new());
        assert_eq!(store.filed.lock().unwrap().len(), 1);
    });
}

/// The disk hangs under a record when the bridge stops: it is over in its time all the same, not only when the disk is back, and
/// says who was not done.
#[test]
fn a_stop_takes_no_longer_than_it_may() {
    run(async {
        let store = Arc::new(Told::default());
        let engine = on(store.clone(), 1);
        let (goes, stays) = (engine.new_leg(), engine.new_leg());
        let _lines = [answered(&engine, goes).await, answered(&engine, stays).await];
        let disk_hangs = store.filed.lock().unwrap();
        engine.hung_up(goes, HungUpBy::Caller);
        drop(engine.shared.legs_held.clone().wait_for(|legs| *legs == 1).await.unwrap());
        let stops = engine.shutdown(LAST_WORK + Duration::from_millis(500));
        let until = engine.clock().uptime() + Duration::from_secs(60);
        let late = engine.clock().within(until, stops).await.expect("it is over in its time");
        drop(disk_hangs);
        assert!(late.iter().any(|late| late == "filing"), "{late:?}");
    });
}
