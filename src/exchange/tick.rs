//! The 20 ms of sound: which tick is next, what is done in it, and what a driver that is late misses.

use std::collections::BTreeMap;
use std::time::Duration;

use super::agenda::{Due, DueKind};
use super::{Exchange, Happened, Pressed, Recorded, SoundMode, Weighs};
use crate::domain::limits::{EVENT_KEYS_WAITING_MAX, TICKS_LATE_MAX};
use crate::domain::{Key, LegId, Uptime};
use crate::media::Frame;

/// Ticks from the first sample of a key's tone until the detector is sure of it. A key that comes as an event waits
/// as long, so that it makes no difference how keys come.
const KEY_LATENCY_TICKS: u64 = 3;

/// From the first sample of a key's tone until the detector is sure of it: three ticks.
pub const KEY_LATENCY: Duration = Duration::from_micros(KEY_LATENCY_TICKS * TICK_MICROS);

/// From one tick to the next: the grid on which sound begins.
pub const TICK_MICROS: u64 = Frame::MICROS;

/// The time of a tick.
pub(super) fn time_of(tick: u64) -> Uptime {
    Uptime::from_micros(tick.saturating_mul(Frame::MICROS))
}

/// The first tick at or after that time.
pub(super) fn first_tick_from(at: Uptime) -> u64 {
    at.as_micros().div_ceil(Frame::MICROS)
}

/// The first tick after that time.
pub(super) fn first_tick_after(at: Uptime) -> u64 {
    at.as_micros() / Frame::MICROS + 1
}

/// When a key is certain that comes as an event.
pub(super) fn certain_at(came_at: Uptime) -> Uptime {
    time_of(first_tick_after(came_at) + KEY_LATENCY_TICKS - 1)
}

/// A key of a leg, and when it is certain.
#[derive(Debug)]
struct WaitingKey {
    leg: LegId,
    key: Key,
    due: Due,
}

/// Keys that came as events and wait for the detector's latency, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct EventKeys {
    waiting: BTreeMap<u32, WaitingKey>,
    came: u32,
}

impl EventKeys {
    /// Whose keys wait.
    pub(super) fn legs(&self) -> impl Iterator<Item = LegId> {
        self.waiting.values().map(|waiting| waiting.leg)
    }

    /// Takes out those of one leg, in their order.
    pub(super) fn take_of(&mut self, leg: LegId) -> Vec<(Due, Key)> {
        let of_leg = self.waiting.values().filter(|waiting| waiting.leg == leg);
        let taken: Vec<_> = of_leg.map(|waiting| (waiting.due, waiting.key)).collect();
        for (due, _) in &taken {
            self.waiting.remove(&due.whose);
        }
        taken
    }
}

impl Exchange {
    /// The time of the next tick, when one is needed.
    pub(super) fn next_needed_tick(&self) -> Option<Uptime> {
        let replayed = self.replayed.next_tick();
        let sounding = match self.config.sound {
            SoundMode::Frames => self.plane.is_active().then_some(self.next_tick),
            SoundMode::Durations => None,
        };
        match (replayed, sounding) {
            (Some(replayed), Some(sounding)) => Some(time_of(replayed.min(sounding))),
            (one, other) => one.or(other).map(time_of),
        }
    }

    /// Does the tick that is due, or skips all that are due when the driver is too late for them.
    pub(super) fn do_tick_or_skip(&mut self, at: Uptime, now: Uptime) {
        let late = (now.as_micros() - at.as_micros()) / Frame::MICROS;
        self.now = self.now.max(at);
        if late <= TICKS_LATE_MAX {
            return self.do_tick(at.as_micros() / Frame::MICROS);
        }
        // A deadline that lies between must still come before the tick after it.
        let until = self.agenda.next().map_or(now, |due| due.at.min(now));
        let last = first_tick_from(until).max(self.next_tick + 1);
        self.skip(last - self.next_tick);
    }

    /// Skips that many ticks, as a journal says.
    pub(super) fn skip_at(&mut self, at: Uptime, ticks: u64) {
        self.now = self.now.max(at);
        self.skip(ticks);
    }

    /// Skips that many ticks.
    fn skip(&mut self, ticks: u64) {
        let at = self.now;
        self.next_tick += ticks;
        self.counts.ticks_skipped += ticks;
        self.journal(at, || Recorded::Skipped { skipped_ticks: ticks });
        self.trace(None, None, Happened::TicksSkipped { ticks });
    }

    fn do_tick(&mut self, tick: u64) {
        self.next_tick = tick;
        self.find_keys(tick);
        self.settle();
        self.plane.mix(tick);
        self.next_tick = tick + 1;
        self.counts.ticks += 1;
        self.recording.clear();
        self.recording.extend(&self.recorded);
    }

    fn find_keys(&mut self, tick: u64) {
        let mut found = self.replayed.take_keys(tick);
        self.plane.listen(|leg, digit| found.push((leg, Key::Digit(digit))));
        for (leg, key) in found {
            self.journal(time_of(tick), || Recorded::Found { found_on: leg, key });
            self.press(leg, key);
            while let Some((slot, event)) = self.events.pop_front() {
                self.dispatch(slot, event);
            }
        }
    }

    /// Lets a key that came as an event wait for the detector's latency.
    pub(super) fn keep_event_key(&mut self, leg: LegId, key: Key) {
        let at = certain_at(self.now);
        self.keep_event_key_until(leg, key, at);
    }

    pub(super) fn keep_event_key_until(&mut self, leg: LegId, key: Key, at: Uptime) {
        if self.event_keys.waiting.len() >= EVENT_KEYS_WAITING_MAX {
            self.counts.keys_ignored += 1;
            return;
        }
        let whose = self.event_keys.came;
        self.event_keys.came = whose.wrapping_add(1);
        let due = Due { at, kind: DueKind::EventKey, whose };
        self.event_keys.waiting.insert(whose, WaitingKey { leg, key, due });
        self.agenda.add(due);
    }

    pub(super) fn take_event_key(&mut self, whose: u32) {
        if let Some(WaitingKey { leg, key, .. }) = self.event_keys.waiting.remove(&whose) {
            self.press(leg, key);
        }
    }

    /// A key of a leg is certain: number it, show it masked, and let the dialogue have it.
    fn press(&mut self, leg: LegId, key: Key) {
        let slot = self.by_id.get(&leg).copied();
        let Some((slot, pressing)) = slot.and_then(|slot| Some((slot, self.leg_mut(slot)?))) else {
            self.counts.inputs_ignored += 1;
            return;
        };
        let number = pressing.keyed;
        pressing.keyed = number.wrapping_add(1);
        let key = self.replayed.value_of(leg, number, key);
        let (at, weighs) = (self.now, Weighs::Nothing);
        self.replayed.note(|| Pressed { at, leg, number, key, weighs });
        self.trace(Some(leg), None, Happened::Key { key: key.masked() });
        self.give_or_hold(slot, key, number);
    }
}
