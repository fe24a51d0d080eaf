//! What is written, each thing in the transaction of its caller: all of it or nothing.

use rusqlite::{Transaction, params};
use serde::Serialize;
use zeroize::Zeroizing;

use super::super::StoreError;
use super::super::rules::{
    AUDIT_MAX, CALLERS_MAX, LETTERS_WAITING_MAX, RECORDS_MAX, put_off_expiry, unlocks,
};
use super::{Fault, cards, number, one};
use crate::domain::audit::{Altered, AuditEntry, Signed};
use crate::domain::call_record::Record;
use crate::domain::call_source::CallSource;
use crate::domain::conference_id::ConferenceId;
use crate::domain::directory::{CONFERENCE_ID_RESTS, Change, Directory, Meeting, StoredDirectory};
use crate::domain::id::{MeetingId, UserId};
use crate::domain::letter::Letter;
use crate::domain::lockout::{CallerCounters, LockoutCounters};
use crate::domain::pin::PinDigest;
use crate::domain::time::UtcTime;

type Transacted<'a> = Transaction<'a>;

/// A whole organization, into an empty database.
pub(super) fn whole(on: &Transacted<'_>, stored: &StoredDirectory) -> Result<(), Fault> {
    on.execute(
        "INSERT INTO organization (one, json, next_user, next_meeting) VALUES (1, ?1, ?2, ?3)",
        params![json(&stored.organization), number(stored.next_user), number(stored.next_meeting)],
    )?;
    for user in &stored.users {
        put(on, "INSERT INTO users (id, json) VALUES (?1, ?2)", user.id.number(), user)?;
    }
    for one in &stored.meetings {
        meeting(on, one)?;
        let organizer = stored.users.binary_search_by_key(&one.organizer, |user| user.id);
        if let Ok(place) = organizer {
            cards::put(on, one, &stored.users[place])?;
        }
    }
    for one in &stored.released {
        release(on, one.conference_id, one.at)?;
    }
    Ok(())
}

/// Alters the directory, and the rows that are different then.
pub(super) fn change(
    on: &Transacted<'_>,
    directory: &mut Directory,
    signed: Signed,
    change: Change,
) -> Result<(), StoreError> {
    let rows = Rows::of(&change, directory);
    if let Some(user) = unlocks(&change) {
        pin_counters(on, user, None)?;
    }
    audit(on, &AuditEntry::of(&change, signed))?;
    directory.apply(change)?;
    rows.write(on, directory)?;
    Ok(())
}

/// The rows that a change alters.
#[derive(Default)]
struct Rows {
    organization: bool,
    user: Option<UserId>,
    /// Written anew, or deleted when they are gone.
    meetings: Vec<MeetingId>,
    /// Conference IDs that are nobody's any more, since then.
    released: Vec<(ConferenceId, UtcTime)>,
}

impl Rows {
    fn of(change: &Change, before: &Directory) -> Self {
        let id_of =
            |meeting: MeetingId| before.meeting(meeting).map(|meeting| meeting.conference_id);
        let nothing = Self::default();
        match change {
            Change::SettingsChanged(_) | Change::AccessNumberAdded(_) => {
                Self { organization: true, ..nothing }
            }
            Change::UserAdded(user) => Self { organization: true, user: Some(user.id), ..nothing },
            Change::ConferencingEnabled { user, meeting, .. } => {
                Self { organization: true, user: Some(*user), meetings: vec![*meeting], ..nothing }
            }
            Change::ConferencingDisabled { user, at } => {
                let gone: Vec<_> = before.meetings_of(*user).collect();
                Self {
                    user: Some(*user),
                    meetings: gone.iter().map(|meeting| meeting.id).collect(),
                    released: gone.iter().map(|meeting| (meeting.conference_id, *at)).collect(),
                    ..nothing
                }
            }
            Change::PinReplaced { user, .. }
            | Change::PinRehashed { user, .. }
            | Change::UserRulesChanged { user, .. } => Self { user: Some(*user), ..nothing },
            Change::PinUnlocked { .. } => nothing,
            Change::ConferenceIdReplaced { meeting, at, .. } => Self {
                meetings: vec![*meeting],
                released: id_of(*meeting).map(|id| (id, *at)).into_iter().collect(),
                ..nothing
            },
            Change::MeetingAdded(meeting) => {
                Self { organization: true, meetings: vec![meeting.id], ..nothing }
            }
            Change::MeetingRulesChanged { meeting, .. }
            | Change::MeetingExpires { meeting, .. } => {
                Self { meetings: vec![*meeting], ..nothing }
            }
            Change::MeetingRemoved { meeting, at } => Self {
                meetings: vec![*meeting],
                released: id_of(*meeting).map(|id| (id, *at)).into_iter().collect(),
                ..nothing
            },
        }
    }

