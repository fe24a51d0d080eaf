//! Which PINs are too weak, and how a new one is drawn. Pure: the randomness is a stream that comes in.
//!
//! The rules are those of Skype for Business (`AllowCommonPatterns` off), and one more: no PIN comes back.

use rand::CryptoRng;
use thiserror::Error;

use super::super::conference_id::ConferenceId;
use super::super::draw;
use super::super::number::PhoneNumber;
use super::{Pin, PinLength};

/// What is known of the person a PIN is for.
pub struct PinContext<'a> {
    /// Their telephone number.
    pub number: Option<PhoneNumber>,
    /// The conference IDs of their meetings.
    pub conference_ids: &'a [ConferenceId],
    /// Whether they have or had this PIN. May be slow (it is asked last): earlier PINs are kept as digests.
    pub is_earlier: &'a dyn Fn(&Pin) -> bool,
}

/// Why a PIN is too weak. Tells the rule, never the digits.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PinWeakness {
    /// One digit, over and over.
    #[error("it is one digit over and over")]
    OneDigit,
    /// A run of four or more, up or down.
    #[error("four of its digits in a row count up or down")]
    Run,
    /// It is part of the user's telephone number.
    #[error("it is part of the telephone number of the user, or the other way round")]
    InNumber,
    /// It is part of a conference ID.
    #[error("it is part of a conference ID of the user, or the other way round")]
    InConferenceId,
    /// The user has or had it.
    #[error("the user has it, or had it before")]
    Earlier,
}

/// No PIN of the length could be drawn that would pass the rules.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("none of {DRAWS_MAX} PINs drawn with {0} passed the rules: set a greater PIN length")]
pub struct NoPinLeft(pub PinLength);

/// Whether a PIN passes the rules.
///
/// # Errors
/// The first rule it breaks.
pub fn check(pin: &Pin, context: &PinContext<'_>) -> Result<(), PinWeakness> {
    let digits = pin.reveal();
    if digits.bytes().all(|digit| digits.as_bytes().first() == Some(&digit)) {
        return Err(PinWeakness::OneDigit);
    }
    if has_run(digits.as_bytes()) {
        return Err(PinWeakness::Run);
    }
    if context.number.is_some_and(|number| overlaps(digits, &number.to_string()[1..])) {
        return Err(PinWeakness::InNumber);
    }
    if context.conference_ids.iter().any(|id| overlaps(digits, &id.to_string())) {
        return Err(PinWeakness::InConferenceId);
    }
    if (context.is_earlier)(pin) {
        return Err(PinWeakness::Earlier);
    }
    Ok(())
}

/// Draws a PIN that passes the rules, each of them as likely as the others. It may begin with zeros.
///
/// # Errors
/// [`NoPinLeft`] if the rules refuse whatever is drawn, which only a wrong `is_earlier` makes likely.
pub fn draw<R: CryptoRng + ?Sized>(
    rng: &mut R,
    length: PinLength,
    context: &PinContext<'_>,
) -> Result<Pin, NoPinLeft> {
    for _ in 0..DRAWS_MAX {
        let mut pin = Pin { digits: [0; PinLength::MAX as usize], len: length.digits() };
        for slot in &mut pin.digits[..usize::from(length.digits())] {
            *slot = b'0' + draw::digit(rng);
        }
        if check(&pin, context).is_ok() {
            return Ok(pin);
        }
    }
    Err(NoPinLeft(length))
}

/// Whether four neighbours count up or down by one, such as 4567 or 3210. Nine and zero are no neighbours.
fn has_run(digits: &[u8]) -> bool {
    digits.windows(4).any(|four| {
        four.windows(2).all(|two| two[0] + 1 == two[1])
            || four.windows(2).all(|two| two[1] + 1 == two[0])
    })
}

/// Whether the PIN is part of a number, or a number long enough to matter is part of the PIN.
fn overlaps(pin: &str, number: &str) -> bool {
    number.contains(pin) || (number.len() >= usize::from(PinLength::MIN) && pin.contains(number))
}

