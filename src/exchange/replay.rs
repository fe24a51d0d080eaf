//! Makes what a journal holds happen again.

use std::collections::BTreeMap;
use std::sync::Arc;

use thiserror::Error;

use super::{
    Exchange, Input, Journal, JournalEntry, LanguageError, Output, Recorded, TraceEvent, Violation,
};
use crate::domain::{Digit, Key, Uptime};
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
    journal.config.check(&sounds)?;
    check_passings(&journal.entries, &sounds)?;
    let mut exchange = Exchange::new(journal.config.clone(), sounds);
    let mut entries = journal.entries.clone();
    reveal(&mut entries);
    for entry in &entries {
        if let Recorded::Found { found_on, key } = entry.recorded {
            let tick = entry.at.as_micros() / Frame::MICROS;
            exchange.replayed_keys.entry(tick).or_default().push((found_on, key));
        }
        if let Recorded::Named { named, frames } = entry.recorded {
            exchange.replayed_names.entry(named).or_default().push_back(frames);
        }
    }
    let mut trace = Vec::new();
    let mut last = Uptime::ZERO;
    for (place, entry) in entries.iter().enumerate() {
        if entry.at < last {
            return Err(ReplayError::OutOfOrder { entry: place + 1 });
        }
        last = entry.at;
        match &entry.recorded {
            Recorded::Input(input) => {
                run_until(&mut exchange, entry.at, &mut trace)?;
                exchange.handle(entry.at, input.clone());
            }
            Recorded::Revealed { .. } | Recorded::Named { .. } => {}
            Recorded::Found { .. } => run_until(&mut exchange, entry.at, &mut trace)?,
            Recorded::Skipped { skipped_ticks } => {
                run_until(&mut exchange, entry.at, &mut trace)?;
                exchange.skip(*skipped_ticks);
            }
        }
        drain(&mut exchange, &mut trace)?;
    }
    Ok(trace)
}

/// Whether there are sounds for the languages of those who come from other exchanges.
fn check_passings(entries: &[JournalEntry], sounds: &Sounds) -> Result<(), LanguageError> {
    let unspoken = entries.iter().find_map(|entry| match &entry.recorded {
        Recorded::Input(Input::TakeOver { passing }) => {
            (!sounds.speaks(passing.language)).then_some(passing.language)
        }
        Recorded::Input(_)
        | Recorded::Found { .. }
        | Recorded::Revealed { .. }
        | Recorded::Named { .. }
        | Recorded::Skipped { .. } => None,
    });
    unspoken.map_or(Ok(()), |language| Err(LanguageError::OfCaller(language)))
}

/// Puts the values of keys that were revealed later in their place.
fn reveal(entries: &mut [JournalEntry]) {
    let mut revealed = BTreeMap::new();
    for entry in &*entries {
        if let Recorded::Revealed { revealed: values, keys } = &entry.recorded {
            let values = values.chars().filter_map(Digit::from_char).map(Key::Digit);
            revealed.extend(keys.iter().copied().zip(values));
        }
    }
    let keys = entries.iter_mut().flat_map(|entry| match &mut entry.recorded {
        Recorded::Input(Input::Digit { key, .. }) | Recorded::Found { key, .. } => vec![key],
        Recorded::Input(Input::TakeOver { passing }) => {
            passing.coming.iter_mut().map(|(_, key)| key).collect()
        }
        Recorded::Input(_)
        | Recorded::Revealed { .. }
        | Recorded::Named { .. }
        | Recorded::Skipped { .. } => Vec::new(),
    });
    for (number, key) in (0..).zip(keys) {
        if let Some(value) = revealed.get(&number) {
            *key = *value;
        }
    }
}

fn run_until(
    exchange: &mut Exchange,
    until: Uptime,
    trace: &mut Vec<TraceEvent>,
) -> Result<(), ReplayError> {
    while let Some((at, _reason)) = exchange.next_deadline()
        && at <= until
    {
        exchange.advance(at);
        drain(exchange, trace)?;
    }
    Ok(())
}

fn drain(exchange: &mut Exchange, trace: &mut Vec<TraceEvent>) -> Result<(), ReplayError> {
    let at = exchange.now;
    while let Some(output) = exchange.poll_output() {
        match output {
            Output::Trace(event) => trace.push(event),
            Output::Broken(violation) => return Err(ReplayError::Broken { at, violation }),
            Output::Answer { .. }
            | Output::HangUp { .. }
            | Output::Ask { .. }
            | Output::HandedOver(_)
            | Output::FileRecord(_)
            | Output::RecordingEnded(_)
            | Output::MeetingOpened(_)
            | Output::MeetingClosed(_)
            | Output::Journal(_) => {}
        }
    }
    while exchange.poll_audio().is_some() {}
    Ok(())
}
