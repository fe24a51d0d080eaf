//! What is kept of a call when it is over (the CDR), and the causes by which a call ends. What is kept of a meeting is
//! `meeting_record`.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::id::{LegId, MeetingId, UserId};
use super::keypad::Command;
use super::meeting::Role;
use super::meeting_record::MeetingRecord;
use super::number::PhoneNumber;
use super::time::UtcTime;

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HangupCause {
    /// The caller hung up.
    CallerHungUp,
    /// The trunk lost the call.
    TrunkFailed,
    /// Too many wrong entries have come from there: a busy.
    KeptOut,
    /// No meeting was found in the tries a caller has.
    NoConferenceId,
    /// No right PIN was keyed in the tries a caller has.
    WrongPin,
    /// The organizer did not come in the time a caller may wait.
    LobbyTimeLimit,
    /// The meeting is over.
    MeetingEnded,
    /// The organizer did not admit the caller.
    Refused,
    /// The organizer removed the caller from the meeting.
    Removed,
    /// The meeting was cancelled.
    MeetingCancelled,
    /// The organizer has locked the meeting.
    MeetingLocked,
    /// The meeting holds no more legs.
    MeetingFull,
    /// The store could not answer.
    StoreUnavailable,
    /// The bridge holds no more legs or meetings.
    BridgeFull,
    /// The bridge is being shut down.
    Stopping,
}

/// On whose side a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HangupClass {
    /// The caller's doing.
    Caller,
    /// The organizer's, or the meeting's rules.
    Organizer,
    /// The network's.
    Trunk,
    /// The store's.
    Store,
    /// Our own.
    Ours,
}

impl HangupClass {
    /// Its name, as it is written in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Organizer => "organizer",
            Self::Trunk => "trunk",
            Self::Store => "store",
            Self::Ours => "ours",
        }
    }
}

impl HangupCause {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::CallerHungUp,
        Self::TrunkFailed,
        Self::KeptOut,
        Self::NoConferenceId,
        Self::WrongPin,
        Self::LobbyTimeLimit,
        Self::MeetingEnded,
        Self::Refused,
        Self::Removed,
        Self::MeetingCancelled,
        Self::MeetingLocked,
        Self::MeetingFull,
        Self::StoreUnavailable,
        Self::BridgeFull,
        Self::Stopping,
    ];

    /// Its name, as it is written in records: `meeting-ended`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CallerHungUp => "caller-hung-up",
            Self::TrunkFailed => "trunk-failed",
            Self::KeptOut => "kept-out",
            Self::NoConferenceId => "no-conference-id",
            Self::WrongPin => "wrong-pin",
            Self::LobbyTimeLimit => "lobby-time-limit",
            Self::MeetingEnded => "meeting-ended",
            Self::Refused => "refused",
            Self::Removed => "removed",
            Self::MeetingCancelled => "meeting-cancelled",
            Self::MeetingLocked => "meeting-locked",
            Self::MeetingFull => "meeting-full",
            Self::StoreUnavailable => "store-unavailable",
            Self::BridgeFull => "bridge-full",
            Self::Stopping => "stopping",
        }
    }

    /// The cause of ITU-T Q.850 that goes out on the trunk.
    #[must_use]
    pub fn q850(self) -> u8 {
        match self {
            Self::CallerHungUp
            | Self::NoConferenceId
            | Self::WrongPin
            | Self::LobbyTimeLimit
            | Self::Removed
            | Self::MeetingCancelled
            | Self::MeetingEnded => 16,
            Self::Refused | Self::MeetingLocked => 21,
            Self::KeptOut | Self::MeetingFull => 17,
            Self::TrunkFailed => 38,
            Self::StoreUnavailable | Self::Stopping => 41,
            Self::BridgeFull => 42,
        }
    }

    /// On whose side the call ended.
    #[must_use]
    pub fn class(self) -> HangupClass {
        match self {
            Self::CallerHungUp | Self::KeptOut | Self::NoConferenceId | Self::WrongPin => {
                HangupClass::Caller
            }
            Self::LobbyTimeLimit
            | Self::MeetingEnded
            | Self::Refused
            | Self::Removed
            | Self::MeetingCancelled
            | Self::MeetingLocked
            | Self::MeetingFull => HangupClass::Organizer,
            Self::TrunkFailed => HangupClass::Trunk,
            Self::StoreUnavailable => HangupClass::Store,
            Self::BridgeFull | Self::Stopping => HangupClass::Ours,
        }
    }
}

