//! The life of one meeting: who started it, since when, and when it has to end. Pure; no legs, no sound.

use serde::{Deserialize, Serialize};

use super::settings::{MeetingRules, StartRequires, WhenAuthenticatedLeft};
use super::time::Uptime;

/// Where a meeting is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeetingPhase {
    /// Nobody entitled has started it: whoever calls waits in the lobby.
    Waiting,
    /// It runs.
    Live,
    /// It is over; whoever is left is being sent away.
    Ended,
}

/// What someone is entitled to in a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A caller who proved nothing.
    Attendee,
    /// A signed-in app user, who may have started the meeting by joining.
    Authenticated,
    /// The one whose meeting it is, by PIN or signed in.
    Organizer,
}

impl Role {
    /// Whether a meeting may be started by someone in this role, by its rules.
    #[must_use]
    pub fn may_start(self, rules: &MeetingRules) -> bool {
        match self {
            Self::Organizer | Self::Authenticated => true,
            Self::Attendee => rules.start_requires == StartRequires::Anyone,
        }
    }

    fn is_authenticated(self) -> bool {
        match self {
            Self::Organizer | Self::Authenticated => true,
            Self::Attendee => false,
        }
    }
}

/// Why a meeting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndReason {
    /// The last member left and nobody waits.
    Empty,
    /// The last authenticated member left, and the rules end it then.
    AuthenticatedLeft,
    /// The time is up that it may go on after the last authenticated member left.
    AuthenticatedLeftLongAgo,
    /// The organizer ended it.
    Organizer,
    /// It was cancelled.
    Cancelled,
    /// Callers alone have had their time.
    CallersAlone,
    /// No meeting may last longer.
    LongestTime,
    /// The bridge is being shut down.
    Stopping,
}

/// What happens to a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeetingEvent {
    /// Someone entitled starts or joins it; the exchange has checked the role with [`Role::may_start`].
    Joined(Role),
    /// A member left; so many members are still in, and so many wait.
    Left {
        /// The role of the one who left.
        role: Role,
        /// Members still in.
        members: usize,
        /// Legs in its lobby.
        waiting: usize,
    },
    /// The time [`MeetingLife::ends_at`] gave is reached.
    TimeUp,
    /// It is ended from outside: by the organizer, by a cancellation, or because the bridge is being shut down.
    Close(EndReason),
}

/// What the exchange has to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeetingStep {
    /// Nothing.
    Unchanged,
    /// It has started: admit by its rules.
    Started,
    /// It waits again for someone entitled: members go back to the lobby.
    BackToLobby,
    /// It is over: everyone is sent away.
    Ended(EndReason),
}

/// The life of one meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeetingLife {
    phase: MeetingPhase,
    started_at: Uptime,
    authenticated: u32,
    authenticated_ever: bool,
    authenticated_left_at: Uptime,
}

impl Default for MeetingLife {
    fn default() -> Self {
        Self {
            phase: MeetingPhase::Waiting,
            started_at: Uptime::ZERO,
            authenticated: 0,
            authenticated_ever: false,
            authenticated_left_at: Uptime::ZERO,
        }
    }
}

impl MeetingLife {
    /// Where it is in its life.
    #[must_use]
    pub fn phase(&self) -> MeetingPhase {
        self.phase
    }

    /// Takes one event and says what follows. Laid beside the table in `ARCHITECTURE.md`.
    pub fn handle(
        &mut self,
        now: Uptime,
        event: MeetingEvent,
        rules: &MeetingRules,
    ) -> MeetingStep {
        match (self.phase, event) {
            (MeetingPhase::Waiting, MeetingEvent::Joined(role)) => {
                self.phase = MeetingPhase::Live;
                self.started_at = now;
                self.count_in(role);
                MeetingStep::Started
            }
            (MeetingPhase::Live, MeetingEvent::Joined(role)) => {
                self.count_in(role);
                MeetingStep::Unchanged
            }
            (MeetingPhase::Live, MeetingEvent::Left { role, members, waiting }) => {
                let last_authenticated = self.count_out(now, role);
                self.after_leaving(last_authenticated, members, waiting, rules)
            }
            (MeetingPhase::Live, MeetingEvent::TimeUp) => {
                let reason = self.limit(rules).map_or(EndReason::LongestTime, |(_, reason)| reason);
                self.end(reason)
            }
            (MeetingPhase::Waiting | MeetingPhase::Live, MeetingEvent::Close(reason)) => {
                self.end(reason)
            }
            (MeetingPhase::Waiting, MeetingEvent::Left { .. } | MeetingEvent::TimeUp)
            | (
                MeetingPhase::Ended,
                MeetingEvent::Joined(_)
                | MeetingEvent::Left { .. }
                | MeetingEvent::TimeUp
                | MeetingEvent::Close(_),
            ) => MeetingStep::Unchanged,
        }
    }

    /// When it has to end if nothing else happens. `None` while it is not live.
    #[must_use]
    pub fn ends_at(&self, rules: &MeetingRules) -> Option<Uptime> {
        self.limit(rules).map(|(at, _reason)| at)
    }

    fn limit(&self, rules: &MeetingRules) -> Option<(Uptime, EndReason)> {
        if self.phase != MeetingPhase::Live {
            return None;
        }
        let longest = (self.started_at + rules.ends_after_at_most, EndReason::LongestTime);
        let sooner = match (self.authenticated, self.authenticated_ever) {
            (0, true) => (
                self.authenticated_left_at + rules.ends_after_authenticated_left,
                EndReason::AuthenticatedLeftLongAgo,
            ),
            (0, false) => {
                (self.started_at + rules.ends_after_callers_alone, EndReason::CallersAlone)
            }
            (_some, _) => longest,
        };
        Some(if sooner.0 < longest.0 { sooner } else { longest })
    }

