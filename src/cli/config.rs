//! `holdline config`: the settings of a bridge, shown and checked without running it.

use std::path::PathBuf;

use super::serve::settings::Settings;
use crate::cli::said::{say, say_as_it_is};

/// Show the settings with every key explained, or check a file.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Show what a bridge would be run with: the defaults, or those of a file.
    Show {
        /// A file of settings.
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Say whether a file is right.
    Check {
        /// A file of settings.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.what {
        What::Show { file } => say_as_it_is(Settings::load(file.as_deref())?.show()),
        What::Check { file } => {
            Settings::load(Some(file))?;
            say(format_args!("{} is right", file.display()));
        }
    }
    Ok(())
}
