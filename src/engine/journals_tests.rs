//! Tests of the keeper of journals: a disk that is full, one that is slow, files that are begun, cut and deleted.
#![expect(clippy::wildcard_enum_match_arm, reason = "the tests look at some outputs")]

use std::fs;

use super::*;
use crate::domain::{Answer, CallSource, LegId, Question, Ticket, UtcTime};
use crate::exchange::{HungUpBy, Input, Journal, Output, SoundMode, TraceEvent, Whose, replay};
use crate::media::sounds::Sounds;

fn config() -> Config {
    Config { sound: SoundMode::Durations, ..Config::default() }
}

fn kept(folder: &std::path::Path) -> JournalsConfig {
    JournalsConfig { folder: folder.to_owned(), bytes_max: 1 << 30, age_max: None }
}

fn keeper(kept: JournalsConfig) -> Keeper {
    let counts = Arc::new(EngineCounts::default());
    let shard = Shard::new(Arc::default());
    let files = Files::open(kept, config(), 1).unwrap();
    Keeper { files, shards: vec![shard], clock: Clock::start(), counts, synced_at: Uptime::ZERO }
}

fn way(jobs: SyncSender<Job>, keeper: &Keeper, inputs_max: u64) -> JournalWay {
    JournalWay {
        jobs,
        shard: 0,
        signs: Arc::clone(&keeper.shards[0].signs),
        counts: Arc::clone(&keeper.counts),
        gap: Gap::default(),
        try_again_at: Uptime::ZERO,
        inputs: 0,
        inputs_max,
        begun_at: Uptime::ZERO,
        last_at: Uptime::ZERO,
    }
}

/// What is in the folder, by name.
fn journals(folder: &std::path::Path) -> Vec<Journal> {
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path| Journal::parse(&fs::read_to_string(path).unwrap()).unwrap();
    paths.into_iter().map(read).collect()
}

/// A bridge of one exchange whose store knows no meeting.
struct Bridge {
    exchange: Exchange,
    way: JournalWay,
    now: Uptime,
    trace: Vec<TraceEvent>,
    asked: Vec<(Ticket, Question)>,
}

impl Bridge {
    fn new(way: JournalWay) -> Self {
        let exchange = Exchange::new(config(), Arc::new(Sounds::synthetic()));
        Self { exchange, way, now: Uptime::ZERO, trace: Vec::new(), asked: Vec::new() }
    }

    fn call(&mut self, leg: u64) {
        let leg = LegId::new(leg);
        let (from, called) = (CallSource::UNKNOWN, "+14255550100".parse().unwrap());
        self.bring(Input::IncomingCall { leg, from, called });
        self.bring(Input::Answered { leg });
    }

    fn keys(&mut self, leg: u64, keys: &str) {
        for digit in keys.chars().filter_map(crate::domain::Digit::from_char) {
            let key = crate::domain::Key::Digit(digit);
            self.bring(Input::Digit { leg: LegId::new(leg), key });
        }
    }

    fn hang_up(&mut self, leg: u64) {
        self.bring(Input::HungUp { leg: LegId::new(leg), by: HungUpBy::Caller });
    }

    fn bring(&mut self, input: Input) {
        self.exchange.handle(self.now, input);
        self.deliver();
        self.pass(10);
    }

    fn pass(&mut self, millis: u64) {
        let until = self.now + Duration::from_millis(millis);
        while let Some((at, _)) = self.exchange.next_deadline().filter(|(at, _)| *at <= until) {
            self.now = at;
            while self.exchange.next_deadline().is_some_and(|(next, _)| next <= at) {
                self.exchange.advance(at);
                self.deliver();
            }
            self.answer();
        }
        self.now = until;
    }

