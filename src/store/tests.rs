//! Tests of the store and of how questions are answered: by minute, and by many threads at once.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::*;
use crate::domain::audit::{Actor, Altered};
use crate::domain::call_source::CallSource;
use crate::domain::directory::{Organization, PinOnFile, User};
use crate::domain::pin::{HashError, Pin, PinHasher};
use crate::domain::question::{Answer, Question};

/// Whoever alters something.
const SIGNED: Signed = Signed { by: Actor::Administrator, at: UtcTime::from_micros(1) };

const MEGAN: UserId = UserId::new(1);
const ALEX: UserId = UserId::new(2);
const MEGANS: MeetingId = MeetingId::new(1);
const ALEXS: MeetingId = MeetingId::new(2);
const UNKNOWN: MeetingId = MeetingId::new(99);

/// Counts what is hashed.
struct Counting {
    inner: Argon2Hasher,
    checks: AtomicU32,
}

impl Counting {
    fn new() -> Self {
        Self { inner: Argon2Hasher::cheap_for_tests().unwrap(), checks: AtomicU32::new(0) }
    }
}

impl PinHasher for Counting {
    fn digest(&self, pin: &Pin, salt: [u8; 16]) -> Result<PinDigest, HashError> {
        self.inner.digest(pin, salt)
    }

    fn verify(&self, entry: &[u8], digest: &PinDigest) -> Result<bool, HashError> {
        self.checks.fetch_add(1, Ordering::Relaxed);
        self.inner.verify(entry, digest)
    }

    fn decoy(&self) -> &PinDigest {
        self.inner.decoy()
    }

    fn is_outdated(&self, digest: &PinDigest) -> bool {
        self.inner.is_outdated(digest)
    }
}

struct Bench {
    store: MemoryStore,
    hasher: Counting,
}

impl Bench {
    /// Megan's PIN is 48213, Alex's 70962.
    fn new() -> Self {
        let hasher = Counting::new();
        let store = MemoryStore::from_directory(Directory::new(Organization::default()));
        let rows = [(MEGAN, MEGANS, "147852036", "48213"), (ALEX, ALEXS, "123456788", "70962")];
        for (user, meeting, conference_id, digits) in rows {
            let pin = on_file(&hasher, digits);
            let conference_id = conference_id.parse().unwrap();
            let changes = vec![
                Change::UserAdded(User::new(user, "someone".into())),
                Change::ConferencingEnabled { user, meeting, conference_id, pin },
            ];
            store.commit(SIGNED, changes, Vec::new()).unwrap();
        }
        Self { store, hasher }
    }

    fn key(&self, minutes: u64, meeting: MeetingId, entry: &str) -> Answer {
        let entry = Entry::parse(entry).unwrap();
        let question = Question::VerifyPin { meeting, entry, from: CallSource::UNKNOWN };
        answer(&self.store, &self.hasher, &question, minute(minutes))
    }

    fn find(&self, entry: &str) -> Answer {
        let question = Question::FindMeeting {
            entry: Entry::parse(entry).unwrap(),
            from: CallSource::UNKNOWN,
        };
        answer(&self.store, &self.hasher, &question, minute(0))
    }
}

fn on_file(hasher: &dyn PinHasher, digits: &str) -> PinOnFile {
    let pin = Pin::parse(digits).unwrap();
    PinOnFile { digest: hasher.digest(&pin, [9; 16]).unwrap(), length: pin.length() }
}

fn minute(minutes: u64) -> UtcTime {
    UtcTime::from_micros(0) + Duration::from_secs(60 * minutes)
}

#[test]
fn a_meeting_is_found_by_its_conference_id_and_by_nothing_else() {
    let bench = Bench::new();
    let Answer::Meeting(card) = bench.find("147852036") else { panic!("Megan's meeting") };
    assert_eq!((card.meeting, card.organizer), (MEGANS, MEGAN));
    for entry in
        ["", "1", "147852037", "0000", "ABCD", "14785203A", "0147852036", "9999999999999999"]
    {
        assert_eq!(bench.find(entry), Answer::NoSuchMeeting, "{entry:?}");
    }
}

#[test]
fn only_the_organizers_own_pin_opens_the_meeting() {
    let bench = Bench::new();
    assert_eq!(bench.key(0, MEGANS, "48213"), Answer::Organizer);
    assert_eq!(bench.key(0, ALEXS, "70962"), Answer::Organizer);
    assert_eq!(bench.key(0, ALEXS, "48213"), Answer::PinMismatch);
    assert_eq!(bench.key(0, MEGANS, "70962"), Answer::PinMismatch);
}

