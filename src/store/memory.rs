//! The store that forgets everything when the process ends: for tests, simulations, demonstrations.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::rules::{
    AUDIT_MAX, CALLERS_MAX, LETTERS_WAITING_MAX, RECORDS_MAX, put_off_expiry, standing_verdict,
    unlocks,
};
use super::{Attempt, PinVerdict, Store, StoreError};
use crate::domain::audit::{AuditEntry, Signed};
use crate::domain::call_record::{CallRecord, Record};
use crate::domain::call_source::CallSource;
use crate::domain::conference_id::ConferenceId;
use crate::domain::digit::Entry;
use crate::domain::directory::{Change, Directory};
use crate::domain::id::{MeetingId, UserId};
use crate::domain::letter::Letter;
use crate::domain::lockout::{CallerCounters, Gate, LockoutCounters};
use crate::domain::meeting_record::MeetingRecord;
use crate::domain::question::MeetingCard;
use crate::domain::time::UtcTime;

/// A store in memory. Every call holds one lock, and none of them for long.
#[derive(Debug, Default)]
pub struct MemoryStore {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    directory: Arc<Directory>,
    counters: BTreeMap<UserId, LockoutCounters>,
    callers: BTreeMap<CallSource, CallerCounters>,
    records: VecDeque<CallRecord>,
    meeting_records: VecDeque<MeetingRecord>,
    records_dropped: u64,
    letters: Vec<Letter>,
    audit: VecDeque<AuditEntry>,
}

impl MemoryStore {
    /// A store that holds this directory, and has seen no wrong PIN yet.
    #[must_use]
    pub fn from_directory(directory: Directory) -> Self {
        let kept = Kept { directory: Arc::new(directory), ..Kept::default() };
        Self { kept: Mutex::new(kept) }
    }

    /// Takes the letters that wait to be sent, the oldest first.
    #[must_use]
    pub fn take_letters(&self) -> Vec<Letter> {
        std::mem::take(&mut self.lock().letters)
    }

    /// The records of the latest calls, the oldest first.
    #[must_use]
    pub fn records(&self) -> Vec<CallRecord> {
        self.lock().records.iter().cloned().collect()
    }

    /// The records of the latest meetings, the oldest first.
    #[must_use]
    pub fn meeting_records(&self) -> Vec<MeetingRecord> {
        self.lock().meeting_records.iter().cloned().collect()
    }

    /// How many records were dropped because there were too many.
    #[must_use]
    pub fn records_dropped(&self) -> u64 {
        self.lock().records_dropped
    }

    /// The wrong PINs counted at a user's.
    #[must_use]
    pub fn counters(&self, user: UserId) -> LockoutCounters {
        self.lock().counters.get(&user).copied().unwrap_or_default()
    }

