//! Dialogues by themselves: what goes with one to another exchange, commands half keyed, names.

use std::time::Duration;

use super::*;
use crate::domain::limits::TYPE_AHEAD_KEYS_MAX;
use crate::domain::settings::DialogueSettings;
use crate::domain::{Digit, Entry, Key, Language, Languages, PromptId, Role, Uptime};

/// A dialogue, and what it wanted done since it was last asked.
struct Talk {
    dialogue: Dialogue,
    settings: DialogueSettings,
    deeds: Vec<Deed>,
}

impl Talk {
    fn new(dialogue: Dialogue) -> Self {
        Self { dialogue, settings: DialogueSettings::default(), deeds: Vec::new() }
    }

    fn in_german() -> Self {
        let mut talk = Self::new(Dialogue::ringing());
        talk.event(Event::Answered(Languages::from(Language::DeDe)));
        talk
    }

    fn event(&mut self, event: Event) {
        self.dialogue.handle(Uptime::ZERO, event, &self.settings, &mut self.deeds);
    }

    fn keys(&mut self, keys: &str) {
        for digit in keys.chars().filter_map(Digit::from_char) {
            self.event(Event::Key(Key::Digit(digit)));
        }
    }

    fn said(&mut self) -> Vec<PromptId> {
        let phrase = |deed| if let Deed::Say(phrase) = deed { Some(phrase) } else { None };
        let said = self.deeds.drain(..).filter_map(phrase);
        let said = said.flat_map(|phrase| phrase.said().to_vec());
        said.filter_map(|said| if let Said::Prompt(it) = said { Some(it.prompt) } else { None })
            .collect()
    }
}

/// One that has been put there by the exchange.
fn put(place: Place) -> Talk {
    let mut talk = Talk::in_german();
    talk.keys("147852036#");
    talk.event(Event::Store(Reply::MeetingFound(Lead::Straight)));
    talk.deeds.clear();
    talk.event(Event::Put(place));
    talk
}

fn meeting(waiting: u32) -> Place {
    Place::Meeting(Entrance {
        role: Role::Organizer,
        company: Company::Others,
        recorded: Recorded::Untold,
        silenced: None,
        waiting,
    })
}

#[test]
fn who_is_handed_over_goes_on_in_the_same_language_with_the_keys_typed_ahead() {
    let mut here = Talk::in_german();
    here.keys("147852036#*48");
    let found = here.dialogue.give_away().unwrap();
    assert_eq!(here.dialogue.state(), State::Gone);
    assert!(here.dialogue.give_away().is_none(), "it goes once");
    assert_eq!(here.dialogue.language(), Language::DeDe);

    let there = Dialogue::taken(here.dialogue.language(), found.tried, found.kept);
    let mut there = Talk::new(there);
    assert_eq!(there.dialogue.state(), State::FindingMeeting { tried: 0 });
    there.event(Event::Store(Reply::MeetingFound(Lead::OrganizerQuestion)));
    assert_eq!(there.dialogue.state(), State::EnteringPin { tried: 0 });
    assert_eq!(there.said(), [], "who has begun is not asked");
    there.event(Event::PhraseEnded);
    assert!(
        there.deeds.is_empty(),
        "and has the time between two keys, no more: {:?}",
        there.deeds
    );
    there.keys("213#");
    let pin = Entry::parse("48213").unwrap();
    assert!(there.deeds.contains(&Deed::AskPin(pin)));
}

#[test]
fn who_is_handed_over_with_no_key_typed_ahead_is_asked() {
    let mut there = Talk::new(Dialogue::taken(Language::EnUs, 1, Vec::new()));
    assert_eq!(there.dialogue.state(), State::FindingMeeting { tried: 1 });
    assert!(there.dialogue.collector.is_none(), "it takes no room");
    there.event(Event::Store(Reply::MeetingFound(Lead::OrganizerQuestion)));
    assert_eq!(there.said(), [PromptId::OrganizerQuestion]);
}

#[test]
fn nothing_is_given_away_that_is_not_being_looked_for() {
    let mut talk = Talk::in_german();
    assert!(talk.dialogue.give_away().is_none());
    assert_eq!(talk.dialogue.state(), State::EnteringConferenceId { tried: 0 });
}

