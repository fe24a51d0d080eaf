//! Tests of the desk: what happens when somebody else is faster.

use std::sync::{Arc, Mutex};

use rand::SeedableRng as _;

use super::*;
use crate::admin::demonstration;
use crate::domain::call_record::Record;
use crate::domain::letter::Letter;
use crate::domain::pin::Pin;
use crate::domain::{Answer, CallSource, Entry, MeetingCard, Question};
use crate::store::{Argon2Hasher, Attempt, MemoryStore, PinVerdict, answer};

/// A store that shows a directory of a moment ago, a number of times.
struct Behind {
    store: MemoryStore,
    shown: Mutex<Vec<Arc<Directory>>>,
}

impl Store for Behind {
    fn find_meeting(&self, entry: &Entry, now: UtcTime) -> Result<Option<MeetingCard>, StoreError> {
        self.store.find_meeting(entry, now)
    }

    fn may_call(&self, from: CallSource, now: UtcTime) -> Result<bool, StoreError> {
        self.store.may_call(from, now)
    }

    fn count_wrong_entry(&self, from: CallSource, now: UtcTime) -> Result<(), StoreError> {
        self.store.count_wrong_entry(from, now)
    }

    fn open_attempt(&self, meeting: MeetingId, now: UtcTime) -> Result<Attempt, StoreError> {
        self.store.open_attempt(meeting, now)
    }

    fn close_attempt(
        &self,
        attempt: Attempt,
        verdict: PinVerdict,
        now: UtcTime,
    ) -> Result<PinVerdict, StoreError> {
        self.store.close_attempt(attempt, verdict, now)
    }

    fn commit(&self, changes: Vec<Change>, letters: Vec<Letter>) -> Result<(), StoreError> {
        self.store.commit(changes, letters)
    }

    fn file_record(&self, record: Record) -> Result<(), StoreError> {
        self.store.file_record(record)
    }

    fn latest_calls(&self, limit: usize) -> Result<Vec<CallRecord>, StoreError> {
        self.store.latest_calls(limit)
    }

    fn directory(&self) -> Result<Arc<Directory>, StoreError> {
        match self.shown.lock().unwrap().pop() {
            Some(behind) => Ok(behind),
            None => self.store.directory(),
        }
    }
}

/// Both draw from the same stream, so what is decided on the same directory is the same PIN: only one who has seen the
/// first reset makes another.
#[test]
fn a_reset_that_somebody_else_was_faster_with_is_decided_anew() {
    let hasher = Argon2Hasher::cheap_for_tests().unwrap();
    let (first, id) = (Pin::parse("48213").unwrap(), "147852036".parse().unwrap());
    let directory = demonstration::organization(&first, id, &hasher, [5; 16]).unwrap();
    let store = MemoryStore::from_directory(directory);
    let before = store.directory().unwrap();
    let now = UtcTime::from_micros(0);
    let reset = |store: &dyn Store| {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let mut desk = Desk { store, hasher: &hasher, rng: &mut rng, now };
        let request = Request::ResetPin { user: "1".into(), send_to: None };
        let (Reply::PinMade { pin, .. }, _) = desk.carry_out(request) else { panic!("no PIN") };
        pin
    };
    let faster = reset(&store);
    // Whose it is, and what to decide on: both of a moment ago.
    let behind = Behind { store, shown: Mutex::new(vec![before; 2]) };
    let slower = reset(&behind);
    assert!(faster != slower, "the same PIN was made twice");
    let keyed = |pin: &str| {
        let (entry, from) = (Entry::parse(pin).unwrap(), CallSource::UNKNOWN);
        let question = Question::VerifyPin { meeting: demonstration::MEETING, entry, from };
        answer(&behind, &hasher, &question, now)
    };
    assert_eq!(keyed(&slower), Answer::Organizer);
    assert_eq!(keyed(&faster), Answer::PinMismatch);
    assert_eq!(behind.store.take_letters().len(), 2, "one for each PIN that was made");
    let directory = behind.store.directory().unwrap();
    assert_eq!(directory.user(demonstration::MEGAN).unwrap().earlier_pins.len(), 2);
}
