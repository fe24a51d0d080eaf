//! A scenario made of the calls of a capture: who dials when, keys what how fast, and hangs up.
//!
//! What is keyed is written out only where it cannot be a PIN: a conference ID, which is then the meeting's, `#`, `*`, and
//! the commands of a meeting. A PIN becomes a placeholder; whatever else was keyed, as many zeros.

use std::time::Duration;

use super::spelled::{self, Line};
use crate::domain::limits::{
    RINGS_FOR, SCENARIO_KEYS_MAX, SCENARIO_LASTS_MAX, SCENARIO_PEOPLE_MAX,
};
use crate::domain::{ConferenceId, Digit, KeyMap, Uptime};
use crate::proto::capture::{Capture, CapturedCall, CapturedKey, EndedBy, KeysBy, Origin};

/// Keys of a call come this much after it is dialled at the earliest: a call that rings takes none.
const KEYS_AFTER: Duration = Duration::from_millis(200);

/// A longer pause ends an entry, whatever follows.
const ENTRY_PAUSE: Duration = Duration::from_secs(5);

/// A longer pause after the first key of an entry ends it: it has answered a question.
const ANSWER_PAUSE: Duration = Duration::from_millis(1_500);

/// Somebody who goes on so long after a command's keys has not broken off a PIN.
const COMMAND_PAUSE: Duration = Duration::from_secs(4);

/// The shortest tone and pause that are replayed: shorter ones need not be heard (ITU-T Q.24).
const SHORTEST: Duration = Duration::from_millis(40);

/// What stands in for a meeting where none is known.
const NO_MEETING: &str = "147852036";

/// Keys up to `#`, to the next `*`, or to a pause.
struct Entry<'a> {
    keys: &'a [CapturedKey],
    /// Without the `#` at its end.
    body: String,
    is_ended: bool,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    ConferenceId(ConferenceId),
    /// `*` stands before it, or stood alone before.
    Pin,
    /// As [`Meaning::Pin`], and another came after it.
    WrongPin,
    Command,
    /// Nothing that is known.
    Other,
}

/// Keys as they are written in a step.
struct Keyed<'a> {
    entry: Entry<'a>,
    meaning: Meaning,
}

/// The text of a file with one scenario. `name` is the capture's file.
#[must_use]
pub fn from_capture(name: &str, capture: &Capture) -> String {
    let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let refused = |call: &&CapturedCall| matches!(call.ended, Some((_, EndedBy::Refusal(_))));
    let first = capture.calls.iter().map(dials_at).min().unwrap_or(0);
    let lasts_max = i64::try_from(SCENARIO_LASTS_MAX.as_micros()).unwrap_or(i64::MAX);
    let calls: Vec<&CapturedCall> = capture
        .calls
        .iter()
        .filter(|call| !refused(call) && last_of(call) - first < lasts_max)
        .take(SCENARIO_PEOPLE_MAX / 2)
        .collect();
    let keyed = meanings(&calls);
    let mut meetings: Vec<ConferenceId> = Vec::new();
    for keyed in keyed.iter().flatten() {
        if let Meaning::ConferenceId(id) = keyed.meaning
            && !meetings.contains(&id)
        {
            meetings.push(id);
        }
    }
    meetings.truncate(SCENARIO_PEOPLE_MAX / 2);
    let left_out = capture.calls.iter().filter(refused).count();
    let mut remarks = vec![format!("Made from {name}.")];
    remarks.extend(left_outs(capture, left_out, capture.calls.len() - left_out - calls.len()));
    let mut lines = givens(&meetings, &calls);
    let mut steps = Vec::new();
    for (place, (call, keyed)) in calls.iter().zip(&keyed).enumerate() {
        steps.extend(deeds(place, call, keyed, &meetings));
    }
    steps.sort_by_key(|(at, _)| *at);
    let first = steps.first().map_or(0, |(at, _)| *at);
    lines.extend(steps.into_iter().map(|(at, deed)| {
        let ms = u64::try_from((at - first) / 1_000).unwrap_or(0);
        match deed {
            Deed::Step(deed) => spelled::at(ms, &deed),
            Deed::Remark(remark) => spelled::comment(format!("{}: {remark}", spelled::clock(ms))),
        }
    }));
    spelled::file(&remarks, "From the wire", &format!("Calls of {name}"), &lines)
}

