//! JUnit XML as Jenkins and GitLab read it: a suite for each file, a case for each scenario, times virtual.
//!
//! No host and no time of day; what XML has no place for is replaced. Counts stand at each suite; the root, which is written
//! before they are known, has none, which the schema allows (`junit-10.xsd` of the Jenkins xUnit plugin).

use std::collections::BTreeMap;
use std::time::Duration;

use quick_xml::Writer;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};

use super::{Broken, Files, Paint, text};
use crate::report::escape::{one_line, xml_text};
use crate::scenario::Verdict;

/// The document being written. What each call returns is to be written out at once, in order.
#[derive(Debug)]
pub struct Junit {
    seed: u64,
    suite: Option<Suite>,
}

/// The file whose scenarios come in.
#[derive(Debug)]
struct Suite {
    path: String,
    feature: String,
    tests: u64,
    failures: u64,
    errors: u64,
    lasted: Duration,
    /// How often each name was there: CI servers take a second case of a name for the same one.
    names: BTreeMap<String, u64>,
    cases: Vec<u8>,
}

type Xml<'a> = Writer<&'a mut Vec<u8>>;

impl Junit {
    /// The document's beginning.
    #[must_use]
    pub fn begin(seed: u64) -> (Self, String) {
        let head =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"holdline replay\">\n";
        (Self { seed, suite: None }, head.to_owned())
    }

    /// The next scenario. Returns the suite before it, where it begins another.
    #[must_use]
    pub fn scenario(&mut self, verdict: &Verdict, files: &Files) -> String {
        let seed = self.seed;
        let (suite, before) = self.suite_of(&verdict.path, &verdict.feature);
        suite.lasted = suite.lasted.saturating_add(verdict.lasted);
        let rule = verdict.rule.as_ref().map_or(String::new(), |rule| format!("{rule}: "));
        suite.failures += u64::from(verdict.failure().is_some());
        let mut case = suite.case(&format!("{rule}{}", verdict.name), verdict.line, verdict.lasted);
        if let Some((step, failure)) = verdict.failure() {
            let message = format!(
                "{} {}: expected {}, instead {}",
                step.keyword, step.text, failure.expected, failure.instead
            );
            let told = text::failure(verdict, files, seed, "", Paint::Plain).unwrap_or_default();
            case.problem("failure", "expectation", &message, &told);
        }
        case.told("system-out", &system_out(verdict, files, seed));
        case.end();
        before
    }

    /// Something that could not be read: an error. Returns the suite before it, where it begins another.
    #[must_use]
    pub fn broken(&mut self, broken: &Broken<'_>) -> String {
        let (suite, before) = self.suite_of(broken.path, broken.path);
        suite.errors += 1;
        let name = format!("can be read: {}", broken.place());
        let mut case = suite.case(&name, broken.line, Duration::ZERO);
        let message = broken.text.lines().next().unwrap_or_default();
        case.problem("error", "diagnostic", message, broken.text);
        case.end();
        before
    }

    /// The document's end.
    #[must_use]
    pub fn end(mut self) -> String {
        self.suite.take().map_or(String::new(), Suite::close) + "</testsuites>\n"
    }

    fn suite_of(&mut self, path: &str, feature: &str) -> (&mut Suite, String) {
        let mut before = String::new();
        if self.suite.as_ref().is_none_or(|suite| suite.path != path) {
            before = self.suite.take().map_or(String::new(), Suite::close);
        }
        let suite = self.suite.get_or_insert_with(|| Suite::new(path, feature));
        (suite, before)
    }
}

impl Suite {
    fn new(path: &str, feature: &str) -> Self {
        Self {
            path: path.to_owned(),
            feature: feature.to_owned(),
            tests: 0,
            failures: 0,
            errors: 0,
            lasted: Duration::ZERO,
            names: BTreeMap::new(),
            cases: Vec::new(),
        }
    }

