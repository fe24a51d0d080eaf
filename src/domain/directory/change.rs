//! A change of the directory as a value: what `admin` decides, what a store commits, all or none.

use serde::{Deserialize, Serialize};

use super::super::conference_id::ConferenceId;
use super::super::id::{MeetingId, UserId};
use super::super::pin::PinDigest;
use super::super::time::UtcTime;
use super::meeting::Meeting;
use super::organization::{AccessNumber, OrganizationSettings};
use super::overrides::RuleOverrides;
use super::user::{PinOnFile, User};

/// Something that is different from here on. Holds digests, never a PIN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// The organization set something.
    SettingsChanged(Box<OrganizationSettings>),
    /// The bridge has one more number, the last of its list.
    AccessNumberAdded(AccessNumber),
    /// Someone belongs to the organization.
    UserAdded(User),
    /// A user may hold meetings by phone, and has a standing meeting.
    ConferencingEnabled {
        /// The user.
        user: UserId,
        /// Their standing meeting, which is new.
        meeting: MeetingId,
        /// Its conference ID.
        conference_id: ConferenceId,
        /// Their PIN.
        pin: PinOnFile,
    },
    /// A user may no longer: all their meetings are gone, the conference IDs rest.
    ConferencingDisabled {
        /// The user.
        user: UserId,
        /// Since when the conference IDs rest.
        at: UtcTime,
    },
    /// A user's old PIN is worth nothing any more.
    PinReplaced {
        /// The user.
        user: UserId,
        /// The digest of the PIN it takes the place of: another has been made in the meantime, and is left alone.
        old: PinDigest,
        /// Their PIN from here on.
        pin: PinOnFile,
    },
    /// A user's PIN is the same, but its digest was made anew at a greater cost. No PIN of the history.
    PinRehashed {
        /// The user.
        user: UserId,
        /// The digest it takes the place of: another is left alone, as the PIN was replaced in the meantime.
        old: PinDigest,
        /// The digest from here on.
        digest: PinDigest,
    },
    /// A user's PIN is not locked any more. The counters are the store's: the directory has none.
    PinUnlocked {
        /// The user.
        user: UserId,
    },
    /// A meeting has another conference ID; the old one rests.
    ConferenceIdReplaced {
        /// The meeting.
        meeting: MeetingId,
        /// From here on.
        conference_id: ConferenceId,
        /// Since when the old one rests.
        at: UtcTime,
    },
    /// A user's meetings depart from the organization's rules like this, and no more otherwise.
    UserRulesChanged {
        /// The user.
        user: UserId,
        /// All their overrides.
        rules: RuleOverrides,
    },
    /// There is one more meeting.
    MeetingAdded(Meeting),
    /// A meeting departs from its organizer's rules like this, and no more otherwise.
    MeetingRulesChanged {
        /// The meeting.
        meeting: MeetingId,
        /// All its overrides.
        rules: RuleOverrides,
    },
    /// A meeting's conference ID lives until then, or for ever.
    MeetingExpires {
        /// The meeting.
        meeting: MeetingId,
        /// Until when.
        at: Option<UtcTime>,
    },
    /// A scheduled meeting is gone; its conference ID rests.
    MeetingRemoved {
        /// The meeting.
        meeting: MeetingId,
        /// Since when the conference ID rests.
        at: UtcTime,
    },
}
