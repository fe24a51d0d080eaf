//! What happens: callers, app users, administrators, faults.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each function is given the forms of its own, the last of which needs no name"
)]

use std::time::Duration;

use super::super::cast::Names;
use super::super::form::Filled;
use super::super::problem::Problem;
use super::super::step::{
    Act, Administration, AppDeed, Fault, Guessed, Guessing, Keys, KeysAs, OnOff, Packets,
    Recording, What, Who,
};
use super::super::values;
use super::super::vocabulary::WhenForm;
use super::super::written::WrittenRow;
use super::givens::{address, keys_as, phone};
use super::{Understanding, duration, place, quoted};
use crate::domain::{Command, Digit, Language, PromptId};

impl Understanding<'_> {
    pub(super) fn deed(
        &mut self,
        form: WhenForm,
        filled: &Filled<'_>,
        table: &[WrittenRow],
    ) -> Result<What, Problem> {
        match form {
            WhenForm::Passes => Ok(What::Passes(time(filled, "duration")?)),
            WhenForm::Together => self.together(table),
            WhenForm::At => self.at(filled),
            WhenForm::AppAll | WhenForm::AppOne | WhenForm::AppMeeting | WhenForm::AppHand => {
                self.app_deed(form, filled)
            }
            WhenForm::ResetsPin
            | WhenForm::ResetsOwnPin
            | WhenForm::UnlocksPin
            | WhenForm::ResetsId
            | WhenForm::Cancels
            | WhenForm::Enables
            | WhenForm::Lists
            | WhenForm::Disables => self.administration(form, filled).map(What::Administers),
            WhenForm::StoreSlow => Ok(What::Fault(Fault::StoreSlow(time(filled, "duration")?))),
            WhenForm::StoreState => Ok(What::Fault(match filled.word("is") {
                "is gone" => Fault::StoreGone,
                "fails" => Fault::StoreFails,
                _back => Fault::StoreBack,
            })),
            WhenForm::Restarts => Ok(What::Fault(Fault::Restart)),
            WhenForm::Guesses => self.guesses(filled),
            WhenForm::Dials
            | WhenForm::Keys
            | WhenForm::KeysBadly
            | WhenForm::KeysInBadEvents
            | WhenForm::KeysInOtherInfo
            | WhenForm::Holds
            | WhenForm::Speaks
            | WhenForm::Says
            | WhenForm::Plays
            | WhenForm::StaysSilent
            | WhenForm::Waits
            | WhenForm::Mutes
            | WhenForm::OnHold
            | WhenForm::Loses
            | WhenForm::HangsUp
            | WhenForm::JoinsByApp => {
                let (who, act) = self.act(form, filled)?;
                Ok(What::Does(who, act))
            }
        }
    }

    /// What callers do.
    fn act(&mut self, form: WhenForm, filled: &Filled<'_>) -> Result<(Vec<Who>, Act), Problem> {
        let comes = matches!(form, WhenForm::Dials | WhenForm::JoinsByApp);
        let who = self.who(filled, if comes { Names::Introduce } else { Names::InACall })?;
        let act = match form {
            WhenForm::Dials => {
                self.running = true;
                self.cast.call(&who);
                let number =
                    filled.get("phone").map(|text| self.access_number(&text)).transpose()?;
                let keys = filled.has("keys").then(|| self.keys(filled)).transpose()?;
                Act::Dials { number, keys }
            }
            WhenForm::JoinsByApp => {
                self.running = true;
                for &Who(person) in &who {
                    self.cast.people[person].user = true;
                }
                self.cast.call(&who);
                let meeting = self.meeting_if_named(filled)?;
                Act::JoinsByApp(meeting.map(|place| self.setup.meetings[place].conference_id))
            }
            WhenForm::Keys
            | WhenForm::KeysBadly
            | WhenForm::KeysInBadEvents
            | WhenForm::KeysInOtherInfo => Act::Keys(self.keys(filled)?),
            WhenForm::Holds => {
                let digit = place(filled, "key").as_str().chars().next().and_then(Digit::from_char);
                Act::Holds(digit.unwrap_or(Digit::POUND), time(filled, "duration")?)
            }
            WhenForm::Speaks => {
                self.needs_sound = true;
                Act::Speaks(time(filled, "duration")?)
            }
            WhenForm::Says => {
                self.needs_sound = true;
                Act::Says(prompt(filled)?, self.language(filled)?.unwrap_or_default())
            }
            WhenForm::Plays => {
                self.needs_sound = true;
                Act::Plays(self.recording(filled)?)
            }
            WhenForm::Mutes => {
                self.needs_sound = true;
                let on = filled.word("verb").starts_with("mute");
                Act::Mutes(if on { OnOff::On } else { OnOff::Off })
            }
            WhenForm::OnHold => {
                self.needs_sound = true;
                let on = filled.word("where") == "on hold";
                Act::PutsOnHold(if on { OnOff::On } else { OnOff::Off })
            }
            WhenForm::Loses => {
                self.needs_sound = true;
                Act::Loses(thousandths(filled)?)
            }
            WhenForm::HangsUp => Act::HangsUp,
            _stays_silent_or_waits => Act::Waits(time(filled, "duration")?),
        };
        Ok((who, act))
    }

    fn recording(&self, filled: &Filled<'_>) -> Result<Recording, Problem> {
        let name = quoted(&place(filled, "quoted"));
        let samples = self.files.sound(name.as_str()).map_err(|why| {
            let problem = format!("{:?} cannot be played: {why}", name.as_str());
            Problem::new(name.whole(), problem, "name it from where this file is")
        })?;
        Ok(Recording { name: name.as_str().to_owned(), samples })
    }

    fn access_number(&self, text: &super::Text) -> Result<crate::domain::PhoneNumber, Problem> {
        let number = phone(text)?;
        let known: Vec<_> =
            self.setup.numbers.iter().map(|(number, _)| number.to_string()).collect();
        if known.is_empty() || known.contains(&number.to_string()) {
            return Ok(number);
        }
        let advice = values::nearest(&number.to_string(), known.iter().map(String::as_str));
        Err(Problem::new(text.whole(), format!("the bridge has no number {number}"), advice))
    }

    pub(super) fn language(&self, filled: &Filled<'_>) -> Result<Option<Language>, Problem> {
        let Some(text) = filled.get("language") else { return Ok(None) };
        let known = values::languages(text.as_str()).map(|languages| Some(languages.primary()));
        known.map_err(|why| Problem::new(text.whole(), why, ""))
    }

    fn keys(&mut self, filled: &Filled<'_>) -> Result<Keys, Problem> {
        let variant = values::variant(filled.word("variant"));
        let packets = match filled.word("packets") {
            "leaking" => Some(Packets::EventsAndTones),
            "echoing" => Some(Packets::EventsThenTones),
            "doubled" => Some(Packets::EventsAndInfos),
            other => values::event_fault(other).map(Packets::Events),
        };
        let sent_as = filled.has("how").then(|| keys_as(filled.word("how")));
        // Whether a tone is a key also depends on what came before it.
        self.needs_sound |= variant.is_some()
            || sent_as == Some(KeysAs::Tones)
            || matches!(packets, Some(Packets::EventsAndTones | Packets::EventsThenTones));
        Ok(Keys {
            parts: self.key_parts(&place(filled, "keys"))?,
            sent_as,
            on: duration(filled, "duration")?,
            off: match duration(filled, "duration2")? {
                Some(off) => Some(off),
                None => duration(filled, "duration3")?,
            },
            variant,
            packets: packets
                .or_else(|| values::info_writing(filled.word("requests")).map(Packets::Infos)),
        })
    }

    fn guesses(&mut self, filled: &Filled<'_>) -> Result<What, Problem> {
        self.running = true;
        let who = self.cast.person(&place(filled, "name"), Names::Introduce)?;
        self.cast.call(&[who]);
        let at = match filled.word("what") {
            "PIN" | "PINs" => Guessed::Pins,
            _conference_ids => Guessed::ConferenceIds,
        };
        let meeting = self.meeting(&place(filled, "id"))?;
        let every = duration(filled, "duration")?;
        let pace = every.map(|every| Ok((times(filled, "count2")?, every))).transpose()?;
        let count = times(filled, "count")?;
        Ok(What::Guesses(who, Guessing { meeting, at, count, pace }))
    }

    fn together(&mut self, table: &[WrittenRow]) -> Result<What, Problem> {
        let mut deeds = Vec::new();
        for row in table {
            let [cell] = &row.cells[..] else {
                let at = row.cells.first().map_or_else(Default::default, super::Text::whole);
                return Err(Problem::new(at, "this table has one column: a deed", ""));
            };
            match self.meaning(cell, &[])? {
                What::Does(who, act) => deeds.push((who, act)),
                _no_deed_of_a_caller => {
                    let advice = "only what callers do can happen at the same time";
                    return Err(Problem::new(cell.whole(), "this is no deed of a caller", advice));
                }
            }
        }
        Ok(What::Together(deeds))
    }

    fn at(&mut self, filled: &Filled<'_>) -> Result<What, Problem> {
        let clock = place(filled, "clock");
        let at = values::clock(clock.as_str()).ok_or_else(|| {
            let advice = "write it like `12.340 s` or `1:02.5`";
            Problem::new(clock.whole(), "this is no time", advice)
        })?;
        let deed = place(filled, "value");
        match self.meaning(&deed, &[])? {
            What::Does(who, act) => Ok(What::At(at, who, act)),
            _no_deed_of_a_caller => {
                let advice = "only what callers do can be done at a time";
                Err(Problem::new(deed.whole(), "this is no deed of a caller", advice))
            }
        }
    }

    fn app_deed(&mut self, form: WhenForm, filled: &Filled<'_>) -> Result<What, Problem> {
        let by = self.user(&place(filled, "name"))?;
        let verb = filled.word("verb");
        let deed = match form {
            WhenForm::AppOne => {
                let whom = self.who(filled, Names::InACall)?;
                match verb {
                    "admits" => AppDeed::Admits(whom),
                    "refuses" => AppDeed::Refuses(whom),
                    "removes" => AppDeed::Removes(whom),
                    "mutes" => AppDeed::Mutes(whom),
                    _unmutes => AppDeed::LetsSpeak(whom),
                }
            }
            WhenForm::AppMeeting => match verb {
                "locks" => AppDeed::Locks,
                "unlocks" => AppDeed::Unlocks,
                _ends => AppDeed::Ends,
            },
            WhenForm::AppHand => AppDeed::Commands(Command::Hand),
            _all => match verb {
                "admits" => AppDeed::AdmitsAll,
                "mutes" => AppDeed::MutesAll,
                _unmutes => AppDeed::LetsAllSpeak,
            },
        };
        Ok(What::App(by, deed))
    }

    fn administration(
        &mut self,
        form: WhenForm,
        filled: &Filled<'_>,
    ) -> Result<Administration, Problem> {
        self.running = true;
        Ok(match form {
            WhenForm::ResetsPin => {
                let user = self.user(&place(filled, "possessive"))?;
                Administration::ResetsPin(user, times(filled, "count")?, sent_to(filled)?)
            }
            WhenForm::ResetsOwnPin => {
                Administration::ResetsOwnPin(self.user(&place(filled, "name"))?)
            }
            WhenForm::UnlocksPin => {
                Administration::Unlocks(self.user(&place(filled, "possessive"))?)
            }
            WhenForm::ResetsId => {
                let meeting = self.meeting(&place(filled, "id"))?;
                Administration::ResetsId(meeting, times(filled, "count")?)
            }
            WhenForm::Enables => {
                let user = self.user(&place(filled, "name"))?;
                self.enabled.push(user);
                Administration::Enables(user, sent_to(filled)?)
            }
            WhenForm::Lists => Administration::ListsUsers,
            WhenForm::Cancels => Administration::Cancels(self.meeting(&place(filled, "id"))?),
            _disables => Administration::Disables(self.user(&place(filled, "name"))?),
        })
    }
}

