//! PIN digests by argon2id (RFC 9106), with a pepper if one is given.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{Algorithm, Argon2, Block, CustomizedPasswordHasher, Params, Version};
use zeroize::Zeroizing;

use crate::domain::pin::{HashError, Pin, PinDigest, PinHasher};

/// Makes and checks argon2id digests.
///
/// A check takes the memory and time its digest asks for, so digests made with other figures stay valid.
/// Prints its figures, never its pepper.
pub struct Argon2Hasher {
    params: Params,
    pepper: Zeroizing<Vec<u8>>,
    decoy: PinDigest,
    /// Memory of checks that are done, for the next ones: fresh pages from the system cost a tenth of a check.
    memory: Mutex<Vec<Vec<Block>>>,
}

/// Memories kept: as many as checks go on at once, and never more.
const MEMORIES_MAX: usize = 64;

impl Argon2Hasher {
    /// 19 MiB, 2 passes, 1 lane (OWASP's least for argon2id): some 20 ms a check. Bound how many run at once.
    ///
    /// # Errors
    /// The machine has not that much memory to spare.
    pub fn standard() -> Result<Self, HashError> {
        Self::with_figures(19_456, 2, Zeroizing::default())
    }

    /// As [`Argon2Hasher::standard`], with a secret that is kept apart from the digests: without it nobody
    /// finds a PIN from its digest. Digests made with another pepper, or none, match nothing.
    ///
    /// # Errors
    /// The machine has not that much memory to spare.
    pub fn with_pepper(pepper: Zeroizing<Vec<u8>>) -> Result<Self, HashError> {
        Self::with_figures(19_456, 2, pepper)
    }

    /// The least argon2 does, in microseconds: for tests, simulations and demonstrations, where no PIN is
    /// anybody's.
    ///
    /// # Errors
    /// The machine has no memory to spare at all.
    pub fn cheap_for_tests() -> Result<Self, HashError> {
        Self::with_figures(Params::MIN_M_COST, 1, Zeroizing::default())
    }

    /// A digest that tells by [`Argon2Hasher::has_made`] whether a pepper is the one of now, and nothing else: for a store to
    /// keep beside the digests. It costs as much as any other, so that a pepper of few letters is not guessed by it. The salt
    /// is to be drawn anew for each.
    ///
    /// # Errors
    /// The machine has not that much memory to spare.
    pub fn mark(&self, salt: [u8; 16]) -> Result<PinDigest, HashError> {
        digest(&self.params, &self.pepper, MARKED, salt)
    }

    /// Whether a mark was made with this pepper.
    ///
    /// # Errors
    /// It is no mark, or the machine has not the memory that it asks for.
    pub fn has_made(&self, mark: &PinDigest) -> Result<bool, HashError> {
        self.verify(MARKED, mark)
    }

    pub(super) fn with_figures(
        memory_kib: u32,
        passes: u32,
        pepper: Zeroizing<Vec<u8>>,
    ) -> Result<Self, HashError> {
        let params = Params::new(memory_kib, passes, 1, None)
            .map_err(|error| HashError::Failed(error.to_string()))?;
        // Letters that no keypad has: nothing that is keyed can match.
        let decoy = digest(&params, &pepper, b"decoy", *b"salt of no PIN..")?;
        Ok(Self { params, pepper, decoy, memory: Mutex::default() })
    }

    /// The digest of an entry, as the other one was made: with its salt, at its cost.
    fn output_as(&self, entry: &[u8], other: &PasswordHash) -> Result<Output, HashError> {
        let unreadable = |what: &str| HashError::Unreadable(what.to_owned());
        let params =
            Params::try_from(other).map_err(|error| HashError::Unreadable(error.to_string()))?;
        let salt = other.salt.as_ref().ok_or_else(|| unreadable("it has no salt"))?;
        let length = other.hash.as_ref().ok_or_else(|| unreadable("it has no hash"))?.len();
        let mut memory = self.memory().pop().unwrap_or_default();
        memory.resize(memory.len().max(params.block_count()), Block::new());
        let mut output = Zeroizing::new([0; Output::MAX_LENGTH]);
        let output = &mut output[..length];
        let failed = |error: argon2::Error| HashError::Failed(error.to_string());
        let done = context(&params, &self.pepper)?.hash_password_into_with_memory(
            entry,
            salt,
            output,
            &mut memory,
        );
        self.keep(memory);
        done.map_err(failed)?;
        Output::new(output).map_err(|error| HashError::Failed(error.to_string()))
    }

    /// Keeps the memory of a check that is done, unless there is enough of it.
    fn keep(&self, memory: Vec<Block>) {
        let mut kept = self.memory();
        if kept.len() < MEMORIES_MAX {
            kept.push(memory);
        }
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a mark is the digest of: letters that no keypad has.
const MARKED: &[u8] = b"the pepper";

fn context<'pepper>(params: &Params, pepper: &'pepper [u8]) -> Result<Argon2<'pepper>, HashError> {
    let (algorithm, version, params) = (Algorithm::Argon2id, Version::V0x13, params.clone());
    if pepper.is_empty() {
        return Ok(Argon2::new(algorithm, version, params));
    }
    Argon2::new_with_secret(pepper, algorithm, version, params)
        .map_err(|error| HashError::Failed(error.to_string()))
}

