//! What can be read of a description in SDP (RFC 8866) that passes by: where sound goes, and which payload type is what.

use core::net::{IpAddr, SocketAddr};

use crate::media::g711::Law;

/// The first audio stream of a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audio {
    /// Where whoever describes it wants to receive it.
    pub to: Option<SocketAddr>,
    /// What the payload types are that it may have.
    pub formats: Vec<(u8, Format)>,
}

/// What a payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// G.711 at 8 kHz.
    G711(Law),
    /// Telephone events of a clock of that rate.
    Events {
        /// Units of a timestamp a second.
        clock_hz: u32,
    },
    /// Something else.
    Other,
}

/// What the payload type 0 to 95 is where nothing is said (RFC 3551 §6).
#[must_use]
pub fn fixed_format(payload_type: u8) -> Option<Format> {
    match payload_type {
        0 => Some(Format::G711(Law::Mu)),
        8 => Some(Format::G711(Law::A)),
        _other => None,
    }
}

/// Formats of one stream; more are none that anybody offers.
const FORMATS_MAX: usize = 64;

impl Audio {
    /// Reads a body. Lines it does not need may be anything.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        let text = str::from_utf8(body).ok()?;
        let (mut address, mut port, mut in_audio) = (None, None, false);
        let mut formats: Vec<(u8, Format)> = Vec::new();
        for line in text.split(['\r', '\n']).map(str::trim) {
            let Some((kind, value)) = line.split_once('=') else { continue };
            match kind {
                "m" => {
                    in_audio = port.is_none() && value.starts_with("audio ");
                    if in_audio {
                        let mut words = value.split_ascii_whitespace().skip(1);
                        // Possibly with how many ports: `49170/2`.
                        let first = words.next()?.split('/').next()?;
                        port = Some(first.parse::<u16>().ok()?);
                        let types = words.skip(1).filter_map(|word| word.parse::<u8>().ok());
                        let types =
                            types.filter(|payload_type| *payload_type < 128).take(FORMATS_MAX);
                        formats = types
                            .map(|payload_type| {
                                (payload_type, fixed_format(payload_type).unwrap_or(Format::Other))
                            })
                            .collect();
                    }
                }
                "c" if in_audio || port.is_none() => address = connection(value).or(address),
                "a" if in_audio => {
                    if let Some((payload_type, format)) =
                        value.strip_prefix("rtpmap:").and_then(rtpmap)
                        && let Some(known) =
                            formats.iter_mut().find(|(known, _)| *known == payload_type)
                    {
                        known.1 = format;
                    }
                }
                _unneeded => {}
            }
        }
        let port = port?;
        Some(Self {
            to: address.filter(|_| port > 0).map(|address| SocketAddr::new(address, port)),
            formats,
        })
    }
}

/// `IN IP4 192.0.2.1`, possibly with a time to live behind a slash.
fn connection(value: &str) -> Option<IpAddr> {
    value.split_ascii_whitespace().nth(2)?.split('/').next()?.parse().ok()
}

/// `101 telephone-event/8000`.
fn rtpmap(value: &str) -> Option<(u8, Format)> {
    let (payload_type, encoding) = value.split_once(' ')?;
    let mut parts = encoding.trim().split('/');
    let name = parts.next()?;
    let clock_hz = parts.next().and_then(|rate| rate.parse().ok()).unwrap_or(8_000);
    let format = match () {
        () if name.eq_ignore_ascii_case("telephone-event") => Format::Events { clock_hz },
        () if name.eq_ignore_ascii_case("PCMU") && clock_hz == 8_000 => Format::G711(Law::Mu),
        () if name.eq_ignore_ascii_case("PCMA") && clock_hz == 8_000 => Format::G711(Law::A),
        () => Format::Other,
    };
    Some((payload_type.trim().parse().ok()?, format))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_sound_goes_and_what_it_is() {
        let text = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000/2 RTP/AVP 0 8 101 \
                    96 200\r\na=rtpmap:101 telephone-event/8000\r\na=rtpmap:96 TELEPHONE-EVENT/48000\r\na=rtpmap:97 \
                    PCMU/8000\r\nm=video 4002 RTP/AVP 31\r\nc=IN IP4 192.0.2.7\r\na=rtpmap:0 x/1\r\n";
        let audio = Audio::read(text.as_bytes()).unwrap();
        assert_eq!(audio.to, "192.0.2.1:4000".parse().ok());
        assert_eq!(
            audio.formats,
            [
                (0, Format::G711(Law::Mu)),
                (8, Format::G711(Law::A)),
                (101, Format::Events { clock_hz: 8_000 }),
                (96, Format::Events { clock_hz: 48_000 }),
            ]
        );
        let text = "m=audio 4000 RTP/AVP 97\nc=IN IP6 2001:db8::1\na=rtpmap:97 pcma/8000/1";
        let audio = Audio::read(text.as_bytes()).unwrap();
        assert_eq!(audio.to, "[2001:db8::1]:4000".parse().ok());
        assert_eq!(audio.formats, [(97, Format::G711(Law::A))]);
    }

    #[test]
    fn what_is_not_there_is_none() {
        for (text, to) in [
            ("m=audio 0 RTP/AVP 0\nc=IN IP4 192.0.2.1", Some(None)),
            ("m=audio 4000 RTP/AVP 0", Some(None)),
            ("m=audio x RTP/AVP 0", None),
            ("m=audio", None),
            ("m=video 4000 RTP/AVP 31", None),
            ("", None),
        ] {
            assert_eq!(Audio::read(text.as_bytes()).map(|audio| audio.to), to, "{text}");
        }
        assert_eq!(Audio::read(&[0xFF, 0xFE]), None);
    }
}
