//! What a run writes: of each scenario its files, and over all of them the page, JUnit XML and Cucumber JSON.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::run::make_folder;
use crate::domain::limits::SCENARIO_SOUND_FRAMES_MAX;
use crate::exchange::Journal;
use crate::media::wav;
use crate::report::suite::{
    Broken, Cucumber, Files, Fragment, Junit, Page, Shown, SoundPlace, fragment, ladder,
};
use crate::report::{CallerTrack, Story};
use crate::scenario::{Diagnostic, Outcome, Verdict};
use crate::sim::replay::Replayed;

/// What was written of one scenario, and what the page shows of it.
pub(super) struct ScenarioFiles {
    pub files: Files,
    fragment: Fragment,
    ladder: Option<String>,
}

impl ScenarioFiles {
    /// Writes ladder, trace, journal and sounds of a scenario below the run's folder.
    pub(super) fn write(
        folder: &Path,
        number: usize,
        seed: u64,
        embed_sound: bool,
        replayed: &Replayed,
    ) -> anyhow::Result<Self> {
        let seats = replayed.report.seats.iter();
        let heard: Vec<Vec<i16>> =
            seats.map(|seat| seat.heard.first_samples(SCENARIO_SOUND_FRAMES_MAX)).collect();
        let story = story(replayed, &heard);
        let verdict = &replayed.verdict;
        let story = (!story.callers.is_empty()).then_some(story);
        let files = Files::of(number, verdict, story.as_ref());
        make_folder(&folder.join(&files.folder))?;
        let put = |path: &str, bytes: &[u8]| {
            let path = folder.join(path);
            std::fs::write(&path, bytes)
                .with_context(|| format!("{} cannot be written", path.display()))
        };
        let drawing = story.as_ref().map(|story| ladder(verdict, story));
        if let (Some(path), Some(drawing)) = (&files.ladder, &drawing) {
            put(path, drawing.as_bytes())?;
        }
        if let Some(path) = &files.trace {
            let trace = &replayed.report.trace;
            let lines: String = trace
                .iter()
                .map(|event| event.to_json(|leg| replayed.name_of(leg)) + "\n")
                .collect();
            put(path, lines.as_bytes())?;
            // Of a process that was restarted one for each life, the last under the usual name.
            let journal = |path: &str, journal: &Journal| {
                put(&format!("{}/{path}", files.folder), journal.to_json_lines().as_bytes())
            };
            for (life, earlier) in (1..).zip(&replayed.report.earlier) {
                journal(&format!("journal-{life}.jsonl"), &earlier.journal)?;
            }
            journal("journal.jsonl", &replayed.report.journal)?;
        }
        for (path, samples) in files.sounds.iter().zip(&heard) {
            if let Some(path) = path {
                put(path, &wav::encode(samples))?;
            }
        }
        let sound = SoundPlace::of(verdict, embed_sound);
        let shown = Shown { verdict, story: story.as_ref(), files: &files, sound, seed };
        let fragment = fragment(&shown);
        let ladder = drawing.filter(|_| verdict.outcome() == Outcome::Failed);
        Ok(Self { files, fragment, ladder })
    }
}

/// A scenario that was played, as a report shows it.
fn story<'a>(replayed: &'a Replayed, heard: &'a [Vec<i16>]) -> Story<'a> {
    let tracks = replayed.calls.iter().zip(&replayed.report.seats).zip(heard);
    Story {
        title: &replayed.verdict.name,
        summary: &replayed.verdict.feature,
        callers: tracks
            .map(|((call, seat), heard)| CallerTrack {
                leg: call.leg,
                name: &call.name,
                number: call.number,
                voice_hz: call.voice_hz,
                answered_at: seat.answered_at,
                left: seat.left,
                heard,
            })
            .collect(),
        trace: &replayed.report.trace,
        recording: replayed.report.recordings.values().next().map(Vec::as_slice),
    }
}

/// The reports of a run, written as it goes.
pub(super) struct Reports {
    page: Option<(Page, Output)>,
    junit: Option<(Junit, Output)>,
    cucumber: Option<(Cucumber, Output)>,
    /// Told again when a page is opened later.
    faults: Vec<Diagnostic>,
}

