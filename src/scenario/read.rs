//! Reads Gherkin line by line: every fault is told with its place, and what is not touched by one is read all the same.
//!
//! The language is that of Cucumber 6 in English: `Feature`, `Rule`, `Background`, `Scenario` (`Example`),
//! `Scenario Outline` (`Scenario Template`), `Examples` (`Scenarios`), steps, tags, tables, doc strings, comments.

use super::diagnostic::{Diagnostic, Span};
use super::text::Text;
use super::written::{
    WrittenExamples, WrittenFeature, WrittenRow, WrittenScenario, WrittenStep,
};
use crate::domain::limits::{SCENARIO_FAULTS_MAX, SCENARIO_FILE_BYTES_MAX, SCENARIO_STEPS_MAX};

/// What can head a part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heading {
    Feature,
    Rule,
    Background,
    Scenario,
    Outline,
    Examples,
}

const HEADINGS: [(&str, Heading); 9] = [
    ("Feature", Heading::Feature),
    ("Rule", Heading::Rule),
    ("Background", Heading::Background),
    ("Scenario Outline", Heading::Outline),
    ("Scenario Template", Heading::Outline),
    ("Scenario", Heading::Scenario),
    ("Example", Heading::Scenario),
    ("Examples", Heading::Examples),
    ("Scenarios", Heading::Examples),
];

const STEP_KEYWORDS: [&str; 6] = ["Given", "When", "Then", "And", "But", "*"];

/// Where the lines that come belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Before the feature.
    Outside,
    /// Under this heading, where words may stand that say more about it.
    Described(Heading),
    /// Under this heading, after its first step or row.
    Under(Heading),
    /// In a text between lines of these three quotes.
    DocString(&'static str, Heading),
}

/// What was read of a file, and what is wrong with it.
pub(super) struct Reading {
    pub feature: WrittenFeature,
    pub faults: Vec<Diagnostic>,
}

/// Reads a file; `path` is what it is called in what is said about it.
pub(super) fn read(path: &str, bytes: &[u8]) -> Reading {
    let mut reader = Reader::new(path);
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.len() > SCENARIO_FILE_BYTES_MAX {
        let problem = format!("the file has {} bytes", bytes.len());
        let advice = format!("split it into files of at most {SCENARIO_FILE_BYTES_MAX} bytes");
        reader.fault(Span::new(1, 1, 1), "", problem, advice);
        return reader.finish();
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        let advice = "save it as UTF-8".to_owned();
        reader.fault(Span::new(1, 1, 1), "", "the file is UTF-16".to_owned(), advice);
        return reader.finish();
    }
    for (place, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = String::from_utf8_lossy(line);
        if let Err(error) = std::str::from_utf8(line) {
            let good = &line[..error.valid_up_to()];
            let column = String::from_utf8_lossy(good).chars().count() + 1;
            let problem = "this is no UTF-8".to_owned();
            let advice = "save the file as UTF-8".to_owned();
            reader.fault(Span::new(place + 1, column, 1), &text, problem, advice);
        }
        reader.line(place + 1, &text);
    }
    reader.finish()
}

struct Reader<'a> {
    path: &'a str,
    part: Part,
    feature: Option<WrittenFeature>,
    feature_tags: Vec<String>,
    feature_steps: Vec<WrittenStep>,
    feature_broken: bool,
    rule: Option<String>,
    rule_tags: Vec<String>,
    rule_steps: Vec<WrittenStep>,
    rule_broken: bool,
    /// Tags that wait for what they belong to.
    tags: Vec<String>,
    faults: Vec<Diagnostic>,
    faults_left_out: usize,
}

impl<'a> Reader<'a> {
    fn new(path: &'a str) -> Self {
        Self {
            path,
            part: Part::Outside,
            feature: None,
            feature_tags: Vec::new(),
            feature_steps: Vec::new(),
            feature_broken: false,
            rule: None,
            rule_tags: Vec::new(),
            rule_steps: Vec::new(),
            rule_broken: false,
            tags: Vec::new(),
            faults: Vec::new(),
            faults_left_out: 0,
        }
    }

