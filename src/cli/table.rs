//! Shows what a desk replied: lists as columns, a PIN once.

use super::call_id::CallId;
use crate::cli::said::{say, say_why};
use crate::domain::{AuditEntry, CallRecord};
use crate::door::desk::Reply;

/// Shows it on standard output.
pub(super) fn show(reply: &Reply) {
    match reply {
        Reply::PinMade { user, pin, post } => {
            say(format_args!("user           {}  {}", user.user.number(), user.name));
            if let Some(id) = user.conference_id {
                say(format_args!("conference ID  {id}"));
            }
            say(format_args!("PIN            {pin}"));
            say(format_args!("\nThe PIN is shown this once. {}.", capital(post)));
        }
        Reply::Users { users, more } => {
            columns(
                &["user", "name", "mail", "conference ID", "PIN"],
                users.iter().map(|user| {
                    [
                        user.user.number().to_string(),
                        user.name.clone(),
                        user.address.clone().unwrap_or_default(),
                        user.conference_id.map_or_else(String::new, |id| id.to_string()),
                        user.pin.clone().unwrap_or_default(),
                    ]
                }),
            );
            say_of_more(*more, "a part of a name, a mail address, a number or a conference ID");
        }
        Reply::MeetingMade { meeting } => {
            say(format_args!("conference ID  {}", meeting.conference_id))
        }
        Reply::Meetings { meetings, more } => {
            columns(
                &["conference ID", "organizer", "subject", "expires"],
                meetings.iter().map(|meeting| {
                    [
                        meeting.conference_id.to_string(),
                        meeting.organizer.clone(),
                        meeting.subject.clone(),
                        meeting.expires_at.map_or_else(|| "never".to_owned(), |at| at.to_string()),
                    ]
                }),
            );
            say_of_more(*more, "a part of an organizer's name, a subject or a conference ID");
        }
        Reply::Calls { calls } => columns(
            &[
                "call, answered (UTC)",
                "from",
                "lasted",
                "waited",
                "in it",
                "role",
                "PIN",
                "ended",
                "by",
            ],
            calls.iter().map(call),
        ),
        Reply::Audit { entries } => {
            columns(&["when (UTC)", "by", "what", "whose"], entries.iter().map(altered));
        }
        Reply::Done { what } => say(format_args!("{}.", capital(what))),
        Reply::Refused { why } => say(why),
    }
}

/// Says, beside the list, that it is not all.
fn say_of_more(more: usize, what: &str) {
    if more > 0 {
        say_why(format_args!("... and {more} more: after `list`, say {what}"));
    }
}

/// Shows calls as one line of JSON each.
pub(super) fn show_calls_as_json(reply: &Reply) {
    if let Reply::Calls { calls } = reply {
        for call in calls {
            say(serde_json::to_string(call).expect("a record has only string keys"));
        }
    }
}

fn call(record: &CallRecord) -> [String; 9] {
    let caller = match (record.caller, record.user) {
        (Some(number), _) => number.to_string(),
        (None, Some(user)) => format!("user {}", user.number()),
        (None, None) => "withheld".to_owned(),
    };
    [
        CallId::of(record).to_string(),
        caller,
        format!("{} s", record.duration.as_secs()),
        format!("{} s", record.waited.as_secs()),
        format!("{} s", record.in_meeting.as_secs()),
        record.role.map_or_else(String::new, |role| format!("{role:?}").to_lowercase()),
        if record.pin_used { "used" } else { "" }.to_owned(),
        format!("{} ({})", record.cause.name(), record.cause.q850()),
        record.cause.class().name().to_owned(),
    ]
}

fn altered(entry: &AuditEntry) -> [String; 4] {
    [
        entry.at.map_or_else(|| "unknown".to_owned(), |at| at.to_string()),
        entry.by.map_or_else(|| "unknown".to_owned(), |by| by.to_string()),
        entry.what.replace('-', " "),
        entry.of.map_or_else(|| "organization".to_owned(), |of| of.to_string()),
    ]
}

/// A table with its columns as wide as they have to be.
fn columns<const N: usize>(heads: &[&str; N], rows: impl Iterator<Item = [String; N]>) {
    let rows: Vec<[String; N]> = rows.collect();
    let mut widths = heads.map(|head| head.chars().count());
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: [&str; N]| {
        let cells = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        say(cells.collect::<Vec<_>>().join("  ").trim_end());
    };
    line(*heads);
    rows.iter().for_each(|row| line(row.each_ref().map(String::as_str)));
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}
