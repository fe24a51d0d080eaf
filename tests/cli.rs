//! The binary from outside.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

fn holdline() -> Command {
    Command::cargo_bin("holdline").unwrap()
}

fn demo(out: &Path, more: &[&str]) -> assert_cmd::assert::Assert {
    holdline().arg("demo").arg("--out").arg(out).args(more).assert()
}

fn said(output: &assert_cmd::assert::Assert) -> (String, String) {
    let output = output.get_output();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

const FILES: [&str; 9] = [
    "first.wav",
    "second.wav",
    "stranger.wav",
    "organizer.wav",
    "meeting.wav",
    "trace.jsonl",
    "callers.json",
    "ladder.svg",
    "index.html",
];

#[test]
fn the_demo_leaves_behind_what_it_promises() {
    let folder = tempfile::tempdir().unwrap();
    let (told, _) = said(&demo(folder.path(), &[]).success());
    assert!(told.contains("3 callers were let in, in the one step at"), "{told}");
    for name in FILES {
        let size = fs::metadata(folder.path().join(name)).unwrap().len();
        assert!(size > 300, "{name} has {size} bytes");
    }
    let callers = fs::read_to_string(folder.path().join("callers.json")).unwrap();
    let callers: serde_json::Value = serde_json::from_str(&callers).unwrap();
    for caller in callers.as_array().unwrap() {
        let name = caller["name"].as_str().unwrap();
        let wav = hound::WavReader::open(folder.path().join(format!("{name}.wav"))).unwrap();
        let spec = wav.spec();
        assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (1, 8_000, 16));
        let lasted = caller["left_ms"].as_u64().unwrap() - caller["answered_ms"].as_u64().unwrap();
        let heard_ms = u64::from(wav.duration()) / 8;
        assert!(lasted.abs_diff(heard_ms) <= 20, "{name}: {heard_ms} of {lasted} ms");
    }
    let trace = fs::read_to_string(folder.path().join("trace.jsonl")).unwrap();
    let events: Vec<serde_json::Value> =
        trace.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for wanted in [
        "answered",
        "prompt",
        "music-on",
        "music-off",
        "lobby",
        "meeting-started",
        "admitted",
        "left",
    ] {
        assert!(events.iter().any(|event| event["event"] == wanted), "{wanted}");
    }
    assert!(events.iter().all(|event| event["t_ms"].is_u64()));
    let picture = fs::read_to_string(folder.path().join("ladder.svg")).unwrap();
    let shown = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/story.svg");
    assert!(
        picture == fs::read_to_string(&shown).unwrap(),
        "the README's picture is not today's: cargo run -- demo && cp demo/ladder.svg assets/story.svg"
    );
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
    for (folder, seed) in folders.iter().zip(["7", "7", "8"]) {
        demo(folder.path(), &["--seed", seed]).success();
    }
    let read = |place: usize, name: &str| fs::read(folders[place].path().join(name)).unwrap();
    for name in FILES {
        assert!(read(0, name) == read(1, name), "{name} differs");
    }
    assert!(read(0, "trace.jsonl") != read(2, "trace.jsonl"));
}

#[test]
fn a_folder_that_cannot_be_written_is_said_before_anything_is_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "here already").unwrap();
    let (told, error) = said(&demo(&file.join("out"), &[]).failure());
    assert_eq!(told, "");
    assert!(error.contains("file/out") && error.contains("--out"), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "here already");
}

#[test]
fn a_missing_or_broken_sound_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let sounds = folder.path().join("sounds");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets"), &sounds);
    let with_sounds = ["--sounds", sounds.to_str().unwrap()];
    let out = folder.path().join("out");
    demo(&out, &with_sounds).success();

    let lobby = sounds.join("prompts/en-US/lobby-waiting.wav");
    fs::write(&lobby, b"RIFF nothing more").unwrap();
    let (_, error) = said(&demo(&out, &with_sounds).failure());
    assert!(error.contains("prompts/en-US/lobby-waiting.wav"), "{error}");
    fs::remove_file(&lobby).unwrap();
    let (_, error) = said(&demo(&out, &with_sounds).failure());
    assert!(error.contains("prompts/en-US/lobby-waiting.wav"), "{error}");
}

const GERMAN: &str = r#"Feature: German
  Scenario: Somebody calls
    Given Megan organizes meeting 147 852 036 and her PIN is 48213
    And the access number +49 30 901820 speaks German
    When Ann dials in and keys 147852036#
    Then Ann hears "organizer-question"
"#;

/// Whoever brings sounds of their own brings the languages that are spoken: no other is needed, and none is left out
/// without a word.
#[test]
fn sounds_of_ones_own_need_the_languages_of_the_numbers_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let with = |name: &str, languages: &[&str]| {
        let sounds = folder.path().join(name);
        for part in ["music", "tones"] {
            copy(&assets.join(part), &sounds.join(part));
        }
        for language in languages {
            copy(&assets.join("prompts").join(language), &sounds.join("prompts").join(language));
        }
        demo(&out, &["--sounds", sounds.to_str().unwrap()])
    };
    with("english", &["en-US"]).success();
    let (told, error) = said(&with("german", &["de-DE"]).failure());
    assert_eq!(told, "", "before anybody calls");
    assert!(error.contains("+14255550100 answers in en-US"), "{error}");
    assert!(error.contains("prompts in de-DE alone"), "{error}");
    let german = folder.path().join("german.feature");
    fs::write(&german, GERMAN).unwrap();
    let english = folder.path().join("english");
    let replayed = holdline()
        .args(["replay", "--sounds", english.to_str().unwrap(), "--out"])
        .arg(&out)
        .arg(&german)
        .assert();
    let (told, error) = said(&replayed.code(1));
    assert!(told.contains("+4930901820 answers in de-DE"), "{told}");
    assert_eq!(error, "", "it is no fault of ours");
    let (_, error) = said(&with("none", &[]).failure());
    assert!(error.contains("no prompts in any language"), "{error}");
    assert!(error.contains("prompts/en-US"), "{error}");
}

