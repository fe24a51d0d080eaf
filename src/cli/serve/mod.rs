//! `holdline serve`: runs the bridge until it is told to stop.

mod first;
pub(super) mod settings;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::signal::unix::{SignalKind, signal};

use super::data::{Data, Held};
use super::{log_as, sounds};
use crate::cli::said::say;
use crate::domain::directory::Directory;
use crate::door::http;
use crate::door::local::{self, Local};
use crate::door::reception::Reception;
use crate::engine::entropy::unforeseeable;
use crate::engine::journals::JournalsConfig;
use crate::engine::{Engine, EngineConfig};
use crate::exchange::{Config, Switch};
use crate::store::{Argon2Hasher, SqliteStore, Store};

use settings::Settings;

/// Run the bridge.
///
/// The first start makes a demonstration organization and says how to dial it. SIGINT or SIGTERM: callers hear a goodbye,
/// records are written, and it ends with exit code 0 within five seconds.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Take the settings from this file; `holdline config show` shows what can be in it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Keep the data there, whatever the file says.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Answer HTTP there, whatever the file says; `off` for nowhere.
    #[arg(long, value_name = "ADDRESS")]
    http: Option<String>,
    /// Log this, whatever the file says: error, warn, info, debug, trace, or a filter.
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// Say nothing on standard output.
    #[arg(long)]
    quiet: bool,
}

/// Time for the last words.
const GOODBYE: Duration = Duration::from_secs(4);

pub(super) fn run(arguments: &Arguments, sounds_folder: Option<&Path>) -> anyhow::Result<()> {
    let settings = settings(arguments)?;
    log_as(&settings.log)?;
    let held = Data::at(&settings.data).hold()?;
    let (store, hasher) = (Arc::new(held.store()?), held.hasher()?);
    let sounds = sounds::load(sounds_folder)?;
    if store.is_empty()? {
        first::found(&held, &store, &*hasher)?;
    }
    sounds.check(&Config::of(store.directory()?.organization()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(serve(&settings, &held, store, hasher, sounds, arguments.quiet))
}

fn settings(arguments: &Arguments) -> anyhow::Result<Settings> {
    let mut settings = Settings::load(arguments.config.as_deref())?;
    if let Some(data) = &arguments.data {
        settings.data.clone_from(data);
    }
    if let Some(http) = &arguments.http {
        settings.http.clone_from(http);
        settings.http_address()?;
    }
    if let Some(log) = &arguments.log {
        settings.log.clone_from(log);
    }
    Ok(settings)
}

async fn serve(
    settings: &Settings,
    held: &Held,
    store: Arc<SqliteStore>,
    hasher: Arc<Argon2Hasher>,
    sounds: sounds::Loaded,
    quiet: bool,
) -> anyhow::Result<()> {
    // Whoever tells it to stop from here on is heard.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let directory = store.directory()?;
    let config = engine_config(settings, held, &directory);
    let kept: Arc<dyn Store> = store;
    let engine = Engine::start(config, sounds.all, Arc::clone(&kept), hasher.clone(), None)
        .context("cannot start the bridge")?;
    let numbers: Vec<_> = (directory.organization().access_numbers.iter())
        .map(|access| (access.number, access.languages.primary()))
        .collect();
    let organization = directory.organization().name.clone();
    drop(directory);
    let desk = local::desk_thread(&engine, kept, hasher, unforeseeable()?)?;
    let socket = held.data.socket();
    // The lock is ours, so whoever made it is gone.
    let _not_there = std::fs::remove_file(&socket);
    let words = sounds.words;
    let first = numbers.first().map(|(number, _)| *number);
    let reception = Arc::new(Reception { engine: engine.clone(), words, organization, numbers });
    let door = Local { reception: Arc::clone(&reception), desk };
    local::open(door, &socket).with_context(|| format!("{} cannot be opened", socket.display()))?;
    let http = match settings.http_address()? {
        Some(address) => Some(http::open(reception, address).await.with_context(|| {
            format!("nothing can listen at {address}: choose another with --http, or `--http off`")
        })?),
        None => None,
    };
    if !quiet {
        say(format_args!("Ready.        {}", socket.display()));
        if let Some(number) = first {
            say(format_args!("Access number {number}"));
        }
        if let Some(http) = http {
            say(format_args!("HTTP          http://{http}/metrics"));
        }
    }
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    let late = engine.shutdown(GOODBYE).await;
    let _gone_already = std::fs::remove_file(&socket);
    if !late.is_empty() {
        bail!("not all was done in time: {}", late.join(", "));
    }
    Ok(())
}

fn engine_config(settings: &Settings, held: &Held, directory: &Directory) -> EngineConfig {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let on_if = |on| if on { Switch::On } else { Switch::Off };
    EngineConfig {
        exchange: Config {
            legs_max: settings.legs_max,
            journal: on_if(settings.journal),
            watch: on_if(settings.watch),
            ..Config::of(directory.organization())
        },
        clerks: settings.clerks,
        shards: if settings.shards == 0 { cores } else { settings.shards },
        recordings: settings.recordings.then(|| held.data.recordings()),
        journals: settings.journal.then(|| JournalsConfig {
            folder: held.data.journals(),
            bytes_max: settings.journal_mib << 20,
            age_max: (settings.journal_days > 0).then(|| DAY * settings.journal_days),
        }),
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
