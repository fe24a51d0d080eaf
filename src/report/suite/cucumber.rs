//! Cucumber JSON, the classic format, as Jenkins' cucumber-reports reads it: an array of features with their elements and steps.
//!
//! Durations are virtual, in nanoseconds. A rule, which the format does not know, stands in the element's description.

use serde::Serialize;

use super::{Broken, Files, Paint, text};
use crate::scenario::{StepOutcome, StepVerdict, Verdict};

/// The document being written. What each call returns is to be written out at once, in order.
#[derive(Debug)]
pub struct Cucumber {
    seed: u64,
    /// The path and name of the feature whose elements come in.
    open: Option<(String, String)>,
    /// Whether a feature came before.
    any: bool,
    elements: u64,
    pictures_left: u32,
}

/// So many ladders of failures are in the document, for plugins that show them; more would make it too large for a CI server.
const PICTURES_MAX: u32 = 200;

impl Cucumber {
    /// The document's beginning.
    #[must_use]
    pub fn begin(seed: u64) -> (Self, String) {
        let document =
            Self { seed, open: None, any: false, elements: 0, pictures_left: PICTURES_MAX };
        (document, "[".to_owned())
    }

    /// The next scenario; `ladder` is its diagram, which is kept with the step that failed.
    ///
    /// # Panics
    /// Never: all keys are text.
    #[must_use]
    pub fn scenario(&mut self, verdict: &Verdict, files: &Files, ladder: Option<&str>) -> String {
        let mut out = self.feature(&verdict.path, Some(&verdict.feature));
        let ladder = ladder.filter(|_| verdict.failure().is_some() && self.pictures_left > 0);
        if ladder.is_some() {
            self.pictures_left -= 1;
        }
        let told = text::failure(verdict, files, self.seed, "", Paint::Plain).unwrap_or_default();
        let steps = verdict.steps.iter().map(|step| step_of(verdict, step, &told, ladder));
        let element = Element {
            id: format!("{};{};{}", id(&verdict.feature), id(&verdict.name), verdict.line),
            keyword: "Scenario",
            kind: "scenario",
            name: &verdict.name,
            description: verdict
                .rule
                .as_ref()
                .map_or(String::new(), |rule| format!("Rule: {rule}")),
            line: verdict.line,
            tags: verdict.tags.iter().map(|name| Tag { name }).collect(),
            steps: steps.collect(),
        };
        out += &self.element(&element);
        out
    }

    /// Something that could not be read: an element whose one step failed.
    ///
    /// # Panics
    /// Never: all keys are text.
    #[must_use]
    pub fn broken(&mut self, broken: &Broken<'_>) -> String {
        let mut out = self.feature(broken.path, None);
        let name = "can be read";
        let element = Element {
            id: format!("{};{};{}", id(broken.path), id(name), broken.line),
            keyword: "Scenario",
            kind: "scenario",
            name,
            description: String::new(),
            line: broken.line,
            tags: Vec::new(),
            steps: vec![Step {
                keyword: "* ".to_owned(),
                name: "it can be read",
                line: broken.line,
                location: Match { location: broken.place() },
                result: StepResult {
                    status: "failed",
                    duration: 0,
                    error_message: Some(broken.text),
                },
                embeddings: Vec::new(),
            }],
        };
        out += &self.element(&element);
        out
    }

    /// The document's end.
    #[must_use]
    pub fn end(self) -> String {
        if self.open.is_some() { "]}\n]\n" } else { "]\n" }.to_owned()
    }

    /// Begins a feature, unless it is open; one without a name is the file that is open, or named like its path.
    fn feature(&mut self, path: &str, name: Option<&str>) -> String {
        let is_open = self
            .open
            .as_ref()
            .is_some_and(|(open, feature)| open == path && name.is_none_or(|name| feature == name));
        if is_open {
            return String::new();
        }
        let close = if self.open.is_some() { "]}" } else { "" };
        let comma = if self.any { "," } else { "" };
        let name = name.unwrap_or(path);
        self.open = Some((path.to_owned(), name.to_owned()));
        self.any = true;
        self.elements = 0;
        let head =
            Feature { uri: path, id: id(name), keyword: "Feature", name, description: "", line: 1 };
        let head = json(&head);
        let head = head.strip_suffix('}').unwrap_or(&head);
        format!("{close}{comma}\n{head},\"elements\":[")
    }

    fn element(&mut self, element: &Element<'_>) -> String {
        let comma = if self.elements > 0 { "," } else { "" };
        self.elements += 1;
        format!("{comma}\n{}", json(element))
    }
}

fn step_of<'a>(
    verdict: &Verdict,
    step: &'a StepVerdict,
    told: &'a str,
    ladder: Option<&str>,
) -> Step<'a> {
    let (status, error_message, embeddings) = match &step.outcome {
        StepOutcome::Passed => ("passed", None, Vec::new()),
        StepOutcome::Skipped => ("skipped", None, Vec::new()),
        StepOutcome::Failed(_) => {
            ("failed", Some(told), ladder.map(Embedding::ladder).into_iter().collect())
        }
    };
    let nanos = step.until.since(step.from).as_nanos();
    Step {
        keyword: format!("{} ", step.keyword),
        name: &step.text,
        line: step.line,
        location: Match { location: text::place(verdict, step) },
        result: StepResult {
            status,
            duration: u64::try_from(nanos).unwrap_or(u64::MAX),
            error_message,
        },
        embeddings,
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("all keys are text")
}

/// A name as it is written in ids: small letters, with dashes for what is no letter or digit.
fn id(name: &str) -> String {
    let lower = name.to_lowercase();
    lower.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect()
}

#[derive(Serialize)]
struct Feature<'a> {
    uri: &'a str,
    id: String,
    keyword: &'static str,
    name: &'a str,
    description: &'static str,
    line: usize,
}

#[derive(Serialize)]
struct Element<'a> {
    id: String,
    keyword: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'a str,
    description: String,
    line: usize,
    tags: Vec<Tag<'a>>,
    steps: Vec<Step<'a>>,
}

#[derive(Serialize)]
struct Tag<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Step<'a> {
    keyword: String,
    name: &'a str,
    line: usize,
    #[serde(rename = "match")]
    location: Match,
    result: StepResult<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    embeddings: Vec<Embedding>,
}

#[derive(Serialize)]
struct Match {
    location: String,
}

#[derive(Serialize)]
struct StepResult<'a> {
    status: &'static str,
    duration: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<&'a str>,
}

#[derive(Serialize)]
struct Embedding {
    mime_type: &'static str,
    name: &'static str,
    data: String,
}

impl Embedding {
    fn ladder(svg: &str) -> Self {
        let data = super::pack::base64(svg.as_bytes());
        Self { mime_type: "image/svg+xml", name: "ladder", data }
    }
}
