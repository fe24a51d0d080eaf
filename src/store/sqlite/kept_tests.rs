//! How much is kept in the file and of its readers; the audit: who altered what and when, and what there was before; and wrong
//! entries that are counted many at once.

use proptest::prelude::*;
use rusqlite::Connection;

use super::tests::{File, SIGNED, at, enabled, record, source};
use super::*;
use crate::domain::audit::Actor;
use crate::store::MemoryStore;
use crate::store::rules::{AUDIT_MAX, RECORDS_MAX};
use crate::store::tests::letters_are_bounded;

fn unlocked(store: &SqliteStore, by: Actor, at: UtcTime) {
    let unlock = Change::PinUnlocked { user: UserId::new(1) };
    store.commit(Signed { by, at }, vec![unlock], vec![]).unwrap();
}

#[test]
fn what_is_altered_is_in_the_audit_with_its_time_and_by_whom() {
    let file = File::new();
    enabled(&file.store());
    let store = file.store();
    let user = UserId::new(1);
    unlocked(&store, Actor::Administrator, at(7));
    unlocked(&store, Actor::User(user), at(8));
    let entry = |by, hours| AuditEntry {
        at: Some(at(hours)),
        by: Some(by),
        what: "pin-unlocked".to_owned(),
        of: Some(Altered::User(user)),
    };
    let newest_first = [entry(Actor::User(user), 8), entry(Actor::Administrator, 7)];
    assert_eq!(store.audit(2).unwrap(), newest_first);
    assert_eq!(store.audit(9).unwrap().len(), 4, "somebody was added and enabled before");
    // What is refused was not altered.
    let nobody = vec![Change::PinUnlocked { user: UserId::new(9) }];
    store.commit(SIGNED, nobody, vec![]).unwrap_err();
    assert_eq!(store.audit(9).unwrap().len(), 4);
}

#[test]
fn the_audit_forgets_the_oldest_beyond_its_limit() {
    let file = File::new();
    let store = file.store();
    enabled(&store);
    let full = format!(
        "INSERT INTO audit (what)
         WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < {AUDIT_MAX})
         SELECT 'of-before' FROM many"
    );
    store.with_writer(|writer| writer.execute_batch(&full).unwrap());
    unlocked(&store, Actor::Bridge, at(7));
    let kept = store.audit(usize::MAX).unwrap();
    assert_eq!(kept.len(), AUDIT_MAX);
    assert_eq!(kept[0].by, Some(Actor::Bridge), "the newest is there");
    assert!(kept[1..].iter().all(|entry| entry.what == "of-before"), "the oldest are not");
}

/// What was altered before times and names were kept stays in the audit, without them.
#[test]
fn an_audit_of_before_is_taken_over() {
    let file = File::new();
    let raw = Connection::open(file.path()).unwrap();
    for migration in &schema::MIGRATIONS[..4] {
        raw.execute_batch(migration).unwrap();
    }
    raw.execute_batch(
        "PRAGMA user_version = 4;
         INSERT INTO audit (what, whose) VALUES
            ('settings-changed', NULL), ('pin-replaced', 7), ('meeting-added', 8), ('conference-id-replaced', 9);",
    )
    .unwrap();
    drop(raw);
    let entry = |what: &str, of| AuditEntry { at: None, by: None, what: what.to_owned(), of };
    let meeting = |number| Some(Altered::Meeting(MeetingId::new(number)));
    assert_eq!(
        file.store().audit(9).unwrap(),
        [
            entry("conference-id-replaced", meeting(9)),
            entry("meeting-added", meeting(8)),
            entry("pin-replaced", Some(Altered::User(UserId::new(7)))),
            entry("settings-changed", None),
        ]
    );
}

#[test]
fn letters_that_nobody_sends_stop_what_would_write_one_more() {
    let file = File::new();
    let store = file.store();
    enabled(&store);
    store.take_letters().unwrap();
    letters_are_bounded(&store, Change::PinUnlocked { user: UserId::new(1) });
}

