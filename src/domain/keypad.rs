//! What the keys of a telephone do in a meeting: the commands, and the map from keys to them.
//!
//! The defaults are those of Teams Audio Conferencing with the three of Skype for Business it left out (`*3`, `*7`, `*8`);
//! Skype for Business's own set is [`KeyMap::skype_for_business`].

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::digit::Digit;

/// What a caller can have done by keys in a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Hear which commands there are.
    Help,
    /// Hear, alone, who is in the meeting.
    RollCall,
    /// Raise or lower one's hand.
    Hand,
    /// Mute or unmute oneself.
    Mute,
    /// Lock the meeting for those who come later, or unlock it.
    Lock,
    /// Admit all who wait in the lobby.
    AdmitAll,
    /// Mute everyone but the organizers, or let them speak again.
    MuteAll,
    /// Switch what is heard when someone comes or goes on or off.
    Announcements,
    /// Hear how many wait in the lobby.
    LobbyCount,
}

/// The key that begins a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CommandCharacter {
    /// `*`.
    #[default]
    #[serde(rename = "*")]
    Star,
    /// `#`.
    #[serde(rename = "#")]
    Pound,
}

/// Which keys, after the command character, are which command. No keys begin another command's, so that each is clear
/// with its last key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenKeyMap", into = "WrittenKeyMap")]
pub struct KeyMap {
    character: CommandCharacter,
    keys: BTreeMap<String, Command>,
}

/// Why keys cannot be mapped so.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum KeyMapError {
    /// The keys are empty, too many, or not digits.
    #[error(
        "the keys {keys:?} of {command} cannot be keyed: give 1 to {} digits 0-9",
        KeyMap::KEYS_MAX
    )]
    NotKeys {
        /// As written.
        keys: String,
        /// For which command.
        command: Command,
    },
    /// Two commands have the same keys.
    #[error("the keys {keys:?} are both {one} and {other}: give each command keys of its own")]
    Clash {
        /// The keys.
        keys: String,
        /// The one command.
        one: Command,
        /// The other.
        other: Command,
    },
    /// One command's keys begin another's, which could then never be keyed.
    #[error(
        "the keys {short:?} of {one} begin the keys {long:?} of {other}, which could never be keyed: change one of them"
    )]
    Hidden {
        /// The shorter keys.
        short: String,
        /// Their command.
        one: Command,
        /// The longer keys.
        long: String,
        /// Their command.
        other: Command,
    },
}

