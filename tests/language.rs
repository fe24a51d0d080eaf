//! The choice of a language: by table, and by ear.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene has failed")]

mod support;

use std::collections::BTreeMap;

use holdline::caller::{Comes, Deed, Heard, Percept, Script};
use holdline::domain::settings::{Announce, MeetingRules, NameRecording};
use holdline::domain::{Language, Languages, PromptId, Spoken, UserId};
use holdline::exchange::{Config, Happened, Journal, SoundMode, replay};
use holdline::media::sounds::Sounds;
use holdline::sim::World;

use support::stage::{ACCESS_NUMBER, IDS, PINS, Stage};
use support::{caller, sounds, until, wait, world_config};

const ANN: u64 = 1;

fn config(languages: &[Language]) -> Config {
    let languages = Languages::new(languages).unwrap();
    Config {
        languages: BTreeMap::from([(ACCESS_NUMBER.parse().unwrap(), languages)]),
        ..Config::default()
    }
}

fn stage() -> Stage {
    let config =
        Config { sound: SoundMode::Durations, ..config(&[Language::DeDe, Language::EnUs]) };
    Stage::with_config(&MeetingRules::default(), config)
}

fn chosen(stage: &Stage) -> Option<Language> {
    stage.trace.iter().find_map(|event| match event.happened {
        Happened::Language { language } => Some(language),
        _ => None,
    })
}

#[test]
fn each_language_has_its_key_and_silence_takes_the_first() {
    for (keys, seconds, language) in [
        ("1", 1, Some(Language::DeDe)),
        ("2", 1, Some(Language::EnUs)),
        ("#", 1, None),
        ("", 20, None),
        ("30*A2", 1, Some(Language::EnUs)),
    ] {
        let mut stage = stage();
        stage.call(ANN);
        stage.seconds(1);
        assert_eq!(stage.state(ANN), Some("choosing-language"));
        stage.keys(ANN, keys);
        stage.seconds(seconds);
        assert_eq!(stage.state(ANN), Some("entering-conference-id"), "{keys:?}");
        assert_eq!(chosen(&stage), language, "{keys:?}");
    }
}

/// A menu that is to be heard to its end: what was keyed meanwhile is taken then, and the journal knows it again.
#[test]
fn a_menu_heard_to_its_end_takes_the_key_afterwards() {
    let mut config = config(&[Language::DeDe, Language::EnUs]);
    config.sound = SoundMode::Durations;
    config.dialogue.heard_to_the_end = [PromptId::ForThisLanguage].into();
    let mut stage = Stage::with_config(&MeetingRules::default(), config);
    stage.comes(ANN, &format!("2{}##", IDS[0]));
    assert_eq!((stage.state(ANN), chosen(&stage)), (Some("choosing-language"), None));
    stage.seconds(2);
    assert_eq!((stage.state(ANN), chosen(&stage)), (Some("in-lobby"), Some(Language::EnUs)));
    stage.hang_up(ANN);
    let journal = Journal::parse(&stage.written_journal()).unwrap();
    assert_eq!(replay(&journal, support::short_sounds().0).unwrap(), stage.trace);
}

#[test]
fn the_menu_is_said_in_each_language_in_order() {
    let mut stage = stage();
    stage.call(ANN);
    stage.seconds(3);
    let menu = "welcome for-this-language press number-1 for-this-language press number-2";
    assert_eq!(stage.said(0, ANN).join(" "), menu);
}

#[test]
fn a_number_with_one_language_asks_nothing() {
    let config = Config { sound: SoundMode::Durations, ..config(&[Language::DeDe]) };
    let mut stage = Stage::with_config(&MeetingRules::default(), config);
    stage.comes(ANN, &format!("{}##", IDS[0]));
    assert_eq!((stage.state(ANN), chosen(&stage)), (Some("in-lobby"), None));
}

#[test]
fn language_conference_id_and_pin_go_in_one() {
    let mut stage = stage();
    stage.comes(ANN, &format!("2{}#*{}#", IDS[0], PINS[0]));
    assert_eq!((stage.state(ANN), chosen(&stage)), (Some("in-meeting"), Some(Language::EnUs)));
    stage.hang_up(ANN);
    let text = stage.written_journal();
    assert!(!text.contains(PINS[0]));
    let again = replay(&Journal::parse(&text).unwrap(), support::short_sounds().0).unwrap();
    assert_eq!(again, stage.trace);
}

/// A meeting that an app user starts, who has called no number, speaks the language of the organization.
#[test]
fn a_meeting_that_an_app_user_starts_speaks_the_bridges_own_language() {
    let config = Config { language: Language::DeDe, ..Config::default() };
    let rules = MeetingRules {
        announce: Announce::Names,
        name_recording: NameRecording::Off,
        ..MeetingRules::default()
    };
    let mut office = support::Office::with_rules(rules);
    let app = Script {
        comes: Comes::ByApp(UserId::new(9), support::CONFERENCE_ID.parse().unwrap()),
        ..caller("app", 750, 0, support::with_end(Vec::new(), 20))
    };
    let ann = caller("ann", 500, 3_000, support::with_end(vec![Deed::keys("147852036#")], 8));
    let mut world = world_config();
    world.exchange = config;
    let report = World::new(world, sounds(), &[app, ann], &mut office).run();
    support::assert_whole(&report);
    let spoken = |place: usize| {
        let heard = report.seats[place].caller.ear().impressions().iter();
        heard.filter_map(|impression| match impression.heard {
            Heard::Prompt(spoken) => Some(spoken.language),
            _ => None,
        })
    };
    // Two of them are heard as they are, what is said while the caller speaks too is not.
    assert!(spoken(0).count() > 1 && spoken(0).all(|language| language == Language::DeDe));
    assert!(
        spoken(1).all(|language| language == Language::DeDe),
        "nor a number that is not listed"
    );
}

