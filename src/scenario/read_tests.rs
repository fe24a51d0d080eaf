//! What is read of a file, and what is told of one that cannot be.

use super::super::diagnostic::Diagnostic;
use super::*;
use crate::domain::limits::SCENARIO_FAULTS_MAX;

struct Reading {
    scenarios: Vec<WrittenScenario>,
    faults: Vec<Diagnostic>,
}

fn read(path: &str, bytes: &[u8]) -> Reading {
    let mut reader = Reader::new(path, bytes);
    let scenarios = std::iter::from_fn(|| reader.next(bytes)).collect();
    Reading { scenarios, faults: reader.faults.take_rest(reader.lines_read()) }
}

fn faults(text: &str) -> Vec<String> {
    let told =
        |fault: &Diagnostic| format!("{}:{} {}", fault.at.line, fault.at.column, fault.problem);
    read("a.feature", text.as_bytes()).faults.iter().map(told).collect()
}

fn scenarios(text: &str) -> Vec<WrittenScenario> {
    let reading = read("a.feature", text.as_bytes());
    assert!(reading.faults.is_empty(), "{:?}", reading.faults);
    reading.scenarios
}

#[test]
fn backgrounds_rules_and_tags_belong_to_their_scenarios() {
    let scenarios = scenarios(
        "\u{feff}# language: en\n@all\nFeature: Calls\n  As a tester\n  I want when\n\n  Background:\n    Given one\r\n\n  \
         @first\n  Scenario: A\n    When a\n    * b\n\n  @ruled\n  Rule: R\n    Background:\n      And two\n    \
         Example: B\n      Then c # not a comment\n      | x | a \\| b |\n      |   | \\n |\n",
    );
    let [a, b] = &scenarios[..] else { panic!("{scenarios:?}") };
    assert_eq!((a.name.as_str(), &a.rule, a.line), ("A", &None, 11));
    assert_eq!(a.tags, ["@all", "@first"]);
    let steps = |one: &WrittenScenario| -> Vec<String> {
        one.steps.iter().map(|step| format!("{} {}", step.keyword, step.text.as_str())).collect()
    };
    assert_eq!(steps(a), ["Given one", "When a", "* b"]);
    assert_eq!((b.name.as_str(), b.rule.as_deref()), ("B", Some("R")));
    assert_eq!(b.tags, ["@all", "@ruled"]);
    assert_eq!(steps(b), ["Given one", "And two", "Then c # not a comment"]);
    let cells: Vec<Vec<&str>> =
        b.steps[2].table.iter().map(|row| row.cells.iter().map(Text::as_str).collect()).collect();
    assert_eq!(cells, [["x", "a | b"], ["", ""]]);
    assert_eq!(b.steps[2].table[0].cells[1].whole().column, 13);
}

#[test]
fn every_fault_is_told_and_what_is_whole_is_read() {
    let text = "Feature: F\n\n  Scenario: broken\n    Given a\n    blah blah\n\tWen b\n\n  Scenario: whole\n    Given c\n\n  \
                Scenario: ragged\n    Given d\n      | a | b |\n      | a |\n      | a | b\n";
    assert_eq!(
        faults(text),
        [
            "5:5 this line is nothing that is known here",
            "6:2 this line is nothing that is known here",
            "14:7 the row has 1 cells, the first one of its table has 2",
            "15:13 the row has no `|` at its end",
        ]
    );
    let reading = read("a.feature", text.as_bytes());
    let broken: Vec<_> = reading.scenarios.iter().map(|one| one.broken).collect();
    assert_eq!(broken, [true, false, true]);
    assert_eq!(reading.faults[1].advice, "is it `When`?");
}

