//! What a running bridge says of itself over HTTP: whether it lives, whether it takes calls, and its figures for
//! Prometheus.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;

use crate::engine::counts::Lateness;
use crate::engine::{Census, Engine};

/// Listens there and answers until the engine stops. Gives the address it has: of port 0 the system chooses one.
///
/// # Errors
/// Nothing can listen there.
pub async fn open(engine: &Engine, address: SocketAddr) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(address).await?;
    let bound = listener.local_addr()?;
    let routes = Router::new()
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(engine.clone());
    let stop = engine.tasks().token();
    engine.tasks().spawn("http", async move {
        let until = stop.cancelled_owned();
        let served = axum::serve(listener, routes).with_graceful_shutdown(until).await;
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
    head(&mut text, "holdline_tick_lateness_seconds", "histogram", "How late 20 ms ticks were.");
    let (mut so_far, mut buckets) = (0, counts.lateness.buckets().into_iter());
    for bound in Lateness::BOUNDS_MICROS {
        so_far += buckets.next().unwrap_or(0);
        let seconds = bound as f64 / 1e6;
        let _ =
            writeln!(text, "holdline_tick_lateness_seconds_bucket{{le=\"{seconds}\"}} {so_far}");
    }
    so_far += buckets.next().unwrap_or(0);
    let _ = writeln!(text, "holdline_tick_lateness_seconds_bucket{{le=\"+Inf\"}} {so_far}");
    let sum = counts.lateness.sum().as_secs_f64();
    let _ = writeln!(text, "holdline_tick_lateness_seconds_sum {sum}");
    let _ = writeln!(text, "holdline_tick_lateness_seconds_count {so_far}");
    head(&mut text, "holdline_legs", "gauge", "Legs by the state of their dialogue.");
    for (state, legs) in &census.legs {
        let _ = writeln!(text, "holdline_legs{{state=\"{state}\"}} {legs}");
    }
    let figures = [
        (
            "holdline_meetings",
            "gauge",
            "Meetings with somebody in them or waiting.",
            census.meetings,
        ),
        ("holdline_meetings_live", "gauge", "Meetings that run.", census.meetings_live),
    ];
    for (name, kind, what, figure) in figures {
        head(&mut text, name, kind, what);
        let _ = writeln!(text, "{name} {figure}");
    }
    let counted: [(&str, &str, &str, &AtomicU64); 8] = [
        ("holdline_pin_checks_total", "counter", "PIN checks.", &counts.pin_checks),
        (
            "holdline_pins_refused_total",
            "counter",
            "PINs that were wrong or locked.",
            &counts.pins_refused,
        ),
        (
            "holdline_callers_kept_out_total",
            "counter",
            "Calls refused for too many wrong entries.",
            &counts.kept_out,
        ),
        ("holdline_clerk_queue", "gauge", "Questions that wait for a clerk.", &counts.jobs_waiting),
        (
            "holdline_clerk_refused_total",
            "counter",
            "Questions that found too many waiting.",
            &counts.jobs_refused,
        ),
        (
            "holdline_frames_refused_total",
            "counter",
            "Frames dropped on the way in.",
            &counts.frames_refused,
        ),
        (
            "holdline_frames_not_taken_total",
            "counter",
            "Frames dropped on the way out.",
            &counts.frames_not_taken,
        ),
        (
            "holdline_recording_frames_lost_total",
            "counter",
            "Frames lost to a slow disk.",
            &counts.recording_frames_lost,
        ),
    ];
    for (name, kind, what, figure) in counted {
        head(&mut text, name, kind, what);
        let _ = writeln!(text, "{name} {}", figure.load(Ordering::Relaxed));
    }
    text
}

fn head(text: &mut String, name: &str, kind: &str, what: &str) {
    let _ = writeln!(text, "# HELP {name} {what}\n# TYPE {name} {kind}");
}
