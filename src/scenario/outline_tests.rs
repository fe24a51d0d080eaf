//! Outlines, their rows, and how a line of a file names a scenario.

use super::*;

#[test]
fn outlines_become_a_scenario_a_row_also_from_a_file() {
    let text = "Feature: F\n  Scenario Outline: <prompt> at <id>\n    Given Megan organizes meeting <id>\n    When Ann \
                dials in and keys <id>#\n    Then Ann hears \"<prompt>\"\n    Examples:\n      | id | prompt |\n      \
                | 147852036 | welcome |\n    @more\n    Examples: from \"rows.csv\"\n";
    let loaded = load_text(text);
    assert!(loaded.faults.is_empty(), "{}", loaded.faults[0]);
    let told: Vec<_> =
        loaded.scenarios.iter().map(|one| (one.name.as_str(), one.line, one.tags.len())).collect();
    assert_eq!(
        told,
        [
            ("welcome at 147852036", 8, 0),
            ("welcome at 147852036", 10, 1),
            ("goodbye at 369258147", 10, 1)
        ]
    );
    let unknown = load_text(&text.replace("\"<prompt>\"", "\"<promt>\""));
    assert_eq!(unknown.faults.len(), 1, "the same for every row: {:?}", unknown.faults);
    assert_eq!(unknown.faults[0].at, Span::new(5, 22, 5));
    assert_eq!(unknown.faults[0].advice, "is it \"prompt\"?");
    let rows: Vec<_> = loaded.scenarios.iter().map(|one| one.row).collect();
    assert_eq!(rows, [None, Some(2), Some(3)]);
    let missing = load_text(&text.replace("rows.csv", "none.csv"));
    assert!(missing.faults[0].problem.contains("no such file"), "{}", missing.faults[0]);
    assert_eq!(missing.scenarios.len(), 1, "the other examples are there");
}

#[test]
fn examples_without_a_row_are_told_and_not_passed_over() {
    let outline = "Feature: F\n  Scenario Outline: <id>\n    When Ann dials in and keys <id>#\n    Examples: first\n      | id |\n      | 1 |\n    ";
    for examples in [
        "Examples: From \"rows.csv\"\n",
        "Examples: some from \"rows.csv\"\n",
        "Examples:\n",
        "Examples: second\n      | id |\n",
    ] {
        let loaded = load_text(&format!("{outline}{examples}"));
        let told: Vec<_> = loaded.faults.iter().map(|it| (it.at.line, &*it.problem)).collect();
        assert_eq!(told, [(7, "these examples have no row of values")], "{examples}");
        assert_eq!(loaded.scenarios.len(), 1, "the others are played");
    }
}

#[test]
fn rows_are_told_apart_over_all_examples() {
    let loaded = load_text(
        "Feature: F\n  Scenario Outline: same\n    When Ann dials in and keys <k>#\n    Examples:\n      | k |\n      | 1 |\n      | 2 |\n    Examples:\n      | k |\n      | 3 |\n",
    );
    let names: Vec<_> = loaded.scenarios.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["same (row 1)", "same (row 2)", "same (row 3)"]);
}

#[test]
fn a_wrong_value_is_told_with_its_row() {
    let text = "Feature: F\n  Scenario Outline: <id>\n    Given Megan organizes meeting <id>\n    When Ann dials in\n    And <time> pass\n    Examples:\n      | id | time |\n      | 147852036 | 5 seconds |\n      | 147852037 | 5 seconds |\n      | 147852036 | 5 parsecs |\n";
    let loaded = load_text(text);
    assert_eq!(loaded.scenarios.len(), 1);
    let told: Vec<_> = loaded.faults.iter().map(|it| (it.at.line, &*it.problem)).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].0 == 3 && told[0].1.ends_with("(row 2, line 9: id is \"•••••••••\")"),
        "{told:?}"
    );
    assert_eq!(told[1], (5, "\"5 parsecs\" is no time (row 3, line 10: time is \"5 parsecs\")"));
    let in_file = load_text(
        "Feature: F\n  Scenario Outline: <id>\n    When Ann dials in\n    Then Ann hears <prompt>\n    Examples: from \"rows.csv\"\n",
    );
    assert_eq!(in_file.faults.len(), 2);
    assert!(
        in_file.faults[1]
            .problem
            .ends_with("(row 2, line 3 of \"rows.csv\": prompt is \"goodbye\")"),
        "{}",
        in_file.faults[1]
    );
    let rows = "      | 147852036 | 5 parsecs |\n".repeat(50);
    let loaded = load_text(&(text.to_owned() + &rows));
    assert_eq!(loaded.faults.len(), 5, "three rows are enough: {:?}", loaded.faults);
    assert_eq!(loaded.faults[4].problem, "and 48 more faults");
}

