//! The doors: the ways calls come in. Each turns its own kind of call into the engine's lines.

pub mod phone;
pub mod wire;
