//! What is to be so: what callers hear, where they are, what is written and on record.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each function is given the forms of its own, the last of which needs no name"
)]

use super::super::cast::Names;
use super::super::expected::{
    Expectation, Expected, Is, Percept, Place, Question, RecordField, When,
};
use super::super::form::Filled;
use super::super::problem::Problem;
use super::super::records;
use super::super::step::{SetPin, Who};
use super::super::text::Text;
use super::super::values;
use super::super::vocabulary::ThenForm;
use super::super::written::WrittenRow;
use super::givens::{address, pairs};
use super::{Understanding, duration, place, quoted};
use crate::domain::pin::{Pin, PinWeakness};
use crate::domain::{HangupCause, Role};

impl Understanding<'_> {
    pub(super) fn expectation(
        &mut self,
        form: ThenForm,
        filled: &Filled<'_>,
        table: &[WrittenRow],
    ) -> Result<Expectation, Problem> {
        let is = if filled.has("not") { Is::NotSo } else { Is::So };
        let what = match form {
            ThenForm::HasHeard
            | ThenForm::HearEachOther
            | ThenForm::HearNotEachOther
            | ThenForm::HearsNotUntil
            | ThenForm::HearsNot
            | ThenForm::Hears => self.hearing(form, filled)?,
            ThenForm::Matrix => self.matrix(table)?,
            ThenForm::Asked => {
                Expected::Asked(self.callers(filled)?, question(filled.word("for")), is)
            }
            ThenForm::In => {
                let lobby = filled.word("place") == "lobby";
                let place = if lobby { Place::Lobby } else { Place::Meeting };
                Expected::In(self.callers(filled)?, place, is)
            }
            ThenForm::Disconnected => {
                let cause = filled.get("cause").map(|text| cause(&text)).transpose()?;
                Expected::Disconnected(self.callers(filled)?, cause)
            }
            ThenForm::Busy => {
                Expected::Disconnected(self.callers(filled)?, Some(HangupCause::KeptOut))
            }
            ThenForm::Connected => Expected::Connected(self.callers(filled)?),
            ThenForm::Starts => Expected::Starts(self.meeting_if_named(filled)?),
            ThenForm::NotStarted => Expected::NotStarted(self.meeting_if_named(filled)?),
            ThenForm::Ends => Expected::Ends(self.meeting_if_named(filled)?),
            ThenForm::Recorded => Expected::Recorded(self.meeting_if_named(filled)?, is),
            ThenForm::Role => {
                let role = match filled.word("role") {
                    "organizer" => Role::Organizer,
                    "attendee" => Role::Attendee,
                    _authenticated_user => Role::Authenticated,
                };
                Expected::Role(self.callers(filled)?, role)
            }
            ThenForm::Muted => Expected::Muted(self.callers(filled)?, is),
            ThenForm::Hand => {
                Expected::HandRaised(vec![self.caller(&place(filled, "possessive"))?], is)
            }
            ThenForm::Letter
            | ThenForm::NoLetter
            | ThenForm::AnswerSays
            | ThenForm::AnswerShowsPin => self.told(form, filled)?,
            ThenForm::PinLength
            | ThenForm::IdLength
            | ThenForm::NoPinTwice
            | ThenForm::NoIdTwice
            | ThenForm::PinWeak
            | ThenForm::Alarms => self.digits(form, filled)?,
            ThenForm::Locked => Expected::PinLocked(self.user(&place(filled, "possessive"))?, is),
            ThenForm::CallRecord
            | ThenForm::CallRecordOne
            | ThenForm::MeetingRecord
            | ThenForm::MeetingRecordOne => self.record(form, filled, table)?,
        };
        let when = if form == ThenForm::Asked && is == Is::NotSo {
            When::For(NOT_ASKED_FOR)
        } else {
            when(filled, form)?
        };
        Ok(Expectation { what, when })
    }

    /// What users get by letter, and what whoever administers is told.
    fn told(&mut self, form: ThenForm, filled: &Filled<'_>) -> Result<Expected, Problem> {
        Ok(match form {
            ThenForm::Letter => Expected::Letter {
                to: self.user(&place(filled, "name"))?,
                at: filled.get("quoted2").map(|text| address(&text)).transpose()?,
                about: filled.get("quoted").map(|text| quoted(&text).as_str().to_owned()),
                pin: filled.has("with").then(|| match filled.word("with") {
                    "with" => Is::So,
                    _without => Is::NotSo,
                }),
            },
            ThenForm::AnswerSays => {
                let of = filled.get("name").map(|name| self.user(&name)).transpose()?;
                Expected::AnswerSays(quoted(&place(filled, "quoted")).as_str().to_owned(), of)
            }
            ThenForm::AnswerShowsPin => {
                let is = if filled.word("shows") == "shows" { Is::So } else { Is::NotSo };
                Expected::AnswerShowsPin(self.user(&place(filled, "possessive"))?, is)
            }
            _no_letter => Expected::NoLetter(self.user(&place(filled, "name"))?),
        })
    }

    /// What is to be so of PINs and conference IDs as such.
    fn digits(&mut self, form: ThenForm, filled: &Filled<'_>) -> Result<Expected, Problem> {
        let count = filled.word("count").parse::<usize>().unwrap_or(usize::MAX);
        Ok(match form {
            ThenForm::PinLength => {
                Expected::PinLength(self.user(&place(filled, "possessive"))?, count)
            }
            ThenForm::IdLength => Expected::IdLength(self.meeting(&place(filled, "id"))?, count),
            ThenForm::NoPinTwice => Expected::NoPinTwice(self.user(&place(filled, "name"))?),
            ThenForm::NoIdTwice => Expected::NoIdTwice,
            ThenForm::Alarms => Expected::Alarms(count),
            _weak => self.pin_weak(filled)?,
        })
    }

    fn pin_weak(&mut self, filled: &Filled<'_>) -> Result<Expected, Problem> {
        let who = self.user(&place(filled, "possessive"))?;
        let text = place(filled, "pin");
        self.secrets.add(text.as_str());
        Pin::parse(text.as_str())
            .map_err(|error| Problem::new(text.whole(), error.to_string(), ""))?;
        let why = match filled.word("reason") {
            "one digit over and over" => Some(PinWeakness::OneDigit),
            "a run of digits" => Some(PinWeakness::Run),
            "part of a telephone number" => Some(PinWeakness::InNumber),
            "part of a conference ID" => Some(PinWeakness::InConferenceId),
            "an earlier one" => Some(PinWeakness::Earlier),
            _nothing => None,
        };
        if (filled.word("may") == "may") == why.is_some() {
            let advice = "a PIN may be theirs, or may not be theirs because of a rule";
            return Err(Problem::new(filled.whole(), "this says half of it", advice));
        }
        Ok(Expected::PinWeak(who, SetPin(text.as_str().to_owned()), why))
    }

    /// What a record says: in a table, or one field of it.
    fn record(
        &mut self,
        form: ThenForm,
        filled: &Filled<'_>,
        table: &[WrittenRow],
    ) -> Result<Expected, Problem> {
        let said = match table.is_empty() {
            true => vec![(place(filled, "setting"), place(filled, "value"))],
            false => pairs(table)?,
        };
        Ok(match form {
            ThenForm::CallRecord | ThenForm::CallRecordOne => {
                let fields = fields(said, records::CALL_FIELDS)?;
                Expected::CallRecord(self.caller(&place(filled, "name"))?, fields)
            }
            _of_a_meeting => {
                let fields = fields(said, records::MEETING_FIELDS)?;
                Expected::MeetingRecord(self.meeting_if_named(filled)?, fields)
            }
        })
    }

    fn hearing(&mut self, form: ThenForm, filled: &Filled<'_>) -> Result<Expected, Problem> {
        let who = self.callers(filled)?;
        if let ThenForm::HearEachOther | ThenForm::HearNotEachOther = form {
            self.needs_sound = true;
            if who.len() < 2 {
                return Err(Problem::new(filled.whole(), "one caller alone has no other", ""));
            }
            return Ok(match form {
                ThenForm::HearEachOther => Expected::HearEachOther(who),
                _not => Expected::HearNotEachOther(who),
            });
        }
        let percepts = self.percepts(&place(filled, "heard"))?;
        people_are_asked_for_alone(form, filled, &percepts)?;
        Ok(match form {
            ThenForm::HasHeard => Expected::HasHeard(who, percepts),
            ThenForm::HearsNot => Expected::HearsNot(who, percepts),
            ThenForm::HearsNotUntil => {
                let until = self.percepts(&place(filled, "heard2"))?;
                people_are_asked_for_alone(form, filled, &until)?;
                Expected::HearsNotUntil(who, percepts, until)
            }
            _hears => {
                let language = self.language(filled)?;
                let spoken = |one: &Percept| matches!(one, Percept::Prompt(_));
                if language.is_some() && !percepts.iter().all(spoken) {
                    let at = place(filled, "language").whole();
                    return Err(Problem::new(at, "only prompts have a language", "leave it out"));
                }
                Expected::Hears(who, percepts, language)
            }
        })
    }

    /// `"a prompt", then hold music, then Ann and Bob`.
    fn percepts(&mut self, text: &Text) -> Result<Vec<Percept>, Problem> {
        let whole = text.as_str();
        let mut percepts = Vec::new();
        let mut at = 0;
        for piece in whole.split(", then ") {
            let from = at;
            at += piece.len() + ", then ".len();
            let lead = piece.len() - piece.trim_start().len();
            percepts.push(self.percept(&text.part(from + lead..from + piece.trim_end().len()))?);
        }
        Ok(percepts)
    }

    fn percept(&mut self, text: &Text) -> Result<Percept, Problem> {
        let whole = text.as_str();
        if whole.starts_with('"') {
            let name = quoted(text);
            return values::prompt(name.as_str()).map(Percept::Prompt).map_err(|advice| {
                let problem = format!("no prompt is called {:?}", name.as_str());
                Problem::new(text.whole(), problem, advice)
            });
        }
        Ok(match whole {
            "hold music" | "music" => Percept::Music,
            "silence" | "nothing" => Percept::Silence,
            "an entry tone" => Percept::Tone("entry"),
            "an exit tone" => Percept::Tone("exit"),
            "an admission tone" => Percept::Tone("admit"),
            "a recording tone" => Percept::Tone("record"),
            "nobody" | "anybody" => {
                self.needs_sound = true;
                Percept::Nobody
            }
            _people if whole.starts_with(char::is_uppercase) || whole.starts_with("every") => {
                self.needs_sound = true;
                Percept::Voices(self.cast.people(text, Names::InACall)?)
            }
            other => {
                let advice = "it is a prompt in quotes, hold music, silence, an entry tone, an exit tone, nobody, or callers by name";
                let problem = format!("nobody can tell what {other:?} sounds like");
                return Err(Problem::new(text.whole(), problem, advice));
            }
        })
    }

    /// Who hears whom: the first row has who speaks, each other row who hears.
    fn matrix(&mut self, table: &[WrittenRow]) -> Result<Expected, Problem> {
        self.needs_sound = true;
        let mut rows = table.iter();
        let heads =
            rows.next().map(|row| row.cells.get(1..).unwrap_or_default()).unwrap_or_default();
        let speakers = heads.iter().map(|cell| self.caller(cell)).collect::<Result<Vec<_>, _>>()?;
        let mut matrix = Vec::new();
        for row in rows {
            let Some((head, marks)) = row.cells.split_first() else { continue };
            let mut heard = Vec::new();
            for (mark, &speaker) in marks.iter().zip(&speakers) {
                match mark.as_str() {
                    "x" | "X" | "yes" => heard.push(speaker),
                    "" | "-" | "." | "no" => {}
                    _neither => {
                        let advice = "write x where they are heard and leave the others empty";
                        return Err(Problem::new(mark.whole(), "this is no mark", advice));
                    }
                }
            }
            matrix.push((self.caller(head)?, heard));
        }
        if matrix.is_empty() || speakers.is_empty() {
            let at = table.first().and_then(|row| row.cells.first()).map(Text::whole);
            let advice = "the first row has who speaks, each other row begins with who hears";
            return Err(Problem::new(at.unwrap_or_default(), "the table has no rows", advice));
        }
        Ok(Expected::Matrix { speakers, rows: matrix })
    }

    fn callers(&mut self, filled: &Filled<'_>) -> Result<Vec<Who>, Problem> {
        self.who(filled, Names::InACall)
    }

    fn caller(&mut self, text: &Text) -> Result<Who, Problem> {
        self.cast.person(text, Names::InACall)
    }
}

