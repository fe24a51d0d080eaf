//! Telephone numbers as the network writes them.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An international number of at most 15 digits (ITU-T E.164), without the `+`, packed into 8 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber {
    /// The digits as a decimal number behind a leading 1, so that zeros in front survive.
    packed: NonZeroU64,
}

/// Why a text is no telephone number.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PhoneNumberError {
    /// A character that is no digit, space, dash, dot or bracket.
    #[error("{0:?} cannot stand in a telephone number: write it like +1 425 555 0100")]
    Character(char),
    /// More than the digits of E.164, or none at all.
    #[error(
        "a telephone number has 1 to 15 digits, this one has {0}: write it like +1 425 555 0100"
    )]
    Length(usize),
}

impl PhoneNumber {
    /// Most digits of an international number (ITU-T E.164 §6.2.1).
    pub const DIGITS_MAX: usize = 15;

    /// As a number of at most 51 bits, for [`PhoneNumber::from_packed`].
    pub(super) fn packed(self) -> u64 {
        self.packed.get()
    }

    /// From what [`PhoneNumber::packed`] gave.
    pub(super) fn from_packed(packed: u64) -> Option<Self> {
        NonZeroU64::new(packed).map(|packed| Self { packed })
    }
}

impl FromStr for PhoneNumber {
    type Err = PhoneNumberError;

    /// Reads `+1 425 555 0100` and the like; spaces, dashes, dots and brackets are left out.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut packed = 1_u64;
        let mut digits = 0;
        for character in text.strip_prefix('+').unwrap_or(text).chars() {
            match character {
                '0'..='9' => {
                    digits += 1;
                    let digit = u64::from(character) - u64::from('0');
                    packed = packed.saturating_mul(10).saturating_add(digit);
                }
                ' ' | '-' | '.' | '(' | ')' => {}
                other => return Err(PhoneNumberError::Character(other)),
            }
        }
        if !(1..=Self::DIGITS_MAX).contains(&digits) {
            return Err(PhoneNumberError::Length(digits));
        }
        let packed = NonZeroU64::new(packed).ok_or(PhoneNumberError::Length(digits))?;
        Ok(Self { packed })
    }
}

/// With its `+`: `+14255550100`.
impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.packed.to_string();
        write!(f, "+{}", &text[1..])
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for PhoneNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PhoneNumber {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_reads_back_as_it_was() {
        let number: PhoneNumber = "+1 (425) 555-0100".parse().unwrap();
        assert_eq!(number.to_string(), "+14255550100");
        assert_eq!("0049.30.1234".parse::<PhoneNumber>().unwrap().to_string(), "+0049301234");
        assert_eq!(
            "+999999999999999".parse::<PhoneNumber>().unwrap().to_string(),
            "+999999999999999"
        );
    }

    #[test]
    fn what_is_no_number_says_why() {
        assert_eq!("".parse::<PhoneNumber>(), Err(PhoneNumberError::Length(0)));
        assert_eq!("1234567890123456".parse::<PhoneNumber>(), Err(PhoneNumberError::Length(16)));
        assert_eq!("12a".parse::<PhoneNumber>(), Err(PhoneNumberError::Character('a')));
    }
}
