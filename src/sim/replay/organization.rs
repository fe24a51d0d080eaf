//! The organization of a scenario: made before the first call, administered while calls go on.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;

use crate::admin::{self, Command, Desk, ResetBy};
use crate::domain::directory::{
    AccessNumber, CONFERENCE_ID_LIVES, Change, Directory, Meeting, MeetingKind, Organization,
    PinOnFile, User,
};
use crate::domain::letter::Letter;
use crate::domain::pin::{self, Pin, PinContext, PinHasher, PinWeakness};
use crate::domain::{
    Actor, ConferenceId, Language, Languages, MeetingId, PhoneNumber, Signed, UserId, UtcTime,
};
use crate::scenario::{Administration, Scenario, Setup, Who};
use crate::store::{MemoryStore, Store as _};

/// The organization as it is by now.
pub(super) struct Office {
    pub store: Arc<MemoryStore>,
    hasher: Arc<dyn PinHasher>,
    rng: ChaCha20Rng,
    /// Who is which user.
    pub users: BTreeMap<Who, UserId>,
    /// The meetings, by their place in the scenario.
    pub meetings: Vec<MeetingId>,
    /// The PINs in force. They are keyed and nowhere shown.
    pub pins: BTreeMap<Who, Pin>,
    /// Letters that have been sent and not been read.
    pub letters: Vec<Letter>,
    /// Every PIN anybody has had since the beginning, with whose it was.
    pub all_pins: Vec<(Who, Pin)>,
    /// Every conference ID there has been since the beginning.
    pub all_ids: Vec<ConferenceId>,
    /// What whoever administered last was told.
    pub answer: Answer,
}

/// What whoever administers is told.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// The sentence, or what stands in a list, and of whom it is.
    pub lines: Vec<(Option<Who>, String)>,
    /// A PIN that is shown.
    pub shows: Option<(Who, Pin)>,
}

/// Where everybody's letters go who has no other address.
const DOMAIN: &str = "contoso.example";

impl Office {
    /// The organization as the scenario sets it.
    ///
    /// # Errors
    /// Why it cannot be: a PIN that no digest can be made of, more meetings than there are conference IDs.
    pub(super) fn found(
        scenario: &Scenario,
        hasher: Arc<dyn PinHasher>,
        mut rng: ChaCha20Rng,
    ) -> Result<Self, String> {
        let setup = &scenario.organization;
        let mut directory = Directory::new(Organization {
            name: "Contoso".to_owned(),
            settings: setup.settings.clone(),
            access_numbers: numbers(scenario)
                .into_iter()
                .map(|(number, languages)| AccessNumber { number, place: None, languages })
                .collect(),
        });
        let users = add_users(scenario, &mut directory)?;
        let mut pins = BTreeMap::new();
        let mut meetings = Vec::new();
        for set in &setup.meetings {
            let user = users[&set.organizer];
            if let Entry::Vacant(place) = pins.entry(set.organizer) {
                place.insert(first_pin(setup, set.organizer, &mut rng)?);
            }
            let pin = &pins[&set.organizer];
            let has_none =
                directory.user(user).is_none_or(|user| user.audio_conferencing.is_none());
            // A standing meeting never expires: one that is held until a time is a scheduled one.
            if has_none {
                let standing = set.held_until.is_none();
                let conference_id = match standing {
                    true => set.conference_id,
                    false => directory
                        .draw_conference_id(&mut rng, setup.epoch)
                        .map_err(|error| error.to_string())?,
                };
                let mut salt = [0; 16];
                rng.fill_bytes(&mut salt);
                let digest = hasher.digest(pin, salt).map_err(|error| error.to_string())?;
                let pin = PinOnFile { digest, length: pin.length() };
                let meeting = directory.next_meeting_id();
                let enabled = Change::ConferencingEnabled { user, meeting, conference_id, pin };
                apply(&mut directory, enabled)?;
                if standing {
                    meetings.push(meeting);
                    let rules = set.rules.clone();
                    apply(&mut directory, Change::MeetingRulesChanged { meeting, rules })?;
                    continue;
                }
            }
            let id = directory.next_meeting_id();
            meetings.push(id);
            let meeting = Meeting {
                id,
                conference_id: set.conference_id,
                organizer: user,
                kind: MeetingKind::Scheduled,
                subject: String::new(),
                rules: set.rules.clone(),
                expires_at: set.held_until.map(|at| at + CONFERENCE_ID_LIVES),
            };
            apply(&mut directory, Change::MeetingAdded(meeting))?;
        }
        for (who, rules) in &setup.organizers {
            let change = Change::UserRulesChanged { user: users[who], rules: rules.clone() };
            apply(&mut directory, change)?;
        }
        let store = Arc::new(MemoryStore::from_directory(directory));
        let all_pins = pins.iter().map(|(who, pin)| (*who, pin.clone())).collect();
        let all_ids = setup.meetings.iter().map(|meeting| meeting.conference_id).collect();
        let (letters, answer) = (Vec::new(), Answer::default());
        Ok(Self { store, hasher, rng, users, meetings, pins, letters, all_pins, all_ids, answer })
    }

