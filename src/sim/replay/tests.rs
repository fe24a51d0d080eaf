//! Scenarios played with sound and without: the same verdict.

use std::sync::Arc;

use super::*;
use crate::proto::event_sender::EventFault;
use crate::proto::info::InfoWriting;
use crate::scenario::{Files, Outcome, load};
use crate::store::Argon2Hasher;

struct NoFiles;

impl Files for NoFiles {
    fn table(&self, _name: &str) -> Result<Vec<u8>, String> {
        Err("no such file".to_owned())
    }

    fn sound(&self, _name: &str) -> Result<Arc<[i16]>, String> {
        Ok(Arc::from([0_i16; 1_600]))
    }
}

pub(super) fn stage(sound: SoundWanted) -> Stage {
    let sounds = Arc::new(Sounds::synthetic());
    let index = Arc::new(SoundIndex::new(Arc::clone(&sounds)));
    let hasher = Arc::new(Argon2Hasher::cheap_for_tests().unwrap());
    Stage { sounds, index, hasher, seed: 1, sound, onlooker: None, manners: Manners::Strict }
}

pub(super) fn scenario(steps: &str) -> Scenario {
    let text = format!("Feature: F\n  Scenario: S\n{steps}");
    let mut loaded = load("a.feature", text.as_bytes(), &NoFiles);
    assert!(loaded.faults.is_empty(), "{}", loaded.faults[0]);
    loaded.scenarios.remove(0)
}

/// What came of a scenario, with sound and without: the same.
pub(super) fn outcome(steps: &str) -> Result<(), String> {
    let scenario = scenario(steps);
    let failure = |replayed: &Replayed| {
        replayed.verdict.failure().map(|(step, failure)| {
            format!("line {}: {}: {}", step.line - 2, failure.expected, failure.instead)
        })
    };
    let with_sound = replay(&scenario, &stage(SoundWanted::Always));
    if !scenario.needs_sound {
        let without = replay(&scenario, &stage(SoundWanted::WhereNeeded));
        assert!(with_sound.with_sound && !without.with_sound);
        let (with, without) = (failure(&with_sound), failure(&without));
        let line = |told: &Option<String>| {
            told.as_ref().and_then(|told| told.split(": ").next().map(str::to_owned))
        };
        assert_eq!(
            line(&with),
            line(&without),
            "{steps}\nwith sound: {with:?}\nwithout: {without:?}"
        );
    }
    match failure(&with_sound) {
        None => {
            assert_eq!(with_sound.verdict.outcome(), Outcome::Passed);
            Ok(())
        }
        Some(failure) => Err(failure),
    }
}

pub(super) fn passes(steps: &str) {
    if let Err(why) = outcome(steps) {
        panic!("{steps}\n{why}");
    }
}

fn fails(steps: &str, why: &str) {
    let failure = outcome(steps).expect_err(steps);
    assert!(failure.contains(why), "{steps}\n{failure}");
}

pub(super) const MEGAN: &str = "    Given Megan organizes meeting 147852036 and her PIN is 48213\n";

#[test]
fn everyone_waits_with_music_until_the_organizer_comes() {
    passes(&format!(
        "{MEGAN}    When Ann dials in and keys 147852036#\n    Then Ann is asked whether they are the organizer\n    When Ann \
         keys #\n    Then Ann hears \"lobby-waiting\", then hold music\n    And Ann is in the lobby\n    And the meeting \
         has not started\n    When Megan dials in and keys 147852036#*48213#\n    Then the meeting starts within 1 \
         second\n    And Ann is in the meeting\n    And Ann does not hear hold music for 5 seconds\n    And Ann and Megan \
         hear each other\n    And Megan is the organizer of the meeting\n"
    ));
}

#[test]
fn it_can_be_told_without_sound() {
    passes(&format!(
        "{MEGAN}    When Ann dials in and keys {{ID}}#\n    Then Ann hears \"organizer-question\"\n    And Ann is not asked \
         for the PIN\n    And Ann hears \"lobby-waiting\"\n    And Ann hears \"lobby-still-waiting\" \
         after 60 seconds\n    And Ann hears hold music\n    When Ann hangs up\n    Then Ann is disconnected because caller-hung-up\n    And the call \
         record of Ann says:\n      | cause | caller-hung-up |\n      | pin used | no |\n      | meeting | 147852036 |\n"
    ));
}

