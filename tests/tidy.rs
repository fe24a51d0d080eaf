//! The rules of the house that a compiler does not check: which room may know which, how long things may be, which
//! words are not ours.
#![allow(clippy::unwrap_used, reason = "a test")]

use holdline::domain::{Language, PromptId};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Which rooms each room may import. Whatever is not here is forbidden; there are no circles.
const EDGES: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("media", &["domain"]),
    ("proto", &["domain", "media"]),
    ("ivr", &["domain"]),
    ("caller", &["domain", "media"]),
    ("exchange", &["domain", "ivr", "media"]),
    ("store", &["domain"]),
    ("admin", &["domain"]),
    ("scenario", &["domain", "proto", "caller", "exchange"]),
    ("report", &["domain", "exchange", "media", "scenario"]),
    (
        "sim",
        &["domain", "media", "proto", "ivr", "caller", "exchange", "store", "admin", "scenario"],
    ),
    ("engine", &["domain", "media", "exchange", "store"]),
    ("door", &["domain", "media", "caller", "exchange", "store", "admin", "engine"]),
    ("handset", &["domain", "media", "door"]),
    (
        "cli",
        &[
            "domain", "media", "proto", "caller", "exchange", "store", "admin", "scenario",
            "report", "sim", "engine", "door", "handset",
        ],
    ),
];

/// Words that stand for nothing in telephony, or for too many things.
const BANNED_WORDS: &[&str] =
    &["session", "manager", "helper", "util", "TODO", "FIXME", "unbounded", "todo!"];

const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;

/// Functions that are one total match each: a table is easier to check in one piece.
const LONG_TABLES: &[(&str, &str)] = &[("src/ivr/dialogue.rs", "take")];

struct Source {
    name: String,
    /// Without what is compiled for tests only.
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_under(folder: &Path, ending: &str, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files_under(&path, ending, into);
        } else if path.extension().is_some_and(|found| found == ending) {
            into.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    files_under(&root().join("src"), "rs", &mut paths);
    paths
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
            Source { name, text }
        })
        .collect()
}

fn is_test(source: &Source) -> bool {
    source.name.ends_with("tests.rs")
}

fn check(rule: &str, broken: Vec<String>) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

#[test]
fn each_room_knows_only_the_rooms_it_may() {
    let mut broken = Vec::new();
    let mut seen = BTreeSet::new();
    for source in sources().iter().filter(|source| !is_test(source)) {
        let mut parts = source.name.split('/').skip(1);
        let (Some(room), Some(_file)) = (parts.next(), parts.next()) else { continue };
        seen.insert(room.to_owned());
        let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == room) else {
            broken.push(format!("{}: the room {room} is not in the table", source.name));
            continue;
        };
        for after in source.text.split("crate::").skip(1) {
            let known: String =
                after.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            let is_room = EDGES.iter().any(|(name, _)| *name == known);
            if is_room && known != room && !allowed.contains(&known.as_str()) {
                broken.push(format!("{}: {room} may not know {known}", source.name));
            }
        }
    }
    assert_eq!(seen.len(), EDGES.len(), "a room of the table is gone: {seen:?}");
    check("the table of imports", broken);
}

#[test]
fn the_core_knows_no_runtime_and_no_clock() {
    // The durable store is behind the feature `io`, like the drivers.
    let drivers = ["src/engine/", "src/door/", "src/cli/", "src/main.rs", "src/store/sqlite/"];
    let outside =
        ["tokio", "dashmap", "std::net", "std::fs", "std::thread", "Instant", "SystemTime"];
    let mut broken = Vec::new();
    for source in sources() {
        if drivers.iter().any(|driver| source.name.starts_with(driver)) || is_test(&source) {
            continue;
        }
        for line in source.text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for word in outside.iter().filter(|word| line.contains(**word)) {
                broken.push(format!("{}: {word}: {}", source.name, line.trim()));
            }
        }
    }
    check("the core is sans-IO", broken);
}