    /// An organization with nobody in it.
    pub(super) fn nobody(hasher: Arc<dyn PinHasher>) -> Self {
        Self {
            store: Arc::default(),
            hasher,
            rng: ChaCha20Rng::seed_from_u64(0),
            users: BTreeMap::new(),
            meetings: Vec::new(),
            pins: BTreeMap::new(),
            letters: Vec::new(),
            all_pins: Vec::new(),
            all_ids: Vec::new(),
            answer: Answer::default(),
        }
    }

    /// The organization as it is by now.
    pub(super) fn organization(&self) -> Organization {
        self.store.directory().map(|directory| directory.organization().clone()).unwrap_or_default()
    }

    /// What somebody administers. Gives the changes it came to.
    ///
    /// # Errors
    /// Why it cannot be done.
    pub(super) fn administer(
        &mut self,
        what: &Administration,
        now: UtcTime,
    ) -> Result<Vec<Change>, String> {
        let user = |who: &Who| self.users.get(who).copied().ok_or("they are no user");
        let meeting =
            |place: &usize| self.meetings.get(*place).copied().ok_or("there is no such meeting");
        let reset = |who: &Who, by, send_to: Option<&String>| {
            Ok::<_, String>(Command::ResetPin { user: user(who)?, by, send_to: send_to.cloned() })
        };
        let (mut times, by_admin, by_user) = (1, ResetBy::Administrator, ResetBy::User);
        let by = self.actor(what)?;
        let (command, whose) = match what {
            Administration::ResetsPin(who, count, to) => {
                times = *count;
                (reset(who, by_admin, to.as_ref())?, Some(*who))
            }
            Administration::ResetsOwnPin(who) => (reset(who, by_user, None)?, Some(*who)),
            Administration::Unlocks(who) => (Command::Unlock { user: user(who)? }, None),
            Administration::ResetsId(place, count) => {
                times = *count;
                (Command::ResetConferenceId { meeting: meeting(place)? }, None)
            }
            Administration::Cancels(place) => {
                (Command::RemoveMeeting { meeting: meeting(place)? }, None)
            }
            Administration::Enables(who, to) => {
                let (user, send_to) = (user(who)?, to.clone());
                (Command::EnableConferencing { user, send_to }, Some(*who))
            }
            Administration::ListsUsers => {
                self.answer = Answer { lines: self.list()?, shows: None };
                return Ok(Vec::new());
            }
            Administration::Disables(who) => {
                (Command::DisableConferencing { user: user(who)? }, None)
            }
            Administration::Sets(settings) => (Command::ChangeSettings(settings.clone()), None),
            Administration::SetsOrganizer(who, rules) => {
                let rules = (**rules).clone();
                (Command::SetUserRules { user: user(who)?, rules }, None)
            }
            Administration::SetsMeeting(place, rules) => {
                let rules = (**rules).clone();
                (Command::SetMeetingRules { meeting: meeting(place)?, rules }, None)
            }
            Administration::Reschedules(place, until) => {
                let held_until = Some(*until);
                (Command::Reschedule { meeting: meeting(place)?, held_until }, None)
            }
        };
        let signed = Signed { by, at: now };
        let mut changes = Vec::new();
        for _ in 0..times {
            changes.extend(self.carry_out(command.clone(), whose, signed)?);
        }
        Ok(changes)
    }

