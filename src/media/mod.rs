//! Samples in, samples out: frames, codecs, tones, the DTMF detector, clips and the mixing of a bridge.
//!
//! Knows no leg, no file and no socket; nothing here allocates in a tick.

pub mod frame;

pub use frame::{Frame, FrameId};
pub mod dtmf;
pub mod mixer;
pub mod plane;
pub mod sounds;
