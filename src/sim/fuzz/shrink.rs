//! Makes what was found small: steps and settings are left out, times and keys made shorter, as long as it still is wrong.

use super::draft::Draft;

/// Attempts at making it smaller: each is a run of its own.
const ATTEMPTS_MAX: usize = 2_000;

/// The smallest draft that is still wrong, and what is wrong with it; `draft` is so because of `why`. What is wrong may change on
/// the way: any fault is worth a file, and its own name.
pub(super) fn smallest(
    draft: Draft,
    why: String,
    wrong: &dyn Fn(&Draft) -> Option<String>,
) -> (Draft, String) {
    let (mut best, mut best_why) = (draft, why);
    let mut attempts = 0;
    // Whether it is still wrong; nothing when there were attempts enough.
    let mut attempt = |candidate: &Draft| {
        attempts += 1;
        (attempts <= ATTEMPTS_MAX).then(|| match wrong(candidate) {
            Some(why) => {
                best_why = why;
                true
            }
            None => false,
        })
    };
    'smaller: loop {
        let before = best.clone();
        // Long stretches first, then shorter ones, down to single steps.
        let mut length = best.steps.len().div_ceil(2);
        while length > 0 {
            let mut from = 0;
            while from < best.steps.len() {
                let candidate = best.without(|place| (from..from + length).contains(&place));
                match attempt(&candidate) {
                    Some(true) => best = candidate,
                    Some(false) => from += length,
                    None => break 'smaller,
                }
            }
            length /= 2;
        }
        let mut place = 0;
        while place < best.settings.len() {
            let mut candidate = best.clone();
            candidate.settings.remove(place);
            match attempt(&candidate) {
                Some(true) => best = candidate,
                Some(false) => place += 1,
                None => break 'smaller,
            }
        }
        for place in 0..best.steps.len() {
            for simpler in simpler(&best.steps[place]) {
                let mut candidate = best.clone();
                candidate.steps[place] = simpler;
                match attempt(&candidate) {
                    Some(true) => {
                        best = candidate;
                        break;
                    }
                    Some(false) => {}
                    None => break 'smaller,
                }
            }
        }
        if best == before {
            break;
        }
    }
    (best, best_why)
}

/// What a step could be instead, the simplest first.
fn simpler(step: &str) -> Vec<String> {
    let mut simpler = Vec::new();
    if let Some(ms) = step.strip_suffix(" ms pass").and_then(|ms| ms.parse::<u64>().ok()) {
        for rounder in [1_000, 10_000, 60_000] {
            if rounder < ms {
                simpler.push(format!("{} seconds pass", rounder / 1_000));
            }
        }
        if ms > 2_000 && ms % 1_000 != 0 {
            simpler.push(format!("{} seconds pass", ms.div_ceil(1_000)));
        }
    }
    if let Some((who, keys)) = step.split_once(" keys ")
        && !keys.contains(['{', '\n'])
        && keys.len() > 1
    {
        let half = keys.len() / 2;
        simpler.extend(
            [&keys[..half], &keys[half..], &keys[1..], &keys[..keys.len() - 1]]
                .map(|keys| format!("{who} keys {keys}")),
        );
    }
    if let Some((_, rows)) = step.split_once("at the same time:\n") {
        simpler.extend(rows.lines().map(|row| row.trim_matches(['|', ' ']).to_owned()));
    }
    simpler
}
