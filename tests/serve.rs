//! The running bridge from outside: the binary, its socket, its HTTP, its signals.
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
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bridge::{Bridge, folder, for_owner_alone, holdline, send_signal, text};
use holdline::admin::demonstration;
use holdline::domain::directory::{AccessNumber, Change};
use holdline::domain::pin::Pin;
use holdline::domain::{Language, Languages, UtcTime};
use holdline::door::wire::{Dial, Hello, ToBridge, ToPhone, Told, VERSION};
use holdline::media::Frame;
use holdline::store::{Argon2Hasher, SqliteStore};
use socket_phone::Phone;

const ID: &str = "147852036";

/// The first evening: a caller waits, the organizer starts with the PIN of the first start, both are in; the bridge
/// stops, both hear a goodbye, and the records are there.
#[test]
fn the_first_evening() {
    let bridge = Bridge::start();
    let pin = bridge.pin();
    assert!(!bridge.said.contains(&format!(" {pin}")), "the PIN is in the file alone");
    for name in ["first-pin", "pepper", "holdline.sock", "holdline.db"] {
        let mode = std::fs::metadata(bridge.data().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name} is for its owner alone, not {mode:o}");
    }
    let mut caller = Phone::dials(&bridge);
    caller.keys(&format!("{ID}##"));
    let told = caller.until(|message| *message == ToPhone::Told(Told::Music));
    let words = told.iter().find_map(|message| match message {
        ToPhone::Told(Told::Prompt { name, words, .. }) if name == "lobby-waiting" => Some(words),
        _ => None,
    });
    assert!(words.unwrap().contains("The meeting has not started yet"));
    let lasts =
        |message: &ToPhone| matches!(message, ToPhone::Told(Told::Prompt { ms: 1_000.., .. }));
    assert!(told.iter().any(lasts), "how long it is spoken is told");
    assert!(told.iter().any(|message| matches!(message, ToPhone::Sound(_))));
    let mut organizer = Phone::dials(&bridge);
    organizer.keys(&format!("{ID}#*{pin}#"));
    organizer.until_state("in-meeting");
    caller.until_state("in-meeting");
    caller.until(|message| *message == ToPhone::Told(Told::Cut)); // The music has ended.
    let metrics =
        bridge.until_metrics(|metrics| metrics.contains("holdline_legs{state=\"in-meeting\"} 2"));
    assert!(metrics.contains("holdline_pin_checks_total 1"), "{metrics}");
    assert!(metrics.contains("holdline_wrong_entries_total 0"), "{metrics}");
    assert!(metrics.contains("holdline_alarms_total 0"), "{metrics}");
    assert!(bridge.get("/healthz").ends_with("alive\n"));
    assert!(bridge.get("/readyz").starts_with("HTTP/1.1 200"));

    let (code, log, folder) = bridge.stop("-TERM");
    assert_eq!((code, log.as_str()), (Some(0), ""));
    for phone in [&mut caller, &mut organizer] {
        let last = phone.until(|message| matches!(message, ToPhone::HungUp(_)));
        let goodbye = |message: &ToPhone| matches!(message, ToPhone::Told(Told::Prompt { name, .. }) if name == "service-stopping");
        assert!(last.iter().any(goodbye));
    }
    let bridge = Bridge::start_in(folder);
    let calls = text(&bridge.run(&["calls"]).stdout);
    assert_eq!(calls.lines().count(), 3, "{calls}");
    assert!(calls.contains("organizer") && calls.contains("stopping (41)  bridge"), "{calls}");
    let json = text(&bridge.run(&["calls", "--json"]).stdout);
    assert!(json.contains(r#""class":"ours","q850":41"#) && !json.contains(&pin), "{json}");
    assert!(!bridge.said.contains("first start"), "it is the second");
    let (code, ..) = bridge.stop("-INT");
    assert_eq!(code, Some(0));
}

/// Each sees who else is heard, by role or by the end of the number, and never themself.
#[test]
fn a_telephone_shows_who_else_is_heard() {
    let bridge = Bridge::start();
    let mut organizer = Phone::dials(&bridge);
    organizer.keys(&format!("{ID}#*{}#", bridge.pin()));
    organizer.until_state("in-meeting");
    let mut caller = Phone::dials_from(&bridge, Some("+14255550177"));
    caller.keys(&format!("{ID}#"));
    caller.until_state("in-meeting");
    let loud = ToBridge::Sound(Box::new(Frame([7_000; Frame::SAMPLES])));
    let sees = |listener: &mut Phone, speaker: &mut Phone, wanted: &[&str]| loop {
        speaker.say(&loud);
        match listener.hears() {
            ToPhone::Told(Told::Heard { who }) if who == wanted => return,
            ToPhone::Told(Told::Heard { who }) => assert!(who.is_empty(), "{who:?}"),
            _other => {}
        }
    };
    sees(&mut organizer, &mut caller, &["\u{2026}0177"]);
    // Quiet again, it is no longer among them.
    organizer.until(|message| *message == ToPhone::Told(Told::Heard { who: vec![] }));
    sees(&mut caller, &mut organizer, &["organizer"]);
    bridge.stop("-TERM");
}

#[test]
fn a_second_bridge_on_the_same_data_names_the_first() {
    let bridge = Bridge::start();
    // Of a machine that has other things to do it is the best that counts.
    let in_time = (0..5).any(|_| {
        let began = Instant::now();
        let second = bridge.run(&["serve"]);
        let took = began.elapsed();
        assert_eq!(second.status.code(), Some(1));
        let why = text(&second.stderr);
        assert!(why.contains(&format!("held by process {}", bridge.child.id())), "{why}");
        took < Duration::from_secs(2)
    });
    assert!(in_time, "it always takes two seconds or more");
    bridge.stop("-TERM");
}

/// Who calls and never listens holds up nothing.
#[test]
fn a_telephone_that_does_not_listen_does_not_hold_up_the_end() {
    let bridge = Bridge::start();
    let mut deaf = UnixStream::connect(bridge.data().join("holdline.sock")).unwrap();
    deaf.write_all(&ToBridge::Hello(Hello { version: VERSION }).encode()).unwrap();
    let to = "+14255550100".parse().unwrap();
    deaf.write_all(&ToBridge::Dial(Dial { to, from: None }).encode()).unwrap();
    let mut hears = Phone::dials(&bridge);
    hears.keys(&format!("{ID}##"));
    hears.until_state("in-lobby");
    let refused = |message: &ToPhone| matches!(message, ToPhone::Told(Told::Prompt { name, .. }) if name == "lobby-waiting");
    hears.until(refused);
    let music = |message: &ToPhone| *message == ToPhone::Told(Told::Music);
    hears.until(music);
    let (code, ..) = bridge.stop("-TERM");
    assert_eq!(code, Some(0));
}

/// Who asks and takes no reply holds up nothing either.
#[test]
fn whoever_takes_no_reply_does_not_hold_up_the_end() {
    let bridge = Bridge::start();
    let mut asks = UnixStream::connect(bridge.data().join("holdline.sock")).unwrap();
    asks.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    // Until the bridge takes no more, as it cannot get rid of its replies.
    let many = "{\"ask\":\"users\",\"limit\":100}\n".repeat(1_000);
    while asks.write_all(many.as_bytes()).is_ok() {}
    let (code, ..) = bridge.stop("-TERM");
    assert_eq!(code, Some(0));
}

/// A folder that is not the bridge's is left as it is.
#[test]
fn a_folder_without_data_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let refused = holdline().args(["user", "list", "--data"]).arg(folder.path()).output().unwrap();
    let why = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{why}");
    assert!(why.contains("there is no data in"), "{why}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// By the calendar of this machine, as the bridge writes it.
fn now() -> String {
    let since_1970 = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    UtcTime::from_micros(i64::try_from(since_1970.as_micros()).unwrap()).to_string()
}

/// What is asked while the bridge runs goes through it; afterwards the command line opens the data itself.
#[test]
fn users_and_meetings_come_over_the_socket_or_from_the_data() {
    let bridge = Bridge::start();
    let made = bridge.run(&["user", "add", "Alex Wilber", "--mail", "alex@contoso.example"]);
    let made = text(&made.stdout);
    let pin = made.lines().find_map(|line| line.strip_prefix("PIN ")).unwrap().trim().to_owned();
    let id = made
        .lines()
        .find_map(|line| line.strip_prefix("conference ID "))
        .unwrap()
        .trim()
        .to_owned();
    assert_eq!(pin.len(), 5, "{made}");
    assert!(made.contains("the organization sends no letters"), "{made}");
    let mut phone = Phone::dials(&bridge);
    phone.keys(&format!("{id}#*{pin}#"));
    phone.until_state("in-meeting");

    let added = bridge.run(&["meeting", "add", "alex wilber", "--subject", "Roadmap"]);
    let new = text(&added.stdout).trim().rsplit(' ').next().unwrap().to_owned();
    let mut waits = Phone::dials(&bridge);
    waits.keys(&format!("{new}##"));
    waits.until_state("in-lobby");
    let cancelled = bridge.run(&["meeting", "cancel", &new]);
    assert!(cancelled.status.success(), "{}", text(&cancelled.stderr));
    let last = waits.until(|message| matches!(message, ToPhone::HungUp(_)));
    assert!(
        matches!(last.last(), Some(ToPhone::HungUp(how)) if how.cause == "meeting-cancelled"),
        "{last:?}"
    );

    let before = now();
    let reset = text(&bridge.run(&["user", "reset-pin", "2"]).stdout);
    assert!(reset.contains("shown this once"), "{reset}");
    let audit = text(&bridge.run(&["user", "audit", "--limit", "2"]).stdout);
    let lines: Vec<&str> = audit.lines().collect();
    let [_heads, newest, second] = lines[..] else { panic!("{audit}") };
    assert!(newest.ends_with("administrator  pin unlocked  user 2"), "{audit}");
    assert!(second.ends_with("administrator  pin replaced  user 2"), "{audit}");
    let at = second.split_whitespace().next().unwrap();
    assert!((before.as_str()..=now().as_str()).contains(&at), "{before} {at}");
    // A PIN that nobody has seen is told as such.
    #[cfg(target_os = "linux")]
    {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let mut reset = holdline();
        reset.args(["user", "reset-pin", "2", "--data"]).arg(bridge.data());
        let unseen = reset.stdout(full).output().unwrap();
        let why = text(&unseen.stderr);
        assert_eq!(unseen.status.code(), Some(1), "{why}");
        assert!(
            why.contains("nobody knows it. `holdline user reset-pin 2` makes another"),
            "{why}"
        );
    }
    let unlocked = text(&bridge.run(&["user", "unlock", "Alex Wilber"]).stdout);
    assert!(unlocked.contains("unlocked, and is still the one it was"), "{unlocked}");
    let (.., folder) = bridge.stop("-TERM");
    let kept = rusqlite::Connection::open(folder.path().join("holdline.db")).unwrap();
    let letters: i64 = kept.query_row("select count(*) from outbox", [], |row| row.get(0)).unwrap();
    assert_eq!(letters, 0, "a letter that nobody delivers keeps a PIN in the clear");
    // As long as another program has it open, it is nobody else's.
    let locked = holdline().args(["user", "list", "--data"]).arg(folder.path()).output().unwrap();
    let why = text(&locked.stderr);
    assert!(locked.status.code() == Some(1) && why.contains("locked by another program"), "{why}");
    drop(kept);
    let audit = holdline().args(["user", "audit", "--data"]).arg(folder.path()).output().unwrap();
    let audit = text(&audit.stdout);
    let newest: Vec<&str> = audit.lines().nth(1).unwrap().split_whitespace().skip(1).collect();
    assert_eq!(newest, ["administrator", "pin", "unlocked", "user", "2"]);
    assert!(audit.contains("  meeting removed  ") && audit.contains("  user added  "), "{audit}");
    let list = holdline().args(["user", "list", "--data"]).arg(folder.path()).output().unwrap();
    let list = text(&list.stdout);
    assert!(list.contains("Alex Wilber") && list.contains("***********"), "{list}");
    assert!(list.split_whitespace().all(|word| word != pin), "{list}");
    for wrong in [["user", "unlock", "Nobody"], ["user", "reset-pin", "nobody@x"]] {
        let refused = holdline().args(wrong).arg("--data").arg(folder.path()).output().unwrap();
        assert_eq!(refused.status.code(), Some(1));
        assert!(text(&refused.stderr).contains("`holdline user list` shows everybody"));
    }
}

#[test]
fn who_speaks_another_language_is_told_so_and_who_vanishes_is_forgotten() {
    let bridge = Bridge::start();
    let mut phone = Phone::dials(&bridge);
    phone.keys(&format!("{ID}##"));
    phone.until_state("in-lobby");
    phone.stream.shutdown(std::net::Shutdown::Both).unwrap();
    let stranger = |bytes: &[u8]| {
        let mut stream = UnixStream::connect(bridge.data().join("holdline.sock")).unwrap();
        stream.write_all(bytes).unwrap();
        let _closed = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _closed_with_words_of_ours_unread = stream.read_to_end(&mut answer);
        text(&answer)
    };
    assert!(stranger(b"GET / HTTP/1.1\r\n\r\n").contains("longer than any"));
    assert!(stranger(b"\x16\x03\x01").contains("begins no message"));
    assert!(stranger(&ToBridge::HangUp.encode()).contains("says hello first"));
    let old = ToBridge::Hello(Hello { version: 99 }).encode();
    assert!(stranger(&old).contains("speaks version 1, the telephone 99"));
    assert!(stranger(b"{\"ask\":\"elephants\"}\n").contains("cannot be read"));
    assert!(stranger(b"{\"ask\":\"us\xffers\"}\n").contains("cannot be read"));
    let long = format!("{{\"ask\":\"{}\"}}\n", "a".repeat(70_000));
    assert!(stranger(long.as_bytes()).contains("may not be longer than 65536 bytes"));
    assert!(
        stranger(b"{\"ask\":\"users\",\"limit\":9}").contains("Megan"),
        "its end is an end of the line"
    );
    assert_eq!(stranger(b""), "");
    // Frames by the thousand at once: what is too much is dropped, and the bridge goes on.
    let mut fast = Phone::dials(&bridge);
    for _ in 0..5_000 {
        fast.say(&ToBridge::Sound(Box::default()));
    }
    fast.say(&ToBridge::HangUp);
    fast.until(|message| matches!(message, ToPhone::HungUp(_)));
    bridge.until_metrics(|metrics| !metrics.contains("in-lobby"));
    let (code, log, _) = bridge.stop("-TERM");
    assert_eq!((code, log.as_str()), (Some(0), ""));
}

#[test]
fn settings_are_shown_and_what_is_wrong_with_them_is_named() {
    let shown = holdline().args(["config", "show"]).output().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("holdline.toml");
    std::fs::write(&file, &shown.stdout).unwrap();
    let checked = holdline().args(["config", "check"]).arg(&file).output().unwrap();
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    std::fs::write(&file, "recording = true\n").unwrap();
    let checked = holdline().args(["config", "check"]).arg(&file).output().unwrap();
    assert_eq!(checked.status.code(), Some(1));
    assert!(text(&checked.stderr).contains("is it `recordings`?"));
}

/// A bridge whose second number speaks German, on sounds that do not: said at the start, not to the first who dials it.
#[test]
fn a_number_in_a_language_without_sounds_is_named_at_the_start() {
    let data = tempfile::tempdir().unwrap();
    let hasher = Argon2Hasher::cheap_for_tests().unwrap();
    let (pin, id) = (Pin::parse("48213").unwrap(), ID.parse().unwrap());
    let mut directory = demonstration::organization(&pin, id, &hasher, [7; 16]).unwrap();
    let number = AccessNumber {
        number: "+49 30 901820".parse().unwrap(),
        place: None,
        languages: Languages::new(&[Language::EnUs, Language::DeDe]).unwrap(),
    };
    directory.apply(Change::AccessNumberAdded(number)).unwrap();
    let store = SqliteStore::open(&data.path().join("holdline.db")).unwrap();
    store.import(directory).unwrap();
    drop(store);
    for_owner_alone(&data.path().join("pepper"), b"it is of no PIN yet");
    let sounds = tempfile::tempdir().unwrap();
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    for part in ["music", "tones", "prompts/en-US"] {
        std::fs::create_dir_all(sounds.path().join(part)).unwrap();
        for file in std::fs::read_dir(assets.join(part)).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), sounds.path().join(part).join(file.file_name())).unwrap();
        }
    }
    let serve = |with: &mut Command| {
        with.args(["serve", "--http", "off", "--data"]).arg(data.path()).output().unwrap()
    };
    let refused = serve(holdline().arg("--sounds").arg(sounds.path()));
    let why = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{why}");
    assert!(why.contains("+4930901820 answers in de-DE"), "{why}");
    // With those built in it starts, and its telephone says who it is in both languages.
    let bridge = Bridge::start_in(data);
    let mut phone = Phone::dials_number(&bridge, 1);
    phone.until_state("choosing-language");
    phone.keys("2");
    let told = phone.until(|message| matches!(message, ToPhone::Told(Told::Prompt { name, .. }) if name == "enter-conference-id"));
    let Some(ToPhone::Told(Told::Prompt { words, .. })) = told.last() else { panic!("{told:?}") };
    assert!(words.starts_with("Bitte geben Sie"), "{words}");
    bridge.stop("-TERM");
}