    /// What is kept is altered whole or not at all, so it is sound even if a thread died with the lock.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn find_meeting(&self, entry: &Entry, now: UtcTime) -> Result<Option<MeetingCard>, StoreError> {
        let keyed = std::str::from_utf8(entry.reveal()).ok();
        let conference_id = keyed.and_then(|keyed| keyed.parse::<ConferenceId>().ok());
        let directory = self.directory()?;
        Ok(conference_id.and_then(|conference_id| directory.card(conference_id, now)))
    }

    fn may_call(&self, from: CallSource, now: UtcTime) -> Result<bool, StoreError> {
        let kept = self.lock();
        let settings = &kept.directory.organization().settings.caller_lockout;
        Ok(!kept.callers.get(&from).is_some_and(|counters| counters.is_busy(now, settings)))
    }

    fn count_wrong_entries(&self, entries: &[(CallSource, UtcTime)]) -> Result<(), StoreError> {
        let mut kept = self.lock();
        let settings = kept.directory.organization().settings.caller_lockout;
        for &(from, now) in entries.iter().filter(|(from, _)| !from.is_unknown()) {
            if kept.callers.len() >= CALLERS_MAX && !kept.callers.contains_key(&from) {
                kept.callers.retain(|_, counters| !counters.is_idle(now, &settings));
                if kept.callers.len() >= CALLERS_MAX {
                    kept.callers.pop_first();
                }
            }
            kept.callers.entry(from).or_default().count_wrong(now, &settings);
        }
        Ok(())
    }

    fn open_attempt(&self, meeting: MeetingId, now: UtcTime) -> Result<Attempt, StoreError> {
        let mut kept = self.lock();
        let directory = Arc::clone(&kept.directory);
        let Some((user, conferencing)) = directory.organizer_of(meeting) else {
            return Ok(Attempt::at_nothing());
        };
        let limits = directory.organization().settings.lockout.limits(conferencing.pin.length);
        let counters = kept.counters.entry(user.id).or_default();
        let gate = counters.count_before_check(now, &limits);
        let locks = gate == Gate::Open && counters.is_locked(now, &limits);
        Ok(Attempt::new(user.id, conferencing.pin.digest.clone(), gate).that_locks(locks))
    }

    fn close_attempt(
        &self,
        attempt: Attempt,
        verdict: PinVerdict,
        _now: UtcTime,
    ) -> Result<PinVerdict, StoreError> {
        let mut kept = self.lock();
        let directory = Arc::clone(&kept.directory);
        let user = attempt.user().and_then(|user| directory.user(user));
        let Some((user, conferencing)) =
            user.and_then(|user| Some((user.id, user.audio_conferencing.as_ref()?)))
        else {
            return Ok(PinVerdict::Mismatch);
        };
        let verdict = standing_verdict(&attempt, verdict, &conferencing.pin.digest);
        if verdict == PinVerdict::Match {
            let limits = directory.organization().settings.lockout.limits(conferencing.pin.length);
            kept.counters.entry(user).or_default().succeeded(&limits);
        }
        Ok(verdict)
    }

    fn commit(
        &self,
        signed: Signed,
        changes: Vec<Change>,
        letters: Vec<Letter>,
    ) -> Result<(), StoreError> {
        let mut kept = self.lock();
        let waiting = kept.letters.len();
        if !letters.is_empty() && waiting + letters.len() > LETTERS_WAITING_MAX {
            return Err(StoreError::LettersWaiting { waiting });
        }
        let unlocked: Vec<UserId> = changes.iter().filter_map(unlocks).collect();
        let altered: Vec<_> = changes.iter().map(|change| AuditEntry::of(change, signed)).collect();
        apply(&mut kept.directory, changes)?;
        for entry in altered {
            keep(&mut kept.audit, entry, AUDIT_MAX);
        }
        for user in unlocked {
            kept.counters.remove(&user);
        }
        kept.letters.extend(letters);
        Ok(())
    }

    fn file_records(&self, records: &[Record]) -> Result<(), StoreError> {
        let mut kept = self.lock();
        // What a meeting's record alters is of a meeting that is there, so all of them fit: none is kept without the others.
        for record in records {
            let dropped = match record {
                Record::Call(record) => keep(&mut kept.records, record.clone(), RECORDS_MAX),
                Record::Meeting(record) => {
                    let change = put_off_expiry(kept.directory.meeting(record.meeting), record);
                    apply(&mut kept.directory, change.into_iter().collect())?;
                    keep(&mut kept.meeting_records, record.clone(), RECORDS_MAX)
                }
            };
            kept.records_dropped += dropped;
        }
        Ok(())
    }

    fn latest_calls(&self, limit: usize) -> Result<Vec<CallRecord>, StoreError> {
        Ok(self.lock().records.iter().rev().take(limit).cloned().collect())
    }

    fn audit(&self, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        Ok(self.lock().audit.iter().rev().take(limit).cloned().collect())
    }

    fn directory(&self) -> Result<Arc<Directory>, StoreError> {
        Ok(Arc::clone(&self.lock().directory))
    }
}

/// Keeps one more, and says how many had to go for it.
fn keep<T>(kept: &mut VecDeque<T>, one: T, most: usize) -> u64 {
    let dropped = kept.len() >= most;
    if dropped {
        kept.pop_front();
    }
    kept.push_back(one);
    u64::from(dropped)
}

/// Applies all changes or none. A single one is checked before it alters anything, and needs no copy.
fn apply(directory: &mut Arc<Directory>, changes: Vec<Change>) -> Result<(), StoreError> {
    if changes.len() > 1 {
        let mut copy = Directory::clone(directory);
        changes.into_iter().try_for_each(|change| copy.apply(change))?;
        *directory = Arc::new(copy);
        return Ok(());
    }
    changes.into_iter().try_for_each(|change| {
        directory.check(&change)?;
        Arc::make_mut(directory).apply(change)?;
        Ok(())
    })
}
