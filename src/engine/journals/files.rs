//! The files of journals in their folder: one of each shard is being written, the others are read-only history.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::private;
use super::JournalsConfig;
use crate::domain::UtcTime;
use crate::exchange::{Config, Journal, JournalEntry, Present};

/// All files, and those that are being written.
pub(super) struct Files {
    kept: JournalsConfig,
    config: Config,
    /// What there was before: older than all that is begun now, whatever a calendar said that has been put back since.
    earlier: BTreeSet<PathBuf>,
    /// By shard; `None` before its first input, and when its file cannot be written.
    open: Vec<Option<OpenFile>>,
    /// When it was last looked what is to be deleted; `None` when a file has been begun since.
    looked_at: Option<UtcTime>,
}

/// What came of beginning another file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// It tells of all who are present from the beginning.
    Whole,
    /// That is more than it has room for: there is none.
    TooMuch {
        /// How many inputs it would be.
        inputs: u64,
    },
}

struct OpenFile {
    path: PathBuf,
    writer: BufWriter<File>,
    is_synced: bool,
}

impl Files {
    pub(super) fn open(kept: JournalsConfig, config: Config, shards: usize) -> io::Result<Self> {
        let made = private::folder(&kept.folder);
        made.map_err(|error| {
            let why = format!("journals cannot be kept in {}: {error}", kept.folder.display());
            io::Error::new(error.kind(), why)
        })?;
        let there = std::fs::read_dir(&kept.folder).into_iter().flatten().flatten();
        let earlier = there.map(|entry| entry.path()).filter(|path| is_journal(path)).collect();
        let open = (0..shards).map(|_| None).collect();
        Ok(Self { kept, config, earlier, open, looked_at: None })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.kept.folder
    }

    /// Writes an entry, into a new file if there is none. It survives a kill once it is flushed, and a power failure once it
    /// is synced.
    ///
    /// # Errors
    /// The file cannot be made or written: give it up.
    pub(super) fn write(
        &mut self,
        shard: usize,
        entry: &JournalEntry,
        now: UtcTime,
    ) -> io::Result<()> {
        if self.open[shard].is_none() {
            self.open[shard] = Some(self.begin(shard, now)?);
        }
        let Some(file) = self.open[shard].as_mut() else { return Ok(()) };
        file.is_synced = false;
        file.writer.write_all(entry.to_json_line().as_bytes())
    }

    /// Begins another file with what concerns those who are present, if that is not too much. The one before stays as it is.
    ///
    /// # Errors
    /// One of the two cannot be written: give it up.
    pub(super) fn cut(&mut self, shard: usize, present: &Present, now: UtcTime) -> io::Result<Cut> {
        let Some(before) = self.end(shard)? else { return Ok(Cut::Whole) };
        before.writer.get_ref().sync_data()?;
        let room = self.kept.bytes_max / COPIED_PART / self.open.len() as u64;
        let mut next = self.begin(shard, now)?;
        let copied = next.copy(&before.path, present, room);
        match copied {
            Ok(Cut::Whole) => self.open[shard] = Some(next),
            Ok(Cut::TooMuch { .. }) | Err(_) => next.remove(),
        }
        copied
    }

    /// Begins another file with this entry, which says what was lost.
    ///
    /// # Errors
    /// That one or the one before cannot be written: give it up.
    pub(super) fn begin_with(
        &mut self,
        shard: usize,
        entry: &JournalEntry,
        now: UtcTime,
    ) -> io::Result<()> {
        self.end(shard)?;
        self.write(shard, entry, now)
    }

    /// Takes the file that is being written, once the system has all of it. Until then it stays: what is not in it is still to be
    /// given up.
    fn end(&mut self, shard: usize) -> io::Result<Option<OpenFile>> {
        if let Some(file) = self.open[shard].as_mut() {
            file.writer.flush()?;
        }
        Ok(self.open[shard].take())
    }

    /// Its file cannot be written: what is in it stays. Gives what is not in it; `None` for a line that is there in part.
    pub(super) fn give_up(&mut self, shard: usize) -> Vec<Option<JournalEntry>> {
        let Some(file) = self.open[shard].take() else { return Vec::new() };
        // What is still in the buffer would only be tried again, and fail again.
        let (_file, unwritten) = file.writer.into_parts();
        let unwritten = unwritten.unwrap_or_default();
        let lines = unwritten.split_inclusive(|byte| *byte == b'\n');
        lines.map(|line| serde_json::from_slice(line).ok()).collect()
    }

    /// Gives the system all that is written. Those that could not be.
    pub(super) fn flush(&mut self) -> Vec<(usize, io::Error)> {
        self.each(|file| file.writer.flush())
    }

