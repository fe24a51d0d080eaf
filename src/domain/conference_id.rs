//! The number by which callers know a meeting: digits of which the last checks the others.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

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
    pub const DIGITS_DEFAULT: usize = 9;

    /// From the digits before the check digit, which is added.
    ///
    /// # Errors
    /// A character that is no digit, or a length outside [`ConferenceId::DIGITS`] with the check digit.
    pub fn with_check_digit(digits: &str) -> Result<Self, ConferenceIdError> {
        let mut text: String = digits.chars().filter(|character| *character != ' ').collect();
        text.push(check_digit(&text)?);
        text.parse()
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
        let sum = (product + digit) % 10;
        product = (if sum == 0 { 10 } else { sum }) * 2 % 11;
    }
    let check = (11 - product) % 10;
    Ok(char::from_digit(check, 10).unwrap_or('0'))
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
    use super::*;

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
