//! The settings of a running bridge: one TOML file, every key known, explained and shown.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use serde::{Deserialize, Serialize};

use super::super::{data, log_filter};

/// What a bridge is run with. What its organization sets is not here: that is kept with the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::cli) struct Settings {
    pub data: PathBuf,
    pub http: String,
    pub log: String,
    pub shards: usize,
    pub clerks: usize,
    pub legs_max: usize,
    pub recordings: bool,
    pub journal: bool,
    pub journal_mib: u64,
    pub journal_days: u32,
    pub watch: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data: PathBuf::from(data::DEFAULT),
            http: "127.0.0.1:8080".to_owned(),
            log: "info".to_owned(),
            shards: 0,
            clerks: 2,
            legs_max: 10_000,
            recordings: true,
            journal: true,
            journal_mib: 256,
            journal_days: 30,
            watch: false,
        }
    }
}

/// Every key with what it means.
const KEYS: [(&str, &str); 11] = [
    (
        "data",
        "The folder in which the bridge keeps its data: database, pepper, socket, recordings.",
    ),
    (
        "http",
        "Where HTTP is answered: /healthz, /readyz, /metrics, and telephones at /phone; \"off\" for nowhere. Port 0: the system chooses.",
    ),
    (
        "log",
        "What is logged to standard error: error, warn, info, debug, trace, or a filter such as \"holdline=debug\". RUST_LOG and --log are over it.",
    ),
    (
        "shards",
        "Exchanges, each on a thread of its own with the meetings it owns; 0 for one a core.",
    ),
    ("clerks", "Threads that check PINs: each may use 19 MiB and a core for some 20 ms."),
    ("legs-max", "Calls held at once by each shard; one more is refused with Q.850 cause 42."),
    (
        "recordings",
        "Whether meetings whose rules say so are recorded, into the folder `recordings` in that of the data.",
    ),
    (
        "journal",
        "Whether every input is kept for a replay, in the folder `journals` in that of the data, PINs and other digits masked.",
    ),
    (
        "journal-mib",
        "Room for journals in MiB; beyond it the oldest are deleted that are not being written.",
    ),
    ("journal-days", "Days after which a journal is deleted; 0 for never."),
    ("watch", "Whether the invariants are checked after every step; costs speed."),
];

/// From what holds a few calls to a terabyte.
const JOURNAL_MIB: std::ops::RangeInclusive<u64> = 8..=1_048_576;

impl Settings {
    /// From that file; the defaults without one.
    pub(in crate::cli) fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(file) = file else { return Ok(Self::default()) };
        let name = file.display();
        let text =
            std::fs::read_to_string(file).with_context(|| format!("{name} cannot be read"))?;
        Self::parse(&text).with_context(|| format!("in {name}"))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let table: toml::Table = text.parse()?;
        let wrong = |(key, value): (&String, &toml::Value)| {
            let why = match KEYS.iter().any(|(known, _)| known == key) {
                true => format!("{:#}", Self::with(key, value).err()?),
                false => no_such_key(key),
            };
            Some((line_of(key, text), why))
        };
        let mut wrong: Vec<_> = table.iter().filter_map(wrong).collect();
        if wrong.is_empty() {
            return Ok(table.try_into()?);
        }
        wrong.sort();
        let told = wrong.into_iter().map(|(line, why)| match line {
            Some(line) => format!("line {line}: {why}"),
            None => why,
        });
        bail!("{}", told.collect::<Vec<_>>().join("\n  "));
    }

    /// The defaults but for one key.
    fn with(key: &str, value: &toml::Value) -> anyhow::Result<Self> {
        let alone = toml::Table::from_iter([(key.to_owned(), value.clone())]);
        let settings: Self = alone.try_into().map_err(|error: toml::de::Error| {
            anyhow!("{key} is {value}, which it cannot be: {}", error.message())
        })?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> anyhow::Result<()> {
        if self.data.as_os_str().is_empty() {
            bail!("data is empty: it is the folder in which the bridge keeps its data");
        }
        log_filter(&self.log).context("log is wrong")?;
        for (key, value, range) in [
            ("shards", self.shards, 0..=64),
            ("clerks", self.clerks, 1..=64),
            ("legs-max", self.legs_max, 1..=crate::domain::limits::LEGS_MAX),
        ] {
            if !range.contains(&value) {
                bail!("{key} is {value}: it can be {} to {}", range.start(), range.end());
            }
        }
        if !JOURNAL_MIB.contains(&self.journal_mib) {
            let (mib, least, most) = (self.journal_mib, JOURNAL_MIB.start(), JOURNAL_MIB.end());
            bail!("journal-mib is {mib}: it can be {least} to {most}");
        }
        self.http_address()?;
        Ok(())
    }

    /// Where HTTP is answered; `None` for nowhere.
    pub(in crate::cli) fn http_address(&self) -> anyhow::Result<Option<std::net::SocketAddr>> {
        match self.http.as_str() {
            "off" => Ok(None),
            address => Ok(Some(address.parse().with_context(|| {
                format!("http is {address:?}: it can be an address such as \"127.0.0.1:8080\", or \"off\"")
            })?)),
        }
    }

    /// As a file with every key explained.
    pub(in crate::cli) fn show(&self) -> String {
        let table = toml::Table::try_from(self).expect("settings are a table");
        let mut text = String::new();
        for (key, what) in KEYS {
            if let Some(value) = table.get(key) {
                let _ = writeln!(text, "# {what}\n{key} = {value}\n");
            }
        }
        text
    }
}

