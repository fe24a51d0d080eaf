//! Tests of the desk: what happens when somebody else is faster.

use std::sync::Mutex;

use rand::SeedableRng as _;

use super::*;
use crate::admin::demonstration;
use crate::domain::pin::{HashError, Pin, PinDigest};
use crate::domain::{Answer, CallSource, Entry, Question};
use crate::store::{Argon2Hasher, MemoryStore, answer};

/// A hasher that takes its time over the first digest: somebody else resets the same PIN meanwhile.
struct Slow<'a> {
    inner: &'a Argon2Hasher,
    store: &'a MemoryStore,
    meanwhile: Mutex<Vec<String>>,
}

impl PinHasher for Slow<'_> {
    fn digest(&self, pin: &Pin, salt: [u8; 16]) -> Result<PinDigest, HashError> {
        let mut made = self.meanwhile.lock().unwrap();
        if made.is_empty() {
            made.push(reset(self.store, self.inner));
        }
        self.inner.digest(pin, salt)
    }

    fn verify(&self, entry: &[u8], digest: &PinDigest) -> Result<bool, HashError> {
        self.inner.verify(entry, digest)
    }

    fn decoy(&self) -> &PinDigest {
        self.inner.decoy()
    }

    fn is_outdated(&self, digest: &PinDigest) -> bool {
        self.inner.is_outdated(digest)
    }
}

/// Always from the same stream: whoever decides on the same directory makes the same PIN.
fn reset(store: &MemoryStore, hasher: &dyn PinHasher) -> String {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let mut desk = Desk { store, hasher, rng: &mut rng, now: UtcTime::from_micros(0) };
    let request = Request::ResetPin { user: "1".into(), send_to: None };
    let (Reply::PinMade { pin, .. }, _) = desk.carry_out(request) else { panic!("no PIN") };
    pin
}

/// Only one who has seen the first reset makes another PIN than it did.
#[test]
fn a_reset_that_somebody_else_was_faster_with_is_decided_anew() {
    let hasher = Argon2Hasher::cheap_for_tests().unwrap();
    let (first, id) = (Pin::parse("48213").unwrap(), "147852036".parse().unwrap());
    let directory = demonstration::organization(&first, id, &hasher, [5; 16]).unwrap();
    let store = MemoryStore::from_directory(directory);
    let slow = Slow { inner: &hasher, store: &store, meanwhile: Mutex::default() };
    let slower = reset(&store, &slow);
    let faster = slow.meanwhile.into_inner().unwrap().remove(0);
    assert!(faster != slower, "the same PIN was made twice");
    let keyed = |pin: &str| {
        let (entry, from) = (Entry::parse(pin).unwrap(), CallSource::UNKNOWN);
        let question = Question::VerifyPin { meeting: demonstration::MEETING, entry, from };
        answer(&store, &hasher, &question, UtcTime::from_micros(0))
    };
    assert_eq!(keyed(&slower), Answer::Organizer);
    assert_eq!(keyed(&faster), Answer::PinMismatch);
    assert_eq!(store.take_letters().len(), 2, "one for each PIN that was made");
    let directory = store.directory().unwrap();
    assert_eq!(directory.user(demonstration::MEGAN).unwrap().earlier_pins.len(), 2);
}

/// Makes no digest.
struct Fails(Argon2Hasher);

impl PinHasher for Fails {
    fn digest(&self, _pin: &Pin, _salt: [u8; 16]) -> Result<PinDigest, HashError> {
        Err(HashError::Failed("no memory".to_owned()))
    }

    fn verify(&self, entry: &[u8], digest: &PinDigest) -> Result<bool, HashError> {
        self.0.verify(entry, digest)
    }

    fn decoy(&self) -> &PinDigest {
        self.0.decoy()
    }

    fn is_outdated(&self, digest: &PinDigest) -> bool {
        self.0.is_outdated(digest)
    }
}

fn asked(store: &MemoryStore, hasher: &dyn PinHasher, request: Request) -> Reply {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let mut desk = Desk { store, hasher, rng: &mut rng, now: UtcTime::from_micros(0) };
    desk.carry_out(request).0
}

/// Whoever cannot be given a PIN is not taken in either: there is nobody who could not be tried again.
#[test]
fn somebody_new_is_taken_in_with_a_pin_or_not_at_all() {
    let store = MemoryStore::default();
    let hasher = Argon2Hasher::cheap_for_tests().unwrap();
    let add = || Request::AddUser { name: "Alex Wilber".into(), address: None, number: None };
    let fails = Fails(Argon2Hasher::cheap_for_tests().unwrap());
    let Reply::Refused { why } = asked(&store, &fails, add()) else { panic!("a PIN was made") };
    assert!(why.contains("no memory"), "{why}");
    assert_eq!(store.directory().unwrap().users().count(), 0);
    let Reply::PinMade { user, .. } = asked(&store, &hasher, add()) else { panic!("no PIN") };
    assert_eq!((user.user, user.conference_id.is_some()), (UserId::new(1), true));
}

/// A mail address names one person, and letters to it are theirs.
#[test]
fn a_mail_address_is_one_users() {
    let (store, hasher) = (MemoryStore::default(), Argon2Hasher::cheap_for_tests().unwrap());
    let add = |address: &str| {
        let (name, address) = ("Alex Wilber".to_owned(), Some(address.to_owned()));
        asked(&store, &hasher, Request::AddUser { name, address, number: None })
    };
    assert!(matches!(add("alex@contoso.com"), Reply::PinMade { .. }));
    let Reply::Refused { why } = add("Alex@Contoso.com") else { panic!("taken") };
    assert_eq!(why, "Alex@Contoso.com is the mail address of user number 1 already");
    assert!(matches!(add("alex.wilber@contoso.com"), Reply::PinMade { .. }));
}

