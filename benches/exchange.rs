//! What a leg costs. Prints each figure beside a stated baseline, measured in the same run, as medians.
//!
//! `cargo bench --no-default-features --bench exchange`
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench measures time and prints"
)]
#![allow(missing_docs)]

use std::alloc::System;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use holdline::domain::settings::MeetingRules;
use holdline::domain::{
    Answer, Digit, Key, LegId, MeetingCard, MeetingId, Question, Ticket, Uptime, UserId,
};
use holdline::exchange::{Config, Exchange, Happened, Input, Output, Reason, Switch};
use holdline::media::Frame;
use holdline::media::plane::Sound;
use holdline::media::sounds::Sounds;
use holdline::media::tone::Tone;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const CONFERENCE_ID: &str = "147852036";
const TICKS: u64 = 200;
const ROUNDS: usize = 9;

/// The least a driver needs: brings facts, answers questions at once, reads the sound and forgets it.
struct Bench {
    exchange: Exchange,
    now: Uptime,
    card: MeetingCard,
    legs: u64,
    frames_read: u64,
}

impl Bench {
    fn new(sounds: &Arc<Sounds>, legs_max: usize, trace: Switch) -> Self {
        let config = Config {
            legs_max,
            trace,
            journal: Switch::Off,
            watch: Switch::Off,
            ..Config::default()
        };
        let rules = MeetingRules { legs_max: u32::MAX, ..MeetingRules::default() };
        let card = MeetingCard {
            meeting: MeetingId::new(1),
            conference_id: CONFERENCE_ID.parse().unwrap(),
            organizer: UserId::new(1),
            rules,
        };
        let exchange = Exchange::new(config, Arc::clone(sounds));
        Self { exchange, now: Uptime::ZERO, card, legs: 0, frames_read: 0 }
    }

    fn bring(&mut self, input: Input) {
        self.exchange.handle(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        let mut replies: Vec<Input> = Vec::new();
        while let Some(output) = self.exchange.poll_output() {
            match output {
                Output::Answer { leg } => replies.push(Input::Answered { leg }),
                Output::Ask { ticket, question } => replies.push(self.reply(ticket, &question)),
                _ => {}
            }
        }
        while let Some((_leg, sound)) = self.exchange.poll_audio() {
            self.frames_read += 1;
            match sound {
                Sound::Shared(id) => {
                    black_box(id);
                }
                Sound::Own(frame) => {
                    black_box(frame);
                }
            }
        }
        for reply in replies {
            self.bring(reply);
        }
    }

    fn reply(&self, ticket: Ticket, question: &Question) -> Input {
        let answer = match question {
            Question::MayCall { .. } => Answer::MayCall,
            Question::FindMeeting { .. } => Answer::Meeting(Box::new(self.card.clone())),
            Question::VerifyPin { .. } => Answer::Organizer,
        };
        Input::Answer { ticket, answer }
    }

    fn run_until(&mut self, until: Uptime) {
        while let Some((at, _)) = self.exchange.next_deadline()
            && at <= until
        {
            self.now = at;
            self.exchange.advance(at);
            self.drain();
        }
        self.now = until;
    }

    fn keys(&mut self, leg: LegId, keys: &str) {
        for digit in keys.chars().filter_map(Digit::from_char) {
            self.bring(Input::Digit { leg, key: Key::Digit(digit) });
        }
    }

    /// A caller who waits, or is in when the meeting has started, some seconds later.
    fn call(&mut self, keys: &str) -> LegId {
        self.legs += 1;
        let leg = LegId::new(self.legs);
        let called = "+14255550100".parse().unwrap();
        self.bring(Input::IncomingCall {
            leg,
            from: holdline::domain::CallSource::UNKNOWN,
            called,
        });
        self.keys(leg, keys);
        leg
    }

    fn wait(&mut self, time: Duration) {
        self.run_until(self.now + time);
    }
}

fn sounds() -> Arc<Sounds> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let read = |name: &str| std::fs::read(folder.join(name)).map_err(|error| error.to_string());
    Arc::new(Sounds::load(read, &[holdline::domain::Language::EnUs]).unwrap())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Nanoseconds that `work` takes, divided by `units`: the median of some rounds, each beside one of `baseline`.
fn beside(units: f64, mut work: impl FnMut(), mut baseline: impl FnMut()) -> (f64, f64) {
    let (mut one, mut other) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        work();
        one.push(start.elapsed().as_nanos() as f64 / units);
        let start = Instant::now();
        baseline();
        other.push(start.elapsed().as_nanos() as f64 / units);
    }
    (median(one), median(other))
}

