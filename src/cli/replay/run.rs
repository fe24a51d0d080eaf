//! One run: every scenario played, its files written, a line for each, the reports.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;

use super::watching::OnTheWall;
use super::written::{Reports, ScenarioFiles};
use super::{Arguments, Came, Sources, golden, work};
use crate::cli::said::say;
use crate::domain::Uptime;
use crate::report::suite::{self, Paint, Totals};
use crate::scenario::{Failure, Outcome, Scenario, StepOutcome, StepVerdict, Verdict};
use crate::sim::caught;
use crate::sim::replay::{Onlooker, Replayed, SoundWanted, Stage, replay};

/// Where what failed is kept if nothing is said.
const FAILURES: &str = "replay-failures";

/// What came of one scenario, ready to be written in its turn.
struct Finished {
    verdict: Verdict,
    written: Option<ScenarioFiles>,
    /// What could not be written.
    trouble: Option<String>,
}

pub(super) fn run(arguments: &Arguments, sources: &Sources, stage: &Stage) -> anyhow::Result<Came> {
    let paint = paint();
    let folder = arguments.out.clone().unwrap_or_else(|| PathBuf::from(FAILURES));
    let keep_all = arguments.out.is_some();
    let mut reports = Reports::open(
        keep_all.then_some(&*folder),
        arguments.junit.as_deref(),
        arguments.json.as_deref(),
        arguments.seed,
    )?;
    let mut totals = Totals::default();
    for fault in &sources.faults {
        say(fault);
        totals.broken += 1;
        reports.broken(fault)?;
    }
    let on_the_wall = arguments.realtime.then(|| Arc::new(OnTheWall::new()));
    let stage = Stage {
        onlooker: on_the_wall.clone().map(|onlooker| onlooker as Arc<dyn Onlooker>),
        ..stage.clone()
    };
    let jobs = jobs(arguments);
    let all = sources.scenarios.len();
    let progress = Progress::new(all, arguments.realtime);
    let mut trouble = None;
    let player = Player { arguments, stage: &stage, folder: &folder, keep_all };
    let work = |place: usize| {
        if let Some(wall) = &on_the_wall {
            let Scenario { path, line, name, .. } = &sources.scenarios[place];
            say(format_args!("{path}:{line}  {name}"));
            wall.begin();
        }
        player.play(place, &sources.scenarios[place])
    };
    work::in_order(all, jobs, work, |place, finished| {
        progress.clear();
        let failed = finished.verdict.outcome() == Outcome::Failed;
        totals.count(&finished.verdict);
        say(suite::line(&finished.verdict, paint));
        let files =
            finished.written.as_ref().map(|written| written.files.clone()).unwrap_or_default();
        let out = folder.display().to_string();
        if let Some(why) = suite::failure(&finished.verdict, &files, arguments.seed, &out, paint) {
            say(why);
        }
        let written = match (failed && !keep_all, finished.trouble) {
            (_, Some(why)) => Err(anyhow::anyhow!(why)),
            (true, None) => reports.open_page(&folder, arguments.seed),
            (false, None) => Ok(()),
        };
        let written = written.and_then(|()| reports.scenario(&finished.verdict, finished.written));
        if let Err(error) = written {
            trouble = Some(error);
            return false;
        }
        progress.show(place + 1);
        !(failed && arguments.fail_fast)
    });
    progress.clear();
    if let Some(error) = trouble {
        return Err(error);
    }
    if let Some(page) = reports.close()? {
        say(format_args!("report  {}", page.display()));
    }
    say(suite::closing(&totals, arguments.seed, paint));
    Ok(came(&totals))
}

/// How many scenarios are played at the same time.
fn jobs(arguments: &Arguments) -> usize {
    match (arguments.realtime, arguments.jobs) {
        (true, _) => 1,
        (false, Some(jobs)) => usize::from(jobs),
        (false, None) => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
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
    let wanted = std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
    match wanted && std::io::stdout().is_terminal() {
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

impl Player<'_> {
    fn play(&self, place: usize, scenario: &Scenario) -> Finished {
        // A fault of ours in one scenario leaves the others alone.
        let Ok(mut replayed) = caught(|| replay(scenario, self.stage)) else {
            return Finished { verdict: panicked(scenario), written: None, trouble: None };
        };
        let failed = |replayed: &Replayed| replayed.verdict.outcome() == Outcome::Failed;
        // Whoever looks for the reason wants to hear it.
        if failed(&replayed) && !replayed.with_sound {
            let stage = Stage { sound: SoundWanted::Always, ..self.stage.clone() };
            if let Some(with_sound) = caught(|| replay(scenario, &stage)).ok().filter(failed) {
                replayed = with_sound;
            }
        }
        if golden::is_golden(scenario)
            && replayed.verdict.outcome() == Outcome::Passed
            && let Err(why) = golden::check(scenario, &replayed, self.arguments.update)
        {
            let expected = "it is as in its golden transcript".to_owned();
            fail_last(
                &mut replayed.verdict,
                Failure { expected, instead: why, last_events: Vec::new() },
            );
        }
        let keeps = self.keep_all || replayed.verdict.outcome() == Outcome::Failed;
        let written = keeps.then(|| {
            let seed = self.arguments.seed;
            ScenarioFiles::write(
                self.folder,
                place + 1,
                seed,
                self.arguments.embed_sound,
                &replayed,
            )
        });
        let (written, trouble) = match written.transpose() {
            Ok(written) => (written, None),
            Err(error) => (None, Some(format!("{error:#}"))),
        };
        Finished { verdict: replayed.verdict, written, trouble }
    }
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
                line: step.at.line,
                column: step.at.column,
                outcome: StepOutcome::Skipped,
                from: Uptime::ZERO,
                until: Uptime::ZERO,
            })
            .collect(),
        lasted: std::time::Duration::ZERO,
    };
    let failure = Failure {
        expected: "the scenario is played to its end".to_owned(),
        instead: "the program failed (standard error says where): this is a fault of ours"
            .to_owned(),
        last_events: Vec::new(),
    };
    fail_last(&mut verdict, failure);
    verdict
}

/// How far the run is, on a terminal.
struct Progress {
    all: usize,
    shown: bool,
}

impl Progress {
    fn new(all: usize, realtime: bool) -> Self {
        Self {
            all,
            shown: !realtime && std::io::stderr().is_terminal() && std::io::stdout().is_terminal(),
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
}

/// Makes a folder, if it is not there.
pub(super) fn make_folder(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| {
        format!("the folder {} cannot be made: choose another with --out", folder.display())
    })
}
