//! From the field back to the desk: a bridge that is killed, what its journals tell, a scenario of a call that replays.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test"
)]

#[path = "support/bridge.rs"]
mod bridge;
#[path = "support/keyed_phone.rs"]
mod keyed_phone;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Instant;

use bridge::{Bridge, EVER, holdline, text};
use keyed_phone::KeyedPhone;

/// So much time passes: that of a telephone whose script waits.
fn passes(bridge: &Bridge, script: &str) {
    let waits = bridge.run(&["phone", "--script", script]);
    assert!(waits.status.success(), "{}", text(&waits.stderr));
}

/// Looks until it is so.
#[track_caller]
fn until(is: impl Fn() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < EVER, "it does not come to be so");
        std::thread::yield_now();
    }
}

/// A caller and the organizer are in the meeting for a while, and the organizer gives a command; gives how many calls that took.
fn meets(bridge: &Bridge, pin: &str) -> usize {
    let [mut caller, mut organizer] = [(); 2].map(|()| KeyedPhone::dials_in(bridge.data()));
    caller.keys("147852036##");
    caller.until("in lobby");
    organizer.keys(&format!("147852036#*{pin}#"));
    organizer.until("in meeting");
    passes(bridge, "w3s h");
    organizer.keys("*5");
    until(|| journals_of(bridge).contains("\"revealed\":\"5\""));
    passes(bridge, "w1s h");
    organizer.hangs_up();
    caller.hangs_up();
    // Those two, and the two that let time pass.
    4
}

