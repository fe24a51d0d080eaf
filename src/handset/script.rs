//! A script for a telephone: `w2s 147852036# w500ms *48213# say:tone w3s h`.

use std::collections::VecDeque;
use std::time::Duration;

use thiserror::Error;

use crate::domain::Digit;

/// What a telephone is to do by itself, one thing after the other, once its call is answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    steps: VecDeque<Step>,
}

/// One thing to do. Prints its keys masked: they may be a PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Wait so long.
    Wait(Duration),
    /// Press this key.
    Key(Digit),
    /// Say this: `tone`, a prompt's name or a file.
    Say(String),
    /// Say nothing.
    Quiet,
    /// Hang up.
    HangUp,
}

/// Why a text is no script.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("word {place} of the script, {word:?}: {why}")]
pub struct ScriptError {
    /// Counted from 1.
    pub place: usize,
    /// The word; what may be keys is masked.
    pub word: String,
    /// What is wrong with it.
    pub why: &'static str,
}

impl Script {
    /// From words: `w2s` or `w500ms` waits, keys are pressed, `say:WHAT` speaks, `q` is quiet, `h` hangs up.
    ///
    /// # Errors
    /// A word that is none of these, with its place.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let mut steps = VecDeque::new();
        for (place, word) in text.split_whitespace().enumerate() {
            let wrong = |why| ScriptError { place: place + 1, word: masked(word), why };
            match word {
                "q" => steps.push_back(Step::Quiet),
                "h" => steps.push_back(Step::HangUp),
                word if word.starts_with("say:") => match &word[4..] {
                    "" => return Err(wrong("say what? `say:tone`, a prompt's name or a file")),
                    what => steps.push_back(Step::Say(what.to_owned())),
                },
                word if word.starts_with('w') => {
                    let wrong = |why| ScriptError { word: wait_shown(word), ..wrong(why) };
                    steps.push_back(Step::Wait(time(&word[1..]).map_err(wrong)?));
                }
                keys => {
                    let keys: Option<Vec<_>> = keys.chars().map(Digit::from_char).collect();
                    let why = "it is no keys (0-9, A-D, *, #), and none of w, say:, q, h";
                    steps.extend(keys.ok_or_else(|| wrong(why))?.into_iter().map(Step::Key));
                }
            }
        }
        Ok(Self { steps })
    }

    /// All that is to be said in it, in order.
    pub fn says(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|step| match step {
            Step::Say(what) => Some(what.as_str()),
            Step::Wait(_) | Step::Key(_) | Step::Quiet | Step::HangUp => None,
        })
    }

    /// What is next, and it is taken.
    pub fn take_next(&mut self) -> Option<Step> {
        self.steps.pop_front()
    }
}

/// A text in which keys may be, that may be a PIN: to be shown.
#[must_use]
pub fn masked(text: &str) -> String {
    text.chars().map(|key| if key.is_ascii_digit() { 'x' } else { key }).collect()
}

/// A wait as it was typed. What follows its unit may be keys, and a PIN.
fn wait_shown(word: &str) -> String {
    let after_number = word[1..].find(|letter: char| !letter.is_ascii_digit() && letter != '.');
    let (wait, rest) = word.split_at(after_number.map_or(word.len(), |place| place + 1));
    format!("{wait}{}", masked(rest))
}

/// Up to an hour: nobody waits longer on purpose.
const WAIT_MAX: Duration = Duration::from_secs(3_600);

fn time(text: &str) -> Result<Duration, &'static str> {
    const HOW_LONG: &str = "how long? A whole number: `w2s` or `w500ms`";
    const TOO_LONG: &str = "too long: at most an hour, `w3600s`";
    let unit = text.find(|letter: char| !letter.is_ascii_digit()).ok_or(HOW_LONG)?;
    let (number, unit) = text.split_at(unit);
    let of = match unit {
        "ms" if !number.is_empty() => Duration::from_millis,
        "s" if !number.is_empty() => Duration::from_secs,
        _no_unit => return Err(HOW_LONG),
    };
    // A number that has no room in 64 bits is longer than an hour in any unit.
    let time = number.parse().map(of).map_err(|_| TOO_LONG)?;
    if time > WAIT_MAX { Err(TOO_LONG) } else { Ok(time) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_a_step() {
        let mut script = Script::parse("w2s 1# w500ms say:tone q h").unwrap();
        assert_eq!(script.says().collect::<Vec<_>>(), ["tone"]);
        let mut steps = Vec::new();
        while let Some(step) = script.take_next() {
            steps.push(step);
        }
        assert_eq!(
            steps,
            [
                Step::Wait(Duration::from_secs(2)),
                Step::Key(Digit::from_char('1').unwrap()),
                Step::Key(Digit::POUND),
                Step::Wait(Duration::from_millis(500)),
                Step::Say("tone".to_owned()),
                Step::Quiet,
                Step::HangUp,
            ]
        );
        assert_eq!(script.take_next(), None);
    }

    #[test]
    fn what_is_no_step_is_named_and_no_digit_with_it() {
        let why = |text: &str| Script::parse(text).unwrap_err().to_string();
        assert!(why("w2s 48213x").starts_with("word 2 of the script, \"xxxxxx\": it is no keys"));
        for (word, shown, wanted) in [
            ("w", "w", "how long?"),
            ("w2", "w2", "how long?"),
            ("w0.5s", "w0.5s", "how long?"),
            ("w3601s", "w3601s", "too long"),
            ("w99999999999999999999s", "w99999999999999999999s", "too long"),
            // What follows a wait without a space may be a PIN.
            ("w2s48213#", "w2sxxxxx#", "how long?"),
        ] {
            assert!(
                why(word).starts_with(&format!("word 1 of the script, {shown:?}: {wanted}")),
                "{}",
                why(word)
            );
        }
        assert!(why("say:").contains("say what?"));
    }
}
