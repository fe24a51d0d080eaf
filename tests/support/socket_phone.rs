//! A telephone on the local socket of a running bridge.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use holdline::domain::Digit;
use holdline::door::wire::{Dial, Hello, ToBridge, ToPhone, Told, VERSION};

use crate::bridge::Bridge;

/// Whatever is waited for comes in that time, or never.
const COMES_WITHIN: Duration = Duration::from_secs(120);

/// A telephone on the local socket.
pub struct Phone {
    pub stream: UnixStream,
    /// What it hears, as it comes: who does not listen is not waited for.
    messages: Receiver<ToPhone>,
}

fn listen(mut stream: UnixStream, heard: &Sender<ToPhone>) {
    let (mut bytes, mut some) = (Vec::new(), [0; 4_096]);
    while let Ok(read @ 1..) = stream.read(&mut some) {
        bytes.extend_from_slice(&some[..read]);
        while let Some((message, length)) = ToPhone::decode(&bytes).unwrap() {
            bytes.drain(..length);
            let _nobody_asks = heard.send(message);
        }
    }
}

impl Phone {
    pub fn dials(bridge: &Bridge) -> Self {
        Self::dials_in(bridge.data())
    }

    /// Where a bridge runs in that folder.
    pub fn dials_in(data: &Path) -> Self {
        Self::calls(data, 0, None)
    }

    /// Dials one of the numbers the bridge has.
    pub fn dials_number(bridge: &Bridge, place: usize) -> Self {
        Self::calls(bridge.data(), place, None)
    }

    pub fn dials_from(bridge: &Bridge, from: Option<&str>) -> Self {
        Self::calls(bridge.data(), 0, from)
    }

    fn calls(data: &Path, place: usize, from: Option<&str>) -> Self {
        let stream = UnixStream::connect(data.join("holdline.sock")).unwrap();
        let (heard, messages) = channel();
        let incoming = stream.try_clone().unwrap();
        std::thread::spawn(move || listen(incoming, &heard));
        let mut phone = Self { stream, messages };
        phone.say(&ToBridge::Hello(Hello { version: VERSION }));
        let ToPhone::Welcome(welcome) = phone.hears() else { panic!("no welcome") };
        assert_eq!(welcome.organization, "Contoso");
        let from = from.map(|number| number.parse().unwrap());
        phone.say(&ToBridge::Dial(Dial { to: welcome.numbers[place], from }));
        phone.until(|message| *message == ToPhone::Answered);
        phone
    }

    pub fn say(&mut self, message: &ToBridge) {
        self.stream.write_all(&message.encode()).unwrap();
    }

    pub fn keys(&mut self, keys: &str) {
        for digit in keys.chars().filter_map(Digit::from_char) {
            self.say(&ToBridge::Key(digit));
        }
    }

    pub fn hears(&mut self) -> ToPhone {
        self.messages.recv_timeout(Duration::from_secs(30)).expect("the line is open")
    }

    #[track_caller]
    pub fn until(&mut self, is: impl Fn(&ToPhone) -> bool) -> Vec<ToPhone> {
        self.until_told("what is waited for here", is)
    }

    #[track_caller]
    pub fn until_state(&mut self, wanted: &str) -> Vec<ToPhone> {
        self.until_told(
            &format!("the state {wanted}"),
            |message| matches!(message, ToPhone::Told(Told::State { state }) if state == wanted),
        )
    }

    /// All that comes until that does: sound comes without an end.
    #[track_caller]
    fn until_told(&mut self, what: &str, is: impl Fn(&ToPhone) -> bool) -> Vec<ToPhone> {
        let (began, mut heard) = (Instant::now(), Vec::new());
        loop {
            heard.push(self.hears());
            if heard.last().is_some_and(&is) {
                return heard;
            }
            if began.elapsed() > COMES_WITHIN {
                heard.retain(|message| !matches!(message, ToPhone::Sound(_)));
                panic!("{what} does not come, but {heard:?}");
            }
        }
    }
}
