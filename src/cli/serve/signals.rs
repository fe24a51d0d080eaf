//! The signals that tell a bridge to stop: SIGINT, SIGTERM, and SIGHUP, as when its terminal is closed.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Hears them from when it is made.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// `None` where whoever started the process wants it to mean nothing, as with `nohup`, or where the system does not say
    /// whether they do: there it is left as it is.
    hangup: Option<Signal>,
}

impl Signals {
    /// Listens, on the runtime in whose context this is called.
    ///
    /// # Errors
    /// The system does not let it.
    pub(super) fn listen() -> io::Result<Self> {
        let means_nothing = std::fs::read_to_string("/proc/self/status")
            .ok()
            .and_then(|status| is_ignored(&status, SignalKind::hangup()))
            .unwrap_or(true);
        let hangup = match means_nothing {
            true => None,
            false => Some(signal(SignalKind::hangup())?),
        };
        let (interrupt, terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(Self { interrupt, terminate, hangup })
    }

    /// Waits until it is told to stop.
    pub(super) async fn told_to_stop(&mut self) {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = hangup => {}
        }
    }
}

/// Whether whoever started the process wants a signal to do nothing, by what Linux says of it; `None` where that is not said.
fn is_ignored(status: &str, kind: SignalKind) -> Option<bool> {
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    let ignored = u64::from_str_radix(ignored.trim(), 16).ok()?;
    Some(ignored >> (kind.as_raw_value() - 1) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ignored_is_read_as_linux_writes_it() {
        let is = |mask: &str| {
            let status = format!(
                "Name:\tholdline\nSigBlk:\t0000000000000001\nSigIgn:\t{mask}\nThreads:\t1\n"
            );
            is_ignored(&status, SignalKind::hangup())
        };
        assert_eq!(is("0000000000000001"), Some(true));
        assert_eq!(is("0000000000001001"), Some(true));
        assert_eq!(is("0000000000001000"), Some(false));
        assert_eq!(is("?"), None);
        assert_eq!(is_ignored("Name:\tholdline\n", SignalKind::hangup()), None);
    }
}
