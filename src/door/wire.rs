//! The local line: what a telephone and a bridge say to each other over a stream of bytes, such as a socket in the file
//! system or a WebSocket.
//!
//! Either side sends messages: one byte that says which, the length of what follows in two bytes (big-endian), and that.
//! Sound is 160 samples of 16 bits, little-endian; everything else is UTF-8, JSON where it has parts. A telephone begins
//! with [`ToBridge::Hello`]; what the other side does not understand ends the line with a word ([`ToPhone::Refused`]).

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::{Digit, PhoneNumber};
use crate::media::Frame;

/// The version of these messages. A bridge refuses another.
pub const VERSION: u32 = 1;

/// Bytes that may follow a message's head; what says it is longer is no message.
pub const BODY_MAX: usize = 8_192;

/// What a telephone says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToBridge {
    /// First of all: which version it speaks.
    Hello(Hello),
    /// Calls a number.
    Dial(Dial),
    /// A key, as an event.
    Key(Digit),
    /// 20 ms of what is said.
    Sound(Box<Frame>),
    /// Hangs up. Another call can follow on the same line.
    HangUp,
}

/// The first message of a telephone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Hello {
    /// [`VERSION`].
    pub version: u32,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Dial {
    /// The number that is called.
    pub to: PhoneNumber,
    /// From which number; `None` when it is withheld.
    #[serde(default)]
    pub from: Option<PhoneNumber>,
}

/// Numbers that a welcome names: with the longest, and the longest name, it fits into a message. The first is among them.
pub const WELCOME_NUMBERS_MAX: usize = 256;

/// Letters of an organization's name in a welcome.
const WELCOME_NAME_MAX: usize = 256;

/// What a bridge says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToPhone {
    /// The line is open.
    Welcome(Welcome),
    /// The call is answered: sound flows.
    Answered,
    /// 20 ms of what is heard.
    Sound(Box<Frame>),
    /// Something has happened to the call.
    Told(Told),
    /// The call is over.
    HungUp(HungUp),
    /// What was said makes no sense here; nothing more follows.
    Refused(String),
}

/// What a bridge says to a telephone's first message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Welcome {
    /// [`VERSION`].
    pub version: u32,
    /// Whose bridge it is.
    pub organization: String,
    /// The numbers that can be called, the first one first.
    pub numbers: Vec<PhoneNumber>,
}

impl Welcome {
    /// From a bridge of that organization, with as many of its numbers as fit.
    #[must_use]
    pub fn new(organization: &str, numbers: impl Iterator<Item = PhoneNumber>) -> Self {
        Self {
            version: VERSION,
            organization: organization.chars().take(WELCOME_NAME_MAX).collect(),
            numbers: numbers.take(WELCOME_NUMBERS_MAX).collect(),
        }
    }
}

/// Something that has happened to a call, for the eye: captions and where the call is. Never what was keyed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum Told {
    /// A prompt begins; its words in the language in which they are spoken.
    Prompt {
        /// Its name in the catalogue.
        name: String,
        /// What it says.
        words: String,
        /// How long it lasts unless it is cut, in ms; 0 when that is not told.
        #[serde(default)]
        ms: u32,
    },
    /// What was being said is cut short, or what was being played ends.
    Cut,
    /// Hold music begins.
    Music,
    /// The call goes over to another state, by its name in a trace.
    State {
        /// Such as `entering-pin`, `in-lobby`, `in-meeting`.
        state: String,
    },
    /// How many are in the meeting now, and how many wait for it.
    Room {
        /// Members.
        members: u32,
        /// Those who wait.
        waiting: u32,
    },
    /// Who else is heard now, in words; nobody, when it is empty.
    Heard {
        /// Such as `organizer` or `…0177`: a number's last digits.
        who: Vec<String>,
    },
    /// What the caller may do in the meeting.
    Presence {
        /// Muted by themself.
        muted: bool,
        /// Muted by the organizer.
        silenced: bool,
        /// With a hand raised.
        hand_raised: bool,
    },
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct HungUp {
    /// The cause by name, such as `normal` or `meeting-ended`.
    pub cause: String,
    /// The cause as ITU-T Q.850 has it.
    pub q850: u8,
}

