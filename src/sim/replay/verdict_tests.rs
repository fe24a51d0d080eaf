//! Of every form that says what is to be so, at least one scenario in which it is not so: the step must fail, and say why.

use std::collections::BTreeSet;
use std::time::Duration;

use super::tests::{MEGAN, outcome, passes, scenario, stage};
use super::{SoundWanted, replay};
use crate::domain::Uptime;
use crate::scenario::{Kind, form_of, forms};

/// Steps; the last of them must fail, and what is told instead must have this in it.
type Row = (&'static [&'static str], &'static str);

/// Megan's meeting runs, and Ann is in it.
const RUNS: &str = "When Ann dials in and keys {ID}##
    And Megan dials in and keys {ID}#*{PIN}#
    Then Ann and Megan are in the meeting";

/// Ann waits in the lobby.
const WAITS: &str = "When Ann dials in and keys {ID}##
    Then Ann is in the lobby";

/// Ann waits, for ten seconds.
const WAITS_BRIEFLY: &str = "Given the organization has set lobby-ends-after to 10 seconds
    When Ann dials in and keys {ID}##
    Then Ann is in the lobby";

/// Ann has called, and her call is over.
const GONE: &str = "When Ann dials in and keys {ID}##
    Then Ann is in the lobby
    When Ann hangs up";

/// The meeting ran with Ann in it, and Megan has left it.
const MEGAN_GONE: &str = "When Ann dials in and keys {ID}##
    And Megan dials in and keys {ID}#*{PIN}#
    Then Ann and Megan are in the meeting
    When Megan hangs up";

