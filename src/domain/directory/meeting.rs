//! A meeting as the directory knows it: who holds it and under which number. How it goes is `domain::meeting`.

use serde::{Deserialize, Serialize};

use super::super::conference_id::ConferenceId;
use super::super::id::{MeetingId, UserId};
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
}

/// How a meeting came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeetingKind {
    /// A user's own, made when they were enabled: it goes only when they are disabled.
    Standing,
    /// One the organizer made.
    Scheduled,
}
