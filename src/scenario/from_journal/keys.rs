//! What a leg keyed, as steps: an entry is one word, and keys that follow each other evenly are one step.

use std::collections::BTreeMap;

use super::super::spelled;
use super::{Field, LEAD};
use crate::domain::{Answer, Key, LegId, Uptime};
use crate::exchange::{Asked, Asks, EntryKey, KEY_LATENCY, Pressed, Weighs};

/// Keys that are pressed one after the other.
pub(super) struct KeyStep {
    /// When the first begins to sound; from [`LEAD`] before the bridge's beginning.
    pub at: Uptime,
    keys: String,
    /// From one key to the next; `None` where there is but one.
    period_ms: Option<u64>,
}

impl KeyStep {
    pub(super) fn text(&self, name: &str) -> String {
        let (tones_ms, gaps_ms) = self.period_ms.map_or((None, None), timing);
        spelled::keys(name, &self.keys, tones_ms, gaps_ms)
    }
}

/// A key, or all keys of an entry.
struct Word {
    text: String,
    /// When each key began to sound, in milliseconds.
    at_ms: Vec<u64>,
}

/// How long each key sounds and how long the pauses are, where keys follow each other in that time; nothing where it is usual.
fn timing(period_ms: u64) -> (Option<u64>, Option<u64>) {
    match period_ms {
        usual if usual.abs_diff(USUAL_TONE_MS + USUAL_GAP_MS) <= ABOUT_MS => (None, None),
        slow if slow >= USUAL_TONE_MS + LEAST_GAP_MS => (None, Some(slow - USUAL_TONE_MS)),
        fast => (Some(fast / 2), Some(fast - fast / 2)),
    }
}

/// As a telephone presses keys if nothing is said, and the shortest pause that is heard as one.
const USUAL_TONE_MS: u64 = 100;
const USUAL_GAP_MS: u64 = 100;
const LEAST_GAP_MS: u64 = 40;

/// By so little the time between keys may differ from what is usual.
const ABOUT_MS: u64 = 10;

/// The longest time from one key to the next in one step.
const TOGETHER_MS: u64 = 600;

/// By how much it may be longer or shorter than the others of the step.
const EVEN_MS: u64 = 60;

/// All that a leg keyed.
pub(super) fn steps(field: &Field<'_>, leg: LegId) -> Vec<KeyStep> {
    let entries = entries(field, leg);
    let mut words: Vec<Word> = Vec::new();
    let mut entry_before = None;
    for key in field.retold.keys.iter().filter(|key| key.leg == leg) {
        let entry = entries.get(&key.number).map(|asked| asked.ticket);
        let at_ms = begins_ms(key);
        match (entry, words.last_mut()) {
            (Some(entry), Some(word)) if entry_before == Some(entry) => word.at_ms.push(at_ms),
            _ => {
                let text = match entries.get(&key.number) {
                    Some(asked) => in_place_of(asked),
                    None => shown(key).to_string(),
                };
                words.push(Word { text, at_ms: vec![at_ms] });
            }
        }
        entry_before = entry;
    }
    steps_of(words)
}

/// The question about the entry that a key belongs to, by the key's number.
fn entries<'a>(field: &Field<'a>, leg: LegId) -> BTreeMap<u32, &'a Asked> {
    let asked = field.retold.asked.iter().filter(|asked| asked.ticket.leg == leg);
    let keys = asked.flat_map(|asked| asked.entry.iter().map(move |key| (key, asked)));
    keys.filter_map(|(key, asked)| match key {
        EntryKey::Numbered(number) => Some((*number, asked)),
        EntryKey::Known(_) | EntryKey::Before => None,
    })
    .collect()
}

/// What stands for an entry: it is not known, only what the store said to it.
fn in_place_of(asked: &Asked) -> String {
    let answer = asked.answered.as_ref().map(|answered| &answered.answer);
    match (asked.what, answer) {
        (Asks::FindMeeting, Some(Answer::Meeting(_))) => "{ID}".to_owned(),
        (Asks::FindMeeting | Asks::MayCall, _) => "0".repeat(asked.entry.len()),
        (Asks::VerifyPin(_), Some(Answer::Organizer)) => "{PIN}".to_owned(),
        (Asks::VerifyPin(_), _) => "{WRONG PIN}".to_owned(),
    }
}

/// A key by itself: as it is where the journal tells, else one that does what it did, which is nothing.
fn shown(key: &Pressed) -> char {
    match (key.key, key.weighs) {
        (Key::Digit(digit), _) => digit.as_char(),
        // A letter is in no command.
        (Key::Masked, Weighs::Command(_)) => 'A',
        (Key::Masked, Weighs::Language | Weighs::Nothing) => '0',
    }
}

