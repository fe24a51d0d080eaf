//! `holdline replay` and `holdline scenario` from outside: the suite that is shipped, exit codes, the same bytes from the same
//! seed, golden transcripts, and whatever is wrong with a file.
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "replay/faults.rs"]
mod faults;
#[path = "replay/files.rs"]
mod files;
#[path = "replay/folder.rs"]
mod folder;
#[path = "replay/secrets.rs"]
mod secrets;

use std::fs;
use std::process::Stdio;

use assert_cmd::Command;

use folder::{BROKEN, CAST, FAILS, Folder, PASSES, PIN, said};
use secrets::{assert_holds_none, assert_no_pin_in_a_row, assert_shows_none, pins_of};

/// The suite that is shipped, into a folder of its own.
fn suite(jobs: &str) -> Folder {
    let folder = Folder::with(&[]);
    let out = |name: &str| folder.path(name).to_str().unwrap().to_owned();
    let mut command = Command::cargo_bin("holdline").unwrap();
    let command = command.current_dir(env!("CARGO_MANIFEST_DIR")).args([
        "replay",
        "assets/scenarios",
        "--jobs",
        jobs,
    ]);
    let reports =
        ["--out", &out("out"), "--junit", &out("junit.xml"), "--json", &out("cucumber.json")];
    let (code, told) = said(&command.args(reports).output().unwrap());
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("scenarios passed") && told.contains("seed 1"), "{told}");
    folder
}

#[test]
fn the_suite_passes_and_is_the_same_bytes_again_however_many_play_at_the_same_time() {
    let (one, four) = (suite("1"), suite("4"));
    let (one, four) = (one.files(), four.files());
    assert!(one.keys().eq(four.keys()));
    for (name, bytes) in &one {
        assert!(four[name] == *bytes, "{name} differs");
        // The longest PIN of the suite.
        assert_holds_none(name, bytes, "826401937528");
    }
    let pins = pins_of("assets/scenarios");
    assert!(pins.contains("48213") && pins.len() > 1, "{pins:?}");
    for (name, bytes) in &one {
        let ending = name.rsplit('.').next().unwrap();
        if ["json", "xml", "jsonl", "svg", "html"].contains(&ending) {
            assert_shows_none(name, bytes, &pins);
        }
    }
    assert_no_pin_in_a_row(&one["/cucumber.json"], &pins);
    for ending in [
        "/out/index.html",
        "/junit.xml",
        "/cucumber.json",
        "trace.jsonl",
        "journal.jsonl",
        "ladder.svg",
        "ann.wav",
    ] {
        assert!(one.keys().any(|name| name.ends_with(ending)), "there is no {ending}");
    }
}

#[test]
fn exit_codes_say_what_came_of_it_and_what_cannot_be_read_wins() {
    for (scenarios, expected) in [
        (&[PASSES][..], 0),
        (&[PASSES, FAILS], 1),
        (&[PASSES, BROKEN], 2),
        (&[FAILS, BROKEN, PASSES], 2),
    ] {
        let folder = Folder::feature(scenarios);
        let (code, told) = folder.run(&["replay", "a.feature"]);
        assert_eq!(code, expected, "{told}");
        let passed =
            |line: &str| line.starts_with("passed  a.feature:") && line.contains("It passes");
        assert!(told.lines().any(passed), "{told}");
        let is_told =
            told.lines().any(|line| line.starts_with("a.feature:8:10: there is no such step"));
        assert_eq!(is_told, scenarios.contains(&BROKEN), "{told}");
    }
    let folder = Folder::feature(&[PASSES]);
    for wrong in [
        &["replay"][..],
        &["replay", "none.feature"],
        &["replay", ".", "--tags", "@a and"],
        &["replay", "a.feature", "--tags", "@none"],
        &["replay", "a.feature", "--jobs", "0"],
        &["replay", "a.feature", "--bogus"],
        &["replay", "a.feature", "--out", "a.feature/x"],
        &["replay", "a.feature", "--junit", "."],
        &["replay", "a.feature", "--json", "a.feature/x"],
        &["--sounds", "nowhere", "replay", "a.feature"],
        &["replay", "a.feature", "--row", "1"],
        &["scenario", "new", ""],
        &["scenario", "new", ".feature"],
        &["scenario", "new", "a\nb"],
    ] {
        assert_eq!(folder.run(wrong).0, 2, "{wrong:?}");
    }
}

