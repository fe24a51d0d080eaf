//! One run: every scenario played, its files written, a line for each, the reports.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;

use super::watching::OnTheWall;
use super::work::Pace;
use super::written::{Reports, ScenarioFiles};
use super::{Arguments, Came, Sources, golden, stale, work};
use crate::cli::said::say;
use crate::cli::screen;
use crate::domain::Uptime;
use crate::domain::limits::SCENARIO_SOUND_FRAMES_MAX;
use crate::engine::clock::Clock;
use crate::report::one_line;
use crate::report::suite::{self, Paint, Totals};
use crate::scenario::{
    Diagnostic, Failure, Outcome, Scenario, StepOutcome, StepVerdict, TagExpression, Verdict,
};
use crate::sim::caught;
use crate::sim::replay::{Onlooker, Replayed, SoundWanted, Stage, replay};

/// Where what failed is kept if nothing is said.
const FAILURES: &str = "replay-failures";

/// A scenario that was played.
struct Played {
    scenario: Box<Scenario>,
    /// `None` when the program failed.
    replayed: Option<Replayed>,
    /// What there is to know of its sound.
    note: Option<String>,
}

/// What came of one scenario, its files written.
struct Finished {
    verdict: Verdict,
    written: Option<ScenarioFiles>,
    note: Option<String>,
    /// What could not be written.
    trouble: Option<String>,
}

/// What a thread has done with one of the scenarios.
enum Done {
    Finished(Box<Finished>),
    /// To be finished when it is known that the run comes to it.
    Played(Box<Played>),
    Unreadable(Diagnostic),
}

pub(super) fn run(
    arguments: &Arguments,
    sources: &Sources,
    tags: Option<&TagExpression>,
    stage: &Stage,
) -> anyhow::Result<Came> {
    let folder = arguments.out.clone().unwrap_or_else(|| PathBuf::from(FAILURES));
    let keep_all = arguments.out.is_some();
    if sources.scenarios > 0 {
        stale::clear(&folder)?;
    }
    let on_the_wall = arguments.realtime.then(|| Arc::new(OnTheWall::new()));
    let stage = Stage {
        onlooker: on_the_wall.clone().map(|onlooker| onlooker as Arc<dyn Onlooker>),
        ..stage.clone()
    };
    let player = Player { arguments, stage: &stage, folder: &folder, keep_all };
    let mut run = Run {
        player: &player,
        paint: paint(),
        reports: Reports::open(
            keep_all.then_some(&*folder),
            arguments.junit.as_deref(),
            arguments.json.as_deref(),
            arguments.seed,
        )?,
        totals: Totals::default(),
        progress: Progress::new(sources.scenarios, arguments.realtime),
        trouble: None,
        stopped: false,
    };
    for fault in &sources.faults {
        run.unreadable(fault)?;
    }
    let work = |place: usize, scenario: Result<Box<Scenario>, Diagnostic>| {
        let scenario = match scenario {
            Ok(scenario) => scenario,
            Err(fault) => return Done::Unreadable(fault),
        };
        if let Some(wall) = &on_the_wall {
            let (path, name) = (one_line(&scenario.path), one_line(&scenario.name));
            say(format_args!("{path}:{}  {name}", scenario.line));
            wall.begin();
        }
        let played = player.play(scenario);
        match arguments.fail_fast {
            // Nothing is left of what comes after the first that fails, however many play at the same time.
            true => Done::Played(Box::new(played)),
            false => Done::Finished(Box::new(player.finish(place, played))),
        }
    };
    work::in_order(sources.scenarios(tags), pace(arguments), work, |place, done| {
        run.take(place, done)
    });
    if arguments.update && !run.stopped {
        sources.forget_golden()?;
    }
    run.end()
}

/// A run, as far as it has come.
struct Run<'a> {
    player: &'a Player<'a>,
    paint: Paint,
    reports: Reports,
    totals: Totals,
    progress: Progress,
    trouble: Option<anyhow::Error>,
    /// Whether it ended before all was played.
    stopped: bool,
}

