//! The whole directory and what is done without it: digests are renewed row by row, and calls go on while it is loaded.

use super::tests::{File, SIGNED, at, enabled, held, id, pin_on_file, record, source};
use super::*;
use crate::domain::directory::{DirectoryError, MeetingKind, RuleOverrides};
use crate::domain::pin::PinHasher as _;
use crate::domain::question::{Answer, Question};
use crate::store::{Argon2Hasher, MemoryStore};

const MEGAN: UserId = UserId::new(1);
const SCHEDULED: MeetingId = MeetingId::new(2);

fn digest(directory: &Directory) -> PinDigest {
    let megan = directory.user(MEGAN).unwrap();
    megan.audio_conferencing.as_ref().unwrap().pin.digest.clone()
}

/// What is in the file, as whoever opens it next will see it.
fn on_file(file: &File) -> Arc<Directory> {
    file.store().directory().unwrap()
}

fn is_unloaded(store: &SqliteStore) -> bool {
    matches!(store.writer().kept, Kept::Nothing)
}

/// Megan with a second meeting, in a file that has been opened anew: nobody has asked for the directory.
fn megans(file: &File) -> SqliteStore {
    let store = file.store();
    enabled(&store);
    let scheduled = Meeting {
        id: SCHEDULED,
        conference_id: id(3),
        organizer: MEGAN,
        kind: MeetingKind::Scheduled,
        subject: "Roadmap".into(),
        rules: RuleOverrides { legs_max: Some(7), ..RuleOverrides::default() },
        expires_at: Some(at(100)),
    };
    store.commit(SIGNED, vec![Change::MeetingAdded(scheduled)], vec![]).unwrap();
    drop(store);
    file.store()
}

/// A digest made at less cost is made anew when its PIN is keyed, and still fits; with a million users as fast as with one.
#[test]
fn a_cheap_digest_is_renewed_without_the_directory() {
    let file = File::new();
    let store = megans(&file);
    let dearer = Argon2Hasher::with_figures(64, 2, zeroize::Zeroizing::default()).unwrap();
    let question = Question::VerifyPin {
        meeting: MeetingId::new(1),
        entry: Entry::parse("48213").unwrap(),
        from: CallSource::UNKNOWN,
    };
    let keyed = || crate::store::answer(&store, &dearer, &question, at(7));
    let cheap = pin_on_file(1).digest;
    assert_eq!(keyed(), Answer::Organizer);
    assert!(is_unloaded(&store));
    let dear = digest(&on_file(&file));
    assert!(cheap != dear && !dearer.is_outdated(&dear));
    let renewed = AuditEntry {
        at: Some(at(7)),
        by: Some(Actor::Bridge),
        what: "pin-rehashed".to_owned(),
        of: Some(Altered::User(MEGAN)),
    };
    assert_eq!(store.audit(1).unwrap(), [renewed]);
    assert_eq!(keyed(), Answer::Organizer);
    assert_eq!(digest(&on_file(&file)), dear, "once is enough");
    assert!(is_unloaded(&store));
    let directory = store.directory().unwrap();
    assert_eq!(directory.user(MEGAN).unwrap().earlier_pins.len(), 0, "it is the same PIN");
    for place in [0, 3] {
        let entry = Entry::parse(&id(place).to_string()).unwrap();
        let card = store.find_meeting(&entry, at(0)).unwrap();
        assert_eq!(card, directory.card(id(place), at(0)), "both meetings are found as before");
    }
}

/// The PIN was replaced in the meantime: its new digest stays, and nothing is in the audit.
#[test]
fn a_digest_that_is_another_by_now_is_not_renewed() {
    let file = File::new();
    let store = megans(&file);
    let renew = |user, old: u8| {
        store.renew_digest(user, (pin_on_file(old).digest, pin_on_file(3).digest), at(7))
    };
    let before = store.audit(9).unwrap();
    assert_eq!(renew(MEGAN, 2), Err(DirectoryError::PinIsAnother(MEGAN).into()));
    let nobody = UserId::new(9);
    assert_eq!(renew(nobody, 1), Err(DirectoryError::NoSuchUser(nobody).into()));
    assert_eq!(store.audit(9).unwrap(), before);
    assert_eq!(digest(&on_file(&file)), pin_on_file(1).digest);
}

/// A directory that is kept has the new digest too; one that somebody looks at stays as it is, and is not copied.
#[test]
fn a_renewal_is_in_the_directory_that_is_kept() {
    let file = File::new();
    let store = megans(&file);
    let renew = |old, new| {
        let digests = (pin_on_file(old).digest, pin_on_file(new).digest);
        store.renew_digest(MEGAN, digests, at(7)).unwrap();
    };
    store.directory().unwrap();
    renew(1, 2);
    assert!(!is_unloaded(&store));
    let looked_at = store.directory().unwrap();
    assert_eq!(digest(&looked_at), pin_on_file(2).digest);
    renew(2, 3);
    assert_eq!(digest(&looked_at), pin_on_file(2).digest, "it never changes");
    assert!(is_unloaded(&store));
    assert_eq!(digest(&store.directory().unwrap()), pin_on_file(3).digest);
}