#[test]
fn a_failure_says_what_was_heard_instead_and_where_everything_lies() {
    let folder = Folder::feature(&[FAILS, BROKEN]);
    let (code, told) = folder.run(&[
        "replay",
        "a.feature",
        "--junit",
        "junit.xml",
        "--json",
        "c.json",
        "--out",
        "out",
    ]);
    assert_eq!(code, 2);
    for part in [
        "step       Then Ann is in the lobby within 1 second",
        "a.feature:6:5",
        "Ann is in the state",
        "out/scenarios/00001-it-fails/ladder.svg",
        "out/scenarios/00001-it-fails/1-ann.wav",
        "holdline replay a.feature:4 --seed 1",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains(PIN), "{told}");
    let files = folder.files();
    assert!(files.contains_key("/out/index.html"));
    for (name, bytes) in files.iter().filter(|(name, _)| !name.ends_with(".feature")) {
        assert_holds_none(name, bytes, PIN);
    }
}

#[test]
fn only_what_is_asked_for_is_played() {
    let tagged = |tag: &str, scenario: &str| format!("  @{tag}\n{scenario}");
    let text = CAST.to_owned()
        + &tagged("quick", PASSES)
        + &tagged("slow", FAILS)
        + &tagged("quick", PASSES);
    let folder = Folder::with(&[("a.feature", text.as_bytes())]);
    let played = |arguments: &[&str]| {
        let (code, told) = folder.run(&[&["replay"], arguments].concat());
        (
            code,
            told.lines()
                .filter(|line| line.starts_with("passed ") || line.starts_with("failed "))
                .count(),
        )
    };
    assert_eq!(played(&["a.feature"]), (1, 3));
    assert_eq!(played(&["a.feature", "--tags", "@quick and not @slow"]), (0, 2));
    assert_eq!(played(&["a.feature", "--tags", "@slow"]), (1, 1));
    assert_eq!(played(&["a.feature:5"]), (0, 1));
    assert_eq!(played(&["a.feature:10"]), (1, 1));
    assert_eq!(played(&["a.feature", "--fail-fast", "--jobs", "1"]), (1, 2));
    assert_eq!(played(&["a.feature", "--fail-fast", "--jobs", "4"]), (1, 2));
    assert_eq!(played(&["a.feature:1"]), (2, 0));
}

/// An outline's own line is all its rows; what is printed to repeat one plays that one, also when it is in a file of its own.
#[test]
fn a_row_is_played_by_itself() {
    let outline = "  Scenario Outline: keys <keys>\n    When Ann dials in and keys <keys>\n    Then Ann is in the meeting within 1 second\n    Examples: from \"rows.csv\"\n";
    let text = CAST.to_owned() + outline + BROKEN;
    let folder =
        Folder::with(&[("a.feature", text.as_bytes()), ("rows.csv", b"keys\n1#\n2#\n3#\n")]);
    let (code, told) = folder.run(&["replay", "a.feature:4"]);
    assert!(
        code == 1 && told.contains("3 of 3 scenarios failed"),
        "faults of others are theirs: {told}"
    );
    for row in 1..=3 {
        assert!(
            told.contains(&format!("holdline replay a.feature:7 --row {row} --seed 1")),
            "{told}"
        );
    }
    let (code, told) = folder.run(&["replay", "a.feature:7", "--row", "2"]);
    assert!(
        code == 1 && told.contains("keys 2#") && told.contains("1 of 1 scenario failed"),
        "{told}"
    );
    let (code, told) = folder.run(&["replay", "a.feature:7", "--row", "4"]);
    assert!(code == 2 && told.contains("a.feature:7:1: no outline has a row 4"), "{told}");
}

#[test]
fn by_the_clock_on_the_wall_one_comes_after_the_other() {
    let one =
        |name: &str| format!("  Scenario: {name}\n    When Ann dials in\n    And Ann hangs up\n");
    let folder = Folder::feature(&[&one("A"), &one("B"), &one("C")]);
    let (code, told) = folder.run(&["replay", "a.feature", "--realtime"]);
    assert_eq!(code, 0, "{told}");
    let heads: Vec<&str> = told
        .lines()
        .filter(|line| !line.starts_with("  "))
        .map(|line| line.split("  (").next().unwrap())
        .collect();
    let expected = [
        "a.feature:4  A",
        "passed  a.feature:4  A",
        "a.feature:7  B",
        "passed  a.feature:7  B",
        "a.feature:10  C",
        "passed  a.feature:10  C",
    ];
    assert_eq!(heads[..6], expected, "{told}");
}

