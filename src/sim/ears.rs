//! Proves on sound what the trace says of who is where: nobody hears somebody whose meeting they are not in, or who is muted, nor
//! themself, and nobody who waits hears nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Report, Seat};
use crate::caller::Heard;
use crate::domain::{LegId, MeetingId, Uptime};
use crate::exchange::Happened;
use crate::media::Frame;

/// Whose voice is whose.
#[derive(Clone, Copy, Debug)]
pub struct Voice<'a> {
    /// The leg that speaks with it. The seats of a report are in the order of their voices.
    pub leg: LegId,
    /// Who that is.
    pub name: &'a str,
    /// The tone that is their voice; calls of one person have the same.
    pub hz: u32,
}

/// What is heard may be a little behind what is so: the delay line, and frames on their way.
const LAG: Duration = Duration::from_millis(120);

/// Frames of silence that are nothing yet.
const SILENCE_PASSES: u64 = 4;

/// What is wrong with what was heard, the first of it. `voice_passes` are the frames of a voice that are nothing yet: where a prompt is
/// spoken over somebody, the ear may take a vowel of it for another's voice.
#[must_use]
pub fn amiss_by_ear(report: &Report, voices: &[Voice<'_>], voice_passes: u64) -> Option<String> {
    let named = report.trace.iter().filter_map(|event| {
        let taken = matches!(event.happened, Happened::NameTaken { .. });
        event.leg.filter(|_| taken)
    });
    let hz = |leg| voices.iter().find(|voice| voice.leg == leg).map(|voice| voice.hz);
    let whereabouts = Whereabouts {
        voices,
        voice_passes,
        inside: stays(report, |it| matches!(it, Happened::Admitted { .. })),
        waiting: stays(report, |it| matches!(it, Happened::Lobby)),
        muted: mutes(report),
        named: named.filter_map(hz).collect(),
    };
    let seats = voices.iter().zip(&report.seats);
    seats.into_iter().find_map(|(voice, seat)| whereabouts.of(voice, seat))
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

/// When each leg was muted, by itself or by the organizer.
fn mutes(report: &Report) -> BTreeMap<LegId, Vec<Stay>> {
    let mut mutes: BTreeMap<LegId, Vec<Stay>> = BTreeMap::new();
    let mut since = BTreeMap::new();
    for event in &report.trace {
        let Some(leg) = event.leg else { continue };
        let Happened::Presence { muted, silenced, .. } = event.happened else { continue };
        if muted || silenced {
            since.entry(leg).or_insert(event.at);
        } else if let Some(from) = since.remove(&leg) {
            mutes.entry(leg).or_default().push(Stay { meeting: event.meeting, from, to: event.at });
        }
    }
    for (leg, from) in since {
        mutes.entry(leg).or_default().push(Stay { meeting: None, from, to: report.ended_at + LAG });
    }
    mutes
}

/// Who is where when, and whose voice is whose.
struct Whereabouts<'r> {
    voices: &'r [Voice<'r>],
    voice_passes: u64,
    inside: BTreeMap<LegId, Vec<Stay>>,
    waiting: BTreeMap<LegId, Vec<Stay>>,
    muted: BTreeMap<LegId, Vec<Stay>>,
    /// Those who have said a name: it is heard when they come and go, with their voice.
    named: BTreeSet<u32>,
}

impl Whereabouts<'_> {
    fn of(&self, call: &Voice<'_>, seat: &Seat) -> Option<String> {
        let first = seat.first_heard_at()?;
        let mut impressions = seat.caller.ear().impressions().iter();
        impressions.find_map(|it| {
            let at = |frame: u64| first + Duration::from_micros(frame * Frame::MICROS);
            let (from, to) = (at(it.from_frame), at(it.from_frame + it.frames));
            match &it.heard {
                Heard::Voices(voices) if it.frames > self.voice_passes => {
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

    /// That voice is heard, or may not be: of whoever called with it, one must be in the same meeting then, and not muted.
    fn voice(&self, call: &Voice<'_>, hz: u32, from: Uptime, to: Uptime) -> Option<String> {
        if self.named.contains(&hz) {
            return None;
        }
        let meets = |my: &Stay, their: &Stay| {
            my.meeting == their.meeting
                && my.from.max(their.from) <= to
                && from <= my.to.min(their.to) + LAG
        };
        let together = |speaker: &Voice<'_>| {
            let their = || of(&self.inside, speaker.leg);
            speaker.leg != call.leg
                && of(&self.inside, call.leg).any(|my| their().any(|their| meets(my, their)))
        };
        let is_muted = |speaker: &Voice<'_>| {
            of(&self.muted, speaker.leg).any(|mute| mute.from + LAG <= from && to <= mute.to)
        };
        let speakers = || self.voices.iter().filter(|one| one.hz == hz);
        let first = speakers().next()?;
        if speakers().any(|speaker| together(speaker) && !is_muted(speaker)) {
            return None;
        }
        let whom = if first.hz == call.hz {
            "themself".to_owned()
        } else if speakers().any(together) {
            format!("{}, who is muted,", first.name)
        } else {
            first.name.to_owned()
        };
        Some(format!("{} hears {whom} at {from}", call.name))
    }

    fn silence(&self, call: &Voice<'_>, from: Uptime, to: Uptime) -> Option<String> {
        let waits =
            of(&self.waiting, call.leg).any(|stay| stay.from + LAG < to && from + LAG < stay.to);
        waits.then(|| format!("{} waits and hears nothing at {from}", call.name))
    }
}

fn of(stays: &BTreeMap<LegId, Vec<Stay>>, leg: LegId) -> impl Iterator<Item = &Stay> {
    stays.get(&leg).into_iter().flatten()
}
