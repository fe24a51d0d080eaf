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
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bridge::{Bridge, holdline, text};
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
        ToPhone::Told(Told::Prompt { name, words }) if name == "lobby-waiting" => Some(words),
        _ => None,
    });
    assert!(words.unwrap().contains("The meeting has not started yet"));
    assert!(told.iter().any(|message| matches!(message, ToPhone::Sound(_))));
    let mut organizer = Phone::dials(&bridge);
    organizer.keys(&format!("{ID}#*{pin}#"));
    organizer.until_state("in-meeting");
    caller.until_state("in-meeting");
    let metrics = bridge.get("/metrics");
    assert!(metrics.contains("holdline_legs{state=\"in-meeting\"} 2"), "{metrics}");
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
    assert!(calls.contains("organizer") && calls.contains("stopping (41)  ours"), "{calls}");
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
    let began = Instant::now();
    let second = bridge.run(&["serve"]);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert_eq!(second.status.code(), Some(1));
    let why = text(&second.stderr);
    assert!(why.contains(&format!("held by process {}", bridge.child.id())), "{why}");
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
    let many = "{\"ask\":\"users\"}\n".repeat(1_000);
    while asks.write_all(many.as_bytes()).is_ok() {}
    let (code, ..) = bridge.stop("-TERM");
    assert_eq!(code, Some(0));
}

/// A first start that did not come to its end has left a PIN that is nobody's.
#[test]
fn a_first_start_can_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("first-pin"), "00000\n").unwrap();
    let bridge = Bridge::start_in(folder);
    assert_ne!(bridge.pin(), "00000");
    bridge.stop("-TERM");
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
    assert!(!list.contains(&pin), "{list}");
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
    assert!(stranger(b"{\"ask\":\"users\"}").contains("Megan"), "its end is an end of the line");
    assert_eq!(stranger(b""), "");
    // Frames by the thousand at once: what is too much is dropped, and the bridge goes on.
    let mut fast = Phone::dials(&bridge);
    for _ in 0..5_000 {
        fast.say(&ToBridge::Sound(Box::default()));
    }
    fast.say(&ToBridge::HangUp);
    fast.until(|message| matches!(message, ToPhone::HungUp(_)));
    let metrics = bridge.get("/metrics");
    assert!(!metrics.contains("in-lobby"), "the first is gone: {metrics}");
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
    let scripted = bridge.run(&script);
    let said = text(&scripted.stdout);
    assert!(scripted.status.success() && said.contains("in lobby"), "{said}");
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

/// With hardly a file descriptor to spare, and no more to be had: who comes too much is turned away, while a meeting is started
/// and whoever asks how it goes is answered; and when some have gone others come in again.
#[test]
fn a_bridge_without_descriptors_goes_on_and_recovers() {
    let mut limited = Command::new("sh");
    // Of both limits, so that the bridge cannot raise its own.
    let exec = "ulimit -n 48; exec \"$0\" \"$@\"";
    limited.args(["-c", exec]).arg(assert_cmd::cargo::cargo_bin!("holdline"));
    let bridge = Bridge::start_as(limited, tempfile::tempdir().unwrap());
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
    drop(web);
    assert!(bridge.get("/readyz").starts_with("HTTP/1.1 200"));
    assert!(bridge.get("/metrics").contains("holdline_legs{state=\"in-meeting\"} 2"));
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
    let mut limited = Command::new("sh");
    let exec = "ulimit -S -n 64; exec \"$0\" \"$@\"";
    limited.args(["-c", exec]).arg(assert_cmd::cargo::cargo_bin!("holdline"));
    let bridge = Bridge::start_as(limited, tempfile::tempdir().unwrap());
    let crowd = crowd(&bridge);
    assert!(bridge.get("/readyz").starts_with("HTTP/1.1 200"));
    drop(crowd);
    let (code, log, _) = bridge.stop("-TERM");
    assert_eq!((code, log.as_str()), (Some(0), ""));
}

