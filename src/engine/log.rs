//! The log, written by a thread of its own: whoever reads it slowly, or not at all, holds up nobody who has something to say.
//!
//! Lines that find too many waiting are dropped, counted, and that is said once there is room again. Only a record that is kept
//! nowhere else waits for room; whoever writes one has nothing else to do. While such a log writes to standard error, nobody else
//! may: they would wait for its reader, as the thread does.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, Write};
use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use tracing::Metadata;
use tracing_subscriber::fmt::MakeWriter;

use super::tasks::Tasks;
use crate::media::decode::is_decoding;

/// Lines that may wait for whoever reads the log: some seconds of a bridge that has much to say. Beyond them they are lost and
/// counted.
pub const LINES_WAITING_MAX: usize = 16_384;

/// Time for one of the last lines when nobody reads it.
const LAST_LINE: Duration = Duration::from_millis(500);

/// So often it is waited for that long at the end, for a reader who is slow.
const LAST_LINES: usize = 4;

/// The target of lines that are not to be lost.
pub(super) const RECORDS: &str = "holdline::records";

/// Of the process, as the log is.
static LINES_LOST: AtomicU64 = AtomicU64::new(0);

/// Lines of the log that are lost because nobody read it fast enough. Only grows.
#[must_use]
pub fn lines_lost() -> u64 {
    LINES_LOST.load(Ordering::Relaxed)
}

/// Where lines go. Give it to the subscriber as its writer.
#[derive(Debug)]
pub struct Log {
    lines: SyncSender<Vec<u8>>,
}

/// Has the last lines written when it is dropped, as far as somebody reads them.
#[derive(Debug)]
pub struct WritesLast {
    lines: SyncSender<Vec<u8>>,
    word: Vec<u8>,
    /// What is to be written at the end, which has come when it is there.
    closing: Arc<OnceLock<Vec<u8>>>,
    ended: Receiver<()>,
    steps: Arc<AtomicU64>,
}

/// Where lines are written. Begun and written are a step each: after an odd one it waits for its reader.
struct Counted<W> {
    sink: W,
    steps: Arc<AtomicU64>,
}

impl<W: Write> Counted<W> {
    fn line(&mut self, line: &[u8]) {
        self.steps.fetch_add(1, Ordering::Release);
        let _nobody_reads = self.sink.write_all(line);
        self.steps.fetch_add(1, Ordering::Release);
    }
}

impl Log {
    /// Starts the thread that writes to `sink`.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        tasks: &Tasks,
        sink: impl Write + Send + 'static,
    ) -> io::Result<(Self, WritesLast)> {
        let (lines, waiting) = sync_channel(LINES_WAITING_MAX);
        let (ends, ended) = sync_channel(1);
        let closing = Arc::new(OnceLock::new());
        let closes = Arc::clone(&closing);
        let steps = Arc::<AtomicU64>::default();
        let sink = Counted { sink, steps: Arc::clone(&steps) };
        tasks.thread("log", move || {
            write(&waiting, &closes, sink);
            let _nobody_waits = ends.try_send(());
        })?;
        let last = WritesLast { lines: lines.clone(), word: Vec::new(), closing, ended, steps };
        Ok((Self { lines }, last))
    }

    /// From here on the words of every panic of the process go here instead of to standard error. So a thread that fails comes to
    /// its end, and is noticed, also where nobody reads them.
    pub fn takes_panics(&self) {
        let lines = self.lines.clone();
        panic::set_hook(Box::new(move |panic| {
            if !is_decoding() {
                hand_over(&lines, in_words(panic).into_bytes());
            }
        }));
    }
}

/// Hands over a line, unless too many wait.
fn hand_over(lines: &SyncSender<Vec<u8>>, line: Vec<u8>) {
    if lines.try_send(line).is_err() {
        LINES_LOST.fetch_add(1, Ordering::Relaxed);
    }
}

/// As the system's own hook says it.
fn in_words(panic: &PanicHookInfo<'_>) -> String {
    let current = thread::current();
    let words = format!("holdline: thread '{}' {panic}\n", current.name().unwrap_or("unnamed"));
    let trace = Backtrace::capture();
    match trace.status() == BacktraceStatus::Captured {
        true => format!("{words}{trace}"),
        false => words,
    }
}