const HEARD: &[Row] = &[
    // has heard
    (&[WAITS, "And Ann has heard hold music, then \"welcome\""], "Ann heard"),
    (&[GONE, "Then Ann has heard \"meeting-ended\""], "Ann heard"),
    // hears
    (&["When Ann dials in", "Then Ann hears hold music within 2 seconds"], "Ann heard \"welcome\""),
    (&["When Ann dials in", "Then Ann hears \"welcome\" in German"], "in de-DE"),
    (&["When Ann dials in", "Then Ann hears an entry tone within 3 seconds"], "Ann heard"),
    (&["When Ann dials in", "Then Ann hears silence for 5 seconds"], "Ann heard"),
    (&[WAITS, "And Ann hears silence within 3 seconds"], "Ann heard"),
    (
        &[WAITS, "And Ann hears hold music", "And Ann hears hold music for 80 seconds"],
        "lobby-still-waiting",
    ),
    (&[WAITS, "And Ann hears \"lobby-still-waiting\" after 30 seconds"], "Ann heard"),
    (
        &[WAITS_BRIEFLY, "And Ann hears hold music", "And Ann hears hold music for 60 seconds"],
        "lobby-goodbye",
    ),
    (
        &[WAITS_BRIEFLY, "When Ann puts the call on hold", "Then Ann hears silence for 60 seconds"],
        "Ann's call was over at",
    ),
    (
        &[
            "When Ann dials in and keys 1#",
            "And Ann keys 1#",
            "And Ann keys 1#",
            "Then Ann hears \"conference-id-goodbye\" for 30 seconds",
        ],
        "Ann",
    ),
    (
        &[WAITS, "And Ann hears \"lobby-await-admission\", then hold music for 2 seconds"],
        "Ann heard",
    ),
    (&["When Ann dials in", "Then Ann hears \"welcome\" in German for 1 second"], "(en-US)"),
    (
        &[RUNS, "When Megan speaks for 1 second", "Then Ann hears \"help-mute\" within 2 seconds"],
        "then Megan at",
    ),
    // hears people
    (&[RUNS, "When Megan mutes the phone", "Then Ann hears Megan"], "Ann heard silence"),
    (&[RUNS, "And Ann hears Megan within 1 ms"], "it came at"),
    (&[RUNS, "When Megan mutes the phone", "Then Ann hears Megan within 10 seconds"], "Ann heard"),
    (
        &[
            "Given meeting 147852036 has set start-requires to anyone",
            "And meeting 147852036 has set ends-after-callers-alone to 1 minute",
            "When Ann and Bob dial in and key {ID}#",
            "Then Ann and Bob are in the meeting",
            "And Ann hears Bob for 5 minutes",
        ],
        "Ann's call was over at",
    ),
    (&[RUNS, "And Ann hears nobody"], "Ann hears Megan"),
    (&[RUNS, "And Ann hears nobody for 5 seconds"], "Ann hears Megan"),
    (&[GONE, "Then Ann hears nobody"], "Ann's call was over at"),
    // does not hear
    (&[WAITS, "And Ann does not hear hold music for 10 seconds"], "it began at"),
    (&[WAITS, "And Ann does not hear \"lobby-still-waiting\" for 2 minutes"], "it began at"),
    (&["When Ann dials in", "Then Ann does not hear silence for 10 seconds"], "it began at"),
    (
        &[
            "When Ann dials in and keys {ID}##",
            "And 30 seconds pass",
            "And Megan joins by the app",
            "And 5 seconds pass",
            "Then Ann never hears hold music",
        ],
        "it began at",
    ),
    (
        &[
            "When Ann dials in",
            "And 12 seconds pass",
            "And Ann keys {ID}##",
            "And 10 seconds pass",
            "Then Ann never hears silence",
        ],
        "it began at",
    ),
    (&[GONE, "Then Ann does not hear hold music for 30 seconds"], "Ann's call was over at"),
    (
        &[WAITS_BRIEFLY, "And Ann does not hear \"lobby-still-waiting\" for 1 minute"],
        "Ann's call was over at",
    ),
    (&[RUNS, "And Ann does not hear Megan"], "Ann hears Megan"),
    (&[RUNS, "And Ann and Megan do not hear anybody"], "hears"),
    (&[MEGAN_GONE, "Then Ann does not hear Megan"], "Megan's call was over at"),
    (
        &[
            WAITS,
            "When Bob dials in and keys {ID}##",
            "Then Ann and Bob are in the lobby",
            "When at 60 s Megan dials in and keys {ID}#*{PIN}#",
            "Then Ann does not hear Bob for 10 minutes",
        ],
        "Ann hears Bob",
    ),
    // never until
    (
        &[
            "When Ann dials in and keys {ID}##",
            "Then Ann never hears \"lobby-waiting\" until hold music",
        ],
        "it began at",
    ),
    (&[WAITS, "Then Ann does not hear hold music until \"lobby-still-waiting\""], "Ann heard"),
    // each other
    (
        &[
            WAITS,
            "When Bob dials in and keys {ID}##",
            "Then Ann and Bob are in the lobby",
            "And Ann and Bob hear each other",
        ],
        "Ann does not",
    ),
    (&[MEGAN_GONE, "Then Ann and Megan hear each other"], "Megan's call was over at"),
    (&[RUNS, "And Ann and Megan do not hear each other"], "hears"),
    (&[MEGAN_GONE, "Then Ann and Megan do not hear each other"], "Megan's call was over at"),
    (
        &[
            RUNS,
            "And they hear each other like this:
      |       | Ann | Megan |
      | Ann   |     |       |
      | Megan |     |       |",
        ],
        "Ann hears Megan, Megan hears Ann",
    ),
    (
        &[
            RUNS,
            "And they hear each other like this:
      |       | Ann | Megan |
      | Ann   | x   | x     |
      | Megan | x   |       |",
        ],
        "Ann does not hear Ann",
    ),
    (
        &[
            MEGAN_GONE,
            "Then they hear each other like this:
      |       | Ann | Megan |
      | Ann   |     |       |
      | Megan |     |       |",
        ],
        "Megan's call was over at",
    ),
];

