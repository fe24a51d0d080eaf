//! What is due when: one ordered set of deadlines for all legs and meetings.

use std::collections::BTreeSet;

use crate::domain::Uptime;

/// Why something is due. In this order when due at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DueKind {
    /// A key that came as an event has waited for the detector's latency.
    EventKey,
    /// A prompt ends.
    PromptEnd,
    /// The caller has keyed nothing for long enough.
    Keys,
    /// The store has had its time.
    StoreWait,
    /// A caller has waited long enough: no other word comes before the goodbye.
    LobbyEnd,
    /// A caller has waited nearly long enough.
    LobbyWarning,
    /// A word is due in the lobby.
    LobbyWord,
    /// A meeting has lasted long enough.
    MeetingEnd,
    /// A meeting has lasted nearly long enough.
    MeetingWarning,
}

/// One deadline. `whose` is a leg's slot or a room's place, as the kind has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Due {
    pub at: Uptime,
    pub kind: DueKind,
    pub whose: u32,
}

/// All deadlines, the next one first.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    dues: BTreeSet<Due>,
}

impl Agenda {
    pub(super) fn add(&mut self, due: Due) {
        self.dues.insert(due);
    }

    pub(super) fn cancel(&mut self, due: Due) {
        self.dues.remove(&due);
    }

    pub(super) fn next(&self) -> Option<Due> {
        self.dues.first().copied()
    }

    pub(super) fn pop(&mut self) -> Option<Due> {
        self.dues.pop_first()
    }
}
