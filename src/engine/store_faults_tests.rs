//! A store in a file that fails while calls come: who calls hears an apology in place of a guess, and has a record.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::os::unix::fs::FileExt as _;

use rusqlite::{Connection, ErrorCode};

use super::tests::{CONFERENCE_ID, answered, key, run, until};
use super::*;
use crate::admin::demonstration;
use crate::domain::pin::Pin;
use crate::domain::{HangupCause, PromptId};
use crate::exchange::Happened;
use crate::store::{Argon2Hasher, SqliteStore};

const PIN: &str = "48213";

struct House {
    store: Arc<SqliteStore>,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

/// Puts right what went wrong.
type Mend = Box<dyn FnOnce(&House)>;

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("holdline.db");
        let hasher = Argon2Hasher::cheap_for_tests().unwrap();
        let (pin, id) = (Pin::parse(PIN).unwrap(), CONFERENCE_ID.parse().unwrap());
        let directory = demonstration::organization(&pin, id, &hasher, [7; 16]).unwrap();
        let store = Arc::new(SqliteStore::open(&path).unwrap());
        store.import(directory).unwrap();
        Self { store, path, _folder: folder }
    }

    fn does(&self, sql: &str) {
        self.store.with_writer(|writer| writer.execute_batch(sql)).unwrap();
    }

    fn number(&self, sql: &str) -> u64 {
        let ask = |writer: &Connection| writer.query_row(sql, [], |row| row.get::<_, i64>(0));
        u64::try_from(self.store.with_writer(ask).unwrap()).unwrap()
    }
}