    fn finish(mut self) -> Reading {
        if let Part::DocString(quotes, _) = self.part {
            let last = self.last_line();
            let advice = format!("end it with a line of {quotes}");
            self.fault(last, "", "a text in quotes has no end".to_owned(), advice);
        }
        if self.feature.is_none() && self.faults.is_empty() {
            let advice = "begin with a line `Feature: what it is about`".to_owned();
            self.fault(Span::new(1, 1, 1), "", "there is no feature here".to_owned(), advice);
        }
        for scenario in self.feature.iter().flat_map(|feature| &feature.scenarios) {
            let fault = |problem: &str, advice: &str| Diagnostic {
                path: self.path.to_owned(),
                at: Span::new(scenario.line, 1, 1),
                source: String::new(),
                problem: format!("{problem}: {:?}", scenario.name.as_str()),
                advice: advice.to_owned(),
            };
            if scenario.broken {
                continue;
            }
            if scenario.steps.is_empty() {
                self.faults.push(fault("a scenario has no steps", "write one, or leave it out"));
            }
            if scenario.outline && scenario.examples.iter().all(|set| set.rows.len() < 2) {
                let file = scenario.examples.iter().any(|set| set.name.as_str().contains('"'));
                if !file {
                    self.faults.push(fault(
                        "an outline has no examples",
                        "write a table under `Examples:`, or name a file: `Examples: from \"rows.csv\"`",
                    ));
                }
            }
        }
        if self.faults_left_out > 0 {
            let problem = format!("and {} more faults", self.faults_left_out);
            let at = self.last_line();
            self.faults.push(self.diagnostic(at, "", problem, String::new()));
        }
        Reading { feature: self.feature.unwrap_or_default(), faults: self.faults }
    }

    fn last_line(&self) -> Span {
        let scenarios = self.feature.iter().flat_map(|feature| &feature.scenarios);
        let line = scenarios.flat_map(|one| &one.steps).map(|step| step.text.whole().line).max();
        Span::new(line.unwrap_or(1), 1, 1)
    }

    fn diagnostic(&self, at: Span, source: &str, problem: String, advice: String) -> Diagnostic {
        Diagnostic { path: self.path.to_owned(), at, source: source.to_owned(), problem, advice }
    }

    fn fault(&mut self, at: Span, source: &str, problem: String, advice: String) {
        match self.faults.len() < SCENARIO_FAULTS_MAX {
            true => self.faults.push(self.diagnostic(at, source, problem, advice)),
            false => self.faults_left_out += 1,
        }
        match self.part {
            Part::Outside | Part::Described(Heading::Feature) | Part::Under(Heading::Feature) => {}
            Part::Described(Heading::Background) | Part::Under(Heading::Background) => {
                *(if self.rule.is_some() { &mut self.rule_broken } else { &mut self.feature_broken }) =
                    true;
            }
            Part::Described(_) | Part::Under(_) | Part::DocString(..) => {
                if let Some(scenario) = self.scenario() {
                    scenario.broken = true;
                }
            }
        }
    }

    fn scenario(&mut self) -> Option<&mut WrittenScenario> {
        self.feature.as_mut()?.scenarios.last_mut()
    }

    fn line(&mut self, number: usize, line: &str) {
        let text = line.trim();
        let column = line.chars().take_while(|c| c.is_whitespace()).count() + 1;
        if let Part::DocString(quotes, heading) = self.part {
            if text == quotes {
                self.part = Part::Under(heading);
            }
            return;
        }
        if text.is_empty() {
            return;
        }
        if text.starts_with('#') {
            return self.comment(number, column, line);
        }
        if text.starts_with('@') {
            return self.tag_line(number, column, line);
        }
        if text.starts_with('|') {
            return self.row(number, line);
        }
        if let Some(quotes) = ["\"\"\"", "```"].into_iter().find(|quotes| text.starts_with(quotes)) {
            return self.doc_string(number, column, line, quotes);
        }
        if let Some((heading, name)) = heading_of(text) {
            let before = column + text[..text.len() - name.len()].chars().count();
            let name = Text::new(name, number, before);
            return self.heading(heading, name, number, column, line);
        }
        if let Some(keyword) = step_keyword(text) {
            return self.step(keyword, number, column, line);
        }
        self.other(number, column, line);
    }