#[test]
fn a_command_half_keyed_is_counted_and_an_entry_is_none() {
    let mut entry = Talk::in_german();
    entry.keys("147");
    assert_eq!(entry.dialogue.command_keys(), None);
    let mut talk = put(meeting(0));
    assert_eq!(talk.dialogue.command_keys(), None);
    talk.keys("*");
    assert_eq!(talk.dialogue.command_keys(), Some(0));
    talk.keys("2");
    assert_eq!(talk.dialogue.command_keys(), Some(1));
    talk.keys("2");
    assert_eq!(talk.dialogue.command_keys(), None);

    talk.keys("*2");
    talk.event(Event::WaitOver(Wait::Keys));
    assert_eq!(talk.dialogue.command_keys(), None, "what was given up is forgotten");
    talk.keys("*2");
    talk.event(Event::Put(Place::Lobby(Awaiting::Start)));
    talk.event(Event::Put(meeting(0)));
    assert_eq!(talk.dialogue.command_keys(), None, "also by who was sent back to the lobby");
}

#[test]
fn keys_typed_ahead_are_kept_up_to_a_limit_and_then_ignored() {
    let mut talk = Talk::in_german();
    talk.keys("147852036#");
    talk.deeds.clear();
    talk.keys(&"1".repeat(TYPE_AHEAD_KEYS_MAX));
    assert_eq!(talk.deeds, []);
    talk.keys("1");
    assert_eq!(talk.deeds, [Deed::KeyIgnored]);
}

#[test]
fn who_comes_in_to_admit_others_is_told_how_many_wait_if_any_do() {
    let plain = put(meeting(0)).said();
    let told = put(meeting(3)).said();
    assert_eq!(plain, [PromptId::OrganizerWelcome]);
    assert!(told.len() > plain.len() && told.starts_with(&plain), "{told:?}");
}

#[test]
fn a_warning_that_has_no_place_before_the_end_of_the_wait_is_left_out() {
    let minute = Duration::from_secs(60);
    let ends = 30 * minute;
    for (warning, awaited) in [
        (minute, (Wait::LobbyWarning, 29 * minute)),
        (Duration::ZERO, (Wait::LobbyEnd, ends)),
        (ends, (Wait::LobbyEnd, ends)),
        (ends + minute, (Wait::LobbyEnd, ends)),
    ] {
        let mut talk = put(Place::NameFirst);
        talk.settings.lobby_warning_before = warning;
        talk.event(Event::PhraseEnded);
        talk.event(Event::NameTaken(NameTaken::Silent));
        talk.event(Event::PhraseEnded);
        talk.event(Event::NameTaken(NameTaken::Silent));
        talk.event(Event::Put(Place::Lobby(Awaiting::Start)));
        let last = talk.deeds.last();
        assert_eq!(last, Some(&Deed::Await(awaited.0, awaited.1)), "warned {warning:?} before");
    }
}

#[test]
fn a_name_can_be_said_anew_once() {
    let mut talk = put(Place::NameFirst);
    let naming = |take| Naming { manner: Manner::Caller, take };
    for (state, event) in [
        (State::AskingName(naming(Take::First)), Event::PhraseEnded),
        (State::RecordingName(naming(Take::First)), Event::NameTaken(NameTaken::Said)),
        (State::ReviewingName(naming(Take::First)), Event::Key(Key::Digit(Digit::STAR))),
        (State::AskingName(naming(Take::Last)), Event::PhraseEnded),
        (State::RecordingName(naming(Take::Last)), Event::NameTaken(NameTaken::Said)),
    ] {
        assert_eq!(talk.dialogue.state(), state);
        talk.event(event);
    }
    assert_eq!(talk.dialogue.state(), State::Placing(Manner::Caller));
}

#[test]
fn a_phrase_prints_what_is_said_and_keys_typed_ahead_print_only_how_many() {
    let phrase = Phrase::new(Language::EnUs, &[PromptId::Welcome]);
    assert!(format!("{phrase:?}").contains("Welcome"));
    let mut talk = Talk::in_german();
    talk.keys("147852036#*48213");
    let printed = format!("{:?}", talk.dialogue);
    assert!(printed.contains("6 keys") && !printed.contains('8'), "{printed}");
}
