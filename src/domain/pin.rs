//! PINs: what they are, which are too weak, and how a new one is drawn.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// The digits, 4 to 12 of them, by which an organizer proves who they are.
///
/// Prints only its length and is wiped when dropped. It exists from the moment it is drawn until it has been
/// handed to whoever made it; the store keeps an argon2id digest.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Pin {
    digits: [u8; 12],
    len: u8,
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pin({} digits)", self.len)
    }
}
