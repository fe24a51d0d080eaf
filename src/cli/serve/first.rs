//! The first start: a demonstration organization, and where its PIN is told.

use std::io::IsTerminal as _;

use anyhow::Context as _;
use rand::Rng as _;
use zeroize::Zeroizing;

use super::super::data::{self, Held};
use super::super::said::say;
use crate::admin::demonstration;
use crate::domain::directory::{Change, Directory, Mail};
use crate::domain::pin::{self, PinContext, PinLength};
use crate::domain::{ConferenceId, PhoneNumber};
use crate::engine::entropy::unforeseeable;
use crate::store::{Argon2Hasher, SqliteStore};

const CONFERENCE_ID: &str = "147852036";

/// Makes the demonstration organization, and tells its organizer's PIN: on a terminal, else in a file that only this user
/// can read, as also when nothing is to be said. Nobody is shown it again, so it is told before there is anything it opens.
pub(super) fn found(
    held: &Held,
    store: &SqliteStore,
    hasher: &Argon2Hasher,
    quiet: bool,
) -> anyhow::Result<()> {
    let mut rng = unforeseeable()?;
    let conference_id = CONFERENCE_ID.parse()?;
    let ids = [conference_id];
    let context = PinContext { number: None, conference_ids: &ids, is_earlier: &|_pin| false };
    let pin = pin::draw(&mut rng, PinLength::default(), &context)?;
    let mut salt = [0; 16];
    rng.fill_bytes(&mut salt);
    let mut directory: Directory = demonstration::organization(&pin, conference_id, hasher, salt)?;
    // Nobody has said to which mail server, and a letter that waits keeps a PIN in the clear.
    let mut settings = directory.organization().settings.clone();
    settings.mail.letters = Mail::Off;
    directory.apply(Change::SettingsChanged(Box::new(settings)))?;
    let mark = data::mark(hasher)?;
    let number = directory.organization().access_numbers.first().map(|access| access.number);
    let path = held.data.first_pin();
    // One that is there is of a first start that did not come to its end: nobody has that PIN.
    if let Err(error) = std::fs::remove_file(&path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        let why = format!("{} has a PIN that is nobody's, and cannot be removed", path.display());
        return Err(error).context(why);
    }
    let on_terminal = !quiet && std::io::stdout().is_terminal();
    if !on_terminal {
        data::write_secret(&path, format!("{}\n", pin.reveal()).as_bytes())?;
    }
    if !quiet {
        let pin = match on_terminal {
            true => format!("{}   (the organizer's, Megan Bowen: shown this once)", pin.reveal()),
            false => format!("in {}, the organizer's: read it and delete the file", path.display()),
        };
        say_how_to_dial(number, held, conference_id, &Zeroizing::new(pin));
    }
    // At the last: whatever fails or is killed before, nobody's PIN is in the database, and the next start is a first one.
    let founded = store.found(directory, &mark);
    founded.context("Contoso could not be made, and the PIN is nobody's: start again for another")
}

fn say_how_to_dial(
    number: Option<PhoneNumber>,
    held: &Held,
    conference_id: ConferenceId,
    pin: &Zeroizing<String>,
) {
    say("This is the first start: Contoso is made, for a look around.");
    if let Some(number) = number {
        let folder = held.data.folder().display();
        say(format_args!("Dial          holdline phone {number} --data {folder}"));
    }
    say(format_args!("Conference ID {conference_id}"));
    say(format_args!("PIN           {}", **pin));
}
