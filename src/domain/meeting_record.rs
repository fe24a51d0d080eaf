//! What is kept of a meeting when it is over.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::conference_id::ConferenceId;
use super::id::{MeetingId, UserId};
use super::meeting::{EndReason, Role};
use super::time::UtcTime;

/// One run of a meeting, from its start to its end. A meeting that nobody starts leaves none; one that goes back to
/// the lobby and is started again leaves two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingRecord {
    /// The meeting.
    pub meeting: MeetingId,
    /// By what callers knew it when it was opened.
    pub conference_id: ConferenceId,
    /// Whose it is.
    pub organizer: UserId,
    /// When it was started.
    pub started_at: UtcTime,
    /// In which role the one who started it did.
    pub started_by: Role,
    /// From the start to the end.
    pub duration: Duration,
    /// Legs that were ever in it, each as often as it came.
    pub joined: u32,
    /// Legs in it at once at most.
    pub members_most: u32,
    /// How much of it was recorded.
    pub recorded: Duration,
    /// How it ended; `None` when it went back to waiting for someone entitled.
    pub ended: Option<EndReason>,
}
