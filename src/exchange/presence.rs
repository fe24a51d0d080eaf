//! One leg's time in a meeting: since when, by whose doing, whether it may speak, what it keyed.

use std::collections::VecDeque;
use std::time::Duration;

use super::leg::NEVER;
use super::routing::Voice;
use crate::domain::call_record::AdmittedBy;
use crate::domain::{Command, KeyMap, Uptime, UserId};
use crate::ivr::Notice;

/// What there is to know of a leg that is, or was, in a meeting. Boxed by its leg: whoever waits has none.
#[derive(Debug)]
pub(super) struct Presence {
    pub admitted_by: AdmittedBy,
    /// Who it is, if it is the organizer.
    pub organizer: Option<UserId>,
    pub muted: bool,
    /// Muted by the organizer.
    pub silenced: bool,
    pub hand_raised: bool,
    /// What is to be told once nothing else is being said.
    pub untold: VecDeque<Notice>,
    /// The commands keyed, in order; at most [`COMMANDS_KEPT_MAX`] are kept.
    pub commands: Vec<Command>,
    since: Uptime,
    before: Duration,
    latest_keys: [u32; KEYS_KEPT],
}

/// Commands of one call that its record keeps; who keys more is playing with the keypad.
const COMMANDS_KEPT_MAX: usize = 1_000;

/// Notices that may wait for their turn; there are two kinds that do.
const UNTOLD_MAX: usize = 4;

/// Keys of the longest command.
const KEYS_KEPT: usize = KeyMap::KEYS_MAX;

impl Presence {
    pub(super) fn new(admitted_by: AdmittedBy) -> Self {
        Self {
            admitted_by,
            organizer: None,
            muted: false,
            silenced: false,
            hand_raised: false,
            untold: VecDeque::new(),
            commands: Vec::new(),
            since: NEVER,
            before: Duration::ZERO,
            latest_keys: [0; KEYS_KEPT],
        }
    }

    pub(super) fn comes_in(&mut self, now: Uptime) {
        self.since = now;
    }

    /// Back into the lobby: nothing of what was set in the meeting stays but one's own mute.
    pub(super) fn goes_out(&mut self, now: Uptime) {
        self.before = self.duration(now);
        self.since = NEVER;
        self.silenced = false;
        self.hand_raised = false;
        self.untold.clear();
    }

    /// All the time in the meeting.
    pub(super) fn duration(&self, now: Uptime) -> Duration {
        self.before + now.since(self.since.min(now))
    }

    pub(super) fn voice(&self) -> Voice {
        match self.muted || self.silenced {
            true => Voice::Muted,
            false => Voice::Open,
        }
    }

    /// Remembers the number of a key just pressed.
    pub(super) fn count_key(&mut self, number: u32) {
        self.latest_keys.rotate_left(1);
        self.latest_keys[KEYS_KEPT - 1] = number;
    }

    /// The numbers of the latest keys, the oldest first.
    pub(super) fn latest_keys(&self, count: usize) -> &[u32] {
        &self.latest_keys[KEYS_KEPT.saturating_sub(count)..]
    }

    /// Keeps something to be told; what is to be told already, or is too much, is left out.
    pub(super) fn tell_later(&mut self, notice: Notice) {
        if self.untold.len() < UNTOLD_MAX && !self.untold.contains(&notice) {
            self.untold.push_back(notice);
        }
    }

    pub(super) fn keep_command(&mut self, command: Command) {
        if self.commands.len() < COMMANDS_KEPT_MAX {
            self.commands.push(command);
        }
    }
}
