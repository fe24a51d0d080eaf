//! The whole directory, once somebody has asked for it: loaded on a connection of its own while calls go on, kept, and altered
//! with every commit.

use std::path::Path;
use std::sync::{Arc, MutexGuard};

use rusqlite::{Connection, OptionalExtension as _};
use serde::de::DeserializeOwned;

use super::super::StoreError;
use super::{Fault, SqliteStore, Writer, json, lock, open, organization};
use crate::domain::directory::{Change, Directory, Released, StoredDirectory};
use crate::domain::time::UtcTime;

/// What the writer knows of the directory.
#[derive(Debug, Default)]
pub(super) enum Kept {
    /// Nobody has asked for it, or it may differ from the file.
    #[default]
    Nothing,
    /// It is being loaded as it was when that began. What has been altered since waits here.
    Loading(Vec<Change>),
    /// It is as in the file.
    Whole(Arc<Directory>),
}

/// Changes that wait for a directory that is being loaded: so many digests are not renewed, nor meetings over, in the time that
/// takes. Beyond it the directory is loaded again.
pub(super) const MEANWHILE_MAX: usize = 100_000;

/// How often it is loaded for one who asks.
const LOADS_MAX: usize = 3;

impl Kept {
    pub(super) fn whole(&self) -> Option<Arc<Directory>> {
        match self {
            Self::Whole(directory) => Some(Arc::clone(directory)),
            Self::Nothing | Self::Loading(_) => None,
        }
    }

    /// What the file was altered by, without the directory. One that somebody looks at is not copied, as whoever calls would wait
    /// for that: it is loaded anew when it is next asked for.
    pub(super) fn alter(&mut self, changes: impl IntoIterator<Item = Change>) {
        let mut changes = changes.into_iter().peekable();
        if changes.peek().is_none() {
            return;
        }
        let is_as_in_the_file = match self {
            Self::Nothing => true,
            Self::Loading(waiting) => {
                let room = MEANWHILE_MAX - waiting.len();
                waiting.extend(changes.by_ref().take(room));
                changes.peek().is_none()
            }
            Self::Whole(directory) => {
                Arc::get_mut(directory).is_some_and(|directory| apply(directory, changes))
            }
        };
        if !is_as_in_the_file {
            *self = Self::Nothing;
        }
    }
}

/// Whether they all fit.
fn apply(directory: &mut Directory, changes: impl IntoIterator<Item = Change>) -> bool {
    let applied = changes.into_iter().try_for_each(|change| directory.apply(change));
    if let Err(error) = &applied {
        tracing::warn!(%error, "the directory is not as it is in the file: it is loaded anew");
    }
    applied.is_ok()
}

impl SqliteStore {
    /// The writer, and the directory as it is in the file. Where it has to be loaded, whoever else asks for it waits, and nobody
    /// else does.
    pub(super) fn writer_and_directory(
        &self,
    ) -> Result<(MutexGuard<'_, Writer>, Arc<Directory>), StoreError> {
        let writer = self.writer();
        if let Some(directory) = writer.kept.whole() {
            return Ok((writer, directory));
        }
        drop(writer);
        let _by_one_at_a_time = lock(&self.loading);
        for _ in 0..LOADS_MAX {
            let mut writer = self.writer();
            if let Some(directory) = writer.kept.whole() {
                return Ok((writer, directory));
            }
            // What is committed from here on is in what waits, and not in what is read.
            let Some(reader) = as_of_now(&self.path)? else {
                let directory = Arc::new(load(&writer.connection)?);
                writer.kept = Kept::Whole(Arc::clone(&directory));
                return Ok((writer, directory));
            };
            writer.kept = Kept::Loading(Vec::new());
            drop(writer);
            #[cfg(test)]
            self.while_loading.get().inspect(|meanwhile| meanwhile(self));
            let loaded = load(&reader);
            drop(reader);
            let mut writer = self.writer();
            let kept = std::mem::take(&mut writer.kept);
            let mut directory = loaded?;
            if let Kept::Loading(waiting) = kept
                && apply(&mut directory, waiting)
            {
                let directory = Arc::new(directory);
                writer.kept = Kept::Whole(Arc::clone(&directory));
                return Ok((writer, directory));
            }
        }
        let why = "too much was altered while the directory was loaded: try again".to_owned();
        Err(StoreError::Unavailable(why))
    }
}

/// A connection that sees the file as it is now, whatever is committed later; `None` without a descriptor to spare.
fn as_of_now(path: &Path) -> Result<Option<Connection>, Fault> {
    let Ok(reader) = open::reader(path) else { return Ok(None) };
    reader.execute_batch("BEGIN")?;
    // It is the first that is read that makes it see no later one.
    organization(&reader)?;
    Ok(Some(reader))
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
