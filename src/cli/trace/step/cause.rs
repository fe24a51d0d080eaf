//! What caused a step, in words.

use crate::domain::{Answer, LegId, MeetingCard};
use crate::exchange::{Cause, DueKind, HungUpBy, Input, Journal, Reason, Recorded, shown};

pub(super) fn cause(journal: &Journal, cause: Cause) -> String {
    match cause {
        Cause::Entry(place) => match journal.entries.get(place).map(|entry| &entry.recorded) {
            Some(Recorded::Input(input)) => of_input(input),
            Some(Recorded::Skipped { .. }) => "the driver was late".to_owned(),
            Some(
                Recorded::Found { .. }
                | Recorded::Revealed { .. }
                | Recorded::Named { .. }
                | Recorded::SoFar { .. }
                | Recorded::Lost { .. },
            )
            | None => "time passed".to_owned(),
        },
        Cause::Due(Reason::Tick) => "a key was found in the sound".to_owned(),
        Cause::Due(Reason::Due(kind)) => match kind {
            DueKind::EventKey => "a key that came as an event is certain",
            DueKind::PromptEnd => "what was being said is over",
            DueKind::Keys => "the time for a key is over",
            DueKind::StoreWait => "the store has not answered in time",
            DueKind::LobbyWord => "it is time for a word in the lobby",
            DueKind::LobbyWarning => "the wait in the lobby will soon be over",
            DueKind::LobbyEnd => "the longest wait in the lobby is over",
            DueKind::MeetingEnd => "the meeting's time is up",
            DueKind::MeetingWarning => "the meeting's time will soon be up",
        }
        .to_owned(),
    }
}

fn of_input(input: &Input) -> String {
    match input {
        Input::IncomingCall { leg, .. } => format!("{leg} comes in"),
        Input::Answered { leg } => format!("{leg} has been answered"),
        Input::Digit { leg, key } => format!("{leg} keys {} as an event", shown(key.masked())),
        Input::Answer { ticket, answer } => {
            format!("the store answers {}: {}", ticket.leg, in_words(answer))
        }
        Input::HandOver { ticket, card } => {
            let (leg, meeting) = (ticket.leg, meeting(card));
            format!("the store answers {leg}: {meeting}, which another shard owns")
        }
        Input::TakeOver { passing } => format!("{} comes from another shard", passing.leg),
        Input::HungUp { leg, by: HungUpBy::Caller } => format!("{leg} hangs up"),
        Input::HungUp { leg, by: HungUpBy::Trunk } => format!("the network loses {leg}"),
        Input::AppJoins { leg, card, .. } => app_joins(*leg, card),
        Input::Command { leg, command } => {
            format!("{leg} gives the command “{command}” by the app")
        }
        Input::Order { meeting, order } => format!("{meeting} is ordered to {}", order.name()),
        Input::Stop => "the bridge is being shut down".to_owned(),
    }
}

fn app_joins(leg: LegId, card: &MeetingCard) -> String {
    format!("{leg} joins {} by the app", meeting(card))
}

fn meeting(card: &MeetingCard) -> String {
    format!("meeting {}", card.conference_id)
}

fn in_words(answer: &Answer) -> String {
    match answer {
        Answer::MayCall => "it may call".to_owned(),
        Answer::KeptOut => "it may not call".to_owned(),
        Answer::Meeting(card) => meeting(card),
        Answer::NoSuchMeeting => "no meeting's conference ID".to_owned(),
        Answer::Organizer => "the organizer's PIN".to_owned(),
        Answer::PinMismatch => "not the organizer's PIN".to_owned(),
        Answer::Unavailable => "it cannot answer".to_owned(),
    }
}
