//! Plays scenarios on several threads and gives what came of them in their order, with no more of them in memory than a window.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Results that may wait for their turn, for each thread: beyond it a thread waits for the slowest scenario.
const WINDOW_PER_JOB: usize = 16;

/// How many are worked on at the same time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Threads.
    jobs: usize,
    /// Pieces that are begun and not taken.
    window: usize,
}

impl Pace {
    /// On so many threads.
    pub(super) fn of(jobs: usize) -> Self {
        Self { jobs, window: jobs * WINDOW_PER_JOB }
    }

    /// One after the other: the next is not begun before this one's result is taken.
    pub(super) const ONE_BY_ONE: Self = Self { jobs: 1, window: 1 };
}

struct Desk<I, T> {
    /// What is to be done, and the place of the next of it. Taken before `state`.
    source: Mutex<(I, usize)>,
    state: Mutex<State<T>>,
    changed: Condvar,
    window: usize,
}

struct State<T> {
    /// Results that were taken.
    taken: usize,
    results: BTreeMap<usize, T>,
    /// How many there are, once that is known.
    all: Option<usize>,
    stopped: bool,
    /// With what a piece of work panicked, if one has.
    panicked: Option<Box<dyn Any + Send>>,
}

impl<I: Iterator, T> Desk<I, T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // A thread that panicked has left its state whole: it does its work outside the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what nobody has taken, until there is nothing left or it is stopped.
    fn work(&self, work: impl Fn(usize, I::Item) -> T) {
        let one = || self.take_piece().map(|(place, piece)| (place, work(place, piece)));
        loop {
            let done = catch_unwind(AssertUnwindSafe(one));
            let mut state = self.lock();
            let goes_on = match done {
                Ok(Some((place, result))) => {
                    state.results.insert(place, result);
                    true
                }
                Ok(None) => false,
                Err(panic) => {
                    state.panicked.get_or_insert(panic);
                    state.stopped = true;
                    false
                }
            };
            drop(state);
            self.changed.notify_all();
            if !goes_on {
                break;
            }
        }
    }

    fn take_piece(&self) -> Option<(usize, I::Item)> {
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        let (pieces, next) = &mut *source;
        let mut state = self.lock();
        while !state.stopped && *next >= state.taken + self.window {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.stopped || state.all.is_some() {
            return None;
        }
        drop(state);
        let piece = pieces.next();
        if piece.is_none() {
            self.lock().all = Some(*next);
        }
        *next += usize::from(piece.is_some());
        piece.map(|piece| (*next - 1, piece))
    }

    /// Waits for the result of a piece; `None` when it will never be there.
    fn take_result(&self, place: usize) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Some(result) = state.results.remove(&place) {
                return Some(result);
            }
            if state.panicked.is_some() || state.all.is_some_and(|all| place >= all) {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Begins no more work when it goes, however it does.
struct Stops<'a, I: Iterator, T>(&'a Desk<I, T>);

impl<I: Iterator, T> Drop for Stops<'_, I, T> {
    fn drop(&mut self) {
        self.0.lock().stopped = true;
        self.0.changed.notify_all();
    }
}

/// Has `work` done for each piece, which are drawn as they are needed, and gives each result to `take`, in order. When `take` says
/// no, no more is begun.
///
/// # Panics
/// When `pieces`, `work` or `take` does, with the same, once all threads have ended.
pub(super) fn in_order<P, T: Send>(
    pieces: impl Iterator<Item = P> + Send,
    pace: Pace,
    work: impl Fn(usize, P) -> T + Sync,
    mut take: impl FnMut(usize, T) -> bool,
) {
    let desk = Desk {
        source: Mutex::new((pieces, 0)),
        state: Mutex::new(State {
            taken: 0,
            results: BTreeMap::new(),
            all: None,
            stopped: false,
            panicked: None,
        }),
        changed: Condvar::new(),
        window: pace.window,
    };
    std::thread::scope(|scope| {
        let _in_the_end = Stops(&desk);
        for _ in 0..pace.jobs {
            scope.spawn(|| desk.work(&work));
        }
        for place in 0.. {
            let Some(result) = desk.take_result(place) else { break };
            if !take(place, result) {
                break;
            }
            desk.lock().taken = place + 1;
            desk.changed.notify_all();
        }
    });
    let panicked = desk.lock().panicked.take();
    if let Some(panic) = panicked {
        resume_unwind(panic);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn results_come_in_order_and_a_no_ends_it() {
        let mut given = Vec::new();
        in_order(
            0..1_000,
            Pace::of(4),
            |place, piece: usize| (place, piece * 2),
            |place, result| {
                given.push((place, result));
                place < 500
            },
        );
        assert_eq!(given.len(), 501);
        let right = |(at, &(place, result)): (usize, &(usize, (usize, usize)))| {
            at == place && result == (place, 2 * place)
        };
        assert!(given.iter().enumerate().all(right));
        in_order(0..0, Pace::of(4), |_, piece: usize| piece, |_, _| panic!("there is nothing"));
    }

    /// No more than a window of them is drawn before it is needed, and one by one means that.
    #[test]
    fn what_is_to_be_done_is_drawn_as_it_is_needed() {
        let drawn = AtomicUsize::new(0);
        let count = |_: &usize| {
            drawn.fetch_add(1, Ordering::SeqCst);
        };
        let pieces = || (0..).inspect(count);
        in_order(pieces(), Pace::of(2), |_, piece: usize| piece, |place, _| place < 9);
        let some = drawn.swap(0, Ordering::SeqCst);
        assert!((10..=10 + 2 * WINDOW_PER_JOB).contains(&some), "{some}");
        let order = Mutex::new(Vec::new());
        let note = |what| order.lock().unwrap().push(what);
        in_order(
            pieces(),
            Pace::ONE_BY_ONE,
            |place, _: usize| note(("done", place)),
            |place, ()| {
                note(("taken", place));
                place < 2
            },
        );
        let expected = (0..3).flat_map(|place| [("done", place), ("taken", place)]);
        assert_eq!(*order.lock().unwrap(), expected.collect::<Vec<_>>());
        assert_eq!(drawn.into_inner(), 3);
    }

    /// Whoever waits for a piece that panicked, or for room, does not wait for ever.
    #[test]
    fn a_panic_ends_it_and_is_passed_on() {
        let said = |work: &(dyn Fn(usize) -> usize + Sync), take: &dyn Fn(usize) -> bool| {
            let run = || in_order(0..1_000, Pace::of(4), |_, piece| work(piece), |at, _| take(at));
            let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
            *panic.downcast::<&str>().unwrap()
        };
        let tenth = |piece| if piece == 10 { panic!("the tenth") } else { piece };
        assert_eq!(said(&tenth, &|_| true), "the tenth");
        let takes = |piece| if piece == 10 { panic!("not taken") } else { true };
        assert_eq!(said(&|piece| piece, &takes), "not taken");
        let draws = (0..20).map(|piece| if piece == 10 { panic!("not drawn") } else { piece });
        let run = || in_order(draws, Pace::of(4), |_, piece: usize| piece, |_, _| true);
        let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
        assert_eq!(*panic.downcast::<&str>().unwrap(), "not drawn");
    }
}
