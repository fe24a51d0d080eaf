//! Callers come, wait, start, speak, key wrong, hang up in the middle, for as long as it is asked for, on a trunk and by the local
//! socket, with journals and recordings kept: memory stays flat, and when all have gone nothing is left of them.
//! `HOLDLINE_CHURN_SECONDS` says how long (30).
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test that says what it measured"
)]

#[path = "../benches/live/crowd.rs"]
mod crowd;
#[path = "support/in_memory.rs"]
mod in_memory;
#[path = "churn/socket_callers.rs"]
mod socket_callers;

use std::alloc::System;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crowd::{PIN, Plan, Tally};
use holdline::domain::Uptime;
use holdline::domain::pin::PinHasher;
use holdline::domain::settings::DialogueSettings;
use holdline::engine::journals::JournalsConfig;
use holdline::engine::{Engine, EngineConfig};
use holdline::exchange::{Config, Switch};
use holdline::store::{Argon2Hasher, SqliteStore, Store};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const MEETINGS: u64 = 40;

/// Time between two calls.
const CALLS_EVERY: Duration = Duration::from_millis(20);

/// Callers at a time on the local socket.
const SOCKET_CALLERS: u64 = 24;

/// Bytes of all journals: so few that files are begun and deleted all the time.
const JOURNALS_MAX: u64 = 16 << 20;

/// No call lasts longer, its last words included.
const ALL_GONE_AFTER: Duration = Duration::from_secs(25);

/// What the memory may grow by from the middle of the run to its end.
const HEAP_GROWS_MAX: f64 = 0.02;
const RSS_GROWS_MAX: f64 = 0.05;

/// What every tenth caller does, and the nine others.
fn plans(time: Duration) -> impl Iterator<Item = Plan> {
    let calls = time.as_micros() / CALLS_EVERY.as_micros();
    (0..u32::try_from(calls).unwrap()).map(|place| {
        let id = crowd::conference_id(1 + u64::from(place) / 10 % MEETINGS);
        let (keys, seconds) = match place % 10 {
            0 => (format!("{id}##"), 12),
            1 => (format!("{id}#*{PIN}#"), 8),
            2 => (format!("{id}#"), 3),
            3 => ("1234#5678#9012#".to_owned(), 20),
            4 => (format!("{id}#*"), 2),
            5 => ("147".to_owned(), 1),
            6 => (format!("{id}#*6*6*1"), 7),
            _speaks => (format!("{id}#"), 6),
        };
        Plan {
            dials_at: Uptime::ZERO + Duration::from_millis(500) + CALLS_EVERY * place,
            keys,
            speaks_after: (place % 10 > 6).then_some(Duration::from_secs(1)),
            stays: Some(Duration::from_secs(seconds)),
        }
    })
}

/// Bytes that the program holds, and those of them that are in memory, code and all.
fn memory() -> [f64; 2] {
    let stats = GLOBAL.stats();
    // What grows or shrinks where it is, is in both already.
    let held = stats.bytes_allocated as f64 - stats.bytes_deallocated as f64;
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let resident = pages.and_then(|pages| pages.split(' ').nth(1)?.parse::<f64>().ok());
    [held, resident.map_or(0.0, |pages| pages * 4_096.0)]
}

fn mean(samples: &[[f64; 2]], which: usize) -> f64 {
    samples.iter().map(|sample| sample[which]).sum::<f64>() / samples.len() as f64
}

