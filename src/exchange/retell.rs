//! Tells anew what a journal holds, with what a trace leaves out: which keys made up which entry, what the store was asked
//! and what it said, and the records.
//!
//! Keys are masked, and one masked key is like another. So the journal happens several times at once: in each of the
//! others a masked key is one of the letters A to D, which a dialogue treats as it treats a masked key, and which letters
//! stand in an entry says which keys it was made of.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each looks for the lines of one kind and leaves the others"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use super::replay::{Replayed, Values, comes_before, drain, take_entry};
use super::{Exchange, Happened, Input, Journal, JournalEntry, Output, Reason, Recorded};
use super::{ReplayError, TraceEvent, Whose};
use crate::domain::limits::STORE_WAIT_MAX;
use crate::domain::{Answer, Entry, Key, LegId, MeetingId, Question, Record, Ticket, Uptime};
use crate::media::sounds::Sounds;

/// What a journal holds, told anew.
#[derive(Clone, Debug, Default)]
pub struct Retold {
    /// What happened.
    pub trace: Vec<TraceEvent>,
    /// The records of calls and meetings that were over.
    pub records: Vec<Record>,
    /// What the store was asked, in order.
    pub asked: Vec<Asked>,
    /// The keys, in the order in which they became certain.
    pub keys: Vec<Pressed>,
}

/// A question to the store, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// When.
    pub at: Uptime,
    /// Which question.
    pub ticket: Ticket,
    /// What was asked.
    pub what: Asks,
    /// The keys that were asked about, in order.
    pub entry: Vec<EntryKey>,
    /// What the store said; `None` when it said nothing in time.
    pub answered: Option<Answered>,
}

/// What came of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate<'a> {
    /// The store answered it in time.
    Answered(&'a Answered),
    /// The leg waited as long as anybody does, and apologised then.
    GaveUp(Uptime),
    /// Neither: the leg went sooner, or the journal ends before.
    Unheard,
}

impl Retold {
    /// What came of one of its questions.
    #[must_use]
    pub fn fate_of<'a>(&self, asked: &'a Asked) -> Fate<'a> {
        let gave_up_at = asked.at + STORE_WAIT_MAX;
        let gave_up = |event: &TraceEvent| {
            event.leg == Some(asked.ticket.leg)
                && event.at == gave_up_at
                && event.happened == Happened::StoreUnavailable
        };
        match &asked.answered {
            Some(answered) => Fate::Answered(answered),
            None if self.trace.iter().any(gave_up) => Fate::GaveUp(gave_up_at),
            None => Fate::Unheard,
        }
    }
}

/// What the store said in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// When.
    pub at: Uptime,
    /// What; of a leg that was given away with it, the meeting.
    pub answer: Answer,
}

/// A question without what was keyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// May this caller call at all?
    MayCall,
    /// Which meeting is this the conference ID of?
    FindMeeting,
    /// Is this the PIN of the meeting's organizer?
    VerifyPin(MeetingId),
}

/// One key of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKey {
    /// A masked one: which of its leg's keys it is.
    Numbered(u32),
    /// One whose value is known.
    Known(char),
    /// One from before the leg came here.
    Before,
}

/// A key that became certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pressed {
    /// When: three ticks after its first sample.
    pub at: Uptime,
    /// Whose.
    pub leg: LegId,
    /// Which of the leg's keys, counted from 0.
    pub number: u32,
    /// The key; masked, unless it came to a command or chose a language.
    pub key: Key,
    /// Whether its value mattered.
    pub weighs: Weighs,
}

/// Whether a key's value matters where it is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighs {
    /// It does not.
    Nothing,
    /// It may choose a language.
    Language,
    /// It belongs to a command, after so many keys of it.
    Command(usize),
}

/// Tells what a journal holds.
///
/// # Errors
/// A journal whose times go back, sounds that lack a language of it, or a broken invariant.
pub fn retell(journal: &Journal, sounds: &Arc<Sounds>) -> Result<Retold, ReplayError> {
    Ok(retell_by_entries(journal, sounds)?.0)
}

/// As [`retell`], and by which entry of the journal each question was answered in time, if it was.
pub(super) fn retell_by_entries(
    journal: &Journal,
    sounds: &Arc<Sounds>,
) -> Result<(Retold, BTreeMap<Ticket, usize>), ReplayError> {
    journal.check(sounds)?;
    let mut band = Band::new(journal, sounds, &Replayed::of(&journal.entries));
    let (mut last, mut answered_by) = (Uptime::ZERO, BTreeMap::new());
    for (place, entry) in journal.entries.iter().enumerate() {
        if entry.at < last {
            return Err(ReplayError::OutOfOrder { entry: place + 1 });
        }
        last = entry.at;
        while let Some(due) = band.next_deadline().filter(|&due| comes_before(due, entry)) {
            band.advance(due.0)?;
        }
        answered_by.extend(band.take(entry)?.map(|ticket| (ticket, place)));
    }
    Ok((band.finish().0, answered_by))
}

