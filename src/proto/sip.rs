//! What can be read of a SIP message that passes by (RFC 3261 §7): its first line, its headers, its body. It answers
//! nothing, and takes what is not quite as the standard says.

use crate::domain::PhoneNumber;

/// A SIP message. Its body may be a key: it is shown by nothing here.
pub struct SipMessage<'a> {
    /// What it is.
    pub kind: SipKind<'a>,
    headers: Vec<(&'a str, &'a str)>,
    /// What stands behind the headers.
    pub body: &'a [u8],
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SipKind<'a> {
    /// A request with this method.
    Request(&'a str),
    /// An answer with this status.
    Answer(u16),
}

/// Names that have a short form (RFC 3261 §7.3.3).
const COMPACT: [(&str, &str); 5] =
    [("f", "from"), ("t", "to"), ("i", "call-id"), ("c", "content-type"), ("l", "content-length")];

/// Headers of one message; more are none that anybody sends.
const HEADERS_MAX: usize = 256;

impl<'a> SipMessage<'a> {
    /// Reads a datagram; `None` if it is no SIP message.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (head, body) = split(bytes);
        // Whatever is no text is none of the headers that matter.
        let head = match str::from_utf8(head) {
            Ok(head) => head,
            Err(error) => str::from_utf8(head.get(..error.valid_up_to())?).ok()?,
        };
        let mut lines = head.split('\n').map(|line| line.trim_end_matches('\r'));
        let mut first = lines.next()?.split(' ');
        let kind = match (first.next()?, first.next()?, first.next()) {
            ("SIP/2.0", status, _) => SipKind::Answer(status.parse().ok()?),
            (method, _uri, Some("SIP/2.0")) if is_token(method) => SipKind::Request(method),
            _neither => return None,
        };
        let headers = lines.take(HEADERS_MAX).filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.trim(), value.trim())).collect();
        let mut message = Self { kind, headers, body };
        let length = message.header("content-length").and_then(|text| text.parse::<usize>().ok());
        message.body = length.and_then(|length| body.get(..length)).unwrap_or(body);
        Some(message)
    }

    /// The first header of that name, given in lower case; its short form counts too.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let short = COMPACT.iter().find(|(_, long)| *long == name).map(|(short, _)| *short);
        let is_it = |found: &str| {
            found.eq_ignore_ascii_case(name)
                || short.is_some_and(|short| found.eq_ignore_ascii_case(short))
        };
        self.headers.iter().find(|(found, _)| is_it(found)).map(|(_, value)| *value)
    }

    /// Number and method of `CSeq`.
    #[must_use]
    pub fn cseq(&self) -> Option<(u32, &'a str)> {
        let (number, method) = self.header("cseq")?.split_once([' ', '\t'])?;
        Some((number.parse().ok()?, method.trim()))
    }

    /// Whose address stands in `From` or `To`.
    #[must_use]
    pub fn address(&self, name: &str) -> Option<SipAddress<'a>> {
        self.header(name).map(SipAddress::read)
    }
}

/// An address of a `From` or `To` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SipAddress<'a> {
    /// What stands before the `@`, or the number of a `tel:` address.
    pub user: &'a str,
    /// The dialog's tag of this side.
    pub tag: Option<&'a str>,
}

impl<'a> SipAddress<'a> {
    fn read(value: &'a str) -> Self {
        let (uri, parameters) =
            match value.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>')) {
                Some(both) => both,
                None => value.split_once(';').unwrap_or((value, "")),
            };
        let without_scheme = uri.split_once(':').map_or(uri, |(_, rest)| rest);
        let user = match without_scheme.split_once('@') {
            Some((user, _host)) => user,
            None if uri.trim_start().to_ascii_lowercase().starts_with("tel:") => without_scheme,
            None => "",
        };
        let user = user.split([';', ':']).next().unwrap_or_default().trim();
        let tag = parameters.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim().eq_ignore_ascii_case("tag").then_some(value.trim())
        });
        Self { user, tag }
    }

    /// The telephone number, if it is one.
    #[must_use]
    pub fn number(&self) -> Option<PhoneNumber> {
        self.user.parse().ok()
    }

    /// Whether it says that the number is withheld (RFC 3323 §4.1.1.3).
    #[must_use]
    pub fn is_withheld(&self) -> bool {
        ["anonymous", "restricted", "unavailable", "unknown"]
            .iter()
            .any(|word| self.user.eq_ignore_ascii_case(word))
    }
}

/// Headers and body.
fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    for empty_line in [&b"\r\n\r\n"[..], b"\n\n"] {
        let found = bytes.windows(empty_line.len()).position(|window| window == empty_line);
        if let Some(at) = found {
            return (&bytes[..at], &bytes[at + empty_line.len()..]);
        }
    }
    (bytes, &[])
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_message_is_read_as_telephones_write_it() {
        let text = "INFO sip:100@b SIP/2.0\r\nf: \"Ann <x>\" <sip:+14255550171;ext=2@a:5060>;tag=88\r\nTo: \
                    sip:100@b;tag=99\r\ni:abc\r\nCSeq: 7 INFO\r\nc: application/dtmf\r\nl: 1\r\n\r\n5#junk";
        let message = SipMessage::parse(text.as_bytes()).unwrap();
        assert_eq!(message.kind, SipKind::Request("INFO"));
        let from = message.address("from").unwrap();
        assert_eq!((from.user, from.tag), ("+14255550171", Some("88")));
        assert_eq!(from.number().unwrap().to_string(), "+14255550171");
        assert_eq!(message.address("to").unwrap(), SipAddress { user: "100", tag: Some("99") });
        assert_eq!(message.header("call-id"), Some("abc"));
        assert_eq!(message.cseq(), Some((7, "INFO")));
        assert_eq!(
            (message.header("content-type"), message.body),
            (Some("application/dtmf"), &b"5"[..])
        );
        assert_eq!(
            SipMessage::parse(b"SIP/2.0 486 Busy Here\nCSeq: x\n\n").unwrap().kind,
            SipKind::Answer(486)
        );
    }

    #[test]
    fn addresses_are_numbers_names_or_withheld() {
        for (value, user, withheld) in [
            ("<tel:+1-425-555-0171>;tag=1", "+1-425-555-0171", false),
            ("<sips:ann@example.org>", "ann", false),
            ("\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1", "anonymous", true),
            ("sip:example.org", "", false),
            ("<sip:5:secret@b>", "5", false),
            ("", "", false),
            ("<", "", false),
        ] {
            let address = SipAddress::read(value);
            assert_eq!((address.user, address.is_withheld()), (user, withheld), "{value}");
        }
    }

    #[test]
    fn what_is_no_message_is_none() {
        for text in
            ["", "\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "SIP/2.0 abc\r\n", "INVITE sip:a", "\u{fe}"]
        {
            assert!(SipMessage::parse(text.as_bytes()).is_none(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_borne(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut whole = b"INVITE sip:a SIP/2.0\r\nFrom: ".to_vec();
            whole.extend(&bytes);
            for bytes in [&bytes, &whole] {
                if let Some(message) = SipMessage::parse(bytes) {
                    let _any = (message.cseq(), message.address("from"), message.body.len());
                }
            }
        }
    }
}
