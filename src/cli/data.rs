//! The folder with everything a bridge keeps: who holds it, the database, the pepper, the socket.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use rand::Rng as _;
use zeroize::Zeroizing;

use crate::engine::entropy::unforeseeable;
use crate::engine::private;
use crate::store::{Argon2Hasher, SqliteStore};

/// The folder, and what is in it by name.
#[derive(Clone, Debug)]
pub(super) struct Data {
    folder: PathBuf,
}

/// The folder as long as it is held: nobody else opens the database meanwhile.
pub(super) struct Held {
    pub data: Data,
    _lock: File,
}

/// Where the data is unless somebody says otherwise.
pub(super) const DEFAULT: &str = "holdline-data";

/// In place of the file with the pepper: 16 to 64 characters.
const PEPPER_VARIABLE: &str = "HOLDLINE_PEPPER";

const PEPPER_BYTES: usize = 32;

impl Data {
    pub(super) fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.folder.join("holdline.sock")
    }

    pub(super) fn recordings(&self) -> PathBuf {
        self.folder.join("recordings")
    }

    pub(super) fn journals(&self) -> PathBuf {
        self.folder.join("journals")
    }

    pub(super) fn database(&self) -> PathBuf {
        self.folder.join("holdline.db")
    }

    pub(super) fn first_pin(&self) -> PathBuf {
        self.folder.join("first-pin")
    }

    /// Takes the folder for this process alone; makes it if it is not there.
    pub(super) fn hold(&self) -> anyhow::Result<Held> {
        let at = self.folder.display();
        private::folder(&self.folder).with_context(|| {
            format!("the data folder {at} cannot be made: choose another with --data")
        })?;
        let path = self.folder.join("holdline.lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .with_context(|| {
                format!("{} cannot be written: is the folder read-only?", path.display())
            })?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _unreadable = file.read_to_string(&mut holder);
                let holder =
                    if holder.trim().is_empty() { "another process" } else { holder.trim() };
                bail!(
                    "the data in {at} is held by {holder}: stop it, or choose another folder with --data"
                );
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("{} cannot be locked", path.display()));
            }
        }
        file.set_len(0)?;
        file.rewind()?;
        write!(file, "process {}", std::process::id())?;
        Ok(Held { data: self.clone(), _lock: file })
    }
}

impl Held {
    pub(super) fn store(&self) -> anyhow::Result<SqliteStore> {
        Ok(SqliteStore::open(&self.data.database())?)
    }

    /// The hasher with the pepper of this folder, which is made at the first start: from the environment, or from
    /// a file that only this user can read, apart from the database.
    pub(super) fn hasher(&self) -> anyhow::Result<Arc<Argon2Hasher>> {
        let pepper = match std::env::var(PEPPER_VARIABLE) {
            Ok(given) if (16..=64).contains(&given.len()) => Zeroizing::new(given.into_bytes()),
            Ok(_short_or_long) => {
                bail!(
                    "{PEPPER_VARIABLE} must have 16 to 64 characters: without the right pepper no PIN fits"
                )
            }
            Err(_not_set) => self.pepper_file()?,
        };
        Ok(Arc::new(Argon2Hasher::with_pepper(pepper)?))
    }

    fn pepper_file(&self) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        let path = self.data.folder.join("pepper");
        let name = path.display();
        match std::fs::read(&path) {
            Ok(pepper) if pepper.len() >= 16 => Ok(Zeroizing::new(pepper)),
            Ok(_broken) => {
                bail!("{name} is too short to be a pepper: put the right one back, or no PIN fits")
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let mut pepper = Zeroizing::new(vec![0; PEPPER_BYTES]);
                unforeseeable()?.fill_bytes(&mut pepper);
                write_secret(&path, &pepper)?;
                Ok(pepper)
            }
            Err(error) => Err(error).with_context(|| format!("{name} cannot be read")),
        }
    }
}

/// Writes a file that only this user can read.
pub(super) fn write_secret(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let write = || {
        let mut file = private::file(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().with_context(|| format!("{} cannot be written", path.display()))
}
