//! Who is in a scenario: everybody by name, groups, who has called already.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::problem::Problem;
use super::step::{CallsFrom, KeysAs, Person, Who};
use super::text::Text;
use super::values::nearest;
use crate::domain::limits::SCENARIO_PEOPLE_MAX;

/// Everybody a scenario has named so far.
#[derive(Debug, Default)]
pub(super) struct Cast {
    pub people: Vec<Person>,
    groups: BTreeMap<String, Range<usize>>,
    called: BTreeSet<usize>,
}

/// Whether names that nobody has are new people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// They are: this step brings them in.
    Introduce,
    /// They are not.
    Known,
    /// They are not, and they must have called.
    InACall,
}

impl Cast {
    /// The people that a text names: `Ann, Bob and Crowd 3`, `everybody`, `every one of Crowd`.
    pub(super) fn people(&mut self, text: &Text, names: Names) -> Result<Vec<Who>, Problem> {
        let whole = text.as_str();
        if whole == "everybody" {
            let called: Vec<_> = self.called.iter().map(|&place| Who(place)).collect();
            return match called.is_empty() {
                true => Err(Problem::new(text.whole(), "nobody has called yet", "")),
                false => Ok(called),
            };
        }
        if let Some(group) = whole.strip_prefix("every one of ") {
            let part = text.part(whole.len() - group.len()..whole.len());
            let Some(range) = self.groups.get(group).cloned() else {
                let advice = nearest(group, self.groups.keys().map(String::as_str));
                let problem = format!("no group is called {group}");
                return Err(Problem::new(part.whole(), problem, advice));
            };
            return range.map(|place| self.known(place, &part, names)).collect();
        }
        pieces(whole).map(|bytes| self.person(&text.part(bytes), names)).collect()
    }

    /// One person by name.
    pub(super) fn person(&mut self, text: &Text, names: Names) -> Result<Who, Problem> {
        let name = text.as_str();
        let found = self.people.iter().position(|person| person.name == name);
        match (found, names) {
            (Some(place), _) => self.known(place, text, names),
            (None, Names::Introduce) => self.add(name, text),
            (None, Names::Known | Names::InACall) => {
                let known = self.people.iter().map(|person| person.name.as_str());
                let advice = match self.people.is_empty() {
                    true => format!("let them call first: `When {name} dials in`"),
                    false => nearest(name, known),
                };
                let who = if self.groups.contains_key(name) { "a group" } else { "nobody" };
                let advice = match self.groups.contains_key(name) {
                    true => format!("say `every one of {name}` or `{name} 1`"),
                    false => advice,
                };
                Err(Problem::new(text.whole(), format!("{who} is called {name}"), advice))
            }
        }
    }

    fn known(&self, place: usize, text: &Text, names: Names) -> Result<Who, Problem> {
        if names == Names::InACall && !self.called.contains(&place) {
            let name = &self.people[place].name;
            let problem = format!("{name} has not called yet");
            let advice = format!("let them call first: `When {name} dials in`");
            return Err(Problem::new(text.whole(), problem, advice));
        }
        Ok(Who(place))
    }

    fn add(&mut self, name: &str, text: &Text) -> Result<Who, Problem> {
        if self.people.len() >= SCENARIO_PEOPLE_MAX {
            let problem = format!("a scenario has at most {SCENARIO_PEOPLE_MAX} people");
            return Err(Problem::new(text.whole(), problem, "split it"));
        }
        if self.groups.contains_key(name) {
            let advice = format!("say `every one of {name}` or `{name} 1`");
            return Err(Problem::new(text.whole(), format!("{name} is a group"), advice));
        }
        self.people.push(Person {
            name: name.to_owned(),
            user: false,
            calls_from: CallsFrom::default(),
            keys: KeysAs::default(),
            address: None,
            own_number: None,
        });
        Ok(Who(self.people.len() - 1))
    }

    /// A group of so many.
    pub(super) fn group(&mut self, name: &Text, count: &Text) -> Result<(), Problem> {
        let is_taken = self.groups.contains_key(name.as_str())
            || self.people.iter().any(|person| person.name == name.as_str());
        if is_taken {
            let problem = format!("there is a {} already", name.as_str());
            return Err(Problem::new(name.whole(), problem, "give the group a name of its own"));
        }
        let least = self.people.len();
        let number = count.as_str().parse::<usize>().ok();
        let Some(many) = number.filter(|n| (1..=SCENARIO_PEOPLE_MAX - least).contains(n)) else {
            let most = SCENARIO_PEOPLE_MAX - least;
            let problem = format!("a group has 1 to {most} callers here");
            return Err(Problem::new(count.whole(), problem, ""));
        };
        for place in 1..=many {
            self.add(&format!("{} {place}", name.as_str()), name)?;
        }
        self.groups.insert(name.as_str().to_owned(), least..least + many);
        Ok(())
    }

    /// These have called.
    pub(super) fn call(&mut self, who: &[Who]) {
        self.called.extend(who.iter().map(|who| who.0));
    }
}

/// Names with commas and `and` between them, each as its bytes.
fn pieces(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    text.split(", and ").flat_map(|part| part.split(", ")).flat_map(|part| part.split(" and ")).map(
        move |piece| {
            let from =
                text.get(at..).and_then(|rest| rest.find(piece)).map_or(at, |more| at + more);
            at = from + piece.len();
            from..at
        },
    )
}
