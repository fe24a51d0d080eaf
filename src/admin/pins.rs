//! The commands that make a PIN: enabling a user, and resetting.

use super::letters::{self, Occasion};
use super::outcome::{NoLetter, Outcome, Post, Revealed};
use super::{AdminError, Desk, ResetBy, accounts};
use crate::domain::conference_id::ConferenceId;
use crate::domain::directory::{Change, Directory, DirectoryError, Mail, PinOnFile, User};
use crate::domain::id::UserId;
use crate::domain::pin::{self, Pin, PinContext};

/// Conference IDs of one user that a new PIN is held against, the newest first. With all of a busy
/// organizer's, short PINs would run out.
const CONFERENCE_IDS_HELD_AGAINST_MAX: usize = 64;

pub(super) fn enable(
    directory: &Directory,
    id: UserId,
    send_to: Option<String>,
    desk: &mut Desk<'_>,
) -> Result<Outcome, AdminError> {
    let user = directory.user(id).ok_or(DirectoryError::NoSuchUser(id))?;
    if user.audio_conferencing.is_some() {
        return Err(DirectoryError::AlreadyEnabled(id).into());
    }
    equip(directory, user, send_to, desk)
}

/// Somebody new who is enabled at once: both or neither.
pub(super) fn add_enabled(
    directory: &Directory,
    user: User,
    desk: &mut Desk<'_>,
) -> Result<Outcome, AdminError> {
    let mut outcome = equip(directory, &user, None, desk)?;
    outcome.changes.insert(0, Change::UserAdded(user));
    Ok(outcome)
}

/// A conference ID, a PIN, and a letter with both.
fn equip(
    directory: &Directory,
    user: &User,
    send_to: Option<String>,
    desk: &mut Desk<'_>,
) -> Result<Outcome, AdminError> {
    let conference_id = directory.draw_conference_id(desk.rng, desk.now)?;
    let (pin, on_file) = make(directory, user, conference_id, desk)?;
    let meeting = directory.next_meeting_id();
    let change =
        Change::ConferencingEnabled { user: user.id, meeting, conference_id, pin: on_file };
    let post = post(directory, user, ResetBy::Administrator, send_to)?;
    Ok(with_pin(vec![change], directory, user, conference_id, pin, post, Occasion::Enabled))
}

pub(super) fn reset(
    directory: &Directory,
    id: UserId,
    by: ResetBy,
    send_to: Option<String>,
    desk: &mut Desk<'_>,
) -> Result<Outcome, AdminError> {
    let user = directory.user(id).ok_or(DirectoryError::NoSuchUser(id))?;
    let conference_id = directory.conference_id_of(id).ok_or(DirectoryError::NotEnabled(id))?;
    let conferencing = user.audio_conferencing.as_ref().ok_or(DirectoryError::NotEnabled(id))?;
    let old = conferencing.pin.digest.clone();
    let (pin, on_file) = make(directory, user, conference_id, desk)?;
    let mut changes = vec![Change::PinReplaced { user: id, old, pin: on_file }];
    match by {
        ResetBy::Administrator => changes.push(Change::PinUnlocked { user: id }),
        ResetBy::User => {}
    }
    let post = post(directory, user, by, send_to)?;
    Ok(with_pin(changes, directory, user, conference_id, pin, post, Occasion::PinReset))
}

/// Draws a PIN and its digest.
fn make(
    directory: &Directory,
    user: &User,
    own: ConferenceId,
    desk: &mut Desk<'_>,
) -> Result<(Pin, PinOnFile), AdminError> {
    let theirs = directory.meetings_of(user.id).map(|meeting| meeting.conference_id);
    let conference_ids: Vec<ConferenceId> =
        std::iter::once(own).chain(theirs.take(CONFERENCE_IDS_HELD_AGAINST_MAX)).collect();
    let hasher = desk.hasher;
    let context = PinContext {
        number: user.number,
        conference_ids: &conference_ids,
        // A digest that cannot be read says nothing of a PIN, and must not keep its owner from a new one.
        is_earlier: &|pin| {
            let entry = pin.reveal().as_bytes();
            user.known_pins().any(|digest| hasher.verify(entry, digest).unwrap_or(false))
        },
    };
    let length = directory.organization().settings.pin_length;
    let pin = pin::draw(desk.rng, length, &context)?;
    let mut salt = [0; 16];
    desk.rng.fill_bytes(&mut salt);
    let digest = hasher.digest(&pin, salt)?;
    Ok((pin, PinOnFile { digest, length }))
}

/// Whether a letter with the PIN goes, and where to. The general switch is over all else.
fn post(
    directory: &Directory,
    user: &User,
    by: ResetBy,
    send_to: Option<String>,
) -> Result<Post, AdminError> {
    if let Some(address) = &send_to {
        accounts::check_address(address)?;
    }
    let mail = directory.organization().settings.mail;
    Ok(match (mail.letters, mail.on_self_reset, by) {
        (Mail::Off, Mail::On | Mail::Off, ResetBy::Administrator | ResetBy::User) => {
            Post::None(NoLetter::MailOff)
        }
        (Mail::On, Mail::Off, ResetBy::User) => Post::None(NoLetter::SelfResetMailOff),
        (Mail::On, Mail::On, ResetBy::User)
        | (Mail::On, Mail::On | Mail::Off, ResetBy::Administrator) => {
            match send_to.or_else(|| user.address.clone()) {
                Some(to) => Post::Goes(to),
                None => Post::None(NoLetter::NoAddress),
            }
        }
    })
}

fn with_pin(
    changes: Vec<Change>,
    directory: &Directory,
    user: &User,
    conference_id: ConferenceId,
    pin: Pin,
    post: Post,
    occasion: Occasion,
) -> Outcome {
    let letters = match &post {
        Post::Goes(to) => {
            let organization = directory.organization();
            vec![letters::with_pin(occasion, to, organization, user, conference_id, &pin)]
        }
        Post::NotDue | Post::None(_) => Vec::new(),
    };
    Outcome { changes, letters, revealed: Some(Revealed::new(user.id, pin)), post }
}
