//! The report of a run: its page, the files for CI servers and the text of a terminal, from real worlds.
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "report/example.rs"]
mod example;
mod support;

use std::collections::BTreeSet;
use std::io::Read as _;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use example::*;
use holdline::media::wav;
use holdline::report::suite::{Cucumber, Files, Junit, Page, Shown, SoundPlace, fragment, ladder};
use holdline::sim::Report;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

fn worlds() -> &'static (Report, Report) {
    static WORLDS: OnceLock<(Report, Report)> = OnceLock::new();
    WORLDS.get_or_init(|| (told(), crowd()))
}

fn example() -> &'static Outputs {
    static EXAMPLE: OnceLock<Outputs> = OnceLock::new();
    EXAMPLE.get_or_init(|| {
        let (told, crowd) = worlds();
        outputs(&cases(told, crowd), told, crowd, false)
    })
}

fn unpacked(packed: &str) -> Vec<u8> {
    let bytes = STANDARD.decode(packed).unwrap();
    let mut out = Vec::new();
    flate2::read::DeflateDecoder::new(&bytes[..]).read_to_end(&mut out).unwrap();
    out
}

/// What stands in the page's scripts of a class.
fn scripts<'a>(page: &'a str, class: &str) -> Vec<&'a str> {
    let head = format!("<script type=\"text/plain\" class=\"{class}\"");
    let script =
        |after: &'a str| after.split_once('>').unwrap().1.split_once("</script>").unwrap().0;
    page.split(&head).skip(1).map(script).collect()
}

/// What the scenarios of a page show once they are opened.
fn details(page: &str) -> Vec<String> {
    let texts = scripts(page, "pack").into_iter();
    texts.map(|packed| String::from_utf8(unpacked(packed)).unwrap()).collect()
}

/// An element of an XML document: its tag, its attributes, the text in it.
type Element = (String, Vec<(String, String)>, String);

/// The elements of an XML document in order; fails where it is not well-formed.
fn elements(xml: &str) -> Vec<Element> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let mut elements: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    loop {
        let event = reader.read_event().unwrap();
        match &event {
            Event::Start(tag) | Event::Empty(tag) => {
                let attributes = tag.attributes().map(|attribute| {
                    let attribute = attribute.unwrap();
                    let value = attribute.normalized_value(quick_xml::XmlVersion::Explicit1_0);
                    let name = attribute.key.as_ref().to_owned();
                    (name, value.unwrap().into_owned())
                });
                let name = tag.name().as_ref().to_owned();
                elements.push((name, attributes.collect(), String::new()));
                if matches!(event, Event::Start(_)) {
                    open.push(elements.len() - 1);
                }
            }
            Event::End(_) => drop(open.pop()),
            Event::Text(text) if !open.is_empty() => {
                elements[*open.last().unwrap()].2 += &text.xml10_content();
            }
            Event::GeneralRef(sign) => {
                let sign = sign.xml10_content();
                let sign = quick_xml::escape::resolve_predefined_entity(&sign).unwrap();
                elements[*open.last().unwrap()].2 += sign;
            }
            Event::Eof => break,
            _other => {}
        }
    }
    assert!(open.is_empty(), "an element is open at the end");
    let is_xml = |c: char| {
        matches!(c, '\t' | '\n' | '\r') || (' '..'\u{FFFE}').contains(&c) || c > '\u{FFFF}'
    };
    assert!(xml.chars().all(is_xml), "a character that XML has no place for");
    elements
}

fn value<'a>(attributes: &'a [(String, String)], name: &str) -> &'a str {
    let found = attributes.iter().find(|(found, _)| found == name);
    &found.unwrap_or_else(|| panic!("no {name} in {attributes:?}")).1
}

/// Writes the example below the build's folder, to be looked at.
#[test]
fn the_example_can_be_looked_at() {
    let outputs = example();
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("report");
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    put("index.html", outputs.page.as_bytes());
    put("junit.xml", outputs.junit.as_bytes());
    put("cucumber.json", outputs.cucumber.as_bytes());
    put("terminal.txt", outputs.terminal.as_bytes());
    for (path, svg) in &outputs.ladders {
        put(path, svg.as_bytes());
    }
    let (told, crowd) = worlds();
    for (path, world, place) in &outputs.sounds {
        let report = if *world == Which::Crowd { crowd } else { told };
        put(path, &wav::encode(&report.seats[*place].heard.samples()));
    }
    println!("{}", folder.join("index.html").display());
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let (told, crowd) = (told(), crowd());
    assert!(outputs(&cases(&told, &crowd), &told, &crowd, false) == *example());
}