/// A file where the folder of recordings should be: named before anybody calls, and left alone.
#[test]
fn a_file_in_place_of_the_recordings_folder_is_named() {
    let data = tempfile::tempdir().unwrap();
    let recordings = data.path().join("recordings");
    std::fs::write(&recordings, "a letter").unwrap();
    let refused =
        holdline().args(["serve", "--http", "off", "--data"]).arg(data.path()).output().unwrap();
    let why = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{why}");
    assert!(why.contains(&format!("kept in {}", recordings.display())), "{why}");
    assert_eq!(std::fs::read_to_string(&recordings).unwrap(), "a letter");
}

/// A shell script as a caller: keys come from standard input or from a script, what is spoken goes to standard output.
#[test]
fn a_shell_script_can_be_a_caller() {
    let bridge = Bridge::start();
    let pin = bridge.pin();
    let mut phone = holdline()
        .args(["phone", "--data"])
        .arg(bridge.data())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut keys = phone.stdin.take().unwrap();
    writeln!(keys, "{ID}#*{pin}#").unwrap();
    let mut said = String::new();
    let mut lines = BufReader::new(phone.stdout.take().unwrap());
    while !said.contains("You are joining as the organizer") {
        assert!(lines.read_line(&mut said).unwrap() > 0, "{said}");
    }
    assert!(!said.contains(&pin), "{said}");
    writeln!(keys, "h").unwrap();
    lines.read_to_string(&mut said).unwrap();
    assert!(said.ends_with("call over: caller-hung-up (16)\n"), "{said}");
    assert!(phone.wait().unwrap().success());

    let script = ["phone", "--script", "w200ms 147852036## w300ms say:tone w1s h"];
    // It waits by the clock, and nobody may be late.
    let waited = (0..5).any(|_| {
        let scripted = bridge.run(&script);
        assert!(scripted.status.success(), "{}", text(&scripted.stderr));
        text(&scripted.stdout).contains("in lobby")
    });
    assert!(waited);
    let nobody = bridge.run(&["phone", "+14255550111"]);
    assert_eq!(nobody.status.code(), Some(1), "no such number: {}", text(&nobody.stdout));
    let wrong = bridge.run(&["phone", "--script", "w2s 48213x"]);
    assert!(text(&wrong.stderr).contains("word 2 of the script, \"xxxxxx\""));
    if cfg!(not(feature = "speaker")) {
        let aloud = bridge.run(&["phone", "--speaker"]);
        assert_eq!(aloud.status.code(), Some(1));
        assert!(text(&aloud.stderr).contains("--features speaker"), "{}", text(&aloud.stderr));
    }
    bridge.stop("-TERM");
    let folder = tempfile::tempdir().unwrap();
    let alone = holdline().args(["phone", "--data"]).arg(folder.path()).output().unwrap();
    assert!(text(&alone.stderr).contains("start one with `holdline serve`"));
}

