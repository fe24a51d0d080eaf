//! Plays a scenario step by step: time passes only as far as each step needs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;

use super::organization::{Office, numbers};
use super::senses::{Sense, Senses};
use super::{Manners, Replayed, ReplayedCall, SoundWanted, Stage, failing};
use crate::caller::Voices;
use crate::domain::limits::SCENARIO_LASTS_MAX;
use crate::domain::{Uptime, UtcTime};
use crate::exchange::{Config, SoundMode};
use crate::scenario::{
    Failure, Fault, KeysAs, Scenario, Step, StepOutcome, StepVerdict, Verdict, What, Who,
};
use crate::sim::{Faults, Silence, World, WorldConfig};

/// A scenario while it is played.
pub(super) struct Player<'w, 's> {
    pub scenario: &'s Scenario,
    pub stage: &'s Stage,
    pub world: World<'w>,
    pub office: Office,
    /// How many alarms have been raised at wrong entries.
    pub alarms: Arc<AtomicUsize>,
    pub senses: Senses,
    pub calls: Vec<ReplayedCall>,
    /// By person: the place of their latest call.
    pub seats: BTreeMap<Who, usize>,
    /// How those send keys who have sent some otherwise than they did at first.
    pub sends_keys: BTreeMap<Who, KeysAs>,
    /// When the deeds began after which things are expected: what was before does not count.
    pub since: Uptime,
    /// When the last deed was done.
    pub done_at: Uptime,
    /// When what was last expected of somebody was so, since the last deed.
    pub came_true: BTreeMap<Who, Uptime>,
    /// Until when somebody was last watched: a time in a step counts from there.
    pub watched_until: BTreeMap<Who, Uptime>,
    /// Until when people were last let speak since the last deed.
    pub probed_until: Uptime,
    expected_last: bool,
    /// Events of the trace that the onlooker has seen.
    seen: usize,
}

/// Nobody can do or see anything any more.
const LAST: Uptime = Uptime::from_micros(SCENARIO_LASTS_MAX.as_micros() as u64);

/// When whoever wants to hear only the first hour has heard it.
const HOUR: Uptime = Uptime::from_micros(60 * 60 * 1_000_000);

/// What is left for last words and records when a scenario is over.
const AFTERWARDS: Duration = Duration::from_secs(1);

pub(super) fn play(scenario: &Scenario, stage: &Stage) -> Replayed {
    let seed = seed_of(stage.seed, scenario);
    let rng = ChaCha20Rng::seed_from_u64(seed);
    let (office, impossible) = match Office::found(scenario, Arc::clone(&stage.hasher), rng) {
        Ok(office) => (office, None),
        Err(why) => (Office::nobody(Arc::clone(&stage.hasher)), Some(why)),
    };
    let sound = match scenario.needs_sound || stage.sound != SoundWanted::WhereNeeded {
        true => SoundMode::Frames,
        false => SoundMode::Durations,
    };
    let mut outside = crate::sim::Office::new(office.store.clone(), Arc::clone(&stage.hasher));
    let alarms = outside.alarms();
    let exchange = configuration(scenario, &office, scenario.organization.epoch, sound);
    let (exchange, impossible) = match exchange.check(&stage.sounds) {
        Ok(()) => (exchange, impossible),
        // Nothing is played then, in whichever language there is.
        Err(error) => {
            let language = stage.sounds.languages().next().unwrap_or_default();
            let languages = BTreeMap::new();
            (Config { languages, language, ..exchange }, impossible.or(Some(error.to_string())))
        }
    };
    let number = numbers(scenario).first().map(|(number, _)| *number);
    let config = WorldConfig {
        seed,
        silence: Silence::Saved,
        ..WorldConfig::new(exchange, number.unwrap_or_else(no_number))
    };
    let voices = Voices::new((0..scenario.people.len()).map(super::probe::voice_hz));
    let (sounds, index) = (Arc::clone(&stage.sounds), Arc::clone(&stage.index));
    let world = World::empty(config, sounds, index, voices, &mut outside);
    let mut player = Player {
        scenario,
        stage,
        world,
        office,
        alarms,
        senses: Senses::new(sound),
        calls: Vec::new(),
        seats: BTreeMap::new(),
        sends_keys: BTreeMap::new(),
        since: Uptime::ZERO,
        done_at: Uptime::ZERO,
        came_true: BTreeMap::new(),
        watched_until: BTreeMap::new(),
        probed_until: Uptime::ZERO,
        expected_last: false,
        seen: 0,
    };
    let steps = player.steps(impossible);
    let verdict = Verdict {
        path: scenario.path.clone(),
        line: scenario.line,
        row: scenario.row,
        feature: scenario.feature.clone(),
        rule: scenario.rule.clone(),
        name: scenario.name.clone(),
        tags: scenario.tags.clone(),
        steps,
        lasted: player.world.now().since(Uptime::ZERO),
    };
    let (calls, report) = (std::mem::take(&mut player.calls), player.world.end());
    let mut replayed = Replayed { verdict, report, calls, with_sound: sound == SoundMode::Frames };
    check_ears(&mut replayed);
    replayed
}

