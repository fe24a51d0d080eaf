//! The local door: a socket in the file system, to which telephones and command lines of the same machine connect.
//!
//! A connection that begins with `{` asks the desk, one line of JSON at a time. Any other is a telephone and speaks
//! [`wire`](super::wire). Whoever is sent away before they have said which they are hears [`ToPhone::Refused`], which command
//! lines understand as well.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::OwnedReadHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio_util::sync::CancellationToken;

use super::desk::{Desk, Reply, Request};
use super::line::{self, TOO_MANY};
use super::places::Places;
use super::reception::{Reception, Whence};
use super::wire::ToPhone;
use crate::domain::directory::Change;
use crate::domain::pin::PinHasher;
use crate::engine::Engine;
use crate::engine::clock::Clock;
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
pub type Asked = (Waiting, oneshot::Sender<Reply>);

/// A request that waits for the desk: until the desk begins with it, whoever asked may take it back.
#[derive(Clone, Debug)]
pub struct Waiting(Arc<Mutex<Option<Request>>>);

impl Waiting {
    fn new(request: Request) -> Self {
        Self(Arc::new(Mutex::new(Some(request))))
    }

    /// The request, if nobody has taken it yet.
    fn take(&self) -> Option<Request> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Requests that may wait for the desk.
const REQUESTS_MAX: usize = 64;

/// Starts the desk on a thread of its own, since it asks the store and computes digests. It lets the meetings that run know what
/// is different, also where nobody waits for the reply any more, and ends when nobody can ask it any more. Once the bridge
/// stops, what it has not begun is refused.
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
    let (bridge, stop) = (engine.clone(), engine.tasks().token());
    engine.tasks().thread("desk", move || {
        while let Ok((waiting, reply)) = requests.recv() {
            let Some(request) = waiting.take() else { continue };
            if stop.is_cancelled() {
                let _nobody_waits = reply.send(Reply::Refused { why: STOPS.to_owned() });
                continue;
            }
            let now = bridge.clock().utc();
            let mut desk = Desk { store: &*store, hasher: &*hasher, rng: &mut rng, now };
            let (what_came, changes) = desk.carry_out(request);
            tell_meetings(&bridge, &changes);
            let _nobody_waits = reply.send(what_came);
        }
    })?;
    Ok(desk)
}

/// What a command line hears whose request was not begun when the bridge stopped.
const STOPS: &str = "the bridge stops: nothing was done";

/// Whoever is in a meeting that is called off, or waits for it, hears so.
fn tell_meetings(engine: &Engine, changes: &[Change]) {
    for change in changes {
        if let Change::MeetingRemoved { meeting, .. } = change {
            engine.order(*meeting, Order::Cancel);
        }
    }
}

/// Time until the next try when nobody could be let in.
const A_MOMENT: Duration = Duration::from_millis(200);

/// Time for whoever connects to say the first word, and for a command line to come to the end of a request.
const WORDS_MAX: Duration = Duration::from_secs(10);

/// Time for the desk to reply, and for whoever asked to take the reply.
pub const REPLY_TAKES_MAX: Duration = Duration::from_secs(20);

/// The same once the bridge stops, and time for somebody who is sent away to take why.
const LAST_REPLY: Duration = Duration::from_millis(500);

/// Bytes of one request.
const REQUEST_MAX: u64 = 65_536;

/// Opens the socket, for this user alone, and serves whoever connects until the engine stops.
///
/// # Errors
/// The socket cannot be made.
pub fn open(local: Local, places: Places, path: &Path) -> io::Result<()> {
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let engine = local.reception.engine.clone();
    let door = Arc::new(Door::new(local, places));
    let tasks = engine.clone();
    tasks.tasks().spawn("local door", async move {
        loop {
            let accepted = tokio::select! {
                biased;
                () = door.stop.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => match door.place() {
                    Some(place) => {
                        let door = Arc::clone(&door);
                        engine.tasks().spawn("connection", async move {
                            if let Err(error) = door.serve(&place, stream).await {
                                tracing::debug!(%error, "a connection ended");
                            }
                        });
                    }
                    None => door.send_away(stream),
                },
                Err(error) => {
                    // No descriptor is left.
                    if door.is_news() {
                        tracing::error!(%error, "nobody can connect");
                    }
                    tokio::select! {
                        () = door.stop.cancelled() => return,
                        () = door.clock.until(door.clock.uptime() + A_MOMENT) => {}
                    }
                }
            }
        }
    });
    Ok(())
}

