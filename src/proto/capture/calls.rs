//! Calls among datagrams: by their SIP dialogs, and where there is none, by streams that go to and fro.

use core::net::{IpAddr, SocketAddr};
use std::collections::BTreeMap;
use std::time::Duration;

use super::keys::{by_event, by_sound};
use super::link::Datagram;
use super::streams::{Stream, streams};
use super::{CapturedCall, CapturedKey, EndedBy, KeysBy, Origin};
use crate::domain::{PhoneNumber, Uptime};
use crate::proto::info::InfoReceiver;
use crate::proto::sdp::{Audio, Format};
use crate::proto::sip::{SipKind, SipMessage};

/// Sound may come so long before the offer's time in the capture, and after the end: packets overtake each other.
const STREAMS_BEYOND: Duration = Duration::from_secs(2);

/// Places to which one side of a call has its sound sent, one after the other; more are none that a call has.
const MEDIA_MAX: usize = 64;

/// A dialog as far as it has been seen. It begins with an INVITE.
#[derive(Debug)]
struct Dialog {
    caller: IpAddr,
    caller_tag: Option<String>,
    from: Origin,
    called: Option<PhoneNumber>,
    invited_at: Uptime,
    answered_at: Option<Uptime>,
    ended: Option<(Uptime, EndedBy)>,
    /// Where the caller receives sound, and where the called one does: after a new offer, elsewhere.
    caller_media: Vec<SocketAddr>,
    called_media: Vec<SocketAddr>,
    formats: Vec<(u8, Format)>,
    infos: InfoReceiver,
    keys: Vec<CapturedKey>,
}

