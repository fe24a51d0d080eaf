//! The local door: a socket in the file system, to which telephones and command lines of the same machine connect.
//!
//! A connection that begins with `{` asks the desk, one line of JSON at a time. Any other is a telephone and speaks
//! [`wire`](super::wire).

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::desk::{Desk, Reply, Request};
use super::line;
use super::pace::Pace;
use super::reception::{Reception, Whence};
use crate::domain::directory::Change;
use crate::domain::pin::PinHasher;
use crate::engine::Engine;
use crate::exchange::Order;
use crate::store::Store;

/// What everybody who comes in by this door is served with.
pub struct Local {
    /// What telephones need.
    pub reception: Arc<Reception>,
    /// Where requests go; see [`desk_thread`].
    pub desk: SyncSender<Asked>,
}

/// A request, and where what came of it goes.
pub type Asked = (Request, oneshot::Sender<(Reply, Vec<Change>)>);

/// Requests that may wait for the desk.
const REQUESTS_MAX: usize = 64;

/// Starts the desk on a thread of its own, since it asks the store and computes digests. It ends when nobody can ask it any
/// more.
///
/// # Errors
/// The system gives no thread.
pub fn desk_thread(
    engine: &Engine,
    store: Arc<dyn Store>,
    hasher: Arc<dyn PinHasher>,
    mut rng: ChaCha20Rng,
) -> io::Result<SyncSender<Asked>> {
    let (desk, requests) = sync_channel::<Asked>(REQUESTS_MAX);
    let clock = engine.clock();
    engine.tasks().thread("desk", move || {
        while let Ok((request, reply)) = requests.recv() {
            let now = clock.utc();
            let mut desk = Desk { store: &*store, hasher: &*hasher, rng: &mut rng, now };
            let _nobody_waits = reply.send(desk.carry_out(request));
        }
    })?;
    Ok(desk)
}

/// Connections at a time; one more is closed at once, so that file descriptors are left for everything else.
const CONNECTIONS_MAX: usize = 512;

/// Time until the next try when nobody could be let in.
const A_MOMENT: Duration = Duration::from_millis(200);

/// How often it is said that nobody can come in.
const COMPLAINTS: Pace = Pace::new(1, Duration::from_secs(10));

/// Time for the desk to reply, and for whoever asked to take the reply.
pub const REPLY_TAKES_MAX: Duration = Duration::from_secs(20);

/// The same once the bridge stops.
const LAST_REPLY: Duration = Duration::from_millis(500);

/// Bytes of one request.
const REQUEST_MAX: u64 = 65_536;

/// Opens the socket, for this user alone, and serves whoever connects until the engine stops.
///
/// # Errors
/// The socket cannot be made.
pub fn open(local: Local, path: &Path) -> io::Result<()> {
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let engine = local.reception.engine.clone();
    let (clock, stop) = (engine.clock(), engine.tasks().token());
    let local = Arc::new(local);
    let tasks = engine.clone();
    tasks.tasks().spawn("local door", async move {
        let (open, _) = watch::channel(0_usize);
        let open = Arc::new(open);
        let mut complaints = COMPLAINTS;
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) if *open.borrow() < CONNECTIONS_MAX => {
                    let (local, stop, open) = (Arc::clone(&local), stop.clone(), Arc::clone(&open));
                    open.send_modify(|count| *count += 1);
                    engine.tasks().spawn("connection", async move {
                        if let Err(error) = serve(&local, stream, &stop).await {
                            tracing::debug!(%error, "a connection ended");
                        }
                        open.send_modify(|count| *count -= 1);
                    });
                }
                Ok(_one_too_many) => {
                    if complaints.take(clock.uptime()) {
                        tracing::warn!("{CONNECTIONS_MAX} are connected: one more is sent away");
                    }
                }
                Err(error) => {
                    // No descriptor is left: wait until somebody goes, or a moment.
                    if complaints.take(clock.uptime()) {
                        tracing::error!(%error, "nobody can connect");
                    }
                    let mut fewer = open.subscribe();
                    tokio::select! {
                        () = stop.cancelled() => return,
                        _changed = fewer.changed() => {}
                        () = clock.until(clock.uptime() + A_MOMENT) => {}
                    }
                }
            }
        }
    });
    Ok(())
}

