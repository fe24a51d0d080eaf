//! Telephones on WebSockets at a running bridge: callers like any other, strangers and faults told, whoever has gone forgotten.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test"
)]

#[path = "support/bridge.rs"]
mod bridge;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use bridge::{Bridge, EVER, folder, holdline, text};
use holdline::domain::Digit;
use holdline::door::wire::{Dial, Hello, ToBridge, ToPhone, Told, VERSION};
use holdline::media::Frame;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::HandshakeError;
use tokio_tungstenite::tungstenite::stream::MaybeTlsStream;
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket, client};

const ID: &str = "147852036";

/// A telephone on a WebSocket.
struct Phone {
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
    bytes: Vec<u8>,
    /// The word with which the bridge closed.
    closed: Option<String>,
    pings: usize,
}

impl Phone {
    fn connects(bridge: &Bridge) -> Self {
        let stream = TcpStream::connect(bridge.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let url = format!("ws://{}/phone", bridge.address());
        let (socket, _) = client(url, MaybeTlsStream::Plain(stream)).unwrap();
        Self { socket, bytes: Vec::new(), closed: None, pings: 0 }
    }

    fn greets(bridge: &Bridge) -> Self {
        let mut phone = Self::connects(bridge);
        phone.say(&hello());
        assert!(matches!(phone.hears(), Some(ToPhone::Welcome(_))));
        phone
    }

    fn dials(bridge: &Bridge) -> Self {
        let mut phone = Self::greets(bridge);
        phone.say(&dial());
        phone.until(|message| *message == ToPhone::Answered);
        phone
    }

    fn say(&mut self, message: &ToBridge) {
        self.send(Message::Binary(message.encode().into()));
    }

    /// What the bridge no longer takes, it does not take.
    fn send(&mut self, message: Message) {
        let _closed = self.socket.send(message);
    }

    fn keys(&mut self, keys: &str) {
        for digit in keys.chars().filter_map(Digit::from_char) {
            self.say(&ToBridge::Key(digit));
        }
    }

    /// The next message; `None` when the line is closed.
    fn hears(&mut self) -> Option<ToPhone> {
        loop {
            if let Some((message, length)) = ToPhone::decode(&self.bytes).unwrap() {
                self.bytes.drain(..length);
                return Some(message);
            }
            match self.socket.read() {
                Ok(Message::Binary(bytes)) => self.bytes.extend_from_slice(&bytes),
                Ok(Message::Close(frame)) => {
                    self.closed = frame.map(|frame| frame.reason.to_string());
                }
                Ok(Message::Ping(_)) => self.pings += 1,
                Ok(_other) => {}
                Err(_closed) => return None,
            }
        }
    }

    fn until(&mut self, is: impl Fn(&ToPhone) -> bool) -> Vec<ToPhone> {
        let mut heard = Vec::new();
        loop {
            heard.push(self.hears().expect("the line is open"));
            if heard.last().is_some_and(&is) {
                return heard;
            }
        }
    }

    fn until_state(&mut self, wanted: &str) -> Vec<ToPhone> {
        self.until(
            |message| matches!(message, ToPhone::Told(Told::State { state }) if state == wanted),
        )
    }

    /// Answers until it has been asked so often whether it is there.
    fn until_asked(&mut self, times: usize) {
        while self.pings < times {
            match self.socket.read().expect("the line is open") {
                Message::Ping(_) => self.pings += 1,
                other => panic!("{other}"),
            }
        }
    }

    /// With what word it is refused; the same must be in the frame that closes.
    fn is_refused(&mut self) -> String {
        let heard = self.until(|message| matches!(message, ToPhone::Refused(_)));
        let Some(ToPhone::Refused(why)) = heard.last() else { unreachable!() };
        while self.hears().is_some() {}
        assert_eq!(self.closed.as_deref(), Some(why.as_str()));
        why.clone()
    }
}

fn hello() -> ToBridge {
    ToBridge::Hello(Hello { version: VERSION })
}

fn dial() -> ToBridge {
    ToBridge::Dial(Dial { to: "+14255550100".parse().unwrap(), from: None })
}

/// One in the network, one at the machine: they hear each other, and both a goodbye.
#[test]
fn a_telephone_in_the_network_is_a_caller_like_any_other() {
    let bridge = Bridge::start();
    let to = format!("ws://{}", bridge.address());
    let phone = |script: &str| holdline().args(["phone", "--to", &to, "--script", script]).output();
    // It waits by the clock, and nobody may be late.
    let waited = (0..5).any(|_| {
        let waits = phone("w200ms 147852036## w300ms say:tone w1s h").unwrap();
        assert!(waits.status.success(), "{}", text(&waits.stderr));
        text(&waits.stdout).contains("in lobby")
    });
    assert!(waited);

    let mut organizer = Phone::dials(&bridge);
    organizer.keys(&format!("{ID}#*{}#", bridge.pin()));
    organizer.until_state("in-meeting");
    let mut caller = Phone::dials(&bridge);
    caller.keys(&format!("{ID}#"));
    caller.until_state("in-meeting");
    // Until the caller's voice is heard: the words on coming in end first.
    let loud = |frame: &Frame| frame.0.contains(&7_000);
    loop {
        caller.say(&ToBridge::Sound(Box::new(Frame([7_000; Frame::SAMPLES]))));
        let heard = organizer.until(|message| matches!(message, ToPhone::Sound(_)));
        if matches!(heard.last(), Some(ToPhone::Sound(frame)) if loud(frame)) {
            break;
        }
    }
    let (code, log, _) = bridge.stop("-TERM");
    assert_eq!((code, log.as_str()), (Some(0), ""));
    for phone in [&mut caller, &mut organizer] {
        let last = phone.until(|message| matches!(message, ToPhone::HungUp(_)));
        let goodbye = |message: &ToPhone| matches!(message, ToPhone::Told(Told::Prompt { name, .. }) if name == "service-stopping");
        assert!(last.iter().any(goodbye));
        while phone.hears().is_some() {}
        assert_eq!(phone.closed.as_deref(), Some("the bridge stops"));
    }
}

#[test]
fn strangers_and_broken_frames_are_told_and_closed() {
    let bridge = Bridge::start();
    let said = |message: Message| {
        let mut phone = Phone::connects(&bridge);
        phone.send(message);
        phone.is_refused()
    };
    let binary = |bytes: &[u8]| Message::Binary(bytes.to_vec().into());
    assert!(said(Message::text("hello")).contains("this one is text"));
    assert!(said(binary(b"GET / HTTP/1.1\r\n\r\n")).contains("longer than any"));
    assert!(said(binary(&[0x16, 3, 1])).contains("begins no message"));
    assert!(said(binary(&ToBridge::HangUp.encode())).contains("says hello first"));
    let old = ToBridge::Hello(Hello { version: 99 }).encode();
    assert!(said(binary(&old)).contains("speaks version 1, the telephone 99"));
    // What is not read any more may cost the frame that closes, but not the word before it.
    let mut long = Phone::connects(&bridge);
    long.send(binary(&vec![b'S'; 1_000_000]));
    let heard = long.hears();
    assert!(matches!(heard, Some(ToPhone::Refused(why)) if why.contains("this is no WebSocket")));

    let port = bridge.address().rsplit(':').next().unwrap();
    // The second is a name whose owner lets it lead to this machine once the page is there.
    for (host, origin) in [
        (bridge.address().to_owned(), "evil.example".to_owned()),
        (format!("evil.example:{port}"), format!("evil.example:{port}")),
    ] {
        let url = format!("ws://{}/phone", bridge.address());
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert("Host", host.parse().unwrap());
        request.headers_mut().insert("Origin", format!("http://{origin}").parse().unwrap());
        let refused = client(request, TcpStream::connect(bridge.address()).unwrap()).unwrap_err();
        let HandshakeError::Failure(Error::Http(response)) = refused else { panic!("{refused}") };
        assert_eq!(response.status(), 403, "{origin}");
    }
    assert!(bridge.get("/phone").starts_with("HTTP/1.1 4"), "no WebSocket");

    for (to, why) in [
        (format!("ws://{}/nowhere", bridge.address()), "takes no telephone: 404"),
        ("ws://127.0.0.1:9".to_owned(), "no bridge answers"),
        (format!("wss://{}", bridge.address()), "no TLS"),
    ] {
        let phone = holdline().args(["phone", "--to", &to]).output().unwrap();
        assert_eq!(phone.status.code(), Some(1));
        assert!(text(&phone.stderr).contains(why), "{}", text(&phone.stderr));
    }
    let (code, log, _) = bridge.stop("-TERM");
    assert_eq!((code, log.as_str()), (Some(0), ""));
}

/// Sound beyond the pace is dropped, keys and calls beyond it end the line, and everybody else goes on.
#[test]
fn who_is_too_fast_is_held_up_or_sent_away() {
    let bridge = Bridge::start();
    let mut patient = Phone::dials(&bridge);
    patient.keys(&format!("{ID}##"));
    patient.until_state("in-lobby");

    let mut talks = Phone::dials(&bridge);
    for _ in 0..5_000 {
        talks.say(&ToBridge::Sound(Box::default()));
    }
    talks.say(&ToBridge::HangUp);
    talks.until(|message| matches!(message, ToPhone::HungUp(_)));
    let refused = bridge.get("/metrics");
    let refused = refused.split("\nholdline_frames_refused_total ").nth(1).unwrap();
    assert!(refused.lines().next().unwrap().parse::<u64>().unwrap() > 4_000, "{refused}");

    let mut presses = Phone::dials(&bridge);
    presses.keys(&"5".repeat(400));
    assert_eq!(presses.is_refused(), "keys come too fast: at most 25 a second");
    let mut rings = Phone::greets(&bridge);
    for _ in 0..20 {
        rings.say(&dial());
        rings.say(&ToBridge::HangUp);
    }
    assert_eq!(rings.is_refused(), "calls come too fast: at most one a second");

    patient.until(|message| matches!(message, ToPhone::Sound(_)));
    bridge.until_metrics(|metrics| {
        metrics.contains("holdline_legs{state=\"in-lobby\"} 1")
            && metrics.matches("\nholdline_legs{").count() == 1
    });
    let (code, log, _) = bridge.stop("-TERM");
    assert_eq!((code, log.as_str()), (Some(0), ""));
}

/// Resident memory of the bridge in bytes, where the system tells.
fn memory(bridge: &Bridge) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", bridge.child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1_024)
}

