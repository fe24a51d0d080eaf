//! One caller's seat in a world: the caller, their leg, and what their phone has heard.

use crate::caller::{Caller, Comes};
use crate::domain::{HangupCause, LegId, Uptime};
use crate::media::Frame;

/// One caller of a world.
#[derive(Debug)]
pub struct Seat {
    /// The caller.
    pub caller: Caller,
    /// The leg, as the world numbered it.
    pub leg: LegId,
    /// What the phone heard.
    pub heard: Heard,
    /// When the call was answered.
    pub answered_at: Option<Uptime>,
    /// When it was over, and why; `None` as long as it goes on. A caller who hangs up has
    /// [`HangupCause::CallerHungUp`].
    pub left: Option<(Uptime, HangupCause)>,
    pub(super) comes: Comes,
    pub(super) frame: Option<Frame>,
}

/// What a phone heard from the answer to the end: one frame a tick, silence where none came.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// The samples, 8 kHz.
    pub samples: Vec<i16>,
}

impl Seat {
    /// Whether sound flows.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.answered_at.is_some() && self.left.is_none()
    }
}
