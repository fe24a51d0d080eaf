//! The folder with everything a bridge keeps: who holds it, the database, the pepper, the socket.

use std::env::VarError;
use std::fs::{File, Permissions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::ops::RangeInclusive;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use rand::Rng as _;
use zeroize::Zeroizing;

use crate::domain::pin::PinDigest;
use crate::engine::entropy::unforeseeable;
use crate::engine::private;
use crate::store::{Argon2Hasher, SqliteStore};

/// The folder, and what is in it by name.
#[derive(Clone, Debug)]
pub(super) struct Data {
    folder: PathBuf,
}

/// Why a bridge's socket cannot be connected to; `None` when nobody listens there.
pub(super) fn barred(socket: &Path, error: &std::io::Error) -> Option<String> {
    use std::io::ErrorKind::{
        ConnectionRefused, InvalidInput, NotADirectory, NotFound, PermissionDenied, WouldBlock,
    };
    let (at, kind) = (socket.display(), error.kind());
    // It is not there, was left behind, or can be nobody's.
    if matches!(kind, NotFound | NotADirectory | ConnectionRefused | InvalidInput) {
        return None;
    }
    Some(if kind == PermissionDenied {
        format!("{at} may not be opened by this user: do it as the user who runs the bridge")
    } else if kind == WouldBlock {
        format!("too many wait at {at} to be let in: try again in a moment")
    } else {
        format!("{at} cannot be connected to: {error}")
    })
}

/// The folder as long as it is held: nobody else opens the database meanwhile.
pub(super) struct Held {
    pub data: Data,
    _lock: File,
}

/// Where the data is unless somebody says otherwise.
pub(super) const DEFAULT: &str = "holdline-data";

/// Bytes of a socket's name: of 108 on Linux and 104 elsewhere, one ends it.
const SOCKET_NAME_MAX: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// Bytes in which it is said who holds the folder.
const HOLDER_MAX: u64 = 64;

/// In place of the file with the pepper.
const PEPPER_VARIABLE: &str = "HOLDLINE_PEPPER";

/// Bytes of a pepper: less can be guessed, and more is something else.
const PEPPER_BYTES: RangeInclusive<usize> = 16..=64;

/// Bytes of one that is made here.
const NEW_PEPPER_BYTES: usize = 32;

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

    /// Refuses a folder whose name is too long for a socket in it.
    pub(super) fn socket_fits(&self) -> anyhow::Result<()> {
        let (socket, most) = (self.socket(), SOCKET_NAME_MAX);
        let bytes = socket.as_os_str().len();
        if bytes > most {
            bail!(
                "{} has {bytes} bytes, and a socket's name can have {most}: choose a folder with a shorter name with --data, or go to where it is and say it from there",
                socket.display()
            );
        }
        Ok(())
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

    fn pepper(&self) -> PathBuf {
        self.folder.join("pepper")
    }

    pub(super) fn first_pin(&self) -> PathBuf {
        self.folder.join("first-pin")
    }

    /// Who holds it, in words: `process 4711`.
    pub(super) fn holder(&self) -> String {
        let mut holder = String::new();
        let lock = private::existing(&self.lock());
        let _unknown = lock.and_then(|lock| lock.take(HOLDER_MAX).read_to_string(&mut holder));
        let holder = holder.trim();
        if holder.is_empty() { "another process" } else { holder }.to_owned()
    }

    fn lock(&self) -> PathBuf {
        self.folder.join("holdline.lock")
    }

    /// Takes the folder for this process alone; makes it if it is not there.
    pub(super) fn hold(&self) -> anyhow::Result<Held> {
        let at = self.folder.display();
        private::folder(&self.folder).with_context(|| {
            format!("the data folder {at} cannot be made: choose another with --data")
        })?;
        self.is_ours_alone_to_write()?;
        let path = self.lock();
        let mut file = private::file_or_new(&path).with_context(|| {
            format!("{} cannot be written: is the folder read-only?", path.display())
        })?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                bail!(
                    "the data in {at} is held by {}: stop it, or choose another folder with --data",
                    self.holder()
                );
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("{} cannot be locked", path.display()));
            }
        }
        let mut name_holder = || {
            file.set_len(0)?;
            file.rewind()?;
            write!(file, "process {}", std::process::id())
        };
        name_holder().with_context(|| {
            format!("{} cannot be written: is there room on the disk?", path.display())
        })?;
        Ok(Held { data: self.clone(), _lock: file })
    }

    /// Refuses a folder in which somebody else can put files in the place of ours. Root may work in anybody's. One
    /// that is empty is closed to others, as one that is made here.
    fn is_ours_alone_to_write(&self) -> anyhow::Result<()> {
        let at = self.folder.display();
        let looked_at = || format!("the data folder {at} cannot be looked at");
        let about = std::fs::metadata(&self.folder).with_context(looked_at)?;
        let (us, owner, mode) = (rustix::process::geteuid(), about.uid(), about.mode() & 0o777);
        if owner != us.as_raw() && !us.is_root() {
            bail!(
                "the data folder {at} belongs to another user (number {owner}), who could alter all that is in it: do it as that user, or choose another with --data, such as {at}/holdline, which is made then"
            );
        }
        if mode & OTHERS_WRITE == 0 {
            return Ok(());
        }
        let is_empty = std::fs::read_dir(&self.folder).with_context(looked_at)?.next().is_none();
        let close = Permissions::from_mode(mode & !OTHERS_WRITE);
        if is_empty && std::fs::set_permissions(&self.folder, close).is_ok() {
            return Ok(());
        }
        bail!(
            "others may write into the data folder {at} (mode {mode:o}), and could put files of theirs in the place of the bridge's: `chmod go-w` it, or choose another with --data, such as {at}/holdline, which is made then"
        )
    }
}