/// The line in which a key is given a value.
fn line_of(key: &str, text: &str) -> Option<usize> {
    let begins_with_it = |line: &str| {
        let rest = line.trim_start().trim_start_matches(['[', '"', '\'']).strip_prefix(key);
        let goes_on = |next: char| next.is_alphanumeric() || next == '-' || next == '_';
        rest.is_some_and(|rest| !rest.starts_with(goes_on))
    };
    text.lines().position(begins_with_it).map(|place| place + 1)
}

/// What to say of a key that is none.
fn no_such_key(key: &str) -> String {
    let written = key.to_lowercase().replace('_', "-");
    let nearest = KEYS
        .iter()
        .map(|(known, _)| (strsim::normalized_levenshtein(&written, known), known))
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .filter(|(likeness, _)| *likeness > 0.4);
    match nearest {
        Some((_, known)) => format!("there is no key `{key}`: is it `{known}`?"),
        None => {
            format!("there is no key `{key}`: `holdline config show` shows all there are")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_what_is_read_and_every_key_is_explained() {
        let settings = Settings { shards: 3, journal: true, ..Settings::default() };
        assert_eq!(Settings::parse(&settings.show()).unwrap(), settings);
        let keys = toml::Table::try_from(&settings).unwrap();
        assert_eq!(keys.len(), KEYS.len());
        assert_eq!(Settings::parse("").unwrap(), Settings::default());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let why = |text: &str| format!("{:#}", Settings::parse(text).unwrap_err());
        assert_eq!(why("shard = 3"), "line 1: there is no key `shard`: is it `shards`?");
        assert!(why("elephants = 1").contains("`holdline config show`"));
        assert!(why("clerks = 0").contains("clerks is 0: it can be 1 to 64"));
        assert!(why("http = \"everywhere\"").contains("such as \"127.0.0.1:8080\""));
        assert!(why("shards = \"many\"").contains("invalid type"));
        assert!(why("data = \"\"").contains("data is empty"));
        for log in ["", " ", "infoo=,=="] {
            assert!(why(&format!("log = {log:?}")).contains("is nothing to log by"), "{log:?}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once_with_its_line() {
        let text =
            "# mine\nHTTP = \"off\"\nshards = 3\n\njournal_mib = 8\nclerks = 0\nlegs-max = -5\n";
        let why = Settings::parse(text).unwrap_err().to_string();
        let lines: Vec<&str> = why.split("\n  ").collect();
        assert_eq!(
            lines[..3],
            [
                "line 2: there is no key `HTTP`: is it `http`?",
                "line 5: there is no key `journal_mib`: is it `journal-mib`?",
                "line 6: clerks is 0: it can be 1 to 64",
            ]
        );
        assert!(lines[3].starts_with("line 7: legs-max is -5, which it cannot be: "), "{why}");
        assert_eq!((lines.len(), why.lines().count()), (4, 4), "{why}");
    }
}
