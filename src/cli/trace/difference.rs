//! Two traces side by side: where they part, what is in one of them alone.

use crate::cli::changed_lines::changed_lines;

/// Lines that both have, shown before and after others that they do not.
const CONTEXT: usize = 3;

/// The lines that both have begin with two spaces, those of the first alone with `-`, those of the second alone with `+`;
/// long stretches of the first kind are counted. Nothing where there is no difference.
pub(super) fn difference(one: &[String], other: &[String]) -> Vec<String> {
    let (one, other): (Vec<&str>, Vec<&str>) =
        (one.iter().map(String::as_str).collect(), other.iter().map(String::as_str).collect());
    let changes = changed_lines(&one, &other);
    let differs: Vec<usize> = (0..changes.len()).filter(|&place| changes[place].0 != ' ').collect();
    let mut shown = Vec::new();
    let mut left_out = 0;
    for (place, (sign, line)) in changes.iter().enumerate() {
        // The nearest lines that differ, on either side.
        let next = differs.partition_point(|&other| other < place);
        let near = |other: Option<&usize>| other.is_some_and(|&o| o.abs_diff(place) <= CONTEXT);
        let is_near = near(differs.get(next)) || near(next.checked_sub(1).map(|p| &differs[p]));
        if !is_near {
            left_out += 1;
            continue;
        }
        shown.extend(same(&mut left_out));
        shown.push(format!("{sign} {line}"));
    }
    if !differs.is_empty() {
        shown.extend(same(&mut left_out));
    }
    shown
}

fn same(count: &mut usize) -> Option<String> {
    match std::mem::take(count) {
        0 => None,
        1 => Some("  … one line the same".to_owned()),
        many => Some(format!("  … {many} lines the same")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn what_both_have_is_counted_and_what_one_has_is_marked() {
        let shown = difference(&lines("a b c d e f g h i j k"), &lines("a b c d e F g h i j k l"));
        let expected = [
            "  … 2 lines the same",
            "  c",
            "  d",
            "  e",
            "- f",
            "+ F",
            "  g",
            "  h",
            "  i",
            "  j",
            "  k",
            "+ l",
        ];
        assert_eq!(shown, expected);
        let shown = difference(&lines("a b c d e"), &lines("A b c d e"));
        assert_eq!(shown, ["- a", "+ A", "  b", "  c", "  d", "  … one line the same"]);
    }

    #[test]
    fn no_difference_shows_nothing() {
        assert!(difference(&lines("a b c"), &lines("a b c")).is_empty());
        assert!(difference(&[], &[]).is_empty());
        assert_eq!(difference(&[], &lines("a")), ["+ a"]);
    }
}
