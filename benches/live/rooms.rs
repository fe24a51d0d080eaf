//! Twenty thousand legs in rooms of ten, all of them speaking and listening.

use std::sync::Arc;
use std::time::Duration;

use holdline::domain::Uptime;

use crate::crowd::{self, PIN, Plan, Tally};
use crate::machine;
use crate::scene::{self, Scene};

const LEGS: u64 = 20_000;
const ROOM: u64 = 10;
const DIALS_A_SECOND: u64 = 2_000;

pub fn run() {
    let scene = Scene::new(LEGS as usize, LEGS / ROOM);
    let tally = Arc::new(Tally::default());
    let plans = (0..LEGS).map(|place| {
        let id = crowd::conference_id(1 + place % (LEGS / ROOM));
        let organizes = place < LEGS / ROOM;
        Plan {
            dials_at: Uptime::from_micros(1_000_000 + place * 1_000_000 / DIALS_A_SECOND),
            keys: if organizes { format!("{id}#*{PIN}#") } else { format!("{id}#") },
            speaks_after: Some(Duration::from_secs(5)),
            stays: None,
        }
    });
    crowd::let_call(&scene.engine, &scene.sounds, &tally, plans);
    scene.wait_for("in-meeting", LEGS);
    scene::pause(Duration::from_secs(8));
    let (heard, said) = (tally.of(&tally.frames_heard), tally.of(&tally.frames_said));
    let before = scene.census();
    let measured = machine::measure(&scene.engine, scene::seconds());
    let (heard, said) =
        (tally.of(&tally.frames_heard) - heard, tally.of(&tally.frames_said) - said);
    let after = scene.census();
    assert_eq!(after.legs.get("in-meeting"), Some(&LEGS));
    let wanted = LEGS * 50 * scene::seconds().as_secs();
    println!("{LEGS} legs in rooms of {ROOM}, all speaking and listening, {:?}", scene::seconds());
    measured.print();
    println!(
        "  latest tick {:.2} ms, limit 20 ms: {}",
        measured.ticks.most().as_secs_f64() * 1e3,
        scene::verdict(measured.ticks.most() <= Duration::from_millis(20)),
    );
    let (skipped, dropped) =
        (after.ticks_skipped - before.ticks_skipped, after.frames_dropped - before.frames_dropped);
    println!(
        "  frames said {said} and heard {heard} of {wanted}, at least {:.1} %; ticks skipped {skipped}, none: {}",
        100.0 * scene::FRAMES_AT_LEAST,
        scene::verdict(
            scene::are_all(said, wanted) && scene::are_all(heard, wanted) && skipped == 0
        ),
    );
    println!("  frames dropped, as whoever listens was late by some ticks: {dropped}");
    scene.end();
}
