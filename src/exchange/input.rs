//! What a driver tells an exchange.

use serde::{Deserialize, Serialize};

use super::order::Order;
use super::passing::Passing;
use crate::domain::{
    Answer, CallSource, Command, Key, LegId, MeetingCard, MeetingId, PhoneNumber, Ticket, UserId,
};

/// A fact the driver brings. Everything outside that can fail comes back as one of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "input")]
pub enum Input {
    /// A call comes in. Its leg's id is new: one that is in use is ignored and counted.
    IncomingCall {
        /// The leg, from now until [`Output::HangUp`](super::Output::HangUp) or [`Input::HungUp`].
        leg: LegId,
        /// Whence.
        from: CallSource,
        /// The access number called.
        called: PhoneNumber,
    },
    /// [`Output::Answer`](super::Output::Answer) has been done: sound can flow.
    Answered {
        /// The leg.
        leg: LegId,
    },
    /// A key that came as an event (RFC 4733, SIP INFO, a keypad). It is acted on after the detector's latency,
    /// so that it makes no difference how a key comes. A leg whose keys come so must not bring them as sound too.
    Digit {
        /// The leg.
        leg: LegId,
        /// The key.
        key: Key,
    },
    /// What came of [`Output::Ask`](super::Output::Ask).
    Answer {
        /// The ticket of the question.
        ticket: Ticket,
        /// What the store said.
        answer: Answer,
    },
    /// In place of [`Input::Answer`] with a meeting that another exchange owns: give the leg away.
    HandOver {
        /// The ticket of the question.
        ticket: Ticket,
        /// The meeting that was found.
        card: Box<MeetingCard>,
    },
    /// A leg comes from another exchange, as [`Output::HandedOver`](super::Output::HandedOver) gave it.
    TakeOver {
        /// The leg.
        passing: Box<Passing>,
    },
    /// The leg is gone.
    HungUp {
        /// The leg.
        leg: LegId,
        /// By whose doing.
        by: HungUpBy,
    },
    /// A signed-in app user joins a meeting. The driver has authenticated the user and looked up the meeting.
    AppJoins {
        /// The leg on which the user speaks and hears, new as with [`Input::IncomingCall`].
        leg: LegId,
        /// Who.
        user: UserId,
        /// The meeting.
        card: Box<MeetingCard>,
    },
    /// A member gives a command through the app. The driver has checked that the leg is theirs.
    Command {
        /// The member's leg.
        leg: LegId,
        /// What is to be done.
        command: Command,
    },
    /// Somebody outside wants something done in a meeting. One to a meeting or leg that is not there is ignored and
    /// counted.
    Order {
        /// The meeting.
        meeting: MeetingId,
        /// What is to be done.
        #[serde(flatten)]
        order: Order,
    },
    /// The bridge is being shut down: every leg hears a last word and is sent away, and no more calls are taken. A second
    /// time: whoever still hears it is gone now.
    Stop,
}

/// By whose doing a leg is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HungUpBy {
    /// The caller's.
    Caller,
    /// The network's.
    Trunk,
}
