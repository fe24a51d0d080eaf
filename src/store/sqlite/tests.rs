//! The store in a file: the same answers as the one in memory, whatever is asked.

use std::path::PathBuf;
use std::sync::Barrier;
use std::time::Duration;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::domain::ConferenceId;
use crate::domain::audit::Actor;
use crate::domain::directory::{AccessNumber, Meeting, PinOnFile, RuleOverrides};
use crate::domain::limits::STORE_WAIT_MAX;
use crate::domain::lockout::Gate;
use crate::domain::meeting_record::MeetingRecord;
use crate::domain::pin::{Pin, PinHasher as _};
use crate::domain::{EndReason, HangupCause, LegId, Role};
use crate::store::rules::CALLERS_MAX;
use crate::store::{Argon2Hasher, MemoryStore};

/// Whoever alters something.
pub(super) const SIGNED: Signed = Signed { by: Actor::Administrator, at: UtcTime::from_micros(1) };

pub(super) struct File {
    pub(super) folder: TempDir,
}

impl File {
    pub(super) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("holdline.db")
    }

    pub(super) fn store(&self) -> SqliteStore {
        SqliteStore::open(&self.path()).unwrap()
    }
}

pub(super) fn pin_on_file(seed: u8) -> PinOnFile {
    let pin = Pin::parse("48213").unwrap();
    let digest = Argon2Hasher::cheap_for_tests().unwrap().digest(&pin, [seed; 16]).unwrap();
    PinOnFile { digest, length: pin.length() }
}

pub(super) fn id(place: u8) -> ConferenceId {
    ConferenceId::with_check_digit(&format!("1234567{:02}", place % 20)).unwrap()
}

pub(super) fn at(hours: i64) -> UtcTime {
    UtcTime::from_micros(1_700_000_000_000_000 + hours * 3_600_000_000)
}

fn letter() -> Letter {
    Letter::new(
        "megan@contoso.example".into(),
        "Your PIN".into(),
        "It is 904716283350".to_owned().into(),
    )
}

pub(super) fn enabled(store: &dyn Store) {
    let megan = User::new(UserId::new(1), "Megan Bowen".into());
    let enable = Change::ConferencingEnabled {
        user: megan.id,
        meeting: MeetingId::new(1),
        conference_id: id(0),
        pin: pin_on_file(1),
    };
    store.commit(SIGNED, vec![Change::UserAdded(megan), enable], vec![letter()]).unwrap();
}

pub(super) fn scheduled(rules: RuleOverrides) -> Meeting {
    Meeting {
        id: MeetingId::new(2),
        conference_id: id(3),
        organizer: UserId::new(1),
        kind: crate::domain::directory::MeetingKind::Scheduled,
        subject: "Roadmap".into(),
        rules,
        expires_at: Some(at(100)),
    }
}

/// Anything that can be asked of a store.
#[derive(Clone, Debug)]
pub(super) enum Ask {
    Commit(Vec<Change>, usize),
    Find(u8),
    Attempt(u64, bool, bool),
    Renew(UserId, u8, u8),
    Wrong(Vec<u8>),
    MayCall(u8),
    Held(u64),
    Called,
}

fn changes() -> impl Strategy<Value = Change> {
    let (user, meeting) = ((1_u64..5).prop_map(UserId::new), (1_u64..8).prop_map(MeetingId::new));
    let rules = prop::option::of(1_u32..9)
        .prop_map(|legs_max| RuleOverrides { legs_max, ..RuleOverrides::default() });
    let seed = (0_u8..4).prop_map(pin_on_file);
    prop_oneof![
        (user.clone(), "[A-Z][a-z]{2,6}")
            .prop_map(|(id, name)| Change::UserAdded(User::new(id, name))),
        (user.clone(), meeting.clone(), any::<u8>(), seed.clone()).prop_map(
            |(user, meeting, place, pin)| Change::ConferencingEnabled {
                user,
                meeting,
                conference_id: id(place),
                pin,
            }
        ),
        (user.clone(), 0_i64..3_000)
            .prop_map(|(user, hours)| Change::ConferencingDisabled { user, at: at(hours) }),
        (user.clone(), seed.clone(), seed).prop_map(|(user, old, pin)| Change::PinReplaced {
            user,
            old: old.digest,
            pin
        }),
        user.clone().prop_map(|user| Change::PinUnlocked { user }),
        (meeting.clone(), any::<u8>(), 0_i64..3_000).prop_map(|(meeting, place, hours)| {
            Change::ConferenceIdReplaced { meeting, conference_id: id(place), at: at(hours) }
        }),
        (user.clone(), rules.clone())
            .prop_map(|(user, rules)| Change::UserRulesChanged { user, rules }),
        (meeting.clone(), user, any::<u8>(), rules.clone()).prop_map(
            |(id_of, organizer, place, rules)| {
                Change::MeetingAdded(Meeting {
                    id: id_of,
                    conference_id: id(place),
                    organizer,
                    kind: crate::domain::directory::MeetingKind::Scheduled,
                    subject: "Roadmap".into(),
                    rules,
                    expires_at: Some(at(100)),
                })
            }
        ),
        (meeting.clone(), rules)
            .prop_map(|(meeting, rules)| Change::MeetingRulesChanged { meeting, rules }),
        (meeting.clone(), prop::option::of(0_i64..3_000))
            .prop_map(|(meeting, hours)| { Change::MeetingExpires { meeting, at: hours.map(at) } }),
        (meeting, 0_i64..3_000)
            .prop_map(|(meeting, hours)| Change::MeetingRemoved { meeting, at: at(hours) }),
        Just(Change::AccessNumberAdded(AccessNumber {
            number: "+14255550111".parse().unwrap(),
            place: None,
            languages: crate::domain::Languages::default(),
        })),
    ]
}

