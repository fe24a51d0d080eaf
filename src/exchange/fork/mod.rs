//! What would have happened if a caller had keyed something else: a journal that happens again up to an instant, and goes
//! on with one key changed and the rest of the inputs.
//!
//! Nothing is guessed. What the store said is used where the same keys are asked about; where something else is asked, it
//! has to be given, or the story ends there. So it does where a key would matter whose value the journal has not.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each looks for the lines of one kind and leaves the others"
)]

mod changed;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use super::replay::Replayed;
use super::retell::{
    Answered, Asked, Asks, Band, EntryKey, Fate, Pressed, Retold, Weighs, retell_by_entries,
};
use super::{Happened, Input, Journal, JournalEntry, Order, Recorded, ReplayError};
use crate::domain::limits::{LOOK_UP_TAKES, PIN_CHECK_TAKES};
use crate::domain::{Answer, ConferenceId, Digit, Key, LegId, MeetingCard, Ticket, Uptime};
use crate::media::sounds::Sounds;

use changed::Changed;

/// What is to be different.
#[derive(Clone, Debug)]
pub struct Fork {
    /// Whose key.
    pub leg: LegId,
    /// Which: the first that is certain then or later; when the additional one is.
    pub at: Uptime,
    /// What about it.
    pub change: KeyChange,
    /// What the store says to questions that the journal has no answer to, in order.
    pub given: Vec<Given>,
}

/// How a key is different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyChange {
    /// This one is keyed instead.
    Instead(Digit),
    /// This one is keyed too.
    Press(Digit),
    /// It is not keyed.
    Drop,
}

/// An answer for a question to which the journal has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// It is the organizer's PIN.
    Organizer,
    /// It is not.
    Mismatch,
    /// It is no meeting's conference ID.
    NotFound,
    /// It is that of a meeting that the journal knows.
    Meeting(ConferenceId),
    /// The store cannot answer.
    Unavailable,
}

/// What happened, and what would have.
#[derive(Clone, Debug)]
pub struct Forked {
    /// What happened.
    pub base: Retold,
    /// What would have.
    pub fork: Retold,
    /// The journal of that.
    pub journal: Journal,
    /// When the key is, or would have been, certain.
    pub changed_at: Uptime,
    /// Where it goes no further, if it does not go to the end.
    pub stopped: Option<Stopped>,
}

/// Where nobody knows how it would have gone on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// When.
    pub at: Uptime,
    /// With whom.
    pub leg: LegId,
    /// For want of what.
    pub unknown: Unknown,
}

/// What a journal does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// What the store would have answered.
    Answer(Asks),
    /// The value of a key that it holds masked.
    Key(Weighs),
    /// Whether a name would have been said.
    Name,
}

/// Why nothing can be different there.
#[derive(Debug, Error)]
pub enum ForkError {
    /// The journal itself cannot be replayed.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The leg is not in it.
    #[error("there is no {0} in this journal")]
    NoLeg(LegId),
    /// It keys nothing more.
    #[error("{leg} keys nothing at {at} or later: {}", latest(*last))]
    NoKey {
        /// Who.
        leg: LegId,
        /// The time that was given.
        at: Uptime,
        /// When it keyed for the last time, if ever.
        last: Option<Uptime>,
    },
    /// It was not in a call.
    #[error("{leg} is not in a call at {at}")]
    NotThere {
        /// Who.
        leg: LegId,
        /// The time that was given.
        at: Uptime,
    },
    /// An answer was given that does not fit the question.
    #[error("at {at} the store is asked {asks}, and {given} is no answer to that")]
    NoAnswerToThat {
        /// When.
        at: Uptime,
        /// What was asked.
        asks: Asks,
        /// What was given.
        given: Given,
    },
    /// A conference ID was given that no call of the journal has found.
    #[error("no call in this journal has found the meeting {0}: its rules are not known")]
    UnknownMeeting(ConferenceId),
}

fn latest(last: Option<Uptime>) -> String {
    last.map_or_else(
        || "it never keys anything".to_owned(),
        |at| format!("its last key is at {at}"),
    )
}

/// What is asked, as in "the store is asked ...".
impl fmt::Display for Asks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MayCall => "whether the caller may call",
            Self::FindMeeting => "which meeting has the conference ID that was keyed",
            Self::VerifyPin(_) => "whether what was keyed is the organizer's PIN",
        })
    }
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organizer => f.write_str("organizer"),
            Self::Mismatch => f.write_str("mismatch"),
            Self::NotFound => f.write_str("not-found"),
            Self::Meeting(id) => id.fmt(f),
            Self::Unavailable => f.write_str("unavailable"),
        }
    }
}

