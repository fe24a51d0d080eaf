//! Reads Gherkin line by line: every fault is told with its place, and what is not touched by one is read all the same.
//!
//! The language is that of Cucumber 6 in English: `Feature`, `Rule`, `Background`, `Scenario` (`Example`),
//! `Scenario Outline` (`Scenario Template`), `Examples` (`Scenarios`), steps, tags, tables, doc strings, comments.

use super::diagnostic::Span;
use super::faults::Faults;
use super::keywords::{
    Heading, heading_of, is_heading_meant, nearest_heading, step_keyword, step_meant,
};
use super::lines::{Lines, encoding};
use super::text::Text;
use super::written::{WrittenExamples, WrittenRow, WrittenScenario, WrittenStep};
use crate::domain::limits::{SCENARIO_FILE_BYTES_MAX, SCENARIO_STEPS_MAX};

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

/// Reads a file, one scenario after the other: no more than one is kept.
pub(super) struct Reader {
    /// What is wrong with what was read so far.
    pub faults: Faults,
    lines: Lines,
    /// Where the line begins that is being read.
    byte: usize,
    part: Part,
    feature: Option<Heads>,
    rule: Option<Heads>,
    /// The scenario that is being read.
    open: Option<WrittenScenario>,
    /// One that is read and has not been given out.
    read: Option<WrittenScenario>,
    /// Whether the feature, or the rule that is being read, has a scenario before this line.
    has_scenario: bool,
    /// Whether the file has one.
    has_any: bool,
    /// Tags that wait for what they belong to, and the line of the first of them.
    tags: Vec<String>,
    tags_line: Option<usize>,
    ended: bool,
}

/// What a feature or a rule gives to each of its scenarios.
#[derive(Default)]
struct Heads {
    name: String,
    line: usize,
    tags: Vec<String>,
    steps: Vec<WrittenStep>,
    broken: bool,
}

impl Reader {
    /// Begins a file; `path` is what it is called in what is said about it.
    pub(super) fn new(path: &str, bytes: &[u8]) -> Self {
        let mut reader = Self {
            faults: Faults::new(path),
            lines: Lines::of(bytes),
            byte: 0,
            part: Part::Outside,
            feature: None,
            rule: None,
            open: None,
            read: None,
            has_scenario: false,
            has_any: false,
            tags: Vec::new(),
            tags_line: None,
            ended: false,
        };
        let (problem, advice) = if bytes.len() > SCENARIO_FILE_BYTES_MAX {
            (
                format!("the file has {} bytes", bytes.len()),
                format!("split it into files of at most {SCENARIO_FILE_BYTES_MAX} bytes"),
            )
        } else if let Some(encoding) = encoding(bytes) {
            (format!("the file is {encoding}"), "save it as UTF-8".to_owned())
        } else {
            return reader;
        };
        reader.fault(Span::new(1, 1, 1), "", problem, advice);
        reader.ended = true;
        reader
    }

    /// The next scenario. The same bytes are to be given each time.
    pub(super) fn next(&mut self, bytes: &[u8]) -> Option<WrittenScenario> {
        while self.read.is_none() && !self.ended {
            let Some((byte, line)) = self.lines.next(bytes) else {
                self.finish();
                break;
            };
            self.byte = byte;
            let number = self.lines.number;
            let text = String::from_utf8_lossy(line);
            if let Err(error) = std::str::from_utf8(line) {
                let good = &line[..error.valid_up_to()];
                let column = String::from_utf8_lossy(good).chars().count() + 1;
                let problem = "this is no UTF-8".to_owned();
                let advice = "save the file as UTF-8".to_owned();
                self.fault(Span::new(number, column, 1), &text, problem, advice);
            }
            self.line(number, &text);
        }
        self.read.take()
    }

    /// Lines read so far.
    pub(super) fn lines_read(&self) -> usize {
        self.lines.number
    }

    /// The feature's name, as far as it has been read.
    pub(super) fn feature_name(&self) -> &str {
        self.feature.as_ref().map_or("", |feature| &feature.name)
    }

