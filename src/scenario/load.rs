//! From the bytes of a file to scenarios that can be carried out, and everything that is wrong with the others.

use super::diagnostic::Diagnostic;
use super::loading::{Loading, Read, Wanted};
use super::step::Scenario;
use super::understand::SECRET_DIGITS_MIN;
use crate::domain::ConferenceId;

/// What scenarios name that lies in other files, by its name from where theirs is.
pub trait Files {
    /// The bytes of a table.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn table(&self, name: &str) -> Result<Vec<u8>, String>;

    /// The samples of a sound, 8 kHz.
    ///
    /// # Errors
    /// Why it cannot be read, or is none.
    fn sound(&self, name: &str) -> Result<std::sync::Arc<[i16]>, String>;
}

/// A file of scenarios, read.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// Those that can be carried out.
    pub scenarios: Vec<Scenario>,
    /// Everything that is wrong with the file, in its order.
    pub faults: Vec<Diagnostic>,
}

/// Reads a file of scenarios. A scenario with a fault is left out; all others are there.
#[must_use]
pub fn load(path: &str, bytes: &[u8], files: &dyn Files) -> Loaded {
    let mut loading = Loading::new(path, bytes, Wanted::default());
    let mut loaded = Loaded::default();
    while let Some(read) = loading.next(bytes, files) {
        match read {
            Read::Scenario(scenario) => loaded.scenarios.push(*scenario),
            Read::Fault(fault) => loaded.faults.push(fault),
        }
    }
    loaded.faults.sort_by_key(|fault| fault.at);
    loaded
}

/// A line in which something is wrong, with whatever may be a PIN as dots: as many as it has digits, so that what is below
/// stands where it did.
pub(super) fn without_pins(line: &str) -> String {
    let is_row = line.trim_start().starts_with('|');
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(from) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, run) = rest.split_at(from);
        shown.push_str(before);
        let digits = run.find(|c: char| !c.is_ascii_digit()).unwrap_or(run.len());
        let (run, after) = run.split_at(digits);
        let is_id = run.parse::<ConferenceId>().is_ok();
        let keyed = is_row || ["key ", "keys "].iter().any(|word| shown.ends_with(word));
        let secret = shown.ends_with("PIN is ") || shown.ends_with('*') || (keyed && !is_id);
        match secret && digits >= SECRET_DIGITS_MIN {
            true => shown.extend(std::iter::repeat_n('•', digits)),
            false => shown.push_str(run),
        }
        rest = after;
    }
    shown + rest
}

/// A text with every secret in it as dots, as many whatever the secret's length.
pub(super) fn hide(text: &str, secrets: &[String]) -> String {
    let mut hidden = String::with_capacity(text.len());
    let mut digits = String::new();
    let flush = |digits: &mut String, hidden: &mut String| {
        match secrets.contains(digits) {
            true => hidden.push_str(DOTS),
            false => hidden.push_str(digits),
        }
        digits.clear();
    };
    for letter in text.chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        flush(&mut digits, &mut hidden);
        hidden.push(letter);
    }
    flush(&mut digits, &mut hidden);
    hidden
}

const DOTS: &str = "•••••";

impl Scenario {
    /// The name of somebody in it.
    #[must_use]
    pub fn name_of(&self, who: super::step::Who) -> &str {
        self.people.get(who.0).map_or("somebody", |person| &person.name)
    }
}
