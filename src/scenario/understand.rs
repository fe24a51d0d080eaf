//! What the steps of one scenario mean: each is found in the vocabulary, and its places are filled with people, keys, times.
//!
//! What a `Given` sets goes into the scenario's people and organization; everything else becomes a step to be carried out.

mod deeds;
mod expectations;
mod givens;
mod keys;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::Files;
use super::cast::{Cast, Names};
use super::claims::Claims;
use super::form::{Filled, Matcher, outline, outlines};
use super::problem::Problem;
use super::secrets::Secrets;
use super::step::{Kind, Setup, Step, What, Who};
use super::text::Text;
use super::vocabulary::{Form, FormId, forms};
use super::written::{WrittenRow, WrittenStep};
use crate::domain::{ConferenceId, UtcTime};

/// The time at which a scenario begins that says nothing of it: 2026-01-01 00:00 UTC.
const EPOCH: UtcTime = UtcTime::from_micros(1_767_225_600_000_000);

/// What is known of a scenario while its steps are read one by one.
pub(super) struct Understanding<'a> {
    files: &'a dyn Files,
    pub cast: Cast,
    pub setup: Setup,
    /// The organization's settings and the meetings' rules as they are by now.
    now: Setup,
    /// Whether somebody has called: what is set from then on is administered.
    running: bool,
    /// Users who have been enabled since.
    enabled: Vec<Who>,
    kind: Kind,
    claims: Claims,
    pub needs_sound: bool,
    /// Names are announced in some meeting: only by ear is a name told from silence, and only there does what is said to a whole
    /// meeting wait for its turn.
    pub names_are_said: bool,
    /// What has to be dots wherever it is shown.
    pub secrets: Secrets,
}

impl<'a> Understanding<'a> {
    pub(super) fn new(files: &'a dyn Files) -> Self {
        let setup = Setup { epoch: EPOCH, ..Setup::default() };
        Self {
            files,
            cast: Cast::default(),
            now: setup.clone(),
            setup,
            running: false,
            enabled: Vec::new(),
            kind: Kind::Given,
            claims: Claims::default(),
            needs_sound: false,
            names_are_said: false,
            secrets: Secrets::default(),
        }
    }

    /// What one more step means.
    pub(super) fn step(&mut self, written: &WrittenStep) -> Result<Step, Problem> {
        let kind = match written.keyword {
            "Given" => Kind::Given,
            "When" => Kind::When,
            "Then" => Kind::Then,
            _as_before => self.kind,
        };
        self.kind = kind;
        // Whatever a step was meant to do that is not understood: it may have changed all that was so.
        let what =
            self.meaning(&written.text, &written.table).inspect_err(|_| self.claims.clear())?;
        self.names_are_said |= self.now.announces_names();
        match &what {
            What::Expects(expectation) => {
                self.claims.add(expectation, &written.text, &self.cast)?
            }
            What::Set => {}
            What::Does(..)
            | What::At(..)
            | What::Together(_)
            | What::Guesses(..)
            | What::Passes(_)
            | What::App(..)
            | What::Administers(_)
            | What::Fault(_) => self.claims.clear(),
        }
        let whole = written.text.whole();
        Ok(Step {
            keyword: written.keyword,
            kind,
            text: written.text.as_str().to_owned(),
            table: written.table.iter().map(WrittenRow::words).collect(),
            at: super::diagnostic::Span::new(whole.line, written.column, 1),
            what,
        })
    }

    fn meaning(&mut self, text: &Text, table: &[WrittenRow]) -> Result<What, Problem> {
        let Some((form, filled)) = find(text) else { return Err(unknown(text)) };
        let takes_table = form.form.ends_with(':');
        if takes_table == table.is_empty() {
            let (problem, advice) = match takes_table {
                true => ("a table belongs under this step", "write its rows below, each `| ... |`"),
                false => ("this step takes no table", "leave it out"),
            };
            return Err(Problem::new(text.whole(), problem, advice));
        }
        match form.id {
            FormId::Given(form) => self.given(form, &filled, table),
            FormId::When(form) => self.deed(form, &filled, table),
            FormId::Then(form) => self.expectation(form, &filled, table).map(What::Expects),
        }
    }

    /// The people in the place `who`.
    fn who(&mut self, filled: &Filled<'_>, names: Names) -> Result<Vec<Who>, Problem> {
        self.cast.people(&place(filled, "who"), names)
    }

    /// The person in a place, who is a user of the organization.
    fn user(&mut self, text: &Text) -> Result<Who, Problem> {
        let who = self.cast.person(text, Names::Known)?;
        if self.cast.people[who.0].user {
            return Ok(who);
        }
        let name = text.as_str();
        let advice = format!("say so first: `Given {name} is a user of the app`");
        Err(Problem::new(
            text.whole(),
            format!("{name} does not belong to the organization"),
            advice,
        ))
    }

    /// The meeting in the place `id`, by place in the set-up.
    fn meeting(&self, text: &Text) -> Result<usize, Problem> {
        let id = conference_id(text)?;
        let found = self.setup.meetings.iter().position(|meeting| meeting.conference_id == id);
        found.ok_or_else(|| {
            let all: Vec<_> = self
                .setup
                .meetings
                .iter()
                .map(|meeting| meeting.conference_id.to_string())
                .collect();
            let advice = super::values::nearest(&id.to_string(), all.iter().map(String::as_str));
            Problem::new(text.whole(), format!("there is no meeting {id}"), advice)
        })
    }

