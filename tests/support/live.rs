//! Runs callers on the real engine, for as long as their scripts take, and says whether the machine was in time for them.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Duration;

use holdline::caller::{Caller, Script, SoundIndex, Voices};
use holdline::domain::pin::PinHasher;
use holdline::domain::{LegId, Uptime};
use holdline::door::phone::{self, PhoneReport};
use holdline::engine::{Engine, EngineConfig, SEEN_MAX, Seen};
use holdline::exchange::{Config, Happened, Journal, TraceEvent};
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
    /// Whether the machine was: of one that stands still nobody hears what is keyed meanwhile.
    pub in_time: bool,
}

/// Runs it until a run shows what it is to show, and gives that run. One that does not counts only where the machine was in time.
pub fn in_time(mut run: impl FnMut() -> LiveReport, shows: impl Fn(&LiveReport)) -> LiveReport {
    for _run in 0..RUNS_MAX {
        let live = run();
        match catch_unwind(AssertUnwindSafe(|| shows(&live))) {
            Ok(()) => return live,
            Err(why) if live.in_time => resume_unwind(why),
            Err(_of_a_late_machine) => {}
        }
    }
    panic!("the machine was late in each of {RUNS_MAX} runs: nothing can be said of the bridge")
}

const RUNS_MAX: usize = 10;

/// No script takes as long: who is still there then waits for what never comes.
const RUN_MAX: Duration = Duration::from_secs(60);

/// A tick that is later loses frames of whoever speaks: more of them come at once than may wait.
const LATE_MAX: Duration = Duration::from_millis(60);

/// A wait that is no longer does not change what follows it.
const WAITS_MAX: Duration = Duration::from_millis(100);

pub fn run_live(
    exchange: Config,
    scripts: &[Script],
    shards: usize,
    store: Arc<dyn Store>,
    hasher: Arc<dyn PinHasher>,
) -> LiveReport {
    let config = EngineConfig { exchange, shards, ..EngineConfig::default() };
    run_live_on(config, scripts, (store, hasher), || (), |_event| false)
}

/// As [`run_live`], with something to be done before the first call, and an end as soon as that has happened.
pub fn run_live_on(
    config: EngineConfig,
    scripts: &[Script],
    on: (Arc<dyn Store>, Arc<dyn PinHasher>),
    before: impl FnOnce(),
    is_over: impl Fn(&TraceEvent) -> bool,
) -> LiveReport {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap();
    runtime.block_on(run(config, scripts, on, before, is_over))
}

async fn run(
    config: EngineConfig,
    scripts: &[Script],
    (store, hasher): (Arc<dyn Store>, Arc<dyn PinHasher>),
    before: impl FnOnce(),
    is_over: impl Fn(&TraceEvent) -> bool,
) -> LiveReport {
    let (sounds, index) = super::short_sounds();
    let (seen, mut watching) = mpsc::channel(SEEN_MAX);
    let (exchange, shards) = (config.exchange.clone(), config.shards);
    let engine = Engine::start(config, sounds, store, hasher, Some(seen)).unwrap();
    before();
    // A shard that has yet to come up keeps its callers waiting.
    let _all_are_there = engine.census().await;
    let (clock, began) = (engine.clock(), engine.clock().uptime());
    let mut reports = let_call(&engine, scripts, &index, began);
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
    let mut is_done = false;
    while !is_done {
        let have_hung_up = phones.iter().all(Option::is_some);
        tokio::select! {
            Some((place, report)) = reports.recv() => phones[place] = Some(report),
            Some(seen) = watching.recv() => {
                is_done = matches!(&seen, Seen::Trace(_, event) if is_over(event));
                take(seen);
            }
            // Whoever hangs up is not to be sent away instead.
            () = engine.all_gone(), if have_hung_up => is_done = true,
            () = clock.until(began + RUN_MAX) => is_done = true,
        }
    }
    let ticks_came = ticks_came_in_time(&engine).await;
    let late = engine.shutdown(Duration::from_secs(60)).await;
    while let Ok((place, report)) = reports.try_recv() {
        phones[place] = Some(report);
    }
    while let Ok(seen) = watching.try_recv() {
        take(seen);
    }
    let nobody_waited = phones.iter().zip(scripts).all(|(phone, script)| {
        let dials_at = began + script.dials_at;
        phone.as_ref().is_none_or(|phone| never_waits(&trace, phone.leg, dials_at))
    });
    let config = Config { epoch: clock.epoch(), ..exchange };
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
        in_time: ticks_came && nobody_waited,
    }
}

/// Lets each caller call when its script says, from then on; gives where the reports come, with the places of their scripts.
fn let_call(
    engine: &Engine,
    scripts: &[Script],
    index: &Arc<SoundIndex>,
    began: Uptime,
) -> mpsc::Receiver<(usize, PhoneReport)> {
    let voices = Arc::new(Voices::new(scripts.iter().map(|script| script.voice_hz)));
    let called = "+14255550199".parse().unwrap();
    let (done, reports) = mpsc::channel(scripts.len());
    for (place, script) in scripts.iter().enumerate() {
        let caller = Caller::new(script, Arc::clone(index), Arc::clone(&voices));
        let (leg, comes) = (engine.new_leg(), script.comes);
        let (line, clock, done) = (engine.clone(), engine.clock(), done.clone());
        let (stop, dials_at) = (engine.tasks().token(), began + script.dials_at);
        engine.tasks().spawn("phone", async move {
            clock.until(dials_at).await;
            let report = phone::call(&line, leg, caller, comes, called, &stop).await.unwrap();
            done.send((place, report)).await.unwrap();
        });
    }
    reports
}

/// Whether no tick was so late that it was felt, and no caller so late that frames came in heaps.
async fn ticks_came_in_time(engine: &Engine) -> bool {
    let asked_at = engine.clock().uptime();
    let census = engine.census().await;
    // A census that took its time may lack a shard.
    let took = engine.clock().uptime().since(asked_at);
    let (dropped, most) = (census.frames_dropped, engine.counts().lateness.spread().most());
    let in_time = took < Duration::from_millis(500) && dropped == 0 && most <= LATE_MAX;
    if !in_time {
        eprintln!("late: a tick by {most:?}, {dropped} frames in heaps, a census took {took:?}");
    }
    in_time
}

/// Whether a caller was answered at once, and never waited for the store or for another shard so long that it was felt.
fn never_waits(trace: &[TraceEvent], leg: LegId, dials_at: Uptime) -> bool {
    let of_leg = trace.iter().filter(|event| event.leg == Some(leg));
    let mut states = of_leg.filter_map(|event| match event.happened {
        Happened::State { state } => Some((event.at, state)),
        _ => None,
    });
    let mut waits_since = Some(dials_at);
    states.all(|(at, state)| {
        let waited = waits_since.map_or(Duration::ZERO, |since| at.since(since));
        waits_since = matches!(state, "finding-meeting" | "checking-pin").then_some(at);
        if waited > WAITS_MAX {
            eprintln!("late: {leg} waited {waited:?} to be {state}");
        }
        waited <= WAITS_MAX
    })
}