const STATES: &[Row] = &[
    // asked
    (
        &["When Ann dials in and keys {ID}#", "Then Ann is asked for the PIN within 3 seconds"],
        "Ann",
    ),
    (&["When Ann dials in", "Then Ann is not asked for the conference ID"], "enter-conference-id"),
    (&[GONE, "Then Ann is not asked for the PIN"], "Ann's call was over at"),
    (
        &[WAITS_BRIEFLY, "When 10 seconds pass", "Then Ann is not asked for the PIN"],
        "Ann's call was over at",
    ),
    // in
    (
        &["When Ann dials in and keys {ID}##", "Then Ann is in the meeting within 2 seconds"],
        "in the state in-lobby",
    ),
    (&[WAITS_BRIEFLY, "And Ann is in the lobby for 60 seconds"], "no more at"),
    (&[WAITS_BRIEFLY, "When 1 second passes", "Then Ann is not in the lobby"], "in-lobby"),
    (&[GONE, "Then Ann is not in the lobby"], "Ann's call was over at"),
    (&[GONE, "Then Ann is not in the meeting for 10 seconds"], "Ann's call was over at"),
    (&[GONE, "Then Ann is not in the meeting within 10 seconds"], "Ann's call was over at"),
    (&[WAITS_BRIEFLY, "And Ann is not in the meeting for 1 minute"], "Ann's call was over at"),
    (&[GONE, "Then Ann is in the lobby"], "Ann's call was over at"),
    // disconnected
    (&["When Ann dials in", "Then Ann is disconnected within 2 seconds"], "Ann's call goes on"),
    (&[GONE, "Then Ann is disconnected because wrong-pin"], "because caller-hung-up"),
    (&[GONE, "Then Ann is disconnected after 5 seconds"], "it came at"),
    (&["When Ann dials in", "Then Ann gets a busy"], "Ann's call goes on"),
    // still connected
    (&[WAITS_BRIEFLY, "And Ann is still connected for 60 seconds"], "Ann's call was over at"),
    (&[WAITS, "When the process restarts", "Then Ann is still connected"], "because trunk-failed"),
    // the meeting
    (&[WAITS, "And the meeting starts within 10 minutes"], "it waits for someone entitled"),
    (&[RUNS, "When 1 second passes", "Then the meeting starts"], "it has been running"),
    (&[RUNS, "And the meeting has not started"], "it runs"),
    (
        &[
            "When Megan dials in and keys {ID}#*{PIN}#",
            "Then the meeting starts",
            "When Megan hangs up",
            "And 2 seconds pass",
            "Then the meeting has not started",
        ],
        "it started at",
    ),
    (&["When Ann dials in", "Then the meeting ends within 3 seconds"], "it has not run"),
    (
        &[
            "When Megan joins by the app",
            "And Megan hangs up",
            "Then the meeting ends after 5 seconds",
        ],
        "it came at",
    ),
    (&[RUNS, "And the meeting is recorded"], "it is not"),
    (
        &[
            "Given meeting 147852036 has set recording to from-start",
            "When Megan joins by the app",
            "Then the meeting is not recorded",
        ],
        "it is",
    ),
    // roles, mute, hand
    (&[RUNS, "And Megan is an attendee of the meeting"], "Organizer"),
    (&[WAITS, "And Ann is an attendee of the meeting"], "they have never been in it"),
    (
        &[
            "Given meeting 147852036 has set when-authenticated-left to back-to-lobby",
            RUNS,
            "When Megan hangs up",
            "Then Ann is in the lobby",
            "And Ann is an attendee of the meeting",
        ],
        "they are not in it",
    ),
    (&["When Megan joins by the app", "Then Megan is muted"], "they are not"),
    (&["When Megan joins by the app", "Then Megan's hand is raised"], "they are not"),
];

