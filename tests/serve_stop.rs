//! A running bridge is told to stop: by whom, in what state, and that nobody who asks, listens or reads its log holds it up.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test"
)]

#[path = "support/bridge.rs"]
mod bridge;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use bridge::{Bridge, holdline, text};

/// A stop that nobody holds up: it leaves room to the five seconds that it may take.
const SOON: Duration = Duration::from_secs(3);

/// Stops it; it has to be soon, and in order.
fn stops_soon(bridge: Bridge, signal: &str) {
    let began = Instant::now();
    let (code, log, folder) = bridge.stop(signal);
    let took = began.elapsed();
    assert_eq!((code, log.as_str()), (Some(0), ""));
    assert!(took < SOON, "{took:?}");
    assert!(!folder.path().join("holdline.sock").exists(), "the socket is gone");
}

/// Half a head, replies that nobody takes: whoever asks over HTTP holds up nothing.
#[test]
fn whoever_asks_over_http_does_not_hold_up_the_end() {
    let bridge = Bridge::start();
    let half = TcpStream::connect(bridge.address()).unwrap();
    let mut lines = BufReader::new(&half);
    write!(&half, "GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", bridge.address()).unwrap();
    let mut said = String::new();
    while !said.ends_with("alive\n") {
        assert!(lines.read_line(&mut said).unwrap() > 0, "{said}");
    }
    (&half).write_all(b"GET /hea").unwrap();
    let mut deaf = TcpStream::connect(bridge.address()).unwrap();
    deaf.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let asks = format!("GET /metrics HTTP/1.1\r\nHost: {}\r\n\r\n", bridge.address());
    let many = asks.repeat(100);
    while deaf.write_all(many.as_bytes()).is_ok() {}
    assert!(bridge.get("/healthz").ends_with("alive\n"));
    stops_soon(bridge, "-TERM");
}

/// As many ask for a new PIN as may, and it stops when the first has it: each hears what came of it, and no PIN is made that nobody
/// is told.
#[test]
fn what_waits_for_the_desk_is_refused_in_words() {
    const MANY: usize = 64;
    let bridge = Bridge::start();
    let asks: Vec<BufReader<UnixStream>> = (0..MANY)
        .map(|_| UnixStream::connect(bridge.data().join("holdline.sock")).unwrap())
        .map(|mut stream| {
            stream.write_all(b"{\"ask\":\"reset-pin\",\"user\":\"1\"}\n").unwrap();
            BufReader::new(stream)
        })
        .collect();
    let mut asks = asks.into_iter();
    let mut first = String::new();
    asks.next().unwrap().read_line(&mut first).unwrap();
    assert!(first.contains("pin-made"), "{first}");
    let began = Instant::now();
    let (code, log, folder) = bridge.stop("-TERM");
    let took = began.elapsed();
    assert_eq!((code, log.as_str()), (Some(0), ""));
    assert!(took < SOON, "{took:?}");
    let (mut made, mut begun) = (1, 0);
    for mut reader in asks {
        let mut reply = String::new();
        reader.read_line(&mut reply).unwrap();
        if reply.contains("pin-made") {
            made += 1;
        } else if reply.contains("there may be a new PIN all the same") {
            begun += 1;
        } else {
            assert!(reply.contains("the bridge stops: nothing was done"), "{reply:?}");
        }
    }
    assert!(begun <= 1, "only the one that was being made may take too long");
    assert!(made < MANY, "it has not worked through all of them");
    let mut audit = holdline();
    audit.args(["user", "audit", "--limit", "1000", "--data"]).arg(folder.path());
    let audit = text(&audit.output().unwrap().stdout);
    let replaced = audit.matches("pin replaced").count();
    assert!((made..=made + begun).contains(&replaced), "{made} {begun} {audit}");
}