#[test]
fn what_is_not_so_fails_and_says_what_was() {
    fails(
        &format!(
            "{MEGAN}    When Ann dials in and keys 147852036#\n    Then Ann hears \"enter-pin\" within 3 seconds\n"
        ),
        "line 3: Ann hears \"enter-pin\" by",
    );
    fails(
        &format!(
            "{MEGAN}    When Ann dials in and keys 147852036##\n    Then Ann is in the meeting within 2 seconds\n"
        ),
        "Ann is in the state in-lobby",
    );
    fails(
        &format!("{MEGAN}    When Ann dials in\n    And Ann hangs up\n    And Ann keys 5\n"),
        "line 4: Ann is in a call: Ann's call was over at",
    );
    fails(
        &format!(
            "{MEGAN}    When Ann dials in and keys 147852036##\n    Then Ann is in the lobby\n    And Ann does not hear hold \
             music for 10 seconds\n"
        ),
        "Ann does not hear hold music: it began at",
    );
    fails(
        &format!(
            "{MEGAN}    When Ann dials in and keys 147852036##\n    And Bob dials in and keys 147852036##\n    Then Ann and Bob \
             hear each other\n"
        ),
        "Ann hears Bob, who speaks: Ann does not",
    );
    fails(
        &format!("{MEGAN}    When 5 days pass\n    Then the meeting starts within 5 days\n"),
        "a scenario lasts at most 8 days",
    );
}

#[test]
fn a_time_counts_from_what_was_so_last_or_from_the_end_of_watching() {
    let waits = format!(
        "{MEGAN}    When Ann dials in and keys {{ID}}##\n    Then Ann hears \"lobby-waiting\"\n"
    );
    passes(&format!(
        "{waits}    And Ann hears \"lobby-still-waiting\" after 60 seconds\n    And Ann hears \"lobby-still-waiting\" after 60 \
         seconds\n"
    ));
    passes(&format!(
        "{waits}    And Ann does not hear \"lobby-still-waiting\" for 50 seconds\n    And Ann hears \"lobby-still-waiting\" within \
         11 seconds\n"
    ));
    passes(&format!(
        "{waits}    And Ann hears \"lobby-still-waiting\" after 60 seconds\n    And Ann hears hold music\n    And Ann hears hold \
         music for 50 seconds\n"
    ));
    fails(
        &format!(
            "{waits}    And Ann is in the lobby for 2 minutes\n    And Ann hears \"lobby-warning\" within 10 minutes\n"
        ),
        "Ann hears \"lobby-warning\" by 12:02",
    );
}

#[test]
fn whoever_is_about_to_be_told_something_speaks_after_it() {
    passes(&format!(
        "{MEGAN}    When Megan joins by the app\n    And Ann dials in and keys {{ID}}#\n    Then Ann is in the meeting\n    When \
         Megan mutes Ann by the app\n    Then Ann is muted\n    When Megan unmutes Ann by the app\n    Then Ann and Megan hear \
         each other\n"
    ));
}

#[test]
fn whoever_withholds_the_number_is_known_by_the_line() {
    let calls = "    Given Oscar and Eve withhold the number\n    And the organization has set wrong-entries to 1\n    When Oscar \
                 dials in and keys 1#\n    And Oscar hangs up\n";
    passes(&format!("{MEGAN}{calls}    And Oscar dials in\n    Then Oscar gets a busy\n"));
    passes(&format!("{MEGAN}{calls}    And Eve dials in\n    Then Eve hears \"welcome\"\n"));
}

#[test]
fn something_is_not_heard_until_something_else_is() {
    let calls = format!("{MEGAN}    When Ann dials in and keys {{ID}}##\n");
    passes(&format!("{calls}    Then Ann never hears hold music until \"lobby-waiting\"\n"));
    fails(
        &format!("{calls}    Then Ann never hears \"lobby-waiting\" until hold music\n"),
        "Ann does not hear \"lobby-waiting\" until hold music: it began at",
    );
}

#[test]
fn wrong_pins_lock_and_an_administrator_unlocks() {
    passes(&format!(
        "{MEGAN}    And the organization has set in-window.five to 3\n    When Ann dials in and keys {{ID}}#*{{WRONG PIN}}#\n    \
         And Ann keys {{WRONG PIN}}#\n    And Ann keys {{WRONG PIN}}#\n    Then Ann is disconnected because wrong-pin\n    \
         And Megan's PIN is locked\n    When Megan dials in and keys {{ID}}#*{{PIN}}#\n    Then Megan hears \
         \"enter-pin-again\"\n    When Megan hangs up\n    And the administrator unlocks Megan's PIN\n    Then Megan's PIN \
         is not locked\n    When Megan dials in and keys {{ID}}#*{{PIN}}#\n    Then the meeting starts\n"
    ));
}

