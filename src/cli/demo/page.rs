//! The page that shows a telling: ladder, players, callers.

use super::Told;

/// The page.
pub(super) fn of(_told: &Told) -> String {
    String::new()
}