    /// Gives the disk all that is written. Those that could not be.
    pub(super) fn sync(&mut self) -> Vec<(usize, io::Error)> {
        self.each(|file| {
            if !std::mem::replace(&mut file.is_synced, true) {
                file.writer.flush()?;
                file.writer.get_ref().sync_data()?;
            }
            Ok(())
        })
    }

    fn each(
        &mut self,
        mut deed: impl FnMut(&mut OpenFile) -> io::Result<()>,
    ) -> Vec<(usize, io::Error)> {
        let open = self.open.iter_mut().enumerate();
        let done = open.filter_map(|(shard, file)| Some((shard, deed(file.as_mut()?).err()?)));
        done.collect()
    }

    /// Deletes the oldest until the rest is small and young enough. Those that are being written stay.
    pub(super) fn delete_oldest(&mut self, now: UtcTime) {
        if self.looked_at.is_some_and(|at| now.since(at) < LOOKS_EVERY) {
            return;
        }
        self.looked_at = Some(now);
        let open: BTreeSet<&Path> = self.open.iter().flatten().map(|file| &*file.path).collect();
        let mut files: Vec<(PathBuf, u64, UtcTime)> = Vec::new();
        for entry in std::fs::read_dir(&self.kept.folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let Ok(about) = entry.metadata() else { continue };
            if is_journal(&path) {
                let written = UtcTime::from_micros(about.mtime().saturating_mul(1_000_000));
                files.push((path, about.len(), written));
            }
        }
        // Their names begin with the time at which they were begun.
        files.sort();
        files.sort_by_key(|(path, ..)| !self.earlier.contains(path));
        let mut bytes: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
        for (path, size, written) in files.iter().filter(|(path, ..)| !open.contains(&**path)) {
            let is_old = self.kept.age_max.is_some_and(|age| now.since(*written) > age);
            if bytes <= self.kept.bytes_max && !is_old {
                continue;
            }
            let file = path.display();
            match std::fs::remove_file(path) {
                Ok(()) => {
                    tracing::info!(%file, "a journal is deleted: all together are too large, or it is too old");
                    bytes -= size;
                }
                Err(error) => {
                    tracing::warn!(%file, %error, "a journal that is too much or too old cannot be deleted");
                }
            }
        }
    }

    /// Allows so many bytes from now on.
    #[cfg(test)]
    pub(super) fn allow(&mut self, bytes_max: u64) {
        self.kept.bytes_max = bytes_max;
    }

    /// Goes on in that file.
    #[cfg(test)]
    pub(super) fn write_to(&mut self, shard: usize, path: &Path) {
        let writer = BufWriter::new(File::options().write(true).open(path).unwrap());
        self.open[shard] = Some(OpenFile { path: path.to_owned(), writer, is_synced: false });
    }

    fn begin(&mut self, shard: usize, now: UtcTime) -> io::Result<OpenFile> {
        self.looked_at = None;
        let time = now.to_string().replace([':', '-'], "");
        // In the order of names they are in the order in which they were begun.
        let name = |again: u32| match again {
            0 => format!("{time}-shard-{shard}.{ENDING}"),
            again => format!("{time}-shard-{shard}_{}.{ENDING}", again + 1),
        };
        let mut again = 0;
        loop {
            let path = self.kept.folder.join(name(again));
            match private::file(&path) {
                Ok(file) => return OpenFile::begin(path, file, &Journal::head(&self.config)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => again += 1,
                Err(error) => return Err(error),
            }
        }
    }
}

impl OpenFile {
    /// With its first line. One that cannot have it is not left behind: it would be no journal.
    fn begin(path: PathBuf, file: File, head: &str) -> io::Result<Self> {
        let mut begun = Self { path, writer: BufWriter::new(file), is_synced: false };
        let written = begun.writer.write_all(head.as_bytes());
        match written.and_then(|()| begun.writer.flush()) {
            Ok(()) => Ok(begun),
            Err(error) => {
                begun.remove();
                Err(error)
            }
        }
    }

    /// Takes over from another file what concerns those who are present, if there is room for so many bytes.
    fn copy(&mut self, from: &Path, present: &Present, room: u64) -> io::Result<Cut> {
        let (mut inputs, mut left) = (0, Some(room));
        for line in BufReader::new(File::open(from)?).lines().skip(1) {
            let entry: JournalEntry = serde_json::from_str(&line?)?;
            if present.has_part_in(&entry) {
                let line = entry.to_json_line();
                inputs += 1;
                left = left.and_then(|left| left.checked_sub(line.len() as u64));
                if left.is_some() {
                    self.writer.write_all(line.as_bytes())?;
                }
            }
        }
        Ok(left.map_or(Cut::TooMuch { inputs }, |_| Cut::Whole))
    }

