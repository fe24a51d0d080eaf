//! The tables of the database, and how an older one becomes today's.

use rusqlite::{Connection, Transaction};

/// What each version adds; the version of a database is how many of them it has seen (`PRAGMA user_version`). Never change
/// one that has been released: add another.
pub(super) const MIGRATIONS: [&str; 5] = [
    "
    CREATE TABLE organization (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        json TEXT NOT NULL,
        next_user INTEGER NOT NULL,
        next_meeting INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE users (id INTEGER PRIMARY KEY, json TEXT NOT NULL) STRICT;
    CREATE TABLE meetings (
        id INTEGER PRIMARY KEY,
        conference_id TEXT NOT NULL UNIQUE,
        organizer INTEGER NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
        json TEXT NOT NULL
    ) STRICT;
    CREATE INDEX meetings_by_organizer ON meetings (organizer);
    CREATE TABLE released (conference_id TEXT PRIMARY KEY, at_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE pin_counters (user INTEGER PRIMARY KEY, json TEXT NOT NULL) STRICT;
    CREATE TABLE callers (source TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE calls (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        meeting INTEGER,
        answered_us INTEGER NOT NULL,
        json TEXT NOT NULL
    ) STRICT;
    CREATE TABLE meeting_records (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        meeting INTEGER NOT NULL,
        started_us INTEGER NOT NULL,
        json TEXT NOT NULL
    ) STRICT;
    CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        recipient TEXT NOT NULL,
        subject TEXT NOT NULL,
        body TEXT NOT NULL
    ) STRICT;
    CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT NOT NULL, whose INTEGER) STRICT;
",
    // All that a caller's look-up needs in one row, by the conference ID as a number behind a leading 1. The last one is
    // nobody's: there is always a row at or after what was keyed.
    r#"
    CREATE TABLE cards (
        conference_id INTEGER PRIMARY KEY,
        meeting INTEGER NOT NULL,
        organizer INTEGER NOT NULL,
        expires_us INTEGER NOT NULL,
        of_user TEXT,
        of_meeting TEXT
    ) STRICT;
    INSERT INTO cards VALUES (9223372036854775807, 0, 0, 9223372036854775807, NULL, NULL);
    INSERT INTO cards
        SELECT CAST('1' || meetings.conference_id AS INTEGER), meetings.id, users.id,
               coalesce(json_extract(meetings.json, '$."expires-at"'), 9223372036854775807),
               nullif(json_extract(users.json, '$."audio-conferencing".rules'), '{}'),
               nullif(json_extract(meetings.json, '$.rules'), '{}')
        FROM meetings JOIN users ON users.id = meetings.organizer
        WHERE json_extract(users.json, '$."audio-conferencing"') IS NOT NULL;
"#,
    // When a caller last keyed something wrong: the longest ago are forgotten first.
    "
    ALTER TABLE callers ADD COLUMN last_us INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX callers_by_last ON callers (last_us);
",
    // With which pepper the PINs are made; and whose database it is, see MARK.
    "
    CREATE TABLE pepper (one INTEGER PRIMARY KEY CHECK (one = 1), mark TEXT NOT NULL) STRICT;
    PRAGMA application_id = 1215261796;
",
    // When something was altered, by whom, and whether `whose` is a user or a meeting.
    "
    ALTER TABLE audit ADD COLUMN at_us INTEGER;
    ALTER TABLE audit ADD COLUMN by_whom TEXT;
    ALTER TABLE audit ADD COLUMN kind TEXT;
    UPDATE audit SET kind = iif(what LIKE 'meeting-%' OR what LIKE 'conference-id-%', 'meeting', 'user')
        WHERE whose IS NOT NULL;
",
];

/// What marks a database as ours (`PRAGMA application_id`): "Hold" in ASCII.
pub(super) const MARK: i32 = i32::from_be_bytes(*b"Hold");

/// The first version that is marked.
pub(super) const MARKED_SINCE: u32 = 4;

/// All tables, and the version that each came with.
pub(super) const TABLES: [(&str, u32); 12] = [
    ("organization", 1),
    ("users", 1),
    ("meetings", 1),
    ("released", 1),
    ("pin_counters", 1),
    ("callers", 1),
    ("calls", 1),
    ("meeting_records", 1),
    ("outbox", 1),
    ("audit", 1),
    ("cards", 2),
    ("pepper", 4),
];

/// The version of today's tables.
pub(super) const VERSION: u32 = MIGRATIONS.len() as u32;

/// The version of a database; 0 of an empty one.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// How a database is marked; 0 when it is not.
pub(super) fn mark(connection: &Connection) -> rusqlite::Result<i32> {
    connection.pragma_query_value(None, "application_id", |row| row.get(0))
}

/// The tables that are there, and whatever else has a name.
pub(super) fn names(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let select = "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'";
    connection.prepare(select)?.query_map([], |row| row.get(0))?.collect()
}

/// Whether the row is there that every look-up can fall back on.
pub(super) fn has_last_card(connection: &Connection) -> rusqlite::Result<bool> {
    let select = "SELECT 1 FROM cards WHERE conference_id = 9223372036854775807";
    connection.prepare(select)?.exists([])
}

/// Brings a database up to today's version.
pub(super) fn migrate(transaction: &Transaction<'_>, from: u32) -> rusqlite::Result<()> {
    for migration in MIGRATIONS.iter().skip(from as usize) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", VERSION)
}
