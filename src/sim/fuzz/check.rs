//! What must hold in every run, whatever anybody does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::draft::{Draft, PINS};
use crate::caller::Heard;
use crate::domain::{LegId, MeetingId, Uptime};
use crate::exchange::{self, Happened, Journal, TraceEvent};
use crate::media::Frame;
use crate::media::sounds::Sounds;
use crate::sim::replay::Replayed;

/// What is heard may be a little behind what is so: the delay line, and frames on their way.
const LAG: Duration = Duration::from_millis(120);

/// Frames of silence, or of a voice, that are nothing yet.
const FRAMES_PASSING: u64 = 4;

/// What is wrong with a run, if anything.
///
/// The exchange's own invariants; every call has its end; the written journal replays to the same trace; no PIN is anywhere;
/// with sound: nobody hears somebody whose meeting they are not in, or themself, and nobody who waits hears nothing.
#[must_use]
pub fn what_is_wrong(draft: &Draft, replayed: &Replayed, sounds: &Arc<Sounds>) -> Option<String> {
    if let Some((at, violation)) = replayed.report.broken.first() {
        return Some(format!("{violation}, at {at}"));
    }
    let ended = |leg: LegId| {
        let of = replayed.report.trace.iter().filter(|event| event.leg == Some(leg));
        of.filter(|event| matches!(event.happened, Happened::Left { .. })).count()
    };
    let came = |leg: LegId| {
        let mut of = replayed.report.trace.iter().filter(|event| event.leg == Some(leg));
        of.any(|event| matches!(event.happened, Happened::Offered { .. } | Happened::SignedIn))
    };
    for seat in replayed.report.seats.iter().filter(|seat| came(seat.leg)) {
        if ended(seat.leg) != 1 {
            return Some(format!("{} has {} ends", replayed.name_of(seat.leg), ended(seat.leg)));
        }
    }
    let journal = replayed.report.journal.to_json_lines();
    let trace: String = replayed
        .report
        .trace
        .iter()
        .map(|event| event.to_json(|leg| leg.to_string()) + "\n")
        .collect();
    if PINS.iter().any(|pin| journal.contains(pin) || trace.contains(pin)) {
        return Some("a PIN is written down".to_owned());
    }
    if let Some(why) = replays_otherwise(replayed, &journal, sounds) {
        return Some(why);
    }
    let names = draft.settings.iter().any(|setting| setting.ends_with("announce to names"));
    if replayed.with_sound { by_ear(replayed, names) } else { None }
}

fn replays_otherwise(replayed: &Replayed, journal: &str, sounds: &Arc<Sounds>) -> Option<String> {
    let journal = match Journal::parse(journal) {
        Ok(journal) => journal,
        Err(error) => return Some(format!("its journal cannot be read: {error}")),
    };
    // A replay ends with the last thing that was brought: what an exchange did by itself after it is not in it.
    let last = journal.entries.last().map_or(Uptime::ZERO, |entry| entry.at);
    let brought = replayed.report.trace.iter().take_while(|event| event.at <= last);
    match exchange::replay(&journal, Arc::clone(sounds)) {
        Ok(trace) if trace.iter().eq(brought) => None,
        Ok(trace) => {
            let same = trace.iter().zip(&replayed.report.trace).take_while(|(a, b)| a == b).count();
            let told = |trace: &[TraceEvent]| {
                trace
                    .get(same)
                    .map_or("its end".to_owned(), |event| event.to_json(|leg| leg.to_string()))
            };
            let (again, was) = (told(&trace), told(&replayed.report.trace));
            Some(format!("its journal replays to {again} in place of {was}"))
        }
        Err(error) => Some(format!("its journal does not replay: {error}")),
    }
}

/// A stretch in which a leg is in a meeting, or waits.
struct Stay {
    meeting: Option<MeetingId>,
    from: Uptime,
    to: Uptime,
}

fn stays(trace: &[TraceEvent], begins: fn(&Happened) -> bool) -> BTreeMap<LegId, Vec<Stay>> {
    let mut stays: BTreeMap<LegId, Vec<Stay>> = BTreeMap::new();
    let mut open: BTreeMap<LegId, (Option<MeetingId>, Uptime)> = BTreeMap::new();
    for event in trace {
        let Some(leg) = event.leg else { continue };
        let ends = matches!(
            event.happened,
            Happened::Admitted { .. }
                | Happened::Lobby
                | Happened::Left { .. }
                | Happened::State { state: "goodbye" }
        );
        if ends && let Some((meeting, from)) = open.remove(&leg) {
            stays.entry(leg).or_default().push(Stay { meeting, from, to: event.at });
        }
        if begins(&event.happened) {
            open.insert(leg, (event.meeting, event.at));
        }
    }
    let end = trace.last().map_or(Uptime::ZERO, |event| event.at);
    for (leg, (meeting, from)) in open {
        stays.entry(leg).or_default().push(Stay { meeting, from, to: end });
    }
    stays
}

fn by_ear(replayed: &Replayed, names: bool) -> Option<String> {
    let inside = stays(&replayed.report.trace, |it| matches!(it, Happened::Admitted { .. }));
    let waiting = stays(&replayed.report.trace, |it| matches!(it, Happened::Lobby));
    let none = Vec::new();
    for (call, seat) in replayed.calls.iter().zip(&replayed.report.seats) {
        let Some(first) = seat.first_heard_at() else { continue };
        let mine = inside.get(&call.leg).unwrap_or(&none);
        for heard in seat.caller.ear().impressions().iter().filter(|it| it.frames > FRAMES_PASSING)
        {
            let at = |frame: u64| first + Duration::from_micros(frame * Frame::MICROS);
            let (from, to) = (at(heard.from_frame), at(heard.from_frame + heard.frames));
            let meets = |my: &Stay, their: &Stay| {
                my.meeting == their.meeting
                    && my.from.max(their.from) <= to
                    && from <= my.to.min(their.to) + LAG
            };
            match &heard.heard {
                Heard::Voices(voices) if !names => {
                    for speaker in
                        replayed.calls.iter().filter(|one| voices.contains(&one.voice_hz))
                    {
                        let theirs = inside.get(&speaker.leg).unwrap_or(&none);
                        let together =
                            mine.iter().any(|my| theirs.iter().any(|their| meets(my, their)));
                        // Somebody who called again has the same voice.
                        let other = replayed
                            .calls
                            .iter()
                            .any(|one| one.voice_hz == speaker.voice_hz && one.leg != speaker.leg);
                        if speaker.leg == call.leg && !other {
                            return Some(format!("{} hears themself at {from}", call.name));
                        }
                        if !together && !other {
                            return Some(format!("{} hears {} at {from}", call.name, speaker.name));
                        }
                    }
                }
                Heard::Silence => {
                    let waits = waiting.get(&call.leg).unwrap_or(&none).iter();
                    if waits.into_iter().any(|stay| stay.from + LAG < to && from + LAG < stay.to) {
                        return Some(format!("{} waits and hears nothing at {from}", call.name));
                    }
                }
                Heard::Voices(_) | Heard::Prompt(_) | Heard::Music | Heard::Tone(_) => {}
            }
        }
    }
    None
}