const ON_RECORD: &[Row] = &[
    (&["When Ann dials in", "Then Megan gets a letter"], "there is none"),
    (
        &["When the administrator resets Megan's PIN", "Then Megan gets a letter without the PIN"],
        "it is in it",
    ),
    (
        &[
            "When the administrator resets the conference ID of meeting 147852036",
            "Then Megan gets a letter with the PIN",
        ],
        "it is not in it",
    ),
    (
        &[
            "When the administrator resets Megan's PIN",
            "Then Megan gets a letter about \"nonsense\"",
        ],
        "there are letters about",
    ),
    (
        &[
            "When the administrator resets Megan's PIN",
            "Then Megan gets a letter",
            "And Megan gets a letter",
        ],
        "there is none",
    ),
    (
        &[
            "When the administrator resets Megan's PIN",
            "Then Megan's PIN is not locked",
            "When Ann dials in",
            "Then Megan gets a letter with the PIN",
        ],
        "there is none",
    ),
    (
        &["When the administrator resets Megan's PIN", "Then Megan gets no letter"],
        "there is one about",
    ),
    (
        &[
            "When the administrator resets Megan's PIN",
            "And the administrator resets the conference ID of meeting 147852036",
            "Then Megan gets a letter with the PIN",
            "And Megan gets no letter",
        ],
        "there is one about",
    ),
    (&["When Ann dials in", "Then Megan's PIN is locked"], "it is not"),
    (
        &["When Ann dials in", "Then the call record of Ann says cause is caller-hung-up"],
        "there is none",
    ),
    (&[GONE, "Then the call record of Ann says duration is 1 hour"], "it says"),
    (
        &[
            GONE,
            "Then the call record of Ann says:
      | cause    | caller-hung-up |
      | pin used | yes            |",
        ],
        "it says no",
    ),
    (&[RUNS, "And the record of the meeting says ended is organizer"], "there is none"),
    (
        &[
            RUNS,
            "When Megan and Ann hang up",
            "Then the meeting ends",
            "And the record of the meeting says:
      | ended | organizer |",
        ],
        "it says empty",
    ),
];

const TOLD: &[Row] = &[
    // letters at another address
    (
        &[
            "When the administrator resets Megan's PIN",
            "Then Megan gets a letter at \"deputy@contoso.example\" with the PIN",
        ],
        "there is none",
    ),
    (
        &[
            "When the administrator resets Megan's PIN and sends it to \"deputy@contoso.example\"",
            "Then Megan gets a letter with the PIN",
        ],
        "there is none",
    ),
    // the answer
    (&["When Ann dials in", "Then the answer says \"letter\""], "it says nothing"),
    (
        &[
            "When the administrator resets Megan's PIN",
            "Then the answer says \"hand over the PIN now\"",
        ],
        "a letter with the PIN goes to",
    ),
    (
        &[
            "Given Alex is a user of the app",
            "When the administrator lists the users",
            "Then the answer says \"***********\" of Alex",
        ],
        "alex@contoso.example",
    ),
    (
        &["When the administrator resets Megan's PIN", "Then the answer does not show Megan's PIN"],
        "it does",
    ),
    (
        &["When the administrator lists the users", "Then the answer shows Megan's PIN"],
        "it does not",
    ),
    // PINs and conference IDs
    (&["When Ann dials in", "Then Megan's PIN has 6 digits"], "it has 5"),
    (
        &[
            "When the administrator disables Megan",
            "Then the conference ID of meeting 147852036 has 9 digits",
        ],
        "there is none",
    ),
    (
        &[
            "When the administrator resets the conference ID of meeting 147852036",
            "Then the conference ID of meeting 147852036 has 8 digits",
        ],
        "it has 9",
    ),
    (&["When Ann dials in", "Then Megan has never had the same PIN twice"], "none has been made"),
    (&["When Ann dials in", "Then no conference ID has been given twice"], "none has been made"),
    (&["When Ann dials in", "Then Megan's PIN may be 7777"], "it may not: it is one digit"),
    (
        &["When Ann dials in", "Then Megan's PIN may not be 7778 because it is a run of digits"],
        "it may",
    ),
    (
        &["When Ann dials in", "Then Megan's PIN may not be 3456 because it is an earlier one"],
        "count up or down",
    ),
    // alarms
    (&["When Ann dials in", "Then there has been 1 alarm at wrong entries"], "have been 0"),
];

fn rows() -> impl Iterator<Item = &'static Row> {
    [HEARD, STATES, ON_RECORD, TOLD].into_iter().flatten()
}

fn steps_of(row: &Row) -> String {
    let steps: Vec<_> = row.0.iter().map(|step| format!("    {step}\n")).collect();
    MEGAN.to_owned() + &steps.concat()
}