/// How often something is done: once if nothing is said.
fn times(filled: &Filled<'_>, name: &str) -> Result<usize, Problem> {
    let Some(text) = filled.get(name) else { return Ok(1) };
    let count = text.as_str().parse::<usize>().ok();
    count.filter(|count| (1..=TIMES_MAX).contains(count)).ok_or_else(|| {
        Problem::new(text.whole(), format!("this is none of 1 to {TIMES_MAX} times"), "")
    })
}

/// How often one step does something: as often as the greatest limit that is set by default, and one more.
const TIMES_MAX: usize = 5_001;

fn sent_to(filled: &Filled<'_>) -> Result<Option<String>, Problem> {
    filled.get("quoted").map(|text| address(&text)).transpose()
}

/// A time that every text of the form has.
fn time(filled: &Filled<'_>, name: &str) -> Result<Duration, Problem> {
    Ok(duration(filled, name)?.unwrap_or_default())
}

fn prompt(filled: &Filled<'_>) -> Result<PromptId, Problem> {
    let name = quoted(&place(filled, "quoted"));
    values::prompt(name.as_str()).map_err(|advice| {
        let problem = format!("no prompt is called {:?}", name.as_str());
        Problem::new(name.whole(), problem, advice)
    })
}

/// So many of a thousand, written as so many of a hundred.
fn thousandths(filled: &Filled<'_>) -> Result<u16, Problem> {
    let text = place(filled, "percent");
    let percent = text.as_str().parse::<f64>().ok().filter(|p| (0.0..=100.0).contains(p));
    let percent = percent
        .ok_or_else(|| Problem::new(text.whole(), "this is no percentage of 0 to 100", ""))?;
    Ok((percent * 10.0).round() as u16)
}
