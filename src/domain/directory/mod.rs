//! The directory: the organization, its users, their meetings, and who finds what by which number.
//!
//! A value that only [`Change`]s alter. It reads no clock, draws no PIN, and has no counters of wrong ones.

mod apply;
mod change;
mod meeting;
mod organization;
mod overrides;
mod stored;
#[cfg(test)]
mod tests;
mod user;

use std::collections::BTreeMap;
use std::time::Duration;

use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::conference_id::ConferenceId;
use super::id::{MeetingId, UserId};
use super::question::MeetingCard;
use super::time::UtcTime;

pub use change::Change;
pub use meeting::{CONFERENCE_ID_LIVES, Meeting, MeetingKind};
pub use organization::{AccessNumber, Mail, MailSettings, Organization, OrganizationSettings};
pub use overrides::RuleOverrides;
pub use stored::{Released, StoredDirectory};
pub use user::{Conferencing, PinOnFile, User};

/// All there is to know of an organization, its users and meetings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StoredDirectory", into = "StoredDirectory")]
pub struct Directory {
    organization: Organization,
    users: BTreeMap<UserId, User>,
    meetings: BTreeMap<MeetingId, Meeting>,
    by_conference_id: BTreeMap<ConferenceId, MeetingId>,
    /// Conference IDs that were somebody's, and until when.
    released: BTreeMap<ConferenceId, UtcTime>,
    next_user: u64,
    next_meeting: u64,
}

/// Why a change does not fit the directory it was meant for. The directory is then as it was.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum DirectoryError {
    /// A user nobody has added.
    #[error("{0} is not in the directory: add the user first")]
    NoSuchUser(UserId),
    /// A meeting nobody has added, or that was removed.
    #[error("{0} is not in the directory: it was never added, or it was removed")]
    NoSuchMeeting(MeetingId),
    /// The id of a user is given.
    #[error("{0} is in the directory already: ask again, the next free id is then another")]
    UserExists(UserId),
    /// The id of a meeting is given.
    #[error("{0} is in the directory already: ask again, the next free id is then another")]
    MeetingExists(MeetingId),
    /// The conference ID of another meeting.
    #[error("conference ID {0} is that of another meeting: take another one")]
    ConferenceIdTaken(ConferenceId),
    /// A user who may not hold meetings by phone.
    #[error("{0} has no audio conferencing: enable it for the user first")]
    NotEnabled(UserId),
    /// A user who may already.
    #[error("{0} has audio conferencing already: reset the PIN if a new one is wanted")]
    AlreadyEnabled(UserId),
    /// A PIN that was to take the place of one that is not the user's any more, or a digest that was renewed of one.
    #[error("the PIN of {0} is another by now: decide again")]
    PinIsAnother(UserId),
    /// The standing meeting of a user.
    #[error(
        "{0} is the standing meeting of its organizer: it goes when audio conferencing is disabled"
    )]
    StandingMeeting(MeetingId),
    /// Nearly every conference ID of that length is in use.
    #[error(
        "no free conference ID of {digits} digits was found in {DRAWS_MAX} tries: set a greater length"
    )]
    NoConferenceIdLeft {
        /// The length that is set.
        digits: u8,
    },
}

impl Directory {
    /// An organization that has nobody in it yet.
    #[must_use]
    pub fn new(organization: Organization) -> Self {
        Self { organization, ..Self::default() }
    }

    /// The organization.
    #[must_use]
    pub fn organization(&self) -> &Organization {
        &self.organization
    }

    /// A user.
    #[must_use]
    pub fn user(&self, id: UserId) -> Option<&User> {
        self.users.get(&id)
    }

    /// All users, by id.
    pub fn users(&self) -> impl ExactSizeIterator<Item = &User> {
        self.users.values()
    }

    /// A meeting.
    #[must_use]
    pub fn meeting(&self, id: MeetingId) -> Option<&Meeting> {
        self.meetings.get(&id)
    }

    /// All meetings, by id.
    pub fn meetings(&self) -> impl ExactSizeIterator<Item = &Meeting> + DoubleEndedIterator {
        self.meetings.values()
    }

