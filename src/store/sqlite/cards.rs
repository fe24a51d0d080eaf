//! Finding a meeting by what a caller keyed: one row that has all a card is made of.
//!
//! Whatever was keyed takes the same way: the row at or after it is read (there is always one), made into a card, and only
//! then compared. So the time does not tell whether an entry was mistyped, is nobody's, or has expired.

use rusqlite::{Connection, Row, Transaction, params};

use super::{Fault, json_or_default, number};
use crate::domain::conference_id::ConferenceId;
use crate::domain::digit::Entry;
use crate::domain::directory::{Directory, Meeting, Organization, RuleOverrides, User};
use crate::domain::id::{MeetingId, UserId};
use crate::domain::question::MeetingCard;
use crate::domain::time::UtcTime;

/// One row.
struct Found {
    conference_id: ConferenceId,
    meeting: MeetingId,
    organizer: UserId,
    expires_us: i64,
    of_user: RuleOverrides,
    of_meeting: RuleOverrides,
}

/// The card of the meeting that was keyed; `None` when there is none, or its conference ID has expired.
pub(super) fn find(
    connection: &Connection,
    organization: &Organization,
    entry: &Entry,
    now: UtcTime,
) -> Result<Option<MeetingCard>, Fault> {
    let keyed = entry.reveal();
    let asked = std::str::from_utf8(keyed).ok().and_then(|keyed| keyed.parse().ok());
    let select = "SELECT conference_id, meeting, organizer, expires_us, of_user, of_meeting
                  FROM cards WHERE conference_id >= ?1 ORDER BY conference_id LIMIT 1";
    let found = connection.prepare_cached(select)?.query_row([place(keyed)], row)?;
    let card = MeetingCard {
        meeting: found.meeting,
        conference_id: found.conference_id,
        organizer: found.organizer,
        rules: found.of_meeting.over(found.of_user.over(organization.settings.meeting.clone())),
    };
    let it_is = asked == Some(found.conference_id) && now.as_micros() < found.expires_us;
    Ok(Some(card).filter(|_| it_is))
}

/// Where an entry would be among the conference IDs, also one that cannot be any.
fn place(keyed: &[u8]) -> i64 {
    let digits = keyed.iter().take(*ConferenceId::DIGITS.end());
    number(digits.fold(1, |place, &key| place * 10 + u64::from(key % 16 % 10)))
}

fn row(row: &Row<'_>) -> rusqlite::Result<Found> {
    let id = |column| row.get(column).map(|id: i64| u64::try_from(id).unwrap_or(0));
    Ok(Found {
        conference_id: ConferenceId::from_packed(id(0)?),
        meeting: MeetingId::new(id(1)?),
        organizer: UserId::new(id(2)?),
        expires_us: row.get(3)?,
        of_user: json_or_default(row, 4)?,
        of_meeting: json_or_default(row, 5)?,
    })
}

/// Writes the row of a meeting, or nothing when its organizer may not hold meetings by phone.
pub(super) fn put(on: &Transaction<'_>, meeting: &Meeting, organizer: &User) -> Result<(), Fault> {
    let Some(conferencing) = &organizer.audio_conferencing else { return Ok(()) };
    let rules = |rules: &RuleOverrides| {
        (*rules != RuleOverrides::default())
            .then(|| serde_json::to_string(rules).expect("rules have only string keys"))
    };
    let insert = "INSERT OR REPLACE INTO cards
                  (conference_id, meeting, organizer, expires_us, of_user, of_meeting)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    on.prepare_cached(insert)?.execute(params![
        number(meeting.conference_id.packed()),
        number(meeting.id.number()),
        number(meeting.organizer.number()),
        meeting.expires_at.map_or(i64::MAX, UtcTime::as_micros),
        rules(&conferencing.rules),
        rules(&meeting.rules),
    ])?;
    Ok(())
}

/// Takes out the row of a meeting as it is in the database, before it is altered or removed.
pub(super) fn remove(on: &Transaction<'_>, meeting: MeetingId) -> Result<(), Fault> {
    let delete = "DELETE FROM cards WHERE conference_id =
                  (SELECT CAST('1' || conference_id AS INTEGER) FROM meetings WHERE id = ?1)";
    on.prepare_cached(delete)?.execute([number(meeting.number())])?;
    Ok(())
}

/// Writes the rows of all meetings of an organizer anew.
pub(super) fn put_all_of(
    on: &Transaction<'_>,
    directory: &Directory,
    organizer: &User,
) -> Result<(), Fault> {
    directory.meetings_of(organizer.id).try_for_each(|meeting| put(on, meeting, organizer))
}
