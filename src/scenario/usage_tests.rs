//! The scenarios that are shipped use the whole vocabulary: each form, each part that may be left out, each of several words.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::load::Files;
use super::outline::Filling;
use super::read::Reader;
use super::text::Text;
use super::understand::filled_form;
use super::vocabulary::{Form, forms};

struct Beside(PathBuf);

impl Files for Beside {
    fn table(&self, name: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.0.join(name)).map_err(|error| error.to_string())
    }

    fn sound(&self, _name: &str) -> Result<Arc<[i16]>, String> {
        Ok(Arc::from([]))
    }
}

/// What of a form is used: the form itself, a place in it, one of several words.
type Use = (String, String, String);

/// Words that differ in number and gender alone say the same.
fn sense(word: &str) -> &str {
    match word {
        "her" | "his" | "their" | "the" | "a" | "an" => "the",
        "is" | "are" => "is",
        "has" | "have" => "have",
        "has been" | "have been" => "have been",
        "never hear" | "never hears" | "do not hear" | "does not hear" => "not hear",
        "pass" | "passes" => "pass",
        other => other.strip_suffix('s').unwrap_or(other),
    }
}

/// Everything that can be used of a form.
fn wanted(form: &Form) -> BTreeSet<Use> {
    let name = form.spelled();
    let mut wanted = BTreeSet::from([(name.clone(), String::new(), String::new())]);
    for place in form.form.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
        match place.split_once('=') {
            None => drop(wanted.insert((name.clone(), place.to_owned(), String::new()))),
            Some((place, words)) => wanted.extend(
                words
                    .split('|')
                    .map(|word| (name.clone(), place.to_owned(), sense(word).to_owned())),
            ),
        }
    }
    wanted
}

/// What a step uses, and the steps within it.
fn add_uses(step: &Text, used: &mut BTreeSet<Use>) {
    let Some((form, places)) = filled_form(step) else { return };
    let name = form.spelled();
    used.insert((name.clone(), String::new(), String::new()));
    for (place, text) in places {
        if place == "value" {
            add_uses(&Text::new(&text, 1, 1), used);
        }
        used.insert((name.clone(), place.clone(), String::new()));
        used.insert((name.clone(), place, sense(&text).to_owned()));
    }
}

/// All that the shipped scenarios use.
fn used() -> BTreeSet<Use> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/scenarios");
    let mut used = BTreeSet::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "feature") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let mut reader = Reader::new("a.feature", &bytes);
        while let Some(written) = reader.next(&bytes) {
            let (mut filling, _problems) = Filling::of(written, &Beside(folder.clone()));
            while let Some((written, _problems)) = filling.next() {
                for step in &written.steps {
                    add_uses(&step.text, &mut used);
                    let cells = step.table.iter().flat_map(|row| &row.cells);
                    cells.for_each(|cell| add_uses(cell, &mut used));
                }
            }
        }
    }
    used
}

#[test]
fn the_shipped_scenarios_use_the_whole_vocabulary() {
    let used = used();
    let unused: Vec<String> = forms()
        .flat_map(wanted)
        .filter(|wanted| !used.contains(wanted))
        .map(|(form, place, word)| match (place.is_empty(), word.is_empty()) {
            (true, _) => form,
            (false, true) => format!("{form}: with {{{place}}}"),
            (false, false) => format!("{form}: with {word:?}"),
        })
        .collect();
    assert!(unused.is_empty(), "no shipped scenario uses\n  {}", unused.join("\n  "));
}
