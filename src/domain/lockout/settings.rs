//! The figures of the lockout, and the two presets they come in.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::pin::PinLength;

/// When an organizer's PIN is locked. The default is [`LockoutSettings::nist`]. Written as the name of a preset, `"nist"` or
/// `"sfb"`, or as its figures, where those left out are the default's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", remote = "Self")]
pub struct LockoutSettings {
    /// How long the first wrong PIN keeps its window open.
    pub window: Duration,
    /// How long the PIN is locked when the window is full.
    pub locked_for: Duration,
    /// Wrong PINs that fill a window.
    pub in_window: AttemptsByLength,
    /// Wrong PINs that lock it until an administrator unlocks it.
    pub total: AttemptsByLength,
    /// What a right PIN clears.
    pub success_clears: SuccessClears,
}

/// A number of wrong PINs, for each length a PIN may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AttemptsByLength {
    /// At a PIN of 4 digits.
    pub four: NonZeroU32,
    /// At a PIN of 5 digits.
    pub five: NonZeroU32,
    /// At a PIN of 6 to 12 digits.
    pub longer: NonZeroU32,
}

/// What a right PIN clears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SuccessClears {
    /// The window, and what needs an administrator: it counts wrong PINs in a row.
    WindowAndTotal,
    /// The window alone: only an administrator clears the rest.
    Window,
}

/// The settings as they are for a PIN of one length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockoutLimits {
    /// How long the first wrong PIN keeps its window open.
    pub window: Duration,
    /// How long the PIN is locked when the window is full.
    pub locked_for: Duration,
    /// Wrong PINs that fill a window, at least 1.
    pub in_window: u32,
    /// Wrong PINs that lock it until an administrator unlocks it, at least 1.
    pub total: u32,
    /// What a right PIN clears.
    pub success_clears: SuccessClears,
}

impl LockoutSettings {
    /// Preset `nist`: 10 wrong PINs in 30 minutes lock for an hour; 100 in a row lock until an administrator
    /// unlocks (NIST SP 800-63B §5.2.2). A success clears both.
    #[must_use]
    pub const fn nist() -> Self {
        Self {
            window: HALF_AN_HOUR,
            locked_for: AN_HOUR,
            in_window: AttemptsByLength::same(10),
            total: AttemptsByLength::same(100),
            success_clears: SuccessClears::WindowAndTotal,
        }
    }

    /// Preset `sfb`: the figures of Skype for Business Server (`New-CsPinPolicy`), by the PIN's length. A
    /// success never clears what needs an administrator.
    #[must_use]
    pub const fn sfb() -> Self {
        Self {
            window: HALF_AN_HOUR,
            locked_for: AN_HOUR,
            in_window: AttemptsByLength::new(10, 25, 25),
            total: AttemptsByLength::new(100, 1_000, 5_000),
            success_clears: SuccessClears::Window,
        }
    }

    /// The settings as they are for a PIN of that length.
    #[must_use]
    pub fn limits(&self, length: PinLength) -> LockoutLimits {
        LockoutLimits {
            window: self.window,
            locked_for: self.locked_for,
            in_window: self.in_window.of(length),
            total: self.total.of(length),
            success_clears: self.success_clears,
        }
    }
}

impl Serialize for LockoutSettings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for LockoutSettings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PresetOrFigures;

        impl<'de> Visitor<'de> for PresetOrFigures {
            type Value = LockoutSettings;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a preset, `nist` or `sfb`, or its figures")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
                match name {
                    "nist" => Ok(LockoutSettings::nist()),
                    "sfb" => Ok(LockoutSettings::sfb()),
                    other => Err(E::unknown_variant(other, &["nist", "sfb"])),
                }
            }

            fn visit_map<M: MapAccess<'de>>(self, figures: M) -> Result<Self::Value, M::Error> {
                LockoutSettings::deserialize(MapAccessDeserializer::new(figures))
            }
        }

        deserializer.deserialize_any(PresetOrFigures)
    }
}

impl Default for LockoutSettings {
    fn default() -> Self {
        Self::nist()
    }
}

impl AttemptsByLength {
    /// The same for every length. Zero counts as 1: a PIN that no attempt may be made at is none.
    #[must_use]
    pub const fn same(attempts: u32) -> Self {
        Self::new(attempts, attempts, attempts)
    }

    /// For 4 digits, for 5, and for more. Zero counts as 1.
    #[must_use]
    pub const fn new(four: u32, five: u32, longer: u32) -> Self {
        Self { four: at_least_one(four), five: at_least_one(five), longer: at_least_one(longer) }
    }

    /// For a PIN of that length.
    #[must_use]
    pub fn of(&self, length: PinLength) -> u32 {
        let attempts = match length.digits() {
            ..=4 => self.four,
            5 => self.five,
            6.. => self.longer,
        };
        attempts.get()
    }
}

/// When a calling number is kept out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct CallerLockoutSettings {
    /// Wrong entries, conference IDs and PINs alike, that keep it out.
    pub wrong_entries: NonZeroU32,
    /// How long the first of them keeps its window open.
    pub window: Duration,
    /// How long its calls then get a busy.
    pub busy_for: Duration,
}

impl Default for CallerLockoutSettings {
    fn default() -> Self {
        Self { wrong_entries: at_least_one(20), window: TEN_MINUTES, busy_for: TEN_MINUTES }
    }
}

const fn at_least_one(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

const TEN_MINUTES: Duration = Duration::from_secs(10 * 60);
const HALF_AN_HOUR: Duration = Duration::from_secs(30 * 60);
const AN_HOUR: Duration = Duration::from_secs(60 * 60);