/// A file being written.
struct Output {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Output {
    fn create(path: &Path) -> anyhow::Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            make_folder(folder)?;
        }
        let file =
            File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(Self { path: path.to_owned(), file: BufWriter::new(file) })
    }

    fn put(&mut self, text: &str) -> anyhow::Result<()> {
        let written = self.file.write_all(text.as_bytes());
        written.with_context(|| format!("{} cannot be written", self.path.display()))
    }

    fn close(mut self, text: &str) -> anyhow::Result<PathBuf> {
        self.put(text)?;
        self.file.flush().with_context(|| format!("{} cannot be written", self.path.display()))?;
        Ok(self.path)
    }
}

impl Reports {
    /// Opens what is wanted.
    pub(super) fn open(
        out: Option<&Path>,
        junit: Option<&Path>,
        json: Option<&Path>,
        seed: u64,
    ) -> anyhow::Result<Self> {
        let mut reports = Self { page: None, junit: None, cucumber: None, faults: Vec::new() };
        if let Some(path) = junit {
            let (document, text) = Junit::begin(seed);
            let mut output = Output::create(path)?;
            output.put(&text)?;
            reports.junit = Some((document, output));
        }
        if let Some(path) = json {
            let (document, text) = Cucumber::begin(seed);
            let mut output = Output::create(path)?;
            output.put(&text)?;
            reports.cucumber = Some((document, output));
        }
        if let Some(folder) = out {
            reports.open_page(folder, seed)?;
        }
        Ok(reports)
    }

    /// Opens the page in that folder, if it is not open.
    pub(super) fn open_page(&mut self, folder: &Path, seed: u64) -> anyhow::Result<()> {
        if self.page.is_some() {
            return Ok(());
        }
        let (mut page, text) = Page::begin("Scenarios", seed);
        let mut output = Output::create(&folder.join("index.html"))?;
        output.put(&text)?;
        for fault in &self.faults {
            let text = fault.to_string();
            output.put(&page.broken(&broken(fault, &text)))?;
        }
        self.page = Some((page, output));
        Ok(())
    }

    /// Something that could not be read.
    pub(super) fn broken(&mut self, fault: &Diagnostic) -> anyhow::Result<()> {
        let text = fault.to_string();
        let broken = broken(fault, &text);
        if let Some((page, output)) = &mut self.page {
            output.put(&page.broken(&broken))?;
        } else {
            self.faults.push(fault.clone());
        }
        if let Some((junit, output)) = &mut self.junit {
            output.put(&junit.broken(&broken))?;
        }
        if let Some((cucumber, output)) = &mut self.cucumber {
            output.put(&cucumber.broken(&broken))?;
        }
        Ok(())
    }

    /// The next scenario.
    pub(super) fn scenario(
        &mut self,
        verdict: &Verdict,
        written: Option<ScenarioFiles>,
    ) -> anyhow::Result<()> {
        let none = Files::default();
        let files = written.as_ref().map_or(&none, |written| &written.files);
        if let Some((junit, output)) = &mut self.junit {
            output.put(&junit.scenario(verdict, files))?;
        }
        if let Some((cucumber, output)) = &mut self.cucumber {
            let ladder = written.as_ref().and_then(|written| written.ladder.as_deref());
            output.put(&cucumber.scenario(verdict, files, ladder))?;
        }
        if let (Some((page, output)), Some(written)) = (&mut self.page, written) {
            output.put(&page.scenario(written.fragment))?;
        }
        Ok(())
    }

    /// Ends them all; gives where the page is.
    pub(super) fn close(self) -> anyhow::Result<Option<PathBuf>> {
        if let Some((junit, output)) = self.junit {
            output.close(&junit.end())?;
        }
        if let Some((cucumber, output)) = self.cucumber {
            output.close(&cucumber.end())?;
        }
        self.page.map(|(page, output)| output.close(&page.end())).transpose()
    }
}

fn broken<'a>(fault: &'a Diagnostic, text: &'a str) -> Broken<'a> {
    Broken { path: &fault.path, line: fault.at.line, column: fault.at.column, text }
}