impl Run<'_> {
    /// Tells of something that cannot be read.
    fn unreadable(&mut self, fault: &Diagnostic) -> anyhow::Result<()> {
        say(fault);
        self.totals.broken += 1;
        self.reports.broken(fault)
    }

    /// What came of the next scenario; gives whether to go on.
    fn take(&mut self, place: usize, done: Done) -> bool {
        self.progress.clear();
        let told = match done {
            Done::Unreadable(fault) => self.unreadable(&fault).map(|()| true),
            Done::Finished(finished) => self.tell(*finished),
            Done::Played(played) => self.tell(self.player.finish(place, *played)),
        };
        let goes_on = told.unwrap_or_else(|error| {
            self.trouble = Some(error);
            false
        });
        self.progress.show(place + 1);
        self.stopped |= !goes_on;
        goes_on
    }

    fn tell(&mut self, finished: Finished) -> anyhow::Result<bool> {
        let Player { arguments, folder, keep_all, .. } = *self.player;
        let Finished { verdict, written, note, trouble } = finished;
        let failed = verdict.outcome() == Outcome::Failed;
        self.totals.count(&verdict);
        say(suite::line(&verdict, self.paint));
        let files = written.as_ref().map(|written| written.files.clone()).unwrap_or_default();
        let out = folder.display().to_string();
        if let Some(why) = suite::failure(&verdict, &files, arguments.seed, &out, self.paint) {
            let note = note.map_or(String::new(), |note| format!("  sound      {note}\n"));
            say(why + &note);
        }
        if let Some(why) = trouble {
            anyhow::bail!(why);
        }
        if failed && !keep_all {
            self.reports.open_page(folder, arguments.seed)?;
        }
        self.reports.scenario(&verdict, written)?;
        Ok(!(failed && arguments.fail_fast))
    }

    fn end(self) -> anyhow::Result<Came> {
        self.progress.clear();
        if let Some(error) = self.trouble {
            return Err(error);
        }
        if let Some(page) = self.reports.close()? {
            say(format_args!("report  {}", page.display()));
        }
        say(suite::closing(&self.totals, self.player.arguments.seed, self.paint));
        self.progress.tell_speed(self.totals.lasted);
        Ok(came(&self.totals))
    }
}

/// How many scenarios are played at the same time.
fn pace(arguments: &Arguments) -> Pace {
    match (arguments.realtime, arguments.jobs) {
        (true, _) => Pace::ONE_BY_ONE,
        (false, Some(jobs)) => Pace::of(usize::from(jobs)),
        (false, None) => {
            Pace::of(std::thread::available_parallelism().map_or(1, std::num::NonZero::get))
        }
    }
}

fn came(totals: &Totals) -> Came {
    match (totals.broken, totals.failed, totals.ran()) {
        (0, 0, 1..) => Came::Passed,
        (0, 0, 0) => {
            eprintln!("holdline: no scenario has those tags");
            Came::Unreadable
        }
        (0, _, _) => Came::Failed,
        (_, _, _) => Came::Unreadable,
    }
}

/// Colours only where a person looks on who wants them.
fn paint() -> Paint {
    match screen::wants_colours() && std::io::stdout().is_terminal() {
        true => Paint::Colours,
        false => Paint::Plain,
    }
}

/// What a thread needs to play a scenario.
struct Player<'a> {
    arguments: &'a Arguments,
    stage: &'a Stage,
    folder: &'a Path,
    keep_all: bool,
}

/// Of a longer scenario that failed nobody hears more.
const HEARD_AGAIN: Duration = Duration::from_millis(20 * SCENARIO_SOUND_FRAMES_MAX as u64);

