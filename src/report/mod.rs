//! What one looks at afterwards: diagrams and pages from traces and verdicts, and the files that CI servers read. Pure; the same
//! story gives the same bytes.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a picture shows some kinds of events and leaves out the others"
)]

mod escape;
pub mod ladder;
mod page;
mod rows;
mod strip;
pub mod suite;

pub use escape::one_line;
pub use page::{event_line, page};

use crate::domain::{HangupCause, LegId, PhoneNumber, Uptime};
use crate::exchange::{Happened, TraceEvent};

/// A run as a report shows it.
#[derive(Clone, Debug)]
pub struct Story<'a> {
    /// What it is called.
    pub title: &'a str,
    /// One sentence about it.
    pub summary: &'a str,
    /// Who called, in the order of the columns.
    pub callers: Vec<CallerTrack<'a>>,
    /// What happened.
    pub trace: &'a [TraceEvent],
    /// The recording of the meeting, 8 kHz samples.
    pub recording: Option<&'a [i16]>,
}

/// One caller of a story.
#[derive(Clone, Debug)]
pub struct CallerTrack<'a> {
    /// The leg.
    pub leg: LegId,
    /// By what name the caller goes.
    pub name: &'a str,
    /// The number called from.
    pub number: Option<PhoneNumber>,
    /// The tone that is the caller's voice.
    pub voice_hz: u32,
    /// When the call was answered.
    pub answered_at: Option<Uptime>,
    /// When it was over, and why.
    pub left: Option<(Uptime, HangupCause)>,
    /// What was heard, 8 kHz samples, from the answer on.
    pub heard: &'a [i16],
}

impl Story<'_> {
    fn column_of(&self, leg: LegId) -> Option<usize> {
        self.callers.iter().position(|caller| caller.leg == leg)
    }

    /// The number a caller calls from, or that there is none.
    fn number_of(&self, caller: &CallerTrack<'_>) -> String {
        if let Some(number) = caller.number {
            return number.to_string();
        }
        let is_app = |event: &TraceEvent| {
            event.leg == Some(caller.leg) && event.happened == Happened::SignedIn
        };
        let by_app = self.trace.iter().any(is_app);
        if by_app { "by the app" } else { "number withheld" }.to_owned()
    }
}

/// How a call ended, in words for a reader.
fn ending(cause: HangupCause) -> &'static str {
    match cause {
        HangupCause::CallerHungUp => "hangs up",
        HangupCause::TrunkFailed => "the line broke",
        HangupCause::KeptOut => "busy: too many wrong entries",
        HangupCause::NoConferenceId => "sent away: no meeting found",
        HangupCause::WrongPin => "sent away: wrong PIN",
        HangupCause::LobbyTimeLimit => "sent away: waited too long",
        HangupCause::MeetingEnded => "sent away: meeting over",
        HangupCause::Refused => "sent away: not admitted",
        HangupCause::Removed => "sent away: removed",
        HangupCause::MeetingCancelled => "sent away: meeting cancelled",
        HangupCause::MeetingLocked => "sent away: meeting locked",
        HangupCause::MeetingFull => "sent away: meeting full",
        HangupCause::StoreUnavailable => "sent away: no answer from the store",
        HangupCause::BridgeFull => "refused: bridge full",
        HangupCause::Stopping => "sent away: service stops",
    }
}
