//! What a run writes: the same however a file is named, nothing of an earlier run, and golden transcripts.

use std::fs;

use assert_cmd::Command;

use super::folder::{CAST, FAILS, Folder, PASSES, said};

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