impl Player<'_> {
    fn play(&self, scenario: Box<Scenario>) -> Played {
        // A fault of ours in one scenario leaves the others alone.
        let Ok(replayed) = caught(|| replay(&scenario, self.stage)) else {
            return Played { scenario, replayed: None, note: None };
        };
        let (replayed, note) = match is_failed(&replayed) && !replayed.with_sound {
            true => self.play_aloud(&scenario, replayed),
            false => (replayed, None),
        };
        Played { scenario, replayed: Some(replayed), note }
    }

    /// Plays what failed once more: whoever looks for the reason wants to hear it.
    fn play_aloud(&self, scenario: &Scenario, replayed: Replayed) -> (Replayed, Option<String>) {
        let is_long = replayed.verdict.lasted > HEARD_AGAIN;
        let sound = if is_long { SoundWanted::FirstHour } else { SoundWanted::Always };
        let stage = Stage { sound, ..self.stage.clone() };
        match caught(|| replay(scenario, &stage)) {
            Ok(aloud) if is_long => {
                let mut replayed = replayed;
                for (seat, aloud) in replayed.report.seats.iter_mut().zip(aloud.report.seats) {
                    seat.heard = aloud.heard;
                }
                let note =
                    "of the first hour only: a longer scenario is not played through once more"
                        .to_owned();
                (replayed, Some(note))
            }
            Ok(aloud) if is_failed(&aloud) => (aloud, None),
            Ok(_) | Err(_) => (replayed, None),
        }
    }

    /// Compares it with what is kept of it, and writes its files.
    fn finish(&self, place: usize, played: Played) -> Finished {
        let Played { scenario, replayed, note } = played;
        let Some(mut replayed) = replayed else {
            let verdict = panicked(&scenario);
            return Finished { verdict, written: None, note: None, trouble: None };
        };
        if golden::is_golden(&scenario)
            && !is_failed(&replayed)
            && let Err(wrong) = golden::check(&scenario, &replayed, self.arguments.update)
        {
            wrong.mark(&mut replayed.verdict);
        }
        let keeps = self.keep_all || is_failed(&replayed);
        let (seed, embeds) = (self.arguments.seed, self.arguments.embed_sound);
        let write = || ScenarioFiles::write(self.folder, place + 1, seed, embeds, &replayed);
        let (written, trouble) = match keeps.then(write).transpose() {
            Ok(written) => (written, None),
            Err(error) => (None, Some(format!("{error:#}"))),
        };
        Finished { verdict: replayed.verdict, written, note, trouble }
    }
}

fn is_failed(replayed: &Replayed) -> bool {
    replayed.verdict.outcome() == Outcome::Failed
}

fn fail_last(verdict: &mut Verdict, failure: Failure) {
    if let Some(last) = verdict.steps.last_mut() {
        last.outcome = StepOutcome::Failed(failure);
    }
}

/// The verdict on a scenario in which the program failed.
fn panicked(scenario: &Scenario) -> Verdict {
    let mut verdict = Verdict {
        path: scenario.path.clone(),
        line: scenario.line,
        row: scenario.row,
        feature: scenario.feature.clone(),
        rule: scenario.rule.clone(),
        name: scenario.name.clone(),
        tags: scenario.tags.clone(),
        steps: scenario
            .steps
            .iter()
            .map(|step| StepVerdict {
                keyword: step.keyword.to_owned(),
                text: step.text.clone(),
                table: step.table.clone(),
                line: step.at.line,
                column: step.at.column,
                outcome: StepOutcome::Skipped,
                from: Uptime::ZERO,
                until: Uptime::ZERO,
            })
            .collect(),
        lasted: Duration::ZERO,
    };
    let failure = Failure {
        expected: "the scenario is played to its end".to_owned(),
        instead: "the program failed (standard error says where): this is a fault of ours"
            .to_owned(),
        ..Failure::default()
    };
    fail_last(&mut verdict, failure);
    verdict
}

/// How far the run is, on a terminal.
struct Progress {
    all: usize,
    shown: bool,
    clock: Clock,
}

impl Progress {
    fn new(all: usize, realtime: bool) -> Self {
        Self {
            all,
            shown: !realtime && std::io::stderr().is_terminal() && std::io::stdout().is_terminal(),
            clock: Clock::start(),
        }
    }

    fn show(&self, done: usize) {
        if self.shown {
            eprint!("\r{done} of {}", self.all);
            let _unseen = std::io::stderr().flush();
        }
    }

    fn clear(&self) {
        if self.shown {
            eprint!("\r\u{1b}[K");
        }
    }

    /// For whoever looks on: it differs from run to run, and is in no output.
    fn tell_speed(&self, lasted: Duration) {
        let took = self.clock.uptime().since(Uptime::ZERO);
        if self.shown && !took.is_zero() {
            let speed = lasted.as_secs_f64() / took.as_secs_f64();
            eprintln!("{:.1} s, {speed:.0} seconds of call per second", took.as_secs_f64());
        }
    }
}

/// Makes a folder, if it is not there.
pub(super) fn make_folder(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| {
        format!("the folder {} cannot be made: choose another with --out", folder.display())
    })
}
