//! What is said to a caller about what has been done, and how a number is said.

use super::event::Notice;
use super::phrase::Phrase;
use crate::domain::{PromptId, Role};

/// What tells this.
pub(super) fn words(notice: Notice) -> Phrase {
    use PromptId as P;
    match notice {
        Notice::Help(Role::Organizer) => Phrase::new(&[P::HelpAttendee, P::HelpOrganizer]),
        Notice::Help(Role::Attendee | Role::Authenticated) => Phrase::new(&[P::HelpAttendee]),
        Notice::Muted => Phrase::new(&[P::Muted]),
        Notice::Unmuted => Phrase::new(&[P::Unmuted]),
        Notice::Silenced(Unmuting::Allowed) => Phrase::new(&[P::MutedByOrganizer]),
        Notice::Silenced(Unmuting::Forbidden) => Phrase::new(&[P::Muted, P::CannotUnmute]),
        Notice::LetSpeak => Phrase::new(&[P::UnmutedByOrganizer]),
        Notice::CannotUnmute => Phrase::new(&[P::CannotUnmute]),
        Notice::HandRaised => Phrase::new(&[P::HandRaised]),
        Notice::HandLowered => Phrase::new(&[P::HandLowered]),
        Notice::EveryoneMuted => Phrase::new(&[P::EveryoneMuted]),
        Notice::EveryoneUnmuted => Phrase::new(&[P::EveryoneUnmuted]),
        Notice::AnnouncementsOn => Phrase::new(&[P::AnnouncementsOn]),
        Notice::AnnouncementsOff => Phrase::new(&[P::AnnouncementsOff]),
        Notice::Locked => Phrase::new(&[P::MeetingNowLocked]),
        Notice::Unlocked => Phrase::new(&[P::MeetingNowUnlocked]),
        Notice::AdmittedAll => Phrase::new(&[P::AdmittedAll]),
        Notice::Waiting(0) => Phrase::new(&[P::NobodyWaiting]),
        Notice::Waiting(1) => Phrase::new(&[P::OnePersonWaiting]),
        Notice::Waiting(many) => counted(many, P::PeopleWaiting),
        Notice::SomeoneWaiting => Phrase::new(&[P::SomeoneWaiting]),
        Notice::People(0 | 1) => Phrase::new(&[P::RollCallOne]),
        Notice::People(many) => counted(many, P::RollCallPeople),
        Notice::RecordingOff => Phrase::new(&[P::RecordingOff]),
        Notice::UnknownCommand => Phrase::new(&[P::UnknownCommand]),
        Notice::NotAllowed => Phrase::new(&[P::NotAllowed]),
    }
}

/// Whether someone the organizer muted may unmute themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmuting {
    /// They may.
    Allowed,
    /// They may not.
    Forbidden,
}

fn counted(number: u32, what: PromptId) -> Phrase {
    let mut prompts = number_words(number);
    prompts.push(what);
    Phrase::new(&prompts)
}

/// The prompts that say a number up to 999 999; beyond that, as much of it.
fn number_words(number: u32) -> Vec<PromptId> {
    let number = number.min(999_999);
    let mut words = Vec::with_capacity(Phrase::PROMPTS_MAX);
    if number >= 1_000 {
        words.extend(hundreds(number / 1_000));
        words.push(PromptId::NumberThousand);
    }
    if !number.is_multiple_of(1_000) || number == 0 {
        words.extend(hundreds(number % 1_000));
    }
    words
}

fn hundreds(number: u32) -> Vec<PromptId> {
    let mut words = Vec::with_capacity(4);
    let place = |number: u32| number as usize;
    if number >= 100 {
        words.extend([SMALL[place(number / 100)], PromptId::NumberHundred]);
    }
    match number % 100 {
        0 if number >= 100 => {}
        small @ 0..=20 => words.push(SMALL[place(small)]),
        large => {
            words.push(TENS[place(large / 10 - 2)]);
            if !large.is_multiple_of(10) {
                words.push(SMALL[place(large % 10)]);
            }
        }
    }
    words
}

const SMALL: [PromptId; 21] = [
    PromptId::Number0,
    PromptId::Number1,
    PromptId::Number2,
    PromptId::Number3,
    PromptId::Number4,
    PromptId::Number5,
    PromptId::Number6,
    PromptId::Number7,
    PromptId::Number8,
    PromptId::Number9,
    PromptId::Number10,
    PromptId::Number11,
    PromptId::Number12,
    PromptId::Number13,
    PromptId::Number14,
    PromptId::Number15,
    PromptId::Number16,
    PromptId::Number17,
    PromptId::Number18,
    PromptId::Number19,
    PromptId::Number20,
];

const TENS: [PromptId; 8] = [
    PromptId::Number20,
    PromptId::Number30,
    PromptId::Number40,
    PromptId::Number50,
    PromptId::Number60,
    PromptId::Number70,
    PromptId::Number80,
    PromptId::Number90,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_as_people_say_them() {
        for (number, said) in [
            (0, "number-0"),
            (7, "number-7"),
            (20, "number-20"),
            (42, "number-40 number-2"),
            (100, "number-1 number-hundred"),
            (213, "number-2 number-hundred number-13"),
            (1_000, "number-1 number-thousand"),
            (
                999_999,
                "number-9 number-hundred number-90 number-9 number-thousand number-9 number-hundred number-90 number-9",
            ),
        ] {
            let words: Vec<_> = number_words(number).iter().map(|word| word.name()).collect();
            assert_eq!(words.join(" "), said, "{number}");
        }
    }
}
