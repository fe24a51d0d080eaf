//! The rules of PINs over all rooms that keep them: admin decides, the store commits, questions are answered.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use holdline::admin::{self, Command, Desk, Outcome, ResetBy, demonstration};
use holdline::caller::{Comes, Deed, Percept, Script};
use holdline::domain::call_source::CallSource;
use holdline::domain::digit::Entry;
use holdline::domain::directory::RuleOverrides;
use holdline::domain::id::UserId;
use holdline::domain::pin::{Pin, PinLength};
use holdline::domain::question::{Answer, Question};
use holdline::domain::{
    Actor, EndReason, HangupCause, MeetingRecord, PromptId, Record, Role, Signed,
};
use holdline::exchange::{Happened, TraceEvent};
use holdline::sim::{Office, World};
use holdline::store::{Store, answer};

use support::contoso::Contoso;

fn reset(user: UserId) -> Command {
    Command::ResetPin { user, by: ResetBy::Administrator, send_to: None }
}

#[test]
fn a_reset_pin_opens_and_the_one_before_does_not() {
    let mut contoso = Contoso::with_pin(&Pin::parse("48213").unwrap());
    assert_eq!(contoso.key_pin(demonstration::MEETING, "48213"), Answer::Organizer);
    let pin = contoso.carry_out(reset(demonstration::MEGAN)).revealed.unwrap().take();
    assert_eq!(contoso.key_pin(demonstration::MEETING, "48213"), Answer::PinMismatch);
    assert_eq!(contoso.key_pin(demonstration::MEETING, pin.reveal()), Answer::Organizer);
}

#[test]
fn another_organizers_pin_opens_only_their_own_meeting() {
    let mut contoso = Contoso::with_pin(&Pin::parse("48213").unwrap());
    let add = Command::AddUser { name: "Alex Wilber".into(), address: None, number: None };
    let alex = contoso.carry_out(add).added_user().unwrap();
    let enabled = contoso.carry_out(Command::EnableConferencing { user: alex, send_to: None });
    let alexs = enabled.added_meeting().unwrap();
    let pin = enabled.revealed.unwrap().take();
    assert_eq!(contoso.key_pin(alexs, pin.reveal()), Answer::Organizer);
    assert_eq!(contoso.key_pin(demonstration::MEETING, pin.reveal()), Answer::PinMismatch);
    assert_eq!(contoso.key_pin(alexs, "48213"), Answer::PinMismatch);
}

#[test]
fn a_locked_pin_is_answered_like_a_wrong_one_until_it_is_unlocked() {
    let mut contoso = Contoso::with_pin(&Pin::parse("48213").unwrap());
    let wrong = contoso.key_pin(demonstration::MEETING, "48214");
    for _ in 0..9 {
        contoso.key_pin(demonstration::MEETING, "48214");
    }
    contoso.now = contoso.now + Duration::from_secs(59 * 60);
    assert_eq!(contoso.key_pin(demonstration::MEETING, "48213"), wrong);
    contoso.carry_out(Command::Unlock { user: demonstration::MEGAN });
    assert_eq!(contoso.key_pin(demonstration::MEETING, "48213"), Answer::Organizer);
}

#[test]
fn a_longer_pin_length_leaves_the_old_pin_as_it_is() {
    let mut contoso = Contoso::with_pin(&Pin::parse("48213").unwrap());
    contoso.carry_out(Command::SetPinLength { length: PinLength::new(12).unwrap() });
    assert_eq!(contoso.key_pin(demonstration::MEETING, "48213"), Answer::Organizer);
    let pin = contoso.carry_out(reset(demonstration::MEGAN)).revealed.unwrap().take();
    assert_eq!(pin.len(), 12);
    assert_eq!(contoso.key_pin(demonstration::MEETING, pin.reveal()), Answer::Organizer);
}

#[test]
fn a_disabled_users_conference_id_is_nobodys_for_sixty_days() {
    let mut contoso = Contoso::with_pin(&Pin::parse("48213").unwrap());
    assert!(matches!(contoso.key_id("147852036"), Answer::Meeting(_)));
    contoso.carry_out(Command::DisableConferencing { user: demonstration::MEGAN });
    assert_eq!(contoso.key_id("147852036"), Answer::NoSuchMeeting);
    assert_eq!(contoso.key_pin(demonstration::MEETING, "48213"), Answer::PinMismatch);
    let id = "147852036".parse().unwrap();
    let day = Duration::from_secs(24 * 60 * 60);
    let directory = contoso.store.directory().unwrap();
    assert!(!directory.is_free(id, contoso.now + 59 * day));
    assert!(directory.is_free(id, contoso.now + 60 * day));
}

