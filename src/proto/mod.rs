//! Protocols as values: bytes in, values out, and the other way; machines that need no socket and no clock.
//!
//! What comes from a network may be anything: nothing in this room panics on it, and nothing it prints shows a key, which
//! may be one of a PIN.

pub mod capture;
pub mod event_receiver;
pub mod event_sender;
pub mod info;
pub mod key_receiver;
pub mod rtp;
pub mod sdp;
pub mod sip;
pub mod telephone_event;
