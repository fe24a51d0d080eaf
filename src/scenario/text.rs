//! A text that knows where each of its characters stands in the file.
//!
//! A step of an outline has its placeholders filled in before it is understood; what is wrong with it is still shown where
//! it was written.

use super::diagnostic::Span;

/// Characters of one line of a file, possibly with some filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    text: String,
    line: usize,
    /// Where each character stands, counted from 1; one more for the end.
    columns: Vec<u32>,
}

impl Text {
    /// As it stands in its line from that column on.
    pub(super) fn new(text: &str, line: usize, column: usize) -> Self {
        let column = u32::try_from(column).unwrap_or(u32::MAX);
        let count = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        let columns = (column..=column.saturating_add(count)).collect();
        Self { text: text.to_owned(), line, columns }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Where a stretch of bytes of it stands.
    pub(super) fn span(&self, bytes: std::ops::Range<usize>) -> Span {
        let place = |byte: usize| {
            let before = self.text.get(..byte).map_or(0, |before| before.chars().count());
            self.columns.get(before).or(self.columns.last()).map_or(1, |&column| column as usize)
        };
        let from = place(bytes.start);
        Span::new(self.line, from, place(bytes.end).saturating_sub(from))
    }

    /// Where all of it stands.
    pub(super) fn whole(&self) -> Span {
        self.span(0..self.text.len())
    }

    /// A part of it.
    pub(super) fn part(&self, bytes: std::ops::Range<usize>) -> Self {
        let from = self.text.get(..bytes.start).map_or(0, |before| before.chars().count());
        let text = self.text.get(bytes).unwrap_or_default().to_owned();
        let count = text.chars().count();
        let columns = self.columns.iter().copied().skip(from).take(count + 1).collect();
        Self { text, line: self.line, columns }
    }

    /// With `<name>` replaced by what `value` gives for the name. What is filled in stands where its placeholder stood.
    /// Gives a name that has no value with its place.
    pub(super) fn filled(&self, value: impl Fn(&str) -> Option<String>) -> Result<Self, Self> {
        let mut filled = Self { text: String::new(), line: self.line, columns: Vec::new() };
        let mut rest = 0;
        while let Some((from, until)) = placeholder(&self.text, rest) {
            filled.push(&self.part(rest..from));
            let name = self.part(from + 1..until - 1);
            let value = value(name.as_str()).ok_or(name)?;
            let column = self.span(from..until).column;
            filled.columns.extend(value.chars().map(|_| u32::try_from(column).unwrap_or(u32::MAX)));
            filled.text.push_str(&value);
            rest = until;
        }
        filled.push(&self.part(rest..self.text.len()));
        filled.columns.extend(self.columns.last());
        Ok(filled)
    }

    /// The names of its placeholders.
    pub(super) fn placeholders(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut rest = 0;
        while let Some((from, until)) = placeholder(&self.text, rest) {
            names.push(self.text[from + 1..until - 1].to_owned());
            rest = until;
        }
        names
    }

    fn push(&mut self, part: &Self) {
        self.text.push_str(&part.text);
        self.columns.extend(part.columns.iter().take(part.text.chars().count()));
    }
}

/// The next `<name>` at or after that byte: where it begins, and where it is over.
fn placeholder(text: &str, from: usize) -> Option<(usize, usize)> {
    let mut rest = from;
    loop {
        let open = rest + text.get(rest..)?.find('<')?;
        let close = open + text.get(open..)?.find('>')? + 1;
        // `<` by itself is no placeholder: the name must be one line without another `<`.
        match text.get(open + 1..close - 1)? {
            "" => rest = close,
            name if name.contains('<') => rest = open + 1,
            _name => return Some((open, close)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_stands_where_its_placeholder_stood() {
        let text = Text::new("keys <id># now", 7, 5);
        let filled = text.filled(|name| (name == "id").then(|| "147852036".to_owned())).unwrap();
        assert_eq!(filled.as_str(), "keys 147852036# now");
        assert_eq!(filled.span(5..14), Span::new(7, 10, 4));
        assert_eq!(filled.span(16..19), Span::new(7, 16, 3));
        assert_eq!(filled.part(16..19).whole(), Span::new(7, 16, 3));
    }

    #[test]
    fn a_name_without_a_value_is_given_back_with_its_place() {
        let text = Text::new("a <b> < c <d>", 1, 1);
        let known = |name: &str| (name == "b").then(|| "B".to_owned());
        let unknown = text.filled(known).unwrap_err();
        assert_eq!((unknown.as_str(), unknown.whole().column), ("d", 12));
        let all = text.filled(|name| Some(name.to_uppercase())).unwrap();
        assert_eq!(all.as_str(), "a B < c D");
    }
}