    fn count_in(&mut self, role: Role) {
        if role.is_authenticated() {
            self.authenticated += 1;
            self.authenticated_ever = true;
        }
    }

    /// Whether the one who left was the last authenticated one.
    fn count_out(&mut self, now: Uptime, role: Role) -> bool {
        if !role.is_authenticated() {
            return false;
        }
        self.authenticated = self.authenticated.saturating_sub(1);
        self.authenticated_left_at = now;
        self.authenticated == 0
    }

    fn after_leaving(
        &mut self,
        last_authenticated: bool,
        members: usize,
        waiting: usize,
        rules: &MeetingRules,
    ) -> MeetingStep {
        if members == 0 && waiting == 0 {
            return self.end(EndReason::Empty);
        }
        if members == 0 {
            return self.wait_again();
        }
        match (last_authenticated, rules.when_authenticated_left, rules.start_requires) {
            (true, WhenAuthenticatedLeft::Ends, _) => self.end(EndReason::AuthenticatedLeft),
            (true, WhenAuthenticatedLeft::BackToLobby, StartRequires::OrganizerPinOrApp) => {
                self.wait_again()
            }
            // Where anyone may start, those who are in would at once start it again.
            (true, WhenAuthenticatedLeft::BackToLobby, StartRequires::Anyone)
            | (true, WhenAuthenticatedLeft::GoesOn, _)
            | (false, _, _) => MeetingStep::Unchanged,
        }
    }

    fn wait_again(&mut self) -> MeetingStep {
        *self = Self::default();
        MeetingStep::BackToLobby
    }

    fn end(&mut self, reason: EndReason) -> MeetingStep {
        self.phase = MeetingPhase::Ended;
        MeetingStep::Ended(reason)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn at(minutes: u32) -> Uptime {
        Uptime::ZERO + MINUTE * minutes
    }

    fn started_by(role: Role) -> MeetingLife {
        let mut life = MeetingLife::default();
        let step = life.handle(at(1), MeetingEvent::Joined(role), &MeetingRules::default());
        assert_eq!(step, MeetingStep::Started);
        life
    }

    fn left(role: Role, members: usize, waiting: usize) -> MeetingEvent {
        MeetingEvent::Left { role, members, waiting }
    }

    #[test]
    fn of_two_limits_at_the_same_time_the_longest_is_the_reason() {
        let mut rules = MeetingRules::default();
        rules.ends_after_callers_alone = rules.ends_after_at_most;
        let mut life = started_by(Role::Attendee);
        let ends_at = life.ends_at(&rules).unwrap();
        let ended = life.handle(ends_at, MeetingEvent::TimeUp, &rules);
        assert_eq!(ended, MeetingStep::Ended(EndReason::LongestTime));
    }

    #[test]
    fn the_others_go_on_for_ninety_minutes_after_the_organizer_left() {
        let rules = MeetingRules::default();
        let mut life = started_by(Role::Organizer);
        assert_eq!(life.ends_at(&rules), Some(at(1 + 24 * 60)));
        assert_eq!(
            life.handle(at(10), left(Role::Organizer, 2, 0), &rules),
            MeetingStep::Unchanged
        );
        assert_eq!(life.ends_at(&rules), Some(at(100)));
        assert_eq!(
            life.handle(at(100), MeetingEvent::TimeUp, &rules),
            MeetingStep::Ended(EndReason::AuthenticatedLeftLongAgo)
        );
    }

    #[test]
    fn callers_alone_have_four_hours() {
        let rules = MeetingRules { start_requires: StartRequires::Anyone, ..Default::default() };
        assert!(Role::Attendee.may_start(&rules));
        assert!(!Role::Attendee.may_start(&MeetingRules::default()));
        assert_eq!(started_by(Role::Attendee).ends_at(&rules), Some(at(1 + 240)));
    }

    #[test]
    fn what_follows_the_organizer_is_the_rules_choice() {
        for (choice, step, phase) in [
            (WhenAuthenticatedLeft::GoesOn, MeetingStep::Unchanged, MeetingPhase::Live),
            (
                WhenAuthenticatedLeft::Ends,
                MeetingStep::Ended(EndReason::AuthenticatedLeft),
                MeetingPhase::Ended,
            ),
            (WhenAuthenticatedLeft::BackToLobby, MeetingStep::BackToLobby, MeetingPhase::Waiting),
        ] {
            let rules = MeetingRules { when_authenticated_left: choice, ..Default::default() };
            let mut life = started_by(Role::Organizer);
            assert_eq!(life.handle(at(2), left(Role::Organizer, 1, 0), &rules), step);
            assert_eq!(life.phase(), phase);
        }
    }

    #[test]
    fn the_last_one_out_ends_it_unless_somebody_waits() {
        let rules = MeetingRules::default();
        let mut life = started_by(Role::Authenticated);
        let step = life.handle(at(2), left(Role::Authenticated, 0, 0), &rules);
        assert_eq!(step, MeetingStep::Ended(EndReason::Empty));
        let mut life = started_by(Role::Authenticated);
        let step = life.handle(at(2), left(Role::Authenticated, 0, 3), &rules);
        assert_eq!((step, life.phase()), (MeetingStep::BackToLobby, MeetingPhase::Waiting));
    }
}