/// What is given on the command line is over `RUST_LOG`, and a filter that is none is named.
#[test]
fn the_log_is_as_the_command_line_says() {
    let logs = tempfile::tempdir().unwrap();
    let logged = |what: &str| {
        let path = logs.path().join(what);
        let mut command = holdline();
        command.env("RUST_LOG", if what == "info" { "off" } else { "trace" });
        let log = std::fs::File::create(&path).unwrap();
        let bridge = Bridge::start_logging(command, folder(), what, log.into());
        let mut phone = Phone::dials(&bridge);
        phone.say(&ToBridge::HangUp);
        phone.until(|message| matches!(message, ToPhone::HungUp(_)));
        bridge.stop("-TERM");
        std::fs::read_to_string(&path).unwrap()
    };
    assert_eq!(logged("error"), "");
    let info = logged("info");
    assert!(info.contains("a call is offered"), "{info}");
    assert!(info.contains("a call is over") && info.contains("caller-hung-up"), "{info}");
    let folder = tempfile::tempdir().unwrap();
    for wrong in ["", "infoo=,=="] {
        let refused = holdline()
            .args(["serve", "--log", wrong, "--data"])
            .arg(folder.path())
            .output()
            .unwrap();
        assert_eq!(refused.status.code(), Some(1));
        assert!(text(&refused.stderr).contains("is nothing to log by"));
    }
}

