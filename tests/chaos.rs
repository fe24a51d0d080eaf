//! Swarms of callers who do everything a caller can do, at every instant, while the store is slow or gone: nothing that
//! must hold may break.
//!
//! `HOLDLINE_CHAOS_CASES` says how many cases; `HOLDLINE_CHAOS_SEED` repeats one.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

#[path = "chaos/bare.rs"]
mod bare;
#[path = "chaos/model.rs"]
mod model;
mod support;
#[path = "chaos/swarm.rs"]
mod swarm;

use holdline::domain::Command;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

/// Runs one case for each seed, shrinks what fails, and says how to repeat it.
fn each_seed<S: Strategy>(
    test: &str,
    cases: u64,
    strategy: &S,
    check: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let number = |name| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seeds = match number("HOLDLINE_CHAOS_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("HOLDLINE_CHAOS_CASES").unwrap_or(cases),
    };
    let count = seeds.end - seeds.start;
    for seed in seeds {
        let config = Config {
            cases: 1,
            rng_seed: RngSeed::Fixed(seed),
            failure_persistence: None,
            max_shrink_iters: 300,
            ..Config::default()
        };
        if let Err(failure) = TestRunner::new(config).run(strategy, &check) {
            panic!(
                "seed {seed}: {failure}\nrepeat it: HOLDLINE_CHAOS_SEED={seed} cargo test \
                 --no-default-features --test chaos {test}"
            );
        }
    }
    println!("{test}: {count} seeds, no invariant broken");
}

#[test]
fn a_swarm_on_real_sound() {
    each_seed("a_swarm_on_real_sound", 40, &swarm::cases(), swarm::check);
}

#[test]
fn a_swarm_of_bare_inputs() {
    each_seed("a_swarm_of_bare_inputs", 1_500, &bare::cases(), bare::check);
    if std::env::var("HOLDLINE_CHAOS_SEED").is_err() {
        let seen = bare::SEEN.lock().unwrap();
        let commands = Command::ALL.iter().map(|command| format!("command {command}"));
        let wanted: Vec<String> = WANTED.iter().map(|wanted| (*wanted).to_owned()).collect();
        let missing: Vec<_> = commands.chain(wanted).filter(|name| !seen.contains(name)).collect();
        assert!(missing.is_empty(), "the swarm no longer gets to {missing:?}: {seen:#?}");
    }
}

/// What a swarm has to have met to be worth its time.
const WANTED: &[&str] = &[
    "cause Refused",
    "cause Removed",
    "cause MeetingCancelled",
    "cause MeetingLocked",
    "cause MeetingFull",
    "cause LobbyTimeLimit",
    "cause WrongPin",
    "cause NoConferenceId",
    "cause StoreUnavailable",
    "end Organizer",
    "end Cancelled",
    "end Empty",
    "end AuthenticatedLeft",
    "end AuthenticatedLeftLongAgo",
    "end CallersAlone",
    "end LongestTime",
    "end Stopping",
    "cause KeptOut",
    "cause BridgeFull",
    "order change",
    "prompt meeting-ends-soon",
    "prompt pin-to-lobby",
    "order recording-failed",
    "prompt back-to-lobby",
    "prompt lobby-await-admission",
    "prompt lobby-warning",
    "prompt lobby-admit-goodbye",
    "prompt pin-wrong",
    "prompt conference-id-unknown",
    "prompt muted-by-organizer",
    "prompt cannot-unmute",
    "prompt unknown-command",
    "prompt not-allowed",
    "prompt people-waiting",
    "prompt someone-waiting",
    "prompt recording-on",
    "prompt recording-off",
    "language en-US",
    "state choosing-language",
    "state asking-name",
    "state recording-name",
    "state reviewing-name",
    "prompt no-entry-heard",
    "prompt has-joined",
    "prompt has-left",
    "prompt several-joined",
];
