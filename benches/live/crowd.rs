//! Callers by the thousand on one trunk of a real engine: each keys what it has to and speaks or listens.
#![allow(dead_code, reason = "the benches and the churn test each use a part")]

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use holdline::domain::directory::{
    AccessNumber, Change, Directory, Organization, OrganizationSettings, PinOnFile, User,
};
use holdline::domain::pin::{Pin, PinHasher};
use holdline::domain::settings::{MeetingRules, OrganizerQuestion};
use holdline::domain::{
    CallSource, ConferenceId, Digit, Key, Language, Languages, LegId, MeetingId, PhoneNumber,
    PromptId, Spoken, Uptime, UserId,
};
use holdline::engine::{Batch, Engine, LineEvent, Trunk};
use holdline::exchange::HungUpBy;
use holdline::media::Frame;
use holdline::media::sounds::Sounds;

/// The organizers' PIN.
pub const PIN: &str = "48213";

/// What one caller does.
#[derive(Clone, Debug)]
pub struct Plan {
    pub dials_at: Uptime,
    /// Keyed as soon as the call is answered.
    pub keys: String,
    /// Speaks from so long after the answer on: not while it is being asked for numbers. Never, without.
    pub speaks_after: Option<Duration>,
    /// Hangs up so long after the answer; never, without.
    pub stays: Option<Duration>,
}

/// What became of all calls.
#[derive(Debug, Default)]
pub struct Tally {
    pub offered: AtomicU64,
    pub answered: AtomicU64,
    pub ended_by_caller: AtomicU64,
    pub ended_by_bridge: AtomicU64,
    pub frames_heard: AtomicU64,
    pub frames_said: AtomicU64,
}

impl Tally {
    pub fn of(&self, count: &AtomicU64) -> u64 {
        count.load(Ordering::Relaxed)
    }
}

struct Call {
    keys: String,
    speaks_after: Option<Duration>,
    stays: Option<Duration>,
    speaks_at: Uptime,
}

const NEVER: Uptime = Uptime::from_micros(u64::MAX);

/// The callers of one trunk.
pub struct Crowd {
    engine: Engine,
    trunk: Trunk,
    called: PhoneNumber,
    /// What those who speak say, one after the other from a place of their own.
    speech: Arc<[Frame]>,
    calls: HashMap<LegId, Call>,
    /// When who hangs up.
    leave: std::collections::BTreeSet<(Uptime, LegId)>,
    tally: Arc<Tally>,
    ticks: usize,
    speakers: usize,
}

impl Crowd {
    pub fn new(engine: &Engine, speech: Arc<[Frame]>, tally: Arc<Tally>) -> Self {
        let trunk = engine.trunk();
        Self {
            engine: engine.clone(),
            trunk,
            called: "+14255550100".parse().unwrap(),
            speech,
            calls: HashMap::new(),
            leave: std::collections::BTreeSet::new(),
            tally,
            ticks: 0,
            speakers: 0,
        }
    }