fn write(lines: &Receiver<Vec<u8>>, closing: &OnceLock<Vec<u8>>, mut sink: Counted<impl Write>) {
    let mut told = lines_lost();
    loop {
        let line = match lines.try_recv() {
            Ok(line) => line,
            Err(TryRecvError::Empty) if closing.get().is_none() => match lines.recv() {
                Ok(line) => line,
                Err(_nobody_logs) => break,
            },
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
        };
        sink.line(&line);
        let lost = lines_lost();
        if lost > told {
            let lines = lost - told;
            let word = format!(
                "holdline: {lines} lines of the log are lost: nobody read it fast enough\n"
            );
            sink.line(word.as_bytes());
            told = lost;
        }
    }
    if let Some(word) = closing.get() {
        sink.line(word);
    }
}

impl WritesLast {
    /// Has this written behind all lines.
    pub fn word(&mut self, word: String) {
        self.word = word.into_bytes();
    }
}

impl Drop for WritesLast {
    fn drop(&mut self) {
        let _only_here = self.closing.set(std::mem::take(&mut self.word));
        // It may wait for a line. If too many wait, it does not, and sees by itself that it is to end.
        let _sees_by_itself = self.lines.try_send(Vec::new());
        // Only a line that is not taken is given up: the thread itself may be late.
        let mut steps = self.steps.load(Ordering::Acquire);
        for _wait in 0..LAST_LINES {
            let ended = self.ended.recv_timeout(LAST_LINE);
            if ended != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let before = std::mem::replace(&mut steps, self.steps.load(Ordering::Acquire));
            if steps == before && steps % 2 == 1 {
                return;
            }
        }
    }
}

/// One line that is being written.
#[derive(Debug)]
pub struct Line<'a> {
    log: &'a Log,
    must_be_kept: bool,
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (lines, line) = (&self.log.lines, bytes.to_vec());
        if !self.must_be_kept {
            hand_over(lines, line);
        } else if lines.send(line).is_err() {
            LINES_LOST.fetch_add(1, Ordering::Relaxed);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { log: self, must_be_kept: false }
    }

    fn make_writer_for(&'a self, about: &Metadata<'_>) -> Line<'a> {
        Line { log: self, must_be_kept: about.target() == RECORDS }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    /// Somebody who reads nothing until the gate is open, and then all.
    struct Reader {
        gate: Receiver<()>,
        reads: SyncSender<()>,
        read: Sender<Vec<u8>>,
    }

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _once = self.reads.try_send(());
            let _open = self.gate.recv();
            self.read.send(bytes.to_vec()).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Nobody reads the log: who logs goes on, what is too much is counted, and it is said when somebody reads again.
    #[test]
    fn who_logs_waits_for_nobody_who_reads() {
        let (opens, gate) = channel();
        let (reads, begun) = sync_channel(1);
        let (read, all) = channel();
        let tasks = Tasks::new();
        let (log, mut last) = Log::start(&tasks, Reader { gate, reads, read }).unwrap();
        log.make_writer().write_all(b"first").unwrap();
        begun.recv().unwrap();
        for _line in 0..LINES_WAITING_MAX + 3 {
            log.make_writer().write_all(b"line").unwrap();
        }
        assert_eq!(lines_lost(), 3);
        drop(opens);
        last.word("the end".to_owned());
        drop(last);
        let all: Vec<Vec<u8>> = all.iter().collect();
        let lines = all.iter().filter(|line| **line == b"line").count();
        assert_eq!((&all[0][..], lines), (&b"first"[..], LINES_WAITING_MAX));
        assert_eq!(all.last().unwrap(), b"the end");
        assert!(
            String::from_utf8(all.concat())
                .unwrap()
                .contains("holdline: 3 lines of the log are lost")
        );
    }

    /// Nobody reads the log: a thread that panics comes to its end all the same and is noticed. Its words are there for whoever reads
    /// later.
    #[test]
    fn a_panic_waits_for_nobody_who_reads() {
        let (opens, gate) = channel();
        let (reads, begun) = sync_channel(1);
        let (read, all) = channel();
        let tasks = Tasks::new();
        let (log, last) = Log::start(&tasks, Reader { gate, reads, read }).unwrap();
        log.make_writer().write_all(b"first").unwrap();
        begun.recv().unwrap();
        let before = panic::take_hook();
        log.takes_panics();
        tasks.thread("clerk-7", || panic!("a test wants it")).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let failed = runtime.block_on(tasks.failure());
        panic::set_hook(before);
        assert_eq!(failed, "clerk-7");
        drop(opens);
        drop(last);
        let all = String::from_utf8(all.iter().collect::<Vec<_>>().concat()).unwrap();
        let place = format!("holdline: thread 'clerk-7' panicked at {}:", file!());
        assert!(all.contains(&place) && all.contains(":\na test wants it\n"), "{all}");
    }
}
