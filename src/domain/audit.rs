//! The audit: what was altered in the organization, when, and by whom.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::directory::Change;
use super::id::{MeetingId, UserId};
use super::time::UtcTime;

/// Under whose name something is altered, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Who alters it.
    pub by: Actor,
    /// When.
    pub at: UtcTime,
}

/// Who can alter something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// An administrator.
    Administrator,
    /// A user, of their own.
    User(UserId),
    /// The bridge, by itself.
    Bridge,
}

/// What was altered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Altered {
    /// Something of a user.
    User(UserId),
    /// A meeting.
    Meeting(MeetingId),
}

/// One line of the audit. Holds no PIN and no digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct AuditEntry {
    /// When; `None` of one from before times were kept.
    pub at: Option<UtcTime>,
    /// By whom; `None` of one from before that was kept.
    pub by: Option<Actor>,
    /// The name of the change: `pin-replaced`.
    pub what: String,
    /// Of whom or what; `None` of the organization.
    pub of: Option<Altered>,
}

impl AuditEntry {
    /// What a change is in the audit.
    #[must_use]
    pub fn of(change: &Change, signed: Signed) -> Self {
        let (what, of) = name(change);
        Self { at: Some(signed.at), by: Some(signed.by), what: what.to_owned(), of }
    }
}

impl Altered {
    /// Of what kind it is, `user` or `meeting`, and its number.
    #[must_use]
    pub fn kind_and_number(self) -> (&'static str, u64) {
        match self {
            Self::User(user) => ("user", user.number()),
            Self::Meeting(meeting) => ("meeting", meeting.number()),
        }
    }

    /// From what [`Altered::kind_and_number`] gave.
    #[must_use]
    pub fn from_kind_and_number(kind: &str, number: u64) -> Option<Self> {
        match kind {
            "user" => Some(Self::User(UserId::new(number))),
            "meeting" => Some(Self::Meeting(MeetingId::new(number))),
            _none => None,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Administrator => f.write_str("administrator"),
            Self::User(user) => write!(f, "user {}", user.number()),
            Self::Bridge => f.write_str("bridge"),
        }
    }
}

impl fmt::Display for Altered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, number) = self.kind_and_number();
        write!(f, "{kind} {number}")
    }
}

fn name(change: &Change) -> (&'static str, Option<Altered>) {
    let user = |id: UserId| Some(Altered::User(id));
    let meeting = |id: MeetingId| Some(Altered::Meeting(id));
    match change {
        Change::SettingsChanged(_) => ("settings-changed", None),
        Change::AccessNumberAdded(_) => ("access-number-added", None),
        Change::UserAdded(added) => ("user-added", user(added.id)),
        Change::ConferencingEnabled { user: id, .. } => ("conferencing-enabled", user(*id)),
        Change::ConferencingDisabled { user: id, .. } => ("conferencing-disabled", user(*id)),
        Change::PinReplaced { user: id, .. } => ("pin-replaced", user(*id)),
        Change::PinRehashed { user: id, .. } => ("pin-rehashed", user(*id)),
        Change::PinUnlocked { user: id } => ("pin-unlocked", user(*id)),
        Change::ConferenceIdReplaced { meeting: id, .. } => {
            ("conference-id-replaced", meeting(*id))
        }
        Change::UserRulesChanged { user: id, .. } => ("user-rules-changed", user(*id)),
        Change::MeetingAdded(added) => ("meeting-added", meeting(added.id)),
        Change::MeetingRulesChanged { meeting: id, .. } => ("meeting-rules-changed", meeting(*id)),
        Change::MeetingExpires { meeting: id, .. } => ("meeting-expires", meeting(*id)),
        Change::MeetingRemoved { meeting: id, .. } => ("meeting-removed", meeting(*id)),
    }
}
