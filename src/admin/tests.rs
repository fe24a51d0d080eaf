//! Tests of the commands: what is made, who is told, and what is refused.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::domain::directory::{Mail, Organization};
use crate::domain::limits::PIN_HISTORY_MAX;
use crate::domain::pin::{Pin, PinDigest};

/// Hashes nothing: a digest is the PIN turned round, so that a test can tell what it stands for.
struct Mirror(PinDigest);

impl Mirror {
    fn new() -> Self {
        Self(PinDigest::from_phc("$argon2id$decoy".into()).unwrap())
    }
}

impl PinHasher for Mirror {
    fn digest(&self, pin: &Pin, _salt: [u8; 16]) -> Result<PinDigest, HashError> {
        let turned: String = pin.reveal().chars().rev().collect();
        Ok(PinDigest::from_phc(format!("$argon2id${turned}")).unwrap())
    }

    fn verify(&self, entry: &[u8], digest: &PinDigest) -> Result<bool, HashError> {
        let turned: String = entry.iter().rev().map(|&byte| char::from(byte)).collect();
        Ok(digest.reveal() == format!("$argon2id${turned}"))
    }

    fn decoy(&self) -> &PinDigest {
        &self.0
    }

    fn is_outdated(&self, _: &PinDigest) -> bool {
        false
    }
}

/// An administrator at work: decides, commits, and keeps what was revealed.
struct Office {
    directory: Directory,
    rng: ChaCha8Rng,
    hasher: Mirror,
}

impl Office {
    fn new(seed: u64) -> Self {
        let organization = Organization { name: "Contoso".into(), ..Organization::default() };
        Self {
            directory: Directory::new(organization),
            rng: ChaCha8Rng::seed_from_u64(seed),
            hasher: Mirror::new(),
        }
    }

    fn decide(&mut self, command: Command) -> Result<Outcome, AdminError> {
        let now = UtcTime::from_micros(0);
        let mut desk = Desk { rng: &mut self.rng, hasher: &self.hasher, now };
        decide(&self.directory, command, &mut desk)
    }

    fn carry_out(&mut self, command: Command) -> Outcome {
        let outcome = self.decide(command).unwrap();
        for change in &outcome.changes {
            self.directory.apply(change.clone()).unwrap();
        }
        outcome
    }

    fn add(&mut self, address: Option<&str>) -> UserId {
        let number = Some("+1 425 555 0199".parse().unwrap());
        let address = address.map(str::to_owned);
        let name = "Megan Bowen".to_owned();
        self.carry_out(Command::AddUser { name, address, number }).added_user().unwrap()
    }

    fn settle(&mut self, alter: impl FnOnce(&mut OrganizationSettings)) {
        let mut settings = self.directory.organization().settings.clone();
        alter(&mut settings);
        self.carry_out(Command::ChangeSettings(Box::new(settings)));
    }

    fn matches(&self, user: UserId, pin: &Pin) -> bool {
        let conferencing = self.directory.user(user).unwrap().audio_conferencing.as_ref().unwrap();
        self.hasher.verify(pin.reveal().as_bytes(), &conferencing.pin.digest).unwrap()
    }
}

fn enable(user: UserId) -> Command {
    Command::EnableConferencing { user, send_to: None }
}

fn reset(user: UserId, by: ResetBy) -> Command {
    Command::ResetPin { user, by, send_to: None }
}

#[test]
fn enabling_makes_a_conference_id_and_a_pin_and_writes_both_to_the_user() {
    let mut office = Office::new(1);
    let user = office.add(Some("megan@contoso.example"));
    let outcome = office.carry_out(enable(user));
    let pin = outcome.revealed.unwrap().take();
    assert_eq!(pin.len(), 5);
    assert!(office.matches(user, &pin));
    let [letter] = outcome.letters.as_slice() else { panic!("one letter") };
    assert_eq!(letter.to, "megan@contoso.example");
    assert!(letter.reveal_body().contains(pin.reveal()));
    assert!(!letter.subject.contains(pin.reveal()));
    let id = office.directory.conference_id_of(user).unwrap();
    assert!(letter.reveal_body().replace(' ', "").contains(&format!("{id}#")));
    assert!(office.directory.card(id, UtcTime::from_micros(0)).is_some());
}

#[test]
fn each_way_no_letter_goes_says_to_hand_the_pin_over() {
    let address = "megan@contoso.example";
    let (with, goes) = (Some(address), Post::Goes(address.to_owned()));
    let rows = [
        (with, Mail::On, Mail::On, ResetBy::User, goes.clone()),
        (with, Mail::On, Mail::Off, ResetBy::Administrator, goes),
        (with, Mail::On, Mail::Off, ResetBy::User, Post::None(NoLetter::SelfResetMailOff)),
        (with, Mail::Off, Mail::On, ResetBy::Administrator, Post::None(NoLetter::MailOff)),
        (None, Mail::On, Mail::On, ResetBy::Administrator, Post::None(NoLetter::NoAddress)),
    ];
    for (address, letters, on_self_reset, by, expected) in rows {
        let mut office = Office::new(2);
        let user = office.add(address);
        office.settle(|settings| {
            settings.mail.letters = letters;
            settings.mail.on_self_reset = on_self_reset;
        });
        office.carry_out(enable(user));
        let outcome = office.carry_out(reset(user, by));
        assert_eq!(outcome.post, expected);
        assert_eq!(outcome.letters.len(), usize::from(matches!(expected, Post::Goes(_))));
        assert!(outcome.revealed.is_some());
        let hand_over = expected.to_string().contains("hand over the PIN now");
        assert_eq!(hand_over, outcome.letters.is_empty(), "{expected}");
    }
}

