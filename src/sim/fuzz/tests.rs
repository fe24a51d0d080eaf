//! What is drawn can be played, nothing is wrong with it, and what would be is shrunk to what matters.

use std::sync::Arc;

use super::*;
use crate::caller::SoundIndex;
use crate::domain::pin::{HashError, Pin, PinDigest, PinHasher};
use crate::exchange::{Happened, TraceEvent};
use crate::media::sounds::Sounds;
use crate::store::Argon2Hasher;

fn stage() -> Stage {
    let sounds = Arc::new(Sounds::synthetic());
    let index = Arc::new(SoundIndex::new(Arc::clone(&sounds)));
    let hasher = Arc::new(Argon2Hasher::cheap_for_tests().unwrap());
    let (sound, manners) = (SoundWanted::WhereNeeded, Manners::Strict);
    Stage { sounds, index, hasher, seed: 1, sound, onlooker: None, manners }
}

#[test]
fn every_draft_is_a_scenario_that_can_be_played() {
    for case in 0..200 {
        let mut rng = ChaCha12Rng::seed_from_u64(case);
        let draft = playable(Draft::draw(&mut rng, false));
        let text = draft.to_feature("");
        let loaded = load("a.feature", text.as_bytes(), &NoFiles);
        assert!(loaded.faults.is_empty(), "{}\n{text}", loaded.faults[0]);
    }
}

#[test]
fn nothing_is_wrong_with_what_is_drawn() {
    let stage = stage();
    for case in 0..300 {
        let wrong = |_: &Draft, it: &Replayed| what_is_wrong(it, &stage.sounds);
        if let Case::Found(finding) = try_case(case, &stage, &wrong) {
            panic!("{}\n{}", finding.why, finding.draft.to_feature("wrong"));
        }
    }
}

#[test]
fn what_is_wrong_is_shrunk_to_what_matters_and_found_again() {
    let stage = stage();
    // As if it was wrong that a meeting is locked while somebody waits for it.
    let wrong = |_: &Draft, replayed: &Replayed| {
        let trace = &replayed.report.trace;
        let waits = trace.iter().position(|event| matches!(event.happened, Happened::Lobby))?;
        let locked = trace[waits..].iter().any(|event| matches!(event.happened, Happened::Locked));
        locked.then(|| "somebody waits and it is locked".to_owned())
    };
    let finding = first_found(&stage, &wrong);
    assert!(finding.draft.settings.len() <= 1, "{finding:?}");
    assert!(finding.draft.steps.len() <= 4, "{finding:?}");
    assert!(finding.steps_drawn > finding.draft.steps.len(), "{finding:?}");
    let again = play(&finding.draft, &stage).unwrap();
    assert!(
        wrong(&finding.draft, &again).is_some(),
        "it can be played by itself and is still wrong"
    );
    let Case::Found(twice) = try_case(finding.case, &stage, &wrong) else {
        panic!("not found again")
    };
    assert_eq!(twice.draft, finding.draft);
    assert_eq!(finding.shown_by, ShownBy::DrawingAnew, "nobody else looks at that");
}

/// A panic is the best find there is: it is shrunk and told like any other, whether the run panics or whoever looks at it.
#[test]
fn a_panic_is_found_and_shrunk() {
    let quiet = stage();
    let panics = |_: &Draft, replayed: &Replayed| {
        let is_locked = |event: &TraceEvent| matches!(event.happened, Happened::Locked);
        assert!(!replayed.report.trace.iter().any(is_locked), "nobody\nexpected that");
        None
    };
    let finding = first_found(&quiet, &panics);
    assert_eq!(finding.why, "it panics: nobody expected that");
    assert!(finding.draft.steps.len() <= 3, "{finding:?}");
    let text = finding.draft.to_feature(&finding.why);
    assert!(load("a.feature", text.as_bytes(), &NoFiles).faults.is_empty(), "{text}");

    let unsound = Stage { hasher: Arc::new(NoHasher), ..quiet };
    let finding = first_found(&unsound, &|_, _| None);
    assert_eq!(finding.why, "it panics: no digest today");
    assert_eq!(finding.shown_by, ShownBy::Replay);
    assert!(finding.draft.steps.len() <= 1, "{finding:?}");
}

/// A fault of ours in every run.
struct NoHasher;

impl PinHasher for NoHasher {
    fn digest(&self, _pin: &Pin, _salt: [u8; 16]) -> Result<PinDigest, HashError> {
        panic!("no digest today")
    }

    fn verify(&self, _entry: &[u8], _digest: &PinDigest) -> Result<bool, HashError> {
        panic!("no digest today")
    }

    fn decoy(&self) -> &PinDigest {
        panic!("no digest today")
    }

    fn is_outdated(&self, _digest: &PinDigest) -> bool {
        panic!("no digest today")
    }
}

fn first_found(
    stage: &Stage,
    is_wrong: &dyn Fn(&Draft, &Replayed) -> Option<String>,
) -> Box<Finding> {
    let found = (0..5_000).find_map(|case| match try_case(case, stage, is_wrong) {
        Case::Found(finding) => Some(finding),
        Case::Fine => None,
    });
    found.expect("one in some hundred cases does this")
}

/// While it is made smaller it may become wrong in another way: it is named after what it shows in the end.
#[test]
fn a_finding_is_named_after_what_it_shows() {
    let counted = |draft: &Draft, _: &Replayed| {
        (!draft.steps.is_empty()).then(|| format!("it has {} steps", draft.steps.len()))
    };
    let finding = first_found(&stage(), &counted);
    assert_eq!((finding.draft.steps.len(), &*finding.why), (1, "it has 1 steps"));
    assert!(finding.steps_drawn > 1);
}
