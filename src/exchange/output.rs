//! What an exchange wants its driver to do.

use super::invariants::Violation;
use super::journal::JournalEntry;
use super::passing::Passing;
use super::trace::TraceEvent;
use crate::domain::{HangupCause, LegId, MeetingId, Question, Record, Ticket};

/// An order to the driver. Each says what the driver's duty is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Answer the call, then bring [`Input::Answered`](super::Input::Answered); or
    /// [`Input::HungUp`](super::Input::HungUp) if it is gone.
    Answer {
        /// The leg.
        leg: LegId,
    },
    /// Refuse or end the call with the cause's Q.850 number. The leg is gone for the exchange: what still comes of
    /// it is ignored and counted.
    HangUp {
        /// The leg.
        leg: LegId,
        /// Why.
        cause: HangupCause,
    },
    /// Look this up and bring the result back as [`Input::Answer`](super::Input::Answer) with the same ticket.
    ///
    /// A late or repeated answer is ignored and counted. If the store cannot answer, bring
    /// [`Answer::Unavailable`](crate::domain::Answer::Unavailable): the dialogue then apologises and ends the leg
    /// with Q.850 cause 41.
    Ask {
        /// Goes back with the answer.
        ticket: Ticket,
        /// What to look up.
        question: Question,
    },
    /// Bring this leg to the exchange that owns its meeting, as [`Input::TakeOver`](super::Input::TakeOver), and what it
    /// hears with ([`Exchange::take_listening`](super::Exchange::take_listening)). It is gone here, without a record.
    HandedOver(Box<Passing>),
    /// Put this record on file. If that fails, keep it and try again: nothing here waits for it.
    FileRecord(Box<Record>),
    /// The recording of this meeting is over: no more of it comes from
    /// [`Exchange::poll_recording`](super::Exchange::poll_recording).
    RecordingEnded(MeetingId),
    /// This exchange holds the meeting from now on: send its later app users here.
    MeetingOpened(MeetingId),
    /// This exchange no longer holds the meeting.
    MeetingClosed(MeetingId),
    /// Something happened. Nothing in it tells what was keyed at a PIN prompt. Only with
    /// [`Config::trace`](super::Config::trace).
    Trace(TraceEvent),
    /// Keep this in order: all of them together replay to the same trace. Only with
    /// [`Config::journal`](super::Config::journal).
    Journal(JournalEntry),
    /// An invariant does not hold: a fault of ours. A test fails with it; a live driver logs it as an error.
    Broken(Violation),
}