/// A WebSocket without a telephone, on which frames are written by hand.
fn raw(bridge: &Bridge) -> TcpStream {
    let address = bridge.address();
    let mut raw = TcpStream::connect(address).unwrap();
    write!(
        raw,
        "GET /phone HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    .unwrap();
    raw
}

/// Each ping is answered: who sends them without an end and takes no answer is sent away, and the answers do not pile up.
#[test]
fn who_pings_without_an_end_costs_no_memory() {
    const PINGS: usize = 1_000_000;
    let bridge = Bridge::start();
    // The first telephone costs more than the others.
    drop(Phone::greets(&bridge));
    let before = memory(&bridge);
    let mut floods = raw(&bridge);
    // A ping with 125 bytes and nothing to unmask.
    let ping = [&[0x89, 0x80 | 125, 0, 0, 0, 0][..], &[b'.'; 125]].concat();
    let many = ping.repeat(500);
    floods.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
    let taken = (0..PINGS / 500).take_while(|_| floods.write_all(&many).is_ok()).count();
    if let (Some(before), Some(after)) = (before, memory(&bridge)) {
        let grown = after.saturating_sub(before);
        assert!(grown < 20 << 20, "by {grown} bytes after {taken} times 500 pings");
    }
    assert!(taken < PINGS / 500, "it is sent away");

    for (message, kind) in [
        (Message::Ping(b"."[..].into()), "pings"),
        (Message::Pong(b"."[..].into()), "pongs"),
        (Message::Binary(b""[..].into()), "empty messages"),
    ] {
        let mut phone = Phone::greets(&bridge);
        for _ in 0..100 {
            phone.send(message.clone());
        }
        let why = phone.is_refused();
        assert_eq!(why, "pings and empty messages come too fast: at most two a second", "{kind}");
    }
    let (code, log, _) = bridge.stop("-TERM");
    assert_eq!((code, log.as_str()), (Some(0), ""));
}

/// As many as may call have come: one more is told so, whoever asks how it goes is answered, and when one goes another comes in.
#[test]
fn one_telephone_too_many_is_sent_away_with_a_word() {
    const PHONES: usize = 512;
    let bridge = Bridge::start();
    let mut crowd: Vec<Phone> = (0..PHONES).map(|_| Phone::greets(&bridge)).collect();
    let tries = || {
        let url = format!("ws://{}/phone", bridge.address());
        let refused = client(url, TcpStream::connect(bridge.address()).unwrap()).err();
        refused.map(|refused| {
            let HandshakeError::Failure(Error::Http(response)) = refused else {
                panic!("{refused}")
            };
            response.status().as_u16()
        })
    };
    assert_eq!(tries(), Some(503));
    assert!(bridge.get("/healthz").ends_with("alive\n"));
    // They are all still there.
    crowd.iter_mut().for_each(|phone| phone.say(&hello()));
    let phone = holdline().args(["phone", "--to", &format!("ws://{}", bridge.address())]).output();
    let why = text(&phone.unwrap().stderr);
    assert!(why.contains("takes no telephone"), "{why}");
    drop(crowd.pop());
    let until = Instant::now() + Duration::from_secs(30);
    while tries().is_some() {
        assert!(Instant::now() < until, "nobody comes in any more");
    }
    bridge.stop("-TERM");
}

#[test]
fn who_vanishes_is_forgotten() {
    let bridge = Bridge::start();
    let nobody = |metrics: &str| !metrics.contains("holdline_legs{");
    let mut closes = Phone::dials(&bridge);
    closes.keys(&format!("{ID}##"));
    closes.until_state("in-lobby");
    assert!(!nobody(&bridge.get("/metrics")));
    let MaybeTlsStream::Plain(stream) = closes.socket.get_mut() else { unreachable!() };
    stream.shutdown(std::net::Shutdown::Both).unwrap();
    bridge.until_metrics(nobody);
    bridge.stop("-TERM");
}

/// Who sends and takes nothing holds up nobody else, and is given up after a while: its call ends.
#[test]
fn who_never_listens_is_taken_for_gone() {
    let bridge = Bridge::start();
    let [mut listens, mut deaf] = [(); 2].map(|()| {
        let mut phone = Phone::dials(&bridge);
        phone.keys(&format!("{ID}##"));
        phone.until_state("in-lobby");
        phone
    });
    let MaybeTlsStream::Plain(stream) = deaf.socket.get_ref() else { unreachable!() };
    stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    // Each wants a reply: until the bridge cannot get rid of them, and takes no more.
    let hello = Message::Binary(hello().encode().into());
    while deaf.socket.send(hello.clone()).is_ok() {}
    let mut heard = 0;
    let (began, is_one) = (Instant::now(), "holdline_legs{state=\"in-lobby\"} 1");
    while !bridge.get("/metrics").contains(is_one) {
        assert!(began.elapsed() < EVER, "{}", bridge.get("/metrics"));
        listens.until(|message| matches!(message, ToPhone::Sound(_)));
        heard += 1;
    }
    assert!(heard > 100, "the other one was served all the while: {heard} frames");
    let (code, log, _) = bridge.stop("-TERM");
    assert_eq!((code, log.as_str()), (Some(0), ""));
}

/// A line that is there but silent is asked; where no answer comes, it is given up.
#[test]
fn who_does_not_answer_is_taken_for_gone() {
    let bridge = Bridge::start();
    let mut dead = raw(&bridge);
    // A binary frame with nothing to unmask.
    let hello = hello().encode();
    let length = u8::try_from(hello.len()).unwrap();
    dead.write_all(&[&[0x82, 0x80 | length, 0, 0, 0, 0][..], &hello].concat()).unwrap();
    let mut quiet = Phone::greets(&bridge);
    dead.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
    let quiet = std::thread::spawn(move || {
        quiet.until_asked(4);
        quiet
    });
    let (mut heard, began) = (Vec::new(), Instant::now());
    // Two bytes of 0x89 0x00 are a ping without a word; nobody answers it.
    dead.read_to_end(&mut heard).unwrap();
    assert!(heard.windows(2).any(|bytes| bytes == [0x89, 0x00]), "it was asked");
    assert!(began.elapsed() > Duration::from_secs(10), "it had time to answer");
    // Who only answers when asked is still there.
    let mut quiet = quiet.join().unwrap();
    quiet.say(&dial());
    quiet.until(|message| *message == ToPhone::Answered);
    bridge.stop("-TERM");
}

/// Who does not come to the end of what they ask, or to a hello, keeps no place; who has asked may ask again.
#[test]
fn who_asks_without_an_end_is_sent_away() {
    let bridge = Bridge::start();
    let began = Instant::now();
    let connects = || {
        let stream = TcpStream::connect(bridge.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    };
    let (mut slow, mut asks, mut silent) = (connects(), connects(), Phone::connects(&bridge));
    let asks_again = |asks: &mut TcpStream| {
        write!(asks, "GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", bridge.address()).unwrap();
        let mut heard = String::new();
        while !heard.ends_with("alive\n") {
            let mut some = [0; 512];
            let read = asks.read(&mut some).unwrap();
            assert!(read > 0, "it is closed: {heard}");
            heard += std::str::from_utf8(&some[..read]).unwrap();
        }
    };
    asks_again(&mut asks);
    write!(slow, "GET /healthz HTTP/1.1\r\nX-Slow: ").unwrap();
    let _closed = slow.read_to_end(&mut Vec::new());
    assert!(began.elapsed() < Duration::from_secs(25), "silence alone would have taken longer");
    assert_eq!(silent.is_refused(), "no hello came within 10 s");
    asks_again(&mut asks);
    bridge.stop("-TERM");
}

/// A PIN keyed on a telephone in the network is in no log, however much is logged: neither as digits nor as the bytes of its
/// messages, key by key.
#[test]
fn no_log_has_the_keys_of_a_telephone_in_the_network() {
    const PIN: &str = "904716283350";
    let logs = tempfile::tempdir().unwrap();
    let path = logs.path().join("log");
    let log = std::fs::File::create(&path).unwrap();
    let bridge = Bridge::start_logging(holdline(), folder(), "trace", log.into());
    let to = format!("ws://{}", bridge.address());
    let script = format!("w200ms {ID}#*{PIN}# w5s h");
    let phone = holdline()
        .args(["phone", "--to", &to, "--script", &script])
        .env("RUST_LOG", "trace")
        .output()
        .unwrap();
    assert!(phone.status.success(), "{}", text(&phone.stderr));
    // It was keyed to its end.
    bridge.until_metrics(|metrics| metrics.contains("holdline_pin_checks_total 1"));
    bridge.stop("-TERM");
    let bridge_said = std::fs::read_to_string(&path).unwrap();
    assert!(bridge_said.contains("a call is offered"), "{bridge_said}");
    for said in [bridge_said, text(&phone.stderr), text(&phone.stdout)] {
        let said = said.to_lowercase();
        assert!(!said.contains(PIN), "the PIN is in a log");
        // A message: `K`, its length in two bytes, the key.
        for (key, place) in PIN.bytes().zip(0..) {
            assert!(!said.contains(&format!("4b0001{key:02x}")), "key {place} is in a log");
        }
    }
}