fn begins_ms(key: &Pressed) -> u64 {
    (key.at + LEAD - KEY_LATENCY).as_millis()
}

/// Words that follow each other evenly are one step, up to a `#`.
fn steps_of(words: Vec<Word>) -> Vec<KeyStep> {
    let mut steps: Vec<(String, Vec<u64>)> = Vec::new();
    for word in words {
        match steps.last_mut() {
            Some((text, at_ms)) if !text.ends_with('#') && goes_on(at_ms, &word.at_ms) => {
                text.push_str(&word.text);
                at_ms.extend(word.at_ms);
            }
            _ => steps.push((word.text, word.at_ms)),
        }
    }
    let followed_at: Vec<_> = steps.iter().skip(1).map(|(_, at_ms)| at_ms[0]).map(Some).collect();
    let followed_at = followed_at.into_iter().chain([None]);
    let made = steps.into_iter().zip(followed_at).map(|((keys, at_ms), next)| {
        let first = at_ms[0];
        // A key alone is no shorter than usual, unless the next one comes too soon for that.
        let soon = next.map(|next| next - first).filter(|&ms| ms < SHORTEST_MS && at_ms.len() == 1);
        KeyStep { at: Uptime::from_millis(first), keys, period_ms: period(&at_ms).or(soon) }
    });
    made.collect()
}

/// A tone and a pause as they usually are.
const SHORTEST_MS: u64 = 200;

/// The time from one key to the next, on the average.
fn period(at_ms: &[u64]) -> Option<u64> {
    let (first, last) = (at_ms.first()?, at_ms.last()?);
    let gaps = u64::try_from(at_ms.len() - 1).ok().filter(|gaps| *gaps > 0)?;
    Some((last.saturating_sub(*first) + gaps / 2) / gaps)
}

/// Whether keys go on as evenly as those before.
fn goes_on(before: &[u64], after: &[u64]) -> bool {
    let (Some(last), Some(next)) = (before.last(), after.first()) else { return false };
    let gap = next.saturating_sub(*last);
    let periods = [period(before), period(after)];
    gap <= TOGETHER_MS && periods.iter().flatten().all(|period| period.abs_diff(gap) <= EVEN_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, at_ms: &[u64]) -> Word {
        Word { text: text.to_owned(), at_ms: at_ms.to_vec() }
    }

    fn told(words: Vec<Word>) -> Vec<(u64, String)> {
        let steps = steps_of(words).into_iter();
        steps.map(|step| (step.at.as_millis(), step.text("Ann"))).collect()
    }

    #[test]
    fn even_keys_are_one_step_with_their_gaps() {
        let evenly = |from: u64, count: u64, every: u64| -> Vec<u64> {
            (0..count).map(|n| from + n * every).collect()
        };
        let one = told(vec![word("{ID}", &evenly(1_000, 9, 200)), word("#", &[2_800])]);
        assert_eq!(one, [(1_000, "Ann keys {ID}#".to_owned())]);
        let slow = told(vec![word("{ID}", &evenly(1_000, 9, 340)), word("#", &[4_060])]);
        assert_eq!(slow, [(1_000, "Ann keys {ID}# with gaps of 240 ms".to_owned())]);
        let fast =
            told(vec![word("*", &[0]), word("{PIN}", &evenly(80, 12, 80)), word("#", &[1_040])]);
        assert_eq!(
            fast,
            [(0, "Ann keys *{PIN}# with tones of 40 ms and gaps of 40 ms".to_owned())]
        );
        let at_once = told(vec![word("{ID}", &[500; 9]), word("#", &[500]), word("#", &[500])]);
        assert_eq!(
            at_once,
            [
                (500, "Ann keys {ID}# with tones of 0 ms and gaps of 0 ms".to_owned()),
                (500, "Ann keys #".to_owned()),
            ]
        );
    }

    #[test]
    fn uneven_keys_are_steps_of_their_own() {
        let uneven = told(vec![
            word("*", &[0]),
            word("6", &[900]),
            word("*", &[1_000]),
            word("5", &[1_200]),
        ]);
        assert_eq!(
            uneven,
            [
                (0, "Ann keys *".to_owned()),
                (900, "Ann keys 6* with tones of 50 ms and gaps of 50 ms".to_owned()),
                (1_200, "Ann keys 5".to_owned()),
            ]
        );
    }
}
