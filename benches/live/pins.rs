//! PIN checks as the bridge does them, counted in the store and all, beside the bare argon2 crate on as many threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use holdline::domain::Uptime;

use crate::crowd::{self, PIN, Plan, Tally};
use crate::scene::{self, Scene};

/// As many as the bridge has.
const THREADS: usize = 2;

/// Many and short, so that a moment in which the machine is slow falls on one of them. A machine that others share is faster in
/// some minutes than in others: each round is compared with its own baseline, and the median of the ratios counts.
const ROUNDS: usize = 9;

/// What part of the bare crate's checks the bridge must do: of the crate's own call, which has its memory from the system.
const LIMIT: f64 = 0.9;

pub fn run() {
    let each = scene::seconds() / (3 * ROUNDS as u32);
    let rounds: Vec<[f64; 3]> =
        (0..ROUNDS).map(|_| [bridge(each), bare(each, false), bare(each, true)]).collect();
    let of = |rate: fn(&[f64; 3]) -> f64| median(rounds.iter().map(rate).collect());
    println!(
        "PIN checks on {THREADS} threads, argon2id of 19 MiB and 2 passes, {ROUNDS} rounds of {each:.1?}: medians"
    );
    println!("  the bridge, through dialogue and store   {:6.1} a second", of(|[ours, ..]| *ours));
    let fresh = of(|[ours, fresh, _]| ours / fresh);
    println!(
        "  the bare crate, memory from the system   {:6.1} a second; ratio {fresh:.2}",
        of(|[_, fresh, _]| *fresh)
    );
    println!(
        "  the bare crate, memory kept              {:6.1} a second; ratio {:.2}",
        of(|[.., kept]| *kept),
        of(|[ours, _, kept]| ours / kept)
    );
    println!("  limit {LIMIT} of the crate's own call: {}\n", scene::verdict(fresh >= LIMIT));
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Checks a second of the crate alone.
fn bare(time: Duration, keeps_memory: bool) -> f64 {
    let done = AtomicU64::new(0);
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let params = Params::new(19_456, 2, 1, None).unwrap();
                let blocks = params.block_count();
                let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
                let (mut memory, mut out) = (vec![Block::new(); blocks], [0; 32]);
                while began.elapsed() < time {
                    let (pin, salt) = (PIN.as_bytes(), b"salt of 16 bytes");
                    let hashed = match keeps_memory {
                        true => {
                            argon2.hash_password_into_with_memory(pin, salt, &mut out, &mut memory)
                        }
                        false => argon2.hash_password_into(pin, salt, &mut out),
                    };
                    hashed.unwrap();
                    std::hint::black_box(&out);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    done.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64()
}

/// Checks a second of a bridge at which more key their PIN than it can check.
fn bridge(time: Duration) -> f64 {
    let callers = 200 + 150 * time.as_secs();
    let scene = Scene::real(callers as usize, callers);
    let tally = Arc::new(Tally::default());
    // So many a second that some always wait, and none so long that it is given up.
    let plans = (0..callers).map(|place| Plan {
        dials_at: Uptime::from_micros(500_000 + place.saturating_sub(100) * 1_000_000 / 150),
        keys: format!("{}#*{PIN}#", crowd::conference_id(1 + place)),
        speaks_after: None,
        stays: Some(Duration::from_secs(6)),
    });
    crowd::let_call(&scene.engine, &scene.sounds, &tally, plans);
    let counts = scene.engine.counts();
    while counts.checks_waiting.load(Ordering::Relaxed) < 50 {
        scene::pause(Duration::from_millis(5));
    }
    let (before, began) = (counts.pin_checks.load(Ordering::Relaxed), Instant::now());
    scene::pause(time);
    let done = counts.pin_checks.load(Ordering::Relaxed) - before;
    let rate = done as f64 / began.elapsed().as_secs_f64();
    assert!(counts.checks_waiting.load(Ordering::Relaxed) > 0, "the checks had nothing to do");
    scene.end_quietly();
    rate
}
