//! What every telephone that comes in by a door is served with.

use super::words::Words;
use crate::domain::{CallSource, Language, PhoneNumber};
use crate::engine::Engine;

/// What every telephone is served with.
pub struct Reception {
    /// The bridge.
    pub engine: Engine,
    /// What the prompts say.
    pub words: Words,
    /// Whose bridge it is.
    pub organization: String,
    /// The numbers that can be called, with the language in which each begins.
    pub numbers: Vec<(PhoneNumber, Language)>,
}

/// Whence a telephone's calls come.
#[derive(Clone, Copy, Debug)]
pub(super) enum Whence {
    /// From the number it says: whoever reaches this door is trusted.
    AsItSays,
    /// From there, whatever it says.
    From(CallSource),
}