/// Twelve digits: five turn up by chance in a time.
#[test]
fn nothing_that_is_printed_or_stored_has_a_pin_in_it() {
    let given = Pin::parse("904716283350").unwrap();
    let mut contoso = Contoso::with_pin(&given);
    contoso.carry_out(Command::SetPinLength { length: PinLength::new(12).unwrap() });
    let directory = contoso.store.directory().unwrap();
    let mut desk = Desk { rng: &mut contoso.rng, hasher: &contoso.hasher, now: contoso.now };
    let outcome = admin::decide(&directory, reset(demonstration::MEGAN), &mut desk).unwrap();
    assert_eq!(outcome.letters.len(), 1);

    let entry = Entry::parse(given.reveal()).unwrap();
    let question = Question::VerifyPin {
        meeting: demonstration::MEETING,
        entry,
        from: holdline::domain::CallSource::UNKNOWN,
    };
    let mut printed = format!("{given:?} {question:?} {outcome:?} {outcome:#?}");
    printed += &serde_json::to_string(&outcome.changes).unwrap();
    let Outcome { changes, letters, revealed, post } = outcome;
    printed += &format!("{letters:?} {revealed:?} {post} {:?}", contoso.hasher);
    let signed = Signed { by: Actor::Administrator, at: contoso.now };
    contoso.store.commit(signed, changes, letters).unwrap();
    let directory = contoso.store.directory().unwrap();
    printed += &format!("{directory:?} {:?}", contoso.store);
    printed += &serde_json::to_string(&*directory).unwrap();
    let attempt = contoso.store.open_attempt(demonstration::MEETING, contoso.now).unwrap();
    printed += &format!("{attempt:?}");

    let made = revealed.unwrap().take();
    let [letter] = &contoso.store.take_letters()[..] else { panic!("one letter") };
    assert!(letter.reveal_body().contains(made.reveal()), "only the letter itself has it");
    for pin in [&given, &made] {
        assert!(!printed.contains(pin.reveal()), "{} digits are in the open", pin.len());
    }
    assert!(printed.contains("Megan Bowen"), "something was printed");
    assert!(!format!("{directory:?}").contains("$argon2id$"), "no digest is printed");
}

#[test]
fn the_same_seed_makes_the_same_organization() {
    let tell = || {
        let mut contoso = Contoso::with_pin(&Pin::parse("48213").unwrap());
        for name in ["Alex Wilber", "Joni Sherman"] {
            let add = Command::AddUser { name: name.into(), address: None, number: None };
            let user = contoso.carry_out(add).added_user().unwrap();
            contoso.carry_out(Command::EnableConferencing { user, send_to: None });
        }
        serde_json::to_string(&*contoso.store.directory().unwrap()).unwrap()
    };
    assert_eq!(tell(), tell());
}

#[test]
fn a_scheduled_meetings_conference_id_expires_sixty_days_after_its_end_or_its_latest_start() {
    let mut contoso = Contoso::with_pin(&Pin::parse("48213").unwrap());
    let day = Duration::from_secs(24 * 60 * 60);
    let start = contoso.now;
    let add = Command::AddMeeting {
        organizer: demonstration::MEGAN,
        subject: "Roadmap".into(),
        rules: RuleOverrides::default(),
        held_until: Some(start),
    };
    let meeting = contoso.carry_out(add).added_meeting().unwrap();
    let id = contoso.store.directory().unwrap().meeting(meeting).unwrap().conference_id;
    let found_after = |contoso: &mut Contoso, days: u32| {
        contoso.now = start + day * days;
        matches!(contoso.key_id(&id.to_string()), Answer::Meeting(_))
    };
    assert!(found_after(&mut contoso, 59));
    assert!(!found_after(&mut contoso, 60), "as unknown as any other");
    assert_eq!(contoso.key_id(&id.to_string()), contoso.key_id("000000000"));

    contoso.carry_out(Command::Reschedule { meeting, held_until: Some(start + day * 30) });
    assert!(found_after(&mut contoso, 89));
    let record = MeetingRecord {
        meeting,
        conference_id: id,
        organizer: demonstration::MEGAN,
        started_at: start + day * 80,
        started_by: Role::Organizer,
        duration: Duration::from_secs(60),
        joined: 1,
        members_most: 1,
        recorded: Duration::ZERO,
        ended: Some(EndReason::Empty),
    };
    contoso.store.file_record(Record::Meeting(record)).unwrap();
    assert!(found_after(&mut contoso, 139), "it was held on day 80");
    assert!(!found_after(&mut contoso, 140));
    // A user's own never does.
    assert!(matches!(contoso.key_id("147852036"), Answer::Meeting(_)));
}