/// What whoever reads the file should know.
fn left_outs(capture: &Capture, refused: usize, too_many: usize) -> impl Iterator<Item = String> {
    let say = |number: usize, one: &str, several: &str| match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        _more => Some(format!("{number} {several}")),
    };
    let said = [
        say(refused, "call was refused: it is left out.", "calls were refused: they are left out."),
        say(too_many, "more call is left out.", "more calls are left out."),
        say(
            capture.fragments,
            "part of a larger packet was not read.",
            "parts of larger packets were not read.",
        ),
    ];
    said.into_iter().flatten()
}

fn givens(meetings: &[ConferenceId], calls: &[&CapturedCall]) -> Vec<Line> {
    let mut lines = Vec::new();
    if meetings.is_empty() {
        lines.push(spelled::comment(
            "Nothing that was keyed is known to be a conference ID. Put yours in place of this one, and {ID} in place of \
             the zeros that were it."
                .to_owned(),
        ));
        lines.push(spelled::organizes(spelled::ORGANIZER, NO_MEETING));
    }
    let organizers = meetings.iter().enumerate();
    lines.extend(organizers.map(|(place, id)| spelled::organizes(&organizer(place), id)));
    for (place, call) in calls.iter().enumerate() {
        let caller = caller(place);
        match call.from {
            // A step names a number by two digits at least.
            Origin::Number(number) if number.to_string().len() > 2 => {
                lines.push(spelled::calls_from(&caller, number));
            }
            Origin::Withheld => lines.push(spelled::withholds(&caller)),
            Origin::Number(_) | Origin::Unknown => {}
        }
        let called =
            call.called.map(|called| spelled::comment(format!("{caller} called {called}.")));
        lines.extend(called);
        match call.keys_by {
            Some(KeysBy::Events) => lines.push(spelled::sends_keys_as(&caller, "events")),
            Some(KeysBy::Info) => lines.push(spelled::sends_keys_as(&caller, "SIP INFO")),
            Some(KeysBy::Sound) | None => {}
        }
    }
    lines
}

fn caller(place: usize) -> String {
    format!("Caller{}", place + 1)
}

fn organizer(place: usize) -> String {
    match place {
        0 => spelled::ORGANIZER.to_owned(),
        others => format!("{}{}", spelled::ORGANIZER, others + 1),
    }
}

/// What a caller does.
enum Deed {
    Step(String),
    /// What no step can say.
    Remark(String),
}

