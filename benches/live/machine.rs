//! What the machine does meanwhile: the CPU each thread takes, and how late a ticker is that does nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use holdline::engine::{Engine, Lateness};
use holdline::media::Frame;

pub use holdline::engine::Spread;

/// CPU time of all threads so far, by the names of the threads without their number.
pub fn cpu() -> BTreeMap<String, Duration> {
    let mut all = BTreeMap::new();
    for task in std::fs::read_dir("/proc/self/task").unwrap() {
        let folder = task.unwrap().path();
        let read = |name| std::fs::read_to_string(folder.join(name));
        let (Ok(name), Ok(stat)) = (read("comm"), read("schedstat")) else { continue };
        let name = name.trim().trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
        let nanos = stat.split_whitespace().next().unwrap().parse().unwrap();
        *all.entry(name.to_owned()).or_default() += Duration::from_nanos(nanos);
    }
    all
}

/// What part of one core each of them took since then.
pub fn load(before: &BTreeMap<String, Duration>, time: Duration) -> BTreeMap<String, f64> {
    let since = |(name, now): (String, Duration)| {
        let took = now - before.get(&name).copied().unwrap_or_default();
        (name, took.as_secs_f64() / time.as_secs_f64())
    };
    cpu().into_iter().map(since).filter(|(_, part)| *part >= 0.000_5).collect()
}

/// As `shard 81.2 %, crowd 40.0 %`, in percent of one core.
pub fn shown(load: &BTreeMap<String, f64>) -> String {
    let each = load.iter().map(|(name, part)| format!("{name} {:.1} %", 100.0 * part));
    each.collect::<Vec<_>>().join(", ")
}

/// Threads that wake every 20 ms and do nothing: how late they are, is the machine's doing. As many as there are shards.
pub struct BareTickers {
    lateness: Arc<Lateness>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl BareTickers {
    pub fn start() -> Self {
        let (lateness, stop) = (Arc::new(Lateness::default()), Arc::new(AtomicBool::new(false)));
        let thread = |_number| {
            let (count, end) = (Arc::clone(&lateness), Arc::clone(&stop));
            let ticks = move || {
                let mut at = Instant::now();
                while !end.load(Ordering::Relaxed) {
                    at += Duration::from_millis(20);
                    std::thread::sleep(at.saturating_duration_since(Instant::now()));
                    count.count(at.elapsed());
                }
            };
            std::thread::Builder::new().name("bare-ticker".into()).spawn(ticks).unwrap()
        };
        Self { threads: (0..2).map(thread).collect(), lateness, stop }
    }

    pub fn spread(&self) -> Spread {
        self.lateness.spread()
    }
}

impl Drop for BareTickers {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.threads.drain(..).for_each(|thread| thread.join().unwrap());
    }
}

/// What was measured over some time.
pub struct Measured {
    pub ticks: Spread,
    pub bare: Spread,
    pub load: BTreeMap<String, f64>,
    /// In what part of the time PIN checks waited for a thread.
    pub checks_waited: f64,
    /// Time that the machine's host took from it, and time the rest of the machine was busy with something else.
    stolen: Duration,
    elsewhere: Duration,
}

/// Time of all cores so far: stolen, and busy.
fn machine_time() -> (Duration, Duration) {
    let stat = std::fs::read_to_string("/proc/stat").unwrap();
    let ticks: Vec<u32> = stat
        .lines()
        .next()
        .unwrap()
        .split_whitespace()
        .skip(1)
        .map_while(|n| n.parse().ok())
        .collect();
    // user, nice, system, idle, iowait, irq, softirq, steal; in hundredths of a second.
    let time = |ticks: u32| Duration::from_millis(10) * ticks;
    (time(ticks[7]), time(ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]))
}

impl Measured {
    pub fn print(&self) {
        println!("  shards       {}", lateness(&self.ticks));
        println!("  bare tickers {}", lateness(&self.bare));
        println!("  CPU          {}", shown(&self.load));
        println!(
            "  meanwhile    {:.2} s of CPU went to other programs, {:.2} s the host took",
            self.elsewhere.as_secs_f64(),
            self.stolen.as_secs_f64(),
        );
    }
}

/// Watches an engine, and bare tickers, for so long.
pub fn measure(engine: &Engine, time: Duration) -> Measured {
    let bare = BareTickers::start();
    let (ticks, cpu_before, bare_before) =
        (engine.counts().lateness.spread(), cpu(), bare.spread());
    let before = machine_time();
    let checks_waited = watch(engine, time);
    let (load, after) = (load(&cpu_before, time), machine_time());
    let ours: f64 = load.values().sum();
    Measured {
        stolen: after.0 - before.0,
        elsewhere: (after.1 - before.1).saturating_sub(time.mul_f64(ours)),
        load,
        checks_waited,
        ticks: engine.counts().lateness.spread().since(&ticks),
        bare: bare.spread().since(&bare_before),
    }
}

/// Time between two looks.
const LOOKS_EVERY: Duration = Duration::from_millis(20);

/// Lets that time pass; in what part of the looks PIN checks waited.
fn watch(engine: &Engine, time: Duration) -> f64 {
    let (began, mut looks, mut waited) = (Instant::now(), 0_u32, 0_u32);
    while let Some(left) = time.checked_sub(began.elapsed()).filter(|left| !left.is_zero()) {
        std::thread::sleep(left.min(LOOKS_EVERY));
        looks += 1;
        waited += u32::from(engine.counts().checks_waiting.load(Ordering::Relaxed) > 0);
    }
    f64::from(waited) / f64::from(looks.max(1))
}

/// What part of a core it takes to copy a frame to each of so many, fifty times a second.
pub fn copying(legs: usize) -> f64 {
    const TICKS: u32 = 100;
    let music = std::hint::black_box(Frame([123; Frame::SAMPLES]));
    let mut copies = vec![Frame::SILENCE; legs];
    let began = Instant::now();
    for _ in 0..TICKS {
        for copy in &mut copies {
            *copy = std::hint::black_box(music);
        }
        std::hint::black_box(&copies);
    }
    began.elapsed().as_secs_f64() / f64::from(TICKS) / 0.02
}

fn ms(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1e3)
}

/// How late they were, in milliseconds.
fn lateness(spread: &Spread) -> String {
    let [half, most, nearly_all] = [0.5, 0.01, 0.001].map(|part| ms(spread.all_but(part)));
    let (ticks, all) = (spread.ticks(), ms(spread.most()));
    format!("{ticks} ticks; late p50 {half}, p99 {most}, p99.9 {nearly_all}, most {all} ms")
}
