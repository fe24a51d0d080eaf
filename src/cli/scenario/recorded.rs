//! A recorded call in the journals of a bridge: which run, which files, which other calls belong to it.
#![expect(clippy::wildcard_enum_match_arm, reason = "each looks for the lines of one kind")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};

use super::super::call_id::CallId;
use super::super::trace::load;
use crate::domain::{ConferenceId, LegId, MeetingId, Record, Uptime, UtcTime};
use crate::exchange::{
    Happened, Input, Journal, JournalError, Recorded, Retold, TraceEvent, Whose, retell,
};
use crate::media::sounds::Sounds;

/// Files of journals, of one run or several.
pub(super) struct Files {
    /// Where they were looked for, for people.
    whence: String,
    /// By run, which the time tells apart at which its bridge began.
    runs: BTreeMap<UtcTime, Vec<PathBuf>>,
}

/// One run of a bridge in which there is a leg of that number.
pub(super) struct Run {
    files: Vec<ReadFile>,
}

/// A file that has been read.
enum ReadFile {
    /// As it speaks of the leg, or of something that was lost.
    Journal(Journal),
    /// As it does not, and may not be needed.
    Text(PathBuf, String),
}

/// Calls that belong together: those of one meeting at one time, or one that found no meeting.
pub(super) struct Group {
    pub journal: Journal,
    pub retold: Retold,
}

impl Files {
    /// All in the folder where a bridge keeps them.
    pub(super) fn in_folder(folder: &Path) -> anyhow::Result<Self> {
        let at = folder.display();
        let entries = std::fs::read_dir(folder).with_context(|| {
            format!(
                "no journals are in {at}: say with --data where the bridge keeps its data, or name them with --journal"
            )
        })?;
        let paths = entries.flatten().map(|entry| entry.path());
        let mut paths: Vec<_> =
            paths.filter(|path| path.extension().is_some_and(|ending| ending == "jsonl")).collect();
        paths.sort();
        ensure!(
            !paths.is_empty(),
            "no journals are in {at}: is `journal` switched off in the settings?"
        );
        Self::sorted(at.to_string(), paths)
    }

    /// These.
    pub(super) fn of(paths: &[PathBuf]) -> anyhow::Result<Self> {
        let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        Self::sorted(names.join(", "), paths.to_vec())
    }

    fn sorted(whence: String, paths: Vec<PathBuf>) -> anyhow::Result<Self> {
        let mut runs: BTreeMap<UtcTime, Vec<PathBuf>> = BTreeMap::new();
        for path in paths {
            match Journal::parse(&head_of(&path)?) {
                Ok(head) => runs.entry(head.config.epoch).or_default().push(path),
                // As a full disk or a kill leaves it: it tells of nobody.
                Err(error @ JournalError::Empty) => {
                    eprintln!("holdline: {}: {error}: it is left out", path.display());
                }
                Err(error) => {
                    return Err(error)
                        .with_context(|| format!("{} cannot be used", path.display()));
                }
            }
        }
        Ok(Self { whence, runs })
    }

    /// The run in which there is that call.
    pub(super) fn run_of(&self, id: CallId) -> anyhow::Result<Run> {
        let nowhere = || {
            format!(
                "no call {id} is in {}: `holdline calls` lists calls, and a journal is deleted after some time",
                self.whence
            )
        };
        // A bridge that began later has not had it; only one runs at a time.
        let mut runs = self.runs.iter().rev().filter(|(epoch, _)| {
            id.answered_at.is_none_or(|at| at.as_micros() + 1_000_000 > epoch.as_micros())
        });
        let mut found = Vec::new();
        for (_, files) in &mut runs {
            let run = Run::read(files, id.leg)?;
            if run.knows(id.leg) {
                found.push(run);
            }
            if id.answered_at.is_some() {
                break;
            }
        }
        if found.len() > 1 {
            let all: Vec<String> = found.iter().filter_map(|run| run.id_of(id.leg)).collect();
            bail!("{id} is in several runs: say which, {}", all.join(" or "));
        }
        found.pop().with_context(nowhere)
    }
}

