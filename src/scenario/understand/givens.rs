//! What is set: people, numbers, meetings, settings.

use super::super::cast::Names;
use super::super::form::Filled;
use super::super::problem::Problem;
use super::super::settings;
use super::super::step::{Administration, CallsFrom, KeysAs, SetMeeting, SetPin, What};
use super::super::text::Text;
use super::super::values;
use super::super::vocabulary::GivenForm;
use super::super::written::WrittenRow;
use super::{Understanding, conference_id, place, quoted};
use crate::domain::PhoneNumber;
use crate::domain::directory::RuleOverrides;
use crate::domain::pin::Pin;

impl Understanding<'_> {
    pub(super) fn given(
        &mut self,
        form: GivenForm,
        filled: &Filled<'_>,
        table: &[WrittenRow],
    ) -> Result<What, Problem> {
        match form {
            GivenForm::Sets => return self.set(&place(filled, "setting"), &place(filled, "value")),
            GivenForm::SetsTable => return self.set_all(table),
            GivenForm::MeetingSets => {
                let pair = (place(filled, "setting"), place(filled, "value"));
                return self.set_meeting(filled, &[pair]);
            }
            GivenForm::MeetingSetsTable => return self.set_meeting(filled, &pairs(table)?),
            GivenForm::OrganizerSets => return self.set_organizer(filled),
            GivenForm::HeldUntil => return self.held_until(filled),
            GivenForm::CallsFrom => {
                let number = CallsFrom::Number(phone(&place(filled, "phone"))?);
                for who in self.who(filled, Names::Introduce)? {
                    self.cast.people[who.0].calls_from = number;
                }
                return Ok(What::Set);
            }
            GivenForm::Withholds => {
                for who in self.who(filled, Names::Introduce)? {
                    self.cast.people[who.0].calls_from = CallsFrom::Withheld;
                }
                return Ok(What::Set);
            }
            GivenForm::KeysAs => {
                for who in self.who(filled, Names::Introduce)? {
                    self.cast.people[who.0].keys = keys_as(filled.word("how"));
                }
                return Ok(What::Set);
            }
            GivenForm::Organizes
            | GivenForm::IsUser
            | GivenForm::Group
            | GivenForm::AccessNumber
            | GivenForm::Address
            | GivenForm::NoAddress
            | GivenForm::OwnNumber
            | GivenForm::Time => {}
        }
        if self.running {
            let advice = "put it before the first call";
            return Err(Problem::new(
                filled.whole(),
                "this can only be so from the beginning",
                advice,
            ));
        }
        self.given_from_the_beginning(form, filled)?;
        Ok(What::Set)
    }

    fn given_from_the_beginning(
        &mut self,
        form: GivenForm,
        filled: &Filled<'_>,
    ) -> Result<(), Problem> {
        match form {
            GivenForm::Organizes => self.organizes(filled),
            GivenForm::IsUser => {
                let who = self.cast.person(&place(filled, "name"), Names::Introduce)?;
                self.cast.people[who.0].user = true;
                Ok(())
            }
            GivenForm::Group => self.cast.group(&place(filled, "name"), &place(filled, "count")),
            GivenForm::AccessNumber => {
                let spoken = place(filled, "languages");
                let languages = values::languages(spoken.as_str())
                    .map_err(|why| Problem::new(spoken.whole(), why, ""))?;
                self.setup.numbers.push((phone(&place(filled, "phone"))?, languages));
                Ok(())
            }
            GivenForm::Address => {
                let who = self.user(&place(filled, "possessive"))?;
                self.cast.people[who.0].address = Some(address(&place(filled, "quoted"))?);
                Ok(())
            }
            GivenForm::OwnNumber => {
                let who = self.user(&place(filled, "possessive"))?;
                self.cast.people[who.0].own_number = Some(phone(&place(filled, "phone"))?);
                Ok(())
            }
            GivenForm::NoAddress => {
                let who = self.user(&place(filled, "name"))?;
                self.cast.people[who.0].address = Some(String::new());
                Ok(())
            }
            GivenForm::Time => {
                self.setup.epoch = utc(&place(filled, "time"))?;
                Ok(())
            }
            GivenForm::CallsFrom
            | GivenForm::Withholds
            | GivenForm::KeysAs
            | GivenForm::Sets
            | GivenForm::SetsTable
            | GivenForm::MeetingSets
            | GivenForm::MeetingSetsTable
            | GivenForm::OrganizerSets
            | GivenForm::HeldUntil => Ok(()),
        }
    }

    fn organizes(&mut self, filled: &Filled<'_>) -> Result<(), Problem> {
        let id = place(filled, "id");
        let conference_id = conference_id(&id)?;
        if self.setup.meetings.iter().any(|meeting| meeting.conference_id == conference_id) {
            let problem = format!("there is a meeting {conference_id} already");
            return Err(Problem::new(id.whole(), problem, ""));
        }
        let organizer = self.cast.person(&place(filled, "name"), Names::Introduce)?;
        self.cast.people[organizer.0].user = true;
        let pin = match filled.get("pin") {
            None => None,
            Some(text) => {
                self.secrets.add(text.as_str());
                Pin::parse(text.as_str())
                    .map_err(|error| Problem::new(text.whole(), error.to_string(), ""))?;
                let other = self.setup.meetings.iter().find_map(|meeting| {
                    meeting.pin.as_ref().filter(|_| meeting.organizer == organizer)
                });
                if other.is_some_and(|other| other.reveal() != text.as_str()) {
                    let advice = "an organizer has one PIN for all their meetings";
                    return Err(Problem::new(text.whole(), "they have another PIN", advice));
                }
                Some(SetPin(text.as_str().to_owned()))
            }
        };
        let rules = RuleOverrides::default();
        let meeting = SetMeeting { conference_id, organizer, pin, rules, held_until: None };
        self.now.meetings.push(meeting.clone());
        self.setup.meetings.push(meeting);
        Ok(())
    }

    fn set(&mut self, setting: &Text, value: &Text) -> Result<What, Problem> {
        settings::set(&mut self.now.settings, setting.as_str(), value.as_str())
            .map_err(|(problem, advice)| Problem::new(setting.whole(), problem, advice))?;
        if self.running {
            let settings = Box::new(self.now.settings.clone());
            return Ok(What::Administers(Administration::Sets(settings)));
        }
        self.setup.settings = self.now.settings.clone();
        Ok(What::Set)
    }

    fn set_all(&mut self, table: &[WrittenRow]) -> Result<What, Problem> {
        let mut what = What::Set;
        for (setting, value) in pairs(table)? {
            what = self.set(&setting, &value)?;
        }
        Ok(what)
    }

    fn set_meeting(
        &mut self,
        filled: &Filled<'_>,
        pairs: &[(Text, Text)],
    ) -> Result<What, Problem> {
        let meeting = self.meeting(&place(filled, "id"))?;
        let rules = &mut self.now.meetings[meeting].rules;
        for (setting, value) in pairs {
            settings::set_rule(rules, setting.as_str(), value.as_str())
                .map_err(|(problem, advice)| Problem::new(setting.whole(), problem, advice))?;
        }
        if self.running {
            let rules = Box::new(rules.clone());
            return Ok(What::Administers(Administration::SetsMeeting(meeting, rules)));
        }
        self.setup.meetings[meeting].rules = rules.clone();
        Ok(What::Set)
    }

    fn set_organizer(&mut self, filled: &Filled<'_>) -> Result<What, Problem> {
        let organizer = self.organizer(&place(filled, "possessive"))?;
        let rules = self.now.organizers.entry(organizer).or_default();
        let setting = place(filled, "setting");
        settings::set_rule(rules, setting.as_str(), place(filled, "value").as_str())
            .map_err(|(problem, advice)| Problem::new(setting.whole(), problem, advice))?;
        if self.running {
            let rules = Box::new(rules.clone());
            return Ok(What::Administers(Administration::SetsOrganizer(organizer, rules)));
        }
        self.setup.organizers.insert(organizer, rules.clone());
        Ok(What::Set)
    }

    fn held_until(&mut self, filled: &Filled<'_>) -> Result<What, Problem> {
        let meeting = self.meeting(&place(filled, "id"))?;
        let until = utc(&place(filled, "time"))?;
        if self.running {
            return Ok(What::Administers(Administration::Reschedules(meeting, until)));
        }
        self.setup.meetings[meeting].held_until = Some(until);
        Ok(What::Set)
    }
}

