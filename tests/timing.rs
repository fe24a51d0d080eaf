//! Does the time of an answer tell what is wrong? Welch's t over 10 000 tries of each kind, of which 4.5 is the usual alarm: in
//! the ID step mistyped, unknown, expired; in the PIN step wrong, locked, and right but locked.
//!
//! From the question of a dialogue to its answer, over the engine's clerks and a store in a file: a caller can tell no more,
//! and less, as all that is heard begins with a frame of 20 ms. With the cheapest digests, beside which a difference would
//! stand out most; `HOLDLINE_TIMING=real` takes the real ones. A third of the tries come from a number, whose wrong entries are
//! counted. That a difference would be seen shows a store with one.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test that measures time"
)]

#[path = "support/in_memory.rs"]
mod in_memory;

use std::sync::Arc;
use std::time::{Duration, Instant};

use holdline::domain::audit::{AuditEntry, Signed};
use holdline::domain::directory::{
    Change, Directory, Meeting, MeetingKind, Organization, OrganizationSettings, PinOnFile,
    RuleOverrides, User,
};
use holdline::domain::letter::Letter;
use holdline::domain::lockout::{AttemptsByLength, LockoutSettings};
use holdline::domain::pin::{Pin, PinHasher};
use holdline::domain::{
    Answer, CallRecord, CallSource, ConferenceId, Entry, MeetingCard, MeetingId, Question, Record,
    UserId, UtcTime,
};
use holdline::engine::{Engine, EngineConfig};
use holdline::media::sounds::Sounds;
use holdline::store::{Argon2Hasher, Attempt, PinVerdict, SqliteStore, Store, StoreError};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

const TRIES: usize = 10_000;
const T_MAX: f64 = 4.5;

/// Users whose scheduled meetings have expired.
const USERS: u64 = 500;

/// The user whose PIN of five digits is never locked, and the one whose PIN of six is, after one wrong entry.
const OPEN: u64 = 1;
const LOCKED: u64 = 2;

struct House {
    engine: Engine,
    runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

/// Half of the numbers are meetings', the others nobody's.
fn id(number: u64) -> ConferenceId {
    ConferenceId::with_check_digit(&format!("{:08}", 10_000_000 + 77 * number)).unwrap()
}

/// A store that takes a little longer to find that there is no such meeting when the entry is an even number, and to count an
/// attempt at a meeting that has one.
struct Tells(SqliteStore);

/// How much longer.
const PLANTED: Duration = Duration::from_micros(5);

/// How much longer the PIN step takes: a check takes some fifty millionths of a second even when it is cheap, and in earnest, 16
/// to 17 ms, it swings by more than what is planted at cheap ones.
fn planted_in_checks() -> Duration {
    if is_in_earnest() { Duration::from_millis(1) } else { Duration::from_micros(20) }
}

/// Whether digests are to be as they are in earnest.
fn is_in_earnest() -> bool {
    std::env::var("HOLDLINE_TIMING").is_ok_and(|asked| asked == "real")
}

fn is_even(entry: &Entry) -> bool {
    entry.reveal().last().is_some_and(|digit| digit.is_multiple_of(2))
}

/// Lets time go by if so it is.
fn lingers(so: bool, for_time: Duration) {
    let since = Instant::now();
    while so && since.elapsed() < for_time {}
}

impl Store for Tells {
    fn find_meeting(&self, entry: &Entry, now: UtcTime) -> Result<Option<MeetingCard>, StoreError> {
        lingers(is_even(entry), PLANTED);
        self.0.find_meeting(entry, now)
    }

    fn may_call(&self, from: CallSource, now: UtcTime) -> Result<bool, StoreError> {
        self.0.may_call(from, now)
    }

    fn count_wrong_entries(&self, entries: &[(CallSource, UtcTime)]) -> Result<(), StoreError> {
        self.0.count_wrong_entries(entries)
    }

    fn open_attempt(&self, meeting: MeetingId, now: UtcTime) -> Result<Attempt, StoreError> {
        lingers(meeting.number().is_multiple_of(2), planted_in_checks());
        self.0.open_attempt(meeting, now)
    }

    fn close_attempt(
        &self,
        attempt: Attempt,
        verdict: PinVerdict,
        now: UtcTime,
    ) -> Result<PinVerdict, StoreError> {
        self.0.close_attempt(attempt, verdict, now)
    }

    fn commit(
        &self,
        signed: Signed,
        changes: Vec<Change>,
        letters: Vec<Letter>,
    ) -> Result<(), StoreError> {
        self.0.commit(signed, changes, letters)
    }

    fn audit(&self, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        self.0.audit(limit)
    }

    fn file_records(&self, records: &[Record]) -> Result<(), StoreError> {
        self.0.file_records(records)
    }