pub(super) fn find(datagrams: &[Datagram<'_>]) -> Vec<CapturedCall> {
    let dialogs = dialogs(datagrams);
    let mut by_media: BTreeMap<SocketAddr, Vec<usize>> = BTreeMap::new();
    for (place, dialog) in dialogs.iter().enumerate() {
        for media in dialog.caller_media.iter().chain(&dialog.called_media) {
            by_media.entry(*media).or_default().push(place);
        }
    }
    let streams = streams(datagrams, |place| by_media.contains_key(&place));
    // Which of the dialogs each stream belongs to, and whether the caller sends it.
    let mut of_dialogs: Vec<Vec<&Stream<'_>>> = dialogs.iter().map(|_| Vec::new()).collect();
    let mut others = Vec::new();
    for stream in &streams {
        let named = [stream.from, stream.to].into_iter().filter_map(|place| by_media.get(&place));
        match named.flatten().copied().find(|&place| dialogs[place].is_on_at(stream.begins_at())) {
            Some(place) if dialogs[place].is_sent_by_caller(stream) => {
                of_dialogs[place].push(stream);
            }
            Some(_sent_by_the_called) => {}
            None => others.push(stream),
        }
    }
    let mut calls: Vec<_> = dialogs
        .into_iter()
        .zip(of_dialogs)
        .map(|(dialog, streams)| dialog.into_call(&streams))
        .collect();
    calls.extend(without_dialog(others));
    calls.sort_by_key(|call| call.begins_at);
    calls
}

/// All dialogs, in the order of their first messages.
fn dialogs(datagrams: &[Datagram<'_>]) -> Vec<Dialog> {
    let mut dialogs: Vec<Dialog> = Vec::new();
    let mut by_call_id: BTreeMap<&str, usize> = BTreeMap::new();
    for datagram in datagrams {
        let Some(message) = SipMessage::parse(datagram.payload) else { continue };
        let Some(call_id) = message.header("call-id") else { continue };
        let place = match by_call_id.get(call_id) {
            Some(&place) => place,
            None if message.kind == SipKind::Request("INVITE") => {
                dialogs.push(Dialog::begun_by(&message, datagram));
                by_call_id.insert(call_id, dialogs.len() - 1);
                dialogs.len() - 1
            }
            None => continue,
        };
        dialogs[place].hear(&message, datagram);
    }
    dialogs
}

impl Dialog {
    fn begun_by(invite: &SipMessage<'_>, datagram: &Datagram<'_>) -> Self {
        let from = invite.address("from");
        let number = |name| invite.address(name).and_then(|address| address.number());
        Self {
            caller: datagram.from.ip(),
            caller_tag: from.and_then(|from| from.tag).map(str::to_owned),
            from: match from {
                Some(from) if from.is_withheld() => Origin::Withheld,
                _said_or_not => number("from").map_or(Origin::Unknown, Origin::Number),
            },
            called: number("to"),
            invited_at: datagram.at,
            answered_at: None,
            ended: None,
            caller_media: Vec::new(),
            called_media: Vec::new(),
            formats: Vec::new(),
            infos: InfoReceiver::default(),
            keys: Vec::new(),
        }
    }

    fn hear(&mut self, message: &SipMessage<'_>, datagram: &Datagram<'_>) {
        let at = datagram.at;
        let by_caller = self.is_by_caller(message, datagram);
        let method = message.cseq().map_or("", |(_, method)| method);
        match message.kind {
            SipKind::Request("INVITE" | "UPDATE" | "ACK" | "PRACK") => {
                self.describe(message, by_caller)
            }
            SipKind::Request("BYE") if self.ended.is_none() => {
                self.ended = Some((at, if by_caller { EndedBy::Caller } else { EndedBy::Called }));
            }
            SipKind::Request("CANCEL") if self.answered_at.is_none() && self.ended.is_none() => {
                self.ended = Some((at, EndedBy::Caller));
            }
            SipKind::Request("INFO") if by_caller => {
                let content_type = message.header("content-type").unwrap_or_default();
                let cseq = message.cseq().map(|(number, _)| number);
                let key = cseq.and_then(|cseq| self.infos.hear(cseq, content_type, message.body));
                self.keys.extend(key.map(|key| CapturedKey {
                    digit: key.digit,
                    at,
                    lasted: key.lasted,
                }));
            }
            SipKind::Answer(status) if method == "INVITE" => {
                // An answer is sent by whom the request was sent to.
                self.describe(message, !by_caller);
                match status {
                    200..=299 => {
                        self.answered_at.get_or_insert(at);
                    }
                    // The next INVITE of the same call has the password, or goes where it was sent on to.
                    401 | 407 | 300..=399 => {}
                    400..=699 if self.answered_at.is_none() && self.ended.is_none() => {
                        self.ended = Some((at, EndedBy::Refusal(status)));
                    }
                    _on_the_way => {}
                }
            }
            SipKind::Request(_) | SipKind::Answer(_) => {}
        }
    }

    /// Whether the request it is, or is answered by, is the caller's: `From` is whoever sent the request.
    fn is_by_caller(&self, message: &SipMessage<'_>, datagram: &Datagram<'_>) -> bool {
        let tag = message.address("from").and_then(|from| from.tag);
        match (tag, self.caller_tag.as_deref()) {
            (Some(tag), Some(caller_tag)) => tag == caller_tag,
            _without_tags => match message.kind {
                SipKind::Request(_) => datagram.from.ip() == self.caller,
                SipKind::Answer(_) => datagram.to.ip() == self.caller,
            },
        }
    }

    fn describe(&mut self, message: &SipMessage<'_>, by_caller: bool) {
        let Some(audio) = Audio::read(message.body) else { return };
        let media = if by_caller { &mut self.caller_media } else { &mut self.called_media };
        if media.len() < MEDIA_MAX {
            media.extend(audio.to.filter(|to| !media.contains(to)));
        }
        // The caller sends what the other side has named its types; what only the caller has named is second best.
        if by_caller {
            for format in audio.formats {
                if !self.formats.iter().any(|(known, _)| *known == format.0) {
                    self.formats.push(format);
                }
            }
        } else {
            self.formats.retain(|(known, _)| !audio.formats.iter().any(|(new, _)| new == known));
            self.formats.extend(audio.formats);
        }
    }

    /// Whether what is sent then to its places is of this call: others use them later.
    fn is_on_at(&self, at: Uptime) -> bool {
        let ends = self.ended.map(|(ended_at, _)| ended_at + STREAMS_BEYOND);
        at + STREAMS_BEYOND >= self.invited_at && ends.is_none_or(|ends| at <= ends)
    }

    fn is_sent_by_caller(&self, stream: &Stream<'_>) -> bool {
        self.called_media.contains(&stream.to)
            || self.caller_media.contains(&stream.from) && !self.caller_media.contains(&stream.to)
    }

    fn into_call(self, streams: &[&Stream<'_>]) -> CapturedCall {
        let (keys, keys_by) = keys_of(streams, &self.formats, self.keys);
        CapturedCall {
            from: self.from,
            called: self.called,
            begins_in_it: true,
            begins_at: self.invited_at,
            answered_at: self.answered_at,
            ended: self.ended,
            keys,
            keys_by,
        }
    }
}

/// The keys of one caller, by one way: a tone that leaks through beside its event is no second key.
fn keys_of(
    streams: &[&Stream<'_>],
    formats: &[(u8, Format)],
    by_info: Vec<CapturedKey>,
) -> (Vec<CapturedKey>, Option<KeysBy>) {
    let events = by_event(streams, formats);
    if !events.is_empty() {
        return (events, Some(KeysBy::Events));
    }
    if !by_info.is_empty() {
        return (by_info, Some(KeysBy::Info));
    }
    let heard = by_sound(streams, formats);
    let by = (!heard.is_empty()).then_some(KeysBy::Sound);
    (heard, by)
}

/// Calls of which there are only streams. Two that go to and fro between the same places are one call; the caller is the
/// side that sends keys, or else the one that sent first.
fn without_dialog(streams: Vec<&Stream<'_>>) -> Vec<CapturedCall> {
    let mut sides: BTreeMap<(SocketAddr, SocketAddr), [Vec<&Stream<'_>>; 2]> = BTreeMap::new();
    for stream in streams {
        let forth = stream.from <= stream.to;
        let key = if forth { (stream.from, stream.to) } else { (stream.to, stream.from) };
        sides.entry(key).or_default()[usize::from(!forth)].push(stream);
    }
    let call = |both: [Vec<&Stream<'_>>; 2]| {
        let begins_at = both.iter().flatten().map(|stream| stream.begins_at()).min();
        let ends_at = both.iter().flatten().map(|stream| stream.ends_at()).max();
        let first = both.iter().map(|side| side.first().map(|stream| stream.begins_at()));
        let first: Vec<_> = first.collect();
        let [one, other] = both.map(|side| keys_of(&side, &[], Vec::new()));
        let second_is_caller = match other.0.len().cmp(&one.0.len()) {
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => {
                first[0].is_none() || first[1].is_some_and(|at| Some(at) < first[0])
            }
        };
        let (keys, keys_by) = if second_is_caller { other } else { one };
        CapturedCall {
            from: Origin::Unknown,
            called: None,
            begins_in_it: false,
            begins_at: begins_at.unwrap_or(Uptime::ZERO),
            answered_at: None,
            ended: ends_at.map(|at| (at, EndedBy::Nothing)),
            keys,
            keys_by,
        }
    };
    sides.into_values().map(call).collect()
}
