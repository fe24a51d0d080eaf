//! The wording of the letters. Only [`with_pin`] writes a PIN.

use zeroize::Zeroizing;

use crate::domain::conference_id::ConferenceId;
use crate::domain::directory::{Meeting, Organization, User};
use crate::domain::letter::Letter;
use crate::domain::pin::Pin;

/// Why a letter with a PIN is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    /// The user may hold meetings by phone from now on.
    Enabled,
    /// The PIN is a new one.
    PinReset,
}

/// The letter with a PIN in it.
pub(super) fn with_pin(
    occasion: Occasion,
    to: &str,
    organization: &Organization,
    user: &User,
    conference_id: ConferenceId,
    pin: &Pin,
) -> Letter {
    let (subject, opening) = match occasion {
        Occasion::Enabled => {
            ("You can hold meetings by phone", "You can hold meetings by phone now.")
        }
        Occasion::PinReset => (
            "Your new PIN for meetings by phone",
            "You have a new PIN for meetings by phone. The old one no longer works.",
        ),
    };
    // Room for all of it: a text that grows leaves copies of itself behind.
    let mut body = Zeroizing::new(String::with_capacity(BODY_BYTES + user.name.len()));
    greet(&mut body, user, opening);
    dial_in(&mut body, organization, conference_id);
    for part in ["PIN:            ", pin.reveal(), "\n\n", HOW_TO_START, "\n", KEEP_IT] {
        body.push_str(part);
    }
    sign(&mut body, organization);
    Letter::new(to.to_owned(), subject.to_owned(), body)
}

/// The letter about another conference ID. It has no PIN: that has not changed.
pub(super) fn new_conference_id(
    to: &str,
    organization: &Organization,
    user: &User,
    meeting: &Meeting,
    conference_id: ConferenceId,
) -> Letter {
    let opening = if meeting.subject.is_empty() {
        "Your meetings by phone have a new conference ID. The old one no longer works.".to_owned()
    } else {
        let subject = &meeting.subject;
        format!("\"{subject}\" has a new conference ID. The old one no longer works.")
    };
    let mut body = Zeroizing::new(String::new());
    greet(&mut body, user, &opening);
    dial_in(&mut body, organization, conference_id);
    body.push_str("\nPlease send it to those you have invited. Your PIN stays as it is.\n");
    sign(&mut body, organization);
    Letter::new(to.to_owned(), "A new conference ID for your meeting".to_owned(), body)
}

/// The letter when it is over.
pub(super) fn disabled(to: &str, organization: &Organization, user: &User) -> Letter {
    let mut body = Zeroizing::new(String::new());
    let opening = "You can no longer hold meetings by phone. Your conference IDs and your PIN no longer work.";
    greet(&mut body, user, opening);
    sign(&mut body, organization);
    Letter::new(to.to_owned(), "You can no longer hold meetings by phone".to_owned(), body)
}

fn greet(body: &mut String, user: &User, opening: &str) {
    for part in ["Hello ", &user.name, ",\n\n", opening, "\n\n"] {
        body.push_str(part);
    }
}

fn dial_in(body: &mut String, organization: &Organization, conference_id: ConferenceId) {
    if let Some(first) = organization.access_numbers.first() {
        body.push_str(&format!("Dial-in number: {}", first.number));
        if let Some(place) = &first.place {
            body.push_str(&format!(" ({place})"));
        }
        body.push('\n');
    }
    body.push_str(&format!("Conference ID:  {}#\n", in_threes(&conference_id.to_string())));
}

fn sign(body: &mut String, organization: &Organization) {
    if !organization.name.is_empty() {
        body.push_str(&format!("\n{}\n", organization.name));
    }
}

/// `147852036` as people read it out: `147 852 036`.
fn in_threes(digits: &str) -> String {
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && place % 3 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

const HOW_TO_START: &str = "To start a meeting by phone: dial the number, key the conference ID and #, \
                            then * and your PIN and #.\n";

const KEEP_IT: &str = "Keep the PIN to yourself. Nobody can look it up again: if it is lost, have a new \
                       one made.\n";

/// More than the longest letter with a PIN, but for the names in it.
const BODY_BYTES: usize = 2_048;