    fn finish(&mut self) {
        self.ended = true;
        let last = Span::new(self.lines.number.max(1), 1, 1);
        if let Part::DocString(quotes, _) = self.part {
            let advice = format!("end it with a line of {quotes}");
            self.fault(last, "", "a text in quotes has no end".to_owned(), advice);
        }
        self.close(self.lines.number + 1);
        if self.faults.is_any() || self.has_any {
            return;
        }
        let (line, problem, advice) = match &self.feature {
            None => {
                (1, "there is no feature here", "begin with a line `Feature: what it is about`")
            }
            Some(feature) => (
                feature.line,
                "there is no scenario in it",
                "`holdline scenario new NAME` makes a first one",
            ),
        };
        self.fault(Span::new(line, 1, 1), "", problem.to_owned(), advice.to_owned());
    }

    /// The scenario that was being read is over before that line.
    fn close(&mut self, line: usize) {
        let Some(mut scenario) = self.open.take() else { return };
        scenario.lines.end = line;
        let problem = if scenario.broken || scenario.unfounded {
            None
        } else if scenario.steps.is_empty() {
            Some(("a scenario has no steps", "write one, or leave it out"))
        } else if scenario.outline && scenario.examples.is_empty() {
            Some((
                "an outline has no examples",
                "write a table under `Examples:`, or name a file: `Examples: from \"rows.csv\"`",
            ))
        } else {
            None
        };
        if let Some((problem, advice)) = problem {
            let problem = format!("{problem}: {:?}", scenario.name.as_str());
            let at = Span::new(scenario.line, 1, 1);
            self.faults.add(at, "", problem, advice.to_owned());
            scenario.broken = true;
        }
        self.read = Some(scenario);
    }

    /// The feature, or the rule that is being read.
    fn heads(&mut self) -> Option<&mut Heads> {
        self.rule.as_mut().or(self.feature.as_mut())
    }