#[test]
fn memory_stays_flat_while_callers_come_and_go() {
    let seconds = std::env::var("HOLDLINE_CHURN_SECONDS").map_or(30, |text| text.parse().unwrap());
    let time = Duration::from_secs(seconds);
    let folder = in_memory::folder();
    let hasher = Argon2Hasher::cheap_for_tests().unwrap();
    let store = SqliteStore::open(&folder.path().join("holdline.db")).unwrap();
    store.import(crowd::organization(MEETINGS, &hasher)).unwrap();
    let off = Switch::Off;
    // Whoever keys wrong is sent away at once: they have to be gone before the others have stopped coming.
    let dialogue = DialogueSettings { conference_id_tries: 1, ..DialogueSettings::default() };
    let exchange =
        Config { dialogue, legs_max: 2_000, watch: off, journal: off, ..Config::default() };
    let recordings = Some(folder.path().join("recordings"));
    let journals = folder.path().join("journals");
    let kept = JournalsConfig { folder: journals.clone(), bytes_max: JOURNALS_MAX, age_max: None };
    let config = EngineConfig {
        exchange,
        shards: 2,
        recordings,
        journals: Some(kept),
        ..EngineConfig::default()
    };
    let sounds = crowd::sounds();
    let (store, hasher) = (Arc::new(store), Arc::new(hasher));
    let engine = Engine::start(
        config,
        Arc::clone(&sounds),
        Arc::clone(&store) as Arc<dyn Store>,
        Arc::clone(&hasher) as Arc<dyn PinHasher>,
        None,
    )
    .unwrap();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let socket = folder.path().join("holdline.sock");
    socket_callers::open_door(&runtime, &engine, store, hasher, &socket);
    // With room for all of them from the beginning: what is measured is not to grow by being measured.
    let mut samples = Vec::with_capacity(10 * usize::try_from(seconds).unwrap() + 100);
    let [before, _] = memory();
    let tally = Arc::new(Tally::default());
    crowd::let_call(&engine, &sounds, &tally, plans(time));
    let callers = socket_callers::let_call(&socket, SOCKET_CALLERS, MEETINGS, time);
    let began = Instant::now();
    while began.elapsed() < time {
        std::thread::sleep(Duration::from_millis(100));
        samples.push(memory());
    }
    let by_socket: u64 = callers.into_iter().map(|caller| caller.join().unwrap()).sum();
    let third = samples.len() / 3;
    let (middle, end) = (&samples[third..2 * third], &samples[2 * third..]);
    let [heap, rss] = [0, 1].map(|which| mean(end, which) / mean(middle, which) - 1.0);
    println!(
        "callers come and go for {time:?}: {} calls on a trunk, {by_socket} by the local socket",
        tally.of(&tally.offered)
    );
    let mib = |bytes: f64| bytes / f64::from(1 << 20);
    for (name, which, grew) in [("heap", 0, heap), ("resident", 1, rss)] {
        println!(
            "  {name:<8} {:7.2} MiB in the middle third, {:7.2} in the last: {:+.2} %",
            mib(mean(middle, which)),
            mib(mean(end, which)),
            100.0 * grew
        );
    }
    let clock = engine.clock();
    let in_time = clock.within(clock.uptime() + ALL_GONE_AFTER, engine.all_gone());
    let all_gone = runtime.block_on(in_time);
    assert!(all_gone.is_some(), "{} legs are left", engine.legs());
    let [after, _] = memory();
    println!("  when all have gone {:.2} MiB more than before the first", mib(after - before));
    assert_eq!(runtime.block_on(engine.shutdown(Duration::from_secs(60))), Vec::<String>::new());

    assert_eq!(tally.of(&tally.offered), u64::try_from((time.as_millis()) / 20).unwrap());
    assert_eq!(tally.of(&tally.answered), tally.of(&tally.offered));
    let ended = tally.of(&tally.ended_by_caller) + tally.of(&tally.ended_by_bridge);
    assert_eq!(ended, tally.of(&tally.offered));
    assert!(tally.of(&tally.ended_by_bridge) > 0, "who keys only wrong is sent away");
    let counts = engine.counts();
    for unanswered in [&counts.jobs_too_late, &counts.jobs_refused] {
        assert_eq!(
            unanswered.load(Ordering::Relaxed),
            0,
            "the store left somebody without an answer"
        );
    }
    assert_eq!(counts.journal_inputs_lost.load(Ordering::Relaxed), 0);
    let files = std::fs::read_dir(&journals).unwrap();
    let bytes: u64 = files.map(|file| file.unwrap().metadata().unwrap().len()).sum();
    assert!((1..=JOURNALS_MAX * 5 / 4).contains(&bytes), "{bytes} bytes of journals");
    assert!(by_socket >= SOCKET_CALLERS * seconds / 30, "{by_socket} calls by the socket");
    assert!(tally.of(&tally.frames_said) > 0, "somebody spoke");
    assert!(heap < HEAP_GROWS_MAX, "the heap grew by {:.2} %", 100.0 * heap);
    assert!(rss < RSS_GROWS_MAX, "the memory grew by {:.2} %", 100.0 * rss);
}
