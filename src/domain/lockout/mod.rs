//! When too many wrong entries lock a PIN, or keep a calling number out. Pure counters; a store keeps them.
//!
//! An attempt counts before it is checked, and is taken back when it was right: however many are made at the
//! same time, no more than the limit are ever checked. Windows are those of Skype for Business
//! (`New-CsPinPolicy`): the first wrong entry opens one, and it lasts its time whatever comes in it.

mod alarm;
mod settings;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::time::UtcTime;

pub use alarm::{WRONG_ENTRIES_ALARM, WrongEntriesAlarm};
pub use settings::{
    AttemptsByLength, CallerLockoutSettings, LockoutLimits, LockoutSettings, SuccessClears,
};

/// Whether an attempt may be checked. Whoever made it is never told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It may: the entry decides.
    Open,
    /// The PIN is locked: the right one is refused too, with the same answer.
    Locked,
}

/// The wrong entries at one user's PIN. Starts with none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct LockoutCounters {
    /// The local counter: those in the window.
    window: Window,
    /// The global counter: those that only a success (preset `nist`) or an administrator clears.
    total: u32,
}

impl LockoutCounters {
    /// Whether the PIN is locked.
    #[must_use]
    pub fn is_locked(&self, now: UtcTime, limits: &LockoutLimits) -> bool {
        self.needs_unlocking(limits) || self.window.is_locked(now, limits.locked_for)
    }

    /// Whether it stays locked until an administrator unlocks it.
    #[must_use]
    pub fn needs_unlocking(&self, limits: &LockoutLimits) -> bool {
        self.total >= limits.total
    }

    /// Counts an attempt as a wrong one, before anybody knows, and says whether it may be checked at all.
    ///
    /// The attempt that reaches a limit is the last to be checked. At a locked PIN nothing is counted, so
    /// that hammering at it makes the lock no longer. After a right entry call [`Self::succeeded`].
    pub fn count_before_check(&mut self, now: UtcTime, limits: &LockoutLimits) -> Gate {
        self.window.come_back_to(now);
        if self.is_locked(now, limits) {
            return Gate::Locked;
        }
        self.total = self.total.saturating_add(1);
        self.window.count(now, limits.window, limits.in_window);
        Gate::Open
    }

    /// An attempt that was let through was right: it is taken back, and so is what a success clears.
    pub fn succeeded(&mut self, limits: &LockoutLimits) {
        self.window = Window::default();
        self.total = match limits.success_clears {
            SuccessClears::WindowAndTotal => 0,
            SuccessClears::Window => self.total.saturating_sub(1),
        };
    }

    /// An administrator unlocks the PIN: all is cleared.
    pub fn unlock(&mut self) {
        *self = Self::default();
    }
}

/// The wrong entries, conference IDs and PINs alike, from one calling number, or from one source address when
/// the number is withheld. Nothing but time clears them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallerCounters(Window);

impl CallerCounters {
    /// Whether calls from there get a busy.
    #[must_use]
    pub fn is_busy(&self, now: UtcTime, settings: &CallerLockoutSettings) -> bool {
        self.0.is_locked(now, settings.busy_for)
    }

    /// Counts one wrong entry. While the number is kept out nothing is counted.
    pub fn count_wrong(&mut self, now: UtcTime, settings: &CallerLockoutSettings) {
        if !self.is_busy(now, settings) {
            self.0.come_back_to(now);
            self.0.count(now, settings.window, settings.wrong_entries.get());
        }
    }

    /// Whether they may be forgotten: a new set would do the same from here on.
    #[must_use]
    pub fn is_idle(&self, now: UtcTime, settings: &CallerLockoutSettings) -> bool {
        !self.is_busy(now, settings)
            && self.0.opened_at.is_none_or(|opened_at| now.since(opened_at) >= settings.window)
    }
}

/// A counter with a window, and a lock when it is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Window {
    /// When the first of those counted came; `None` if none is.
    opened_at: Option<UtcTime>,
    counted: u32,
    /// When it was last full.
    locked_at: Option<UtcTime>,
}

impl Window {
    /// Of a lock that began later than now, since the clock has been put back, only what is nearer than its time counts: it
    /// must not last for ever.
    fn is_locked(&self, now: UtcTime, locked_for: Duration) -> bool {
        self.locked_at.is_some_and(|locked_at| {
            now.since(locked_at) < locked_for && locked_at.since(now) < locked_for
        })
    }

    /// The clock may have been put back since: what seems to lie ahead began now, and lasts its time from here.
    fn come_back_to(&mut self, now: UtcTime) {
        self.opened_at = self.opened_at.map(|opened_at| opened_at.min(now));
        self.locked_at = self.locked_at.map(|locked_at| locked_at.min(now));
    }

    /// Counts one. When it is the last the window holds, the lock begins and the count is zero again.
    fn count(&mut self, now: UtcTime, window: Duration, most: u32) {
        match self.opened_at {
            Some(opened_at) if now.since(opened_at) < window => self.counted += 1,
            Some(_) | None => (self.opened_at, self.counted) = (Some(now), 1),
        }
        if self.counted >= most {
            *self = Self { locked_at: Some(now), ..Self::default() };
        }
    }
}
