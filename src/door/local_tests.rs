//! The local door with a desk at which nobody sits, or one that stops.

use std::sync::mpsc::Receiver;

use super::*;
use crate::door::words::Words;
use crate::engine::EngineConfig;
use crate::media::sounds::Sounds;
use crate::store::{Argon2Hasher, MemoryStore};

const AUDIT: &[u8] = br#"{"ask":"audit","limit":1}"#;

/// A door with a desk at which nobody sits: what it is asked comes out of the receiver.
fn at_a_door<T>(test: impl AsyncFnOnce(&Door, Receiver<Asked>) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (store, hasher) =
            (Arc::new(MemoryStore::default()), Argon2Hasher::cheap_for_tests().unwrap());
        let sounds = Arc::new(Sounds::synthetic());
        let config = EngineConfig::default();
        let engine =
            Engine::start(config, Arc::clone(&sounds), store, Arc::new(hasher), None).unwrap();
        let (desk, requests) = sync_channel(REQUESTS_MAX);
        let reception = Arc::new(Reception {
            engine: engine.clone(),
            words: Words::default(),
            sounds,
            organization: String::new(),
            numbers: Vec::new(),
        });
        let door = Door::new(Local { reception, desk }, Places::MOST);
        let came = test(&door, requests).await;
        drop(door);
        assert_eq!(engine.shutdown(Duration::from_secs(5)).await, Vec::<String>::new());
        came
    })
}

async fn asks(door: &Door) -> Reply {
    door.reply(AUDIT, REPLY_TAKES_MAX).await.0
}

/// Nobody is kept waiting by a desk that does not come to it.
#[test]
fn a_desk_with_too_much_to_do_refuses_one_more() {
    at_a_door(async |door, requests| {
        for _ in 0..REQUESTS_MAX {
            let waiting = Waiting::new(Request::Audit { limit: 1 });
            door.local.desk.try_send((waiting, oneshot::channel().0)).unwrap();
        }
        let refused = asks(door).await;
        let Reply::Refused { why } = refused else { panic!("{refused:?}") };
        assert!(why.contains("too much to do: try again"), "{why}");
        // With room again it is asked.
        assert_eq!(requests.try_iter().count(), REQUESTS_MAX);
        let replies = async {
            let (waiting, reply) = requests.recv().unwrap();
            assert_eq!(waiting.take(), Some(Request::Audit { limit: 1 }));
            reply.send(Reply::Audit { entries: Vec::new() }).unwrap();
        };
        let (reply, ()) = tokio::join!(asks(door), replies);
        assert_eq!(reply, Reply::Audit { entries: Vec::new() });
    });
}

/// A desk that takes too long: whoever asked hears what to do, as it may be done all the same; but nothing is done any more of what
/// it has not begun by then.
#[test]
fn a_desk_that_does_not_reply_in_time_is_told_with_what_to_do() {
    const RESET: &[u8] = br#"{"ask":"reset-pin","user":"2"}"#;
    at_a_door(async |door, requests| {
        let hears = async |begins: bool, takes_max: Duration| {
            let desk = async {
                let (waiting, reply) = requests.recv().unwrap();
                let begun = begins.then(|| waiting.take().unwrap());
                (begun, waiting, reply)
            };
            let ((heard, then), (_, waiting, _reply)) =
                tokio::join!(door.reply(RESET, takes_max), desk);
            let Reply::Refused { why } = heard else { panic!("{heard:?}") };
            assert!(then == Then::End);
            assert_eq!(waiting.take(), None, "the desk comes too late for it");
            why
        };
        let why = hears(true, Duration::from_millis(5)).await;
        assert!(why.contains("has not replied within 0 s") && why.contains("reset it again"));
        let why = hears(false, Duration::from_millis(5)).await;
        assert_eq!(why, "the desk did not come to it within 0 s: nothing was done");
        door.stop.cancel();
        let why = hears(true, REPLY_TAKES_MAX).await;
        assert!(why.contains("the bridge stops") && why.contains("reset it again"), "{why}");
        assert_eq!(hears(false, REPLY_TAKES_MAX).await, STOPS);
    });
}

/// A bridge that stops says so to whoever has connected, also where it does not know yet who they are.
#[test]
fn who_has_connected_hears_that_the_bridge_stops() {
    at_a_door(async |door, _requests| {
        door.stop.cancel();
        for (says, hears) in [(&b""[..], "the bridge stops"), (b"{\"ask\"", "nothing was done")] {
            let (inside, mut outside) = UnixStream::pair().unwrap();
            let place = door.place().unwrap();
            outside.write_all(says).await.unwrap();
            if says.is_empty() {
                door.serve(&place, inside).await.unwrap();
            } else {
                door.serve_command_line(inside).await.unwrap();
            }
            let mut heard = Vec::new();
            let _closed = outside.read_to_end(&mut heard).await;
            assert!(String::from_utf8_lossy(&heard).contains(hears), "{heard:?}");
        }
    });
}
