//! The directory as it is written down: lists instead of maps, no index. Reading it back checks it.

use serde::{Deserialize, Serialize};

use super::super::conference_id::ConferenceId;
use super::super::time::UtcTime;
use super::{Directory, DirectoryError, Meeting, Organization, User};

/// What is written: a file as one text, a database row by row. A [`Directory`] is made of it, and turns into it.
///
/// An excerpt is a directory too, if each meeting comes with its organizer, and each user with their standing meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StoredDirectory {
    /// The organization.
    pub organization: Organization,
    /// Its users, by id.
    #[serde(default)]
    pub users: Vec<User>,
    /// Their meetings, by id.
    #[serde(default)]
    pub meetings: Vec<Meeting>,
    /// The conference IDs that rest.
    #[serde(default)]
    pub released: Vec<Released>,
    /// The number of the next user's id; 0 for the first.
    #[serde(default)]
    pub next_user: u64,
    /// The number of the next meeting's id; 0 for the first.
    #[serde(default)]
    pub next_meeting: u64,
}

/// A conference ID that rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Released {
    /// Which.
    pub conference_id: ConferenceId,
    /// Since when.
    pub at: UtcTime,
}

impl From<Directory> for StoredDirectory {
    fn from(directory: Directory) -> Self {
        let released = directory.released.into_iter();
        Self {
            organization: directory.organization,
            users: directory.users.into_values().collect(),
            meetings: directory.meetings.into_values().collect(),
            released: released.map(|(conference_id, at)| Released { conference_id, at }).collect(),
            next_user: directory.next_user,
            next_meeting: directory.next_meeting,
        }
    }
}

impl TryFrom<StoredDirectory> for Directory {
    type Error = DirectoryError;

    fn try_from(stored: StoredDirectory) -> Result<Self, Self::Error> {
        let mut directory = Self::new(stored.organization);
        (directory.next_user, directory.next_meeting) = (stored.next_user, stored.next_meeting);
        for user in stored.users {
            directory.check_is_new(&user)?;
            directory.insert_user(user);
        }
        for meeting in stored.meetings {
            directory.check_fits(&meeting)?;
            directory.insert_meeting(meeting);
        }
        for user in directory.users() {
            if let Some(conferencing) = &user.audio_conferencing
                && directory.conference_id_of(user.id).is_none()
            {
                return Err(DirectoryError::NoSuchMeeting(conferencing.meeting));
            }
        }
        let released = stored.released.into_iter();
        directory.released =
            released.map(|released| (released.conference_id, released.at)).collect();
        Ok(directory)
    }
}
