//! The doors: the ways calls come in. Each turns its own kind of call into the engine's lines.

mod bearer;
pub mod desk;
mod guests;
pub mod http;
mod leaving;
mod line;
#[cfg(unix)]
pub mod local;
mod pace;
pub mod phone;
pub mod places;
pub mod reception;
mod web_phone;
pub mod wire;
pub mod words;
