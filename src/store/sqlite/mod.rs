//! The store that survives a kill: SQLite in one file, beside the process.
//!
//! What is acknowledged is on the disk (WAL, `synchronous = FULL`), but for the end of an attempt at a PIN. Calls are answered
//! by point look-ups on pooled readers; everything that alters goes through the one writer, in a transaction of its own. The
//! whole directory is loaded only when somebody asks for it, kept, and altered with every commit.

mod cards;
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
use crate::domain::audit::{Altered, AuditEntry, Signed};
use crate::domain::call_record::{CallRecord, Record};
use crate::domain::call_source::CallSource;
use crate::domain::digit::Entry;
use crate::domain::directory::{Change, Directory, Organization, Released, StoredDirectory, User};
use crate::domain::id::{MeetingId, UserId};
use crate::domain::letter::Letter;
use crate::domain::lockout::{CallerCounters, Gate, LockoutCounters};
use crate::domain::pin::PinDigest;
use crate::domain::question::MeetingCard;
use crate::domain::time::UtcTime;

pub use open::OpenError;

/// A store in a file.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    writer: Mutex<Writer>,
    readers: Mutex<Vec<Connection>>,
    organization: RwLock<Arc<Organization>>,
}

/// The one connection that writes, and the directory as it is in the file, once somebody has asked for it.
#[derive(Debug)]
struct Writer {
    connection: Connection,
    directory: Option<Arc<Directory>>,
}