/// The door, and who is in.
struct Door {
    local: Local,
    clock: Clock,
    stop: CancellationToken,
    /// Places that anybody may take.
    phones: Arc<Semaphore>,
    /// Places for command lines alone, so that a crowd of telephones does not lock out whoever looks after the bridge.
    command_lines: Arc<Semaphore>,
    /// That nobody comes in is said once, and again only after somebody did.
    said: AtomicBool,
}

/// A place at the door, free again when it is dropped.
struct Place {
    of: Whose,
    _permit: OwnedSemaphorePermit,
}

/// Whose a place is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Anybody,
    CommandLine,
}

/// Whether a connection goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    GoOn,
    End,
}

/// What is read of a command line.
enum Heard {
    Request,
    /// It has gone, or says nothing more.
    Nothing,
    /// No request, and why.
    Wrong(String),
}

impl Door {
    fn new(local: Local, places: Places) -> Self {
        let engine = &local.reception.engine;
        Self {
            clock: engine.clock(),
            stop: engine.tasks().token(),
            phones: Arc::new(Semaphore::new(places.phones)),
            command_lines: Arc::new(Semaphore::new(places.command_lines)),
            said: AtomicBool::new(false),
            local,
        }
    }

    /// A place for one more, if there is any.
    fn place(&self) -> Option<Place> {
        let of = |whose, places: &Arc<Semaphore>| {
            let permit = Arc::clone(places).try_acquire_owned().ok()?;
            Some(Place { of: whose, _permit: permit })
        };
        if let Some(place) = of(Whose::Anybody, &self.phones) {
            self.said.store(false, Ordering::Relaxed);
            return Some(place);
        }
        of(Whose::CommandLine, &self.command_lines)
    }

    /// Whether that nobody comes in has to be said.
    fn is_news(&self) -> bool {
        !self.said.swap(true, Ordering::Relaxed)
    }

    /// Closes it at once with a word, so that descriptors are left for everything else.
    fn send_away(&self, stream: UnixStream) {
        if self.is_news() {
            tracing::warn!("all places are taken: one more is sent away");
        }
        let why = "too many are connected: try again in a while".to_owned();
        // There is room for it, as nothing has been said yet.
        let _gone = stream
            .into_std()
            .and_then(|mut stream| stream.write_all(&ToPhone::Refused(why).encode()));
    }

    /// Closes it with a word that telephones and command lines understand.
    async fn refuse(&self, mut stream: UnixStream, why: String) -> io::Result<()> {
        let bytes = ToPhone::Refused(why).encode();
        let taken = self.clock.within(self.clock.uptime() + LAST_REPLY, stream.write_all(&bytes));
        taken.await.unwrap_or(Err(io::ErrorKind::TimedOut.into()))
    }

    async fn serve(&self, place: &Place, mut stream: UnixStream) -> io::Result<()> {
        let mut first = [0; 1];
        let until = self.clock.uptime() + WORDS_MAX;
        let read = tokio::select! {
            biased;
            () = self.stop.cancelled() => {
                return self.refuse(stream, "the bridge stops".to_owned()).await;
            }
            read = self.clock.within(until, stream.read_exact(&mut first)) => read,
        };
        let Some(read) = read else {
            let why = format!("nothing was said for {} s", WORDS_MAX.as_secs());
            return self.refuse(stream, why).await;
        };
        read?;
        let is_phone = first != *b"{";
        if is_phone && place.of == Whose::CommandLine {
            if self.is_news() {
                tracing::warn!("as many telephones as may are connected: one more is sent away");
            }
            return self.refuse(stream, TOO_MANY.to_owned()).await;
        }
        match is_phone {
            true => {
                let (reception, said) = (&self.local.reception, first.to_vec());
                line::serve(reception, Whence::AsItSays, said, stream, &self.stop).await
            }
            false => self.serve_command_line(stream).await,
        }
    }

