//! What an organization sets: how the dialogue goes, and by which rules its meetings run.
//!
//! The defaults are the behaviour of Teams Audio Conferencing in 2018: everybody waiting joins by themselves
//! when the organizer starts the meeting.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::keypad::KeyMap;
use super::prompt::PromptId;

/// How the dialogue with a caller goes, for every call of the organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DialogueSettings {
    /// Conference IDs a caller may try before the goodbye, 1 to 10.
    pub conference_id_tries: u8,
    /// PINs a caller may try in one call, 1 to 10.
    pub pin_tries: u8,
    /// What follows the last wrong PIN.
    pub after_wrong_pins: AfterWrongPins,
    /// Silence after a prompt until the entry counts as empty.
    pub first_digit_after: Duration,
    /// Silence after a key until the entry counts as broken off.
    pub between_digits_after: Duration,
    /// Time one entry may take from its first key.
    pub whole_entry_after: Duration,
    /// Whether a key cuts a prompt short.
    pub barge_in: BargeIn,
    /// Prompts that no key cuts short, also where others are.
    pub heard_to_the_end: BTreeSet<PromptId>,
    /// Hold music between two words in the lobby; zero for no words.
    pub lobby_word_every: Duration,
    /// Time in the lobby until the goodbye; zero to wait for ever.
    pub lobby_ends_after: Duration,
    /// How long before that goodbye a warning comes; zero for none.
    pub lobby_warning_before: Duration,
    /// What the keys do in a meeting.
    pub keys: KeyMap,
    /// Silence after a key of a command until it counts as unknown.
    pub command_ends_after: Duration,
}

impl Default for DialogueSettings {
    fn default() -> Self {
        Self {
            conference_id_tries: 3,
            pin_tries: 3,
            after_wrong_pins: AfterWrongPins::Goodbye,
            first_digit_after: Duration::from_secs(7),
            between_digits_after: Duration::from_secs(4),
            whole_entry_after: Duration::from_secs(30),
            barge_in: BargeIn::On,
            heard_to_the_end: BTreeSet::new(),
            lobby_word_every: Duration::from_secs(60),
            lobby_ends_after: Duration::from_secs(30 * 60),
            lobby_warning_before: Duration::from_secs(60),
            keys: KeyMap::default(),
            command_ends_after: Duration::from_secs(2),
        }
    }
}

/// What follows the last wrong PIN of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AfterWrongPins {
    /// A polite goodbye.
    Goodbye,
    /// The caller waits like everyone else.
    Lobby,
}

/// Whether a key cuts a prompt short. One that does not is kept until the prompt is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BargeIn {
    /// It does.
    On,
    /// What is being said is heard to its end.
    Off,
}

/// By which rules one meeting runs. The organization's defaults, the organizer's and the meeting's own are
/// merged by the store before the exchange sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MeetingRules {
    /// Who may start it.
    pub start_requires: StartRequires,
    /// Which app users may start it.
    pub app_start: AppStart,
    /// How those who wait get in.
    pub admission: Admission,
    /// When a caller is asked whether they are the organizer.
    pub organizer_question: OrganizerQuestion,
    /// What follows when the last person who could have started it leaves.
    pub when_authenticated_left: WhenAuthenticatedLeft,
    /// Time the meeting goes on after the last authenticated member left.
    pub ends_after_authenticated_left: Duration,
    /// Time a meeting of callers alone, which nobody authenticated ever joined, may last.
    pub ends_after_callers_alone: Duration,
    /// Time any meeting may last.
    pub ends_after_at_most: Duration,
    /// Legs it may hold, lobby included.
    pub legs_max: u32,
    /// What is heard when someone on the phone comes or goes.
    pub announce: Announce,
    /// Whether callers are asked to say their name, where names are announced.
    pub name_recording: NameRecording,
    /// Whether those whom the organizer mutes may unmute themselves.
    pub mute_all: MuteAll,
    /// Whether it is recorded.
    pub recording: Recording,
    /// Whether callers are told that it is.
    pub recording_notice: RecordingNotice,
}

impl Default for MeetingRules {
    fn default() -> Self {
        Self {
            start_requires: StartRequires::OrganizerPinOrApp,
            app_start: AppStart::AnyUser,
            admission: Admission::OnStart,
            organizer_question: OrganizerQuestion::BeforeStart,
            when_authenticated_left: WhenAuthenticatedLeft::GoesOn,
            ends_after_authenticated_left: Duration::from_secs(90 * 60),
            ends_after_callers_alone: Duration::from_secs(4 * 60 * 60),
            ends_after_at_most: Duration::from_secs(24 * 60 * 60),
            legs_max: 1_000,
            announce: Announce::Tones,
            name_recording: NameRecording::On,
            mute_all: MuteAll::Soft,
            recording: Recording::Off,
            recording_notice: RecordingNotice::Off,
        }
    }
}

/// Who may start a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StartRequires {
    /// The organizer with the PIN, or an authenticated app user.
    OrganizerPinOrApp,
    /// Any caller, who is then never asked for a PIN.
    Anyone,
}

/// Which app users may start a meeting by joining.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AppStart {
    /// Any signed-in user of the organization.
    AnyUser,
    /// Only its organizer; the others wait in the lobby.
    OrganizerOnly,
}

/// How those who wait in the lobby get into the meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Admission {
    /// All of them, by themselves, in the step in which it starts; who comes later joins directly.
    OnStart,
    /// When the organizer admits them.
    OnCommand,
}

/// When a caller is asked whether they are the organizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrganizerQuestion {
    /// Only while the meeting has not started.
    BeforeStart,
    /// Also later, so that a late organizer can claim the role.
    AlsoAfterStart,
}

/// What follows when the last person who could have started the meeting leaves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhenAuthenticatedLeft {
    /// The others go on, for as long as the rules give them.
    GoesOn,
    /// It ends for all.
    Ends,
    /// The others wait in the lobby again.
    BackToLobby,
}

/// What is heard in the meeting when a phone caller comes or goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Announce {
    /// Nothing.
    Off,
    /// A short tone.
    Tones,
    /// Who it is: by the name the caller said, else by the number. A number is said to all alike; where it is not to be
    /// known, choose tones.
    Names,
}

/// Whether callers are asked to say their name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameRecording {
    /// They are not: numbers are announced.
    Off,
    /// All are but the organizer, who has a PIN to key, before they come to lobby or meeting.
    On,
}

/// Whether those whom the organizer mutes may unmute themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MuteAll {
    /// They may.
    Soft,
    /// They may not: only the organizer lets them speak again.
    Hard,
}

/// Whether callers are told that the meeting is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordingNotice {
    /// They are not.
    Off,
    /// Each who is on the phone hears it on coming in.
    PhoneCallers,
}

/// Whether a meeting is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recording {
    /// It is not.
    Off,
    /// From its start to its end. What waits in the lobby is never in it.
    FromStart,
}
