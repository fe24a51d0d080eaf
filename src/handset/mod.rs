//! A telephone for people: what it shows, what it sends, what it hears. Knows no terminal and no socket; the command line
//! brings it keys, messages and time.

mod caption;
pub mod phone;
pub mod screen;
pub mod script;
pub mod voice;

pub use phone::{Phone, Stage};
pub use script::{Script, ScriptError, Step};
pub use voice::Voice;
