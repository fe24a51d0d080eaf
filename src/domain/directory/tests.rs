//! Tests of the directory: what is found, what is refused, and what rests.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::super::conference_id::ConferenceIdLength;
use super::super::limits::PIN_HISTORY_MAX;
use super::super::pin::{PinDigest, PinLength};
use super::super::settings::{Admission, StartRequires};
use super::*;

const MEGAN: UserId = UserId::new(1);
const ALEX: UserId = UserId::new(2);
const ROOM: MeetingId = MeetingId::new(1);

fn id(text: &str) -> ConferenceId {
    text.parse().unwrap()
}

fn on_day(day: u64) -> UtcTime {
    UtcTime::from_micros(0) + Duration::from_secs(day * 24 * 60 * 60)
}

fn pin(name: &str) -> PinOnFile {
    let digest = PinDigest::from_phc(format!("$argon2id${name}")).unwrap();
    PinOnFile { digest, length: PinLength::default() }
}

fn replaced(user: UserId, old: &str, new: &str) -> Change {
    Change::PinReplaced { user, old: pin(old).digest, pin: pin(new) }
}

fn enabled(user: UserId, meeting: MeetingId, conference_id: ConferenceId) -> Change {
    Change::ConferencingEnabled { user, meeting, conference_id, pin: pin("first") }
}

/// Megan, enabled, and Alex, who is not.
fn contoso() -> Directory {
    let mut directory = Directory::default();
    directory.apply(Change::UserAdded(User::new(MEGAN, "Megan Bowen".into()))).unwrap();
    directory.apply(Change::UserAdded(User::new(ALEX, "Alex Wilber".into()))).unwrap();
    directory.apply(enabled(MEGAN, ROOM, id("147852036"))).unwrap();
    directory
}

fn scheduled(directory: &Directory, organizer: UserId, conference_id: &str) -> Meeting {
    Meeting {
        id: directory.next_meeting_id(),
        conference_id: id(conference_id),
        organizer,
        kind: MeetingKind::Scheduled,
        subject: "Roadmap".into(),
        rules: RuleOverrides::default(),
        expires_at: None,
    }
}

#[test]
fn a_card_has_the_rules_of_the_meeting_over_the_organizers_over_the_organizations() {
    let mut directory = contoso();
    let mut settings = OrganizationSettings::default();
    settings.meeting.legs_max = 20;
    let organizers = RuleOverrides {
        start_requires: Some(StartRequires::Anyone),
        legs_max: Some(30),
        ..Default::default()
    };
    let meetings = RuleOverrides {
        admission: Some(Admission::OnCommand),
        legs_max: Some(40),
        ..Default::default()
    };
    for change in [
        Change::SettingsChanged(Box::new(settings)),
        Change::UserRulesChanged { user: MEGAN, rules: organizers },
    ] {
        directory.apply(change).unwrap();
    }
    let card = directory.card(id("147852036"), UtcTime::from_micros(0)).unwrap();
    assert_eq!((card.meeting, card.organizer), (ROOM, MEGAN));
    assert_eq!((card.rules.legs_max, card.rules.admission), (30, Admission::OnStart));
    directory.apply(Change::MeetingRulesChanged { meeting: ROOM, rules: meetings }).unwrap();
    let rules = directory.card(id("147852036"), UtcTime::from_micros(0)).unwrap().rules;
    assert_eq!(rules.start_requires, StartRequires::Anyone);
    assert_eq!((rules.legs_max, rules.admission), (40, Admission::OnCommand));
}

#[test]
fn a_reset_conference_id_stops_at_once_and_rests_sixty_days() {
    let mut directory = contoso();
    let new = id(&ConferenceId::with_check_digit("55512345").unwrap().to_string());
    let at = on_day(100);
    directory
        .apply(Change::ConferenceIdReplaced { meeting: ROOM, conference_id: new, at })
        .unwrap();
    assert_eq!(directory.card(id("147852036"), UtcTime::from_micros(0)), None);
    assert_eq!(directory.card(new, UtcTime::from_micros(0)).map(|card| card.meeting), Some(ROOM));
    assert!(!directory.is_free(id("147852036"), on_day(159)));
    assert!(directory.is_free(id("147852036"), on_day(160)));
    assert!(!directory.is_free(new, on_day(400)));
}

#[test]
fn disabling_ends_every_meeting_and_lets_their_numbers_rest() {
    let mut directory = contoso();
    let roadmap = scheduled(&directory, MEGAN, "123456788");
    directory.apply(Change::MeetingAdded(roadmap)).unwrap();
    directory.apply(Change::ConferencingDisabled { user: MEGAN, at: on_day(1) }).unwrap();
    assert_eq!(directory.meetings().len(), 0);
    for text in ["147852036", "123456788"] {
        assert_eq!(directory.card(id(text), UtcTime::from_micros(0)), None);
        assert!(!directory.is_free(id(text), on_day(60)));
        assert!(directory.is_free(id(text), on_day(61)));
    }
    let user = directory.user(MEGAN).unwrap();
    assert_eq!(user.known_pins().count(), 1, "the old PIN is remembered");
    assert_eq!(directory.next_meeting_id(), MeetingId::new(3), "no id is given twice");
}

