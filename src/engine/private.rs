//! Files and folders that only this user can read: what is said in meetings, and what opens them, is nobody else's business.
//! Where a file is expected no symbolic link is followed: whoever put it there may mean any file.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;

/// Makes a folder and those above it. One that is there stays as it is.
///
/// # Errors
/// It cannot be made.
pub fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes a file to write into.
///
/// # Errors
/// It cannot be made, or there is one.
pub fn file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Opens a file that is there, to read it.
///
/// # Errors
/// It cannot be opened, or is a symbolic link.
pub fn existing(path: &Path) -> io::Result<File> {
    not_followed(path, OpenOptions::new().read(true))
}

/// Opens a file to read and write it, and makes it if there is none. Whoever else could read one that is there cannot any more.
///
/// # Errors
/// It cannot be opened or made, is a symbolic link, or is another user's.
pub fn file_or_new(path: &Path) -> io::Result<File> {
    let mut how = OpenOptions::new();
    let file =
        not_followed(path, how.read(true).write(true).create(true).truncate(false).mode(0o600))?;
    if file.metadata()?.mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

fn not_followed(path: &Path, how: &mut OpenOptions) -> io::Result<File> {
    let opened = how.custom_flags(OFlags::NOFOLLOW.bits().cast_signed()).open(path);
    opened.map_err(|error| match path.is_symlink() {
        true => io::Error::other(
            "it is a symbolic link, which is not followed: put the file itself there",
        ),
        false => error,
    })
}

/// Lets the disk have what was made or renamed in the folder of that file: it is there also after a power failure.
///
/// # Errors
/// The disk does not take it.
pub fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match File::open(folder.unwrap_or(Path::new(".")))?.sync_all() {
        // There are file systems in which a folder is nothing to be synced.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        done => done,
    }
}
