//! Steps without a terminal: commands come from standard input, one a line.
#![expect(clippy::print_stdout, reason = "this is what the command prints")]

use std::io::BufRead as _;

use super::view;
use super::walk::Walk;

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
                println!("\nthis is the last step");
                continue;
            }
            ("p", Some(count), _) if place > 0 => walk.go(place.saturating_sub(count))?,
            ("p", Some(_), _) => {
                println!("\nthis is the beginning");
                continue;
            }
            ("g", _, Some(time)) => {
                let moment = time.parse().map_err(anyhow::Error::msg);
                if let Err(error) = moment.and_then(|moment| walk.go_to(moment)) {
                    println!("\n{time} is no time to go to: {error}");
                    continue;
                }
            }
            ("q", ..) => break,
            _unknown => {
                println!("\n{COMMANDS}");
                continue;
            }
        }
        println!();
        show(walk);
    }
    Ok(())
}

fn show(walk: &Walk<'_>) {
    println!("{}", view::head(walk));
    let because = view::because(walk);
    if !because.is_empty() {
        println!("{because}");
    }
    view::happened(walk).iter().for_each(|line| println!("{line}"));
    for (title, lines) in [("legs", view::legs(walk)), ("meetings", view::rooms(walk))] {
        if !lines.is_empty() {
            println!("{title}");
        }
        lines.iter().for_each(|line| println!("  {line}"));
    }
}
