//! What steps mean, and what is told of those that mean nothing.

use std::sync::Arc;

use super::*;
use crate::domain::settings::Admission;
use crate::domain::{HangupCause, PromptId};

#[path = "outline_tests.rs"]
mod outlines;

struct NoFiles;

impl Files for NoFiles {
    fn table(&self, name: &str) -> Result<Vec<u8>, String> {
        match name {
            "rows.csv" => Ok(b"id,prompt\n147852036,welcome\n369258147,goodbye\n".to_vec()),
            _other => Err("no such file".to_owned()),
        }
    }

    fn sound(&self, name: &str) -> Result<Arc<[i16]>, String> {
        match name {
            "hello.wav" => Ok(Arc::from([0_i16; 160])),
            _other => Err("no such file".to_owned()),
        }
    }
}

fn load_text(text: &str) -> Loaded {
    load("a.feature", text.as_bytes(), &NoFiles)
}

fn scenario(steps: &str) -> Scenario {
    let mut loaded = load_text(&format!("Feature: F\n\n  Scenario: S\n{steps}"));
    assert!(loaded.faults.is_empty(), "{}", loaded.faults[0]);
    loaded.scenarios.remove(0)
}

/// The first fault of a scenario with these steps: `LINE:COLUMN problem / advice`, lines counted from the first step.
fn fault(steps: &str) -> String {
    let loaded = load_text(&format!("Feature: F\n\n  Scenario: S\n{steps}"));
    assert!(loaded.scenarios.is_empty());
    let fault = &loaded.faults[0];
    format!("{}:{} {} / {}", fault.at.line - 3, fault.at.column, fault.problem, fault.advice)
}

const CAST: &str = "    Given Megan organizes meeting 147852036 and her PIN is 48213\n";

/// What each example needs before it.
fn before(example: &str) -> &'static str {
    match example {
        example if example.starts_with("Alex joins") => CAST,
        _any => {
            "    Given Megan organizes meeting 147852036 and her PIN is 48213\n    And Alex is a user of the app\n    \
             And the access number +1 425 555 0100 speaks English and German\n"
        }
    }
}

#[test]
fn every_form_of_the_vocabulary_understands_its_example() {
    for form in forms() {
        let table = match form.example {
            "the organization has set:" | "meeting 147852036 has set:" => {
                "      | admission | on-command |\n"
            }
            "at the same time:" => "      | Ann keys 5 |\n      | Megan hangs up |\n",
            "they hear each other like this:" => "      | | Ann | Megan |\n      | Ann | | x |\n",
            "the call record of Ann says:" => "      | role | attendee |\n",
            "the record of the meeting says:" => "      | joined | 2 |\n",
            _no_table => "",
        };
        let (set_up, call, keyword) = match form.kind {
            Kind::Given
                if form.example.contains("organizes") || form.example.contains("access number") =>
            {
                ("", "", "Given")
            }
            Kind::Given => (before(form.example), "", "And"),
            Kind::When => (before(form.example), "    When Ann, Megan and Alex dial in\n", "And"),
            Kind::Then => (before(form.example), "    When Ann, Megan and Alex dial in\n", "Then"),
        };
        let steps = format!("{set_up}{call}    {keyword} {}\n{table}", form.example);
        let loaded = load_text(&format!("Feature: F\n\n  Scenario: S\n{steps}"));
        assert!(loaded.faults.is_empty(), "{}:\n{}\n{steps}", form.spelled(), loaded.faults[0]);
        assert_eq!(loaded.scenarios.len(), 1);
    }
}

#[test]
fn a_story_is_understood() {
    let scenario = scenario(
        "    Given Megan organizes meeting 147 852 036 and her PIN is 48213\n    And meeting 147852036 has set admission \
         to on-command\n    When Ann dials in and keys 147852036#\n    Then Ann hears \"lobby-waiting\", then hold \
         music\n    When Megan dials in and keys 147852036#*48213#\n    Then the meeting starts within 1 second\n    And \
         Ann and Megan hear each other\n    And Ann is disconnected because wrong-pin within 1 minute\n",
    );
    let names: Vec<_> = scenario.people.iter().map(|person| person.name.as_str()).collect();
    assert_eq!(names, ["Megan", "Ann"]);
    assert_eq!(scenario.organization.meetings[0].rules.admission, Some(Admission::OnCommand));
    assert!(scenario.needs_sound);
    let What::Expects(Expectation { what: Expected::Hears(who, percepts, None), when: When::Soon }) =
        &scenario.steps[3].what
    else {
        panic!("{:?}", scenario.steps[3])
    };
    assert_eq!(who, &[Who(1)]);
    assert_eq!(percepts, &[Percept::Prompt(PromptId::LobbyWaiting), Percept::Music]);
    let What::Expects(Expectation { what: Expected::Disconnected(_, cause), when }) =
        &scenario.steps[7].what
    else {
        panic!("{:?}", scenario.steps[7])
    };
    assert_eq!(
        (*cause, *when),
        (Some(HangupCause::WrongPin), When::Within(Duration::from_secs(60)))
    );
}

