//! What a command says on standard output. Whoever reads it may stop reading (`holdline replay ... | head`): the command goes on
//! and says it to nobody. So nothing is printed elsewhere, where it would end the command with a panic.

use std::fmt::Display;
use std::io::Write as _;

/// Says one line.
pub(super) fn say(line: impl Display) {
    let _nobody_listens = writeln!(std::io::stdout().lock(), "{line}");
}

/// Says one line on standard error, to whoever wonders why.
pub(super) fn say_why(line: impl Display) {
    let _nobody_listens = writeln!(std::io::stderr().lock(), "{line}");
}

/// Says a text that has its line ends.
pub(super) fn say_as_it_is(text: impl Display) {
    let mut out = std::io::stdout().lock();
    let _nobody_listens = write!(out, "{text}").and_then(|()| out.flush());
}
