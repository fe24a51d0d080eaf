//! A folder in memory.

use std::path::Path;

use tempfile::TempDir;

/// A folder in memory where there is room, as a disk that hangs would hold up what has its time; else on the disk.
pub fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if has_room(memory) { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

#[cfg(unix)]
fn has_room(folder: &Path) -> bool {
    const ROOM: u64 = 2 << 30;
    rustix::fs::statvfs(folder).is_ok_and(|is| is.f_bavail * is.f_frsize > ROOM)
}

#[cfg(not(unix))]
fn has_room(_no_such_folder: &Path) -> bool {
    false
}
