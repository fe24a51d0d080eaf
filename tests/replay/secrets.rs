//! No output of a run shows a PIN, or pieces of one that come together.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::DeflateDecoder;

use super::folder::{Folder, collect};

/// Fails if a PIN is in a file, or in what a page shows once a scenario is opened.
pub fn assert_holds_none(name: &str, bytes: &[u8], pin: &str) {
    let holds = |bytes: &[u8]| bytes.windows(pin.len()).any(|window| window == pin.as_bytes());
    assert!(!holds(bytes), "a PIN is in {name}");
    if !name.ends_with("index.html") {
        return;
    }
    let page = std::str::from_utf8(bytes).unwrap();
    let packed = page.split("<script type=\"text/plain\" class=\"pack\"").skip(1);
    let mut opened = 0;
    for script in packed {
        let (_, script) = script.split_once('>').unwrap();
        let (script, _) = script.split_once("</script>").unwrap();
        let mut shown = Vec::new();
        DeflateDecoder::new(&STANDARD.decode(script).unwrap()[..]).read_to_end(&mut shown).unwrap();
        assert!(!holds(&shown), "a PIN is in {name}");
        opened += 1;
    }
    assert!(opened > 0, "nothing was packed in {name}");
}

/// The PINs that the files of a folder set.
pub fn pins_of(folder: &str) -> BTreeSet<String> {
    let mut files = BTreeMap::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), "", &mut files);
    let texts = files.iter().filter(|(name, _)| name.ends_with(".feature"));
    let mut pins = BTreeSet::new();
    for (_, bytes) in texts {
        for after in std::str::from_utf8(bytes).unwrap().split("PIN is ").skip(1) {
            let pin: String = after.chars().take_while(char::is_ascii_digit).collect();
            if pin.len() >= 4 {
                pins.insert(pin);
            }
        }
    }
    pins
}

/// Fails if a PIN stands in a text, or in what a page shows once a scenario is opened, as a number of its own.
pub fn assert_shows_none(name: &str, bytes: &[u8], pins: &BTreeSet<String>) {
    let text = std::str::from_utf8(bytes).unwrap();
    let mut texts = vec![text.to_owned()];
    for script in text.split("<script type=\"text/plain\" class=\"pack\"").skip(1) {
        let (script, _) = script.split_once('>').unwrap().1.split_once("</script>").unwrap();
        let mut shown = String::new();
        let bytes = STANDARD.decode(script).unwrap();
        DeflateDecoder::new(&bytes[..]).read_to_string(&mut shown).unwrap();
        texts.push(shown);
    }
    for text in texts {
        // Sounds and pictures are no text.
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "+/=".contains(c)));
        for word in words.filter(|word| word.len() < 64) {
            for number in word.split(|c: char| !c.is_ascii_digit()) {
                assert!(!pins.contains(number), "{number} is in {name}: {word}");
            }
        }
    }
}

/// Fails if what one caller keys in a row, over all steps of a scenario, has a PIN in it.
pub fn assert_no_pin_in_a_row(cucumber: &[u8], pins: &BTreeSet<String>) {
    let features: serde_json::Value = serde_json::from_slice(cucumber).unwrap();
    let all = |value: &serde_json::Value, name: &str| value[name].as_array().unwrap().clone();
    let mut keyed_some = 0;
    for element in features.as_array().unwrap().iter().flat_map(|it| all(it, "elements")) {
        let mut keyed: BTreeMap<String, String> = BTreeMap::new();
        for step in all(&element, "steps") {
            let text = step["name"].as_str().unwrap().to_owned();
            let rows = step.get("rows").and_then(|rows| rows.as_array()).cloned();
            let cells = rows.into_iter().flatten().flat_map(|row| all(&row, "cells"));
            let cells = cells.map(|cell| cell.as_str().unwrap().to_owned());
            for deed in std::iter::once(text).chain(cells) {
                let Some((who, keys)) = deed.split_once(" key") else { continue };
                let keys = keys.split(" with ").next().unwrap().split(" for ").next().unwrap();
                let who = who.split_whitespace().next().unwrap().to_owned();
                let digits = keys.chars().filter(|key| key.is_ascii_digit() || *key == '{');
                keyed.entry(who).or_default().extend(digits);
                keyed_some += 1;
            }
        }
        for (who, keys) in keyed {
            let found = pins.iter().find(|pin| keys.contains(pin.as_str()));
            assert_eq!(found, None, "{who} keys {keys} in {}", element["name"]);
        }
    }
    assert!(keyed_some > 100, "{keyed_some}");
}

#[test]
fn no_name_and_no_piece_of_what_is_keyed_spells_out_a_pin() {
    let text = "@pin48213\nFeature: F with PIN 48213\n  Rule: rule says 48213\n\n  Scenario: name says 48213\n    Given Megan organizes \
                meeting 147 852 036 and her PIN is 48213\n    When Megan dials in and keys {ID}#*482\n    And Megan keys 13#\n    Then \
                the meeting has not started\n\n  Scenario: held\n    Given Megan organizes meeting 147 852 036 and her PIN is 4821\n    \
                When Megan dials in and keys {ID}#*\n    And Megan keys 4\n    And Megan keys 8\n    And Megan holds key 2 for 1 \
                second\n    And Megan keys 1#\n    Then Megan gets a letter about \"4821\"\n\n  Scenario: wrong\n    When Megan kyes 48213#\n";
    let folder = Folder::with(&[("a.feature", text.as_bytes())]);
    let reports = ["--out", "out", "--junit", "j.xml", "--json", "j.json"];
    let (code, told) = folder.run(&[&["replay", "a.feature"][..], &reports].concat());
    assert_eq!(code, 2, "{told}");
    let pins = ["48213", "4821"].map(str::to_owned).into();
    assert_shows_none("the terminal", told.as_bytes(), &pins);
    let mut files = folder.files();
    files.remove("/a.feature");
    for (name, bytes) in files.iter().filter(|(name, _)| !name.ends_with(".wav")) {
        assert!(!name.contains("4821"), "{name}");
        assert_shows_none(name, bytes, &pins);
    }
    let json = String::from_utf8(files["/j.json"].clone()).unwrap();
    for step in ["keys {ID}#*•••••\"", "keys •••••#\"", "holds key ••••• for 1 second\""]
    {
        assert!(json.contains(step), "{step}: {json}");
    }
}
