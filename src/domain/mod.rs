//! The nouns and the rules: what a leg, a digit, a PIN, a meeting are, and what holds for them.
//!
//! Knows nothing of sound, sockets, clocks, threads, or of any other room of the house.

pub mod audit;
pub mod call_record;
pub mod call_source;
pub mod conference_id;
pub mod digit;
pub mod directory;
mod draw;
pub mod id;
pub mod keypad;
pub mod language;
pub mod letter;
pub mod limits;
pub mod lockout;
pub mod meeting;
pub mod meeting_record;
pub mod number;
pub mod pin;
pub mod prompt;
pub mod question;
pub mod settings;
pub mod settings_check;
pub mod time;

pub use audit::{Actor, Altered, AuditEntry, Signed};
pub use call_record::{CallRecord, HangupCause, Record};
pub use call_source::CallSource;
pub use conference_id::ConferenceId;
pub use digit::{Digit, Entry, Key};
pub use id::{IdHash, LegId, LegIdError, MeetingId, UserId};
pub use keypad::{Command, KeyMap};
pub use language::{Language, Languages, Spoken};
pub use meeting::{EndReason, MeetingPhase, Role};
pub use meeting_record::MeetingRecord;
pub use number::PhoneNumber;
pub use pin::Pin;
pub use prompt::PromptId;
pub use question::{Answer, MeetingCard, Question, Ticket};
pub use time::{Uptime, UtcTime};
