//! The binary from outside.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::Path;

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
