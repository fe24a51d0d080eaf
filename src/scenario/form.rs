//! How a step is spelled: a form with places to fill in, and what fills them in a given text.
//!
//! A form is written as people read it: `{who} dial(s) in[ to {phone}]`. `{name}` is a place, `[ ]` may be left out, also
//! one of several `[ within {within}| after {after}]`, `(s)` too, `{verb=mutes|unmutes}` is one of these words.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

use regex::Regex;

use super::text::Text;

/// What may stand in a place, by the place's name without a figure at its end.
const PLACES: &[(&str, &str)] = &[
    ("who", WHO),
    ("name", NAME),
    // A name before `'s`.
    ("possessive", NAME),
    ("id", r"\d(?:[ -]?\d)*"),
    ("pin", r"\d+"),
    ("keys", r"(?:[0-9A-Da-d*#]|\{[^{}]*\})+"),
    ("key", r"[0-9A-Da-d*#]"),
    ("phone", r"\+?[0-9][0-9 ()-]*[0-9]"),
    ("count", r"\d+"),
    ("duration", DURATION),
    ("within", DURATION),
    ("after", DURATION),
    ("for", DURATION),
    ("clock", r"\d+(?:\.\d+)? ?s|\d+(?::\d{2}){1,2}(?:\.\d+)?"),
    ("time", r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2})?Z?)?"),
    ("percent", r"\d+(?:\.\d+)?"),
    ("quoted", r#""[^"]*""#),
    ("word", r"[a-z][a-z0-9-]*"),
    ("setting", r"[a-z][a-z0-9.-]*"),
    ("value", r".+"),
    ("languages", r"[\p{L}-]+(?:(?:, | and |, and )[\p{L}-]+)*"),
    ("language", r"[\p{L}-]+"),
    ("heard", r".+?"),
    ("cause", r"[a-z][a-z-]*"),
];

/// Who: a name begins with a capital letter.
const NAME: &str = r"\p{Lu}[\p{L}\p{N}_-]*(?: \d+)?";
const WHO: &str = r"(?:everybody|every one of \p{Lu}[\p{L}\p{N}_-]*|\p{Lu}[\p{L}\p{N}_-]*(?: \d+)?(?:(?:, and |, | and )\p{Lu}[\p{L}\p{N}_-]*(?: \d+)?)*)";

/// So long: `5 seconds`, `1 minute and 30 seconds`, `200 ms`, `half a second`.
const DURATION: &str = r"(?:half a|an?|\d+(?:\.\d+)?) ?[a-z]+(?:(?: and | )\d+(?:\.\d+)? ?[a-z]+)?";

/// A form made ready to be compared with texts.
#[derive(Debug)]
pub(super) struct Matcher {
    form: &'static str,
    /// A text without this is not spelled so: most forms are told apart by it.
    needs: &'static str,
    regex: OnceLock<Regex>,
}

/// What fills the places of a form.
#[derive(Debug)]
pub(super) struct Filled<'t> {
    text: &'t Text,
    places: BTreeMap<String, Range<usize>>,
}

impl Matcher {
    /// Of a form of the vocabulary.
    pub(super) fn new(form: &'static str) -> Self {
        Self { form, needs: longest_fixed_part(form), regex: OnceLock::new() }
    }

    /// What fills its places, if that text is spelled so.
    ///
    /// # Panics
    /// When the form is not one: the vocabulary is ours, and a test makes all of them.
    pub(super) fn fill<'t>(&self, text: &'t Text) -> Option<Filled<'t>> {
        if !text.as_str().contains(self.needs) {
            return None;
        }
        let regex = self.regex.get_or_init(|| {
            Regex::new(&pattern(self.form)).expect("the forms of the vocabulary are well formed")
        });
        let found = regex.captures(text.as_str())?;
        let names = regex.capture_names().flatten();
        let places = names.filter_map(|name| Some((name.to_owned(), found.name(name)?.range())));
        Some(Filled { text, places: places.collect() })
    }
}