/// What must be so of every call, and of what every ear has heard: where it is not, a scenario that has passed fails.
fn check_ears(replayed: &mut Replayed) {
    let failed = |step: &StepVerdict| matches!(step.outcome, StepOutcome::Failed(_));
    if replayed.verdict.steps.iter().any(failed) {
        return;
    }
    if let Some(amiss) = super::what_is_amiss(replayed)
        && let Some(last) = replayed.verdict.steps.last_mut()
    {
        let instead = format!("{amiss}: this is a fault of the bridge");
        let expected = OWN_RULES.to_owned();
        let failure = failing::failure(expected, instead, &replayed.report.trace, &replayed.calls);
        last.outcome = StepOutcome::Failed(failure);
    }
}

const OWN_RULES: &str = "the bridge's own rules hold";

fn no_number() -> crate::domain::PhoneNumber {
    "+1".parse().unwrap_or_else(|_| unreachable!("a number of one digit"))
}

/// With what the exchange runs, by the organization's settings as they are then.
fn configuration(scenario: &Scenario, office: &Office, epoch: UtcTime, sound: SoundMode) -> Config {
    Config {
        epoch,
        legs_max: scenario.people.len() + 16,
        sound,
        ..Config::of(&office.organization())
    }
}

/// A stream of its own for each scenario, so that one more in a file does not change the others.
fn seed_of(seed: u64, scenario: &Scenario) -> u64 {
    let mut hash = blake3::Hasher::new();
    hash.update(&seed.to_le_bytes());
    // Not where it lies: it is the same scenario wherever it is played from.
    let rule = scenario.rule.as_deref().unwrap_or_default();
    for part in [&scenario.feature, rule, &scenario.name] {
        hash.update(part.as_bytes());
        hash.update(&[0]);
    }
    let bytes = hash.finalize();
    bytes.as_bytes().first_chunk().map_or(seed, |first| u64::from_le_bytes(*first))
}

impl Player<'_, '_> {
    fn steps(&mut self, impossible: Option<String>) -> Vec<StepVerdict> {
        let mut verdicts: Vec<StepVerdict> = Vec::with_capacity(self.scenario.steps.len());
        let mut failed = false;
        let mut impossible = impossible;
        for step in &self.scenario.steps {
            let from = self.world.now();
            let outcome = if failed {
                StepOutcome::Skipped
            } else {
                let done = match impossible.take() {
                    Some(why) => Err(self.fails("the organization is as it is set", why)),
                    None => self.step(step).and_then(|()| self.check_invariants()),
                };
                let lenient = self.stage.manners == Manners::Lenient;
                match done {
                    Ok(()) => StepOutcome::Passed,
                    Err(_) if lenient && self.world.broken().is_empty() => StepOutcome::Skipped,
                    Err(failure) => {
                        failed = true;
                        StepOutcome::Failed(failure)
                    }
                }
            };
            verdicts.push(StepVerdict {
                keyword: step.keyword.to_owned(),
                text: step.text.clone(),
                table: step.table.clone(),
                line: step.at.line,
                column: step.at.column,
                outcome,
                from,
                until: self.world.now(),
            });
        }
        self.end_all_calls();
        if !failed
            && let Err(failure) = self.check_invariants()
            && let Some(last) = verdicts.last_mut()
        {
            last.outcome = StepOutcome::Failed(failure);
        }
        verdicts
    }

    fn step(&mut self, step: &Step) -> Result<(), Failure> {
        let expects = matches!(step.what, What::Expects(_));
        if !matches!(step.what, What::Set) {
            if !expects && self.expected_last {
                self.since = self.world.now();
                self.office.forget_letters();
            }
            self.expected_last = expects;
        }
        match &step.what {
            What::Set => return Ok(()),
            What::Expects(expectation) => return self.expect(expectation),
            What::Does(who, act) => {
                let deeds: Vec<_> = who.iter().map(|who| (*who, act)).collect();
                self.together(&deeds)?;
            }
            What::Together(deeds) => {
                let deeds: Vec<_> = deeds
                    .iter()
                    .flat_map(|(who, act)| who.iter().map(move |who| (*who, act)))
                    .collect();
                self.together(&deeds)?;
            }
            What::At(at, who, act) => {
                if self.world.now() > *at {
                    let now = self.world.now();
                    return Err(self.fails(
                        &format!("this is done at {at}"),
                        format!("it is {now} already: the steps before it took longer"),
                    ));
                }
                self.pass(*at)?;
                for who in who {
                    self.begin(*who, act)?;
                }
            }
            What::Guesses(who, guessing) => self.guess(*who, guessing)?,
            What::Passes(time) => self.pass(self.world.now() + *time)?,
            What::App(by, deed) => self.app(*by, deed)?,
            What::Administers(what) => self.administer(what)?,
            What::Fault(fault) => self.fault(fault),
        }
        self.done_at = self.world.now();
        self.came_true.clear();
        self.watched_until.clear();
        Ok(())
    }

