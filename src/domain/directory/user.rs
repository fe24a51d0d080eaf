//! A person of the organization, and what they have when they may hold meetings by phone.

use serde::{Deserialize, Serialize};

use super::super::id::{MeetingId, UserId};
use super::super::limits::PIN_HISTORY_MAX;
use super::super::number::PhoneNumber;
use super::super::pin::{PinDigest, PinLength};
use super::overrides::RuleOverrides;

/// A person of the organization. Never a caller as such.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct User {
    /// The user.
    pub id: UserId,
    /// As letters call them.
    pub name: String,
    /// Where letters go; `None` if they get none.
    #[serde(default)]
    pub address: Option<String>,
    /// Their own telephone number, which their PIN must not be part of.
    #[serde(default)]
    pub number: Option<PhoneNumber>,
    /// What they have if they may hold meetings by phone.
    #[serde(default)]
    pub audio_conferencing: Option<Conferencing>,
    /// The PINs they had, the oldest first, at most [`PIN_HISTORY_MAX`]. Outlives being disabled.
    #[serde(default)]
    pub earlier_pins: Vec<PinDigest>,
}

/// What a user has who may hold meetings by phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Conferencing {
    /// Their own standing meeting, which their conference ID is the number of.
    pub meeting: MeetingId,
    /// The PIN that starts any meeting they organize.
    pub pin: PinOnFile,
    /// Where their meetings depart from the organization's rules.
    #[serde(default)]
    pub rules: RuleOverrides,
}

/// What is kept of a PIN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PinOnFile {
    /// Its digest.
    pub digest: PinDigest,
    /// How many digits it has: a lockout may allow more tries at a longer one.
    pub length: PinLength,
}

impl User {
    /// Somebody who may not hold meetings by phone yet.
    #[must_use]
    pub fn new(id: UserId, name: String) -> Self {
        Self {
            id,
            name,
            address: None,
            number: None,
            audio_conferencing: None,
            earlier_pins: Vec::new(),
        }
    }

    /// Whether that is their mail address, in whatever case.
    #[must_use]
    pub fn has_address(&self, address: &str) -> bool {
        self.address.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(address))
    }

    /// The digests of all PINs they have or had, as far as they are remembered.
    pub fn known_pins(&self) -> impl Iterator<Item = &PinDigest> {
        let current = self.audio_conferencing.iter().map(|conferencing| &conferencing.pin.digest);
        current.chain(&self.earlier_pins)
    }

    /// Remembers a PIN that is none any more; the oldest is forgotten when there are too many.
    pub(super) fn retire(&mut self, pin: PinOnFile) {
        if self.earlier_pins.len() >= PIN_HISTORY_MAX {
            self.earlier_pins.drain(..=self.earlier_pins.len() - PIN_HISTORY_MAX);
        }
        self.earlier_pins.push(pin.digest);
    }
}