/// By this mode others than its owner may write into a folder.
const OTHERS_WRITE: u32 = 0o022;

impl Held {
    pub(super) fn store(&self) -> anyhow::Result<SqliteStore> {
        Ok(SqliteStore::open(&self.data.database())?)
    }

    /// The hasher with the pepper of this folder: from the environment, or from a file that only this user can read, apart
    /// from the database. It is made at the first start alone, and another one than that of the PINs in the database is refused.
    pub(super) fn hasher(&self, store: &SqliteStore) -> anyhow::Result<Arc<Argon2Hasher>> {
        let is_first_start = store.is_empty()?;
        let pepper = match pepper_given()? {
            Some(given) => given,
            None => self.pepper_file(is_first_start)?,
        };
        let hasher = Argon2Hasher::with_pepper(pepper)?;
        match store.pepper_mark()? {
            Some(mark) if !hasher.has_made(&mark)? => bail!(
                "the pepper is not the one that the PINs in {} are made with: put the right one back into {}, or set {PEPPER_VARIABLE} to it",
                self.data.database().display(),
                self.data.pepper().display()
            ),
            // One from before marks were kept: from here on it is known.
            None if !is_first_start => store.mark_pepper(&mark(&hasher)?)?,
            Some(_) | None => {}
        }
        Ok(Arc::new(hasher))
    }

    fn pepper_file(&self, is_first_start: bool) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        let path = self.data.pepper();
        let name = path.display();
        match read_pepper(&path).with_context(|| format!("{name} cannot be read"))? {
            Some((_, mode)) if mode & 0o077 != 0 => bail!(
                "{name} can be read by others (mode {:o}): `chmod 600` it, and think about new PINs",
                mode & 0o777
            ),
            Some((pepper, _)) if PEPPER_BYTES.contains(&pepper.len()) => Ok(pepper),
            // There is no PIN yet that it could be of: a first start did not come to its end.
            Some(_) | None if is_first_start => new_pepper(&path),
            Some(_broken) => bail!(
                "{name} is no pepper of 16 to 64 bytes: put the right one back, or no PIN fits"
            ),
            None => bail!(
                "{name} is gone, and without it no PIN fits: put it back, or set {PEPPER_VARIABLE} to what was in it"
            ),
        }
    }
}

fn pepper_given() -> anyhow::Result<Option<Zeroizing<Vec<u8>>>> {
    match std::env::var(PEPPER_VARIABLE) {
        Ok(given) if PEPPER_BYTES.contains(&given.len()) => {
            Ok(Some(Zeroizing::new(given.into_bytes())))
        }
        Ok(_short_or_long) => bail!(
            "{PEPPER_VARIABLE} must have 16 to 64 characters: without the right pepper no PIN fits"
        ),
        Err(VarError::NotUnicode(_)) => bail!(
            "{PEPPER_VARIABLE} is not UTF-8: write it in characters, or put it into the file `pepper`"
        ),
        Err(VarError::NotPresent) => Ok(None),
    }
}

/// What is in the file, as far as it can be a pepper, and its mode; `None` when there is no file.
fn read_pepper(path: &Path) -> std::io::Result<Option<(Zeroizing<Vec<u8>>, u32)>> {
    let file = match private::existing(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mode = file.metadata()?.mode();
    let one_too_many = *PEPPER_BYTES.end() + 1;
    let mut pepper = Zeroizing::new(Vec::with_capacity(one_too_many));
    file.take(one_too_many as u64).read_to_end(&mut pepper)?;
    Ok(Some((pepper, mode)))
}

/// Makes a pepper: in the file there is the whole of it, or nothing new, and it is there before any PIN is made with it, also if
/// the power fails.
fn new_pepper(path: &Path) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let mut pepper = Zeroizing::new(vec![0; NEW_PEPPER_BYTES]);
    unforeseeable()?.fill_bytes(&mut pepper);
    let new = path.with_extension("new");
    let _not_there = std::fs::remove_file(&new);
    write_secret(&new, &pepper)?;
    let renamed = std::fs::rename(&new, path).and_then(|()| private::sync_folder_of(path));
    renamed.with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(pepper)
}

/// What a database knows its pepper by.
pub(super) fn mark(hasher: &Argon2Hasher) -> anyhow::Result<PinDigest> {
    let mut salt = [0; 16];
    unforeseeable()?.fill_bytes(&mut salt);
    Ok(hasher.mark(salt)?)
}

/// Writes a file that only this user can read, and that is there from then on, also if the power fails.
pub(super) fn write_secret(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let write = || {
        let mut file = private::file(path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        private::sync_folder_of(path)
    };
    write().with_context(|| format!("{} cannot be written", path.display()))
}