    fn latest_calls(&self, limit: usize) -> Result<Vec<CallRecord>, StoreError> {
        self.0.latest_calls(limit)
    }

    fn directory(&self) -> Result<Arc<Directory>, StoreError> {
        self.0.directory()
    }
}

impl House {
    fn new() -> Self {
        Self::with(|store| Arc::new(store))
    }

    fn with(kept: impl FnOnce(SqliteStore) -> Arc<dyn Store>) -> Self {
        // In memory, if the system has such a folder: the disk's own time would hide all others.
        let folder = in_memory::folder();
        let hasher = match is_in_earnest() {
            true => Argon2Hasher::standard().unwrap(),
            false => Argon2Hasher::cheap_for_tests().unwrap(),
        };
        let most = AttemptsByLength::new(10, u32::MAX, 1);
        let lockout =
            LockoutSettings { in_window: most, total: most, ..LockoutSettings::default() };
        let settings = OrganizationSettings { lockout, ..OrganizationSettings::default() };
        let mut directory = Directory::new(Organization { settings, ..Organization::default() });
        for number in 1..=USERS {
            let pin = Pin::parse(if number == LOCKED { "482139" } else { "48213" }).unwrap();
            let digest = hasher.digest(&pin, [7; 16]).unwrap();
            let user = UserId::new(number);
            let enabled = Change::ConferencingEnabled {
                user,
                meeting: MeetingId::new(number),
                conference_id: id(4 * number),
                pin: PinOnFile { digest, length: pin.length() },
            };
            directory.apply(Change::UserAdded(User::new(user, format!("User {number}")))).unwrap();
            directory.apply(enabled).unwrap();
        }
        for number in 1..=USERS {
            let expired = Meeting {
                id: MeetingId::new(USERS + number),
                conference_id: id(4 * number + 2),
                organizer: UserId::new(number),
                kind: MeetingKind::Scheduled,
                subject: "Roadmap".to_owned(),
                rules: RuleOverrides::default(),
                expires_at: Some(UtcTime::from_micros(1_600_000_000_000_000)),
            };
            directory.apply(Change::MeetingAdded(expired)).unwrap();
        }
        let store = SqliteStore::open(&folder.path().join("holdline.db")).unwrap();
        store.import(directory).unwrap();
        let (config, sounds) = (EngineConfig::default(), Arc::new(Sounds::synthetic()));
        let engine = Engine::start(config, sounds, kept(store), Arc::new(hasher), None);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        Self { engine: engine.unwrap(), runtime, _folder: folder }
    }