#[test]
fn a_pin_is_shown_nowhere() {
    let scenario = scenario(
        "    Given Megan organizes meeting 147852036 and her PIN is 907351846294\n    When Megan dials in and keys \
         147852036#*907351846294#\n    And Ann dials in and keys 147852036#*1234#*21\n",
    );
    let texts: Vec<_> = scenario.steps.iter().map(|step| step.text.as_str()).collect();
    assert_eq!(texts[0], "Megan organizes meeting 147852036 and her PIN is •••••");
    assert_eq!(texts[1], "Megan dials in and keys 147852036#*•••••#");
    assert_eq!(texts[2], "Ann dials in and keys 147852036#*•••••#*21");
    assert!(!format!("{scenario:?}").contains("907351846294"));
}

/// What is wrong with these steps.
const WRONG: &[(&str, &str)] = &[
    (
        "    When Ann dails in\n",
        "1:10 there is no such step / the nearest step there is: {who} dial(s)[ in]",
    ),
    ("    When ann dials in\n", "1:10 there is no such step / a name begins with a capital letter"),
    (
        "    When Ann keys 5\n",
        "1:10 nobody is called Ann / let them call first: `When Ann dials in`",
    ),
    (
        "    When Ann dials in\n    And Anne hangs up\n",
        "2:9 nobody is called Anne / is it \"Ann\"?",
    ),
    (
        "    Given Ann calls from +1 425 555 0171\n    When Ann keys 5\n",
        "2:10 Ann has not called yet",
    ),
    (
        "    When Ann dials in\n    Then Ann hears \"welcom\"\n",
        "2:20 no prompt is called \"welcom\" / is it \"welcome\"?",
    ),
    (
        "    When Ann dials in\n    Then Ann hears \"welcome\", then musik\n",
        "2:36 nobody can tell what \"musik\" sounds like",
    ),
    ("    Given Megan organizes meeting 147852037\n", "1:35 the last digit should be 6"),
    (
        "    Given Megan organizes meeting 147852036 and her PIN is 123\n",
        "1:60 a PIN has 4 to 12 digits, this one has 3",
    ),
    ("    When Ann dials in\n    And 3 parsecs pass\n", "2:9 \"3 parsecs\" is no time"),
    ("    When Ann dials in and keys {PIN}#\n", "1:33 nobody has a PIN"),
    (
        "    Given Megan organizes meeting 147852036\n    And Olga organizes meeting 369258147\n    When Ann dials in and keys \
         {WRONG PIN}#\n",
        "3:33 several people have a PIN / say whose: {WRONG PIN of Megan}",
    ),
    (
        "    Given the organization has set mute to [\"2\"]\n",
        "1:36 mute does not take \"[\\\"2\\\"]\" / the keys \"2\" of mute begin",
    ),
    (
        "    Given the organization has set pin-trys to 5\n",
        "1:36 an organization has no setting \"pin-trys\" / is it \"pin-tries\"?",
    ),
    (
        "    When Ann dials in\n    And Ann plays \"none.wav\"\n",
        "2:20 \"none.wav\" cannot be played: no such file",
    ),
    (
        "    When Ann dials in\n    Then the call record of Ann says role is x\n    And the call record of Ann says rule is x\n",
        "3:37 a record has no field \"rule\" / is it \"role\"?",
    ),
    (
        "    When Ann dials in\n    Then they hear each other like this:\n",
        "2:10 a table belongs under this step",
    ),
    ("    When Ann dials in\n      | a |\n", "1:10 this step takes no table"),
    (
        "    When Ann dials in\n    And Ann loses 120 % of her packets\n",
        "2:19 this is no percentage of 0 to 100",
    ),
    (
        "    When Ann and Bob dial in\n    Then Ann hears \"welcome\", then Bob\n",
        "2:20 people are heard in a step of their own",
    ),
    (
        "    When Ann and Bob dial in\n    Then Ann has heard Bob\n",
        "2:24 voices are heard when asked for",
    ),
    (
        "    When Ann and Bob dial in\n    Then Ann hears Bob after 1 hour\n",
        "2:30 people are let speak when the step comes / let the time pass first",
    ),
    (
        "    When Ann and Bob dial in\n    Then Ann hears Bob in German\n",
        "2:27 only prompts have a language",
    ),
    (
        "    When Ann dials in\n    Then Ann hears hold music in German\n",
        "2:34 only prompts have a language",
    ),
    ("    When Ann and Bob dial in\n    Then Ann hears anybody\n", "2:20 anybody could be anyone"),
    (
        "    When Ann and Bob dial in\n    Then Ann does not hear nobody\n",
        "2:28 this denies twice / say `hears nobody`",
    ),
    (
        "    When Ann and Bob dial in\n    Then Ann does not hear \"welcome\" until Bob\n",
        "2:10 voices are heard when asked for",
    ),
    (
        "    When Ann dials in\n    Then Ann does not hear each other\n",
        "2:10 one caller alone has no other",
    ),
    (
        "    Given a group Crowd of 2 callers\n    And a group Crowd of 3 callers\n",
        "2:17 there is a Crowd already",
    ),
    (
        "    When Crowd dials in\n    Given a group Crowd of 2 callers\n",
        "2:11 this can only be so from the beginning",
    ),
];