    fn meeting_if_named(&self, filled: &Filled<'_>) -> Result<Option<usize>, Problem> {
        let named = filled.get("id").map(|text| self.meeting(&text)).transpose()?;
        if named.is_none() && self.setup.meetings.is_empty() {
            let advice = "name one first: `Given Megan organizes meeting 147852036`";
            return Err(Problem::new(filled.whole(), "there is no meeting", advice));
        }
        Ok(named)
    }
}

/// What stands in a place that every text of the form fills.
fn place(filled: &Filled<'_>, name: &str) -> Text {
    filled.get(name).unwrap_or_default()
}

fn duration(filled: &Filled<'_>, name: &str) -> Result<Option<std::time::Duration>, Problem> {
    let Some(text) = filled.get(name) else { return Ok(None) };
    match super::values::duration(text.as_str()) {
        Some(time) => Ok(Some(time)),
        None if super::values::is_too_long(text.as_str()) => {
            let problem = format!("{:?} is longer than anything here", text.as_str());
            let days = crate::domain::limits::SCENARIO_LASTS_MAX.as_secs() / 86_400;
            Err(Problem::new(
                text.whole(),
                problem,
                format!("a scenario lasts at most {days} days"),
            ))
        }
        None => {
            let advice = "write it like `5 seconds`, `200 ms`, `1 minute and 30 seconds`";
            Err(Problem::new(text.whole(), format!("{:?} is no time", text.as_str()), advice))
        }
    }
}

fn conference_id(text: &Text) -> Result<ConferenceId, Problem> {
    let digits: String = text.as_str().chars().filter(char::is_ascii_digit).collect();
    digits.parse().map_err(|error: crate::domain::conference_id::ConferenceIdError| {
        let advice = match ConferenceId::with_check_digit(
            digits.get(..digits.len() - 1).unwrap_or_default(),
        ) {
            Ok(near) => format!("with its check digit it would be {near}"),
            Err(_not_near) => String::new(),
        };
        Problem::new(text.whole(), error.to_string(), advice)
    })
}

/// What is in quotes.
fn quoted(text: &Text) -> Text {
    let length = text.as_str().len();
    if length < 2 { text.clone() } else { text.part(1..length - 1) }
}

fn matchers() -> &'static [(&'static Form, Matcher)] {
    static MATCHERS: OnceLock<Vec<(&'static Form, Matcher)>> = OnceLock::new();
    MATCHERS.get_or_init(|| forms().map(|form| (form, Matcher::new(form.form))).collect())
}

/// The first form that a text has.
fn find(text: &Text) -> Option<(&'static Form, Filled<'_>)> {
    matchers().iter().find_map(|(form, matcher)| Some((*form, matcher.fill(text)?)))
}

/// The form that a step has, if it is one of the vocabulary.
#[cfg(test)]
pub(crate) fn form_of(step: &str) -> Option<&'static Form> {
    find(&Text::new(step, 1, 1)).map(|(form, _filled)| form)
}

/// The form that a step has, and what fills its places.
#[cfg(test)]
pub(super) fn filled_form(step: &Text) -> Option<(&'static Form, Vec<(String, String)>)> {
    let (form, filled) = find(step)?;
    let places = filled.all().map(|(name, text)| (name.to_owned(), text.to_owned()));
    Some((form, places.collect()))
}

/// Whether a text is spelled like a step.
pub(super) fn is_step(text: &str) -> bool {
    find(&Text::new(text, 1, 1)).is_some()
}

/// The form most like a text, and how like it is.
type Nearest = Option<(f64, &'static Form)>;

/// Texts whose nearest form is remembered: an outline of many rows has one misspelled step again and again.
const REMEMBERED_MAX: usize = 256;

thread_local! {
    static REMEMBERED: RefCell<BTreeMap<String, Nearest>> = const { RefCell::new(BTreeMap::new()) };
}

fn nearest_form(text: &str) -> Nearest {
    let bare = outline(text);
    REMEMBERED.with_borrow_mut(|remembered| {
        if let Some(found) = remembered.get(&bare) {
            return *found;
        }
        let found = find_nearest(&bare);
        if remembered.len() >= REMEMBERED_MAX {
            remembered.clear();
        }
        remembered.insert(bare, found);
        found
    })
}

fn find_nearest(bare: &str) -> Nearest {
    static OUTLINES: OnceLock<Vec<(&Form, Vec<String>)>> = OnceLock::new();
    let all = OUTLINES.get_or_init(|| forms().map(|form| (form, outlines(form.form))).collect());
    let likeness = |outlines: &[String]| {
        let each = outlines.iter().map(|one| strsim::normalized_damerau_levenshtein(bare, one));
        each.fold(0.0, f64::max)
    };
    let found = all.iter().map(|(form, outlines)| (likeness(outlines), *form));
    found.max_by(|a, b| a.0.total_cmp(&b.0))
}

/// What to say of a step that is none.
fn unknown(text: &Text) -> Problem {
    let advice = match nearest_form(text.as_str()) {
        Some((near, form)) if near >= NEAR => {
            format!("the nearest step there is: {}\n  such as: {}", form.spelled(), form.example)
        }
        Some(_) | None => "`holdline scenario steps` shows all there are".to_owned(),
    };
    let lower = text.as_str().chars().next().is_some_and(char::is_lowercase);
    let advice = match lower && find(&capitalized(text)).is_some() {
        true => "a name begins with a capital letter".to_owned(),
        false => advice,
    };
    Problem::new(text.whole(), "there is no such step", advice)
}

/// Likeness from which a step is worth being shown as what may have been meant.
const NEAR: f64 = 0.5;

fn capitalized(text: &Text) -> Text {
    let mut letters = text.as_str().chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    Text::new(&(first + letters.as_str()), 1, 1)
}
