//! `holdline serve`: runs the bridge until it is told to stop.

mod descriptors;
mod first;
pub(super) mod settings;
mod signals;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::runtime::Runtime;

use super::data::{Data, Held};
use super::said::say;
use super::{all_is_said, log_apart, sounds};
use crate::domain::directory::Organization;
use crate::domain::{PhoneNumber, UtcTime};
use crate::door::http;
use crate::door::local::{self, Local};
use crate::door::reception::Reception;
use crate::engine::entropy::unforeseeable;
use crate::engine::journals::JournalsConfig;
use crate::engine::tasks::Tasks;
use crate::engine::{Engine, EngineConfig};
use crate::exchange::{Config, Switch};
use crate::store::{Argon2Hasher, SqliteStore, Store};

use settings::Settings;
use signals::Signals;

/// Run the bridge.
///
/// The first start makes a demonstration organization and says how to dial it. SIGINT, SIGTERM or SIGHUP (unless that is ignored,
/// as under `nohup`): callers hear a goodbye, records are written, and it ends with exit code 0 within five seconds. What was not
/// done by then is named, with exit code 1.
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
    /// Log this, whatever the file and RUST_LOG say: error, warn, info, debug, trace, or a filter.
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// Say nothing on standard output.
    #[arg(long)]
    quiet: bool,
}

/// Time for last words and last work, so that with what the process itself has to do it is less than five seconds.
const STOP: Duration = Duration::from_millis(4_700);

/// Runs it. Once there is a log, what goes wrong is told there: nobody else may say anything on standard error, as whoever does
/// waits for its reader.
pub(super) fn run(arguments: &Arguments, sounds: Option<&Path>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    // Before anything is made: whoever tells it to stop from here on is heard.
    let signals = {
        let _on_it = runtime.enter();
        Signals::listen().context("cannot listen to signals")?
    };
    let settings = settings(arguments)?;
    let log = Tasks::new();
    let mut last = log_apart(arguments.log.as_deref(), &settings.log, &log)?;
    let done = run_logged(arguments, sounds, &settings, &runtime, signals);
    match done.and_then(|()| all_is_said()) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            last.word(format!("holdline: {error:#}\n"));
            Ok(ExitCode::FAILURE)
        }
    }
}

fn run_logged(
    arguments: &Arguments,
    sounds_folder: Option<&Path>,
    settings: &Settings,
    runtime: &Runtime,
    signals: Signals,
) -> anyhow::Result<()> {
    let data = Data::at(&settings.data);
    data.socket_fits()?;
    let held = data.hold()?;
    let store = Arc::new(held.store()?);
    let hasher = held.hasher(&store)?;
    let sounds = sounds::load(sounds_folder)?;
    if store.is_empty()? {
        first::found(&held, &store, &hasher, arguments.quiet)?;
    }
    sounds.check(&Config::of(&store.organization()))?;
    let bridge = Bridge { settings, held: &held, store, hasher, sounds };
    runtime.block_on(serve(bridge, signals, arguments.quiet))
}

/// What a bridge is made of.
struct Bridge<'a> {
    settings: &'a Settings,
    held: &'a Held,
    store: Arc<SqliteStore>,
    hasher: Arc<Argon2Hasher>,
    sounds: sounds::Loaded,
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
    Ok(settings)
}

async fn serve(bridge: Bridge<'_>, mut signals: Signals, quiet: bool) -> anyhow::Result<()> {
    let Bridge { settings, held, store, hasher, sounds } = bridge;
    // Not the directory: of a million users that is a gigabyte.
    let organization = store.organization();
    let config = engine_config(settings, held, &organization);
    let shards = config.shards;
    let kept: Arc<dyn Store> = store;
    let engine =
        Engine::start(config, Arc::clone(&sounds.all), Arc::clone(&kept), hasher.clone(), None)
            .context("cannot start the bridge")?;
    let numbers: Vec<_> = (organization.access_numbers.iter())
        .map(|access| (access.number, access.languages.primary()))
        .collect();
    let first = numbers.first().map(|(number, _)| *number);
    let desk = local::desk_thread(&engine, kept, hasher, unforeseeable()?)?;
    let reception = Arc::new(Reception {
        engine: engine.clone(),
        words: sounds.words,
        sounds: sounds.all,
        organization: organization.name.clone(),
        numbers,
    });
    let socket = Socket::at(held.data.socket());
    let places = descriptors::places(shards);
    let http = match settings.http_address()? {
        Some(address) => {
            Some(http::open(Arc::clone(&reception), address, places).await.with_context(|| {
                format!(
                    "nothing can listen at {address}: choose another with --http, or `--http off`"
                )
            })?)
        }
        None => None,
    };
    local::open(Local { reception, desk }, places, &socket.0)
        .with_context(|| format!("{} cannot be opened", socket.0.display()))?;
    if let Some(word) = clock_word(engine.clock().epoch()) {
        tracing::warn!("{word}");
    }
    if !quiet {
        say_ready(&socket.0, first, http);
    }
    let failed = tokio::select! {
        () = signals.told_to_stop() => None,
        thread = engine.failure() => Some(thread),
    };
    if let Some(thread) = &failed {
        tracing::error!(thread, "a thread has failed: the bridge stops");
    }
    let late = engine.shutdown(STOP).await;
    drop(socket);
    if let Some(thread) = failed {
        bail!("the thread {thread} has failed, so that the bridge has stopped: start it again");
    }
    if !late.is_empty() {
        bail!("not all was done in time: {}", late.join(", "));
    }
    Ok(())
}

/// A word about a calendar that nobody has set: no bridge was there before that day.
fn clock_word(now: UtcTime) -> Option<String> {
    let set = now >= UtcTime::from_micros(CLOCKS_ARE_AFTER_MICROS);
    (!set).then(|| {
        format!(
            "this machine's clock says {now}: records, expiries and lockouts are counted from there until the bridge is started anew"
        )
    })
}

/// The first of January 2025.
const CLOCKS_ARE_AFTER_MICROS: i64 = 1_735_689_600_000_000;

fn say_ready(socket: &Path, number: Option<PhoneNumber>, http: Option<SocketAddr>) {
    say(format_args!("Ready.        {}", socket.display()));
    if let Some(number) = number {
        say(format_args!("Access number {number}"));
    }
    if let Some(http) = http {
        say(format_args!("HTTP          http://{http}/metrics"));
    }
}

/// The socket in the file system. However the bridge ends, it is gone then.
struct Socket(PathBuf);

impl Socket {
    /// Where one will be. The data is held by this process, so whoever made one that is there is gone.
    fn at(path: PathBuf) -> Self {
        let _not_there = std::fs::remove_file(&path);
        Self(path)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _not_there = std::fs::remove_file(&self.0);
    }
}

fn engine_config(settings: &Settings, held: &Held, organization: &Organization) -> EngineConfig {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let on_if = |on| if on { Switch::On } else { Switch::Off };
    EngineConfig {
        exchange: Config {
            legs_max: settings.legs_max,
            journal: on_if(settings.journal),
            watch: on_if(settings.watch),
            ..Config::of(organization)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_nobody_has_set_is_named() {
        let word = |micros| clock_word(UtcTime::from_micros(micros));
        assert!(word(7).is_some_and(|word| word.contains("clock says 1970-01-01T00:00:00")));
        assert!(word(CLOCKS_ARE_AFTER_MICROS - 1).is_some_and(|word| word.contains("2024-12-31")));
        assert_eq!(word(CLOCKS_ARE_AFTER_MICROS), None);
    }
}
