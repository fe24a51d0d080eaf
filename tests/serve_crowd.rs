//! A running bridge at its bounds: too many, too slow, no descriptors, replies that never come.
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

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use bridge::{Bridge, folder, holdline, text};
use holdline::door::wire::{Dial, Hello, ToBridge, ToPhone, VERSION};
use socket_phone::Phone;

const ID: &str = "147852036";

/// A bridge that may have only so many descriptors, as `ulimit` says it.
fn starts_with_limit(limit: &str) -> Bridge {
    let mut limited = Command::new("sh");
    let exec = format!("ulimit {limit}; exec \"$0\" \"$@\"");
    limited.args(["-c", &exec]).arg(holdline().get_program());
    Bridge::start_as(limited, folder())
}

/// With hardly a file descriptor to spare, and no more to be had: who comes too much is turned away, while a meeting is started
/// and whoever asks how it goes is answered; and when some have gone others come in again.
#[test]
fn a_bridge_without_descriptors_goes_on_and_recovers() {
    // Of both limits, so that the bridge cannot raise its own.
    let bridge = starts_with_limit("-n 48");
    let mut first = Phone::dials(&bridge);
    let mut organizer = Phone::dials(&bridge);
    let crowd: Vec<UnixStream> = (0..80).map(|_| connects(&bridge)).collect();
    let web: Vec<TcpStream> =
        (0..80).map(|_| TcpStream::connect(bridge.address()).unwrap()).collect();
    first.keys(&format!("{ID}##"));
    first.until_state("in-lobby");
    organizer.keys(&format!("{ID}#*{}#", bridge.pin()));
    organizer.until_state("in-meeting");
    first.until_state("in-meeting");
    // Those who connect and ask for nothing keep nobody waiting until they are taken for silent, half a minute later.
    let began = Instant::now();
    assert!(bridge.get("/readyz").starts_with("HTTP/1.1 200"));
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    drop(web);
    bridge.until_metrics(|metrics| metrics.contains("holdline_legs{state=\"in-meeting\"} 2"));
    let listed = crowd.last().map(hears_all);
    assert!(listed.is_some_and(|heard| refused(&heard).contains("too many are connected")));
    drop(crowd);
    first.say(&ToBridge::HangUp);
    first.until(|message| matches!(message, ToPhone::HungUp(_)));
    drop(first);
    let began = Instant::now();
    while !greets(&connects(&bridge)) {
        assert!(began.elapsed() < Duration::from_secs(30), "nobody comes in any more");
    }
    let (code, log, _) = bridge.stop("-TERM");
    assert_eq!(code, Some(0));
    assert!(log.contains("may open only 48 files at a time"), "{log}");
    assert!(!log.contains("Too many open files") && !log.contains("nobody can connect"), "{log}");
}

/// A soft limit that is lower than it has to be is raised: all have their places.
#[test]
fn a_soft_limit_of_descriptors_is_raised() {
    let bridge = starts_with_limit("-S -n 64");
    let crowd = crowd(&bridge);
    assert!(bridge.get("/readyz").starts_with("HTTP/1.1 200"));
    drop(crowd);
    let (code, log, _) = bridge.stop("-TERM");
    assert_eq!((code, log.as_str()), (Some(0), ""));
}

/// Telephones that have said hello on the local socket, as many as there are places.
fn crowd(bridge: &Bridge) -> Vec<UnixStream> {
    const PHONES: usize = 512;
    let says_hello = |_| {
        let phone = connects(bridge);
        (&phone).write_all(&hello()).unwrap();
        phone
    };
    let crowd: Vec<UnixStream> = (0..PHONES).map(says_hello).collect();
    crowd.iter().for_each(|phone| assert!(is_welcome(phone), "there is a place for it"));
    crowd
}

fn hello() -> Vec<u8> {
    ToBridge::Hello(Hello { version: VERSION }).encode()
}