impl Command {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Help,
        Self::RollCall,
        Self::Hand,
        Self::Mute,
        Self::Lock,
        Self::AdmitAll,
        Self::MuteAll,
        Self::Announcements,
        Self::LobbyCount,
    ];

    /// Its name in settings, traces and records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Help => "help",
            Self::RollCall => "roll-call",
            Self::Hand => "hand",
            Self::Mute => "mute",
            Self::Lock => "lock",
            Self::AdmitAll => "admit-all",
            Self::MuteAll => "mute-all",
            Self::Announcements => "announcements",
            Self::LobbyCount => "lobby-count",
        }
    }

    /// Whether only the organizer may give it.
    #[must_use]
    pub const fn is_organizers(self) -> bool {
        match self {
            Self::Help | Self::RollCall | Self::Hand | Self::Mute => false,
            Self::Lock
            | Self::AdmitAll
            | Self::MuteAll
            | Self::Announcements
            | Self::LobbyCount => true,
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl CommandCharacter {
    /// The key.
    #[must_use]
    pub const fn digit(self) -> Digit {
        match self {
            Self::Star => Digit::STAR,
            Self::Pound => Digit::POUND,
        }
    }
}

impl KeyMap {
    /// Keys of one command at most, without the command character.
    pub const KEYS_MAX: usize = 4;

    /// A map from keys to commands.
    ///
    /// # Errors
    /// Keys that cannot be keyed, or that clash; both commands are named.
    pub fn new<'a>(
        character: CommandCharacter,
        pairs: impl IntoIterator<Item = (&'a str, Command)>,
    ) -> Result<Self, KeyMapError> {
        let mut keys: BTreeMap<String, Command> = BTreeMap::new();
        for (written, command) in pairs {
            let are_keys = (1..=Self::KEYS_MAX).contains(&written.len())
                && written.bytes().all(|key| key.is_ascii_digit());
            if !are_keys {
                return Err(KeyMapError::NotKeys { keys: written.to_owned(), command });
            }
            match keys.insert(written.to_owned(), command) {
                Some(one) if one != command => {
                    let keys = written.to_owned();
                    return Err(KeyMapError::Clash { keys, one, other: command });
                }
                Some(_) | None => {}
            }
        }
        // Sorted, so keys that begin others stand right before one of them.
        for ((short, &one), (long, &other)) in keys.iter().zip(keys.iter().skip(1)) {
            if long.starts_with(short.as_str()) {
                let (short, long) = (short.clone(), long.clone());
                return Err(KeyMapError::Hidden { short, one, long, other });
            }
        }
        Ok(Self { character, keys })
    }

    /// The keys of Skype for Business Server (`New-CsDialInConferencingDtmfConfiguration`).
    #[must_use]
    pub fn skype_for_business() -> Self {
        let pairs = [
            ("1", Command::Help),
            ("3", Command::RollCall),
            ("4", Command::MuteAll),
            ("6", Command::Mute),
            ("7", Command::Lock),
            ("8", Command::AdmitAll),
            ("9", Command::Announcements),
        ];
        Self::new(CommandCharacter::Star, pairs).expect("each command has a key of its own")
    }

    /// The key that begins a command.
    #[must_use]
    pub fn character(&self) -> CommandCharacter {
        self.character
    }

    /// The command whose keys these are, without the command character.
    #[must_use]
    pub fn command(&self, keys: &[u8]) -> Option<Command> {
        self.keys.get(std::str::from_utf8(keys).ok()?).copied()
    }

    /// The first keys of a command, if it has any.
    #[must_use]
    pub fn keys_of(&self, command: Command) -> Option<&str> {
        self.keys.iter().find(|(_, mapped)| **mapped == command).map(|(keys, _)| keys.as_str())
    }
}

impl Default for KeyMap {
    fn default() -> Self {
        let pairs = [
            ("1", Command::Help),
            ("3", Command::RollCall),
            ("5", Command::Hand),
            ("6", Command::Mute),
            ("7", Command::Lock),
            ("8", Command::AdmitAll),
            ("21", Command::AdmitAll),
            ("22", Command::MuteAll),
            ("23", Command::Announcements),
            ("24", Command::LobbyCount),
        ];
        Self::new(CommandCharacter::Star, pairs).expect("each command has a key of its own")
    }
}

/// As it is written: each command with its keys, so that a clash can be written, and told.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WrittenKeyMap {
    #[serde(default)]
    command_character: CommandCharacter,
    keys: BTreeMap<Command, Vec<String>>,
}

impl TryFrom<WrittenKeyMap> for KeyMap {
    type Error = KeyMapError;

    fn try_from(written: WrittenKeyMap) -> Result<Self, KeyMapError> {
        let pairs = written.keys.iter();
        Self::new(
            written.command_character,
            pairs.flat_map(|(&command, keys)| keys.iter().map(move |keys| (&**keys, command))),
        )
    }
}

impl From<KeyMap> for WrittenKeyMap {
    fn from(map: KeyMap) -> Self {
        let mut keys: BTreeMap<Command, Vec<String>> = BTreeMap::new();
        for (written, command) in map.keys {
            keys.entry(command).or_default().push(written);
        }
        Self { command_character: map.character, keys }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> String {
        serde_json::from_str::<KeyMap>(json).unwrap_err().to_string()
    }

    #[test]
    fn a_clash_names_both_commands() {
        let clash = refused(r#"{"keys": {"mute": ["6"], "hand": ["5", "6"]}}"#);
        assert!(clash.contains("\"6\" are both hand and mute"), "{clash}");
        let hidden = refused(r#"{"keys": {"lobby-count": ["2"], "mute-all": ["22"]}}"#);
        assert!(
            hidden.contains("\"2\" of lobby-count begin the keys \"22\" of mute-all"),
            "{hidden}"
        );
        for keys in ["", "*6", "12345", "6a"] {
            let wrong = refused(&format!(r#"{{"keys": {{"mute": ["{keys}"]}}}}"#));
            assert!(wrong.contains("of mute cannot be keyed"), "{wrong}");
        }
    }

    #[test]
    fn a_map_is_read_as_it_was_written() {
        for map in [KeyMap::default(), KeyMap::skype_for_business()] {
            let text = serde_json::to_string(&map).unwrap();
            assert_eq!(serde_json::from_str::<KeyMap>(&text).unwrap(), map);
        }
        let pound = r##"{"command-character": "#", "keys": {"mute": ["0"]}}"##;
        let map: KeyMap = serde_json::from_str(pound).unwrap();
        assert_eq!(
            (map.character(), map.command(b"0")),
            (CommandCharacter::Pound, Some(Command::Mute))
        );
        assert_eq!((map.command(b"6"), map.keys_of(Command::Mute)), (None, Some("0")));
    }

    #[test]
    fn every_command_has_keys() {
        let map = KeyMap::default();
        for command in Command::ALL {
            let keys = map.keys_of(command).unwrap();
            assert_eq!(map.command(keys.as_bytes()), Some(command));
        }
        assert_eq!(map.command(b"2"), None);
    }
}