#[test]
fn a_letter_can_go_to_another_address() {
    let mut office = Office::new(3);
    let user = office.add(None);
    let send_to = Some("front.desk@contoso.example".to_owned());
    let outcome = office.carry_out(Command::EnableConferencing { user, send_to });
    assert_eq!(outcome.letters[0].to, "front.desk@contoso.example");
}

#[test]
fn a_reset_makes_the_old_pin_worthless_and_none_comes_back() {
    let mut office = Office::new(4);
    let user = office.add(None);
    office.settle(|settings| settings.pin_length = PinLength::new(4).unwrap());
    let mut pins = vec![office.carry_out(enable(user)).revealed.unwrap().take()];
    // Without the rule some seven of these would come back.
    for _ in 0..3_000 {
        let outcome = office.carry_out(reset(user, ResetBy::Administrator));
        let pin = outcome.revealed.unwrap().take();
        assert!(!pins.iter().rev().take(PIN_HISTORY_MAX + 1).any(|earlier| *earlier == pin));
        assert!(!office.matches(user, &pins[pins.len() - 1]));
        pins.push(pin);
    }
}

#[test]
fn only_an_administrators_reset_unlocks() {
    let mut office = Office::new(5);
    let user = office.add(None);
    office.carry_out(enable(user));
    for (by, unlocks) in [(ResetBy::Administrator, true), (ResetBy::User, false)] {
        let changes = office.carry_out(reset(user, by)).changes;
        assert_eq!(changes.contains(&Change::PinUnlocked { user }), unlocks);
    }
}

#[test]
fn another_pin_length_touches_only_new_pins() {
    let mut office = Office::new(6);
    let user = office.add(None);
    let old = office.carry_out(enable(user)).revealed.unwrap().take();
    office.carry_out(Command::SetPinLength { length: PinLength::new(12).unwrap() });
    assert!(office.matches(user, &old), "the old PIN stays valid");
    let new = office.carry_out(reset(user, ResetBy::User)).revealed.unwrap().take();
    assert_eq!((old.len(), new.len()), (5, 12));
}

#[test]
fn a_new_conference_id_is_told_without_the_pin() {
    let mut office = Office::new(7);
    let user = office.add(Some("megan@contoso.example"));
    let enabled = office.carry_out(enable(user));
    let meeting = enabled.added_meeting().unwrap();
    let pin = enabled.revealed.unwrap().take();
    let old = office.directory.conference_id_of(user).unwrap();
    let outcome = office.carry_out(Command::ResetConferenceId { meeting });
    assert!(outcome.revealed.is_none());
    assert_eq!(outcome.post, Post::NotDue);
    assert!(!outcome.letters[0].reveal_body().contains(pin.reveal()));
    assert_eq!(office.directory.card(old, UtcTime::from_micros(0)), None);
    assert!(office.matches(user, &pin));
}

#[test]
fn a_scheduled_meeting_has_a_number_of_its_own_until_it_is_called_off() {
    let mut office = Office::new(8);
    let user = office.add(None);
    office.carry_out(enable(user));
    let add = Command::AddMeeting {
        organizer: user,
        subject: "Roadmap".into(),
        rules: RuleOverrides::default(),
        held_until: None,
    };
    let meeting = office.carry_out(add).added_meeting().unwrap();
    let id = office.directory.meeting(meeting).unwrap().conference_id;
    assert_ne!(Some(id), office.directory.conference_id_of(user));
    assert_eq!(office.directory.card(id, UtcTime::from_micros(0)).unwrap().organizer, user);
    office.carry_out(Command::RemoveMeeting { meeting });
    assert_eq!(office.directory.card(id, UtcTime::from_micros(0)), None);
    office.carry_out(Command::DisableConferencing { user });
    assert_eq!(office.directory.meetings().len(), 0);
}

#[test]
fn what_cannot_be_done_says_why() {
    let mut office = Office::new(9);
    let user = office.add(None);
    let nobody = UserId::new(77);
    let rows = [
        (enable(nobody), "user-77 is not in the directory"),
        (reset(user, ResetBy::User), "user-1 has no audio conferencing"),
        (Command::Unlock { user }, "user-1 has no audio conferencing"),
        (Command::DisableConferencing { user: nobody }, "user-77 is not in the directory"),
        (
            Command::EnableConferencing { user, send_to: Some("no address".into()) },
            "\"no address\" is no mail address",
        ),
        (
            Command::AddUser { name: "A\r\nBcc: all".into(), address: None, number: None },
            "the name of 11 characters cannot stand in a letter",
        ),
        (
            Command::AddUser {
                name: "Alex".into(),
                address: Some("a@b\nBcc: c@d".into()),
                number: None,
            },
            "\"a@b\\nBcc: c@d\" is no mail address",
        ),
    ];
    for (command, expected) in rows {
        let error = office.decide(command.clone()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{command:?}: {error}");
    }
}
