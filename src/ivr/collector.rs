//! Collects what a caller keys: the entry at hand, and the keys typed ahead of the next question.

use std::time::Duration;

use crate::domain::limits::TYPE_AHEAD_KEYS_MAX;
use crate::domain::settings::DialogueSettings;
use crate::domain::{Command, Digit, Entry, Key, KeyMap, Uptime};

/// What one key did to the entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Collected {
    /// The entry goes on; wait this long for the next key.
    More(Duration),
    /// `#`: the entry is complete.
    Complete(Entry),
}

/// The keys of one leg. Boxed by its owner and absent while nothing is keyed, so that a waiting leg is small.
#[derive(Debug, Default)]
pub(super) struct Collector {
    entry: Entry,
    first_key_at: Option<Uptime>,
    ahead: TypeAhead,
}

impl Collector {
    /// Takes one key into the entry. `*` starts it over, `#` ends it; what does not fit is left out.
    pub(super) fn take(&mut self, now: Uptime, key: Key, settings: &DialogueSettings) -> Collected {
        let first_key_at = *self.first_key_at.get_or_insert(now);
        match key {
            Key::Digit(Digit::POUND) => {
                self.first_key_at = None;
                return Collected::Complete(std::mem::take(&mut self.entry));
            }
            Key::Digit(Digit::STAR) => self.entry.clear(),
            Key::Digit(_) | Key::Masked => {
                self.entry.push(key);
            }
        }
        let left = (first_key_at + settings.whole_entry_after).since(now);
        Collected::More(settings.between_digits_after.min(left))
    }

    /// Takes one key of a command, and gives the command with its keys when it is complete.
    pub(super) fn take_command(&mut self, key: Key, map: &KeyMap) -> Option<(Command, Entry)> {
        self.entry.push(key);
        let command = map.command(self.entry.reveal())?;
        Some((command, std::mem::take(&mut self.entry)))
    }

    /// One that has these keys typed ahead.
    pub(super) fn with_kept(keys: Vec<Key>) -> Self {
        let ahead = TypeAhead { keys: keys.into() };
        Self { ahead, ..Self::default() }
    }

    /// Whether a key of the entry at hand has come.
    pub(super) fn has_begun(&self) -> bool {
        self.first_key_at.is_some()
    }

    /// How many keys the entry at hand has.
    pub(super) fn keys(&self) -> usize {
        self.entry.len()
    }

    /// Keeps a key for later; `false` when too many wait.
    pub(super) fn keep(&mut self, key: Key) -> bool {
        self.ahead.push(key)
    }

    /// The first key typed ahead.
    pub(super) fn next_kept(&mut self) -> Option<Key> {
        self.ahead.pop()
    }
}

/// Keys typed ahead, first in, first out. Wiped with its owner: they may be a PIN.
#[derive(Default)]
struct TypeAhead {
    keys: std::collections::VecDeque<Key>,
}

impl TypeAhead {
    fn push(&mut self, key: Key) -> bool {
        let fits = self.keys.len() < TYPE_AHEAD_KEYS_MAX;
        if fits {
            self.keys.push_back(key);
        }
        fits
    }

    fn pop(&mut self) -> Option<Key> {
        self.keys.pop_front()
    }
}

/// Shows only how many keys wait.
impl std::fmt::Debug for TypeAhead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TypeAhead({} keys)", self.keys.len())
    }
}

impl Drop for TypeAhead {
    fn drop(&mut self) {
        self.keys.iter_mut().for_each(|key| *key = Key::Masked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(character: char) -> Key {
        Key::Digit(Digit::from_char(character).unwrap())
    }

    fn collect(keys: &str) -> Vec<Collected> {
        let mut collector = Collector::default();
        let settings = DialogueSettings::default();
        keys.chars().map(|c| collector.take(Uptime::ZERO, key(c), &settings)).collect()
    }

    #[test]
    fn pound_ends_and_star_starts_over() {
        let last = collect("12*147#").pop();
        assert_eq!(last, Some(Collected::Complete(Entry::parse("147").unwrap())));
        assert_eq!(collect("#"), [Collected::Complete(Entry::default())]);
        assert_eq!(collect("***#").pop(), Some(Collected::Complete(Entry::default())));
    }

    #[test]
    fn an_over_long_entry_keeps_its_first_keys() {
        let last = collect("12345678901234567890#").pop();
        assert_eq!(last, Some(Collected::Complete(Entry::parse("1234567890123456").unwrap())));
    }

    #[test]
    fn the_whole_entry_has_a_limit_that_no_key_extends() {
        let mut collector = Collector::default();
        let settings = DialogueSettings::default();
        let mut wait = Duration::ZERO;
        for second in (0..30).step_by(3) {
            let now = Uptime::ZERO + Duration::from_secs(second);
            match collector.take(now, key('*'), &settings) {
                Collected::More(after) => wait = after,
                Collected::Complete(_) => unreachable!("no pound was keyed"),
            }
        }
        assert_eq!(wait, Duration::from_secs(3));
    }

    #[test]
    fn keys_typed_ahead_come_back_in_order_and_have_a_limit() {
        let mut collector = Collector::default();
        for _ in 0..TYPE_AHEAD_KEYS_MAX {
            assert!(collector.keep(key('1')));
        }
        assert!(!collector.keep(key('2')));
        assert_eq!(collector.next_kept(), Some(key('1')));
    }
}
