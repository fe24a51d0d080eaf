//! From the bytes of a file to scenarios that can be carried out, and everything that is wrong with the others.

use super::diagnostic::Diagnostic;
use super::loading::{Loading, Read, Wanted};
use super::secrets::Secrets;
use super::step::Scenario;

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

impl Scenario {
    /// The name of somebody in it.
    #[must_use]
    pub fn name_of(&self, who: super::step::Who) -> &str {
        self.people.get(who.0).map_or("somebody", |person| &person.name)
    }

    /// Makes dots of all secrets of its file in whatever names it, but for the number of its row at the end of its name.
    pub(super) fn hide(&mut self, secrets: &Secrets, row: Option<usize>) {
        let row = row.map(super::outline::row_told).unwrap_or_default();
        let bare = self.name.strip_suffix(&row).map(str::to_owned);
        for text in [&mut self.feature].into_iter().chain(&mut self.rule).chain(&mut self.tags) {
            *text = secrets.hide(text);
        }
        self.name = match bare {
            Some(bare) => secrets.hide(&bare) + &row,
            None => secrets.hide(&self.name),
        };
    }
}
