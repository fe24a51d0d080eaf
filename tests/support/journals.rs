//! What must hold of every journal, whoever wrote it.

use std::collections::BTreeSet;

use holdline::domain::{Digit, HangupCause, LegId, MeetingId};
use holdline::exchange::{
    Fork, ForkError, Given, Happened, Journal, KeyChange, Present, TraceEvent, Whose, fork, replay,
};

/// The first event that is different, with what was before it; `None` when all are the same.
pub fn difference(what: &str, one: &[TraceEvent], other: &[TraceEvent]) -> Option<String> {
    let length = one.len().max(other.len());
    let place = (0..length).find(|&place| one.get(place) != other.get(place))?;
    Some(format!(
        "{what}, event {place} is {:?} instead of {:?}, after\n{}",
        one.get(place),
        other.get(place),
        super::last_lines(&other[..place.min(other.len())], 20)
    ))
}

/// A journal replays to its trace, with sound and without; and what concerns one meeting, or a caller who found none,
/// replays by itself to the same for each leg. Says what does not hold.
pub fn replays_whole_and_in_parts(journal: &Journal, trace: &[TraceEvent]) -> Result<(), String> {
    let read = Journal::parse(&journal.to_json_lines()).unwrap();
    let again = |journal: &Journal| replay(journal, super::short_sounds().0).unwrap();
    let fails = |wrong: Option<String>| wrong.map_or(Ok(()), Err);
    fails(difference("replayed", &again(&read), trace))?;
    let silent = read.clone().without_sound();
    fails(difference("replayed without sound", &again(&silent), trace))?;
    let led = read.meetings();
    let meetings: BTreeSet<MeetingId> = led.values().copied().collect();
    let refused = refused_for_want_of_room(trace);
    for meeting in meetings.into_iter().map(Some).chain([None]) {
        let is_in = |leg: LegId| led.get(&leg).copied() == meeting && !refused.contains(&leg);
        let part = silent.only(|whose| match whose {
            Whose::Leg(leg) => is_in(leg),
            Whose::Meeting(one) => Some(one) == meeting,
            Whose::Everybody => true,
        });
        let alone = again(&part);
        for leg in led.keys().copied().chain(part.legs()).filter(|&leg| is_in(leg)) {
            let of_leg = |trace: &[TraceEvent]| -> Vec<TraceEvent> {
                trace.iter().filter(|event| event.leg == Some(leg)).cloned().collect()
            };
            let what = format!("{leg} with its meeting alone");
            fails(difference(&what, &of_leg(&alone), &of_leg(trace)))?;
        }
        let of_all = |trace: &[TraceEvent]| -> Vec<TraceEvent> {
            let of_all = trace.iter().filter(|event| event.leg.is_none() && meeting.is_some());
            of_all.filter(|event| event.meeting == meeting).cloned().collect()
        };
        fails(difference("a meeting alone", &of_all(&alone), &of_all(trace)))?;
    }
    Ok(())
}

/// Nothing is different where a key is keyed in its own place; and where another is, what would have happened has a
/// journal that replays to it. Says what does not hold.
pub fn forks_at_its_keys(journal: &Journal, trace: &[TraceEvent]) -> Result<(), String> {
    let journal = Journal::parse(&journal.to_json_lines()).unwrap().without_sound();
    let sounds = super::short_sounds().0;
    let fails = |wrong: Option<String>| wrong.map_or(Ok(()), Err);
    let keys = trace.iter().filter_map(|event| match event.happened {
        Happened::Key { key } => Some((event.leg?, event.at, Digit::from_char(key))),
        _ => None,
    });
    for (place, (leg, at, key)) in keys.enumerate().step_by(29) {
        let first = trace.iter().find(|event| {
            event.leg == Some(leg)
                && matches!(event.happened, Happened::Key { .. })
                && event.at >= at
        });
        let is_first = first.is_some_and(|event| {
            event.happened == Happened::Key { key: key.map_or('x', Digit::as_char) }
        });
        if let Some(digit) = key.filter(|_| is_first) {
            let change = KeyChange::Instead(digit);
            let forked = fork(&journal, &sounds, &Fork { leg, at, change, given: Vec::new() });
            let forked = forked.map_err(|error| error.to_string())?;
            fails(forked.stopped.map(|stopped| format!("nothing is different, and {stopped:?}")))?;
            fails(difference("the same key instead", &forked.fork.trace, trace))?;
        }
        let eight = Digit::from_char('8').unwrap();
        let given = vec![Given::Unavailable; 9];
        let change = [KeyChange::Drop, KeyChange::Press(eight), KeyChange::Instead(Digit::STAR)];
        let wish = Fork { leg, at, change: change[place % 3], given };
        let forked = match fork(&journal, &sounds, &wish) {
            // A key that was still to come when its leg had gone.
            Err(ForkError::NotThere { .. }) => continue,
            other => other.map_err(|error| error.to_string())?,
        };
        let text = forked.journal.to_json_lines();
        let again = replay(&Journal::parse(&text).unwrap(), sounds.clone()).unwrap();
        // Where it stops, the journal may go on with what was due at the same time.
        let told = again.len().min(forked.fork.trace.len());
        if forked.stopped.is_none() && told < forked.fork.trace.len() {
            return Err(format!("the journal of {wish:?} ends too soon"));
        }
        let told = &forked.fork.trace[..told];
        fails(difference(&format!("the journal of {wish:?}"), &again[..told.len()], told))?;
    }
    Ok(())
}

/// Who is refused because others take all the room is let in where they are not.
fn refused_for_want_of_room(trace: &[TraceEvent]) -> BTreeSet<LegId> {
    let refused = trace.iter().filter(|event| {
        matches!(event.happened, Happened::Left { cause: HangupCause::BridgeFull, .. })
    });
    refused.filter_map(|event| event.leg).collect()
}

/// A journal that goes on from a cut with what concerned those who were there replays to the same for each of them and for
/// whoever comes later. Says what does not hold.
pub fn goes_on_after_a_cut(
    journal: &Journal,
    trace: &[TraceEvent],
    place: usize,
    present: &Present,
) -> Result<(), String> {
    let (before, after) = journal.entries.split_at(place);
    let kept = before.iter().filter(|entry| present.has_part_in(entry)).chain(after);
    let file = Journal { config: journal.config.clone(), entries: kept.cloned().collect() };
    let again = replay(&file.clone().without_sound(), super::short_sounds().0).unwrap();
    let refused = refused_for_want_of_room(trace);
    let begun_before: BTreeSet<LegId> =
        Journal { entries: before.to_vec(), ..journal.clone() }.legs();
    for leg in file.legs() {
        if refused.contains(&leg) || (begun_before.contains(&leg) && !present.legs.contains(&leg)) {
            continue;
        }
        let of_leg = |trace: &[TraceEvent]| -> Vec<TraceEvent> {
            trace.iter().filter(|event| event.leg == Some(leg)).cloned().collect()
        };
        let wrong = difference(&format!("{leg} after a cut"), &of_leg(&again), &of_leg(trace));
        wrong.map_or(Ok(()), Err)?;
    }
    Ok(())
}
