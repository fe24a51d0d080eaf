//! What an engine says to its doors and to whoever watches it.

use crate::domain::{HangupCause, MeetingId};
use crate::exchange::{JournalEntry, Speaker, TraceEvent, Violation};
use crate::media::Frame;

/// What a door is told about one of its legs.
#[derive(Clone, Debug)]
pub enum LineEvent {
    /// The exchange takes the call: answer it, then call [`Engine::answered`](super::Engine::answered).
    Answer,
    /// What the leg hears in the next 20 ms.
    Frame(Box<Frame>),
    /// Something has happened to the leg: only on a line that was opened to be told.
    Happened(Box<TraceEvent>),
    /// How many are in the leg's meeting, and how many wait for it; as above.
    Room {
        /// Members.
        members: u32,
        /// Those who wait.
        waiting: u32,
    },
    /// Whom the leg hears in its meeting, whenever that is somebody else; as above.
    Heard(Vec<Speaker>),
    /// The call is over; nothing more comes.
    HungUp(HangupCause),
}

/// Whether a door wants to know what happens to its leg, besides what it hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// It does: somebody looks at it.
    Told,
    /// It does not.
    SoundOnly,
}

/// What an engine tells whoever watches it.
#[derive(Clone, Debug)]
pub enum Seen {
    /// Something happened in one shard.
    Trace(usize, TraceEvent),
    /// An input of one shard's exchange, for a replay.
    Journal(usize, JournalEntry),
    /// 20 ms of a meeting's recording.
    Recorded(MeetingId, Box<Frame>),
    /// An invariant does not hold.
    Broken(Violation),
}

/// Frames a door may be behind before the newest is dropped and counted: half a second, and room for what is told. What does
/// not fit then and is so for a while, such as the state of the call, comes later; that the call is over always fits.
pub const LINE_EVENTS_MAX: usize = 25;

/// What a watcher may be behind before what is new is dropped and counted.
pub const SEEN_MAX: usize = 65_536;

/// Why a call cannot be offered.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum OfferError {
    /// Too much waits to be handled.
    #[error("the bridge has too much to do: refuse the call with Q.850 cause 42")]
    Busy,
    /// There is no such meeting, for an app user.
    #[error("there is no meeting with that conference ID")]
    NoSuchMeeting,
    /// The store did not answer.
    #[error("the store cannot answer: try again in a while")]
    StoreUnavailable,
}