/// What one caller does, with the times in microseconds.
fn deeds(
    place: usize,
    call: &CapturedCall,
    keyed: &[Keyed<'_>],
    meetings: &[ConferenceId],
) -> Vec<(i64, Deed)> {
    let who = caller(place);
    let dials_at = dials_at(call);
    let mut deeds = vec![(dials_at, Deed::Step(spelled::dials(&who, None)))];
    let mut meeting = None;
    let mut last = dials_at + KEYS_AFTER.as_micros() as i64;
    for keyed in keyed {
        if let Meaning::ConferenceId(id) = keyed.meaning {
            meeting = meetings.iter().position(|known| *known == id);
        }
        let several = (meetings.len() > 1).then_some(meeting).flatten();
        for (keys, written) in
            keyed.written(several.map(|place| (organizer(place), meetings[place])))
        {
            last = last.max(keys.first().map_or(last, |key| micros(key.at)));
            let (tones_ms, gaps_ms) = pace(keys);
            let step = spelled::keys(&who, &written, tones_ms, gaps_ms);
            deeds.push((last, Deed::Step(step)));
        }
    }
    if let Some((at, by)) = call.ended {
        let at = micros(at).max(last);
        match by {
            EndedBy::Caller | EndedBy::Nothing => {
                deeds.push((at, Deed::Step(spelled::hangs_up(&who))));
            }
            EndedBy::Called => {
                deeds.push((at, Deed::Remark(format!("the bridge ended the call of {who}."))));
            }
            EndedBy::Refusal(_) => {}
        }
    }
    deeds
}

/// When a call is dialled that is then answered when it was: it rings in between.
fn dials_at(call: &CapturedCall) -> i64 {
    micros(call.answered_at.unwrap_or(call.begins_at)) - RINGS_FOR.as_micros() as i64
}

/// The last that is known of a call.
fn last_of(call: &CapturedCall) -> i64 {
    let ended = call.ended.map(|(at, _)| at);
    let times = [Some(call.begins_at), call.answered_at, ended, call.keys.last().map(|key| key.at)];
    times.into_iter().flatten().max().map_or(0, micros)
}

fn micros(at: Uptime) -> i64 {
    i64::try_from(at.as_micros()).unwrap_or(i64::MAX / 2)
}

impl Keyed<'_> {
    /// As keys of a step, a step for each so many of them. Of several meetings it is said whose ID or PIN it is.
    fn written(&self, whose: Option<(String, ConferenceId)>) -> Vec<(&[CapturedKey], String)> {
        let of = |what: &str, whose: String| format!("{{{what}{whose}}}");
        let organizer = whose.as_ref().map_or(String::new(), |(name, _)| format!(" of {name}"));
        let placeholder = match self.meaning {
            Meaning::ConferenceId(_) => {
                of("ID", whose.map_or(String::new(), |(_, id)| format!(" of {id}")))
            }
            Meaning::Pin => of("PIN", organizer),
            Meaning::WrongPin => of("WRONG PIN", organizer),
            Meaning::Command => self.entry.body.replace('*', ""),
            Meaning::Other => {
                return self
                    .entry
                    .keys
                    .chunks(SCENARIO_KEYS_MAX)
                    .map(|keys| (keys, zeros(keys)))
                    .collect();
            }
        };
        let star = if self.entry.body.starts_with('*') { "*" } else { "" };
        let pound = if self.entry.is_ended { "#" } else { "" };
        vec![(self.entry.keys, format!("{star}{placeholder}{pound}"))]
    }
}

fn zeros(keys: &[CapturedKey]) -> String {
    // What is shown of a masked key: `*` and `#` themselves.
    keys.iter()
        .map(|key| key.digit.masked())
        .map(|shown| if shown == 'x' { '0' } else { shown })
        .collect()
}

/// How long each key of an entry sounded and how long the pauses were on average, in milliseconds, as far as it is known.
fn pace(keys: &[CapturedKey]) -> (Option<u64>, Option<u64>) {
    let known: Vec<Duration> = keys.iter().filter_map(|key| key.lasted).collect();
    let on = mean(&known).map(|on| on.max(SHORTEST));
    let apart: Vec<Duration> = keys.windows(2).map(|pair| pair[1].at.since(pair[0].at)).collect();
    let usual = Duration::from_millis(100);
    let gap = mean(&apart).map(|apart| apart.saturating_sub(on.unwrap_or(usual)).max(SHORTEST));
    let in_ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    (on.map(in_ms), gap.map(in_ms))
}

fn mean(times: &[Duration]) -> Option<Duration> {
    let number = u32::try_from(times.len()).ok().filter(|number| *number > 0)?;
    let sum = times.iter().fold(Duration::ZERO, |sum, time| sum.saturating_add(*time));
    Some(sum / number)
}

/// All entries of all calls, and what each is.
fn meanings<'a>(calls: &[&'a CapturedCall]) -> Vec<Vec<Keyed<'a>>> {
    let entries: Vec<Vec<Entry<'a>>> = calls.iter().map(|call| entries(&call.keys)).collect();
    let firsts: Vec<Option<(usize, ConferenceId)>> =
        entries.iter().map(|entries| first_id(entries)).collect();
    let mut meanings = Vec::new();
    for (place, (call, entries)) in calls.iter().zip(entries).enumerate() {
        // A call whose beginning was not seen may begin with a PIN, which may look like a conference ID by chance.
        let is_known = |(at, id): &(usize, ConferenceId)| {
            let next = entries.get(at + 1);
            call.begins_in_it
                || next.is_some_and(|next| {
                    next.is_ended && (next.body.is_empty() || next.body.starts_with('*'))
                })
                || (0..firsts.len()).any(|other| {
                    other != place && firsts[other].is_some_and(|(_, other)| other == *id)
                })
        };
        let id = firsts[place].filter(is_known);
        meanings.push(of_call(call, entries, id));
    }
    meanings
}

