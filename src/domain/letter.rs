//! A letter as a value: to whom, about what, and the text. Who writes it is `admin`, who sends it `mail`.

use std::fmt;

use zeroize::Zeroizing;

/// A letter to one address. Its body may hold a PIN: it is never printed, never serialized, and wiped when
/// dropped.
#[derive(PartialEq, Eq)]
pub struct Letter {
    /// The mail address it goes to.
    pub to: String,
    /// What it is about. Never holds a PIN.
    pub subject: String,
    body: Zeroizing<String>,
}

impl Letter {
    /// A letter of plain text, lines ended by `\n`.
    #[must_use]
    pub fn new(to: String, subject: String, body: Zeroizing<String>) -> Self {
        Self { to, subject, body }
    }

    /// Its text, for whoever sends it.
    #[must_use]
    pub fn reveal_body(&self) -> &str {
        &self.body
    }
}

/// Shows all but the body.
impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter")
            .field("to", &self.to)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}
