//! Holdline: a telephony meeting bridge that you can dial, script and load.

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
pub mod ivr;
pub mod media;
pub mod report;
pub mod sim;
pub mod store;