/// Where the conference ID stands, if one was keyed: before it there are at most wrong ones, and no `*`.
fn first_id(entries: &[Entry<'_>]) -> Option<(usize, ConferenceId)> {
    let before_star = entries.iter().take_while(|entry| !entry.body.starts_with('*')).enumerate();
    before_star
        .filter(|(_, entry)| entry.is_ended)
        .find_map(|(place, entry)| Some((place, entry.body.parse().ok()?)))
}

fn of_call<'a>(
    call: &CapturedCall,
    entries: Vec<Entry<'a>>,
    id: Option<(usize, ConferenceId)>,
) -> Vec<Keyed<'a>> {
    let mut keyed: Vec<Keyed<'a>> = Vec::new();
    let map = KeyMap::default();
    let mut entries = entries.into_iter().enumerate().peekable();
    while let Some((place, entry)) = entries.next() {
        let before = keyed.last();
        let after_id = id.is_some_and(|(at, _)| place > at);
        let is_asked =
            before.is_some_and(|before| before.entry.body == "*" && !before.entry.is_ended);
        let is_again = before.is_some_and(|before| before.meaning == Meaning::Pin);
        let has_digits = entry.body.chars().any(|c| c != '*');
        let could_be_pin =
            entry.is_ended && has_digits && (entry.body.starts_with('*') || is_asked || is_again);
        // Whoever has answered the question for the organizer, either way, is keying commands.
        let is_past = after_id
            && keyed
                .iter()
                .skip_while(|keyed| !matches!(keyed.meaning, Meaning::ConferenceId(_)))
                .skip(1)
                .any(|keyed| {
                    keyed.meaning == Meaning::Pin
                        || keyed.entry.is_ended && keyed.entry.body.is_empty()
                });
        let next = entries.peek().and_then(|(_, next)| next.keys.first());
        let goes_on = match (entry.keys.last(), next) {
            (Some(last), Some(next)) => {
                next.digit == Digit::STAR || next.at.since(last.at) >= COMMAND_PAUSE
            }
            (Some(last), None) => {
                call.ended.is_none_or(|(at, _)| at.since(last.at) >= COMMAND_PAUSE)
            }
            (None, _) => false,
        };
        let is_command = is_past
            && !entry.is_ended
            && goes_on
            && entry
                .body
                .strip_prefix('*')
                .is_some_and(|keys| map.command(keys.as_bytes()).is_some());
        let meaning = match id {
            Some((at, id)) if at == place => Meaning::ConferenceId(id),
            Some(_) if after_id && could_be_pin => Meaning::Pin,
            Some(_) if is_command => Meaning::Command,
            Some(_) | None => Meaning::Other,
        };
        if meaning == Meaning::Pin
            && let Some(before) = keyed.last_mut()
            && before.meaning == Meaning::Pin
        {
            before.meaning = Meaning::WrongPin;
        }
        keyed.push(Keyed { entry, meaning });
    }
    keyed
}

fn entries(keys: &[CapturedKey]) -> Vec<Entry<'_>> {
    let mut entries = Vec::new();
    let mut begins = 0;
    for (place, key) in keys.iter().enumerate() {
        let next = keys.get(place + 1);
        let pause_max = if place == begins { ANSWER_PAUSE } else { ENTRY_PAUSE };
        let is_last = key.digit == Digit::POUND
            || next
                .is_none_or(|next| next.digit == Digit::STAR || next.at.since(key.at) > pause_max);
        if is_last {
            let keys = &keys[begins..=place];
            let is_ended = key.digit == Digit::POUND;
            let of_body = &keys[..keys.len() - usize::from(is_ended)];
            let body = of_body.iter().map(|key| key.digit.as_char()).collect();
            entries.push(Entry { keys, body, is_ended });
            begins = place + 1;
        }
    }
    entries
}

#[cfg(test)]
#[path = "from_capture_tests.rs"]
mod tests;
