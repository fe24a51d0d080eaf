//! A folder with files of scenarios in which the binary runs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;

pub const CAST: &str = "Feature: F\n  Background:\n    Given Megan organizes meeting 147852036 and her PIN is 907351846294\n";
pub const PASSES: &str =
    "  Scenario: It passes\n    When Ann dials in and keys {ID}##\n    Then Ann is in the lobby\n";
pub const FAILS: &str = "  Scenario: It fails\n    When Ann dials in and keys {ID}#*907351846294#\n    Then Ann is in the lobby within 1 second\n";
pub const BROKEN: &str =
    "  Scenario: It is broken\n    When Ann dails in and keys {ID}#*907351846294#\n";
pub const PIN: &str = "907351846294";

/// A folder with files of scenarios in which the binary runs.
pub struct Folder(pub tempfile::TempDir);

impl Folder {
    pub fn with(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        Self(folder)
    }

    pub fn feature(scenarios: &[&str]) -> Self {
        Self::with(&[("a.feature", (CAST.to_owned() + &scenarios.concat()).as_bytes())])
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The exit code and what was said.
    pub fn run(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::cargo_bin("holdline").unwrap();
        said(&command.current_dir(self.0.path()).args(arguments).output().unwrap())
    }

    pub fn only_file_in(&self, name: &str) -> PathBuf {
        let mut entries = fs::read_dir(self.path(name)).unwrap();
        let file = entries.next().unwrap().unwrap().path();
        assert!(entries.next().is_none(), "there are more in {name}");
        file
    }

    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(self.0.path(), "", &mut files);
        files
    }
}

pub fn collect(folder: &Path, name: &str, into: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{name}/{}", entry.file_name().into_string().unwrap());
        match entry.file_type().unwrap().is_dir() {
            true => collect(&entry.path(), &name, into),
            false => drop(into.insert(name, fs::read(entry.path()).unwrap())),
        }
    }
}

pub fn said(output: &Output) -> (i32, String) {
    let told = [&output.stdout[..], &output.stderr].concat();
    let told = String::from_utf8(told).unwrap();
    assert!(!told.contains("panicked"), "{told}");
    (output.status.code().unwrap(), told)
}
