//! The commands that make no PIN: users, meetings and their conference IDs.

use super::letters;
use super::outcome::{Outcome, Post};
use super::{AdminError, Desk};
use crate::domain::directory::{
    Change, Directory, DirectoryError, Mail, Meeting, MeetingKind, Organization, RuleOverrides,
    User,
};
use crate::domain::id::{MeetingId, UserId};
use crate::domain::letter::Letter;
use crate::domain::number::PhoneNumber;
use crate::domain::time::UtcTime;

pub(super) fn new_user(
    directory: &Directory,
    name: String,
    address: Option<String>,
    number: Option<PhoneNumber>,
) -> Result<User, AdminError> {
    check_line("name", &name)?;
    if let Some(address) = &address {
        check_address(address)?;
        if let Some(other) = directory.users().find(|user| user.has_address(address)) {
            return Err(AdminError::AddressTaken { address: address.clone(), user: other.id });
        }
    }
    Ok(User { address, number, ..User::new(directory.next_user_id(), name) })
}

pub(super) fn disable(
    directory: &Directory,
    id: UserId,
    now: UtcTime,
) -> Result<Outcome, AdminError> {
    let user = directory.user(id).ok_or(DirectoryError::NoSuchUser(id))?;
    let letters = letter_to(directory, user, letters::disabled);
    let changes = vec![Change::ConferencingDisabled { user: id, at: now }];
    Ok(Outcome { changes, letters, revealed: None, post: Post::NotDue })
}

pub(super) fn reset_conference_id(
    directory: &Directory,
    id: MeetingId,
    desk: &mut Desk<'_>,
) -> Result<Outcome, AdminError> {
    let meeting = directory.meeting(id).ok_or(DirectoryError::NoSuchMeeting(id))?;
    let user =
        directory.user(meeting.organizer).ok_or(DirectoryError::NoSuchUser(meeting.organizer))?;
    let conference_id = directory.draw_conference_id(desk.rng, desk.now)?;
    let letters = letter_to(directory, user, |to, organization, user| {
        letters::new_conference_id(to, organization, user, meeting, conference_id)
    });
    let changes = vec![Change::ConferenceIdReplaced { meeting: id, conference_id, at: desk.now }];
    Ok(Outcome { changes, letters, revealed: None, post: Post::NotDue })
}

pub(super) fn add_meeting(
    directory: &Directory,
    organizer: UserId,
    subject: String,
    rules: RuleOverrides,
    expires_at: Option<UtcTime>,
    desk: &mut Desk<'_>,
) -> Result<Outcome, AdminError> {
    if !subject.is_empty() {
        check_line("subject", &subject)?;
    }
    let meeting = Meeting {
        id: directory.next_meeting_id(),
        conference_id: directory.draw_conference_id(desk.rng, desk.now)?,
        organizer,
        kind: MeetingKind::Scheduled,
        subject,
        rules,
        expires_at,
    };
    Ok(Change::MeetingAdded(meeting).into())
}

/// A letter without a PIN, if the organization sends letters and the user has an address.
fn letter_to(
    directory: &Directory,
    user: &User,
    write: impl FnOnce(&str, &Organization, &User) -> Letter,
) -> Vec<Letter> {
    let organization = directory.organization();
    match (organization.settings.mail.letters, &user.address) {
        (Mail::On, Some(to)) => vec![write(to, organization, user)],
        (Mail::On, None) | (Mail::Off, _) => Vec::new(),
    }
}

/// One line of 1 to 256 characters: what goes into a letter must not be able to end its header.
fn check_line(what: &'static str, text: &str) -> Result<(), AdminError> {
    let length = text.chars().count();
    let fits = (1..=LINE_CHARACTERS_MAX).contains(&length);
    if fits && !text.trim().is_empty() && !text.chars().any(char::is_control) {
        Ok(())
    } else {
        Err(AdminError::Line { what, length })
    }
}

/// Something before and behind one `@`, without spaces and brackets (RFC 5321 §4.1.2 allows more).
pub(super) fn check_address(text: &str) -> Result<(), AdminError> {
    let stray = |character: char| {
        character.is_whitespace() || character.is_control() || "<>,;:\"()[]\\".contains(character)
    };
    let halves = text.split_once('@');
    let fits = halves.is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@')
    });
    if fits && text.len() <= ADDRESS_BYTES_MAX && !text.contains(stray) {
        Ok(())
    } else {
        Err(AdminError::Address(text.chars().take(ADDRESS_BYTES_MAX).collect()))
    }
}

/// Long enough for any name; more is a slip of the clipboard.
const LINE_CHARACTERS_MAX: usize = 256;

/// Longest mail address (RFC 5321 §4.5.3.1.3, without its angle brackets).
const ADDRESS_BYTES_MAX: usize = 254;
