//! What is outside a world's exchange when it is the real thing: a store, and digests computed on the spot.

use std::sync::Arc;

use super::Outside;
use crate::domain::pin::PinHasher;
use crate::domain::{Answer, Question, Record, UtcTime};
use crate::store::{Store, answer};

/// A store and a hasher. An answer is computed at once; the world says after which virtual delay it comes.
pub struct Office {
    store: Arc<dyn Store>,
    hasher: Arc<dyn PinHasher>,
}

impl Office {
    /// With this store and this hasher.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, hasher: Arc<dyn PinHasher>) -> Self {
        Self { store, hasher }
    }
}

impl Outside for Office {
    fn answer(&mut self, question: &Question, now: UtcTime) -> Answer {
        answer(&*self.store, &*self.hasher, question, now)
    }

    fn file(&mut self, record: Record) {
        // In a world nobody tries again: a store that is gone when a call ends has no record of it.
        let _lost = self.store.file_record(record);
    }
}
