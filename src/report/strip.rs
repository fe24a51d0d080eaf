//! A strip of sound: how loud it was, coloured by what the leg was doing.

use std::fmt::Write as _;

use super::rows::Band;
use crate::domain::{LegId, Uptime};
use crate::exchange::{Happened, TraceEvent};

/// Bars of one strip.
const BARS: usize = 300;

/// Draws the samples as bars; `bands` gives the class of a time from the first sample, in milliseconds.
pub(super) fn svg(samples: &[i16], bands: impl Fn(u64) -> &'static str) -> String {
    let mut out = format!(
        "<svg class=\"strip\" viewBox=\"0 0 {BARS} 40\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
    );
    let each = samples.len().div_ceil(BARS).max(1);
    for (place, chunk) in samples.chunks(each).enumerate() {
        let peak = chunk.iter().map(|sample| u64::from(sample.unsigned_abs())).max().unwrap_or(0);
        let half = (peak * 19 / 16_000).clamp(1, 19);
        let at_ms = (place * each / 8) as u64;
        let _ = write!(
            out,
            "<rect class=\"{}\" x=\"{place}\" y=\"{}\" width=\".8\" height=\"{}\"/>",
            bands(at_ms),
            20 - half,
            half * 2
        );
    }
    out.push_str("</svg>");
    out
}

/// The band of a leg at each time from its answer on.
pub(super) fn bands_of(
    trace: &[TraceEvent],
    leg: LegId,
    answered_at: Uptime,
) -> impl Fn(u64) -> &'static str {
    let changes = changes(trace, leg, answered_at);
    move |at_ms| {
        let last = changes.iter().rev().find(|(from_ms, _)| *from_ms <= at_ms);
        last.map_or("dialogue", |(_, band)| band.unwrap_or(Band::Goodbye).class())
    }
}

/// A stretch of a call in one band, in milliseconds from its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub from_ms: u64,
    pub until_ms: u64,
    pub band: Band,
}

/// What a leg was doing from its answer until so many milliseconds later; neighbours of one band are one stretch.
pub(super) fn stretches(
    trace: &[TraceEvent],
    leg: LegId,
    answered_at: Uptime,
    until_ms: u64,
) -> Vec<Stretch> {
    let changes = changes(trace, leg, answered_at);
    let mut stretches: Vec<Stretch> = Vec::new();
    for (place, &(from_ms, band)) in changes.iter().enumerate() {
        let next_ms = changes.get(place + 1).map_or(until_ms, |(next_ms, _)| *next_ms);
        let (Some(band), until_ms) = (band, next_ms.min(until_ms)) else { continue };
        match stretches.last_mut() {
            Some(last) if last.band == band && last.until_ms == from_ms => last.until_ms = until_ms,
            _another if from_ms < until_ms => stretches.push(Stretch { from_ms, until_ms, band }),
            _no_time => {}
        }
    }
    stretches
}

fn changes(trace: &[TraceEvent], leg: LegId, answered_at: Uptime) -> Vec<(u64, Option<Band>)> {
    let mut changes = Vec::new();
    for event in trace.iter().filter(|event| event.leg == Some(leg)) {
        if let Happened::State { state } = event.happened {
            let at_ms = event.at.as_millis().saturating_sub(answered_at.as_millis());
            changes.push((at_ms, Band::of(state)));
        }
    }
    changes
}