/// Lets a journal happen again with one key changed. Ticks that were skipped are none of it.
///
/// # Errors
/// There is no such key, or what is given does not fit.
pub fn fork(journal: &Journal, sounds: &Arc<Sounds>, wish: &Fork) -> Result<Forked, ForkError> {
    let journal = journal.only(|_everybody| true);
    let (base, answered_by) = retell_by_entries(&journal, sounds)?;
    let mut known = Replayed::of(&journal.entries).values;
    known.extend(found_ids(&base));
    let changed = Changed::find(&journal, &base, &known, wish)?;
    let entries = changed.entries(&journal.entries);
    let mut replayed = Replayed::of(&entries);
    replayed.values = changed.values(&known);
    let answers = base.asked.iter();
    let answers = answers.map(|asked| {
        let place = answered_by.get(&asked.ticket).copied();
        Recall::of(asked, &base, &known, place.map(|place| (place, &journal.entries[place])))
    });
    let answers = answers.collect();
    let cards = cards(&journal);
    let journal = Journal { config: journal.config, entries };
    let mut story = Story {
        band: Band::new(&journal, sounds, &replayed),
        answers,
        cards,
        given: wish.given.iter().copied().collect(),
        coming: brought(&journal.entries).collect(),
        known: &known,
        changed,
        base: &base,
        asked: 0,
    };
    let stopped = story.tell()?;
    let (told, entries) = story.band.finish();
    let journal = Journal { config: journal.config, entries };
    Ok(Forked { base, fork: told, journal, changed_at: changed.at(), stopped })
}

/// The keys of entries that were found to be a meeting's conference ID.
fn found_ids(base: &Retold) -> impl Iterator<Item = ((LegId, u32), Digit)> {
    base.asked.iter().flat_map(|asked| {
        let id = match &asked.answered {
            Some(Answered { answer: Answer::Meeting(card), .. }) => card.conference_id.to_string(),
            _ => String::new(),
        };
        let digits: Vec<_> = id.chars().filter_map(Digit::from_char).collect();
        let fits = digits.len() == asked.entry.len();
        let keys = asked.entry.iter().zip(digits).filter(move |_| fits);
        keys.filter_map(|(key, digit)| match *key {
            EntryKey::Numbered(number) => Some(((asked.ticket.leg, number), digit)),
            EntryKey::Known(_) | EntryKey::Before => None,
        })
    })
}

/// Every meeting that some call found, or that was changed, and when it was so.
fn cards(journal: &Journal) -> Vec<(Uptime, MeetingCard)> {
    let cards = journal.entries.iter().filter_map(|entry| {
        let card = match &entry.recorded {
            Recorded::Input(Input::Order { order: Order::Change { card }, .. }) => card,
            recorded => recorded.leads_to()?,
        };
        Some((entry.at, card.clone()))
    });
    cards.collect()
}

/// A question of what happened, by which it is known again, and what came of it.
#[derive(Clone, Debug)]
struct Recall {
    leg: LegId,
    what: Asks,
    entry: Vec<EntryKey>,
    answer: Recalled,
}

/// What came of a question.
#[derive(Clone, Debug)]
enum Recalled {
    /// This, so much later, by that entry of the journal.
    Said(Duration, Input, usize),
    /// Nothing, for as long as one waits.
    Nothing,
    /// The leg waited for it no longer than this; until the end of the journal, without.
    Unheard(Option<Duration>),
}

impl Recall {
    fn of(
        asked: &Asked,
        base: &Retold,
        known: &BTreeMap<(LegId, u32), Digit>,
        said: Option<(usize, &JournalEntry)>,
    ) -> Self {
        let leg = asked.ticket.leg;
        let said = said.and_then(|(place, entry)| match &entry.recorded {
            Recorded::Input(input) => Some((entry.at.since(asked.at), input.clone(), place)),
            _ => None,
        });
        let answer = match (said, base.fate_of(asked)) {
            (Some((after, input, place)), _) => Recalled::Said(after, input, place),
            (None, Fate::GaveUp(_)) => Recalled::Nothing,
            (None, Fate::Answered(_) | Fate::Unheard) => {
                let moves = base.trace.iter().find(|event| {
                    event.leg == Some(leg)
                        && event.at >= asked.at
                        && matches!(
                            event.happened,
                            Happened::State { state: "goodbye" | "gone" } | Happened::Left { .. }
                        )
                });
                Recalled::Unheard(moves.map(|event| event.at.since(asked.at)))
            }
        };
        let entry = asked.entry.iter().map(|&key| with_value(leg, key, known)).collect();
        Self { leg, what: asked.what, entry, answer }
    }
}

/// A key by its value, where that is known.
fn with_value(leg: LegId, key: EntryKey, known: &BTreeMap<(LegId, u32), Digit>) -> EntryKey {
    match key {
        EntryKey::Numbered(number) => {
            let value = known.get(&(leg, number));
            value.map_or(key, |digit| EntryKey::Known(digit.as_char()))
        }
        EntryKey::Known(_) | EntryKey::Before => key,
    }
}