#[test]
fn no_pin_is_in_any_output() {
    let (told, crowd) = worlds();
    let all = outputs(&cases(told, crowd), told, crowd, true);
    let mut texts = vec![all.page.clone(), all.junit, all.cucumber, all.terminal];
    texts.extend(details(&all.page));
    texts.extend(all.ladders.into_iter().map(|(_, svg)| svg));
    for pin in WRONG_PINS.iter().chain([&LONG_PIN]) {
        // Half of one would be too much, and turns up nowhere by chance.
        for from in 0..=6 {
            let part = &pin[from..from + 6];
            assert!(!texts.iter().any(|text| text.contains(part)), "{part} of {pin}");
        }
    }
    // Nor can one count its digits: it is five dots whatever its length.
    let dots = details(&all.page)[0].matches("class=\"dot\"").count();
    assert_eq!(dots, 4 * 9 + 4 * 5, "four conference IDs and four PINs");
}

#[test]
fn the_page_needs_nothing_beside_it_and_nothing_gets_out_of_a_name() {
    let page = &example().page;
    let inside = details(page).concat();
    for text in [page, &inside] {
        let own = text.matches("http://www.w3.org/2000/svg").count();
        assert_eq!(text.matches("http://").count(), own);
        for outside in
            ["https://", "<link", "@import", "url(http", "<iframe", "onerror=", "onload="]
        {
            assert!(!text.contains(outside), "{outside}");
        }
        assert!(!text.contains("<b>bold</b>") && !text.contains("<script>alert"));
    }
    // The page's own, the ladder's colours, and for each scenario what is packed of it.
    let failed_with_sound = 4 + 12;
    assert_eq!(page.matches("<script").count(), 2 + 58 + failed_with_sound);
    assert_eq!(page.matches("<script").count(), page.matches("</script>").count());
    assert_eq!(page.matches("<details").count(), page.matches("</details>").count());
    assert_eq!(page.matches("<section").count(), page.matches("</section>").count());
}

