//! The page's own rules: its room for sound, where sections begin, its colours; the text of a terminal.

use super::*;
use crate::domain::Uptime;
use crate::scenario::{Failure, StepOutcome, StepVerdict};

fn verdict(path: &str, name: &str, fails: bool) -> Verdict {
    let failure = Failure {
        expected: "music".to_owned(),
        instead: "silence\u{1b}[2J".to_owned(),
        last_events: vec!["one".to_owned(), "two".to_owned()],
        ..Failure::default()
    };
    Verdict {
        path: path.to_owned(),
        line: 7,
        row: None,
        feature: "Lobby".to_owned(),
        rule: None,
        name: name.to_owned(),
        tags: Vec::new(),
        steps: vec![StepVerdict {
            keyword: "Then".to_owned(),
            text: "Ann hears hold music".to_owned(),
            table: Vec::new(),
            line: 9,
            column: 3,
            outcome: if fails { StepOutcome::Failed(failure) } else { StepOutcome::Passed },
            from: Uptime::from_millis(1_000),
            until: Uptime::from_millis(3_500),
        }],
        lasted: Duration::from_millis(3_725_432),
    }
}

fn shown<'a>(verdict: &'a Verdict, files: &'a Files) -> Shown<'a> {
    Shown { verdict, story: None, files, sound: SoundPlace::of(verdict, false), seed: 1 }
}

/// A fragment as if it had a sound of so many bytes.
fn with_sound(verdict: &Verdict, bytes: usize, embed_all: bool) -> Fragment {
    let files = Files::default();
    let shown = Shown { sound: SoundPlace::of(verdict, embed_all), ..shown(verdict, &files) };
    let mut fragment = fragment(&shown);
    fragment.hold(vec![(0, "A".repeat(bytes))]);
    fragment
}

#[test]
fn sound_unasked_ends_where_the_page_is_full_and_asked_for_it_never_does() {
    let failed = verdict("a.feature", "A", true);
    let (mut page, _) = Page::begin("x", 1);
    page.leave_room(1_000);
    let holds = |html: String| html.contains("class=\"sound\"");
    assert!(holds(page.scenario(with_sound(&failed, 600, false))));
    assert!(!holds(page.scenario(with_sound(&failed, 600, false))));
    assert!(holds(page.scenario(with_sound(&failed, 400, false))), "a smaller one fits");
    assert!(holds(page.scenario(with_sound(&failed, 5_000, true))));
    assert!(page.end().contains("Of 1 scenarios the sound lies beside this page"));
}

#[test]
fn a_section_ends_where_the_file_or_the_feature_does() {
    let files = Files::default();
    let (mut page, _) = Page::begin("x", 1);
    let mut write =
        |path: &str| page.scenario(fragment(&shown(&verdict(path, "A", false), &files)));
    assert!(write("a.feature").starts_with("<section class=\"feature\"><h2><bdi>Lobby</bdi>"));
    assert!(write("a.feature").starts_with("<details id=\"s2\""));
    assert!(write("b.feature").starts_with("</section>\n<section class=\"feature\">"));
    let broken = Broken { path: "c.feature", line: 1, column: 0, text: "<no>" };
    let text = page.broken(&broken);
    assert!(text.starts_with("</section>\n<section class=\"unreadable\">"), "{text}");
    assert!(text.contains("<bdi>c.feature:1</bdi>") && text.contains("&#60;no&#62;"));
    assert!(page.broken(&broken).starts_with("<article>"));
    let end = page.end();
    assert!(end.starts_with("</section>\n</main>"), "{end}");
    assert!(end.contains("3 passed, 2 could not be read"));
}

#[test]
fn totals_are_told_in_a_sentence() {
    for (passed, failed, broken, sentence) in [
        (0, 0, 0, "no scenario ran"),
        (1, 0, 0, "the scenario passed"),
        (7, 0, 0, "all 7 scenarios passed"),
        (0, 1, 0, "1 of 1 scenario failed"),
        (6, 1, 0, "1 of 7 scenarios failed"),
        (0, 0, 2, "nothing ran, 2 could not be read"),
        (6, 1, 2, "1 of 7 scenarios failed, 2 could not be read"),
    ] {
        let totals = Totals { passed, failed, broken, lasted: Duration::ZERO };
        assert_eq!(totals.sentence(), sentence);
    }
    assert_eq!(length(Duration::from_millis(3_725_432)), "1:02:05.4");
    assert_eq!(length(Duration::from_millis(59_990)), "0:59.9");
}

