//! How many may be connected at a time: as many as there are descriptors for, with some left for the files of the bridge.

/// Places at the doors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    /// For telephones at the local door.
    pub phones: usize,
    /// For command lines alone, at the local door. They may take one of the others as well.
    pub command_lines: usize,
    /// For telephones over the network.
    pub web_phones: usize,
    /// For whoever asks over HTTP how it goes, and telephones may not take them.
    pub askers: usize,
}

/// Descriptors that are no door's: of the database, what a runtime needs, and some recordings. Each shard has a journal besides.
const RESERVE: usize = 40;

/// One in so many of those beyond [`RESERVE`] is left for more recordings.
const RECORDING_IN: usize = 4;

/// Places there are in any case. With fewer it would be no bridge.
const LEAST: Places = Places { phones: 3, command_lines: 1, web_phones: 3, askers: 1 };

impl Places {
    /// As many as there ever are.
    pub const MOST: Self = Self { phones: 512, command_lines: 16, web_phones: 512, askers: 64 };

    /// So many as fit, where a process with so many shards may have so many descriptors; `None` for any number.
    #[must_use]
    pub fn among(descriptors: Option<u64>, shards: usize) -> Self {
        let descriptors = descriptors.and_then(|limit| usize::try_from(limit).ok());
        let spare = descriptors.unwrap_or(usize::MAX).saturating_sub(RESERVE + shards);
        let places = spare - spare / RECORDING_IN;
        let part = |most: usize, least: usize| {
            let share = places.saturating_mul(most) / Self::MOST.all();
            share.clamp(least, most)
        };
        Self {
            phones: part(Self::MOST.phones, LEAST.phones),
            command_lines: part(Self::MOST.command_lines, LEAST.command_lines),
            web_phones: part(Self::MOST.web_phones, LEAST.web_phones),
            askers: part(Self::MOST.askers, LEAST.askers),
        }
    }

    /// All of them.
    #[must_use]
    pub const fn all(&self) -> usize {
        self.phones + self.command_lines + self.web_phones + self.askers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_taken_from_what_there_is_and_some_is_left() {
        let among = |descriptors: u64| Places::among(Some(descriptors), 2);
        assert_eq!(Places::among(None, 2), Places::MOST);
        assert_eq!((among(u64::MAX), among(1_513)), (Places::MOST, Places::MOST));
        assert_ne!(among(1_512), Places::MOST);
        assert_ne!(Places::among(Some(1_513), 3), Places::MOST);
        let usual = Places { phones: 341, command_lines: 10, web_phones: 341, askers: 42 };
        assert_eq!(among(1_024), usual);
        for few in [0, 20, 48] {
            assert_eq!(among(few), LEAST, "{few}");
        }
        for descriptors in 50..2_000 {
            let places = among(descriptors).all();
            assert!(places + RESERVE + 2 <= descriptors as usize, "{descriptors}: {places}");
        }
    }
}