    fn write(&self, on: &Transacted<'_>, directory: &Directory) -> Result<(), Fault> {
        if self.organization {
            let next = [directory.next_user_id().number(), directory.next_meeting_id().number()];
            on.execute(
                "INSERT OR REPLACE INTO organization (one, json, next_user, next_meeting)
                 VALUES (1, ?1, ?2, ?3)",
                params![json(directory.organization()), number(next[0]), number(next[1])],
            )?;
        }
        if let Some(user) = self.user.and_then(|user| directory.user(user)) {
            let insert = "INSERT OR REPLACE INTO users (id, json) VALUES (?1, ?2)";
            put(on, insert, user.id.number(), user)?;
            cards::put_all_of(on, directory, user)?;
        }
        // Those that go make room for those that come: a conference ID is unique.
        for &id in &self.meetings {
            cards::remove(on, id)?;
            on.execute("DELETE FROM meetings WHERE id = ?1", [number(id.number())])?;
        }
        for one in self.meetings.iter().filter_map(|&id| directory.meeting(id)) {
            meeting(on, one)?;
            if let Some(organizer) = directory.user(one.organizer) {
                cards::put(on, one, organizer)?;
            }
        }
        for &(id, at) in &self.released {
            release(on, id, at)?;
        }
        if let Some(&(_, at)) = self.released.first() {
            // Those that have rested long enough are forgotten, as the directory does.
            let rested = i64::try_from(CONFERENCE_ID_RESTS.as_micros()).unwrap_or(i64::MAX);
            on.execute("DELETE FROM released WHERE ?1 - at_us >= ?2", [at.as_micros(), rested])?;
        }
        Ok(())
    }
}

fn meeting(on: &Transacted<'_>, meeting: &Meeting) -> Result<(), Fault> {
    on.execute(
        "INSERT INTO meetings (id, conference_id, organizer, json) VALUES (?1, ?2, ?3, ?4)",
        params![
            number(meeting.id.number()),
            meeting.conference_id.to_string(),
            number(meeting.organizer.number()),
            json(meeting)
        ],
    )?;
    Ok(())
}

fn release(on: &Transacted<'_>, id: ConferenceId, at: UtcTime) -> Result<(), Fault> {
    let insert = "INSERT OR REPLACE INTO released (conference_id, at_us) VALUES (?1, ?2)";
    on.execute(insert, params![id.to_string(), at.as_micros()])?;
    Ok(())
}

/// What was altered, when and by whom; never a digest.
fn audit(on: &Transacted<'_>, entry: &AuditEntry) -> Result<(), Fault> {
    let (kind, whose) = entry.of.map(Altered::kind_and_number).unzip();
    on.prepare_cached(
        "INSERT INTO audit (what, kind, whose, at_us, by_whom) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        entry.what,
        kind,
        whose.map(number),
        entry.at.map(UtcTime::as_micros),
        entry.by.map(|by| json(&by)),
    ])?;
    forget_oldest(on, "audit", AUDIT_MAX)
}

/// Letters that wait to be sent; none of them when too many wait already.
pub(super) fn letters(on: &Transacted<'_>, letters: Vec<Letter>) -> Result<(), StoreError> {
    if letters.is_empty() {
        return Ok(());
    }
    let waiting = count(on, "outbox")?;
    if waiting + letters.len() > LETTERS_WAITING_MAX {
        return Err(StoreError::LettersWaiting { waiting });
    }
    for letter in letters {
        let insert = "INSERT INTO outbox (recipient, subject, body) VALUES (?1, ?2, ?3)";
        on.execute(insert, params![letter.to, letter.subject, letter.reveal_body()])
            .map_err(Fault::from)?;
    }
    Ok(())
}

pub(super) fn take_letters(on: &Transacted<'_>) -> Result<Vec<Letter>, Fault> {
    let mut select = on.prepare("SELECT recipient, subject, body FROM outbox ORDER BY id")?;
    let rows = select.query_map([], |row| {
        Ok(Letter::new(row.get(0)?, row.get(1)?, Zeroizing::new(row.get(2)?)))
    })?;
    let letters = rows.collect::<Result<_, _>>()?;
    on.execute("DELETE FROM outbox", [])?;
    Ok(letters)
}

