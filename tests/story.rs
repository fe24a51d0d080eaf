//! The story, in virtual time and on real sound, told by what each phone heard.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use std::collections::BTreeMap;

use holdline::caller::story::{VOICES_HZ, cast};
use holdline::caller::{Heard, Outcome};
use holdline::domain::settings::{MeetingRules, Recording};
use holdline::domain::{HangupCause, PromptId};
use holdline::exchange::{Happened, Journal, replay};
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
