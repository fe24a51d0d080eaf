//! How fast scenarios are played: a thousand of three callers and two minutes each, on all cores, without sound and with it.
//!
//! Prints seconds of call per second, and as a ratio to real time; and how memory grows over many scenarios.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench")]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a bench measures time and uses threads"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use holdline::caller::SoundIndex;
use holdline::domain::Language;
use holdline::media::sounds::Sounds;
use holdline::scenario::{Files, Outcome, Scenario, load};
use holdline::sim::replay::{Manners, SoundWanted, Stage, replay};
use holdline::store::Argon2Hasher;

const SCENARIOS: usize = 1_000;

struct NoFiles;

impl Files for NoFiles {
    fn table(&self, _name: &str) -> Result<Vec<u8>, String> {
        Err("no files here".to_owned())
    }

    fn sound(&self, _name: &str) -> Result<Arc<[i16]>, String> {
        Err("no files here".to_owned())
    }
}

/// What the callers of a scenario do beside dialling and keying.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Talk {
    Nothing,
    /// Who hears whom is asked.
    Hears,
    /// All three speak for a hundred seconds.
    Throughout,
}

/// Three callers, two minutes: the organizer comes after a minute.
fn text(number: usize, talk: Talk) -> String {
    let hears = match talk {
        Talk::Throughout => return talking(number),
        Talk::Hears => "    And Ann, Bob and Megan hear each other\n",
        Talk::Nothing => "",
    };
    format!(
        "  Scenario: number {number}\n    Given Megan organizes meeting 147852036 and her PIN is 48213\n    When Ann dials in and \
         keys 147852036##\n    Then Ann hears \"lobby-waiting\", then hold music\n    When Bob dials in and keys \
         147852036##\n    And 45 seconds pass\n    And Megan dials in and keys 147852036#*48213#\n    Then the meeting starts \
         within 1 second\n    And Ann and Bob are in the meeting\n{hears}    When 50 seconds pass\n    And Megan hangs up\n    \
         And Ann and Bob hang up\n    Then the meeting ends within 1 second\n    When 2 seconds pass\n    Then the call record \
         of Ann says cause is caller-hung-up\n"
    )
}

fn talking(number: usize) -> String {
    format!(
        "  Scenario: number {number}\n    Given Megan organizes meeting 147852036 and her PIN is 48213\n    When Ann dials in and \
         keys 147852036##\n    And Bob dials in and keys 147852036##\n    And Megan dials in and keys 147852036#*48213#\n    Then \
         the meeting starts within 1 second\n    When 10 seconds pass\n    And at the same time:\n      | Ann speaks for 100 \
         seconds |\n      | Bob speaks for 100 seconds |\n      | Megan speaks for 100 seconds |\n    And Megan hangs up\n    \
         And Ann and Bob hang up\n    Then the meeting ends within 1 second\n    And the call record of Ann says cause is \
         caller-hung-up\n"
    )
}

fn scenarios(count: usize, talk: Talk) -> Vec<Scenario> {
    let all: String = (0..count).map(|number| text(number, talk)).collect();
    let loaded = load("bench.feature", format!("Feature: bench\n{all}").as_bytes(), &NoFiles);
    assert!(loaded.faults.is_empty(), "{}", loaded.faults[0]);
    loaded.scenarios
}

/// Plays them on so many threads; gives the virtual seconds that the scenarios lasted, one after the other.
fn play(scenarios: &[Scenario], stage: &Stage, threads: usize) -> f64 {
    let next = AtomicUsize::new(0);
    let micros = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let replayed = replay(scenario, stage);
                    assert_eq!(
                        replayed.verdict.outcome(),
                        Outcome::Passed,
                        "{:?}",
                        replayed.verdict.failure()
                    );
                    let lasted = usize::try_from(replayed.verdict.lasted.as_micros()).unwrap();
                    micros.fetch_add(lasted, Ordering::Relaxed);
                }
            });
        }
    });
    micros.into_inner() as f64 / 1e6
}

fn resident_kib() -> u64 {
    kib_of("/proc/self/status", "VmRSS")
}

/// A figure of a process, or 0 where there are none.
fn kib_of(status: &str, figure: &str) -> u64 {
    let status = std::fs::read_to_string(status).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(figure)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0)
}

/// The most memory that the command takes to play so many scenarios of one file.
fn peak_kib(count: usize) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let all: String = (0..count).map(|number| text(number, Talk::Nothing)).collect();
    std::fs::write(folder.path().join("a.feature"), format!("Feature: bench\n{all}")).unwrap();
    let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_holdline"))
        .current_dir(folder.path())
        .args(["replay", "a.feature"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut peak = 0;
    while run.try_wait().unwrap().is_none() {
        peak = peak.max(kib_of(&format!("/proc/{}/status", run.id()), "VmHWM"));
        std::thread::park_timeout(std::time::Duration::from_millis(5));
    }
    peak
}

fn main() -> std::process::ExitCode {
    let read =
        |name: &str| std::fs::read(format!("assets/{name}")).map_err(|error| error.to_string());
    let began = Instant::now();
    let sounds = Arc::new(Sounds::load(read, &Language::ALL).unwrap());
    let index = Arc::new(SoundIndex::new(Arc::clone(&sounds)));
    println!("sounds loaded and indexed in {:.0} ms", began.elapsed().as_secs_f64() * 1e3);
    let hasher = Arc::new(Argon2Hasher::cheap_for_tests().unwrap());
    let stage = |sound| Stage {
        sounds: Arc::clone(&sounds),
        index: Arc::clone(&index),
        hasher: hasher.clone(),
        seed: 1,
        sound,
        onlooker: None,
        manners: Manners::Strict,
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    println!("{SCENARIOS} scenarios of three callers, {threads} threads\n");
    println!(
        "{:<28} {:>9} {:>14} {:>16} {:>10}",
        "", "seconds", "virtual min", "x real time", "limit"
    );
    let mut all_kept = true;
    for (name, talk, wanted, limit) in [
        ("no step needs sound", Talk::Nothing, SoundWanted::WhereNeeded, 3.0),
        ("the same, with sound", Talk::Nothing, SoundWanted::Always, 30.0),
        ("who hears whom", Talk::Hears, SoundWanted::WhereNeeded, 30.0),
        ("all speak for 100 seconds", Talk::Throughout, SoundWanted::WhereNeeded, 30.0),
    ] {
        let began = Instant::now();
        let all = scenarios(SCENARIOS, talk);
        let virtual_seconds = play(&all, &stage(wanted), threads);
        let took = began.elapsed().as_secs_f64();
        let verdict = if took <= limit { "kept" } else { "NOT KEPT" };
        all_kept &= took <= limit;
        println!(
            "{name:<28} {took:>9.2} {:>14.0} {:>16.0} {limit:>8.0} s, {verdict}",
            virtual_seconds / 60.0,
            virtual_seconds / took
        );
    }
    let silent = stage(SoundWanted::WhereNeeded);
    let few = scenarios(100, Talk::Nothing);
    let mut resident = Vec::new();
    for _ in 0..10 {
        for _ in 0..10 {
            play(&few, &silent, threads);
        }
        resident.push(resident_kib());
    }
    println!(
        "\nmemory after each 1 000 of 10 000 scenarios, MiB: {}",
        resident.iter().map(|kib| (kib / 1_024).to_string()).collect::<Vec<_>>().join(" ")
    );
    for count in [1_000, 10_000] {
        println!(
            "`holdline replay` of {count} in one file: at most {} MiB",
            peak_kib(count) / 1_024
        );
    }
    if all_kept { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
