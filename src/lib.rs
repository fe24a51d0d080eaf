//! Holdline: a telephony meeting bridge that you can dial, script and load.
//!
//! # The map
//! Rooms from the bottom up; each knows only those it may (the table is in `tests/tidy.rs`):
//! - [`domain`]: the nouns and the rules.
//! - [`media`]: samples in, samples out. [`proto`]: bytes and protocols. [`ivr`]: one leg's dialogue. [`caller`]: scripted callers and their ears.
//! - [`exchange`]: the one deterministic machine; [`store`]: what it asks; [`admin`]: what people decide about it;
//!   [`scenario`]: what callers are to do and hear, as text; [`report`]: what one looks at afterwards.
//! - [`sim`]: the driver in virtual time. `engine`: the driver on the wall clock.
//! - `door`: the ways calls come in. `handset`: a telephone for people. `cli`: the command line.
//!
//! `engine`, `door`, `handset`, `cli` and the store in a file need the feature `io`, which is on by default; without it nothing here can open a file
//! or a socket, read a clock or spawn.
//!
//! # The ways through the house
//! A key: [`exchange::Exchange::hear`] → [`media::dtmf`] → [`ivr::Dialogue`] → [`exchange::Output::Ask`] →
//! [`store::answer()`] → [`exchange::Input::Answer`] → the meeting starts and all who wait are admitted in one step →
//! [`exchange::hears`] derives what each leg hears → the next tick.
//!
//! A frame: `hear` → [`media::plane::Plane`] → [`exchange::Exchange::poll_audio`].
//!
//! A script: [`caller::Script`] → [`sim::World`] → [`sim::Report`], or → `door::phone` → `engine`; the trace is the same.
//!
//! Invariants, decisions and the state tables are in `ARCHITECTURE.md`.
#![warn(clippy::wildcard_enum_match_arm)]

pub mod admin;
pub mod caller;
#[cfg(feature = "io")]
pub mod cli;
pub mod domain;
#[cfg(feature = "io")]
pub mod door;
#[cfg(feature = "io")]
pub mod engine;
pub mod exchange;
#[cfg(feature = "io")]
pub mod handset;
pub mod ivr;
pub mod media;
pub mod proto;
pub mod report;
pub mod scenario;
pub mod sim;
pub mod store;
