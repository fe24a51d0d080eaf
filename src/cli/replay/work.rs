//! Plays scenarios on several threads and gives what came of them in their order, with no more of them in memory than a window.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Results that may wait for their turn, for each thread: beyond it a thread waits for the slowest scenario.
const WINDOW_PER_JOB: usize = 16;

struct Desk<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    window: usize,
}

struct State<T> {
    /// The next piece of work that nobody has taken.
    next: usize,
    /// The next result to be given out.
    given: usize,
    results: BTreeMap<usize, T>,
    stopped: bool,
}

impl<T> Desk<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // A thread that panicked has left its state whole: it does its work outside the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has `work` done for each of so many, on so many threads, and gives each result to `take`, in order. When `take` says no, no
/// more is begun.
pub(super) fn in_order<T: Send>(
    pieces: usize,
    jobs: usize,
    work: impl Fn(usize) -> T + Sync,
    mut take: impl FnMut(usize, T) -> bool,
) {
    let state = State { next: 0, given: 0, results: BTreeMap::new(), stopped: false };
    let window = jobs * WINDOW_PER_JOB;
    let desk = Desk { state: Mutex::new(state), changed: Condvar::new(), window };
    std::thread::scope(|scope| {
        for _ in 0..jobs.min(pieces) {
            scope.spawn(|| {
                while let Some(piece) = take_piece(&desk, pieces) {
                    let result = work(piece);
                    desk.lock().results.insert(piece, result);
                    desk.changed.notify_all();
                }
            });
        }
        for piece in 0..pieces {
            let mut state = desk.lock();
            let result = loop {
                if let Some(result) = state.results.remove(&piece) {
                    break result;
                }
                state = desk.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            };
            state.given = piece + 1;
            drop(state);
            desk.changed.notify_all();
            if !take(piece, result) {
                desk.lock().stopped = true;
                desk.changed.notify_all();
                break;
            }
        }
    });
}

fn take_piece<T>(desk: &Desk<T>, pieces: usize) -> Option<usize> {
    let mut state = desk.lock();
    while !state.stopped && state.next < pieces && state.next >= state.given + desk.window {
        state = desk.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
    if state.stopped || state.next >= pieces {
        return None;
    }
    state.next += 1;
    Some(state.next - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_a_no_ends_it() {
        let mut given = Vec::new();
        in_order(1_000, 4, |piece| piece * 2, |piece, result| {
            given.push((piece, result));
            piece < 500
        });
        assert_eq!(given.len(), 501);
        assert!(given.iter().enumerate().all(|(place, &(piece, twice))| {
            place == piece && twice == 2 * piece
        }));
        in_order(0, 4, |piece| piece, |_, _| panic!("there is nothing"));
    }
}