/// Why bytes are no message.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum WireError {
    /// The first byte is none of any message.
    #[error("byte {0:#04x} begins no message: is the other side a Holdline of another version?")]
    UnknownKind(u8),
    /// It says that it is longer than any message.
    #[error("a message of {0} bytes is longer than any, at most {BODY_MAX} may follow")]
    TooLong(usize),
    /// What follows does not fit the message.
    #[error("message `{kind}` cannot be read: {why}")]
    Body {
        /// By its first byte.
        kind: char,
        /// What is wrong.
        why: String,
    },
}

/// Bytes of a message before its body.
pub const HEAD: usize = 3;

impl ToBridge {
    /// As bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Hello(hello) => message(b'V', &json(hello)),
            Self::Dial(dial) => message(b'D', &json(dial)),
            Self::Key(digit) => message(b'K', digit.as_char().to_string().as_bytes()),
            Self::Sound(frame) => message(b'S', &samples(frame)),
            Self::HangUp => message(b'H', b""),
        }
    }

    /// The message that these bytes begin with, and how many they are; `None` as long as some are missing.
    ///
    /// # Errors
    /// They begin no message.
    pub fn decode(bytes: &[u8]) -> Result<Option<(Self, usize)>, WireError> {
        let Some((kind, body)) = split(bytes)? else { return Ok(None) };
        let message = match kind {
            b'V' => Self::Hello(read(kind, body)?),
            b'D' => Self::Dial(read(kind, body)?),
            b'K' => {
                let key = std::str::from_utf8(body).ok().and_then(|text| {
                    let mut keys = text.chars();
                    keys.next().filter(|_| keys.next().is_none()).and_then(Digit::from_char)
                });
                Self::Key(key.ok_or_else(|| wrong(kind, "it is no key, one of 0-9 A-D * #"))?)
            }
            b'S' => Self::Sound(frame(kind, body)?),
            b'H' => Self::HangUp,
            other => return Err(WireError::UnknownKind(other)),
        };
        Ok(Some((message, HEAD + body.len())))
    }
}

impl ToPhone {
    /// As bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Welcome(welcome) => message(b'v', &json(welcome)),
            Self::Answered => message(b'a', b""),
            Self::Sound(frame) => message(b's', &samples(frame)),
            Self::Told(told) => message(b't', &json(told)),
            Self::HungUp(hung_up) => message(b'h', &json(hung_up)),
            Self::Refused(why) => message(b'x', why.as_bytes()),
        }
    }

    /// The message that these bytes begin with, and how many they are; `None` as long as some are missing.
    ///
    /// # Errors
    /// They begin no message.
    pub fn decode(bytes: &[u8]) -> Result<Option<(Self, usize)>, WireError> {
        let Some((kind, body)) = split(bytes)? else { return Ok(None) };
        let message = match kind {
            b'v' => Self::Welcome(read(kind, body)?),
            b'a' => Self::Answered,
            b's' => Self::Sound(frame(kind, body)?),
            b't' => Self::Told(read(kind, body)?),
            b'h' => Self::HungUp(read(kind, body)?),
            b'x' => Self::Refused(String::from_utf8_lossy(body).into_owned()),
            other => return Err(WireError::UnknownKind(other)),
        };
        Ok(Some((message, HEAD + body.len())))
    }
}

/// A body that is too long is cut: text only loses its end, and nothing else is ever so long.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    debug_assert!(body.len() <= BODY_MAX || kind == b'x', "a message fits");
    let body = &body[..body.len().min(BODY_MAX)];
    let length = u16::try_from(body.len()).unwrap_or(u16::MAX);
    let mut bytes = Vec::with_capacity(HEAD + body.len());
    bytes.push(kind);
    bytes.extend(length.to_be_bytes());
    bytes.extend(body);
    bytes
}

fn split(bytes: &[u8]) -> Result<Option<(u8, &[u8])>, WireError> {
    let Some((&[kind, high, low], rest)) = bytes.split_first_chunk::<HEAD>() else {
        return Ok(None);
    };
    if !kind.is_ascii_alphabetic() {
        return Err(WireError::UnknownKind(kind));
    }
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > BODY_MAX {
        return Err(WireError::TooLong(length));
    }
    Ok(rest.get(..length).map(|body| (kind, body)))
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("a message has only string keys")
}

fn read<'a, T: Deserialize<'a>>(kind: u8, body: &'a [u8]) -> Result<T, WireError> {
    serde_json::from_slice(body).map_err(|error| wrong(kind, &error.to_string()))
}

