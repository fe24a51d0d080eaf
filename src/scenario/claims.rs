//! Expectations that cannot all be true at the same time: told before anything is run.

use super::cast::Cast;
use super::expected::{Expectation, Expected, Is, Percept, Place, When};
use super::problem::Problem;
use super::step::Who;
use super::text::Text;

/// What has been said to be so since something last happened.
#[derive(Debug, Default)]
pub(super) struct Claims {
    claims: Vec<Claim>,
}

/// Somebody is, or is not, something. Of one topic only one thing can be true of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Claim {
    of: Option<Who>,
    topic: &'static str,
    value: String,
    is: Is,
    line: usize,
}

impl Claims {
    /// Something has happened: what was so need not be so any more.
    pub(super) fn clear(&mut self) {
        self.claims.clear();
    }

    /// One more expectation; a problem if it cannot be true together with one before it.
    pub(super) fn add(
        &mut self,
        expectation: &Expectation,
        text: &Text,
        cast: &Cast,
    ) -> Result<(), Problem> {
        let timed = !matches!(expectation.when, When::Soon);
        let is_asked_not = matches!(expectation.what, Expected::Asked(_, _, Is::NotSo));
        let looks_back = is_asked_not
            || matches!(expectation.what, Expected::HearsNot(..) | Expected::HearNotEachOther(_));
        // What is so later, or for a while, may well follow something else.
        if timed && !looks_back {
            self.clear();
            return Ok(());
        }
        let at = text.whole();
        for claim in claims(&expectation.what, at.line) {
            if let Some(earlier) = self.claims.iter().find(|earlier| claim.contradicts(earlier)) {
                let whose = claim.of.map_or("the meeting", |who| cast.people[who.0].name.as_str());
                let problem = format!("this contradicts line {}", earlier.line);
                let advice = format!(
                    "nothing happens in between that could change it for {whose}: put a `When` there, or say \
                     `within` and a time"
                );
                return Err(Problem::new(at, problem, advice));
            }
            self.claims.push(claim);
        }
        // It is watched for some seconds, after which they may be asked.
        if is_asked_not {
            self.clear();
        }
        Ok(())
    }
}

impl Claim {
    fn contradicts(&self, earlier: &Self) -> bool {
        let (same, opposite) = (self.value == earlier.value, self.is != earlier.is);
        let denied = if self.is == Is::NotSo { self } else { earlier };
        self.of == earlier.of
            && self.topic == earlier.topic
            && match self.topic {
                HEARS | ASKED => same && opposite,
                // What is denied of all is denied of one.
                PEOPLE => opposite && (same || denied.value == ANYBODY),
                // One may be read and no other be there, but none comes while nothing happens.
                LETTER => self.is == Is::So && earlier.is == Is::NotSo,
                _of_which_one_is_so if same => opposite,
                _of_which_one_is_so => self.is == Is::So && earlier.is == Is::So,
            }
    }
}

fn claims(what: &Expected, line: usize) -> Vec<Claim> {
    let each = |who: &[Who], topic: &'static str, value: &str, is: Is| -> Vec<Claim> {
        let claim = |&of: &Who| Claim { of: Some(of), topic, value: value.to_owned(), is, line };
        who.iter().map(claim).collect()
    };
    let of_all =
        |topic, value: &str, is| vec![Claim { of: None, topic, value: value.to_owned(), is, line }];
    match what {
        Expected::In(who, Place::Lobby, is) => each(who, "place", "lobby", *is),
        Expected::In(who, Place::Meeting, is) => each(who, "place", "meeting", *is),
        Expected::Disconnected(who, cause) => {
            let mut claims = each(who, "call", "over", Is::So);
            claims.extend(each(who, "place", "gone", Is::So));
            claims.extend(cause.iter().flat_map(|cause| each(who, "cause", cause.name(), Is::So)));
            claims
        }
        Expected::Connected(who) => each(who, "call", "over", Is::NotSo),
        Expected::Muted(who, is) => each(who, "muted", "", *is),
        Expected::HandRaised(who, is) => each(who, "hand", "", *is),
        Expected::Starts(meeting) => of_all("meeting", &format!("{meeting:?} runs"), Is::So),
        Expected::NotStarted(meeting) => of_all("meeting", &format!("{meeting:?} runs"), Is::NotSo),
        Expected::Recorded(meeting, is) => of_all("recorded", &format!("{meeting:?}"), *is),
        Expected::PinLocked(who, is) => each(&[*who], "lock", "", *is),
        Expected::Hears(who, percepts, _) => heard(percepts, who, Is::So, line),
        Expected::HearsNot(who, percepts) => heard(percepts, who, Is::NotSo, line),
        Expected::HearEachOther(who) => each_other(who, Is::So, line),
        Expected::HearNotEachOther(who) => each_other(who, Is::NotSo, line),
        Expected::Asked(who, question, is) => each(who, ASKED, &format!("{question:?}"), *is),
        Expected::Role(who, role) => each(who, "role", &format!("{role:?}"), Is::So),
        Expected::Letter { to, .. } => each(&[*to], LETTER, "", Is::So),
        Expected::NoLetter(to) => each(&[*to], LETTER, "", Is::NotSo),
        Expected::HasHeard(..)
        | Expected::HearsNotUntil(..)
        | Expected::Matrix { .. }
        | Expected::Ends(_)
        | Expected::CallRecord(..)
        | Expected::AnswerSays(..)
        | Expected::AnswerShowsPin(..)
        | Expected::PinLength(..)
        | Expected::IdLength(..)
        | Expected::NoPinTwice(_)
        | Expected::NoIdTwice
        | Expected::PinWeak(..)
        | Expected::Alarms(_)
        | Expected::MeetingRecord(..) => Vec::new(),
    }
}

// Of these many things are so, one after the other: only the same thing so and not so cannot be.
const HEARS: &str = "hears";
const PEOPLE: &str = "hears people";
const ASKED: &str = "asked";

const LETTER: &str = "letter";

/// Everybody there is.
const ANYBODY: &str = "anybody";

/// From so many on who hears whom among them is not compared.
const COMPARED_MAX: usize = 16;

fn each_other(who: &[Who], is: Is, line: usize) -> Vec<Claim> {
    if who.len() > COMPARED_MAX {
        return Vec::new();
    }
    let others = |one: &Who| who.iter().copied().filter(|other| other != one).collect();
    let heard = |one: &Who| heard(&[Percept::Voices(others(one))], &[*one], is, line);
    who.iter().flat_map(heard).collect()
}

fn heard(percepts: &[Percept], who: &[Who], is: Is, line: usize) -> Vec<Claim> {
    let claim = |of: &Who, topic: &'static str, value: String, is: Is| Claim {
        of: Some(*of),
        topic,
        value,
        is,
        line,
    };
    let claims = |of: &Who, percept: &Percept| match percept {
        Percept::Voices(voices) => {
            let one = |voice: &Who| claim(of, PEOPLE, format!("{voice:?}"), is);
            voices.iter().map(one).collect()
        }
        Percept::Nobody => vec![claim(of, PEOPLE, ANYBODY.to_owned(), Is::NotSo)],
        Percept::Prompt(_) | Percept::Music | Percept::Silence | Percept::Tone(_) => {
            vec![claim(of, HEARS, format!("{percept:?}"), is)]
        }
    };
    who.iter().flat_map(|of| percepts.iter().flat_map(move |one| claims(of, one))).collect()
}
