//! What an administrator or a user can do: a directory and a command come in, and out comes what to commit.
//!
//! The one room behind command line, API, pages and scenarios. Pure: the randomness, the time and the hasher
//! come in with the [`Desk`]; the changes and letters go out as values, for a store to commit as one.

mod accounts;
pub mod demonstration;
mod letters;
mod listed;
mod outcome;
mod pins;
#[cfg(test)]
mod tests;

use rand::CryptoRng;
use thiserror::Error;

use crate::domain::directory::{
    AccessNumber, CONFERENCE_ID_LIVES, Change, Directory, DirectoryError, OrganizationSettings,
    RuleOverrides,
};
use crate::domain::id::{MeetingId, UserId};
use crate::domain::number::PhoneNumber;
use crate::domain::pin::{HashError, NoPinLeft, PinHasher, PinLength};
use crate::domain::settings::MeetingRules;
use crate::domain::settings_check::SettingError;
use crate::domain::time::UtcTime;

pub use listed::{UserRow, user_row};
pub use outcome::{NoLetter, Outcome, Post, Revealed};

/// Something to be done. Which person may ask for it is checked at the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Take a person into the organization. They cannot hold meetings by phone yet.
    AddUser {
        /// As letters call them.
        name: String,
        /// Where letters go.
        address: Option<String>,
        /// Their own telephone number.
        number: Option<PhoneNumber>,
    },
    /// Take a person into the organization who holds meetings by phone: they get a conference ID and a PIN.
    AddOrganizer {
        /// As letters call them.
        name: String,
        /// Where letters go.
        address: Option<String>,
        /// Their own telephone number.
        number: Option<PhoneNumber>,
    },
    /// Let a user hold meetings by phone: they get a conference ID and a PIN.
    EnableConferencing {
        /// The user.
        user: UserId,
        /// Where the letter goes instead of the user's own address.
        send_to: Option<String>,
    },
    /// Let a user hold no more meetings by phone. All their meetings are gone at once.
    DisableConferencing {
        /// The user.
        user: UserId,
    },
    /// Make a new PIN. The old one is worth nothing from then on.
    ResetPin {
        /// The user.
        user: UserId,
        /// Who asks.
        by: ResetBy,
        /// Where the letter goes instead of the user's own address.
        send_to: Option<String>,
    },
    /// Unlock a PIN that too many wrong ones have locked. It stays the PIN it is.
    Unlock {
        /// The user.
        user: UserId,
    },
    /// Give a meeting another conference ID. The old one stops at once.
    ResetConferenceId {
        /// The meeting.
        meeting: MeetingId,
    },
    /// Make a meeting, with a conference ID of its own.
    AddMeeting {
        /// Whose it is.
        organizer: UserId,
        /// What it is about; may be empty.
        subject: String,
        /// Where it departs from the organizer's rules.
        rules: RuleOverrides,
        /// When it ends, or starts if nobody knows its end: sixty days later its conference ID expires. `None` for a
        /// meeting that has no date.
        held_until: Option<UtcTime>,
    },
    /// Put a meeting off, or give it another date.
    Reschedule {
        /// The meeting.
        meeting: MeetingId,
        /// As in [`Command::AddMeeting`].
        held_until: Option<UtcTime>,
    },
    /// Call a meeting off. Its conference ID stops at once.
    RemoveMeeting {
        /// The meeting.
        meeting: MeetingId,
    },
    /// Set how many digits the PINs have that are made from now on. Older ones stay valid.
    SetPinLength {
        /// How many.
        length: PinLength,
    },
    /// Set everything an organization sets.
    ChangeSettings(Box<OrganizationSettings>),
    /// Set where a user's meetings depart from the organization's rules.
    SetUserRules {
        /// The user.
        user: UserId,
        /// All their overrides.
        rules: RuleOverrides,
    },
    /// Set where a meeting departs from its organizer's rules.
    SetMeetingRules {
        /// The meeting.
        meeting: MeetingId,
        /// All its overrides.
        rules: RuleOverrides,
    },
    /// Add a number to the bridge.
    AddAccessNumber(AccessNumber),
}

/// Who asks for a new PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetBy {
    /// An administrator. This unlocks the PIN as well.
    Administrator,
    /// The user. A locked PIN stays locked: only an administrator unlocks.
    User,
}

