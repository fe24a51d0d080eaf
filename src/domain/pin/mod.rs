//! PINs: what they are. Which of them are too weak is in `policy`, what is kept of them in `digest`.

mod digest;
mod policy;

use std::fmt;

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop};

pub use digest::{HashError, PinDigest, PinDigestError, PinHasher};
pub use policy::{NoPinLeft, PinContext, PinWeakness, check, draw};

/// What stands where a PIN was shown once: eleven asterisks, whatever the PIN's length.
pub const MASKED_PIN: &str = "***********";

/// The digits, 4 to 12 of them, by which an organizer proves who they are.
///
/// Prints only its length, compares in constant time and is wiped when dropped. It exists from the moment it
/// is drawn until it has been handed to whoever made it; the store keeps a [`PinDigest`].
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Pin {
    /// ASCII digits, then zero bytes.
    digits: [u8; PinLength::MAX as usize],
    len: u8,
}

/// Why a text is no PIN. Never tells a character of it.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PinError {
    /// Too short or too long.
    #[error("a PIN has 4 to 12 digits, this one has {0}")]
    Length(usize),
    /// Something that is no digit, at this place counted from 1.
    #[error("character {0} of this PIN is no digit: a PIN has the digits 0 to 9 only")]
    NotADigit(usize),
}

impl Pin {
    /// From its digits, such as `48213`. Zeros in front count; spaces are not left out.
    ///
    /// # Errors
    /// A length outside 4 to 12, or a character that is no digit.
    pub fn parse(text: &str) -> Result<Self, PinError> {
        if let Some(place) = text.chars().position(|character| !character.is_ascii_digit()) {
            return Err(PinError::NotADigit(place + 1));
        }
        let mut digits = [0; PinLength::MAX as usize];
        match (digits.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(slots), Ok(len)) if len >= PinLength::MIN => {
                slots.copy_from_slice(text.as_bytes());
                Ok(Self { digits, len })
            }
            (Some(_) | None, _) => Err(PinError::Length(text.len())),
        }
    }

    /// The digits, for whoever hashes them or hands them over. Nothing else may ask.
    ///
    /// # Panics
    /// Never: what was parsed or drawn is ASCII.
    #[must_use]
    pub fn reveal(&self) -> &str {
        std::str::from_utf8(&self.digits[..self.len()]).expect("a PIN holds ASCII digits only")
    }

    /// How many digits it has.
    #[expect(clippy::len_without_is_empty, reason = "a PIN is never empty")]
    #[must_use]
    pub fn len(&self) -> usize {
        usize::from(self.len)
    }

    /// How many digits it has, as the length it is.
    #[must_use]
    pub fn length(&self) -> PinLength {
        PinLength(self.len)
    }
}

impl PartialEq for Pin {
    fn eq(&self, other: &Self) -> bool {
        (self.digits.ct_eq(&other.digits) & self.len.ct_eq(&other.len)).into()
    }
}

impl Eq for Pin {}

/// Shows only how long it is.
impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pin({} digits)", self.len)
    }
}

/// How many digits a PIN has: 4 to 12, by default 5.
///
/// Set for an organization it holds for the PINs made later; older ones keep their length and stay valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct PinLength(u8);

/// A number of digits that no PIN has.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a PIN cannot have {0} digits: set a length of 4 to 12")]
pub struct PinLengthError(pub u8);

impl PinLength {
    /// Fewest digits.
    pub const MIN: u8 = 4;
    /// Most digits.
    pub const MAX: u8 = 12;

    /// From a number of digits.
    ///
    /// # Errors
    /// A number outside 4 to 12.
    pub const fn new(digits: u8) -> Result<Self, PinLengthError> {
        if digits >= Self::MIN && digits <= Self::MAX {
            Ok(Self(digits))
        } else {
            Err(PinLengthError(digits))
        }
    }

    /// Its number of digits.
    #[must_use]
    pub const fn digits(self) -> u8 {
        self.0
    }
}

impl Default for PinLength {
    fn default() -> Self {
        Self(5)
    }
}

impl TryFrom<u8> for PinLength {
    type Error = PinLengthError;

    fn try_from(digits: u8) -> Result<Self, Self::Error> {
        Self::new(digits)
    }
}

impl From<PinLength> for u8 {
    fn from(length: PinLength) -> Self {
        length.0
    }
}

impl fmt::Display for PinLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} digits", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_keeps_its_digits_and_shows_none() {
        for text in ["0007", "48213", "904716283350"] {
            let pin = Pin::parse(text).unwrap();
            assert_eq!((pin.reveal(), pin.len()), (text, text.len()));
            assert_eq!(format!("{pin:?}"), format!("Pin({} digits)", text.len()));
        }
    }

    #[test]
    fn what_is_no_pin_says_why_without_saying_what() {
        assert_eq!(Pin::parse(""), Err(PinError::Length(0)));
        assert_eq!(Pin::parse("123"), Err(PinError::Length(3)));
        assert_eq!(Pin::parse("1234567890123"), Err(PinError::Length(13)));
        assert_eq!(Pin::parse("48 13"), Err(PinError::NotADigit(3)));
        assert_eq!(Pin::parse("4821\u{663}"), Err(PinError::NotADigit(5)));
        let error = Pin::parse("90471628335x").unwrap_err().to_string();
        assert!(!error.contains("9047"), "{error}");
    }

    #[test]
    fn a_length_says_what_it_is_a_length_of() {
        assert_eq!(PinLength::new(6).unwrap().to_string(), "6 digits");
    }

    #[test]
    fn pins_of_other_lengths_differ() {
        assert_eq!(Pin::parse("48213"), Pin::parse("48213"));
        assert_ne!(Pin::parse("48213"), Pin::parse("482130"));
        assert_ne!(Pin::parse("48213"), Pin::parse("48214"));
    }

    #[test]
    fn a_length_is_4_to_12() {
        assert_eq!(PinLength::default().digits(), 5);
        for digits in 0..=20 {
            assert_eq!(PinLength::new(digits).is_ok(), (4..=12).contains(&digits));
        }
        assert!(serde_json::from_str::<PinLength>("13").is_err());
        assert_eq!(MASKED_PIN.len(), 11);
    }
}