#[test]
fn an_opened_scenario_shows_its_steps_its_ladder_and_what_was_heard() {
    let page = &example().page;
    let details = details(page);
    assert_eq!(details.len(), 58);
    let [passed, _, failed, silent, ..] = &details[..] else { panic!() };

    assert_eq!(passed.matches("<li class=\"passed\">").count(), 6);
    assert!(passed.contains("<svg xmlns") && passed.contains("♫ hold music"));
    assert_eq!(passed.matches("<audio").count(), 4);
    assert_eq!(passed.matches("data:image/png;base64,").count(), 4);
    assert!(
        passed.contains(
            "src=\"scenarios/00001-everyone-waits-until-the-organizer-comes/1-first.wav\""
        )
    );
    assert!(passed.contains(
        "prompts and keys until 0:07, in the lobby until 1:20, in the meeting until 1:37"
    ));

    // The steps of what failed can be read without a script, so they are not packed.
    assert!(!failed.contains("class=\"steps\"") && failed.contains("here a step fails"));
    for words in [
        "<li class=\"failed\">",
        "the meeting starts within 1 second, by 01:20.180",
        "nobody started it; first and second still heard hold music",
        "<code>features/lobby.feature:38:5</code>",
        "&#34;event&#34;:&#34;key&#34;",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(failed.contains("holdline replay features/lobby.feature:33 --seed 42"));

    assert_eq!(silent.matches("<audio").count(), 0);
    assert_eq!(silent.matches("class=\"bands\"").count(), 4, "bands need no sound");
    let to_hear = "<code tabindex=\"0\">holdline replay features/lobby.feature:47 --seed 42 --sound --out replayed</code>";
    assert!(silent.contains(to_hear), "how to hear it: {silent}");
    assert!(!passed.contains("--sound"));
}

#[test]
fn sound_is_in_the_page_where_a_step_failed_or_where_all_is_wanted() {
    let (told, crowd) = worlds();
    let sounds = scripts(&example().page, "sound");
    let first = unpacked(sounds[0]);
    let heard = &told.seats[0].heard.samples();
    assert_eq!(first, wav::encode_mu_law(heard), "what the first caller heard, as μ-law");
    let all = outputs(&cases(told, crowd), told, crowd, true);
    // Three scenarios of the four callers, two of the crowd.
    assert_eq!(scripts(&all.page, "sound").len(), 3 * 4 + 2 * 12);
}

#[test]
fn of_a_crowd_those_are_shown_whom_the_failed_step_names() {
    let details = details(&example().page);
    let failed = details.iter().find(|detail| detail.contains(">Caller 40<")).unwrap();
    assert!(failed.contains(">Caller 39<") && failed.contains(">Caller 10<"));
    assert!(!failed.contains(">Caller 11<") && failed.contains("12 callers are shown of 40."));
    assert!(failed.contains(">by the app<"));
    // Each still has their own sound.
    assert!(failed.contains("data-n=\"39\" src=\"scenarios/00036-every-caller-of-a-group-of-40-hears-the-last-of/40-caller-40.wav\""));
}

#[test]
fn every_ladder_is_a_document_of_its_own() {
    let ladders = &example().ladders;
    assert!(ladders.len() > 10);
    for (path, svg) in ladders {
        let elements = elements(svg);
        assert_eq!(elements[0].0, "svg", "{path}");
        assert!(elements.iter().any(|(_, _, text)| text == "the meeting"), "{path}");
    }
}

#[test]
fn junit_reads_back_as_suites_and_cases() {
    let elements = elements(&example().junit);
    assert_eq!(elements[0].0, "testsuites");
    let (mut suites, mut cases, mut failures, mut errors) = (Vec::new(), 0, 0, 0);
    let mut names: BTreeSet<(String, String)> = BTreeSet::new();
    for (tag, attributes, text) in &elements[1..] {
        match tag.as_str() {
            "testsuite" => suites.push(attributes),
            "testcase" => {
                cases += 1;
                let name = (value(attributes, "classname"), value(attributes, "name"));
                assert!(names.insert((name.0.to_owned(), name.1.to_owned())), "{name:?} twice");
                let (whole, millis) = value(attributes, "time").split_once('.').unwrap();
                assert!(whole.parse::<u64>().is_ok() && millis.len() == 3);
            }
            "failure" => {
                failures += 1;
                assert!(value(attributes, "message").contains("instead"));
                assert!(text.contains("repeat     holdline replay features/"), "{text}");
            }
            "error" => {
                errors += 1;
                assert!(text.starts_with("features/"), "{text}");
            }
            "system-out" => assert!(text.contains("\nrepeat   holdline replay "), "{text}"),
            other => panic!("{other} is no part of JUnit XML"),
        }
        let clock = ["timestamp", "hostname", "id", "uuid"];
        assert!(!attributes.iter().any(|(name, _)| clock.contains(&name.as_str())));
    }
    assert_eq!((cases, failures, errors), (60, 3, 2));
    let sum = |name: &str| -> u64 {
        suites.iter().map(|suite| value(suite, name).parse::<u64>().unwrap()).sum()
    };
    assert_eq!((sum("tests"), sum("failures"), sum("errors")), (60, 3, 2));
    let paths: Vec<&str> = suites.iter().map(|suite| value(suite, "file")).collect();
    assert_eq!(paths.len(), 7, "a suite for each file: {paths:?}");
    let lobby =
        suites.iter().find(|suite| value(suite, "file") == "features/lobby.feature").unwrap();
    assert_eq!(value(lobby, "time"), "392.400", "virtual seconds of its scenarios");
    assert!(names.contains(&(
        "features.lobby".to_owned(),
        "Three tries a call, then goodbye: The organizer hears how many wait".to_owned()
    )));
}

#[test]
fn cucumber_json_reads_back_as_features_elements_and_steps() {
    let document: Value = serde_json::from_str(&example().cucumber).unwrap();
    let features = document.as_array().unwrap();
    assert_eq!(features.len(), 7);
    let (mut elements, mut failed) = (0, 0);
    for feature in features {
        for field in ["uri", "id", "keyword", "name"] {
            assert!(!feature[field].as_str().unwrap().is_empty(), "{field}");
        }
        for element in feature["elements"].as_array().unwrap() {
            elements += 1;
            assert_eq!(
                (&element["type"], &element["keyword"]),
                (&"scenario".into(), &"Scenario".into())
            );
            assert!(element["line"].as_u64().unwrap() > 0 && element["id"].is_string());
            assert!(
                element["tags"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|tag| tag["name"].as_str().unwrap().starts_with('@'))
            );
            let mut statuses = Vec::new();
            for step in element["steps"].as_array().unwrap() {
                assert!(
                    step["keyword"].as_str().unwrap().ends_with(' ') && step["name"].is_string()
                );
                assert!(step["match"]["location"].as_str().unwrap().starts_with("features/"));
                assert!(step["result"]["duration"].is_u64());
                let status = step["result"]["status"].as_str().unwrap();
                assert_eq!(status == "failed", step["result"]["error_message"].is_string());
                assert!(["passed", "failed", "skipped"].contains(&status));
                statuses.push(status);
            }
            failed += u64::from(statuses.contains(&"failed"));
        }
    }
    assert_eq!((elements, failed), (60, 3 + 2));
    let failing = &features[2]["elements"][2]["steps"][4];
    assert_eq!(failing["result"]["duration"], 280_000_000, "280 ms of virtual time in ns");
    let picture = STANDARD.decode(failing["embeddings"][0]["data"].as_str().unwrap()).unwrap();
    assert!(String::from_utf8(picture).unwrap().contains("here a step fails"));
}

#[test]
fn a_terminal_is_told_what_failed_where_it_lies_and_how_to_repeat_it() {
    let text = &example().terminal;
    let expected = "\
passed  features/lobby.feature:20  A stranger is sent away after three wrong PINs  (1:36.0)
failed  features/lobby.feature:33  The organizer hears how many wait  (1:36.0)
  step       Then the meeting starts within 1 second
  where      features/lobby.feature:38:5
  expected   the meeting starts within 1 second, by 01:20.180
  instead    nobody started it; first and second still heard hold music at 01:20.460
  when       01:20.460 into the scenario
  events     {\"t_ms\":78980,\"leg\":\"leg-4\",\"event\":\"key\",\"key\":\"x\"}
";
    assert!(text.contains(expected), "{text}");
    assert!(text.contains(
        "  ladder     out/scenarios/00003-the-organizer-hears-how-many-wait/ladder.svg\n"
    ));
    assert!(text.contains(
        "  heard      out/scenarios/00003-the-organizer-hears-how-many-wait/1-first.wav\n"
    ));
    assert!(text.contains("  repeat     holdline replay features/lobby.feature:33 --seed 42\n"));
    assert!(text.contains("             and 34 more in out/scenarios/00036-"));
    assert!(text.ends_with(
        "3 of 58 scenarios failed, 2 could not be read; 20:18:36.4 of virtual time, seed 42\n"
    ));
    assert!(
        !text.contains('\u{1b}') && !text.contains('\u{202e}'),
        "what a name holds moves no cursor"
    );
}

#[test]
fn a_run_of_nothing_is_a_page_and_documents_too() {
    let (page, head) = Page::begin("<Nothing>", 1);
    let page = head + &page.end();
    assert!(page.contains("no scenario ran") && page.contains("&#60;Nothing&#62;"));
    let (junit, head) = Junit::begin(1);
    assert_eq!(elements(&(head + &junit.end())).len(), 1);
    let (cucumber, head) = Cucumber::begin(1);
    let document: Value = serde_json::from_str(&(head + &cucumber.end())).unwrap();
    assert_eq!(document, Value::Array(Vec::new()));
}

#[test]
fn nothing_is_kept_of_scenarios_that_are_written() {
    let (told, _) = worlds();
    let story = story(told, "Everyone waits", true);
    let (mut page, _) = Page::begin("Holdline replay", SEED);
    let (mut cucumber, _) = Cucumber::begin(SEED);
    let (mut junit, _) = Junit::begin(SEED);
    let verdict = fail(verdict("features/a.feature", 3, "A", "B", 9_000), 4, "one", "other", told);
    let files = Files::of(1, &verdict, Some(&story));
    let shown = Shown {
        verdict: &verdict,
        story: Some(&story),
        files: &files,
        sound: SoundPlace::Linked,
        seed: SEED,
    };
    let picture = ladder(&verdict, &story);
    let fragment = fragment(&shown);
    let state = |page: &Page, cucumber: &Cucumber| format!("{page:?}{cucumber:?}").len();
    let written = |page: &mut Page, cucumber: &mut Cucumber| {
        drop(page.scenario(fragment.clone()));
        drop(cucumber.scenario(&verdict, &files, Some(&picture)));
    };
    written(&mut page, &mut cucumber);
    let after_one = state(&page, &cucumber);
    for n in 1..2_000 {
        written(&mut page, &mut cucumber);
        // JUnit XML has counts in front of the cases of a file, so it keeps those of one file.
        let mut verdict = verdict.clone();
        verdict.path = format!("features/{}.feature", n / 50);
        drop(junit.scenario(&verdict, &files));
        drop(junit.broken(&BROKEN[1]));
    }
    assert!(state(&page, &cucumber) <= after_one + 16, "{page:?} {cucumber:?}");
    assert!(format!("{junit:?}").len() < 2_000, "{junit:?}");
}
