//! The desk: what the least of an administration asks for, decided by `admin`, committed by the store. The same whether it
//! comes over the local socket of a running bridge or from a command line that holds the data itself.

use rand_chacha::ChaCha20Rng;
use serde::{Deserialize, Serialize};

pub use crate::admin::UserRow;
use crate::admin::{self, Command, Outcome, ResetBy, user_row};
use crate::domain::directory::{Change, Directory, Meeting, RuleOverrides, User};
use crate::domain::pin::PinHasher;
use crate::domain::{
    Actor, AuditEntry, CallRecord, ConferenceId, MeetingId, PhoneNumber, Signed, UserId, UtcTime,
};
use crate::store::{Store, StoreError};

/// What is asked for. One line of JSON on the socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "ask", deny_unknown_fields)]
pub enum Request {
    /// Take a person into the organization and let them hold meetings by phone.
    AddUser {
        /// As letters call them.
        name: String,
        /// Where letters go.
        #[serde(default)]
        address: Option<String>,
        /// Their own telephone number.
        #[serde(default)]
        number: Option<PhoneNumber>,
    },
    /// Make a new PIN.
    ResetPin {
        /// Whose: an id, a name or an address. Where it is an id, it is nothing else.
        user: String,
        /// Where the letter goes instead of the user's own address.
        #[serde(default)]
        send_to: Option<String>,
    },
    /// Unlock a PIN that too many wrong ones have locked.
    Unlock {
        /// Whose, as above.
        user: String,
    },
    /// Users, in the order in which they came.
    Users {
        /// Only those in whose name, address, number or conference ID this is.
        #[serde(default)]
        naming: Option<String>,
        /// How many at most; no more than [`SHOWN_MAX`].
        limit: usize,
    },
    /// Make a meeting with a conference ID of its own.
    Schedule {
        /// Whose, as above.
        organizer: String,
        /// What it is about.
        subject: String,
        /// When it ends; `None` for a meeting without a date.
        #[serde(default)]
        held_until: Option<UtcTime>,
    },
    /// Call a meeting off. Those who are in it or wait for it are told.
    Cancel {
        /// By its conference ID.
        conference_id: ConferenceId,
    },
    /// Meetings, in the order in which they were made.
    Meetings {
        /// Only those in whose organizer, subject or conference ID this is.
        #[serde(default)]
        naming: Option<String>,
        /// How many at most; no more than [`SHOWN_MAX`].
        limit: usize,
    },
    /// The latest calls, the newest first.
    Calls {
        /// How many at most; no more than [`SHOWN_MAX`].
        limit: usize,
    },
    /// What was altered of late, the newest first.
    Audit {
        /// How many at most; no more than [`SHOWN_MAX`].
        limit: usize,
    },
}

impl Request {
    /// What whoever asked may do when they have no reply: nobody knows whether it is done.
    #[must_use]
    pub fn without_reply(&self) -> &'static str {
        match self {
            Self::AddUser { .. } => {
                "they may have been added all the same: look with `holdline user list`, and `holdline user reset-pin` shows a PIN"
            }
            Self::ResetPin { .. } => {
                "there may be a new PIN all the same, which nobody has seen: reset it again"
            }
            Self::Unlock { .. } => {
                "it may be unlocked all the same: unlock it again, which does no harm"
            }
            Self::Schedule { .. } => {
                "the meeting may have been made all the same: look with `holdline meeting list`"
            }
            Self::Cancel { .. } => {
                "the meeting may be called off all the same: look with `holdline meeting list`"
            }
            Self::Users { .. }
            | Self::Meetings { .. }
            | Self::Calls { .. }
            | Self::Audit { .. } => "nothing is altered by it: ask again",
        }
    }
}

/// What came of it. One line of JSON on the socket.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "reply")]
pub enum Reply {
    /// A PIN was made. It is in here and nowhere else: show it once.
    PinMade {
        /// Whose.
        user: UserRow,
        /// The PIN.
        pin: String,
        /// Whether a letter goes, in a sentence.
        post: String,
    },
    /// Users.
    Users {
        /// Those that are shown.
        users: Vec<UserRow>,
        /// How many more there are.
        more: usize,
    },
    /// A meeting was made.
    MeetingMade {
        /// The meeting.
        meeting: MeetingRow,
    },
    /// Meetings.
    Meetings {
        /// Those that are shown.
        meetings: Vec<MeetingRow>,
        /// How many more there are.
        more: usize,
    },
    /// The latest calls.
    Calls {
        /// The newest first.
        calls: Vec<CallRecord>,
    },
    /// What was altered of late.
    Audit {
        /// The newest first.
        entries: Vec<AuditEntry>,
    },
    /// It is done, and there is nothing to show.
    Done {
        /// What, in a sentence.
        what: String,
    },
    /// It could not be done.
    Refused {
        /// Why, and what to do.
        why: String,
    },
}

