//! What happened, in words for people: of each event what somebody is, does or hears.

use super::{Happened, TraceEvent};
use crate::domain::EndReason;

/// Whether a caller or the organizer would notice it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// They would.
    Noticed,
    /// It is of interest to whoever looks inside.
    Inside,
}

/// One event in words, without who and when.
#[must_use]
pub fn in_words(happened: &Happened) -> (Worth, String) {
    let noticed = |words: String| (Worth::Noticed, words);
    let inside = |words: String| (Worth::Inside, words);
    match happened {
        Happened::Offered { caller: Some(caller), called } => {
            inside(format!("calls {called} from {caller}"))
        }
        Happened::Offered { caller: None, called } => {
            inside(format!("calls {called}, the number withheld"))
        }
        Happened::Answered => noticed("is answered".to_owned()),
        Happened::SignedIn => noticed("signs in".to_owned()),
        Happened::State { state } => inside(format!("state {state}")),
        Happened::Prompt { prompt } => noticed(format!("hears “{prompt}”")),
        Happened::PromptCut { prompt } => inside(format!("hears no more of “{prompt}”")),
        Happened::Name => inside("hears a name".to_owned()),
        Happened::NameCut => inside("hears no more of the name".to_owned()),
        Happened::NameTaken { ms: 0 } => noticed("says no name".to_owned()),
        Happened::NameTaken { .. } => noticed("says their name".to_owned()),
        Happened::Key { key } => inside(format!("keys  {}", shown(*key))),
        Happened::KeyIgnored => inside("keyed what means nothing here".to_owned()),
        Happened::MeetingFound { conference_id } => {
            noticed(format!("is known: meeting {conference_id}"))
        }
        Happened::NoSuchMeeting => noticed("keyed no meeting's conference ID".to_owned()),
        Happened::PinAccepted => noticed("has keyed the right PIN".to_owned()),
        Happened::PinRefused => noticed("has keyed a wrong PIN".to_owned()),
        Happened::StoreUnavailable => noticed("gets no answer from the store".to_owned()),
        Happened::HandedOver => inside("goes over to another shard".to_owned()),
        Happened::TakenOver => inside("comes from another shard".to_owned()),
        Happened::Lobby => noticed("waits in the lobby".to_owned()),
        Happened::MusicOn => noticed("hears hold music".to_owned()),
        Happened::MusicOff => inside("hears no more hold music".to_owned()),
        Happened::MeetingStarted { by } => {
            noticed(format!("starts the meeting as {by:?}").to_lowercase())
        }
        Happened::Admitted { .. } => noticed("is in the meeting".to_owned()),
        Happened::MeetingWaits => noticed("waits again".to_owned()),
        Happened::MeetingEnded { reason } => noticed(format!("is over: {}", why_over(*reason))),
        Happened::Left { cause, q850 } => {
            noticed(format!("is gone: {} (Q.850 cause {q850})", cause.name()))
        }
        Happened::Language { language } => noticed(format!("chooses {language}")),
        Happened::Command { command } => noticed(format!("gives the command “{command}”")),
        Happened::Ordered { order } => noticed(format!("is told to {order}")),
        Happened::Presence { muted, silenced, hand_raised } => {
            let all = [
                (*muted, "muted"),
                (*silenced, "muted by the organizer"),
                (*hand_raised, "with a raised hand"),
            ];
            let so: Vec<_> =
                all.iter().filter(|(is_so, _)| *is_so).map(|(_, what)| *what).collect();
            let so =
                if so.is_empty() { "heard, with no hand raised".to_owned() } else { so.join(", ") };
            inside(format!("is {so}"))
        }
        Happened::Locked => noticed("is locked".to_owned()),
        Happened::Unlocked => noticed("is unlocked".to_owned()),
        Happened::Tone { tone } => inside(format!("hears the {tone} tone")),
        Happened::ToneCut { tone } => inside(format!("hears no more of the {tone} tone")),
        Happened::RecordingOn => inside("is recorded".to_owned()),
        Happened::RecordingOff => inside("is not recorded any more".to_owned()),
        Happened::RecordingFailed => {
            noticed("is no longer recorded: the recording failed".to_owned())
        }
        Happened::TicksSkipped { ticks } => {
            noticed(format!("misses {ticks} ticks: the driver was late"))
        }
    }
}

fn why_over(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Empty => "nobody is left",
        EndReason::AuthenticatedLeft => "the last authenticated member has left",
        EndReason::AuthenticatedLeftLongAgo => "the last authenticated member left long ago",
        EndReason::Organizer => "the organizer has ended it",
        EndReason::Cancelled => "it is cancelled",
        EndReason::CallersAlone => "callers alone have had their time",
        EndReason::LongestTime => "no meeting may last longer",
        EndReason::Stopping => "the bridge stops",
    }
}

/// Events in words, each with the one it begins with: keys of one leg that follow each other are one.
#[must_use]
pub fn told<'a>(trace: impl IntoIterator<Item = &'a TraceEvent>) -> Vec<(&'a TraceEvent, String)> {
    let mut told: Vec<(&TraceEvent, String)> = Vec::new();
    for event in trace {
        let Happened::Key { key } = event.happened else {
            told.push((event, in_words(&event.happened).1));
            continue;
        };
        match told.last_mut() {
            Some((first, keys)) if first.leg == event.leg && is_key(first) => keys.push(shown(key)),
            Some(_) | None => told.push((event, format!("keys  {}", shown(key)))),
        }
    }
    told
}

fn is_key(event: &TraceEvent) -> bool {
    matches!(event.happened, Happened::Key { .. })
}

/// A masked key as people see it: a dot for a digit.
#[must_use]
pub fn shown(key: char) -> char {
    if key == 'x' { '•' } else { key }
}
