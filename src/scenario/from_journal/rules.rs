//! Settings and rules that are not as they would be if nothing were set, by the names and in the words of the vocabulary.

use serde::Serialize;
use serde_json::{Map, Value};

use super::super::settings::written;
use crate::domain::settings::{DialogueSettings, MeetingRules};

/// What a meeting has set.
pub(super) fn of_meeting(rules: &MeetingRules) -> Vec<(String, String)> {
    set(rules, &MeetingRules::default())
}

/// What the organization has set.
pub(super) fn of_organization(dialogue: &DialogueSettings) -> Vec<(String, String)> {
    set(dialogue, &DialogueSettings::default())
}

/// Every rule of a meeting.
pub(super) fn all(rules: &MeetingRules) -> Vec<(String, String)> {
    fields(rules).iter().map(|(name, value)| (name.clone(), written(value))).collect()
}

fn set<T: Serialize>(is: &T, usual: &T) -> Vec<(String, String)> {
    let usual = fields(usual);
    let set = fields(is).into_iter().filter(|(name, value)| usual.get(name) != Some(value));
    set.map(|(name, value)| (name, written(&value))).collect()
}

fn fields<T: Serialize>(value: &T) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => Map::new(),
    }
}