#[test]
fn what_is_no_feature_says_so() {
    for (text, expected) in [
        ("", "1:1 there is no feature here"),
        ("Scenario: a\n  Given b\n", "1:1 this stands before any feature"),
        ("Feature: a\n  Given b\n", "2:3 a step stands in no scenario"),
        ("Feature: a\nScenario: b\n", "2:1 a scenario has no steps: \"b\""),
        ("Feature: a\nScenario Outline: b\n  Given <c>\n", "2:1 an outline has no examples: \"b\""),
        ("Feature: a\nFeature: b\n", "2:1 a file has one feature"),
        ("Feature: a\nExamples:\n", "2:1 examples belong to an outline"),
        ("Feature: a\n| b |\n", "2:5 a row belongs to nothing"),
        ("Feature: a\nScenaro: b\n", "2:1 this line is nothing that is known here"),
        ("Feature: a\nScenario: b\n given c\n", "3:2 this line is nothing that is known here"),
        ("Feature: a\n@b c\nScenario: b\n Given c\n", "2:4 \"c\" is no tag"),
        ("Feature: a\n", "1:1 there is no scenario in it"),
        ("\n@b\nFeature: a\n  Rule: b\n", "3:1 there is no scenario in it"),
        (
            "Feature: a\nScenario: b\n Given c\nBackground:\n Given d\n",
            "4:1 a background comes too late",
        ),
        ("# language: de\nFeature: a\n", "1:1 the language \"de\" is none that is read here"),
        ("Feature: a\nScenario: b\n Given c\n \"\"\"\n text\n", "4:2 no step takes a text"),
    ] {
        assert_eq!(faults(text).first().map(String::as_str), Some(expected), "{text:?}");
    }
}

/// A step before which no other stands may be prose; it is not where it is a step but for its keyword.
#[test]
fn a_misspelled_keyword_is_told_and_what_was_meant_is_read() {
    for (line, keyword) in [
        ("Whn Ann dials in", "When"),
        ("Wehn Ann dials in", "When"),
        ("Whn Ann dails in", "When"),
        ("Whn Ann dials in and breaks everything", "When"),
        ("Gvien Ann calls from a withheld number", "Given"),
        ("Adn Ann dials in", "And"),
        ("Tehn anything at all", "Then"),
        ("when Ann dials in", "When"),
        ("Ann dials in", "*"),
        ("- Ann dials in", "*"),
    ] {
        let reading = read(
            "a.feature",
            format!("Feature: F\nScenario: a\n  {line}\n  When Bob dials in\n").as_bytes(),
        );
        assert_eq!(reading.faults.len(), 1, "{line}");
        assert_eq!(reading.faults[0].at.line, 3, "{line}");
        let scenario = &reading.scenarios[0];
        assert!(scenario.broken, "{line}");
        assert_eq!(scenario.steps.len(), 2, "{line}");
        assert_eq!(scenario.steps[0].keyword, keyword, "{line}");
    }
    for prose in [
        "An attendee waits.",
        "The organizer comes late",
        "As a tester I want this",
        "Them all",
        "End of the story",
        "Any of them",
    ] {
        let text = format!("Feature: F\nScenario: a\n  {prose}\n  When Bob dials in\n");
        let told = faults(&text);
        assert!(told.is_empty(), "{prose}: {told:?}");
    }
}

#[test]
fn lines_may_end_as_they_did_long_ago() {
    let reading = read("a.feature", b"Feature: F\r  Scenario: a\r    When Ann dials in\r");
    assert!(reading.faults.is_empty(), "{:?}", reading.faults);
    assert_eq!(reading.scenarios[0].steps[0].text.whole().line, 3);
}

#[test]
fn odd_encodings_are_told() {
    let told = |bytes: &[u8]| read("a.feature", bytes).faults[0].problem.clone();
    assert_eq!(told(b"\xff\xfeF\x00"), "the file is UTF-16");
    let reading =
        read("a.feature", b"Feature: F\nScenario: a\n  Given \xe4\nScenario: b\n  Given c\n");
    assert_eq!(reading.faults[0].at, Span::new(3, 9, 1));
    assert!(reading.scenarios[0].broken && !reading.scenarios[1].broken);
}

#[test]
fn a_million_steps_are_one_fault() {
    let text = format!(
        "Feature: F\nScenario: a\n{}Scenario: b\n  Given c\n",
        "  Given x\n".repeat(1_000_000)
    );
    let reading = read("a.feature", text.as_bytes());
    assert_eq!(reading.faults.len(), 1, "{:?}", reading.faults);
    assert!(reading.faults[0].problem.contains("more than"));
    assert!(reading.scenarios[0].broken && !reading.scenarios[1].broken);
}

#[test]
fn many_faults_are_counted() {
    let text = format!("Feature: F\nScenario: a\n  Given a\n{}", "  blah\n".repeat(5_000));
    let faults = faults(&text);
    assert_eq!(faults.len(), SCENARIO_FAULTS_MAX + 1);
    assert!(
        faults[SCENARIO_FAULTS_MAX].contains("and 4900 more"),
        "{}",
        faults[SCENARIO_FAULTS_MAX]
    );
}