/// The first line of a file, with its end.
fn head_of(path: &Path) -> anyhow::Result<String> {
    use std::io::BufRead as _;
    let cannot = || format!("{} cannot be read", path.display());
    let file = std::fs::File::open(path).with_context(cannot)?;
    let mut head = Vec::new();
    let limited = std::io::Read::take(std::io::BufReader::new(file), HEAD_BYTES_MAX);
    std::io::BufReader::new(limited).read_until(b'\n', &mut head).with_context(cannot)?;
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// A longer first line is no journal's.
const HEAD_BYTES_MAX: u64 = 1 << 20;

impl Run {
    /// Reads each file once. One that has neither the leg's number nor a loss is not understood as a whole.
    fn read(files: &[PathBuf], leg: LegId) -> anyhow::Result<Self> {
        let leg = leg.number();
        let marks = [format!("\"leg\":{leg},"), format!("\"leg\":{leg}}}"), "\"lost\":".to_owned()];
        let read = |path: &PathBuf| {
            let text = load::text_of(path)?;
            Ok(match marks.iter().any(|mark| text.contains(mark.as_str())) {
                true => ReadFile::Journal(load::parsed(path, &text)?),
                false => ReadFile::Text(path.clone(), text),
            })
        };
        Ok(Self { files: files.iter().map(read).collect::<anyhow::Result<_>>()? })
    }

    /// Those that speak of the leg, or of something that was lost.
    fn journals(&self) -> impl Iterator<Item = &Journal> {
        self.files.iter().filter_map(|file| match file {
            ReadFile::Journal(journal) => Some(journal),
            ReadFile::Text(..) => None,
        })
    }

    /// Those in which that leg begins.
    fn own(&self, leg: LegId) -> impl Iterator<Item = &Journal> {
        self.journals().filter(move |journal| journal.legs().contains(&leg))
    }

    /// What was lost, and before when.
    fn losses(&self) -> impl Iterator<Item = Loss<'_>> {
        let entries = self.journals().flat_map(|journal| &journal.entries);
        entries.filter_map(|entry| match &entry.recorded {
            Recorded::Lost { lost, legs, meetings } => {
                Some(Loss { at: entry.at, inputs: *lost, legs, meetings })
            }
            _ => None,
        })
    }

    /// Whether there is that leg in it, told whole or not.
    fn knows(&self, leg: LegId) -> bool {
        self.own(leg).next().is_some() || self.losses().any(|loss| loss.legs.contains(&leg))
    }

    /// By what name a leg of it is known.
    fn id_of(&self, leg: LegId) -> Option<String> {
        let entries = self
            .own(leg)
            .flat_map(|journal| journal.entries.iter().map(|entry| (journal.config.epoch, entry)));
        let mut answered = entries.filter_map(|(epoch, entry)| {
            let at = match &entry.recorded {
                Recorded::Input(Input::Answered { leg: one }) if *one == leg => entry.at,
                Recorded::Input(Input::AppJoins { leg: one, .. }) if *one == leg => entry.at,
                _ => return None,
            };
            Some(CallId::new(leg, epoch + at.since(Uptime::ZERO)).to_string())
        });
        answered.next()
    }

    /// What there is of these legs and that meeting in all files of the run.
    fn gather(
        &self,
        legs: &BTreeSet<LegId>,
        meeting: Option<MeetingId>,
    ) -> anyhow::Result<Journal> {
        let mut parts = Vec::new();
        for file in &self.files {
            let of_these = |journal: &Journal| {
                journal.only(|whose| match whose {
                    Whose::Leg(leg) => legs.contains(&leg),
                    Whose::Meeting(one) => Some(one) == meeting,
                    Whose::Everybody => true,
                })
            };
            let part = match file {
                ReadFile::Journal(journal) => of_these(journal),
                ReadFile::Text(path, text) => of_these(&load::parsed(path, text)?),
            };
            if !part.legs().is_empty() {
                parts.push(part);
            }
        }
        Ok(Journal::merge(&parts)?.without_sound())
    }
}

impl Group {
    /// The call with all of its meeting that were there while it was.
    pub(super) fn of(run: &Run, id: CallId, sounds: &Arc<Sounds>) -> anyhow::Result<Self> {
        let led: BTreeMap<LegId, MeetingId> = run.own(id.leg).flat_map(Journal::meetings).collect();
        let meeting = led.get(&id.leg).copied();
        check_nothing_lost(run, id.leg, meeting)?;
        let mut legs = BTreeSet::from([id.leg]);
        if meeting.is_some() {
            legs.extend(led.iter().filter(|(_, to)| Some(**to) == meeting).map(|(leg, _)| *leg));
        }
        let all = Self::told(run.gather(&legs, meeting)?, sounds)?;
        let group = all.only(&all.together_with(id.leg), sounds)?;
        match id.answered_at {
            Some(_) if group.id_of(id.leg) != Some(id) => {
                let is = group.id_of(id.leg).map_or_else(|| "none".to_owned(), |id| id.to_string());
                bail!("no call {id} is in the journals of that run: its {} is {is}", id.leg)
            }
            Some(_) | None => Ok(group),
        }
    }

    fn told(journal: Journal, sounds: &Arc<Sounds>) -> anyhow::Result<Self> {
        let retold = retell(&journal, sounds)?;
        Ok(Self { journal, retold })
    }

    /// Without the others.
    fn only(&self, legs: &BTreeSet<LegId>, sounds: &Arc<Sounds>) -> anyhow::Result<Self> {
        let journal = self.journal.only(|whose| match whose {
            Whose::Leg(leg) => legs.contains(&leg),
            Whose::Meeting(_) | Whose::Everybody => true,
        });
        Self::told(journal, sounds)
    }

