//! Proves on sound what the trace says of who is where: nobody hears somebody whose meeting they are not in, nor themself, and
//! nobody who waits hears nothing. And that every call has its end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Replayed, ReplayedCall};
use crate::caller::Heard;
use crate::domain::{LegId, MeetingId, Uptime};
use crate::exchange::Happened;
use crate::media::Frame;
use crate::sim::{Report, Seat};

/// What is heard may be a little behind what is so: the delay line, and frames on their way.
const LAG: Duration = Duration::from_millis(120);

/// Frames of silence that are nothing yet.
const SILENCE_PASSES: u64 = 4;

/// Frames of a voice that are nothing yet: where a prompt is spoken over somebody, the ear may take a vowel of it for another's
/// voice.
const VOICE_PASSES: u64 = 10;

/// What is wrong with how calls ended, and with what was heard where it was played with sound.
#[must_use]
pub fn what_is_amiss(replayed: &Replayed) -> Option<String> {
    let amiss = calls_without_end(replayed);
    if replayed.with_sound { amiss.or_else(|| by_ear(replayed)) } else { amiss }
}

fn calls_without_end(replayed: &Replayed) -> Option<String> {
    let report = &replayed.report;
    let (mut came, mut ends) = (BTreeSet::new(), BTreeMap::<LegId, usize>::new());
    for event in &report.trace {
        let Some(leg) = event.leg else { continue };
        if matches!(event.happened, Happened::Offered { .. } | Happened::SignedIn) {
            came.insert(leg);
        }
        if matches!(event.happened, Happened::Left { .. }) {
            *ends.entry(leg).or_default() += 1;
        }
    }
    // A process that dies says nothing of its calls any more.
    let died = |seat: &Seat| {
        seat.left.is_some_and(|(at, _cause)| report.earlier.iter().any(|life| life.died_at == at))
    };
    report.seats.iter().filter(|seat| came.contains(&seat.leg)).find_map(|seat| {
        let ends = ends.get(&seat.leg).copied().unwrap_or_default();
        let right = ends == 1 || ends == 0 && died(seat);
        (!right).then(|| format!("{} has {ends} ends", replayed.name_of(seat.leg)))
    })
}

/// A stretch in which a leg is in a meeting, or waits.
struct Stay {
    meeting: Option<MeetingId>,
    from: Uptime,
    to: Uptime,
}

fn stays(report: &Report, begins: fn(&Happened) -> bool) -> BTreeMap<LegId, Vec<Stay>> {
    let mut stays: BTreeMap<LegId, Vec<Stay>> = BTreeMap::new();
    let mut open: BTreeMap<LegId, (Option<MeetingId>, Uptime)> = BTreeMap::new();
    for event in &report.trace {
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
    for (leg, (meeting, from)) in open {
        // Whoever was there when the process died.
        let seat = report.seats.iter().find(|seat| seat.leg == leg);
        let to = seat.and_then(|seat| seat.left).map_or(report.ended_at, |(at, _cause)| at);
        stays.entry(leg).or_default().push(Stay { meeting, from, to });
    }
    stays
}

/// Who is where when, and whose voice is whose.
struct Whereabouts<'r> {
    calls: &'r [ReplayedCall],
    inside: BTreeMap<LegId, Vec<Stay>>,
    waiting: BTreeMap<LegId, Vec<Stay>>,
    /// Those who have said a name: it is heard when they come and go, with their voice.
    named: BTreeSet<u32>,
}

fn by_ear(replayed: &Replayed) -> Option<String> {
    let report = &replayed.report;
    let named = report.trace.iter().filter_map(|event| {
        let taken = matches!(event.happened, Happened::NameTaken { .. });
        event.leg.filter(|_| taken)
    });
    let voice = |leg| replayed.calls.iter().find(|call| call.leg == leg).map(|call| call.voice_hz);
    let whereabouts = Whereabouts {
        calls: &replayed.calls,
        inside: stays(report, |it| matches!(it, Happened::Admitted { .. })),
        waiting: stays(report, |it| matches!(it, Happened::Lobby)),
        named: named.filter_map(voice).collect(),
    };
    let calls = replayed.calls.iter().zip(&report.seats);
    calls.into_iter().find_map(|(call, seat)| whereabouts.of(call, seat))
}

impl Whereabouts<'_> {
    fn of(&self, call: &ReplayedCall, seat: &Seat) -> Option<String> {
        let first = seat.first_heard_at()?;
        let mut impressions = seat.caller.ear().impressions().iter();
        impressions.find_map(|it| {
            let at = |frame: u64| first + Duration::from_micros(frame * Frame::MICROS);
            let (from, to) = (at(it.from_frame), at(it.from_frame + it.frames));
            match &it.heard {
                Heard::Voices(voices) if it.frames > VOICE_PASSES => {
                    voices.iter().find_map(|hz| self.voice(call, *hz, from, to))
                }
                // On hold the telephone plays nothing, whatever comes.
                Heard::Silence if it.frames > SILENCE_PASSES && !seat.was_on_hold => {
                    self.silence(call, from, to)
                }
                Heard::Silence
                | Heard::Voices(_)
                | Heard::Prompt(_)
                | Heard::Music
                | Heard::Tone(_) => None,
            }
        })
    }

    /// That voice is heard, or may not be: of whoever called with it, one must be in the same meeting then.
    fn voice(&self, call: &ReplayedCall, hz: u32, from: Uptime, to: Uptime) -> Option<String> {
        if self.named.contains(&hz) {
            return None;
        }
        let meets = |my: &Stay, their: &Stay| {
            my.meeting == their.meeting
                && my.from.max(their.from) <= to
                && from <= my.to.min(their.to) + LAG
        };
        let together = |speaker: &ReplayedCall| {
            let their = || of(&self.inside, speaker.leg);
            speaker.leg != call.leg
                && of(&self.inside, call.leg).any(|my| their().any(|their| meets(my, their)))
        };
        let mut speakers = self.calls.iter().filter(|one| one.voice_hz == hz);
        let first = speakers.clone().next()?;
        match speakers.any(together) {
            true => None,
            false if first.who == call.who => {
                Some(format!("{} hears themself at {from}", call.name))
            }
            false => Some(format!("{} hears {} at {from}", call.name, first.name)),
        }
    }

    fn silence(&self, call: &ReplayedCall, from: Uptime, to: Uptime) -> Option<String> {
        let waits =
            of(&self.waiting, call.leg).any(|stay| stay.from + LAG < to && from + LAG < stay.to);
        waits.then(|| format!("{} waits and hears nothing at {from}", call.name))
    }
}

fn of(stays: &BTreeMap<LegId, Vec<Stay>>, leg: LegId) -> impl Iterator<Item = &Stay> {
    stays.get(&leg).into_iter().flatten()
}
