//! What must be so of every run of a scenario, whatever it expects.

use std::collections::{BTreeMap, BTreeSet};

use super::Replayed;
use crate::domain::LegId;
use crate::exchange::Happened;
use crate::sim::{Seat, Voice, amiss_by_ear};

/// Frames of a voice that are nothing yet: the prompts of a replay have vowels.
const VOICE_PASSES: u64 = 10;

/// What is wrong with how calls ended, and with what was heard where it was played with sound.
#[must_use]
pub fn what_is_amiss(replayed: &Replayed) -> Option<String> {
    let amiss = calls_without_end(replayed);
    if replayed.with_sound { amiss.or_else(|| by_ear(replayed)) } else { amiss }
}

fn by_ear(replayed: &Replayed) -> Option<String> {
    let calls = replayed.calls.iter();
    let voices: Vec<Voice<'_>> =
        calls.map(|call| Voice { leg: call.leg, name: &call.name, hz: call.voice_hz }).collect();
    amiss_by_ear(&replayed.report, &voices, VOICE_PASSES)
}

fn calls_without_end(replayed: &Replayed) -> Option<String> {
    let report = &replayed.report;
    let (mut came, mut ends) = (BTreeSet::new(), BTreeMap::<LegId, usize>::new());
    for event in &report.trace {
        let Some(leg) = event.leg else { continue };
        if matches!(event.happened, Happened::Offered { .. } | Happened::SignedIn) {
            came.insert(leg);
        }
        if matches!(event.happened, Happened::Left { .. }) {
            *ends.entry(leg).or_default() += 1;
        }
    }
    // A process that dies says nothing of its calls any more.
    let died = |seat: &Seat| {
        seat.left.is_some_and(|(at, _cause)| report.earlier.iter().any(|life| life.died_at == at))
    };
    report.seats.iter().filter(|seat| came.contains(&seat.leg)).find_map(|seat| {
        let ends = ends.get(&seat.leg).copied().unwrap_or_default();
        let right = ends == 1 || ends == 0 && died(seat);
        (!right).then(|| format!("{} has {ends} ends", replayed.name_of(seat.leg)))
    })
}