    /// Replies to a command line that has said a `{`, until it has gone or there is an end of it.
    async fn serve_command_line(&self, stream: UnixStream) -> io::Result<()> {
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader);
        let mut line = b"{".to_vec();
        loop {
            let (reply, then) = match self.next_request(&mut lines, &mut line).await? {
                Heard::Request => self.reply(&line, REPLY_TAKES_MAX).await,
                Heard::Nothing => return Ok(()),
                Heard::Wrong(why) => (Reply::Refused { why }, Then::End),
            };
            let mut text = serde_json::to_vec(&reply).map_err(io::Error::other)?;
            text.push(b'\n');
            let written = self.in_time(REPLY_TAKES_MAX, writer.write_all(&text)).await;
            written.ok_or(io::ErrorKind::TimedOut)??;
            if then == Then::End {
                return Ok(());
            }
            line.clear();
        }
    }

    /// Reads to the end of the line. Who has not begun one is closed without a word.
    async fn next_request(
        &self,
        lines: &mut BufReader<OwnedReadHalf>,
        line: &mut Vec<u8>,
    ) -> io::Result<Heard> {
        let until = self.clock.uptime() + WORDS_MAX;
        let mut limited = lines.take(REQUEST_MAX);
        let read = tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(STOPS.to_owned()),
            read = self.clock.within(until, limited.read_until(b'\n', line)) => match read {
                Some(read) => Ok(read?),
                None => Err(format!("no request came within {} s", WORDS_MAX.as_secs())),
            },
        };
        Ok(match read {
            _nothing_came if line.is_empty() => Heard::Nothing,
            Err(why) => Heard::Wrong(why),
            Ok(_) if !line.ends_with(b"\n") && line.len() as u64 >= REQUEST_MAX => {
                Heard::Wrong(format!("a request may not be longer than {REQUEST_MAX} bytes"))
            }
            Ok(_) => Heard::Request,
        })
    }

    /// What comes of a request; when nobody knows in time, what to do about it.
    async fn reply(&self, line: &[u8], takes_max: Duration) -> (Reply, Then) {
        let request: Request = match serde_json::from_slice(line) {
            Ok(request) => request,
            Err(error) => {
                let why =
                    format!("the request cannot be read: {error}. Is it from another version?");
                return (Reply::Refused { why }, Then::GoOn);
            }
        };
        let what_now = request.without_reply();
        let waiting = Waiting::new(request);
        if let Some(reply) = self.in_time(takes_max, ask(&self.local, waiting.clone())).await {
            return (reply, Then::GoOn);
        }
        let seconds = takes_max.as_secs();
        let why = match (self.stop.is_cancelled(), waiting.take().is_some()) {
            (true, true) => STOPS.to_owned(),
            (true, false) => format!("the bridge stops before the desk has replied: {what_now}"),
            (false, true) => {
                format!("the desk did not come to it within {seconds} s: nothing was done")
            }
            (false, false) => format!("the desk has not replied within {seconds} s: {what_now}"),
        };
        (Reply::Refused { why }, Then::End)
    }

    /// What comes of it, unless it takes too long, or the bridge stops and it takes even a moment.
    async fn in_time<T>(&self, takes_max: Duration, work: impl Future<Output = T>) -> Option<T> {
        let clock = self.clock;
        let too_late_at = clock.uptime() + takes_max;
        let too_late = async {
            tokio::select! {
                () = self.stop.cancelled() => clock.until(clock.uptime() + LAST_REPLY).await,
                () = clock.until(too_late_at) => {}
            }
        };
        tokio::select! {
            biased;
            done = work => Some(done),
            () = too_late => None,
        }
    }
}

/// Asks the desk.
async fn ask(local: &Local, waiting: Waiting) -> Reply {
    let (reply, done) = oneshot::channel();
    if local.desk.try_send((waiting, reply)).is_err() {
        let why = "the desk has too much to do: try again in a moment".to_owned();
        return Reply::Refused { why };
    }
    match done.await {
        Ok(reply) => reply,
        Err(_gone) => Reply::Refused { why: "the desk has failed: see the log".to_owned() },
    }
}

#[cfg(test)]
#[path = "local_tests.rs"]
mod tests;
