//! The door for HTTP: what a running bridge says of itself (whether it lives, whether it takes calls, its figures for
//! Prometheus), and telephones on WebSockets.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;

use super::guests::Guests;
use super::reception::Reception;
use super::web_phone::{self, PHONES_MAX, WebPhones};
use crate::engine::counts::Lateness;
use crate::engine::{Census, Engine, log};

/// Connections at a time: those of telephones, and some for whoever asks how it goes. One more waits until one of them goes.
const CONNECTIONS_MAX: usize = PHONES_MAX + 64;

/// After so long without a word a connection is closed. A telephone is asked now and then, and answers.
const SILENT_MAX: Duration = Duration::from_secs(30);

/// Listens there and answers until the engine stops. Gives the address it has: of port 0 the system chooses one.
///
/// # Errors
/// Nothing can listen there.
pub async fn open(reception: Arc<Reception>, address: SocketAddr) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(address).await?;
    let bound = listener.local_addr()?;
    let engine = &reception.engine.clone();
    let phones =
        Router::new().route("/phone", get(web_phone::open)).with_state(WebPhones::new(reception));
    let routes = Router::new()
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(engine.clone())
        .merge(phones)
        .into_make_service_with_connect_info::<SocketAddr>();
    let stop = engine.tasks().token();
    // Tapped so that those who come are known by their address, as at a bare listener.
    let guests = Guests::new(listener, CONNECTIONS_MAX, SILENT_MAX, engine.clock()).tap_io(|_| {});
    engine.tasks().spawn("http", async move {
        let until = stop.cancelled_owned();
        let served = axum::serve(guests, routes).with_graceful_shutdown(until).await;
        if let Err(error) = served {
            tracing::error!(%error, "HTTP has ended");
        }
    });
    Ok(bound)
}

/// Ready as long as calls are taken: the store answers, and nobody is stopping.
async fn ready(State(engine): State<Engine>) -> impl IntoResponse {
    match engine.is_ready().await {
        true => (StatusCode::OK, "ready\n"),
        false => {
            (StatusCode::SERVICE_UNAVAILABLE, "not ready: the store does not answer, or it stops\n")
        }
    }
}

async fn metrics(State(engine): State<Engine>) -> impl IntoResponse {
    let census = engine.census().await;
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], exposition(&engine, &census))
}

/// The figures in Prometheus' text format.
fn exposition(engine: &Engine, census: &Census) -> String {
    let mut text = String::new();
    let counts = engine.counts();
    lateness(&mut text, &counts.lateness);
    head(&mut text, "holdline_legs", "gauge", "Legs by the state of their dialogue.");
    for (state, legs) in &census.legs {
        let _ = writeln!(text, "holdline_legs{{state=\"{state}\"}} {legs}");
    }
    let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
    for (name, kind, what, figure) in [
        ("meetings", "gauge", "Meetings with somebody in them or waiting.", census.meetings),
        ("meetings_live", "gauge", "Meetings that run.", census.meetings_live),
        ("ticks_skipped_total", "counter", "Ticks skipped as too late.", census.ticks_skipped),
        ("frames_dropped_total", "counter", "Frames one leg sent too fast.", census.frames_dropped),
        ("pin_checks_total", "counter", "PIN checks.", of(&counts.pin_checks)),
        ("pins_refused_total", "counter", "PINs wrong or locked.", of(&counts.pins_refused)),
        ("lockouts_total", "counter", "PINs locked by wrong ones.", of(&counts.lockouts)),
        ("pins_locked_total", "counter", "PIN checks at a locked PIN.", of(&counts.pins_locked)),
        ("callers_kept_out_total", "counter", "Calls refused a busy.", of(&counts.kept_out)),
        ("wrong_entries_total", "counter", "Wrong IDs and PINs.", of(&counts.wrong_entries)),
        ("alarms_total", "counter", "Alarms at too many wrong entries.", of(&counts.alarms)),
        ("pin_queue", "gauge", "PIN checks that wait.", of(&counts.checks_waiting)),
        ("clerk_queue", "gauge", "Other questions that wait.", of(&counts.look_ups_waiting)),
        ("clerk_refused_total", "counter", "Questions too many.", of(&counts.jobs_refused)),
        ("clerk_late_total", "counter", "Questions nobody waited for.", of(&counts.jobs_too_late)),
        ("records_lost_total", "counter", "Records only in the log.", of(&counts.records_lost)),
        ("log_lines_lost_total", "counter", "Lines of the log nobody read.", log::lines_lost()),
        (
            "frames_refused_total",
            "counter",
            "Frames dropped coming in.",
            of(&counts.frames_refused),
        ),
        ("keys_refused_total", "counter", "Keys dropped coming in.", of(&counts.keys_refused)),
        (
            "frames_not_taken_total",
            "counter",
            "Frames dropped going out.",
            of(&counts.frames_not_taken),
        ),
        (
            "recording_frames_lost_total",
            "counter",
            "Frames lost to a slow disk.",
            of(&counts.recording_frames_lost),
        ),
        (
            "journal_inputs_lost_total",
            "counter",
            "Inputs that are in no journal: the disk was slow or full.",
            of(&counts.journal_inputs_lost),
        ),
    ] {
        let name = format!("holdline_{name}");
        head(&mut text, &name, kind, what);
        let _ = writeln!(text, "{name} {figure}");
    }
    text
}

fn lateness(text: &mut String, lateness: &Lateness) {
    let name = "holdline_tick_lateness_seconds";
    head(text, name, "histogram", "How late 20 ms ticks were.");
    let bounds = Lateness::BOUNDS_MICROS.map(|bound| (bound as f64 / 1e6).to_string());
    let bounds = bounds.iter().map(String::as_str).chain(["+Inf"]);
    let mut so_far = 0;
    for (bound, count) in bounds.zip(lateness.buckets()) {
        so_far += count;
        let _ = writeln!(text, "{name}_bucket{{le=\"{bound}\"}} {so_far}");
    }
    let _ = writeln!(text, "{name}_sum {}\n{name}_count {so_far}", lateness.sum().as_secs_f64());
}

fn head(text: &mut String, name: &str, kind: &str, what: &str) {
    let _ = writeln!(text, "# HELP {name} {what}\n# TYPE {name} {kind}");
}