#[test]
fn every_entry_costs_one_hash_whatever_is_wrong_with_it() {
    let bench = Bench::new();
    let rows = [
        (MEGANS, "48213"),
        (MEGANS, "48214"),
        (MEGANS, ""),
        (MEGANS, "ABCDABCDABCDABCD"),
        (UNKNOWN, "48213"),
        (UNKNOWN, ""),
    ];
    for (meeting, entry) in rows {
        let before = bench.hasher.checks.load(Ordering::Relaxed);
        bench.key(0, meeting, entry);
        assert_eq!(bench.hasher.checks.load(Ordering::Relaxed), before + 1, "{entry:?}");
    }
    for _ in 0..20 {
        bench.key(0, MEGANS, "99119");
    }
    let before = bench.hasher.checks.load(Ordering::Relaxed);
    assert_eq!(bench.key(0, MEGANS, "48213"), Answer::PinMismatch, "locked");
    assert_eq!(bench.hasher.checks.load(Ordering::Relaxed), before + 1);
}

#[test]
fn after_ten_wrong_pins_the_right_one_is_refused_for_an_hour() {
    let bench = Bench::new();
    for entry in ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"] {
        assert_eq!(bench.key(0, MEGANS, entry), Answer::PinMismatch);
    }
    assert_eq!(bench.key(59, MEGANS, "48213"), Answer::PinMismatch);
    assert_eq!(bench.key(59, ALEXS, "70962"), Answer::Organizer, "nobody else is locked");
    assert_eq!(bench.key(60, MEGANS, "48213"), Answer::Organizer);
    assert_eq!(bench.store.counters(MEGAN), Default::default());
}

#[test]
fn an_administrator_unlocks_at_once() {
    let bench = Bench::new();
    for _ in 0..10 {
        bench.key(0, MEGANS, "1111");
    }
    assert_eq!(bench.key(1, MEGANS, "48213"), Answer::PinMismatch);
    bench.store.commit(SIGNED, vec![Change::PinUnlocked { user: MEGAN }], Vec::new()).unwrap();
    assert_eq!(bench.key(1, MEGANS, "48213"), Answer::Organizer);
}

#[test]
fn many_at_once_get_no_more_tries_than_one() {
    let bench = Bench::new();
    let opened = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let attempt = bench.store.open_attempt(MEGANS, minute(0)).unwrap();
                    let open = attempt.gate() == Gate::Open;
                    opened.fetch_add(u32::from(open), Ordering::Relaxed);
                    bench.store.close_attempt(attempt, PinVerdict::Mismatch, minute(0)).unwrap();
                }
            });
        }
    });
    assert_eq!(opened.load(Ordering::Relaxed), 10);
}

#[test]
fn a_pin_replaced_while_it_is_checked_opens_nothing() {
    let bench = Bench::new();
    let attempt = bench.store.open_attempt(MEGANS, minute(0)).unwrap();
    let (old, pin) = (attempt.digest().unwrap().clone(), on_file(&bench.hasher, "90627"));
    bench
        .store
        .commit(SIGNED, vec![Change::PinReplaced { user: MEGAN, old, pin }], Vec::new())
        .unwrap();
    let verdict = bench.store.close_attempt(attempt, PinVerdict::Match, minute(0));
    assert_eq!(verdict, Ok(PinVerdict::Mismatch));
    assert_eq!(bench.key(0, MEGANS, "48213"), Answer::PinMismatch);
    assert_eq!(bench.key(0, MEGANS, "90627"), Answer::Organizer);
}

/// Two administrators reset one PIN at the same moment: what the second decided on is gone, so all of it is refused.
#[test]
fn of_two_resets_decided_on_one_snapshot_the_second_is_refused_whole() {
    let bench = Bench::new();
    for _ in 0..10 {
        bench.key(0, MEGANS, "1111");
    }
    let directory = bench.store.directory().unwrap();
    let old = directory.organizer_of(MEGANS).unwrap().1.pin.digest.clone();
    let decided = |digits: &str| {
        let (old, pin) = (old.clone(), on_file(&bench.hasher, digits));
        vec![Change::PinUnlocked { user: MEGAN }, Change::PinReplaced { user: MEGAN, old, pin }]
    };
    let letter = || Letter::new("a@b.example".into(), "Your PIN".into(), String::new().into());
    bench.store.commit(SIGNED, decided("90627"), vec![letter()]).unwrap();
    for _ in 0..10 {
        bench.key(1, MEGANS, "1111");
    }
    let second = bench.store.commit(SIGNED, decided("31846"), vec![letter()]);
    assert_eq!(second, Err(DirectoryError::PinIsAnother(MEGAN).into()));
    assert_eq!(bench.store.take_letters().len(), 1, "nobody gets a PIN that is none");
    assert_eq!(bench.key(1, MEGANS, "90627"), Answer::PinMismatch, "nor is it unlocked by half");
    bench.store.commit(SIGNED, vec![Change::PinUnlocked { user: MEGAN }], Vec::new()).unwrap();
    assert_eq!(bench.key(1, MEGANS, "31846"), Answer::PinMismatch);
    assert_eq!(bench.key(1, MEGANS, "90627"), Answer::Organizer);
}

#[test]
fn letters_that_nobody_sends_stop_what_would_write_one_more() {
    let bench = Bench::new();
    letters_are_bounded(&bench.store, Change::PinUnlocked { user: MEGAN });
}

