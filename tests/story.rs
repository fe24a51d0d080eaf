//! The story, in virtual time and on real sound, told by what each phone heard.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use std::collections::BTreeMap;

use holdline::caller::story::{VOICES_HZ, cast};
use holdline::caller::{Deed, Ear, Heard, Outcome, SoundIndex, Voices};
use holdline::domain::settings::{MeetingRules, Recording};
use holdline::domain::{HangupCause, PromptId};
use holdline::exchange::{Happened, Journal, TraceEvent, replay};
use holdline::media::Frame;
use holdline::sim::{Report, Seat, World};
use support::*;

fn tell() -> Report {
    let rules = MeetingRules { recording: Recording::FromStart, ..MeetingRules::default() };
    let mut office = Office::with_rules(rules);
    World::new(world_config(), sounds(), &cast(&telling()), &mut office).run()
}

fn seats(report: &Report) -> BTreeMap<&str, &Seat> {
    report.seats.iter().map(|seat| (seat.caller.name(), seat)).collect()
}

fn heard_prompt(seat: &Seat, prompt: PromptId) -> bool {
    seat.caller.ear().impressions().iter().any(|heard| heard.heard.is_prompt(prompt))
}

/// The voices heard for at least 200 ms on end, in order of first hearing.
fn voices(seat: &Seat) -> Vec<Vec<u32>> {
    let mut voices = Vec::new();
    for impression in seat.caller.ear().impressions() {
        if let Heard::Voices(hz) = &impression.heard
            && impression.frames >= 10
            && !hz.is_empty()
            && !voices.contains(hz)
        {
            voices.push(hz.clone());
        }
    }
    voices
}

#[test]
fn everybody_hears_what_the_story_says() {
    let report = tell();
    assert_whole(&report);
    let seats = seats(&report);
    for (name, seat) in &seats {
        assert_eq!(*seat.caller.outcome(), Outcome::Done, "{name}");
    }
    let [first, second, stranger, organizer] = VOICES_HZ;

    assert_eq!(voices(seats["first"]), [vec![organizer], vec![second], vec![second, organizer]]);
    assert!(voices(seats["second"]).contains(&vec![first, organizer]));
    assert!(voices(seats["organizer"]).contains(&vec![first, second]));
    assert_eq!(voices(seats["stranger"]), Vec::<Vec<u32>>::new());
    for (name, seat) in &seats {
        assert!(
            !voices(seat).iter().flatten().any(|&hz| hz == stranger),
            "{name} hears the stranger"
        );
    }

    for waiting in ["first", "second"] {
        assert!(heard_prompt(seats[waiting], PromptId::LobbyWaiting), "{waiting}");
        assert!(heard_prompt(seats[waiting], PromptId::LobbyStillWaiting), "{waiting}");
    }
    for prompt in [PromptId::EnterPin, PromptId::EnterPinAgain, PromptId::EnterPinLast] {
        assert!(heard_prompt(seats["stranger"], prompt));
    }
    assert!(heard_prompt(seats["stranger"], PromptId::PinGoodbye));
    assert_eq!(seats["stranger"].left.map(|(_, cause)| cause), Some(HangupCause::WrongPin));
    assert!(heard_prompt(seats["organizer"], PromptId::OrganizerWelcome));
}

#[test]
fn all_who_wait_are_admitted_in_the_step_in_which_it_starts() {
    let report = tell();
    let started = report.trace.iter().find_map(|event| match event.happened {
        Happened::MeetingStarted { .. } => Some(event.at),
        _ => None,
    });
    let admitted: Vec<_> = report
        .trace
        .iter()
        .filter(|event| matches!(event.happened, Happened::Admitted { .. }))
        .map(|event| Some(event.at))
        .collect();
    assert_eq!(admitted, [started; 3]);
}

#[test]
fn a_phone_hears_without_a_gap_from_answer_to_end() {
    for seat in tell().seats {
        let (answered, left) = (seat.answered_at.unwrap(), seat.left.unwrap().0);
        let expected = left.since(answered).as_millis() as i128 * 8;
        let heard = seat.heard.samples().len() as i128;
        assert!((heard - expected).abs() <= 320, "{}: {heard} of {expected}", seat.caller.name());
    }
}