/// PINs drawn before giving up. Fewer than one in ten is ever weak, so a fair stream never gets there.
const DRAWS_MAX: u32 = 64;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn verdict(digits: &str) -> Result<(), PinWeakness> {
        let context = PinContext {
            number: Some("+1 425 555 0199".parse().unwrap()),
            conference_ids: &["147852036".parse().unwrap()],
            is_earlier: &|pin| pin.reveal() == "70318",
        };
        check(&Pin::parse(digits).unwrap(), &context)
    }

    #[test]
    fn each_weak_pin_breaks_its_rule() {
        let rows = [
            ("48213", Ok(())),
            ("0000", Err(PinWeakness::OneDigit)),
            ("777777777777", Err(PinWeakness::OneDigit)),
            ("7778", Ok(())),
            ("1234", Err(PinWeakness::Run)),
            ("93210", Err(PinWeakness::Run)),
            ("123912", Ok(())),
            ("8904567", Err(PinWeakness::Run)),
            ("7890", Ok(())),
            ("55501", Err(PinWeakness::InNumber)),
            ("914255550199", Err(PinWeakness::InNumber)),
            ("7852", Err(PinWeakness::InConferenceId)),
            ("914785203600", Err(PinWeakness::InConferenceId)),
            ("70318", Err(PinWeakness::Earlier)),
        ];
        for (digits, expected) in rows {
            assert_eq!(verdict(digits), expected, "{digits}");
        }
    }

    #[test]
    fn a_number_of_one_digit_forbids_nothing() {
        let context = PinContext {
            number: Some("5".parse().unwrap()),
            conference_ids: &[],
            is_earlier: &|_| false,
        };
        assert_eq!(check(&Pin::parse("48513").unwrap(), &context), Ok(()));
    }

    #[test]
    fn drawing_ends_even_if_every_pin_is_refused() {
        let context = PinContext { number: None, conference_ids: &[], is_earlier: &|_| true };
        let drawn = draw(&mut ChaCha8Rng::seed_from_u64(1), PinLength::default(), &context);
        assert_eq!(drawn, Err(NoPinLeft(PinLength::default())));
    }

    #[test]
    fn drawn_pins_begin_with_any_digit_and_all_places_are_fair() {
        let mut rng = ChaCha8Rng::seed_from_u64(42);
        let context = PinContext { number: None, conference_ids: &[], is_earlier: &|_| false };
        let mut seen = [[0_i32; 10]; 5];
        for _ in 0..20_000 {
            let pin = draw(&mut rng, PinLength::default(), &context).unwrap();
            for (place, digit) in pin.reveal().bytes().enumerate() {
                seen[place][usize::from(digit - b'0')] += 1;
            }
        }
        // Five standard deviations of a fair draw are 212; the rules take away one in a hundred.
        for place in seen {
            assert!(place.iter().all(|count| (count - 2_000).abs() < 250), "{seen:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_drawn_passes_the_rules(
            seed: u64,
            digits in PinLength::MIN..=PinLength::MAX,
            number in "[0-9]{1,15}",
            id in "[1-9][0-9]{7}",
            earlier in "[0-9]{4}",
        ) {
            let context = PinContext {
                number: Some(number.parse().unwrap()),
                conference_ids: &[ConferenceId::with_check_digit(&id).unwrap()],
                is_earlier: &|pin| pin.reveal().starts_with(&earlier),
            };
            let length = PinLength::new(digits).unwrap();
            let pin = draw(&mut ChaCha8Rng::seed_from_u64(seed), length, &context).unwrap();
            prop_assert_eq!(pin.len(), usize::from(digits));
            prop_assert_eq!(check(&pin, &context), Ok(()));
            prop_assert_eq!(Pin::parse(pin.reveal()), Ok(pin.clone()));
        }
    }
}
