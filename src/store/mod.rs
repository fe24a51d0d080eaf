//! What is kept, behind one synchronous trait: the directory, the counters of wrong PINs, call records, letters.
//!
//! Called from threads that may wait, never on the media way. [`answer()`] is how the exchange's questions are
//! answered with it; a store itself hashes nothing.

mod answer;
pub mod argon;
pub mod memory;
mod rules;
#[cfg(feature = "io")]
pub mod sqlite;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use thiserror::Error;

use crate::domain::audit::{Actor, AuditEntry, Signed};
use crate::domain::call_record::{CallRecord, Record};
use crate::domain::call_source::CallSource;
use crate::domain::digit::Entry;
use crate::domain::directory::{Change, Directory, DirectoryError};
use crate::domain::id::{MeetingId, UserId};
use crate::domain::letter::Letter;
use crate::domain::lockout::Gate;
use crate::domain::pin::PinDigest;
use crate::domain::question::MeetingCard;
use crate::domain::time::UtcTime;

pub use answer::{Answered, Renewal, Tried, answer, answer_uncounted, count_wrong, wrong_entry};
pub use argon::Argon2Hasher;
pub use memory::MemoryStore;
#[cfg(feature = "io")]
pub use sqlite::SqliteStore;

/// What holds what the bridge must not forget.
///
/// `now` is when the question was asked. Each call is one transaction: it is done whole or not at all.
pub trait Store: Send + Sync {
    /// The meeting with the conference ID that was keyed. An entry that is no conference ID (empty, letters,
    /// a wrong check digit) is none of any meeting, and no error.
    ///
    /// # Errors
    /// The store cannot answer.
    fn find_meeting(&self, entry: &Entry, now: UtcTime) -> Result<Option<MeetingCard>, StoreError>;

    /// Whether someone who calls from there may, or has keyed too much wrong of late. Where nothing is known of the
    /// source, the caller may.
    ///
    /// # Errors
    /// The store cannot answer.
    fn may_call(&self, from: CallSource, now: UtcTime) -> Result<bool, StoreError>;

    /// Counts a wrong entry, conference ID or PIN, of someone who calls from there.
    ///
    /// # Errors
    /// The store cannot answer; nothing was counted.
    fn count_wrong_entry(&self, from: CallSource, now: UtcTime) -> Result<(), StoreError> {
        self.count_wrong_entries(&[(from, now)])
    }

    /// Counts the wrong entries of many, each with when it was keyed and in this order, all or none: cheaper than one after the
    /// other, and to the same end.
    ///
    /// # Errors
    /// The store cannot answer; nothing was counted.
    fn count_wrong_entries(&self, entries: &[(CallSource, UtcTime)]) -> Result<(), StoreError>;

    /// Counts an attempt at the PIN of a meeting's organizer, before it is checked, and says against what to
    /// check it. Also an attempt that cannot succeed has to be checked and closed, for the time it takes.
    ///
    /// # Errors
    /// The store cannot answer; the attempt may have been counted.
    fn open_attempt(&self, meeting: MeetingId, now: UtcTime) -> Result<Attempt, StoreError>;

    /// Ends an attempt with what the check came to, and gives the verdict that stands: a match counts for
    /// nothing at a locked PIN, or if the PIN was replaced in the meantime. An attempt that is never closed
    /// stays counted as a wrong one.
    ///
    /// # Errors
    /// The store cannot answer; the attempt stays counted.
    fn close_attempt(
        &self,
        attempt: Attempt,
        verdict: PinVerdict,
        now: UtcTime,
    ) -> Result<PinVerdict, StoreError>;

    /// Alters the directory and takes letters to be sent, all or nothing. What was altered, when and by whom, is in the audit
    /// from then on.
    ///
    /// # Errors
    /// A change does not fit, because somebody else was faster: decide again on a new snapshot. Or the
    /// letters waiting are too many, or the store cannot answer.
    fn commit(
        &self,
        signed: Signed,
        changes: Vec<Change>,
        letters: Vec<Letter>,
    ) -> Result<(), StoreError>;

