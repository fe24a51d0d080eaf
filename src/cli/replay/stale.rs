//! Takes away what an earlier run left in the folder of this one, and nothing else: whoever looks there finds what this run says.

use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;

/// How the page of a run begins.
const PAGE: &str = "<title>Scenarios</title>";

/// Bytes at the beginning of a page within which that stands.
const PAGE_BEGIN: u64 = 1024;

/// Takes away the page and the files of scenarios; also the folder, if there is nothing else in it.
pub(super) fn clear(folder: &Path) -> anyhow::Result<()> {
    let scenarios = folder.join("scenarios");
    for entry in std::fs::read_dir(&scenarios).into_iter().flatten().flatten() {
        let is_folder = entry.file_type().is_ok_and(|what| what.is_dir());
        if is_folder && entry.file_name().to_str().is_some_and(is_scenario) {
            clear_scenario(&entry.path())?;
        }
    }
    let page = folder.join("index.html");
    if is_page(&page) {
        remove(&page)?;
    }
    for folder in [&scenarios, folder] {
        // If nothing else is in it.
        let _stays = std::fs::remove_dir(folder);
    }
    Ok(())
}

fn clear_scenario(folder: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_file = entry.file_type().is_ok_and(|what| what.is_file());
        if is_file && entry.file_name().to_str().is_some_and(is_of_scenario) {
            remove(&entry.path())?;
        }
    }
    let _stays = std::fs::remove_dir(folder);
    Ok(())
}

fn remove(file: &Path) -> anyhow::Result<()> {
    std::fs::remove_file(file).with_context(|| format!("{} cannot be deleted", file.display()))
}

/// `00001-it-passes`.
fn is_scenario(name: &str) -> bool {
    let number = name.split('-').next().unwrap_or_default();
    number.len() >= 5 && number.len() < name.len() && number.bytes().all(|it| it.is_ascii_digit())
}

/// What is written of a scenario.
fn is_of_scenario(name: &str) -> bool {
    let is_sound = || {
        let (number, rest) = name.split_once('-').unwrap_or_default();
        number.parse::<u32>().is_ok() && rest.ends_with(".wav")
    };
    ["ladder.svg", "trace.jsonl", "journal.jsonl"].contains(&name) || is_sound()
}

fn is_page(path: &Path) -> bool {
    let Ok(file) = std::fs::File::open(path) else { return false };
    let mut begin = Vec::new();
    let read = file.take(PAGE_BEGIN).read_to_end(&mut begin);
    read.is_ok() && String::from_utf8_lossy(&begin).contains(PAGE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::suite::Page;

    #[test]
    fn what_a_run_leaves_is_known_again() {
        let (_, head) = Page::begin("Scenarios", 1);
        assert!(head.find(PAGE).unwrap() + PAGE.len() < PAGE_BEGIN as usize);
        for (name, expected) in
            [("00001-it-passes", true), ("123456-a", true), ("00001", false), ("notes-1", false)]
        {
            assert_eq!(is_scenario(name), expected, "{name}");
        }
        for (name, expected) in [
            ("ladder.svg", true),
            ("journal.jsonl", true),
            ("12-ann.wav", true),
            ("ann.wav", false),
            ("notes.txt", false),
        ] {
            assert_eq!(is_of_scenario(name), expected, "{name}");
        }
    }
}
