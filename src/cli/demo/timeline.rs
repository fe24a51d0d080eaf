//! Prints the story as it goes: one line for each thing a caller would notice.
#![expect(clippy::print_stdout, reason = "this is what the command is asked to print")]

use super::Told;
use super::files::Folder;
use crate::caller::Script;
use crate::domain::{LegId, MeetingPhase};
use crate::exchange::{Happened, TraceEvent};

/// The printed timeline.
pub(super) struct Timeline {
    names: Vec<String>,
    keys: Vec<String>,
    phase: MeetingPhase,
}

impl Timeline {
    pub(super) fn new(scripts: &[Script]) -> Self {
        Self {
            names: scripts.iter().map(|script| script.name.clone()).collect(),
            keys: vec![String::new(); scripts.len()],
            phase: MeetingPhase::Waiting,
        }
    }

    pub(super) fn head(&self, seed: u64, live: bool) {
        let clock = if live { "live, on the wall clock" } else { "in virtual time" };
        println!("The story, {clock}, seed {seed}\n");
    }

    /// Prints one event, if it is worth a line.
    pub(super) fn show(&mut self, event: &TraceEvent) {
        let place = event.leg.map(place_of);
        if let (Happened::Key { key }, Some(place)) = (&event.happened, place) {
            self.keys[place].push(if *key == 'x' { '•' } else { *key });
            return;
        }
        let Some(line) = self.line(&event.happened) else { return };
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
        println!("{}  {name:<11}  {line}", event.at);
    }

    fn line(&mut self, happened: &Happened) -> Option<String> {
        Some(match happened {
            Happened::Answered => "is answered".to_owned(),
            Happened::SignedIn => "signs in".to_owned(),
            Happened::Prompt { prompt } => format!("hears “{prompt}”"),
            Happened::NameTaken { ms: 0 } => "says no name".to_owned(),
            Happened::NameTaken { .. } => "says their name".to_owned(),
            Happened::MeetingFound { conference_id } => {
                format!("is known: meeting {conference_id}")
            }
            Happened::NoSuchMeeting => "keyed no meeting's conference ID".to_owned(),
            Happened::PinAccepted => "has keyed the right PIN".to_owned(),
            Happened::PinRefused => "has keyed a wrong PIN".to_owned(),
            Happened::StoreUnavailable => "gets no answer from the store".to_owned(),
            Happened::Lobby => "waits in the lobby".to_owned(),
            Happened::MusicOn => "hears hold music".to_owned(),
            Happened::MeetingStarted { by } => {
                self.phase = MeetingPhase::Live;
                format!("starts the meeting as {by:?}").to_lowercase()
            }
            Happened::Admitted { .. } => "is in the meeting".to_owned(),
            Happened::MeetingWaits => "waits again".to_owned(),
            Happened::MeetingEnded { reason } => {
                self.phase = MeetingPhase::Ended;
                format!("is over: {reason:?}").to_lowercase()
            }
            Happened::Left { cause, q850 } => format!("is gone: {cause:?} (Q.850 cause {q850})"),
            Happened::Language { language } => format!("chooses {language}"),
            Happened::Command { command } => format!("gives the command “{command}”"),
            Happened::Ordered { order } => format!("is told to {order}"),
            Happened::Locked => "is locked".to_owned(),
            Happened::Unlocked => "is unlocked".to_owned(),
            Happened::RecordingFailed => "is no longer recorded: the recording failed".to_owned(),
            Happened::TicksSkipped { ticks } => {
                format!("misses {ticks} ticks: the driver was late")
            }
            Happened::Offered { .. }
            | Happened::State { .. }
            | Happened::PromptCut { .. }
            | Happened::HandedOver
            | Happened::TakenOver
            | Happened::Key { .. }
            | Happened::KeyIgnored
            | Happened::MusicOff
            | Happened::Presence { .. }
            | Happened::Tone { .. }
            | Happened::ToneCut { .. }
            | Happened::Name
            | Happened::NameCut
            | Happened::RecordingOn
            | Happened::RecordingOff => return None,
        })
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
            println!("\n{count} callers were let in, in the one step at {}.", started.at);
        }
        println!("Look at {}", folder.page().display());
    }
}

/// Legs are numbered from 1 in the order of the scripts.
fn place_of(leg: LegId) -> usize {
    usize::try_from(leg.number()).unwrap_or(1).saturating_sub(1)
}
