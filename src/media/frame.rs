//! One frame: 20 ms of telephone sound, and the levels it is measured by.

use serde::{Deserialize, Serialize};

/// 160 samples of 16-bit linear sound at 8 kHz: 20 ms, the ptime of the whole house.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(align(32))]
pub struct Frame(pub [i16; Frame::SAMPLES]);

impl Frame {
    /// Samples in a frame.
    pub const SAMPLES: usize = 160;
    /// Samples in a second.
    pub const RATE_HZ: u32 = 8_000;
    /// Microseconds in a frame.
    pub const MICROS: u64 = 20_000;
    /// Digital silence.
    pub const SILENCE: Self = Self([0; Self::SAMPLES]);
}

impl Default for Frame {
    fn default() -> Self {
        Self::SILENCE
    }
}

/// Names a frame that more than one leg hears in the same tick. Valid until the next tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FrameId(pub u32);
