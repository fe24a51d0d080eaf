//! Opening the database, and a clear word when that cannot be.

use std::fs::{OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use thiserror::Error;

use super::schema;

/// Why a database cannot be used. Nothing in it was altered.
#[derive(Debug, Error)]
pub enum OpenError {
    /// It is from a newer program.
    #[error(
        "{} has tables of version {found}, this program knows up to {known}: use the newer program that made it",
        path.display()
    )]
    Newer {
        /// Where.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The program's.
        known: u32,
    },
    /// It is another program's.
    #[error("{} is the database of another program: keep the bridge's data in another folder, it was not touched", path.display())]
    Foreign {
        /// Where.
        path: PathBuf,
    },
    /// It is not what it should be.
    #[error("{} is damaged or no database ({why}): put a backup in its place, it was not touched", path.display())]
    Corrupt {
        /// Where.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Somebody else works on it.
    #[error("{} is locked by another program: close it and try again", path.display())]
    Locked {
        /// Where.
        path: PathBuf,
    },
    /// It is somewhere else.
    #[error("{} is a symbolic link, which is not followed: put the database itself there, or choose the folder it is in", path.display())]
    Linked {
        /// Where.
        path: PathBuf,
    },
    /// Others can read it, and it is not this user's to alter that.
    #[error("{} can be read by others (mode {mode:o}), and its mode cannot be altered ({why}): `chmod 600` it as the user whose it is", path.display())]
    Loose {
        /// Where: the database, or what SQLite keeps beside it.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// What the system said.
        why: String,
    },
    /// It cannot be written.
    #[error("{} cannot be written ({why}): are file and folder this user's, and is there room on the disk?", path.display())]
    NotWritable {
        /// Where.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
}

/// How long a lock of somebody else is waited for. Whoever calls hears an apology after five seconds, and a bridge that stops
/// has less time than that to write its last records to the log instead.
const BUSY: Duration = Duration::from_secs(1);

/// The file is locked for this process alone, which holds its folder anyway. So its connections keep the index of the
/// write-ahead log in memory of their own and lock each other out there: without it, that index is a file that is mapped, and
/// half of the time of a look-up goes into locking it.
const VFS: &str = "unix-excl";

/// Opens the database for writing and brings it up to date.
pub(super) fn writer(path: &Path) -> Result<Connection, OpenError> {
    let told = |error: rusqlite::Error| explain(path, &error);
    make_for_this_user_alone(path)?;
    let flags = OpenFlags::default();
    let mut connection = Connection::open_with_flags_and_vfs(path, flags, VFS).map_err(told)?;
    connection.busy_timeout(BUSY).map_err(told)?;
    reads_by_call(&connection).map_err(told)?;
    let found = schema::version(&connection).map_err(told)?;
    recognize(&connection, path, found)?;
    close_to_others(path)?;
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
             PRAGMA secure_delete = ON;",
        )
        .map_err(told)?;
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(told)?;
    schema::migrate(&transaction, found).map_err(told)?;
    if !schema::has_last_card(&transaction).map_err(told)? {
        let why = "nothing in its table cards can be looked up".to_owned();
        return Err(OpenError::Corrupt { path: path.to_owned(), why });
    }
    transaction.commit().map_err(told)?;
    Ok(connection)
}

/// What is on file is for this user alone: it holds digests. It is made so before SQLite opens it, which gives what it puts beside it
/// the same mode: whenever this is killed, nobody else could read it.
fn make_for_this_user_alone(path: &Path) -> Result<(), OpenError> {
    if path.is_symlink() {
        return Err(OpenError::Linked { path: path.to_owned() });
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_empty) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(OpenError::NotWritable { path: path.to_owned(), why: error.to_string() }),
    }
}

/// Takes from others what they may do with a database of ours, and with what SQLite keeps beside it. By name: were it opened and
/// closed here, the locks that SQLite has on it would be gone.
fn close_to_others(path: &Path) -> Result<(), OpenError> {
    for ending in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        let path = PathBuf::from(name);
        let Ok(about) = std::fs::symlink_metadata(&path) else { continue };
        let mode = about.mode() & 0o777;
        if mode & 0o077 == 0 || about.is_symlink() {
            continue;
        }
        if let Err(error) = std::fs::set_permissions(&path, Permissions::from_mode(mode & 0o600)) {
            return Err(OpenError::Loose { path, mode, why: error.to_string() });
        }
        let (file, mode) = (path.display(), format_args!("{mode:o}"));
        tracing::warn!(%file, %mode, "others could read this file: from here on it is this user's alone, but think about new PINs");
    }
    Ok(())
}

/// Looks whose database it is and whether all tables of its version are there, before anything in it is altered. Their pages
/// are not read: of a million users that takes half a minute.
fn recognize(connection: &Connection, path: &Path, found: u32) -> Result<(), OpenError> {
    let told = |error: rusqlite::Error| explain(path, &error);
    let mark = schema::mark(connection).map_err(told)?;
    let names = schema::names(connection).map_err(told)?;
    let is_missing =
        |(table, since): &&(&str, u32)| *since <= found && !names.iter().any(|name| name == table);
    let missing = schema::TABLES.iter().find(is_missing);
    let is_new = found == 0 && names.is_empty();
    let path = path.to_owned();
    match (mark, missing) {
        (schema::MARK, _) if found > schema::VERSION => {
            Err(OpenError::Newer { path, found, known: schema::VERSION })
        }
        (schema::MARK, None) => Ok(()),
        (schema::MARK, Some((table, _))) => {
            Err(OpenError::Corrupt { path, why: format!("it has no table {table}") })
        }
        (0, None) if is_new || (1..schema::MARKED_SINCE).contains(&found) => Ok(()),
        _another_programs => Err(OpenError::Foreign { path }),
    }
}

/// Opens the database for reading alone.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    // Not opened read-only: such a connection takes no part in the lock of the process.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags_and_vfs(path, flags, VFS)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "query_only", true)?;
    reads_by_call(&connection)?;
    Ok(connection)
}

/// Memory for pages that a connection keeps, in KiB: those a look-up begins with, and some of the last ones, of a million users.
const PAGES_KIB: i64 = 2_048;

/// No page is mapped into memory: one that cannot be read then, of a file that somebody cut or a disk that fails, would be a
/// signal that ends the bridge, and not an error.
fn reads_by_call(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "mmap_size", 0)?;
    // Pages are counted in KiB where the number is below zero.
    connection.pragma_update(None, "cache_size", -PAGES_KIB)
}

fn explain(path: &Path, error: &rusqlite::Error) -> OpenError {
    let (path, why) = (path.to_owned(), error.to_string());
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::Locked { path },
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            OpenError::Corrupt { path, why }
        }
        _cannot_write => OpenError::NotWritable { path, why },
    }
}