/// Writes a file that only its owner can read.
fn for_owner_alone(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// A bridge that is made once and stopped, with a pepper from the environment or its own.
fn made_once(pepper: Option<&str>) -> tempfile::TempDir {
    let mut command = holdline();
    command.env_remove("HOLDLINE_PEPPER").envs(pepper.map(|given| ("HOLDLINE_PEPPER", given)));
    let bridge = Bridge::start_as(command, tempfile::tempdir().unwrap());
    let (code, _, folder) = bridge.stop("-TERM");
    assert_eq!(code, Some(0));
    folder
}

/// Lists the users with that pepper in the environment; says why not.
fn lists(folder: &Path, pepper: Option<&std::ffi::OsStr>) -> Result<(), String> {
    let mut command = holdline();
    command.env_remove("HOLDLINE_PEPPER").envs(pepper.map(|given| ("HOLDLINE_PEPPER", given)));
    let done = command.args(["user", "list", "--data"]).arg(folder).output().unwrap();
    if done.status.success() { Ok(()) } else { Err(text(&done.stderr)) }
}

fn is_refused(done: Result<(), String>, why: &str) {
    let told = done.expect_err(why);
    assert!(told.contains(why), "{told}");
}

/// Without the right pepper no PIN fits, and nobody would know why: a file that is gone, another one, one that others can read.
#[test]
fn a_pepper_that_is_not_the_right_one_is_named() {
    let folder = made_once(None);
    let (folder, path) = (folder.path(), folder.path().join("pepper"));
    let right = std::fs::read(&path).unwrap();
    assert_eq!(lists(folder, None), Ok(()));
    std::fs::remove_file(&path).unwrap();
    is_refused(lists(folder, None), "is gone, and without it no PIN fits");
    assert!(!path.exists(), "another one would make it harder to find the right one");
    for_owner_alone(&path, b"this is another one");
    is_refused(lists(folder, None), "the pepper is not the one");
    for_owner_alone(&path, b"short");
    is_refused(lists(folder, None), "is no pepper of 16 to 64 bytes");
    for_owner_alone(&path, &right.repeat(1_000));
    is_refused(lists(folder, None), "is no pepper of 16 to 64 bytes");
    for_owner_alone(&path, &right);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    is_refused(lists(folder, None), "can be read by others (mode 644)");
    for_owner_alone(&path, &right);
    assert_eq!(lists(folder, None), Ok(()));
}

/// The same when the pepper comes from the environment.
#[test]
fn a_pepper_in_the_environment_is_the_same_each_time() {
    use std::os::unix::ffi::OsStrExt as _;
    let right = "sixteen letters and some";
    let folder = made_once(Some(right));
    let path = folder.path().join("pepper");
    assert!(!path.exists(), "it is kept where it comes from");
    let with = |pepper: &[u8]| lists(folder.path(), Some(std::ffi::OsStr::from_bytes(pepper)));
    assert_eq!(with(right.as_bytes()), Ok(()));
    is_refused(lists(folder.path(), None), "is gone, and without it no PIN fits");
    is_refused(with(b"sixteen letters and others"), "the pepper is not the one");
    is_refused(with(b"short"), "must have 16 to 64 characters");
    is_refused(with(b"sixteen letters \xff\xfe and some"), "HOLDLINE_PEPPER is not UTF-8");
    assert!(!path.exists());
    for_owner_alone(&path, right.as_bytes());
    assert_eq!(lists(folder.path(), None), Ok(()), "from there it is the same");
}

/// A first start that fails at the last says nothing when it is to be quiet, keeps the PIN in its file, and leaves no socket
/// that nobody listens at.
#[test]
fn a_quiet_start_that_fails_leaves_its_pin_and_no_socket() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("holdline.sock"), "left by one that was killed").unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let failed = holdline()
        .args(["serve", "--quiet", "--http", &address, "--data"])
        .arg(folder.path())
        .output()
        .unwrap();
    let why = text(&failed.stderr);
    assert_eq!(failed.status.code(), Some(1), "{why}");
    assert!(why.contains(&format!("nothing can listen at {address}")), "{why}");
    assert_eq!(text(&failed.stdout), "");
    let pin = std::fs::read_to_string(folder.path().join("first-pin")).unwrap();
    assert_eq!(pin.trim().len(), 5, "{pin}");
    assert!(!folder.path().join("holdline.sock").exists());
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
        let bridge = Bridge::start_logging(command, tempfile::tempdir().unwrap(), what, log.into());
        let mut phone = Phone::dials(&bridge);
        phone.say(&ToBridge::HangUp);
        phone.until(|message| matches!(message, ToPhone::HungUp(_)));
        bridge.stop("-TERM");
        std::fs::read_to_string(&path).unwrap()
    };
    assert_eq!(logged("error"), "");
    assert!(logged("info").contains("a call is offered"));
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

/// Telephones that have said hello on the local socket, as many as there are places.
fn crowd(bridge: &Bridge) -> Vec<UnixStream> {
    const PHONES: usize = 512;
    let crowd: Vec<UnixStream> = (0..PHONES).map(|_| connects(bridge)).collect();
    crowd.iter().for_each(|phone| assert!(greets(phone), "there is a place for it"));
    crowd
}

