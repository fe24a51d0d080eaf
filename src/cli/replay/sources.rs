//! The scenarios that are named: looked through first for what is wrong, then read one by one while they are played.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{golden, walk};
use crate::media::decode::decode;
use crate::scenario::{Diagnostic, Files, Loading, Read, Scenario, Span, TagExpression, Wanted};

/// Everything that was named. No scenario is kept: there may be more than fit into memory.
#[derive(Default)]
pub(in crate::cli) struct Sources {
    /// What is wrong, in the order in which it was named and stands.
    pub faults: Vec<Diagnostic>,
    /// How many scenarios can be played.
    pub scenarios: usize,
    /// How many files were read.
    pub files: usize,
    sources: Vec<Source>,
}

/// A file with something in it that can be played.
struct Source {
    file: PathBuf,
    /// What it is called.
    path: String,
    wanted: Wanted,
    /// As it was when it was looked through.
    digest: blake3::Hash,
    /// The golden transcripts it has; `None` where not all of it is known.
    golden: Option<BTreeSet<String>>,
}

/// What scenarios name beside them.
pub(in crate::cli) struct DiskFiles {
    folder: PathBuf,
}

impl Sources {
    /// Looks through all that is named, for those with the tags.
    pub(in crate::cli) fn read(
        paths: &[String],
        row: Option<usize>,
        tags: Option<&TagExpression>,
    ) -> Self {
        let mut sources = Self::default();
        for named in paths {
            let (path, line) = with_line(named);
            let found = walk::find(Path::new(&path));
            if found.is_empty() {
                let why = "there is no `.feature` file in it".to_owned();
                sources.faults.push(fault(&path, why, "`holdline scenario new NAME` makes one"));
            }
            for file in found {
                match file {
                    Ok(file) => sources.look_through(file, Wanted { line, row }, tags),
                    Err((path, why)) => {
                        let why = format!("it cannot be read: {why}");
                        let advice = "name a `.feature` file or a folder of them";
                        sources.faults.push(fault(&walk::shown(&path), why, advice));
                    }
                }
            }
        }
        sources
    }

    fn look_through(&mut self, file: PathBuf, wanted: Wanted, tags: Option<&TagExpression>) {
        self.files += 1;
        let path = walk::shown(&file);
        let bytes = match walk::bytes_of(&file) {
            Ok(bytes) => bytes,
            Err(why) => {
                let why = format!("it cannot be read: {why}");
                return self.faults.push(fault(&path, why, ""));
            }
        };
        let digest = blake3::hash(&bytes);
        let mut reading = Reading::new(bytes, &file, &path, wanted);
        let (mut faults, mut scenarios) = (Vec::new(), 0);
        while let Some(read) = reading.next() {
            match read {
                Read::Scenario(scenario) => scenarios += usize::from(is_meant(&scenario, tags)),
                Read::Fault(fault) => faults.push(fault),
            }
        }
        let whole = wanted == Wanted::default() && tags.is_none() && faults.is_empty();
        let golden = whole.then_some(reading.golden);
        faults.sort_by_key(|fault| fault.at);
        self.faults.append(&mut faults);
        self.scenarios += scenarios;
        if scenarios > 0 {
            self.sources.push(Source { file, path, wanted, digest, golden });
        }
    }

    /// The scenarios with these tags, file by file, each read when it is its turn; or that a file is no longer what it was.
    pub(super) fn scenarios<'a>(
        &'a self,
        tags: Option<&'a TagExpression>,
    ) -> impl Iterator<Item = Result<Box<Scenario>, Diagnostic>> + Send + 'a {
        self.sources.iter().flat_map(move |source| {
            let (reading, changed) = match source.read_again() {
                Ok(reading) => (Some(reading), None),
                Err(why) => (None, Some(Err(why))),
            };
            let read = reading.into_iter().flat_map(|mut reading| {
                std::iter::from_fn(move || reading.next()).filter_map(|read| match read {
                    Read::Scenario(scenario) => Some(scenario),
                    // It was told when the file was looked through.
                    Read::Fault(_) => None,
                })
            });
            changed.into_iter().chain(read.filter(move |one| is_meant(one, tags)).map(Ok))
        })
    }

    /// Takes away the golden transcripts of scenarios that are no longer there, of files of which all was played.
    pub(super) fn forget_golden(&self) -> anyhow::Result<()> {
        for source in &self.sources {
            if let Some(kept) = &source.golden {
                golden::forget_others(&source.path, kept)?;
            }
        }
        Ok(())
    }
}

impl Source {
    fn read_again(&self) -> Result<Reading, Diagnostic> {
        let wrong = |why: String| fault(&self.path, why, "run it again when nobody writes to it");
        let bytes = walk::bytes_of(&self.file)
            .map_err(|why| wrong(format!("it can no longer be read: {why}")))?;
        match blake3::hash(&bytes) == self.digest {
            true => Ok(Reading::new(bytes, &self.file, &self.path, self.wanted)),
            false => Err(wrong("it was changed after it was first read".to_owned())),
        }
    }
}

/// A file while it is read.
struct Reading {
    bytes: Vec<u8>,
    files: DiskFiles,
    path: String,
    loading: Loading,
    /// The golden transcripts so far.
    golden: BTreeSet<String>,
}

impl Reading {
    fn new(bytes: Vec<u8>, file: &Path, path: &str, wanted: Wanted) -> Self {
        Self {
            files: DiskFiles::beside(file),
            path: path.to_owned(),
            loading: Loading::new(path, &bytes, wanted),
            bytes,
            golden: BTreeSet::new(),
        }
    }

    fn next(&mut self) -> Option<Read> {
        let read = self.loading.next(&self.bytes, &self.files)?;
        if let Read::Scenario(scenario) = &read
            && golden::is_golden(scenario)
            && !self.golden.insert(golden::name_of(scenario))
        {
            let (line, name) = (scenario.line, &scenario.name);
            return Some(Read::Fault(Diagnostic {
                at: Span::new(line, 1, 1),
                ..fault(
                    &self.path,
                    format!(
                        "another scenario with a golden transcript has the same name: {name:?}"
                    ),
                    "give each a name of its own; an outline's may have a placeholder",
                )
            }));
        }
        Some(read)
    }
}

impl DiskFiles {
    /// Of the scenarios in that file.
    pub(in crate::cli) fn beside(file: &Path) -> Self {
        Self { folder: file.parent().map(Path::to_owned).unwrap_or_default() }
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, String> {
        walk::bytes_of(&self.folder.join(name))
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

fn is_meant(scenario: &Scenario, tags: Option<&TagExpression>) -> bool {
    tags.is_none_or(|tags| tags.matches(&scenario.tags))
}

/// `FILE:LINE`, if what stands before the colon is a file and what stands behind it a number.
pub(super) fn with_line(named: &str) -> (String, Option<usize>) {
    match named.rsplit_once(':') {
        Some((path, line)) if !Path::new(named).exists() => match line.parse() {
            Ok(line) => (path.to_owned(), Some(line)),
            Err(_no_number) => (named.to_owned(), None),
        },
        Some(_) | None => (named.to_owned(), None),
    }
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