/// Attempts are counted, a digest is renewed and records are filed while the directory is loaded, and it has what they altered.
#[test]
fn calls_go_on_while_the_directory_is_loaded() {
    let file = File::new();
    let store = megans(&file);
    let meanwhile = |store: &SqliteStore| {
        let attempt = store.open_attempt(SCHEDULED, at(0)).unwrap();
        assert_eq!(attempt.gate(), Gate::Open);
        assert_eq!(store.close_attempt(attempt, PinVerdict::Match, at(0)), Ok(PinVerdict::Match));
        drop(store.open_attempt(SCHEDULED, at(0)).unwrap());
        store.count_wrong_entry(source(0), at(0)).unwrap();
        store.file_records(&[record(7), held(2)]).unwrap();
        let digests = (pin_on_file(1).digest, pin_on_file(2).digest);
        store.renew_digest(MEGAN, digests, at(7)).unwrap();
    };
    store.while_loading.set(meanwhile).unwrap();
    let directory = store.directory().unwrap();
    assert_eq!(digest(&directory), pin_on_file(2).digest);
    assert!(directory.meeting(SCHEDULED).unwrap().expires_at > Some(at(2_000)));
    assert_eq!(directory, on_file(&file));
    assert_ne!(store.counters(MEGAN).unwrap(), LockoutCounters::default());
    assert_eq!(store.latest_calls(9).unwrap().len(), 1);
    // It is kept: what would go on while it is loaded does not happen again.
    assert!(Arc::ptr_eq(&directory, &store.directory().unwrap()));
}

/// One who asks while another waits for it waits too, and it is loaded once.
#[test]
fn two_who_ask_at_once_are_given_the_same_directory() {
    static LOADS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let file = File::new();
    let store = megans(&file);
    let count = |_: &SqliteStore| {
        LOADS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    };
    store.while_loading.set(count).unwrap();
    let both: Vec<_> = std::thread::scope(|scope| {
        let asks = [(); 2].map(|()| scope.spawn(|| store.directory().unwrap()));
        asks.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(Arc::ptr_eq(&both[0], &both[1]));
    assert_eq!(LOADS.load(std::sync::atomic::Ordering::Relaxed), 1);
}

/// What waits for a directory that is being loaded has an end, and who asks is not kept for ever.
#[test]
fn a_directory_that_too_much_is_altered_in_is_loaded_again() {
    let change = || Change::PinUnlocked { user: MEGAN };
    let mut kept = Kept::Loading(Vec::new());
    kept.alter((0..kept::MEANWHILE_MAX).map(|_| change()));
    assert!(matches!(&kept, Kept::Loading(waiting) if waiting.len() == kept::MEANWHILE_MAX));
    kept.alter([change()]);
    assert!(matches!(kept, Kept::Nothing));

    let file = File::new();
    let store = megans(&file);
    store.while_loading.set(|store| store.writer().kept = Kept::Nothing).unwrap();
    let why = store.directory().unwrap_err().to_string();
    assert!(why.contains("too much was altered while the directory was loaded"), "{why}");
}

/// Nothing is kept of a directory that could not be loaded, and the next who asks is given a sound one.
#[test]
fn a_directory_that_cannot_be_loaded_is_tried_again() {
    let file = File::new();
    let store = megans(&file);
    let rows = |sql: &str| store.with_writer(|writer| writer.execute_batch(sql)).unwrap();
    rows("CREATE TEMP TABLE sound AS SELECT * FROM users; UPDATE users SET json = '{'");
    assert!(matches!(store.directory(), Err(StoreError::Unavailable(_))));
    assert!(is_unloaded(&store));
    store.open_attempt(SCHEDULED, at(0)).expect_err("it is Megan's row");
    rows("UPDATE users SET json = (SELECT sound.json FROM sound WHERE sound.id = users.id)");
    assert!(store.directory().unwrap().user(MEGAN).is_some());
}

/// An organization without the mark of its pepper, or the other way round, is nothing that can be left behind.
#[test]
fn an_organization_is_founded_with_its_mark_or_not_at_all() {
    let file = File::new();
    let store = file.store();
    let mark = Argon2Hasher::cheap_for_tests().unwrap().mark([1; 16]).unwrap();
    let rows = |sql: &str| store.with_writer(|writer| writer.execute_batch(sql)).unwrap();
    let no_mark = "CREATE TRIGGER no_mark BEFORE INSERT ON pepper
                   BEGIN SELECT RAISE(ABORT, 'no room'); END";
    rows(no_mark);
    let founded = || {
        let memory = MemoryStore::default();
        enabled(&memory);
        store.found(Directory::clone(&memory.directory().unwrap()), &mark)
    };
    assert!(founded().unwrap_err().to_string().contains("no room"));
    assert!(store.is_empty().unwrap());
    rows("DROP TRIGGER no_mark");
    founded().unwrap();
    assert_eq!(store.pepper_mark().unwrap(), Some(mark.clone()));
    assert!(on_file(&file).user(MEGAN).is_some());
}