    fn comment(&mut self, number: usize, column: usize, line: &str) {
        let Some(language) = line.trim().trim_start_matches('#').trim().strip_prefix("language:")
        else {
            return;
        };
        let language = language.trim();
        if self.part == Part::Outside && language != "en" {
            let problem = format!("the language {language:?} is none that is read here");
            let advice = "write the keywords in English and leave this line out".to_owned();
            let width = line.trim().chars().count();
            self.fault(Span::new(number, column, width), line, problem, advice);
        }
    }

    fn tag_line(&mut self, number: usize, column: usize, line: &str) {
        let mut column = column;
        for piece in line.trim().split_inclusive(char::is_whitespace) {
            let word = piece.trim();
            if word.starts_with('#') {
                break;
            }
            let is_tag = word.len() > 1 && word.starts_with('@') && !word[1..].contains('@');
            if is_tag {
                self.tags.push(word.to_owned());
            } else if !word.is_empty() {
                let at = Span::new(number, column, word.chars().count());
                let advice = "a tag is an @ and a word: @slow @lobby".to_owned();
                self.fault(at, line, format!("{word:?} is no tag"), advice);
            }
            column += piece.chars().count();
        }
    }

    fn heading(&mut self, heading: Heading, name: Text, number: usize, column: usize, line: &str) {
        let at = Span::new(number, column, line.trim().chars().count());
        let tags = std::mem::take(&mut self.tags);
        let Some(feature) = &mut self.feature else {
            if heading == Heading::Feature {
                self.feature =
                    Some(WrittenFeature { name: name.as_str().to_owned(), scenarios: Vec::new() });
                self.feature_tags = tags;
                self.part = Part::Described(heading);
            } else {
                let advice = "begin with a line `Feature: what it is about`".to_owned();
                self.fault(at, line, "this stands before any feature".to_owned(), advice);
                // One such line is enough to be told.
                self.feature = Some(WrittenFeature::default());
                self.heading(heading, name, number, column, line);
            }
            return;
        };
        match heading {
            Heading::Feature => {
                let advice = "put it into a file of its own".to_owned();
                self.fault(at, line, "a file has one feature".to_owned(), advice);
            }
            Heading::Rule => {
                self.rule = Some(name.as_str().to_owned());
                self.rule_tags = tags;
                self.rule_steps.clear();
                self.rule_broken = false;
                self.part = Part::Described(heading);
            }
            Heading::Background => {
                let late = feature.scenarios.iter().any(|one| one.rule == self.rule);
                self.part = Part::Described(heading);
                if late {
                    let advice = "put it before the first scenario".to_owned();
                    self.fault(at, line, "a background comes too late".to_owned(), advice);
                }
            }
            Heading::Scenario | Heading::Outline => {
                let steps = self.feature_steps.iter().chain(&self.rule_steps).cloned().collect();
                let above = self.feature_tags.iter().chain(&self.rule_tags);
                feature.scenarios.push(WrittenScenario {
                    line: number,
                    name,
                    rule: self.rule.clone(),
                    tags: above.cloned().chain(tags).collect(),
                    steps,
                    outline: heading == Heading::Outline,
                    examples: Vec::new(),
                    broken: self.feature_broken || self.rule_broken,
                });
                self.part = Part::Described(heading);
            }
            Heading::Examples => {
                let examples = WrittenExamples { name, tags, rows: Vec::new() };
                match feature.scenarios.last_mut() {
                    Some(scenario) => {
                        // A plain scenario with examples is an outline, as in Cucumber.
                        scenario.outline = true;
                        scenario.examples.push(examples);
                        self.part = Part::Described(heading);
                    }
                    None => {
                        let advice = "put them under a `Scenario Outline:`".to_owned();
                        self.fault(at, line, "examples belong to an outline".to_owned(), advice);
                    }
                }
            }
        }
    }

