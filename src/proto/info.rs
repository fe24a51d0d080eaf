//! Keys in SIP INFO requests: bodies of `application/dtmf-relay` and `application/dtmf`, and each request once.
//!
//! No RFC defines them; they are what telephones and gateways send. RFC 6086 is the request's.

use std::time::Duration;

use thiserror::Error;

use crate::domain::Digit;

/// A key that a request tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InfoKey {
    /// Which.
    pub digit: Digit,
    /// How long it was pressed, if it is said.
    pub lasted: Option<Duration>,
}

/// Why a request tells of no key. Shows nothing of the body.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum InfoError {
    /// The body is of another type.
    #[error("the body is neither application/dtmf-relay nor application/dtmf")]
    ContentType,
    /// There is no signal in it, or one that is no key.
    #[error("there is no key in the body")]
    NoKey,
}

/// How a telephone writes such a body; each is read the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InfoWriting {
    /// `Signal=5`, `Duration=160`, each line ended by CR and LF.
    Plain,
    /// Without the duration.
    NoDuration,
    /// The names in lower case.
    LowerCase,
    /// Lines ended by LF alone, the last one not at all, blanks round the `=`.
    BareNewlines,
    /// `application/dtmf`: the key and nothing else.
    KeyAlone,
    /// As plain, and the request comes three times, as over a network that loses the answers.
    Repeated,
}

impl InfoWriting {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Plain,
        Self::NoDuration,
        Self::LowerCase,
        Self::BareNewlines,
        Self::KeyAlone,
        Self::Repeated,
    ];

    /// Its name in scenarios.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::NoDuration => "no-duration",
            Self::LowerCase => "lower-case",
            Self::BareNewlines => "bare-newlines",
            Self::KeyAlone => "key-alone",
            Self::Repeated => "repeated",
        }
    }

    /// How often a request comes.
    #[must_use]
    pub const fn times(self) -> usize {
        if matches!(self, Self::Repeated) { 3 } else { 1 }
    }

    /// The content type and the body that tell of a press.
    #[must_use]
    pub fn write(self, digit: Digit, lasted: Duration) -> (&'static str, String) {
        let (key, ms) = (digit.as_char(), lasted.as_millis());
        match self {
            Self::Plain | Self::Repeated => (RELAY, format!("Signal={key}\r\nDuration={ms}\r\n")),
            Self::NoDuration => (RELAY, format!("Signal={key}\r\n")),
            Self::LowerCase => {
                (RELAY, format!("signal={}\r\nduration={ms}\r\n", key.to_ascii_lowercase()))
            }
            Self::BareNewlines => (RELAY, format!("Signal = {key}\nDuration = {ms}")),
            Self::KeyAlone => (KEY_ALONE, key.to_string()),
        }
    }
}

const RELAY: &str = "application/dtmf-relay";
const KEY_ALONE: &str = "application/dtmf";

/// The longest duration that is believed.
const LASTED_MAX: Duration = Duration::from_secs(60);

/// Reads a body. Names and type are taken in any case, lines end as they may, blanks are left out; `10` to `15` are `*`, `#` and
/// `A` to `D` by their event code.
///
/// # Errors
/// Another type, or no key.
pub fn parse(content_type: &str, body: &[u8]) -> Result<InfoKey, InfoError> {
    let content_type = content_type.split(';').next().unwrap_or_default().trim();
    let body = str::from_utf8(body).map_err(|_| InfoError::NoKey)?;
    if content_type.eq_ignore_ascii_case(KEY_ALONE) && !body.contains('=') {
        let digit = key(body.trim()).ok_or(InfoError::NoKey)?;
        return Ok(InfoKey { digit, lasted: None });
    }
    if !content_type.eq_ignore_ascii_case(RELAY) && !content_type.eq_ignore_ascii_case(KEY_ALONE) {
        return Err(InfoError::ContentType);
    }
    let value = |name: &str| {
        let mut fields = body.split(['\r', '\n']).filter_map(|line| line.split_once('='));
        fields
            .find(|(found, _)| found.trim().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    };
    let digit = value("signal").and_then(key).ok_or(InfoError::NoKey)?;
    let lasted = value("duration").and_then(|text| text.parse().ok()).map(Duration::from_millis);
    Ok(InfoKey { digit, lasted: lasted.filter(|lasted| *lasted <= LASTED_MAX) })
}

fn key(text: &str) -> Option<Digit> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(only), None) => Digit::from_char(only),
        (Some(_), Some(_)) if text.len() == 2 => text.parse().ok().and_then(Digit::from_event),
        _none_or_more => None,
    }
}

