//! Telephones as people have them: in terminals of their own, or for a shell script, on one running bridge.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test"
)]

#[path = "support/bridge.rs"]
mod bridge;
#[cfg(target_os = "linux")]
#[path = "support/keyed_phone.rs"]
mod keyed_phone;
#[path = "support/pty.rs"]
mod pty;
#[path = "support/socket_phone.rs"]
mod socket_phone;

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{ChildStdout, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use bridge::{Bridge, holdline, send_signal, text};
use holdline::door::wire::{ToBridge, ToPhone};
use holdline::media::Frame;
use holdline::media::clip::Clip;
use holdline::media::decode::decode;
use holdline::media::wav;
#[cfg(target_os = "linux")]
use keyed_phone::KeyedPhone;
use pty::Screen;
use socket_phone::Phone;

const ID: &str = "147852036";

/// Somebody who waits in the meeting for what another says, and hears this telephone say it.
fn hears(bridge: &Bridge, what: &str) -> Vec<Frame> {
    let mut organizer = Phone::dials(bridge);
    organizer.keys(&format!("{ID}#*{}#", bridge.pin()));
    organizer.until_state("in-meeting");
    // Nothing but what is said is heard: the tones of who comes and goes are over by then.
    let script = format!("{ID}## w6s say:{what} w4s h");
    let speaks = bridge.run(&["phone", "--script", &script]);
    assert!(speaks.status.success(), "{}", text(&speaks.stderr));
    organizer.say(&ToBridge::HangUp);
    let heard = organizer.until(|message| matches!(message, ToPhone::HungUp(_)));
    let frames = heard.into_iter().filter_map(|message| match message {
        ToPhone::Sound(frame) => Some(*frame),
        _other => None,
    });
    frames.collect()
}

/// The part of a clip's loud frames that was heard, sample by sample.
fn part_heard(clip: &[Frame], heard: &[Frame]) -> f64 {
    let loud = |frame: &&Frame| frame.0.iter().any(|sample| sample.unsigned_abs() > 300);
    let loud: Vec<&Frame> = clip.iter().filter(loud).collect();
    assert!(loud.len() > 20, "there is something to hear");
    loud.iter().filter(|frame| heard.contains(frame)).count() as f64 / loud.len() as f64
}

/// The part of a clip that the other hears, at best, of three times that it is said: a machine that stands still leaves out frames.
fn part_heard_at_best(bridge: &Bridge, what: &str, clip: &[Frame]) -> f64 {
    let mut best = 0.0_f64;
    for _time in 0..3 {
        if best <= MOST {
            best = best.max(part_heard(clip, &hears(bridge, what)));
        }
    }
    best
}

/// So much of what is said is heard.
const MOST: f64 = 0.8;

/// What one telephone says, a prompt's words or a sound file, the other hears. Where it is late it may leave out a frame.
#[test]
fn words_of_the_catalogue_and_a_sound_file_are_heard_by_the_other() {
    let bridge = Bridge::start();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/prompts/en-US/lobby-waiting.wav");
    let samples = decode(std::fs::read(file).unwrap(), "lobby-waiting").unwrap();
    let clip = Clip::from_samples(&samples).unwrap();
    let part = part_heard_at_best(&bridge, "lobby-waiting", clip.frames());
    assert!(part > MOST, "{part} of the prompt is heard");

    // Three tones that are no keys, so that no two frames are alike.
    let own: Vec<i16> = (0..16_000_u32)
        .map(|at| {
            let time = f64::from(at) / 8_000.0;
            let hz = 300.0 + 400.0 * time;
            ((std::f64::consts::TAU * hz * time).sin() * 5_000.0) as i16
        })
        .collect();
    let path = bridge.data().join("own.wav");
    std::fs::write(&path, wav::encode(&own)).unwrap();
    let clip = Clip::from_samples(&own).unwrap();
    let part = part_heard_at_best(&bridge, path.to_str().unwrap(), clip.frames());
    assert!(part > MOST, "{part} of the file is heard");
    bridge.stop("-TERM");
}

/// Before anybody is called, not in the middle of the call.
#[test]
fn a_sound_that_is_not_there_is_told_before_the_call() {
    let bridge = Bridge::start();
    let nothing = bridge.data().join("nothing.wav");
    std::fs::write(&nothing, "no sound").unwrap();
    let nothing = format!("say:{}", nothing.display());
    let no_rate = bridge.data().join("no_rate.wav");
    let mut bytes = wav::encode(&[7; 8_000]);
    bytes[24..28].fill(0);
    std::fs::write(&no_rate, bytes).unwrap();
    let no_rate = format!("say:{} h", no_rate.display());
    let endless = bridge.data().join("endless.wav");
    File::create(&endless).unwrap().set_len((64 << 20) + 1).unwrap();
    let endless = format!("say:{} h", endless.display());
    for (script, why) in [
        (no_rate.as_str(), "no_rate.wav cannot be read: it has 0 samples a second"),
        (endless.as_str(), "longer than 64 MiB"),
        ("say:/dev/zero h", "it is no regular file"),
        ("w1s 147# say:/nowhere/there.wav h", "neither `tone`, nor a prompt's name, nor a file"),
        ("say:tone w1s say:lobby-waitin", "neither `tone`, nor a prompt's name, nor a file"),
        (nothing.as_str(), "nothing.wav"),
    ] {
        let refused = bridge.run(&["phone", "--script", script]);
        assert_eq!(refused.status.code(), Some(1), "{script}");
        assert!(text(&refused.stderr).contains(why), "{}", text(&refused.stderr));
        assert_eq!(text(&refused.stderr).lines().count(), 1, "{}", text(&refused.stderr));
        assert_eq!(text(&refused.stdout), "", "{script}: nobody was called");
    }
    let calls = text(&bridge.run(&["calls"]).stdout);
    assert_eq!(calls.lines().count(), 1, "only the heads: {calls}");
    let idle = bridge.run(&["phone", "--on-hook"]);
    assert!(text(&idle.stderr).contains("--on-hook needs a terminal"));
    bridge.stop("-TERM");
}

/// A telephone that takes its keys from a shell script.
fn scripted(bridge: &Bridge, input: Stdio) -> std::process::Child {
    let mut command = holdline();
    command.args(["phone", "--data"]).arg(bridge.data());
    command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Adds what such a telephone says, until that is in it.
fn add_until(lines: &mut BufReader<ChildStdout>, said: &mut String, wanted: &str) {
    while !said.contains(wanted) {
        assert!(lines.read_line(said).unwrap() > 0, "it was hung up: {said}");
    }
}

/// With these keys somebody is in the meeting of the bridge in that folder, and hangs up.
#[cfg(target_os = "linux")]
fn is_in_the_meeting(data: &Path, keys: &str) {
    let mut phone = KeyedPhone::dials_in(data);
    phone.keys(keys);
    phone.until("in meeting");
    phone.hangs_up();
}

/// What is neither keys nor a word is said and pressed not at all, nor is what is no text; the call goes on.
#[test]
fn a_line_that_is_no_keys_is_told_and_the_call_goes_on() {
    let bridge = Bridge::start();
    let mut phone = scripted(&bridge, Stdio::piped());
    let mut keys = phone.stdin.take().unwrap();
    keys.write_all(b"\xff\xfe48213\nDial 48213\n").unwrap();
    keys.write_all(&[b'1'; 9_000]).unwrap();
    writeln!(keys, "\n147 852 036##").unwrap();
    let mut lines = BufReader::new(phone.stdout.take().unwrap());
    let mut said = String::new();
    add_until(&mut lines, &mut said, "in lobby");
    assert!(!said.contains("not a valid") && !said.contains("try again"), "{said}");
    writeln!(keys, "h").unwrap();
    let done = phone.wait_with_output().unwrap();
    let told = text(&done.stderr);
    assert!(done.status.success(), "{told}");
    assert!(told.contains("\"Dial xxxxx\" is neither keys"), "{told}");
    assert!(told.contains("is no text in UTF-8") && told.contains("longer than 4096"), "{told}");
    assert_eq!((told.lines().count(), told.contains("48213")), (3, false), "{told}");
    bridge.stop("-TERM");
}

/// Help is spoken clip by clip; each thing that can be keyed is one line, with its keys.
#[test]
fn a_sentence_that_is_spoken_in_clips_is_one_line() {
    let bridge = Bridge::start();
    let mut phone = scripted(&bridge, Stdio::piped());
    let mut keys = phone.stdin.take().unwrap();
    writeln!(keys, "{ID}#*{}#", bridge.pin()).unwrap();
    let (says, lines) = channel();
    let mut output = BufReader::new(phone.stdout.take().unwrap());
    std::thread::spawn(move || {
        let mut line = String::new();
        while output.read_line(&mut line).unwrap() > 0 && says.send(line.clone()).is_ok() {
            line.clear();
        }
    });
    // What is said until that is, or until nothing more is for a while.
    let until = |wanted: &str| {
        let mut said = String::new();
        while !said.contains(wanted)
            && let Ok(line) = lines.recv_timeout(Duration::from_secs(20))
        {
            said += &line;
        }
        said
    };
    assert!(until("  in meeting\n").contains("  in meeting\n"));
    let mut said = String::new();
    // A clip that comes much too late, or not at all, on a machine that stands still begins a line of its own.
    let is_one_line = (0..5).any(|_| {
        let sentence = "\u{201c}To mute or unmute yourself, press *6\u{201d}\n";
        writeln!(keys, "*1").unwrap();
        said = until(sentence);
        said.contains(sentence) && !said.contains("\u{201c}press") && !said.contains("star")
    });
    assert!(is_one_line, "{said}");
    writeln!(keys, "h").unwrap();
    assert!(until("call over").contains("call over"));
    assert!(phone.wait_with_output().unwrap().status.success());
    bridge.stop("-TERM");
}

/// What never comes to the end of a line is nobody who keys: it is told, and the call is hung up.
#[test]
fn a_line_without_an_end_hangs_up() {
    let bridge = Bridge::start();
    let phone = scripted(&bridge, File::open("/dev/zero").unwrap().into());
    let done = phone.wait_with_output().unwrap();
    assert!(
        text(&done.stderr).contains("has no end: nothing more is read"),
        "{}",
        text(&done.stderr)
    );
    have_hung_up(&bridge, 1);
    bridge.stop("-TERM");
}

/// So many calls have ended with a hang-up: each is filed when the bridge comes to it, a moment after the telephone has gone.
fn have_hung_up(bridge: &Bridge, calls: usize) {
    let began = Instant::now();
    loop {
        let shown = text(&bridge.run(&["calls"]).stdout);
        if shown.lines().count() > calls {
            return assert_eq!(shown.matches("caller-hung-up (16)").count(), calls, "{shown}");
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{shown}");
    }
}

/// Whoever ends the program ends the call in order.
#[test]
fn a_telephone_that_is_told_to_end_hangs_up() {
    let bridge = Bridge::start();
    for signal in ["-TERM", "-HUP", "-INT"] {
        let mut phone = scripted(&bridge, Stdio::piped());
        let mut lines = BufReader::new(phone.stdout.take().unwrap());
        let mut said = String::new();
        add_until(&mut lines, &mut said, "entering conference id");
        send_signal(phone.id(), signal);
        lines.read_to_string(&mut said).unwrap();
        assert_eq!(phone.wait().unwrap().code(), Some(0), "{signal}");
    }
    have_hung_up(&bridge, 3);
    bridge.stop("-TERM");
}

/// A telephone in a terminal of 80 x 24.
fn phone(bridge: &Bridge, more: &[&str], variables: &[(&str, &str)]) -> Screen {
    let mut arguments = vec!["phone", "--data", bridge.data().to_str().unwrap()];
    arguments.extend(more);
    Screen::open(holdline().get_program().to_str().unwrap(), &arguments, variables)
}

/// Two people at two terminals: one keys a number on the telephone and the conference ID with the mouse, the other the PIN
/// on the keyboard; each hears the other, sees so, and makes the window larger.
#[cfg(target_os = "linux")]
#[test]
fn two_telephones_in_terminals_hear_each_other() {
    let bridge = Bridge::start();
    let mut caller = phone(
        &bridge,
        &["--on-hook", "--from", "+14255550177", "--say", "tone", "--no-color"],
        &[],
    );
    caller.until("key a number, d calls it");
    caller.types("1425555010098\x7f\x08");
    caller.until("+14255550100_");
    caller.types("d");
    caller.until("entering conference id");
    for key in ID.chars().chain("##".chars()) {
        caller.clicks(key);
    }
    caller.until("in lobby");
    let mut organizer = phone(&bridge, &["--say", "tone"], &[]);
    organizer.until("entering conference id");
    organizer.types(&format!("{ID}#*{}#", bridge.pin()));
    organizer.until("in meeting");
    caller.until("in meeting");
    organizer.until("hears \u{2026}0177");
    caller.until("hears organizer");
    let heard =
        |screen: &str| screen.lines().any(|line| line.contains("heard") && line.contains("-16 dB"));
    organizer.until_it(heard);
    caller.until_it(heard);
    // What is small becomes large, and is drawn whole.
    assert_eq!(organizer.shown().lines().map(|line| line.chars().count()).max(), Some(80));
    organizer.resize(120, 40);
    let large = |screen: &str| {
        let widest = screen.lines().map(|line| line.trim_end().chars().count()).max();
        widest == Some(120) && screen.contains("in meeting") && screen.lines().count() == 40
    };
    organizer.until_it(large);
    organizer.resize(50, 15);
    organizer.until("make it larger");
    organizer.resize(80, 24);
    organizer.until("in meeting");
    // Backspace of another terminal, and letters that are held with Ctrl or Alt, are none of the telephone's keys.
    organizer.types("\x08\x14\x04\x18\x1bh*6");
    organizer.until("You are muted");
    organizer.types("h");
    organizer.until("caller hung up (16)");
    organizer.types("x");
    assert!(organizer.ends());
    caller.until("1 in it");
    caller.types("x");
    assert!(caller.ends(), "its call was answered");
    assert!(organizer.has_colours() && !caller.has_colours());
    bridge.stop("-TERM");
}

/// A shell in a terminal that runs a telephone, and says at its end with which code it ended and how the terminal is left.
#[cfg(target_os = "linux")]
fn phone_in_a_shell(bridge: &Bridge) -> Screen {
    let script = bridge.data().join("phone.sh");
    let (data, program) = (bridge.data().display(), holdline());
    let program = program.get_program().to_str().unwrap();
    let text = format!(
        "sh -c 'echo $$ > {data}/pid; exec {program} phone --data {data} --on-hook'
        echo \"ended with $?\"
        case \"$(stty -a)\" in *-icanon*) echo raw;; *) echo 'given back';; esac\n"
    );
    std::fs::write(&script, text).unwrap();
    Screen::open("/bin/sh", &[script.to_str().unwrap()], &[])
}

/// However it ends, the call is hung up and the shell has its terminal as it was.
#[cfg(target_os = "linux")]
#[test]
fn a_telephone_that_is_told_to_end_gives_the_terminal_back() {
    let bridge = Bridge::start();
    for signal in ["-TERM", "-HUP"] {
        let mut screen = phone_in_a_shell(&bridge);
        screen.until("d call it");
        screen.types("d");
        screen.until("entering conference id");
        let pid = std::fs::read_to_string(bridge.data().join("pid")).unwrap();
        send_signal(pid.trim().parse().unwrap(), signal);
        screen.until("given back");
        assert!(screen.shown().contains("ended with 0"), "{}", screen.shown());
        assert!(screen.ends());
    }
    have_hung_up(&bridge, 2);
    bridge.stop("-TERM");
}

/// Who has nobody to call leaves again, which is no failure; and the environment can do without colours as well.
#[cfg(target_os = "linux")]
#[test]
fn a_telephone_that_calls_nobody_is_left_again() {
    let bridge = Bridge::start();
    let mut plain = phone(&bridge, &["--on-hook"], &[("NO_COLOR", "1")]);
    plain.until("d call it");
    plain.types("\x1b");
    assert!(plain.ends() && !plain.has_colours());
    let mut colored = phone(&bridge, &["--on-hook"], &[("NO_COLOR", "")]);
    colored.until("d call it");
    colored.types("x");
    assert!(colored.ends() && colored.has_colours(), "an empty variable says nothing");
    let calls = text(&bridge.run(&["calls"]).stdout);
    assert_eq!(calls.lines().count(), 1, "only the heads: {calls}");
    bridge.stop("-TERM");
}

/// A person at a terminal sees that the bridge has stopped, for as long as they like, and why it was once they have left.
#[cfg(target_os = "linux")]
#[test]
fn a_bridge_that_stops_or_is_gone_is_told_until_the_telephone_is_left() {
    let bridge = Bridge::start();
    let mut screen = phone_in_a_shell(&bridge);
    screen.until("d call it");
    screen.types("d");
    screen.until("entering conference id");
    let (.., folder) = bridge.stop("-INT");
    screen.until("the bridge has stopped");
    screen.until("stopping (41)");
    screen.types("5");
    screen.resize(120, 40);
    screen.until_it(|shown| shown.lines().count() == 40 && shown.contains("has stopped"));
    assert!(!screen.shown().contains("hang up") && !screen.shown().contains("given back"));
    screen.types("x");
    screen.until("given back");
    let shown = screen.shown();
    assert!(shown.contains("holdline: the bridge has stopped"), "{shown}");
    assert!(shown.contains("ended with 0"), "its call was answered: {shown}");
    assert!(screen.ends());

    let mut bridge = Bridge::start_in(folder);
    let mut screen = phone_in_a_shell(&bridge);
    screen.until("d call it");
    screen.types("d");
    screen.until("entering conference id");
    bridge.child.kill().unwrap();
    screen.until("the bridge has gone");
    screen.types("x");
    screen.until("given back");
    let shown = screen.shown();
    assert!(shown.contains("is `holdline serve` still running?"), "{shown}");
    assert!(shown.contains("ended with 1"), "{shown}");
    assert!(screen.ends());
}

/// Where nothing can be drawn it goes on line by line, and says so.
#[cfg(target_os = "linux")]
#[test]
fn on_a_dumb_terminal_nothing_is_drawn() {
    let bridge = Bridge::start();
    let mut lines = phone(&bridge, &["--script", "147 w1s h"], &[("TERM", "dumb")]);
    lines.until("nothing can be drawn on this terminal (TERM is \"dumb\")");
    lines.until("call over: caller-hung-up (16)");
    assert!(lines.ends() && !lines.was_drawn_on());
    let mut refused = phone(&bridge, &["--on-hook"], &[("TERM", "dumb")]);
    refused.until("--on-hook needs a terminal");
    assert!(!refused.ends());
    bridge.stop("-TERM");
}

/// Where nothing is to be said at a terminal the PIN is in its file, and not lost.
#[cfg(target_os = "linux")]
#[test]
fn a_quiet_first_start_at_a_terminal_keeps_the_pin_in_its_file() {
    let folder = bridge::folder();
    let data = folder.path().to_str().unwrap();
    let arguments = ["serve", "--quiet", "--http", "off", "--data", data];
    let mut first = Screen::open(holdline().get_program().to_str().unwrap(), &arguments, &[]);
    let socket = folder.path().join("holdline.sock");
    let began = Instant::now();
    while std::os::unix::net::UnixStream::connect(&socket).is_err() {
        assert!(began.elapsed() < Duration::from_secs(30), "it does not come up");
    }
    let pin = std::fs::read_to_string(folder.path().join("first-pin")).unwrap();
    is_in_the_meeting(folder.path(), &format!("{ID}#*{}#", pin.trim()));
    first.types("\x03");
    assert!(first.ends());
    assert_eq!(first.shown().trim().trim_start_matches("^C"), "");
}

/// The first start tells a person at a terminal all that is needed to dial, once, and writes the PIN nowhere.
#[cfg(target_os = "linux")]
#[test]
fn what_the_first_start_shows_at_a_terminal_is_enough_to_organize() {
    let folder = bridge::folder();
    let data = folder.path().to_str().unwrap();
    let program = holdline();
    let serve = || {
        let arguments = ["serve", "--http", "off", "--data", data];
        Screen::open(program.get_program().to_str().unwrap(), &arguments, &[])
    };
    let mut first = serve();
    first.until("Ready.");
    let shown = first.shown();
    let after = |label: &str| {
        let line = shown.lines().find_map(|line| line.strip_prefix(label)).unwrap();
        line.split_whitespace().next().unwrap().to_owned()
    };
    let (pin, id) = (after("PIN"), after("Conference ID"));
    assert!(shown.contains(&format!("Dial          holdline phone +14255550100 --data {data}")));
    assert!(!folder.path().join("first-pin").exists());
    is_in_the_meeting(folder.path(), &format!("{id}#*{pin}#"));
    first.types("\x03");
    assert!(first.ends());
    let mut second = serve();
    second.until("Ready.");
    assert!(!second.shown().contains("PIN"), "{}", second.shown());
    second.types("\x03");
    assert!(second.ends());
}
