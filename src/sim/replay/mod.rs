//! Carries out a scenario in virtual time, and says step by step what came of it.
//!
//! Where a scenario needs no sound, it is played without: prompts are lengths, keys are events, and what somebody hears is
//! told from the trace. With sound it is told by ear, from samples alone. Both come to the same verdict.

mod acts;
mod amiss;
mod app;
mod expects;
mod failing;
mod guessing;
mod hearing;
mod on_record;
mod organization;
mod people;
mod player;
mod probe;
mod senses;
mod told;

pub use amiss::what_is_amiss;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Report;
use crate::caller::SoundIndex;
use crate::domain::pin::PinHasher;
use crate::domain::{LegId, PhoneNumber, Uptime};
use crate::exchange::TraceEvent;
use crate::media::sounds::Sounds;
use crate::scenario::{Scenario, StepOutcome, Verdict, Who};

/// What all scenarios of a run share.
#[derive(Clone)]
pub struct Stage {
    /// The bridge's sounds.
    pub sounds: Arc<Sounds>,
    /// Every frame of them.
    pub index: Arc<SoundIndex>,
    /// Makes and checks PIN digests. In virtual time a check takes a stated time whatever it costs, so a cheap one does.
    pub hasher: Arc<dyn PinHasher>,
    /// Decides whatever is drawn; each scenario draws from a stream of its own.
    pub seed: u64,
    /// Whether a scenario is played with sound.
    pub sound: SoundWanted,
    /// Who looks on while it is played.
    pub onlooker: Option<Arc<dyn Onlooker>>,
    /// What becomes of a deed that cannot be done.
    pub manners: Manners,
}

/// What becomes of a deed that cannot be done, such as a key of somebody who is in no call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manners {
    /// The step fails, and with it the scenario.
    Strict,
    /// It is skipped: for scenarios that are drawn at random.
    Lenient,
}

/// Somebody who looks on, and may hold up the time so that people can follow.
pub trait Onlooker: Send + Sync {
    /// It is that time, and this has happened since it last was some time; `calls` says who is who.
    fn passed(&self, now: Uptime, events: &[TraceEvent], calls: &[ReplayedCall]);
}

/// Whether a scenario is played with sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoundWanted {
    /// Where a step needs it.
    WhereNeeded,
    /// In any case.
    Always,
    /// In any case, and the scenario is over after an hour: what comes later fails.
    FirstHour,
}

/// What came of a scenario.
#[derive(Debug)]
pub struct Replayed {
    /// Step by step.
    pub verdict: Verdict,
    /// What happened, and what each phone heard.
    pub report: Report,
    /// Every call, in the order in which they were made.
    pub calls: Vec<ReplayedCall>,
    /// Whether it was played with sound.
    pub with_sound: bool,
}

/// One call of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayedCall {
    /// The leg, which is also the seat: the first is 1.
    pub leg: LegId,
    /// Who called.
    pub who: Who,
    /// The name, with a number from the second call on.
    pub name: String,
    /// The tone that is their voice.
    pub voice_hz: u32,
    /// From where.
    pub number: Option<PhoneNumber>,
}

impl Replayed {
    /// Whether the step in that place was done.
    #[must_use]
    pub fn was_done(&self, step: usize) -> bool {
        self.verdict.steps.get(step).is_some_and(|step| step.outcome == StepOutcome::Passed)
    }

    /// What a leg is called.
    #[must_use]
    pub fn name_of(&self, leg: LegId) -> String {
        let call = self.calls.iter().find(|call| call.leg == leg);
        call.map_or_else(|| leg.to_string(), |call| call.name.clone())
    }
}

/// Plays a scenario through.
#[must_use]
pub fn replay(scenario: &Scenario, stage: &Stage) -> Replayed {
    player::play(scenario, stage)
}

/// What legs are called, for a trace.
fn names(calls: &[ReplayedCall]) -> BTreeMap<LegId, &str> {
    calls.iter().map(|call| (call.leg, call.name.as_str())).collect()
}

#[cfg(test)]
mod amiss_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod verdict_tests;