#[test]
fn a_drawn_conference_id_is_never_one_that_is_used_or_rests() {
    let mut directory = contoso();
    let settings = OrganizationSettings {
        conference_id_length: ConferenceIdLength::new(4).unwrap(),
        ..OrganizationSettings::default()
    };
    directory.apply(Change::SettingsChanged(Box::new(settings))).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let mut at = on_day(0);
    let mut drawn = 0;
    while let Ok(conference_id) = directory.draw_conference_id(&mut rng, at) {
        assert!(directory.is_free(conference_id, at));
        directory.apply(Change::ConferenceIdReplaced { meeting: ROOM, conference_id, at }).unwrap();
        drawn += 1;
    }
    assert!((800..=900).contains(&drawn), "of 900 there are, {drawn} were drawn");
    at = on_day(60);
    assert!(directory.draw_conference_id(&mut rng, at).is_ok());
}

#[test]
fn what_does_not_fit_is_refused_and_alters_nothing() {
    let directory = contoso();
    let other = MeetingId::new(9);
    let mut own = scheduled(&directory, MEGAN, "123456788");
    own.conference_id = id("147852036");
    let rows = [
        (Change::UserAdded(User::new(MEGAN, "Twin".into())), DirectoryError::UserExists(MEGAN)),
        (enabled(MEGAN, other, id("123456788")), DirectoryError::AlreadyEnabled(MEGAN)),
        (enabled(ALEX, ROOM, id("123456788")), DirectoryError::MeetingExists(ROOM)),
        (enabled(ALEX, other, id("147852036")), DirectoryError::ConferenceIdTaken(id("147852036"))),
        (replaced(ALEX, "first", "second"), DirectoryError::NotEnabled(ALEX)),
        // Decided on what somebody else has changed in the meantime.
        (replaced(MEGAN, "of yesterday", "second"), DirectoryError::PinIsAnother(MEGAN)),
        (
            Change::ConferencingDisabled { user: ALEX, at: on_day(0) },
            DirectoryError::NotEnabled(ALEX),
        ),
        (Change::PinUnlocked { user: UserId::new(7) }, DirectoryError::NoSuchUser(UserId::new(7))),
        (
            Change::MeetingAdded(scheduled(&directory, ALEX, "123456788")),
            DirectoryError::NotEnabled(ALEX),
        ),
        (Change::MeetingAdded(own), DirectoryError::ConferenceIdTaken(id("147852036"))),
        (
            Change::MeetingRemoved { meeting: ROOM, at: on_day(0) },
            DirectoryError::StandingMeeting(ROOM),
        ),
        (
            Change::MeetingRemoved { meeting: other, at: on_day(0) },
            DirectoryError::NoSuchMeeting(other),
        ),
    ];
    for (change, expected) in rows {
        let mut altered = directory.clone();
        assert_eq!(altered.apply(change.clone()), Err(expected), "{change:?}");
        assert_eq!(altered, directory, "{change:?}");
    }
}

#[test]
fn the_oldest_pin_is_forgotten_first() {
    let mut directory = contoso();
    let mut old = "first".to_owned();
    for number in 0..PIN_HISTORY_MAX + 3 {
        let new = number.to_string();
        directory.apply(replaced(MEGAN, &old, &new)).unwrap();
        old = new;
    }
    let user = directory.user(MEGAN).unwrap();
    assert_eq!(user.earlier_pins.len(), PIN_HISTORY_MAX);
    assert_eq!(user.earlier_pins.last(), Some(&pin(&(PIN_HISTORY_MAX + 1).to_string()).digest));
    assert!(!user.known_pins().any(|digest| *digest == pin("first").digest));
}

#[test]
fn a_directory_reads_back_as_it_was_written() {
    let mut directory = contoso();
    directory.apply(Change::MeetingAdded(scheduled(&directory, MEGAN, "123456788"))).unwrap();
    directory.apply(Change::MeetingRemoved { meeting: MeetingId::new(2), at: on_day(3) }).unwrap();
    let json = serde_json::to_string(&directory).unwrap();
    assert_eq!(serde_json::from_str::<Directory>(&json).unwrap(), directory);
    let torn = json.replace(r#""meeting":1"#, r#""meeting":8"#);
    let error = serde_json::from_str::<Directory>(&torn).unwrap_err().to_string();
    assert!(error.starts_with("meeting-8 is not in the directory"), "{error}");
}
