//! Samples in, samples out: frames, codecs, tones, the DTMF detector, clips and the mixing of a bridge.
//!
//! Knows no leg but by its id, no file and no socket; nothing here allocates in a tick.

mod bridge;
pub mod clip;
pub mod decode;
pub mod dtmf;
mod ear;
pub mod frame;
pub mod g711;
pub mod level;
pub mod mixer;
mod name;
pub mod plane;
pub mod rate;
pub mod sounds;
pub mod tone;
pub mod wav;

pub use frame::{Frame, FrameId};