fn connects(bridge: &Bridge) -> UnixStream {
    let stream = UnixStream::connect(bridge.data().join("holdline.sock")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// Whether it is welcome.
fn greets(mut stream: &UnixStream) -> bool {
    let _closed = stream.write_all(&ToBridge::Hello(Hello { version: VERSION }).encode());
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
        let _closed = (&phone).write_all(&ToBridge::Hello(Hello { version: VERSION }).encode());
        assert!(refused(&hears_all(&phone)).contains("too many telephones are connected"));
    }
    let phone = bridge.run(&["phone", "--script", "h"]);
    let why = text(&phone.stderr);
    assert_eq!(phone.status.code(), Some(1), "{why}");
    assert!(why.contains("too many telephones are connected: try again in a while"), "{why}");
    let listed = bridge.run(&["user", "list"]);
    assert!(listed.status.success(), "{}", text(&listed.stderr));
    let silent: Vec<UnixStream> = (0..COMMAND_LINES).map(|_| connects(&bridge)).collect();
    for arguments in [&["user", "list"][..], &["phone", "--script", "h"]] {
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

/// A start that is to say nothing says nothing, and the PIN of the first one is in its file, also at a terminal.
#[test]
fn a_quiet_start_says_nothing_and_keeps_the_pin() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = holdline()
        .args(["serve", "--quiet", "--http", "off", "--log", "warn", "--data"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while UnixStream::connect(folder.path().join("holdline.sock")).is_err() {
        assert!(began.elapsed() < Duration::from_secs(30), "it does not come up");
        assert_eq!(child.try_wait().unwrap(), None);
    }
    let pin = std::fs::read_to_string(folder.path().join("first-pin")).unwrap();
    let script = format!("{ID}#*{}# w2s h", pin.trim());
    let call = holdline()
        .args(["phone", "--script", &script, "--data"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(text(&call.stdout).contains("in meeting"), "{}", text(&call.stdout));
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(0));
    assert_eq!((text(&done.stdout), text(&done.stderr)), (String::new(), String::new()));
}

fn signal(bridge: &Bridge, signal: &str) {
    let pid = bridge.child.id().to_string();
    assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
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
    signal(&bridge, "-STOP");
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
    signal(&bridge, "-CONT");
    assert!(bridge.run(&["user", "list"]).status.success());
    let (code, ..) = bridge.stop("-TERM");
    assert_eq!(code, Some(0));
}

/// Says of each start that finds no room so in words.
fn says_no_room(why: &str) {
    let words = ["is there room on", "the disk is full", "No space left", "cannot be written"];
    assert!(words.iter().any(|word| why.contains(word)) && !why.contains("panic"), "{why}");
}

/// A first start that may write only so much, again and again, and then one with room: it is the first one still.
#[test]
fn a_first_start_without_room_says_so_and_can_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    // Files of so many blocks of 512 bytes.
    for blocks in ["0", "4", "60", "130"] {
        let limited = "trap '' XFSZ; ulimit -f \"$1\"; exec \"$0\" serve --http off --data \"$2\"";
        let refused = Command::new("sh")
            .args(["-c", limited])
            .arg(assert_cmd::cargo::cargo_bin!("holdline"))
            .arg(blocks)
            .arg(folder.path())
            .output()
            .unwrap();
        assert_eq!(refused.status.code(), Some(1), "{blocks}: {}", text(&refused.stderr));
        says_no_room(&text(&refused.stderr));
    }
    let bridge = Bridge::start_in(folder);
    assert!(bridge.said.contains("This is the first start"), "{}", bridge.said);
    let mut organizer = Phone::dials(&bridge);
    organizer.keys(&format!("{ID}#*{}#", bridge.pin()));
    organizer.until_state("in-meeting");
    bridge.stop("-TERM");
}

/// A folder with an empty database of ours in which nothing can be put into that table.
fn without_room_in(table: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("holdline.db");
    drop(SqliteStore::open(&path).unwrap());
    let raw = rusqlite::Connection::open(&path).unwrap();
    let full = format!(
        "CREATE TRIGGER is_full BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'no room'); END"
    );
    raw.execute_batch(&full).unwrap();
    folder
}

fn with_room_again(folder: &tempfile::TempDir) {
    let raw = rusqlite::Connection::open(folder.path().join("holdline.db")).unwrap();
    raw.execute_batch("DROP TRIGGER is_full").unwrap();
}

/// The last that a first start writes cannot be written: there is no organization whose PIN nobody has seen.
#[test]
fn a_first_start_that_fails_at_the_last_can_be_tried_again() {
    for table in ["organization", "pepper"] {
        let folder = without_room_in(table);
        let mut command = holdline();
        command.args(["serve", "--http", "off", "--data"]).arg(folder.path());
        let refused = command.output().unwrap();
        let why = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{table}: {why}");
        assert!(
            why.contains("the PIN is nobody's: start again") && why.contains("no room"),
            "{why}"
        );
        with_room_again(&folder);
        let bridge = Bridge::start_in(folder);
        assert!(bridge.said.contains("This is the first start"), "{table}: {}", bridge.said);
        let mut organizer = Phone::dials(&bridge);
        organizer.keys(&format!("{ID}#*{}#", bridge.pin()));
        organizer.until_state("in-meeting");
        bridge.stop("-TERM");
    }
}

/// The same at a terminal, where the PIN is in no file: it is said before there is an organization, whatever comes in between.
#[cfg(target_os = "linux")]
#[test]
fn a_first_start_at_a_terminal_says_the_pin_before_it_opens_anything() {
    let folder = without_room_in("organization");
    let done = Command::new("script")
        .args(["-qec", r#""$HOLDLINE" serve --http off --data "$DATA""#, "/dev/null"])
        .env("HOLDLINE", assert_cmd::cargo::cargo_bin!("holdline"))
        .env("DATA", folder.path())
        .stdin(Stdio::null())
        .output();
    let Ok(done) = done else {
        eprintln!("not tried: `script`, which makes a terminal, is not there");
        return;
    };
    let said = text(&done.stdout);
    assert_eq!(done.status.code(), Some(1), "{said}");
    let pin = said.lines().find_map(|line| line.strip_prefix("PIN ")).unwrap_or_default();
    let digits: String = pin.trim().chars().take_while(char::is_ascii_digit).collect();
    assert_eq!((digits.len(), folder.path().join("first-pin").exists()), (5, false), "{said}");
    assert!(said.contains("the PIN is nobody's: start again"), "{said}");
    with_room_again(&folder);
    let bridge = Bridge::start_in(folder);
    assert!(bridge.said.contains("This is the first start"), "{}", bridge.said);
    bridge.stop("-TERM");
}

/// Whether this user may mount a disk, in a namespace of its own.
#[cfg(target_os = "linux")]
fn may_mount() -> bool {
    let tried =
        Command::new("unshare").args(["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    let may = tried.is_ok_and(|done| done.status.success());
    if !may {
        eprintln!(
            "not tried: `unshare -rm` is not there, or this user may not mount a disk with it"
        );
    }
    may
}

/// A database, and then a folder, that nobody may write, not even root: said at the start, and by whoever asks.
#[cfg(target_os = "linux")]
#[test]
fn data_on_a_disk_that_is_read_only_is_named_at_the_start() {
    if !may_mount() {
        return;
    }
    let folder = made_once(None);
    let before = std::fs::read(folder.path().join("holdline.db")).unwrap();
    let script = r#"mount --bind "$1/$2" "$1/$2" && mount -o remount,bind,ro "$1/$2" || exit 77
        shift 2; exec "$0" "$@""#;
    for (place, why) in [
        ("holdline.db", "holdline.db cannot be written (attempt to write a readonly database)"),
        (".", "holdline.lock cannot be written: is the folder read-only?"),
    ] {
        for asked in [&["serve", "--http", "off"][..], &["user", "list"]] {
            let refused = Command::new("unshare")
                .args(["-rm", "sh", "-c", script])
                .arg(assert_cmd::cargo::cargo_bin!("holdline"))
                .arg(folder.path())
                .arg(place)
                .args(asked)
                .arg("--data")
                .arg(folder.path())
                .output()
                .unwrap();
            let told = text(&refused.stderr);
            assert_eq!(refused.status.code(), Some(1), "{place}: {told}");
            assert!(told.contains(why), "{place}: {told}");
        }
    }
    assert_eq!(std::fs::read(folder.path().join("holdline.db")).unwrap(), before);
}

/// A first start on a disk that is full, where this user may make one.
#[cfg(target_os = "linux")]
#[test]
fn a_first_start_on_a_full_disk_says_so_and_can_be_tried_again() {
    if !may_mount() {
        return;
    }
    for size in ["12k", "48k", "100k"] {
        let folder = tempfile::tempdir().unwrap();
        let script = "mount -t tmpfs -o size=\"$1\",mode=700 none \"$2\"
            \"$0\" serve --http off --data \"$2\" 2>&1; echo \"exit $?\"
            mount -o remount,size=64m \"$2\"
            exec \"$0\" serve --http off --data \"$2\"";
        let mut child = Command::new("unshare")
            .args(["-rm", "sh", "-c", script])
            .arg(assert_cmd::cargo::cargo_bin!("holdline"))
            .arg(size)
            .arg(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut until = |end: &str| {
            let mut said = String::new();
            for line in lines.by_ref() {
                said += &line.unwrap();
                if said.contains(end) {
                    return said;
                }
            }
            panic!("it ended: {said}");
        };
        let refused = until("exit ");
        assert!(refused.ends_with("exit 1"), "{size}: {refused}");
        says_no_room(&refused);
        assert!(until("Ready.").contains("This is the first start"));
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}
