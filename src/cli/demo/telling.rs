//! What the seed decides: the PIN, what the stranger takes for it, and when each caller dials.

use std::time::Duration;

use rand::RngExt as _;
use rand_chacha::ChaCha12Rng;

use crate::caller::story::Telling;
use crate::domain::ConferenceId;
use crate::domain::pin::{self, Pin, PinContext, PinLength};

const CONFERENCE_ID: &str = "147852036";

/// Draws a telling, and the PIN for whoever makes the digest.
pub(super) fn draw(rng: &mut ChaCha12Rng) -> anyhow::Result<(Telling, Pin)> {
    let conference_id: ConferenceId = CONFERENCE_ID.parse()?;
    let ids = [conference_id];
    let context = PinContext { number: None, conference_ids: &ids, is_earlier: &|_pin| false };
    let pin = pin::draw(rng, PinLength::default(), &context)?;
    let context = PinContext { is_earlier: &|other| *other == pin, ..context };
    let mut wrong = || {
        let other = pin::draw(rng, PinLength::default(), &context)?;
        anyhow::Ok(other.reveal().to_owned())
    };
    let wrong_pins = [wrong()?, wrong()?, wrong()?];
    let mut dials = |at_ms: u64| Duration::from_millis(at_ms + rng.random_range(0..40) * 20);
    // The organizer comes when both who wait have heard the word that comes every minute.
    let dials_at = [dials(500), dials(3_000), dials(18_000), dials(80_000)];
    let told_pin = pin.reveal().to_owned();
    Ok((Telling { conference_id, pin: told_pin, wrong_pins, dials_at }, pin))
}
