//! What a record says, field by field, as a scenario writes it.

use std::time::Duration;

use crate::domain::{CallRecord, MeetingRecord};

/// The fields of a call's record.
pub const CALL_FIELDS: &[&str] = &[
    "caller", "called", "meeting", "role", "user", "pin-used", "admitted-by", "commands", "cause",
    "class", "q850", "in-dialogue", "waited", "in-meeting", "duration",
];

/// The fields of a meeting's record.
pub const MEETING_FIELDS: &[&str] =
    &["started-by", "joined", "members-most", "duration", "recorded", "ended"];

/// What a field of a call's record says, as it would be written; `user` and `meeting` give their names.
#[must_use]
pub fn of_call(
    record: &CallRecord,
    field: &str,
    user: &str,
    meeting: &str,
) -> String {
    let optional = |value: Option<String>| value.unwrap_or_else(|| NOTHING.to_owned());
    match field {
        "caller" => optional(record.caller.map(|number| number.to_string())),
        "called" => optional(record.called.map(|number| number.to_string())),
        "meeting" => optional(record.meeting.map(|_| meeting.to_owned())),
        "role" => optional(record.role.map(|role| name(&role))),
        "user" => optional(record.user.map(|_| user.to_owned())),
        "pin-used" => if record.pin_used { "yes" } else { "no" }.to_owned(),
        "admitted-by" => optional(record.admitted_by.map(|by| name(&by))),
        "commands" => {
            let all: Vec<_> = record.commands.iter().map(|command| command.name()).collect();
            if all.is_empty() { NOTHING.to_owned() } else { all.join(", ") }
        }
        "cause" => record.cause.name().to_owned(),
        "class" => name(&record.cause.class()),
        "q850" => record.cause.q850().to_string(),
        "in-dialogue" => time(record.in_dialogue()),
        "waited" => time(record.waited),
        "in-meeting" => time(record.in_meeting),
        "duration" => time(record.duration),
        _no_field => NOTHING.to_owned(),
    }
}

/// What a field of a meeting's record says, as it would be written.
#[must_use]
pub fn of_meeting(record: &MeetingRecord, field: &str) -> String {
    match field {
        "started-by" => name(&record.started_by),
        "joined" => record.joined.to_string(),
        "members-most" => record.members_most.to_string(),
        "duration" => time(record.duration),
        "recorded" => time(record.recorded),
        "ended" => record.ended.map_or_else(|| NOTHING.to_owned(), |reason| name(&reason)),
        _no_field => NOTHING.to_owned(),
    }
}

/// Whether a field that says `is` is as `wanted`. Times may differ by half a second, unless they are written in
/// milliseconds: a key takes a while to be pressed.
#[must_use]
pub fn agree(is: &str, wanted: &str) -> bool {
    let wanted = wanted.trim().trim_matches('"');
    if is == wanted || (wanted.is_empty() && is == NOTHING) {
        return true;
    }
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    if is.starts_with('+') && wanted.starts_with('+') {
        return digits(is) == digits(wanted);
    }
    match (super::values::duration(is), super::values::duration(wanted)) {
        (Some(is), Some(about)) => {
            let near = if wanted.ends_with("ms") { Duration::ZERO } else { NEAR };
            is.abs_diff(about) <= near
        }
        _no_times => false,
    }
}

/// By how much times in a record may differ from what is written.
const NEAR: Duration = Duration::from_millis(500);

const NOTHING: &str = "nothing";

fn name<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _no_name => NOTHING.to_owned(),
    }
}

fn time(time: Duration) -> String {
    format!("{} ms", time.as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_agree_nearly_and_words_exactly() {
        assert!(agree("12340 ms", "12 seconds"));
        assert!(!agree("12340 ms", "12 s and 100 ms"));
        assert!(!agree("12800 ms", "12 s"));
        assert!(agree("attendee", "attendee") && !agree("attendee", "organizer"));
        assert!(agree("nothing", "") && agree("nothing", "nothing"));
        assert!(agree("+14255550171", "+1 425 555 0171"));
    }
}
