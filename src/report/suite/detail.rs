//! What an opened scenario shows: its steps, the ladder, and what each caller heard with its spectrogram over the bands of states.

use std::fmt::Write as _;
use std::ops::Range;
use std::time::Duration;

use askama::Template;

use super::spectrogram::{self, Fineness};
use super::{Files, Shown, SoundPlace, pack, text, with_few_callers};
use crate::domain::Uptime;
use crate::media::Frame;
use crate::media::wav;
use crate::report::rows::Band;
use crate::report::strip::{Stretch, stretches};
use crate::report::{CallerTrack, Story, ending, ladder};
use crate::scenario::{Failure, StepOutcome, Verdict};

/// What is made of a scenario for the page.
pub(super) struct Detail {
    /// Marks to be put where the scenario is opened, packed.
    pub packed: String,
    /// The sounds that are to be in the page, with the place of their caller, packed.
    pub sounds: Vec<(usize, String)>,
}

/// The steps as a list.
pub(super) fn steps(verdict: &Verdict) -> String {
    let failing =
        verdict.steps.iter().position(|step| matches!(step.outcome, StepOutcome::Failed(_)));
    let mut lines = Vec::new();
    let mut shown_until = 0;
    for range in ranges(verdict.steps.len(), failing) {
        if range.start > shown_until {
            lines.push(StepLine::LeftOut(range.start - shown_until));
        }
        shown_until = range.end;
        lines.extend(verdict.steps[range].iter().map(|step| {
            let (class, failure) = match &step.outcome {
                StepOutcome::Passed => ("passed", None),
                StepOutcome::Failed(failure) => ("failed", Some(failure)),
                StepOutcome::Skipped => ("skipped", None),
            };
            StepLine::Step(Step {
                class,
                keyword: &step.keyword,
                text: &step.text,
                table: &step.table[..step.table.len().min(ROWS_MAX)],
                rows_left_out: step.table.len().saturating_sub(ROWS_MAX),
                at: if class == "skipped" { String::new() } else { step.from.to_string() },
                until: step.until.to_string(),
                place: text::place(verdict, step),
                failure,
            })
        }));
    }
    if shown_until < verdict.steps.len() {
        lines.push(StepLine::LeftOut(verdict.steps.len() - shown_until));
    }
    Steps { lines }.render().expect("the template has no part that can fail")
}

/// Which of so many steps are shown: all, or of a great many the first ones and those around the failure, or the last.
fn ranges(steps: usize, failing: Option<usize>) -> [Range<usize>; 2] {
    if steps <= STEPS_MAX {
        return [0..0, 0..steps];
    }
    let until = failing.map_or(steps, |place| (place + STEPS_MAX / 8).min(steps));
    let from = until.saturating_sub(STEPS_MAX * 3 / 4);
    if from <= STEPS_MAX / 4 { [0..0, 0..until] } else { [0..STEPS_MAX / 4, from..until] }
}

/// Most rows that are shown of a step's table.
const ROWS_MAX: usize = 100;

/// Most steps that are shown of one scenario.
const STEPS_MAX: usize = 400;

/// Everything below the steps; `packed_steps` are those that are not yet in the page.
pub(super) fn detail(shown: &Shown<'_>, packed_steps: String) -> Detail {
    let verdict = shown.verdict;
    let seen = shown.story.map(|story| with_few_callers(verdict, story));
    let fails_at = verdict.failure().map(|(step, _)| step.until);
    let mut tracks = Vec::new();
    let mut sounds = Vec::new();
    if let (Some(whole), Some((story, _))) = (shown.story, &seen) {
        for caller in &story.callers {
            let place = whole.column_of(caller.leg).unwrap_or(usize::MAX);
            let embedded = shown.sound != SoundPlace::Linked && is_embeddable(shown.sound, caller);
            if embedded {
                sounds.push((place, pack::sound(&wav::encode_mu_law(caller.heard))));
            }
            let path = shown.files.sounds.get(place).cloned().flatten();
            let fineness = if fails_at.is_some() { Fineness::FINE } else { Fineness::COARSE };
            let ends_at = Uptime::ZERO + verdict.lasted;
            let mut track = track(story, caller, fails_at, ends_at, fineness);
            (track.place, track.has_sound, track.path) = (place, embedded || path.is_some(), path);
            tracks.push(track);
        }
    }
    let page = Inside {
        steps: packed_steps,
        again: text::again(verdict, shown.seed),
        ladder: seen.as_ref().map(|(story, _)| ladder::drawing(story, fails_at, "")),
        left_out: seen.map_or(0, |(_, left_out)| left_out),
        bands: Band::ALL,
        was_answered: tracks.iter().any(|track| !track.length.is_empty()),
        any_sound: tracks.iter().any(|track| track.picture.is_some()),
        tracks,
        files: shown.files,
    };
    let page = page.render().expect("the template has no part that can fail");
    Detail { packed: pack::text(&page), sounds }
}

/// Sound of a longer call is linked, unless all is asked for: a quarter of an hour is 7 MB.
const EMBEDDED_SAMPLES_MAX: usize = 15 * 60 * Frame::RATE_HZ as usize;

fn is_embeddable(sound: SoundPlace, caller: &CallerTrack<'_>) -> bool {
    let fits = caller.heard.len() <= EMBEDDED_SAMPLES_MAX;
    !caller.heard.is_empty() && (fits || sound == SoundPlace::EmbeddedAlways)
}