    fn answer(&mut self) {
        for (ticket, question) in std::mem::take(&mut self.asked) {
            let answer = match question {
                Question::MayCall { .. } => Answer::MayCall,
                Question::FindMeeting { .. } => Answer::NoSuchMeeting,
                Question::VerifyPin { .. } => Answer::PinMismatch,
            };
            self.exchange.handle(self.now, Input::Answer { ticket, answer });
            self.deliver();
        }
    }

    fn deliver(&mut self) {
        while let Some(output) = self.exchange.poll_output() {
            match output {
                Output::Journal(entry) => self.way.keep(entry),
                Output::Trace(event) => self.trace.push(event),
                Output::Ask { ticket, question } => self.asked.push((ticket, question)),
                _other => {}
            }
        }
        self.way.settle(&mut self.exchange);
    }

    fn of_leg(&self, leg: u64) -> Vec<TraceEvent> {
        self.trace.iter().filter(|event| event.leg == Some(LegId::new(leg))).cloned().collect()
    }
}

/// What a journal replays to for a leg.
fn replayed(journal: &Journal, leg: u64) -> Vec<TraceEvent> {
    let trace = replay(journal, Arc::new(Sounds::synthetic())).unwrap();
    trace.into_iter().filter(|event| event.leg == Some(LegId::new(leg))).collect()
}

fn lines_of(journal: &Journal, leg: u64) -> usize {
    let whose = Whose::Leg(LegId::new(leg));
    journal.entries.iter().filter(|entry| entry.recorded.whose() == whose).count()
}

/// One call goes on over four files: each of them tells of it from its beginning. One that is over is in its own alone.
#[test]
fn a_call_in_progress_goes_along_into_the_next_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut keeper = keeper(kept(folder.path()));
    let (jobs, waiting) = sync_channel(1_000);
    let mut bridge = Bridge::new(way(jobs, &keeper, 14));
    bridge.call(1);
    bridge.call(2);
    bridge.keys(2, "123#");
    bridge.hang_up(2);
    bridge.keys(1, "12345#");
    bridge.pass(2_000);
    bridge.keys(1, "678#");
    bridge.pass(30_000);
    bridge.hang_up(1);
    bridge.call(3);
    bridge.pass(45_000);
    waiting.try_iter().for_each(|job| keeper.take(job));
    keeper.flush();
    let files = journals(folder.path());
    assert!(files.len() >= 2, "{} files", files.len());
    let last = files.last().unwrap();
    assert_eq!(replayed(last, 1), bridge.of_leg(1));
    assert_eq!((lines_of(last, 2), replayed(&files[0], 2)), (0, bridge.of_leg(2)));
    let said = files.iter().flat_map(|file| &file.entries);
    let so_far = said.filter(|entry| matches!(entry.recorded, Recorded::SoFar { so_far: 1 }));
    assert!(so_far.count() >= 1, "time that passes without an input is told");
}

/// Nobody takes what waits: it is counted, it is not tried again at once, and the next file says so and who was there: also
/// who has gone meanwhile.
#[test]
fn what_a_slow_disk_does_not_take_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut keeper = keeper(kept(folder.path()));
    let lost = Arc::clone(&keeper.counts);
    let lost = || lost.journal_inputs_lost.load(Ordering::Relaxed);
    let (jobs, waiting) = sync_channel(8);
    let mut bridge = Bridge::new(way(jobs, &keeper, 1_000));
    bridge.call(1);
    bridge.call(3);
    while lost() == 0 {
        bridge.keys(1, "1");
    }
    bridge.hang_up(3);
    waiting.try_iter().for_each(|job| keeper.take(job));
    bridge.keys(1, "2");
    assert!(waiting.try_iter().next().is_none(), "who is there is not looked up at each input");
    bridge.pass(QUEUE_TRIED_EVERY.as_millis() as u64);
    bridge.keys(1, "3");
    let lost_by_then = lost();
    waiting.try_iter().for_each(|job| keeper.take(job));
    bridge.call(2);
    waiting.try_iter().for_each(|job| keeper.take(job));
    bridge.hang_up(2);
    waiting.try_iter().for_each(|job| keeper.take(job));
    keeper.flush();
    let [before, after] = &journals(folder.path())[..] else { panic!("two files") };
    assert_eq!(before.entries.len(), 8);
    let said = Gap::told(lost_by_then, &[1, 3].map(LegId::new), &[]).to_recorded();
    assert_eq!(after.entries[0].recorded, said);
    assert_eq!(lost(), lost_by_then);
    assert_eq!(replayed(after, 2), bridge.of_leg(2), "who comes later is told of whole");
}

