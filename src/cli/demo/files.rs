//! What a demo leaves behind.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;

use super::{CallerTold, Told};
use crate::domain::LegId;
use crate::media::wav;
use crate::report::{ladder, page};

/// The folder that is written to, known to take files.
pub(super) struct Folder {
    path: PathBuf,
}

#[derive(Serialize)]
struct CallerLine<'a> {
    name: &'a str,
    tone_hz: u32,
    answered_ms: Option<u64>,
    left_ms: Option<u64>,
}

impl Folder {
    /// Makes the folder if it is not there, and makes sure before anything else that it takes files.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let advice = || {
            format!(
                "cannot write to the folder {}: choose another with --out, or make it writable",
                path.display()
            )
        };
        fs::create_dir_all(path).with_context(advice)?;
        let probe = path.join(".holdline-probe");
        fs::write(&probe, []).and_then(|()| fs::remove_file(&probe)).with_context(advice)?;
        Ok(Self { path: path.to_owned() })
    }

    /// The page to look at.
    pub(super) fn page(&self) -> PathBuf {
        self.path.join("index.html")
    }

    /// Writes everything.
    pub(super) fn write(&self, told: &Told) -> anyhow::Result<()> {
        for caller in &told.callers {
            self.put(&format!("{}.wav", caller.name), &wav::encode(&caller.heard))?;
        }
        let recording = told.recordings.values().next().map_or(&[][..], Vec::as_slice);
        self.put("meeting.wav", &wav::encode(recording))?;
        let name = |leg: LegId| {
            let caller = told.callers.iter().find(|caller| caller.leg == leg);
            caller.map_or_else(|| leg.to_string(), |caller| caller.name.clone())
        };
        let trace: String = told.trace.iter().map(|event| event.to_json(name) + "\n").collect();
        self.put("trace.jsonl", trace.as_bytes())?;
        let callers: Vec<_> = told.callers.iter().map(line_of).collect();
        let callers = serde_json::to_string_pretty(&callers)? + "\n";
        self.put("callers.json", callers.as_bytes())?;
        let story = super::page::story(told);
        self.put("ladder.svg", ladder::svg(&story).as_bytes())?;
        self.put("index.html", page(&story).as_bytes())
    }

    fn put(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let path = self.path.join(name);
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))
    }
}

fn line_of(caller: &CallerTold) -> CallerLine<'_> {
    CallerLine {
        name: &caller.name,
        tone_hz: caller.voice_hz,
        answered_ms: caller.answered_at.map(|at| at.as_millis()),
        left_ms: caller.left.map(|(at, _cause)| at.as_millis()),
    }
}
