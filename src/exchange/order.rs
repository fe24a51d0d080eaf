//! What somebody who is not on a telephone wants done in a meeting: an app user, the API, the directory.

use serde::{Deserialize, Serialize};

use crate::domain::{LegId, MeetingCard};

/// An order to a meeting that has somebody in it or waiting for it. The driver has checked that whoever gives it may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "order")]
pub enum Order {
    /// Admit all who wait.
    AdmitAll,
    /// Admit one who waits.
    Admit {
        /// Whom.
        whom: LegId,
    },
    /// Send one who waits away.
    Refuse {
        /// Whom.
        whom: LegId,
    },
    /// Send a member away.
    Remove {
        /// Whom.
        whom: LegId,
    },
    /// Mute a member; by [`MeetingRules::mute_all`](crate::domain::settings::MeetingRules::mute_all) for good.
    Mute {
        /// Whom.
        whom: LegId,
    },
    /// Let a member speak again.
    LetSpeak {
        /// Whom.
        whom: LegId,
    },
    /// Mute all but the organizers, and whoever comes later.
    MuteAll,
    /// Let all speak again.
    LetAllSpeak,
    /// Let nobody else in.
    Lock,
    /// Let others in again.
    Unlock,
    /// Let it be heard when someone comes or goes.
    AnnouncementsOn,
    /// Let it not be heard.
    AnnouncementsOff,
    /// End the meeting for all.
    End,
    /// The meeting is cancelled: whoever is in it or waits for it is told so.
    Cancel,
    /// Its rules have changed, or it was re-scheduled: from now on it runs by this card.
    Change {
        /// The meeting as it is now.
        card: Box<MeetingCard>,
    },
    /// What was to keep its recording cannot, for instance because a disk is full: it is no longer recorded.
    RecordingFailed,
}

impl Order {
    /// Its name in a trace.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::AdmitAll => "admit-all",
            Self::Admit { .. } => "admit",
            Self::Refuse { .. } => "refuse",
            Self::Remove { .. } => "remove",
            Self::Mute { .. } => "mute",
            Self::LetSpeak { .. } => "let-speak",
            Self::MuteAll => "mute-all",
            Self::LetAllSpeak => "let-all-speak",
            Self::Lock => "lock",
            Self::Unlock => "unlock",
            Self::AnnouncementsOn => "announcements-on",
            Self::AnnouncementsOff => "announcements-off",
            Self::End => "end",
            Self::Cancel => "cancel",
            Self::Change { .. } => "change",
            Self::RecordingFailed => "recording-failed",
        }
    }
}
