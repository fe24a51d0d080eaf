//! `holdline replay` and `holdline scenario` from outside: the suite that is shipped, exit codes, the same bytes from the same
//! seed, golden transcripts, and whatever is wrong with a file.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Output, Stdio};

use assert_cmd::Command;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::DeflateDecoder;

const CAST: &str = "Feature: F\n  Background:\n    Given Megan organizes meeting 147852036 and her PIN is 907351846294\n";
const PASSES: &str =
    "  Scenario: It passes\n    When Ann dials in and keys {ID}##\n    Then Ann is in the lobby\n";
const FAILS: &str = "  Scenario: It fails\n    When Ann dials in and keys {ID}#*907351846294#\n    Then Ann is in the lobby within 1 second\n";
const BROKEN: &str =
    "  Scenario: It is broken\n    When Ann dails in and keys {ID}#*907351846294#\n";
const PIN: &str = "907351846294";

/// A folder with files of scenarios in which the binary runs.
struct Folder(tempfile::TempDir);

impl Folder {
    fn with(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        Self(folder)
    }

    fn feature(scenarios: &[&str]) -> Self {
        Self::with(&[("a.feature", (CAST.to_owned() + &scenarios.concat()).as_bytes())])
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    /// The exit code and what was said.
    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::cargo_bin("holdline").unwrap();
        said(&command.current_dir(self.0.path()).args(arguments).output().unwrap())
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(self.0.path(), "", &mut files);
        files
    }
}

fn collect(folder: &Path, name: &str, into: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{name}/{}", entry.file_name().into_string().unwrap());
        match entry.file_type().unwrap().is_dir() {
            true => collect(&entry.path(), &name, into),
            false => drop(into.insert(name, fs::read(entry.path()).unwrap())),
        }
    }
}

fn said(output: &Output) -> (i32, String) {
    let told = [&output.stdout[..], &output.stderr].concat();
    let told = String::from_utf8(told).unwrap();
    assert!(!told.contains("panicked"), "{told}");
    (output.status.code().unwrap(), told)
}

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

/// Fails if a PIN is in a file, or in what a page shows once a scenario is opened.
fn assert_holds_none(name: &str, bytes: &[u8], pin: &str) {
    let holds = |bytes: &[u8]| bytes.windows(pin.len()).any(|window| window == pin.as_bytes());
    assert!(!holds(bytes), "a PIN is in {name}");
    if !name.ends_with("index.html") {
        return;
    }
    let page = std::str::from_utf8(bytes).unwrap();
    let packed = page.split("<script type=\"text/plain\" class=\"pack\"").skip(1);
    let mut opened = 0;
    for script in packed {
        let (_, script) = script.split_once('>').unwrap();
        let (script, _) = script.split_once("</script>").unwrap();
        let mut shown = Vec::new();
        DeflateDecoder::new(&STANDARD.decode(script).unwrap()[..]).read_to_end(&mut shown).unwrap();
        assert!(!holds(&shown), "a PIN is in {name}");
        opened += 1;
    }
    assert!(opened > 0, "nothing was packed in {name}");
}

/// The PINs that the files of a folder set.
fn pins_of(folder: &str) -> BTreeSet<String> {
    let mut files = BTreeMap::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), "", &mut files);
    let texts = files.iter().filter(|(name, _)| name.ends_with(".feature"));
    let mut pins = BTreeSet::new();
    for (_, bytes) in texts {
        for after in std::str::from_utf8(bytes).unwrap().split("PIN is ").skip(1) {
            let pin: String = after.chars().take_while(char::is_ascii_digit).collect();
            if pin.len() >= 4 {
                pins.insert(pin);
            }
        }
    }
    pins
}

/// Fails if a PIN stands in a text, or in what a page shows once a scenario is opened, as a number of its own.
fn assert_shows_none(name: &str, bytes: &[u8], pins: &BTreeSet<String>) {
    let text = std::str::from_utf8(bytes).unwrap();
    let mut texts = vec![text.to_owned()];
    for script in text.split("<script type=\"text/plain\" class=\"pack\"").skip(1) {
        let (script, _) = script.split_once('>').unwrap().1.split_once("</script>").unwrap();
        let mut shown = String::new();
        let bytes = STANDARD.decode(script).unwrap();
        DeflateDecoder::new(&bytes[..]).read_to_string(&mut shown).unwrap();
        texts.push(shown);
    }
    for text in texts {
        // Sounds and pictures are no text.
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "+/=".contains(c)));
        for word in words.filter(|word| word.len() < 64) {
            for number in word.split(|c: char| !c.is_ascii_digit()) {
                assert!(!pins.contains(number), "{number} is in {name}: {word}");
            }
        }
    }
}

