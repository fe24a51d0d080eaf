//! How a question of the exchange is answered: by the store, the hasher, and no way round either.

use super::{Attempt, PinVerdict, Store, StoreError};
use crate::domain::call_source::CallSource;
use crate::domain::digit::Entry;
use crate::domain::id::{MeetingId, UserId};
use crate::domain::lockout::Gate;
use crate::domain::pin::{Pin, PinDigest, PinHasher};
use crate::domain::question::{Answer, Question};
use crate::domain::time::UtcTime;

/// At what PIN an attempt was made: for whoever counts, never for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// At one that is open, and stays so.
    Open,
    /// At one that was open and is locked now: it was the last of too many wrong ones.
    Locking,
    /// At one that was locked before, or at none.
    Locked,
}

/// An answer, and what else came of the question: nothing that whoever waits for the answer has to wait for.
#[derive(Debug, PartialEq)]
pub struct Answered {
    /// The answer.
    pub answer: Answer,
    /// Of a PIN check, at what PIN it was.
    pub tried: Option<Tried>,
    /// What is left to be done once the answer is given.
    pub renewal: Option<Renewal>,
}

impl From<Answer> for Answered {
    fn from(answer: Answer) -> Self {
        Self { answer, tried: None, renewal: None }
    }
}

/// The digest of a PIN that was keyed right is to be made anew, at what a digest costs today. Takes as long as a check.
#[derive(Debug, PartialEq)]
pub struct Renewal {
    user: UserId,
    old: PinDigest,
    pin: Pin,
}

/// Answers a question. Takes as long as a hash does if it is about a PIN: call it where one may wait.
///
/// The hash is computed whatever was keyed and whoever's PIN it should be, also when there is no such
/// meeting or the PIN is locked. Neither the answer nor its timing tells these cases apart.
pub fn answer(
    store: &dyn Store,
    hasher: &dyn PinHasher,
    question: &Question,
    now: UtcTime,
) -> Answer {
    let Answered { answer, tried: _, renewal } = answer_uncounted(store, hasher, question, now);
    if let Some(from) = wrong_entry(question, &answer) {
        count_wrong(store, from, now);
    }
    if let Some(renewal) = renewal {
        renewal.make(store, hasher, now);
    }
    answer
}

/// As [`answer`], without counting a wrong entry of its caller, and without making a digest anew: that is up to whoever asks, as
/// an answer need not wait for it. See [`wrong_entry`] and [`Renewal::make`].
pub fn answer_uncounted(
    store: &dyn Store,
    hasher: &dyn PinHasher,
    question: &Question,
    now: UtcTime,
) -> Answered {
    match question {
        Question::MayCall { from } => may_call(store, *from, now).into(),
        Question::FindMeeting { entry, from: _ } => find_meeting(store, entry, now).into(),
        Question::VerifyPin { meeting, entry, from: _ } => {
            verify_pin(store, hasher, *meeting, entry, now)
        }
    }
}

/// Whose entry was wrong, if one was.
#[must_use]
pub fn wrong_entry(question: &Question, answer: &Answer) -> Option<CallSource> {
    match (question, answer) {
        (
            Question::FindMeeting { from, .. } | Question::VerifyPin { from, .. },
            Answer::NoSuchMeeting | Answer::PinMismatch,
        ) => Some(*from),
        (
            Question::MayCall { .. } | Question::FindMeeting { .. } | Question::VerifyPin { .. },
            Answer::MayCall
            | Answer::KeptOut
            | Answer::Meeting(_)
            | Answer::NoSuchMeeting
            | Answer::Organizer
            | Answer::PinMismatch
            | Answer::Unavailable,
        ) => None,
    }
}

/// Counts a wrong entry. Its verdict stands also when the count fails: a caller is not to suffer from it.
pub fn count_wrong(store: &dyn Store, from: CallSource, now: UtcTime) {
    if let Err(error) = store.count_wrong_entry(from, now) {
        tracing::error!(%error, "a wrong entry could not be counted");
    }
}

fn may_call(store: &dyn Store, from: CallSource, now: UtcTime) -> Answer {
    match store.may_call(from, now) {
        Ok(true) => Answer::MayCall,
        Ok(false) => Answer::KeptOut,
        Err(error) => {
            tracing::error!(%error, "no caller could be looked up");
            Answer::Unavailable
        }
    }
}

