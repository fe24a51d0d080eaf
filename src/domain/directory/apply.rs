//! How each change alters the directory: one match, and what it checks before it alters anything.

use super::super::conference_id::ConferenceId;
use super::super::id::{MeetingId, UserId};
use super::super::time::UtcTime;
use super::{
    CONFERENCE_ID_RESTS, Change, Conferencing, Directory, DirectoryError, Meeting, MeetingKind,
    RuleOverrides, User,
};

impl Directory {
    /// Alters the directory by one change.
    ///
    /// # Errors
    /// The change does not fit, because it was decided on another state; nothing is altered then.
    pub fn apply(&mut self, change: Change) -> Result<(), DirectoryError> {
        match change {
            Change::SettingsChanged(settings) => self.organization.settings = *settings,
            Change::AccessNumberAdded(number) => self.organization.access_numbers.push(number),
            Change::UserAdded(user) => self.insert_user(user)?,
            Change::ConferencingEnabled { user, meeting, conference_id, pin } => {
                let rules = RuleOverrides::default();
                self.enable(user, conference_id, Conferencing { meeting, pin, rules })?;
            }
            Change::ConferencingDisabled { user, at } => self.disable(user, at)?,
            Change::PinReplaced { user, pin } => {
                let user = self.user_mut(user)?;
                let conferencing =
                    user.audio_conferencing.as_mut().ok_or(DirectoryError::NotEnabled(user.id))?;
                let old = std::mem::replace(&mut conferencing.pin, pin);
                user.retire(old);
            }
            Change::PinUnlocked { user } => {
                self.conferencing_mut(user)?;
            }
            Change::ConferenceIdReplaced { meeting, conference_id, at } => {
                self.renumber(meeting, conference_id, at)?;
            }
            Change::UserRulesChanged { user, rules } => self.conferencing_mut(user)?.rules = rules,
            Change::MeetingAdded(meeting) => self.insert_meeting(meeting)?,
            Change::MeetingRulesChanged { meeting, rules } => {
                let found = self.meetings.get_mut(&meeting);
                found.ok_or(DirectoryError::NoSuchMeeting(meeting))?.rules = rules;
            }
            Change::MeetingRemoved { meeting, at } => self.remove(meeting, at)?,
        }
        Ok(())
    }

    pub(super) fn insert_user(&mut self, user: User) -> Result<(), DirectoryError> {
        if self.users.contains_key(&user.id) {
            return Err(DirectoryError::UserExists(user.id));
        }
        self.next_user = self.next_user.max(user.id.number().saturating_add(1));
        self.users.insert(user.id, user);
        Ok(())
    }

    pub(super) fn insert_meeting(&mut self, meeting: Meeting) -> Result<(), DirectoryError> {
        self.conferencing_mut(meeting.organizer)?;
        if self.meetings.contains_key(&meeting.id) {
            return Err(DirectoryError::MeetingExists(meeting.id));
        }
        if self.by_conference_id.contains_key(&meeting.conference_id) {
            return Err(DirectoryError::ConferenceIdTaken(meeting.conference_id));
        }
        self.next_meeting = self.next_meeting.max(meeting.id.number().saturating_add(1));
        self.by_conference_id.insert(meeting.conference_id, meeting.id);
        self.meetings.insert(meeting.id, meeting);
        Ok(())
    }

    fn enable(
        &mut self,
        user: UserId,
        conference_id: ConferenceId,
        conferencing: Conferencing,
    ) -> Result<(), DirectoryError> {
        let meeting = Meeting {
            id: conferencing.meeting,
            conference_id,
            organizer: user,
            kind: MeetingKind::Standing,
            subject: String::new(),
            rules: RuleOverrides::default(),
        };
        let found = self.user_mut(user)?;
        if found.audio_conferencing.is_some() {
            return Err(DirectoryError::AlreadyEnabled(user));
        }
        found.audio_conferencing = Some(conferencing);
        self.insert_meeting(meeting).inspect_err(|_refused| {
            if let Ok(found) = self.user_mut(user) {
                found.audio_conferencing = None;
            }
        })
    }

    fn disable(&mut self, user: UserId, at: UtcTime) -> Result<(), DirectoryError> {
        let found = self.user_mut(user)?;
        let conferencing =
            found.audio_conferencing.take().ok_or(DirectoryError::NotEnabled(user))?;
        found.retire(conferencing.pin);
        let theirs: Vec<MeetingId> = self.meetings_of(user).map(|meeting| meeting.id).collect();
        for meeting in theirs {
            self.forget(meeting, at);
        }
        Ok(())
    }

    fn remove(&mut self, meeting: MeetingId, at: UtcTime) -> Result<(), DirectoryError> {
        match self.meeting(meeting).ok_or(DirectoryError::NoSuchMeeting(meeting))?.kind {
            MeetingKind::Standing => Err(DirectoryError::StandingMeeting(meeting)),
            MeetingKind::Scheduled => {
                self.forget(meeting, at);
                Ok(())
            }
        }
    }

    fn forget(&mut self, meeting: MeetingId, at: UtcTime) {
        if let Some(removed) = self.meetings.remove(&meeting) {
            self.release(removed.conference_id, at);
        }
    }

    fn renumber(
        &mut self,
        meeting: MeetingId,
        conference_id: ConferenceId,
        at: UtcTime,
    ) -> Result<(), DirectoryError> {
        if self.by_conference_id.contains_key(&conference_id) {
            return Err(DirectoryError::ConferenceIdTaken(conference_id));
        }
        let found = self.meetings.get_mut(&meeting);
        let found = found.ok_or(DirectoryError::NoSuchMeeting(meeting))?;
        let old = std::mem::replace(&mut found.conference_id, conference_id);
        self.by_conference_id.insert(conference_id, meeting);
        self.release(old, at);
        Ok(())
    }

    /// Lets a conference ID rest, and forgets those that have rested long enough.
    fn release(&mut self, conference_id: ConferenceId, at: UtcTime) {
        self.by_conference_id.remove(&conference_id);
        self.released.retain(|_, released_at| at.since(*released_at) < CONFERENCE_ID_RESTS);
        self.released.insert(conference_id, at);
    }

    fn user_mut(&mut self, id: UserId) -> Result<&mut User, DirectoryError> {
        self.users.get_mut(&id).ok_or(DirectoryError::NoSuchUser(id))
    }

    fn conferencing_mut(&mut self, id: UserId) -> Result<&mut Conferencing, DirectoryError> {
        let user = self.user_mut(id)?;
        user.audio_conferencing.as_mut().ok_or(DirectoryError::NotEnabled(id))
    }
}
