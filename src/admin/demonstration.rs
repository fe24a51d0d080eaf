//! The demonstration organization, for demos, tests and a first look. Nobody's real PIN belongs in it.

use crate::domain::conference_id::ConferenceId;
use crate::domain::directory::{AccessNumber, Change, Directory, Organization, PinOnFile, User};
use crate::domain::id::{MeetingId, UserId};
use crate::domain::language::Languages;
use crate::domain::number::PhoneNumber;
use crate::domain::pin::{Pin, PinHasher};

use super::AdminError;

/// Megan Bowen, who may hold meetings by phone.
pub const MEGAN: UserId = UserId::new(1);

/// Megan's standing meeting.
pub const MEETING: MeetingId = MeetingId::new(1);

/// Contoso with one user, [`MEGAN`], one meeting, [`MEETING`], and the number +1 425 555 0100.
///
/// The PIN is given, not drawn, so that a demonstration can print it: it is not held against the rules.
///
/// # Errors
/// Only when nothing can be hashed.
///
/// # Panics
/// Never: the number is a telephone number.
pub fn organization(
    pin: &Pin,
    conference_id: ConferenceId,
    hasher: &dyn PinHasher,
    salt: [u8; 16],
) -> Result<Directory, AdminError> {
    let number: PhoneNumber = "+1 425 555 0100".parse().expect("a number of eleven digits");
    let mut directory = Directory::new(Organization {
        name: "Contoso".to_owned(),
        access_numbers: vec![AccessNumber {
            number,
            place: Some("Redmond".to_owned()),
            languages: Languages::default(),
        }],
        ..Organization::default()
    });
    let megan = User {
        address: Some("megan@contoso.example".to_owned()),
        ..User::new(MEGAN, "Megan Bowen".to_owned())
    };
    let pin = PinOnFile { digest: hasher.digest(pin, salt)?, length: pin.length() };
    let changes = [
        Change::UserAdded(megan),
        Change::ConferencingEnabled { user: MEGAN, meeting: MEETING, conference_id, pin },
    ];
    changes.into_iter().try_for_each(|change| directory.apply(change))?;
    Ok(directory)
}
