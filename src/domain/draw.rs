//! One decimal digit from a stream of randomness, each of the ten as likely as the others.
//!
//! The stream comes in as an argument, and has to be a cryptographic one: what is drawn are secrets and the
//! numbers of meetings. There is no generator here.

use rand::CryptoRng;

/// A digit, 0 to 9, without the bias that a bare remainder would have.
pub(super) fn digit<R: CryptoRng + ?Sized>(rng: &mut R) -> u8 {
    loop {
        let number = rng.next_u32();
        if number < FAIR_BELOW {
            return (number % 10) as u8;
        }
    }
}

/// The largest multiple of ten in 32 bits: numbers from here on would make the low digits likelier.
const FAIR_BELOW: u32 = u32::MAX - u32::MAX % 10;

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn every_digit_is_as_likely_as_the_others() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut seen = [0_i32; 10];
        for _ in 0..100_000 {
            seen[usize::from(digit(&mut rng))] += 1;
        }
        assert_eq!(FAIR_BELOW % 10, 0);
        // Five standard deviations of a fair draw are 474.
        assert!(seen.iter().all(|count| (count - 10_000).abs() < 474), "{seen:?}");
    }
}
