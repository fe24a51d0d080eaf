//! What is said to a caller about what has been done, and how a number is said.

use super::event::Notice;
use crate::domain::{Language, PromptId, Role};

/// What tells this.
pub(super) fn words(language: Language, notice: Notice) -> Vec<PromptId> {
    use PromptId as P;
    match notice {
        Notice::Help(Role::Organizer) => vec![P::HelpAttendee, P::HelpOrganizer],
        Notice::Help(Role::Attendee | Role::Authenticated) => vec![P::HelpAttendee],
        Notice::Muted => vec![P::Muted],
        Notice::Unmuted => vec![P::Unmuted],
        Notice::Silenced(Unmuting::Allowed) => vec![P::MutedByOrganizer],
        Notice::Silenced(Unmuting::Forbidden) => vec![P::Muted, P::CannotUnmute],
        Notice::LetSpeak => vec![P::UnmutedByOrganizer],
        Notice::CannotUnmute => vec![P::CannotUnmute],
        Notice::HandRaised => vec![P::HandRaised],
        Notice::HandLowered => vec![P::HandLowered],
        Notice::EveryoneMuted => vec![P::EveryoneMuted],
        Notice::EveryoneUnmuted => vec![P::EveryoneUnmuted],
        Notice::AnnouncementsOn => vec![P::AnnouncementsOn],
        Notice::AnnouncementsOff => vec![P::AnnouncementsOff],
        Notice::Locked => vec![P::MeetingNowLocked],
        Notice::Unlocked => vec![P::MeetingNowUnlocked],
        Notice::AdmittedAll => vec![P::AdmittedAll],
        Notice::Waiting(0) => vec![P::NobodyWaiting],
        Notice::Waiting(1) => vec![P::OnePersonWaiting],
        Notice::Waiting(many) => counted(language, many, P::PeopleWaiting),
        Notice::SomeoneWaiting => vec![P::SomeoneWaiting],
        Notice::People(0 | 1) => vec![P::RollCallOne],
        Notice::People(many) => counted(language, many, P::RollCallPeople),
        Notice::RecordingOff => vec![P::RecordingOff],
        Notice::UnknownCommand => vec![P::UnknownCommand],
        Notice::NotAllowed => vec![P::NotAllowed],
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

fn counted(language: Language, number: u32, what: PromptId) -> Vec<PromptId> {
    let mut prompts = number_words(language, number);
    prompts.push(what);
    prompts
}

/// The prompts that say a number up to 999 999; beyond that, as much of it. English says "one hundred", German "hundert".
fn number_words(language: Language, number: u32) -> Vec<PromptId> {
    let number = number.min(999_999);
    let mut words = Vec::with_capacity(8);
    if number >= 1_000 {
        words.extend(multiple(language, number / 1_000));
        words.push(PromptId::NumberThousand);
    }
    if !number.is_multiple_of(1_000) || number == 0 {
        words.extend(hundreds(language, number % 1_000));
    }
    words
}

/// How many hundreds or thousands there are: nothing is said of one in German.
fn multiple(language: Language, number: u32) -> Vec<PromptId> {
    match (language, number) {
        (Language::DeDe, 1) => Vec::new(),
        (Language::DeDe | Language::EnUs, _) => hundreds(language, number),
    }
}

fn hundreds(language: Language, number: u32) -> Vec<PromptId> {
    let mut words = Vec::with_capacity(4);
    if number >= 100 {
        words.extend(multiple(language, number / 100));
        words.push(PromptId::NumberHundred);
    }
    if !number.is_multiple_of(100) || number == 0 {
        words.extend(PromptId::number_below_hundred(number % 100));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_as_people_say_them() {
        for (number, english, german) in [
            (0, "0", "0"),
            (7, "7", "7"),
            (20, "20", "20"),
            (42, "42", "42"),
            (100, "1 hundred", "hundred"),
            (213, "2 hundred 13", "2 hundred 13"),
            (1_000, "1 thousand", "thousand"),
            (1_101, "1 thousand 1 hundred 1", "thousand hundred 1"),
            (999_999, "9 hundred 99 thousand 9 hundred 99", "9 hundred 99 thousand 9 hundred 99"),
        ] {
            for (language, said) in [(Language::EnUs, english), (Language::DeDe, german)] {
                let words: Vec<_> = number_words(language, number)
                    .iter()
                    .map(|word| word.name().trim_start_matches("number-"))
                    .collect();
                assert_eq!(words.join(" "), said, "{number} in {language}");
            }
        }
    }
}