    /// Calls by plan until told to stop; `plans` come in the order in which they dial.
    pub async fn run(mut self, plans: impl IntoIterator<Item = Plan>) {
        let mut plans = plans.into_iter().peekable();
        let (clock, stop) = (self.engine.clock(), self.engine.tasks().token());
        loop {
            let now = clock.uptime();
            while let Some(plan) = plans.next_if(|plan| plan.dials_at <= now) {
                self.dial(plan);
            }
            while self.leave.first().is_some_and(|(at, _)| *at <= now) {
                let (_, leg) = self.leave.pop_first().unwrap();
                if let Some(call) = self.calls.remove(&leg) {
                    self.speakers -= usize::from(call.speaks_after.is_some());
                    self.engine.hung_up(leg, HungUpBy::Caller);
                    self.tally.ended_by_caller.fetch_add(1, Ordering::Relaxed);
                }
            }
            let dials = plans.peek().map(|plan| plan.dials_at);
            let next = dials.into_iter().chain(self.leave.first().map(|(at, _)| *at)).min();
            let next = next.unwrap_or(now + Duration::from_secs(1));
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some((leg, event)) = self.trunk.events.recv() => self.take(leg, &event),
                Some(batch) = self.trunk.sound.recv() => self.hear(&batch),
                () = clock.until(next) => {}
            }
        }
    }

    fn dial(&mut self, plan: Plan) {
        let leg = self.engine.new_leg();
        let offered = self.engine.offer_on(&self.trunk, leg, CallSource::UNKNOWN, self.called);
        if offered.is_ok() {
            self.tally.offered.fetch_add(1, Ordering::Relaxed);
            let Plan { keys, speaks_after, stays, .. } = plan;
            self.speakers += usize::from(speaks_after.is_some());
            self.calls.insert(leg, Call { keys, speaks_after, stays, speaks_at: NEVER });
        }
    }

    fn take(&mut self, leg: LegId, event: &LineEvent) {
        match event {
            LineEvent::Answer => {
                let Some(call) = self.calls.get_mut(&leg) else { return };
                let now = self.engine.clock().uptime();
                call.speaks_at = call.speaks_after.map_or(NEVER, |after| now + after);
                self.engine.answered(leg);
                for digit in call.keys.chars().filter_map(Digit::from_char) {
                    self.engine.key(leg, Key::Digit(digit));
                }
                if let Some(stays) = call.stays {
                    self.leave.insert((now + stays, leg));
                }
                self.tally.answered.fetch_add(1, Ordering::Relaxed);
            }
            LineEvent::HungUp(_) => {
                if let Some(call) = self.calls.remove(&leg) {
                    self.speakers -= usize::from(call.speaks_after.is_some());
                    self.tally.ended_by_bridge.fetch_add(1, Ordering::Relaxed);
                }
            }
            LineEvent::Frame(_)
            | LineEvent::Happened(_)
            | LineEvent::Room { .. }
            | LineEvent::Heard(_) => {}
        }
    }

    /// Who hears a frame and speaks says one in return.
    fn hear(&mut self, batch: &Batch) {
        self.ticks += 1;
        self.tally.frames_heard.fetch_add(batch.len() as u64, Ordering::Relaxed);
        let heard: i64 = batch.iter().map(|(_leg, frame)| i64::from(frame.0[0])).sum();
        std::hint::black_box(heard);
        if self.speakers == 0 {
            return;
        }
        let (mut said, now) = (batch.reply(), self.engine.clock().uptime());
        for (leg, _heard) in batch.iter() {
            if self.calls.get(&leg).is_some_and(|call| call.speaks_at <= now) {
                let place = leg.number() as usize * 37 + self.ticks / 2;
                let frame = said.add(&self.speech[place % self.speech.len()]);
                said.give(leg, frame);
            }
        }
        if !said.is_empty() {
            self.tally.frames_said.fetch_add(said.len() as u64, Ordering::Relaxed);
            self.engine.hear_all(said);
        }
    }
}

/// Lets callers call on a thread of their own.
pub fn let_call(
    engine: &Engine,
    sounds: &Sounds,
    tally: &Arc<Tally>,
    plans: impl Iterator<Item = Plan> + Send + 'static,
) {
    let crowd = Crowd::new(engine, speech(sounds), Arc::clone(tally));
    let call = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.unwrap().block_on(crowd.run(plans));
    };
    engine.tasks().thread("crowd", call).unwrap();
}

/// The conference ID of a meeting.
pub fn conference_id(meeting: u64) -> ConferenceId {
    ConferenceId::with_check_digit(&format!("{:08}", 10_000_000 + meeting)).unwrap()
}

/// An organization of that many users with a standing meeting each, all with the same PIN.
pub fn organization(users: u64, hasher: &dyn PinHasher) -> Directory {
    let pin = Pin::parse(PIN).unwrap();
    let pin = PinOnFile { digest: hasher.digest(&pin, [7; 16]).unwrap(), length: pin.length() };
    let meeting = MeetingRules {
        legs_max: 10_000,
        // Whoever comes again is asked again.
        organizer_question: OrganizerQuestion::AlsoAfterStart,
        ..MeetingRules::default()
    };
    let mut directory = Directory::new(Organization {
        access_numbers: vec![AccessNumber {
            number: "+14255550100".parse().unwrap(),
            place: None,
            languages: Languages::default(),
        }],
        settings: OrganizationSettings { meeting, ..OrganizationSettings::default() },
        ..Organization::default()
    });
    for number in 1..=users {
        let (user, meeting) = (UserId::new(number), MeetingId::new(number));
        let (conference_id, pin) = (conference_id(number), pin.clone());
        directory.apply(Change::UserAdded(User::new(user, format!("User {number}")))).unwrap();
        directory.apply(Change::ConferencingEnabled { user, meeting, conference_id, pin }).unwrap();
    }
    directory
}

/// The sounds of the house.
pub fn sounds() -> Arc<Sounds> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let read = |name: &str| std::fs::read(folder.join(name)).map_err(|error| error.to_string());
    Arc::new(Sounds::load(read, &[Language::EnUs]).unwrap())
}

/// Somebody who speaks without a pause: the prompts, one after the other, without their silences.
pub fn speech(sounds: &Sounds) -> Arc<[Frame]> {
    let language = Language::EnUs;
    let prompts = PromptId::ALL.iter().map(|&prompt| sounds.prompt(Spoken { language, prompt }));
    let frames = prompts.flat_map(|clip| clip.frames().iter().copied());
    let loud = |frame: &Frame| frame.0.iter().any(|sample| sample.unsigned_abs() > 500);
    frames.filter(loud).take(2_000).collect()
}