/// Fails if what one caller keys in a row, over all steps of a scenario, has a PIN in it.
fn assert_no_pin_in_a_row(cucumber: &[u8], pins: &BTreeSet<String>) {
    let features: serde_json::Value = serde_json::from_slice(cucumber).unwrap();
    let all = |value: &serde_json::Value, name: &str| value[name].as_array().unwrap().clone();
    let mut keyed_some = 0;
    for element in features.as_array().unwrap().iter().flat_map(|it| all(it, "elements")) {
        let mut keyed: BTreeMap<String, String> = BTreeMap::new();
        for step in all(&element, "steps") {
            let text = step["name"].as_str().unwrap().to_owned();
            let rows = step.get("rows").and_then(|rows| rows.as_array()).cloned();
            let cells = rows.into_iter().flatten().flat_map(|row| all(&row, "cells"));
            let cells = cells.map(|cell| cell.as_str().unwrap().to_owned());
            for deed in std::iter::once(text).chain(cells) {
                let Some((who, keys)) = deed.split_once(" key") else { continue };
                let keys = keys.split(" with ").next().unwrap().split(" for ").next().unwrap();
                let who = who.split_whitespace().next().unwrap().to_owned();
                let digits = keys.chars().filter(|key| key.is_ascii_digit() || *key == '{');
                keyed.entry(who).or_default().extend(digits);
                keyed_some += 1;
            }
        }
        for (who, keys) in keyed {
            let found = pins.iter().find(|pin| keys.contains(pin.as_str()));
            assert_eq!(found, None, "{who} keys {keys} in {}", element["name"]);
        }
    }
    assert!(keyed_some > 100, "{keyed_some}");
}