    fn step(&mut self, keyword: &'static str, number: usize, column: usize, line: &str) {
        let at = Span::new(number, column, line.trim().chars().count());
        let under = match self.part {
            Part::Described(heading) | Part::Under(heading) | Part::DocString(_, heading) => heading,
            Part::Outside => Heading::Feature,
        };
        let background = match under {
            Heading::Background => true,
            Heading::Scenario | Heading::Outline => false,
            Heading::Feature | Heading::Rule | Heading::Examples => {
                let advice = "put a line `Scenario: what happens` before it".to_owned();
                return self.fault(at, line, "a step stands in no scenario".to_owned(), advice);
            }
        };
        let trimmed = line.trim();
        let text = trimmed[keyword.len()..].trim_start();
        let text_column = column + trimmed[..trimmed.len() - text.len()].chars().count();
        let text = Text::new(text, number, text_column);
        let step = WrittenStep { keyword, column, text, table: Vec::new() };
        self.part = Part::Under(under);
        let steps = match (background, self.rule.is_some()) {
            (true, true) => &mut self.rule_steps,
            (true, false) => &mut self.feature_steps,
            (false, _) => match self.feature.as_mut().and_then(|one| one.scenarios.last_mut()) {
                Some(scenario) => &mut scenario.steps,
                None => return,
            },
        };
        steps.push(step);
        if steps.len() == SCENARIO_STEPS_MAX + 1 {
            let problem = format!("a scenario has more than {SCENARIO_STEPS_MAX} steps");
            self.fault(at, line, problem, "split it".to_owned());
        } else if steps.len() > SCENARIO_STEPS_MAX {
            // What comes after is of no use to anybody.
            steps.truncate(SCENARIO_STEPS_MAX + 1);
        }
    }

    fn row(&mut self, number: usize, line: &str) {
        let (cells, open) = cells(line, number);
        let at = Span::new(number, line.chars().count().max(1), 1);
        if open {
            self.fault(at, line, "the row has no `|` at its end".to_owned(), "add it".to_owned());
        }
        let part = self.part;
        let row = WrittenRow { line: number, cells };
        let rows = match part {
            Part::Under(Heading::Background) => {
                let steps =
                    if self.rule.is_some() { &mut self.rule_steps } else { &mut self.feature_steps };
                steps.last_mut().map(|step| &mut step.table)
            }
            Part::Under(Heading::Scenario | Heading::Outline) => self
                .scenario()
                .and_then(|scenario| scenario.steps.last_mut())
                .map(|step| &mut step.table),
            Part::Described(Heading::Examples) | Part::Under(Heading::Examples) => self
                .scenario()
                .and_then(|scenario| scenario.examples.last_mut())
                .map(|examples| &mut examples.rows),
            Part::Outside | Part::Described(_) | Part::Under(_) | Part::DocString(..) => None,
        };
        let Some(rows) = rows else {
            let advice = "put it under a step or under `Examples:`".to_owned();
            return self.fault(at, line, "a row belongs to nothing".to_owned(), advice);
        };
        let (is, first) = (row.cells.len(), rows.first().map_or(row.cells.len(), |r| r.cells.len()));
        rows.push(row);
        if is != first {
            let problem = format!("the row has {is} cells, the first one of its table has {first}");
            let advice = "give each row as many; write `\\|` for a `|` in a cell".to_owned();
            let column = line.chars().take_while(|c| c.is_whitespace()).count() + 1;
            let at = Span::new(number, column, line.trim().chars().count());
            self.fault(at, line, problem, advice);
        }
        if let Part::Described(heading) = part {
            self.part = Part::Under(heading);
        }
    }

    fn doc_string(&mut self, number: usize, column: usize, line: &str, quotes: &'static str) {
        let Part::Under(heading) = self.part else {
            let at = Span::new(number, column, 3);
            let advice = "put it under a step".to_owned();
            return self.fault(at, line, "a text in quotes belongs to nothing".to_owned(), advice);
        };
        let advice = "leave it out, or make it a comment with `#`".to_owned();
        self.fault(Span::new(number, column, 3), line, "no step takes a text".to_owned(), advice);
        self.part = Part::DocString(quotes, heading);
    }

