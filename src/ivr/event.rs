//! What happens to a dialogue, and what it wants done.

use std::time::Duration;

use super::phrase::Phrase;
use super::state::Awaiting;
use super::words::Unmuting;
use crate::domain::{
    Command, Digit, EndReason, Entry, HangupCause, Key, Language, Languages, Role,
};

/// Something that happened to the leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The call is answered: sound can flow. The number that was called has these languages.
    Answered(Languages),
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
    /// What came of [`Deed::EndName`].
    NameTaken(NameTaken),
    /// Something the caller is to be told in the meeting.
    Notice(Notice),
    /// The caller alone is sent away.
    Dismissed(Dismissal),
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
    /// The caller may call.
    MayCall,
    /// Too many wrong entries have come from there.
    KeptOut,
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
    /// Into the lobby, to wait for this.
    Lobby(Awaiting),
    /// Into the meeting.
    Meeting(Entrance),
    /// Nowhere yet: the caller is to say their name first.
    NameFirst,
    /// Nowhere: it cannot be let in.
    Nowhere(Refusal),
}

/// What came of asking for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameTaken {
    /// A name.
    Said,
    /// Nothing was said.
    Silent,
}

/// Whether a caller may be asked for a name before being put anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameStep {
    /// Where the rules have it so.
    Open,
    /// No more: it has been asked for.
    Done,
}

/// How a caller comes into a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entrance {
    /// In which role.
    pub role: Role,
    /// To find whom there.
    pub company: Company,
    /// Whether the caller is to be told that the meeting is recorded.
    pub recorded: Recorded,
    /// Whether the organizer has muted everyone, and whether one may unmute oneself.
    pub silenced: Option<Unmuting>,
    /// How many wait for someone in this role to admit them.
    pub waiting: u32,
}

/// Whether a caller is to be told that the meeting is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is, and the caller is to be told.
    Told,
    /// Nothing is to be told.
    Untold,
}

/// What a command, or somebody else's order, came to for a caller in the meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The commands there are for someone in this role.
    Help(Role),
    /// So many are in the meeting.
    People(u32),
    /// So many are in the meeting, and these are they.
    RollCall(u32),
    /// The caller has muted themself.
    Muted,
    /// The caller has unmuted themself.
    Unmuted,
    /// The organizer has muted the caller.
    Silenced(Unmuting),
    /// The organizer lets the caller speak again.
    LetSpeak,
    /// The organizer does not allow unmuting.
    CannotUnmute,
    /// The caller's hand is raised.
    HandRaised,
    /// It is lowered.
    HandLowered,
    /// Everyone else is muted.
    EveryoneMuted,
    /// Everyone may speak again.
    EveryoneUnmuted,
    /// It is heard when someone comes or goes.
    AnnouncementsOn,
    /// It is not.
    AnnouncementsOff,
    /// Nobody else comes in.
    Locked,
    /// Others come in again.
    Unlocked,
    /// All who waited are in.
    AdmittedAll,
    /// So many wait.
    Waiting(u32),
    /// Somebody has begun to wait.
    SomeoneWaiting,
    /// The meeting is not recorded any longer.
    RecordingOff,
    /// The keys are no command.
    UnknownCommand,
    /// Only the organizer can do that.
    NotAllowed,
}

/// Why a caller alone is sent away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dismissal {
    /// The organizer does not admit the caller.
    Refused,
    /// The organizer has removed the caller.
    Removed,
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
    /// The organizer has locked the meeting.
    MeetingLocked,
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
    /// For the warning that comes before that end, in place of it.
    LobbyWarning,
    /// For the end of all patience in the lobby.
    LobbyEnd,
}

/// Something the dialogue wants done. The exchange does them in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Answer the call.
    Answer,
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
    /// Take the caller's voice for their name from now on.
    RecordName,
    /// End that, and bring [`Event::NameTaken`].
    EndName,
    /// Put the caller where someone in this role belongs, and bring [`Event::Put`].
    Place(Role, NameStep),
    /// The caller has chosen this language by the latest key.
    Chosen(Language, Digit),
    /// Carry out this command, which the latest keys came to, and bring [`Event::Notice`].
    Command(Command, Entry),
    /// A key was left out: it had no meaning here, or too many were waiting.
    KeyIgnored,
    /// End the call.
    HangUp(HangupCause),
}