/// All that is in the journals now.
fn journals_of(bridge: &Bridge) -> String {
    let files = files_in(&bridge.data().join("journals"));
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

fn run(arguments: &[&str], files: &[PathBuf]) -> Output {
    holdline().args(arguments).args(files).output().unwrap()
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn a_call_of_a_bridge_that_was_killed_becomes_a_scenario_that_replays() {
    let mut bridge = Bridge::start();
    let pin = bridge.pin();
    let calls = meets(&bridge, &pin);
    until(|| text(&bridge.run(&["calls"]).stdout).lines().count() > calls);
    until(|| {
        let written = journals_of(&bridge);
        let ends = |leg: usize| format!("\"input\":\"hung-up\",\"leg\":{leg},");
        (1..=calls).all(|leg| written.contains(&ends(leg)))
    });
    bridge.child.kill().unwrap();
    bridge.child.wait().unwrap();
    let journals = files_in(&bridge.data().join("journals"));
    // As a kill in the middle of a line leaves it.
    let mut last = std::fs::OpenOptions::new().append(true).open(&journals[0]).unwrap();
    last.write_all(b"{\"at_us\":99").unwrap();
    // As a kill leaves it before a journal's first line, and what somebody puts beside them.
    let journals_folder = bridge.data().join("journals");
    std::fs::write(journals_folder.join("20200101T000000Z-shard-0.jsonl"), "").unwrap();
    std::fs::copy(&journals[0], journals_folder.join("mine.jsonl")).unwrap();
    let calls = text(&bridge.run(&["calls"]).stdout);
    let organizers = calls.lines().find(|line| line.contains("organizer")).unwrap();
    let id = organizers.split_whitespace().next().unwrap();

    let scenario = bridge.data().join("field.feature");
    let made = bridge.run(&[
        "scenario",
        "from-call",
        id,
        "--meeting",
        "--out",
        scenario.to_str().unwrap(),
    ]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let written = std::fs::read_to_string(&scenario).unwrap();
    assert!(written.contains("*{PIN}#") && written.contains("Organizer keys"), "{written}");
    for wanted in [
        "Organizer keys *5",
        "Caller",
        "says cause is caller-hung-up",
        " is in the meeting\n",
        "the call record of Organizer says role is organizer\n",
        " says role is attendee\n",
        "# What was said in the meeting is not kept in a journal: here nobody speaks.\n",
    ] {
        assert!(written.contains(wanted), "{wanted}: {written}");
    }
    let out = bridge.data().join("out");
    let replayed = run(
        &["replay", "--sound", "--out", out.to_str().unwrap()],
        std::slice::from_ref(&scenario),
    );
    assert!(replayed.status.success(), "{written}\n{}", text(&replayed.stdout));

    let shown = run(&["trace", "show"], &journals);
    assert!(shown.status.success(), "{}", text(&shown.stderr));
    let shown = text(&shown.stdout) + &text(&shown.stderr);
    assert!(shown.contains("starts the meeting as organizer"), "{shown}");
    for told in [&shown, &written, &text(&replayed.stdout)] {
        let keyed = [format!("*{pin}"), format!("{pin}#")];
        assert!(!keyed.iter().any(|keys| told.contains(keys)), "the PIN is in it");
    }

    let mut stepping = holdline();
    stepping.args(["trace", "step"]).args(&journals);
    let mut stepping = stepping
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    stepping.stdin.take().unwrap().write_all(b"n\nn\np\ng 1\ng 3600\nq\n").unwrap();
    let steps = stepping.wait_with_output().unwrap();
    assert!(steps.status.success());
    let steps = text(&steps.stdout);
    let headings: Vec<&str> = steps.lines().filter(|line| line.starts_with("step ")).collect();
    let numbers: Vec<&str> = headings.iter().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(numbers[..3], ["1", "2", "1"], "forwards and back: {headings:?}");
    assert_eq!(numbers.len(), 4, "to a second, and to none after the end: {steps}");
}

/// A journal that is the same each time: of a scenario, replayed.
const FORKED: &str = "Feature: F
  Scenario: S
    Given Megan organizes meeting 147852036 and her PIN is 907351846294
    When Ann dials in and keys {ID}##
    And Megan dials in and keys {ID}#*{PIN}#
    Then Ann and Megan are in the meeting
    When 3 seconds pass
    And Megan keys *7
    And Megan hangs up
    And Ann hangs up
";

#[test]
fn a_fork_shows_exactly_what_would_have_been_different() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.feature");
    std::fs::write(&file, FORKED).unwrap();
    let out = folder.path().join("out");
    let replayed = run(&["replay", "--out", out.to_str().unwrap()], std::slice::from_ref(&file));
    assert!(replayed.status.success(), "{}", text(&replayed.stdout));
    let journal = out.join("scenarios/00001-s/journal.jsonl");
    let fork = |arguments: &[&str]| {
        let forked = run(&[&["trace", "fork"], arguments].concat(), std::slice::from_ref(&journal));
        (forked.status.code(), text(&forked.stdout))
    };
    // The lines that are in one story alone, without when.
    let differs = |told: &str| -> Vec<String> {
        let lines = told.lines().filter(|line| line.starts_with(['-', '+']));
        lines
            .map(|line| {
                line.split_whitespace()
                    .enumerate()
                    .filter(|(place, _)| *place != 1)
                    .map(|(_, word)| word)
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect()
    };
    let (code, told) = fork(&["--at", "0", "--leg", "1", "--instead", "1"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.starts_with("# at 00:00.") && told.contains(" leg-1 keys 1 instead\n"), "{told}");
    assert!(told.ends_with("Nothing would have been different.\n"), "the same key: {told}");

    // The command left half: `*` alone is none.
    let (code, told) = fork(&["--at", &last_key(&journal, "Megan"), "--leg", "2", "--drop"]);
    assert_eq!(code, Some(0), "{told}");
    let lines = differs(&told);
    assert!(lines.iter().any(|line| line == "- leg-2 gives the command “lock”"), "{told}");

    // A digit of the conference ID that makes it another one: what the store says to that is not in the journal.
    let (code, told) = fork(&["--at", "0", "--leg", "1", "--instead", "2"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("Until there nothing would have been different.\n"), "{told}");
    assert!(
        told.contains("and this journal has no answer to that. Give it one: --answer not-found"),
        "{told}"
    );
    let (code, told) =
        fork(&["--at", "0", "--leg", "1", "--instead", "2", "--answer", "not-found"]);
    assert_eq!(code, Some(0), "{told}");
    let lines = differs(&told);
    for line in ["- leg-1 is known: meeting 147852036", "+ leg-1 keyed no meeting's conference ID"]
    {
        assert!(lines.iter().any(|shown| shown == line), "{line}: {told}");
    }
    assert!(!told.contains("907351846294"));
}

/// When somebody keyed last, in seconds, by the trace beside a journal.
fn last_key(journal: &Path, who: &str) -> String {
    let trace = std::fs::read_to_string(journal.with_file_name("trace.jsonl")).unwrap();
    let whose = format!("\"leg\":\"{who}\",\"event\":\"key\"");
    let line = trace.lines().rfind(|line| line.contains(&whose)).unwrap();
    let digits = line.split(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty());
    let ms: u64 = digits.unwrap().parse().unwrap();
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}

#[test]
fn what_is_no_journal_and_whom_nobody_knows_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let nonsense = folder.path().join("nonsense.jsonl");
    std::fs::write(&nonsense, "no journal\n").unwrap();
    let missing = folder.path().join("missing.jsonl");
    for (arguments, file, word) in [
        (&["trace", "show"][..], &nonsense, "nonsense.jsonl"),
        (&["trace", "show"][..], &missing, "missing.jsonl"),
        (&["trace", "step"][..], &nonsense, "nonsense.jsonl"),
        (&["trace", "fork", "--at", "1", "--leg", "1", "--drop"][..], &missing, "missing.jsonl"),
    ] {
        let told = run(arguments, std::slice::from_ref(file));
        assert_eq!(told.status.code(), Some(2), "{arguments:?}: {}", text(&told.stderr));
        assert!(text(&told.stderr).contains(word), "{}", text(&told.stderr));
    }
    let nobody = holdline()
        .args(["scenario", "from-call", "leg-9@2026-01-01T00:00:00Z", "--data"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert_ne!(nobody.status.code(), Some(0));
    assert!(!text(&nobody.stderr).is_empty());
}