/// The step that a row is about, without its keyword.
fn last_step(row: &Row) -> &'static str {
    let last = row.0.last().and_then(|steps| steps.lines().next()).unwrap_or_default();
    last.split_once(' ').map_or(last, |(_keyword, step)| step)
}

#[test]
fn what_is_not_so_fails_with_sound_and_without() {
    let mut wrong = Vec::new();
    for row in rows() {
        let steps = steps_of(row);
        let table = steps.lines().rev().take_while(|line| line.trim_start().starts_with('|'));
        let line = steps.lines().count() - table.count();
        let told = match outcome(&steps) {
            Ok(()) => "it passed".to_owned(),
            Err(told) if !told.starts_with(&format!("line {line}: ")) => told,
            Err(told) if !told.contains(row.1) => told,
            Err(_as_it_should) => continue,
        };
        wrong.push(format!("{steps}  should fail in line {line} with {:?}: {told}", row.1));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_form_of_what_is_to_be_so_can_fail() {
    let failing: BTreeSet<String> =
        rows().filter_map(|row| form_of(last_step(row))).map(|form| form.spelled()).collect();
    for form in forms().filter(|form| form.kind == Kind::Then) {
        assert!(
            failing.contains(&form.spelled()),
            "no scenario shows that this can fail: {form:?}"
        );
    }
}

/// When each step of a scenario was over.
fn times(steps: &str, sound: SoundWanted) -> Vec<Uptime> {
    let replayed = replay(&scenario(steps), &stage(sound));
    replayed.verdict.steps.iter().map(|step| step.until).collect()
}

#[test]
fn silence_is_heard_at_the_same_time_with_sound_and_without() {
    for steps in [
        "When Ann dials in
    Then Ann hears \"enter-conference-id\"
    And Ann hears silence
    When Ann hangs up",
        "When Ann dials in
    Then Ann hears \"enter-conference-id\", then silence
    When Ann keys 1
    Then Ann does not hear \"enter-conference-id-again\" for 2 seconds
    When Ann keys 47852036#
    Then Ann is asked whether they are the organizer",
        "When Ann dials in
    Then Ann hears \"enter-conference-id\", then silence
    And Ann does not hear \"no-entry-heard\" for 3 seconds",
        "When Ann dials in
    Then Ann does not hear \"no-entry-heard\" until silence
    And Ann does not hear \"no-entry-heard\" for 1 second",
        "When Megan joins by the app
    And 30 seconds pass
    Then Megan hears silence",
        "When Megan dials in and keys {ID}#*{PIN}#
    Then Megan hears \"first-in-meeting\", then silence
    When Megan hangs up",
    ] {
        let steps = format!("{MEGAN}    {steps}\n");
        passes(&steps);
        let (with, without) =
            (times(&steps, SoundWanted::Always), times(&steps, SoundWanted::WhereNeeded));
        let apart = with
            .iter()
            .zip(&without)
            .map(|(one, other)| if one > other { one.since(*other) } else { other.since(*one) });
        let most = apart.max().unwrap_or_default();
        // A key is heard a little after it is pressed.
        assert!(most <= Duration::from_millis(200), "{steps}{with:?}\n{without:?}");
    }
}

#[test]
fn who_hears_whom_may_be_asked_within_a_time_and_for_a_time() {
    passes(&format!(
        "{MEGAN}    {RUNS}\n    And Ann hears Megan within 5 seconds\n    And Ann hears Megan for 10 seconds\n    When Megan mutes \
         the phone\n    Then Ann does not hear Megan for 10 seconds\n    And Ann hears nobody within 5 seconds\n    When Megan \
         unmutes the phone\n    Then Ann hears Megan within 30 seconds\n"
    ));
}

#[test]
fn a_time_does_not_run_out_while_people_are_asked_to_speak() {
    passes(&format!(
        "{MEGAN}    And a group Crowd of 10 callers\n    And every one of Crowd sends keys as events\n    When Megan dials in and \
         keys {{ID}}#*{{PIN}}#\n    And every one of Crowd dials in and keys {{ID}}#\n    Then every one of Crowd hear each \
         other\n    And Megan hears silence within 2 seconds\n    And Megan is in the meeting within 1 second\n"
    ));
}
