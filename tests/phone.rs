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
#[path = "support/pty.rs"]
mod pty;
#[path = "support/socket_phone.rs"]
mod socket_phone;

use std::path::Path;

use bridge::{Bridge, holdline, text};
use holdline::door::wire::{ToBridge, ToPhone};
use holdline::media::Frame;
use holdline::media::clip::Clip;
use holdline::media::decode::decode;
use holdline::media::wav;
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

/// What one telephone says, a prompt's words or a sound file, the other hears. Where it is late it may leave out a frame.
#[test]
fn words_of_the_catalogue_and_a_sound_file_are_heard_by_the_other() {
    let bridge = Bridge::start();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/prompts/en-US/lobby-waiting.wav");
    let samples = decode(std::fs::read(file).unwrap(), "lobby-waiting").unwrap();
    let clip = Clip::from_samples(&samples).unwrap();
    let heard = hears(&bridge, "lobby-waiting");
    let part = part_heard(clip.frames(), &heard);
    assert!(part > 0.8, "{part} of the prompt is heard");

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
    let heard = hears(&bridge, path.to_str().unwrap());
    let clip = Clip::from_samples(&own).unwrap();
    let part = part_heard(clip.frames(), &heard);
    assert!(part > 0.8, "{part} of the file is heard");
    bridge.stop("-TERM");
}

/// Before anybody is called, not in the middle of the call.
#[test]
fn a_sound_that_is_not_there_is_told_before_the_call() {
    let bridge = Bridge::start();
    let nothing = bridge.data().join("nothing.wav");
    std::fs::write(&nothing, "no sound").unwrap();
    let nothing = format!("say:{}", nothing.display());
    for (script, why) in [
        ("w1s 147# say:/nowhere/there.wav h", "neither `tone`, nor a prompt's name, nor a file"),
        ("say:tone w1s say:lobby-waitin", "neither `tone`, nor a prompt's name, nor a file"),
        (nothing.as_str(), "nothing.wav"),
    ] {
        let refused = bridge.run(&["phone", "--script", script]);
        assert_eq!(refused.status.code(), Some(1), "{script}");
        assert!(text(&refused.stderr).contains(why), "{}", text(&refused.stderr));
        assert_eq!(text(&refused.stdout), "", "{script}: nobody was called");
    }
    let calls = text(&bridge.run(&["calls"]).stdout);
    assert_eq!(calls.lines().count(), 1, "only the heads: {calls}");
    let idle = bridge.run(&["phone", "--on-hook"]);
    assert!(text(&idle.stderr).contains("--on-hook needs a terminal"));
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
    caller.types("142555501009\x7f");
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

/// Who has nobody to call leaves again, which is no failure; and the environment can do without colours as well.
#[cfg(target_os = "linux")]
#[test]
fn a_telephone_that_calls_nobody_is_left_again() {
    let bridge = Bridge::start();
    let mut plain = phone(&bridge, &["--on-hook"], &[("NO_COLOR", "1")]);
    plain.until("d call it");
    plain.types("\x1b");
    assert!(plain.ends() && !plain.has_colours());
    let mut colored = phone(&bridge, &["--on-hook"], &[]);
    colored.until("d call it");
    colored.types("x");
    assert!(colored.ends() && colored.has_colours());
    let calls = text(&bridge.run(&["calls"]).stdout);
    assert_eq!(calls.lines().count(), 1, "only the heads: {calls}");
    bridge.stop("-TERM");
}
