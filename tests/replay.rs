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

    fn only_file_in(&self, name: &str) -> std::path::PathBuf {
        let mut entries = fs::read_dir(self.path(name)).unwrap();
        let file = entries.next().unwrap().unwrap().path();
        assert!(entries.next().is_none(), "there are more in {name}");
        file
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

/// However a file is named, and from wherever: the same seed, the same names in every output, the same golden transcripts.
#[test]
fn how_a_file_is_named_changes_nothing() {
    let golden = format!(
        "  @golden\n{}",
        PASSES.replace("Then Ann is in the lobby", "And Bob dials in\n    Then Ann hears nobody")
    );
    let folder = Folder::with(&[]);
    fs::create_dir_all(folder.path("suite/sub")).unwrap();
    let text = CAST.replace(" and her PIN is 907351846294", "") + &golden + FAILS;
    fs::write(folder.path("suite/a.feature"), text.replace("907351846294", "1234")).unwrap();
    let run = |from: &str, named: &str| {
        let mut command = Command::cargo_bin("holdline").unwrap();
        let output = command
            .current_dir(folder.path(from))
            .args(["replay", named, "--out", "out", "--junit", "junit.xml", "--json", "c.json"])
            .output();
        let told = said(&output.unwrap());
        let outputs = ["out/index.html", "junit.xml", "c.json"].map(|name| {
            let path = folder.path(from).join(name);
            let bytes = fs::read(&path).unwrap();
            fs::remove_file(&path).unwrap();
            bytes
        });
        fs::remove_dir_all(folder.path(from).join("out")).unwrap();
        (told, outputs)
    };
    assert_eq!(folder.run(&["replay", "suite/a.feature", "--update"]).0, 1);
    let whole = folder.path("suite/a.feature");
    let whole = whole.to_str().unwrap();
    let first = run("", "suite/a.feature");
    assert!(
        first.0.1.contains("passed  suite/a.feature:5")
            && first.0.1.contains("1 of 2 scenarios failed"),
        "{}",
        first.0.1
    );
    for named in ["./suite/a.feature", "suite/../suite/a.feature", "suite", "suite/sub/..", whole] {
        assert!(run("", named) == first, "{named}");
    }
    let first = run("suite", "a.feature");
    assert!(first.0.1.contains("passed  a.feature:5"), "{}", first.0.1);
    for named in [".", "../suite", whole] {
        assert!(run("suite", named) == first, "{named}");
    }
    assert!(run("suite/sub", whole).0.1.contains("passed  ../a.feature:5"));
}

/// What comes after the first that fails leaves nothing, however many play at the same time.
#[test]
fn the_first_failure_ends_a_run_with_the_same_files() {
    let folder = Folder::feature(&[PASSES, PASSES, FAILS, PASSES, FAILS, &PASSES.repeat(30)]);
    let left = |jobs: &str| {
        let run = ["replay", "a.feature", "--fail-fast", "--junit", "j.xml", "--jobs", jobs];
        for arguments in [&run[..], &[&run[..], &["--out", "out"]].concat()] {
            assert_eq!(folder.run(arguments).0, 1);
        }
        let files = folder.files();
        fs::remove_dir_all(folder.path("out")).unwrap();
        fs::remove_dir_all(folder.path("replay-failures")).unwrap();
        files
    };
    let one = left("1");
    assert!(one.contains_key("/out/scenarios/00003-it-fails/ladder.svg"));
    assert!(!one.keys().any(|name| name.contains("00004")), "{:?}", one.keys());
    for jobs in ["2", "4"] {
        let files = left(jobs);
        assert!(files.keys().eq(one.keys()), "{:?}", files.keys());
        assert!(files == one, "--jobs {jobs}");
    }
}

#[test]
fn whatever_an_earlier_run_left_is_gone_and_nothing_else() {
    let folder = Folder::feature(&[PASSES, FAILS, PASSES]);
    for out in [&[][..], &["--out", "out"]] {
        assert_eq!(folder.run(&[&["replay", "a.feature"][..], out].concat()).0, 1);
    }
    for name in ["out/notes.txt", "out/scenarios/00003-it-passes/notes.txt"] {
        fs::write(folder.path(name), "mine").unwrap();
    }
    for out in [&[][..], &["--out", "out"]] {
        assert_eq!(folder.run(&[&["replay", "a.feature:4"][..], out].concat()).0, 0);
    }
    let left: Vec<String> = folder.files().into_keys().collect();
    assert!(!left.iter().any(|name| name.starts_with("/replay-failures")), "{left:?}");
    assert!(!left.iter().any(|name| name.contains("00002")), "{left:?}");
    let third: Vec<&String> = left.iter().filter(|name| name.contains("00003")).collect();
    assert_eq!(third, ["/out/scenarios/00003-it-passes/notes.txt"]);
    for name in ["/out/notes.txt", "/out/index.html", "/out/scenarios/00001-it-passes/ladder.svg"] {
        assert!(left.iter().any(|it| it == name), "{name}: {left:?}");
    }
}

/// Names that a file system takes for the same have transcripts of their own; what is gone leaves none.
#[test]
fn each_scenario_has_a_golden_transcript_of_its_own() {
    let named = |name: &str, keys: &str| {
        format!(
            "  @golden\n  Scenario: {name}\n    When Ann dials in and keys {keys}\n    Then Ann is still connected\n"
        )
    };
    let long = "Somebody calls the number and waits for quite a long time until";
    let names = [
        "会议",
        "电话",
        "Same: name!",
        "Same name",
        &format!("{long} one"),
        &format!("{long} two"),
    ];
    let scenarios: Vec<String> = names
        .iter()
        .zip(["1#", "2#", "3#", "4#", "5#", "6#"])
        .map(|(name, keys)| named(name, keys))
        .collect();
    let scenarios: Vec<&str> = scenarios.iter().map(String::as_str).collect();
    let rows = "  @golden\n  Scenario Outline: rows\n    When Ann dials in and keys <k>\n    Then Ann is still connected\n    Examples:\n      | k |\n      | 7# |\n    Examples:\n      | k |\n      | 8# |\n";
    let folder = Folder::feature(&[&scenarios[..], &[rows]].concat());
    for arguments in [&["--update"][..], &[], &["--jobs", "2"]] {
        let (code, told) = folder.run(&[&["replay", "a.feature"][..], arguments].concat());
        assert_eq!(code, 0, "{told}");
    }
    assert_eq!(fs::read_dir(folder.path("golden/a")).unwrap().count(), 8);
    let write = |scenarios: &[&str]| {
        fs::write(folder.path("a.feature"), CAST.to_owned() + &scenarios.concat()).unwrap()
    };
    write(&scenarios[..2]);
    fs::write(folder.path("golden/a/notes.txt"), "mine").unwrap();
    assert_eq!(folder.run(&["replay", "a.feature:5", "--update"]).0, 0);
    assert_eq!(fs::read_dir(folder.path("golden/a")).unwrap().count(), 9, "not all was played");
    assert_eq!(folder.run(&["replay", "a.feature", "--update"]).0, 0);
    assert_eq!(fs::read_dir(folder.path("golden/a")).unwrap().count(), 3);
    write(&[scenarios[0], scenarios[0]]);
    let (code, told) = folder.run(&["replay", "a.feature"]);
    assert!(
        code == 2
            && told.contains(
                "a.feature:9:1: another scenario with a golden transcript has the same name"
            ),
        "{told}"
    );
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

/// A folder may hold links that lead nowhere or back, and things that are no files: each is told, and the rest is played.
#[cfg(unix)]
#[test]
fn whatever_lies_in_a_folder_keeps_nothing_from_being_played() {
    let good = CAST.to_owned() + PASSES;
    let folder = Folder::with(&[("a.feature", good.as_bytes()), ("z.feature", good.as_bytes())]);
    fs::create_dir_all(folder.path("sub/x.feature")).unwrap();
    fs::write(folder.path("sub/x.feature/in.feature"), &good).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path("b.feature")).unwrap();
    std::os::unix::fs::symlink(".", folder.path("sub/loop")).unwrap();
    std::os::unix::fs::symlink("..", folder.path("sub/up")).unwrap();
    let pipe = std::process::Command::new("mkfifo").arg(folder.path("c.feature")).status();
    assert!(pipe.unwrap().success());
    fs::File::create(folder.path("large.feature")).unwrap().set_len(1 << 36).unwrap();
    let outline = CAST.to_owned()
        + "  Scenario Outline: O\n    When Ann dials in and keys <k>\n    Examples: from \"c.feature\"\n";
    fs::write(folder.path("d.feature"), outline).unwrap();
    for arguments in [&["replay", "."][..], &["scenario", "check", "."]] {
        let (code, told) = folder.run(arguments);
        assert_eq!(code, 2, "{told}");
        for begin in [
            "b.feature:1:1: it cannot be read: No such file",
            "c.feature:1:1: it cannot be read: this is no file",
            "d.feature:6:21: the rows in \"c.feature\" cannot be read: this is no file",
            "large.feature:1:1: it cannot be read: it has more than ",
        ] {
            assert!(told.lines().any(|line| line.starts_with(begin)), "{begin}: {told}");
        }
        assert!(
            told.contains(if arguments[0] == "replay" {
                "3 passed"
            } else {
                "4 faults in 6 files; 3 scenarios could be played"
            }),
            "{told}"
        );
    }
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
fn a_golden_transcript_is_made_kept_and_compared_line_by_line() {
    let golden = format!(
        "  @golden\n{}",
        PASSES.replace("Then Ann is in the lobby", "And Bob dials in\n    Then Ann hears nobody")
    );
    let folder = Folder::feature(&[&golden]);
    let (code, told) = folder.run(&["replay", "a.feature"]);
    assert!(code == 1 && told.contains("`--update` makes it"), "{told}");
    assert_eq!(folder.run(&["replay", "a.feature", "--update"]).0, 0);
    assert_eq!(folder.run(&["replay", "a.feature"]).0, 0, "it is as it was");
    let kept = folder.only_file_in("golden/a");
    assert!(kept.file_name().unwrap().to_str().unwrap().starts_with("it-passes-"), "{kept:?}");
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
        ("no scenario", b"\nFeature: F\n".to_vec(), "bad.feature:2:1: there is no scenario in it", false),
        ("what drives a terminal", scenario("    When Ann \u{1b}[2Jflies in\n"), "bad.feature:5:10: there is no such step", true),
        ("a keyword misspelled", scenario("    Whn Ann dials in\n"), "bad.feature:5:5: this line is nothing", true),
        ("examples in a file that is not named right", scenario("    When Ann dials in\n  Scenario Outline: O\n    When Ann dials in and keys <k>\n    Examples: From \"rows.csv\"\n"), "bad.feature:8:15: these examples have no row", true),
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
        assert!(!told.contains('\u{1b}'), "{what}: {told:?}");
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
    fs::write(folder.path("a.feature"), text.replace("\r\n", "\r")).unwrap();
    let (code, told) = folder.run(&["replay", "a.feature"]);
    assert_eq!(code, 0, "{told}");
}

#[test]
fn a_scenario_without_an_end_is_ended() {
    let endless = "  Scenario: It never ends\n    When Ann dials in\n    And 5 days pass\n    And 5 days pass\n";
    let folder = Folder::feature(&[endless, PASSES]);
    for arguments in [&["replay", "a.feature"][..], &["scenario", "check", "a.feature"]] {
        let (code, told) = folder.run(arguments);
        assert_eq!(code, 2);
        assert!(told.contains("a.feature:7:9: a scenario lasts at most 8 days"), "{told}");
        let is_told = told.contains("It passes")
            || told.contains("1 fault in 1 file; 1 scenario could be played");
        assert!(is_told, "{told}");
    }
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
