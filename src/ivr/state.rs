//! Where a dialogue is, and what that means for what the leg hears.

use crate::domain::{HangupCause, Languages};

/// Where a dialogue is, in the order of a call's life. `tried` counts the entries that came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The call is offered and not yet answered.
    Ringing,
    /// The caller is asked for a language.
    ChoosingLanguage(Languages),
    /// The caller is asked for a conference ID.
    EnteringConferenceId {
        /// Conference IDs tried so far.
        tried: u8,
    },
    /// The store is asked for the meeting.
    FindingMeeting {
        /// Conference IDs tried before this one.
        tried: u8,
    },
    /// The caller is asked whether they are the organizer.
    OrganizerQuestion,
    /// The caller is asked for the PIN.
    EnteringPin {
        /// PINs tried so far.
        tried: u8,
    },
    /// The store is asked about the PIN.
    CheckingPin {
        /// PINs tried before this one.
        tried: u8,
    },
    /// The caller is asked to say their name.
    AskingName(Naming),
    /// The caller says it.
    RecordingName(Naming),
    /// The caller has heard it and is asked whether it is to stay.
    ReviewingName(Naming),
    /// The exchange is putting the caller where they belong; lasts no time.
    Placing(Manner),
    /// Waiting, with hold music.
    InLobby(Awaiting),
    /// In the meeting.
    InMeeting,
    /// The last words are being said.
    Goodbye(HangupCause),
    /// The call is over.
    Gone,
}

/// For what a leg waits in the lobby: what is said to it every minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaiting {
    /// For someone entitled to start the meeting.
    Start,
    /// For the organizer to admit it into a meeting that runs.
    Admission,
}

/// A name being said: how the caller goes on afterwards, and whether it can be said again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Naming {
    /// In which manner the caller is then put into lobby or meeting.
    pub manner: Manner,
    /// Which time it is.
    pub take: Take,
}

/// Which time a name is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// It can be said again.
    First,
    /// It stays.
    Last,
}

/// In which manner a leg is put into lobby or meeting: what is said about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// A caller who came the usual way.
    Caller,
    /// A caller who has used up their PINs and waits like everyone else.
    AfterWrongPins,
    /// An app user: nothing is said on joining.
    App,
}

/// A dialogue's state as far as it matters for what the leg hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LegPhase {
    /// Not answered: there is no sound yet.
    Ringing,
    /// Prompts and silence.
    Dialogue,
    /// Hold music, and a word now and then.
    InLobby,
    /// The meeting, and a private word now and then.
    InMeeting,
    /// The last words, then silence.
    Leaving,
}

impl State {
    /// The state as far as it matters for what the leg hears.
    #[must_use]
    pub fn phase(self) -> LegPhase {
        match self {
            Self::Ringing => LegPhase::Ringing,
            Self::ChoosingLanguage(_)
            | Self::EnteringConferenceId { .. }
            | Self::FindingMeeting { .. }
            | Self::OrganizerQuestion
            | Self::EnteringPin { .. }
            | Self::CheckingPin { .. }
            | Self::AskingName(_)
            | Self::RecordingName(_)
            | Self::ReviewingName(_)
            | Self::Placing(_) => LegPhase::Dialogue,
            Self::InLobby(_) => LegPhase::InLobby,
            Self::InMeeting => LegPhase::InMeeting,
            Self::Goodbye(_) | Self::Gone => LegPhase::Leaving,
        }
    }

    /// Its name in a trace.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ringing => "ringing",
            Self::ChoosingLanguage(_) => "choosing-language",
            Self::EnteringConferenceId { .. } => "entering-conference-id",
            Self::FindingMeeting { .. } => "finding-meeting",
            Self::OrganizerQuestion => "organizer-question",
            Self::EnteringPin { .. } => "entering-pin",
            Self::CheckingPin { .. } => "checking-pin",
            Self::AskingName(_) => "asking-name",
            Self::RecordingName(_) => "recording-name",
            Self::ReviewingName(_) => "reviewing-name",
            Self::Placing(_) => "placing",
            Self::InLobby(_) => "in-lobby",
            Self::InMeeting => "in-meeting",
            Self::Goodbye(_) => "goodbye",
            Self::Gone => "gone",
        }
    }
}
