//! Makes what a journal holds happen again: as a whole, or step by step.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each looks for the lines of one kind and leaves the others"
)]

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use thiserror::Error;

use super::retell::{Pressed, Weighs, letter};
use super::{
    Exchange, Input, Journal, JournalEntry, LanguageError, Output, Reason, Recorded, SoundMode,
    TraceEvent, Violation,
};
use crate::domain::{Digit, Key, LegId, Uptime};
use crate::media::Frame;
use crate::media::sounds::Sounds;

/// Why a journal cannot be replayed.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ReplayError {
    /// Its times go back.
    #[error("journal entry {entry} is earlier than the one before it: the journal is not in order")]
    OutOfOrder {
        /// Counted from 1.
        entry: usize,
    },
    /// The sounds lack a language of it.
    #[error(transparent)]
    Language(#[from] LanguageError),
    /// It was written with other sounds.
    #[error(
        "this journal was written with other sounds, whose lengths decide what happens when: give their folder with --sounds"
    )]
    OtherSounds,
    /// What happened breaks an invariant.
    #[error("at {at} an invariant is broken: {violation}")]
    Broken {
        /// When.
        at: Uptime,
        /// Which.
        violation: Violation,
    },
}

/// Gives an exchange the inputs of a journal at their times and returns its trace: the same one, to the byte, that
/// was written when the journal was, whichever driver wrote it.
///
/// # Errors
/// A journal whose times go back, sounds that lack a language of it, or a broken invariant.
pub fn replay(journal: &Journal, sounds: Arc<Sounds>) -> Result<Vec<TraceEvent>, ReplayError> {
    let mut replay = Replay::new(journal, sounds)?;
    let mut trace = Vec::new();
    while let Some(step) = replay.next_step()? {
        trace.extend(step.outputs.into_iter().filter_map(|output| match output {
            Output::Trace(event) => Some(event),
            _other => None,
        }));
    }
    Ok(trace)
}

/// A journal that is happening again, step by step.
#[derive(Debug)]
pub struct Replay<'a> {
    exchange: Exchange,
    entries: &'a [JournalEntry],
    next: usize,
    last: Uptime,
}

/// One step: an entry of the journal, or something that was due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayStep {
    /// When.
    pub at: Uptime,
    /// What caused it.
    pub cause: Cause,
    /// What came of it, in order; nothing, often.
    pub outputs: Vec<Output>,
}

/// What caused a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The journal's entry at that place, counted from 0.
    Entry(usize),
    /// Something that was due, or a tick.
    Due(Reason),
}

impl<'a> Replay<'a> {
    /// At the beginning.
    ///
    /// # Errors
    /// Sounds that are not those of the journal, or lack a language of it.
    pub fn new(journal: &'a Journal, sounds: Arc<Sounds>) -> Result<Self, ReplayError> {
        journal.check(&sounds)?;
        let mut exchange = Exchange::new(journal.config.clone(), sounds);
        exchange.replayed = Replayed::of(&journal.entries);
        Ok(Self { exchange, entries: &journal.entries, next: 0, last: Uptime::ZERO })
    }

    /// Does the next step; `None` at the end of the journal.
    ///
    /// # Errors
    /// As [`replay`]. Nothing can be done any more then.
    pub fn next_step(&mut self) -> Result<Option<ReplayStep>, ReplayError> {
        let Some(entry) = self.entries.get(self.next) else { return Ok(None) };
        if entry.at < self.last {
            return Err(ReplayError::OutOfOrder { entry: self.next + 1 });
        }
        let due = self.exchange.next_deadline().filter(|&due| comes_before(due, entry));
        let (at, cause) = match due {
            Some((at, reason)) => {
                self.exchange.advance(at);
                (self.exchange.now, Cause::Due(reason))
            }
            None => {
                self.last = entry.at;
                self.next += 1;
                take_entry(&mut self.exchange, entry);
                (entry.at, Cause::Entry(self.next - 1))
            }
        };
        let outputs = drain(&mut self.exchange)?;
        Ok(Some(ReplayStep { at, cause, outputs }))
    }

    /// The exchange as it is after the latest step.
    #[must_use]
    pub fn exchange(&self) -> &Exchange {
        &self.exchange
    }
}

impl Journal {
    /// Whether these are its sounds, with its languages and those of legs that come from other exchanges.
    pub(super) fn check(&self, sounds: &Sounds) -> Result<(), ReplayError> {
        self.config.check(sounds)?;
        if self.config.sounds.is_some_and(|mark| mark != self.config.sounds_mark(sounds)) {
            return Err(ReplayError::OtherSounds);
        }
        let unspoken = self.entries.iter().find_map(|entry| match &entry.recorded {
            Recorded::Input(Input::TakeOver { passing }) => {
                (!sounds.speaks(passing.language)).then_some(passing.language)
            }
            _ => None,
        });
        unspoken.map_or(Ok(()), |language| Err(LanguageError::OfCaller(language).into()))
    }

    /// The same to be replayed without computing sound: much faster, with the same trace.
    #[must_use]
    pub fn without_sound(mut self) -> Self {
        self.config.sound = SoundMode::Durations;
        self
    }
}

/// Whether something due comes before an entry. The tick that a late driver skipped is not done.
pub(super) fn comes_before((at, reason): (Uptime, Reason), entry: &JournalEntry) -> bool {
    match (&entry.recorded, reason) {
        (Recorded::Skipped { .. }, Reason::Tick) => at < entry.at,
        (_, _) => at <= entry.at,
    }
}