fn find_meeting(store: &dyn Store, entry: &Entry, now: UtcTime) -> Answer {
    match store.find_meeting(entry, now) {
        Ok(Some(card)) => Answer::Meeting(Box::new(card)),
        Ok(None) => Answer::NoSuchMeeting,
        Err(error) => {
            tracing::error!(%error, "no meeting could be looked up");
            Answer::Unavailable
        }
    }
}

fn verify_pin(
    store: &dyn Store,
    hasher: &dyn PinHasher,
    meeting: MeetingId,
    entry: &Entry,
    now: UtcTime,
) -> Answered {
    match store.open_attempt(meeting, now) {
        Ok(attempt) => {
            let (gate, locks) = (attempt.gate(), attempt.locks());
            let (answer, renewal) = check_attempt(store, hasher, meeting, attempt, entry, now);
            let tried = match gate {
                Gate::Locked => Tried::Locked,
                Gate::Open if locks && answer != Answer::Organizer => Tried::Locking,
                Gate::Open => Tried::Open,
            };
            Answered { answer, tried: Some(tried), renewal }
        }
        Err(error) => {
            tracing::error!(%error, %meeting, "no PIN could be looked up");
            Answer::Unavailable.into()
        }
    }
}

fn check_attempt(
    store: &dyn Store,
    hasher: &dyn PinHasher,
    meeting: MeetingId,
    attempt: Attempt,
    entry: &Entry,
    now: UtcTime,
) -> (Answer, Option<Renewal>) {
    let against = attempt.digest().unwrap_or_else(|| hasher.decoy());
    let verdict = match hasher.verify(entry.reveal(), against) {
        Ok(true) => PinVerdict::Match,
        Ok(false) => PinVerdict::Mismatch,
        Err(error) => {
            tracing::error!(%error, %meeting, "no PIN could be checked");
            return (Answer::Unavailable, None);
        }
    };
    let checked = attempt.user().zip(attempt.digest().cloned());
    match store.close_attempt(attempt, verdict, now) {
        Ok(PinVerdict::Match) => {
            let outdated = checked.filter(|(_, old)| hasher.is_outdated(old));
            (Answer::Organizer, outdated.and_then(|(user, old)| Renewal::of(user, old, entry)))
        }
        Ok(PinVerdict::Mismatch) => (Answer::PinMismatch, None),
        Err(error) => {
            tracing::error!(%error, %meeting, "an attempt at a PIN could not be closed");
            (Answer::Unavailable, None)
        }
    }
}

impl Renewal {
    fn of(user: UserId, old: PinDigest, entry: &Entry) -> Option<Self> {
        let keyed = std::str::from_utf8(entry.reveal()).ok()?;
        Some(Self { user, old, pin: Pin::parse(keyed).ok()? })
    }

    /// Makes the digest anew. When that fails it is tried again the next time the PIN is keyed; one that is another by now stays.
    pub fn make(self, store: &dyn Store, hasher: &dyn PinHasher, now: UtcTime) {
        let Self { user, old, pin } = self;
        let digest = match hasher.digest(&pin, renewed_salt(user, &old)) {
            Ok(digest) => digest,
            Err(error) => {
                tracing::warn!(%error, %user, "a PIN digest could not be renewed");
                return;
            }
        };
        match store.renew_digest(user, (old, digest), now) {
            Ok(()) | Err(StoreError::Refused(_)) => {}
            Err(error @ (StoreError::Unavailable(_) | StoreError::LettersWaiting { .. })) => {
                tracing::warn!(%error, %user, "a PIN digest could not be renewed");
            }
        }
    }
}

/// The salt of a renewed digest, drawn from nothing but what is there. A salt need not be secret, but must be that of no
/// other digest (RFC 9106 §3.1): the old digest holds 16 random bytes of its own, so what is derived from it and the
/// user is as unique, and a digest renewed twice gets another each time.
fn renewed_salt(user: UserId, old: &PinDigest) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new_derive_key("holdline: salt of a renewed PIN digest");
    hasher.update(&user.number().to_le_bytes());
    hasher.update(old.reveal().as_bytes());
    let mut salt = [0; 16];
    hasher.finalize_xof().fill(&mut salt);
    salt
}