fn track(
    story: &Story<'_>,
    caller: &CallerTrack<'_>,
    fails_at: Option<Uptime>,
    ends_at: Uptime,
    fineness: Fineness,
) -> Track {
    let name = caller.name.to_owned();
    let number = story.number_of(caller);
    let end = caller.left.map_or("still in the call at the end", |(_, cause)| ending(cause));
    let Some(answered_at) = caller.answered_at else {
        let about = format!("{number} · was not answered · {end}");
        return Track { name, about, ..Track::default() };
    };
    let left_at = caller.left.map_or(ends_at, |(left_at, _)| left_at);
    let length_ms = match caller.heard.len() as u64 / SAMPLES_PER_MS {
        0 => left_at.as_millis().saturating_sub(answered_at.as_millis()),
        heard_ms => heard_ms,
    };
    let stretches = stretches(story.trace, caller.leg, answered_at, length_ms);
    let fails_ms = fails_at.and_then(|at| at.as_millis().checked_sub(answered_at.as_millis()));
    Track {
        name,
        about: format!("{number} · speaks at {} Hz · {end}", caller.voice_hz),
        length: super::length(Duration::from_millis(length_ms)),
        picture: spectrogram::png(caller.heard, fineness)
            .map(|bytes| pack::data_url("image/png", &bytes)),
        bands: bands(&stretches, length_ms),
        told: told(&stretches),
        fails_at: fails_ms
            .filter(|at_ms| *at_ms <= length_ms && length_ms > 0)
            .map(|at_ms| permille(at_ms, length_ms) as f64 / 10.0),
        ticks: (0..=4).map(|n| minutes(length_ms * n / 4)).collect(),
        ..Track::default()
    }
}

const SAMPLES_PER_MS: u64 = Frame::RATE_HZ as u64 / 1_000;

/// The bands as rectangles in a box of 1000 by 10. Those too short to be seen are left out where another stands.
fn bands(stretches: &[Stretch], length_ms: u64) -> String {
    let mut out = String::new();
    let mut drawn_until = 0;
    for stretch in stretches {
        let from = permille(stretch.from_ms, length_ms);
        let until = permille(stretch.until_ms, length_ms).max(from + 1);
        if until <= drawn_until {
            continue;
        }
        drawn_until = until;
        let _ = write!(
            out,
            "<rect class=\"{}\" x=\"{from}\" width=\"{}\" height=\"10\"><title>{}</title></rect>",
            stretch.band.class(),
            until - from,
            stretch.band.words(),
        );
    }
    out
}

fn permille(part_ms: u64, whole_ms: u64) -> u64 {
    (part_ms.min(whole_ms) * 1_000).checked_div(whole_ms).unwrap_or(0)
}

/// The bands in words, for who does not see them.
fn told(stretches: &[Stretch]) -> String {
    let words =
        |stretch: &Stretch| format!("{} until {}", stretch.band.words(), minutes(stretch.until_ms));
    let told: Vec<String> = stretches.iter().take(TOLD_MAX).map(words).collect();
    let more = if stretches.len() > TOLD_MAX { ", and so on" } else { "" };
    told.join(", ") + more
}

/// More than so many changes nobody listens to.
const TOLD_MAX: usize = 24;

fn minutes(ms: u64) -> String {
    format!("{}:{:02}", ms / 60_000, ms / 1_000 % 60)
}

enum StepLine<'a> {
    LeftOut(usize),
    Step(Step<'a>),
}

struct Step<'a> {
    class: &'static str,
    keyword: &'a str,
    text: &'a str,
    table: &'a [Vec<String>],
    rows_left_out: usize,
    at: String,
    until: String,
    place: String,
    failure: Option<&'a Failure>,
}

#[derive(Template)]
#[template(path = "suite/steps.html")]
struct Steps<'a> {
    lines: Vec<StepLine<'a>>,
}

#[derive(Default)]
struct Track {
    name: String,
    about: String,
    length: String,
    picture: Option<String>,
    bands: String,
    told: String,
    fails_at: Option<f64>,
    ticks: Vec<String>,
    place: usize,
    has_sound: bool,
    path: Option<String>,
}

#[derive(Template)]
#[template(path = "suite/detail.html")]
struct Inside<'a> {
    steps: String,
    again: String,
    ladder: Option<String>,
    left_out: usize,
    bands: [Band; 5],
    tracks: Vec<Track>,
    any_sound: bool,
    was_answered: bool,
    files: &'a Files,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_million_steps_the_first_and_those_around_the_failure_are_shown() {
        assert_eq!(ranges(400, Some(3)), [0..0, 0..400]);
        assert_eq!(ranges(1_000_000, None), [0..100, 999_700..1_000_000]);
        assert_eq!(ranges(1_000_000, Some(500_000)), [0..100, 499_750..500_050]);
        assert_eq!(ranges(1_000_000, Some(10)), [0..0, 0..60]);
        assert_eq!(ranges(500, Some(499)), [0..100, 200..500]);
    }

    #[test]
    fn bands_fill_their_box_and_never_more() {
        let stretch = |from_ms, until_ms, band| Stretch { from_ms, until_ms, band };
        let many: Vec<_> = (0..5_000).map(|n| stretch(n, n + 1, Band::Lobby)).collect();
        assert!(bands(&many, 5_000).matches("<rect").count() <= 1_000);
        assert_eq!(bands(&[stretch(0, 10, Band::Lobby)], 0).matches("<rect").count(), 1);
        assert_eq!(permille(7, 5), 1_000);
    }
}
