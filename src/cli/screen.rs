//! What a command shows itself on: whether it is a terminal that can be drawn on, and whether in colours.

use std::ffi::OsStr;
use std::io::IsTerminal as _;

use super::said::say_why;

/// Whether a person sits at a terminal on which a whole screen can be drawn. Where it can write lines alone, that is said.
pub(super) fn is_there() -> bool {
    let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let kind = std::env::var_os("TERM");
    let can_be_drawn_on = is_terminal && draws(kind.as_deref());
    if is_terminal && !can_be_drawn_on {
        say_why(format_args!(
            "holdline: nothing can be drawn on this terminal (TERM is {}): it goes on line by line",
            kind.filter(|kind| !kind.is_empty())
                .map_or_else(|| "not set".to_owned(), |kind| format!("{:?}", kind.display()))
        ));
    }
    can_be_drawn_on
}

/// Whether colours are wanted: the variable `NO_COLOR` says no, unless it is empty (no-color.org).
pub(super) fn wants_colours() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
}

fn draws(kind: Option<&OsStr>) -> bool {
    kind.is_some_and(|kind| !kind.is_empty() && kind != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_a_dumb_terminal_nothing_is_drawn() {
        let draws = |kind: &str| draws(Some(OsStr::new(kind)));
        assert!(draws("xterm-256color") && draws("linux") && !draws("dumb") && !draws(""));
        assert!(!super::draws(None));
    }
}