/// As if so many had been filed before.
#[test]
fn the_oldest_records_make_room_for_the_newest() {
    let file = File::new();
    let store = file.store();
    let before = format!(
        "INSERT INTO calls (id, answered_us, json) VALUES (1, 0, ''), (2, 0, ''), ({RECORDS_MAX}, 0, '')"
    );
    store.with_writer(|writer| writer.execute_batch(&before).unwrap());
    store.file_records(&[record(7)]).unwrap();
    let kept = store.with_writer(|writer| {
        let mut select = writer.prepare("SELECT id FROM calls ORDER BY id").unwrap();
        let ids = select.query_map([], |row| row.get(0)).unwrap();
        ids.collect::<Result<Vec<i64>, _>>().unwrap()
    });
    let newest = i64::try_from(RECORDS_MAX).unwrap();
    assert_eq!(kept, [2, newest, newest + 1]);
}

/// Readers of many questions at once go back to the pool until it is full, and are closed from then on.
#[test]
fn no_more_readers_are_kept_than_the_pool_holds() {
    fn at_once(store: &SqliteStore, more: usize) {
        let read = store.read(|reader| {
            assert!(caller_counters(reader, source(0))?.is_none());
            if more > 0 {
                at_once(store, more - 1);
            }
            Ok(())
        });
        read.unwrap();
    }
    let file = File::new();
    let store = file.store();
    for (questions, kept) in [(1, 1), (3, 3), (2, 3), (3 * READERS_MAX, READERS_MAX)] {
        at_once(&store, questions - 1);
        assert_eq!(store.readers.lock().unwrap().len(), kept, "after {questions} at once");
    }
}

/// A mapped page that cannot be read, of a file that was cut, would be a signal that ends the bridge.
#[cfg(target_os = "linux")]
#[test]
fn nothing_of_the_file_is_mapped_into_memory() {
    let file = File::new();
    let store = file.store();
    enabled(&store);
    store
        .read(|reader| one::<CallRecord>(reader, "SELECT json FROM calls WHERE id = ?1", 1))
        .unwrap();
    store.directory().unwrap();
    let folder = file.path().parent().unwrap().to_str().unwrap().to_owned();
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mapped: Vec<&str> = maps.lines().filter(|line| line.contains(&folder)).collect();
    assert_eq!(mapped, Vec::<&str>::new());
    let readers = lock(&store.readers);
    let size: i64 = readers[0].pragma_query_value(None, "mmap_size", |row| row.get(0)).unwrap();
    assert_eq!(size, 0);
    readers[0].execute_batch("DELETE FROM audit").expect_err("it only reads");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Wrong entries of many, at any times, counted at once and one by one come to the same: in a file and in memory.
    #[test]
    fn wrong_entries_of_a_batch_count_like_one_by_one(
        entries in prop::collection::vec((any::<u8>(), 0_i64..2_000), 1..120),
        at_once in 1_usize..50,
    ) {
        let files = [File::new(), File::new()];
        let [batched, single] = [files[0].store(), files[1].store()];
        let memories = [MemoryStore::default(), MemoryStore::default()];
        let timed = |(place, seconds): &(u8, i64)| {
            let from = if *place > 240 { CallSource::UNKNOWN } else { source(*place) };
            (from, UtcTime::from_micros(at(0).as_micros() + seconds * 1_000_000))
        };
        let entries: Vec<_> = entries.iter().map(timed).collect();
        for batch in entries.chunks(at_once) {
            batched.count_wrong_entries(batch).unwrap();
            memories[0].count_wrong_entries(batch).unwrap();
        }
        for (from, now) in entries {
            single.count_wrong_entry(from, now).unwrap();
            memories[1].count_wrong_entry(from, now).unwrap();
        }
        let on_file = |store: &SqliteStore| -> Vec<(String, String, i64)> {
            let writer = store.writer();
            let select = "SELECT source, json, last_us FROM callers ORDER BY source";
            let mut select = writer.connection.prepare(select).unwrap();
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
            rows.unwrap().map(Result::unwrap).collect()
        };
        prop_assert_eq!(on_file(&batched), on_file(&single));
        prop_assert_eq!(format!("{:?}", &memories[0]), format!("{:?}", &memories[1]));
    }
}
