//! Steps without a terminal: commands come from standard input, one a line.

use std::io::BufRead as _;

use super::view;
use super::walk::Walk;
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
        let place = walk.place();
        match (command, count, rest) {
            ("n", Some(count), _) if place < walk.len() => walk.go(place.saturating_add(count))?,
            ("n", Some(_), _) => {
                say("\nthis is the last step");
                continue;
            }
            ("p", Some(count), _) if place > 0 => walk.go(place.saturating_sub(count))?,
            ("p", Some(_), _) => {
                say("\nthis is the beginning");
                continue;
            }
            ("g", _, Some(time)) => {
                let moment = time.parse().map_err(anyhow::Error::msg);
                if let Err(error) = moment.and_then(|moment| walk.go_to(moment)) {
                    say(format_args!("\n{time} is no time to go to: {error}"));
                    continue;
                }
            }
            ("q", ..) => break,
            _unknown => {
                say(format_args!("\n{COMMANDS}"));
                continue;
            }
        }
        say("");
        show(walk);
    }
    Ok(())
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
