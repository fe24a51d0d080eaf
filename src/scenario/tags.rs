//! Which scenarios are meant: an expression of tags, as Cucumber has it: `@lobby and not (@slow or @sound)`.

use thiserror::Error;

/// An expression of tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagExpression(Term);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    Tag(String),
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
}

/// Why a text is no expression of tags.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("at character {at} of the tags {text:?}: {why}, such as `@lobby and not (@slow or @sound)`")]
pub struct TagsError {
    /// The text.
    pub text: String,
    /// Counted from 1.
    pub at: usize,
    /// What is wrong.
    pub why: &'static str,
}

impl TagExpression {
    /// From a text with `@tags`, `and`, `or`, `not` and parentheses.
    ///
    /// # Errors
    /// The first place where something else should stand.
    pub fn parse(text: &str) -> Result<Self, TagsError> {
        let words = words(text);
        let mut reader = Reader { words: &words, depth: 0 };
        let end = text.chars().count() + 1;
        let fail = |(at, why): (Option<usize>, &'static str)| TagsError {
            text: text.to_owned(),
            at: at.unwrap_or(end),
            why,
        };
        let term = reader.or().map_err(fail)?;
        match reader.words.first() {
            None => Ok(Self(term)),
            Some((at, _)) => Err(fail((Some(*at), "`and` or `or` should stand here"))),
        }
    }

    /// Whether a scenario with these tags is meant.
    #[must_use]
    pub fn matches(&self, tags: &[String]) -> bool {
        self.0.matches(tags)
    }
}

impl Term {
    fn matches(&self, tags: &[String]) -> bool {
        match self {
            Self::Tag(tag) => tags.contains(tag),
            Self::Not(term) => !term.matches(tags),
            Self::And(one, other) => one.matches(tags) && other.matches(tags),
            Self::Or(one, other) => one.matches(tags) || other.matches(tags),
        }
    }
}

/// Words, and parentheses by themselves, with their places.
fn words(text: &str) -> Vec<(usize, String)> {
    let mut words: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (place, letter) in (1..).zip(text.chars()) {
        match letter {
            '(' | ')' => {
                words.push((place, letter.to_string()));
                open = false;
            }
            letter if letter.is_whitespace() => open = false,
            letter => {
                match words.last_mut() {
                    Some((_, word)) if open => word.push(letter),
                    Some(_) | None => words.push((place, letter.to_string())),
                }
                open = true;
            }
        }
    }
    words
}

struct Reader<'w> {
    words: &'w [(usize, String)],
    depth: usize,
}

type Failure = (Option<usize>, &'static str);

/// Parentheses and `not`s within each other: nobody writes more, and a deeper text is not worth the stack.
const DEPTH_MAX: usize = 64;

impl Reader<'_> {
    fn take(&mut self, word: &str) -> bool {
        match self.words.split_first() {
            Some(((_, next), rest)) if next == word => {
                self.words = rest;
                true
            }
            Some(_) | None => false,
        }
    }

    fn or(&mut self) -> Result<Term, Failure> {
        let mut term = self.and()?;
        while self.take("or") {
            term = Term::Or(Box::new(term), Box::new(self.and()?));
        }
        Ok(term)
    }

    fn and(&mut self) -> Result<Term, Failure> {
        let mut term = self.not()?;
        while self.take("and") {
            term = Term::And(Box::new(term), Box::new(self.not()?));
        }
        Ok(term)
    }

    fn not(&mut self) -> Result<Term, Failure> {
        let at = self.words.first().map(|(at, _)| *at);
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err((at, "this is too deep"));
        }
        let term = if self.take("not") {
            Term::Not(Box::new(self.not()?))
        } else if self.take("(") {
            let term = self.or()?;
            let at = self.words.first().map(|(at, _)| *at);
            if !self.take(")") {
                return Err((at, "`)` should stand here"));
            }
            term
        } else {
            match self.words.split_first() {
                Some(((_, word), rest)) if word.starts_with('@') && word.len() > 1 => {
                    self.words = rest;
                    Term::Tag(word.clone())
                }
                Some(_) | None => return Err((at, "a tag should stand here")),
            }
        };
        self.depth -= 1;
        Ok(term)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_choose_scenarios() {
        let tags = ["@lobby".to_owned(), "@slow".to_owned()];
        for (text, expected) in [
            ("@lobby", true),
            ("not @lobby", false),
            ("@lobby and not @slow", false),
            ("@lobby and not (@sound or @story)", true),
            ("@story or @lobby and @slow", true),
            ("not not @slow", true),
        ] {
            assert_eq!(TagExpression::parse(text).unwrap().matches(&tags), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_expression_says_where() {
        let why = |text: &str| TagExpression::parse(text).unwrap_err().to_string();
        assert!(why("lobby").starts_with("at character 1 of the tags \"lobby\": a tag should stand"));
        assert!(why("@a @b").starts_with("at character 4"));
        assert!(why("(@a or @b").contains("`)` should stand here"));
        assert!(why("").contains("a tag should stand"));
        assert!(why(&"(".repeat(10_000)).contains("too deep"));
    }
}