#[test]
fn what_is_wrong_is_told_where_it_is() {
    for &(steps, expected) in WRONG {
        let told = fault(steps);
        assert!(told.starts_with(expected), "{steps}\n  {told}\n  {expected}");
    }
}

/// The steps' texts and tables, as they are shown.
fn shown(steps: &str) -> Vec<String> {
    let steps = scenario(steps).steps.into_iter();
    steps
        .flat_map(|step| std::iter::once(step.text).chain(step.table.into_iter().flatten()))
        .collect()
}

#[test]
fn a_pin_keyed_in_pieces_is_dots() {
    let cast = "    Given Megan organizes meeting 147852036 and her PIN is 48213\n    When Megan dials in\n    And Ann dials in\n";
    for (steps, expected) in [
        (
            &["Megan keys {ID}#*482", "Megan keys 13#"][..],
            &["Megan keys {ID}#*•••••", "Megan keys •••••#"][..],
        ),
        (
            &[
                "Megan keys {ID}#*",
                "Megan keys 4",
                "Megan holds key 8 for 1 second",
                "at 30 s Megan keys 213#",
            ],
            &[
                "Megan keys {ID}#*",
                "Megan keys •••••",
                "Megan holds key ••••• for 1 second",
                "at 30 s Megan keys •••••#",
            ],
        ),
        // Between two of hers somebody else keys.
        (
            &["Megan keys 48", "Ann keys 5", "Megan keys 213"],
            &["Megan keys •••••", "Ann keys 5", "Megan keys •••••"],
        ),
        // Commands, a language, a conference ID keyed in pieces or behind a language.
        (&["Megan keys *21", "Ann keys *6*6"], &["Megan keys *21", "Ann keys *6*6"]),
        (&["Ann keys 2", "Ann keys 147852036##"], &["Ann keys 2", "Ann keys 147852036##"]),
        (&["Ann keys 14785", "Ann keys 2036#"], &["Ann keys 14785", "Ann keys 2036#"]),
        // The beginning of a PIN that is a command too.
        (&["Megan keys *21", "Megan keys 48#"], &["Megan keys *•••••", "Megan keys •••••#"]),
        // A call that is over ends an entry; keys A to D do not.
        (
            &["Ann keys 2", "Ann hangs up", "Ann dials in and keys 3"],
            &["Ann keys 2", "Ann hangs up", "Ann dials in and keys 3"],
        ),
        (&["Megan keys 482A13#"], &["Megan keys •••••A•••••#"]),
        (
            &[
                "at the same time:\n      | Megan keys *482 |\n      | Ann keys 1 |",
                "Megan keys 13#",
            ],
            &["at the same time:", "Megan keys *•••••", "Ann keys 1", "Megan keys •••••#"],
        ),
    ] {
        let lines: String = steps.iter().map(|step| format!("    And {step}\n")).collect();
        assert_eq!(shown(&(cast.to_owned() + &lines))[3..], *expected, "{steps:?}");
    }
}

