//! One leg's dialogue: what it says, which keys it takes, what it asks for. Pure; one total `match`.
//!
//! Knows no sound (a prompt is a name), no store (a question goes out, an event comes back), no other leg
//! and no meeting: where a caller is put is the exchange's to say.

mod collector;
mod dialogue;
mod event;
mod phrase;
mod state;
mod steps;
#[cfg(test)]
mod tests;
mod words;

pub use dialogue::{Dialogue, Found};
pub use event::{
    Company, Deed, Dismissal, Entrance, Event, Lead, NameStep, NameTaken, Notice, Place, Recorded,
    Refusal, Reply, Wait,
};
pub use phrase::{Phrase, Said};
pub use state::{Awaiting, LegPhase, Manner, Naming, State, Take};
pub use words::Unmuting;
