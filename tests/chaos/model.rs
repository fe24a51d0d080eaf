//! What should be true, in a hundred lines: who is entitled, who waits, who is in. It knows nothing of dialogues, sound or
//! time limits, and is told only what came from outside and what was done about it.

use std::collections::{BTreeMap, BTreeSet};

use holdline::domain::settings::{Admission, AppStart, MeetingRules, StartRequires};
use holdline::domain::{ConferenceId, EndReason, LegId, MeetingId, Role, Uptime};
use holdline::exchange::{Happened, TraceEvent};

#[derive(Default)]
struct Room {
    live: bool,
    locked: bool,
    members: BTreeSet<LegId>,
    waiting: BTreeSet<LegId>,
}

/// Follows a trace and says where it goes wrong.
pub struct Model {
    known: BTreeMap<ConferenceId, MeetingId>,
    rules: MeetingRules,
    rooms: BTreeMap<MeetingId, Room>,
    found: BTreeMap<LegId, MeetingId>,
    /// Legs that have just proven that they may start their meeting, and are not in it yet.
    entitled: BTreeSet<LegId>,
    /// On which legs an app user is the organizer.
    is_organizer_by_app: fn(LegId) -> bool,
    now: Uptime,
    /// Times a right PIN was accepted.
    pub accepted: usize,
}

impl Model {
    pub fn new(
        known: impl IntoIterator<Item = (ConferenceId, MeetingId)>,
        rules: MeetingRules,
        is_organizer_by_app: fn(LegId) -> bool,
    ) -> Self {
        Self {
            known: known.into_iter().collect(),
            rules,
            rooms: BTreeMap::new(),
            found: BTreeMap::new(),
            entitled: BTreeSet::new(),
            is_organizer_by_app,
            now: Uptime::ZERO,
            accepted: 0,
        }
    }

    pub fn follow(&mut self, trace: &[TraceEvent]) -> Result<(), String> {
        for (place, event) in trace.iter().enumerate() {
            self.step(event).map_err(|wrong| format!("event {place}, {event:?}: {wrong}"))?;
        }
        self.settle()
    }

    fn step(&mut self, event: &TraceEvent) -> Result<(), String> {
        if event.at < self.now {
            return Err("time goes back".to_owned());
        }
        if event.at > self.now {
            self.settle()?;
            self.now = event.at;
        }
        match (&event.happened, event.leg) {
            (Happened::MeetingFound { conference_id }, Some(leg)) => {
                let meeting = self.known.get(conference_id).ok_or("nobody's conference ID")?;
                self.found.insert(leg, *meeting);
            }
            (Happened::SignedIn, Some(leg)) => {
                self.found.insert(leg, event.meeting.ok_or("signed in to nothing")?);
                if self.rules.app_start == AppStart::AnyUser || (self.is_organizer_by_app)(leg) {
                    self.entitled.insert(leg);
                }
            }
            (Happened::PinAccepted, Some(leg)) => {
                self.accepted += 1;
                self.entitled.insert(leg);
            }
            (Happened::MeetingStarted { .. }, Some(leg)) => {
                let anyone = self.rules.start_requires == StartRequires::Anyone;
                let entitled = anyone || self.entitled.contains(&leg);
                let room = self.room_of(leg)?;
                if room.live || !entitled {
                    return Err("a start by someone not entitled, or of a live meeting".to_owned());
                }
                room.live = true;
            }
            (Happened::Lobby, Some(leg)) => {
                let by_start = self.rules.admission == Admission::OnStart;
                let room = self.room_of(leg)?;
                if room.live && by_start {
                    return Err("into the lobby of a live meeting".to_owned());
                }
                room.members.remove(&leg);
                room.waiting.insert(leg);
            }
            (Happened::Admitted { role }, Some(leg)) => {
                self.entitled.remove(&leg);
                let room = self.room_of(leg)?;
                if room.locked && *role != Role::Organizer && !room.waiting.contains(&leg) {
                    return Err("into a locked meeting".to_owned());
                }
                if !room.live || !room.members.insert(leg) {
                    return Err("into a meeting that is not live, or twice".to_owned());
                }
                room.waiting.remove(&leg);
            }
            (Happened::State { state: "goodbye" }, Some(leg)) => {
                self.entitled.remove(&leg);
                if let Ok(room) = self.room_of(leg) {
                    room.members.remove(&leg);
                    room.waiting.remove(&leg);
                }
            }
            (Happened::MeetingWaits, None) => {
                let meeting = event.meeting.ok_or("nothing waits again")?;
                let room = self.rooms.entry(meeting).or_default();
                (room.live, room.locked) = (false, false);
            }
            (Happened::Locked | Happened::Unlocked, None) => {
                let meeting = event.meeting.ok_or("nothing is locked")?;
                let room = self.rooms.entry(meeting).or_default();
                room.locked = event.happened == Happened::Locked;
                if !room.live {
                    return Err("a lock on a meeting that is not live".to_owned());
                }
            }
            (Happened::Presence { .. }, Some(leg)) => {
                let room = self.room_of(leg)?;
                if !room.members.contains(&leg) {
                    return Err("muted outside the meeting".to_owned());
                }
            }
            (Happened::Left { .. }, Some(leg)) => {
                self.entitled.remove(&leg);
                if let Some(meeting) = self.found.remove(&leg) {
                    let room = self.rooms.entry(meeting).or_default();
                    room.members.remove(&leg);
                    room.waiting.remove(&leg);
                }
            }
            (Happened::MeetingEnded { reason }, None) => {
                let meeting = event.meeting.ok_or("the end of nothing")?;
                let room = self.rooms.entry(meeting).or_default();
                if *reason == EndReason::Empty && !room.members.is_empty() {
                    return Err("empty with somebody in it".to_owned());
                }
                *room = Room::default();
            }
            _other => {}
        }
        Ok(())
    }

    /// What must hold whenever time goes on.
    fn settle(&self) -> Result<(), String> {
        for (meeting, room) in &self.rooms {
            if room.live && !room.waiting.is_empty() && self.rules.admission == Admission::OnStart {
                return Err(format!("{meeting} is live and {:?} still wait", room.waiting));
            }
            if room.live == room.members.is_empty() {
                return Err(format!("{meeting} is live: {}, with {:?}", room.live, room.members));
            }
        }
        if !self.entitled.is_empty() {
            return Err(format!("{:?} may start and are not in", self.entitled));
        }
        Ok(())
    }

    fn room_of(&mut self, leg: LegId) -> Result<&mut Room, String> {
        let meeting = self.found.get(&leg).ok_or("a leg without a meeting")?;
        Ok(self.rooms.entry(*meeting).or_default())
    }
}
