//! Every scenario that is shipped: read without a fault, played with sound and without it, and both times it passes. And the table
//! of what Holdline does names those that show it.

#![expect(clippy::unwrap_used, reason = "a test that cannot read what it plays has failed")]

mod support;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use holdline::caller::SoundIndex;
use holdline::media::decode::decode;
use holdline::scenario::{Files, Scenario, load};
use holdline::sim::replay::{Manners, Replayed, SoundWanted, Stage, replay};
use holdline::store::Argon2Hasher;

/// Where they lie, from the package's folder.
const FOLDER: &str = "assets/scenarios";

/// As many as there were when this was written, less some: a reader that leaves half of them out is noticed.
const SCENARIOS_MIN: usize = 500;

struct Beside(PathBuf);

impl Files for Beside {
    fn table(&self, name: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.0.join(name)).map_err(|error| error.to_string())
    }

    fn sound(&self, name: &str) -> Result<Arc<[i16]>, String> {
        decode(self.table(name)?, name).map(Arc::from).map_err(|error| error.to_string())
    }
}

fn scenarios() -> Vec<Scenario> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".feature"))
        .collect();
    names.sort();
    let mut scenarios = Vec::new();
    for name in names {
        let bytes = std::fs::read(folder.join(&name)).unwrap();
        let loaded = load(&format!("{FOLDER}/{name}"), &bytes, &Beside(folder.clone()));
        assert!(loaded.faults.is_empty(), "{}", loaded.faults[0]);
        assert!(!loaded.scenarios.is_empty(), "{name} has none");
        scenarios.extend(loaded.scenarios);
    }
    scenarios
}

/// What is wrong, if anything is.
fn failure(replayed: &Replayed) -> Option<String> {
    replayed.verdict.failure().map(|(step, failure)| {
        let sound = if replayed.with_sound { "with sound" } else { "without sound" };
        let verdict = &replayed.verdict;
        format!(
            "{}:{}: {} {sound}\n  {} {}\n  expected {}\n  instead  {}",
            verdict.path,
            step.line,
            verdict.name,
            step.keyword,
            step.text,
            failure.expected,
            failure.instead
        )
    })
}

/// Plays all of them, and says of each whether it was played with sound.
fn play_all(sound: SoundWanted) -> Vec<bool> {
    let sounds = support::sounds();
    let stage = Stage {
        index: Arc::new(SoundIndex::new(Arc::clone(&sounds))),
        sounds,
        hasher: Arc::new(Argon2Hasher::cheap_for_tests().unwrap()),
        seed: 1,
        sound,
        onlooker: None,
        manners: Manners::Strict,
    };
    let scenarios = scenarios();
    assert!(scenarios.len() >= SCENARIOS_MIN, "there are {}", scenarios.len());
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let play = || {
        while let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
            let replayed = replay(scenario, &stage);
            results.lock().unwrap().push((failure(&replayed), replayed.with_sound));
        }
    };
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(play))));
    let (failures, with_sound): (Vec<_>, Vec<_>) =
        results.into_inner().unwrap().into_iter().unzip();
    let failures: Vec<String> = failures.into_iter().flatten().collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert_eq!(with_sound.len(), scenarios.len());
    with_sound
}

#[test]
fn every_scenario_passes_by_ear() {
    assert!(play_all(SoundWanted::Always).into_iter().all(|with_sound| with_sound));
}

#[test]
fn every_scenario_passes_with_no_more_sound_than_it_needs() {
    let with_sound = play_all(SoundWanted::WhereNeeded);
    let silent = with_sound.iter().filter(|&&with_sound| !with_sound).count();
    assert!(silent > with_sound.len() / 2, "only {silent} of {} need no sound", with_sound.len());
}

/// The table beside them: rules, and the scenarios that show each.
const RULES: &str = "RULES.md";

/// Fewer rules, and somebody has left some out.
const RULES_MIN: usize = 50;

/// What stands in the rows of the table: the rule, and where it is shown.
fn rules(text: &str) -> Vec<(&str, &str)> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows = rows.filter_map(|row| row.split_once(" | "));
    rows.filter(|row| *row != ("rule", "shown by")).collect()
}

/// The names in a file of scenarios, as they are written.
fn names(file: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER).join(file);
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let name = |line: &str| {
        let name = line.strip_prefix("Scenario: ").or(line.strip_prefix("Scenario Outline: "));
        name.map(str::to_owned)
    };
    text.lines().filter_map(|line| name(line.trim())).collect()
}

#[test]
fn every_rule_names_scenarios_that_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join(FOLDER).join(RULES)).unwrap();
    let rules = rules(&text);
    assert!(rules.len() >= RULES_MIN, "there are {}", rules.len());
    let mut wrong = Vec::new();
    for (rule, shown_by) in rules {
        for reference in shown_by.split("<br>") {
            let bare = reference.strip_prefix('`').and_then(|it| it.strip_suffix('`'));
            let found = bare.and_then(|bare| bare.split_once(": "));
            let is_there =
                found.is_some_and(|(file, name)| names(file).iter().any(|it| it == name));
            if !is_there {
                wrong.push(format!("{rule}: no scenario is {reference}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for document in ["README.md", "ARCHITECTURE.md"] {
        let told = std::fs::read_to_string(root.join(document)).unwrap();
        assert!(told.contains("assets/scenarios/RULES.md"), "{document} does not tell of it");
    }
}