/// Twenty wrong entries in ten minutes, conference IDs and PINs alike, and the twenty-first call gets a busy.
#[test]
fn whoever_keys_too_much_wrong_is_kept_out_for_ten_minutes() {
    let mut contoso = Contoso::with_pin(&Pin::parse("48213").unwrap());
    let minute = Duration::from_secs(60);
    let source = |text: &str| text.parse::<CallSource>().unwrap();
    let [bad, other] = [source("+14255550123"), source("@192.0.2.1")];
    let entry = |text: &str| Entry::parse(text).unwrap();
    let may = |contoso: &Contoso, from| {
        answer(&contoso.store, &contoso.hasher, &Question::MayCall { from }, contoso.now)
    };
    for turn in 0..20 {
        assert_eq!(may(&contoso, bad), Answer::MayCall, "turn {turn}");
        let question = match turn % 2 {
            0 => Question::FindMeeting { entry: entry("1"), from: bad },
            _odd => Question::VerifyPin {
                meeting: demonstration::MEETING,
                entry: entry("1"),
                from: bad,
            },
        };
        answer(&contoso.store, &contoso.hasher, &question, contoso.now);
    }
    assert_eq!(may(&contoso, bad), Answer::KeptOut);
    assert_eq!(may(&contoso, other), Answer::MayCall);
    assert_eq!(may(&contoso, CallSource::UNKNOWN), Answer::MayCall);
    contoso.now = contoso.now + minute * 9;
    assert_eq!(may(&contoso, bad), Answer::KeptOut);
    contoso.now = contoso.now + minute;
    assert_eq!(may(&contoso, bad), Answer::MayCall);
    // Right entries count for nothing.
    for _ in 0..30 {
        let right = Question::FindMeeting { entry: entry("147852036"), from: other };
        answer(&contoso.store, &contoso.hasher, &right, contoso.now);
    }
    assert_eq!(may(&contoso, other), Answer::MayCall);
}

/// What happened from the last key on, since it: when, and what.
type Story = Vec<(Duration, String)>;

/// By ear: all that is heard in the eight seconds from the last key of a call on, and what happens.
fn heard_from_the_last_key_on(contoso: Contoso, deeds: Vec<Deed>) -> (Vec<i16>, Story) {
    let (store, hasher) = (Arc::new(contoso.store), Arc::new(contoso.hasher));
    let mut office = Office::new(store, hasher);
    let mut config = support::world_config();
    config.exchange.epoch = contoso.now;
    let deeds = support::with_end(deeds, 9);
    let script = [support::caller("olga", 500, 0, deeds)];
    let report = World::new(config, support::sounds(), &script, &mut office).run();
    support::assert_whole(&report);
    let keys = |event: &&TraceEvent| matches!(event.happened, Happened::Key { .. });
    let last = report.trace.iter().rfind(keys).unwrap().at;
    let seat = &report.seats[0];
    let from = last.since(seat.answered_at.unwrap()).as_millis() as usize * 8;
    let story: Story = (report.trace.iter())
        .filter(|event| event.at >= last)
        .map(|event| (event.at.since(last), format!("{:?}", event.happened)))
        .collect();
    let sound = seat.heard.samples()[from..from + 8 * 8_000].to_vec();
    assert!(sound.iter().any(|&sample| sample != 0), "something is said");
    (sound, story)
}

/// What a caller hears of a guess is the same to the sample, whether it was too short, too long, wrong by one digit, of another
/// organizer, or right at a PIN that is locked.
#[test]
fn every_refused_pin_sounds_the_same_to_the_sample() {
    let heard_after = |guess: &str, locked: bool| {
        let contoso = Contoso::with_pin(&Pin::parse("48213").unwrap());
        if locked {
            for _ in 0..10 {
                contoso.key_pin(demonstration::MEETING, "1111");
            }
        }
        let deeds = vec![
            Deed::keys("147852036#*"),
            support::until(Percept::PromptOver(PromptId::EnterPin)),
            Deed::keys(&format!("{guess}#")),
        ];
        heard_from_the_last_key_on(contoso, deeds)
    };
    let (sound, story) = heard_after("48214", false);
    assert!(story.iter().any(|(_, what)| *what == format!("{:?}", Happened::PinRefused)));
    for (guess, locked) in
        [("4", false), ("4821", false), ("482130", false), ("70962", false), ("48213", true)]
    {
        let (other_sound, other_story) = heard_after(guess, locked);
        assert_eq!(other_story, story, "{} digits, locked: {locked}", guess.len());
        assert!(other_sound == sound, "{} digits, locked: {locked}", guess.len());
    }
}

