//! Writes recordings while their meetings run, on a thread of its own. What the disk does not take ends the recording, and
//! the meeting is told.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::counts::EngineCounts;
use super::inbox::{Arrival, Inboxes};
use super::private;
use super::tasks::Tasks;
use crate::domain::{MeetingId, UtcTime};
use crate::exchange::{Input, Order};
use crate::media::Frame;
use crate::media::wav::SPEC;

/// Frames that may wait for the disk; beyond them frames are lost and counted.
const FRAMES_WAITING_MAX: usize = 4_096;

enum Job {
    Frame(MeetingId, Box<Frame>, UtcTime),
    End(MeetingId),
}

/// The way to the recorder: each shard has one.
#[derive(Clone)]
pub(super) struct Recorder {
    jobs: SyncSender<Job>,
    counts: Arc<EngineCounts>,
    /// Recordings that are over, of which the recorder could not be told yet: at most one of each meeting that is recorded.
    ends_owed: Vec<MeetingId>,
}

impl Recorder {
    /// Starts it; it ends when the last of its ways is dropped.
    ///
    /// # Errors
    /// The folder cannot be made, or the system gives no thread.
    pub(super) fn start(
        tasks: &Tasks,
        folder: PathBuf,
        inboxes: Inboxes,
        counts: Arc<EngineCounts>,
    ) -> std::io::Result<Self> {
        private::folder(&folder).map_err(|error| {
            let why = format!("recordings cannot be kept in {}: {error}", folder.display());
            std::io::Error::new(error.kind(), why)
        })?;
        let (jobs, waiting) = sync_channel(FRAMES_WAITING_MAX);
        let desk = Desk { folder, inboxes, open: BTreeMap::new() };
        tasks.thread("recorder", move || desk.work(&waiting))?;
        Ok(Self { jobs, counts, ends_owed: Vec::new() })
    }

    /// Takes 20 ms of a meeting.
    pub(super) fn frame(&mut self, meeting: MeetingId, frame: Box<Frame>, at: UtcTime) {
        self.tell_ends();
        // Before the recorder knows that the last recording of this meeting is over, it would go into that one's file.
        let sent = !self.ends_owed.contains(&meeting)
            && self.jobs.try_send(Job::Frame(meeting, frame, at)).is_ok();
        if !sent {
            self.counts.recording_frames_lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The recording of a meeting is over.
    pub(super) fn end(&mut self, meeting: MeetingId) {
        if !self.ends_owed.contains(&meeting) {
            self.ends_owed.push(meeting);
        }
        self.tell_ends();
    }

    /// Tells of the recordings that are over, as long as there is room; of the others with the next frame.
    fn tell_ends(&mut self) {
        let jobs = &self.jobs;
        self.ends_owed.retain(|&meeting| jobs.try_send(Job::End(meeting)).is_err());
    }
}

type Writer = hound::WavWriter<BufWriter<File>>;

struct Desk {
    folder: PathBuf,
    inboxes: Inboxes,
    /// What is being written; `None` for what could not be, until it ends.
    open: BTreeMap<MeetingId, Option<Writer>>,
}

impl Desk {
    fn work(mut self, jobs: &Receiver<Job>) {
        while let Ok(job) = jobs.recv() {
            match job {
                Job::Frame(meeting, frame, at) => self.write(meeting, &frame, at),
                Job::End(meeting) => self.end(meeting),
            }
        }
        let meetings: Vec<_> = self.open.keys().copied().collect();
        meetings.into_iter().for_each(|meeting| self.end(meeting));
    }

    fn write(&mut self, meeting: MeetingId, frame: &Frame, at: UtcTime) {
        if !self.open.contains_key(&meeting) {
            match self.begin(meeting, at) {
                Ok(writer) => drop(self.open.insert(meeting, Some(writer))),
                Err(error) => return self.give_up(meeting, &error),
            }
        }
        let Some(Some(writer)) = self.open.get_mut(&meeting) else { return };
        let mut written = frame.0.iter().try_for_each(|&sample| writer.write_sample(sample));
        // Once a second the file is whole, so that a recording survives a kill.
        if writer.duration() % Frame::RATE_HZ == 0 {
            written = written.and_then(|()| writer.flush());
        }
        if let Err(error) = written {
            self.give_up(meeting, &error);
        }
    }

    /// A file of its own, also for a recording that begins in the same second as the one before.
    fn begin(&self, meeting: MeetingId, at: UtcTime) -> Result<Writer, hound::Error> {
        let name = format!("{meeting}-{}", at.as_micros() / 1_000_000);
        let mut path = self.folder.join(format!("{name}.wav"));
        let mut again = 1_u32;
        loop {
            match private::file(&path) {
                Ok(file) => return hound::WavWriter::new(BufWriter::new(file), SPEC),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                    again += 1;
                    path = self.folder.join(format!("{name}_{again}.wav"));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// What is written so far stays; nothing more is, until the meeting's next recording.
    fn give_up(&mut self, meeting: MeetingId, error: &hound::Error) {
        tracing::error!(%meeting, %error, folder = %self.folder.display(), "a recording cannot be written");
        self.open.insert(meeting, None);
        let order = Input::Order { meeting, order: Order::RecordingFailed };
        self.inboxes.of_meeting(meeting).push_signal(Arrival::Signal(Box::new(order)));
    }

    fn end(&mut self, meeting: MeetingId) {
        if let Some(Some(writer)) = self.open.remove(&meeting)
            && let Err(error) = writer.finalize()
        {
            tracing::error!(%meeting, %error, "a recording could not be ended");
        }
    }
}

#[cfg(test)]
#[path = "recorder_tests.rs"]
mod tests;