/// Another program writes, and does not finish.
fn locked(house: &House) -> Mend {
    let other = Connection::open(&house.path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    Box::new(move |_| drop(other))
}

/// Not a row more fits where attempts are counted and calls are filed.
fn full(house: &House) -> Mend {
    let pages = house.number("SELECT page_count FROM pragma_page_count");
    house.does(&format!("PRAGMA synchronous = OFF; PRAGMA max_page_count = {pages}"));
    house.does("INSERT INTO pin_counters VALUES (1000, '{}')");
    for row in ["pin_counters VALUES (NULL, '{}')", "calls VALUES (NULL, NULL, 0, '{}')"] {
        let insert = format!("INSERT INTO {row}");
        let full = loop {
            let inserted = house.store.with_writer(|writer| writer.execute(&insert, []));
            if let Err(error) = inserted {
                break error;
            }
        };
        assert_eq!(full.sqlite_error_code(), Some(ErrorCode::DiskFull), "{full}");
    }
    Box::new(|house| {
        house.does(
            "PRAGMA max_page_count = 1000000; DELETE FROM pin_counters WHERE user >= 1000;
             DELETE FROM calls WHERE json = '{}'; PRAGMA synchronous = FULL",
        );
    })
}

fn read_only(house: &House) -> Mend {
    house.does("PRAGMA query_only = ON");
    Box::new(|house| house.does("PRAGMA query_only = OFF"))
}

/// The page in which a look-up begins is overwritten.
fn corrupt(house: &House) -> Mend {
    house.does("PRAGMA wal_checkpoint(TRUNCATE)");
    let page = house.number("SELECT rootpage FROM sqlite_schema WHERE name = 'cards'");
    let size = house.number("SELECT page_size FROM pragma_page_size");
    let file = std::fs::OpenOptions::new().write(true).open(&house.path).unwrap();
    file.write_all_at(&vec![0xA5; usize::try_from(size).unwrap()], (page - 1) * size).unwrap();
    Box::new(|_stays_so| ())
}

/// The file ends before the page in which a look-up begins; a reader has it open, and has not read that page.
fn truncated(house: &House) -> Mend {
    house.does("PRAGMA wal_checkpoint(TRUNCATE)");
    let page = house.number("SELECT rootpage FROM sqlite_schema WHERE name = 'cards'");
    let size = house.number("SELECT page_size FROM pragma_page_size");
    assert_eq!(house.store.latest_calls(1).unwrap(), []);
    cut(house, (page - 1) * size);
    Box::new(|_stays_so| ())
}

fn emptied(house: &House) -> Mend {
    house.does("PRAGMA wal_checkpoint(TRUNCATE)");
    assert_eq!(house.store.latest_calls(1).unwrap(), []);
    cut(house, 0);
    Box::new(|_stays_so| ())
}

fn cut(house: &House, bytes: u64) {
    let file = std::fs::OpenOptions::new().write(true).open(&house.path).unwrap();
    file.set_len(bytes).unwrap();
}

/// A newer program has given the tables other names.
fn newer(house: &House) -> Mend {
    let other = Connection::open(&house.path).unwrap();
    let renames = "ALTER TABLE cards RENAME TO look_ups; PRAGMA user_version = 99";
    other.execute_batch(renames).unwrap();
    Box::new(|_stays_so| ())
}

/// Calls, keys the organizer's PIN, and hears that the bridge cannot answer.
async fn is_told_that_nothing_can_be_said(engine: &Engine) {
    let leg = engine.new_leg();
    let mut line = answered(engine, leg).await;
    key(engine, leg, &format!("{CONFERENCE_ID}#*{PIN}#"));
    let apology = Happened::Prompt { prompt: PromptId::ServiceUnavailable };
    let is_apology = |event: &LineEvent| {
        assert!(!matches!(event, LineEvent::HungUp(_)), "hung up without a word: {event:?}");
        matches!(event, LineEvent::Happened(event) if event.happened == apology)
    };
    until(&mut line, is_apology).await;
    let cause = HangupCause::StoreUnavailable;
    until(&mut line, |event| matches!(event, LineEvent::HungUp(why) if *why == cause)).await;
    assert_eq!(cause.q850(), 41);
}

/// Makes the store of a house fail, and gives what mends it.
type Break = fn(&House) -> Mend;

/// Waits until the call has its record: whoever files may just have tried in vain, and a bridge that stops gives up then.
async fn is_filed(engine: &Engine, house: &House) {
    let clock = engine.clock();
    let until = clock.uptime() + Duration::from_secs(30);
    while house.store.latest_calls(1).unwrap().is_empty() {
        assert!(clock.uptime() < until, "no record is filed");
        clock.until(clock.uptime() + Duration::from_millis(5)).await;
    }
}

/// One call in a house whose store fails meanwhile: an apology, no record lost, and a bridge that stops as told.
fn called(fault: Break, name: &str) -> House {
    let house = House::new();
    let hasher = Arc::new(Argon2Hasher::cheap_for_tests().unwrap());
    let (config, sounds) = (EngineConfig::default(), Arc::new(Sounds::synthetic()));
    let store: Arc<dyn Store> = house.store.clone();
    run(async {
        let engine = Engine::start(config, sounds, store, hasher, None).unwrap();
        let mend = fault(&house);
        is_told_that_nothing_can_be_said(&engine).await;
        mend(&house);
        if name != EMPTIED {
            is_filed(&engine, &house).await;
        }
        assert_eq!(engine.shutdown(Duration::from_secs(60)).await, Vec::<String>::new());
        assert_eq!(engine.counts().records_lost.load(Ordering::Relaxed), 0, "{name}");
    });
    house
}

#[test]
fn a_store_that_fails_in_a_call_is_an_apology_and_a_record() {
    let faults: [(&str, Break); 6] = [
        ("locked", locked),
        ("full", full),
        ("read-only", read_only),
        ("corrupt", corrupt),
        ("truncated", truncated),
        ("newer", newer),
    ];
    for (name, fault) in faults {
        let house = called(fault, name);
        let calls = house.store.latest_calls(9).unwrap();
        let causes: Vec<HangupCause> = calls.iter().map(|call| call.cause).collect();
        assert_eq!(causes, [HangupCause::StoreUnavailable], "{name}");
        assert!(!calls[0].pin_used, "{name}");
    }
}

/// Of this one the record cannot be read back.
const EMPTIED: &str = "emptied";

/// No page of the file is left under a running bridge. What it writes from then on is in the database's log alone.
#[test]
fn a_store_whose_file_is_emptied_in_a_call_is_an_apology() {
    drop(called(emptied, EMPTIED));
}
