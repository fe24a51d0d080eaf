//! The ids: a type for each, so that a leg cannot be taken for a meeting. Kept as number + 1, so that `Option` of
//! one takes no more room.

use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::num::NonZeroU64;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(from = "u64", into = "u64")]
        pub struct $name(NonZeroU64);

        impl $name {
            /// From its number, which is less than [`u64::MAX`].
            #[must_use]
            pub const fn new(number: u64) -> Self {
                Self(NonZeroU64::MIN.saturating_add(number))
            }

            /// Its number.
            #[must_use]
            pub const fn number(self) -> u64 {
                self.0.get() - 1
            }
        }

        impl From<u64> for $name {
            fn from(number: u64) -> Self {
                Self::new(number)
            }
        }

        impl From<$name> for u64 {
            fn from(id: $name) -> Self {
                id.number()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.number())
            }
        }
    };
}

id! {
    /// One call as we see it. The driver gives it, unique for as long as the process lives.
    LegId, "leg-"
}
id! {
    /// One meeting of the directory. The store gives it; it outlives conference IDs and restarts.
    MeetingId, "meeting-"
}
id! {
    /// A person of the organization, who may organize meetings. Never a caller as such.
    UserId, "user-"
}

/// Why a text names no leg.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("write it like 7 or leg-7")]
pub struct LegIdError;

/// `leg-7`, as it is shown, or `7`.
impl FromStr for LegId {
    type Err = LegIdError;

    fn from_str(text: &str) -> Result<Self, LegIdError> {
        let number = text.strip_prefix("leg-").unwrap_or(text).parse().map_err(|_| LegIdError)?;
        // The highest number is none: ids are kept with one added.
        if number < u64::MAX { Ok(Self::new(number)) } else { Err(LegIdError) }
    }
}

/// Hashes ids for tables that are asked for every frame. They are given one after the other and by nobody outside, so
/// they need no defence against chosen ones.
pub type IdHash = BuildHasherDefault<IdHasher>;

/// See [`IdHash`].
#[derive(Clone, Copy, Debug, Default)]
pub struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(u64::from(byte)));
    }

    fn write_u64(&mut self, number: u64) {
        // 2^64 through the golden ratio: neighbours come to lie far apart in all bits.
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leg_is_read_as_it_is_shown() {
        for leg in [LegId::new(0), LegId::new(7), LegId::new(u64::MAX - 1)] {
            assert_eq!(
                (leg.to_string().parse(), leg.number().to_string().parse()),
                (Ok(leg), Ok(leg))
            );
        }
        for wrong in ["", "leg-", "leg", "seven", "-7", "leg-18446744073709551615", "meeting-7"] {
            assert_eq!(wrong.parse::<LegId>(), Err(LegIdError), "{wrong}");
        }
    }
}
