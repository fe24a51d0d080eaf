//! A clear word for what can be wrong with a file, and an older one brought up to date.

use rusqlite::Connection;

use super::tests::*;
use super::*;
use crate::domain::directory::RuleOverrides;
use crate::store::Argon2Hasher;

#[test]
fn a_file_that_cannot_be_used_says_why_and_is_not_touched() {
    let file = File::new();
    std::fs::write(file.path(), b"this is no database, but a letter to somebody".repeat(200))
        .unwrap();
    let why = SqliteStore::open(&file.path()).unwrap_err().to_string();
    assert!(why.contains("is damaged or no database") && why.contains("backup"), "{why}");

    let file = File::new();
    drop(file.store());
    let raw = Connection::open(file.path()).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    let why = SqliteStore::open(&file.path()).unwrap_err().to_string();
    let known = format!("version 99, this program knows up to {}", schema::VERSION);
    assert!(why.contains(&known), "{why}");

    let file = File::new();
    drop(file.store());
    let raw = Connection::open(file.path()).unwrap();
    raw.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; DELETE FROM audit;")
        .unwrap();
    let why = SqliteStore::open(&file.path()).unwrap_err().to_string();
    assert!(why.contains("locked by another program"), "{why}");

    let nowhere = file.folder.path().join("no such folder").join("holdline.db");
    let why = SqliteStore::open(&nowhere).unwrap_err().to_string();
    assert!(why.contains("cannot be written"), "{why}");
}

/// Damages a database, of which it has the connection and the file.
type Damage<'a> = &'a dyn Fn(&Connection, &File);

