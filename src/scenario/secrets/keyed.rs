//! What callers key, one after the other over all steps: a PIN keyed in pieces is one.

use std::collections::{BTreeMap, BTreeSet};

use super::super::step::{Act, KeyPart, Setup, Step, What, Who};
use super::{DOTS, SECRET_DIGITS_MIN, Secrets};
use crate::domain::Digit;

/// Where a key stands: the step, the row of its table, which of the keys there.
type Spot = (usize, Option<usize>, usize);

/// One key of a caller.
#[derive(Clone, Copy)]
enum Press {
    Digit(Digit, Spot),
    /// A placeholder, or the end of a call: what comes after is another entry.
    Other,
}

impl Secrets {
    /// Makes dots of all digits keyed in these steps but those of a conference ID or a command, and a single one where none
    /// can be a part of a PIN. Adds what may be a PIN, so that it is hidden elsewhere too.
    pub(in super::super) fn hide_keys(&mut self, steps: &mut [Step], setup: &Setup) {
        let mut callers: BTreeMap<Who, Vec<Press>> = BTreeMap::new();
        for (number, step) in steps.iter().enumerate() {
            for (row, who, act) in deeds(&step.what) {
                for who in who {
                    callers.entry(*who).or_default().extend(presses(act, number, row));
                }
            }
        }
        let mut hidden = BTreeSet::new();
        for presses in callers.values() {
            for entry in presses.split(|press| matches!(press, Press::Other)) {
                self.hide_entry(entry, setup, &mut hidden);
            }
        }
        for (number, step) in steps.iter_mut().enumerate() {
            for (row, _, act) in deeds(&step.what) {
                let keys: Vec<KeyPart> = keys_of(act);
                let is_hidden: Vec<bool> =
                    (0..keys.len()).map(|key| hidden.contains(&(number, row, key))).collect();
                let text = match row {
                    None => Some(&mut step.text),
                    Some(row) => step.table.get_mut(row).and_then(|cells| cells.first_mut()),
                };
                if let (Some(text), true) = (text, is_hidden.contains(&true)) {
                    *text = with_dots(text, &keys, &is_hidden);
                }
            }
        }
    }

    /// What is keyed between two placeholders, over however many steps.
    fn hide_entry(&mut self, entry: &[Press], setup: &Setup, hidden: &mut BTreeSet<Spot>) {
        let keys: Vec<(char, Spot)> = entry
            .iter()
            .filter_map(|press| match press {
                Press::Digit(digit, spot) => Some((digit.as_char(), *spot)),
                Press::Other => None,
            })
            // A to D are no part of a PIN: whoever keys one between has not begun another entry.
            .filter(|(key, _)| !key.is_ascii_alphabetic())
            .collect();
        let map = &setup.settings.dialogue.keys;
        let mut before = None;
        for run in
            keys.chunk_by(|(one, _), (other, _)| one.is_ascii_digit() == other.is_ascii_digit())
        {
            let is_digits = run.first().is_some_and(|(key, _)| key.is_ascii_digit());
            if is_digits {
                for part in self.without_ids(run) {
                    let digits: String = part.iter().map(|(key, _)| *key).collect();
                    let after_sign = before.filter(|_| part.len() == run.len());
                    let is_command = after_sign == Some(map.character().digit().as_char())
                        && map.command(digits.as_bytes()).is_some();
                    let stands_alone = digits.len() == 1 && after_sign != Some('*');
                    if is_command || stands_alone {
                        continue;
                    }
                    hidden.extend(part.iter().map(|(_, spot)| *spot));
                    if digits.len() >= SECRET_DIGITS_MIN {
                        self.add(&digits);
                    }
                }
            }
            before = run.last().map(|(key, _)| *key);
        }
    }

    /// The parts of a run that are no conference ID. One may be keyed in pieces, or be what one step keys of a longer run.
    fn without_ids<'a>(&self, run: &'a [(char, Spot)]) -> Vec<&'a [(char, Spot)]> {
        let is_id = |keys: &[(char, Spot)]| {
            self.ids.contains(&keys.iter().map(|(key, _)| *key).collect::<String>())
        };
        if is_id(run) {
            return Vec::new();
        }
        let of_one_step =
            |one: &(char, Spot), other: &(char, Spot)| (one.1.0, one.1.1) == (other.1.0, other.1.1);
        let (mut parts, mut from, mut at) = (Vec::new(), 0, 0);
        for piece in run.chunk_by(of_one_step) {
            if is_id(piece) {
                parts.push(&run[from..at]);
                from = at + piece.len();
            }
            at += piece.len();
        }
        parts.push(&run[from..]);
        parts.retain(|part| !part.is_empty());
        parts
    }
}

