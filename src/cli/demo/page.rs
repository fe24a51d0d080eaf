//! The page that shows a telling.

use super::Told;
use crate::report::{CallerTrack, Story};

const TITLE: &str = "Everyone waits until the organizer's PIN";
const SUMMARY: &str = "Two callers wait with music, a stranger is sent away after three wrong PINs, the organizer keys \
                       the right one, and all three are in the meeting in the same step.";

/// The story as a report takes it.
pub(super) fn story(told: &Told) -> Story<'_> {
    let callers = told.callers.iter().map(|caller| CallerTrack {
        leg: caller.leg,
        name: &caller.name,
        number: caller.number,
        voice_hz: caller.voice_hz,
        answered_at: caller.answered_at,
        left: caller.left,
        heard: &caller.heard,
    });
    Story {
        title: TITLE,
        summary: SUMMARY,
        callers: callers.collect(),
        trace: &told.trace,
        recording: told.recordings.values().next().map(Vec::as_slice),
    }
}