/// What a command needs besides the directory.
pub struct Desk<'a> {
    /// The stream PINs, salts and conference IDs are drawn from.
    pub rng: &'a mut dyn CryptoRng,
    /// Makes the digests.
    pub hasher: &'a dyn PinHasher,
    /// When it is done.
    pub now: UtcTime,
}

/// Why a command cannot be carried out. Nothing has changed then.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AdminError {
    /// It does not fit the directory.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// No PIN passes the rules.
    #[error(transparent)]
    NoPinLeft(#[from] NoPinLeft),
    /// Nothing could be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// A name or subject that a letter cannot hold.
    #[error(
        "the {what} of {length} characters cannot stand in a letter: write one line of 1 to 256"
    )]
    Line {
        /// What it is: a name, a subject.
        what: &'static str,
        /// How long it is.
        length: usize,
    },
    /// A setting out of its range.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// No mail address.
    #[error("{0:?} is no mail address: write it like megan@contoso.example")]
    Address(String),
    /// Somebody else's mail address: letters of two people would go to it, and it would name neither.
    #[error("{address} is the mail address of user number {} already", .user.number())]
    AddressTaken {
        /// The address.
        address: String,
        /// Whose it is.
        user: UserId,
    },
}

/// Decides what a command comes to. The directory itself stays as it is, until a store commits the changes.
///
/// # Errors
/// See [`AdminError`].
pub fn decide(
    directory: &Directory,
    command: Command,
    desk: &mut Desk<'_>,
) -> Result<Outcome, AdminError> {
    let outcome = match command {
        Command::AddUser { name, address, number } => {
            let user = accounts::new_user(directory, name, address, number)?;
            Ok(Change::UserAdded(user).into())
        }
        Command::AddOrganizer { name, address, number } => {
            let user = accounts::new_user(directory, name, address, number)?;
            pins::add_enabled(directory, user, desk)
        }
        Command::EnableConferencing { user, send_to } => {
            pins::enable(directory, user, send_to, desk)
        }
        Command::DisableConferencing { user } => accounts::disable(directory, user, desk.now),
        Command::ResetPin { user, by, send_to } => pins::reset(directory, user, by, send_to, desk),
        Command::Unlock { user } => Ok(Change::PinUnlocked { user }.into()),
        Command::ResetConferenceId { meeting } => {
            accounts::reset_conference_id(directory, meeting, desk)
        }
        Command::AddMeeting { organizer, subject, rules, held_until } => {
            check_rules(&rules)?;
            let expires_at = held_until.map(|at| at + CONFERENCE_ID_LIVES);
            accounts::add_meeting(directory, organizer, subject, rules, expires_at, desk)
        }
        Command::Reschedule { meeting, held_until } => {
            let at = held_until.map(|at| at + CONFERENCE_ID_LIVES);
            Ok(Change::MeetingExpires { meeting, at }.into())
        }
        Command::RemoveMeeting { meeting } => {
            Ok(Change::MeetingRemoved { meeting, at: desk.now }.into())
        }
        Command::SetPinLength { length } => {
            let mut settings = directory.organization().settings.clone();
            settings.pin_length = length;
            Ok(Change::SettingsChanged(Box::new(settings)).into())
        }
        Command::ChangeSettings(settings) => {
            settings.dialogue.check()?;
            settings.meeting.check()?;
            settings.lockout.check()?;
            settings.caller_lockout.check()?;
            Ok(Change::SettingsChanged(settings).into())
        }
        Command::SetUserRules { user, rules } => {
            check_rules(&rules)?;
            Ok(Change::UserRulesChanged { user, rules }.into())
        }
        Command::SetMeetingRules { meeting, rules } => {
            check_rules(&rules)?;
            Ok(Change::MeetingRulesChanged { meeting, rules }.into())
        }
        Command::AddAccessNumber(number) => Ok(Change::AccessNumberAdded(number).into()),
    }?;
    // Each change is checked by itself: no command comes to two that could stand in each other's way. Whoever is only being
    // added cannot be enabled yet, but by what follows.
    let added = outcome.added_user();
    let follows = |change: &Change| matches!(change, Change::ConferencingEnabled { user, .. } if added == Some(*user));
    let mut alone = outcome.changes.iter().filter(|change| !follows(change));
    alone.try_for_each(|change| directory.check(change))?;
    Ok(outcome)
}

/// What is set must lie in its range whatever the rest is.
fn check_rules(rules: &RuleOverrides) -> Result<(), SettingError> {
    rules.over(MeetingRules::default()).check()
}