    fn remove(self) {
        let (_file, _unwritten) = self.writer.into_parts();
        if let Err(error) = std::fs::remove_file(&self.path) {
            let file = self.path.display();
            tracing::warn!(%file, %error, "a journal that could not be begun stays, empty");
        }
    }
}

/// Whether a bridge gives its journals such a name: `20250103T000000Z-shard-1.jsonl`, or `…-shard-1_2.jsonl` for another
/// that is begun in the same second. Whatever else is in the folder is somebody's.
#[must_use]
pub fn is_journal(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.and_then(|name| name.strip_suffix(ENDING)?.strip_suffix('.'));
    let Some((time, shard)) = name.and_then(|name| name.split_once("-shard-")) else {
        return false;
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_time = time.strip_suffix('Z').and_then(|time| time.split_once('T'));
    is_time.is_some_and(|(day, time)| is_number(day) && is_number(time))
        && shard.split('_').count() <= 2
        && shard.split('_').all(is_number)
}

const ENDING: &str = "jsonl";

/// What is copied into the files that are begun is at most one part of so many of all bytes: with what is written into them they
/// are far from all.
const COPIED_PART: u64 = 4;

/// How often it is looked whether a file is too old.
const LOOKS_EVERY: Duration = Duration::from_secs(60 * 60);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Uptime;
    use crate::exchange::{Input, Recorded};

    /// The disk is full when a file is to be begun: none is left behind.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_cannot_be_begun_is_not_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("20250101T000000Z-shard-0.jsonl");
        std::fs::write(&path, "").unwrap();
        let full = File::options().write(true).open("/dev/full").unwrap();
        let head = Journal::head(&Config::default());
        let error = OpenFile::begin(path.clone(), full, &head).err().unwrap();
        assert_eq!((error.kind(), path.exists()), (io::ErrorKind::StorageFull, false));
    }

    /// The disk is full when the one that is being written is to end: what it did not take is known, and can be counted.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_a_full_disk_does_not_take_at_a_cut_is_given_up_and_not_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let kept =
            JournalsConfig { folder: folder.path().to_owned(), bytes_max: 1 << 30, age_max: None };
        let stop = JournalEntry { at: Uptime::ZERO, recorded: Recorded::Input(Input::Stop) };
        let now = UtcTime::from_micros(0);
        let cut = |files: &mut Files| files.cut(0, &Present::default(), now).err();
        let begin_with = |files: &mut Files| files.begin_with(0, &stop, now).err();
        for next in [&cut as &dyn Fn(&mut Files) -> Option<io::Error>, &begin_with] {
            let mut files = Files::open(kept.clone(), Config::default(), 1).unwrap();
            files.write_to(0, Path::new("/dev/full"));
            files.write(0, &stop, now).unwrap();
            let error = next(&mut files).unwrap();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull);
            let lost = files.give_up(0);
            assert!(matches!(lost.as_slice(), [Some(entry)] if *entry == stop), "{lost:?}");
        }
    }

    /// Somebody has taken the file away from which the next one is to be copied.
    #[test]
    fn a_file_that_cannot_go_on_from_the_one_before_is_not_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let kept =
            JournalsConfig { folder: folder.path().to_owned(), bytes_max: 1 << 30, age_max: None };
        let mut files = Files::open(kept, Config::default(), 1).unwrap();
        let stop = JournalEntry { at: Uptime::ZERO, recorded: Recorded::Input(Input::Stop) };
        let now = UtcTime::from_micros(0);
        files.write(0, &stop, now).unwrap();
        let before = files.open[0].as_ref().unwrap().path.clone();
        std::fs::rename(&before, folder.path().join("elsewhere")).unwrap();
        let later = now + Duration::from_secs(1);
        let error = files.cut(0, &Present::default(), later).err().unwrap();
        assert_eq!((error.kind(), before.exists()), (io::ErrorKind::NotFound, false));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn names_of_journals_are_told_from_others() {
        for name in ["20250103T000000Z-shard-0.jsonl", "20250103T235959Z-shard-12_3.jsonl"] {
            assert!(is_journal(Path::new("data").join(name).as_path()), "{name}");
        }
        for name in [
            "fork.jsonl",
            "20250103T000000Z-shard-0.txt",
            "20250103T000000Z-shard-0",
            "20250103T000000Z-shard-.jsonl",
            "20250103T000000Z-shard-0_1_2.jsonl",
            "20250103T000000Z-shard-0-fork.jsonl",
            "my-20250103T000000Z-shard-0.jsonl",
            "",
        ] {
            assert!(!is_journal(Path::new(name)), "{name}");
        }
    }
}
