//! The sixteen DTMF digits (ITU-T Q.23), the key that a journal may have masked, and the entry a caller keys.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::limits::ENTRY_DIGITS_MAX;

/// One DTMF digit, in the order of RFC 4733 event codes: `0`-`9`, `*`, `#`, `A`-`D`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digit(u8);

impl Digit {
    /// `*`, which asks for the organizer's way in, starts a command and starts an entry over.
    pub const STAR: Self = Self(10);
    /// `#`, which ends an entry.
    pub const POUND: Self = Self(11);
    /// All sixteen, by event code.
    pub const ALL: [Self; 16] = {
        let mut all = [Self(0); 16];
        let mut code = 0;
        while code < 16 {
            all[code as usize] = Self(code);
            code += 1;
        }
        all
    };

    const CHARACTERS: &[u8; 16] = b"0123456789*#ABCD";

    /// From an RFC 4733 event code, 0 to 15.
    #[must_use]
    pub fn from_event(code: u8) -> Option<Self> {
        (code < 16).then_some(Self(code))
    }

    /// From `0`-`9`, `*`, `#`, `A`-`D` (or `a`-`d`).
    #[must_use]
    pub fn from_char(character: char) -> Option<Self> {
        let wanted = character.to_ascii_uppercase();
        Self::ALL.into_iter().find(|digit| digit.as_char() == wanted)
    }

    /// Its RFC 4733 event code, 0 to 15.
    #[must_use]
    pub fn event(self) -> u8 {
        self.0
    }

    /// As printed on the key.
    #[must_use]
    pub fn as_char(self) -> char {
        char::from(Self::CHARACTERS[usize::from(self.0 & 15)])
    }

    /// The key as a trace may show it: `*` and `#` are structure and stay, all else becomes `x`.
    #[must_use]
    pub fn masked(self) -> char {
        match self {
            Self::STAR => '*',
            Self::POUND => '#',
            _secret => 'x',
        }
    }
}

/// Shows the masked key: a digit may belong to a PIN.
impl fmt::Debug for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digit({})", self.masked())
    }
}

/// A key as the dialogue takes it: the digit itself, or what a journal kept of it.
///
/// A dialogue may look at the value of a digit only where it resolves a menu choice or a command; there
/// the journal has the value too. Everywhere else both variants are treated alike, which is what makes a
/// journal without a single PIN in it replay to the same trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// What the caller pressed.
    Digit(Digit),
    /// Some digit or letter, its value left out when the journal was written.
    Masked,
}

impl Key {
    /// `*` and `#` as they are, all else `x`.
    #[must_use]
    pub fn masked(self) -> char {
        match self {
            Self::Digit(digit) => digit.masked(),
            Self::Masked => 'x',
        }
    }

    /// From the character a journal keeps.
    #[must_use]
    pub fn from_journal(character: char) -> Option<Self> {
        match character {
            'x' => Some(Self::Masked),
            other => Digit::from_char(other).map(Self::Digit),
        }
    }
}

impl Serialize for Key {
    /// Masked: this is how a journal keeps it.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_char(self.masked())
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let character = char::deserialize(deserializer)?;
        Self::from_journal(character)
            .ok_or_else(|| serde::de::Error::custom(format!("no key of a journal: {character:?}")))
    }
}

/// What a caller keyed up to `#`: at most [`ENTRY_DIGITS_MAX`] digits and letters, the rest left out.
///
/// It may be a PIN, so it prints only its length and is wiped when dropped.
#[derive(Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Entry {
    keys: [u8; ENTRY_DIGITS_MAX],
    len: u8,
}

impl Entry {
    /// From text such as `147852036`. `None` if it is too long or has a character that is no digit or letter
    /// A-D.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut entry = Self::default();
        for character in text.chars() {
            let digit = Digit::from_char(character)?;
            if matches!(digit, Digit::STAR | Digit::POUND) || !entry.push(Key::Digit(digit)) {
                return None;
            }
        }
        Some(entry)
    }

    /// Adds a key; `false`, and nothing changes, when the entry is full.
    pub fn push(&mut self, key: Key) -> bool {
        let Some(slot) = self.keys.get_mut(usize::from(self.len)) else { return false };
        *slot = match key {
            Key::Digit(digit) => u8::try_from(digit.as_char()).unwrap_or(b'?'),
            Key::Masked => b'x',
        };
        self.len += 1;
        true
    }

    /// Forgets what was keyed.
    pub fn clear(&mut self) {
        self.zeroize();
    }

    /// How many keys it has.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::from(self.len)
    }

    /// Whether nothing was keyed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The keys as ASCII, for the store's eyes only.
    #[must_use]
    pub fn reveal(&self) -> &[u8] {
        &self.keys[..self.len()]
    }
}

/// Shows only how long it is.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({} keys)", self.len)
    }
}

impl Serialize for Digit {
    /// The key as printed: for a script that a person wrote, never for a trace.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_char(self.as_char())
    }
}

impl<'de> Deserialize<'de> for Digit {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let character = char::deserialize(deserializer)?;
        Self::from_char(character)
            .ok_or_else(|| serde::de::Error::custom(format!("no DTMF digit: {character:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_and_event_codes_go_both_ways() {
        for digit in Digit::ALL {
            assert_eq!(Digit::from_char(digit.as_char()), Some(digit));
            assert_eq!(Digit::from_event(digit.event()), Some(digit));
        }
        assert_eq!(Digit::from_char('d'), Digit::from_event(15));
        assert_eq!(Digit::from_char('x'), None);
        assert_eq!(Digit::from_event(16), None);
    }

    #[test]
    fn nothing_prints_a_digit() {
        let entry = Entry::parse("48213").unwrap();
        let seven = Digit::from_char('7').unwrap();
        assert_eq!(
            format!("{entry:?} {seven:?} {:?}", Key::Digit(seven)),
            "Entry(5 keys) Digit(x) Digit(Digit(x))"
        );
    }

    #[test]
    fn a_full_entry_keeps_its_first_keys() {
        let mut entry = Entry::parse("1234567890123456").unwrap();
        assert!(!entry.push(Key::Masked));
        assert_eq!(entry.reveal(), b"1234567890123456");
        assert_eq!(Entry::parse("12345678901234567"), None);
        assert_eq!(Entry::parse("12*"), None);
    }
}
