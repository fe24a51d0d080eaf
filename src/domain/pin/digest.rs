//! What the store keeps of a PIN, and who makes it. The hashing itself is no pure rule and not in here.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Pin;

/// An argon2id digest as a PHC string (`$argon2id$v=19$m=..,t=..,p=..$salt$hash`).
///
/// A short PIN can be found from its digest by trying them all, so it prints nothing of itself. It is
/// serialized in full: it is what a store stores.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PinDigest(String);

/// A text that is no argon2id digest. Never tells the text.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "a PIN digest is a PHC string that begins with $argon2id$, this is none: reset the PIN of the user it \
     stands for"
)]
pub struct PinDigestError;

impl PinDigest {
    /// From a PHC string. Whether its salt and hash can be read shows when it is verified.
    ///
    /// # Errors
    /// A string of another scheme.
    pub fn from_phc(text: String) -> Result<Self, PinDigestError> {
        if text.starts_with("$argon2id$") { Ok(Self(text)) } else { Err(PinDigestError) }
    }

    /// The PHC string, for the hasher and the store.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PinDigest {
    type Error = PinDigestError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::from_phc(text)
    }
}

impl From<PinDigest> for String {
    fn from(digest: PinDigest) -> Self {
        digest.0
    }
}

impl fmt::Debug for PinDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PinDigest(argon2id)")
    }
}

/// Why nothing could be hashed: the fault of the machine or of what is stored, never of what was keyed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum HashError {
    /// The hash function gave up, most likely for want of memory.
    #[error("the PIN could not be hashed ({0}): see that the machine has memory to spare")]
    Failed(String),
    /// A stored digest cannot be read.
    #[error("a stored PIN digest cannot be read ({0}): reset the PIN of the user it belongs to")]
    Unreadable(String),
}

/// Makes digests of PINs and checks entries against them. Slow on purpose: never called on the media way.
pub trait PinHasher: Send + Sync {
    /// The digest of a new PIN. The salt is 16 random bytes, new for each PIN.
    ///
    /// # Errors
    /// See [`HashError`].
    fn digest(&self, pin: &Pin, salt: [u8; 16]) -> Result<PinDigest, HashError>;

    /// Whether what was keyed is the PIN behind a digest. Takes as long for any entry, of any length or
    /// letters; compares in constant time.
    ///
    /// # Errors
    /// See [`HashError`].
    fn verify(&self, entry: &[u8], digest: &PinDigest) -> Result<bool, HashError>;

    /// A digest of nothing anybody can key, to check against where there is no PIN, so that the check takes
    /// its time all the same.
    fn decoy(&self) -> &PinDigest;

    /// Whether a digest is cheaper to guess at than those made today, and should be made anew when its PIN is known
    /// for a moment. Never for one that costs more in any way.
    fn is_outdated(&self, digest: &PinDigest) -> bool;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_shows_nothing_and_reads_back() {
        let text = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA".to_owned();
        let digest = PinDigest::from_phc(text.clone()).unwrap();
        assert_eq!(format!("{digest:?}"), "PinDigest(argon2id)");
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<PinDigest>(&json).unwrap().reveal(), text);
        assert_eq!(PinDigest::from_phc("48213".to_owned()), Err(PinDigestError));
    }
}