impl Filled<'_> {
    /// What stands in that place, if anything.
    pub(super) fn get(&self, place: &str) -> Option<Text> {
        self.places.get(place).map(|bytes| self.text.part(bytes.clone()))
    }

    /// Every place that is filled, with what stands in it.
    #[cfg(test)]
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.places.iter().map(|(name, bytes)| (name.as_str(), &self.text.as_str()[bytes.clone()]))
    }

    /// Where the whole text stands.
    pub(super) fn whole(&self) -> super::diagnostic::Span {
        self.text.whole()
    }

    /// Which of a form's words stands in that place; empty when it was left out.
    pub(super) fn word(&self, place: &str) -> &str {
        self.places.get(place).and_then(|bytes| self.text.as_str().get(bytes.clone())).unwrap_or("")
    }

    /// Whether something stands in that place.
    pub(super) fn has(&self, place: &str) -> bool {
        self.places.contains_key(place)
    }
}

/// The longest word of a form that can neither be left out nor be another.
fn longest_fixed_part(form: &str) -> &str {
    let mut longest = "";
    let (mut depth, mut from) = (0_usize, 0);
    for (at, letter) in form.char_indices().chain([(form.len(), ' ')]) {
        let ends = matches!(letter, ' ' | '[' | ']' | '(' | ')' | '{' | '}' | '|');
        if ends {
            let part = &form[from..at];
            if depth == 0 && part.len() > longest.len() {
                longest = part;
            }
            from = at + letter.len_utf8();
        }
        match letter {
            '[' | '(' | '{' => depth += 1,
            ']' | ')' | '}' => depth = depth.saturating_sub(1),
            _other => {}
        }
    }
    longest
}

/// The expression that a form is found by.
fn pattern(form: &str) -> String {
    let mut pattern = String::from("^");
    let mut rest = form;
    while let Some(next) = rest.chars().next() {
        rest = &rest[next.len_utf8()..];
        match next {
            '[' => pattern.push_str("(?:"),
            ']' => pattern.push_str(")?"),
            '(' => pattern.push_str("(?:"),
            ')' => pattern.push_str(")?"),
            '{' => {
                let (place, after) = rest.split_once('}').unwrap_or((rest, ""));
                pattern.push_str(&expression(place));
                rest = after;
            }
            '|' => pattern.push('|'),
            ' ' => pattern.push_str(r"\s+"),
            letter => pattern.push_str(&regex::escape(letter.encode_utf8(&mut [0; 4]))),
        }
    }
    pattern.push('$');
    pattern
}

fn expression(place: &str) -> String {
    if let Some((name, words)) = place.split_once('=') {
        let words: Vec<_> = words.split('|').map(regex::escape).collect();
        return format!("(?P<{name}>{})", words.join("|"));
    }
    let kind = place.trim_end_matches(|c: char| c.is_ascii_digit());
    let known = PLACES.iter().find(|(name, _)| *name == kind);
    let expression = known.map_or(".+?", |(_, expression)| expression);
    format!("(?P<{place}>{expression})")
}

/// A form with its places as they stand in an outline of a text (see [`outline`]), without the parts that may be left out,
/// with the first of them, with the first two, and so on.
pub(super) fn outlines(form: &str) -> Vec<String> {
    let mut outlines = Vec::new();
    let (mut fixed, mut rest) = (String::new(), form);
    while let Some((before, after)) = rest.split_once('[') {
        fixed.push_str(before);
        let (part, after) = after.split_once(']').unwrap_or((after, ""));
        outlines.push(fixed.clone() + after.split('[').next().unwrap_or_default());
        fixed.push_str(part.split('|').next().unwrap_or_default());
        rest = after;
    }
    outlines.push(fixed + rest);
    outlines.iter().map(|form| outline(&example_of(form))).collect()
}

