//! The whole behaviour in one table: each thing an organization can set, its default, and its other values.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene has failed")]

mod support;

use std::time::Duration;

use holdline::admin::{Command, NoLetter, Outcome, Post, ResetBy, demonstration};
use holdline::domain::keypad::{CommandCharacter, KeyMap};
use holdline::domain::limits::{STORM_JOINS, STORM_WINDOW};
use holdline::domain::lockout::LockoutSettings;
use holdline::domain::pin::{self, MASKED_PIN, Pin, PinContext, PinLength};
use holdline::domain::settings::{
    Admission, AfterWrongPins, Announce, AppStart, BargeIn, DialogueSettings, MeetingRules,
    NameRecording, OrganizerQuestion, StartRequires, WhenAuthenticatedLeft,
};
use holdline::domain::{Answer, ConferenceId, HangupCause, LegId, PromptId};
use holdline::exchange::{Happened, SoundMode};
use holdline::store::Store;

use support::contoso::Contoso;
use support::stage::{IDS, PINS, Stage};

const OLGA: u64 = 1;
const ANN: u64 = 2;
const APP: u64 = 4;

/// One row: what it is called, and what shows it.
type Row = (&'static str, fn());

const ROWS: &[Row] = &[
    ("pin length", pin_length),
    ("pin policy", pin_policy),
    ("who may start", start_requires),
    ("admission", admission),
    ("who starts by app", app_start),
    ("organizer question", organizer_question),
    ("all in one go", shortcut),
    ("conference id", conference_id),
    ("wrong conference id", wrong_conference_id),
    ("wrong pin", wrong_pin),
    ("lockout", lockout),
    ("time limits of an entry", entry_limits),
    ("barge-in and type-ahead", barge_in),
    ("lobby", lobby),
    ("nobody left who may start", nobody_left),
    ("entry and exit", entry_and_exit),
    ("keys in the meeting", keys),
    ("size", size),
    ("mail", mail),
    ("masked pin", masked_pin),
    ("pin shown once", pin_shown_once),
];

#[test]
fn every_row_holds() {
    for (name, check) in ROWS {
        println!("{name}");
        check();
    }
}

fn rules() -> MeetingRules {
    MeetingRules::default()
}

fn stage(rules: MeetingRules) -> Stage {
    stage_with(rules, DialogueSettings::default())
}

fn stage_with(rules: MeetingRules, dialogue: DialogueSettings) -> Stage {
    Stage::new(&rules, dialogue, SoundMode::Durations)
}

fn contoso() -> Contoso {
    Contoso::with_pin(&Pin::parse("48213").unwrap())
}

fn reset(contoso: &mut Contoso, by: ResetBy) -> Outcome {
    contoso.carry_out(Command::ResetPin { user: demonstration::MEGAN, by, send_to: None })
}

fn pin_length() {
    let mut contoso = contoso();
    let made = reset(&mut contoso, ResetBy::Administrator).revealed.unwrap().take();
    assert_eq!(made.len(), 5);
    assert!(PinLength::new(3).is_err() && PinLength::new(13).is_err());
    contoso.carry_out(Command::SetPinLength { length: PinLength::new(12).unwrap() });
    let opens = contoso.key_pin(demonstration::MEETING, made.reveal());
    assert_eq!(opens, Answer::Organizer, "those made before stay as they are");
    let made = reset(&mut contoso, ResetBy::Administrator).revealed.unwrap().take();
    assert_eq!(made.len(), 12);
}

fn pin_policy() {
    let context = PinContext { number: None, conference_ids: &[], is_earlier: &|_pin| false };
    for weak in ["12345", "54321", "77777"] {
        let weak = Pin::parse(weak).unwrap();
        assert!(pin::check(&weak, &context).is_err(), "{} digits", weak.len());
    }
    assert!(pin::check(&Pin::parse("48213").unwrap(), &context).is_ok());
}

fn start_requires() {
    let mut by_pin = stage(rules());
    by_pin.caller_comes(ANN);
    assert_eq!(by_pin.state(ANN), Some("in-lobby"));
    by_pin.organizer_comes(OLGA);
    assert_eq!(by_pin.state(ANN), Some("in-meeting"));
    let mut anyone = stage(MeetingRules { start_requires: StartRequires::Anyone, ..rules() });
    anyone.comes(ANN, &format!("{}#", IDS[0]));
    assert_eq!(anyone.state(ANN), Some("in-meeting"), "without a question");
}

fn admission() {
    let mut on_start = stage(rules());
    on_start.organizer_comes(OLGA);
    on_start.caller_comes(ANN);
    assert_eq!(on_start.state(ANN), Some("in-meeting"));
    let mut on_command = stage(MeetingRules { admission: Admission::OnCommand, ..rules() });
    on_command.organizer_comes(OLGA);
    on_command.caller_comes(ANN);
    assert_eq!(on_command.state(ANN), Some("in-lobby"));
    on_command.keyed(OLGA, "*21");
    assert_eq!(on_command.state(ANN), Some("in-meeting"));
}

/// User 9 organizes nothing.
fn app_start() {
    for (app_start, state) in
        [(AppStart::AnyUser, "in-meeting"), (AppStart::OrganizerOnly, "in-lobby")]
    {
        let mut stage = stage(MeetingRules { app_start, ..rules() });
        stage.app(APP, 9, 0);
        assert_eq!(stage.state(APP), Some(state));
    }
}

fn organizer_question() {
    for (organizer_question, asked) in
        [(OrganizerQuestion::BeforeStart, false), (OrganizerQuestion::AlsoAfterStart, true)]
    {
        let mut stage = stage(MeetingRules { organizer_question, ..rules() });
        stage.app(APP, 9, 0);
        stage.comes(ANN, &format!("{}#", IDS[0]));
        assert_eq!(stage.said(0, ANN).contains(&"organizer-question"), asked);
    }
}

fn shortcut() {
    let mut stage = stage(rules());
    stage.comes(OLGA, &format!("{}#*{}#", IDS[0], PINS[0]));
    assert_eq!(stage.said(0, OLGA), ["welcome", "organizer-welcome", "first-in-meeting"]);
}

fn conference_id() {
    let id: ConferenceId = "147852036".parse().unwrap();
    assert_eq!(id.to_string().len(), 9);
    assert!("147852037".parse::<ConferenceId>().is_err(), "the last digit is a check digit");
    let mut contoso = contoso();
    contoso.carry_out(Command::ResetConferenceId { meeting: demonstration::MEETING });
    assert_eq!(contoso.key_id("147852036"), Answer::NoSuchMeeting, "freed at once");
    let sixty_days = Duration::from_secs(60 * 24 * 60 * 60);
    let directory = contoso.store.directory().unwrap();
    assert!(!directory.is_free(id, contoso.now + (sixty_days - Duration::from_secs(1))));
    assert!(directory.is_free(id, contoso.now + sixty_days));
}

fn wrong_conference_id() {
    let mut stage = stage(rules());
    // Mistyped, unknown, too short: three tries, then a goodbye.
    for keys in ["147852037#", "258147363#", "1#"] {
        match stage.state(ANN) {
            None => stage.comes(ANN, keys),
            Some(_) => stage.keyed(ANN, keys),
        }
    }
    assert_eq!(
        stage.said(0, ANN)[1..],
        [
            "conference-id-unknown",
            "enter-conference-id-again",
            "conference-id-unknown",
            "enter-conference-id-last",
            "conference-id-goodbye"
        ]
    );
    let dialogue = DialogueSettings { conference_id_tries: 1, ..Default::default() };
    let mut once = stage_with(rules(), dialogue);
    once.comes(ANN, "1#");
    assert_eq!(once.hung_up, [(LegId::new(ANN), HangupCause::NoConferenceId)]);
}

fn wrong_pin() {
    for (after_wrong_pins, state) in
        [(AfterWrongPins::Goodbye, None), (AfterWrongPins::Lobby, Some("in-lobby"))]
    {
        let dialogue = DialogueSettings { after_wrong_pins, ..Default::default() };
        let mut stage = stage_with(rules(), dialogue);
        stage.comes(ANN, &format!("{}#*1#", IDS[0]));
        stage.keyed(ANN, "2#");
        assert_eq!(stage.state(ANN), Some("entering-pin"));
        stage.keyed(ANN, "3#");
        stage.seconds(1);
        assert_eq!(stage.state(ANN), state);
    }
}

/// Wrong PINs until it is locked for a while; and how many in all until an administrator has to unlock it.
fn lockout() {
    let minute = Duration::from_secs(60);
    for (preset, in_window, total) in
        [(LockoutSettings::nist(), 10, 100), (LockoutSettings::sfb(), 25, 1_000)]
    {
        let mut contoso = contoso();
        let mut settings = contoso.store.directory().unwrap().organization().settings.clone();
        assert_eq!(settings.lockout, LockoutSettings::nist());
        settings.lockout = preset;
        contoso.carry_out(Command::ChangeSettings(Box::new(settings)));
        let meeting = demonstration::MEETING;
        for turn in 0..total {
            if turn > 0 && turn % in_window == 0 {
                let locked = contoso.key_pin(meeting, "48213");
                assert_eq!(locked, Answer::PinMismatch, "locked, and answered as a wrong one");
                contoso.now = contoso.now + minute * 61;
            }
            contoso.key_pin(meeting, "48214");
        }
        contoso.now = contoso.now + minute * 61;
        assert_eq!(contoso.key_pin(meeting, "48213"), Answer::PinMismatch, "for good");
        contoso.carry_out(Command::Unlock { user: demonstration::MEGAN });
        assert_eq!(contoso.key_pin(meeting, "48213"), Answer::Organizer);
    }
}

fn entry_limits() {
    let limits = DialogueSettings::default();
    let seconds = [limits.first_digit_after, limits.between_digits_after, limits.whole_entry_after];
    assert_eq!(seconds.map(|limit| limit.as_secs()), [7, 4, 30]);
    let mut stage = stage(rules());
    stage.call(ANN);
    stage.pass(Duration::from_millis(90 + 2 * 200 + 7_100));
    assert_eq!(stage.said(0, ANN).last(), Some(&"no-entry-heard"));
}

fn barge_in() {
    let prompt = [PromptId::Welcome, PromptId::EnterConferenceId];
    for (barge_in, heard_to_the_end, cut) in [
        (BargeIn::On, vec![], true),
        (BargeIn::On, vec![PromptId::EnterPin], true),
        (BargeIn::On, vec![PromptId::EnterConferenceId], false),
        (BargeIn::Off, vec![], false),
    ] {
        let heard_to_the_end = heard_to_the_end.into_iter().collect();
        let dialogue = DialogueSettings { barge_in, heard_to_the_end, ..Default::default() };
        let mut stage = stage_with(rules(), dialogue);
        // All in one go, before the first question has been heard: nothing of it is lost.
        stage.comes(OLGA, &format!("{}#*{}#", IDS[0], PINS[0]));
        let was_cut = |prompt: &PromptId| {
            let cut = Happened::PromptCut { prompt: *prompt };
            stage.since(0).any(|event| event.happened == cut)
        };
        assert_eq!(prompt.iter().any(was_cut), cut, "{barge_in:?}");
        assert_eq!(stage.said(0, OLGA).contains(&prompt[1].name()), !cut, "{barge_in:?}");
        stage.seconds(1);
        assert_eq!(stage.state(OLGA), Some("in-meeting"), "{barge_in:?}");
        // As many as are kept.
        stage.call(ANN);
        stage.pass(Duration::from_millis(200));
        let mark = stage.mark();
        stage.keys(ANN, &"1".repeat(40));
        stage.pass(Duration::from_millis(100));
        let left_out =
            stage.since(mark).filter(|event| event.happened == Happened::KeyIgnored).count();
        assert_eq!(left_out, if cut { 0 } else { 8 }, "{barge_in:?}");
    }
}

fn lobby() {
    let mut stage = stage(rules());
    stage.caller_comes(ANN);
    let mark = stage.mark();
    stage.seconds(29 * 60 + 5);
    let words = stage.said(mark, ANN);
    let cut = Happened::PromptCut { prompt: PromptId::LobbyWarning };
    assert!(!stage.since(mark).any(|event| event.happened == cut), "it is heard to its end");
    assert_eq!(words.iter().filter(|word| **word == "lobby-still-waiting").count(), 28);
    assert_eq!(words.last(), Some(&"lobby-warning"));
    stage.seconds(60);
    assert_eq!(stage.hung_up, [(LegId::new(ANN), HangupCause::LobbyTimeLimit)]);
    let dialogue = DialogueSettings { lobby_ends_after: Duration::ZERO, ..Default::default() };
    let mut for_ever = stage_with(rules(), dialogue);
    for_ever.caller_comes(ANN);
    for_ever.seconds(24 * 60 * 60);
    assert_eq!(for_ever.state(ANN), Some("in-lobby"));
}

fn nobody_left() {
    for (when_authenticated_left, state) in [
        (WhenAuthenticatedLeft::GoesOn, Some("in-meeting")),
        (WhenAuthenticatedLeft::Ends, None),
        (WhenAuthenticatedLeft::BackToLobby, Some("in-lobby")),
    ] {
        let mut stage = stage(MeetingRules { when_authenticated_left, ..rules() });
        stage.organizer_comes(OLGA);
        stage.caller_comes(ANN);
        stage.hang_up(OLGA);
        stage.seconds(1);
        assert_eq!(stage.state(ANN), state);
        if state == Some("in-meeting") {
            stage.seconds(90 * 60);
            assert_eq!(stage.state(ANN), None, "ninety minutes later");
        }
    }
    let longest = [rules().ends_after_callers_alone, rules().ends_after_at_most];
    assert_eq!(longest.map(|limit| limit.as_secs() / 3_600), [4, 24]);
}

fn entry_and_exit() {
    for (announce, heard) in
        [(Announce::Tones, Some("entry")), (Announce::Off, None), (Announce::Names, None)]
    {
        let rules = MeetingRules { announce, name_recording: NameRecording::Off, ..rules() };
        let mut stage = stage(rules);
        stage.organizer_comes(OLGA);
        stage.seconds(2);
        let mark = stage.mark();
        stage.app(APP, 9, 0);
        let tone = |stage: &Stage| {
            stage.since(mark).find_map(|event| match event.happened {
                Happened::Tone { tone } => Some(tone),
                _ => None,
            })
        };
        assert_eq!(tone(&stage), None, "only those on the telephone");
        stage.caller_comes(ANN);
        assert_eq!(tone(&stage), heard);
        let named = (stage.since(mark))
            .any(|event| event.leg.is_none() && matches!(event.happened, Happened::Prompt { .. }));
        assert_eq!(named, announce == Announce::Names);
    }
    // More than twenty in ten seconds are told of once.
    assert_eq!((STORM_JOINS, STORM_WINDOW.as_secs()), (20, 10));
    let names = MeetingRules {
        announce: Announce::Names,
        name_recording: NameRecording::Off,
        ..self::rules()
    };
    let mut stage = stage(names);
    stage.organizer_comes(OLGA);
    (10..60).for_each(|leg| stage.call(leg));
    stage.pass(Duration::from_millis(200));
    (10..60).for_each(|leg| stage.keys(leg, &format!("{}#", IDS[0])));
    let mark = stage.mark();
    stage.seconds(1);
    let several = Happened::Prompt { prompt: PromptId::SeveralJoined };
    assert_eq!(stage.since(mark).filter(|event| event.happened == several).count(), 1);
}

fn keys() {
    let map = KeyMap::default();
    assert_eq!(map.character(), CommandCharacter::Star);
    let all = ["1", "3", "5", "6", "7", "8", "21", "22", "23", "24"];
    assert!(all.iter().all(|keys| map.command(keys.as_bytes()).is_some()));
    assert_eq!(map.command(b"8"), map.command(b"21"));
    assert!(KeyMap::skype_for_business().command(b"9").is_some());
}

fn size() {
    assert_eq!(rules().legs_max, 1_000);
    let mut stage = stage(MeetingRules { legs_max: 1, ..rules() });
    stage.caller_comes(ANN);
    stage.caller_comes(3);
    assert_eq!(stage.hung_up, [(LegId::new(3), HangupCause::MeetingFull)]);
}

fn mail() {
    let mut contoso = contoso();
    assert!(matches!(reset(&mut contoso, ResetBy::Administrator).post, Post::Goes(_)));
    let mut settings = contoso.store.directory().unwrap().organization().settings.clone();
    settings.mail.on_self_reset = holdline::domain::directory::Mail::Off;
    contoso.carry_out(Command::ChangeSettings(Box::new(settings.clone())));
    let by_user = reset(&mut contoso, ResetBy::User);
    assert_eq!(by_user.post, Post::None(NoLetter::SelfResetMailOff));
    settings.mail.letters = holdline::domain::directory::Mail::Off;
    contoso.carry_out(Command::ChangeSettings(Box::new(settings)));
    let off = reset(&mut contoso, ResetBy::Administrator).post;
    assert_eq!(off, Post::None(NoLetter::MailOff));
    assert!(off.to_string().contains("hand over the PIN now"));
}

fn masked_pin() {
    assert_eq!(MASKED_PIN, "*".repeat(11));
}

fn pin_shown_once() {
    let mut contoso = contoso();
    let made = reset(&mut contoso, ResetBy::Administrator).revealed.unwrap().take();
    let kept = format!("{:?}", contoso.store.directory().unwrap());
    assert!(!kept.contains(made.reveal()), "what is kept is a digest");
}
