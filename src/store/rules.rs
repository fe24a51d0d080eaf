//! What every store does alike: how much it keeps, whose counters a change clears, when a meeting's record alters it.

use super::{Attempt, PinVerdict};
use crate::domain::directory::{CONFERENCE_ID_LIVES, Change, Meeting};
use crate::domain::id::UserId;
use crate::domain::lockout::Gate;
use crate::domain::meeting_record::MeetingRecord;
use crate::domain::pin::PinDigest;

/// Records of each kind kept: a day at a busy bridge. Beyond it the oldest is dropped.
pub(super) const RECORDS_MAX: usize = 1_000_000;

/// Lines of the audit kept: years of an administrator who alters a hundred things a day. Beyond it the oldest is dropped.
pub(super) const AUDIT_MAX: usize = 100_000;

/// Sources whose wrong entries are counted. Beyond it those are forgotten that have been quiet, else some: who keys wrong
/// from a hundred thousand numbers is not stopped by counting them.
pub(super) const CALLERS_MAX: usize = 100_000;

/// Letters that wait to be sent. Beyond it nothing is committed that would write one more: a PIN that nobody
/// can be told is worse than none.
pub(super) const LETTERS_WAITING_MAX: usize = 10_000;

/// Whose counters a change clears.
pub(super) fn unlocks(change: &Change) -> Option<UserId> {
    match change {
        Change::PinUnlocked { user } | Change::ConferencingDisabled { user, at: _ } => Some(*user),
        Change::SettingsChanged(_)
        | Change::AccessNumberAdded(_)
        | Change::UserAdded(_)
        | Change::ConferencingEnabled { .. }
        | Change::PinReplaced { .. }
        | Change::PinRehashed { .. }
        | Change::ConferenceIdReplaced { .. }
        | Change::UserRulesChanged { .. }
        | Change::MeetingAdded(_)
        | Change::MeetingRulesChanged { .. }
        | Change::MeetingExpires { .. }
        | Change::MeetingRemoved { .. } => None,
    }
}

/// A meeting that was held lives on: its conference ID expires so much later. None if that alters nothing.
pub(super) fn put_off_expiry(meeting: Option<&Meeting>, record: &MeetingRecord) -> Option<Change> {
    let expires_at = meeting?.expires_at?;
    let later = record.started_at + CONFERENCE_ID_LIVES;
    (expires_at < later)
        .then_some(Change::MeetingExpires { meeting: record.meeting, at: Some(later) })
}

/// The verdict on an attempt that stands: see [`Store::close_attempt`](super::Store::close_attempt).
pub(super) fn standing_verdict(
    attempt: &Attempt,
    verdict: PinVerdict,
    current: &PinDigest,
) -> PinVerdict {
    match (attempt.gate(), verdict) {
        (Gate::Open, PinVerdict::Match) if attempt.digest() == Some(current) => PinVerdict::Match,
        (Gate::Open, PinVerdict::Match | PinVerdict::Mismatch)
        | (Gate::Locked, PinVerdict::Match | PinVerdict::Mismatch) => PinVerdict::Mismatch,
    }
}
