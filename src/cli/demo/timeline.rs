//! Prints the story as it goes: one line for each thing a caller would notice.

use super::super::in_words::{Worth, in_words, shown};
use super::Told;
use super::files::Folder;
use crate::caller::Script;
use crate::cli::said::say;
use crate::domain::LegId;
use crate::exchange::{Happened, TraceEvent};

/// The printed timeline.
pub(super) struct Timeline {
    names: Vec<String>,
    keys: Vec<String>,
}

impl Timeline {
    pub(super) fn new(scripts: &[Script]) -> Self {
        Self {
            names: scripts.iter().map(|script| script.name.clone()).collect(),
            keys: vec![String::new(); scripts.len()],
        }
    }

    pub(super) fn head(&self, seed: u64, live: bool) {
        let clock = if live { "live, on the wall clock" } else { "in virtual time" };
        say(format_args!("The story, {clock}, seed {seed}\n"));
    }

    /// Prints one event, if it is worth a line.
    pub(super) fn show(&mut self, event: &TraceEvent) {
        let place = event.leg.map(place_of);
        if let (Happened::Key { key }, Some(place)) = (&event.happened, place) {
            self.keys[place].push(shown(*key));
            return;
        }
        let (Worth::Noticed, line) = in_words(&event.happened) else { return };
        if let Some(place) = place {
            let keys = std::mem::take(&mut self.keys[place]);
            if !keys.is_empty() {
                self.print(event, Some(place), &format!("keys  {keys}"));
            }
        }
        self.print(event, place, &line);
    }

    fn print(&self, event: &TraceEvent, place: Option<usize>, line: &str) {
        let name = place.map_or("the meeting", |place| &self.names[place]);
        say(format_args!("{}  {name:<11}  {line}", event.at));
    }

    /// Says what came of it and where to look.
    pub(super) fn foot(&self, told: &Told, folder: &Folder) {
        let started = told
            .trace
            .iter()
            .find(|event| matches!(event.happened, Happened::MeetingStarted { .. }));
        let admitted = told.trace.iter().filter(|event| {
            matches!(event.happened, Happened::Admitted { .. })
                && Some(event.at) == started.map(|started| started.at)
        });
        if let Some(started) = started {
            let count = admitted.count();
            say(format_args!("\n{count} callers were let in, in the one step at {}.", started.at));
        }
        say(format_args!("Look at {}", folder.page().display()));
    }
}

/// Legs are numbered from 1 in the order of the scripts.
fn place_of(leg: LegId) -> usize {
    usize::try_from(leg.number()).unwrap_or(1).saturating_sub(1)
}
