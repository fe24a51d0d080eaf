//! The store that survives a kill: SQLite in one file, beside the process.
//!
//! What is acknowledged is on the disk (WAL, `synchronous = FULL`), but for the end of an attempt at a PIN. Calls are answered
//! by point look-ups on pooled readers; everything that alters goes through the one writer, in a transaction of its own. The
//! whole directory is loaded only when somebody asks for it, while calls go on; see `kept`.

mod cards;
#[cfg(test)]
mod directory_tests;
#[cfg(test)]
mod file_tests;
mod kept;
#[cfg(test)]
mod kept_tests;
mod open;
mod schema;
#[cfg(test)]
mod tests;
mod write;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Row, TransactionBehavior};
use serde::de::DeserializeOwned;

use super::rules::standing_verdict;
use super::{Attempt, PinVerdict, Store, StoreError};
use crate::domain::audit::{Actor, Altered, AuditEntry, Signed};
use crate::domain::call_record::{CallRecord, Record};
use crate::domain::call_source::CallSource;
use crate::domain::digit::Entry;
use crate::domain::directory::{Change, Directory, Meeting, Organization, StoredDirectory, User};
use crate::domain::id::{MeetingId, UserId};
use crate::domain::letter::Letter;
use crate::domain::lockout::{CallerCounters, Gate, LockoutCounters};
use crate::domain::pin::PinDigest;
use crate::domain::question::MeetingCard;
use crate::domain::time::UtcTime;
use kept::Kept;

pub use open::OpenError;

/// A store in a file.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    writer: Mutex<Writer>,
    readers: Mutex<Vec<Connection>>,
    /// Held by whoever loads the directory, and taken before the writer.
    loading: Mutex<()>,
    organization: RwLock<Arc<Organization>>,
    /// What happens while a directory is being loaded.
    #[cfg(test)]
    while_loading: std::sync::OnceLock<fn(&Self)>,
}

/// The one connection that writes, and the directory as it is in the file, once somebody has asked for it.
#[derive(Debug)]
struct Writer {
    connection: Connection,
    kept: Kept,
}

/// Readers kept open.
const READERS_MAX: usize = 4;

/// At whose PIN attempts are counted that are at none. Users are numbered from 1 on.
const NOBODY: UserId = UserId::new(0);

