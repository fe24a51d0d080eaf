//! Makes what a journal holds happen again.

use std::sync::Arc;

use thiserror::Error;

use super::{Exchange, Journal, Output, Recorded, TraceEvent, Violation};
use crate::domain::Uptime;
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
/// A journal whose times go back, or a broken invariant.
pub fn replay(journal: &Journal, sounds: Arc<Sounds>) -> Result<Vec<TraceEvent>, ReplayError> {
    let mut exchange = Exchange::new(journal.config.clone(), sounds);
    for entry in &journal.entries {
        if let Recorded::Found { found_on, key } = entry.recorded {
            let tick = entry.at.as_micros() / Frame::MICROS;
            exchange.replayed_keys.entry(tick).or_default().push((found_on, key));
        }
    }
    let mut trace = Vec::new();
    let mut last = Uptime::ZERO;
    for (place, entry) in journal.entries.iter().enumerate() {
        if entry.at < last {
            return Err(ReplayError::OutOfOrder { entry: place + 1 });
        }
        last = entry.at;
        match &entry.recorded {
            Recorded::Input(input) => {
                run_until(&mut exchange, entry.at, &mut trace)?;
                exchange.handle(entry.at, input.clone());
            }
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
            | Output::FileRecord(_)
            | Output::MeetingOpened(_)
            | Output::MeetingClosed(_)
            | Output::Journal(_) => {}
        }
    }
    while exchange.poll_audio().is_some() {}
    Ok(())
}
