//! Tests of the lockout: stories by the minute, and random ones against a model that keeps every attempt.

use proptest::prelude::*;

use super::super::pin::PinLength;
use super::*;

fn minute(minutes: u64) -> UtcTime {
    UtcTime::from_micros(1_700_000_000_000_000) + Duration::from_secs(minutes * 60)
}

fn limits(settings: LockoutSettings, digits: u8) -> LockoutLimits {
    settings.limits(PinLength::new(digits).unwrap())
}

/// Makes that many wrong attempts in one minute and says how many of them were checked.
fn wrong(counters: &mut LockoutCounters, at: u64, times: u32, limits: &LockoutLimits) -> u32 {
    let gates = (0..times).map(|_| counters.count_before_check(minute(at), limits));
    gates.map(|gate| u32::from(gate == Gate::Open)).sum()
}

#[test]
fn a_preset_is_written_by_its_name_or_by_its_figures() {
    let read = serde_json::from_str::<LockoutSettings>;
    assert_eq!(read(r#""sfb""#).unwrap(), LockoutSettings::sfb());
    let figures = serde_json::to_string(&LockoutSettings::sfb()).unwrap();
    assert_eq!(read(&figures).unwrap(), LockoutSettings::sfb());
    assert_eq!(read("{}").unwrap(), LockoutSettings::nist());
    let wrong = |text| read(text).unwrap_err().to_string();
    assert!(wrong(r#""best""#).contains("expected `nist` or `sfb`"));
    assert!(wrong(r#"{"windo":1}"#).contains("expected one of `window`"));
}

#[test]
fn each_preset_locks_by_the_length_of_the_pin() {
    let rows = [
        (LockoutSettings::nist(), 4, 10, 100),
        (LockoutSettings::nist(), 12, 10, 100),
        (LockoutSettings::sfb(), 4, 10, 100),
        (LockoutSettings::sfb(), 5, 25, 1_000),
        (LockoutSettings::sfb(), 6, 25, 5_000),
        (LockoutSettings::sfb(), 12, 25, 5_000),
    ];
    for (settings, digits, in_window, total) in rows {
        let limits = limits(settings, digits);
        let mut counters = LockoutCounters::default();
        assert_eq!(wrong(&mut counters, 0, 50, &limits), in_window, "{digits} digits");
        let hours = 1 + total / in_window;
        let checked: u32 =
            (1..hours).map(|hour| wrong(&mut counters, 60 * u64::from(hour), 50, &limits)).sum();
        assert_eq!(in_window + checked, total, "{digits} digits");
        assert!(counters.needs_unlocking(&limits));
        assert!(counters.is_locked(minute(1_000_000), &limits));
        counters.unlock();
        assert_eq!(counters, LockoutCounters::default());
    }
}

#[test]
fn a_full_window_locks_for_an_hour_and_then_starts_from_nothing() {
    let limits = limits(LockoutSettings::nist(), 5);
    let mut counters = LockoutCounters::default();
    assert_eq!(wrong(&mut counters, 0, 9, &limits), 9);
    assert!(!counters.is_locked(minute(0), &limits));
    assert_eq!(wrong(&mut counters, 29, 1, &limits), 1);
    assert!(counters.is_locked(minute(88), &limits));
    assert!(!counters.is_locked(minute(89), &limits));
    assert_eq!(wrong(&mut counters, 89, 9, &limits), 9);
    assert!(!counters.is_locked(minute(89), &limits));
}

#[test]
fn a_window_that_is_over_counts_no_more() {
    let limits = limits(LockoutSettings::nist(), 5);
    let mut counters = LockoutCounters::default();
    wrong(&mut counters, 0, 9, &limits);
    assert_eq!(wrong(&mut counters, 30, 9, &limits), 9);
    assert!(!counters.is_locked(minute(30), &limits));
}

#[test]
fn hammering_at_a_locked_pin_makes_the_lock_no_longer() {
    let limits = limits(LockoutSettings::nist(), 5);
    let mut counters = LockoutCounters::default();
    for at in 0..60 {
        wrong(&mut counters, at, 1_000, &limits);
    }
    assert!(!counters.is_locked(minute(60), &limits));
    assert!(!counters.needs_unlocking(&limits));
}

#[test]
fn a_success_clears_what_its_preset_says() {
    for (settings, then_locked) in
        [(LockoutSettings::nist(), false), (LockoutSettings::sfb(), true)]
    {
        let limits = limits(settings, 4);
        let mut counters = LockoutCounters::default();
        for at in 0..100 {
            assert_eq!(wrong(&mut counters, at, 1, &limits), 1, "attempt {at}");
            if at < 99 {
                assert_eq!(counters.count_before_check(minute(at), &limits), Gate::Open);
                counters.succeeded(&limits);
            }
        }
        assert_eq!(counters.needs_unlocking(&limits), then_locked);
    }
}

#[test]
fn the_right_pin_at_the_last_attempt_opens_and_clears() {
    let limits = limits(LockoutSettings::nist(), 5);
    let mut counters = LockoutCounters::default();
    wrong(&mut counters, 0, 9, &limits);
    assert_eq!(counters.count_before_check(minute(1), &limits), Gate::Open);
    assert!(counters.is_locked(minute(1), &limits), "nobody else may try while it is checked");
    counters.succeeded(&limits);
    assert_eq!(counters, LockoutCounters::default());
}

#[test]
fn a_number_with_twenty_wrong_entries_is_busy_for_ten_minutes() {
    let settings = CallerLockoutSettings::default();
    let mut counters = CallerCounters::default();
    for entry in 0..19 {
        counters.count_wrong(minute(entry / 2), &settings);
    }
    assert!(!counters.is_busy(minute(9), &settings));
    counters.count_wrong(minute(9), &settings);
    assert!(counters.is_busy(minute(18), &settings));
    assert!(!counters.is_busy(minute(19), &settings));
    assert!(counters.is_idle(minute(19), &settings));
    counters.count_wrong(minute(19), &settings);
    assert!(!counters.is_idle(minute(28), &settings));
    assert!(counters.is_idle(minute(29), &settings));
}

/// The machine starts again with a clock that is a day behind: a locked PIN stays locked for its time and no longer, a busy
/// number is not kept out for a day.
#[test]
fn a_clock_that_is_put_back_neither_opens_a_lock_nor_keeps_it_for_ever() {
    let day = 24 * 60;
    let limits = limits(LockoutSettings::default(), 5);
    let mut counters = LockoutCounters::default();
    assert_eq!(wrong(&mut counters, day, 20, &limits), 10);
    for (minutes, open) in [(0, 0), (1, 0), (59, 0), (60, 10)] {
        assert_eq!(wrong(&mut counters, minutes, 20, &limits), open, "minute {minutes}");
    }
    let mut counters = LockoutCounters::default();
    assert_eq!(wrong(&mut counters, day, 9, &limits), 9);
    assert_eq!(wrong(&mut counters, 0, 20, &limits), 1, "the window goes on");

    let settings = CallerLockoutSettings::default();
    let mut counters = CallerCounters::default();
    (0..20).for_each(|_| counters.count_wrong(minute(day), &settings));
    let busy = |at| counters.is_busy(minute(at), &settings);
    assert_eq!([day, day - 9, day - 10, 0].map(busy), [true, true, false, false]);
}

#[test]
fn settings_and_counters_read_back() {
    let json = serde_json::to_string(&LockoutSettings::sfb()).unwrap();
    assert_eq!(serde_json::from_str::<LockoutSettings>(&json).unwrap(), LockoutSettings::sfb());
    let mut counters = LockoutCounters::default();
    wrong(&mut counters, 3, 12, &limits(LockoutSettings::nist(), 5));
    let json = serde_json::to_string(&counters).unwrap();
    assert_eq!(serde_json::from_str::<LockoutCounters>(&json).unwrap(), counters);
}

/// The rules told once more, the slow way: every attempt is kept, and all of them are told from the start to
/// know where things stand.
#[derive(Default)]
struct Model {
    attempts: Vec<(UtcTime, bool)>,
}

impl Model {
    fn is_locked(&self, now: UtcTime, limits: &LockoutLimits) -> bool {
        let mut in_window: Vec<UtcTime> = Vec::new();
        let mut total = 0;
        let mut locked_until = None;
        for &(at, right) in &self.attempts {
            if in_window.first().is_some_and(|&first| at >= first + limits.window) {
                in_window.clear();
            }
            if right {
                in_window.clear();
                if limits.success_clears == SuccessClears::WindowAndTotal {
                    total = 0;
                }
                continue;
            }
            in_window.push(at);
            total += 1;
            if in_window.len() == limits.in_window as usize {
                in_window.clear();
                locked_until = Some(at + limits.locked_for);
            }
        }
        total >= limits.total || locked_until.is_some_and(|until| now < until)
    }
}

proptest! {
    #[test]
    fn the_counters_agree_with_a_model_that_keeps_every_attempt(
        attempts in prop::collection::vec((0_u64..15, prop::bool::weighted(0.05)), 1..300),
        in_window in 1_u32..6,
        total in 1_u32..60,
        clears_both: bool,
    ) {
        let settings = LockoutSettings {
            in_window: AttemptsByLength::same(in_window),
            total: AttemptsByLength::same(total),
            success_clears: if clears_both {
                SuccessClears::WindowAndTotal
            } else {
                SuccessClears::Window
            },
            ..LockoutSettings::nist()
        };
        let limits = limits(settings, 5);
        let (mut counters, mut model, mut at) = (LockoutCounters::default(), Model::default(), 0);
        for (minutes, right) in attempts {
            at += minutes;
            let locked = model.is_locked(minute(at), &limits);
            prop_assert_eq!(counters.is_locked(minute(at), &limits), locked, "minute {}", at);
            let gate = counters.count_before_check(minute(at), &limits);
            prop_assert_eq!(gate == Gate::Locked, locked);
            if !locked {
                model.attempts.push((minute(at), right));
                if right {
                    counters.succeeded(&limits);
                }
            }
        }
    }

    #[test]
    fn attempts_made_at_once_never_exceed_the_limit(
        batches in prop::collection::vec((0_u64..90, 1_u32..50), 1..40),
    ) {
        let limits = limits(LockoutSettings::nist(), 5);
        let (mut counters, mut at) = (LockoutCounters::default(), 0);
        let mut checked = 0;
        for (minutes, attempts) in batches {
            at += minutes;
            let now = wrong(&mut counters, at, attempts, &limits);
            prop_assert!(now <= 10);
            checked += now;
        }
        prop_assert!(checked <= 100);
    }
}
