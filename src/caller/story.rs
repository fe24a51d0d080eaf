//! The story that Holdline is made for, as scripts: two callers wait with music, a stranger is sent away, and the
//! organizer's PIN lets everybody in.

use std::time::Duration;

use super::script::{Comes, Deed, Percept, Script};
use crate::domain::{ConferenceId, PhoneNumber, PromptId};

/// The tones that are the four voices, in Hz: first, second, stranger, organizer.
pub const VOICES_HZ: [u32; 4] = [500, 750, 1_400, 1_050];

/// How long anyone waits for what must come: longer than the story lasts.
const PATIENCE: Duration = Duration::from_secs(180);

/// What differs between one telling and the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling {
    /// The meeting.
    pub conference_id: ConferenceId,
    /// The organizer's PIN.
    pub pin: String,
    /// What the stranger takes for it.
    pub wrong_pins: [String; 3],
    /// From the start until each dials: first, second, stranger, organizer.
    pub dials_at: [Duration; 4],
}

/// The four callers: `first`, `second`, `stranger`, `organizer`.
#[must_use]
pub fn cast(telling: &Telling) -> [Script; 4] {
    let deeds = [first(telling), second(telling), stranger(telling), organizer(telling)];
    let names = ["first", "second", "stranger", "organizer"];
    let mut place = 0;
    deeds.map(|deeds| {
        let script = Script {
            name: names[place].to_owned(),
            comes: Comes::ByPhone(number(place)),
            voice_hz: VOICES_HZ[place],
            dials_at: telling.dials_at[place],
            deeds,
        };
        place += 1;
        script
    })
}

fn number(place: usize) -> Option<PhoneNumber> {
    format!("+1425555017{place}").parse().ok()
}

fn first(telling: &Telling) -> Vec<Deed> {
    let mut deeds = keys_the_meeting(telling);
    deeds.extend([
        until(Percept::Prompt(PromptId::OrganizerQuestion)),
        Deed::Wait(Duration::from_secs(2)),
        Deed::keys("#"),
        until(Percept::Voice(VOICES_HZ[3])),
        until(Percept::Silence),
        Deed::Speak(Duration::from_secs(3)),
        until(Percept::Voice(VOICES_HZ[1])),
        until(Percept::Silence),
        Deed::Speak(Duration::from_secs(2)),
        Deed::Wait(Duration::from_millis(800)),
        Deed::HangUp,
    ]);
    deeds
}

fn second(telling: &Telling) -> Vec<Deed> {
    vec![
        until(Percept::Prompt(PromptId::Welcome)),
        Deed::Wait(Duration::from_millis(700)),
        Deed::keys(&format!("{}#", telling.conference_id)),
        until(Percept::Voice(VOICES_HZ[0])),
        until(Percept::Silence),
        Deed::Speak(Duration::from_secs(3)),
        Deed::Wait(Duration::from_millis(600)),
        Deed::Speak(Duration::from_secs(2)),
        Deed::Wait(Duration::from_millis(1_600)),
        Deed::HangUp,
    ]
}

fn stranger(telling: &Telling) -> Vec<Deed> {
    let mut deeds = keys_the_meeting(telling);
    deeds.extend([until(Percept::Prompt(PromptId::OrganizerQuestion)), Deed::keys("*")]);
    let prompts = [PromptId::EnterPin, PromptId::EnterPinAgain, PromptId::EnterPinLast];
    for (prompt, pin) in prompts.into_iter().zip(&telling.wrong_pins) {
        deeds.extend([
            until(Percept::Prompt(prompt)),
            Deed::Wait(Duration::from_millis(900)),
            Deed::keys(&format!("{pin}#")),
        ]);
    }
    deeds
}

/// The organizer knows the way and keys everything in one go.
fn organizer(telling: &Telling) -> Vec<Deed> {
    vec![
        until(Percept::Prompt(PromptId::Welcome)),
        Deed::keys(&format!("{}#*{}#", telling.conference_id, telling.pin)),
        until(Percept::PromptOver(PromptId::OrganizerWelcome)),
        Deed::Wait(Duration::from_secs(1)),
        Deed::Speak(Duration::from_secs(3)),
        until(Percept::Voice(VOICES_HZ[1])),
        until(Percept::Silence),
        Deed::Speak(Duration::from_secs(2)),
        Deed::Wait(Duration::from_millis(2_800)),
        Deed::HangUp,
    ]
}

fn keys_the_meeting(telling: &Telling) -> Vec<Deed> {
    vec![
        until(Percept::Prompt(PromptId::EnterConferenceId)),
        Deed::Wait(Duration::from_secs(1)),
        Deed::keys(&format!("{}#", telling.conference_id)),
    ]
}

fn until(percept: Percept) -> Deed {
    Deed::Until(percept, PATIENCE)
}