fn asks() -> impl Strategy<Value = Ask> {
    prop_oneof![
        6 => (prop::collection::vec(changes(), 1..4), 0_usize..2)
            .prop_map(|(changes, letters)| Ask::Commit(changes, letters)),
        2 => any::<u8>().prop_map(Ask::Find),
        3 => (1_u64..8, any::<bool>(), any::<bool>())
            .prop_map(|(meeting, right, closed)| Ask::Attempt(meeting, right, closed)),
        2 => (1_u64..5, 0_u8..4, 0_u8..4)
            .prop_map(|(user, old, new)| Ask::Renew(UserId::new(user), old, new)),
        1 => prop::collection::vec(any::<u8>(), 1..40).prop_map(Ask::Wrong),
        1 => any::<u8>().prop_map(Ask::MayCall),
        1 => (1_u64..8).prop_map(Ask::Held),
        1 => Just(Ask::Called),
    ]
}

pub(super) fn source(place: u8) -> CallSource {
    format!("+1425555{:04}", 100 + u32::from(place % 3)).parse().unwrap()
}

pub(super) fn record(leg: u64) -> Record {
    Record::Call(CallRecord {
        leg: LegId::new(leg),
        user: None,
        caller: None,
        called: None,
        meeting: Some(MeetingId::new(1)),
        role: Some(Role::Attendee),
        pin_used: false,
        admitted_by: None,
        commands: Vec::new(),
        answered_at: at(0),
        duration: STORE_WAIT_MAX,
        waited: Duration::ZERO,
        in_meeting: Duration::ZERO,
        cause: HangupCause::CallerHungUp,
    })
}

pub(super) fn held(meeting: u64) -> Record {
    Record::Meeting(MeetingRecord {
        meeting: MeetingId::new(meeting),
        conference_id: id(0),
        organizer: UserId::new(1),
        started_at: at(2_000),
        started_by: Role::Organizer,
        duration: Duration::ZERO,
        joined: 1,
        members_most: 1,
        recorded: Duration::ZERO,
        ended: Some(EndReason::Empty),
    })
}

