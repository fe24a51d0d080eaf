//! Any bytes as RTP, telephone events, SIP, SDP and INFO bodies: an error, or a value that reads back the same.
#![no_main]

use std::time::Duration;

use holdline::domain::Uptime;
use holdline::proto::event_receiver::EventReceiver;
use holdline::proto::info;
use holdline::proto::rtp::Packet;
use holdline::proto::sdp::Audio;
use holdline::proto::sip::SipMessage;
use holdline::proto::telephone_event::TelephoneEvent;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(packet) = Packet::parse(bytes) {
        assert_eq!(Packet::parse(&packet.emit()), Ok(packet));
    }
    if let Ok(event) = TelephoneEvent::parse(bytes) {
        assert_eq!(TelephoneEvent::parse(&event.emit()), Ok(event));
    }
    if let Some(message) = SipMessage::parse(bytes) {
        let _any = (message.cseq(), message.address("from"), message.address("to"));
    }
    let _any = Audio::read(bytes);
    let _any = info::parse("application/dtmf-relay", bytes);
    let _any = info::parse("application/dtmf", bytes);
    let mut receiver = EventReceiver::new(8_000);
    let mut now = Uptime::ZERO;
    let (mut presses, mut packets) = (0, 0);
    for chunk in bytes.chunks_exact(16) {
        now = now + Duration::from_millis(u64::from(chunk[0]) * 4);
        let Ok(packet) = Packet::parse(chunk) else { continue };
        packets += 1;
        presses += u64::from(receiver.hear(now, &packet).is_some_and(|report| report.is_new));
    }
    assert!(presses <= packets);
});
