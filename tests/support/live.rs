//! Runs callers on the real engine, for as long as their scripts take.

use std::sync::Arc;
use std::time::Duration;

use holdline::caller::{Caller, Script, Voices};
use holdline::domain::Uptime;
use holdline::domain::pin::PinHasher;
use holdline::door::phone::{self, PhoneReport};
use holdline::engine::{Engine, EngineConfig, SEEN_MAX, Seen};
use holdline::exchange::{Config, Journal, TraceEvent};
use holdline::store::Store;
use tokio::sync::mpsc;

/// What came of a live run.
pub struct LiveReport {
    pub trace: Vec<TraceEvent>,
    /// One of each shard, with what happened there.
    pub journals: Vec<(Journal, Vec<TraceEvent>)>,
    pub phones: Vec<PhoneReport>,
    pub broken: Vec<String>,
    pub late: Vec<String>,
    pub engine: Engine,
}

pub fn run_live(
    exchange: Config,
    scripts: &[Script],
    shards: usize,
    store: Arc<dyn Store>,
    hasher: Arc<dyn PinHasher>,
) -> LiveReport {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap();
    runtime.block_on(run(exchange, scripts, shards, store, hasher))
}

async fn run(
    exchange: Config,
    scripts: &[Script],
    shards: usize,
    store: Arc<dyn Store>,
    hasher: Arc<dyn PinHasher>,
) -> LiveReport {
    let (sounds, index) = super::short_sounds();
    let (seen, mut watching) = mpsc::channel(SEEN_MAX);
    let config = EngineConfig { exchange: exchange.clone(), shards, ..EngineConfig::default() };
    let engine = Engine::start(config, sounds, store, hasher, Some(seen)).unwrap();
    let voices = Arc::new(Voices::new(scripts.iter().map(|script| script.voice_hz)));
    let called = "+14255550199".parse().unwrap();
    let (done, mut reports) = mpsc::channel(scripts.len());
    for (place, script) in scripts.iter().enumerate() {
        let caller = Caller::new(script, Arc::clone(&index), Arc::clone(&voices));
        let (leg, comes) = (engine.new_leg(), script.comes);
        let (line, clock, done) = (engine.clone(), engine.clock(), done.clone());
        let (stop, dials_at) = (engine.tasks().token(), Uptime::ZERO + script.dials_at);
        engine.tasks().spawn("phone", async move {
            clock.until(dials_at).await;
            let report = phone::call(&line, leg, caller, comes, called, &stop).await.unwrap();
            done.send((place, report)).await.unwrap();
        });
    }
    drop(done);
    let mut phones: Vec<Option<PhoneReport>> = scripts.iter().map(|_| None).collect();
    let (mut trace, mut broken) = (Vec::new(), Vec::new());
    let (mut entries, mut traces) = (vec![Vec::new(); shards], vec![Vec::new(); shards]);
    let mut take = |seen| match seen {
        Seen::Trace(shard, event) => {
            trace.push(event.clone());
            traces[shard].push(event);
        }
        Seen::Journal(shard, entry) => entries[shard].push(entry),
        Seen::Broken(violation) => broken.push(violation.to_string()),
        Seen::Recorded(..) => {}
    };
    while phones.iter().any(Option::is_none) {
        tokio::select! {
            Some((place, report)) = reports.recv() => phones[place] = Some(report),
            Some(seen) = watching.recv() => take(seen),
        }
    }
    let late = engine.shutdown(Duration::from_secs(5)).await;
    while let Ok(seen) = watching.try_recv() {
        take(seen);
    }
    let config = Config { epoch: engine.clock().epoch(), ..exchange };
    LiveReport {
        trace,
        journals: (entries.into_iter())
            .map(|entries| Journal { config: config.clone(), entries })
            .zip(traces)
            .collect(),
        phones: phones.into_iter().flatten().collect(),
        broken,
        late,
        engine,
    }
}