#[test]
fn a_pin_is_dots_in_whatever_names_a_scenario() {
    let loaded = load_text(
        "@pin48213\nFeature: F with PIN 48 213\n  Rule: never 48213\n    Scenario: one of 48213 and 147852036\n      When Ann dials \
         in\n    Scenario: another\n      Given Megan organizes meeting 147852036 and her PIN is 48213\n      When Megan dials in \
         and keys *4821\n      And Megan keys 7#\n    Scenario: keyed 48217\n      When Ann dials in\n",
    );
    assert!(loaded.faults.is_empty(), "{}", loaded.faults[0]);
    let one = &loaded.scenarios[0];
    assert_eq!(one.feature, "F with PIN ••••• •••••");
    assert_eq!(one.rule.as_deref(), Some("never •••••"));
    assert_eq!(one.tags, ["@pin•••••"]);
    assert_eq!(one.name, "one of ••••• and 147852036");
    assert_eq!(loaded.scenarios[2].name, "keyed •••••");
    let secrets = &loaded.scenarios[1].secrets;
    assert_eq!(secrets.hide("no letter about 48213"), "no letter about •••••");
}

#[test]
fn a_line_in_which_something_is_wrong_shows_no_pin() {
    let meeting = "    Given Megan organises meeting 147 852 036";
    for (line, shown) in [
        ("And her PIN is 907351846294", "And her PIN is ••••••••••••"),
        ("And her pin is 48213", "And her pin is •••••"),
        (
            "When Ann dails in and keys 147852036#*48213#",
            "When Ann dails in and keys 147852036#*•••••#",
        ),
        ("When Ann kyes 48213#", "When Ann kyes •••••#"),
        ("When Ann keys in 482", "When Ann keys in •••"),
        ("When Ann kyes 13#", "When Ann kyes ••#"),
        ("When Ann kyes *21", "When Ann kyes *21"),
        // Its last digit is a check digit by chance.
        ("When Ann kyes 48210#", "When Ann kyes •••••#"),
        ("And the PIN of Megan: 48213", "And the PIN of Megan: •••••"),
        (
            "And meeting 48213 has set admission to on-start",
            "And meeting ••••• has set admission to on-start",
        ),
        (
            "And Caller 3 wayts 1000 ms after 2 seconds",
            "And Caller 3 wayts 1000 ms after 2 seconds",
        ),
        ("And Ann kalls from +1 425 555 0171", "And Ann kalls from +1 425 555 0171"),
        ("And it was 2026-03-01 09:00", "And it was 2026-03-01 09:00"),
        (
            "And the organisation has set pin-tries to 5",
            "And the organisation has set pin-tries to 5",
        ),
    ] {
        let loaded = load_text(&format!("Feature: F\n\n  Scenario: S\n{meeting}\n    {line}\n"));
        assert_eq!(loaded.faults[1].source.trim(), shown);
    }
}

#[test]
fn numbers_of_rows_and_lines_are_shown_whatever_the_pins_are() {
    let mut text = "Feature: F\n  Scenario Outline: O\n    Given Megan organizes meeting 147852036 and her PIN is <pin>\n    When \
                    Megan dails in and keys <pin>#\n    Examples:\n      | pin |\n"
        .to_owned();
    for pin in 1000..3005 {
        text += &format!("      | {pin} |\n");
    }
    let told: Vec<String> = load_text(&text).faults.iter().map(ToString::to_string).collect();
    assert!(told[0].contains("(row 1, line 7: pin is \"••••\")"), "{}", told[0]);
    assert!(told[told.len() - 1].contains(": and 2002 more faults"), "{told:?}");
    let well = load_text(&text.replace("dails", "dials"));
    assert_eq!(well.scenarios[2002].name, "O (row 2003)");
}

/// Nothing of what is told of these files has a PIN in it, or so much of one that it could be guessed.
#[test]
fn what_is_wrong_is_told_without_a_pin() {
    let loaded = load_text(
        "Feature: D\n  Scenario: a\n    Given Megan organizes meeting 147 852 036 and her pin is 48213\n    When Megan enters \
         48213#\n    And Megan organizes meeting 147852036 with PIN 48213\n  Scenario: b\n    Given Megan organizes meeting \
         147852036 and her PIN is 48213\n    When Megan dials in, keys 48210#\n    When Megan hears \"48213\"\n    And meeting \
         48213 has set admission to on-start\n    And Megan hears 48213\n    And the organization has set pin-tries to 48213\n    \
         And the organization has set 48213 to x\n  Scenario Outline: o\n    Given Megan organizes meeting 147852036 and her PIN is \
         <pin>\n    When Megan dials in and keyz <pin>#\n    Then Megan hears \"<pin>\"\n    Examples:\n      | pin |\n      | 48213 |\n",
    );
    assert!(loaded.faults.len() >= 10, "{:?}", loaded.faults);
    for fault in &loaded.faults {
        let told = fault.to_string();
        assert!(!told.contains("4821"), "{told}");
    }
}

