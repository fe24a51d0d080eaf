//! A thousand organizers key their PIN at once, again and again, so that the PIN checks never cease: how late is the sound
//! of everybody else, and how late would a ticker be that does nothing?

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use holdline::domain::Uptime;
use holdline::domain::limits::STORE_WAIT_MAX;

use crate::crowd::{self, PIN, Plan, Tally};
use crate::machine;
use crate::scene::{self, Scene};

const ORGANIZERS: u64 = 1_000;
const ATTENDEES: u64 = 4_000;

/// Time between two waves: a thousand checks take longer, and those that wait longer than this are given up unchecked, so that
/// after a longer one nothing would be left to check.
const WAVE: Duration = Duration::from_secs(4);
const _: () = assert!(WAVE.as_millis() < STORE_WAIT_MAX.as_millis());

/// In what part of the time checks must wait: else it was no crowd.
const BUSY: f64 = 0.95;

pub fn run() {
    let scene = Scene::real(20_000, ORGANIZERS);
    let tally = Arc::new(Tally::default());
    let waits = (0..ATTENDEES).map(|place| Plan {
        dials_at: Uptime::from_micros(1_000_000 + place * 1_000),
        keys: format!("{}##", crowd::conference_id(1 + place % ORGANIZERS)),
        speaks_after: Some(Duration::from_secs(3)),
        stays: None,
    });
    let first = Uptime::from_millis(8_000);
    let waves = scene::seconds().as_secs() / WAVE.as_secs() + 2;
    let organize = (0..waves * ORGANIZERS).map(move |place| {
        let (wave, organizer) = (place / ORGANIZERS, place % ORGANIZERS);
        Plan {
            dials_at: first + WAVE * u32::try_from(wave).unwrap(),
            keys: format!("{}#*{PIN}#", crowd::conference_id(1 + organizer)),
            speaks_after: None,
            stays: Some(WAVE * 2 - Duration::from_millis(500)),
        }
    });
    crowd::let_call(&scene.engine, &scene.sounds, &tally, waits.chain(organize));
    let counts = scene.engine.counts();
    while counts.checks_waiting.load(Ordering::Relaxed) < 100 {
        scene::pause(Duration::from_millis(20));
    }
    let so_far = || {
        [&counts.pin_checks, &counts.jobs_too_late, &counts.jobs_refused]
            .map(|count| count.load(Ordering::Relaxed))
    };
    let before = so_far();
    let measured = machine::measure(&scene.engine, scene::seconds());
    let after = so_far();
    let [checks, too_late, refused] = [0, 1, 2].map(|which| after[which] - before[which]);
    println!(
        "{ORGANIZERS} organizers key their PIN at once every {WAVE:?}, {:?}",
        scene::seconds()
    );
    println!("  beside {ATTENDEES} others who wait, and speak once they are in");
    measured.print();
    let ratio =
        measured.ticks.all_but(0.001).as_secs_f64() / measured.bare.all_but(0.001).as_secs_f64();
    println!("  p99.9 to the bare tickers': {ratio:.2}, limit 2: {}", scene::verdict(ratio <= 2.0));
    println!(
        "  {:.0} PIN checks a second, {} wait at the end; {} organizers had waited {STORE_WAIT_MAX:?} and had an apology",
        checks as f64 / scene::seconds().as_secs_f64(),
        counts.checks_waiting.load(Ordering::Relaxed),
        too_late + refused,
    );
    let busy = measured.checks_waited;
    println!(
        "  checks waited in {:.1} % of the time, at least {:.0} %: {}",
        100.0 * busy,
        100.0 * BUSY,
        scene::verdict(busy >= BUSY),
    );
    scene.end();
}