/// Brings an exchange one entry. Keys found in sound and names are there already.
pub(super) fn take_entry(exchange: &mut Exchange, entry: &JournalEntry) {
    match &entry.recorded {
        Recorded::Input(input) => exchange.handle(entry.at, input.clone()),
        Recorded::Skipped { skipped_ticks } => exchange.skip_at(entry.at, *skipped_ticks),
        Recorded::Found { .. }
        | Recorded::Revealed { .. }
        | Recorded::Named { .. }
        | Recorded::SoFar { .. }
        | Recorded::Lost { .. } => {}
    }
}

/// Takes all that an exchange gives out.
pub(super) fn drain(exchange: &mut Exchange) -> Result<Vec<Output>, ReplayError> {
    let at = exchange.now;
    let mut outputs = Vec::new();
    while let Some(output) = exchange.poll_output() {
        if let Output::Broken(violation) = output {
            return Err(ReplayError::Broken { at, violation });
        }
        outputs.push(output);
    }
    while exchange.poll_audio().is_some() {}
    Ok(outputs)
}

/// What a journal knows better than an exchange that has no sound and only masked keys. Empty in one that is driven.
#[derive(Clone, Debug, Default)]
pub(super) struct Replayed {
    /// By tick, in place of those found in sound.
    keys: BTreeMap<u64, Vec<(LegId, Key)>>,
    /// Frames in the names of each leg, in order.
    names: BTreeMap<LegId, VecDeque<u32>>,
    /// The values of keys, by their number among their leg's.
    pub values: BTreeMap<(LegId, u32), Digit>,
    /// What stands for keys whose values are not there.
    mode: Values,
    /// Keys as they became certain; only where values are masked.
    pressed: Vec<Pressed>,
    /// Those whose values mattered when a dialogue had them; as above.
    weighed: Vec<(LegId, u32, Weighs)>,
    /// Who said a name whose length is not there; only where values are masked.
    pub name_missing: Option<LegId>,
}

/// What stands for keys whose values a journal does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Values {
    /// What the driver brought.
    #[default]
    AsBrought,
    /// Nothing tells one from another.
    Masked,
    /// Letters, by their numbers in that round.
    Lettered(u32),
}

impl Replayed {
    pub(super) fn of(entries: &[JournalEntry]) -> Self {
        let mut all = Self::default();
        for entry in entries {
            match &entry.recorded {
                &Recorded::Found { found_on, key } => {
                    let tick = entry.at.as_micros() / Frame::MICROS;
                    all.keys.entry(tick).or_default().push((found_on, key));
                }
                &Recorded::Named { named, frames } => {
                    all.names.entry(named).or_default().push_back(frames);
                }
                Recorded::Revealed { revealed, by, keys } => {
                    let values = revealed.chars().filter_map(Digit::from_char);
                    all.values.extend(keys.iter().map(|&number| (*by, number)).zip(values));
                }
                Recorded::Input(_)
                | Recorded::Skipped { .. }
                | Recorded::SoFar { .. }
                | Recorded::Lost { .. } => {}
            }
        }
        all
    }

    /// The same, with that in place of keys whose values are not there.
    pub(super) fn with(self, mode: Values) -> Self {
        Self { mode, ..self }
    }

    /// The first tick with a key.
    pub(super) fn next_tick(&self) -> Option<u64> {
        self.keys.first_key_value().map(|(&tick, _)| tick)
    }

    pub(super) fn take_keys(&mut self, tick: u64) -> Vec<(LegId, Key)> {
        self.keys.remove(&tick).unwrap_or_default()
    }

    /// The length of a leg's next name.
    pub(super) fn take_name(&mut self, leg: LegId) -> Option<u32> {
        let frames = self.names.get_mut(&leg).and_then(|names| names.pop_front());
        if frames.is_none() && self.mode == Values::Masked {
            self.name_missing = Some(leg);
        }
        frames
    }

    /// A key with its value, where that is known.
    pub(super) fn value_of(&self, leg: LegId, number: u32, key: Key) -> Key {
        if let Some(&digit) = self.values.get(&(leg, number)) {
            return Key::Digit(digit);
        }
        match (self.mode, key) {
            (Values::AsBrought, _) | (_, Key::Digit(Digit::STAR | Digit::POUND)) => key,
            (Values::Masked, _) => Key::Masked,
            (Values::Lettered(round), _) => {
                Digit::from_char(letter(number, round)).map_or(Key::Masked, Key::Digit)
            }
        }
    }

    /// Notes a key, for whoever tells anew what happened.
    pub(super) fn note(&mut self, pressed: impl FnOnce() -> Pressed) {
        if self.mode == Values::Masked {
            self.pressed.push(pressed());
        }
    }

    /// Notes that the value of a key mattered.
    pub(super) fn weigh(&mut self, leg: Option<LegId>, number: u32, weighs: Weighs) {
        if self.mode == Values::Masked && weighs != Weighs::Nothing {
            self.weighed.extend(leg.map(|leg| (leg, number, weighs)));
        }
    }

    pub(super) fn take_weighed(&mut self) -> Vec<(LegId, u32, Weighs)> {
        std::mem::take(&mut self.weighed)
    }

    pub(super) fn take_pressed(&mut self) -> Vec<Pressed> {
        std::mem::take(&mut self.pressed)
    }
}
