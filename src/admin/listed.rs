//! What is shown of users once their PINs have been shown.

use serde::{Deserialize, Serialize};

use crate::domain::directory::{Directory, User};
use crate::domain::pin::MASKED_PIN;
use crate::domain::{ConferenceId, UserId};

/// A user in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct UserRow {
    /// The user.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Where letters go.
    pub address: Option<String>,
    /// The conference ID of their own meeting; `None` when they hold none by phone.
    pub conference_id: Option<ConferenceId>,
    /// Their PIN, masked; `None` when they have none.
    pub pin: Option<String>,
}

/// What is shown of a user: of a PIN only that there is one.
#[must_use]
pub fn user_row(directory: &Directory, user: &User) -> UserRow {
    UserRow {
        user: user.id,
        name: user.name.clone(),
        address: user.address.clone(),
        conference_id: directory.conference_id_of(user.id),
        pin: user.audio_conferencing.as_ref().map(|_| MASKED_PIN.to_owned()),
    }
}
