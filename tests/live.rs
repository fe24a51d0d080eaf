//! The engine on the real clock, briefly: the same story as in virtual time, a journal that replays, an ordered stop.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use holdline::admin::demonstration;
use holdline::caller::{Deed, Outcome, Percept, Script};
use holdline::domain::pin::{Pin, PinHasher};
use holdline::domain::settings::DialogueSettings;
use holdline::domain::{HangupCause, LegId, PromptId};
use holdline::exchange::{Config, Journal, replay};
use holdline::sim::{Office, World, WorldConfig};
use holdline::store::{Argon2Hasher, MemoryStore, Store};
use support::live::run_live;
use support::*;

/// A dialogue in a hurry, so that a story takes seconds.
fn hurried() -> Config {
    let dialogue = DialogueSettings {
        first_digit_after: Duration::from_millis(900),
        between_digits_after: Duration::from_millis(700),
        lobby_word_every: Duration::from_millis(1_500),
        pin_tries: 2,
        ..DialogueSettings::default()
    };
    Config { dialogue, ..Config::default() }
}

fn store() -> (Arc<dyn Store>, Arc<dyn PinHasher>) {
    let hasher = Argon2Hasher::cheap_for_tests().unwrap();
    let (pin, id) = (Pin::parse(PIN).unwrap(), CONFERENCE_ID.parse().unwrap());
    let directory = demonstration::organization(&pin, id, &hasher, *b"sixteen of these").unwrap();
    (Arc::new(MemoryStore::from_directory(directory)), Arc::new(hasher))
}

fn speak(millis: u64) -> Deed {
    Deed::Speak(Duration::from_millis(millis))
}

/// Two wait, a stranger is sent away, the organizer starts, they talk and leave.
fn hurried_story() -> Vec<Script> {
    let id = || Deed::keys(&format!("{CONFERENCE_ID}#"));
    let organizer = Percept::Voice(1_050);
    vec![
        caller(
            "first",
            500,
            20,
            vec![
                until_prompt(PromptId::EnterConferenceId),
                id(),
                until(organizer.clone()),
                until(Percept::Silence),
                speak(400),
                wait(1),
                Deed::HangUp,
            ],
        ),
        caller("second", 750, 500, vec![id(), until(organizer), wait(2), Deed::HangUp]),
        caller(
            "stranger",
            1_400,
            900,
            vec![
                id(),
                until_prompt(PromptId::OrganizerQuestion),
                Deed::keys("*12345#"),
                until_prompt(PromptId::EnterPinLast),
                Deed::keys("54321#"),
            ],
        ),
        caller(
            "organizer",
            1_050,
            5_500,
            vec![
                Deed::keys(&format!("{CONFERENCE_ID}#*{PIN}#")),
                until(Percept::Silence),
                speak(600),
                until(Percept::Voice(500)),
                wait(2),
                Deed::HangUp,
            ],
        ),
    ]
}

#[test]
fn the_story_gives_each_leg_the_same_sequence_live_and_in_virtual_time() {
    let (sim_store, hasher) = store();
    let mut office = Office::new(sim_store, Arc::clone(&hasher));
    let config = WorldConfig::new(hurried(), "+14255550199".parse().unwrap());
    let (sounds, index) = short_sounds();
    let scripts = hurried_story();
    let simulated = World::with_index(config, sounds, index, &scripts, &mut office).run();
    assert_whole(&simulated);

    let (live_store, hasher) = store();
    let live = run_live(hurried(), &scripts, live_store, hasher);
    assert_eq!((live.broken.len(), live.late.len()), (0, 0), "{:?} {:?}", live.broken, live.late);
    for (phone, seat) in live.phones.iter().zip(&simulated.seats) {
        let name = seat.caller.name();
        assert_eq!(*phone.caller.outcome(), Outcome::Done, "{name}");
        assert_eq!(
            story_of(&live.trace, phone.leg),
            story_of(&simulated.trace, seat.leg),
            "{name}"
        );
        assert_eq!(phone.left.1, seat.left.unwrap().1, "{name}");
    }
    assert_eq!(live.phones[2].left.1, HangupCause::WrongPin);

    let (sounds, _) = short_sounds();
    let again = replay(&Journal::parse(&live.journal.to_json_lines()).unwrap(), sounds).unwrap();
    for (one, other) in live.trace.iter().zip(&again) {
        assert_eq!(one, other, "the live journal replays to another trace");
    }
    assert_eq!(live.trace.len(), again.len());
}

#[test]
fn a_stop_gives_everybody_a_last_word_and_leaves_nobody_behind() {
    let (store, hasher) = store();
    let scripts = [caller("waits", 500, 0, vec![Deed::keys(&format!("{CONFERENCE_ID}#"))])];
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap();
    let (trace, late, legs) = runtime.block_on(async {
        let (sounds, index) = short_sounds();
        let (seen, mut watching) = tokio::sync::mpsc::channel(holdline::engine::SEEN_MAX);
        let config = holdline::engine::EngineConfig { exchange: hurried(), clerks: 1 };
        let engine =
            holdline::engine::Engine::start(config, sounds, store, hasher, Some(seen)).unwrap();
        let leg = engine.new_leg();
        let caller = holdline::caller::Caller::new(&scripts[0], index, Arc::from([500]));
        let (line, stop) = (engine.clone(), engine.tasks().token());
        let called = "+14255550199".parse().unwrap();
        let comes = scripts[0].comes;
        engine.tasks().spawn("phone", async move {
            let report = holdline::door::phone::call(&line, leg, caller, comes, called, &stop);
            assert_eq!(report.await.unwrap().left.1, HangupCause::Stopping);
        });
        let mut trace = Vec::new();
        while let Some(seen) = watching.recv().await {
            if let holdline::engine::Seen::Trace(event) = seen {
                let waits = matches!(event.happened, holdline::exchange::Happened::Lobby);
                trace.push(event);
                if waits {
                    break;
                }
            }
        }
        let late = engine.shutdown(Duration::from_secs(5)).await;
        while let Ok(seen) = watching.try_recv() {
            if let holdline::engine::Seen::Trace(event) = seen {
                trace.push(event);
            }
        }
        (trace, late, engine.legs())
    });
    assert_eq!((late, legs), (Vec::new(), 0));
    let story = story_of(&trace, LegId::new(1));
    assert_eq!(
        story[story.len() - 4..],
        ["goodbye", "\"service-stopping\"", "gone", "left: Stopping"]
    );
}
