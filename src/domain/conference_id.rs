//! The number by which callers know a meeting: digits of which the last checks the others.

use std::fmt;
use std::str::FromStr;

use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::draw;

/// A conference ID of 4 to 16 digits whose last is a check digit (ISO/IEC 7064 MOD 11,10).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConferenceId {
    /// The digits as a decimal number behind a leading 1, so that zeros in front survive.
    packed: u64,
}

/// Why a text is no conference ID.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ConferenceIdError {
    /// A character that is no digit and no space.
    #[error("{0:?} cannot stand in a conference ID: it has digits only")]
    Character(char),
    /// Too short or too long.
    #[error("a conference ID has 4 to 16 digits, this one has {0}")]
    Length(usize),
    /// The last digit does not check the others.
    #[error(
        "the last digit should be {expected}: one of the digits is mistyped, or two are swapped"
    )]
    CheckDigit {
        /// The digit that would check the ones before it.
        expected: char,
    },
}

impl ConferenceId {
    /// Fewest and most digits.
    pub const DIGITS: std::ops::RangeInclusive<usize> = 4..=16;
    /// Digits of a generated one.
    pub const DIGITS_DEFAULT: u8 = 9;

    /// The digits as a decimal number behind a leading 1: what a store looks up by.
    #[must_use]
    pub const fn packed(self) -> u64 {
        self.packed
    }

    /// From what [`ConferenceId::packed`] gave. Of any other number it is nobody's.
    #[must_use]
    pub const fn from_packed(packed: u64) -> Self {
        Self { packed }
    }

    /// From the digits before the check digit, which is added.
    ///
    /// # Errors
    /// A character that is no digit, or a length outside [`ConferenceId::DIGITS`] with the check digit.
    pub fn with_check_digit(digits: &str) -> Result<Self, ConferenceIdError> {
        let mut text: String = digits.chars().filter(|character| *character != ' ').collect();
        text.push(check_digit(&text)?);
        text.parse()
    }

    /// Draws one: the first digit is no zero, the last checks the others, those between are as they come.
    ///
    /// Whether it is free, only the directory knows.
    pub fn draw<R: CryptoRng + ?Sized>(rng: &mut R, length: ConferenceIdLength) -> Self {
        let mut packed = 1_u64;
        let mut product = 10;
        for place in 1..length.digits() {
            let digit = loop {
                let digit = draw::digit(rng);
                if place > 1 || digit > 0 {
                    break digit;
                }
            };
            packed = packed * 10 + u64::from(digit);
            product = next_product(product, digit.into());
        }
        Self { packed: packed * 10 + u64::from(last_digit(product)) }
    }
}

/// How many digits a conference ID has, the check digit included: 4 to 16, by default 9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct ConferenceIdLength(u8);

impl ConferenceIdLength {
    /// From a number of digits.
    ///
    /// # Errors
    /// A number outside [`ConferenceId::DIGITS`].
    pub fn new(digits: u8) -> Result<Self, ConferenceIdError> {
        if ConferenceId::DIGITS.contains(&usize::from(digits)) {
            Ok(Self(digits))
        } else {
            Err(ConferenceIdError::Length(digits.into()))
        }
    }

    /// Its number of digits.
    #[must_use]
    pub const fn digits(self) -> u8 {
        self.0
    }
}

impl Default for ConferenceIdLength {
    fn default() -> Self {
        Self(ConferenceId::DIGITS_DEFAULT)
    }
}

impl TryFrom<u8> for ConferenceIdLength {
    type Error = ConferenceIdError;

    fn try_from(digits: u8) -> Result<Self, Self::Error> {
        Self::new(digits)
    }
}

impl From<ConferenceIdLength> for u8 {
    fn from(length: ConferenceIdLength) -> Self {
        length.0
    }
}

impl FromStr for ConferenceId {
    type Err = ConferenceIdError;

    /// Reads `147 852 036` or `147852036`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: String = text.chars().filter(|character| *character != ' ').collect();
        if let Some(other) = digits.chars().find(|character| !character.is_ascii_digit()) {
            return Err(ConferenceIdError::Character(other));
        }
        if !Self::DIGITS.contains(&digits.len()) {
            return Err(ConferenceIdError::Length(digits.len()));
        }
        let (body, last) = digits.split_at(digits.len() - 1);
        let expected = check_digit(body)?;
        if !last.starts_with(expected) {
            return Err(ConferenceIdError::CheckDigit { expected });
        }
        let packed =
            digits.bytes().fold(1_u64, |packed, digit| packed * 10 + u64::from(digit - b'0'));
        Ok(Self { packed })
    }
}

/// The check digit of ISO/IEC 7064 MOD 11,10 for the digits before it.
fn check_digit(digits: &str) -> Result<char, ConferenceIdError> {
    let mut product = 10;
    for character in digits.chars() {
        let digit = character.to_digit(10).ok_or(ConferenceIdError::Character(character))?;
        product = next_product(product, digit);
    }
    Ok(char::from(b'0' + last_digit(product)))
}

/// One step of MOD 11,10: the product, which begins at 10, after one more digit.
fn next_product(product: u32, digit: u32) -> u32 {
    let sum = (product + digit) % 10;
    (if sum == 0 { 10 } else { sum }) * 2 % 11
}

/// The digit that checks those before it.
fn last_digit(product: u32) -> u8 {
    ((11 - product) % 10) as u8
}

/// The digits without spaces: `147852036`.
impl fmt::Display for ConferenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.packed.to_string();
        f.write_str(&text[1..])
    }
}

impl fmt::Debug for ConferenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConferenceId({self})")
    }
}

impl Serialize for ConferenceId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ConferenceId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn what_is_drawn_reads_back_and_begins_with_no_zero() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for digits in 4..=16 {
            let length = ConferenceIdLength::new(digits).unwrap();
            for _ in 0..200 {
                let id = ConferenceId::draw(&mut rng, length);
                let text = id.to_string();
                assert_eq!(text.len(), usize::from(digits));
                assert!(!text.starts_with('0'), "{text}");
                assert_eq!(text.parse(), Ok(id));
            }
        }
        assert_eq!(ConferenceIdLength::new(3), Err(ConferenceIdError::Length(3)));
    }

    #[test]
    fn the_last_digit_checks_the_others() {
        let id: ConferenceId = "147 852 036".parse().unwrap();
        assert_eq!(id.to_string(), "147852036");
        assert_eq!(ConferenceId::with_check_digit("14785203"), Ok(id));
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        let right = *b"147852036";
        for place in 0..right.len() {
            for digit in b'0'..=b'9' {
                let mut wrong = right;
                wrong[place] = digit;
                let text = std::str::from_utf8(&wrong).unwrap();
                assert_eq!(text.parse::<ConferenceId>().is_ok(), digit == right[place], "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_conference_id_says_why() {
        assert_eq!("14785203x".parse::<ConferenceId>(), Err(ConferenceIdError::Character('x')));
        assert_eq!("147".parse::<ConferenceId>(), Err(ConferenceIdError::Length(3)));
        assert_eq!(
            "147852037".parse::<ConferenceId>(),
            Err(ConferenceIdError::CheckDigit { expected: '6' })
        );
    }
}
