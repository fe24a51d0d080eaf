//! How it looks at a step: which one, what caused it, what happened; each leg, each meeting.

use super::super::lines::line;
use super::walk::Walk;
use crate::domain::{MeetingPhase, Uptime};
use crate::exchange::{Hears, LegView, RoomView};
use crate::media::plane::Piece;

/// Which step it is, and when.
pub(super) fn head(walk: &Walk<'_>) -> String {
    let (place, len) = (walk.place(), walk.len());
    match walk.stop() {
        None => format!("before the first of {len} steps"),
        Some(stop) => {
            let utc = walk.journal.config.epoch + stop.at.since(Uptime::ZERO);
            format!("step {place} of {len}   {}   {utc}", stop.at)
        }
    }
}

/// What caused it.
pub(super) fn because(walk: &Walk<'_>) -> String {
    walk.stop().map_or_else(String::new, |stop| format!("because {}", stop.cause))
}

/// What happened in it.
pub(super) fn happened(walk: &Walk<'_>) -> Vec<String> {
    walk.stop().map_or_else(Vec::new, |stop| stop.events.iter().map(line).collect())
}

/// Each leg, one a line.
pub(super) fn legs(walk: &Walk<'_>) -> Vec<String> {
    walk.exchange().view_legs().iter().map(leg).collect()
}

/// Each meeting, one a line.
pub(super) fn rooms(walk: &Walk<'_>) -> Vec<String> {
    walk.exchange().view_rooms().iter().map(room).collect()
}

fn leg(view: &LegView) -> String {
    let hears = match (view.hears, view.piece) {
        (Hears::Nothing, _) => "nothing yet".to_owned(),
        (Hears::Silence, _) => "silence".to_owned(),
        (Hears::Prompt, Some(Piece::Prompt(spoken))) => format!("“{}”", spoken.prompt),
        (Hears::Prompt, Some(Piece::Tone(tone))) => format!("the {} tone", tone.name()),
        (Hears::Prompt, Some(Piece::Name(_))) => "a name".to_owned(),
        (Hears::Prompt, None) => "a prompt".to_owned(),
        (Hears::Music, _) => "hold music".to_owned(),
        (Hears::Bridge, _) => "the meeting".to_owned(),
        (Hears::BridgeOnly, _) => "the meeting, unheard there".to_owned(),
    };
    let part = match (view.meeting, view.role) {
        (Some(meeting), Some(role)) => format!("{meeting}, {role:?}").to_lowercase(),
        (Some(meeting), None) => meeting.to_string(),
        (None, _) => String::new(),
    };
    let (leg, state) = (view.leg.to_string(), view.state);
    format!("{leg:<11}  {state:<22}  hears {hears:<30}  {part}").trim_end().to_owned()
}

fn room(view: &RoomView) -> String {
    let phase = match view.phase {
        MeetingPhase::Waiting => "waits to be started",
        MeetingPhase::Live => "runs",
        MeetingPhase::Ended => "is over",
    };
    let RoomView { meeting, conference_id, members, waiting, .. } = view;
    let meeting = meeting.to_string();
    format!("{meeting:<11}  {conference_id}  {phase}, {members} in it, {waiting} in the lobby")
}
