//! What a command comes to: changes and letters for the store, and what is shown once.

use std::fmt;

use crate::domain::directory::Change;
use crate::domain::id::{MeetingId, UserId};
use crate::domain::letter::Letter;
use crate::domain::pin::Pin;

/// What a command comes to. Commit the changes and letters as one; show what is revealed only after that.
#[derive(Debug)]
pub struct Outcome {
    /// What is different then, in order.
    pub changes: Vec<Change>,
    /// What is to be sent then.
    pub letters: Vec<Letter>,
    /// A PIN that was made, to be shown once to whoever made it.
    pub revealed: Option<Revealed>,
    /// Whether its owner gets the PIN by letter.
    pub post: Post,
}

impl Outcome {
    /// The id of the user the command added.
    #[must_use]
    pub fn added_user(&self) -> Option<UserId> {
        self.changes.iter().find_map(|change| {
            if let Change::UserAdded(user) = change { Some(user.id) } else { None }
        })
    }

    /// The id of the meeting the command added, be it a standing or a scheduled one.
    #[must_use]
    pub fn added_meeting(&self) -> Option<MeetingId> {
        self.changes.iter().find_map(|change| {
            if let Change::MeetingAdded(meeting) = change {
                Some(meeting.id)
            } else if let Change::ConferencingEnabled { meeting, .. } = change {
                Some(*meeting)
            } else {
                None
            }
        })
    }
}

/// A single change that nobody gets a letter about.
impl From<Change> for Outcome {
    fn from(change: Change) -> Self {
        Self { changes: vec![change], letters: Vec::new(), revealed: None, post: Post::NotDue }
    }
}

/// A PIN to be shown once. Prints nothing of it, cannot be copied or stored.
#[derive(Debug)]
pub struct Revealed {
    /// Whose PIN it is.
    pub user: UserId,
    pin: Pin,
}

impl Revealed {
    pub(super) fn new(user: UserId, pin: Pin) -> Self {
        Self { user, pin }
    }

    /// The PIN, and nothing is left. What is shown later in its place is
    /// [`MASKED_PIN`](crate::domain::pin::MASKED_PIN).
    #[must_use]
    pub fn take(self) -> Pin {
        self.pin
    }
}

/// Whether the owner of a PIN gets it by letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Post {
    /// The command made no PIN.
    NotDue,
    /// A letter goes to this address.
    Goes(String),
    /// None goes: the PIN must be handed over now, for it is not shown again.
    None(NoLetter),
}

/// Why no letter with the PIN goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoLetter {
    /// The organization sends none at all.
    MailOff,
    /// It sends none to those who reset their own PIN.
    SelfResetMailOff,
    /// The user has no address, and no other was given.
    NoAddress,
}

/// The sentence for whoever made the PIN.
impl fmt::Display for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDue => f.write_str("no letter is due"),
            Self::Goes(to) => write!(f, "a letter with the PIN goes to {to}"),
            Self::None(why) => {
                let why = match why {
                    NoLetter::MailOff => "the organization sends no letters",
                    NoLetter::SelfResetMailOff => "a self-made PIN is not sent by letter",
                    NoLetter::NoAddress => "the user has no mail address",
                };
                write!(f, "no letter went, {why}: hand over the PIN now, it is not shown again")
            }
        }
    }
}
