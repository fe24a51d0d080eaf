//! A hundred thousand who wait, each with music.

use std::sync::Arc;
use std::time::Duration;

use holdline::domain::Uptime;

use crate::crowd::{self, Plan, Tally};
use crate::{machine, rooms};

const LEGS: u64 = 100_000;
const MEETINGS: u64 = 1_000;
const DIALS_A_SECOND: u64 = 5_000;

pub fn run() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let engine = rooms::engine(LEGS as usize, 2, MEETINGS);
    let tally = Arc::new(Tally::default());
    let plans = (0..LEGS).map(|place| Plan {
        dials_at: Uptime::from_micros(1_000_000 + place * 1_000_000 / DIALS_A_SECOND),
        keys: format!("{}##", crowd::conference_id(1 + place % MEETINGS)),
        speaks: false,
        stays: None,
    });
    rooms::let_call(&engine, &tally, plans);
    rooms::wait_for(&runtime, &engine, "in-lobby", LEGS);
    std::thread::sleep(Duration::from_secs(5));
    let heard = tally.of(&tally.frames_heard);
    let measured = machine::measure(&engine, crate::seconds());
    let heard = tally.of(&tally.frames_heard) - heard;
    println!("{LEGS} legs wait with music, {:?}", crate::seconds());
    println!("  shards      {}", machine::lateness(&measured.ticks));
    println!("  bare ticker {}", machine::lateness(&measured.bare));
    println!("  CPU         {}", machine::shown(&measured.load));
    println!("  heard {heard} frames, of {}", LEGS * 50 * crate::seconds().as_secs());
    runtime.block_on(engine.shutdown(Duration::from_secs(5)));
}
