//! Two texts line by line: which lines both have, and which one of them alone.

use std::time::Duration;

use similar::{Algorithm, ChangeTag, TextDiff};

/// Time after which a difference need not be the smallest.
const PATIENCE: Duration = Duration::from_secs(5);

/// All lines with a sign each: a space where both have it, `-` where the first has it alone, `+` where the second does.
pub(super) fn changed_lines<'a>(one: &[&'a str], other: &[&'a str]) -> Vec<(char, &'a str)> {
    let mut diff = TextDiff::configure();
    diff.algorithm(Algorithm::Myers).timeout(PATIENCE);
    let diff = diff.diff_slices(one, other);
    let signed = diff.iter_all_changes().map(|change| {
        let sign = match change.tag() {
            ChangeTag::Equal => ' ',
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
        };
        (sign, change.value())
    });
    signed.collect()
}