/// Its conference ID would not work for a day.
#[test]
fn a_meeting_that_is_over_is_not_made() {
    let hasher = Argon2Hasher::cheap_for_tests().unwrap();
    let (pin, id) = (Pin::parse("48213").unwrap(), "147852036".parse().unwrap());
    let directory = demonstration::organization(&pin, id, &hasher, [5; 16]).unwrap();
    let store = MemoryStore::from_directory(directory);
    let until = |micros| Request::Schedule {
        organizer: "1".into(),
        subject: "Roadmap".into(),
        held_until: Some(UtcTime::from_micros(micros)),
    };
    let past = asked(&store, &hasher, until(-1));
    assert!(
        matches!(&past, Reply::Refused { why } if why.contains("a time that comes")),
        "{past:?}"
    );
    assert!(matches!(asked(&store, &hasher, until(0)), Reply::MeetingMade { .. }));
}

/// All that is asked for is put together in memory: of a million records there would be half a gigabyte.
#[test]
fn more_than_is_shown_at_once_is_refused() {
    let hasher = Argon2Hasher::cheap_for_tests().unwrap();
    let store = MemoryStore::default();
    for limit in [SHOWN_MAX + 1, usize::MAX] {
        let naming = None;
        let users = Request::Users { naming: naming.clone(), limit };
        let meetings = Request::Meetings { naming, limit };
        for request in [Request::Calls { limit }, Request::Audit { limit }, users, meetings] {
            let Reply::Refused { why } = asked(&store, &hasher, request) else { panic!("shown") };
            assert!(why.contains("no more than 10000 are shown at once"), "{why}");
        }
    }
    let calls = asked(&store, &hasher, Request::Calls { limit: SHOWN_MAX });
    assert_eq!(calls, Reply::Calls { calls: vec![] });
    let audit = asked(&store, &hasher, Request::Audit { limit: SHOWN_MAX });
    assert_eq!(audit, Reply::Audit { entries: vec![] });
}

/// A list of many says how many more there are, and shows those who are looked for.
#[test]
fn users_and_meetings_are_found_by_a_part_of_what_they_are_called() {
    let (store, hasher) = (MemoryStore::default(), Argon2Hasher::cheap_for_tests().unwrap());
    let people = [
        ("Megan Bowen", "megan@contoso.com"),
        ("Alex Wilber", "alex@contoso.com"),
        ("Łucja", "l@x"),
    ];
    for (name, address) in people {
        let (name, address) = (name.to_owned(), Some(address.to_owned()));
        let add = Request::AddUser { name, address, number: None };
        assert!(matches!(asked(&store, &hasher, add), Reply::PinMade { .. }));
    }
    let users = |naming: Option<&str>, limit| {
        let naming = naming.map(str::to_owned);
        let reply = asked(&store, &hasher, Request::Users { naming, limit });
        let Reply::Users { users, more } = reply else { panic!("{reply:?}") };
        (users, more)
    };
    let names = |naming: &str| {
        let (users, more) = users(Some(naming), 10);
        assert_eq!(more, 0, "{naming}");
        users.into_iter().map(|user| user.name).collect::<Vec<_>>()
    };
    let (first, more) = users(None, 1);
    assert_eq!((first[0].name.as_str(), first.len(), more), ("Megan Bowen", 1, 2));
    assert_eq!(names("contoso"), ["Megan Bowen", "Alex Wilber"]);
    assert_eq!(names("WILBER"), ["Alex Wilber"]);
    assert_eq!(names("łuc"), ["Łucja"]);
    assert_eq!(names("nobody"), Vec::<String>::new());
    let subject = "Roadmap".to_owned();
    let schedule = Request::Schedule { organizer: "2".into(), subject, held_until: None };
    let Reply::MeetingMade { meeting } = asked(&store, &hasher, schedule) else { panic!("none") };
    let all = store.directory().unwrap().meetings().count();
    let meetings = |naming: &str| {
        let naming = Some(naming.to_owned());
        let reply = asked(&store, &hasher, Request::Meetings { naming, limit: 1 });
        let Reply::Meetings { meetings, more } = reply else { panic!("{reply:?}") };
        (meetings.into_iter().map(|one| one.conference_id).collect::<Vec<_>>(), more)
    };
    assert_eq!(meetings("road"), (vec![meeting.conference_id], 0));
    assert_eq!(meetings(&meeting.conference_id.to_string()), (vec![meeting.conference_id], 0));
    assert_eq!(meetings("").1, all - 1);
}

/// Somebody is called as another's number says: the number is whose it is, and whoever is called so has one too.
#[test]
fn a_user_who_is_called_like_a_number_hides_nobody() {
    let hasher = Argon2Hasher::cheap_for_tests().unwrap();
    let (first, id) = (Pin::parse("48213").unwrap(), "147852036".parse().unwrap());
    let directory = demonstration::organization(&first, id, &hasher, [5; 16]).unwrap();
    let megan = demonstration::MEGAN.number().to_string();
    let store = MemoryStore::from_directory(directory);
    let add = Request::AddUser { name: megan.clone(), address: None, number: None };
    let Reply::PinMade { user: named, .. } = asked(&store, &hasher, add) else { panic!("no PIN") };
    for (who, whose) in
        [(megan, demonstration::MEGAN), (named.user.number().to_string(), named.user)]
    {
        let reset = Request::ResetPin { user: who.clone(), send_to: None };
        let reply = asked(&store, &hasher, reset);
        let Reply::PinMade { user, .. } = reply else { panic!("{who}: {reply:?}") };
        assert_eq!(user.user, whose, "{who}");
    }
}
