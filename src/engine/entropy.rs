//! The one source of true randomness: seeds for PINs, salts and conference IDs that nobody can foresee.
#![expect(
    clippy::disallowed_types,
    reason = "this is the file that asks the system for randomness"
)]

use std::io;

use rand::rngs::SysRng;
use rand::{SeedableRng as _, TryRng as _};
use rand_chacha::ChaCha20Rng;

/// A stream of random numbers that nobody can foresee.
///
/// # Errors
/// The system gives none.
pub fn unforeseeable() -> io::Result<ChaCha20Rng> {
    let mut seed = [0; 32];
    SysRng.try_fill_bytes(&mut seed).map_err(io::Error::other)?;
    Ok(ChaCha20Rng::from_seed(seed))
}