#[test]
fn the_recording_holds_every_voice_and_no_music() {
    let report = tell();
    let samples = report.recordings.values().next().unwrap();
    assert!(samples.len() > 8_000 * 10);
    let peak = samples.iter().map(|sample| i32::from(*sample).abs()).max().unwrap();
    // Three voices at −16 dBm0 together peak at three times 3 618.
    assert!((10_000..12_500).contains(&peak), "{peak}");
}

/// It begins when the meeting does, to the tick, and ends with it. Nothing that is heard in the lobby is in it: no music, no
/// word; no prompt that is for one alone; and no voice of somebody who was never let in.
#[test]
fn the_recording_holds_the_meeting_and_nothing_of_the_lobby() {
    let report = tell();
    let at = |wanted: fn(&Happened) -> bool| {
        report.trace.iter().find(|event| wanted(&event.happened)).unwrap().at
    };
    let begins = at(|happened| matches!(happened, Happened::RecordingOn));
    assert_eq!(begins, at(|happened| matches!(happened, Happened::MeetingStarted { .. })));
    let lasts = at(|happened| matches!(happened, Happened::RecordingOff)).since(begins);
    let samples = report.recordings.values().next().unwrap();
    assert!((samples.len() as i128 - lasts.as_millis() as i128 * 8).abs() <= 160, "{lasts:?}");
    let index = std::sync::Arc::new(SoundIndex::new(sounds()));
    let mut ear = Ear::new(index, Voices::new(VOICES_HZ).into());
    for samples in samples.as_chunks::<{ Frame::SAMPLES }>().0 {
        ear.hear(&Frame(*samples));
    }
    let stranger = VOICES_HZ[2];
    let mut spoke = std::collections::BTreeSet::new();
    for heard in ear.impressions() {
        match &heard.heard {
            Heard::Music | Heard::Prompt(_) => panic!("{heard:?}"),
            Heard::Voices(voices) if heard.frames >= 3 => spoke.extend(voices.clone()),
            Heard::Voices(_) | Heard::Silence | Heard::Tone(_) => {}
        }
    }
    assert!(spoke.len() == 3 && !spoke.contains(&stranger), "{spoke:?}");
}

/// A member who keys commands all the time: of none of the keys a sound is in the recording, nor heard by another.
#[test]
fn the_recording_holds_no_key() {
    let rules = MeetingRules {
        recording: Recording::FromStart,
        announce: holdline::domain::settings::Announce::Off,
        ..MeetingRules::default()
    };
    let mut office = Office::with_rules(rules);
    let keys = ["*5", "*3", "*24", "147852036#", "*48213#", "ABCD"].map(Deed::keys);
    let organizer = [Deed::keys("147852036#*48213#"), wait(6)];
    let deeds = organizer.into_iter().chain(keys).collect();
    let callers = [caller("olga", 750, 0, with_end(deeds, 2))];
    let report = run(world_config(), &callers, &mut office);
    let pressed = |event: &&TraceEvent| matches!(event.happened, Happened::Key { .. });
    assert!(report.trace.iter().filter(pressed).count() > 40);
    let samples = report.recordings.values().next().unwrap();
    assert!(samples.len() > 8_000 * 10);
    assert!(samples.iter().all(|&sample| sample == 0), "she said nothing");
}

#[test]
fn the_journal_replays_to_the_same_trace() {
    let report = tell();
    let text = report.journal.to_json_lines();
    assert!(!text.contains(PIN));
    let journal = Journal::parse(&text).unwrap();
    let again = replay(&journal, sounds()).unwrap();
    for (place, (one, other)) in report.trace.iter().zip(&again).enumerate() {
        assert_eq!(one, other, "event {place}");
    }
    assert_eq!(report.trace.len(), again.len());
}

#[test]
fn twice_told_is_the_same_to_the_byte() {
    let (one, other) = (tell(), tell());
    assert_eq!(one.trace, other.trace);
    assert_eq!(one.journal, other.journal);
    for (one, other) in one.seats.iter().zip(&other.seats) {
        assert_eq!(one.heard.samples(), other.heard.samples());
    }
}
