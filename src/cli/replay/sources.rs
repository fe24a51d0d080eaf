//! The files that are named: folders searched, scenarios read, what is wrong with them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::media::decode::decode;
use crate::scenario::{Diagnostic, Files, Scenario, Span, TagExpression, load};

/// Everything that was named.
#[derive(Default)]
pub(in crate::cli) struct Sources {
    /// What can be played, in the order in which it was named and stands.
    pub scenarios: Vec<Scenario>,
    /// What is wrong, in the same order.
    pub faults: Vec<Diagnostic>,
    /// Files that were read.
    pub files: usize,
}

/// What scenarios name beside them.
pub(in crate::cli) struct DiskFiles {
    folder: PathBuf,
}

/// Folders in each other: a link that leads back to where it is ends here.
const DEPTH_MAX: usize = 32;

impl Sources {
    /// Reads all that is named, and keeps those with the tags.
    pub(in crate::cli) fn read(paths: &[String], tags: Option<&TagExpression>) -> Self {
        let mut sources = Self::default();
        for named in paths {
            let (path, line) = with_line(named);
            let mut found = Vec::new();
            if let Err(why) = find(Path::new(&path), 0, &mut found) {
                sources.faults.push(fault(&path, why, "name a `.feature` file or a folder of them"));
            } else if found.is_empty() {
                let why = "there is no `.feature` file in it".to_owned();
                sources.faults.push(fault(&path, why, "`holdline scenario new NAME` makes one"));
            }
            for file in found {
                sources.read_file(&file, line, tags);
            }
        }
        sources
    }

    fn read_file(&mut self, file: &Path, line: Option<usize>, tags: Option<&TagExpression>) {
        self.files += 1;
        let path = shown(file);
        let bytes = match std::fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) => {
                return self.faults.push(fault(&path, format!("it cannot be read: {error}"), ""));
            }
        };
        let files = DiskFiles::beside(file);
        let loaded = load(&path, &bytes, &files);
        self.faults.extend(loaded.faults);
        let all = loaded.scenarios.len();
        let mut scenarios = loaded.scenarios;
        if let Some(line) = line {
            // The scenario whose first line is the last one at or before that line.
            let begin = scenarios.iter().map(|one| one.line).filter(|one| *one <= line).max();
            scenarios.retain(|one| Some(one.line) == begin);
            if scenarios.is_empty() && all > 0 {
                let why = format!("no scenario is at line {line}");
                self.faults.push(fault(&path, why, "name the line of its `Scenario:`"));
            }
        }
        scenarios.retain(|one| tags.is_none_or(|tags| tags.matches(&one.tags)));
        self.scenarios.append(&mut scenarios);
    }
}

impl DiskFiles {
    /// Of the scenarios in that file.
    pub(in crate::cli) fn beside(file: &Path) -> Self {
        Self { folder: file.parent().map(Path::to_owned).unwrap_or_default() }
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.folder.join(name)).map_err(|error| error.to_string())
    }
}

impl Files for DiskFiles {
    fn table(&self, name: &str) -> Result<Vec<u8>, String> {
        self.read(name)
    }

    fn sound(&self, name: &str) -> Result<Arc<[i16]>, String> {
        let samples = decode(self.read(name)?, name).map_err(|error| error.to_string())?;
        Ok(Arc::from(samples))
    }
}

/// `FILE:LINE`, if what stands before the colon is a file and what stands behind it a number.
fn with_line(named: &str) -> (String, Option<usize>) {
    match named.rsplit_once(':') {
        Some((path, line)) if !Path::new(named).exists() => match line.parse() {
            Ok(line) => (path.to_owned(), Some(line)),
            Err(_no_number) => (named.to_owned(), None),
        },
        Some(_) | None => (named.to_owned(), None),
    }
}

/// All `.feature` files at and below a path, by name.
fn find(path: &Path, depth: usize, into: &mut Vec<PathBuf>) -> Result<(), String> {
    let what = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !what.is_dir() {
        into.push(path.to_owned());
        return Ok(());
    }
    if depth > DEPTH_MAX {
        return Err(format!("folders lie more than {DEPTH_MAX} deep in each other"));
    }
    let entries = std::fs::read_dir(path).map_err(|error| error.to_string())?;
    let mut entries: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())?;
    entries.sort();
    for entry in entries {
        let is_feature = entry.extension().is_some_and(|ending| ending == "feature");
        if entry.is_dir() || is_feature {
            find(&entry, depth + 1, into)?;
        }
    }
    Ok(())
}

fn shown(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/").replacen("//", "/", 1)
}

fn fault(path: &str, problem: String, advice: &str) -> Diagnostic {
    Diagnostic {
        path: path.to_owned(),
        at: Span::new(1, 1, 1),
        source: String::new(),
        problem,
        advice: advice.to_owned(),
    }
}
