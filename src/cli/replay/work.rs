//! Plays scenarios on several threads and gives what came of them in their order, with no more of them in memory than a window.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
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
    /// With what a piece of work panicked, if one has.
    panicked: Option<Box<dyn Any + Send>>,
}

impl<T> Desk<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // A thread that panicked has left its state whole: it does its work outside the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what nobody has taken, until there is nothing left or it is stopped.
    fn work(&self, pieces: usize, work: impl Fn(usize) -> T) {
        while let Some(piece) = self.take_piece(pieces) {
            let result = catch_unwind(AssertUnwindSafe(|| work(piece)));
            let mut state = self.lock();
            match result {
                Ok(result) => drop(state.results.insert(piece, result)),
                Err(panic) => {
                    state.panicked.get_or_insert(panic);
                    state.stopped = true;
                }
            }
            drop(state);
            self.changed.notify_all();
        }
    }

    fn take_piece(&self, pieces: usize) -> Option<usize> {
        let mut state = self.lock();
        while !state.stopped && state.next < pieces && state.next >= state.given + self.window {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.stopped || state.next >= pieces {
            return None;
        }
        state.next += 1;
        Some(state.next - 1)
    }

    /// Waits for the result of a piece; `None` when it will never be there.
    fn take_result(&self, piece: usize) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Some(result) = state.results.remove(&piece) {
                state.given = piece + 1;
                drop(state);
                self.changed.notify_all();
                return Some(result);
            }
            if state.panicked.is_some() {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Begins no more work when it goes, however it does.
struct Stops<'a, T>(&'a Desk<T>);

impl<T> Drop for Stops<'_, T> {
    fn drop(&mut self) {
        self.0.lock().stopped = true;
        self.0.changed.notify_all();
    }
}

/// Has `work` done for each of so many, on so many threads, and gives each result to `take`, in order. When `take` says no, no
/// more is begun.
///
/// # Panics
/// When `work` or `take` does, with the same, once all threads have ended.
pub(super) fn in_order<T: Send>(
    pieces: usize,
    jobs: usize,
    work: impl Fn(usize) -> T + Sync,
    mut take: impl FnMut(usize, T) -> bool,
) {
    let state =
        State { next: 0, given: 0, results: BTreeMap::new(), stopped: false, panicked: None };
    let window = jobs * WINDOW_PER_JOB;
    let desk = Desk { state: Mutex::new(state), changed: Condvar::new(), window };
    std::thread::scope(|scope| {
        let _in_the_end = Stops(&desk);
        for _ in 0..jobs.min(pieces) {
            scope.spawn(|| desk.work(pieces, &work));
        }
        for piece in 0..pieces {
            let Some(result) = desk.take_result(piece) else { break };
            if !take(piece, result) {
                break;
            }
        }
    });
    let panicked = desk.lock().panicked.take();
    if let Some(panic) = panicked {
        resume_unwind(panic);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_a_no_ends_it() {
        let mut given = Vec::new();
        in_order(
            1_000,
            4,
            |piece| piece * 2,
            |piece, result| {
                given.push((piece, result));
                piece < 500
            },
        );
        assert_eq!(given.len(), 501);
        assert!(
            given
                .iter()
                .enumerate()
                .all(|(place, &(piece, twice))| { place == piece && twice == 2 * piece })
        );
        in_order(0, 4, |piece| piece, |_, _| panic!("there is nothing"));
    }

    /// Whoever waits for a piece that panicked, or for room, does not wait for ever.
    #[test]
    fn a_panic_ends_it_and_is_passed_on() {
        let said = |work: &(dyn Fn(usize) -> usize + Sync), take: &dyn Fn(usize) -> bool| {
            let run = || in_order(1_000, 4, work, |piece, _| take(piece));
            let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
            *panic.downcast::<&str>().unwrap()
        };
        let tenth = |piece| if piece == 10 { panic!("the tenth") } else { piece };
        assert_eq!(said(&tenth, &|_| true), "the tenth");
        let takes = |piece| if piece == 10 { panic!("not taken") } else { true };
        assert_eq!(said(&|piece| piece, &takes), "not taken");
    }
}
