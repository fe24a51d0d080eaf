//! Who hears whom: each speaks in turn with their own tone, and the others' ears say whom they heard.

use std::collections::BTreeSet;
use std::time::Duration;

use super::player::Player;
use super::senses::Senses;
use crate::caller::{Deed, Heard};
use crate::domain::Uptime;
use crate::scenario::{Failure, PATIENCE, Who};
use crate::sim::World;

/// How long each speaks, and how long it is quiet before the next one does.
const SPEAKS_FOR: Duration = Duration::from_millis(400);
const QUIET_FOR: Duration = Duration::from_millis(200);

/// How long it takes until the first frame of what is said has been heard.
const ABOUT_TO_BE_SAID: Duration = Duration::from_millis(100);

/// How long a voice must be heard to count.
const HEARD_FOR: Duration = Duration::from_millis(200);

/// Tones that are voices, in Hz: on a 50 Hz grid, so that a frame of 20 ms tells them apart, and away from those of the
/// keys.
const VOICES_HZ: [u32; 38] = [
    500, 1_050, 1_400, 550, 1_100, 1_800, 600, 2_000, 450, 1_150, 1_900, 400, 2_100, 1_550, 2_200,
    350, 2_300, 1_750, 2_400, 1_850, 2_500, 1_950, 2_600, 2_050, 2_700, 2_150, 2_800, 2_250, 2_900,
    2_350, 3_000, 2_450, 3_100, 2_550, 2_650, 2_750, 2_850, 2_950,
];

/// The voice of the person in that place.
pub(super) fn voice_hz(place: usize) -> u32 {
    VOICES_HZ[place % VOICES_HZ.len()]
}

fn is_being_told(heard: &Heard) -> bool {
    matches!(heard, Heard::Prompt(_) | Heard::Tone(_))
}

impl Player<'_, '_> {
    /// Lets each of these speak in turn; gives when the first one began, and who heard whom.
    pub(super) fn probe(
        &mut self,
        speakers: &[Who],
        listeners: &[Who],
    ) -> Result<(Uptime, BTreeSet<(Who, Who)>), Failure> {
        let mut heard = BTreeSet::new();
        let involved: Vec<usize> = speakers
            .iter()
            .chain(listeners)
            .filter_map(|who| self.seats.get(who).copied())
            .collect();
        // Whoever is being told something hears and feeds no bridge until it has been said.
        // What is about to be said is not heard yet.
        self.pass(self.world.now() + ABOUT_TO_BE_SAID)?;
        let deadline = self.world.now() + PATIENCE;
        let is_told = |world: &World<'_>, senses: &Senses, place: usize| {
            let going = world.seats()[place].left.is_none();
            going && senses.last(world, place).is_some_and(|last| is_being_told(&last.heard))
        };
        self.wait_until(deadline, |world, senses| {
            !involved.iter().any(|&place| is_told(world, senses, place))
        })?;
        let still = involved.iter().find(|&&place| is_told(&self.world, &self.senses, place));
        if let Some(name) = still.and_then(|&place| self.name_in(place)) {
            let instead = format!("{name} is still being told something at {deadline}");
            return Err(self.fails("people are let speak", instead));
        }
        let spoke_at = self.world.now();
        for &speaker in speakers {
            let Ok(place) = self.connected(speaker) else { continue };
            let from = self.world.now();
            self.world.seat_mut(place).caller.then(Deed::Speak(SPEAKS_FOR));
            self.pass(from + SPEAKS_FOR + QUIET_FOR)?;
            for &listener in listeners {
                if self.hears_voice(listener, voice_hz(speaker.0), from) {
                    heard.insert((listener, speaker));
                }
            }
        }
        Ok((spoke_at, heard))
    }

    fn hears_voice(&self, who: Who, hz: u32, since: Uptime) -> bool {
        let Some(&place) = self.seats.get(&who) else { return false };
        self.senses.since(&self.world, place, since).iter().any(|sense| {
            let lasted = sense.until.since(sense.from.max(since));
            let heard = matches!(&sense.heard, Heard::Voices(voices) if voices.contains(&hz));
            heard && lasted >= HEARD_FOR
        })
    }

    /// Whose call is in that place.
    fn name_in(&self, place: usize) -> Option<String> {
        let (who, _) = self.seats.iter().find(|(_, at)| **at == place)?;
        Some(self.scenario.name_of(*who).to_owned())
    }
}
