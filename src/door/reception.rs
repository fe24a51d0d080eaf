//! What every telephone that comes in by a door is served with.

use std::sync::Arc;

use super::words::Words;
use crate::domain::{CallSource, Language, PhoneNumber};
use crate::engine::Engine;
use crate::media::sounds::Sounds;

/// What every telephone is served with.
pub struct Reception {
    /// The bridge.
    pub engine: Engine,
    /// What the prompts say.
    pub words: Words,
    /// How they sound.
    pub sounds: Arc<Sounds>,
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