/// The receiving side of one call's INFO requests: each once.
///
/// A request that comes again has the number it had; a new one has a higher number (RFC 3261 §12.2.2).
#[derive(Clone, Copy, Debug, Default)]
pub struct InfoReceiver {
    newest: Option<u32>,
}

impl InfoReceiver {
    /// Takes a request by its CSeq number, content type and body; the key, if it tells of one and has not come before.
    pub fn hear(&mut self, cseq: u32, content_type: &str, body: &[u8]) -> Option<InfoKey> {
        if self.newest.is_some_and(|newest| cseq <= newest) {
            return None;
        }
        self.newest = Some(cseq);
        parse(content_type, body).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bodies_are_read_as_telephones_write_them() {
        for (content_type, body, expected) in [
            (RELAY, "Signal=5\r\nDuration=160\r\n", Some(('5', Some(160)))),
            (RELAY, "Signal=5\r\nDuration=160", Some(('5', Some(160)))),
            (RELAY, "Signal=5\nDuration=160\n", Some(('5', Some(160)))),
            (RELAY, "signal=5\r\nduration=160\r\n", Some(('5', Some(160)))),
            (RELAY, "Signal= * \r\n", Some(('*', None))),
            (RELAY, "Duration=250\r\nSignal=#\r\n", Some(('#', Some(250)))),
            (RELAY, "Signal=10\r\n", Some(('*', None))),
            (RELAY, "Signal=11\r\n", Some(('#', None))),
            (RELAY, "Signal=a\r\n", Some(('A', None))),
            (RELAY, "Signal=5\r\nDuration=\r\n", Some(('5', None))),
            (RELAY, "Signal=5\r\nDuration=-1\r\n", Some(('5', None))),
            (RELAY, "Signal=5\r\nDuration=99999999999999999999\r\n", Some(('5', None))),
            (RELAY, "Signal=5\r\nDuration=99999999\r\n", Some(('5', None))),
            ("APPLICATION/DTMF-RELAY; charset=utf-8", "Signal=5", Some(('5', None))),
            (KEY_ALONE, "5", Some(('5', None))),
            (KEY_ALONE, " #\r\n", Some(('#', None))),
            (KEY_ALONE, "Signal=5\r\nDuration=160\r\n", Some(('5', Some(160)))),
            (RELAY, "Signal=16\r\n", None),
            (RELAY, "Signal=555\r\n", None),
            (RELAY, "Signal=\r\n", None),
            (RELAY, "Signal=ä\r\n", None),
            (RELAY, "5", None),
            (RELAY, "", None),
            (KEY_ALONE, "", None),
            ("application/sdp", "Signal=5", None),
        ] {
            let read = parse(content_type, body.as_bytes()).ok();
            let read =
                read.map(|key| (key.digit.as_char(), key.lasted.map(|lasted| lasted.as_millis())));
            assert_eq!(read, expected, "{content_type} {body:?}");
        }
        assert_eq!(parse(RELAY, &[0xFF, 0xFE]), Err(InfoError::NoKey));
    }

    #[test]
    fn each_writing_reads_back_and_each_request_counts_once() {
        for writing in InfoWriting::ALL {
            let mut receiver = InfoReceiver::default();
            let mut read = String::new();
            for (cseq, digit) in Digit::ALL.into_iter().chain(Digit::ALL).enumerate() {
                let (content_type, body) = writing.write(digit, Duration::from_millis(160));
                for _ in 0..writing.times() {
                    let key = receiver.hear(cseq as u32 + 9, content_type, body.as_bytes());
                    read.extend(key.map(|key| key.digit.as_char()));
                }
            }
            assert_eq!(read, "0123456789*#ABCD0123456789*#ABCD", "{writing:?}");
        }
    }

    proptest! {
        #[test]
        fn any_body_is_borne(body in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _any = parse(RELAY, &body);
            let _any = parse(KEY_ALONE, &body);
        }
    }
}