/// Readers kept open.
const READERS_MAX: usize = 4;

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
            writer: Mutex::new(Writer { connection, directory: None }),
            readers: Mutex::default(),
            organization: RwLock::new(Arc::new(organization.unwrap_or_default())),
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
        let mut writer = self.writer();
        let stored = StoredDirectory::from(directory);
        let organization = Arc::new(stored.organization.clone());
        let transaction = writer.begin()?;
        write::whole(&transaction, &stored)?;
        transaction.commit().map_err(unavailable)?;
        writer.directory = None;
        self.renew_organization(organization);
        Ok(())
    }

    /// Takes the letters that wait to be sent, the oldest first; nothing of them stays in the file.
    ///
    /// # Errors
    /// The file cannot be written; they all wait on.
    pub fn take_letters(&self) -> Result<Vec<Letter>, StoreError> {
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
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn renew_organization(&self, organization: Arc<Organization>) {
        *self.organization.write().unwrap_or_else(PoisonError::into_inner) = organization;
    }

    /// Reads on a connection of its own, which goes back to the pool unless something was wrong with it.
    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, StoreError> {
        let pooled = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = match pooled {
            Some(reader) => reader,
            // Without a descriptor to spare the writer reads: calls go on.
            None => match open::reader(&self.path) {
                Ok(reader) => reader,
                Err(_none_to_spare) => return Ok(read(&self.writer().connection)?),
            },
        };
        let found = read(&reader)?;
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
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

    /// The directory, loaded when it is not kept yet.
    fn directory(&mut self) -> Result<Arc<Directory>, StoreError> {
        if let Some(directory) = &self.directory {
            return Ok(Arc::clone(directory));
        }
        let directory = Arc::new(load(&self.connection)?);
        self.directory = Some(Arc::clone(&directory));
        Ok(directory)
    }
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

    fn count_wrong_entry(&self, from: CallSource, now: UtcTime) -> Result<(), StoreError> {
        if from.is_unknown() {
            return Ok(());
        }
        let settings = self.organization().settings.caller_lockout;
        let mut writer = self.writer();
        let transaction = writer.begin()?;
        let mut counters =
            caller_counters(&transaction, from)?.unwrap_or_else(CallerCounters::default);
        counters.count_wrong(now, &settings);
        write::caller_counters(&transaction, from, &counters, now)?;
        transaction.commit().map_err(unavailable)
    }

    fn open_attempt(&self, meeting: MeetingId, now: UtcTime) -> Result<Attempt, StoreError> {
        let organization = self.organization();
        let mut writer = self.writer();
        let transaction = writer.begin()?;
        let Some(user) = organizer_of(&transaction, meeting)? else {
            return Ok(Attempt::at_nothing());
        };
        let Some(conferencing) = &user.audio_conferencing else {
            return Ok(Attempt::at_nothing());
        };
        let limits = organization.settings.lockout.limits(conferencing.pin.length);
        let mut counters = pin_counters(&transaction, user.id)?;
        let gate = counters.count_before_check(now, &limits);
        write::pin_counters(&transaction, user.id, Some(&counters))?;
        transaction.commit().map_err(unavailable)?;
        let locks = gate == Gate::Open && counters.is_locked(now, &limits);
        Ok(Attempt::new(user.id, conferencing.pin.digest.clone(), gate).that_locks(locks))
    }

    fn close_attempt(
        &self,
        attempt: Attempt,
        verdict: PinVerdict,
        _now: UtcTime,
    ) -> Result<PinVerdict, StoreError> {
        let organization = self.organization();
        let Some(id) = attempt.user() else { return Ok(PinVerdict::Mismatch) };
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
        let mut writer = self.writer();
        let mut directory = writer.directory()?;
        // Not kept while it may differ from the file: if anything fails from here on, it is loaded anew.
        writer.directory = None;
        let transaction = writer.begin()?;
        write::letters(&transaction, letters)?;
        let altered = Arc::make_mut(&mut directory);
        for change in changes {
            write::change(&transaction, altered, signed, change)?;
        }
        transaction.commit().map_err(unavailable)?;
        self.renew_organization(Arc::new(directory.organization().clone()));
        writer.directory = Some(directory);
        Ok(())
    }

    fn file_records(&self, records: &[Record]) -> Result<(), StoreError> {
        let mut writer = self.writer();
        let transaction = writer.begin()?;
        let changes = records.iter().map(|record| write::record(&transaction, record));
        let changes: Vec<Option<Change>> = changes.collect::<Result<_, _>>()?;
        transaction.commit().map_err(unavailable)?;
        let mut changes = changes.into_iter().flatten().peekable();
        // A directory that somebody else has too is copied for a change: only if there is one.
        if changes.peek().is_none() {
            return Ok(());
        }
        let Some(mut directory) = writer.directory.take() else { return Ok(()) };
        let altered = Arc::make_mut(&mut directory);
        match changes.try_for_each(|change| altered.apply(change)) {
            Ok(()) => writer.directory = Some(directory),
            // The records are kept, whatever is wrong with the directory: it is loaded anew.
            Err(error) => tracing::warn!(%error, "the directory is not as it is in the file"),
        }
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
        self.writer().directory()
    }
}

fn load(connection: &Connection) -> Result<Directory, StoreError> {
    let all = || -> Result<StoredDirectory, Fault> {
        let ids = "SELECT next_user, next_meeting FROM organization";
        let next: Option<(i64, i64)> =
            connection.query_row(ids, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let (next_user, next_meeting) = next.unwrap_or_default();
        let [next_user, next_meeting] =
            [next_user, next_meeting].map(|next| u64::try_from(next).unwrap_or(0));
        let mut released = connection.prepare("SELECT conference_id, at_us FROM released")?;
        let released = released.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
        Ok(StoredDirectory {
            organization: organization(connection)?.unwrap_or_default(),
            users: rows(connection, "SELECT json FROM users ORDER BY id")?,
            meetings: rows(connection, "SELECT json FROM meetings ORDER BY id")?,
            released: released
                .map(|row| {
                    let (conference_id, at) = row?;
                    let conference_id = conference_id.parse().map_err(Fault::unreadable)?;
                    Ok(Released { conference_id, at: UtcTime::from_micros(at) })
                })
                .collect::<Result<_, Fault>>()?,
            next_user,
            next_meeting,
        })
    };
    Directory::try_from(all()?).map_err(StoreError::Refused)
}

fn rows<T: DeserializeOwned>(connection: &Connection, select: &str) -> Result<Vec<T>, Fault> {
    let mut select = connection.prepare(select)?;
    let rows = select.query_map([], json)?;
    rows.map(|row| row.map_err(Fault::from)).collect()
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
