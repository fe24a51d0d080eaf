//! The descriptors this process may have, and the places at the doors that come of them.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::door::places::Places;

/// Enough for all places, with room for files. Asked for where a system says that there is no limit and takes no such number.
const ENOUGH: u64 = 4_096;

/// Raises what this process may have to all that it may ask for; gives the places that fit, and says so when they are fewer than
/// there could be.
pub(super) fn places(shards: usize) -> Places {
    let limit = getrlimit(Resource::Nofile);
    let raise = |current| setrlimit(Resource::Nofile, Rlimit { current, maximum: limit.maximum });
    if raise(limit.maximum).is_err() && limit.current.is_some_and(|may| may < ENOUGH) {
        let _it_stays_as_it_is = raise(Some(ENOUGH));
    }
    let may = getrlimit(Resource::Nofile).current;
    let places = Places::among(may, shards);
    if let Some(may) = may
        && places != Places::MOST
    {
        tracing::warn!(
            "this process may open only {may} files at a time: {} telephones have places here and {} over the network. Raise it with `ulimit -n`",
            places.phones,
            places.web_phones
        );
    }
    places
}
