//! Tests of the recorder: a disk that is full, and one that is slow.

use super::*;

const MEETING: MeetingId = MeetingId::new(1);

fn at(seconds: i64) -> UtcTime {
    UtcTime::from_micros(seconds * 1_000_000)
}

fn loud() -> Frame {
    Frame([1_000; Frame::SAMPLES])
}

/// What has been ordered of the meeting's shard.
fn ordered(inboxes: &Inboxes) -> Vec<Input> {
    let mut arrivals = std::collections::VecDeque::new();
    inboxes.of_meeting(MEETING).take(Some(std::time::Duration::ZERO), &mut arrivals);
    let signals = arrivals.into_iter().filter_map(|arrival| {
        if let Arrival::Signal(input) = arrival { Some(*input) } else { None }
    });
    signals.collect()
}

/// A file on a disk without room: the meeting is told once, and its next recording, when there is room again, is kept whole.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_the_recording_and_not_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let inboxes = Inboxes::new(1);
    let mut desk =
        Desk { folder: folder.path().to_owned(), inboxes: inboxes.clone(), open: BTreeMap::new() };
    let full = BufWriter::new(File::options().write(true).open("/dev/full").unwrap());
    desk.open.insert(MEETING, Some(hound::WavWriter::new(full, SPEC).unwrap()));
    for _two_seconds in 0..100 {
        desk.write(MEETING, &loud(), at(100));
    }
    let failed = Input::Order { meeting: MEETING, order: Order::RecordingFailed };
    assert_eq!(ordered(&inboxes), [failed], "said once");
    desk.end(MEETING);
    for _two_seconds in 0..100 {
        desk.write(MEETING, &loud(), at(200));
    }
    desk.end(MEETING);
    assert_eq!(ordered(&inboxes), []);
    let kept = hound::WavReader::open(folder.path().join("meeting-1-200.wav")).unwrap();
    assert_eq!(kept.duration(), 100 * Frame::SAMPLES as u32);
}

/// A recording is stopped, and begun again in the same second: the first one is kept. Nobody else can read either.
#[test]
fn two_recordings_of_one_second_are_two_files_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let inboxes = Inboxes::new(1);
    let mut desk = Desk { folder: folder.path().to_owned(), inboxes, open: BTreeMap::new() };
    for frames in [3, 1] {
        (0..frames).for_each(|_| desk.write(MEETING, &loud(), at(100)));
        desk.end(MEETING);
    }
    for (name, frames) in [("meeting-1-100.wav", 3), ("meeting-1-100_2.wav", 1)] {
        let path = folder.path().join(name);
        let kept = hound::WavReader::open(&path).unwrap();
        assert_eq!(kept.duration(), frames * Frame::SAMPLES as u32, "{name}");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
}

/// Nobody takes what waits: the end of a recording is told as soon as there is room, and before any frame of the next one.
#[test]
fn the_end_of_a_recording_is_not_lost_on_a_slow_disk() {
    let (jobs, waiting) = sync_channel(2);
    let counts = Arc::new(EngineCounts::default());
    let mut recorder = Recorder { jobs, counts: Arc::clone(&counts), ends_owed: Vec::new() };
    for _one_too_many in 0..3 {
        recorder.frame(MEETING, Box::new(loud()), at(100));
    }
    recorder.end(MEETING);
    recorder.frame(MEETING, Box::new(loud()), at(200));
    assert_eq!(counts.recording_frames_lost.load(Ordering::Relaxed), 2);
    let first = |job: &Job| matches!(job, Job::Frame(_, _, begun) if *begun == at(100));
    assert!(waiting.try_iter().all(|job| first(&job)));
    recorder.frame(MEETING, Box::new(loud()), at(300));
    let jobs: Vec<Job> = waiting.try_iter().collect();
    let [Job::End(ended), Job::Frame(_, _, begun)] = &jobs[..] else { panic!("{}", jobs.len()) };
    assert_eq!((*ended, *begun), (MEETING, at(300)));
}