#[test]
fn whatever_is_not_understood_may_have_changed_what_was_so() {
    let loaded = load_text(&format!(
        "Feature: F\n\n  Scenario: S\n{CAST}    When Ann dials in\n    Then Ann is in the lobby\n    When Megan arives\n    Then \
         Ann is in the meeting\n"
    ));
    assert_eq!(loaded.faults.len(), 1, "{}", loaded.faults[1]);
}

#[test]
fn contradictions_are_told_before_anything_runs() {
    let calls = "    When Ann and Megan dial in and key 147852036#\n";
    for (then, line) in [
        ("    Then Ann is in the lobby\n    And Ann is in the meeting\n", 4),
        ("    Then Ann is in the lobby\n    And Ann is not in the lobby\n", 4),
        ("    Then Ann is disconnected\n    And Ann is still connected\n", 4),
        ("    Then Ann is in the lobby\n    And Ann is disconnected\n", 4),
        ("    Then Ann hears hold music\n    And Ann does not hear hold music\n", 4),
        ("    Then the meeting starts\n    And the meeting has not started\n", 4),
        ("    Then Ann is asked for the PIN\n    And Ann is not asked for the PIN\n", 4),
        ("    Then Ann hears nobody\n    And Ann hears Megan\n", 4),
        ("    Then Ann hears Megan\n    And Ann does not hear anybody\n", 4),
        ("    Then Ann hears Megan\n    And Ann does not hear Megan\n", 4),
        ("    Then Ann and Megan hear each other\n    And Megan does not hear Ann\n", 4),
        ("    Then Ann and Megan do not hear each other\n    And Ann hears Megan\n", 4),
        ("    Then Megan gets no letter\n    And Megan gets a letter\n", 4),
        (
            "    Then Ann is an attendee of the meeting\n    And Ann is the organizer of the meeting\n",
            4,
        ),
        (
            "    Then Ann is disconnected because removed\n    And Ann is disconnected because refused\n",
            4,
        ),
    ] {
        let told = fault(&format!("{CAST}{calls}{then}"));
        assert!(told.starts_with(&format!("{line}:9 this contradicts line 6")), "{then}: {told}");
    }
    for fine in [
        "    Then Ann is in the lobby\n    And Ann is in the meeting within 5 seconds\n",
        "    Then Ann is in the lobby\n    When 3 seconds pass\n    Then Ann is in the meeting\n",
        "    Then Ann hears \"welcome\"\n    And Ann hears hold music\n",
        "    Then Megan gets a letter with the PIN\n    And Megan gets no letter\n",
        "    Then Ann is asked for the PIN\n    And Ann is not asked for a name\n",
        "    Then Ann hears Megan\n    And Megan does not hear Ann\n",
        "    Then Ann is disconnected\n    And Ann is disconnected because removed\n",
    ] {
        scenario(&format!("{CAST}{calls}{fine}"));
    }
}

#[test]
fn a_scenario_with_a_fault_leaves_the_others_alone() {
    let loaded = load_text(
        "Feature: F\n  Scenario: bad\n    When Ann flies in\n    And Bob swims in\n  Scenario: good\n    When Ann dials in\n",
    );
    assert_eq!(loaded.faults.len(), 2);
    assert_eq!(loaded.scenarios.len(), 1);
    assert_eq!(loaded.scenarios[0].name, "good");
}

#[test]
fn whatever_the_bytes_there_is_no_panic() {
    let pieces: Vec<&[u8]> = vec![
        b"Feature: ",
        b"Scenario: ",
        b"Scenario Outline: ",
        b"Given ",
        b"\n",
        b"  ",
        b"|",
        b"<",
        b">",
        b"\"\"\"",
        b"@",
        b"#",
        b"Ann",
        b" dials in",
        b" keys {PIN}",
        b"\xff",
        b"\t",
        "é".as_bytes(),
        b"\"",
        b"Examples:",
        b"\\",
        b"at the same time:",
        b"at 1 s ",
        b"a group X of 99999999999999999999 callers",
        b"{",
        b"Rule:",
        b"Background:",
    ];
    let mut state = 7_u64;
    for _ in 0..3_000 {
        let mut bytes = b"Feature: F\nScenario: S\n".to_vec();
        for _ in 0..40 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            bytes.extend_from_slice(pieces[(state >> 33) as usize % pieces.len()]);
        }
        let loaded = load("a.feature", &bytes, &NoFiles);
        loaded.faults.iter().for_each(|fault| drop(fault.to_string()));
    }
}
