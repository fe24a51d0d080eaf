//! Lines in which something is wrong: nobody knows what their digits mean, so they are shown only where they cannot be those of
//! a PIN.

use std::collections::BTreeSet;
use std::ops::Range;

use super::super::diagnostic::Diagnostic;
use super::super::written::WrittenScenario;
use super::{SECRET_DIGITS_MIN, Secrets, digits_of, numbers, runs};
use crate::domain::{ConferenceId, KeyMap};

/// What may be a PIN in a file of which something is wrong.
#[derive(Default)]
pub(in super::super) struct Suspects {
    /// Digits that are shown in no line.
    digits: BTreeSet<String>,
}

impl Suspects {
    /// Those of an outline whose rows are filled in: they may stand in another file.
    pub(in super::super) fn add(&mut self, written: &WrittenScenario, secrets: &Secrets) {
        for step in &written.steps {
            self.digits.extend(hidden(step.text.as_str(), secrets));
            let cells = step.table.iter().flat_map(|row| &row.cells);
            self.digits.extend(cells.flat_map(|cell| hidden(cell.as_str(), secrets)));
        }
    }

    /// Those of a line in which something is wrong.
    pub(in super::super) fn add_line(&mut self, line: &str, secrets: &Secrets) {
        self.digits.extend(hidden(line, secrets));
    }

    /// Those that are long enough to be hidden wherever they stand.
    pub(in super::super) fn long(&self) -> impl Iterator<Item = &str> {
        self.digits.iter().map(String::as_str).filter(|digits| digits.len() >= SECRET_DIGITS_MIN)
    }

    /// Makes dots of what may be a PIN in a fault. Below dots stands what stood below the digits: there are as many.
    pub(in super::super) fn hide(&self, fault: &mut Diagnostic, secrets: &Secrets) {
        let own: BTreeSet<String> = hidden(&fault.source, secrets).into_iter().collect();
        fault.source = without_pins(&fault.source, secrets);
        for text in [&mut fault.problem, &mut fault.advice] {
            let shown = super::dotted(text.as_str(), |_, run| {
                let before = &text[..run.start];
                let run = &text[run];
                own.contains(run) && run.len() > 1
                    || !is_counted(before) && self.tells_of_one(run, secrets)
            });
            *text = shown;
        }
    }

    /// Whether digits have so much in common with what may be a PIN that it could be guessed.
    fn tells_of_one(&self, run: &str, secrets: &Secrets) -> bool {
        let parts = run.as_bytes().windows(SECRET_DIGITS_MIN);
        let parts: Vec<&str> = parts.filter_map(|part| std::str::from_utf8(part).ok()).collect();
        let shares = |digits: &String| parts.iter().any(|part| digits.contains(part));
        !parts.is_empty()
            && !secrets.ids.contains(run)
            && self.digits.iter().chain(&secrets.secrets).any(shares)
    }
}

impl Secrets {
    /// The meetings that a file names, also in lines of which nothing else is understood. A PIN is never one.
    pub(in super::super) fn allow_meetings_of(&mut self, text: &str) {
        for line in text.lines().filter(|line| line.contains("organi")) {
            for number in numbers(line) {
                let named = line[..number.start].ends_with("meeting ");
                let id = digits_of(&line[number]).parse::<ConferenceId>();
                if let (true, Ok(id)) = (named, id)
                    && !self.secrets.contains(&id.to_string())
                {
                    self.allow(id);
                }
            }
        }
    }
}

/// Whether what comes next is a number that nobody wrote, or the number or the line of a row of an outline.
fn is_counted(before: &str) -> bool {
    if ["and ", "no scenario is at line ", "no outline has a row "].contains(&before) {
        return true;
    }
    let row = before.rsplit_once(" (row ").map(|(_, row)| row);
    let number = |row: &str| row.strip_suffix(", line ").is_some_and(is_number);
    row.is_some_and(|row| row.is_empty() || number(row))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A line with whatever may be a PIN as dots: as many as it has digits, so that what is below stands where it did.
pub(in super::super) fn without_pins(line: &str, secrets: &Secrets) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut done = 0;
    for run in suspicious(line, secrets) {
        shown.push_str(&line[done..run.start]);
        shown.extend(run.clone().map(|_| '•'));
        done = run.end;
    }
    shown + &line[done..]
}