/// Shows no PIN.
impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self {
            Self::PinMade { .. } => "PinMade",
            Self::Users { .. } => "Users",
            Self::MeetingMade { .. } => "MeetingMade",
            Self::Meetings { .. } => "Meetings",
            Self::Calls { .. } => "Calls",
            Self::Audit { .. } => "Audit",
            Self::Done { .. } => "Done",
            Self::Refused { why } => return write!(f, "Refused({why:?})"),
        };
        f.write_str(name)
    }
}

/// A meeting in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MeetingRow {
    /// The meeting.
    pub meeting: MeetingId,
    /// Its conference ID.
    pub conference_id: ConferenceId,
    /// Whose it is.
    pub organizer: String,
    /// What it is about; empty for a standing one.
    pub subject: String,
    /// When its conference ID expires.
    pub expires_at: Option<UtcTime>,
}

/// With what a desk works.
pub struct Desk<'a> {
    /// Where it is kept.
    pub store: &'a dyn Store,
    /// Makes the digests.
    pub hasher: &'a dyn PinHasher,
    /// Whence PINs come.
    pub rng: &'a mut ChaCha20Rng,
    /// When it is done.
    pub now: UtcTime,
}

/// Lines of a list that are shown at once: some megabytes, which are put together in memory before they are sent. Whoever asks
/// for more is refused.
pub const SHOWN_MAX: usize = 10_000;

/// How often a command is decided again when somebody else was faster.
const TRIES: usize = 5;

