//! How each change alters the directory: first one match that says whether it fits, then one that alters.

use super::super::conference_id::ConferenceId;
use super::super::id::{MeetingId, UserId};
use super::super::time::UtcTime;
use super::{
    CONFERENCE_ID_RESTS, Change, Conferencing, Directory, DirectoryError, Meeting, MeetingKind,
    RuleOverrides, User,
};

impl Directory {
    /// Whether a change fits the directory as it is.
    ///
    /// # Errors
    /// It does not, most likely because it was decided on another state.
    pub fn check(&self, change: &Change) -> Result<(), DirectoryError> {
        match change {
            Change::SettingsChanged(_) | Change::AccessNumberAdded(_) => Ok(()),
            Change::UserAdded(user) => self.check_is_new(user),
            Change::ConferencingEnabled { user, meeting, conference_id, pin: _ } => {
                let found = self.user(*user).ok_or(DirectoryError::NoSuchUser(*user))?;
                match found.audio_conferencing {
                    Some(_) => Err(DirectoryError::AlreadyEnabled(*user)),
                    None => self.check_are_free(*meeting, *conference_id),
                }
            }
            Change::ConferencingDisabled { user, at: _ }
            | Change::PinUnlocked { user }
            | Change::UserRulesChanged { user, rules: _ } => self.check_is_enabled(*user),
            Change::PinReplaced { user, old, pin: _ }
            | Change::PinRehashed { user, old, digest: _ } => {
                self.check_is_enabled(*user)?;
                let conferencing =
                    self.user(*user).and_then(|user| user.audio_conferencing.as_ref());
                match conferencing.is_some_and(|found| found.pin.digest == *old) {
                    true => Ok(()),
                    false => Err(DirectoryError::PinIsAnother(*user)),
                }
            }
            Change::ConferenceIdReplaced { meeting, conference_id, at: _ } => {
                self.check_is_there(*meeting)?;
                self.check_is_unused(*conference_id)
            }
            Change::MeetingAdded(meeting) => self.check_fits(meeting),
            Change::MeetingRulesChanged { meeting, rules: _ }
            | Change::MeetingExpires { meeting, at: _ } => self.check_is_there(*meeting),
            Change::MeetingRemoved { meeting, at: _ } => {
                let found = self.meeting(*meeting);
                match found.ok_or(DirectoryError::NoSuchMeeting(*meeting))?.kind {
                    MeetingKind::Standing => Err(DirectoryError::StandingMeeting(*meeting)),
                    MeetingKind::Scheduled => Ok(()),
                }
            }
        }
    }

    /// Alters the directory by one change.
    ///
    /// # Errors
    /// It does not fit (see [`Directory::check`]); nothing is altered then.
    pub fn apply(&mut self, change: Change) -> Result<(), DirectoryError> {
        self.check(&change)?;
        match change {
            Change::SettingsChanged(settings) => self.organization.settings = *settings,
            Change::AccessNumberAdded(number) => self.organization.access_numbers.push(number),
            Change::UserAdded(user) => self.insert_user(user),
            Change::ConferencingEnabled { user, meeting, conference_id, pin } => {
                if let Some(user) = self.users.get_mut(&user) {
                    let rules = RuleOverrides::default();
                    user.audio_conferencing = Some(Conferencing { meeting, pin, rules });
                }
                self.insert_meeting(standing(user, meeting, conference_id));
            }
            Change::ConferencingDisabled { user, at } => self.disable(user, at),
            Change::PinReplaced { user, old: _, pin } => {
                if let Some(user) = self.users.get_mut(&user)
                    && let Some(conferencing) = &mut user.audio_conferencing
                {
                    let old = std::mem::replace(&mut conferencing.pin, pin);
                    user.retire(old);
                }
            }
            Change::PinRehashed { user, old: _, digest } => {
                let user = self.users.get_mut(&user);
                if let Some(found) = user.and_then(|user| user.audio_conferencing.as_mut()) {
                    found.pin.digest = digest;
                }
            }
            Change::PinUnlocked { user: _ } => {}
            Change::UserRulesChanged { user, rules } => {
                let user = self.users.get_mut(&user);
                if let Some(found) = user.and_then(|user| user.audio_conferencing.as_mut()) {
                    found.rules = rules;
                }
            }
            Change::ConferenceIdReplaced { meeting, conference_id, at } => {
                if let Some(found) = self.meetings.get_mut(&meeting) {
                    let old = std::mem::replace(&mut found.conference_id, conference_id);
                    self.by_conference_id.insert(conference_id, meeting);
                    self.release(old, at);
                }
            }
            Change::MeetingAdded(meeting) => self.insert_meeting(meeting),
            Change::MeetingRulesChanged { meeting, rules } => {
                if let Some(found) = self.meetings.get_mut(&meeting) {
                    found.rules = rules;
                }
            }
            Change::MeetingExpires { meeting, at } => {
                if let Some(found) = self.meetings.get_mut(&meeting) {
                    found.expires_at = at;
                }
            }
            Change::MeetingRemoved { meeting, at } => self.forget(meeting, at),
        }
        Ok(())
    }

