//! What happened, for people and tests to read: one event a line, keys masked on arrival.

use serde::Serialize;

use crate::domain::{
    Command, ConferenceId, EndReason, HangupCause, Language, LegId, MeetingId, PhoneNumber,
    PromptId, Role, Uptime,
};
use crate::media::plane::Piece;

/// One thing that happened, to a leg or a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceEvent {
    /// When, to the microsecond: the time it was due, not the time a late driver came to it.
    pub at: Uptime,
    /// To which leg; `None` for what concerns a whole meeting or the exchange.
    pub leg: Option<LegId>,
    /// In which meeting, where there is one.
    pub meeting: Option<MeetingId>,
    /// What.
    pub happened: Happened,
}

/// What can happen, in the order of a call's life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Happened {
    /// A call is offered.
    Offered {
        /// Who calls; `None` when withheld.
        caller: Option<PhoneNumber>,
        /// The access number.
        called: PhoneNumber,
    },
    /// A signed-in app user comes.
    SignedIn,
    /// The call is answered.
    Answered,
    /// The caller has chosen a language.
    Language {
        /// Which.
        language: Language,
    },
    /// The dialogue goes over to another state.
    State {
        /// The state's name.
        state: &'static str,
    },
    /// A prompt begins: for the leg alone, or for all in the meeting.
    Prompt {
        /// Which.
        #[serde(serialize_with = "prompt_name")]
        prompt: PromptId,
    },
    /// A prompt is cut short.
    PromptCut {
        /// Which.
        #[serde(serialize_with = "prompt_name")]
        prompt: PromptId,
    },
    /// A name begins that a caller said.
    Name,
    /// It is cut short.
    NameCut,
    /// A caller has said a name.
    NameTaken {
        /// How long it is; 0 when nothing was said.
        ms: u64,
    },
    /// A key is pressed.
    Key {
        /// `*`, `#`, or `x` for any other.
        key: char,
    },
    /// A key had no meaning here, or too many were waiting.
    KeyIgnored,
    /// The entry was a meeting's conference ID.
    MeetingFound {
        /// Which.
        conference_id: ConferenceId,
    },
    /// The entry was no meeting's conference ID.
    NoSuchMeeting,
    /// The PIN was the organizer's.
    PinAccepted,
    /// The PIN was not.
    PinRefused,
    /// The store could not answer, or not in time.
    StoreUnavailable,
    /// The leg goes over to the exchange that owns its meeting.
    HandedOver,
    /// The leg comes from another exchange.
    TakenOver,
    /// The leg waits in the lobby.
    Lobby,
    /// Hold music begins for the leg.
    MusicOn,
    /// Hold music ends for the leg.
    MusicOff,
    /// The meeting starts, by this leg's doing.
    MeetingStarted {
        /// In which role.
        by: Role,
    },
    /// The leg is in the meeting.
    Admitted {
        /// In which role.
        role: Role,
    },
    /// The leg keyed a command, or gave it through the app.
    Command {
        /// Which.
        command: Command,
    },
    /// Somebody outside gave the meeting an order.
    Ordered {
        /// Which.
        order: &'static str,
    },
    /// What the leg may do in the meeting has changed.
    Presence {
        /// Whether it has muted itself.
        muted: bool,
        /// Whether the organizer has muted it.
        silenced: bool,
        /// Whether its hand is raised.
        hand_raised: bool,
    },
    /// Nobody else comes into the meeting.
    Locked,
    /// Others come in again.
    Unlocked,
    /// A tone begins: for all in the meeting, or for the leg alone.
    Tone {
        /// `entry`, `exit`, `admit` or `record`.
        tone: &'static str,
    },
    /// It is cut short.
    ToneCut {
        /// Which.
        tone: &'static str,
    },
    /// The recording of the meeting begins.
    RecordingOn,
    /// It ends.
    RecordingOff,
    /// What was to keep it could not.
    RecordingFailed,
    /// The meeting waits again for someone entitled.
    MeetingWaits,
    /// The meeting is over.
    MeetingEnded {
        /// Why.
        reason: EndReason,
    },
    /// The call is over.
    Left {
        /// Why.
        cause: HangupCause,
        /// The cause as ITU-T Q.850 has it.
        q850: u8,
    },
    /// The driver was so late that ticks were skipped.
    TicksSkipped {
        /// How many.
        ticks: u64,
    },
}

impl Happened {
    pub(super) fn begins(piece: Piece) -> Self {
        match piece {
            Piece::Prompt(spoken) => Self::Prompt { prompt: spoken.prompt },
            Piece::Tone(tone) => Self::Tone { tone: tone.name() },
            Piece::Name(_) => Self::Name,
        }
    }

    pub(super) fn is_cut(piece: Piece) -> Self {
        match piece {
            Piece::Prompt(spoken) => Self::PromptCut { prompt: spoken.prompt },
            Piece::Tone(tone) => Self::ToneCut { tone: tone.name() },
            Piece::Name(_) => Self::NameCut,
        }
    }
}

impl TraceEvent {
    /// The event as one line of JSON without the line's end; `name` gives what the leg is called in it.
    #[must_use]
    pub fn to_json(&self, name: impl Fn(LegId) -> String) -> String {
        let line = Line {
            t_ms: self.at.as_millis(),
            leg: self.leg.map(name),
            meeting: self.meeting.map(|meeting| meeting.to_string()),
            happened: &self.happened,
        };
        serde_json::to_string(&line).expect("a trace event has only string keys")
    }
}

#[derive(Serialize)]
struct Line<'a> {
    t_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    leg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meeting: Option<String>,
    #[serde(flatten)]
    happened: &'a Happened,
}

fn prompt_name<S: serde::Serializer>(prompt: &PromptId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(prompt.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line() {
        let event = TraceEvent {
            at: Uptime::from_micros(1_234_567),
            leg: Some(LegId::new(7)),
            meeting: Some(MeetingId::new(1)),
            happened: Happened::Prompt { prompt: PromptId::LobbyWaiting },
        };
        assert_eq!(
            event.to_json(|leg| leg.to_string()),
            r#"{"t_ms":1234,"leg":"leg-7","meeting":"meeting-1","event":"prompt","prompt":"lobby-waiting"}"#
        );
    }
}
