//! The page that shows a story: the ladder, what each heard to listen to, who called, every event.

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::ladder::svg;
use super::{Story, ending, strip};
use crate::domain::{LegId, Uptime};
use crate::exchange::TraceEvent;
use crate::media::wav;

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    title: &'a str,
    summary: &'a str,
    ladder: String,
    tracks: Vec<Track>,
    events: Vec<EventLine>,
}

struct Track {
    name: String,
    about: String,
    strip: String,
    sound: String,
    minutes: String,
}

struct EventLine {
    at: String,
    who: String,
    what: String,
}

/// The page, whole: it needs nothing beside itself.
///
/// # Panics
/// Never: the template has no part that can fail.
#[must_use]
pub fn page(story: &Story<'_>) -> String {
    let mut tracks: Vec<Track> = story
        .callers
        .iter()
        .map(|caller| {
            let answered_at = caller.answered_at.unwrap_or(Uptime::ZERO);
            let number = story.number_of(caller);
            let end = caller.left.map_or("still in the call", |(_, cause)| ending(cause));
            Track {
                name: caller.name.to_owned(),
                about: format!("{number} · speaks at {} Hz · {end}", caller.voice_hz),
                strip: strip::svg(
                    caller.heard,
                    strip::bands_of(story.trace, caller.leg, answered_at),
                ),
                sound: data_uri(caller.heard),
                minutes: minutes(caller.heard.len()),
            }
        })
        .collect();
    if let Some(recording) = story.recording {
        tracks.push(Track {
            name: "the meeting".to_owned(),
            about: "the recording: everyone together, no lobby, no keys".to_owned(),
            strip: strip::svg(recording, |_at_ms| "meeting"),
            sound: data_uri(recording),
            minutes: minutes(recording.len()),
        });
    }
    let page = Page {
        title: story.title,
        summary: story.summary,
        ladder: svg(story),
        tracks,
        events: events(story),
    };
    page.render().expect("the template has no part that can fail")
}

fn data_uri(samples: &[i16]) -> String {
    format!("data:audio/wav;base64,{}", STANDARD.encode(wav::encode_mu_law(samples)))
}

fn minutes(samples: usize) -> String {
    let seconds = samples / 8_000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn events(story: &Story<'_>) -> Vec<EventLine> {
    let name = |leg| {
        let place = story.column_of(leg);
        place.map_or_else(|| leg.to_string(), |place| story.callers[place].name.to_owned())
    };
    let lines = story.trace.iter().map(|event| EventLine {
        at: event.at.to_string(),
        who: event.leg.map_or("the meeting".to_owned(), name),
        what: what(event),
    });
    lines.collect()
}

/// What happened, with all that belongs to it.
fn what(event: &TraceEvent) -> String {
    let json = serde_json::to_value(&event.happened).unwrap_or_default();
    let fields = json.as_object().into_iter().flatten();
    let words: Vec<String> = fields
        .map(|(field, value)| match (field.as_str(), value.as_str()) {
            ("event", Some(word)) => word.to_owned(),
            (_, Some(word)) => format!("{field} {word}"),
            (_, None) => format!("{field} {value}"),
        })
        .collect();
    words.join(" · ")
}

/// An event as a line to read: when, who, what. `name` gives what a leg is called.
#[must_use]
pub fn event_line(event: &TraceEvent, name: impl Fn(LegId) -> String) -> String {
    let who = event.leg.map_or("the meeting".to_owned(), name);
    format!("{}  {who:<14}  {}", event.at, what(event))
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