/// Another file is due while nobody takes what waits: it is not tried again at each input.
#[test]
fn a_file_that_is_due_waits_for_a_slow_disk() {
    let folder = tempfile::tempdir().unwrap();
    let keeper = keeper(kept(folder.path()));
    let (jobs, waiting) = sync_channel(2);
    let mut bridge = Bridge::new(way(jobs, &keeper, 2));
    bridge.call(1);
    let tried_at = bridge.exchange.now();
    assert_eq!(waiting.try_iter().count(), 2);
    bridge.way.settle(&mut bridge.exchange);
    assert_eq!(waiting.try_iter().count(), 0, "the queue was full {tried_at} ago");
    bridge.pass(QUEUE_TRIED_EVERY.as_millis() as u64);
    bridge.keys(1, "1");
    let jobs: Vec<Job> = waiting.try_iter().collect();
    assert!(matches!(jobs[..], [Job::Entry(..), Job::Cut(0, ..)]), "{} jobs", jobs.len());
}

/// The disk is full: the bridge goes on, and when there is room again the journal does. All that was lost is said, and who
/// was there.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_stops_nothing_and_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut keeper = keeper(kept(folder.path()));
    let lost = Arc::clone(&keeper.counts);
    let lost = || lost.journal_inputs_lost.load(Ordering::Relaxed);
    let (jobs, waiting) = sync_channel(1_000);
    let mut bridge = Bridge::new(way(jobs, &keeper, 1_000));
    keeper.files.write_to(0, std::path::Path::new("/dev/full"));
    bridge.call(1);
    bridge.call(3);
    let brought = waiting.try_iter().map(|job| keeper.take(job)).count() as u64;
    keeper.flush();
    assert!(keeper.shards[0].failed_at.is_some());
    assert_eq!(lost(), brought);
    bridge.hang_up(3);
    waiting.try_iter().for_each(|job| keeper.take(job));
    assert!(!keeper.shards[0].signs.begin_again.load(Ordering::Relaxed), "not at once");
    keeper.shards[0].failed_at = Some(Uptime::ZERO);
    keeper.clock = Clock::begun_before(TRY_AGAIN_AFTER);
    bridge.keys(1, "2");
    waiting.try_iter().for_each(|job| keeper.take(job));
    bridge.keys(1, "3");
    bridge.call(2);
    bridge.hang_up(2);
    waiting.try_iter().for_each(|job| keeper.take(job));
    keeper.flush();
    let [file] = &journals(folder.path())[..] else { panic!("one file") };
    let said = Gap::told(brought + 3, &[1, 3].map(LegId::new), &[]).to_recorded();
    assert_eq!(file.entries[0].recorded, said);
    assert_eq!(replayed(file, 2), bridge.of_leg(2));
    assert_eq!(lost(), brought + 3);
}

