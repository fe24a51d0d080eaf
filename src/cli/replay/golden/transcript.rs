//! A golden transcript as text, and where two of them differ: which events, and second by second what a caller heard instead.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::caller::{Heard, Impression};
use crate::cli::changed_lines::changed_lines;
use crate::domain::Uptime;
use crate::domain::limits::SCENARIO_SOUND_FRAMES_MAX;
use crate::media::Frame;
use crate::report;
use crate::sim::replay::{Replayed, ReplayedCall};

/// Lines of a difference that are shown; the rest is counted.
const LINES_SHOWN: usize = 24;

const FRAMES_A_SECOND: u64 = Frame::RATE_HZ as u64 / Frame::SAMPLES as u64;

/// What happened, one event a line; then of each call what was heard, second by second: a digest of the samples, and in words
/// what an ear makes of them.
pub(super) fn transcript(replayed: &Replayed) -> String {
    let mut text = format!("# {}\n", replayed.verdict.name);
    for event in &replayed.report.trace {
        let _infallible =
            writeln!(text, "{}", report::event_line(event, |leg| replayed.name_of(leg)));
    }
    if !replayed.with_sound {
        return text;
    }
    for (call, seat) in replayed.calls.iter().zip(&replayed.report.seats) {
        let samples = seat.heard.first_samples(SCENARIO_SOUND_FRAMES_MAX);
        let from = seat.first_heard_at().unwrap_or_default();
        let length_ms = samples.len() / 8;
        let _infallible = writeln!(text, "{HEARD_BY}{}, {length_ms} ms from {from}", call.name);
        for (second, samples) in (0..).zip(samples.chunks(Frame::RATE_HZ as usize)) {
            let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            let digest = &blake3::hash(&bytes).to_hex()[..16];
            let words = words(seat.caller.ear().impressions(), second, &replayed.calls);
            let _infallible = writeln!(text, "{}{SECOND}{second}: {digest} {words}", call.name);
        }
    }
    text
}

const HEARD_BY: &str = "# heard by ";
const SECOND: &str = " second ";

/// What is heard in that second, in its order.
fn words(impressions: &[Impression], second: u64, calls: &[ReplayedCall]) -> String {
    let (from, until) = (second * FRAMES_A_SECOND, (second + 1) * FRAMES_A_SECOND);
    let first = impressions.partition_point(|it| it.from_frame + it.frames <= from);
    let heard = impressions[first..].iter().take_while(|it| it.from_frame < until);
    let mut all: Vec<String> = heard.map(|it| of_one(&it.heard, calls)).collect();
    all.dedup();
    all.join(", ")
}

fn of_one(heard: &Heard, calls: &[ReplayedCall]) -> String {
    match heard {
        Heard::Silence => "silence".to_owned(),
        Heard::Prompt(spoken) => format!("\"{}\" in {}", spoken.prompt, spoken.language),
        Heard::Music => "hold music".to_owned(),
        Heard::Tone(tone) => format!("the {} tone", tone.name()),
        Heard::Voices(voices) if voices.is_empty() => "another sound".to_owned(),
        Heard::Voices(voices) => {
            let name = |hz: &u32| {
                let call = calls.iter().find(|call| call.voice_hz == *hz);
                call.map_or_else(|| format!("{hz} Hz"), |call| call.name.clone())
            };
            voices.iter().map(name).collect::<Vec<_>>().join(" and ")
        }
    }
}

/// Where two transcripts differ.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// The first instant, where one is known.
    pub at: Option<Uptime>,
    /// One below the other: events that are gone with `-`, new ones with `+`, and what was heard instead of what.
    pub lines: Vec<String>,
}

pub(super) fn difference(kept: &str, is: &str) -> Difference {
    let (kept, is) = (Parts::of(kept), Parts::of(is));
    let mut lines = Vec::new();
    let mut at: Option<Uptime> = None;
    let mut first = |found: Option<Uptime>| {
        at = [at, found].into_iter().flatten().min();
    };
    let [was, now] = [&kept.events, &is.events].map(|events| events.lines().collect::<Vec<_>>());
    for (sign, line) in changed_lines(&was, &now) {
        if sign != ' ' {
            first(time(line));
            lines.push(format!("{sign} {}", line.trim_end()));
        }
    }
    for (call, was, is) in both(&kept.heard, &is.heard) {
        for (second, words) in stretches(was, is) {
            let from = is.or(was).and_then(|heard| heard.from);
            first(from.map(|from| from + Duration::from_secs(*second.start())));
            let when = match second.start() == second.end() {
                true => format!("second {}", second.start()),
                false => format!("seconds {} to {}", second.start(), second.end()),
            };
            lines.push(format!("{call}, {when}: {words}"));
        }
    }
    let more = lines.len().saturating_sub(LINES_SHOWN);
    lines.truncate(LINES_SHOWN);
    if more > 0 {
        lines.push(format!("and {more} more lines"));
    }
    Difference { at, lines }
}

/// A transcript, read.
#[derive(Default)]
struct Parts<'a> {
    events: String,
    /// By call.
    heard: BTreeMap<&'a str, Told<'a>>,
}