    pub(super) fn check_is_new(&self, user: &User) -> Result<(), DirectoryError> {
        match self.user(user.id) {
            Some(_) => Err(DirectoryError::UserExists(user.id)),
            None => Ok(()),
        }
    }

    pub(super) fn check_fits(&self, meeting: &Meeting) -> Result<(), DirectoryError> {
        self.check_is_enabled(meeting.organizer)?;
        self.check_are_free(meeting.id, meeting.conference_id)
    }

    pub(super) fn insert_user(&mut self, user: User) {
        self.next_user = self.next_user.max(user.id.number().saturating_add(1));
        self.users.insert(user.id, user);
    }

    pub(super) fn insert_meeting(&mut self, meeting: Meeting) {
        self.next_meeting = self.next_meeting.max(meeting.id.number().saturating_add(1));
        self.by_conference_id.insert(meeting.conference_id, meeting.id);
        self.meetings.insert(meeting.id, meeting);
    }

    fn check_is_enabled(&self, id: UserId) -> Result<(), DirectoryError> {
        let user = self.user(id).ok_or(DirectoryError::NoSuchUser(id))?;
        user.audio_conferencing.as_ref().map(|_| ()).ok_or(DirectoryError::NotEnabled(id))
    }

    fn check_is_there(&self, id: MeetingId) -> Result<(), DirectoryError> {
        self.meeting(id).map(|_| ()).ok_or(DirectoryError::NoSuchMeeting(id))
    }

    fn check_is_unused(&self, conference_id: ConferenceId) -> Result<(), DirectoryError> {
        match self.by_conference_id.get(&conference_id) {
            Some(_) => Err(DirectoryError::ConferenceIdTaken(conference_id)),
            None => Ok(()),
        }
    }

    fn check_are_free(
        &self,
        meeting: MeetingId,
        conference_id: ConferenceId,
    ) -> Result<(), DirectoryError> {
        match self.meeting(meeting) {
            Some(_) => Err(DirectoryError::MeetingExists(meeting)),
            None => self.check_is_unused(conference_id),
        }
    }

    fn disable(&mut self, user: UserId, at: UtcTime) {
        if let Some(user) = self.users.get_mut(&user)
            && let Some(conferencing) = user.audio_conferencing.take()
        {
            user.retire(conferencing.pin);
        }
        let theirs: Vec<MeetingId> = self.meetings_of(user).map(|meeting| meeting.id).collect();
        for meeting in theirs {
            self.forget(meeting, at);
        }
    }

    fn forget(&mut self, meeting: MeetingId, at: UtcTime) {
        if let Some(removed) = self.meetings.remove(&meeting) {
            self.release(removed.conference_id, at);
        }
    }

    /// Lets a conference ID rest, and forgets those that have rested long enough.
    fn release(&mut self, conference_id: ConferenceId, at: UtcTime) {
        self.by_conference_id.remove(&conference_id);
        self.released.retain(|_, released_at| at.since(*released_at) < CONFERENCE_ID_RESTS);
        self.released.insert(conference_id, at);
    }
}

fn standing(organizer: UserId, id: MeetingId, conference_id: ConferenceId) -> Meeting {
    Meeting {
        id,
        conference_id,
        organizer,
        kind: MeetingKind::Standing,
        subject: String::new(),
        rules: RuleOverrides::default(),
        expires_at: None,
    }
}
