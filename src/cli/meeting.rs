//! `holdline meeting`: meetings with a conference ID of their own.

use anyhow::Context as _;
use jiff::Timestamp;

use super::ask::{At, ask, at_most};
use super::table;
use crate::domain::{ConferenceId, UtcTime};
use crate::door::desk::{Request, SHOWN_MAX};

/// Schedule meetings, call them off, list them.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    at: At,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Make a meeting and show its conference ID.
    Add {
        /// Whose it is: number, name or mail address.
        organizer: String,
        /// What it is about.
        #[arg(long, default_value = "")]
        subject: String,
        /// When it ends, such as 2026-11-24T16:00:00Z: its conference ID expires sixty days later. Never, without.
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
    },
    /// Call a meeting off. Those who are in it or wait for it are told.
    Cancel {
        /// Its conference ID.
        conference_id: ConferenceId,
    },
    /// Show all meetings, or those you look for.
    List {
        /// Only those with this in the organizer's name, the subject or the conference ID.
        #[arg(value_name = "PART")]
        naming: Option<String>,
        #[arg(long, default_value_t = SHOWN_MAX, help = at_most())]
        limit: usize,
    },
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let request = match &arguments.what {
        What::Add { organizer, subject, until } => Request::Schedule {
            organizer: organizer.clone(),
            subject: subject.clone(),
            held_until: until.as_deref().map(utc).transpose()?,
        },
        What::Cancel { conference_id } => Request::Cancel { conference_id: *conference_id },
        What::List { naming, limit } => Request::Meetings { naming: naming.clone(), limit: *limit },
    };
    table::show(&ask(&arguments.at, request)?)
}

fn utc(text: &str) -> anyhow::Result<UtcTime> {
    let time: Timestamp = text
        .parse()
        .with_context(|| format!("{text:?} is no time: write it like 2026-11-24T16:00:00Z"))?;
    Ok(UtcTime::from_micros(time.as_microsecond()))
}
