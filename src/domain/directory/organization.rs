//! The organization: its name, its telephone numbers and what it has set.

use serde::{Deserialize, Serialize};

use super::super::conference_id::ConferenceIdLength;
use super::super::language::Languages;
use super::super::lockout::{CallerLockoutSettings, LockoutSettings};
use super::super::number::PhoneNumber;
use super::super::pin::PinLength;
use super::super::settings::{DialogueSettings, MeetingRules};

/// The organization the bridge serves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Organization {
    /// As its letters and prompts call it.
    pub name: String,
    /// What it has set.
    #[serde(default)]
    pub settings: OrganizationSettings,
    /// The numbers of its bridge. Any of them reaches any meeting; the first stands in the letters.
    #[serde(default)]
    pub access_numbers: Vec<AccessNumber>,
}

/// A number by which callers reach the bridge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AccessNumber {
    /// The number.
    pub number: PhoneNumber,
    /// Where it is a local call, such as `Redmond`.
    #[serde(default)]
    pub place: Option<String>,
    /// In which languages it answers, the primary one first.
    #[serde(default)]
    pub languages: Languages,
}

/// What an organization sets. The defaults are those of section A of the behaviour we model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct OrganizationSettings {
    /// Digits of the PINs made from now on. Older PINs keep their length and stay valid.
    pub pin_length: PinLength,
    /// Digits of the conference IDs made from now on.
    pub conference_id_length: ConferenceIdLength,
    /// How the dialogue with a caller goes.
    pub dialogue: DialogueSettings,
    /// The rules of its meetings, as long as organizer or meeting set nothing else.
    pub meeting: MeetingRules,
    /// Which letters are sent.
    pub mail: MailSettings,
    /// When an organizer's PIN is locked.
    pub lockout: LockoutSettings,
    /// When a calling number is kept out.
    pub caller_lockout: CallerLockoutSettings,
}

/// Which letters an organization sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MailSettings {
    /// Any at all.
    pub letters: Mail,
    /// To a user who has reset their own PIN. Teams sent it in 2018 and sends none today.
    pub on_self_reset: Mail,
}

/// Whether a kind of letter is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mail {
    /// It is.
    #[default]
    On,
    /// It is not: whoever makes a PIN hands it over.
    Off,
}
