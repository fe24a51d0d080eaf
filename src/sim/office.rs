//! What is outside a world's exchange when it is the real thing: a store, and digests computed on the spot.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Outside;
use crate::domain::lockout::WrongEntriesAlarm;
use crate::domain::pin::PinHasher;
use crate::domain::{Answer, Question, Record, UtcTime};
use crate::store::{Store, answer, wrong_entry};

/// A store and a hasher. An answer is computed at once; the world says after which virtual delay it comes.
pub struct Office {
    store: Arc<dyn Store>,
    hasher: Arc<dyn PinHasher>,
    alarm: WrongEntriesAlarm,
    alarms: Arc<AtomicUsize>,
}

impl Office {
    /// With this store and this hasher.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, hasher: Arc<dyn PinHasher>) -> Self {
        Self { store, hasher, alarm: WrongEntriesAlarm::default(), alarms: Arc::default() }
    }

    /// How many alarms have been raised at wrong entries.
    pub(super) fn alarms(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.alarms)
    }
}

impl Outside for Office {
    fn answer(&mut self, question: &Question, now: UtcTime) -> Answer {
        let answer = answer(&*self.store, &*self.hasher, question, now);
        if wrong_entry(question, &answer).is_some() && self.alarm.goes_off(now) {
            self.alarms.fetch_add(1, Ordering::Relaxed);
        }
        answer
    }

    fn file(&mut self, record: Record) {
        // In a world nobody tries again: a store that is gone when a call ends has no record of it.
        let _lost = self.store.file_record(record);
    }
}