#[test]
fn help_names_the_demo_and_a_wrong_word_is_explained() {
    let (told, _) = said(&holdline().arg("--help").assert().success());
    assert!(told.contains("demo"), "{told}");
    let (_, error) = said(&holdline().arg("dmo").assert().code(2));
    assert!(error.contains("dmo"), "{error}");
}

/// As of `holdline ... | head`, of which nobody reads the rest.
#[test]
fn a_reader_that_has_gone_ends_no_command_with_a_panic() {
    let (_folder, journal) = recorded();
    let journal = journal.to_str().unwrap();
    for arguments in [
        &["config", "show"][..],
        &["scenario", "steps"],
        &["fuzz", "--runs", "1"],
        &["trace", "show", journal],
        &["trace", "show", "--json", journal],
        &["trace", "fork", "--at", "0", "--leg", "1", "--drop", journal],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ended = std::process::Command::new(env!("CARGO_BIN_EXE_holdline"))
            .args(arguments)
            .stdin(std::process::Stdio::null())
            .stdout(writer)
            .output()
            .unwrap();
        let error = String::from_utf8(ended.stderr).unwrap();
        assert!([Some(0), Some(1)].contains(&ended.status.code()), "{arguments:?}: {error}");
        assert_eq!(error, "", "{arguments:?}");
    }
}

/// What a full disk or a kill leaves behind is an empty file, which hides no call.
/// What is said to a disk that is full is not said: who reads it later must know.
#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_said_is_an_error() {
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let command = || std::process::Command::new(assert_cmd::cargo::cargo_bin!("holdline"));
    let shown = command().args(["config", "show"]).stdout(full()).output().unwrap();
    let why = String::from_utf8_lossy(&shown.stderr);
    assert_eq!(shown.status.code(), Some(1), "{why}");
    assert!(why.contains("not all could be said: No space left"), "{why}");
}

#[test]
fn an_empty_journal_among_others_is_left_out_with_a_word() {
    let (folder, journal) = recorded();
    let empty = folder.path().join("empty.jsonl");
    fs::write(&empty, "").unwrap();
    let (told, error) = said(&from_call(&[], &[&empty, &journal]).success());
    assert!(told.contains("Scenario: Call leg-1"), "{told}");
    assert!(error.contains("empty.jsonl") && error.contains("left out"), "{error}");
    let (_, error) = said(&from_call(&[], &[&empty]).code(2));
    assert!(error.contains("no call leg-1"), "{error}");
}

/// The word that inputs were lost stands in a file in which none of the calls that it names begins.
#[test]
fn a_call_of_which_inputs_were_lost_is_not_told_as_if_it_was_whole() {
    let (folder, journal) = recorded();
    let text = fs::read_to_string(&journal).unwrap();
    let head = text.lines().next().unwrap();
    let goes_on = folder.path().join("goes-on.jsonl");
    let losing = |legs: &str| {
        let lost = format!(r#"{{"at_us":9000000,"lost":3,"legs":{legs},"meetings":[]}}"#);
        fs::write(&goes_on, format!("{head}\n{lost}\n")).unwrap();
    };
    losing("[2]");
    from_call(&[], &[&journal, &goes_on]).success();
    losing("[1]");
    for files in [&[&*journal, &*goes_on][..], &[&goes_on]] {
        let (_, error) = said(&from_call(&[], files).code(2));
        assert!(error.contains("leg-1 cannot be told of"), "{error}");
    }
}

/// A recording is evidence: no `--out` writes over it.
#[test]
fn what_is_there_is_not_written_over() {
    let (_folder, journal) = recorded();
    let before = fs::read(&journal).unwrap();
    let own = journal.to_str().unwrap();
    let (_, error) = said(&from_call(&["--out", own], &[&journal]).code(2));
    assert!(error.contains("remove what is there"), "{error}");
    let fork = ["trace", "fork", "--at", "0", "--leg", "1", "--drop", own, "--out", own];
    let (_, error) = said(&holdline().args(fork).assert().code(2));
    assert!(error.contains("remove what is there"), "{error}");
    assert!(fs::read(&journal).unwrap() == before);
}

/// The journal of a call, and the folder in which it is.
fn recorded() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let german = folder.path().join("german.feature");
    fs::write(&german, GERMAN).unwrap();
    let out = folder.path().join("out");
    holdline().arg("replay").arg("--out").arg(&out).arg(&german).assert().success();
    let journal = journal_under(&out);
    (folder, journal)
}

fn from_call(options: &[&str], journals: &[&Path]) -> assert_cmd::assert::Assert {
    let mut command = holdline();
    command.args(["scenario", "from-call", "leg-1"]).args(options);
    command.arg("--journal").args(journals).assert()
}

fn journal_under(folder: &Path) -> PathBuf {
    let below = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below: Vec<PathBuf> = below.collect();
    let is_journal = |path: &&PathBuf| path.ends_with("journal.jsonl");
    match below.iter().find(is_journal) {
        Some(journal) => journal.clone(),
        None => journal_under(below.iter().find(|path| path.is_dir()).unwrap()),
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else if entry.path().extension().is_some_and(|ending| ending == "wav") {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
