//! What nobody should do, and everybody does: a clear outcome, nothing lost, nobody stranded, no panic.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use std::time::Duration;

use holdline::caller::{Deed, Percept};
use holdline::domain::settings::{DialogueSettings, MeetingRules};
use holdline::domain::{Answer, Digit, HangupCause, Key, LegId, PromptId, Ticket, Uptime};
use holdline::exchange::{Config, Exchange, Happened, HungUpBy, Input, Output, SoundMode};
use support::stage::Stage;
use support::*;

/// What becomes of a caller who keys this at the first question and then only listens.
fn keys(keys: &str) -> (HangupCause, usize) {
    let mut office = Office::with_rules(MeetingRules::default());
    run(world_config(), &[caller("ann", 500, 0, vec![Deed::keys(keys), wait(7_000)])], &mut office);
    assert_eq!(office.records.len(), 1);
    (office.records[0].cause, office.asked)
}

#[test]
fn what_is_no_conference_id_is_a_try_like_any_other() {
    let gone = HangupCause::NoConferenceId;
    assert_eq!(keys(&"7".repeat(60)), (gone, 0), "over-long and never ended");
    assert_eq!(keys(&format!("{}#", "7".repeat(60))), (gone, 1), "over-long");
    assert_eq!(keys("#"), (gone, 0), "empty");
    assert_eq!(keys("###"), (gone, 0), "three times empty");
    assert_eq!(keys("***********"), (gone, 0), "only stars");
    assert_eq!(keys("****#"), (gone, 0), "stars, then nothing");
    assert_eq!(keys("ABCD#"), (gone, 1), "letters");
    assert_eq!(keys("147A52036#"), (gone, 1), "a letter in between");
}

#[test]
fn a_star_starts_an_entry_over() {
    assert_eq!(keys("999*147852036##"), (HangupCause::LobbyTimeLimit, 1));
}

#[test]
fn a_key_held_for_a_minute_is_one_key_and_heard_by_nobody() {
    let organizer = vec![
        Deed::keys("147852036#*48213#"),
        until(Percept::PromptOver(PromptId::FirstInMeeting)),
        wait(90),
        Deed::HangUp,
    ];
    let holds = vec![
        Deed::keys("147852036#"),
        until(Percept::PromptOver(PromptId::Joining)),
        Deed::HoldKey(Digit::from_char('5').unwrap(), Duration::from_secs(60)),
        wait(1),
        Deed::HangUp,
    ];
    let callers = [caller("olga", 750, 0, organizer), caller("ann", 500, 8_000, holds)];
    let mut office = Office::with_rules(MeetingRules::default());
    let report = run(world_config(), &callers, &mut office);
    let keys = report.trace.iter().filter(|event| {
        event.leg == Some(LegId::new(2)) && matches!(event.happened, Happened::Key { .. })
    });
    assert_eq!(keys.count(), 11, "ten for the conference ID, one held");
    // What the organizer hears while the key is held is silence, but for the tones of coming and going.
    let heard = &report.seats[0].heard.samples();
    let while_held = &heard[8_000 * 15..8_000 * 65];
    assert!(while_held.iter().all(|&sample| sample == 0), "the key is heard");
}

#[test]
fn silence_for_ever_ends_by_itself_wherever_it_begins() {
    for keyed in ["", "147852036#", "147852036#*", "147852036#*4", "147852036##"] {
        let mut office = Office::with_rules(MeetingRules::default());
        let deeds = vec![Deed::keys(keyed), wait(7_000)];
        run(world_config(), &[caller("ann", 500, 0, deeds)], &mut office);
        assert_eq!(office.records.len(), 1, "after {keyed:?}");
    }
}

#[test]
fn hanging_up_at_any_instant_leaves_nothing_behind() {
    let keys = "147852036#*48213#";
    for frames in (0..420_u64).step_by(5) {
        let mut office = Office::with_rules(MeetingRules::default());
        let at = Uptime::from_millis(121 + frames * 20);
        let hang_up = Input::HungUp { leg: LegId::new(1), by: HungUpBy::Trunk };
        let (sounds, index) = short_sounds();
        let scripts = [caller("ann", 500, 0, vec![Deed::keys(keys), wait(7_000)])];
        let report =
            holdline::sim::World::with_index(world_config(), sounds, index, &scripts, &mut office)
                .with_inputs([(at, hang_up)])
                .run();
        assert_whole(&report);
        assert_eq!(report.exchange.meetings(), 0);
        assert_eq!(office.records.len(), 1);
        assert_eq!(office.records[0].cause, HangupCause::TrunkFailed, "at {at}");
    }
}

#[test]
fn inputs_that_fit_nothing_are_ignored_and_counted() {
    let mut exchange = Exchange::new(Config::default(), short_sounds().0);
    let (now, leg, called) = (Uptime::ZERO, LegId::new(1), "+14255550199".parse().unwrap());
    let unknown = LegId::new(99);
    let call = Input::IncomingCall { leg, from: holdline::domain::CallSource::UNKNOWN, called };
    let inputs = [
        Input::Answer { ticket: Ticket { leg, question: 7 }, answer: Answer::Organizer },
        Input::HungUp { leg: unknown, by: HungUpBy::Caller },
        Input::Answered { leg: unknown },
        call.clone(),
        call,
        Input::Answered { leg },
        Input::Answered { leg },
        Input::Answer { ticket: Ticket { leg, question: 1 }, answer: Answer::Organizer },
        Input::Digit { leg: unknown, key: Key::Digit(Digit::STAR) },
    ];
    let mut broken = Vec::new();
    for input in inputs {
        exchange.handle(now, input);
        while let Some(output) = exchange.poll_output() {
            if let Output::Broken(violation) = output {
                broken.push(violation);
            }
        }
    }
    exchange.hear(now, unknown, &holdline::media::Frame::SILENCE);
    assert_eq!(broken, []);
    let counts = exchange.counts();
    assert_eq!((counts.inputs_ignored, counts.answers_late, exchange.legs()), (4, 2, 1));
}

/// A door that answers without having been told to: what the store still says about the caller comes too late, and the
/// caller is asked like any other, with all time limits.
#[test]
fn a_call_answered_before_the_store_has_said_whether_it_may_strands_nobody() {
    let mut stage =
        Stage::new(&MeetingRules::default(), DialogueSettings::default(), SoundMode::Durations);
    stage.next_answer_takes = Some(Duration::from_secs(1));
    stage.call_from(1, "+14255550123".parse().unwrap());
    stage.bring(Input::Answered { leg: LegId::new(1) });
    stage.seconds(2);
    assert_eq!(stage.exchange.counts().answers_late, 1);
    assert_eq!(stage.state(1), Some("entering-conference-id"));
    stage.seconds(60);
    assert_eq!(stage.hung_up, [(LegId::new(1), HangupCause::NoConferenceId)]);
    stage.assert_whole();
}

#[test]
fn a_store_that_is_gone_is_said_and_ends_the_call() {
    let mut office = Office::with_rules(MeetingRules::default());
    let mut config = world_config();
    config.faults.store_gone = 1_000;
    let deeds = vec![Deed::keys("147852036#"), wait(7_000)];
    let report = run(config, &[caller("ann", 500, 0, deeds)], &mut office);
    let story = story_of(&report.trace, LegId::new(1));
    assert_eq!(
        story[story.len() - 4..],
        ["goodbye", "\"service-unavailable\"", "gone", "left: StoreUnavailable"]
    );
    assert_eq!(office.records[0].cause.q850(), 41);
}
