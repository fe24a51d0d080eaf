//! One shard by itself: when it stops, and what it keeps where nobody files.

use std::time::Duration;

use super::*;
use crate::domain::CallSource;
use crate::engine::filing::tests::record;
use crate::exchange::{Recorded, Switch};

fn alone(counts: &Arc<EngineCounts>, seen: Option<mpsc::Sender<Seen>>) -> Surroundings {
    let inboxes = Inboxes::new(1);
    Surroundings {
        number: 0,
        clock: Clock::start(),
        clerk: Clerk::alone(inboxes.clone(), Arc::clone(counts)),
        inboxes,
        recorder: None,
        meetings: Arc::default(),
        moved: Arc::default(),
        legs_held: Arc::new(watch::channel(0).0),
        stop_at: Arc::default(),
        counts: Arc::clone(counts),
        seen,
        journal: None,
    }
}

/// One comes to it three seconds late, and one has done something that came later before it was told: that was before the stop.
#[test]
fn all_shards_stop_at_the_same_instant() {
    let at = Uptime::from_millis(5_000);
    let stops = |done: Uptime, comes: Uptime| {
        let (seen, mut shown) = mpsc::channel(16);
        let config = Config { journal: Switch::On, legs_max: 1, ..Config::default() };
        let around = alone(&Arc::default(), Some(seen));
        let stop_at = Arc::clone(&around.stop_at);
        let mut shard = Shard::new(config, Arc::new(Sounds::synthetic()), around);
        shard.do_what_is_due(done);
        let leg = LegId::new(1);
        let (from, called) = (CallSource::UNKNOWN, "+14255550100".parse().unwrap());
        shard.exchange.handle(done, Input::IncomingCall { leg, from, called });
        shard.deliver();
        stop_at.set(at).unwrap();
        shard.do_what_is_due(comes);
        shard.do_what_is_due(comes);
        let mut stops = Vec::new();
        while let Ok(seen) = shown.try_recv() {
            if let Seen::Journal(_, entry) = seen
                && entry.recorded == Recorded::Input(Input::Stop)
            {
                stops.push(entry.at);
            }
        }
        stops
    };
    let after = |millis| at + Duration::from_millis(millis);
    let before = at - Duration::from_millis(1);
    assert_eq!(stops(before, before), []);
    assert_eq!(stops(before, at), [at]);
    assert_eq!(stops(before, after(3_000)), [at]);
    assert_eq!(stops(after(1), after(2)), [after(1)]);
}

/// Nobody files: a shard keeps what it may keep, and the log has what is older.
#[test]
fn of_too_many_records_that_wait_the_oldest_are_in_the_log() {
    const TOO_MANY: u64 = 3;
    let counts = Arc::<EngineCounts>::default();
    let around = alone(&counts, None);
    let mut shard = Shard::new(Config::default(), Arc::new(Sounds::synthetic()), around);
    for leg in 0..RECORDS_WAITING_MAX as u64 + TOO_MANY {
        shard.carry_out(Output::FileRecord(Box::new(record(leg))));
    }
    assert_eq!(counts.records_lost.load(Ordering::Relaxed), TOO_MANY);
    assert_eq!(shard.unfiled.len(), RECORDS_WAITING_MAX);
    assert_eq!(**shard.unfiled.front().unwrap(), record(TOO_MANY));
}
