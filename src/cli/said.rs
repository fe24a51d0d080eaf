//! What a command says on standard output. Whoever reads it may stop reading (`holdline replay ... | head`): the command goes on
//! and says it to nobody. So nothing is printed elsewhere, where it would end the command with a panic. What could not be
//! written is remembered, and told at the end.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::sync::OnceLock;

/// Why something was not said, for the first time.
static UNSAID: OnceLock<io::Error> = OnceLock::new();

/// Says one line.
pub(super) fn say(line: impl Display) {
    note(writeln!(io::stdout().lock(), "{line}"));
}

/// Says one line on standard error, to whoever wonders why.
pub(super) fn say_why(line: impl Display) {
    let _nobody_listens = writeln!(io::stderr().lock(), "{line}");
}

/// Says a text that has its line ends.
pub(super) fn say_as_it_is(text: impl Display) {
    let mut out = io::stdout().lock();
    note(write!(out, "{text}").and_then(|()| out.flush()));
}

fn note(written: io::Result<()>) {
    if let Err(error) = written {
        let _not_the_first = UNSAID.set(error);
    }
}

/// Why not all was said, if so it is.
pub(super) fn unsaid() -> Option<&'static io::Error> {
    UNSAID.get()
}

/// The same, where nobody stopped reading of their own will.
pub(super) fn unsaid_against_will() -> Option<&'static io::Error> {
    unsaid().filter(|error| error.kind() != io::ErrorKind::BrokenPipe)
}