/// Sounds that lack a language are told of before anything is run on them.
#[test]
fn a_language_without_sounds_is_told_and_not_replaced() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let read = |name: &str| std::fs::read(folder.join(name)).map_err(|error| error.to_string());
    let english = std::sync::Arc::new(Sounds::load(read, &[Language::EnUs]).unwrap());
    assert_eq!(Config::default().check(&english), Ok(()));
    let told = |config: &Config| config.check(&english).unwrap_err().to_string();
    let both = config(&[Language::EnUs, Language::DeDe]);
    assert!(told(&both).starts_with("+14255550199 answers in de-DE"), "{}", told(&both));
    let german = Config { language: Language::DeDe, ..Config::default() };
    assert!(told(&german).contains("de-DE"), "{}", told(&german));
    let journal = Journal { config: both, entries: Vec::new() };
    let replayed = replay(&journal, english).unwrap_err().to_string();
    assert!(replayed.contains("answers in de-DE"), "{replayed}");
}

/// On the sounds as they are shipped: whoever chooses German hears German from then on.
#[test]
fn whoever_chooses_a_language_hears_that_language() {
    let mut world = world_config();
    world.exchange = config(&[Language::EnUs, Language::DeDe]);
    let deeds = vec![
        until(Percept::Prompt(PromptId::Press)),
        Deed::keys("2"),
        until(Percept::PromptOver(PromptId::EnterConferenceId)),
        Deed::keys("147852036##"),
        until(Percept::Music),
        wait(70),
        Deed::HangUp,
    ];
    let scripts = [caller("ann", 500, 0, deeds)];
    assert!(matches!(scripts[0].comes, Comes::ByPhone(None)));
    let mut office = support::Office::with_rules(MeetingRules::default());
    let report = World::new(world, sounds(), &scripts, &mut office).run();
    support::assert_whole(&report);
    let heard: Vec<(PromptId, Language)> = report.seats[0]
        .caller
        .ear()
        .impressions()
        .iter()
        .filter_map(|impression| match impression.heard {
            Heard::Prompt(spoken) => Some((spoken.prompt, spoken.language)),
            _ => None,
        })
        .collect();
    let german = |prompt| (prompt, Language::DeDe);
    let at = heard.iter().position(|heard| *heard == german(PromptId::EnterConferenceId));
    let (before, after) = heard.split_at(at.unwrap());
    assert!(before.contains(&(PromptId::Welcome, Language::EnUs)), "{before:?}");
    assert!(after.iter().all(|(_, language)| *language == Language::DeDe), "{after:?}");
    assert!(after.contains(&german(PromptId::LobbyWaiting)), "{after:?}");
    assert!(after.contains(&german(PromptId::LobbyStillWaiting)), "{after:?}");
}

/// Whoever is asked again knows the question: it gets shorter with each try, in every language, and more explicit: all the
/// digits, then that it is the last try. What went wrong is said before it: nothing complete, or nothing that fits.
#[test]
fn a_question_asked_again_gets_shorter_and_more_explicit() {
    use PromptId as P;
    let ids = [P::EnterConferenceId, P::EnterConferenceIdAgain, P::EnterConferenceIdLast];
    let pins = [P::EnterPin, P::EnterPinAgain, P::EnterPinLast];
    for (language, all, last) in [
        (Language::EnUs, "all digits of the", "Last try"),
        (Language::DeDe, "alle Ziffern der", "Letzter Versuch"),
    ] {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/prompts");
        let catalogue = folder.join(language.name()).join("catalogue.toml");
        let catalogue: toml::Table = std::fs::read_to_string(catalogue).unwrap().parse().unwrap();
        let says = |prompt: PromptId| catalogue[prompt.name()]["text"].as_str().unwrap();
        for questions in [ids, pins] {
            let lasts =
                questions.map(|prompt| sounds().prompt(Spoken { language, prompt }).duration());
            assert!(lasts[0] > lasts[1] && lasts[1] > lasts[2], "{language}: {lasts:?}");
            assert!(says(questions[1]).contains(all) && says(questions[2]).contains(last));
        }
    }
    for (keys, why) in [
        ("", "no-entry-heard"),
        ("147", "no-entry-heard"),
        ("#", "no-entry-heard"),
        ("147852037#", "conference-id-unknown"),
    ] {
        let mut stage = Stage::with_config(&MeetingRules::default(), Config::default());
        stage.comes(ANN, keys);
        stage.seconds(10);
        let said = stage.said(0, ANN);
        let asked = said.iter().position(|word| *word == "enter-conference-id-again").unwrap();
        assert_eq!(said[asked - 1], why, "{keys:?}");
    }
    for (keys, why) in [("", "no-entry-heard"), ("4", "no-entry-heard"), ("4821#", "pin-wrong")] {
        let mut stage = Stage::with_config(&MeetingRules::default(), Config::default());
        stage.comes(ANN, &format!("{}#*{keys}", IDS[0]));
        stage.seconds(10);
        let said = stage.said(0, ANN);
        let asked = said.iter().position(|word| *word == "enter-pin-again").unwrap();
        assert_eq!(said[asked - 1], why, "{keys:?}");
    }
}
