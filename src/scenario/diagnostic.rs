//! What is wrong with a file of scenarios, and where: one line a machine can find, the line it is in, a caret.

use std::fmt;

/// Something that is wrong with a file. Begins `PATH:LINE:COLUMN:` when printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file, as it was named.
    pub path: String,
    /// Where.
    pub at: Span,
    /// The line it is in, as written; empty when there is none.
    pub source: String,
    /// What is wrong.
    pub problem: String,
    /// What to do about it; empty when that is clear.
    pub advice: String,
}

/// A stretch of one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Counted from 1.
    pub line: usize,
    /// Its first character, counted from 1.
    pub column: usize,
    /// How many characters, at least 1.
    pub width: usize,
}

impl Span {
    /// A stretch of one line.
    #[must_use]
    pub fn new(line: usize, column: usize, width: usize) -> Self {
        Self { line, column, width: width.max(1) }
    }
}

/// Characters of a line that are shown: a longer one would bury what is said about it.
const SHOWN_MAX: usize = 160;

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Span { line, column, width } = self.at;
        write!(f, "{}:{line}:{column}: {}", seen(&self.path), seen(&self.problem))?;
        if !self.source.trim().is_empty() {
            let from = column.saturating_sub(SHOWN_MAX / 2 + 1);
            let shown: Vec<char> = self.source.chars().skip(from).take(SHOWN_MAX).collect();
            let before = column.saturating_sub(from + 1).min(shown.len());
            let width = width.min(shown.len().saturating_sub(before)).max(1);
            // A tab stays one, so that the caret stands under what it means whatever a tab's width is.
            let pad = shown[..before].iter().map(|&c| if c == '\t' { '\t' } else { ' ' });
            let pad: String = pad.collect();
            let shown: String =
                shown.iter().map(|&c| if c == '\t' { c } else { visible(c) }).collect();
            write!(f, "\n    {}\n    {pad}{}", shown.trim_end(), "^".repeat(width))?;
        }
        match self.advice.as_str() {
            "" => Ok(()),
            advice => {
                let lines: Vec<String> = advice.lines().map(seen).collect();
                write!(f, "\n  {}", lines.join("\n"))
            }
        }
    }
}

/// A text of one line for a terminal.
fn seen(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// A character as itself, or as one that stands for it where it would move the cursor, colour the rest or turn its direction. One for
/// one, so that a caret below stays where it belongs.
fn visible(character: char) -> char {
    let turns = matches!(character, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    match character {
        // The pictures of control characters stand in their order.
        '\0'..='\u{1F}' => char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{FFFD}'),
        '\u{7F}' => '\u{2421}',
        other if other.is_control() || turns => '\u{FFFD}',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostic(source: &str, column: usize, width: usize) -> Diagnostic {
        Diagnostic {
            path: "a/b.feature".to_owned(),
            at: Span::new(3, column, width),
            source: source.to_owned(),
            problem: "nobody is called Bob".to_owned(),
            advice: "callers are: Ann".to_owned(),
        }
    }

    #[test]
    fn the_caret_stands_under_what_is_wrong() {
        assert_eq!(
            diagnostic("\tWhen Bob hangs up", 7, 3).to_string(),
            "a/b.feature:3:7: nobody is called Bob\n    \tWhen Bob hangs up\n    \t     ^^^\n  \
             callers are: Ann"
        );
    }

    #[test]
    fn what_would_drive_a_terminal_is_shown_and_not_done() {
        let text = diagnostic("\tWhen \u{1b}[31mBob\u{202e} hangs\u{9b}up", 12, 3).to_string();
        assert!(text.contains("\n    \tWhen \u{241b}[31mBob\u{fffd} hangs\u{fffd}up\n"), "{text}");
        assert!(text.contains("\n    \t          ^^^\n"), "{text}");
        let named = Diagnostic { path: "a\nb\u{7}".to_owned(), ..diagnostic("", 1, 1) };
        assert!(named.to_string().starts_with("a\u{240a}b\u{2407}:3:1: "));
    }

    #[test]
    fn a_long_line_is_cut_to_where_it_matters() {
        let text = diagnostic(&format!("{}Bob", "x".repeat(1_000)), 1_001, 3).to_string();
        assert!(text.contains("xBob\n") && text.len() < 400, "{text}");
    }

    #[test]
    fn a_place_beyond_the_line_has_a_caret_too() {
        assert!(diagnostic("Given", 40, 9).to_string().contains("Given\n         ^\n"));
    }
}