/// What comes next.
enum Coming<'a> {
    /// What the journal has besides answers.
    Entry(&'a JournalEntry),
    /// This answer.
    Said(Input),
    /// Nothing that anybody knows: whoever still waits then waits for what the journal has not.
    Unheard(Ticket, Asks),
}

/// What a journal has besides answers, by time and place.
fn brought(entries: &[JournalEntry]) -> impl Iterator<Item = ((Uptime, usize), Coming<'_>)> {
    let is_brought = |entry: &JournalEntry| {
        !matches!(entry.recorded, Recorded::Input(Input::Answer { .. } | Input::HandOver { .. }))
    };
    let brought = entries.iter().enumerate().filter(move |(_, entry)| is_brought(entry));
    brought.map(|(place, entry)| ((entry.at, place), Coming::Entry(entry)))
}

/// What would have happened, as far as it is told.
struct Story<'a> {
    band: Band,
    answers: Vec<Recall>,
    cards: Vec<(Uptime, MeetingCard)>,
    given: VecDeque<Given>,
    /// The journal and answers on their way, by their time and place in the journal; of an answer, the place of the one that is
    /// repeated.
    coming: BTreeMap<(Uptime, usize), Coming<'a>>,
    known: &'a BTreeMap<(LegId, u32), Digit>,
    changed: Changed,
    base: &'a Retold,
    /// Questions that have been looked at.
    asked: usize,
}

