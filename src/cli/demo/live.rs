//! The story on the wall clock: the same callers, on the real engine.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::mpsc;

use super::timeline::Timeline;
use super::{CallerTold, Stage, Told, number_of};
use crate::caller::{Caller, SoundIndex, Voices};
use crate::domain::Uptime;
use crate::door::phone::{self, PhoneReport};
use crate::engine::{Engine, EngineConfig, SEEN_MAX, Seen};

/// Time the engine has for its ordered stop.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// Tells the story; returns when everybody has left.
pub(super) fn tell(stage: &Stage, timeline: &mut Timeline) -> anyhow::Result<Told> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(tell_async(stage, timeline))
}

async fn tell_async(stage: &Stage, timeline: &mut Timeline) -> anyhow::Result<Told> {
    let (seen, mut watching) = mpsc::channel(SEEN_MAX);
    let config = EngineConfig { exchange: stage.exchange.clone(), ..EngineConfig::default() };
    let index = Arc::new(SoundIndex::new(Arc::clone(&stage.sounds)));
    let engine = Engine::start(
        config,
        Arc::clone(&stage.sounds),
        Arc::clone(&stage.store),
        Arc::clone(&stage.hasher),
        Some(seen),
    )
    .context("cannot start the engine")?;
    let mut reports = call_all(stage, &engine, &index);
    let mut told = Told {
        trace: Vec::new(),
        callers: Vec::new(),
        recordings: BTreeMap::new(),
        broken: Vec::new(),
    };
    let mut finished: Vec<Option<PhoneReport>> = stage.scripts.iter().map(|_| None).collect();
    while finished.iter().any(Option::is_none) {
        tokio::select! {
            Some((place, report)) = reports.recv() => finished[place] = Some(report),
            Some(seen) = watching.recv() => take(seen, &mut told, timeline),
            else => break,
        }
    }
    let late = engine.shutdown(STOP_LIMIT).await;
    told.broken.extend(late.into_iter().map(|name| format!("{name} did not stop in time")));
    drop(engine);
    while let Some(seen) = watching.recv().await {
        take(seen, &mut told, timeline);
    }
    let pairs = finished.into_iter().zip(&stage.scripts);
    for (report, script) in pairs {
        let report = report.with_context(|| format!("{} never came through", script.name))?;
        told.callers.push(CallerTold {
            name: script.name.clone(),
            number: number_of(script),
            voice_hz: script.voice_hz,
            leg: report.leg,
            answered_at: report.answered_at,
            left: Some(report.left),
            outcome: report.caller.outcome().clone(),
            heard: report.heard,
        });
    }
    Ok(told)
}

/// Has each caller dial at their time; what comes of them comes out of the receiver.
fn call_all(
    stage: &Stage,
    engine: &Engine,
    index: &Arc<SoundIndex>,
) -> mpsc::Receiver<(usize, PhoneReport)> {
    let (done, reports) = mpsc::channel(stage.scripts.len());
    let voices = Arc::new(Voices::new(stage.scripts.iter().map(|script| script.voice_hz)));
    let number = stage.access_number;
    for (place, script) in stage.scripts.iter().enumerate() {
        let caller = Caller::new(script, Arc::clone(index), Arc::clone(&voices));
        let (leg, dials_at, comes) =
            (engine.new_leg(), Uptime::ZERO + script.dials_at, script.comes);
        let (line, done, stop) = (engine.clone(), done.clone(), engine.tasks().token());
        let clock = engine.clock();
        engine.tasks().spawn("phone", async move {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = clock.until(dials_at) => {}
            }
            match phone::call(&line, leg, caller, comes, number, &stop).await {
                Ok(report) => {
                    let _nobody_waits = done.send((place, report)).await;
                }
                Err(error) => tracing::error!(%error, "a call was not taken"),
            }
        });
    }
    reports
}

fn take(seen: Seen, told: &mut Told, timeline: &mut Timeline) {
    match seen {
        Seen::Trace(_shard, event) => {
            timeline.show(&event);
            told.trace.push(event);
        }
        Seen::Recorded(meeting, frame) => {
            told.recordings.entry(meeting).or_default().extend_from_slice(&frame.0);
        }
        Seen::Broken(violation) => told.broken.push(violation.to_string()),
        Seen::Journal(..) => {}
    }
}
