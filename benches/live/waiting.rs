//! A hundred thousand who wait, each with music and a word a minute.

use std::sync::Arc;
use std::time::Duration;

use holdline::domain::Uptime;

use crate::crowd::{self, Plan, Tally};
use crate::machine;
use crate::scene::{self, Scene};

const LEGS: u64 = 100_000;
const MEETINGS: u64 = 1_000;
const DIALS_A_SECOND: u64 = 5_000;

/// What the engine may take of one core.
const LIMIT: f64 = 0.15;

pub fn run() {
    let scene = Scene::new(LEGS as usize, MEETINGS);
    let tally = Arc::new(Tally::default());
    let plans = (0..LEGS).map(|place| Plan {
        dials_at: Uptime::from_micros(1_000_000 + place * 1_000_000 / DIALS_A_SECOND),
        keys: format!("{}##", crowd::conference_id(1 + place % MEETINGS)),
        speaks_after: None,
        stays: None,
    });
    crowd::let_call(&scene.engine, &scene.sounds, &tally, plans);
    scene.wait_for("in-lobby", LEGS);
    scene::pause(Duration::from_secs(5));
    let heard = tally.of(&tally.frames_heard);
    let measured = machine::measure(&scene.engine, scene::seconds());
    let heard = tally.of(&tally.frames_heard) - heard;
    println!("{LEGS} legs wait with music, {:?}", scene::seconds());
    measured.print();
    let ours = measured.load.get("shard").copied().unwrap_or_default();
    println!(
        "  the shards take {:.1} % of a core, limit {:.0} %: {}",
        100.0 * ours,
        100.0 * LIMIT,
        scene::verdict(ours <= LIMIT),
    );
    let copying = machine::copying(LEGS as usize);
    println!(
        "  baseline, a frame copied to each in each tick: {:.1} % of a core; ratio {:.2}",
        100.0 * copying,
        ours / copying,
    );
    let wanted = LEGS * 50 * scene::seconds().as_secs();
    println!(
        "  frames heard {heard} of {wanted}, at least {:.1} %: {}",
        100.0 * scene::FRAMES_AT_LEAST,
        scene::verdict(scene::are_all(heard, wanted)),
    );
    scene.end();
}