impl Story<'_> {
    /// Tells it to the end of the journal, or to where nobody knows how it goes on.
    fn tell(&mut self) -> Result<Option<Stopped>, ForkError> {
        let end = self.coming.last_key_value().map(|(&when, _)| when);
        while let Some(next) = self.coming.first_entry().filter(|next| Some(*next.key()) <= end) {
            let at = next.key().0;
            match self.band.next_deadline() {
                Some((due, _)) if due <= at => self.band.advance(due)?,
                _ => match next.remove() {
                    Coming::Entry(entry) => {
                        self.band.take(entry)?;
                    }
                    Coming::Said(input) => {
                        let recorded = Recorded::Input(input);
                        self.band.take(&JournalEntry { at, recorded })?;
                    }
                    Coming::Unheard(ticket, asks) if self.band.awaits(ticket) => {
                        let unknown = Unknown::Answer(asks);
                        return Ok(Some(Stopped { at, leg: ticket.leg, unknown }));
                    }
                    Coming::Unheard(..) => {}
                },
            }
            if let Some(stopped) = self.look()? {
                return Ok(Some(stopped));
            }
        }
        Ok(None)
    }

    /// Looks at what has just happened: answers what is asked, and sees whether it can go on.
    fn look(&mut self) -> Result<Option<Stopped>, ForkError> {
        while let Some(asked) = self.band.retold().asked.get(self.asked).cloned() {
            self.asked += 1;
            if let Some(stopped) = self.answer(&asked)? {
                return Ok(Some(stopped));
            }
        }
        for (leg, number) in self.band.take_weighed() {
            let is_it = |key: &&Pressed| key.leg == leg && key.number == number;
            let key = self.band.retold().keys.iter().rev().find(is_it);
            if let Some(key) = key.filter(|key| !self.is_as_before(key)) {
                let (at, unknown) = (self.band.main().now, Unknown::Key(key.weighs));
                return Ok(Some(Stopped { at, leg, unknown }));
            }
        }
        let at = self.band.retold().trace.last().map_or(Uptime::ZERO, |event| event.at);
        let nameless = self.band.name_missing();
        Ok(nameless.map(|leg| Stopped { at, leg, unknown: Unknown::Name }))
    }

    /// Whether a masked key whose value matters is known to choose nothing: it was in the same place before.
    fn is_as_before(&self, key: &Pressed) -> bool {
        let before = |number| self.changed.number_before(key.leg, number);
        let same = |number: u32| {
            let was = self
                .base
                .keys
                .iter()
                .find(|was| was.leg == key.leg && Some(was.number) == before(number));
            was.map(|was| was.weighs)
        };
        match (key.key, key.weighs) {
            (Key::Digit(_), _) | (_, Weighs::Nothing) => true,
            (Key::Masked, Weighs::Language) => same(key.number) == Some(Weighs::Language),
            (Key::Masked, Weighs::Command(keys)) => {
                let begun = u32::try_from(keys).unwrap_or(u32::MAX);
                let in_a_row = (1..=begun).all(|back| {
                    let sooner = key.number.checked_sub(back).and_then(before);
                    sooner == before(key.number).and_then(|number| number.checked_sub(back))
                });
                in_a_row && same(key.number) == Some(key.weighs)
            }
        }
    }

    /// Has a question answered: as before, or as is given; else it ends here.
    fn answer(&mut self, asked: &Asked) -> Result<Option<Stopped>, ForkError> {
        let (leg, ticket) = (asked.ticket.leg, asked.ticket);
        let entry: Vec<_> = asked
            .entry
            .iter()
            .map(|&key| match key {
                EntryKey::Numbered(number) => {
                    let before = self.changed.number_before(leg, number);
                    before.map_or(key, |number| {
                        with_value(leg, EntryKey::Numbered(number), self.known)
                    })
                }
                EntryKey::Known(_) | EntryKey::Before => key,
            })
            .collect();
        let is_same = |recall: &&Recall| {
            recall.leg == leg && recall.what == asked.what && recall.entry == entry
        };
        match self.answers.iter().find(is_same).map(|recall| recall.answer.clone()) {
            Some(Recalled::Nothing) => return Ok(None),
            Some(Recalled::Said(after, input, place)) => {
                let place = self.changed.place_now(place);
                let said = Coming::Said(with_ticket(input, ticket));
                self.coming.insert((asked.at + after, place), said);
                return Ok(None);
            }
            Some(Recalled::Unheard(after)) => {
                let unheard = Coming::Unheard(ticket, asked.what);
                let at = after.map(|after| (asked.at + after, usize::MAX - self.asked));
                self.coming.extend(at.map(|at| (at, unheard)));
                return Ok(None);
            }
            None => {}
        }
        let takes = match asked.what {
            Asks::MayCall | Asks::FindMeeting => LOOK_UP_TAKES,
            Asks::VerifyPin(_) => PIN_CHECK_TAKES,
        };
        let answer = match self.found(asked.what, &entry, asked.at) {
            Some(card) => Answer::Meeting(Box::new(card)),
            None => match self.given.pop_front() {
                Some(given) => self.given_answer(asked, given)?,
                None => {
                    let unknown = Unknown::Answer(asked.what);
                    return Ok(Some(Stopped { at: asked.at, leg, unknown }));
                }
            },
        };
        // After all that the journal has at that time.
        let place = usize::MAX - self.asked;
        let said = Coming::Said(Input::Answer { ticket, answer });
        self.coming.insert((asked.at + takes, place), said);
        Ok(None)
    }

    /// The meeting whose conference ID was keyed, where every digit is known and some call has found it.
    fn found(&self, what: Asks, entry: &[EntryKey], at: Uptime) -> Option<MeetingCard> {
        let known = entry.iter().map(|key| match key {
            EntryKey::Known(value) => Some(*value),
            EntryKey::Numbered(_) | EntryKey::Before => None,
        });
        let id: String = known.collect::<Option<_>>()?;
        let id = id.parse().ok().filter(|_| what == Asks::FindMeeting)?;
        self.card_of(id, at)
    }

    /// The meeting with that conference ID as it was then; as it was first known, before that.
    fn card_of(&self, id: ConferenceId, at: Uptime) -> Option<MeetingCard> {
        let mut known = self.cards.iter().filter(|(_, card)| card.conference_id == id).peekable();
        let first = known.peek().map(|(_, card)| card);
        let latest = known.clone().take_while(|(since, _)| *since <= at).last();
        latest.map(|(_, card)| card).or(first).cloned()
    }

    fn given_answer(&self, asked: &Asked, given: Given) -> Result<Answer, ForkError> {
        match (asked.what, given) {
            (_, Given::Unavailable) => Ok(Answer::Unavailable),
            (Asks::VerifyPin(_), Given::Organizer) => Ok(Answer::Organizer),
            (Asks::VerifyPin(_), Given::Mismatch) => Ok(Answer::PinMismatch),
            (Asks::FindMeeting, Given::NotFound) => Ok(Answer::NoSuchMeeting),
            (Asks::FindMeeting, Given::Meeting(id)) => match self.card_of(id, asked.at) {
                Some(card) => Ok(Answer::Meeting(Box::new(card))),
                None => Err(ForkError::UnknownMeeting(id)),
            },
            (Asks::MayCall | Asks::FindMeeting, Given::Organizer | Given::Mismatch)
            | (Asks::MayCall | Asks::VerifyPin(_), Given::NotFound | Given::Meeting(_)) => {
                Err(ForkError::NoAnswerToThat { at: asked.at, asks: asked.what, given })
            }
        }
    }
}

fn with_ticket(input: Input, ticket: Ticket) -> Input {
    match input {
        Input::Answer { answer, .. } => Input::Answer { ticket, answer },
        Input::HandOver { card, .. } => Input::HandOver { ticket, card },
        other => other,
    }
}