fn hidden(line: &str, secrets: &Secrets) -> Vec<String> {
    suspicious(line, secrets).into_iter().map(|run| line[run].to_owned()).collect()
}

/// The digits of a line that may be those of a PIN.
fn suspicious(line: &str, secrets: &Secrets) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for number in numbers(line) {
        let whole = digits_of(&line[number.clone()]);
        if secrets.ids.contains(&whole) {
            continue;
        }
        for run in runs(line, number.clone()) {
            let place = Place { line, number: number.clone(), run: run.clone() };
            if secrets.is_secret(&line[run.clone()]) || !place.is_harmless(secrets) {
                found.push(run);
            }
        }
    }
    found
}

/// Where digits stand in a line.
struct Place<'a> {
    line: &'a str,
    /// The number they are part of.
    number: Range<usize>,
    run: Range<usize>,
}

impl Place<'_> {
    fn is_harmless(&self, secrets: &Secrets) -> bool {
        let digits = &self.line[self.run.clone()];
        if secrets.ids.contains(digits) {
            return true;
        }
        let word = self.word();
        if word.contains(['*', '#', '{']) {
            return word.strip_prefix('*').is_some_and(|keys| {
                keys == digits && KeyMap::default().command(digits.as_bytes()).is_some()
            });
        }
        let before = &self.line[..self.number.start];
        let telephone = before.ends_with('+');
        // A conference ID may be mistyped; nobody calls a PIN a meeting.
        let meeting = before.ends_with("meeting ") && self.number.len() > 2 * SECRET_DIGITS_MIN;
        telephone || meeting || self.is_measure(word) || self.is_short_and_no_key()
    }

    /// A date, a time of day, or a number with its unit.
    fn is_measure(&self, word: &str) -> bool {
        let signs = word.chars().filter(|c| "-:.".contains(*c)).count();
        let is_clock = word.chars().all(|c| c.is_ascii_digit() || "-:.".contains(c));
        let unit: String = self.line[self.number.end..]
            .trim_start_matches(['.', ' '])
            .chars()
            .take_while(|c| c.is_alphabetic() || *c == '%')
            .collect();
        let units = ["ms", "s", "second", "minute", "hour", "day", "caller", "%", "Hz"];
        (is_clock && (signs >= 2 || word.contains(':')))
            || units.contains(&unit.as_str())
            || units.contains(&unit.trim_end_matches('s'))
    }

    /// Too short for a PIN, and behind a word behind which nobody writes a part of one.
    fn is_short_and_no_key(&self) -> bool {
        let before = self.line[..self.number.start].trim_end_matches(['"', '.', ':']).trim_end();
        let mut words = before.split_whitespace().rev();
        let last = words.next().unwrap_or_default();
        let of_a_pin = words.next().is_some_and(|word| word.eq_ignore_ascii_case("pin"));
        let is_name = last.starts_with(char::is_uppercase) && !last.eq_ignore_ascii_case("pin");
        let is_cell = last == "|";
        let is_value = ["to", "is", "after", "within", "for", "at", "of"].contains(&last);
        self.run.len() < SECRET_DIGITS_MIN && (is_name || is_cell || is_value && !of_a_pin)
    }

    /// The signs around the digits up to the next blank, without quotes.
    fn word(&self) -> &str {
        let edge = |c: char| c.is_whitespace() || "|\"".contains(c);
        let from = self.line[..self.run.start]
            .rfind(edge)
            .map_or(0, |at| at + self.line[at..].chars().next().map_or(1, char::len_utf8));
        let until =
            self.line[self.run.end..].find(edge).map_or(self.line.len(), |at| self.run.end + at);
        &self.line[from..until]
    }
}