    /// Who administers.
    fn actor(&self, what: &Administration) -> Result<Actor, String> {
        Ok(match what {
            Administration::ResetsOwnPin(who) => {
                Actor::User(self.users.get(who).copied().ok_or("they are no user")?)
            }
            Administration::ResetsPin(..)
            | Administration::Unlocks(_)
            | Administration::ResetsId(..)
            | Administration::Cancels(_)
            | Administration::Enables(..)
            | Administration::ListsUsers
            | Administration::Disables(_)
            | Administration::Sets(_)
            | Administration::SetsOrganizer(..)
            | Administration::SetsMeeting(..)
            | Administration::Reschedules(..) => Actor::Administrator,
        })
    }

    fn carry_out(
        &mut self,
        command: Command,
        whose: Option<Who>,
        signed: Signed,
    ) -> Result<Vec<Change>, String> {
        let directory = self.store.directory().map_err(|error| error.to_string())?;
        let mut desk = Desk { rng: &mut self.rng, hasher: &*self.hasher, now: signed.at };
        let mut outcome =
            admin::decide(&directory, command, &mut desk).map_err(|error| error.to_string())?;
        let letters = std::mem::take(&mut outcome.letters);
        let changes = outcome.changes.clone();
        self.store.commit(signed, changes.clone(), letters).map_err(|error| error.to_string())?;
        let shows = whose.zip(outcome.revealed).map(|(who, revealed)| (who, revealed.take()));
        self.answer =
            Answer { lines: vec![(whose, outcome.post.to_string())], shows: shows.clone() };
        if let Some((who, pin)) = shows {
            self.pins.insert(who, pin.clone());
            self.all_pins.push((who, pin));
        }
        self.all_ids.extend(changes.iter().filter_map(new_id));
        Ok(changes)
    }

    /// What the list of users shows.
    fn list(&self) -> Result<Vec<(Option<Who>, String)>, String> {
        let directory = self.store.directory().map_err(|error| error.to_string())?;
        let row = |user: &User| {
            let who = self.users.iter().find(|(_, id)| **id == user.id).map(|(who, _)| *who);
            let row = admin::user_row(&directory, user);
            let id = row.conference_id.map(|id| id.to_string());
            let cells = [Some(row.name), row.address, id, row.pin].into_iter().flatten();
            cells.map(move |cell| (who, cell)).collect::<Vec<_>>()
        };
        Ok(directory.users().flat_map(row).collect())
    }

    /// Whether a PIN would be given to somebody if it were drawn.
    pub(super) fn check_pin(&self, who: Who, pin: &Pin) -> Option<Result<(), PinWeakness>> {
        let directory = self.store.directory().ok()?;
        let user = directory.user(*self.users.get(&who)?)?;
        let ids: Vec<_> =
            directory.meetings_of(user.id).map(|meeting| meeting.conference_id).collect();
        let is_earlier = |pin: &Pin| {
            let entry = pin.reveal().as_bytes();
            user.known_pins().any(|digest| self.hasher.verify(entry, digest).unwrap_or(false))
        };
        let context =
            PinContext { number: user.number, conference_ids: &ids, is_earlier: &is_earlier };
        Some(pin::check(pin, &context))
    }

    /// A PIN as long as somebody's, and not theirs.
    pub(super) fn wrong_pin(&self, who: Who) -> Option<String> {
        let right = self.pins.get(&who)?;
        // Each digit is another: no two of them could be swapped into the right one.
        let other = |digit: char| char::from_digit((digit.to_digit(10)? + 5) % 10, 10);
        right.reveal().chars().map(other).collect()
    }

    /// Puts what has been sent into the box.
    pub(super) fn collect_letters(&mut self) {
        self.letters.extend(self.store.take_letters());
    }