#[test]
fn no_name_and_no_piece_of_what_is_keyed_spells_out_a_pin() {
    let text = "@pin48213\nFeature: F with PIN 48213\n  Rule: rule says 48213\n\n  Scenario: name says 48213\n    Given Megan organizes \
                meeting 147 852 036 and her PIN is 48213\n    When Megan dials in and keys {ID}#*482\n    And Megan keys 13#\n    Then \
                the meeting has not started\n\n  Scenario: held\n    Given Megan organizes meeting 147 852 036 and her PIN is 4821\n    \
                When Megan dials in and keys {ID}#*\n    And Megan keys 4\n    And Megan keys 8\n    And Megan holds key 2 for 1 \
                second\n    And Megan keys 1#\n    Then Megan gets a letter about \"4821\"\n\n  Scenario: wrong\n    When Megan kyes 48213#\n";
    let folder = Folder::with(&[("a.feature", text.as_bytes())]);
    let reports = ["--out", "out", "--junit", "j.xml", "--json", "j.json"];
    let (code, told) = folder.run(&[&["replay", "a.feature"][..], &reports].concat());
    assert_eq!(code, 2, "{told}");
    let pins = ["48213", "4821"].map(str::to_owned).into();
    assert_shows_none("the terminal", told.as_bytes(), &pins);
    let mut files = folder.files();
    files.remove("/a.feature");
    for (name, bytes) in files.iter().filter(|(name, _)| !name.ends_with(".wav")) {
        assert!(!name.contains("4821"), "{name}");
        assert_shows_none(name, bytes, &pins);
    }
    let json = String::from_utf8(files["/j.json"].clone()).unwrap();
    for step in ["keys {ID}#*•••••\"", "keys •••••#\"", "holds key ••••• for 1 second\""]
    {
        assert!(json.contains(step), "{step}: {json}");
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

#[test]
fn a_golden_transcript_is_made_kept_and_compared_line_by_line() {
    let golden = format!(
        "  @golden\n{}",
        PASSES.replace("Then Ann is in the lobby", "Then Ann hears nobody")
    );
    let folder = Folder::feature(&[&golden]);
    let (code, told) = folder.run(&["replay", "a.feature"]);
    assert!(code == 1 && told.contains("`--update` makes it"), "{told}");
    assert_eq!(folder.run(&["replay", "a.feature", "--update"]).0, 0);
    assert_eq!(folder.run(&["replay", "a.feature"]).0, 0, "it is as it was");
    let kept = folder.path("golden/a/it-passes.txt");
    let transcript = fs::read_to_string(&kept).unwrap();
    assert!(
        transcript.contains("# heard by Ann") && transcript.contains("prompt welcome"),
        "{transcript}"
    );
    fs::write(&kept, transcript.replace("prompt welcome", "prompt goodbye")).unwrap();
    let (code, told) = folder.run(&["replay", "a.feature"]);
    assert_eq!(code, 1);
    let at = |line: &str| told.lines().position(|told| told.contains(line)).unwrap_or(usize::MAX);
    assert!(told.contains("differs    - 00:00.125  Ann "), "{told}");
    assert_eq!(at("prompt goodbye") + 1, at("+ 00:00.125  Ann "), "{told}");
    assert!(told.contains("step       When Ann dials in"), "where it differs: {told}");
    let second = transcript.lines().find(|line| line.starts_with("Ann second 3: ")).unwrap();
    let otherwise = "Ann second 3: 0123456789abcdef hold music";
    fs::write(&kept, transcript.replace(second, otherwise)).unwrap();
    let (code, told) = folder.run(&["replay", "a.feature"]);
    assert_eq!(code, 1);
    assert!(
        told.contains("differs    Ann, second 3: ") && told.contains(" instead of hold music\n"),
        "{told}"
    );
    assert_eq!(folder.run(&["replay", "a.feature", "--update"]).0, 0);
    assert_eq!(fs::read_to_string(&kept).unwrap(), transcript);
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
fn what_takes_no_time_takes_none_by_the_clock_on_the_wall() {
    let folder = Folder::with(&[(
        "a.feature",
        b"Feature: F\n  Scenario: S\n    Given Megan organizes meeting 147852036\n    Then the meeting has not started\n",
    )]);
    let (code, told) = folder.run(&["replay", "a.feature", "--realtime"]);
    assert!(code == 0 && told.contains("a.feature:2  S"), "{told}");
}

/// Whatever is wrong with one file, or with one scenario: it is said where, and all others are played.
#[test]
fn nothing_that_is_wrong_keeps_the_others_from_being_played() {
    let scenario =
        |steps: &str| format!("{CAST}  Scenario: It is wrong\n{steps}{PASSES}").into_bytes();
    let utf16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(CAST.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let million = "    And Ann keys 5\n".repeat(1_000_000);
    for (what, bytes, begin, also_passes) in [
        ("nothing", Vec::new(), "bad.feature:1:1: ", false),
        ("no Gherkin", b"hello\nthere\n".to_vec(), "bad.feature:1:1: ", false),
        ("UTF-16", utf16, "bad.feature:1:1: ", false),
        ("no UTF-8", [CAST.as_bytes(), b"  Scenario: \xff\xfe\n    When Ann dials in\n"].concat(), "bad.feature:4:", false),
        ("a steps table out of place", scenario("    | a |\n"), "bad.feature:5:", true),
        ("quotes without an end", scenario("    When Ann dials in\n    \"\"\"\n    text\n"), "bad.feature:", false),
        ("an unknown step", scenario("    When Ann flies in\n"), "bad.feature:5:10: there is no such step", true),
        ("somebody unknown", scenario("    When Ann dials in\n    And Bob hangs up\n"), "bad.feature:6:9: nobody is called Bob", true),
        ("a contradiction", scenario("    When Ann dials in\n    Then Ann is in the lobby\n    And Ann is in the meeting\n"), "bad.feature:7:9: this contradicts line 6", true),
        ("no table", scenario("").into_iter().chain(*b"  Scenario Outline: O\n    When Ann dials in\n    Examples: from \"none.csv\"\n").collect(), "bad.feature:", true),
        ("no sound", scenario("    When Ann dials in\n    And Ann plays \"none.wav\"\n"), "bad.feature:6:20: \"none.wav\" cannot be played", true),
        ("no sound in it", scenario("    When Ann dials in\n    And Ann plays \"bad.feature\"\n"), "bad.feature:6:20: \"bad.feature\" cannot be played", true),
        ("a million steps", scenario(&format!("    When Ann dials in\n{million}")), "bad.feature:", true),
    ] {
        let good = CAST.to_owned() + PASSES;
        let folder = Folder::with(&[("bad.feature", &bytes), ("good.feature", good.as_bytes())]);
        let (code, told) = folder.run(&["replay", "bad.feature", "good.feature"]);
        assert_eq!(code, 2, "{what}: {told}");
        assert!(told.lines().any(|line| line.starts_with(begin)), "{what}: {told}");
        assert!(told.contains("passed  good.feature:4  It passes"), "{what}: {told}");
        let others = told.contains("passed  bad.feature:") && told.contains("It passes");
        assert_eq!(others, also_passes, "{what}: {told}");
        let (code, checked) = folder.run(&["scenario", "check", "bad.feature", "good.feature"]);
        assert_eq!(code, 2, "{what}: {checked}");
        assert!(checked.lines().any(|line| line.starts_with(begin)), "{what}: {checked}");
    }
}

#[test]
fn tabs_carriage_returns_and_a_byte_order_mark_are_no_fault() {
    let text = (CAST.to_owned() + PASSES).replace("  ", "\t").replace('\n', "\r\n");
    let folder = Folder::with(&[("a.feature", format!("\u{feff}{text}").as_bytes())]);
    let (code, told) = folder.run(&["replay", "a.feature"]);
    assert_eq!(code, 0, "{told}");
}

#[test]
fn a_scenario_without_an_end_is_ended() {
    let endless = "  Scenario: It never ends\n    When Ann dials in\n    And 5 days pass\n    And 5 days pass\n";
    let folder = Folder::feature(&[endless, PASSES]);
    let (code, told) = folder.run(&["replay", "a.feature"]);
    assert_eq!(code, 1);
    assert!(told.contains("a scenario lasts at most 8 days"), "{told}");
    assert!(told.contains("It passes"), "{told}");
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
