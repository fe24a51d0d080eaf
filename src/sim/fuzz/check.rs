//! What must hold in every run, whatever anybody does.

use std::sync::Arc;

use super::draft::PINS;
use crate::domain::Uptime;
use crate::exchange::{self, Journal, TraceEvent};
use crate::media::sounds::Sounds;
use crate::sim::replay::{Replayed, what_is_amiss};

/// What is wrong with a run, if anything.
///
/// The exchange's own invariants; what must be so of every call and every ear ([`what_is_amiss`]); the written journal replays
/// to the same trace; no PIN is anywhere.
#[must_use]
pub fn what_is_wrong(replayed: &Replayed, sounds: &Arc<Sounds>) -> Option<String> {
    if let Some((at, violation)) = replayed.report.broken.first() {
        return Some(format!("{violation}, at {at}"));
    }
    if let Some(why) = what_is_amiss(replayed) {
        return Some(why);
    }
    let journals = replayed.report.lives().map(|(journal, _trace)| journal.to_json_lines());
    let journals: Vec<String> = journals.collect();
    let trace: String = replayed
        .report
        .trace
        .iter()
        .map(|event| event.to_json(|leg| leg.to_string()) + "\n")
        .collect();
    let written = |pin: &&str| trace.contains(*pin) || journals.iter().any(|it| it.contains(*pin));
    if PINS.iter().any(written) {
        return Some("a PIN is written down".to_owned());
    }
    let mut lives = journals.iter().zip(replayed.report.lives());
    lives.find_map(|(journal, (_, trace))| replays_otherwise(journal, trace, sounds))
}

fn replays_otherwise(journal: &str, was: &[TraceEvent], sounds: &Arc<Sounds>) -> Option<String> {
    let journal = match Journal::parse(journal) {
        Ok(journal) => journal,
        Err(error) => return Some(format!("its journal cannot be read: {error}")),
    };
    // A replay ends with the last thing that was brought: what an exchange did by itself after it is not in it.
    let last = journal.entries.last().map_or(Uptime::ZERO, |entry| entry.at);
    let brought = was.iter().take_while(|event| event.at <= last);
    match exchange::replay(&journal, Arc::clone(sounds)) {
        Ok(trace) if trace.iter().eq(brought) => None,
        Ok(trace) => {
            let same = trace.iter().zip(was).take_while(|(a, b)| a == b).count();
            let told = |trace: &[TraceEvent]| {
                trace
                    .get(same)
                    .map_or("its end".to_owned(), |event| event.to_json(|leg| leg.to_string()))
            };
            let (again, was) = (told(&trace), told(was));
            Some(format!("its journal replays to {again} in place of {was}"))
        }
        Err(error) => Some(format!("its journal does not replay: {error}")),
    }
}
