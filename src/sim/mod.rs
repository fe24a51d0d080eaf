//! The driver in virtual time: one thread, no clock, no sleep; a minute of calls takes as long as its sums take.
//!
//! A [`World`] holds an exchange, a store and scripted callers, and passes time from one thing that is due to the
//! next. What goes wrong outside (frames lost or late, a slow or absent store) it draws from a seeded stream.

mod agenda;
mod caught;
mod ears;
mod faults;
pub mod fuzz;
mod heard;
mod key_line;
mod office;
mod outside;
mod phones;
pub mod replay;
mod seat;
mod world;

pub use caught::caught;
pub use ears::{Voice, amiss_by_ear};
pub use faults::Faults;
pub use heard::Heard;
pub use office::Office;
pub use outside::Outside;
pub use seat::Seat;
pub use world::{Life, Report, Silence, World, WorldConfig};
