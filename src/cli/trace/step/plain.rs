//! Steps without a terminal: commands come from standard input, one a line.

use std::io::BufRead as _;

use super::view;
use super::walk::{Move, Walk};
use crate::cli::said::say;

const COMMANDS: &str =
    "n: the next step, n 10: ten further, p: the one before, g 12.5: to a time, q: leave";

pub(super) fn run(walk: &mut Walk<'_>) -> anyhow::Result<()> {
    show(walk);
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split_whitespace();
        let (command, rest) = (words.next().unwrap_or("n"), words.next());
        let count = rest.map_or(Some(1), |count| count.parse::<usize>().ok());
        let step = match (command, count, rest) {
            ("n", Some(_), _) if walk.place() == walk.len() => {
                Err("this is the last step".to_owned())
            }
            ("p", Some(_), _) if walk.place() == 0 => Err("this is the beginning".to_owned()),
            ("n", Some(count), _) => Ok(Move::Forwards(count)),
            ("p", Some(count), _) => Ok(Move::Backwards(count)),
            ("g", _, Some(time)) => match time.parse().map_err(anyhow::Error::msg) {
                Ok(moment) => Ok(Move::To(moment)),
                Err(error) => Err(no_time(time, &error)),
            },
            ("q", ..) => break,
            _unknown => Err(COMMANDS.to_owned()),
        };
        let word = match step {
            Err(word) => Some(word),
            // It may be a time that the journal does not have.
            Ok(step @ Move::To(_)) => {
                walk.make(step).err().map(|error| no_time(rest.unwrap_or_default(), &error))
            }
            Ok(step) => {
                walk.make(step)?;
                None
            }
        };
        if let Some(word) = word {
            say(format_args!("\n{word}"));
            continue;
        }
        say("");
        show(walk);
    }
    Ok(())
}

fn no_time(time: &str, error: &anyhow::Error) -> String {
    format!("{time} is no time to go to: {error}")
}

fn show(walk: &Walk<'_>) {
    say(view::head(walk));
    let because = view::because(walk);
    if !because.is_empty() {
        say(because);
    }
    view::happened(walk).iter().for_each(say);
    for (title, lines) in [("legs", view::legs(walk)), ("meetings", view::rooms(walk))] {
        if !lines.is_empty() {
            say(title);
        }
        lines.iter().for_each(|line| say(format_args!("  {line}")));
    }
}
