//! What is said to a caller about what has been done, and how a number is said.

use super::event::Notice;
use crate::domain::{Command, Digit, KeyMap, Language, PromptId, Role};

/// What tells this.
pub(super) fn words(language: Language, keys: &KeyMap, notice: Notice) -> Vec<PromptId> {
    use PromptId as P;
    match notice {
        Notice::Help(role) => help(keys, role),
        Notice::Muted => vec![P::Muted],
        Notice::Unmuted => vec![P::Unmuted],
        Notice::Silenced(Unmuting::Allowed) => {
            said_with_keys(vec![P::MutedByOrganizer], P::ToUnmute, keys, Command::Mute)
        }
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
        Notice::People(0 | 1) | Notice::RollCall(0 | 1) => vec![P::RollCallOne],
        Notice::People(many) | Notice::RollCall(many) => counted(language, many, P::RollCallPeople),
        Notice::RecordingOff => vec![P::RecordingOff],
        Notice::UnknownCommand => {
            said_with_keys(vec![P::UnknownCommand], P::ForHelp, keys, Command::Help)
        }
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

/// The commands that someone in this role has, each with its keys; those that have none are left out.
fn help(keys: &KeyMap, role: Role) -> Vec<PromptId> {
    use PromptId as P;
    let offers = [
        (P::HelpMute, Command::Mute),
        (P::HelpHand, Command::Hand),
        (P::HelpRollCall, Command::RollCall),
        (P::HelpAdmitAll, Command::AdmitAll),
        (P::HelpMuteAll, Command::MuteAll),
        (P::HelpAnnouncements, Command::Announcements),
        (P::HelpLobbyCount, Command::LobbyCount),
        (P::HelpLock, Command::Lock),
        (P::HelpAgain, Command::Help),
    ];
    let has = |command: Command| role == Role::Organizer || !command.is_organizers();
    (offers.into_iter().filter(|&(_, command)| has(command)))
        .fold(Vec::new(), |said, (to, command)| said_with_keys(said, to, keys, command))
}

/// And then: "for this, press" those keys. Nothing, where the command has no keys.
fn said_with_keys(
    mut said: Vec<PromptId>,
    to: PromptId,
    keys: &KeyMap,
    command: Command,
) -> Vec<PromptId> {
    if let Some(digits) = keys.keys_of(command) {
        let digits = digits.chars().filter_map(Digit::from_char);
        said.extend([to, PromptId::Press]);
        said.extend(
            std::iter::once(keys.character().digit()).chain(digits).filter_map(PromptId::digit),
        );
    }
    said
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
    use crate::domain::keypad::CommandCharacter;

    fn names(words: &[PromptId]) -> String {
        words.iter().map(|word| word.name()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn help_names_the_keys_there_are_and_no_others() {
        let pairs = [("1", Command::Help), ("42", Command::Mute), ("7", Command::Lock)];
        let keys = KeyMap::new(CommandCharacter::Pound, pairs).unwrap();
        let says = |notice| names(&words(Language::EnUs, &keys, notice));
        let mute = "help-mute press pound digit-4 digit-2";
        let again = "help-again press pound digit-1";
        assert_eq!(says(Notice::Help(Role::Attendee)), format!("{mute} {again}"));
        let lock = "help-lock press pound digit-7";
        assert_eq!(says(Notice::Help(Role::Organizer)), format!("{mute} {lock} {again}"));
        assert_eq!(
            says(Notice::Silenced(Unmuting::Allowed)),
            "muted-by-organizer to-unmute press pound digit-4 digit-2"
        );
        let none = KeyMap::new(CommandCharacter::Star, []).unwrap();
        let words = words(Language::EnUs, &none, Notice::UnknownCommand);
        assert_eq!(names(&words), "unknown-command");
    }

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
