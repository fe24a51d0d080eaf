//! The door for HTTP: what a running bridge says of itself (whether it lives, whether it takes calls, its figures for
//! Prometheus), and telephones on WebSockets.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use super::guests::{Guests, Patience, Visitor};
use super::places::Places;
use super::reception::Reception;
use super::web_phone::{self, WebPhones};
use crate::engine::counts::Lateness;
use crate::engine::{Census, Engine, EngineCounts, log};

/// After so long without a word a connection is closed. A telephone is asked now and then, and answers.
const SILENT_MAX: Duration = Duration::from_secs(30);

/// Time for the whole head of a request, from its first byte on.
const HEAD_MAX: Duration = Duration::from_secs(10);

/// Time to hear the last reply and hang up.
const FAREWELL_MAX: Duration = Duration::from_secs(2);

/// Time to take the last reply, or to come to the end of anything else, once the bridge stops.
const LAST_MAX: Duration = Duration::from_millis(500);

/// Listens there and answers until the engine stops. Gives the address it has: of port 0 the system chooses one. Who finds all
/// places taken has that of somebody who asks for nothing, or waits until somebody goes.
///
/// # Errors
/// Nothing can listen there.
pub async fn open(
    reception: Arc<Reception>,
    address: SocketAddr,
    places: Places,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(address).await?;
    let bound = listener.local_addr()?;
    let engine = &reception.engine.clone();
    let phones = Router::new().route("/phone", get(web_phone::open)).with_state(WebPhones::new(
        reception,
        places.web_phones,
        bound,
    ));
    let routes = Router::new()
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(engine.clone())
        .merge(phones)
        .layer(from_fn(head_is_read))
        .into_make_service_with_connect_info::<Visitor>();
    let stop = engine.tasks().token();
    let patience = Patience {
        silent_max: SILENT_MAX,
        head_max: HEAD_MAX,
        farewell_max: FAREWELL_MAX,
        last_max: LAST_MAX,
    };
    let places = places.web_phones + places.askers;
    let guests = Guests::new(listener, places, patience, engine.clock(), engine.tasks());
    engine.tasks().spawn("http", async move {
        let until = stop.cancelled_owned();
        let served = axum::serve(guests, routes).with_graceful_shutdown(until).await;
        if let Err(error) = served {
            tracing::error!(%error, "HTTP has ended");
        }
    });
    Ok(bound)
}

/// A request has come to the end of its head.
async fn head_is_read(
    ConnectInfo(visitor): ConnectInfo<Visitor>,
    request: Request,
    next: Next,
) -> Response {
    visitor.head_is_read();
    let reply = next.run(request).await;
    visitor.is_answered();
    reply
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
    let text = exposition(engine.counts(), log::lines_lost(), &census);
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text)
}