/// Exchanges to which the same happens.
pub(super) struct Band {
    /// With masked keys, and as many with letters in their place as it takes to tell them apart.
    exchanges: Vec<Exchange>,
    retold: Retold,
    journal: Vec<JournalEntry>,
    /// Keys whose values mattered when a dialogue had them, and that nobody has looked at.
    weighed: Vec<(LegId, u32)>,
}

/// What a key is told apart by in one exchange: one of four letters.
const LETTERS_BITS: u32 = 2;

impl Band {
    pub(super) fn new(journal: &Journal, sounds: &Arc<Sounds>, replayed: &Replayed) -> Self {
        let exchange = |values| {
            let mut exchange = Exchange::new(journal.config.clone(), Arc::clone(sounds));
            exchange.replayed = replayed.clone().with(values);
            exchange
        };
        let lettered = (0..rounds(&journal.entries)).map(|round| exchange(Values::Lettered(round)));
        let exchanges = std::iter::once(exchange(Values::Masked)).chain(lettered).collect();
        Self { exchanges, retold: Retold::default(), journal: Vec::new(), weighed: Vec::new() }
    }

    pub(super) fn next_deadline(&self) -> Option<(Uptime, Reason)> {
        self.main().next_deadline()
    }

    pub(super) fn advance(&mut self, at: Uptime) -> Result<(), ReplayError> {
        self.exchanges.iter_mut().for_each(|exchange| exchange.advance(at));
        self.drain()
    }

    /// Takes an entry; gives the question that it answers in time, if it does.
    pub(super) fn take(&mut self, entry: &JournalEntry) -> Result<Option<Ticket>, ReplayError> {
        let answered = self.note_answer(entry);
        self.exchanges.iter_mut().for_each(|exchange| take_entry(exchange, entry));
        self.drain()?;
        Ok(answered)
    }

    fn note_answer(&mut self, entry: &JournalEntry) -> Option<Ticket> {
        let (ticket, answer) = match &entry.recorded {
            Recorded::Input(Input::Answer { ticket, answer }) => (*ticket, answer.clone()),
            Recorded::Input(Input::HandOver { ticket, card }) => {
                (*ticket, Answer::Meeting(card.clone()))
            }
            _ => return None,
        };
        self.main().awaiting(ticket)?;
        let asked = self.retold.asked.iter_mut().rev().find(|asked| asked.ticket == ticket)?;
        asked.answered = Some(Answered { at: entry.at, answer });
        Some(ticket)
    }

    fn drain(&mut self) -> Result<(), ReplayError> {
        // By the exchanges with letters.
        let mut lettered: Vec<Vec<Question>> = Vec::new();
        let mut asked = Vec::new();
        for (place, exchange) in self.exchanges.iter_mut().enumerate() {
            let at = exchange.now;
            let mut own = Vec::new();
            for output in drain(exchange)? {
                match output {
                    Output::Ask { ticket, question } if place == 0 => {
                        asked.push((at, ticket, question));
                    }
                    Output::Ask { question, .. } => own.push(question),
                    _ if place > 0 => {}
                    Output::Trace(event) => self.retold.trace.push(event),
                    Output::Journal(entry) => self.journal.push(entry),
                    Output::FileRecord(record) => self.retold.records.push(*record),
                    Output::Answer { .. }
                    | Output::HangUp { .. }
                    | Output::HandedOver(_)
                    | Output::RecordingEnded(_)
                    | Output::MeetingOpened(_)
                    | Output::MeetingClosed(_)
                    | Output::Broken(_) => {}
                }
            }
            lettered.push(own);
        }
        for (place, (at, ticket, question)) in asked.into_iter().enumerate() {
            let lettered: Vec<_> = lettered.iter().filter_map(|own| own.get(place)).collect();
            self.retold.asked.push(told_apart(at, ticket, &question, &lettered));
        }
        let Some(main) = self.exchanges.first_mut() else { return Ok(()) };
        self.retold.keys.append(&mut main.replayed.take_pressed());
        for (leg, number, weighs) in main.replayed.take_weighed() {
            let keys = self.retold.keys.iter_mut().rev();
            let mut had = keys.filter(|key| key.leg == leg && key.number == number);
            if let Some(key) = had.next() {
                key.weighs = weighs;
            }
            self.weighed.push((leg, number));
        }
        Ok(())
    }

    /// The one with masked keys.
    pub(super) fn main(&self) -> &Exchange {
        &self.exchanges[0]
    }

