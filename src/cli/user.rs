//! `holdline user`: who may hold meetings by phone.

use super::ask::{At, ask, at_most};
use super::table;
use crate::domain::PhoneNumber;
use crate::door::desk::{Request, SHOWN_MAX};

/// Add users, reset and unlock their PINs, list them, show what was altered.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    at: At,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Take somebody into the organization and let them hold meetings by phone. Shows the PIN, once.
    Add {
        /// As letters call them.
        name: String,
        /// Where letters go.
        #[arg(long, value_name = "ADDRESS")]
        mail: Option<String>,
        /// Their own telephone number.
        #[arg(long, value_name = "NUMBER")]
        number: Option<PhoneNumber>,
    },
    /// Make a new PIN and show it, once. The old one is worth nothing from then on.
    ResetPin {
        /// Whose: number, name or mail address.
        user: String,
        /// Send the letter there instead of to the user's own address.
        #[arg(long, value_name = "ADDRESS")]
        send_to: Option<String>,
    },
    /// Unlock a PIN that too many wrong ones have locked.
    Unlock {
        /// Whose: number, name or mail address.
        user: String,
    },
    /// Show everybody, or those you look for; PINs are masked.
    List {
        /// Only those with this in their name, mail address, number or conference ID.
        #[arg(value_name = "PART")]
        naming: Option<String>,
        #[arg(long, default_value_t = SHOWN_MAX, help = at_most())]
        limit: usize,
    },
    /// Show what was altered of users, meetings and the organization, when and by whom, the latest first.
    Audit {
        #[arg(long, default_value_t = 50, help = at_most())]
        limit: usize,
    },
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let request = match &arguments.what {
        What::Add { name, mail, number } => {
            Request::AddUser { name: name.clone(), address: mail.clone(), number: *number }
        }
        What::ResetPin { user, send_to } => {
            Request::ResetPin { user: user.clone(), send_to: send_to.clone() }
        }
        What::Unlock { user } => Request::Unlock { user: user.clone() },
        What::List { naming, limit } => Request::Users { naming: naming.clone(), limit: *limit },
        What::Audit { limit } => Request::Audit { limit: *limit },
    };
    table::show(&ask(&arguments.at, request)?)
}