    fn fault(&mut self, fault: &Fault) {
        let faults = self.world.faults_mut();
        match fault {
            Fault::StoreSlow(by) => {
                *faults = Faults { store_slow: 1_000, store_slow_by: *by, ..Faults::default() };
            }
            Fault::StoreGone => *faults = Faults { store_gone: 1_000, ..Faults::default() },
            Fault::StoreFails => *faults = Faults { store_unavailable: 1_000, ..Faults::default() },
            Fault::StoreBack => *faults = Faults::default(),
            Fault::Restart => {
                let epoch = self.scenario.organization.epoch;
                let sound = match self.senses.by_ear() {
                    true => SoundMode::Frames,
                    false => SoundMode::Durations,
                };
                let config = configuration(self.scenario, &self.office, epoch, sound);
                self.world.restart(config);
                self.senses.all_gone(self.world.now());
            }
        }
    }

    /// Lets time pass until then.
    pub(super) fn pass(&mut self, until: Uptime) -> Result<(), Failure> {
        self.wait_until(until, |_world, _senses| false).map(|_never_so| ())
    }

    /// Lets time pass until then, or until something is so; gives whether it was.
    pub(super) fn wait_until(
        &mut self,
        until: Uptime,
        mut is_so: impl FnMut(&World<'_>, &Senses) -> bool,
    ) -> Result<bool, Failure> {
        let last = match self.stage.sound {
            SoundWanted::FirstHour => HOUR,
            SoundWanted::WhereNeeded | SoundWanted::Always => LAST,
        };
        let (senses, stage) = (&mut self.senses, self.stage);
        let (calls, seen) = (&self.calls, &mut self.seen);
        let end = until.min(last);
        let mut came = false;
        loop {
            // Without sound nothing happens when a prompt is over, and yet something else is heard from then on.
            let to = senses.changes_at(self.world.now()).map_or(end, |at| at.min(end));
            self.world.pass(to, |world| {
                senses.listen(world, &stage.sounds);
                if let Some(onlooker) = &stage.onlooker {
                    let events = world.trace().get(*seen..).unwrap_or_default();
                    onlooker.passed(world.now(), events, calls);
                    *seen = world.trace().len();
                }
                came = is_so(world, senses);
                came || senses.changes_at(world.now()).is_some_and(|at| at < to)
            });
            if came || self.world.now() >= end {
                break;
            }
        }
        if !came && until > last {
            let days = SCENARIO_LASTS_MAX.as_secs() / 86_400;
            return Err(self.fails(
                &format!("a scenario lasts at most {days} days"),
                format!("this one would last until {until}"),
            ));
        }
        Ok(came)
    }

    /// What somebody has heard in their latest call.
    pub(super) fn heard(&self, who: Who) -> Vec<Sense> {
        let Some(&place) = self.seats.get(&who) else { return Vec::new() };
        self.senses.of(&self.world, place)
    }

    /// What somebody has heard since a time, in words.
    pub(super) fn heard_since(&self, who: Who, since: Uptime) -> String {
        failing::heard_since(self.scenario.name_of(who), &self.heard(who), since, &self.calls)
    }

    /// Why a step fails.
    pub(super) fn fails(&self, expected: &str, instead: String) -> Failure {
        let hide = |text: &str| self.scenario.secrets.hide(text);
        failing::failure(hide(expected), hide(&instead), self.world.trace(), &self.calls)
    }

    fn check_invariants(&self) -> Result<(), Failure> {
        match self.world.broken().first() {
            None => Ok(()),
            Some((at, violation)) => {
                let instead = format!("{violation}, at {at}: this is a fault of the bridge");
                Err(self.fails(OWN_RULES, instead))
            }
        }
    }

    /// Everybody who is left hangs up, and the last records are written.
    fn end_all_calls(&mut self) {
        let until = self.world.now() + AFTERWARDS;
        for place in 0..self.world.seats().len() {
            self.world.hang_up(place);
        }
        let _nothing_to_wait_for = self.world.pass(until, |_world| false);
    }
}