/// And of a conference ID: whether it was mistyped, is nobody's, was that of a meeting that has expired, or too short.
#[test]
fn every_refused_conference_id_sounds_the_same_to_the_sample() {
    let heard_after = |id: Option<&str>| {
        let mut contoso = Contoso::with_pin(&Pin::parse("48213").unwrap());
        let command = Command::AddMeeting {
            organizer: demonstration::MEGAN,
            subject: "Roadmap".to_owned(),
            rules: RuleOverrides::default(),
            held_until: Some(contoso.now),
        };
        let meeting = contoso.carry_out(command).added_meeting().unwrap();
        let directory = contoso.store.directory().unwrap();
        let expired = directory.meeting(meeting).unwrap().conference_id.to_string();
        assert!(matches!(contoso.key_id(&expired), Answer::Meeting(_)));
        contoso.now = contoso.now + Duration::from_secs(61 * 24 * 60 * 60);
        let deeds = vec![
            support::until(Percept::PromptOver(PromptId::EnterConferenceId)),
            Deed::keys(&format!("{}#", id.unwrap_or(&expired))),
        ];
        heard_from_the_last_key_on(contoso, deeds)
    };
    let (sound, story) = heard_after(Some("147852037"));
    let unknown = Happened::Prompt { prompt: PromptId::ConferenceIdUnknown };
    assert!(story.iter().any(|(_, what)| *what == format!("{unknown:?}")), "{story:?}");
    for (kind, id) in [("unknown", Some("258147363")), ("expired", None), ("too short", Some("1"))]
    {
        let (other_sound, other_story) = heard_after(id);
        assert_eq!(other_story, story, "{kind}");
        assert!(other_sound == sound, "{kind}");
    }
}

/// The same from the telephone: three wrong entries a call, and the eighth call from that number gets a busy; another number's
/// does not.
#[test]
fn who_calls_again_and_again_with_wrong_ids_gets_a_busy() {
    let contoso = Contoso::with_pin(&Pin::parse("48213").unwrap());
    let (store, hasher) = (Arc::new(contoso.store), Arc::new(contoso.hasher));
    let mut office = Office::new(Arc::clone(&store) as Arc<dyn Store>, hasher);
    let mut config = support::world_config();
    config.exchange.epoch = contoso.now;
    let call = |place: u64, number: &str| Script {
        comes: Comes::ByPhone(Some(number.parse().unwrap())),
        ..support::caller(
            &format!("{place}"),
            500,
            place * 20_000,
            vec![
                Deed::keys("1#"),
                support::wait(1),
                Deed::keys("2#"),
                support::wait(1),
                Deed::keys("3#"),
                support::wait(60),
            ],
        )
    };
    let mut scripts: Vec<Script> = (0..8).map(|place| call(place, "+14255550123")).collect();
    scripts.push(call(8, "+14255550124"));
    let (sounds, index) = support::short_sounds();
    let report = World::with_index(config, sounds, index, &scripts, &mut office).run();
    support::assert_whole(&report);
    let causes: Vec<HangupCause> = store.records().iter().map(|record| record.cause).collect();
    let mut expected = vec![HangupCause::NoConferenceId; 9];
    expected[7] = HangupCause::KeptOut;
    assert_eq!(causes, expected);
    assert_eq!(report.seats[7].answered_at, None, "a busy is no answer");
}

#[test]
fn a_setting_out_of_its_range_changes_nothing_and_is_named() {
    let contoso = Contoso::with_pin(&Pin::parse("48213").unwrap());
    let directory = contoso.store.directory().unwrap();
    let mut settings = directory.organization().settings.clone();
    let mut unlocked = settings.clone();
    settings.dialogue.pin_tries = 99;
    unlocked.lockout.locked_for = Duration::ZERO;
    let mut unthrottled = directory.organization().settings.clone();
    unthrottled.caller_lockout.window = Duration::ZERO;
    let rules = RuleOverrides { legs_max: Some(0), ..RuleOverrides::default() };
    let meeting = demonstration::MEETING;
    for (command, told) in [
        (Command::ChangeSettings(Box::new(settings)), "pin-tries is 99"),
        (Command::ChangeSettings(Box::new(unlocked)), "lockout.locked-for is 0ns"),
        (Command::ChangeSettings(Box::new(unthrottled)), "caller-lockout.window is 0ns"),
        (Command::SetMeetingRules { meeting, rules }, "legs-max is 0"),
    ] {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut desk = Desk { rng: &mut rng, hasher: &contoso.hasher, now: contoso.now };
        let error = admin::decide(&directory, command, &mut desk).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
}
