//! Whence a call comes, as far as anybody knows: what a bridge counts wrong entries by.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::number::{PhoneNumber, PhoneNumberError};

/// The calling number; when it is withheld, the network address the call came from, if it came over a network. 8 bytes.
///
/// Of an IPv6 address only the first 62 bits are kept: a subscriber has a /64 or more, and could change the rest at will.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallSource(Option<NonZeroU64>);

/// The two highest bits tell the kinds apart; a packed number of 15 digits takes 51 bits.
const NUMBER: u64 = 0;
const IPV4: u64 = 1 << 62;
const IPV6: u64 = 2 << 62;
const KIND: u64 = 3 << 62;

impl CallSource {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self(None);

    /// From this number.
    #[must_use]
    pub fn of_number(number: PhoneNumber) -> Self {
        Self(NonZeroU64::new(NUMBER | number.packed()))
    }

    /// From this address, without a number.
    #[must_use]
    pub fn of_address(address: IpAddr) -> Self {
        let packed = match address {
            IpAddr::V4(address) => IPV4 | u64::from(address.to_bits()),
            IpAddr::V6(address) => match address.to_ipv4_mapped() {
                Some(mapped) => IPV4 | u64::from(mapped.to_bits()),
                None => IPV6 | ((address.to_bits() >> 66) as u64),
            },
        };
        Self(NonZeroU64::new(packed))
    }

    /// The calling number, unless it is withheld.
    #[must_use]
    pub fn number(self) -> Option<PhoneNumber> {
        let packed = self.0?.get();
        (packed & KIND == NUMBER).then(|| PhoneNumber::from_packed(packed)).flatten()
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_unknown(self) -> bool {
        self.0.is_none()
    }

    fn address(self) -> Option<IpAddr> {
        let packed = self.0?.get();
        match packed & KIND {
            IPV4 => Some(Ipv4Addr::from_bits(packed as u32).into()),
            IPV6 => Some(Ipv6Addr::from_bits(u128::from(packed & !KIND) << 66).into()),
            _number => None,
        }
    }
}

impl From<Option<PhoneNumber>> for CallSource {
    fn from(number: Option<PhoneNumber>) -> Self {
        number.map_or(Self::UNKNOWN, Self::of_number)
    }
}

/// `+14255550100`, `@192.0.2.1`, `@2001:db8::` or `withheld`.
impl fmt::Display for CallSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.number(), self.address()) {
            (Some(number), _) => number.fmt(f),
            (None, Some(address)) => write!(f, "@{address}"),
            (None, None) => f.write_str("withheld"),
        }
    }
}

impl fmt::Debug for CallSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for CallSource {
    type Err = PhoneNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix('@').map(str::parse::<IpAddr>) {
            Some(Ok(address)) => Ok(Self::of_address(address)),
            Some(Err(_)) => Err(PhoneNumberError::Character('@')),
            None if text == "withheld" => Ok(Self::UNKNOWN),
            None => text.parse().map(Self::of_number),
        }
    }
}

impl Serialize for CallSource {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CallSource {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_reads_back_as_it_was() {
        for text in ["+14255550100", "+999999999999999", "@192.0.2.1", "@2001:db8::", "withheld"] {
            assert_eq!(text.parse::<CallSource>().unwrap().to_string(), text);
        }
        let source = |text: &str| text.parse::<CallSource>().unwrap();
        assert_eq!(source("@2001:db8::1"), source("@2001:db8:0:0:ffff::2"), "one subscriber");
        assert_eq!(source("@::ffff:192.0.2.1"), source("@192.0.2.1"));
        assert_ne!(source("@192.0.2.1"), source("@192.0.2.2"));
        assert!("@nowhere".parse::<CallSource>().is_err());
    }
}