/// What a store says to it, as text.
pub(super) fn told(store: &dyn Store, ask: &Ask, now: UtcTime) -> String {
    match ask {
        Ask::Commit(changes, letters) => {
            let letters = (0..*letters).map(|_| letter()).collect();
            let done = store.commit(SIGNED, changes.clone(), letters);
            format!("{done:?} {:?}", store.audit(3))
        }
        Ask::Find(place) => {
            let entry = Entry::parse(&id(*place).to_string()).unwrap();
            format!("{:?}", store.find_meeting(&entry, now))
        }
        Ask::Attempt(meeting, right, closed) => {
            let attempt = store.open_attempt(MeetingId::new(*meeting), now).unwrap();
            let verdict = if *right { PinVerdict::Match } else { PinVerdict::Mismatch };
            let gate = attempt.gate();
            let closed = closed.then(|| store.close_attempt(attempt, verdict, now));
            format!("{gate:?} {closed:?}")
        }
        Ask::Renew(user, old, new) => {
            let digests = (pin_on_file(*old).digest, pin_on_file(*new).digest);
            format!("{:?} {:?}", store.renew_digest(*user, digests, now), store.audit(3))
        }
        Ask::Wrong(places) => {
            let entries: Vec<_> = places.iter().map(|place| (source(*place), now)).collect();
            format!("{:?}", store.count_wrong_entries(&entries))
        }
        Ask::MayCall(place) => format!("{:?}", store.may_call(source(*place), now)),
        Ask::Held(meeting) => format!("{:?}", store.file_record(held(*meeting))),
        Ask::Called => {
            store.file_record(record(7)).unwrap();
            format!("{:?}", store.latest_calls(3))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever is asked, in memory and in a file the same is said and the same is kept; also after the file was closed.
    #[test]
    fn the_file_says_what_the_memory_says(asks in prop::collection::vec((asks(), 0_i64..2), 1..40)) {
        let file = File::new();
        let (memory, mut store) = (MemoryStore::default(), file.store());
        enabled(&memory);
        enabled(&store);
        let mut now = at(0);
        for (place, (ask, hours)) in asks.iter().enumerate() {
            now = now + Duration::from_secs(3_600 * u64::try_from(*hours).unwrap());
            prop_assert_eq!(told(&store, ask, now), told(&memory, ask, now), "{:?}", ask);
            if place % 7 == 6 {
                drop(store);
                store = file.store();
            }
            let json = |store: &dyn Store| serde_json::to_string(&*store.directory().unwrap()).unwrap();
            prop_assert_eq!(json(&store), json(&memory));
        }
        prop_assert_eq!(store.take_letters().unwrap(), memory.take_letters());
    }
}

/// More callers key something wrong than are counted: the quietest are forgotten, many at once, and nobody else.
#[test]
fn the_callers_that_were_quiet_for_longest_are_forgotten() {
    let file = File::new();
    let store = file.store();
    let full = format!(
        "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {CALLERS_MAX})
         INSERT INTO callers (source, json, last_us) SELECT '+1' || (5550000000 + n), '{{}}', n FROM number"
    );
    store.writer().connection.execute_batch(&full).unwrap();
    let of = |what: &str| -> i64 {
        let select = format!("SELECT {what} FROM callers");
        store.writer().connection.query_row(&select, [], |row| row.get(0)).unwrap()
    };
    let (most, hundredth) = (CALLERS_MAX as i64, CALLERS_MAX as i64 / 100);
    store.count_wrong_entry(source(0), at(0)).unwrap();
    assert_eq!((of("count(*)"), of("min(last_us)")), (most + 1 - hundredth, hundredth + 1));
    store.count_wrong_entry(source(1), at(0)).unwrap();
    store.count_wrong_entry(source(0), at(1)).unwrap();
    assert_eq!(of("count(*)"), most + 2 - hundredth);
    assert_eq!(of("max(last_us)"), at(1).as_micros());
}

/// A directory in memory that is not as it is in the file: the records are kept all the same, once.
#[test]
fn records_that_are_kept_are_not_refused() {
    let file = File::new();
    let store = file.store();
    enabled(&store);
    let scheduled = Change::MeetingAdded(scheduled(RuleOverrides::default()));
    store.commit(SIGNED, vec![scheduled], vec![]).unwrap();
    store.writer().kept = Kept::Whole(Arc::default());
    store.file_records(&[record(7), held(2)]).unwrap();
    assert_eq!(store.latest_calls(9).unwrap().len(), 1);
    let directory = store.directory().unwrap();
    let expires_at = directory.meeting(MeetingId::new(2)).unwrap().expires_at;
    assert!(expires_at > Some(at(2_000)), "it is loaded anew: {expires_at:?}");
}

/// Records that alter nothing leave a directory as it is that somebody else has too.
#[test]
fn records_of_calls_copy_no_directory() {
    let file = File::new();
    let store = file.store();
    enabled(&store);
    let before = store.directory().unwrap();
    store.file_records(&[record(7), record(8)]).unwrap();
    assert!(Arc::ptr_eq(&before, &store.directory().unwrap()));
}

/// A thousand at once: the window lets ten of them try, and not one more.
#[test]
fn parallel_attempts_do_not_race_past_the_limit() {
    let file = File::new();
    let store = file.store();
    enabled(&store);
    let (threads, each) = (20, 50);
    let start = Barrier::new(threads);
    let open: usize = std::thread::scope(|scope| {
        let tries = || {
            start.wait();
            (0..each)
                .filter(|_| {
                    store.open_attempt(MeetingId::new(1), at(0)).unwrap().gate() == Gate::Open
                })
                .count()
        };
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(tries)).collect();
        all.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert_eq!(open, 10);
}

/// An attempt at the PIN of a meeting that is gone writes as much to the disk as one at a PIN that is there: the time it takes
/// does not tell them apart.
#[test]
fn an_attempt_at_nothing_is_written_like_any_other() {
    let file = File::new();
    let store = file.store();
    enabled(&store);
    let log = file.folder.path().join("holdline.db-wal");
    let written = || std::fs::metadata(&log).unwrap().len();
    let tries = |meeting| {
        let before = written();
        let attempt = store.open_attempt(MeetingId::new(meeting), at(0)).unwrap();
        let verdict = store.close_attempt(attempt, PinVerdict::Mismatch, at(0)).unwrap();
        assert_eq!(verdict, PinVerdict::Mismatch);
        written() - before
    };
    // The first of either makes its row.
    let _rows_made = (tries(1), tries(2));
    let at_one = tries(1);
    assert!(at_one > 0);
    assert_eq!(tries(2), at_one);
}

/// A PIN is in a letter that waits, and nowhere else; when the letter is taken, nowhere at all.
#[test]
fn no_pin_stays_in_the_file_and_no_digest_in_the_audit() {
    let file = File::new();
    let store = file.store();
    enabled(&store);
    let digests: i64 = (store.writer().connection)
        .query_row("SELECT count(*) FROM audit WHERE what LIKE '%argon2id%'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(digests, 0);
    assert_eq!(store.take_letters().unwrap(), [letter()]);
    drop(store);
    for entry in std::fs::read_dir(file.folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(12).any(|window| window == b"904716283350"));
    }
}