    /// Puts a new digest of the same PIN in the place of one that has become cheap, in the bridge's own name; see
    /// [`Renewal`]. A store with a large directory does it without loading that.
    ///
    /// # Errors
    /// The digest is another by now, and is left alone; or the store cannot answer.
    fn renew_digest(
        &self,
        user: UserId,
        (old, digest): (PinDigest, PinDigest),
        now: UtcTime,
    ) -> Result<(), StoreError> {
        let signed = Signed { by: Actor::Bridge, at: now };
        self.commit(signed, vec![Change::PinRehashed { user, old, digest }], Vec::new())
    }

    /// What was altered of late, the newest first, at most so many.
    ///
    /// # Errors
    /// The store cannot answer.
    fn audit(&self, limit: usize) -> Result<Vec<AuditEntry>, StoreError>;

    /// Keeps the record of a call or a meeting that is over.
    ///
    /// # Errors
    /// The store cannot answer: the record is not kept.
    fn file_record(&self, record: Record) -> Result<(), StoreError> {
        self.file_records(&[record])
    }

    /// Keeps the records of many, all or none: cheaper than one after the other.
    ///
    /// # Errors
    /// The store cannot answer: none of them is kept.
    fn file_records(&self, records: &[Record]) -> Result<(), StoreError>;

    /// The records of the latest calls, the newest first, at most so many.
    ///
    /// # Errors
    /// The store cannot answer.
    fn latest_calls(&self, limit: usize) -> Result<Vec<CallRecord>, StoreError>;

    /// The directory as it is now. It never changes: ask again for a newer one.
    ///
    /// # Errors
    /// The store cannot answer.
    fn directory(&self) -> Result<Arc<Directory>, StoreError>;
}

/// Why a store does not do what it was asked.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StoreError {
    /// A change does not fit.
    #[error("the change was not committed: {0}")]
    Refused(#[from] DirectoryError),
    /// Letters that nobody sends.
    #[error(
        "the change was not committed: {waiting} letters wait to be sent. See why mail does not go out, or \
         switch it off"
    )]
    LettersWaiting {
        /// How many.
        waiting: usize,
    },
    /// It does not answer, for the reason given.
    #[error("the store does not answer: {0}")]
    Unavailable(String),
}

/// One attempt at a PIN, from its count to its end. Cannot be copied: it is closed once.
#[derive(Debug, PartialEq, Eq)]
pub struct Attempt {
    /// At whose PIN; `None` if there is no such meeting, or nobody's PIN starts it.
    user: Option<UserId>,
    /// What to check against; `None` to check against [a decoy](crate::domain::pin::PinHasher::decoy).
    digest: Option<PinDigest>,
    gate: Gate,
    locks: bool,
}

impl Attempt {
    /// An attempt at a user's PIN.
    #[must_use]
    pub fn new(user: UserId, digest: PinDigest, gate: Gate) -> Self {
        Self { user: Some(user), digest: Some(digest), gate, locks: false }
    }

    /// An attempt at no PIN at all, which is checked like any other and never succeeds.
    #[must_use]
    pub fn at_nothing() -> Self {
        Self { user: None, digest: None, gate: Gate::Locked, locks: false }
    }

    /// Whether the PIN is locked from here on, unless this attempt is the right one.
    #[must_use]
    pub fn that_locks(self, locks: bool) -> Self {
        Self { locks, ..self }
    }

    /// Whether it locks the PIN unless it is right; see [`Attempt::that_locks`].
    #[must_use]
    pub fn locks(&self) -> bool {
        self.locks
    }

    /// At whose PIN.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        self.user
    }

    /// What to check against; `None` to check against a decoy.
    #[must_use]
    pub fn digest(&self) -> Option<&PinDigest> {
        self.digest.as_ref()
    }

    /// Whether it can succeed.
    #[must_use]
    pub fn gate(&self) -> Gate {
        self.gate
    }
}

/// What became of an attempt. Which of its reasons a mismatch has, nobody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinVerdict {
    /// It is the organizer's PIN.
    Match,
    /// It is not, or it is of no use.
    Mismatch,
}