fn samples(frame: &Frame) -> Vec<u8> {
    frame.0.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

fn frame(kind: u8, body: &[u8]) -> Result<Box<Frame>, WireError> {
    let (samples, rest) = body.as_chunks::<2>();
    if samples.len() != Frame::SAMPLES || !rest.is_empty() {
        let why = format!("it has {} bytes, a frame has {}", body.len(), 2 * Frame::SAMPLES);
        return Err(wrong(kind, &why));
    }
    let mut frame = Frame::SILENCE;
    for (sample, bytes) in frame.0.iter_mut().zip(samples) {
        *sample = i16::from_le_bytes(*bytes);
    }
    Ok(Box::new(frame))
}

fn wrong(kind: u8, why: &str) -> WireError {
    WireError::Body { kind: char::from(kind), why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn to_bridge() -> impl Strategy<Value = ToBridge> {
        prop_oneof![
            Just(ToBridge::Hello(Hello { version: VERSION })),
            prop::option::of(Just("+14255550123".parse().unwrap())).prop_map(|from| {
                ToBridge::Dial(Dial { to: "+14255550199".parse().unwrap(), from })
            }),
            prop::sample::select(Digit::ALL.to_vec()).prop_map(ToBridge::Key),
            any::<i16>()
                .prop_map(|sample| { ToBridge::Sound(Box::new(Frame([sample; Frame::SAMPLES]))) }),
            Just(ToBridge::HangUp),
        ]
    }

    proptest! {
        #[test]
        fn what_is_sent_arrives_however_it_is_cut(messages in prop::collection::vec(to_bridge(), 0..9), cut in 1_usize..400) {
            let bytes: Vec<u8> = messages.iter().flat_map(ToBridge::encode).collect();
            let (mut waiting, mut arrived) = (Vec::new(), Vec::new());
            for part in bytes.chunks(cut) {
                waiting.extend_from_slice(part);
                while let Some((message, length)) = ToBridge::decode(&waiting).unwrap() {
                    arrived.push(message);
                    waiting.drain(..length);
                }
            }
            prop_assert_eq!(arrived, messages);
            prop_assert!(waiting.is_empty());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _any = (ToBridge::decode(&bytes), ToPhone::decode(&bytes));
        }
    }

    #[test]
    fn what_is_no_message_is_told() {
        let refused = |bytes: &[u8]| ToBridge::decode(bytes).unwrap_err().to_string();
        assert!(refused(b"GET / HTTP/1.1").contains("longer than any"));
        assert!(refused(&[0x16, 3, 1]).contains("0x16 begins no message"));
        assert!(refused(b"K\0\x01x").contains("it is no key"));
        assert!(refused(b"S\0\x02ab").contains("it has 2 bytes, a frame has 320"));
        assert!(refused(b"D\0\x02{}").contains("missing field `to`"));
    }

    /// An organization with a long name and a thousand numbers.
    #[test]
    fn a_welcome_fits_whoever_gives_it() {
        let numbers = (0..1_000).map(|n| format!("+49301234567{n:04}").parse().unwrap());
        let welcome = Welcome::new(&"\u{1}".repeat(9_000), numbers);
        assert_eq!(welcome.numbers.len(), WELCOME_NUMBERS_MAX);
        let message = ToPhone::Welcome(welcome);
        let bytes = message.encode();
        assert_eq!(ToPhone::decode(&bytes).unwrap(), Some((message, bytes.len())));
    }

    #[test]
    fn what_a_bridge_says_arrives() {
        for message in [
            ToPhone::Welcome(Welcome {
                version: 1,
                organization: "Contoso".into(),
                numbers: vec![],
            }),
            ToPhone::Answered,
            ToPhone::Sound(Box::default()),
            ToPhone::Told(Told::Room { members: 3, waiting: 1 }),
            ToPhone::Told(Told::Heard { who: vec!["organizer".into(), "\u{2026}0177".into()] }),
            ToPhone::HungUp(HungUp { cause: "normal".into(), q850: 16 }),
            ToPhone::Refused("not now".into()),
        ] {
            let bytes = message.encode();
            assert_eq!(ToPhone::decode(&bytes).unwrap(), Some((message, bytes.len())));
        }
    }
}
