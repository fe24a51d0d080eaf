//! What waits for a shard: facts and frames from the doors and the clerks, in the order in which they came.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;

use super::LineEvent;
use crate::domain::LegId;
use crate::exchange::Input;
use crate::media::Frame;

/// One thing that waits for a shard.
pub(super) enum Arrival {
    /// A new leg, with the line on which its door listens.
    Opens(mpsc::Sender<LineEvent>, Box<Input>),
    /// A fact about a leg, or an answer.
    Signal(Box<Input>),
    /// A received frame.
    Frame(LegId, Box<Frame>),
}

/// The inbox of a shard.
#[derive(Default)]
pub(super) struct Inbox {
    waiting: Mutex<VecDeque<Arrival>>,
    arrived: Condvar,
}

/// What may wait before calls and frames are refused: the frames of 10 000 legs over six ticks.
const ARRIVALS_MAX: usize = 65_536;

impl Inbox {
    /// Adds a new call; `false` when too much waits.
    pub(super) fn push(&self, arrival: Arrival) -> bool {
        let mut waiting = self.lock();
        let fits = waiting.len() < ARRIVALS_MAX;
        if fits {
            waiting.push_back(arrival);
            self.arrived.notify_one();
        }
        fits
    }

    /// Adds a frame; `false` when too much waits. Wakes nobody: the tick comes by itself, unless nothing else is going
    /// on.
    pub(super) fn push_frame(&self, leg: LegId, frame: Frame) -> bool {
        self.push(Arrival::Frame(leg, Box::new(frame)))
    }

    /// Adds what must not be lost.
    pub(super) fn push_signal(&self, arrival: Arrival) {
        self.lock().push_back(arrival);
        self.arrived.notify_one();
    }

    /// Takes all that waits, after waiting for something for at most that long.
    pub(super) fn take(&self, wait: Option<Duration>, into: &mut VecDeque<Arrival>) {
        let mut waiting = self.lock();
        if waiting.is_empty() {
            waiting = match wait {
                Some(wait) => {
                    let woken = self.arrived.wait_timeout(waiting, wait);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner),
            };
        }
        std::mem::swap(&mut *waiting, into);
    }

    /// Wakes the shard.
    pub(super) fn wake(&self) {
        let _waiting = self.lock();
        self.arrived.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arrival>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
