//! Whatever is wrong with a file, or lies in a folder: it is told, and all else is played.

use std::fs;

use super::folder::{CAST, Folder, PASSES};

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