impl SqliteStore {
    /// Opens a database, or makes an empty one.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let connection = open::writer(path)?;
        let organization = organization(&connection).map_err(|error| OpenError::Corrupt {
            path: path.to_owned(),
            why: error.to_string(),
        })?;
        Ok(Self {
            path: path.to_owned(),
            writer: Mutex::new(Writer { connection, kept: Kept::Nothing }),
            readers: Mutex::default(),
            loading: Mutex::default(),
            organization: RwLock::new(Arc::new(organization.unwrap_or_default())),
            #[cfg(test)]
            while_loading: std::sync::OnceLock::new(),
        })
    }

    /// Whether it has no organization yet.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn is_empty(&self) -> Result<bool, StoreError> {
        Ok(organization(&self.writer().connection)?.is_none())
    }

    /// Puts a whole organization into an empty database.
    ///
    /// # Errors
    /// The file cannot be written, or there is an organization already; nothing was altered.
    pub fn import(&self, directory: Directory) -> Result<(), StoreError> {
        self.put_whole(directory, None)
    }

    /// The same, with the mark of the pepper that its PINs are made with: both, or nothing.
    ///
    /// # Errors
    /// As [`SqliteStore::import`].
    pub fn found(&self, directory: Directory, mark: &PinDigest) -> Result<(), StoreError> {
        self.put_whole(directory, Some(mark))
    }

    fn put_whole(&self, directory: Directory, mark: Option<&PinDigest>) -> Result<(), StoreError> {
        let _nobody_loads_it = lock(&self.loading);
        let mut writer = self.writer();
        let stored = StoredDirectory::from(directory);
        let organization = Arc::new(stored.organization.clone());
        let transaction = writer.begin()?;
        write::whole(&transaction, &stored)?;
        mark.map_or(Ok(()), |mark| write::pepper_mark(&transaction, mark))?;
        transaction.commit().map_err(unavailable)?;
        writer.kept = Kept::Nothing;
        self.renew_organization(organization);
        Ok(())
    }

    /// Takes the letters that wait to be sent, the oldest first; nothing of them stays in the file.
    ///
    /// # Errors
    /// The file cannot be written; they all wait on.
    pub fn take_letters(&self) -> Result<Vec<Letter>, StoreError> {
        // Whoever loads the directory keeps the log from being emptied.
        let _nobody_loads_it = lock(&self.loading);
        let mut writer = self.writer();
        let transaction = writer.begin()?;
        let letters = write::take_letters(&transaction)?;
        transaction.commit().map_err(unavailable)?;
        // What is deleted is overwritten in the file, but stays in the write-ahead log until that is emptied.
        if let Err(error) = writer.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
            tracing::warn!(%error, "letters that were taken are still in the database's log");
        }
        Ok(letters)
    }

    /// The wrong PINs counted at a user's.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn counters(&self, user: UserId) -> Result<LockoutCounters, StoreError> {
        self.read(|reader| pin_counters(reader, user))
    }

    /// Does something to the connection that writes: what a test wants to be wrong with it.
    #[cfg(test)]
    pub(crate) fn with_writer<T>(&self, deed: impl FnOnce(&Connection) -> T) -> T {
        deed(&self.writer().connection)
    }

    /// The organization as it is now, without the users and meetings that are in its directory.
    #[must_use]
    pub fn organization(&self) -> Arc<Organization> {
        Arc::clone(&self.organization.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The mark of the pepper that its PINs are made with, see [`Argon2Hasher::mark`](super::Argon2Hasher::mark); `None` while
    /// it has none.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn pepper_mark(&self) -> Result<Option<PinDigest>, StoreError> {
        Ok(one(&self.writer().connection, "SELECT mark FROM pepper WHERE one = ?1", 1)?)
    }

    /// Keeps the mark of a pepper. One that is there stays.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn mark_pepper(&self, mark: &PinDigest) -> Result<(), StoreError> {
        let mut writer = self.writer();
        let transaction = writer.begin()?;
        write::pepper_mark(&transaction, mark)?;
        transaction.commit().map_err(unavailable)
    }

    /// What is altered is altered in a transaction, so it is sound even if a thread died with the lock.
    fn writer(&self) -> MutexGuard<'_, Writer> {
        lock(&self.writer)
    }

    fn renew_organization(&self, organization: Arc<Organization>) {
        *self.organization.write().unwrap_or_else(PoisonError::into_inner) = organization;
    }

    /// Reads on a connection of its own, which goes back to the pool unless something was wrong with it.
    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, StoreError> {
        let pooled = lock(&self.readers).pop();
        let reader = match pooled {
            Some(reader) => reader,
            // Without a descriptor to spare the writer reads: calls go on.
            None => match open::reader(&self.path) {
                Ok(reader) => reader,
                Err(_none_to_spare) => return Ok(read(&self.writer().connection)?),
            },
        };
        let found = read(&reader)?;
        let mut readers = lock(&self.readers);
        if readers.len() < READERS_MAX {
            readers.push(reader);
        }
        Ok(found)
    }
}

