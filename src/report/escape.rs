//! Texts as XML, HTML and a terminal take them: whatever stands in a file of scenarios, it changes nothing around it.

use std::borrow::Cow;

/// What stands for a character that has no place where it is.
const REPLACEMENT: char = '\u{FFFD}';

/// Text as XML and HTML take it, in an element and in an attribute between double quotes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars().map(allowed) {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

/// Text without the characters that no XML document may hold, not even escaped (XML 1.0 §2.2).
pub(super) fn xml_text(text: &str) -> Cow<'_, str> {
    if text.chars().all(|character| allowed(character) == character) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().map(allowed).collect())
    }
}

fn allowed(character: char) -> char {
    match character {
        '\t' | '\n' | '\r' => character,
        '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => REPLACEMENT,
        other => other,
    }
}

/// Text as one line for a terminal: what would move the cursor, colour the rest or turn its direction is written out.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    let is_plain = |character: char| !character.is_control() && !turns(character);
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_plain(character) {
            out.push(character);
        } else {
            out.extend(character.escape_default());
        }
    }
    Cow::Owned(out)
}

/// Characters that turn the direction of what follows (Unicode Bidirectional Algorithm, UAX #9 §2).
fn turns(character: char) -> bool {
    matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}')
}

/// The first so many columns of a text, with an ellipsis where it is longer. Wide characters (CJK and others) count twice.
pub(super) fn clipped(text: &str, columns_max: usize) -> Cow<'_, str> {
    let mut columns = 0;
    for (at, character) in text.char_indices() {
        columns += if character >= '\u{1100}' { 2 } else { 1 };
        if columns > columns_max {
            return Cow::Owned(format!("{}…", text[..at].trim_end()));
        }
    }
    Cow::Borrowed(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_an_element_or_an_attribute() {
        assert_eq!(escape("a<b>&\"c\"\u{1b}[0m\u{0}\n"), "a&lt;b&gt;&amp;&quot;c&quot;�[0m�\n");
        assert_eq!(xml_text("é\u{FFFF}\u{8}"), "é��");
        assert_eq!(xml_text("plain"), "plain");
    }

    #[test]
    fn a_line_of_a_terminal_stays_one_line() {
        assert_eq!(one_line("a\u{1b}[31mb\nc\u{202e}d"), "a\\u{1b}[31mb\\nc\\u{202e}d");
        assert_eq!(one_line("Zoë 会议"), "Zoë 会议");
    }

    #[test]
    fn long_names_are_clipped_by_their_width() {
        assert_eq!(clipped("Ann", 3), "Ann");
        assert_eq!(clipped("Annabel", 3), "Ann…");
        assert_eq!(clipped("会议室", 4), "会议…");
    }
}
