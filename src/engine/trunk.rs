//! A trunk: many lines of one door, which takes and gives their sound a tick at a time. A line by itself costs a frame, a
//! queue and a waking for each 20 ms; on a trunk a leg that only listens costs a few bytes.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::batch::{Batch, Pool};
use super::line::LineEvent;
use crate::domain::LegId;

/// The door's end of a trunk: what its legs are told, and what they hear.
#[derive(Debug)]
pub struct Trunk {
    /// What happens to its legs; frames are never among it.
    pub events: mpsc::Receiver<(LegId, LineEvent)>,
    /// What its legs hear, a batch of each shard in each tick. Those of one shard come in the order of their ticks, those of
    /// several in any.
    pub sound: mpsc::Receiver<Batch>,
    pub(super) way: Arc<TrunkWay>,
}

/// The engine's end of a trunk.
#[derive(Debug)]
pub(super) struct TrunkWay {
    pub events: mpsc::Sender<(LegId, LineEvent)>,
    pub sound: mpsc::Sender<Batch>,
    pub pool: Arc<Pool>,
}

/// Events that may wait on a trunk. While so many do, no call is taken from it; a shard keeps those beyond them, of which there
/// are only two a leg, and tries again.
pub const TRUNK_EVENTS_MAX: usize = 16_384;

/// Batches a trunk may be behind before the newest is dropped and its frames counted: some ticks of a few shards.
pub const TRUNK_BATCHES_MAX: usize = 32;

impl Trunk {
    pub(super) fn new() -> Self {
        let (events, happens) = mpsc::channel(TRUNK_EVENTS_MAX);
        let (sound, heard) = mpsc::channel(TRUNK_BATCHES_MAX);
        let way = Arc::new(TrunkWay { events, sound, pool: Arc::default() });
        Self { events: happens, sound: heard, way }
    }
}