impl Writer {
    /// What is committed is on the disk.
    fn begin(&mut self) -> Result<rusqlite::Transaction<'_>, StoreError> {
        self.begin_with("PRAGMA synchronous = FULL")
    }

    /// What is committed outlives this process, and is on the disk with the next transaction that waits for it: for what does
    /// no harm where the machine loses its power first.
    fn begin_unsynced(&mut self) -> Result<rusqlite::Transaction<'_>, StoreError> {
        self.begin_with("PRAGMA synchronous = NORMAL")
    }

    fn begin_with(&mut self, synchronous: &str) -> Result<rusqlite::Transaction<'_>, StoreError> {
        self.connection.execute_batch(synchronous).map_err(unavailable)?;
        let behavior = TransactionBehavior::Immediate;
        self.connection.transaction_with_behavior(behavior).map_err(unavailable)
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store for SqliteStore {
    fn find_meeting(&self, entry: &Entry, now: UtcTime) -> Result<Option<MeetingCard>, StoreError> {
        let organization = self.organization();
        self.read(|reader| cards::find(reader, &organization, entry, now))
    }

    fn may_call(&self, from: CallSource, now: UtcTime) -> Result<bool, StoreError> {
        let organization = self.organization();
        let counters = self.read(|reader| caller_counters(reader, from))?;
        let settings = &organization.settings.caller_lockout;
        Ok(!counters.is_some_and(|counters| counters.is_busy(now, settings)))
    }

    fn count_wrong_entries(&self, entries: &[(CallSource, UtcTime)]) -> Result<(), StoreError> {
        let mut known = entries.iter().filter(|(from, _)| !from.is_unknown()).peekable();
        if known.peek().is_none() {
            return Ok(());
        }
        let settings = self.organization().settings.caller_lockout;
        let mut writer = self.writer();
        let transaction = writer.begin()?;
        for &(from, now) in known {
            let mut counters = caller_counters(&transaction, from)?.unwrap_or_default();
            counters.count_wrong(now, &settings);
            write::caller_counters(&transaction, from, &counters, now)?;
        }
        transaction.commit().map_err(unavailable)
    }

    fn open_attempt(&self, meeting: MeetingId, now: UtcTime) -> Result<Attempt, StoreError> {
        let organization = self.organization();
        let mut writer = self.writer();
        let transaction = writer.begin()?;
        let organizer = organizer_of(&transaction, meeting)?;
        let found = organizer.and_then(|user| Some((user.id, user.audio_conferencing?)));
        let Some((user, conferencing)) = found else {
            // Counted as well, at nobody's: what a commit takes does not tell that there is nothing.
            write::pin_counters(&transaction, NOBODY, Some(&LockoutCounters::default()))?;
            transaction.commit().map_err(unavailable)?;
            return Ok(Attempt::at_nothing());
        };
        let limits = organization.settings.lockout.limits(conferencing.pin.length);
        let mut counters = pin_counters(&transaction, user)?;
        let gate = counters.count_before_check(now, &limits);
        write::pin_counters(&transaction, user, Some(&counters))?;
        transaction.commit().map_err(unavailable)?;
        let locks = gate == Gate::Open && counters.is_locked(now, &limits);
        Ok(Attempt::new(user, conferencing.pin.digest, gate).that_locks(locks))
    }

    fn close_attempt(
        &self,
        attempt: Attempt,
        verdict: PinVerdict,
        _now: UtcTime,
    ) -> Result<PinVerdict, StoreError> {
        let organization = self.organization();
        let id = attempt.user().unwrap_or(NOBODY);
        let mut writer = self.writer();
        // Without power, the attempt that was right stays counted: one fewer of those that may be wrong.
        let transaction = writer.begin_unsynced()?;
        let found = user(&transaction, id)?;
        let Some(conferencing) = found.and_then(|user| user.audio_conferencing) else {
            return Ok(PinVerdict::Mismatch);
        };
        let verdict = standing_verdict(&attempt, verdict, &conferencing.pin.digest);
        if verdict == PinVerdict::Match {
            let limits = organization.settings.lockout.limits(conferencing.pin.length);
            let mut counters = pin_counters(&transaction, id)?;
            counters.succeeded(&limits);
            write::pin_counters(&transaction, id, Some(&counters))?;
        }
        transaction.commit().map_err(unavailable)?;
        Ok(verdict)
    }

    fn commit(
        &self,
        signed: Signed,
        changes: Vec<Change>,
        letters: Vec<Letter>,
    ) -> Result<(), StoreError> {
        let (mut writer, mut directory) = self.writer_and_directory()?;
        // Not kept while it may differ from the file: if anything fails from here on, it is loaded anew.
        writer.kept = Kept::Nothing;
        let transaction = writer.begin()?;
        write::letters(&transaction, letters)?;
        let altered = Arc::make_mut(&mut directory);
        for change in changes {
            write::change(&transaction, altered, signed, change)?;
        }
        transaction.commit().map_err(unavailable)?;
        self.renew_organization(Arc::new(directory.organization().clone()));
        writer.kept = Kept::Whole(directory);
        Ok(())
    }

    /// In an excerpt of the directory: of a million users the whole takes seconds to load.
    fn renew_digest(
        &self,
        user: UserId,
        (old, digest): (PinDigest, PinDigest),
        now: UtcTime,
    ) -> Result<(), StoreError> {
        let mut writer = self.writer();
        // Without power it is renewed the next time.
        let transaction = writer.begin_unsynced()?;
        let mut excerpt = excerpt(&transaction, user)?;
        let change = Change::PinRehashed { user, old, digest };
        let signed = Signed { by: Actor::Bridge, at: now };
        write::change(&transaction, &mut excerpt, signed, change.clone())?;
        transaction.commit().map_err(unavailable)?;
        writer.kept.alter([change]);
        Ok(())
    }

    fn file_records(&self, records: &[Record]) -> Result<(), StoreError> {
        let mut writer = self.writer();
        let transaction = writer.begin()?;
        let changes = records.iter().map(|record| write::record(&transaction, record));
        let changes: Vec<Option<Change>> = changes.collect::<Result<_, _>>()?;
        transaction.commit().map_err(unavailable)?;
        writer.kept.alter(changes.into_iter().flatten());
        Ok(())
    }

    fn latest_calls(&self, limit: usize) -> Result<Vec<CallRecord>, StoreError> {
        self.read(|reader| {
            let mut select =
                reader.prepare_cached("SELECT json FROM calls ORDER BY id DESC LIMIT ?1")?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = select.query_map([limit], json)?;
            rows.map(|row| row.map_err(Fault::from)).collect()
        })
    }

    fn audit(&self, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        self.read(|reader| {
            let select =
                "SELECT at_us, by_whom, what, kind, whose FROM audit ORDER BY id DESC LIMIT ?1";
            let mut select = reader.prepare_cached(select)?;
            let rows = select.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], audit_entry)?;
            rows.map(|row| row.map_err(Fault::from)).collect()
        })
    }

    fn directory(&self) -> Result<Arc<Directory>, StoreError> {
        Ok(self.writer_and_directory()?.1)
    }
}

