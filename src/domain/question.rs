//! What the exchange asks the store, and what comes back.
//!
//! The store is truly outside: it may be slow, or gone. So a question goes out with a ticket, and the answer
//! comes back as an input like any other.

use serde::{Deserialize, Serialize};

use super::call_source::CallSource;
use super::conference_id::ConferenceId;
use super::digit::Entry;
use super::id::{LegId, MeetingId, UserId};
use super::settings::MeetingRules;

/// Ties an answer of the store to the question it answers: which of its leg's questions it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ticket {
    /// The leg on whose behalf the question is asked.
    pub leg: LegId,
    /// Counted from 1 over the whole call, whichever exchanges it goes through.
    pub question: u32,
}

/// Something only the store knows.
///
/// What was keyed goes along unchecked, whatever its length or letters: that every entry takes the same way
/// is what keeps the answer's timing from telling how wrong it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// May this caller call at all, or have there been too many wrong entries? Answered by [`Answer::MayCall`],
    /// [`Answer::KeptOut`] or [`Answer::Unavailable`].
    MayCall {
        /// Whence the call comes.
        from: CallSource,
    },
    /// Which meeting is this the conference ID of? Answered by [`Answer::Meeting`], [`Answer::NoSuchMeeting`]
    /// or [`Answer::Unavailable`].
    FindMeeting {
        /// What the caller keyed.
        entry: Entry,
        /// Whence the call comes: a wrong entry is counted there too.
        from: CallSource,
    },
    /// Is this the PIN of the meeting's organizer? Answered by [`Answer::Organizer`], [`Answer::PinMismatch`]
    /// or [`Answer::Unavailable`].
    VerifyPin {
        /// The meeting whose organizer the caller claims to be.
        meeting: MeetingId,
        /// What the caller keyed.
        entry: Entry,
        /// Whence the call comes: a wrong entry is counted there too.
        from: CallSource,
    },
}

/// What the store said. Kept in the journal: nothing in it tells what was keyed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The caller may call.
    MayCall,
    /// Too many wrong entries have come from there: the call gets a busy.
    KeptOut,
    /// The meeting with that conference ID.
    Meeting(Box<MeetingCard>),
    /// Unknown, expired or mistyped: which of them, nobody is told.
    NoSuchMeeting,
    /// The PIN is the organizer's.
    Organizer,
    /// The PIN is wrong, or it is locked: which of them, nobody is told.
    PinMismatch,
    /// The store cannot answer.
    Unavailable,
}

/// What the exchange needs to know of a meeting to run it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingCard {
    /// The meeting.
    pub meeting: MeetingId,
    /// By what callers know it.
    pub conference_id: ConferenceId,
    /// Whose PIN starts it.
    pub organizer: UserId,
    /// The rules it runs by, all defaults merged in.
    pub rules: MeetingRules,
}
