//! Settings by the names they have wherever they are written: `pin-tries`, `lockout`, `caller-lockout.window`.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of JSON only text, objects and durations are told apart"
)]

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::values;
use crate::domain::directory::{OrganizationSettings, RuleOverrides};
use crate::domain::settings::MeetingRules;

/// A setting with the value it has if nothing is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingLine {
    /// Its name.
    pub name: String,
    /// Its default, as it would be written.
    pub default: String,
    /// Whether a meeting can set it for itself.
    pub of_meetings: bool,
}

/// Every setting there is.
#[must_use]
pub fn settings() -> Vec<SettingLine> {
    let all = json(&OrganizationSettings::default());
    let mut lines = Vec::new();
    leaves(&all, "", &mut |path, value| {
        lines.push(SettingLine {
            name: shortest_name(&all, path).to_owned(),
            default: written(value),
            of_meetings: path.starts_with("meeting."),
        });
    });
    lines
}

/// As little of a path as still names it.
fn shortest_name<'p>(all: &Value, path: &'p str) -> &'p str {
    let places = path.rmatch_indices('.').map(|(place, _)| &path[place + 1..]);
    let leads_there = |name: &&str| path_of(all, name).is_ok_and(|found| found.join(".") == path);
    places.chain([path]).find(leads_there).unwrap_or(path)
}

/// Sets one setting of the organization.
///
/// # Errors
/// There is none of that name, or it does not take that value: what is wrong, and what to do.
pub(super) fn set(
    settings: &mut OrganizationSettings,
    name: &str,
    text: &str,
) -> Result<(), (String, String)> {
    let mut all = json(settings);
    let path = path_of(&all, name)?;
    let changed: OrganizationSettings = replace(&mut all, &path, name, text)?;
    let checked = changed.dialogue.check().and_then(|()| changed.meeting.check());
    checked.map_err(|error| (error.to_string(), String::new()))?;
    *settings = changed;
    Ok(())
}

/// Sets one rule of a meeting.
///
/// # Errors
/// As [`set`].
pub(super) fn set_rule(
    rules: &mut RuleOverrides,
    name: &str,
    text: &str,
) -> Result<(), (String, String)> {
    let name = name.strip_prefix("meeting.").unwrap_or(name);
    let defaults = json(&MeetingRules::default());
    if defaults.get(name).is_none() {
        let names = defaults.as_object().into_iter().flat_map(Map::keys).map(String::as_str);
        return Err((
            format!("a meeting has no setting {name:?}"),
            values::nearest(name, names.collect::<Vec<_>>().into_iter()),
        ));
    }
    let mut all = json(rules);
    if let (Some(all), Some(default)) = (all.as_object_mut(), defaults.get(name)) {
        all.entry(name).or_insert_with(|| default.clone());
    }
    let changed: RuleOverrides = replace(&mut all, &[name.to_owned()], name, text)?;
    let checked = changed.over(MeetingRules::default()).check();
    checked.map_err(|error| (error.to_string(), String::new()))?;
    *rules = changed;
    Ok(())
}

fn json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("settings have only string keys")
}

/// Where the setting of that name is.
fn path_of(all: &Value, name: &str) -> Result<Vec<String>, (String, String)> {
    let mut paths: Vec<String> = Vec::new();
    branches(all, "", &mut |path| paths.push(path.to_owned()));
    let depth = |path: &&String| path.matches('.').count();
    let named = |path: &&String| *path == name || path.ends_with(&format!(".{name}"));
    // The keys of a command have its name too, further down.
    let least = paths.iter().filter(named).map(|path| depth(&path)).min();
    let found: Vec<&String> =
        paths.iter().filter(named).filter(|path| Some(depth(path)) == least).collect();
    match &found[..] {
        [path] => Ok(path.split('.').map(str::to_owned).collect()),
        [] => {
            let names: Vec<&str> =
                paths.iter().map(|path| path.rsplit('.').next().unwrap_or(path)).collect();
            let problem = format!("an organization has no setting {name:?}");
            Err((problem, values::nearest(name, names.into_iter())))
        }
        several => {
            let all: Vec<_> = several.iter().map(|path| format!("`{path}`")).collect();
            Err((format!("{name:?} is several settings"), format!("is it {}?", all.join(" or "))))
        }
    }
}

fn replace<T: DeserializeOwned>(
    all: &mut Value,
    path: &[String],
    name: &str,
    text: &str,
) -> Result<T, (String, String)> {
    let place = path.iter().try_fold(&mut *all, |value, key| value.get_mut(key));
    let Some(place) = place else {
        return Err((format!("there is no setting {name:?}"), String::new()));
    };
    let old = place.clone();
    let mut why = None;
    for value in readings(text, &old) {
        if let Some(place) = path.iter().try_fold(&mut *all, |value, key| value.get_mut(key)) {
            *place = value;
        }
        match serde_json::from_value(all.clone()) {
            Ok(changed) => return Ok(changed),
            // The first reading is the likeliest: what is wrong with it says most.
            Err(error) => why = why.or(Some(error.to_string())),
        }
    }
    let (problem, why) = (format!("{name} does not take {text:?}"), why.unwrap_or_default());
    Err((problem, format!("{why}; its default is {}", written(&old))))
}