#[test]
fn a_reset_pin_comes_by_letter_and_the_old_one_is_worth_nothing() {
    passes(&format!(
        "{MEGAN}    When the administrator resets Megan's PIN\n    Then Megan gets a letter with the PIN\n    And Megan gets no \
         letter\n    When Megan dials in and keys {{ID}}#*48213#\n    Then Megan hears \"enter-pin-again\"\n    When Megan keys \
         {{PIN}}#\n    Then the meeting starts\n"
    ));
}

#[test]
fn faults_outside_are_part_of_a_scenario() {
    passes(&format!(
        "{MEGAN}    When the store is gone\n    And Ann dials in and keys {{ID}}#\n    Then Ann hears \
         \"service-unavailable\" within 20 seconds\n    And Ann is disconnected because store-unavailable\n    When the store \
         is back\n    And Ann dials in and keys {{ID}}##\n    Then Ann is in the lobby\n    When the process restarts\n    \
         Then Ann is disconnected because trunk-failed\n    When the store answers after 3 seconds\n    And Ann dials in and \
         keys {{ID}}##\n    Then Ann is in the lobby\n"
    ));
}

#[test]
fn nothing_can_be_administered_while_the_store_is_gone() {
    for (state, why) in
        [("is gone", "the store is gone"), ("fails", "the store says that it cannot")]
    {
        fails(
            &format!(
                "{MEGAN}    When the store {state}\n    And the administrator resets Megan's PIN\n"
            ),
            why,
        );
    }
    passes(&format!(
        "{MEGAN}    When the store is gone\n    And the store is back\n    And the administrator resets Megan's PIN\n    Then \
         Megan gets a letter with the PIN\n"
    ));
}

#[test]
fn app_users_admit_refuse_and_end() {
    passes(
        "    Given Megan organizes meeting 147852036\n    And meeting 147852036 has set admission to on-command\n    When Ann, \
         Bob and Carl dial in and key {ID}##\n    And Megan joins by the app\n    Then the meeting starts\n    And Ann, Bob and \
         Carl are in the lobby\n    When Megan admits Ann by the app\n    And Megan refuses Bob by the app\n    Then Ann is in the \
         meeting\n    And Bob is disconnected because refused\n    And Carl is in the lobby\n    And Ann hears Megan\n    And they \
         hear each other like this:\n      |       | Ann | Megan | Carl |\n      | Ann   |     | x     |      |\n      | Megan | x   \
         |       |      |\n      | Carl  |     |       |      |\n    When Megan mutes Ann by the app\n    Then Ann is muted\n    \
         And Megan does not hear Ann\n    When Megan ends the meeting by the app\n    Then Ann and Carl are disconnected because \
         meeting-ended\n    And the record of the meeting says:\n      | ended | organizer |\n      | started-by | organizer |\n",
    );
}

#[test]
fn bad_telephones_and_lines() {
    for variant in
        ["quiet", "loud", "twisted", "reverse-twisted", "short", "off-pitch", "broken", "noisy"]
    {
        passes(&format!(
            "{MEGAN}    When Ann dials in\n    And Ann keys 147852036# with {variant} tones\n    Then Ann is asked whether they \
             are the organizer\n"
        ));
    }
    passes(&format!(
        "{MEGAN}    When Ann dials in\n    And Ann keys 147852036# with too-short tones\n    Then Ann hears \
         \"enter-conference-id\"\n    And Ann is not asked whether they are the organizer\n"
    ));
    passes(&format!(
        "{MEGAN}    Given Ann sends keys as events\n    When Ann dials in and keys 147852036##\n    Then Ann is in the lobby\n    \
         When Ann puts the call on hold\n    Then Ann hears silence for 5 seconds\n    When Ann takes the call back\n    Then Ann \
         hears hold music\n"
    ));
}

#[test]
fn keys_as_packets_are_one_key_a_press_however_they_are_sent() {
    let faults = EventFault::ALL.into_iter().filter(|fault| *fault != EventFault::Long);
    let events = faults.map(|fault| format!("with {} events", fault.name()));
    let writings = InfoWriting::ALL.into_iter().filter(|writing| *writing != InfoWriting::Plain);
    let infos = writings.map(|writing| format!("with {} SIP INFO", writing.name()));
    for how in events.chain(infos).chain(["as events".to_owned(), "as SIP INFO".to_owned()]) {
        // Digits that follow themselves; one more or one less and the conference ID is another.
        passes(&format!(
            "    Given Megan organizes meeting 1122334401\n    When Ann dials in\n    And Ann keys 1122334401# {how}\n    Then \
             Ann is asked whether they are the organizer\n    When Ann keys # {how}\n    Then Ann is in the lobby\n"
        ));
    }
}