/// A directory of one user and their standing meeting alone.
fn excerpt(connection: &Connection, id: UserId) -> Result<Directory, StoreError> {
    let user = user(connection, id)?;
    let standing = user.as_ref().and_then(|user| user.audio_conferencing.as_ref());
    let select = "SELECT json FROM meetings WHERE id = ?1";
    let meeting: Option<Meeting> = match standing {
        Some(conferencing) => one(connection, select, number(conferencing.meeting.number()))?,
        None => None,
    };
    let (users, meetings) = (user.into_iter().collect(), meeting.into_iter().collect());
    let stored = StoredDirectory { users, meetings, ..StoredDirectory::default() };
    Directory::try_from(stored).map_err(StoreError::Refused)
}

fn organization(connection: &Connection) -> Result<Option<Organization>, Fault> {
    one(connection, "SELECT json FROM organization WHERE one = ?1", 1)
}

fn user(connection: &Connection, id: UserId) -> Result<Option<User>, Fault> {
    one(connection, "SELECT json FROM users WHERE id = ?1", number(id.number()))
}

fn organizer_of(connection: &Connection, meeting: MeetingId) -> Result<Option<User>, Fault> {
    let select = "SELECT users.json FROM meetings JOIN users ON users.id = meetings.organizer
                  WHERE meetings.id = ?1";
    one(connection, select, number(meeting.number()))
}

fn pin_counters(connection: &Connection, user: UserId) -> Result<LockoutCounters, Fault> {
    let select = "SELECT json FROM pin_counters WHERE user = ?1";
    Ok(one(connection, select, number(user.number()))?.unwrap_or_default())
}

fn audit_entry(row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    let kind = row.get_ref(3)?.as_str_or_null()?.map(str::to_owned);
    let whose: Option<i64> = row.get(4)?;
    let of = kind.zip(whose.and_then(|number| u64::try_from(number).ok()));
    Ok(AuditEntry {
        at: row.get::<_, Option<i64>>(0)?.map(UtcTime::from_micros),
        by: json_or_default(row, 1)?,
        what: row.get(2)?,
        of: of.and_then(|(kind, number)| Altered::from_kind_and_number(&kind, number)),
    })
}

fn caller_counters(
    connection: &Connection,
    from: CallSource,
) -> Result<Option<CallerCounters>, Fault> {
    one(connection, "SELECT json FROM callers WHERE source = ?1", from.to_string())
}

fn one<T: DeserializeOwned>(
    connection: &Connection,
    select: &str,
    key: impl rusqlite::ToSql,
) -> Result<Option<T>, Fault> {
    Ok(connection.prepare_cached(select)?.query_row([key], json).optional()?)
}

/// The first column of a row: one value as JSON.
fn json<T: DeserializeOwned>(row: &Row<'_>) -> rusqlite::Result<T> {
    parsed(row.get_ref(0)?.as_str()?, 0)
}

/// A column with one value as JSON, or nothing.
fn json_or_default<T: DeserializeOwned + Default>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str_or_null()?;
    text.map_or_else(|| Ok(T::default()), |text| parsed(text, column))
}

fn parsed<T: DeserializeOwned>(text: &str, column: usize) -> rusqlite::Result<T> {
    let kind = rusqlite::types::Type::Text;
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, kind, Box::new(error)))
}

/// Ids are given from 1 on, one after the other.
fn number(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(i64::MAX)
}

/// Something that is wrong with the file.
#[derive(Debug)]
struct Fault(rusqlite::Error);

impl Fault {
    fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        let kind = rusqlite::types::Type::Text;
        Self(rusqlite::Error::FromSqlConversionFailure(0, kind, Box::new(error)))
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self(error)
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        unavailable(fault.0)
    }
}

/// A clear word for what SQLite says.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unavailable(error: rusqlite::Error) -> StoreError {
    let what = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "the database is locked by another program: close it"
        }
        Some(ErrorCode::DiskFull) => "the disk is full: make room",
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            "the database cannot be written: are file and folder this user's?"
        }
        Some(ErrorCode::SystemIoFailure) => {
            "the disk does not read or write: is there room on it, and is it sound?"
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            "the database is damaged: put a backup in its place"
        }
        _other => "the database failed",
    };
    StoreError::Unavailable(format!("{what} ({error})"))
}
