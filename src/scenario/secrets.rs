//! What has to be dots wherever a scenario is shown: PINs, and whatever was keyed that may be one or a part of one.
//!
//! What is keyed is looked at caller by caller ([`keyed`]), as a PIN may be keyed in several steps; a line in which something is
//! wrong, of which nobody knows what it means, is looked at as text ([`mod@line`]).

mod keyed;
pub(super) mod line;

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use crate::domain::ConferenceId;

/// What stands for a secret, whatever its length.
const DOTS: &str = "•••••";

/// Digits in a row from which on they may be a PIN, and so many of a PIN's that nobody needs to see.
const SECRET_DIGITS_MIN: usize = 4;

/// Digits that are not shown, and the conference IDs that are though some of them are among those.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    secrets: BTreeSet<String>,
    /// How many digits those have from so many on that they are hidden in others too.
    lengths: BTreeSet<usize>,
    ids: BTreeSet<String>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.secrets.len())
    }
}

impl Secrets {
    /// One more secret: a PIN, or digits that may be one.
    pub(super) fn add(&mut self, digits: &str) {
        if !digits.is_empty() && self.secrets.insert(digits.to_owned()) {
            self.lengths.extend(Some(digits.len()).filter(|&length| length >= SECRET_DIGITS_MIN));
        }
    }

    /// A conference ID: it is no secret.
    pub(super) fn allow(&mut self, id: ConferenceId) {
        self.ids.insert(id.to_string());
    }

    /// What others hide and show too.
    pub(super) fn merge(&mut self, others: &Self) {
        others.secrets.iter().for_each(|digits| self.add(digits));
        self.ids.extend(others.ids.iter().cloned());
    }

    /// A text with every secret in it as dots, as many whatever its length.
    #[must_use]
    pub fn hide(&self, text: &str) -> String {
        dotted(text, |number, run| {
            let whole = digits_of(&text[number]);
            !self.ids.contains(&whole)
                && (self.secrets.contains(&whole) || self.is_secret(&text[run]))
        })
    }

    /// Whether digits are a secret, or have one in them.
    fn is_secret(&self, run: &str) -> bool {
        let has = |&length: &usize| {
            let mut parts = run.as_bytes().windows(length).map(String::from_utf8_lossy);
            parts.any(|part| self.secrets.contains(part.as_ref()))
        };
        !self.ids.contains(run) && (self.secrets.contains(run) || self.lengths.iter().any(has))
    }
}

/// A text with dots for each run of digits of which that is wanted, by the number it is part of and its own place.
fn dotted(text: &str, is_hidden: impl Fn(Range<usize>, Range<usize>) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut done = 0;
    for number in numbers(text) {
        for run in runs(text, number.clone()) {
            if is_hidden(number.clone(), run.clone()) {
                shown.push_str(&text[done..run.start]);
                shown.push_str(DOTS);
                done = run.end;
            }
        }
    }
    shown + &text[done..]
}

/// The numbers in a text: digits, also in groups with one blank or dash between two.
fn numbers(text: &str) -> Vec<Range<usize>> {
    let mut numbers: Vec<Range<usize>> = Vec::new();
    for run in runs(text, 0..text.len()) {
        match numbers.last_mut() {
            Some(last) if matches!(&text[last.end..run.start], " " | "-") => last.end = run.end,
            _another => numbers.push(run),
        }
    }
    numbers
}

/// The runs of digits in a part of a text.
fn runs(text: &str, part: Range<usize>) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (place, byte) in text.bytes().enumerate().take(part.end).skip(part.start) {
        match runs.last_mut() {
            _no_digit if !byte.is_ascii_digit() => {}
            Some(last) if last.end == place => last.end += 1,
            Some(_) | None => runs.push(place..place + 1),
        }
    }
    runs
}

fn digits_of(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_wherever_it_stands_and_an_id_is_shown() {
        let mut secrets = Secrets::default();
        ["48213", "7852", "482"].into_iter().for_each(|digits| secrets.add(digits));
        secrets.allow("147852036".parse().unwrap());
        for (text, shown) in [
            ("48213", "•••••"),
            ("her PIN is 48 213!", "her PIN is ••••• •••••!"),
            ("@pin48213", "@pin•••••"),
            ("x9482137y", "x•••••y"),
            ("147852036 and 147 852 036, 78521", "147852036 and 147 852 036, •••••"),
            ("482 of 4821", "••••• of 4821"),
            ("é 4 8", "é 4 8"),
        ] {
            assert_eq!(secrets.hide(text), shown);
        }
        assert_eq!(format!("{secrets:?}"), "Secrets(3)");
    }
}