fn example_of(form: &str) -> String {
    let mut text = String::new();
    let mut rest = form;
    while let Some((before, after)) = rest.split_once('{') {
        let (place, after) = after.split_once('}').unwrap_or((after, ""));
        text.push_str(before);
        let kind = place.trim_end_matches(|c: char| c.is_ascii_digit());
        text.push_str(match (place.split_once('='), kind) {
            (Some((_, words)), _) => words.rsplit('|').next().unwrap_or_default(),
            (None, "who" | "name" | "possessive") => "Ann",
            (None, "quoted" | "heard") => "\"\"",
            (None, "setting" | "value" | "word" | "cause" | "language" | "languages") => "word",
            (None, _a_number) => "0",
        });
        rest = after;
    }
    (text + rest).replace("(s)", "s")
}

/// A text without what differs from one step to the next: names as `N`, numbers as `0`, what is in quotes as `Q`.
pub(super) fn outline(text: &str) -> String {
    let mut outline = String::new();
    let mut quoted = false;
    for piece in text.split_inclusive([' ', ',', '"']) {
        let word = piece.trim_end_matches([' ', ',', '"']);
        if !quoted {
            match word.chars().next() {
                Some(first) if first.is_uppercase() && word.len() > 1 => outline.push('N'),
                Some(first) if first.is_ascii_digit() || "+*#{".contains(first) => {
                    outline.push('0')
                }
                Some(_) => outline.push_str(word),
                None => {}
            }
            outline.push(' ');
        }
        if piece.ends_with('"') {
            quoted = !quoted;
            outline.push_str(if quoted { "Q" } else { "" });
        }
    }
    outline.trim_end().to_owned()
}

/// A form as it is shown: `{verb=mutes|unmutes}` as `mutes|unmutes`, `{who2}` as `{who}`.
pub(super) fn shown(form: &str) -> String {
    let mut shown = String::new();
    let mut rest = form;
    while let Some((before, after)) = rest.split_once('{') {
        let (place, after) = after.split_once('}').unwrap_or((after, ""));
        shown.push_str(before);
        match place.split_once('=') {
            Some((_, words)) => shown.push_str(words),
            None => {
                let kind = match place.trim_end_matches(|c: char| c.is_ascii_digit()) {
                    "within" | "after" | "for" => "duration",
                    "possessive" => "name",
                    kind => kind,
                };
                shown.push_str(&format!("{{{kind}}}"));
            }
        }
        rest = after;
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fills(form: &'static str, text: &str) -> Option<Vec<(String, String)>> {
        let text = Text::new(text, 1, 1);
        let filled = Matcher::new(form).fill(&text)?;
        let of = |(name, bytes): (&String, &Range<usize>)| {
            (name.clone(), text.as_str()[bytes.clone()].to_owned())
        };
        Some(filled.places.iter().map(of).collect())
    }

    #[test]
    fn places_are_filled_and_parts_may_be_left_out() {
        let form = "{who} dial(s) in[ to {phone}][ and key(s) {keys}]";
        let some = |pairs: &[(&str, &str)]| {
            Some(pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect())
        };
        assert_eq!(fills(form, "Ann dials in"), some(&[("who", "Ann")]));
        assert_eq!(
            fills(
                form,
                "Ann, Bob and Crowd 3 dial in to +1 425 555 0100 and key 147852036#*{PIN}#"
            ),
            some(&[
                ("keys", "147852036#*{PIN}#"),
                ("phone", "+1 425 555 0100"),
                ("who", "Ann, Bob and Crowd 3")
            ])
        );
        assert_eq!(fills(form, "ann dials in"), None);
        assert_eq!(fills(form, "Ann dials in quickly"), None);
    }

    #[test]
    fn one_of_several_words_is_told() {
        let form = "{who} {verb=mute|unmute|mutes|unmutes} the phone";
        assert_eq!(fills(form, "Ann unmutes the phone").unwrap()[0].1, "unmutes");
        assert_eq!(shown(form), "{who} mute|unmute|mutes|unmutes the phone");
        assert_eq!(shown("{name2} is [not ]there"), "{name} is [not ]there");
    }
}