fn digest(
    params: &Params,
    pepper: &[u8],
    secret: &[u8],
    salt: [u8; 16],
) -> Result<PinDigest, HashError> {
    let hash = context(params, pepper)?
        .hash_password_customized(secret, &salt, None, None, params.clone())
        .map_err(|error| HashError::Failed(error.to_string()))?;
    PinDigest::from_phc(hash.to_string()).map_err(|error| HashError::Failed(error.to_string()))
}

impl PinHasher for Argon2Hasher {
    fn digest(&self, pin: &Pin, salt: [u8; 16]) -> Result<PinDigest, HashError> {
        digest(&self.params, &self.pepper, pin.reveal().as_bytes(), salt)
    }

    fn verify(&self, entry: &[u8], digest: &PinDigest) -> Result<bool, HashError> {
        let hash = PasswordHash::new(digest.reveal())
            .map_err(|error| HashError::Unreadable(error.to_string()))?;
        // Outputs are compared in a time that tells nothing.
        Ok(Some(self.output_as(entry, &hash)?) == hash.hash)
    }

    fn decoy(&self) -> &PinDigest {
        &self.decoy
    }

    fn is_outdated(&self, digest: &PinDigest) -> bool {
        let hash = PasswordHash::new(digest.reveal()).ok();
        let Some(found) = hash.and_then(|hash| Params::try_from(&hash).ok()) else { return false };
        let found = [found.m_cost(), found.t_cost()];
        let ours = [self.params.m_cost(), self.params.t_cost()];
        found != ours && found.iter().zip(ours).all(|(&found, ours)| found <= ours)
    }
}

impl fmt::Debug for Argon2Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Argon2Hasher")
            .field("memory_kib", &self.params.m_cost())
            .field("passes", &self.params.t_cost())
            .field("peppered", &!self.pepper.is_empty())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_pin_matches_and_no_other_entry_does() {
        let hasher = Argon2Hasher::cheap_for_tests().unwrap();
        let digest = hasher.digest(&Pin::parse("48213").unwrap(), [7; 16]).unwrap();
        assert_eq!(hasher.verify(b"48213", &digest), Ok(true));
        for entry in [&b""[..], b"4821", b"482130", b"048213", b"ABCD", b"0000000000000000"] {
            assert_eq!(hasher.verify(entry, &digest), Ok(false));
            assert_eq!(hasher.verify(entry, hasher.decoy()), Ok(false));
        }
    }

    #[test]
    fn the_standard_is_19_mib_twice_and_its_decoy_costs_the_same() {
        let hasher = Argon2Hasher::standard().unwrap();
        let digest = hasher.digest(&Pin::parse("48213").unwrap(), [7; 16]).unwrap();
        for digest in [&digest, hasher.decoy()] {
            assert!(digest.reveal().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        }
        let cheap = Argon2Hasher::cheap_for_tests().unwrap();
        assert_eq!(cheap.verify(b"48213", &digest), Ok(true), "the digest says how it was made");
    }

    #[test]
    fn a_digest_is_outdated_when_it_costs_less_and_in_nothing_more() {
        let hasher = |memory, passes| {
            Argon2Hasher::with_figures(memory, passes, Zeroizing::default()).unwrap()
        };
        let rows = [(16, 2, true), (32, 1, true), (8, 1, true), (32, 2, false), (64, 1, false)];
        for (memory, passes, outdated) in rows {
            let made = hasher(memory, passes);
            assert_eq!(hasher(32, 2).is_outdated(made.decoy()), outdated, "{memory} {passes}");
        }
        let torn = PinDigest::from_phc("$argon2id$v=19$m=".to_owned()).unwrap();
        assert!(!hasher(32, 2).is_outdated(&torn));
    }

    #[test]
    fn without_the_pepper_no_pin_matches() {
        let pepper = Zeroizing::new(b"kept apart".to_vec());
        let params = (Params::MIN_M_COST, 1);
        let peppered = Argon2Hasher::with_figures(params.0, params.1, pepper).unwrap();
        let digest = peppered.digest(&Pin::parse("48213").unwrap(), [7; 16]).unwrap();
        assert_eq!(peppered.verify(b"48213", &digest), Ok(true));
        let mark = peppered.mark([9; 16]).unwrap();
        assert_eq!(peppered.has_made(&mark), Ok(true));
        assert_eq!(Argon2Hasher::cheap_for_tests().unwrap().has_made(&mark), Ok(false));
        let plain = Argon2Hasher::cheap_for_tests().unwrap();
        assert_eq!(plain.verify(b"48213", &digest), Ok(false));
        assert!(!format!("{peppered:?}").contains("apart"));
    }

    #[test]
    fn memory_is_kept_for_the_next_check_and_never_too_much_of_it() {
        let hasher = Argon2Hasher::cheap_for_tests().unwrap();
        let checks = || hasher.verify(b"48213", hasher.decoy()).unwrap();
        assert!(!checks() && !checks());
        assert_eq!(hasher.memory().len(), 1, "the second check had that of the first");
        for _done in 0..2 * MEMORIES_MAX {
            hasher.keep(Vec::new());
        }
        assert_eq!(hasher.memory().len(), MEMORIES_MAX);
        assert!(!checks());
        assert_eq!(hasher.memory().len(), MEMORIES_MAX);
    }

    #[test]
    fn a_torn_digest_is_a_fault_of_the_store() {
        let hasher = Argon2Hasher::cheap_for_tests().unwrap();
        let torn = PinDigest::from_phc("$argon2id$v=19$m=".to_owned()).unwrap();
        assert!(matches!(hasher.verify(b"48213", &torn), Err(HashError::Unreadable(_))));
    }
}