/// With which pepper the PINs are made, unless it is known.
pub(super) fn pepper_mark(on: &Transacted<'_>, mark: &PinDigest) -> Result<(), Fault> {
    on.execute("INSERT OR IGNORE INTO pepper (one, mark) VALUES (1, ?1)", [json(mark)])?;
    Ok(())
}

/// The wrong PINs counted at a user's; `None` for none.
pub(super) fn pin_counters(
    on: &Transacted<'_>,
    user: UserId,
    counters: Option<&LockoutCounters>,
) -> Result<(), Fault> {
    match counters {
        Some(counters) => {
            let insert = "INSERT OR REPLACE INTO pin_counters (user, json) VALUES (?1, ?2)";
            put(on, insert, user.number(), counters)
        }
        None => {
            on.execute("DELETE FROM pin_counters WHERE user = ?1", [number(user.number())])?;
            Ok(())
        }
    }
}

/// The wrong entries of one source. When too many are counted, those go that have been quiet for the longest time: so many at
/// once that it is not done again for each that follows.
pub(super) fn caller_counters(
    on: &Transacted<'_>,
    from: CallSource,
    counters: &CallerCounters,
    now: UtcTime,
) -> Result<(), Fault> {
    let (source, last) = (from.to_string(), now.as_micros());
    let known = "UPDATE callers SET json = ?2, last_us = ?3 WHERE source = ?1";
    if on.prepare_cached(known)?.execute(params![source, json(counters), last])? > 0 {
        return Ok(());
    }
    on.execute(
        "INSERT INTO callers (source, json, last_us) VALUES (?1, ?2, ?3)",
        params![source, json(counters), last],
    )?;
    if count(on, "callers")? > CALLERS_MAX {
        let oldest = "DELETE FROM callers WHERE source IN
            (SELECT source FROM callers WHERE source <> ?1 ORDER BY last_us LIMIT ?2)";
        on.execute(oldest, params![source, i64::try_from(CALLERS_MAX / 100).unwrap_or(i64::MAX)])?;
    }
    Ok(())
}

/// A record; and, of a meeting, when its conference ID expires from now on, if that is later.
pub(super) fn record(on: &Transacted<'_>, record: &Record) -> Result<Option<Change>, Fault> {
    match record {
        Record::Call(record) => {
            on.execute(
                "INSERT INTO calls (meeting, answered_us, json) VALUES (?1, ?2, ?3)",
                params![
                    record.meeting.map(|meeting| number(meeting.number())),
                    record.answered_at.as_micros(),
                    json(record)
                ],
            )?;
            forget_oldest(on, "calls", RECORDS_MAX)?;
            Ok(None)
        }
        Record::Meeting(record) => {
            let id = number(record.meeting.number());
            on.execute(
                "INSERT INTO meeting_records (meeting, started_us, json) VALUES (?1, ?2, ?3)",
                params![id, record.started_at.as_micros(), json(record)],
            )?;
            forget_oldest(on, "meeting_records", RECORDS_MAX)?;
            let found: Option<Meeting> = one(on, "SELECT json FROM meetings WHERE id = ?1", id)?;
            let change = put_off_expiry(found.as_ref(), record);
            if let (Some(Change::MeetingExpires { at, .. }), Some(found)) = (&change, found) {
                let later = Meeting { expires_at: *at, ..found };
                on.execute(
                    "UPDATE meetings SET json = ?2 WHERE id = ?1",
                    params![id, json(&later)],
                )?;
                on.execute(
                    "UPDATE cards SET expires_us = ?2 WHERE conference_id = ?1",
                    params![
                        number(later.conference_id.packed()),
                        at.map_or(i64::MAX, UtcTime::as_micros)
                    ],
                )?;
            }
            Ok(change)
        }
    }
}

/// Ids only grow, so the oldest are those that far behind the newest.
fn forget_oldest(on: &Transacted<'_>, table: &str, most: usize) -> Result<(), Fault> {
    let delete = format!("DELETE FROM {table} WHERE id <= (SELECT max(id) FROM {table}) - ?1");
    on.prepare_cached(&delete)?.execute([i64::try_from(most).unwrap_or(i64::MAX)])?;
    Ok(())
}

fn count(on: &Transacted<'_>, table: &str) -> Result<usize, Fault> {
    let count: i64 =
        on.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(0))
}

fn put(on: &Transacted<'_>, insert: &str, id: u64, value: &impl Serialize) -> Result<(), Fault> {
    on.prepare_cached(insert)?.execute(params![number(id), json(value)])?;
    Ok(())
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("what is kept has only string keys")
}
