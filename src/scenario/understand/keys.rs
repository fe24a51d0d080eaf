//! What is keyed: digits, and placeholders for a PIN or a conference ID as they are then.

use super::super::problem::Problem;
use super::super::step::{KeyPart, Who};
use super::super::text::Text;
use super::Understanding;
use crate::domain::Digit;
use crate::domain::limits::SCENARIO_KEYS_MAX;

impl Understanding<'_> {
    /// The keys a text names.
    pub(super) fn key_parts(&mut self, text: &Text) -> Result<Vec<KeyPart>, Problem> {
        let whole = text.as_str();
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(next) = whole[at..].chars().next() {
            if next == '{' {
                let close = whole[at..].find('}').map_or(whole.len(), |more| at + more);
                parts.push(self.placeholder(&text.part(at + 1..close))?);
                at = (close + 1).min(whole.len());
                continue;
            }
            let Some(digit) = Digit::from_char(next) else {
                let advice = "a telephone has 0-9, *, # and A-D";
                return Err(Problem::new(text.span(at..at + 1), "this is no key", advice));
            };
            parts.push(KeyPart::Digit(digit));
            at += next.len_utf8();
        }
        if parts.len() > SCENARIO_KEYS_MAX {
            let problem = format!("more than {SCENARIO_KEYS_MAX} keys in one step");
            return Err(Problem::new(text.whole(), problem, "split it"));
        }
        Ok(parts)
    }

    fn placeholder(&mut self, text: &Text) -> Result<KeyPart, Problem> {
        let words = text.as_str();
        let of = |what: &str| words.strip_prefix(what)?.strip_prefix(" of ").map(str::len);
        let named = |length: usize| text.part(words.len() - length..words.len());
        if words == "PIN" {
            return self.the_organizer(text).map(KeyPart::PinOf);
        }
        if words == "WRONG PIN" {
            return self.the_organizer(text).map(KeyPart::WrongPinOf);
        }
        if words == "ID" {
            return match self.setup.meetings.len() {
                1 => Ok(KeyPart::IdOf(0)),
                0 => Err(Problem::new(text.whole(), "there is no meeting", "")),
                _several => {
                    let advice = "say which: {ID of 147852036}";
                    Err(Problem::new(text.whole(), "there are several meetings", advice))
                }
            };
        }
        if let Some(length) = of("PIN") {
            return self.organizer(&named(length)).map(KeyPart::PinOf);
        }
        if let Some(length) = of("WRONG PIN") {
            return self.organizer(&named(length)).map(KeyPart::WrongPinOf);
        }
        if let Some(length) = of("ID") {
            let named = named(length);
            if named.as_str().starts_with(char::is_uppercase) {
                return self.organizer(&named).map(KeyPart::OwnIdOf);
            }
            return self.meeting(&named).map(KeyPart::IdOf);
        }
        let advice = "there are {PIN}, {WRONG PIN}, {ID}, {PIN of Megan}, {WRONG PIN of Megan}, {ID of 147852036}, {ID of Megan}";
        Err(Problem::new(text.whole(), "there is no such placeholder", advice))
    }

    pub(super) fn organizer(&mut self, name: &Text) -> Result<Who, Problem> {
        let who = self.user(name)?;
        let organizes = self.setup.meetings.iter().any(|meeting| meeting.organizer == who);
        match organizes || self.enabled.contains(&who) {
            true => Ok(who),
            false => {
                let problem = format!("{} organizes no meeting and has no PIN", name.as_str());
                Err(Problem::new(name.whole(), problem, ""))
            }
        }
    }

    fn the_organizer(&self, text: &Text) -> Result<Who, Problem> {
        let mut organizers: Vec<_> = self.setup.meetings.iter().map(|m| m.organizer).collect();
        organizers.dedup();
        match &organizers[..] {
            [organizer] => Ok(*organizer),
            [] => Err(Problem::new(text.whole(), "nobody has a PIN", "")),
            _several => {
                let advice = format!("say whose: {{{} of Megan}}", text.as_str());
                Err(Problem::new(text.whole(), "several people have a PIN", advice))
            }
        }
    }
}