/// What is read at the start is damaged, by a row or by a page: it is not taken for an empty database.
#[test]
fn a_damaged_organization_is_told_at_the_start() {
    let row = |raw: &Connection, _: &File| {
        raw.execute("UPDATE organization SET json = '{\"name\": 7'", []).unwrap();
    };
    let page = |raw: &Connection, file: &File| {
        let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'organization'";
        let root: i64 = raw.query_row(root, [], |row| row.get(0)).unwrap();
        let size: i64 = raw.pragma_query_value(None, "page_size", |row| row.get(0)).unwrap();
        let [root, size] = [root, size].map(|number| usize::try_from(number).unwrap());
        let mut bytes = std::fs::read(file.path()).unwrap();
        bytes[(root - 1) * size..root * size].fill(0xA5);
        std::fs::write(file.path(), bytes).unwrap();
    };
    let damages: [Damage<'_>; 2] = [&row, &page];
    for damage in damages {
        let file = File::new();
        let store = file.store();
        store.import(Directory::default()).unwrap();
        drop(store);
        damage(&Connection::open(file.path()).unwrap(), &file);
        let why = SqliteStore::open(&file.path()).unwrap_err().to_string();
        assert!(why.contains("is damaged or no database") && why.contains("backup"), "{why}");
    }
}

/// Somebody else's database, whatever is in it: named so, and nothing of ours is added to it.
#[test]
fn a_database_of_another_program_is_named_and_left_alone() {
    let (users, version) =
        ("CREATE TABLE users (id INTEGER PRIMARY KEY)", "PRAGMA user_version = 2");
    let birds = "CREATE TABLE birds (name TEXT)";
    for made in [
        users.to_owned(),
        birds.to_owned(),
        format!("{birds}; {version}"),
        format!("{}; PRAGMA application_id = 77", schema::MIGRATIONS[0]),
        "PRAGMA application_id = 77".to_owned(),
        "PRAGMA user_version = 99".to_owned(),
    ] {
        let file = File::new();
        let raw = Connection::open(file.path()).unwrap();
        raw.execute_batch(&made).unwrap();
        let before = schema::names(&raw).unwrap();
        let why = SqliteStore::open(&file.path()).unwrap_err();
        assert!(matches!(why, OpenError::Foreign { .. }), "{made}: {why}");
        assert!(why.to_string().contains("the database of another program"), "{why}");
        assert_eq!(schema::names(&raw).unwrap(), before);
    }
}

/// Tables are missed when the database is opened, and not by the first who calls.
#[test]
fn a_database_without_one_of_its_tables_is_not_opened() {
    let file = File::new();
    drop(file.store());
    let raw = Connection::open(file.path()).unwrap();
    let mut there = schema::names(&raw).unwrap();
    there.retain(|name| !name.contains("_by_"));
    there.sort();
    let mut known = schema::TABLES.map(|(table, _)| table).to_vec();
    known.sort_unstable();
    assert_eq!(there, known);
    for (table, _) in schema::TABLES {
        let file = File::new();
        drop(file.store());
        let raw = Connection::open(file.path()).unwrap();
        raw.execute_batch(&format!("DROP TABLE {table}")).unwrap();
        let why = SqliteStore::open(&file.path()).unwrap_err().to_string();
        assert!(why.contains(&format!("it has no table {table}")), "{why}");
    }
    raw.execute_batch("DELETE FROM cards").unwrap();
    let why = SqliteStore::open(&file.path()).unwrap_err().to_string();
    assert!(why.contains("nothing in its table cards can be looked up"), "{why}");
}

/// What a start asks for is read without the users and meetings, of which there may be a million.
#[test]
fn a_start_does_not_read_the_directory() {
    let file = File::new();
    enabled(&file.store());
    let store = file.store();
    assert!(!store.is_empty().unwrap());
    let organization = store.organization();
    assert_eq!(organization.settings, Organization::default().settings);
    assert_eq!(store.pepper_mark().unwrap(), None);
    assert!(store.may_call(source(0), at(0)).unwrap());
    let entry = Entry::parse(&id(0).to_string()).unwrap();
    assert!(store.find_meeting(&entry, at(0)).unwrap().is_some());
    assert!(matches!(store.writer().kept, Kept::Nothing));
}

/// The first mark stays: another pepper is not taken for the right one by marking it.
#[test]
fn the_mark_of_a_pepper_is_kept_once() {
    let file = File::new();
    let store = file.store();
    let hasher = Argon2Hasher::cheap_for_tests().unwrap();
    let [first, second] = [1, 2].map(|salt| hasher.mark([salt; 16]).unwrap());
    store.mark_pepper(&first).unwrap();
    store.mark_pepper(&second).unwrap();
    drop(store);
    assert_eq!(file.store().pepper_mark().unwrap(), Some(first));
}

/// A database of the first version: its look-ups are made when it is opened, with expiry and rules.
#[test]
fn an_older_database_is_brought_up_to_date() {
    let (file, newer) = (File::new(), File::new());
    let store = newer.store();
    enabled(&store);
    let rules = RuleOverrides { legs_max: Some(7), ..RuleOverrides::default() };
    let scheduled = Change::MeetingAdded(scheduled(rules.clone()));
    let rules = Change::UserRulesChanged { user: UserId::new(1), rules };
    store.commit(SIGNED, vec![scheduled, rules], vec![]).unwrap();
    drop(store);
    let old = Connection::open(file.path()).unwrap();
    old.execute_batch(schema::MIGRATIONS[0]).unwrap();
    old.execute("ATTACH ?1 AS newer", [newer.path().to_str().unwrap()]).unwrap();
    for table in ["organization", "users", "meetings"] {
        old.execute_batch(&format!("INSERT INTO {table} SELECT * FROM newer.{table}")).unwrap();
    }
    old.pragma_update(None, "user_version", 1).unwrap();
    drop(old);
    let (old, new) = (file.store(), newer.store());
    for place in 0..5 {
        for hours in [0, 99, 100, 101] {
            let ask = Ask::Find(place);
            assert_eq!(told(&old, &ask, at(hours)), told(&new, &ask, at(hours)));
        }
    }
    assert!(told(&old, &Ask::Find(3), at(99)).contains("legs_max: 7"));
    assert_eq!(told(&old, &Ask::Find(3), at(100)), "Ok(None)");
}

/// The disk is full: what cannot be kept is refused with a clear word, and what was there is still there.
#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let file = File::new();
    let store = file.store();
    enabled(&store);
    let before = serde_json::to_string(&*store.directory().unwrap()).unwrap();
    let pages: i64 =
        store.writer().connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    store.writer().connection.pragma_update(None, "max_page_count", pages).unwrap();
    let full = (2..10_000)
        .find_map(|number| {
            let user = User::new(UserId::new(number), "A name that takes its room".repeat(20));
            store
                .commit(SIGNED, vec![Change::UserAdded(user)], vec![])
                .err()
                .map(|error| (number, error))
        })
        .unwrap();
    assert!(full.1.to_string().contains("the disk is full: make room"), "{}", full.1);
    let entry = Entry::parse(&id(0).to_string()).unwrap();
    assert!(store.find_meeting(&entry, at(0)).unwrap().is_some(), "calls go on");
    drop(store);
    let store = file.store();
    let kept = store.directory().unwrap();
    assert_eq!(kept.users().len() as u64, full.0 - 1, "all that was acknowledged");
    assert!(before.contains("Megan Bowen") && kept.user(UserId::new(1)).is_some());
}