async fn serve(
    local: &Arc<Local>,
    mut stream: UnixStream,
    stop: &CancellationToken,
) -> io::Result<()> {
    let mut first = [0; 1];
    tokio::select! {
        biased;
        () = stop.cancelled() => return Ok(()),
        read = stream.read_exact(&mut first) => read?,
    };
    match first {
        [b'{'] => {
            let (reader, mut writer) = stream.into_split();
            let mut lines = BufReader::new(reader);
            let mut line = String::from("{");
            loop {
                let mut limited = (&mut lines).take(REQUEST_MAX);
                tokio::select! {
                    biased;
                    () = stop.cancelled() => return Ok(()),
                    read = limited.read_line(&mut line) => if read? == 0 { return Ok(()) },
                }
                let Some(reply) = in_time(local, stop, ask(local, &line)).await else {
                    return Ok(());
                };
                let mut text = serde_json::to_string(&reply).map_err(io::Error::other)?;
                text.push('\n');
                let written = in_time(local, stop, writer.write_all(text.as_bytes())).await;
                written.ok_or(io::ErrorKind::TimedOut)??;
                line.clear();
            }
        }
        [other] => {
            let said = vec![other];
            line::serve(&local.reception, Whence::AsItSays, said, stream, stop).await
        }
    }
}

/// What comes of it, unless it takes too long, or the bridge stops and it takes even a moment.
async fn in_time<T>(
    local: &Local,
    stop: &CancellationToken,
    work: impl Future<Output = T>,
) -> Option<T> {
    let clock = local.reception.engine.clock();
    let too_late_at = clock.uptime() + REPLY_TAKES_MAX;
    let too_late = async {
        tokio::select! {
            () = stop.cancelled() => clock.until(clock.uptime() + LAST_REPLY).await,
            () = clock.until(too_late_at) => {}
        }
    };
    tokio::select! {
        biased;
        done = work => Some(done),
        () = too_late => None,
    }
}

/// Asks the desk, and lets the meetings that run know what is different.
async fn ask(local: &Local, line: &str) -> Reply {
    let request: Request = match serde_json::from_str(line) {
        Ok(request) => request,
        Err(error) => {
            let why = format!("the request cannot be read: {error}. Is it from another version?");
            return Reply::Refused { why };
        }
    };
    let (reply, done) = oneshot::channel();
    if local.desk.try_send((request, reply)).is_err() {
        let why = "the desk has too much to do: try again in a moment".to_owned();
        return Reply::Refused { why };
    }
    match done.await {
        Ok((reply, changes)) => {
            tell_meetings(local, &changes);
            reply
        }
        Err(_gone) => Reply::Refused { why: "the desk has failed: see the log".to_owned() },
    }
}

/// Whoever is in a meeting that is called off, or waits for it, hears so.
fn tell_meetings(local: &Local, changes: &[Change]) {
    for change in changes {
        if let Change::MeetingRemoved { meeting, .. } = change {
            local.reception.engine.order(*meeting, Order::Cancel);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::words::Words;
    use crate::engine::EngineConfig;
    use crate::media::sounds::Sounds;
    use crate::store::{Argon2Hasher, MemoryStore};

    async fn asks(local: &Local) -> Reply {
        ask(local, r#"{"ask":"users"}"#).await
    }

    /// Nobody is kept waiting by a desk that does not come to it.
    #[test]
    fn a_desk_with_too_much_to_do_refuses_one_more() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (store, hasher) =
                (Arc::new(MemoryStore::default()), Argon2Hasher::cheap_for_tests().unwrap());
            let sounds = Arc::new(Sounds::synthetic());
            let config = EngineConfig::default();
            let engine = Engine::start(config, sounds, store, Arc::new(hasher), None).unwrap();
            let (desk, requests) = sync_channel(REQUESTS_MAX);
            let reception = Arc::new(Reception {
                engine: engine.clone(),
                words: Words::default(),
                organization: String::new(),
                numbers: Vec::new(),
            });
            let local = Local { reception, desk };
            for _ in 0..REQUESTS_MAX {
                local.desk.try_send((Request::Users, oneshot::channel().0)).unwrap();
            }
            let refused = asks(&local).await;
            let Reply::Refused { why } = refused else { panic!("{refused:?}") };
            assert!(why.contains("too much to do: try again"), "{why}");
            // With room again it is asked.
            assert_eq!(requests.try_iter().count(), REQUESTS_MAX);
            let replies = async {
                let (request, reply) = requests.recv().unwrap();
                assert_eq!(request, Request::Users);
                let users = Reply::Users { users: Vec::new() };
                reply.send((users, Vec::new())).unwrap();
            };
            let (reply, ()) = tokio::join!(asks(&local), replies);
            assert_eq!(reply, Reply::Users { users: Vec::new() });
            assert_eq!(engine.shutdown(Duration::from_secs(5)).await, Vec::<String>::new());
        });
    }
}