/// A meeting of that many legs, of which all or none send sound in every tick.
fn room(sounds: &Arc<Sounds>, members: u64, all_send: bool) -> (f64, f64) {
    let mut bench = Bench::new(sounds, members as usize, Switch::Off);
    bench.call(&format!("{CONFERENCE_ID}#*48213#"));
    bench.wait(Duration::from_secs(1));
    for _ in 1..members {
        bench.call(&format!("{CONFERENCE_ID}#"));
    }
    bench.wait(Duration::from_secs(10));
    let mut voices: Vec<Frame> = Vec::new();
    for place in 0..members {
        let mut frame = Frame::SILENCE;
        Tone::new(300.0 + 3.0 * place as f64, -16.0).fill(&mut frame);
        voices.push(frame);
    }
    let ticks = (20_000 / members).clamp(20, TICKS * 10);
    let sending = if all_send { members } else { members.min(3) };
    beside(
        (members * ticks) as f64,
        || {
            for _ in 0..ticks {
                for (leg, voice) in (1..=sending).zip(&voices) {
                    bench.exchange.hear(bench.now, LegId::new(leg), voice);
                }
                bench.wait(Duration::from_millis(20));
            }
        },
        || naive(&voices[..sending as usize], members, ticks),
    )
}

/// The baseline of mixing: for every listener, all other voices summed anew.
fn naive(voices: &[Frame], members: u64, ticks: u64) {
    for _ in 0..ticks {
        for listener in 0..members as usize {
            let mut sum = [0_i32; Frame::SAMPLES];
            for (speaker, voice) in voices.iter().enumerate() {
                if speaker != listener {
                    for (sum, &sample) in sum.iter_mut().zip(&voice.0) {
                        *sum += i32::from(sample);
                    }
                }
            }
            black_box(sum.map(|sum| sum.clamp(-32_768, 32_767) as i16));
        }
    }
}

fn waiting(sounds: &Arc<Sounds>, legs: u64) {
    // Two worlds of different size: what one more leg takes is what their difference takes.
    let bytes = |legs: u64| {
        let before = GLOBAL.stats();
        let mut bench = Bench::new(sounds, legs as usize, Switch::Off);
        for _ in 0..legs {
            bench.call(&format!("{CONFERENCE_ID}#"));
            bench.wait(Duration::from_millis(100));
        }
        bench.wait(Duration::from_secs(20));
        let after = GLOBAL.stats();
        // What grows or shrinks where it is, is in both already.
        let held = |stats: stats_alloc::Stats| {
            stats.bytes_allocated as f64 - stats.bytes_deallocated as f64
        };
        (bench, held(after) - held(before))
    };
    let (_small, less) = bytes(legs / 2);
    let (mut bench, more) = bytes(legs);
    let per_leg = (more - less) / (legs - legs / 2) as f64;
    println!("waiting leg, all it holds: {per_leg:.0} B (limit 256 B)");

    let music = *sounds.hold_music().looped(0);
    let mut copies = vec![Frame::SILENCE; legs as usize];
    let (ours, copying) = beside(
        (legs * TICKS) as f64,
        || bench.wait(Duration::from_millis(20 * TICKS)),
        || {
            for _ in 0..TICKS {
                for copy in &mut copies {
                    *copy = black_box(music);
                }
            }
            black_box(&copies);
        },
    );
    println!(
        "waiting leg, each tick: {ours:.1} ns (limit 50 ns); baseline, a frame copied to each: \
         {copying:.1} ns; ratio {:.2}",
        ours / copying
    );
}