#[test]
fn a_scenario_that_cannot_be_read_is_looked_through_all_the_same() {
    let loaded = load_text(&format!(
        "Feature: F\n  Scenario: S\n    Gvien Megan organizes meeting 147852036 and her PIN is 48213\n    When Ann dails in\n    Then Ann flies\n    Tehn Megan swims\n  Scenario Outline: O\n{CAST}    When <who> dails in\n    And <whom> flies\n    Examples:\n      | who |\n      | Ann |\n"
    ));
    let told: Vec<_> = loaded.faults.iter().map(|it| it.at.line).collect();
    assert_eq!(told, [3, 4, 5, 6, 9, 10], "{:?}", loaded.faults);
    assert!(loaded.scenarios.is_empty());
    let loaded = load_text(
        "Feature: F\n  Background:\n    Gvien Megan organizes meeting 147852036\n  Scenario: S\n    When Megan keys {ID of 147852036}\n",
    );
    assert_eq!(
        loaded.faults.len(),
        1,
        "what lacks its background is not judged: {:?}",
        loaded.faults
    );
}

#[test]
fn what_lasts_too_long_is_told_before_it_is_played() {
    for (steps, expected) in [
        (
            "    When Ann dials in\n    And 5 days pass\n    And Ann waits 5 days\n    And 1 day pass\n",
            Some("3:9 a scenario lasts at most 8 days, and with this step 10 days"),
        ),
        (
            "    When Ann dials in\n    And Ann speaks for 999 days\n",
            Some("2:9 a scenario lasts at most 8 days"),
        ),
        (
            "    When Ann dials in\n    Then Ann does not hear hold music for 9 days\n",
            Some("2:10 a scenario lasts at most 8 days"),
        ),
        (
            "    When Ann dials in\n    And 1001 days pass\n",
            Some(
                "2:9 \"1001 days\" is longer than anything here / a scenario lasts at most 8 days",
            ),
        ),
        ("    When Ann dials in\n    And 8 days pass\n", None),
        (
            "    When Ann and Bob dial in\n    And at the same time:\n      | Ann waits 5 days |\n      | Bob waits 5 days |\n",
            None,
        ),
    ] {
        match expected {
            Some(expected) => {
                let told = fault(steps);
                assert!(told.starts_with(expected), "{told}");
            }
            None => drop(scenario(steps)),
        }
    }
}

/// The names of what is wanted, and the lines of what is told.
fn wanted(text: &str, line: usize, row: Option<usize>) -> (Vec<String>, Vec<usize>) {
    let mut loading = Loading::new("a.feature", text.as_bytes(), Wanted { line: Some(line), row });
    let (mut names, mut lines) = (Vec::new(), Vec::new());
    while let Some(read) = loading.next(text.as_bytes(), &NoFiles) {
        match read {
            Read::Scenario(scenario) => names.push(scenario.name),
            Read::Fault(fault) => lines.push(fault.at.line),
        }
    }
    (names, lines)
}

#[test]
fn a_line_names_a_scenario_an_outline_or_a_row() {
    let text = "Feature: F\n  Scenario: A\n    When Ann dials in\n\n  @tag\n  Scenario Outline: O <k>\n    When Ann dials in and keys <k>\n    Examples:\n      | k |\n      | 1 |\n      | 2 |\n    @more\n    Examples: from \"rows.csv\"\n  Scenario: wrong\n    When Ann dails in\n  Rule: R\n    Scenario: B\n      When Ann dials in\n".replace("from \"rows.csv\"", "\n      | k |\n      | 3 |");
    let all = vec!["O 1".to_owned(), "O 2".to_owned(), "O 3".to_owned()];
    for (line, names, told) in [
        (1, vec![], vec![1]),
        (2, vec!["A".to_owned()], vec![]),
        (4, vec!["A".to_owned()], vec![]),
        (5, all.clone(), vec![]),
        (6, all.clone(), vec![]),
        (8, all.clone(), vec![]),
        (11, vec!["O 2".to_owned()], vec![]),
        (15, vec!["O 3".to_owned()], vec![]),
        (17, vec![], vec![17]),
        (18, vec![], vec![18]),
        (20, vec!["B".to_owned()], vec![]),
    ] {
        assert_eq!(wanted(&text, line, None), (names, told), "line {line}");
    }
    let text = "Feature: F\n  Scenario Outline: O <id>\n    When Ann dials in and keys <id>\n    Examples: from \"rows.csv\"\n";
    assert_eq!(wanted(text, 2, None).0.len(), 2);
    assert_eq!(wanted(text, 4, Some(2)), (vec!["O •••••".to_owned()], vec![]));
    assert_eq!(wanted(text, 4, Some(3)), (vec![], vec![4]));
}
