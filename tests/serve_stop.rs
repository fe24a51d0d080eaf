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
#[path = "support/socket_phone.rs"]
mod socket_phone;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bridge::{Bridge, EVER, folder, holdline, send_signal, text};
use holdline::door::wire::{ToPhone, Told};
use socket_phone::Phone;

const ID: &str = "147852036";

/// Stops it, in order: whoever holds it up makes it end late by its own clock, and with another code.
fn stops_in_order(bridge: Bridge, signal: &str) {
    let (code, log, folder) = bridge.stop(signal);
    assert_eq!((code, log.as_str()), (Some(0), ""));
    assert!(!folder.path().join("holdline.sock").exists(), "the socket is gone");
}

/// Waits for its end, which has to come.
fn code_of(child: &mut Child, within: Duration) -> Option<i32> {
    let until = Instant::now() + within;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if Instant::now() > until {
            child.kill().unwrap();
            panic!("it is still there after {within:?}");
        }
        std::thread::yield_now();
    }
}

/// Its terminal is closed: callers hear a goodbye as at any other stop, and the process is gone within five seconds. Of a machine
/// that has other things to do it is the best that counts.
#[test]
fn a_terminal_that_is_closed_stops_it_in_order() {
    let took = (0..5).map(|_| terminal_is_closed()).find(|took| *took < Duration::from_secs(5));
    assert!(took.is_some(), "it always takes five seconds or more");
}

/// How long it takes with a caller in the lobby.
fn terminal_is_closed() -> Duration {
    let bridge = Bridge::start();
    let mut caller = Phone::dials(&bridge);
    caller.keys(&format!("{ID}##"));
    caller.until_state("in-lobby");
    let began = Instant::now();
    let (code, log, folder) = bridge.stop("-HUP");
    let took = began.elapsed();
    assert_eq!((code, log.as_str()), (Some(0), ""));
    let last = caller.until(|message| matches!(message, ToPhone::HungUp(_)));
    let goodbye = |message: &ToPhone| matches!(message, ToPhone::Told(Told::Prompt { name, .. }) if name == "service-stopping");
    assert!(last.iter().any(goodbye));
    assert!(!folder.path().join("holdline.sock").exists());
    let calls = holdline().args(["calls", "--data"]).arg(folder.path()).output().unwrap();
    assert!(text(&calls.stdout).contains("stopping (41)"), "{}", text(&calls.stdout));
    took
}

/// Started under `nohup` it goes on when the terminal is closed.
#[test]
#[cfg(target_os = "linux")]
fn whoever_wants_it_to_outlive_its_terminal_is_obeyed() {
    let mut nohup = Command::new("sh");
    nohup.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]);
    nohup.arg(holdline().get_program());
    let bridge = Bridge::start_as(nohup, folder());
    send_signal(bridge.child.id(), "-HUP");
    assert!(bridge.get("/healthz").ends_with("alive\n"));
    stops_in_order(bridge, "-TERM");
}

/// It is told to stop as soon as the first of its files is there: that is no death by signal.
#[test]
fn a_stop_in_the_middle_of_the_start_is_in_order() {
    for name in ["-TERM", "-INT", "-HUP"] {
        let folder = folder();
        let mut child = holdline()
            .args(["serve", "--http", "off", "--log", "warn", "--data"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        while std::fs::read_dir(folder.path()).unwrap().next().is_none() {
            assert!(child.try_wait().unwrap().is_none(), "it has ended");
        }
        send_signal(child.id(), name);
        let code = code_of(&mut child, Duration::from_secs(30));
        let mut log = String::new();
        child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        assert_eq!((code, log.as_str()), (Some(0), ""), "{name}");
    }
}

/// A log whose reader takes nothing, and that has room for nothing: whoever writes to it waits.
fn full() -> (UnixStream, OwnedFd) {
    let (unread, log) = UnixStream::pair().unwrap();
    log.set_nonblocking(true).unwrap();
    for size in [65_536, 1_024, 1] {
        while (&log).write(&vec![b'.'; size]).is_ok() {}
    }
    log.set_nonblocking(false).unwrap();
    (unread, log.into())
}

/// Nobody reads its log, and it has something to say at the end: it ends all the same. With a reader the word is there.
#[test]
fn a_log_that_nobody_reads_does_not_hold_up_the_end() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let serve = |log: Stdio| {
        let folder = folder();
        let mut command = holdline();
        command.args(["serve", "--http", &address, "--log", "trace", "--data"]).arg(folder.path());
        (command.stdout(Stdio::null()).stderr(log).spawn().unwrap(), folder)
    };
    let (unread, log) = full();
    let (mut child, _folder) = serve(log.into());
    assert_eq!(code_of(&mut child, EVER), Some(1));
    drop(unread);
    let (mut child, _folder) = serve(Stdio::piped());
    let mut log = String::new();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert_eq!(code_of(&mut child, EVER), Some(1));
    let why = format!("holdline: nothing can listen at {address}");
    assert!(log.lines().last().unwrap().starts_with(&why), "{log}");
}

/// Nor does it where what it said on standard output went nowhere, which is to be told at the end.
#[test]
#[cfg(target_os = "linux")]
fn what_could_not_be_said_does_not_hold_up_the_end() {
    let (_unread, log) = full();
    let folder = folder();
    let no_room = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut child = holdline()
        .args(["serve", "--http", "off", "--log", "trace", "--data"])
        .arg(folder.path())
        .stdout(no_room)
        .stderr(Stdio::from(log))
        .spawn()
        .unwrap();
    while UnixStream::connect(folder.path().join("holdline.sock")).is_err() {
        assert!(child.try_wait().unwrap().is_none(), "it has ended");
    }
    send_signal(child.id(), "-TERM");
    assert_eq!(code_of(&mut child, EVER), Some(1));
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
    stops_in_order(bridge, "-TERM");
}

/// As many ask for a new PIN as may, and it stops when the first has it: each hears what came of it, and no PIN is made that nobody
/// is told.
#[test]
fn what_waits_for_the_desk_is_refused_in_words() {
    const MANY: usize = 64;
    let bridge = Bridge::start();
    let (hears, replies) = std::sync::mpsc::channel();
    for _ in 0..MANY {
        let mut stream = UnixStream::connect(bridge.data().join("holdline.sock")).unwrap();
        stream.write_all(b"{\"ask\":\"reset-pin\",\"user\":\"1\"}\n").unwrap();
        let hears = hears.clone();
        std::thread::spawn(move || {
            let mut reply = Vec::new();
            // Who is not let in any more is cut off.
            let _cut_off = BufReader::new(stream).read_until(b'\n', &mut reply);
            hears.send(text(&reply)).unwrap();
        });
    }
    drop(hears);
    let first = replies.recv().unwrap();
    assert!(first.contains("pin-made"), "{first}");
    let (code, log, folder) = bridge.stop("-TERM");
    assert_eq!((code, log.as_str()), (Some(0), ""));
    let (mut made, mut begun) = (1, 0);
    for reply in &replies {
        if reply.contains("pin-made") {
            made += 1;
        } else if reply.contains("there may be a new PIN all the same") {
            begun += 1;
        } else {
            assert!(reply.is_empty() || reply.contains("the bridge stops"), "{reply:?}");
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