    /// Opens a case.
    fn case(&mut self, name: &str, line: usize, lasted: Duration) -> Case<'_> {
        self.tests += 1;
        let seen = self.names.entry(name.to_owned()).or_default();
        *seen += 1;
        let name = if *seen == 1 { name.to_owned() } else { format!("{name} ({seen})") };
        let line = line.to_string();
        let mut xml = Writer::new(&mut self.cases);
        put(&mut xml, Event::Text(BytesText::from_escaped("    ")));
        let class = class_name(&self.path);
        let attributes = [
            ("classname", class.as_str()),
            ("name", &name),
            ("time", &seconds(lasted)),
            ("file", &self.path),
            ("line", &line),
        ];
        put(&mut xml, Event::Start(element("testcase", &attributes)));
        Case { xml }
    }

    fn close(self) -> String {
        let mut bytes = Vec::new();
        let mut xml = Writer::new(&mut bytes);
        let attributes = [
            ("name", self.feature.as_str()),
            ("tests", &self.tests.to_string()),
            ("failures", &self.failures.to_string()),
            ("errors", &self.errors.to_string()),
            ("skipped", "0"),
            ("time", &seconds(self.lasted)),
            ("file", &self.path),
        ];
        put(&mut xml, Event::Text(BytesText::from_escaped("  ")));
        put(&mut xml, Event::Start(element("testsuite", &attributes)));
        bytes.push(b'\n');
        bytes.extend(self.cases);
        bytes.extend_from_slice(b"  </testsuite>\n");
        String::from_utf8(bytes).expect("what was written is text")
    }
}

struct Case<'a> {
    xml: Xml<'a>,
}

impl Case<'_> {
    fn problem(&mut self, tag: &str, kind: &str, message: &str, body: &str) {
        let message = one_line(message);
        put(&mut self.xml, Event::Start(element(tag, &[("message", &*message), ("type", kind)])));
        put(&mut self.xml, Event::Text(BytesText::new(&xml_text(body))));
        put(&mut self.xml, Event::End(BytesEnd::new(tag)));
    }

    fn told(&mut self, tag: &str, body: &str) {
        put(&mut self.xml, Event::Start(BytesStart::new(tag)));
        put(&mut self.xml, Event::Text(BytesText::new(&xml_text(body))));
        put(&mut self.xml, Event::End(BytesEnd::new(tag)));
    }

    fn end(mut self) {
        put(&mut self.xml, Event::End(BytesEnd::new("testcase")));
        put(&mut self.xml, Event::Text(BytesText::from_escaped("\n")));
    }
}

fn element<'a>(tag: &'a str, attributes: &[(&str, &str)]) -> BytesStart<'a> {
    let mut element = BytesStart::new(tag);
    for (name, value) in attributes {
        element.push_attribute(Attribute::from((*name, &*xml_text(value))));
    }
    element
}

fn put(xml: &mut Xml<'_>, event: Event<'_>) {
    xml.write_event(event).expect("memory takes every byte");
}

/// Where it stands, what it lasted, where its files lie, how to repeat it.
fn system_out(verdict: &Verdict, files: &Files, seed: u64) -> String {
    let mut out = format!("\nscenario {}:{}\n", verdict.path, verdict.line);
    if !verdict.tags.is_empty() {
        out += &format!("tags     {}\n", verdict.tags.join(" "));
    }
    for (name, path) in [("ladder  ", &files.ladder), ("trace   ", &files.trace)] {
        if let Some(path) = path {
            out += &format!("{name} {path}\n");
        }
    }
    for path in files.sounds.iter().flatten() {
        out += &format!("heard    {path}\n");
    }
    out + &format!("repeat   {}\n", text::again(verdict, seed))
}

/// `features/lobby.feature` as `features.lobby`: servers show what stands before the last dot as a package.
fn class_name(path: &str) -> String {
    let path = path.strip_suffix(".feature").unwrap_or(path);
    let parts = path.split('/').filter(|part| !["", ".", ".."].contains(part));
    parts.map(|part| part.replace('.', "_")).collect::<Vec<_>>().join(".")
}

/// Seconds with milliseconds.
fn seconds(lasted: Duration) -> String {
    format!("{}.{:03}", lasted.as_secs(), lasted.subsec_millis())
}
