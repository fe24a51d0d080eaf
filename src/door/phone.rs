//! The phone inside the process: a scripted caller on a line of the engine, a frame out for each frame in.

use tokio_util::sync::CancellationToken;

use crate::caller::{Act, Caller, Comes};
use crate::domain::{HangupCause, LegId, PhoneNumber, Uptime};
use crate::engine::{Engine, LineEvent, OfferError, Telling};
use crate::exchange::HungUpBy;

/// What became of one call.
#[derive(Debug)]
pub struct PhoneReport {
    /// The caller, with what was heard.
    pub caller: Caller,
    /// The leg.
    pub leg: LegId,
    /// When the call was answered; `None` when it was refused.
    pub answered_at: Option<Uptime>,
    /// When it was over, and why.
    pub left: (Uptime, HangupCause),
    /// The samples heard, 8 kHz.
    pub heard: Vec<i16>,
}

/// Makes a call and plays the caller's script on it, to the end.
///
/// # Errors
/// The engine does not take the call.
pub async fn call(
    engine: &Engine,
    leg: LegId,
    mut caller: Caller,
    comes: Comes,
    called: PhoneNumber,
    stop: &CancellationToken,
) -> Result<PhoneReport, OfferError> {
    let clock = engine.clock();
    let (mut line, mut answered_at) = match comes {
        Comes::ByPhone(number) => {
            (engine.offer(leg, number.into(), called, Telling::SoundOnly)?, None)
        }
        Comes::ByApp(user, conference_id) => {
            let line = engine.app_joins(leg, user, conference_id).await?;
            (line, Some(clock.uptime()))
        }
    };
    let mut heard = Vec::new();
    let cause = loop {
        let event = tokio::select! {
            biased;
            () = stop.cancelled() => None,
            event = line.recv() => event,
        };
        match event {
            Some(LineEvent::Answer) => {
                answered_at = Some(clock.uptime());
                engine.answered(leg);
            }
            Some(LineEvent::Frame(frame)) => {
                heard.extend_from_slice(&frame.0);
                match caller.tick(&frame) {
                    Act::Send(frame) => engine.hear(leg, frame),
                    Act::HangUp => {
                        engine.hung_up(leg, HungUpBy::Caller);
                        break HangupCause::CallerHungUp;
                    }
                }
            }
            Some(LineEvent::Happened(_) | LineEvent::Room { .. } | LineEvent::Heard(_)) => {}
            Some(LineEvent::HungUp(cause)) => break cause,
            None => break HangupCause::Stopping,
        }
    };
    Ok(PhoneReport { caller, leg, answered_at, left: (clock.uptime(), cause), heard })
}
