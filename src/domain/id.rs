//! The ids: a type for each, so that a leg cannot be taken for a meeting.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(u64);

        impl $name {
            /// From its number.
            #[must_use]
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// Its number.
            #[must_use]
            pub const fn number(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}

id! {
    /// One call as we see it. The driver gives it, unique for as long as the process lives.
    LegId, "leg-"
}
id! {
    /// One meeting of the directory. The store gives it; it outlives conference IDs and restarts.
    MeetingId, "meeting-"
}
id! {
    /// A person of the organization, who may organize meetings. Never a caller as such.
    UserId, "user-"
}
id! {
    /// Ties an answer of the store to the question it answers. Unique within one exchange.
    Ticket, "ticket-"
}