    /// The meetings of one organizer, the newest first. Goes through all meetings.
    pub fn meetings_of(&self, organizer: UserId) -> impl Iterator<Item = &Meeting> {
        self.meetings().rev().filter(move |meeting| meeting.organizer == organizer)
    }

    /// The user whose PIN starts a meeting, with what they have for it.
    #[must_use]
    pub fn organizer_of(&self, meeting: MeetingId) -> Option<(&User, &Conferencing)> {
        let user = self.user(self.meeting(meeting)?.organizer)?;
        user.audio_conferencing.as_ref().map(|conferencing| (user, conferencing))
    }

    /// A user's own conference ID, that of their standing meeting.
    #[must_use]
    pub fn conference_id_of(&self, user: UserId) -> Option<ConferenceId> {
        let conferencing = self.user(user)?.audio_conferencing.as_ref()?;
        self.meeting(conferencing.meeting).map(|meeting| meeting.conference_id)
    }

    /// What the exchange needs to know of the meeting with that conference ID: the organization's rules,
    /// over them the organizer's, over them the meeting's own. None for a conference ID that is nobody's, or expired.
    #[must_use]
    pub fn card(&self, conference_id: ConferenceId, now: UtcTime) -> Option<MeetingCard> {
        let meeting = self.meeting(*self.by_conference_id.get(&conference_id)?)?;
        card(&self.organization, self.user(meeting.organizer)?, meeting, now)
    }

    /// The id of the next user. Ids are never given twice, also not after a removal.
    #[must_use]
    pub fn next_user_id(&self) -> UserId {
        UserId::new(self.next_user.max(1))
    }

    /// The id of the next meeting. Ids are never given twice, also not after a removal.
    #[must_use]
    pub fn next_meeting_id(&self) -> MeetingId {
        MeetingId::new(self.next_meeting.max(1))
    }

    /// Whether a conference ID is no meeting's, and has not been for [`CONFERENCE_ID_RESTS`].
    #[must_use]
    pub fn is_free(&self, conference_id: ConferenceId, now: UtcTime) -> bool {
        !self.by_conference_id.contains_key(&conference_id)
            && self
                .released
                .get(&conference_id)
                .is_none_or(|&released_at| now.since(released_at) >= CONFERENCE_ID_RESTS)
    }

    /// Draws a conference ID that is free.
    ///
    /// # Errors
    /// [`DirectoryError::NoConferenceIdLeft`] when nearly all of the length that is set are in use.
    pub fn draw_conference_id<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        now: UtcTime,
    ) -> Result<ConferenceId, DirectoryError> {
        let length = self.organization.settings.conference_id_length;
        (0..DRAWS_MAX)
            .map(|_| ConferenceId::draw(rng, length))
            .find(|&drawn| self.is_free(drawn, now))
            .ok_or(DirectoryError::NoConferenceIdLeft { digits: length.digits() })
    }
}

/// What the exchange needs to know of a meeting, from the three that make it up: see [`Directory::card`]. None when its
/// conference ID has expired, or the organizer may not hold meetings by phone.
#[must_use]
pub fn card(
    organization: &Organization,
    organizer: &User,
    meeting: &Meeting,
    now: UtcTime,
) -> Option<MeetingCard> {
    if !meeting.is_current(now) {
        return None;
    }
    let conferencing = organizer.audio_conferencing.as_ref()?;
    let defaults = organization.settings.meeting.clone();
    Some(MeetingCard {
        meeting: meeting.id,
        conference_id: meeting.conference_id,
        organizer: organizer.id,
        rules: meeting.rules.over(conferencing.rules.over(defaults)),
    })
}

/// How long a conference ID is nobody's before it may be another meeting's: long enough that the old
/// invitations have been thrown away.
pub const CONFERENCE_ID_RESTS: Duration = Duration::from_secs(60 * 24 * 60 * 60);

/// Conference IDs drawn before giving up: with nine in ten of them in use, one try in 10^11 fails.
const DRAWS_MAX: usize = 256;
