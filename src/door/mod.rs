//! The doors: the ways calls come in. Each turns its own kind of call into the engine's lines.

pub mod desk;
pub mod http;
mod line;
#[cfg(unix)]
pub mod local;
pub mod phone;
pub mod wire;
pub mod words;
