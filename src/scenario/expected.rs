//! What is to be so, as values: whether it is, a driver finds out.

use std::time::Duration;

use super::step::{SetPin, Who};
use crate::domain::pin::PinWeakness;
use crate::domain::{HangupCause, Language, PromptId, Role};

/// Something that is to be so, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// What.
    pub what: Expected,
    /// When.
    pub when: When,
}

/// When something is to be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Soon: in [`PATIENCE`](super::PATIENCE) at the latest.
    Soon,
    /// In that time at the latest.
    Within(Duration),
    /// Not earlier than that, and in a second after it at the latest.
    After(Duration),
    /// All that time from now on.
    For(Duration),
}

/// What is to be so.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// Each of these hears these, one after the other.
    Hears(Vec<Who>, Vec<Percept>, Option<Language>),
    /// None of these hears any of these.
    HearsNot(Vec<Who>, Vec<Percept>),
    /// None of these hears any of these before they hear those others.
    HearsNotUntil(Vec<Who>, Vec<Percept>, Vec<Percept>),
    /// Each of these has heard these since the beginning of the call, in this order, with others between.
    HasHeard(Vec<Who>, Vec<Percept>),
    /// Each of these is asked for something, or is not.
    Asked(Vec<Who>, Question, Is),
    /// Each of these is in a place, or is not.
    In(Vec<Who>, Place, Is),
    /// The call of each of these is over, for that reason if one is given.
    Disconnected(Vec<Who>, Option<HangupCause>),
    /// The calls of these go on.
    Connected(Vec<Who>),
    /// Each of these hears all the others.
    HearEachOther(Vec<Who>),
    /// None of these hears any of the others.
    HearNotEachOther(Vec<Who>),
    /// Who hears whom when each of these speaks.
    Matrix {
        /// Who speaks, one after the other.
        speakers: Vec<Who>,
        /// Who hears, and exactly whom of them.
        rows: Vec<(Who, Vec<Who>)>,
    },
    /// The meeting starts.
    Starts(Option<usize>),
    /// The meeting does not run and never has.
    NotStarted(Option<usize>),
    /// The meeting is over.
    Ends(Option<usize>),
    /// Somebody has this role in the meeting.
    Role(Vec<Who>, Role),
    /// Somebody's microphone is muted in the meeting, or is not.
    Muted(Vec<Who>, Is),
    /// Somebody's hand is raised, or is not.
    HandRaised(Vec<Who>, Is),
    /// A user gets a letter.
    Letter {
        /// Who.
        to: Who,
        /// To which address, if to another than their own.
        at: Option<String>,
        /// What its subject has in it.
        about: Option<String>,
        /// Whether the PIN is in it.
        pin: Option<Is>,
    },
    /// A user gets no letter.
    NoLetter(Who),
    /// A user's PIN is locked, or is not.
    PinLocked(Who, Is),
    /// What was said to whoever administered last has this in it, or this stands in the line of that user.
    AnswerSays(String, Option<Who>),
    /// What was said to whoever administered last has the PIN of a user in it, or has not.
    AnswerShowsPin(Who, Is),
    /// A user's PIN has so many digits.
    PinLength(Who, usize),
    /// The conference ID of a meeting has so many digits.
    IdLength(usize, usize),
    /// Of all PINs a user has had no two are the same.
    NoPinTwice(Who),
    /// Of all conference IDs there have been no two are the same.
    NoIdTwice,
    /// A drawn PIN would be thrown away for that, or would be kept.
    PinWeak(Who, SetPin, Option<PinWeakness>),
    /// So many alarms have been raised at wrong entries.
    Alarms(usize),
    /// What a call's record says.
    CallRecord(Who, Vec<(RecordField, String)>),
    /// What the record of a meeting's latest run says.
    MeetingRecord(Option<usize>, Vec<(RecordField, String)>),
    /// The meeting is being recorded, or is not.
    Recorded(Option<usize>, Is),
}

/// So, or not so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Is {
    /// It is.
    So,
    /// It is not.
    NotSo,
}

/// What a caller can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// A language.
    Language,
    /// A conference ID.
    ConferenceId,
    /// Whether they are the organizer.
    Organizer,
    /// The PIN.
    Pin,
    /// Their name.
    Name,
}

/// Where a caller can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Waiting.
    Lobby,
    /// In the meeting.
    Meeting,
}

/// Something that can be heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Percept {
    /// A prompt.
    Prompt(PromptId),
    /// Hold music.
    Music,
    /// Nothing at all, for half a second.
    Silence,
    /// A tone, by its name.
    Tone(&'static str),
    /// The voices of these, who speak for it.
    Voices(Vec<Who>),
    /// Nobody's voice, though all others speak for it.
    Nobody,
}

/// Something a record says: its name, as it is written in a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordField(pub String);