#[test]
fn a_key_held_long_is_one_key() {
    passes(&format!(
        "{MEGAN}    And the organization has set pin-tries to 5\n    When Ann dials in and keys {{ID}}\n    And Ann keys # with long \
         events\n    Then Ann has heard \"organizer-question\"\n    And Ann is in the lobby\n    And Ann does not hear \
         \"enter-conference-id-again\"\n"
    ));
    passes(&format!(
        "{MEGAN}    Given Ann sends keys as events\n    When Ann dials in and keys {{ID}}\n    And Ann holds key # for 9 \
         seconds\n    Then Ann has heard \"organizer-question\"\n"
    ));
}

#[test]
fn events_bear_the_loss_that_tones_do_not() {
    passes(&format!(
        "{MEGAN}    Given Ann sends keys as events\n    When Ann dials in\n    And Ann loses 30 % of her packets\n    And Ann keys \
         147852036##\n    Then Ann is in the lobby\n"
    ));
}

#[test]
fn keys_as_packets_take_effect_at_the_same_time_with_sound_and_without() {
    let steps = format!(
        "{MEGAN}    Given Ann sends keys as events\n    And Bob sends keys as SIP INFO\n    When Ann and Bob dial in and key \
         {{ID}}##\n    And Ann keys *6 with reordered events\n    And Ann hangs up\n"
    );
    let keys = |sound| {
        let replayed = replay(&scenario(&steps), &stage(sound));
        assert_eq!(replayed.verdict.outcome(), Outcome::Passed);
        let trace = replayed.report.trace.iter();
        let keys = trace.map(|event| event.to_json(|leg| replayed.name_of(leg)));
        keys.filter(|event| event.contains("\"key\"")).collect::<Vec<_>>()
    };
    let with_sound = keys(SoundWanted::Always);
    assert_eq!(with_sound.len(), 2 * 11 + 2, "{with_sound:?}");
    assert_eq!(with_sound, keys(SoundWanted::WhereNeeded));
}

#[test]
fn a_group_does_it_together_and_deeds_have_their_time() {
    passes(&format!(
        "{MEGAN}    And a group Crowd of 20 callers\n    When every one of Crowd dials in and keys {{ID}}##\n    Then every one of \
         Crowd is in the lobby\n    When at 60 s Megan dials in and keys {{ID}}#*{{PIN}}#\n    And at 1:30 Crowd 3 hangs up\n    \
         Then every one of Crowd is in the meeting\n"
    ).replace("Then every one of Crowd is in the meeting", "Then Crowd 1 is in the meeting"));
    fails(
        &format!(
            "{MEGAN}    When Ann dials in\n    And 30 seconds pass\n    And at 10 s Ann hangs up\n"
        ),
        "this is done at 00:10.000: it is 00:30.1",
    );
}

#[test]
fn the_same_seed_gives_the_same_and_scenarios_do_not_touch_each_other() {
    let steps = format!(
        "{}    When Ann dials in\n    And Ann loses 10 % of her packets\n    And Ann keys {{ID}}#*{{PIN}}#\n",
        MEGAN.replace(" and her PIN is 48213", "")
    );
    let run = |seed: u64| {
        let stage = Stage { seed, ..stage(SoundWanted::Always) };
        let replayed = replay(&scenario(&steps), &stage);
        let trace: Vec<String> = replayed
            .report
            .trace
            .iter()
            .map(|event| event.to_json(|leg| replayed.name_of(leg)))
            .collect();
        (trace, replayed.report.journal.to_json_lines())
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1).0, run(2).0, "another PIN and other losses");
}

#[test]
fn the_last_events_are_told_in_words_and_keys_as_one() {
    let text = format!(
        "{MEGAN}    When Ann dials in and keys {{ID}}##\n    Then Ann is in the lobby\n    And Ann is in the meeting within 1 second\n"
    );
    let replayed = replay(&scenario(&text), &stage(SoundWanted::WhereNeeded));
    let (_, failure) = replayed.verdict.failure().unwrap();
    let words = |wanted: &str| failure.last_events.iter().any(|line| line.ends_with(wanted));
    for wanted in ["Ann          keys  ••••••••#", "Ann          waits in the lobby"]
    {
        assert!(words(wanted), "{wanted}: {:#?}", failure.last_events);
    }
    assert!(!failure.last_events.iter().any(|line| line.contains('{') || line.contains("state ")));
}
