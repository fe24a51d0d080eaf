//! Finds what nobody wrote down: random casts, keys and deeds are played against what must always hold, and what breaks it is
//! shrunk to the smallest scenario that still does.
//!
//! Pure like every driver of virtual time: the same seed finds the same.

mod check;
mod draft;
mod shrink;

use rand::SeedableRng as _;
use rand_chacha::ChaCha12Rng;

use super::caught;
use super::replay::{Manners, Replayed, SoundWanted, Stage, replay};
use crate::scenario::{Files, Loaded, Outcome, load};

pub use check::what_is_wrong;
pub use draft::Draft;

/// What was found, ready to be written down.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The seed of the case: with it the same is drawn again.
    pub case: u64,
    /// What is wrong.
    pub why: String,
    /// The smallest scenario that shows it.
    pub draft: Draft,
    /// Steps it had when it was drawn.
    pub steps_drawn: usize,
    /// What shows it again.
    pub shown_by: ShownBy,
}

/// What shows again what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownBy {
    /// The scenario, played as any other.
    Replay,
    /// The scenario, played with sound though no step needs it.
    ReplayWithSound,
    /// Only whoever draws it anew: a replay does not look at what is wrong.
    DrawingAnew,
}

/// What a case came to.
#[derive(Clone, Debug)]
pub enum Case {
    /// Nothing is wrong.
    Fine,
    /// Something is.
    Found(Box<Finding>),
}

/// So many of a thousand cases are played with sound, each of which costs a hundred times as much.
const WITH_SOUND_PER_MILLE: u64 = 150;

/// Plays the case of that seed; `is_wrong` says what is wrong with a run, if anything ([`what_is_wrong`]). A panic, in the run or
/// in looking at it, is wrong too.
#[must_use]
pub fn try_case(
    case: u64,
    stage: &Stage,
    is_wrong: &dyn Fn(&Draft, &Replayed) -> Option<String>,
) -> Case {
    let mut rng = ChaCha12Rng::seed_from_u64(case);
    let with_sound = case.wrapping_mul(0x9E37_79B9_7F4A_7C15) % 1_000 < WITH_SOUND_PER_MILLE;
    let drawn = Draft::draw(&mut rng, with_sound);
    // What cannot even be read is found again when it is played.
    let drawn = caught(|| playable(drawn.clone())).unwrap_or(drawn);
    let steps_drawn = drawn.steps.len();
    let stage = Stage {
        sound: if with_sound { SoundWanted::Always } else { SoundWanted::WhereNeeded },
        onlooker: None,
        ..stage.clone()
    };
    let patient = Stage { manners: Manners::Lenient, ..stage.clone() };
    let (played, Some(why)) = try_out(&drawn, &patient, is_wrong) else { return Case::Fine };
    // What could not be done has no part in it, and would fail by itself when the scenario is played for people. After a panic
    // nobody knows what was done.
    let (done, stage) = match &played {
        Some(it) => (drawn.without(|place| !it.was_done(drawn.steps_before() + place)), &stage),
        None => (drawn.clone(), &patient),
    };
    let wrong = |draft: &Draft| try_out(draft, stage, is_wrong).1;
    let (draft, why) = match wrong(&done) {
        Some(why) => shrink::smallest(done, why, &wrong),
        // It takes the impossible deeds too, if only for their time.
        None => (drawn, why),
    };
    let shown_by = shown_by(&draft, stage);
    Case::Found(Box::new(Finding { case, why, draft, steps_drawn, shown_by }))
}

fn shown_by(draft: &Draft, stage: &Stage) -> ShownBy {
    let fails = |sound| {
        let stage = Stage { sound, manners: Manners::Strict, ..stage.clone() };
        let passes = |played: Option<Replayed>| {
            played.is_some_and(|it| it.verdict.outcome() == Outcome::Passed)
        };
        !caught(|| play(draft, &stage)).is_ok_and(passes)
    };
    if fails(SoundWanted::WhereNeeded) {
        ShownBy::Replay
    } else if fails(SoundWanted::Always) {
        ShownBy::ReplayWithSound
    } else {
        ShownBy::DrawingAnew
    }
}

/// What came of playing a draft, if it came to its end, and what is wrong with it.
fn try_out(
    draft: &Draft,
    stage: &Stage,
    is_wrong: &dyn Fn(&Draft, &Replayed) -> Option<String>,
) -> (Option<Replayed>, Option<String>) {
    let panics = |said: String| Some(format!("it panics: {said}"));
    match caught(|| play(draft, stage)) {
        Ok(Some(played)) => {
            let why = caught(|| is_wrong(draft, &played)).unwrap_or_else(panics);
            (Some(played), why)
        }
        Ok(None) => (None, None),
        Err(said) => (None, panics(said)),
    }
}

/// A draft without the steps that mean nothing, such as a key of somebody who never called.
fn playable(mut draft: Draft) -> Draft {
    loop {
        let text = draft.to_feature("");
        let faults = load("fuzz.feature", text.as_bytes(), &NoFiles).faults;
        let lines: Vec<usize> = faults.iter().map(|fault| fault.at.line).collect();
        let fewer = draft.without(|place| {
            let from = draft.line_of(place);
            let until = from + draft.steps[place].lines().count();
            lines.iter().any(|line| (from..until).contains(line))
        });
        if fewer.steps.len() == draft.steps.len() {
            return draft;
        }
        draft = fewer;
    }
}

/// Plays a draft; nothing where it is no scenario at all.
fn play(draft: &Draft, stage: &Stage) -> Option<Replayed> {
    let Loaded { scenarios, faults } =
        load("fuzz.feature", draft.to_feature("").as_bytes(), &NoFiles);
    match (&scenarios[..], &faults[..]) {
        ([scenario], []) => Some(replay(scenario, stage)),
        _no_scenario => None,
    }
}

struct NoFiles;

impl Files for NoFiles {
    fn table(&self, _name: &str) -> Result<Vec<u8>, String> {
        Err("drafts name no files".to_owned())
    }

    fn sound(&self, _name: &str) -> Result<std::sync::Arc<[i16]>, String> {
        Err("drafts name no files".to_owned())
    }
}

#[cfg(test)]
mod tests;
