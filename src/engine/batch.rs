//! The sound of many legs in one tick, on its way between a shard and a trunk: each frame once, however many legs have it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::LegId;
use crate::media::Frame;

/// The sound of many legs in one tick. Its memory goes back to its trunk when it is dropped.
#[derive(Debug)]
pub struct Batch {
    shard: usize,
    content: Content,
    pool: Arc<Pool>,
}

#[derive(Debug, Default)]
struct Content {
    /// Whose, and which of the frames.
    legs: Vec<(LegId, u32)>,
    frames: Vec<Frame>,
}

/// Memory of batches that are done with.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<Vec<Content>>);

/// Batches whose memory is kept for the next ones.
const POOLED_MAX: usize = 16;

impl Batch {
    pub(super) fn new(shard: usize, pool: &Arc<Pool>) -> Self {
        let mut pooled = pool.0.lock().unwrap_or_else(PoisonError::into_inner);
        let content = pooled.pop().unwrap_or_default();
        drop(pooled);
        Self { shard, content, pool: Arc::clone(pool) }
    }

    /// An empty one for the same legs: what they say in return.
    #[must_use]
    pub fn reply(&self) -> Self {
        Self::new(self.shard, &self.pool)
    }

    /// Adds a frame; [`Batch::give`] says whose it is.
    pub fn add(&mut self, frame: &Frame) -> u32 {
        self.content.frames.push(*frame);
        u32::try_from(self.content.frames.len() - 1).unwrap_or(u32::MAX)
    }

    /// Gives a leg a frame that was added.
    pub fn give(&mut self, leg: LegId, frame: u32) {
        self.content.legs.push((leg, frame));
    }

    /// Each leg with its frame.
    pub fn iter(&self) -> impl Iterator<Item = (LegId, &Frame)> {
        let frames = &self.content.frames;
        self.content
            .legs
            .iter()
            .filter_map(|&(leg, frame)| Some((leg, frames.get(frame as usize)?)))
    }

    /// How many legs have sound in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.content.legs.len()
    }

    /// Whether nobody has any sound in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.content.legs.is_empty()
    }

    /// The shard that holds, or held, its legs.
    pub(super) fn shard(&self) -> usize {
        self.shard
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        let mut content = std::mem::take(&mut self.content);
        content.legs.clear();
        content.frames.clear();
        let mut pooled = self.pool.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pooled.len() < POOLED_MAX {
            pooled.push(content);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_so_many_batches_is_kept() {
        let pool = Arc::default();
        let batches: Vec<Batch> = (0..POOLED_MAX + 5).map(|_| Batch::new(0, &pool)).collect();
        drop(batches);
        let pooled = || pool.0.lock().unwrap().len();
        assert_eq!(pooled(), POOLED_MAX);
        let _again = Batch::new(0, &pool);
        assert_eq!(pooled(), POOLED_MAX - 1);
    }
}
