//! `--realtime`: the clock on the wall holds up the virtual one, and what happens is shown as it does.
#![expect(clippy::print_stdout, reason = "this is what the command prints")]

use std::sync::Mutex;

use crate::domain::{LegId, Uptime};
use crate::engine::clock::Clock;
use crate::exchange::TraceEvent;
use crate::report;
use crate::sim::replay::{Onlooker, ReplayedCall};

/// Shows a scenario at the speed of the wall clock.
pub(super) struct OnTheWall {
    /// Started anew with each scenario.
    clock: Mutex<Option<Clock>>,
}

impl OnTheWall {
    pub(super) fn new() -> Self {
        Self { clock: Mutex::new(None) }
    }

    /// Another scenario begins.
    pub(super) fn begin(&self) {
        if let Ok(mut clock) = self.clock.lock() {
            *clock = Some(Clock::start());
        }
    }
}

impl Onlooker for OnTheWall {
    fn passed(&self, now: Uptime, events: &[TraceEvent], calls: &[ReplayedCall]) {
        let clock = self.clock.lock().ok().and_then(|clock| *clock);
        if let Some(clock) = clock {
            loop {
                let left = clock.time_to(now);
                if left.is_zero() {
                    break;
                }
                // May wake early, and is then asked again.
                std::thread::park_timeout(left);
            }
        }
        let name = |leg: LegId| {
            let call = calls.iter().find(|call| call.leg == leg);
            call.map_or_else(|| leg.to_string(), |call| call.name.clone())
        };
        for event in events {
            println!("  {}", report::event_line(event, name));
        }
    }
}