    fn fault(&mut self, at: Span, source: &str, problem: String, advice: String) {
        self.faults.add(at, source, problem, advice);
        match self.part {
            Part::Outside | Part::Described(Heading::Feature) | Part::Under(Heading::Feature) => {}
            Part::Described(Heading::Background) | Part::Under(Heading::Background) => {
                if let Some(heads) = self.heads() {
                    heads.broken = true;
                }
            }
            Part::Described(_) | Part::Under(_) | Part::DocString(..) => {
                if let Some(scenario) = &mut self.open {
                    scenario.broken = true;
                }
            }
        }
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
        if let Some(quotes) = ["\"\"\"", "```"].into_iter().find(|quotes| text.starts_with(quotes))
        {
            return self.doc_string(number, column, line, quotes);
        }
        if let Some((heading, name)) = heading_of(text) {
            let before = column + text[..text.len() - name.len()].chars().count();
            let name = Text::new(name, number, before);
            return self.heading(heading, name, number, column, line);
        }
        if let Some(keyword) = step_keyword(text) {
            return self.step((keyword, keyword.len()), number, column, line);
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
                self.tags_line.get_or_insert(number);
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
        if self.feature.is_none() && heading != Heading::Feature {
            let advice = "begin with a line `Feature: what it is about`".to_owned();
            self.fault(at, line, "this stands before any feature".to_owned(), advice);
            // One such line is enough to be told.
            self.feature = Some(Heads { line: number, ..Heads::default() });
        }
        let tags = std::mem::take(&mut self.tags);
        let begins = self.tags_line.take().unwrap_or(number);
        match heading {
            Heading::Feature if self.feature.is_some() => {
                let advice = "put it into a file of its own".to_owned();
                self.fault(at, line, "a file has one feature".to_owned(), advice);
            }
            Heading::Feature => {
                let name = name.as_str().to_owned();
                self.feature = Some(Heads { name, line: number, tags, ..Heads::default() });
                self.part = Part::Described(heading);
            }
            Heading::Rule => {
                self.close(begins);
                let name = name.as_str().to_owned();
                self.rule = Some(Heads { name, line: number, tags, ..Heads::default() });
                self.has_scenario = false;
                self.part = Part::Described(heading);
            }
            Heading::Background => {
                self.part = Part::Described(heading);
                if self.has_scenario {
                    let advice = "put it before the first scenario".to_owned();
                    self.fault(at, line, "a background comes too late".to_owned(), advice);
                }
            }
            Heading::Scenario | Heading::Outline => {
                self.close(begins);
                (self.has_scenario, self.has_any) = (true, true);
                self.open = Some(self.scenario(heading, name, number, begins, tags));
                self.part = Part::Described(heading);
            }
            Heading::Examples => {
                let examples = WrittenExamples { name, tags, rows: Vec::new() };
                match &mut self.open {
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

    /// A scenario that begins, with all that its feature and its rule give to it.
    fn scenario(
        &self,
        heading: Heading,
        name: Text,
        number: usize,
        begins: usize,
        tags: Vec<String>,
    ) -> WrittenScenario {
        let above = || self.feature.iter().chain(&self.rule);
        WrittenScenario {
            line: number,
            lines: begins..number + 1,
            byte: (number, self.byte),
            name,
            rule: self.rule.as_ref().map(|rule| rule.name.clone()),
            tags: above().flat_map(|heads| &heads.tags).cloned().chain(tags).collect(),
            steps: above().flat_map(|heads| &heads.steps).cloned().collect(),
            outline: heading == Heading::Outline,
            examples: Vec::new(),
            row: None,
            broken: false,
            unfounded: above().any(|heads| heads.broken),
        }
    }

    /// A step; so many bytes of its line stand for its keyword.
    fn step(
        &mut self,
        (keyword, bytes): (&'static str, usize),
        number: usize,
        column: usize,
        line: &str,
    ) {
        let at = Span::new(number, column, line.trim().chars().count());
        let under = match self.part {
            Part::Described(heading) | Part::Under(heading) | Part::DocString(_, heading) => {
                heading
            }
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
        let text = trimmed[bytes..].trim_start();
        let text_column = column + trimmed[..trimmed.len() - text.len()].chars().count();
        let text = Text::new(text, number, text_column);
        let step = WrittenStep { keyword, column, text, table: Vec::new() };
        self.part = Part::Under(under);
        let steps = match background {
            true => self.heads().map(|heads| &mut heads.steps),
            false => self.open.as_mut().map(|scenario| &mut scenario.steps),
        };
        let Some(steps) = steps else { return };
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
                let steps = self.heads().map(|heads| &mut heads.steps);
                steps.and_then(|steps| steps.last_mut()).map(|step| &mut step.table)
            }
            Part::Under(Heading::Scenario | Heading::Outline) => {
                let steps = self.open.as_mut().map(|scenario| &mut scenario.steps);
                steps.and_then(|steps| steps.last_mut()).map(|step| &mut step.table)
            }
            Part::Described(Heading::Examples) | Part::Under(Heading::Examples) => {
                let examples = self.open.as_mut().and_then(|it| it.examples.last_mut());
                examples.map(|examples| &mut examples.rows)
            }
            Part::Outside | Part::Described(_) | Part::Under(_) | Part::DocString(..) => None,
        };
        let Some(rows) = rows else {
            let advice = "put it under a step or under `Examples:`".to_owned();
            return self.fault(at, line, "a row belongs to nothing".to_owned(), advice);
        };
        let (is, first) =
            (row.cells.len(), rows.first().map_or(row.cells.len(), |r| r.cells.len()));
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
        let text = line.trim();
        let under = match self.part {
            Part::Outside => None,
            Part::Described(heading) | Part::Under(heading) | Part::DocString(_, heading) => {
                Some(heading)
            }
        };
        let has_steps =
            matches!(under, Some(Heading::Background | Heading::Scenario | Heading::Outline));
        let may_be_prose = matches!(self.part, Part::Described(_));
        // Prose under a feature or a rule may well begin with such a word.
        let step = if has_steps { step_meant(text, may_be_prose) } else { None };
        if may_be_prose && step.is_none() && !is_heading_meant(text) {
            return;
        }
        let at = Span::new(number, column, text.chars().count());
        let advice = match (step, nearest_heading(text), self.part) {
            (Some(("*", _)), _, _) => "begin it with Given, When, Then, And, But or *".to_owned(),
            (Some((keyword, _)), _, _) => format!("is it `{keyword}`?"),
            (None, Some(heading), _) => format!("is it `{heading}`?"),
            (None, None, Part::Outside) => {
                "begin with a line `Feature: what it is about`".to_owned()
            }
            (None, None, Part::Described(_) | Part::Under(_) | Part::DocString(..)) => {
                "a step begins with Given, When, Then, And, But or *".to_owned()
            }
        };
        self.fault(at, line, "this line is nothing that is known here".to_owned(), advice);
        // Read as what was meant, so that what is wrong below it is told as well.
        if let Some(step) = step {
            self.step(step, number, column, line);
        }
    }
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