    /// What has been told so far.
    pub(super) fn retold(&self) -> &Retold {
        &self.retold
    }

    /// What was told, and the journal of it.
    pub(super) fn finish(self) -> (Retold, Vec<JournalEntry>) {
        (self.retold, self.journal)
    }

    /// Keys whose values have mattered since one last looked.
    pub(super) fn take_weighed(&mut self) -> Vec<(LegId, u32)> {
        std::mem::take(&mut self.weighed)
    }

    /// Whether the answer to that question is still awaited.
    pub(super) fn awaits(&self, ticket: Ticket) -> bool {
        self.main().awaiting(ticket).is_some()
    }

    /// A leg that was to say a name whose length nobody knows.
    pub(super) fn name_missing(&self) -> Option<LegId> {
        self.main().replayed.name_missing
    }
}

/// In how many exchanges with letters each key of a leg has letters of its own.
fn rounds(entries: &[JournalEntry]) -> u32 {
    let mut keys: BTreeMap<LegId, u32> = BTreeMap::new();
    for entry in entries {
        let more = match &entry.recorded {
            Recorded::Input(Input::Digit { .. }) | Recorded::Found { .. } => 1,
            Recorded::Input(Input::TakeOver { passing }) => {
                passing.keyed.saturating_add(u32::try_from(passing.coming.len()).unwrap_or(0))
            }
            _ => continue,
        };
        if let Whose::Leg(leg) = entry.recorded.whose() {
            let keys = keys.entry(leg).or_default();
            *keys = keys.saturating_add(more);
        }
    }
    // One more than there are: whoever lets something else happen may press one.
    let most = keys.into_values().max().map_or(0, |most| most.saturating_add(1));
    (u32::BITS - most.leading_zeros()).div_ceil(LETTERS_BITS)
}

/// The letter of a key in the exchange of that round.
pub(super) fn letter(number: u32, round: u32) -> char {
    let bits = number.checked_shr(round * LETTERS_BITS).unwrap_or(0) & ((1 << LETTERS_BITS) - 1);
    char::from(b'A' + bits as u8)
}

/// One question as the exchange with masked keys asked it, and as those with letters did.
fn told_apart(at: Uptime, ticket: Ticket, masked: &Question, lettered: &[&Question]) -> Asked {
    let (what, entry) = match masked {
        Question::MayCall { .. } => (Asks::MayCall, None),
        Question::FindMeeting { entry, .. } => (Asks::FindMeeting, Some(entry)),
        Question::VerifyPin { meeting, entry, .. } => (Asks::VerifyPin(*meeting), Some(entry)),
    };
    let lettered: Vec<&Entry> = lettered.iter().copied().filter_map(entry_of).collect();
    let keys = entry.into_iter().flat_map(|masked| {
        let lettered = &lettered;
        (0..masked.len()).map(move |place| key_at(place, masked, lettered))
    });
    Asked { at, ticket, what, entry: keys.collect(), answered: None }
}

/// What was keyed, where a question is about that.
fn entry_of(question: &Question) -> Option<&Entry> {
    match question {
        Question::MayCall { .. } => None,
        Question::FindMeeting { entry, .. } | Question::VerifyPin { entry, .. } => Some(entry),
    }
}

fn key_at(place: usize, masked: &Entry, lettered: &[&Entry]) -> EntryKey {
    let at = |entry: &Entry| entry.reveal().get(place).copied().unwrap_or(b'x');
    let key = at(masked);
    if key != b'x' {
        return EntryKey::Known(char::from(key));
    }
    let mut number = 0;
    for (round, letter) in (0..).zip(lettered.iter().map(|entry| at(entry))) {
        let Some(bits) = letter.checked_sub(b'A').filter(|bits| bits >> LETTERS_BITS == 0) else {
            return EntryKey::Before;
        };
        number |= u32::from(bits).checked_shl(round * LETTERS_BITS).unwrap_or(0);
    }
    EntryKey::Numbered(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_tell_any_number_of_keys_apart() {
        for number in [0, 1, 3, 4, 15, 16, 77, 255, 256, 70_000, u32::MAX] {
            let entries: Vec<Entry> = (0..16)
                .map(|round| Entry::parse(&letter(number, round).to_string()).unwrap())
                .collect();
            let mut masked = Entry::default();
            masked.push(Key::Masked);
            let entries: Vec<&Entry> = entries.iter().collect();
            assert_eq!(key_at(0, &masked, &entries), EntryKey::Numbered(number));
        }
        assert_eq!(key_at(0, &Entry::parse("7").unwrap(), &[]), EntryKey::Known('7'));
        let mut masked = Entry::default();
        masked.push(Key::Masked);
        assert_eq!(key_at(0, &masked, &[&masked]), EntryKey::Before);
    }
}
