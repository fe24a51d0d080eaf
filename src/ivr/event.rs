//! What happens to a dialogue, and what it wants done.

use std::time::Duration;

use super::phrase::Phrase;
use crate::domain::{EndReason, Entry, HangupCause, Key, Role};

/// Something that happened to the leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The call is answered: sound can flow.
    Answered,
    /// The caller pressed a key.
    Key(Key),
    /// All that was to be said has been said.
    PhraseEnded,
    /// A wait that [`Deed::Await`] asked for is over.
    WaitOver(Wait),
    /// What came of a question to the store.
    Store(Reply),
    /// Where the exchange put the leg.
    Put(Place),
    /// The meeting is over.
    MeetingEnded(EndReason),
    /// The bridge is being shut down.
    Stop,
    /// The caller hung up, or the trunk lost the call.
    HungUp,
}

/// What came of a question to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The store knows the meeting.
    MeetingFound(Lead),
    /// The store knows no such meeting.
    NoSuchMeeting,
    /// The PIN is the organizer's.
    PinRight,
    /// The PIN is wrong or locked.
    PinMismatch,
    /// The store cannot answer, or did not in time.
    Unavailable,
}

/// Where the exchange put the leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Into the lobby.
    Lobby,
    /// Into the meeting in this role, to find this company there.
    Meeting(Role, Company),
    /// Nowhere: it cannot be let in.
    Nowhere(Refusal),
}

/// Where a found meeting leads a caller first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lead {
    /// Ask whether they are the organizer.
    OrganizerQuestion,
    /// Put them where they belong, without a question.
    Straight,
}

/// Whom a caller finds in the meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Company {
    /// Nobody yet.
    Alone,
    /// Somebody.
    Others,
}

/// Why a caller cannot be let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The meeting holds no more legs.
    MeetingFull,
    /// The bridge holds no more meetings.
    BridgeFull,
}

/// What a dialogue waits for, each with a deadline of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// For the next key.
    Keys,
    /// For the next word in the lobby: the music has played long enough.
    LobbyWord,
    /// For the end of all patience in the lobby.
    LobbyEnd,
}

/// Something the dialogue wants done. The exchange does them in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Say this to the leg alone, in place of whatever is being said; then bring [`Event::PhraseEnded`].
    Say(Phrase),
    /// Stop saying anything, without [`Event::PhraseEnded`].
    Hush,
    /// Bring [`Event::WaitOver`] after this time, in place of the last wait of its kind.
    Await(Wait, Duration),
    /// Forget all waits, also for the store: what it still says is late.
    AwaitNothing,
    /// Ask the store for the meeting, and bring its answer.
    AskMeeting(Entry),
    /// Ask the store whether this is the organizer's PIN, and bring its answer.
    AskPin(Entry),
    /// Put the caller where someone in this role belongs, and bring [`Event::Put`].
    Place(Role),
    /// A key was left out: it had no meaning here, or too many were waiting.
    KeyIgnored,
    /// End the call.
    HangUp(HangupCause),
}
