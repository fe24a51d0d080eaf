//! Where one is in a journal: at which of its steps, and how it looks there.
#![expect(clippy::wildcard_enum_match_arm, reason = "of the orders only the trace is shown")]

use std::sync::Arc;

use super::super::moment::Moment;
use super::cause::cause;
use crate::domain::Uptime;
use crate::exchange::{Exchange, Journal, Output, Replay, ReplayError, TraceEvent};
use crate::media::sounds::Sounds;

/// A journal, and a place in it. Forwards it goes on from where it is; backwards it begins anew and goes to the step before: a
/// replay is fast.
pub(super) struct Walk<'a> {
    pub journal: &'a Journal,
    sounds: Arc<Sounds>,
    replay: Replay<'a>,
    /// Steps of the replay that are done; most of them have no event.
    done: usize,
    /// The steps with an event.
    stops: Vec<Stop>,
    /// Stops that are behind; 0 at the beginning.
    place: usize,
}

/// A step in which something happened.
pub(super) struct Stop {
    pub at: Uptime,
    pub cause: String,
    pub events: Vec<TraceEvent>,
    /// Which step of the replay, counted from 1.
    step: usize,
}

/// Where to go.
pub(super) enum Move {
    Forwards(usize),
    Backwards(usize),
    ToBegin,
    ToEnd,
    /// To the last step at or before that time.
    To(Moment),
}

impl<'a> Walk<'a> {
    pub(super) fn new(journal: &'a Journal, sounds: Arc<Sounds>) -> Result<Self, ReplayError> {
        let mut replay = Replay::new(journal, Arc::clone(&sounds))?;
        let (mut stops, mut steps) = (Vec::new(), 0);
        while let Some(step) = replay.next_step()? {
            steps += 1;
            let events: Vec<TraceEvent> = (step.outputs.into_iter())
                .filter_map(|output| match output {
                    Output::Trace(event) => Some(event),
                    _other => None,
                })
                .collect();
            if let Some(last) = events.last() {
                let cause = cause(journal, step.cause);
                stops.push(Stop { at: last.at.max(step.at), cause, events, step: steps });
            }
        }
        let replay = Replay::new(journal, Arc::clone(&sounds))?;
        Ok(Self { journal, sounds, replay, done: 0, stops, place: 0 })
    }

    /// How many steps there are.
    pub(super) fn len(&self) -> usize {
        self.stops.len()
    }

    /// How many are behind.
    pub(super) fn place(&self) -> usize {
        self.place
    }

    /// The latest step; `None` at the beginning.
    pub(super) fn stop(&self) -> Option<&Stop> {
        self.stops.get(self.place.checked_sub(1)?)
    }

    /// The step in that place, counted from 0.
    pub(super) fn stop_at(&self, place: usize) -> Option<&Stop> {
        self.stops.get(place)
    }

    /// The exchange as it is there.
    pub(super) fn exchange(&self) -> &Exchange {
        self.replay.exchange()
    }

    /// Goes there, or as far as there are steps.
    ///
    /// # Errors
    /// It is a time that the journal does not have, or the journal cannot be replayed.
    pub(super) fn make(&mut self, step: Move) -> anyhow::Result<()> {
        let place = match step {
            Move::Forwards(steps) => self.place.saturating_add(steps),
            Move::Backwards(steps) => self.place.saturating_sub(steps),
            Move::ToBegin => 0,
            Move::ToEnd => self.stops.len(),
            Move::To(moment) => {
                let at = moment.within(self.journal)?;
                self.stops.partition_point(|stop| stop.at.as_millis() <= at.as_millis())
            }
        };
        Ok(self.go(place)?)
    }

    /// Goes to where so many steps are behind.
    fn go(&mut self, place: usize) -> Result<(), ReplayError> {
        let place = place.min(self.stops.len());
        let wanted = place.checked_sub(1).map_or(0, |last| self.stops[last].step);
        if wanted < self.done {
            self.replay = Replay::new(self.journal, Arc::clone(&self.sounds))?;
            self.done = 0;
        }
        while self.done < wanted {
            self.replay.next_step()?;
            self.done += 1;
        }
        self.place = place;
        Ok(())
    }
}
