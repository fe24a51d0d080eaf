//! What app users do in a meeting, and what an administration comes to for meetings that run.

use super::player::Player;
use crate::domain::directory::Change;
use crate::domain::{LegId, MeetingId};
use crate::exchange::{Input, Order};
use crate::scenario::{Administration, AppDeed, Failure, Who};
use crate::store::Store as _;

impl Player<'_, '_> {
    /// An app user does something in the meeting they are in, or else in the one they organize.
    pub(super) fn app(&mut self, by: Who, deed: &AppDeed) -> Result<(), Failure> {
        let Some(meeting) = self.meeting_of(by) else {
            let name = self.scenario.name_of(by);
            let expected = format!("{name} is in a meeting or organizes one");
            return Err(self.fails(&expected, format!("{name} has nothing to do with any")));
        };
        let legs = |whom: &[Who]| -> Result<Vec<LegId>, Failure> {
            whom.iter()
                .map(|who| self.connected(*who).map(|place| self.world.seats()[place].leg))
                .collect()
        };
        let each = |whom: &[Who], order: fn(LegId) -> Order| -> Result<Vec<Order>, Failure> {
            Ok(legs(whom)?.into_iter().map(order).collect())
        };
        let orders = match deed {
            AppDeed::AdmitsAll => vec![Order::AdmitAll],
            AppDeed::MutesAll => vec![Order::MuteAll],
            AppDeed::LetsAllSpeak => vec![Order::LetAllSpeak],
            AppDeed::Locks => vec![Order::Lock],
            AppDeed::Unlocks => vec![Order::Unlock],
            AppDeed::Ends => vec![Order::End],
            AppDeed::Admits(whom) => each(whom, |whom| Order::Admit { whom })?,
            AppDeed::Refuses(whom) => each(whom, |whom| Order::Refuse { whom })?,
            AppDeed::Removes(whom) => each(whom, |whom| Order::Remove { whom })?,
            AppDeed::Mutes(whom) => each(whom, |whom| Order::Mute { whom })?,
            AppDeed::LetsSpeak(whom) => each(whom, |whom| Order::LetSpeak { whom })?,
            AppDeed::Commands(command) => {
                let leg = self.world.seats()[self.connected(by)?].leg;
                self.world.bring(Input::Command { leg, command: *command });
                return Ok(());
            }
        };
        for order in orders {
            self.world.bring(Input::Order { meeting, order });
        }
        Ok(())
    }

    fn meeting_of(&self, who: Who) -> Option<MeetingId> {
        let here = self.seats.get(&who).and_then(|&place| {
            self.world
                .exchange()
                .room_of(self.world.seats()[place].leg)
                .map(|(meeting, ..)| meeting)
        });
        here.or_else(|| {
            let mut meetings = self.scenario.organization.meetings.iter();
            let place = meetings.position(|meeting| meeting.organizer == who)?;
            self.office.meetings.get(place).copied()
        })
    }

    /// Somebody administers; meetings that run get to know of it.
    pub(super) fn administer(&mut self, what: &Administration) -> Result<(), Failure> {
        let (faults, now) = (*self.world.faults_mut(), self.world.utc());
        let store = match (faults.store_gone, faults.store_unavailable) {
            (0, 0) => None,
            (0, _) => Some("the store says that it cannot answer: nothing can be administered"),
            (_, _) => Some("the store is gone: nothing can be administered"),
        };
        if let Some(why) = store {
            return Err(self.fails("this can be administered", why.to_owned()));
        }
        let changes = self
            .office
            .administer(what, now)
            .map_err(|why| self.fails("this can be administered", why))?;
        let directory = match self.office.store.directory() {
            Ok(directory) => directory,
            Err(error) => return Err(self.fails("the store answers", error.to_string())),
        };
        for &meeting in &self.office.meetings.clone() {
            if self.world.exchange().phase_of(meeting).is_none() {
                continue;
            }
            let order = match directory.meeting(meeting) {
                None => Some(Order::Cancel),
                Some(found) if changes.iter().any(|change| concerns(change, meeting)) => directory
                    .card(found.conference_id, now)
                    .map(|card| Order::Change { card: Box::new(card) }),
                Some(_) => None,
            };
            if let Some(order) = order {
                self.world.bring(Input::Order { meeting, order });
            }
        }
        Ok(())
    }
}

/// Whether a meeting runs otherwise after a change.
fn concerns(change: &Change, meeting: MeetingId) -> bool {
    match change {
        Change::SettingsChanged(_) | Change::UserRulesChanged { .. } => true,
        Change::ConferenceIdReplaced { meeting: of, .. }
        | Change::MeetingRulesChanged { meeting: of, .. }
        | Change::MeetingExpires { meeting: of, .. } => *of == meeting,
        Change::AccessNumberAdded(_)
        | Change::UserAdded(_)
        | Change::ConferencingEnabled { .. }
        | Change::ConferencingDisabled { .. }
        | Change::PinReplaced { .. }
        | Change::PinRehashed { .. }
        | Change::PinUnlocked { .. }
        | Change::MeetingAdded(_)
        | Change::MeetingRemoved { .. } => false,
    }
}