    /// Those who were there while it was, or while one of those was, and so on.
    fn together_with(&self, leg: LegId) -> BTreeSet<LegId> {
        let mut spans: BTreeMap<LegId, (Uptime, Uptime)> = BTreeMap::new();
        for event in &self.retold.trace {
            let Some(whose) = event.leg else { continue };
            spans.entry(whose).or_insert((event.at, event.at)).1 = event.at;
        }
        // Who is still there at the end has no end.
        let left: BTreeSet<LegId> = (self.retold.trace.iter())
            .filter(|event| matches!(event.happened, Happened::Left { .. }))
            .filter_map(|event| event.leg)
            .collect();
        for (leg, span) in &mut spans {
            if !left.contains(leg) {
                span.1 = Uptime::from_micros(u64::MAX);
            }
        }
        let mut together = BTreeSet::from([leg]);
        loop {
            let overlaps = |(from, to): &(Uptime, Uptime)| {
                let others = together.iter().filter_map(|other| spans.get(other));
                others.clone().any(|(begin, end)| from <= end && begin <= to)
            };
            let more: Vec<LegId> = (spans.iter())
                .filter(|(leg, span)| !together.contains(leg) && overlaps(span))
                .map(|(leg, _)| *leg)
                .collect();
            if more.is_empty() {
                return together;
            }
            together.extend(more);
        }
    }

    /// The call with as few others as it takes that it goes just as it did.
    pub(super) fn with_what_matters_to(
        &self,
        leg: LegId,
        sounds: &Arc<Sounds>,
    ) -> anyhow::Result<Self> {
        let own = |told: &Self| -> Vec<TraceEvent> {
            told.retold.trace.iter().filter(|event| event.leg == Some(leg)).cloned().collect()
        };
        let (as_it_was, mut best) = (own(self), Self::told(self.journal.clone(), sounds)?);
        let mut kept = self.journal.legs();
        let mut share = kept.len();
        let mut tries = TRIES_MAX;
        while share > 0 {
            let others: Vec<LegId> = kept.iter().copied().filter(|other| *other != leg).collect();
            for without in others.chunks(share) {
                let fewer: BTreeSet<LegId> =
                    kept.iter().copied().filter(|one| !without.contains(one)).collect();
                if tries == 0 || fewer.len() == kept.len() {
                    continue;
                }
                tries -= 1;
                let told = self.only(&fewer, sounds)?;
                if own(&told) == as_it_was {
                    (best, kept) = (told, fewer);
                }
            }
            share /= 2;
        }
        Ok(best)
    }

    pub(super) fn legs(&self) -> Vec<LegId> {
        self.journal.legs().into_iter().collect()
    }

    /// By what callers know its meeting.
    pub(super) fn conference_id(&self) -> Option<ConferenceId> {
        let mut led = self.journal.entries.iter().filter_map(|entry| entry.recorded.leads_to());
        led.next().map(|card| card.conference_id)
    }

    /// When the first of its calls came.
    pub(super) fn begins_at(&self) -> UtcTime {
        let at = self.journal.entries.first().map_or(Uptime::ZERO, |entry| entry.at);
        self.journal.config.epoch + at.since(Uptime::ZERO)
    }

    /// By what name a call is known: as its record has it, or when it was answered, where it goes on.
    fn id_of(&self, leg: LegId) -> Option<CallId> {
        let of_record = self.retold.records.iter().find_map(|record| match record {
            Record::Call(record) if record.leg == leg => Some(CallId::of(record)),
            Record::Call(_) | Record::Meeting(_) => None,
        });
        of_record.or_else(|| {
            let answered = self.retold.trace.iter().find(|event| {
                event.leg == Some(leg)
                    && matches!(event.happened, Happened::Answered | Happened::SignedIn)
            })?;
            let at = self.journal.config.epoch + answered.at.since(Uptime::ZERO);
            Some(CallId::new(leg, at))
        })
    }
}

/// Replays that are tried to find the calls that matter.
const TRIES_MAX: usize = 200;

/// Inputs that were not kept.
struct Loss<'a> {
    /// They came before this.
    at: Uptime,
    inputs: u64,
    legs: &'a [LegId],
    meetings: &'a [MeetingId],
}

/// What was not kept cannot be told. Of a leg that is in a loss it stands in a file in which the leg does not begin.
fn check_nothing_lost(run: &Run, leg: LegId, meeting: Option<MeetingId>) -> anyhow::Result<()> {
    for Loss { at, inputs, legs, meetings } in run.losses() {
        let concerns =
            legs.contains(&leg) || meeting.is_some_and(|meeting| meetings.contains(&meeting));
        ensure!(
            !concerns,
            "{leg} cannot be told of: before {at} {inputs} inputs were not kept, as the disk was slow or full, and it or its meeting was there then"
        );
    }
    Ok(())
}
