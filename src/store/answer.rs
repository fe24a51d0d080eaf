//! How a question of the exchange is answered: by the store, the hasher, and no way round either.

use super::{Attempt, PinVerdict, Store};
use crate::domain::audit::{Actor, Signed};
use crate::domain::call_source::CallSource;
use crate::domain::digit::Entry;
use crate::domain::directory::Change;
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
    let (answer, _tried) = answer_uncounted(store, hasher, question, now);
    if let Some(from) = wrong_entry(question, &answer) {
        count_wrong(store, from, now);
    }
    answer
}

/// As [`answer`], without counting a wrong entry of its caller: that is up to whoever asks, as it is a write to the disk for
/// which an answer need not wait. See [`wrong_entry`]. And of a PIN check at what PIN it was.
pub fn answer_uncounted(
    store: &dyn Store,
    hasher: &dyn PinHasher,
    question: &Question,
    now: UtcTime,
) -> (Answer, Option<Tried>) {
    match question {
        Question::MayCall { from } => (may_call(store, *from, now), None),
        Question::FindMeeting { entry, from: _ } => (find_meeting(store, entry, now), None),
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
) -> (Answer, Option<Tried>) {
    match store.open_attempt(meeting, now) {
        Ok(attempt) => {
            let (gate, locks) = (attempt.gate(), attempt.locks());
            let answer = check_attempt(store, hasher, meeting, attempt, entry, now);
            let tried = match gate {
                Gate::Locked => Tried::Locked,
                Gate::Open if locks && answer != Answer::Organizer => Tried::Locking,
                Gate::Open => Tried::Open,
            };
            (answer, Some(tried))
        }
        Err(error) => {
            tracing::error!(%error, %meeting, "no PIN could be looked up");
            (Answer::Unavailable, None)
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
) -> Answer {
    let against = attempt.digest().unwrap_or_else(|| hasher.decoy());
    let verdict = match hasher.verify(entry.reveal(), against) {
        Ok(true) => PinVerdict::Match,
        Ok(false) => PinVerdict::Mismatch,
        Err(error) => {
            tracing::error!(%error, %meeting, "no PIN could be checked");
            return Answer::Unavailable;
        }
    };
    let checked = attempt.user().zip(attempt.digest().cloned());
    match store.close_attempt(attempt, verdict, now) {
        Ok(PinVerdict::Match) => {
            if let Some((user, old)) = checked.filter(|(_, old)| hasher.is_outdated(old)) {
                renew_digest(store, hasher, (user, old), entry, now);
            }
            Answer::Organizer
        }
        Ok(PinVerdict::Mismatch) => Answer::PinMismatch,
        Err(error) => {
            tracing::error!(%error, %meeting, "an attempt at a PIN could not be closed");
            Answer::Unavailable
        }
    }
}

/// Makes the digest of a PIN that was keyed right anew, at what a digest costs today. The verdict stands also when that
/// fails: it is tried again the next time.
fn renew_digest(
    store: &dyn Store,
    hasher: &dyn PinHasher,
    (user, old): (UserId, PinDigest),
    entry: &Entry,
    now: UtcTime,
) {
    let keyed = std::str::from_utf8(entry.reveal()).ok();
    let Some(pin) = keyed.and_then(|keyed| Pin::parse(keyed).ok()) else { return };
    match hasher.digest(&pin, renewed_salt(user, &old)) {
        Ok(digest) => {
            let change = Change::PinRehashed { user, old, digest };
            let signed = Signed { by: Actor::Bridge, at: now };
            if let Err(error) = store.commit(signed, vec![change], Vec::new()) {
                tracing::warn!(%error, %user, "a PIN digest could not be renewed");
            }
        }
        Err(error) => tracing::warn!(%error, %user, "a PIN digest could not be renewed"),
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