/// What callers do in a step, and in which row of its table each deed stands.
fn deeds(what: &What) -> Vec<(Option<usize>, &[Who], &Act)> {
    match what {
        What::Does(who, act) | What::At(_, who, act) => vec![(None, &who[..], act)],
        What::Together(deeds) => {
            (0..).zip(deeds).map(|(row, (who, act))| (Some(row), &who[..], act)).collect()
        }
        What::Set
        | What::Guesses(..)
        | What::Passes(_)
        | What::App(..)
        | What::Administers(_)
        | What::Fault(_)
        | What::Expects(_) => Vec::new(),
    }
}

fn presses(act: &Act, step: usize, row: Option<usize>) -> Vec<Press> {
    let begins = matches!(act, Act::Dials { .. } | Act::JoinsByApp(_) | Act::HangsUp);
    let begins = begins.then_some(Press::Other);
    let keys = keys_of(act).into_iter().enumerate().map(|(key, part)| match part {
        KeyPart::Digit(digit) => Press::Digit(digit, (step, row, key)),
        KeyPart::PinOf(_) | KeyPart::WrongPinOf(_) | KeyPart::IdOf(_) | KeyPart::OwnIdOf(_) => {
            Press::Other
        }
    });
    begins.into_iter().chain(keys).collect()
}

fn keys_of(act: &Act) -> Vec<KeyPart> {
    match act {
        Act::Dials { keys: Some(keys), .. } | Act::Keys(keys) => keys.parts.clone(),
        Act::Holds(digit, _) => vec![KeyPart::Digit(*digit)],
        Act::Dials { keys: None, .. }
        | Act::JoinsByApp(_)
        | Act::Speaks(_)
        | Act::Says(..)
        | Act::Plays(_)
        | Act::Waits(_)
        | Act::Mutes(_)
        | Act::PutsOnHold(_)
        | Act::Loses(_)
        | Act::HangsUp => Vec::new(),
    }
}

/// The text of a deed with dots for the keys that are hidden. Where they are not found in it, no digit of it is shown.
fn with_dots(text: &str, keys: &[KeyPart], is_hidden: &[bool]) -> String {
    let found = text.match_indices("key").find_map(|(at, _)| {
        let rest = &text[at + 3..];
        let rest = rest.strip_prefix("s ").or_else(|| rest.strip_prefix(' '))?;
        Some((text.len() - rest.len(), keys_dotted(rest, keys, is_hidden)?))
    });
    match found {
        Some((at, (dotted, length))) => {
            format!("{}{dotted}{}", &text[..at], &text[at + length..])
        }
        None => super::dotted(text, |_, _| true),
    }
}

/// The keys at the beginning of a text with dots for some of them, and how many bytes they are; nothing if others stand there.
fn keys_dotted(text: &str, keys: &[KeyPart], is_hidden: &[bool]) -> Option<(String, usize)> {
    let (mut dotted, mut at) = (String::new(), 0);
    let mut before = false;
    for (part, &hidden) in keys.iter().zip(is_hidden) {
        let next = text[at..].chars().next()?;
        let length = match part {
            KeyPart::Digit(digit) => {
                (Digit::from_char(next) == Some(*digit)).then_some(next.len_utf8())?
            }
            KeyPart::PinOf(_) | KeyPart::WrongPinOf(_) | KeyPart::IdOf(_) | KeyPart::OwnIdOf(_) => {
                text[at..].strip_prefix('{')?.find('}')? + 2
            }
        };
        match hidden {
            true if before => {}
            true => dotted.push_str(DOTS),
            false => dotted.push_str(&text[at..at + length]),
        }
        before = hidden;
        at += length;
    }
    let is_over = text[at..].chars().next().is_none_or(char::is_whitespace);
    is_over.then_some((dotted, at))
}
