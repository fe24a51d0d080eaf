//! Shows what a desk replied: lists as columns, a PIN once.

use super::call_id::CallId;
use anyhow::bail;
use ratatui::text::Span;

use crate::cli::said::{say, say_why, unsaid};
use crate::domain::call_record::HangupClass;
use crate::domain::{AuditEntry, CallRecord};
use crate::door::desk::Reply;

/// Shows it on standard output.
///
/// # Errors
/// A PIN was made, and nobody has seen it.
pub(super) fn show(reply: &Reply) -> anyhow::Result<()> {
    tell(reply);
    match (reply, unsaid()) {
        (Reply::PinMade { user, .. }, Some(error)) => {
            let number = user.user.number();
            bail!(
                "there is a new PIN, and it could not be shown ({error}): nobody knows it. `holdline user reset-pin {number}` makes another"
            )
        }
        _shown => Ok(()),
    }
}

fn tell(reply: &Reply) {
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
                "ended (Q.850)",
                "side",
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
        side(record.cause.class()).to_owned(),
    ]
}

/// On whose side the reason was; which of the two released the call a cause tells.
fn side(class: HangupClass) -> &'static str {
    if class == HangupClass::Ours { "bridge" } else { class.name() }
}

fn altered(entry: &AuditEntry) -> [String; 4] {
    [
        entry.at.map_or_else(|| "unknown".to_owned(), |at| at.to_string()),
        entry.by.map_or_else(|| "unknown".to_owned(), |by| by.to_string()),
        entry.what.replace('-', " "),
        entry.of.map_or_else(|| "organization".to_owned(), |of| of.to_string()),
    ]
}

/// A table with its columns as wide as they have to be on a terminal, where some characters take two places and some none.
fn columns<const N: usize>(heads: &[&str; N], rows: impl Iterator<Item = [String; N]>) {
    aligned(heads, rows).into_iter().for_each(say);
}

fn aligned<const N: usize>(
    heads: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Vec<String> {
    let rows: Vec<[String; N]> = rows.collect();
    let width_of = |cell: &str| Span::raw(cell).width();
    let mut widths = heads.map(width_of);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(width_of(cell));
        }
    }
    let line = |cells: [&str; N]| {
        let cells = cells.iter().zip(widths).map(|(cell, width)| {
            format!("{cell}{}", " ".repeat(width.saturating_sub(width_of(cell))))
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let rows = rows.iter().map(|row| line(row.each_ref().map(String::as_str)));
    std::iter::once(line(*heads)).chain(rows).collect()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A character may take two places, or none.
    #[test]
    fn columns_stand_below_each_other_in_any_script() {
        let rows = [["Böse 漢字", "x"], ["e\u{301}", "y"]].map(|row| row.map(str::to_owned));
        let lines = aligned(&["name", "mail"], rows.into_iter());
        assert_eq!(lines, ["name       mail", "Böse 漢字  x", "e\u{301}          y"]);
    }
}