/// The figures in Prometheus' text format.
fn exposition(counts: &EngineCounts, log_lines_lost: u64, census: &Census) -> String {
    let mut text = String::new();
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
        ("log_lines_lost_total", "counter", "Lines of the log nobody read.", log_lines_lost),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Every figure is another number, so that none can stand in for another, and nothing is there that is not named here.
    #[test]
    fn each_figure_is_told_by_its_own_name() {
        let counts = EngineCounts::default();
        let census = Census {
            legs: [("in-lobby", 101), ("in-meeting", 102)].into(),
            meetings: 103,
            meetings_live: 104,
            ticks_skipped: 105,
            frames_dropped: 106,
        };
        let figures = [
            ("gauge", "holdline_meetings", 103, None),
            ("gauge", "holdline_meetings_live", 104, None),
            ("counter", "holdline_ticks_skipped_total", 105, None),
            ("counter", "holdline_frames_dropped_total", 106, None),
            ("counter", "holdline_log_lines_lost_total", 107, None),
            ("counter", "holdline_pin_checks_total", 201, Some(&counts.pin_checks)),
            ("counter", "holdline_pins_refused_total", 202, Some(&counts.pins_refused)),
            ("counter", "holdline_lockouts_total", 203, Some(&counts.lockouts)),
            ("counter", "holdline_pins_locked_total", 204, Some(&counts.pins_locked)),
            ("counter", "holdline_callers_kept_out_total", 205, Some(&counts.kept_out)),
            ("counter", "holdline_wrong_entries_total", 206, Some(&counts.wrong_entries)),
            ("counter", "holdline_alarms_total", 207, Some(&counts.alarms)),
            ("gauge", "holdline_pin_queue", 208, Some(&counts.checks_waiting)),
            ("gauge", "holdline_clerk_queue", 209, Some(&counts.look_ups_waiting)),
            ("counter", "holdline_clerk_refused_total", 210, Some(&counts.jobs_refused)),
            ("counter", "holdline_clerk_late_total", 211, Some(&counts.jobs_too_late)),
            ("counter", "holdline_records_lost_total", 212, Some(&counts.records_lost)),
            ("counter", "holdline_frames_refused_total", 213, Some(&counts.frames_refused)),
            ("counter", "holdline_keys_refused_total", 217, Some(&counts.keys_refused)),
            ("counter", "holdline_frames_not_taken_total", 214, Some(&counts.frames_not_taken)),
            (
                "counter",
                "holdline_recording_frames_lost_total",
                215,
                Some(&counts.recording_frames_lost),
            ),
            (
                "counter",
                "holdline_journal_inputs_lost_total",
                216,
                Some(&counts.journal_inputs_lost),
            ),
        ];
        // What a watcher of the engine did not take: nobody watches a bridge that runs.
        counts.seen_lost.store(999, Ordering::Relaxed);
        for (_, _, figure, count) in figures {
            if let Some(count) = count {
                count.store(figure, Ordering::Relaxed);
            }
        }
        let text = exposition(&counts, 107, &census);
        let mut lines: Vec<&str> =
            text.lines().filter(|line| !line.starts_with("# HELP")).collect();
        let mut takes = |line: &str| {
            let place = lines.iter().position(|one| *one == line);
            lines.remove(place.unwrap_or_else(|| panic!("no line {line}\n{text}")))
        };
        for (kind, name, figure, _) in figures {
            takes(&format!("# TYPE {name} {kind}"));
            takes(&format!("{name} {figure}"));
            assert!(text.contains(&format!("# HELP {name} ")), "{name} says what it is");
        }
        takes("# TYPE holdline_legs gauge");
        takes("holdline_legs{state=\"in-lobby\"} 101");
        takes("holdline_legs{state=\"in-meeting\"} 102");
        assert!(
            lines.iter().all(|line| line.contains("holdline_tick_lateness_seconds")),
            "{lines:?}"
        );
    }

    /// So many ticks in each bucket that no two sums are alike: buckets rise, the last one is all of them.
    #[test]
    fn lateness_is_a_histogram_as_prometheus_has_it() {
        let counts = EngineCounts::default();
        let micros = [7, 100, 101, 500, 900, 1_500, 2_001, 10_000, 20_000, 33_000, 200_001];
        let mut sum_micros = 0;
        for (times, late) in (1..).zip(micros) {
            for _ in 0..times {
                counts.lateness.count(Duration::from_micros(late));
                sum_micros += late;
            }
        }
        let text = exposition(&counts, 0, &Census::default());
        let histogram: Vec<&str> =
            text.lines().take_while(|line| !line.contains("_legs")).collect();
        let sum = Duration::from_micros(sum_micros).as_secs_f64();
        let name = "holdline_tick_lateness_seconds";
        let mut wanted = vec![
            format!("# HELP {name} How late 20 ms ticks were."),
            format!("# TYPE {name} histogram"),
        ];
        // 1 and 2 ticks up to 100 µs, 3 more up to 250 µs, and so on; 11 are later than all bounds.
        for (bound, so_far) in [
            ("0.0001", 3),
            ("0.00025", 6),
            ("0.0005", 10),
            ("0.001", 15),
            ("0.002", 21),
            ("0.005", 28),
            ("0.01", 36),
            ("0.02", 45),
            ("0.05", 55),
            ("0.2", 55),
            ("+Inf", 66),
        ] {
            wanted.push(format!("{name}_bucket{{le=\"{bound}\"}} {so_far}"));
        }
        wanted.extend([format!("{name}_sum {sum}"), format!("{name}_count 66")]);
        assert_eq!(histogram, wanted);
    }
}