fn connects(bridge: &Bridge) -> UnixStream {
    let stream = UnixStream::connect(bridge.data().join("holdline.sock")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// Says hello; whether it is welcome.
fn greets(mut stream: &UnixStream) -> bool {
    let _closed = stream.write_all(&hello());
    is_welcome(stream)
}

fn is_welcome(mut stream: &UnixStream) -> bool {
    let mut heard = Vec::new();
    loop {
        let mut one = [0; 1];
        match stream.read(&mut one) {
            Ok(1) => heard.extend(one),
            Ok(_) | Err(_) => return false,
        }
        if let Some((message, _)) = ToPhone::decode(&heard).unwrap() {
            return matches!(message, ToPhone::Welcome(_));
        }
    }
}

/// All that is said to it until the line is closed.
fn hears_all(mut stream: &UnixStream) -> Vec<u8> {
    let mut heard = Vec::new();
    let _closed_with_words_of_ours_unread = stream.read_to_end(&mut heard);
    heard
}

/// The word with which a telephone is refused.
fn refused(heard: &[u8]) -> String {
    match ToPhone::decode(heard) {
        Ok(Some((ToPhone::Refused(why), length))) if length == heard.len() => why,
        other => panic!("{other:?} of {}", text(heard)),
    }
}

/// As many telephones as there are places for: one more hears why it is sent away, and command lines come in all the same; when
/// they have their places taken as well, both kinds are told. When the crowd has gone others come in.
#[test]
fn one_connection_too_many_is_told_so_and_command_lines_come_in() {
    const COMMAND_LINES: usize = 16;
    let bridge = Bridge::start();
    let crowd = crowd(&bridge);
    for _one_too_many in 0..20 {
        let phone = connects(&bridge);
        let _closed = (&phone).write_all(&hello());
        assert!(refused(&hears_all(&phone)).contains("too many telephones are connected"));
    }
    let phone = bridge.run(&["phone", "--script", "h"]);
    let why = text(&phone.stderr);
    assert_eq!(phone.status.code(), Some(1), "{why}");
    assert!(why.contains("too many telephones are connected: try again in a while"), "{why}");
    let listed = bridge.run(&["user", "list"]);
    assert!(listed.status.success(), "{}", text(&listed.stderr));
    let mut silent: Vec<UnixStream> = Vec::new();
    for arguments in [&["user", "list"][..], &["phone", "--script", "h"]] {
        // Whoever was taken for silent meanwhile has left a place.
        silent.extend((0..COMMAND_LINES).map(|_| connects(&bridge)));
        let done = bridge.run(arguments);
        let why = text(&done.stderr);
        assert_eq!(done.status.code(), Some(1), "{why}");
        assert!(why.contains("too many are connected: try again in a while"), "{why}");
    }
    drop((crowd, silent));
    let began = Instant::now();
    while !greets(&connects(&bridge)) {
        assert!(began.elapsed() < Duration::from_secs(30), "nobody comes in any more");
    }
    let (code, log, _) = bridge.stop("-TERM");
    assert_eq!(code, Some(0));
    let told = log.matches("one more is sent away").count();
    assert_eq!(told, 1, "once, however many come: {log}");
}

/// Who says nothing, or does not come to the end of it, does not keep a place for ever; a telephone that has said hello does.
#[test]
fn who_connects_and_says_nothing_is_told_and_closed() {
    let bridge = Bridge::start();
    let on_hook = connects(&bridge);
    assert!(greets(&on_hook));
    let [silent, half_hello, half_request] = [&b""[..], b"V\0", b"{\"ask\":"].map(|bytes| {
        let stream = connects(&bridge);
        (&stream).write_all(bytes).unwrap();
        stream
    });
    assert!(refused(&hears_all(&silent)).contains("nothing was said for 10 s"));
    assert!(refused(&hears_all(&half_hello)).contains("no hello came within 10 s"));
    let reply = text(&hears_all(&half_request));
    assert!(reply.contains("refused") && reply.contains("no request came within 10 s"), "{reply}");
    // So long nothing was to be said on the first.
    let to = "+14255550100".parse().unwrap();
    (&on_hook).write_all(&ToBridge::Dial(Dial { to, from: None }).encode()).unwrap();
    let mut answered = [0; 3];
    while answered != *b"a\0\0" {
        answered.rotate_left(1);
        (&on_hook).read_exact(&mut answered[2..]).expect("its place is its own");
    }
    bridge.stop("-TERM");
}

/// A bridge that says nothing to anybody: it closes every line, at once or in the middle of a word.
fn mute_bridge(folder: &Path, says: &'static [u8]) {
    let listener = std::os::unix::net::UnixListener::bind(folder.join("holdline.sock")).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let _gone = stream.unwrap().write_all(says);
        }
    });
}

/// No reply came: what was asked may be done all the same, and each command says how to find out, or what to do.
#[test]
fn a_reply_that_never_comes_is_told_with_what_to_do() {
    let silent = tempfile::tempdir().unwrap();
    mute_bridge(silent.path(), b"");
    let cut = tempfile::tempdir().unwrap();
    mute_bridge(cut.path(), b"{\"reply\":\"pin-made\",\"us");
    for (folder, how) in [(&silent, "closed the line without a reply"), (&cut, "cut short")] {
        for (command, what) in [
            (&["user", "reset-pin", "2"][..], "reset it again"),
            (&["user", "add", "Alex Wilber"], "`holdline user list`"),
            (&["user", "unlock", "2"], "unlock it again"),
            (&["user", "list"], "nothing is altered by it: ask again"),
            (&["meeting", "add", "2", "--subject", "X"], "`holdline meeting list`"),
            (&["meeting", "cancel", ID], "`holdline meeting list`"),
            (&["calls"], "nothing is altered by it: ask again"),
        ] {
            let done = holdline().args(command).arg("--data").arg(folder.path()).output().unwrap();
            let why = text(&done.stderr);
            assert_eq!(done.status.code(), Some(1), "{why}");
            assert!(why.contains(how) && why.contains(what), "{command:?}: {why}");
            assert!(!why.contains("EOF") && !why.contains("line 1"), "{why}");
        }
    }
}

/// The folder is another user's: that is not the same as nobody being there.
#[test]
fn a_folder_of_another_user_is_told_apart_from_no_bridge() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o000)).unwrap();
    let without_rights = |arguments: &[&str]| {
        // Root may do everything, unless it gives that up.
        let give_up = "-dac_override,-dac_read_search";
        let mut command = match std::fs::read_dir(folder.path()).is_ok() {
            true => {
                let mut command = Command::new("setpriv");
                command.args(["--bounding-set", give_up, "--inh-caps", give_up]);
                command.arg(assert_cmd::cargo::cargo_bin!("holdline"));
                command
            }
            false => holdline(),
        };
        let done = command.args(arguments).arg("--data").arg(folder.path()).output().unwrap();
        assert_eq!(done.status.code(), Some(1));
        text(&done.stderr)
    };
    for arguments in [&["user", "list"][..], &["phone", "--script", "h"]] {
        let why = without_rights(arguments);
        assert!(why.contains("may not be opened by this user"), "{why}");
        assert!(!why.contains("there is no data") && !why.contains("start one with"), "{why}");
    }
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
}