fn is_of_people(percept: &Percept) -> bool {
    matches!(percept, Percept::Voices(_) | Percept::Nobody)
}

/// People are heard when they are let speak: in a step of their own, and not in what was.
fn people_are_asked_for_alone(
    form: ThenForm,
    filled: &Filled<'_>,
    percepts: &[Percept],
) -> Result<(), Problem> {
    if !percepts.iter().any(is_of_people) {
        return Ok(());
    }
    let heard = place(filled, "heard");
    let told =
        |at: &Text, problem: &str, advice: &str| Err(Problem::new(at.whole(), problem, advice));
    match form {
        ThenForm::HasHeard => told(
            &heard,
            "voices are heard when asked for, and not looked for in what was",
            "say it at that time: `Ann hears Megan`",
        ),
        ThenForm::HearsNotUntil => Err(Problem::new(
            filled.whole(),
            "voices are heard when asked for",
            "say it of prompts, tones, hold music or silence",
        )),
        _at_last if percepts.len() > 1 => told(
            &heard,
            "people are heard in a step of their own",
            "write one step for the sounds, and another for the people",
        ),
        _at_last if filled.has("after") => told(
            &place(filled, "after"),
            "people are let speak when the step comes",
            "let the time pass first: `When 10 seconds pass`",
        ),
        ThenForm::Hears if heard.as_str() == "anybody" => {
            told(&heard, "anybody could be anyone", "name them, or say `nobody`")
        }
        ThenForm::HearsNot if heard.as_str() == "nobody" => {
            told(&heard, "this denies twice", "say `hears nobody`, or whom they do not hear")
        }
        _at_last => Ok(()),
    }
}

