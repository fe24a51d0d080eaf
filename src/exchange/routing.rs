//! What a leg hears: one total function of where it is, where its meeting is, and whether something is being said
//! to it alone.

use crate::domain::MeetingPhase;
use crate::ivr::LegPhase;

/// What a leg hears, without saying which prompt or which bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hears {
    /// Nothing at all: there is no sound yet.
    Nothing,
    /// Silence.
    Silence,
    /// A prompt for it alone.
    Prompt,
    /// Hold music.
    Music,
    /// Its meeting, and is heard there.
    Bridge,
    /// Its meeting, without being heard there.
    BridgeOnly,
}

/// Whether a leg may be heard in its meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Voice {
    /// It may.
    Open,
    /// It is muted, by itself or by the organizer.
    Muted,
}

/// Whether something is being said to a leg alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Private {
    /// A prompt.
    Prompt,
    /// Nothing.
    Nothing,
}

/// What a leg hears. Asked after every step, and set nowhere else.
#[must_use]
pub fn hears(
    leg: LegPhase,
    meeting: Option<MeetingPhase>,
    private: Private,
    voice: Voice,
) -> Hears {
    use {LegPhase as L, MeetingPhase as M, Private as P, Voice as V};
    match (leg, meeting, private, voice) {
        (L::Ringing, _, _, _) => Hears::Nothing,
        (L::Dialogue | L::InLobby | L::InMeeting | L::Leaving, _, P::Prompt, _) => Hears::Prompt,
        (L::InLobby, Some(M::Waiting | M::Live), P::Nothing, _) => Hears::Music,
        (L::InMeeting, Some(M::Live), P::Nothing, V::Open) => Hears::Bridge,
        (L::InMeeting, Some(M::Live), P::Nothing, V::Muted) => Hears::BridgeOnly,
        (L::Dialogue | L::Leaving, _, P::Nothing, _)
        | (L::InLobby, Some(M::Ended) | None, P::Nothing, _)
        | (L::InMeeting, Some(M::Waiting | M::Ended) | None, P::Nothing, _) => Hears::Silence,
    }
}