#[test]
fn files_begin_with_what_they_are_and_stay_short() {
    let mut broken = Vec::new();
    for source in sources() {
        if !source.text.starts_with("//! ") {
            broken.push(format!("{} does not begin with //!", source.name));
        }
        let lines = source.text.lines().count();
        if lines > FILE_LINES_MAX {
            broken.push(format!("{} has {lines} lines", source.name));
        }
    }
    check("headers and lengths of files", broken);
}

#[test]
fn functions_stay_short() {
    let mut broken = Vec::new();
    for source in sources() {
        let lines: Vec<&str> = source.text.lines().collect();
        for (start, line) in lines.iter().enumerate() {
            let Some((before, after)) = line.split_once("fn ") else { continue };
            let indent = line.len() - line.trim_start().len();
            let is_head = before.trim().split(' ').all(|word| {
                word.is_empty() || word.starts_with("pub") || ["const", "async"].contains(&word)
            });
            if !is_head {
                continue;
            }
            let head_ends = lines[start..].iter().find(|line| line.ends_with(['{', ';', '}']));
            if !head_ends.is_some_and(|line| line.ends_with('{')) {
                continue;
            }
            let close = format!("{}}}", " ".repeat(indent));
            let length = lines[start..].iter().position(|line| **line == close).unwrap_or(0);
            let name = after.split(['(', '<']).next().unwrap_or(after);
            let is_table = LONG_TABLES.contains(&(source.name.as_str(), name));
            if length > FUNCTION_LINES_MAX && !is_table {
                broken.push(format!("{}: {name} has {length} lines", source.name));
            }
        }
    }
    check("lengths of functions", broken);
}

#[test]
fn names_are_the_fields_own() {
    let mut broken = Vec::new();
    for source in sources() {
        let text = source.text.replace("tokio_util", "tokio").replace("futures_util", "futures");
        for (number, line) in text.lines().enumerate() {
            let words: BTreeSet<&str> =
                line.split(|c: char| !(c.is_alphanumeric() || c == '!')).collect();
            for word in BANNED_WORDS.iter().filter(|word| words.contains(**word)) {
                broken.push(format!("{}:{}: {word}", source.name, number + 1));
            }
        }
    }
    check("words that are not ours", broken);
}

#[test]
fn every_prompt_has_its_words_its_sound_and_its_line_in_the_list() {
    let list = fs::read_to_string(root().join("assets/SOUNDS.md")).unwrap();
    let mut broken = Vec::new();
    for language in Language::ALL {
        let folder = root().join("assets/prompts").join(language.name());
        let catalogue = fs::read_to_string(folder.join("catalogue.toml")).unwrap();
        let catalogue: toml::Table = catalogue.parse().unwrap();
        for prompt in PromptId::ALL {
            let words = catalogue.get(prompt.name()).and_then(|entry| entry.get("text")?.as_str());
            if words.is_none_or(str::is_empty) {
                broken.push(format!("{prompt} says nothing in the catalogue of {language}"));
            }
            if !folder.join(format!("{prompt}.wav")).exists() {
                broken.push(format!("{prompt} has no sound in {language}"));
            }
            if !list.contains(&format!("`prompts/{language}/{prompt}.wav`")) {
                broken.push(format!("{prompt} in {language} is not in SOUNDS.md"));
            }
        }
        if catalogue.len() != PromptId::ALL.len() {
            broken.push(format!("the catalogue of {language} has more"));
        }
    }
    check("prompts", broken);
}

#[test]
fn the_state_tables_of_the_architecture_name_every_state() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let dialogue = fs::read_to_string(root().join("src/ivr/state.rs")).unwrap();
    let names = dialogue.split("pub fn name(self)").nth(1).unwrap();
    let names: Vec<&str> =
        names.split("\n    }\n").next().unwrap().split('"').skip(1).step_by(2).collect();
    assert!(names.len() > 8, "{names:?}");
    let missing = names.iter().filter(|name| !text.contains(&format!("`{name}`")));
    check(
        "states without a line in ARCHITECTURE.md",
        missing.map(|name| (*name).to_owned()).collect(),
    );
}
