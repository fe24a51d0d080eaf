//! The log, written by a thread of its own: whoever reads it slowly, or not at all, holds up nobody who has something to say.
//!
//! Lines that find too many waiting are dropped, counted, and that is said once there is room again. Only a record that is kept
//! nowhere else waits for room; whoever writes one has nothing else to do.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::time::Duration;

use tracing::Metadata;
use tracing_subscriber::fmt::MakeWriter;

use super::tasks::Tasks;

/// Lines that may wait for whoever reads the log: some seconds of a bridge that has much to say. Beyond them they are lost and
/// counted.
pub const LINES_WAITING_MAX: usize = 16_384;

/// Time for the last lines when nobody reads them.
const LAST_LINES: Duration = Duration::from_millis(500);

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
    closing: Arc<AtomicBool>,
    ended: Receiver<()>,
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
        let closing = Arc::new(AtomicBool::new(false));
        let closes = Arc::clone(&closing);
        tasks.thread("log", move || {
            write(&waiting, &closes, sink);
            let _nobody_waits = ends.try_send(());
        })?;
        let last = WritesLast { lines: lines.clone(), closing, ended };
        Ok((Self { lines }, last))
    }
}

fn write(lines: &Receiver<Vec<u8>>, closing: &AtomicBool, mut sink: impl Write) {
    let mut told = lines_lost();
    loop {
        let line = match lines.try_recv() {
            Ok(line) => line,
            Err(TryRecvError::Empty) if !closing.load(Ordering::Acquire) => match lines.recv() {
                Ok(line) => line,
                Err(_nobody_logs) => return,
            },
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => return,
        };
        let _nobody_reads = sink.write_all(&line);
        let lost = lines_lost();
        if lost > told {
            let _nobody_reads = writeln!(
                sink,
                "holdline: {} lines of the log are lost: nobody read it fast enough",
                lost - told
            );
            told = lost;
        }
    }
}

impl Drop for WritesLast {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Release);
        // It may wait for a line. If too many wait, it does not, and sees by itself that it is to end.
        let _sees_by_itself = self.lines.try_send(Vec::new());
        let _nobody_reads = self.ended.recv_timeout(LAST_LINES);
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
        let line = bytes.to_vec();
        let is_kept = match self.must_be_kept {
            true => self.log.lines.send(line).is_ok(),
            false => self.log.lines.try_send(line).is_ok(),
        };
        if !is_kept {
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
        let (log, last) = Log::start(&tasks, Reader { gate, reads, read }).unwrap();
        log.make_writer().write_all(b"first").unwrap();
        begun.recv().unwrap();
        for _line in 0..LINES_WAITING_MAX + 3 {
            log.make_writer().write_all(b"line").unwrap();
        }
        assert_eq!(lines_lost(), 3);
        drop(opens);
        drop(last);
        let all: Vec<Vec<u8>> = all.try_iter().collect();
        let lines = all.iter().filter(|line| **line == b"line").count();
        assert_eq!((&all[0][..], lines), (&b"first"[..], LINES_WAITING_MAX));
        assert!(
            String::from_utf8(all.concat())
                .unwrap()
                .contains("holdline: 3 lines of the log are lost")
        );
    }
}