    /// The letters to somebody that are in the box, each with its place in it: at that address, or at their own.
    pub(super) fn letters_to(&self, to: Who, at: Option<&str>) -> Vec<(usize, &Letter)> {
        let address = at.map(str::to_owned).or_else(|| self.address_of(to));
        let theirs = |letter: &Letter| address.as_ref() == Some(&letter.to);
        self.letters.iter().enumerate().filter(|(_, letter)| theirs(letter)).collect()
    }

    /// Letters of before are asked for no more.
    pub(super) fn forget_letters(&mut self) {
        self.collect_letters();
        self.letters.clear();
    }

    fn address_of(&self, who: Who) -> Option<String> {
        let directory = self.store.directory().ok()?;
        directory.user(*self.users.get(&who)?)?.address.clone()
    }

    /// The conference ID of a user's standing meeting as it is by now.
    pub(super) fn own_id(&self, who: Who) -> Option<ConferenceId> {
        self.store.directory().ok()?.conference_id_of(*self.users.get(&who)?)
    }

    /// The conference ID of a meeting as it is by now.
    pub(super) fn conference_id(&self, place: usize) -> Option<ConferenceId> {
        let directory = self.store.directory().ok()?;
        directory.meeting(*self.meetings.get(place)?).map(|meeting| meeting.conference_id)
    }
}

/// The conference ID that a change gives.
fn new_id(change: &Change) -> Option<ConferenceId> {
    if let Change::ConferencingEnabled { conference_id, .. }
    | Change::ConferenceIdReplaced { conference_id, .. } = change
    {
        return Some(*conference_id);
    }
    None
}

/// The PIN somebody has at the beginning: the one that is given, or one that is drawn.
fn first_pin(setup: &Setup, whose: Who, rng: &mut ChaCha20Rng) -> Result<Pin, String> {
    let theirs = setup.meetings.iter().filter(|meeting| meeting.organizer == whose);
    match theirs.filter_map(|meeting| meeting.pin.as_ref()).next() {
        Some(given) => Pin::parse(given.reveal()).map_err(|error| error.to_string()),
        None => {
            let ids: Vec<ConferenceId> =
                setup.meetings.iter().map(|meeting| meeting.conference_id).collect();
            let context =
                PinContext { number: None, conference_ids: &ids, is_earlier: &|_pin| false };
            pin::draw(rng, setup.settings.pin_length, &context).map_err(|error| error.to_string())
        }
    }
}

/// The numbers of the bridge.
pub(super) fn numbers(scenario: &Scenario) -> Vec<(PhoneNumber, Languages)> {
    match scenario.organization.numbers.is_empty() {
        false => scenario.organization.numbers.clone(),
        true => "+14255550100"
            .parse()
            .map(|number| (number, Languages::default()))
            .into_iter()
            .collect(),
    }
}

/// The language a number answers in.
pub(super) fn primary_language(scenario: &Scenario, number: PhoneNumber) -> Language {
    let numbers = numbers(scenario);
    let found = numbers.iter().find(|(known, _)| *known == number);
    found.map_or_else(Language::default, |(_, languages)| languages.primary())
}

/// Everybody who belongs to the organization: who is which user.
fn add_users(
    scenario: &Scenario,
    directory: &mut Directory,
) -> Result<BTreeMap<Who, UserId>, String> {
    let mut users = BTreeMap::new();
    for (place, person) in scenario.people.iter().enumerate().filter(|(_, one)| one.user) {
        let id = directory.next_user_id();
        let address = match &person.address {
            Some(address) if address.is_empty() => None,
            Some(address) => Some(address.clone()),
            None => Some(format!("{}@{DOMAIN}", mailbox(&person.name, place))),
        };
        let number = person.own_number;
        let user = User { address, number, ..User::new(id, person.name.clone()) };
        apply(directory, Change::UserAdded(user))?;
        users.insert(Who(place), id);
    }
    Ok(users)
}

fn mailbox(name: &str, place: usize) -> String {
    let letters: String =
        name.chars().filter(char::is_ascii_alphanumeric).flat_map(char::to_lowercase).collect();
    if letters.is_empty() { format!("user{place}") } else { letters }
}

fn apply(directory: &mut Directory, change: Change) -> Result<(), String> {
    directory.apply(change).map_err(|error| error.to_string())
}
