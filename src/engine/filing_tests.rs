//! Tests of filing: a store that fails for a while, for good, and at one record.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::sync_channel;

use super::*;
use crate::domain::audit::{AuditEntry, Signed};
use crate::domain::call_record::CallRecord;
use crate::domain::directory::{Change, Directory, DirectoryError};
use crate::domain::letter::Letter;
use crate::domain::{
    CallSource, Entry, HangupCause, LegId, MeetingCard, MeetingId, UserId, UtcTime,
};
use crate::engine::tasks::Tasks;
use crate::store::{Attempt, PinVerdict};

/// Takes records as it is told, and then all. Whoever calls may, and there is no meeting; what is keyed wrong it counts while
/// its disk answers.
#[derive(Default)]
pub(in crate::engine) struct Told {
    results: Mutex<VecDeque<Result<(), StoreError>>>,
    /// What is told when there are no more results.
    pub fails_for_good: AtomicBool,
    /// What is stopped while it is asked to take some.
    stops: CancellationToken,
    /// What it has taken; it takes nothing as long as somebody has it.
    pub filed: Mutex<Vec<u64>>,
    /// Nobody is told who may call as long as somebody has it.
    pub asked: Mutex<()>,
    /// How many wrong entries are counted; nobody counts as long as somebody has it.
    pub counted: Mutex<usize>,
    /// How often it was asked to count some.
    pub commits: Mutex<u32>,
    /// Whose counters cannot be read, nor what comes with them be counted.
    pub broken: Mutex<Option<CallSource>>,
}

fn down<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable("the disk is full".into()))
}

impl Store for Told {
    fn find_meeting(&self, _: &Entry, _: UtcTime) -> Result<Option<MeetingCard>, StoreError> {
        Ok(None)
    }

    fn may_call(&self, _: CallSource, _: UtcTime) -> Result<bool, StoreError> {
        drop(self.asked.lock().unwrap());
        Ok(true)
    }

    fn count_wrong_entries(&self, entries: &[(CallSource, UtcTime)]) -> Result<(), StoreError> {
        *self.commits.lock().unwrap() += 1;
        let broken = *self.broken.lock().unwrap();
        if entries.iter().any(|(from, _)| Some(*from) == broken) {
            return down();
        }
        *self.counted.lock().unwrap() += entries.len();
        Ok(())
    }

    fn open_attempt(&self, _: MeetingId, _: UtcTime) -> Result<Attempt, StoreError> {
        down()
    }

    fn close_attempt(
        &self,
        _: Attempt,
        _: PinVerdict,
        _: UtcTime,
    ) -> Result<PinVerdict, StoreError> {
        down()
    }

    fn commit(&self, _: Signed, _: Vec<Change>, _: Vec<Letter>) -> Result<(), StoreError> {
        down()
    }

    fn file_records(&self, records: &[Record]) -> Result<(), StoreError> {
        self.stops.cancel();
        let told = self.results.lock().unwrap().pop_front();
        told.unwrap_or_else(|| {
            if self.fails_for_good.load(Ordering::Relaxed) { down() } else { Ok(()) }
        })?;
        let legs = records.iter().filter_map(|record| match record {
            Record::Call(record) => Some(record.leg.number()),
            Record::Meeting(_) => None,
        });
        self.filed.lock().unwrap().extend(legs);
        Ok(())
    }

    fn latest_calls(&self, _: usize) -> Result<Vec<CallRecord>, StoreError> {
        down()
    }

    fn audit(&self, _: usize) -> Result<Vec<AuditEntry>, StoreError> {
        down()
    }

    fn directory(&self) -> Result<Arc<Directory>, StoreError> {
        down()
    }
}

pub(in crate::engine) fn record(leg: u64) -> Record {
    Record::Call(CallRecord {
        leg: LegId::new(leg),
        user: None,
        caller: None,
        called: None,
        meeting: None,
        role: None,
        pin_used: false,
        admitted_by: None,
        commands: Vec::new(),
        answered_at: UtcTime::from_micros(0),
        duration: Duration::ZERO,
        waited: Duration::ZERO,
        in_meeting: Duration::ZERO,
        cause: HangupCause::CallerHungUp,
    })
}

fn filing(store: &Arc<Told>, stop: CancellationToken) -> Filing {
    Filing {
        store: Arc::clone(store) as Arc<dyn Store>,
        counts: Arc::default(),
        clock: Clock::start(),
        tray: Vec::new(),
        stop,
        gave_up: false,
    }
}

/// More records wait than there is room for, the store fails for good, and the bridge stops: none waits for a store that may
/// come back, and the log has them all.
#[test]
fn records_that_nobody_takes_are_all_in_the_log_when_the_bridge_stops() {
    const RECORDS: u64 = 5_000;
    let store = Arc::new(Told { fails_for_good: true.into(), ..Told::default() });
    let (tasks, end) = (Tasks::new(), CancellationToken::new());
    tasks.token().cancel();
    let filing = filing(&store, tasks.token());
    let counts = Arc::clone(&filing.counts);
    let (records, waiting) = sync_channel(64);
    let ended = end.clone();
    let _ended = tasks.thread("filing", move || filing.work(&waiting, &ended)).unwrap();
    // The shards hand their last records over, waiting for room, before anybody tells filing to end.
    (0..RECORDS).for_each(|leg| records.send(Box::new(record(leg))).unwrap());
    end.cancel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let clock = Clock::start();
    let late = runtime.block_on(tasks.finish(clock, clock.uptime() + Duration::from_secs(60)));
    assert_eq!((late, counts.records_lost.load(Ordering::Relaxed)), (Vec::new(), RECORDS));
}

/// One record does not fit, and while the others are filed by themselves the store fails for a moment.
#[test]
fn a_moment_without_a_store_loses_only_the_record_that_does_not_fit() {
    let refused = || Err(StoreError::Refused(DirectoryError::NoSuchUser(UserId::new(9))));
    let results = [refused(), Ok(()), refused(), down(), down(), Ok(())];
    let store = Arc::new(Told { results: Mutex::new(results.into()), ..Told::default() });
    let mut filing = filing(&store, CancellationToken::new());
    filing.tray = (0..5).map(record).collect();
    while !filing.tray.is_empty() {
        filing.file();
    }
    assert_eq!(*store.filed.lock().unwrap(), [0, 2, 3, 4]);
    assert_eq!(filing.counts.records_lost.load(Ordering::Relaxed), 1);
    assert!(!filing.counts.filing_fails.load(Ordering::Relaxed));
}

/// The bridge stops while the store is being tried: that try says nothing of a store asked afterwards.
#[test]
fn a_store_that_failed_before_the_stop_is_tried_once_more() {
    let store = Arc::new(Told { results: Mutex::new([down()].into()), ..Told::default() });
    let mut filing = filing(&store, store.stops.clone());
    filing.tray = vec![record(7)];
    while !filing.tray.is_empty() {
        filing.file();
    }
    assert_eq!(*store.filed.lock().unwrap(), [7]);
    assert_eq!(filing.counts.records_lost.load(Ordering::Relaxed), 0);
}