impl Desk<'_> {
    /// Does what is asked for; gives what came of it, and what is different now.
    pub fn carry_out(&mut self, request: Request) -> (Reply, Vec<Change>) {
        match self.try_to(request) {
            Ok(done) => done,
            Err(why) => (Reply::Refused { why }, Vec::new()),
        }
    }

    fn try_to(&mut self, request: Request) -> Result<(Reply, Vec<Change>), String> {
        match request {
            Request::AddUser { name, address, number } => self.add_user(name, address, number),
            Request::ResetPin { user, send_to } => {
                let user = self.user(&user)?;
                let by = ResetBy::Administrator;
                let outcome = self.commit(&Command::ResetPin { user, by, send_to })?;
                self.pin_made(user, outcome)
            }
            Request::Unlock { user } => {
                let user = self.user(&user)?;
                let outcome = self.commit(&Command::Unlock { user })?;
                let what = "the PIN is unlocked, and is still the one it was".to_owned();
                Ok((Reply::Done { what }, outcome.changes))
            }
            Request::Schedule { organizer, subject, held_until } => {
                if held_until.is_some_and(|until| until < self.now) {
                    return Err(
                        "a meeting cannot end before it is made: give it a time that comes"
                            .to_owned(),
                    );
                }
                let organizer = self.user(&organizer)?;
                let rules = RuleOverrides::default();
                let add = Command::AddMeeting { organizer, subject, rules, held_until };
                let outcome = self.commit(&add)?;
                let directory = self.directory()?;
                let made = outcome.added_meeting().and_then(|id| directory.meeting(id));
                let made = made.and_then(|meeting| meeting_row(&directory, meeting));
                let meeting = made.ok_or("the meeting is gone again: somebody removed it")?;
                Ok((Reply::MeetingMade { meeting }, outcome.changes))
            }
            Request::Cancel { conference_id } => self.cancel(conference_id),
            Request::Users { naming, limit } => self.users(naming.as_deref(), limit),
            Request::Meetings { naming, limit } => self.meetings(naming.as_deref(), limit),
            Request::Calls { limit } => {
                is_shown_at_once(limit)?;
                let calls = self.store.latest_calls(limit).map_err(|error| error.to_string())?;
                Ok((Reply::Calls { calls }, Vec::new()))
            }
            Request::Audit { limit } => {
                is_shown_at_once(limit)?;
                let entries = self.store.audit(limit).map_err(|error| error.to_string())?;
                Ok((Reply::Audit { entries }, Vec::new()))
            }
        }
    }

    fn users(&self, part: Option<&str>, limit: usize) -> Result<(Reply, Vec<Change>), String> {
        is_shown_at_once(limit)?;
        let (directory, part) = (self.directory()?, part.map(Part::new));
        let found = directory.users().filter(|user| {
            part.as_ref().is_none_or(|part| {
                let number = user.id.number().to_string();
                let address = user.address.as_deref().unwrap_or_default();
                part.is_in([&user.name, address, &number], directory.conference_id_of(user.id))
            })
        });
        let (users, more) = first(limit, found);
        let users = users.into_iter().map(|user| user_row(&directory, user)).collect();
        Ok((Reply::Users { users, more }, Vec::new()))
    }

    fn meetings(&self, part: Option<&str>, limit: usize) -> Result<(Reply, Vec<Change>), String> {
        is_shown_at_once(limit)?;
        let (directory, part) = (self.directory()?, part.map(Part::new));
        let found = directory.meetings().filter(|meeting| {
            part.as_ref().is_none_or(|part| {
                let organizer = directory.user(meeting.organizer).map(|user| user.name.as_str());
                let texts = [organizer.unwrap_or_default(), &meeting.subject];
                part.is_in(texts, Some(meeting.conference_id))
            })
        });
        let (meetings, more) = first(limit, found);
        let rows = meetings.into_iter().filter_map(|meeting| meeting_row(&directory, meeting));
        Ok((Reply::Meetings { meetings: rows.collect(), more }, Vec::new()))
    }

    fn cancel(&mut self, conference_id: ConferenceId) -> Result<(Reply, Vec<Change>), String> {
        let directory = self.directory()?;
        let found = directory.meetings().find(|one| one.conference_id == conference_id);
        let Some(meeting) = found.map(|meeting| meeting.id) else {
            return Err(format!(
                "no meeting has the conference ID {conference_id}: `holdline meeting list` shows all"
            ));
        };
        drop(directory);
        let outcome = self.commit(&Command::RemoveMeeting { meeting })?;
        let what = format!("meeting {conference_id} is called off");
        Ok((Reply::Done { what }, outcome.changes))
    }

    fn add_user(
        &mut self,
        name: String,
        address: Option<String>,
        number: Option<PhoneNumber>,
    ) -> Result<(Reply, Vec<Change>), String> {
        let outcome = self.commit(&Command::AddOrganizer { name, address, number })?;
        let user = outcome.added_user().ok_or("nobody was added")?;
        self.pin_made(user, outcome)
    }

    fn pin_made(&mut self, user: UserId, outcome: Outcome) -> Result<(Reply, Vec<Change>), String> {
        let directory = self.directory()?;
        let found = directory.user(user).ok_or("the user is gone again")?;
        let post = outcome.post.to_string();
        let revealed = outcome.revealed.ok_or("no PIN was made")?;
        let pin = revealed.take().reveal().to_owned();
        Ok((Reply::PinMade { user: user_row(&directory, found), pin, post }, outcome.changes))
    }

    /// Decides and commits; again, when somebody else was faster. The letters are the store's.
    fn commit(&mut self, command: &Command) -> Result<Outcome, String> {
        let mut tries = 0;
        // Whoever may come to the desk is one.
        let signed = Signed { by: Actor::Administrator, at: self.now };
        loop {
            let directory = self.directory()?;
            let mut desk = admin::Desk { rng: &mut *self.rng, hasher: self.hasher, now: self.now };
            let mut outcome = admin::decide(&directory, command.clone(), &mut desk)
                .map_err(|error| error.to_string())?;
            drop(directory);
            let letters = std::mem::take(&mut outcome.letters);
            match self.store.commit(signed, outcome.changes.clone(), letters) {
                Ok(()) => return Ok(outcome),
                Err(StoreError::Refused(_)) if tries < TRIES => tries += 1,
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    fn directory(&self) -> Result<std::sync::Arc<Directory>, String> {
        self.store.directory().map_err(|error| error.to_string())
    }

    /// A user by id, address or name. An id is one user's alone, whatever others are called.
    fn user(&self, who: &str) -> Result<UserId, String> {
        let directory = self.directory()?;
        let by_id = who.parse().ok().map(UserId::new).filter(|id| id.number().to_string() == who);
        if let Some(user) = by_id.and_then(|id| directory.user(id)) {
            return Ok(user.id);
        }
        let is = |user: &&User| user.name.eq_ignore_ascii_case(who) || user.has_address(who);
        let mut found = directory.users().filter(is);
        match (found.next(), found.next()) {
            (Some(user), None) => Ok(user.id),
            (Some(one), Some(other)) => Err(format!(
                "{who:?} are several, such as number {} and number {}: say the number",
                one.id.number(),
                other.id.number()
            )),
            (None, _) => {
                Err(format!("there is no user {who:?}: `holdline user list` shows everybody"))
            }
        }
    }
}

fn is_shown_at_once(limit: usize) -> Result<(), String> {
    match limit <= SHOWN_MAX {
        true => Ok(()),
        false => {
            Err(format!("no more than {SHOWN_MAX} are shown at once: ask for so many or fewer"))
        }
    }
}

/// The first so many, and how many more there are.
fn first<T>(limit: usize, mut rows: impl Iterator<Item = T>) -> (Vec<T>, usize) {
    let shown = rows.by_ref().take(limit).collect();
    (shown, rows.count())
}

/// A part of what somebody or something is called, which is looked for.
struct Part {
    /// In small letters.
    text: String,
    /// Without the spaces in which a conference ID may be grouped.
    digits: String,
}

impl Part {
    fn new(text: &str) -> Self {
        let text = text.to_lowercase();
        Self { digits: text.replace(' ', ""), text }
    }

    /// Whether it is in one of these, whatever the case, or in the conference ID.
    fn is_in<const N: usize>(&self, texts: [&str; N], id: Option<ConferenceId>) -> bool {
        texts.iter().any(|text| text.to_lowercase().contains(&self.text))
            || id.is_some_and(|id| id.to_string().replace(' ', "").contains(&self.digits))
    }
}

fn meeting_row(directory: &Directory, meeting: &Meeting) -> Option<MeetingRow> {
    Some(MeetingRow {
        meeting: meeting.id,
        conference_id: meeting.conference_id,
        organizer: directory.user(meeting.organizer)?.name.clone(),
        subject: meeting.subject.clone(),
        expires_at: meeting.expires_at,
    })
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