#[test]
fn a_failure_on_a_terminal_is_coloured_only_by_us() {
    let verdict = verdict("it's here/a.feature", "A", true);
    let text = failure(&verdict, &Files::default(), 3, "", Paint::Colours).unwrap();
    assert!(text.contains("\u{1b}[1;31msilence\\u{1b}[2J\u{1b}[0m"), "{text:?}");
    assert!(text.contains("  holdline replay 'it'\\''s here/a.feature:7' --seed 3\n"), "{text:?}");
    let plain = failure(&verdict, &Files::default(), 3, "", Paint::Plain).unwrap();
    assert!(!plain.contains('\u{1b}'));
    assert!(plain.contains("  events     one\n             two\n"), "{plain}");
}

#[test]
fn a_table_is_shown_wherever_its_step_is_and_a_difference_one_line_below_the_other() {
    let mut failed = verdict("a.feature", "A", true);
    let words = |words: [&str; 2]| words.map(str::to_owned).to_vec();
    failed.steps[0].table = vec![words(["", "Ann"]), words(["Ann", "x"])];
    if let StepOutcome::Failed(failure) = &mut failed.steps[0].outcome {
        failure.difference = words(["- a", "+ b"]);
    }
    let files = Files::default();
    let text = failure(&failed, &files, 3, "", Paint::Plain).unwrap();
    assert!(text.contains("             |  | Ann |\n             | Ann | x |\n"), "{text}");
    assert!(text.contains("  differs    - a\n             + b\n"), "{text}");
    let (mut cucumber, _) = Cucumber::begin(1);
    let json = cucumber.scenario(&failed, &files, None);
    let rows = "\"rows\":[{\"cells\":[\"\",\"Ann\"]},{\"cells\":[\"Ann\",\"x\"]}]";
    assert!(json.contains(rows), "{json}");
    let page = detail::steps(&failed);
    assert!(page.contains("<tr><td><bdi>Ann</bdi></td><td><bdi>x</bdi></td></tr>"), "{page}");
    assert!(page.contains("- a\n+ b\n"), "{page}");
}

#[test]
fn a_name_is_mentioned_only_as_a_word() {
    assert!(mentions("Ann hears Bob", "Bob") && mentions("\"Ann\" hears", "Ann"));
    assert!(!mentions("Annabel hears", "Ann") && !mentions("Caller 12 hears", "Caller 1"));
}

/// How much a colour shines, from 0 to 1 (WCAG 2.2, relative luminance).
fn luminance(hex: &str) -> f64 {
    let channel = |place: usize| {
        let value = u8::from_str_radix(&hex[place..place + 2], 16).unwrap();
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

/// Text has at least 4.5 to 1 against what it stands on, in light and dark (WCAG 2.2 AA, 1.4.3).
#[test]
fn every_text_can_be_read_in_both_lights() {
    let css = include_str!("page.css");
    let themes: Vec<&str> = css.split(":root{").skip(1).take(2).collect();
    let colour = |theme: &str, name: &str| {
        let value = theme.split(&format!("--{name}:")).nth(1).unwrap();
        value[..7].to_owned()
    };
    let contrast = |one: &str, other: &str| {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    };
    assert_eq!(themes.len(), 2);
    for theme in themes {
        for (text, grounds) in [
            ("ink", &["ground", "card", "bad-ground"][..]),
            ("soft", &["ground", "card", "bad-ground"]),
            ("bad", &["ground", "bad-ground"]),
            ("good", &["ground"]),
            ("warn", &["ground"]),
            ("link", &["ground", "card"]),
        ] {
            for ground in grounds {
                let found = contrast(&colour(theme, text), &colour(theme, ground));
                assert!(found >= 4.5, "{text} on {ground}: {found:.2}");
            }
        }
        // What shows an outcome without words has 3 to 1 (1.4.11).
        for fill in ["good-fill", "bad-fill", "focus"] {
            let found = contrast(&colour(theme, fill), &colour(theme, "ground"));
            assert!(found >= 3.0, "{fill}: {found:.2}");
        }
    }
}