#[test]
fn what_takes_no_time_takes_none_by_the_clock_on_the_wall() {
    let folder = Folder::with(&[(
        "a.feature",
        b"Feature: F\n  Scenario: S\n    Given Megan organizes meeting 147852036\n    Then the meeting has not started\n",
    )]);
    let (code, told) = folder.run(&["replay", "a.feature", "--realtime"]);
    assert!(code == 0 && told.contains("a.feature:2  S"), "{told}");
}

/// What a long scenario sounds like is heard for an hour, and not played through for days.
#[test]
fn a_long_scenario_that_fails_is_heard_for_an_hour() {
    let long = "  Scenario: It is long\n    When Megan dials in and keys {ID}#*907351846294#\n    And 3 hours pass\n    Then Megan is in the lobby within 1 second\n";
    let folder = Folder::feature(&[long]);
    let (code, told) = folder.run(&["replay", "a.feature"]);
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("  sound      of the first hour only"), "{told}");
    let heard = folder.path("replay-failures/scenarios/00001-it-is-long/1-megan.wav");
    let seconds = fs::metadata(&heard).unwrap().len() / 16_000;
    assert!((3_590..=3_600).contains(&seconds), "{seconds} s");
}

#[test]
fn another_seed_draws_other_pins_and_the_run_says_it() {
    let text = "Feature: F\n  Scenario: S\n    Given Megan organizes meeting 147852036\n    When Megan dials in\n    And Megan loses 30 % of her packets\n    And Megan speaks for 2 seconds\n    And Megan keys {ID}##\n    Then Megan is still connected\n";
    let folder = Folder::with(&[("a.feature", text.as_bytes())]);
    for (seed, out) in [("7", "one"), ("7", "two"), ("8", "three")] {
        let (code, told) =
            folder.run(&["replay", "a.feature", "--sound", "--seed", seed, "--out", out]);
        assert!(code == 0 && told.contains(&format!("seed {seed}")), "{told}");
    }
    let trace =
        |out: &str| fs::read(folder.path(&format!("{out}/scenarios/00001-s/trace.jsonl"))).unwrap();
    assert!(trace("one") == trace("two"));
    assert!(trace("one") != trace("three"), "other packets are lost");
}

#[test]
fn the_vocabulary_is_told_files_are_checked_and_a_first_one_passes() {
    let folder = Folder::with(&[]);
    let (code, told) = folder.run(&["scenario", "steps"]);
    assert!(
        code == 0
            && told.contains("GIVEN")
            && told.contains("such as: Ann hears \"lobby-waiting\", then hold music"),
        "{told}"
    );
    let (_, some) = folder.run(&["scenario", "steps", "lobby"]);
    assert!(some.contains("lobby") && some.len() < told.len() / 2, "{some}");
    let (code, settings) = folder.run(&["scenario", "steps", "--settings"]);
    assert!(code == 0 && settings.contains("start-requires"), "{settings}");
    let (code, told) = folder.run(&["scenario", "new", "evening"]);
    assert!(code == 0 && told.contains("evening.feature"), "{told}");
    assert_eq!(folder.run(&["scenario", "check", "evening.feature"]).0, 0);
    let (code, told) = folder.run(&["replay", "evening.feature"]);
    assert!(code == 0 && told.contains("all 3 scenarios passed"), "{told}");
    let (code, told) = folder.run(&["scenario", "new", "evening"]);
    assert!(code != 0 && told.contains("evening.feature"), "it is not written over: {told}");
}

#[test]
fn whoever_reads_may_stop_reading() {
    let folder = Folder::feature(&[PASSES]);
    for arguments in [&["scenario", "steps"][..], &["replay", "a.feature"]] {
        let binary = assert_cmd::cargo::cargo_bin("holdline");
        let mut child = std::process::Command::new(binary)
            .current_dir(folder.0.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let (code, told) = said(&child.wait_with_output().unwrap());
        assert_eq!(code, 0, "{told}");
    }
}
