//! Twenty thousand legs in rooms of ten, all of them speaking and listening.

use std::sync::Arc;
use std::time::Duration;

use holdline::domain::Uptime;
use holdline::engine::{Engine, EngineConfig};
use holdline::exchange::{Config, Switch};
use holdline::store::{Argon2Hasher, MemoryStore};

use crate::crowd::{self, Crowd, PIN, Plan, Tally};
use crate::machine;

const LEGS: u64 = 20_000;
const ROOM: u64 = 10;
const DIALS_A_SECOND: u64 = 2_000;

pub fn engine(legs_max: usize, shards: usize, meetings: u64) -> Engine {
    let hasher = Argon2Hasher::cheap_for_tests().unwrap();
    let store = MemoryStore::from_directory(crowd::organization(meetings, &hasher));
    let exchange = Config {
        legs_max,
        watch: Switch::Off,
        journal: Switch::Off,
        ..Config::default()
    };
    let config = EngineConfig { exchange, shards, ..EngineConfig::default() };
    Engine::start(config, crowd::sounds(), Arc::new(store), Arc::new(hasher), None).unwrap()
}

/// Lets callers call on a thread of their own.
pub fn let_call(engine: &Engine, tally: &Arc<Tally>, plans: impl Iterator<Item = Plan> + Send + 'static) {
    let speech = crowd::speech(&crowd::sounds());
    let crowd = Crowd::new(engine, speech, Arc::clone(tally));
    engine
        .tasks()
        .thread("crowd", move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
            runtime.unwrap().block_on(crowd.run(plans));
        })
        .unwrap();
}

/// Waits until that many legs are in that state.
pub fn wait_for(runtime: &tokio::runtime::Runtime, engine: &Engine, state: &str, legs: u64) {
    for _ in 0..600 {
        let census = runtime.block_on(engine.census());
        if census.legs.get(state) == Some(&legs) {
            return;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    panic!("not all came {state}: {:?}", runtime.block_on(engine.census()));
}

pub fn run() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let engine = engine(LEGS as usize, 2, LEGS / ROOM);
    let tally = Arc::new(Tally::default());
    let plans = (0..LEGS).map(|place| {
        let id = crowd::conference_id(1 + place % (LEGS / ROOM));
        let organizes = place < LEGS / ROOM;
        Plan {
            dials_at: Uptime::from_micros(1_000_000 + place * 1_000_000 / DIALS_A_SECOND),
            keys: if organizes { format!("{id}#*{PIN}#") } else { format!("{id}#") },
            speaks: true,
            stays: None,
        }
    });
    let_call(&engine, &tally, plans);
    wait_for(&runtime, &engine, "in-meeting", LEGS);
    std::thread::sleep(Duration::from_secs(8));
    let heard = tally.of(&tally.frames_heard);
    let census = runtime.block_on(engine.census());
    let measured = machine::measure(&engine, crate::seconds());
    let heard = tally.of(&tally.frames_heard) - heard;
    let after = runtime.block_on(engine.census());
    assert_eq!(after.legs.get("in-meeting"), Some(&LEGS));
    let counts = engine.counts();
    let lost = |count: &std::sync::atomic::AtomicU64| count.load(std::sync::atomic::Ordering::Relaxed);
    println!("{LEGS} legs in rooms of {ROOM}, all speaking and listening, {:?}", crate::seconds());
    println!("  shards      {}", machine::lateness(&measured.ticks));
    println!("  bare ticker {}", machine::lateness(&measured.bare));
    println!("  no tick more than 20 ms late: {}", measured.ticks.most() <= Duration::from_millis(20));
    println!("  CPU         {}", machine::shown(&measured.load));
    println!(
        "  heard {heard} frames; skipped {} ticks, dropped {} frames, refused {}, not taken {} (since the start)",
        after.ticks_skipped - census.ticks_skipped,
        after.frames_dropped - census.frames_dropped,
        lost(&counts.frames_refused),
        lost(&counts.frames_not_taken),
    );
    runtime.block_on(engine.shutdown(Duration::from_secs(5)));
}
