//! One caller's seat in a world: the caller, their leg, what their phone does and has heard.

use core::net::IpAddr;

use super::heard::Heard;
use super::key_line::KeyLine;
use crate::caller::{Caller, Comes};
use crate::domain::{HangupCause, LegId, PhoneNumber, Uptime};
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
    /// The number dialled.
    pub called: PhoneNumber,
    /// On hold: the phone neither sends nor plays sound.
    pub on_hold: bool,
    /// Whether it has been at some time.
    pub was_on_hold: bool,
    /// Of a thousand frames so many are lost on the way to the bridge.
    pub frames_lost: u16,
    /// From where the call comes if there is no number.
    pub address: Option<IpAddr>,
    pub(super) comes: Comes,
    pub(super) keys: KeyLine,
    pub(super) frame: Option<Frame>,
    /// Frames of silence the phone has sent since the last with sound.
    pub(super) quiet_frames: u32,
    /// When the phone played its first frame.
    pub(super) first_heard_at: Option<Uptime>,
}

impl Seat {
    /// When the phone played its first frame: the others follow 20 ms apart.
    #[must_use]
    pub fn first_heard_at(&self) -> Option<Uptime> {
        self.first_heard_at
    }

    /// Whether sound flows.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.answered_at.is_some() && self.left.is_none()
    }
}
