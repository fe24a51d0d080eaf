//! Where a caller was: in the lobby, in the meeting, and as whom.

use std::time::Duration;

use super::{Call, Uptime, spelled};
use crate::domain::Role;
use crate::exchange::Happened;

/// Whoever is in a place for less is not claimed to have been there: when it is replayed, it may be over by then.
const STAYS_AT_LEAST: Duration = Duration::from_secs(2);

/// What is claimed is claimed so long after it has become so.
const CLAIMED_AFTER: Duration = Duration::from_secs(1);

/// What there is to say of where somebody was until a time, and when.
pub(super) fn of(call: &Call<'_>, until: Uptime) -> Vec<(Uptime, String)> {
    let end = call.left.map_or(until, |(at, _)| at).min(until);
    let changes: Vec<(Uptime, Option<&str>)> = call
        .events
        .iter()
        .filter_map(|event| match event.happened {
            Happened::Lobby => Some((event.at, Some("lobby"))),
            Happened::Admitted { .. } => Some((event.at, Some("meeting"))),
            Happened::MeetingWaits | Happened::HandedOver | Happened::Left { .. } => {
                Some((event.at, None))
            }
            _ => None,
        })
        .collect();
    let next = changes.iter().skip(1).map(|(at, _)| *at).chain([end]);
    let stays = changes.iter().zip(next).filter_map(|(&(at, place), next)| {
        let lasted = next.min(end).since(at);
        (lasted >= STAYS_AT_LEAST).then_some((at + CLAIMED_AFTER, place?))
    });
    stays.map(|(at, place)| (at, spelled::is_in(&call.name, place))).collect()
}

/// As whom they were let in last.
pub(super) fn role(call: &Call<'_>) -> Option<Role> {
    call.events.iter().rev().find_map(|event| match event.happened {
        Happened::Admitted { role } => Some(role),
        _ => None,
    })
}