/// The bridge is frozen: who asks or calls is told so in time, also in the middle of a call; and when it goes on it answers.
#[test]
fn a_frozen_bridge_keeps_nobody_waiting_for_ever() {
    let bridge = Bridge::start();
    let runs = |arguments: &[&str]| {
        let mut command = holdline();
        command.args(arguments).arg("--data").arg(bridge.data()).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut waits = runs(&["phone", "--script", "147852036## w200s"]);
    let mut lines = BufReader::new(waits.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("in lobby")));
    send_signal(bridge.child.id(), "-STOP");
    let began = Instant::now();
    let asked = [&["user", "list"][..], &["calls"], &["phone", "--script", "h"]].map(runs);
    for (child, why) in asked.into_iter().chain([waits]).zip([
        "does not answer: is it stopped, or frozen?",
        "does not answer: is it stopped, or frozen?",
        "does not answer: is it stopped, or frozen?",
        "does not listen any more: is it stopped, or frozen?",
    ]) {
        let done = child.wait_with_output().unwrap();
        let told = text(&done.stderr);
        assert!(done.status.code() == Some(1) && told.contains(why), "{told}");
    }
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    send_signal(bridge.child.id(), "-CONT");
    assert!(bridge.run(&["user", "list"]).status.success());
    let (code, ..) = bridge.stop("-TERM");
    assert_eq!(code, Some(0));
}