    fn ask(&self, question: Question) -> (Answer, f64) {
        let since = Instant::now();
        let answer = self.runtime.block_on(self.engine.ask(question));
        (answer, since.elapsed().as_nanos() as f64)
    }
}

/// A number in a third of the tries, one of a thousand; else nothing is known.
fn whence(rng: &mut ChaCha8Rng) -> CallSource {
    let (is_numbered, number) = (rng.random_ratio(1, 3), rng.random_range(1_000..2_000));
    match is_numbered {
        true => format!("+1425555{number}").parse().unwrap(),
        false => CallSource::UNKNOWN,
    }
}

/// How long each kind of question takes, in turn and in no order, and that all are answered alike.
fn times<const KINDS: usize>(
    house: &House,
    wanted: &Answer,
    mut question: impl FnMut(usize, CallSource, &mut ChaCha8Rng) -> Question,
) -> [Vec<f64>; KINDS] {
    let mut rng = ChaCha8Rng::seed_from_u64(17);
    let mut times = [const { Vec::new() }; KINDS];
    for _ in 0..TRIES {
        let first = rng.random_range(0..KINDS);
        let from = whence(&mut rng);
        for turn in 0..KINDS {
            let kind = (first + turn) % KINDS;
            let question = question(kind, from, &mut rng);
            let (answer, time) = house.ask(question);
            assert_eq!(answer, *wanted);
            times[kind].push(time);
        }
    }
    times
}

/// Welch's t of two kinds, without what took longer than nine in ten of both: that is the machine's.
fn welch(one: &[f64], other: &[f64]) -> f64 {
    let mut all: Vec<f64> = one.iter().chain(other).copied().collect();
    all.sort_by(f64::total_cmp);
    let most = all[all.len() * 9 / 10];
    let [one, other] = [one, other].map(|times| {
        let times: Vec<f64> = times.iter().copied().filter(|time| *time <= most).collect();
        let count = times.len() as f64;
        let mean = times.iter().sum::<f64>() / count;
        let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    });
    (one.0 - other.0) / (one.1 + other.1).sqrt()
}

/// Which kinds are told from which others, and which of the two takes longer. A machine that is busy may once make it look so,
/// not twice over in the same way.
fn told<const KINDS: usize>(
    names: [&str; KINDS],
    mut measure: impl FnMut() -> [Vec<f64>; KINDS],
) -> Vec<(usize, usize, bool)> {
    let mut told = || {
        let times = measure();
        let mut told = Vec::new();
        for one in 0..KINDS {
            for other in one + 1..KINDS {
                let t = welch(&times[one], &times[other]);
                let half = |times: &[f64]| {
                    let mut times = times.to_vec();
                    times.sort_by(f64::total_cmp);
                    times[times.len() / 2]
                };
                println!(
                    "{} {:.0} ns, {} {:.0} ns (medians): t {t:+.2}",
                    names[one],
                    half(&times[one]),
                    names[other],
                    half(&times[other])
                );
                if t.abs() > T_MAX {
                    told.push((one, other, t > 0.0));
                }
            }
        }
        told
    };
    let first = told();
    if first.is_empty() {
        return first;
    }
    let again = told();
    first.into_iter().filter(|told| again.contains(told)).collect()
}

/// No kind is told from another.
fn check<const KINDS: usize>(names: [&str; KINDS], measure: impl FnMut() -> [Vec<f64>; KINDS]) {
    let told = told(names, measure);
    assert!(told.is_empty(), "the time tells {told:?} of {names:?}");
}

/// That what is even takes longer is told: on a machine that is busy not at once.
fn is_told(measure: impl Fn() -> [Vec<f64>; 2]) -> bool {
    (0..5).any(|_| told(["even", "odd"], &measure) == [(0, 1, true)])
}

/// Were there a difference, of five millionths of a second, it would be seen.
#[test]
fn a_difference_that_is_there_is_seen() {
    let house = House::with(|store| Arc::new(Tells(store)));
    let measure = || {
        times(&house, &Answer::NoSuchMeeting, |kind, from, rng| {
            let digits = loop {
                let digits = id(4 * rng.random_range(1..=USERS) + 1).to_string();
                let entry = Entry::parse(&digits).unwrap();
                if is_even(&entry) == (kind == 0) {
                    break digits;
                }
            };
            Question::FindMeeting { entry: Entry::parse(&digits).unwrap(), from }
        })
    };
    assert!(is_told(measure));
}

/// The same in the PIN step.
#[test]
fn a_difference_of_pins_that_is_there_is_seen() {
    let house = House::with(|store| Arc::new(Tells(store)));
    let measure = || {
        times(&house, &Answer::PinMismatch, |kind, from, rng| {
            let pin = format!("{:05}", rng.random_range(50_000..99_999));
            let meeting = MeetingId::new(2 * OPEN + 2 + kind as u64);
            Question::VerifyPin { meeting, entry: Entry::parse(&pin).unwrap(), from }
        })
    };
    assert!(is_told(measure));
}

#[test]
fn the_time_does_not_tell_what_is_wrong_with_a_conference_id() {
    let house = House::new();
    check(["mistyped", "unknown", "expired"], || {
        times(&house, &Answer::NoSuchMeeting, |kind, from, rng| {
            let number = 4 * rng.random_range(1..=USERS);
            // All are made each time: what is asked begins after the same work.
            let [unknown, expired] = [1, 2].map(|which| id(number + which).to_string());
            let last = unknown.as_bytes()[8] - b'0';
            let mistyped = format!("{}{}", &unknown[..8], (last + 1) % 10);
            let digits = [&mistyped, &unknown, &expired][kind];
            let entry = Entry::parse(digits).unwrap();
            Question::FindMeeting { entry, from }
        })
    });
}

#[test]
fn the_time_does_not_tell_whether_a_pin_is_wrong_or_locked() {
    let house = House::new();
    let ask = |whose: u64, digits: &str, from: CallSource| Question::VerifyPin {
        meeting: MeetingId::new(whose),
        entry: Entry::parse(digits).unwrap(),
        from,
    };
    let once = |whose: u64, digits: &str| house.ask(ask(whose, digits, CallSource::UNKNOWN)).0;
    assert_eq!(once(OPEN, "48213"), Answer::Organizer, "the PIN is right");
    assert_eq!(once(LOCKED, "11111"), Answer::PinMismatch);
    check(["wrong", "locked", "right but locked"], || {
        times(&house, &Answer::PinMismatch, |kind, from, rng| match kind {
            0 => ask(OPEN, &format!("{:06}", rng.random_range(500_000..999_999)), from),
            1 => ask(LOCKED, &format!("{:06}", rng.random_range(500_000..999_999)), from),
            _right => ask(LOCKED, "482139", from),
        })
    });
}