/// The rows of a table of two columns.
pub(super) fn pairs(table: &[WrittenRow]) -> Result<Vec<(Text, Text)>, Problem> {
    let pair = |row: &WrittenRow| match &row.cells[..] {
        [name, value] => Ok((name.clone(), value.clone())),
        cells => {
            let at = cells.first().map_or_else(Default::default, Text::whole);
            let problem = format!("the row has {} cells", cells.len());
            Err(Problem::new(at, problem, "this table has two columns: what, and its value"))
        }
    };
    table.iter().map(pair).collect()
}

/// A mail address in quotes.
pub(super) fn address(text: &Text) -> Result<String, Problem> {
    let address = quoted(text);
    if address.as_str().split('@').filter(|part| !part.is_empty()).count() != 2 {
        let advice = "write it like megan@contoso.example";
        return Err(Problem::new(address.whole(), "this is no mail address", advice));
    }
    Ok(address.as_str().to_owned())
}

pub(super) fn keys_as(how: &str) -> KeysAs {
    match how {
        "events" => KeysAs::Events,
        "SIP INFO" => KeysAs::Info,
        _tones => KeysAs::Tones,
    }
}

pub(super) fn phone(text: &Text) -> Result<PhoneNumber, Problem> {
    text.as_str().parse().map_err(|error: crate::domain::number::PhoneNumberError| {
        Problem::new(text.whole(), error.to_string(), "write it like +1 425 555 0100")
    })
}

fn utc(text: &Text) -> Result<crate::domain::UtcTime, Problem> {
    values::time(text.as_str()).ok_or_else(|| {
        let problem = format!("{:?} is no time", text.as_str());
        Problem::new(text.whole(), problem, "write it like 2026-03-01 09:00, in UTC")
    })
}
