//! Expectations that cannot all be true at the same time: told before anything is run.

use super::cast::Cast;
use super::problem::Problem;
use super::step::{Expectation, Expected, Is, Percept, Place, When, Who};
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
        // What is so later, or for a while, may well follow something else.
        if let When::Within(_) | When::After(_) | When::For(_) = expectation.when
            && !matches!(expectation.what, Expected::HearsNot(..))
        {
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
        Ok(())
    }
}

impl Claim {
    fn contradicts(&self, earlier: &Self) -> bool {
        self.of == earlier.of
            && self.topic == earlier.topic
            && match (self.value == earlier.value, self.is == earlier.is) {
                (true, same) => !same,
                (false, _) => self.topic != HEARS && self.is == Is::So && earlier.is == Is::So,
            }
    }
}

fn claims(what: &Expected, line: usize) -> Vec<Claim> {
    let each = |who: &[Who], topic: &'static str, value: &str, is: Is| -> Vec<Claim> {
        let claim = |&of: &Who| Claim { of: Some(of), topic, value: value.to_owned(), is, line };
        who.iter().map(claim).collect()
    };
    let of_all = |topic, value: &str, is| {
        vec![Claim { of: None, topic, value: value.to_owned(), is, line }]
    };
    match what {
        Expected::In(who, Place::Lobby, is) => each(who, "place", "lobby", *is),
        Expected::In(who, Place::Meeting, is) => each(who, "place", "meeting", *is),
        Expected::Disconnected(who, _) => {
            let mut claims = each(who, "call", "over", Is::So);
            claims.extend(each(who, "place", "gone", Is::So));
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
        Expected::HasHeard(..)
        | Expected::Asked(..)
        | Expected::HearEachOther(_)
        | Expected::Matrix { .. }
        | Expected::Ends(_)
        | Expected::Role(..)
        | Expected::Letter { .. }
        | Expected::NoLetter(_)
        | Expected::CallRecord(..)
        | Expected::MeetingRecord(..) => Vec::new(),
    }
}

/// One hears many things, one after the other: only the same thing heard and not heard cannot be.
const HEARS: &str = "hears";

fn heard(percepts: &[Percept], who: &[Who], is: Is, line: usize) -> Vec<Claim> {
    let pairs = who.iter().flat_map(|&of| percepts.iter().map(move |percept| (of, percept)));
    pairs
        .map(|(of, percept)| {
            let value = format!("{percept:?}");
            Claim { of: Some(of), topic: HEARS, value, is, line }
        })
        .collect()
}