/// What a text may mean where a value like that stands.
fn readings(text: &str, old: &Value) -> Vec<Value> {
    let bare = text.trim().trim_matches('"');
    let mut readings = Vec::new();
    if is_duration(old) {
        let zero = (bare == "0" || bare == "never").then_some(std::time::Duration::ZERO);
        if let Some(time) = values::duration(bare).or(zero) {
            readings.push(json(&time));
        }
    }
    if let Ok(value) = serde_json::from_str::<Value>(text.trim()) {
        readings.push(value);
    }
    readings.push(Value::String(bare.to_owned()));
    readings
}

fn is_duration(value: &Value) -> bool {
    value.get("secs").is_some() && value.get("nanos").is_some()
}

/// As it would be written in a step.
pub(super) fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value if is_duration(value) => {
            let part = |name: &str| value.get(name).and_then(Value::as_u64).unwrap_or(0);
            match (part("secs"), part("nanos") / 1_000_000) {
                (seconds, 0) if seconds > 0 && seconds % 60 == 0 => {
                    format!("{} minutes", seconds / 60)
                }
                (seconds, 0) => format!("{seconds} seconds"),
                (seconds, ms) => format!("{} ms", seconds * 1_000 + ms),
            }
        }
        other => other.to_string(),
    }
}

fn leaves(value: &Value, path: &str, on_leaf: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(parts) if !is_duration(value) => {
            for (name, part) in parts {
                leaves(part, &below(path, name), on_leaf);
            }
        }
        leaf => on_leaf(path, leaf),
    }
}

/// Every path there is, those of whole groups too.
fn branches(value: &Value, path: &str, on_path: &mut impl FnMut(&str)) {
    if let Value::Object(parts) = value
        && !is_duration(value)
    {
        for (name, part) in parts {
            let path = below(path, name);
            on_path(&path);
            branches(part, &path, on_path);
        }
    }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::lockout::LockoutSettings;
    use crate::domain::settings::Admission;

    #[test]
    fn settings_are_set_by_name() {
        let mut settings = OrganizationSettings::default();
        for (name, text) in [
            ("pin-tries", "5"),
            ("first-digit-after", "9 seconds"),
            ("lobby-ends-after", "never"),
            ("lockout", "sfb"),
            ("caller-lockout.window", "5 minutes"),
            ("admission", "on-command"),
            ("pin-length", "7"),
        ] {
            set(&mut settings, name, text).unwrap_or_else(|why| panic!("{name}: {why:?}"));
        }
        assert_eq!(settings.dialogue.pin_tries, 5);
        assert_eq!(settings.dialogue.first_digit_after, Duration::from_secs(9));
        assert_eq!(settings.dialogue.lobby_ends_after, Duration::ZERO);
        assert_eq!(settings.lockout, LockoutSettings::sfb());
        assert_eq!(settings.caller_lockout.window, Duration::from_secs(300));
        assert_eq!(settings.meeting.admission, Admission::OnCommand);
        assert_eq!(settings.pin_length.digits(), 7);
    }

    #[test]
    fn what_cannot_be_set_says_why() {
        let mut settings = OrganizationSettings::default();
        let (problem, advice) = set(&mut settings, "pin-trys", "5").unwrap_err();
        assert!(problem.contains("pin-trys") && advice == "is it \"pin-tries\"?", "{advice}");
        let (_, advice) = set(&mut settings, "window", "5 s").unwrap_err();
        assert!(advice.contains("`caller-lockout.window`"), "{advice}");
        let (problem, _) = set(&mut settings, "pin-tries", "11").unwrap_err();
        assert!(problem.contains("between 1 and 10"), "{problem}");
        let (problem, advice) = set(&mut settings, "admission", "never").unwrap_err();
        assert!(problem.contains("never") && advice.contains("on-command"), "{advice}");
        assert_eq!(settings, OrganizationSettings::default(), "nothing has changed");
        let mut rules = RuleOverrides::default();
        set_rule(&mut rules, "admission", "\"on-command\"").unwrap();
        assert_eq!(rules.admission, Some(Admission::OnCommand));
        assert!(set_rule(&mut rules, "pin-tries", "5").unwrap_err().0.contains("a meeting has no"));
    }

    #[test]
    fn every_setting_is_listed_and_takes_its_own_default() {
        let lines = settings();
        assert!(
            lines.len() > 30
                && lines.iter().any(|line| line.name == "admission" && line.of_meetings)
        );
        for line in lines {
            let mut settings = OrganizationSettings::default();
            set(&mut settings, &line.name, &line.default)
                .unwrap_or_else(|why| panic!("{line:?}: {why:?}"));
            assert_eq!(settings, OrganizationSettings::default(), "{line:?}");
        }
    }
}
