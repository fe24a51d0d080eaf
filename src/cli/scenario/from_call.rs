//! `holdline scenario from-call`: a scenario of a call, or of all calls of a meeting, that a bridge has recorded.

use std::path::{Path, PathBuf};

use super::super::call_id::CallId;
use super::super::data::{self, Data};
use super::super::trace::load::sounds;
use super::recorded::{Files, Group};
use crate::cli::new_file::leave_scenario;
use crate::domain::LegId;
use crate::scenario::{Field, from_journal};

/// Make a scenario of a call that a bridge has recorded: what was keyed when, what was heard, how it ended.
///
/// PINs are placeholders: they are in no journal. Other calls are in it where this one would have gone otherwise without them.
/// Exit code: 0 when it is made, 2 when there is no such call, or a file is wrong.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The call, as `holdline calls` lists it: leg-7@2026-03-01T09:00:03Z, or leg-7 where one run of the bridge is meant.
    #[arg(value_name = "ID")]
    id: CallId,
    /// The folder in which the bridge keeps its data; its journals are there.
    #[arg(long, value_name = "DIR", default_value = data::DEFAULT, conflicts_with = "journal")]
    data: PathBuf,
    /// Take these journals, of one run or several.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    journal: Vec<PathBuf>,
    /// Make one of all calls of its meeting that were there at the same time.
    #[arg(long)]
    meeting: bool,
    /// Write it to this new file.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, sounds_folder: Option<&Path>) -> anyhow::Result<()> {
    let files = match arguments.journal.is_empty() {
        true => Files::in_folder(&Data::at(&arguments.data).journals())?,
        false => Files::of(&arguments.journal)?,
    };
    let (id, sounds) = (arguments.id, sounds(sounds_folder)?);
    let run = files.run_of(id)?;
    let group = Group::of(&run, id, &sounds)?;
    let date = group.begins_at().to_string();
    let date = date.split('T').next().unwrap_or_default();
    let (told, about, name, made_from) = match (arguments.meeting, group.conference_id()) {
        (true, Some(conference_id)) => {
            let (about, name) = (group.legs(), format!("Meeting {conference_id}"));
            let made_from = format!("all calls of meeting {conference_id} of {date}");
            (group, about, name, made_from)
        }
        (true, None) => anyhow::bail!("{id} found no meeting: leave out --meeting"),
        (false, _) => {
            let told = group.with_what_matters_to(id.leg, &sounds)?;
            let others: Vec<String> = (told.legs().into_iter())
                .filter(|leg| *leg != id.leg)
                .map(|leg| leg.to_string())
                .collect();
            let with = match others.is_empty() {
                true => String::new(),
                false => format!(
                    ", with {}, without which it would have gone otherwise",
                    others.join(", ")
                ),
            };
            let made_from = format!("call {} of {date}{with}", id.leg);
            (told, vec![id.leg], format!("Call {}", id.leg), made_from)
        }
    };
    let about: &[LegId] = &about;
    let field = Field {
        journal: &told.journal,
        retold: &told.retold,
        about,
        name: &name,
        made_from: &made_from,
    };
    leave_scenario(arguments.out.as_deref(), &from_journal(&field))
}
