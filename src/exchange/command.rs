//! What is done in a meeting: by the keys of a caller, by an app user, by order from outside.

use super::announce::Passage;
use super::room::{Room, RoomIndex};
use super::{Exchange, Happened, Order, Recorded};
use crate::domain::call_record::AdmittedBy;
use crate::domain::meeting::{MeetingEvent, MeetingStep};
use crate::domain::settings::{Admission, Announce};
use crate::domain::{Command, EndReason, Entry, LegId, MeetingCard, MeetingId, MeetingPhase, Role};
use crate::ivr::{Dismissal, Event, LegPhase, Notice, Unmuting};

impl Exchange {
    /// A caller's keys came to a command: the journal may have them now.
    pub(super) fn key_command(&mut self, slot: u32, id: LegId, command: Command, keys: &Entry) {
        let Some(presence) = self.leg_mut(slot).and_then(|leg| leg.presence.as_mut()) else {
            return;
        };
        presence.keep_command(command);
        let numbers = presence.latest_keys(keys.len()).to_vec();
        let at = self.now;
        self.journal(at, || Recorded::Revealed {
            revealed: String::from_utf8_lossy(keys.reveal()).into_owned(),
            by: id,
            keys: numbers,
        });
        self.command(slot, id, command);
    }

    /// Carries out a command of a member.
    pub(super) fn command(&mut self, slot: u32, id: LegId, command: Command) {
        let member = self.leg(slot).and_then(|leg| Some((leg.room?, leg.role?, leg.is_app())));
        let Some((index, role, is_app)) = member else { return };
        let Some(room) = self.room(index) else { return };
        let meeting = room.card.meeting;
        if !room.members.contains(&slot) {
            return;
        }
        self.trace(Some(id), Some(meeting), Happened::Command { command });
        let notice = if command.is_organizers() && role != Role::Organizer {
            Notice::NotAllowed
        } else {
            self.carry_out(index, slot, role, command)
        };
        if !is_app {
            self.events.push_back((slot, Event::Notice(notice)));
        }
    }

    fn carry_out(&mut self, index: RoomIndex, slot: u32, role: Role, command: Command) -> Notice {
        match command {
            Command::Help => Notice::Help(role),
            Command::RollCall => {
                let people = self.count(index, |room| &room.members);
                match self.room(index).map(|room| room.card.rules.announce) {
                    Some(Announce::Names) => Notice::RollCall(people),
                    Some(Announce::Off | Announce::Tones) | None => Notice::People(people),
                }
            }
            Command::Hand => self.turn_hand(slot),
            Command::Mute => self.turn_mute(index, slot),
            Command::Lock => match self.turn_lock(index) {
                true => Notice::Locked,
                false => Notice::Unlocked,
            },
            Command::AdmitAll => match self.admit_all(index, AdmittedBy::Command) {
                0 => Notice::Waiting(0),
                _some => Notice::AdmittedAll,
            },
            Command::MuteAll => match self.room(index).is_some_and(|room| room.audience_muted) {
                true => {
                    self.let_all_speak(index);
                    Notice::EveryoneUnmuted
                }
                false => {
                    self.mute_all(index);
                    Notice::EveryoneMuted
                }
            },
            Command::Announcements => {
                let Some(room) = self.room_mut(index) else { return Notice::AnnouncementsOff };
                room.announces = !room.announces;
                match room.announces {
                    true => Notice::AnnouncementsOn,
                    false => Notice::AnnouncementsOff,
                }
            }
            Command::LobbyCount => Notice::Waiting(self.count(index, |room| &room.waiting)),
        }
    }

    /// Carries out an order from outside; one to a meeting or leg that is not there is ignored and counted.
    pub(super) fn order(&mut self, meeting: MeetingId, order: Order) {
        let Some(&index) = self.by_meeting.get(&meeting) else {
            self.counts.inputs_ignored += 1;
            return;
        };
        self.trace(None, Some(meeting), Happened::Ordered { order: order.name() });
        let done = match order {
            Order::AdmitAll => self.admit_all(index, AdmittedBy::App) > 0,
            Order::Admit { whom } => self.admit_one(index, whom),
            Order::Refuse { whom } => self.dismiss(index, whom, Dismissal::Refused),
            Order::Remove { whom } => self.dismiss(index, whom, Dismissal::Removed),
            Order::Mute { whom } => self.for_member(index, whom, Self::silence),
            Order::LetSpeak { whom } => self.for_member(index, whom, |exchange, _, slot| {
                exchange.let_speak(slot);
            }),
            Order::MuteAll => self.when_live(index, Self::mute_all),
            Order::LetAllSpeak => self.when_live(index, Self::let_all_speak),
            Order::Lock => self.set_lock(index, true),
            Order::Unlock => self.set_lock(index, false),
            Order::AnnouncementsOn => self.set_announcements(index, true),
            Order::AnnouncementsOff => self.set_announcements(index, false),
            Order::End => self.close(index, EndReason::Organizer),
            Order::Cancel => self.close(index, EndReason::Cancelled),
            Order::Change { card } => self.change(index, *card),
            Order::RecordingFailed => self.stop_recording(index),
        };
        if !done {
            self.counts.inputs_ignored += 1;
        }
    }