#[test]
fn the_oldest_files_are_deleted_and_never_the_one_that_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["20250101T000000Z-shard-0", "20250102T000000Z-shard-0", "20250103T000000Z-shard-1"]
    {
        fs::write(folder.path().join(name).with_extension("jsonl"), [b'x'; 600]).unwrap();
    }
    for name in ["notes.txt", "20250101T000000Z-shard-0-mine.jsonl", "fork.jsonl"] {
        fs::write(folder.path().join(name), [b'x'; 5_000]).unwrap();
    }
    let mut keeper = keeper(JournalsConfig { bytes_max: 1_600, ..kept(folder.path()) });
    let names = || {
        let names = fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<_> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let stop = JournalEntry { at: Uptime::ZERO, recorded: Recorded::Input(Input::Stop) };
    let jan_4 = UtcTime::from_micros(1_735_948_800_000_000);
    keeper.files.write(0, &stop, jan_4).unwrap();
    keeper.flush();
    keeper.files.delete_oldest(jan_4);
    let kept: Vec<_> = names();
    let somebodys = ["20250101T000000Z-shard-0-mine.jsonl", "fork.jsonl", "notes.txt"];
    let ours = ["20250103T000000Z-shard-1.jsonl", "20250104T000000Z-shard-0.jsonl"];
    assert_eq!(kept, [&somebodys[..1], &ours, &somebodys[1..]].concat());
    // They were written just now, so that from a year on they are older than a day.
    let mut keeper = super::tests::keeper(JournalsConfig {
        age_max: Some(Duration::from_secs(86_400)),
        ..super::tests::kept(folder.path())
    });
    keeper.files.delete_oldest(keeper.clock.utc() + Duration::from_secs(365 * 86_400));
    assert_eq!(names(), somebodys);
}

/// The calendar has been put back since yesterday's files were begun: they go before those of today.
#[test]
fn files_of_before_go_first_whatever_the_calendar_said_then() {
    let folder = tempfile::tempdir().unwrap();
    let of_before = folder.path().join("20990101T000000Z-shard-0.jsonl");
    fs::write(&of_before, [b'x'; 600]).unwrap();
    let mut keeper = keeper(kept(folder.path()));
    let stop = JournalEntry { at: Uptime::ZERO, recorded: Recorded::Input(Input::Stop) };
    let today = UtcTime::from_micros(1_735_948_800_000_000);
    keeper.files.write(0, &stop, today).unwrap();
    keeper.files.cut(0, &Present::default(), today + Duration::from_secs(1)).unwrap();
    let sizes = fs::read_dir(folder.path()).unwrap();
    let sizes: u64 = sizes.map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    // As if just one of three was too much.
    keeper.files.allow(sizes - 600);
    keeper.files.delete_oldest(today);
    assert!(!of_before.exists());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

/// Somebody who never goes has done more than there is room for: their history ends, the next file says so and of whom, and all
/// together stay small.
#[test]
fn a_history_that_is_too_long_goes_no_further() {
    const BYTES_MAX: u64 = 16_384;
    let folder = tempfile::tempdir().unwrap();
    let mut keeper = keeper(JournalsConfig { bytes_max: BYTES_MAX, ..kept(folder.path()) });
    let (jobs, waiting) = sync_channel(10_000);
    let mut bridge = Bridge::new(way(jobs, &keeper, 20));
    bridge.call(1);
    for _ in 0..200 {
        bridge.keys(1, "1");
        waiting.try_iter().for_each(|job| keeper.take(job));
    }
    keeper.flush();
    keeper.sync();
    let files = journals(folder.path());
    let gaps =
        files.iter().flat_map(|file| &file.entries).filter_map(|entry| match &entry.recorded {
            Recorded::Lost { lost, legs, .. } => Some((*lost, legs.clone())),
            _other => None,
        });
    let gaps: Vec<_> = gaps.collect();
    assert!(!gaps.is_empty());
    assert!(gaps.iter().all(|(lost, legs)| *lost > 20 && *legs == [LegId::new(1)]), "{gaps:?}");
    assert_eq!(keeper.counts.journal_inputs_lost.load(Ordering::Relaxed), 0, "each is in a file");
    let sizes = fs::read_dir(folder.path()).unwrap();
    let sizes: u64 = sizes.map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    assert!(sizes <= BYTES_MAX * 5 / 4, "{sizes} bytes");
    assert!(
        bridge.exchange.legs() == 1 && !keeper.shards[0].signs.too_much.load(Ordering::Relaxed)
    );
}
