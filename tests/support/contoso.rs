//! An organization behind a store, and someone to carry out commands.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use holdline::admin::{self, Command, Desk, Outcome, demonstration};
use holdline::domain::pin::Pin;
use holdline::domain::{Actor, Answer, CallSource, Entry, MeetingId, Question, Signed, UtcTime};
use holdline::store::{Argon2Hasher, MemoryStore, Store, answer};

/// Contoso behind a store, and someone to carry out commands.
pub struct Contoso {
    pub store: MemoryStore,
    pub hasher: Argon2Hasher,
    pub rng: ChaCha8Rng,
    pub now: UtcTime,
}

impl Contoso {
    pub fn with_pin(pin: &Pin) -> Self {
        let hasher = Argon2Hasher::cheap_for_tests().unwrap();
        let conference_id = "147852036".parse().unwrap();
        let directory = demonstration::organization(pin, conference_id, &hasher, [5; 16]).unwrap();
        Self {
            store: MemoryStore::from_directory(directory),
            hasher,
            rng: ChaCha8Rng::seed_from_u64(2018),
            now: UtcTime::from_micros(1_700_000_000_000_000),
        }
    }

    /// Decides and commits; the outcome comes back without its letters, which the store has.
    pub fn carry_out(&mut self, command: Command) -> Outcome {
        let directory = self.store.directory().unwrap();
        let mut desk = Desk { rng: &mut self.rng, hasher: &self.hasher, now: self.now };
        let mut outcome = admin::decide(&directory, command, &mut desk).unwrap();
        let letters = std::mem::take(&mut outcome.letters);
        let signed = Signed { by: Actor::Administrator, at: self.now };
        self.store.commit(signed, outcome.changes.clone(), letters).unwrap();
        outcome
    }

    pub fn key_pin(&self, meeting: MeetingId, entry: &str) -> Answer {
        let entry = Entry::parse(entry).unwrap();
        answer(
            &self.store,
            &self.hasher,
            &Question::VerifyPin { meeting, entry, from: CallSource::UNKNOWN },
            self.now,
        )
    }

    pub fn key_id(&self, entry: &str) -> Answer {
        let entry = Entry::parse(entry).unwrap();
        answer(
            &self.store,
            &self.hasher,
            &Question::FindMeeting { entry, from: CallSource::UNKNOWN },
            self.now,
        )
    }
}