    fn count(&self, index: RoomIndex, of: impl Fn(&Room) -> &Vec<u32>) -> u32 {
        let count = self.room(index).map_or(0, |room| of(room).len());
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    fn turn_hand(&mut self, slot: u32) -> Notice {
        let Some(presence) = self.leg_mut(slot).and_then(|leg| leg.presence.as_mut()) else {
            return Notice::HandLowered;
        };
        presence.hand_raised = !presence.hand_raised;
        let notice = match presence.hand_raised {
            true => Notice::HandRaised,
            false => Notice::HandLowered,
        };
        self.trace_presence(slot);
        notice
    }

    /// Mutes a member by their own wish, or lets them speak again if they may.
    fn turn_mute(&mut self, index: RoomIndex, slot: u32) -> Notice {
        let Some(unmuting) = self.room(index).map(Room::unmuting) else { return Notice::Muted };
        let Some(presence) = self.leg_mut(slot).and_then(|leg| leg.presence.as_mut()) else {
            return Notice::Muted;
        };
        let notice = match (presence.muted, presence.silenced, unmuting) {
            (_, true, Unmuting::Forbidden) => Notice::CannotUnmute,
            (true, false, _) | (_, true, Unmuting::Allowed) => {
                (presence.muted, presence.silenced) = (false, false);
                Notice::Unmuted
            }
            (false, false, _) => {
                presence.muted = true;
                Notice::Muted
            }
        };
        self.trace_presence(slot);
        self.reroute(slot);
        notice
    }

    fn turn_lock(&mut self, index: RoomIndex) -> bool {
        let locked = self.room(index).is_some_and(|room| room.locked);
        self.set_lock(index, !locked);
        !locked
    }

    /// Only a meeting that runs can be locked: one that waits would never be started.
    fn set_lock(&mut self, index: RoomIndex, locked: bool) -> bool {
        let Some(room) = self.room_mut(index) else { return false };
        if room.phase() != MeetingPhase::Live || room.locked == locked {
            return false;
        }
        room.locked = locked;
        let meeting = room.card.meeting;
        let happened = if locked { Happened::Locked } else { Happened::Unlocked };
        self.trace(None, Some(meeting), happened);
        true
    }

    fn set_announcements(&mut self, index: RoomIndex, on: bool) -> bool {
        let Some(room) = self.room_mut(index) else { return false };
        std::mem::replace(&mut room.announces, on) != on
    }

    /// Mutes all but the organizers; who comes later is muted too.
    fn mute_all(&mut self, index: RoomIndex) {
        let Some(room) = self.room_mut(index) else { return };
        room.audience_muted = true;
        for slot in room.members.clone() {
            if self.leg(slot).is_some_and(|leg| leg.role != Some(Role::Organizer)) {
                self.silence(index, slot);
            }
        }
    }

    fn silence(&mut self, index: RoomIndex, slot: u32) {
        let Some(unmuting) = self.room(index).map(Room::unmuting) else { return };
        self.set_silenced(slot, true, Notice::Silenced(unmuting));
    }

    fn let_all_speak(&mut self, index: RoomIndex) {
        let Some(room) = self.room_mut(index) else { return };
        room.audience_muted = false;
        for slot in room.members.clone() {
            self.let_speak(slot);
        }
    }

    /// The organizer's mute ends; one's own stays.
    fn let_speak(&mut self, slot: u32) {
        self.set_silenced(slot, false, Notice::LetSpeak);
    }

    fn set_silenced(&mut self, slot: u32, silenced: bool, notice: Notice) {
        let Some(leg) = self.leg_mut(slot) else { return };
        let is_app = leg.is_app();
        let Some(presence) = leg.presence.as_mut() else { return };
        if std::mem::replace(&mut presence.silenced, silenced) == silenced {
            return;
        }
        self.trace_presence(slot);
        self.reroute(slot);
        if !is_app {
            self.events.push_back((slot, Event::Notice(notice)));
        }
    }

    pub(super) fn trace_presence(&mut self, slot: u32) {
        let Some(leg) = self.leg(slot) else { return };
        let Some(presence) = leg.presence.as_ref() else { return };
        let (id, meeting) = (leg.id, leg.facts.meeting);
        let happened = Happened::Presence {
            muted: presence.muted,
            silenced: presence.silenced,
            hand_raised: presence.hand_raised,
        };
        self.trace(Some(id), meeting, happened);
    }

    /// Admits all who wait for a meeting that runs, and says how many they were.
    pub(super) fn admit_all(&mut self, index: RoomIndex, by: AdmittedBy) -> usize {
        let Some(room) = self.room_mut(index) else { return 0 };
        if room.phase() != MeetingPhase::Live {
            return 0;
        }
        let waiting = std::mem::take(&mut room.waiting);
        self.let_in(index, &waiting, by);
        self.announce_coming(index, Passage::Admitted, &waiting);
        waiting.len()
    }

    fn admit_one(&mut self, index: RoomIndex, whom: LegId) -> bool {
        let Some(&slot) = self.by_id.get(&whom) else { return false };
        let Some(room) = self.room_mut(index) else { return false };
        let Some(place) = room.waiting.iter().position(|&waiting| waiting == slot) else {
            return false;
        };
        if room.phase() != MeetingPhase::Live {
            return false;
        }
        room.waiting.remove(place);
        self.let_in(index, &[slot], AdmittedBy::App);
        self.announce_coming(index, Passage::In, &[slot]);
        true
    }

    fn dismiss(&mut self, index: RoomIndex, whom: LegId, dismissal: Dismissal) -> bool {
        let Some(&slot) = self.by_id.get(&whom) else { return false };
        let Some(room) = self.room(index) else { return false };
        let list = match dismissal {
            Dismissal::Refused => &room.waiting,
            Dismissal::Removed => &room.members,
        };
        if !list.contains(&slot) {
            return false;
        }
        self.events.push_back((slot, Event::Dismissed(dismissal)));
        true
    }

    fn for_member(
        &mut self,
        index: RoomIndex,
        whom: LegId,
        deed: impl Fn(&mut Self, RoomIndex, u32),
    ) -> bool {
        let Some(&slot) = self.by_id.get(&whom) else { return false };
        let is_member = self.room(index).is_some_and(|room| room.members.contains(&slot));
        if is_member {
            deed(self, index, slot);
        }
        is_member
    }

    fn when_live(&mut self, index: RoomIndex, deed: impl Fn(&mut Self, RoomIndex)) -> bool {
        let live = self.room(index).is_some_and(|room| room.phase() == MeetingPhase::Live);
        if live {
            deed(self, index);
        }
        live
    }

    fn close(&mut self, index: RoomIndex, reason: EndReason) -> bool {
        match self.meeting_event(index, MeetingEvent::Close(reason)) {
            MeetingStep::Ended(reason) => {
                self.end_meeting(index, reason);
                true
            }
            MeetingStep::Unchanged | MeetingStep::Started | MeetingStep::BackToLobby => false,
        }
    }

    /// A meeting goes on by another card. Whoever may come in or start it by the new rules, does.
    fn change(&mut self, index: RoomIndex, card: MeetingCard) -> bool {
        let Some(room) = self.room_mut(index) else { return false };
        if card.meeting != room.card.meeting {
            return false;
        }
        room.change(card);
        self.renew_end(index);
        let Some(room) = self.room_mut(index) else { return false };
        match (room.phase(), room.card.rules.admission) {
            (MeetingPhase::Live, Admission::OnStart) => {
                self.admit_all(index, AdmittedBy::Rules);
            }
            (MeetingPhase::Waiting, _) => self.start_by_rules(index),
            (MeetingPhase::Live, Admission::OnCommand) | (MeetingPhase::Ended, _) => {}
        }
        true
    }

    /// What keeps the recording has failed: the organizers on the telephone are told.
    fn stop_recording(&mut self, index: RoomIndex) -> bool {
        let Some(room) = self.room(index) else { return false };
        let (meeting, members) = (room.card.meeting, room.members.clone());
        if !self.end_recording(index) {
            return false;
        }
        self.trace(None, Some(meeting), Happened::RecordingFailed);
        self.tell_organizers(&members, Notice::RecordingOff);
        true
    }

    /// Tells the organizers on the telephone, once nothing else is being said to them.
    pub(super) fn tell_organizers(&mut self, members: &[u32], notice: Notice) {
        for &slot in members {
            let Some(leg) = self.leg_mut(slot) else { continue };
            if leg.role == Some(Role::Organizer)
                && !leg.is_app()
                && let Some(presence) = leg.presence.as_mut()
            {
                presence.tell_later(notice);
                self.tell_next(slot);
            }
        }
    }

    /// What waits to be told to a member to whom nothing is being said.
    pub(super) fn tell_next(&mut self, slot: u32) {
        let Some(leg) = self.leg_mut(slot).filter(|leg| leg.saying.is_none()) else { return };
        let in_meeting = leg.phase() == LegPhase::InMeeting;
        if let Some(presence) = leg.presence.as_mut().filter(|_| in_meeting)
            && let Some(notice) = presence.untold.pop_front()
        {
            self.events.push_back((slot, Event::Notice(notice)));
        }
    }
}