/// The same for every store: that change alone is committed, and not with one letter too many.
pub(super) fn letters_are_bounded(store: &dyn Store, change: Change) {
    let letter = || Letter::new("a@b.example".into(), "Hi".into(), String::new().into());
    let letters = |count| (0..count).map(|_| letter()).collect();
    store.commit(SIGNED, Vec::new(), letters(rules::LETTERS_WAITING_MAX)).unwrap();
    let altered = store.audit(usize::MAX).unwrap().len();
    let refused = store.commit(SIGNED, vec![change.clone()], letters(1));
    assert_eq!(refused, Err(StoreError::LettersWaiting { waiting: rules::LETTERS_WAITING_MAX }));
    assert_eq!(store.audit(usize::MAX).unwrap().len(), altered, "nothing is done by half");
    store.commit(SIGNED, vec![change], Vec::new()).unwrap();
}

#[test]
fn what_is_altered_is_in_the_audit_and_what_is_refused_is_not() {
    let bench = Bench::new();
    let unlock = |user| vec![Change::PinUnlocked { user }];
    let signed = Signed { by: Actor::User(ALEX), at: minute(3) };
    bench.store.commit(signed, unlock(ALEX), Vec::new()).unwrap();
    bench.store.commit(signed, unlock(UserId::new(9)), Vec::new()).unwrap_err();
    let of = Some(Altered::User(ALEX));
    let wanted =
        AuditEntry { at: Some(minute(3)), by: Some(signed.by), what: "pin-unlocked".into(), of };
    assert_eq!(bench.store.audit(1).unwrap(), [wanted]);
    assert_eq!(bench.store.audit(9).unwrap().len(), 5);
}

#[test]
fn a_commit_is_done_whole_or_not_at_all() {
    let bench = Bench::new();
    let before = bench.store.directory().unwrap();
    let letter = || Letter::new("a@b.example".into(), "Hello".into(), String::new().into());
    let changes = vec![
        Change::UserAdded(User::new(UserId::new(3), "third".into())),
        Change::PinUnlocked { user: UserId::new(4) },
    ];
    let refused = bench.store.commit(SIGNED, changes.clone(), vec![letter()]);
    assert_eq!(refused, Err(DirectoryError::NoSuchUser(UserId::new(4)).into()));
    assert_eq!(bench.store.directory().unwrap(), before);
    assert!(bench.store.take_letters().is_empty());
    bench.store.commit(SIGNED, changes[..1].to_vec(), vec![letter()]).unwrap();
    assert_eq!(before.user(UserId::new(3)), None, "a snapshot never changes");
    assert!(bench.store.directory().unwrap().user(UserId::new(3)).is_some());
    assert_eq!(bench.store.take_letters(), [letter()]);
}

/// Fails where it is told to.
struct Failing<'a> {
    inner: &'a MemoryStore,
    at_close: bool,
}

impl Failing<'_> {
    fn error() -> StoreError {
        StoreError::Unavailable("the disk is full".into())
    }
}

impl Store for Failing<'_> {
    fn find_meeting(&self, _: &Entry, _: UtcTime) -> Result<Option<MeetingCard>, StoreError> {
        Err(Self::error())
    }

    fn may_call(&self, _: CallSource, _: UtcTime) -> Result<bool, StoreError> {
        Err(Self::error())
    }

    fn count_wrong_entries(&self, _: &[(CallSource, UtcTime)]) -> Result<(), StoreError> {
        Err(Self::error())
    }

    fn open_attempt(&self, meeting: MeetingId, now: UtcTime) -> Result<Attempt, StoreError> {
        if self.at_close { self.inner.open_attempt(meeting, now) } else { Err(Self::error()) }
    }

    fn close_attempt(
        &self,
        _: Attempt,
        _: PinVerdict,
        _: UtcTime,
    ) -> Result<PinVerdict, StoreError> {
        Err(Self::error())
    }

    fn commit(&self, _: Signed, _: Vec<Change>, _: Vec<Letter>) -> Result<(), StoreError> {
        Err(Self::error())
    }

    fn file_records(&self, _: &[Record]) -> Result<(), StoreError> {
        Err(Self::error())
    }

    fn latest_calls(&self, _: usize) -> Result<Vec<CallRecord>, StoreError> {
        Err(Self::error())
    }

    fn audit(&self, _: usize) -> Result<Vec<AuditEntry>, StoreError> {
        Err(Self::error())
    }

    fn directory(&self) -> Result<Arc<Directory>, StoreError> {
        Err(Self::error())
    }
}

#[test]
fn a_store_that_fails_is_unavailable_and_opens_nothing() {
    let bench = Bench::new();
    for at_close in [false, true] {
        let store = Failing { inner: &bench.store, at_close };
        let entry = Entry::parse("48213").unwrap();
        let verify = Question::VerifyPin {
            meeting: MEGANS,
            entry: entry.clone(),
            from: CallSource::UNKNOWN,
        };
        for question in [verify, Question::FindMeeting { entry, from: CallSource::UNKNOWN }] {
            let answer = answer(&store, &bench.hasher, &question, minute(0));
            assert_eq!(answer, Answer::Unavailable);
        }
    }
}