/// By whose doing a leg came into its meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdmittedBy {
    /// By right of its own: the organizer, an app user, or whoever may start the meeting.
    Right,
    /// By the meeting's rules: because it started, or was running already.
    Rules,
    /// By an organizer's keys.
    Command,
    /// By an app user, or through the API.
    App,
}

/// One call, when it is over: exactly one for each leg that was ever offered. What follows from it stands beside it where it
/// is written: the time in the dialogue, the class and the Q.850 number of its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct CallRecord {
    /// The leg.
    pub leg: LegId,
    /// Who called; `None` when withheld.
    pub caller: Option<PhoneNumber>,
    /// The access number called; `None` for an app user.
    pub called: Option<PhoneNumber>,
    /// The meeting whose conference ID was keyed, if any was found.
    pub meeting: Option<MeetingId>,
    /// What the caller was in that meeting or its lobby; `None` if they came to neither.
    pub role: Option<Role>,
    /// Who it was, if that was proven: by the app's sign-in or the organizer's PIN.
    pub user: Option<UserId>,
    /// Whether the organizer's PIN was keyed and right.
    pub pin_used: bool,
    /// By whose doing the caller came into the meeting; `None` if they never were in it.
    pub admitted_by: Option<AdmittedBy>,
    /// The commands keyed in the meeting, in order.
    pub commands: Vec<Command>,
    /// When the call was answered.
    pub answered_at: UtcTime,
    /// From the answer to the end.
    pub duration: Duration,
    /// Time in the lobby.
    pub waited: Duration,
    /// Time in the meeting.
    pub in_meeting: Duration,
    /// How it ended.
    pub cause: HangupCause,
}

impl CallRecord {
    /// Time in the dialogue: what is left of the whole, the last words included.
    #[must_use]
    pub fn in_dialogue(&self) -> Duration {
        self.duration.saturating_sub(self.waited + self.in_meeting)
    }
}

impl Serialize for CallRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written<'a> {
            #[serde(flatten, with = "CallRecord")]
            record: &'a CallRecord,
            in_dialogue: Duration,
            class: HangupClass,
            q850: u8,
        }
        let (class, q850) = (self.cause.class(), self.cause.q850());
        let in_dialogue = self.in_dialogue();
        Written { record: self, in_dialogue, class, q850 }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for CallRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

/// A record to be put on file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "record")]
pub enum Record {
    /// Of a call.
    Call(CallRecord),
    /// Of a meeting.
    Meeting(MeetingRecord),
}

impl fmt::Display for Record {
    /// Of what it is the record.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(record) => record.leg.fmt(f),
            Self::Meeting(record) => record.meeting.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_ending_has_a_cause_and_a_side() {
        assert_eq!(HangupCause::CallerHungUp.q850(), 16);
        assert_eq!(HangupCause::StoreUnavailable.q850(), 41);
        assert_eq!(HangupCause::StoreUnavailable.class(), HangupClass::Store);
        assert_eq!(HangupCause::BridgeFull.q850(), 42);
    }

    #[test]
    fn a_record_is_written_with_the_time_in_each_state_and_how_it_ended() {
        let record = CallRecord {
            leg: LegId::new(7),
            caller: Some("+14255550123".parse().unwrap()),
            called: None,
            meeting: Some(MeetingId::new(1)),
            role: Some(Role::Attendee),
            user: None,
            pin_used: false,
            admitted_by: Some(AdmittedBy::Command),
            commands: vec![Command::Mute],
            answered_at: UtcTime::from_micros(1),
            duration: Duration::from_secs(60),
            waited: Duration::from_secs(30),
            in_meeting: Duration::from_secs(20),
            cause: HangupCause::StoreUnavailable,
        };
        let written = serde_json::to_value(Record::Call(record.clone())).unwrap();
        for (key, value) in [
            ("record", serde_json::json!("call")),
            ("caller", serde_json::json!("+14255550123")),
            ("role", serde_json::json!("attendee")),
            ("admitted_by", serde_json::json!("command")),
            ("commands", serde_json::json!(["mute"])),
            ("waited", serde_json::json!({"secs": 30, "nanos": 0})),
            ("in_meeting", serde_json::json!({"secs": 20, "nanos": 0})),
            ("in_dialogue", serde_json::json!({"secs": 10, "nanos": 0})),
            ("cause", serde_json::json!("store-unavailable")),
            ("class", serde_json::json!("store")),
            ("q850", serde_json::json!(41)),
        ] {
            assert_eq!(written[key], value, "{key}");
        }
        assert_eq!(serde_json::from_value::<Record>(written).unwrap(), Record::Call(record));
    }
}