fn question(words: &str) -> Question {
    match words {
        "for the PIN" => Question::Pin,
        "for the conference ID" => Question::ConferenceId,
        "for a language" => Question::Language,
        "for a name" => Question::Name,
        _whether_they_are => Question::Organizer,
    }
}

/// How long it is watched that somebody is not asked for something.
const NOT_ASKED_FOR: std::time::Duration = std::time::Duration::from_secs(5);

fn when(filled: &Filled<'_>, form: ThenForm) -> Result<When, Problem> {
    if let Some(time) = duration(filled, "within")? {
        return Ok(When::Within(time));
    }
    if let Some(time) = duration(filled, "after")? {
        return Ok(When::After(time));
    }
    // The place `for` of a question is a word, not a time.
    if form != ThenForm::Asked
        && let Some(time) = duration(filled, "for")?
    {
        return Ok(When::For(time));
    }
    Ok(match form {
        ThenForm::HearsNot | ThenForm::HearNotEachOther => {
            duration(filled, "duration")?.map_or(When::Soon, When::For)
        }
        _soon => When::Soon,
    })
}

fn cause(text: &Text) -> Result<HangupCause, Problem> {
    values::cause(text.as_str()).map_err(|advice| {
        let problem = format!("no call ends because {:?}", text.as_str());
        Problem::new(text.whole(), problem, advice)
    })
}

fn fields(pairs: Vec<(Text, Text)>, known: &[&str]) -> Result<Vec<(RecordField, String)>, Problem> {
    let field = |(name, value): (Text, Text)| {
        let written = name.as_str().replace(' ', "-");
        if known.contains(&written.as_str()) {
            return Ok((RecordField(written), value.as_str().to_owned()));
        }
        let problem = format!("a record has no field {written:?}");
        Err(Problem::new(name.whole(), problem, values::nearest(&written, known.iter().copied())))
    };
    pairs.into_iter().map(field).collect()
}