/// What was heard in a call.
#[derive(Default)]
struct Told<'a> {
    /// When its first second began.
    from: Option<Uptime>,
    /// Digest and words of each second.
    seconds: Vec<(&'a str, &'a str)>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let mut parts = Self::default();
        for line in text.lines() {
            if let Some(head) = line.strip_prefix(HEARD_BY) {
                let (call, lasted) = head.split_once(", ").unwrap_or((head, ""));
                let from = lasted.split_once(" from ").and_then(|(_, from)| time(from));
                parts.heard.entry(call).or_default().from = from;
            } else if let Some((call, second)) = line.split_once(SECOND)
                && let Some(told) = parts.heard.get_mut(call)
            {
                let told_of = second.split_once(": ").map_or("", |(_, told)| told);
                told.seconds.push(told_of.split_once(' ').unwrap_or((told_of, "")));
            } else {
                parts.events.push_str(line);
                parts.events.push('\n');
            }
        }
        parts
    }
}

/// The calls of both, each once, in the order of their names.
fn both<'a>(
    was: &'a BTreeMap<&'a str, Told<'a>>,
    is: &'a BTreeMap<&'a str, Told<'a>>,
) -> Vec<(&'a str, Option<&'a Told<'a>>, Option<&'a Told<'a>>)> {
    let mut calls: Vec<&str> = was.keys().chain(is.keys()).copied().collect();
    calls.sort_unstable();
    calls.dedup();
    calls.into_iter().map(|call| (call, was.get(call), is.get(call))).collect()
}

/// The seconds in which something else is heard, those of the same words together.
fn stretches(
    was: Option<&Told<'_>>,
    is: Option<&Told<'_>>,
) -> Vec<(std::ops::RangeInclusive<u64>, String)> {
    let seconds = |told: Option<&Told<'_>>| told.map_or(0, |told| told.seconds.len());
    let mut stretches: Vec<(std::ops::RangeInclusive<u64>, String)> = Vec::new();
    for second in 0..seconds(was).max(seconds(is)) {
        let of = |told: Option<&Told<'_>>| {
            told?.seconds.get(second).map(|&(d, w)| (d.to_owned(), w.to_owned()))
        };
        let words = match (of(was), of(is)) {
            (was, is) if was == is => continue,
            (Some((_, was)), Some((_, is))) if was == is => format!("{is}, but not as it was"),
            (Some((_, was)), Some((_, is))) => format!("{is} instead of {was}"),
            (Some((_, was)), None) => format!("nothing instead of {was}"),
            (None, Some((_, is))) => format!("{is} instead of nothing"),
            (None, None) => continue,
        };
        let second = second as u64;
        match stretches.last_mut() {
            Some((last, same)) if *same == words && last.end() + 1 == second => {
                *last = *last.start()..=second;
            }
            Some(_) | None => stretches.push((second..=second, words)),
        }
    }
    stretches
}

/// The time at the beginning of a line, as it is printed.
fn time(line: &str) -> Option<Uptime> {
    let word = line.split_whitespace().next()?;
    let (clock, millis) = word.split_once('.')?;
    let mut seconds = 0_u64;
    for part in clock.split(':') {
        seconds = seconds.checked_mul(60)?.checked_add(part.parse().ok()?)?;
    }
    let millis = seconds.checked_mul(1_000)?.checked_add(millis.parse().ok()?)?;
    (millis < u64::MAX / 1_000).then(|| Uptime::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_the_events_that_are_not_the_same() {
        let difference =
            difference("# A\n00:01.000 a\n00:02.500 b\n", "# A\n00:01.000 a\n00:03.000 B\n");
        assert_eq!(difference.lines, ["- 00:02.500 b", "+ 00:03.000 B"]);
        assert_eq!(difference.at, Some(Uptime::from_millis(2_500)));
    }

    #[test]
    fn what_was_heard_instead_is_told_second_by_second() {
        let kept = "# A\n# heard by Ann, 4000 ms from 00:10.120\nAnn second 0: aa \"welcome\" in en-US\nAnn second 1: \
                    bb hold music\nAnn second 2: cc hold music\nAnn second 3: dd silence\n";
        let is = "# A\n# heard by Ann, 3000 ms from 00:10.120\nAnn second 0: aa \"welcome\" in en-US\nAnn second 1: \
                  ee silence\nAnn second 2: ee silence\nAnn second 3: ff silence\n# heard by Bob, 1000 ms from \
                  01:00:00.000\nBob second 0: aa \"welcome\" in en-US\n";
        let difference = difference(kept, is);
        assert_eq!(
            difference.lines,
            [
                "Ann, seconds 1 to 2: silence instead of hold music",
                "Ann, second 3: silence, but not as it was",
                "Bob, second 0: \"welcome\" in en-US instead of nothing",
            ]
        );
        assert_eq!(difference.at, Some(Uptime::from_millis(11_120)));
    }

    #[test]
    fn a_long_difference_is_counted() {
        let long = |letter: &str| format!("{letter}\n").repeat(100);
        let difference = difference(&long("a"), &long("b"));
        assert_eq!(difference.lines.last().unwrap(), "and 176 more lines");
        assert_eq!(difference.at, None);
    }
}