/// From the verdict to the frame in which the last of those who wait hears the meeting.
fn admission(sounds: &Arc<Sounds>, legs: u64) {
    let mut bench = Bench::new(sounds, legs as usize + 1, Switch::On);
    for _ in 0..legs {
        bench.call(&format!("{CONFERENCE_ID}#"));
    }
    bench.wait(Duration::from_secs(20));
    bench.legs += 1;
    let leg = LegId::new(bench.legs);
    let called = "+14255550100".parse().unwrap();
    bench.bring(Input::IncomingCall { leg, from: holdline::domain::CallSource::UNKNOWN, called });
    for digit in format!("{CONFERENCE_ID}#*48213#").chars().filter_map(Digit::from_char) {
        bench.bring(Input::Digit { leg, key: Key::Digit(digit) });
    }
    // The key's latency passes; the deadline before it is a tick.
    let start = Instant::now();
    let mut admitted = 0_u64;
    let mut verdict_at = None;
    while admitted <= legs {
        let (at, _) = bench.exchange.next_deadline().unwrap();
        bench.now = at;
        bench.exchange.advance(at);
        let mut asked = Vec::new();
        while let Some(output) = bench.exchange.poll_output() {
            match output {
                Output::Ask { ticket, question } => asked.push(bench.reply(ticket, &question)),
                Output::Trace(event) => {
                    if let Happened::Admitted { .. } = event.happened {
                        admitted += 1;
                    }
                }
                _ => {}
            }
        }
        while bench.exchange.poll_audio().is_some() {}
        for answer in asked {
            if let Input::Answer { answer: Answer::Organizer, .. } = answer {
                verdict_at = Some(at);
            }
            bench.exchange.handle(at, answer);
            let mut again = Vec::new();
            while let Some(output) = bench.exchange.poll_output() {
                match output {
                    Output::Trace(event) if matches!(event.happened, Happened::Admitted { .. }) => {
                        admitted += 1;
                    }
                    Output::Ask { ticket, question } => again.push(bench.reply(ticket, &question)),
                    _ => {}
                }
            }
            for answer in again {
                verdict_at = Some(at);
                bench.exchange.handle(at, answer);
                while let Some(output) = bench.exchange.poll_output() {
                    if let Output::Trace(event) = output
                        && matches!(event.happened, Happened::Admitted { .. })
                    {
                        admitted += 1;
                    }
                }
            }
        }
    }
    let step = start.elapsed();
    let (mut ticks, mut on_bridge) = (0, 0_u64);
    let mut heard_at = bench.now;
    while on_bridge < legs {
        let (at, reason) = bench.exchange.next_deadline().unwrap();
        bench.exchange.advance(at);
        while bench.exchange.poll_output().is_some() {}
        on_bridge = 0;
        let music = *bench.exchange.frame(holdline::media::FrameId(1));
        let mut shared = Vec::new();
        while let Some((_leg, sound)) = bench.exchange.poll_audio() {
            if let Sound::Shared(id) = sound {
                shared.push(id);
            }
        }
        for id in shared {
            on_bridge += u64::from(*bench.exchange.frame(id) != music);
        }
        if reason == Reason::Tick {
            ticks += 1;
            heard_at = at;
        }
    }
    let verdict_at = verdict_at.unwrap();
    println!(
        "verdict to the last of {legs} who wait: {ticks} tick, {:.1} ms later; the step itself took \
         {:.2} ms; baseline, one tick of 20 ms; ratio {:.2}",
        heard_at.since(verdict_at).as_secs_f64() * 1e3,
        step.as_secs_f64() * 1e3,
        step.as_secs_f64() / 0.020
    );
}

fn main() {
    let sounds = sounds();
    println!(
        "medians of {ROUNDS} rounds; a leg that sends has its keys detected, a baseline only mixes\n"
    );
    for all_send in [true, false] {
        let who = if all_send { "all send" } else { "three send" };
        for members in [3, 10, 100, 1_000] {
            let (ours, naive) = room(&sounds, members, all_send);
            println!(
                "room of {members:>4}, {who:<10}: {ours:>8.0} ns a leg and tick; baseline, every sum \
                 anew: {naive:>8.0} ns; ratio {:.2}",
                ours / naive
            );
        }
    }
    waiting(&sounds, 10_000);
    admission(&sounds, 10_000);
    let (cpu_s, sound_s) = three_talk(&sounds);
    println!(
        "three who talk, with all their sound: {:.0} s a second of CPU; baseline, real time: 1; \
         ratio {:.0}",
        sound_s / cpu_s,
        sound_s / cpu_s
    );
}

/// Three in a meeting, all of them sending voice in every tick, for ten minutes of virtual time.
fn three_talk(sounds: &Arc<Sounds>) -> (f64, f64) {
    let seconds = 600.0;
    let mut bench = Bench::new(sounds, 3, Switch::On);
    bench.call(&format!("{CONFERENCE_ID}#*48213#"));
    bench.call(&format!("{CONFERENCE_ID}#"));
    bench.call(&format!("{CONFERENCE_ID}#"));
    bench.wait(Duration::from_secs(20));
    let mut tones = [500.0, 750.0, 1_050.0].map(|hz| Tone::new(hz, -16.0));
    let start = Instant::now();
    for _ in 0..(seconds * 50.0) as u64 {
        for (leg, tone) in (1..).zip(&mut tones) {
            let mut frame = Frame::SILENCE;
            tone.fill(&mut frame);
            bench.exchange.hear(bench.now, LegId::new(leg), &frame);
        }
        bench.wait(Duration::from_millis(20));
    }
    (start.elapsed().as_secs_f64(), seconds)
}
