//! What a command says on standard output, line by line. Whoever reads it may stop reading (`holdline replay ... | head`): the
//! command goes on and says it to nobody.

use std::fmt::Display;
use std::io::Write as _;

/// Says one line.
pub(super) fn say(line: impl Display) {
    let _nobody_listens = writeln!(std::io::stdout().lock(), "{line}");
}