    /// A line that is nothing by itself: words that say more about a heading, or a fault.
    fn other(&mut self, number: usize, column: usize, line: &str) {
        if let Part::Described(heading) = self.part
            && !is_misspelled(line.trim(), heading)
        {
            return;
        }
        let at = Span::new(number, column, line.trim().chars().count());
        let advice = match (self.part, nearest_keyword(line.trim())) {
            (_, Some(keyword)) => format!("is it `{keyword}`?"),
            (Part::Outside, None) => "begin with a line `Feature: what it is about`".to_owned(),
            (Part::Described(_) | Part::Under(_) | Part::DocString(..), None) => {
                "a step begins with Given, When, Then, And, But or *".to_owned()
            }
        };
        self.fault(at, line, "this line is nothing that is known here".to_owned(), advice);
    }
}

fn heading_of(text: &str) -> Option<(Heading, &str)> {
    let (word, name) = text.split_once(':')?;
    let found = HEADINGS.iter().find(|(known, _)| *known == word.trim_end());
    found.map(|&(_, heading)| (heading, name.trim()))
}

fn step_keyword(text: &str) -> Option<&'static str> {
    STEP_KEYWORDS.into_iter().find(|keyword| {
        text.strip_prefix(keyword).is_some_and(|rest| rest.starts_with(char::is_whitespace))
    })
}

/// Whether a line of free text would be a heading or a step if it was spelled right. Prose under a feature or a rule may
/// well begin with such a word; under a scenario it is a step.
fn is_misspelled(text: &str, under: Heading) -> bool {
    let near = |word: &str, known: &str| {
        word.len() > 3
            && strsim::damerau_levenshtein(&word.to_lowercase(), &known.to_lowercase()) <= 1
    };
    let heading = text.split_once(':').is_some_and(|(head, _)| {
        HEADINGS.iter().any(|(known, _)| near(head.trim(), known))
    });
    let word = text.split_whitespace().next().unwrap_or_default();
    let prose = matches!(under, Heading::Feature | Heading::Rule);
    heading || !prose && STEP_KEYWORDS.iter().any(|known| near(word, known))
}

fn nearest_keyword(text: &str) -> Option<String> {
    let head = text.split(':').next().unwrap_or_default();
    let word = text.split_whitespace().next().unwrap_or_default();
    let headings = HEADINGS.iter().map(|(known, _)| (format!("{known}:"), strsim::normalized_levenshtein(head, known)));
    let steps = STEP_KEYWORDS.iter().map(|known| ((*known).to_owned(), strsim::normalized_levenshtein(word, known)));
    let near = |known: &(String, f64)| known.1 >= 0.6;
    headings.chain(steps).filter(near).max_by(|a, b| a.1.total_cmp(&b.1)).map(|(known, _)| known)
}

/// The cells of a row, and whether the last one has no end.
fn cells(line: &str, number: usize) -> (Vec<Text>, bool) {
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut from = 0;
    let mut escaped = false;
    let start = line.find('|').unwrap_or(0);
    let before = line[..start].chars().count();
    for (place, character) in (before + 2..).zip(line[start..].chars().skip(1)) {
        if cell.is_empty() {
            from = place;
        }
        match (escaped, character) {
            (true, 'n') => cell.push('\n'),
            (true, other) => cell.push(other),
            (false, '\\') => {}
            (false, '|') => {
                let text = std::mem::take(&mut cell);
                let lead = text.chars().take_while(|c| c.is_whitespace()).count();
                cells.push(Text::new(text.trim(), number, from + lead));
            }
            (false, other) => cell.push(other),
        }
        escaped = !escaped && character == '\\';
    }
    let open = !cell.trim().is_empty();
    if open {
        cells.push(Text::new(cell.trim(), number, from));
    }
    (cells, open)
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
