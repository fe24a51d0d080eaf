//! The first start: a demonstration organization, and where its PIN is told.

use std::io::IsTerminal as _;

use rand::Rng as _;

use super::super::data::{self, Held};
use crate::admin::demonstration;
use crate::cli::said::say;
use crate::domain::directory::Directory;
use crate::domain::pin::{self, PinContext, PinHasher, PinLength};
use crate::engine::entropy::unforeseeable;
use crate::store::SqliteStore;

const CONFERENCE_ID: &str = "147852036";

/// Makes the demonstration organization, and tells its organizer's PIN: on a terminal, else in a file that only this user
/// can read. Nobody is shown it again.
pub(super) fn found(
    held: &Held,
    store: &SqliteStore,
    hasher: &dyn PinHasher,
) -> anyhow::Result<()> {
    let mut rng = unforeseeable()?;
    let conference_id = CONFERENCE_ID.parse()?;
    let ids = [conference_id];
    let context = PinContext { number: None, conference_ids: &ids, is_earlier: &|_pin| false };
    let pin = pin::draw(&mut rng, PinLength::default(), &context)?;
    let mut salt = [0; 16];
    rng.fill_bytes(&mut salt);
    let directory: Directory = demonstration::organization(&pin, conference_id, hasher, salt)?;
    let number = directory.organization().access_numbers.first().map(|access| access.number);
    let path = held.data.first_pin();
    let on_terminal = std::io::stdout().is_terminal();
    if !on_terminal {
        data::write_secret(&path, format!("{}\n", pin.reveal()).as_bytes())?;
    }
    store.import(directory)?;
    say("This is the first start: Contoso is made, for a look around.");
    if let Some(number) = number {
        say(format_args!(
            "Dial          holdline phone {number} --data {}",
            held.data.folder().display()
        ));
    }
    say(format_args!("Conference ID {conference_id}"));
    match on_terminal {
        true => say(format_args!(
            "PIN           {}   (the organizer's, Megan Bowen: shown this once)",
            pin.reveal()
        )),
        false => say(format_args!(
            "PIN           in {}, the organizer's: read it and delete the file",
            path.display()
        )),
    }
    Ok(())
}
