//! A meeting as the directory knows it: who holds it and under which number. How it goes is `domain::meeting`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::conference_id::ConferenceId;
use super::super::id::{MeetingId, UserId};
use super::super::time::UtcTime;
use super::overrides::RuleOverrides;

/// A meeting callers can dial into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Meeting {
    /// The meeting.
    pub id: MeetingId,
    /// By what callers know it.
    pub conference_id: ConferenceId,
    /// Whose PIN starts it.
    pub organizer: UserId,
    /// Whether it is the organizer's own or one of those they made.
    pub kind: MeetingKind,
    /// What it is about; empty if nobody said.
    #[serde(default)]
    pub subject: String,
    /// Where it departs from the organizer's rules.
    #[serde(default)]
    pub rules: RuleOverrides,
    /// When its conference ID is worth nothing any more; `None` for never. Each start puts it off.
    #[serde(default)]
    pub expires_at: Option<UtcTime>,
}

impl Meeting {
    /// Whether its conference ID still leads to it.
    #[must_use]
    pub fn is_current(&self, now: UtcTime) -> bool {
        self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}

/// How long a scheduled meeting's conference ID lives after its end, or its latest start.
pub const CONFERENCE_ID_LIVES: Duration = Duration::from_secs(60 * 24 * 60 * 60);

/// How a meeting came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeetingKind {
    /// A user's own, made when they were enabled: it goes only when they are disabled.
    Standing,
    /// One the organizer made.
    Scheduled,
}
