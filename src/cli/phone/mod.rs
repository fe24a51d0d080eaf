//! `holdline phone`: a telephone in the terminal, or for a shell script.

#[cfg(any(test, feature = "speaker"))]
mod frames;
mod headless;
mod line;
#[cfg_attr(not(feature = "speaker"), path = "no_speaker.rs")]
mod speaker;
mod terminal;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use super::data::{self, Data};
use super::said::say_why;
use super::screen;
use crate::domain::{Digit, PhoneNumber, PromptId, Spoken, Uptime};
use crate::door::wire::{Hello, ToBridge, ToPhone, VERSION};
use crate::engine::clock::Clock;
use crate::engine::tasks::Tasks;
use crate::handset::{Phone, Script, Stage, Step, Voice};
use crate::media::Frame;
use crate::media::clip::Clip;
use crate::media::decode::decode;
use crate::media::sounds::Sounds;
use crate::report::one_line;

use line::Line;
use speaker::Speaker;

/// Call a bridge that runs, on this machine or at the other end of a network.
///
/// In a terminal it is a telephone: keys by keyboard and mouse, what is spoken to read, levels to see. Without one it
/// takes keys from standard input, a line at a time, and prints what is spoken, so that a shell script can be a
/// caller; it ends with exit code 0 when the call was answered, and 1 when it was not.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The number to call; the bridge's first one, without.
    number: Option<PhoneNumber>,
    /// The folder in which the bridge keeps its data; its socket is there.
    #[arg(long, value_name = "DIR", default_value = data::DEFAULT)]
    data: PathBuf,
    /// Call a bridge in the network: `ws://HOST:PORT`, where it answers HTTP. It is not told from which number.
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["data", "from"])]
    to: Option<String>,
    /// Call from this number; it is withheld, without.
    #[arg(long, value_name = "NUMBER")]
    from: Option<PhoneNumber>,
    /// Call nobody at the start: key a number, then `d` calls it. Needs a terminal.
    #[arg(long)]
    on_hook: bool,
    /// Do this once the call is answered: `w2s` waits, keys are pressed, `say:tone`, `say:PROMPT` or `say:FILE` speaks, `q`
    /// is quiet, `h` hangs up.
    #[arg(long, value_name = "WORDS")]
    script: Option<String>,
    /// Say this from the answer on: `tone`, a prompt's name, or a sound file.
    #[arg(long, value_name = "WHAT")]
    say: Option<String>,
    /// Hear and speak through this machine's loudspeaker and microphone. Wear headphones: what is heard is said again
    /// otherwise.
    #[arg(long)]
    speaker: bool,
    /// Use no colours. So does the variable NO_COLOR, unless it is empty.
    #[arg(long)]
    no_color: bool,
}

/// What whoever holds the telephone does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Key(Digit),
    Tone,
    Quiet,
    /// Speaks into the microphone.
    Person,
    Dial,
    /// Takes back a digit of the number that is being keyed.
    Erase,
    HangUp,
    /// Draw again: the window has another size.
    Redraw,
    Leave,
}

/// What shows a telephone, and where it ends.
trait Face {
    /// Shows it as it is now.
    fn show(&mut self, phone: &Phone, now: Uptime) -> anyhow::Result<()>;
    /// Whether it stays when the call is over.
    fn stays(&self) -> bool;
}

/// Time between two looks at the telephone.
const LOOK_EVERY: u64 = 4;

const TICK: Duration = Duration::from_millis(20);

/// Time for a bridge to say hello, and to answer or refuse a call: none lets a caller wait as long.
const ANSWER_MAX: Duration = Duration::from_secs(15);

/// What is said when the bridge has ended its calls and then the line.
const STOPPED: &str = "the bridge has stopped";

/// And when it has ended the line alone.
const GONE: &str = "the bridge has gone: is `holdline serve` still running?";

/// Bytes of a sound file: half an hour in telephone quality is half as much.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// Deeds that may wait; a person is slower.
const DEEDS_MAX: usize = 256;

pub(super) fn run(arguments: &Arguments, sounds: Option<&Path>) -> anyhow::Result<()> {
    let script = arguments.script.as_deref().map(Script::parse).transpose()?.unwrap_or_default();
    let sounds = super::sounds::load(sounds)?.all;
    let mut phone = Phone::new(arguments.number, arguments.from);
    phone.calls_at_once = !arguments.on_hook;
    let voices = voices(script.says().chain(arguments.say.as_deref()), &sounds)?;
    let say = arguments.say.as_ref().and_then(|what| voices.get(what)).cloned();
    let in_terminal = screen::is_there();
    if arguments.on_hook && !in_terminal {
        bail!("--on-hook needs a terminal, on whose screen somebody keys a number");
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let (tasks, clock) = (Tasks::new(), Clock::start());
    let (deeds, waiting) = mpsc::channel(DEEDS_MAX);
    let speaker = arguments.speaker.then(|| Speaker::open(&tasks)).transpose()?;
    phone.has_microphone = speaker.is_some();
    let socket = Data::at(&arguments.data).socket();
    let line = match &arguments.to {
        Some(to) => runtime.block_on(Line::over_web(clock, to))?,
        None => runtime.block_on(Line::over_socket(clock, &socket))?,
    };
    let ends = runtime.block_on(async { Ends::heard() })?;
    let call = Call { phone: &mut phone, clock, script, say, voices, speaker, waiting, ends };
    let ended = match in_terminal {
        true => {
            let colors = !arguments.no_color && screen::wants_colours();
            let mut face = terminal::Terminal::open(&tasks, deeds, colors)?;
            runtime.block_on(call.go(line, &mut face))
        }
        false => {
            let scripted = arguments.script.is_some();
            let mut face = headless::Headless::open(&tasks, deeds, scripted)?;
            runtime.block_on(call.go(line, &mut face))
        }
    };
    tasks.token().cancel();
    ended?;
    match phone.stage {
        Stage::Refused(why) => bail!("{}", one_line(&why)),
        Stage::Gone(why) if phone.was_answered => {
            say_why(format_args!("holdline: {why}"));
            Ok(())
        }
        Stage::Gone(why) => bail!(why),
        Stage::Connecting | Stage::Dialling => bail!("the call was not answered"),
        Stage::Idle | Stage::InCall | Stage::Over(..) if phone.was_answered => Ok(()),
        Stage::Idle if arguments.on_hook => Ok(()),
        Stage::Idle | Stage::InCall | Stage::Over(..) => bail!("the call was not answered"),
    }
}

/// One telephone being used.
struct Call<'a> {
    phone: &'a mut Phone,
    clock: Clock,
    script: Script,
    say: Option<Voice>,
    voices: Voices,
    speaker: Option<Speaker>,
    waiting: mpsc::Receiver<Deed>,
    ends: Ends,
}

/// The signals with which somebody ends the program: whoever holds the telephone leaves.
struct Ends {
    terminate: Signal,
    hang_up: Signal,
    interrupt: Signal,
}

impl Ends {
    /// From here on they are heard.
    fn heard() -> anyhow::Result<Self> {
        let heard = |kind| signal(kind).context("signals cannot be heard");
        Ok(Self {
            terminate: heard(SignalKind::terminate())?,
            hang_up: heard(SignalKind::hangup())?,
            interrupt: heard(SignalKind::interrupt())?,
        })
    }

    /// Waits for one of them.
    async fn come(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// What the person says next; never anything without a microphone.
async fn person(speaker: &mut Option<Speaker>) -> Frame {
    match speaker {
        Some(speaker) => match speaker.says.recv().await {
            Some(frame) => frame,
            None => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

impl Call<'_> {
    async fn go(mut self, mut line: Line, face: &mut dyn Face) -> anyhow::Result<()> {
        line.say(&ToBridge::Hello(Hello { version: VERSION })).await?;
        let (mut ticks, mut tick_at, mut script_at) = (0_u64, Uptime::ZERO, Uptime::ZERO);
        let mut waits_since = None;
        loop {
            let now = self.clock.uptime();
            waits_since = self.phone.awaits_bridge().then(|| waits_since.unwrap_or(now));
            if waits_since.is_some_and(|since| now.since(since) > ANSWER_MAX) {
                bail!("the bridge does not answer: is it stopped, or frozen?");
            }
            let answer = tokio::select! {
                biased;
                message = line.next() => match message {
                    Ok(Some(message)) => {
                        if let (ToPhone::Sound(frame), Some(speaker)) = (&message, &mut self.speaker) {
                            speaker.play(frame);
                        }
                        self.phone.hear(now, message)
                    }
                    ended if face.stays() => return self.line_ended(ended.err(), face).await,
                    Ok(None) if self.phone.has_ended() => return Ok(()),
                    Ok(None) => bail!(GONE),
                    Err(why) => return Err(why),
                },
                () = self.ends.come() => return self.leave(now, &mut line, face).await,
                // Who keys before the answer is heard after it, where nobody sees the telephone.
                deed = self.waiting.recv(), if face.stays() || self.phone.stage == Stage::InCall => match deed {
                    Some(Deed::Leave) => return self.leave(now, &mut line, face).await,
                    Some(deed) => self.deed(now, deed),
                    None => std::future::pending().await,
                },
                frame = person(&mut self.speaker) => {
                    self.phone.voice.hear_person(frame);
                    None
                }
                () = self.clock.until(tick_at) => {
                    ticks += 1;
                    tick_at = tick_at.max(now) + TICK;
                    if self.phone.stage == Stage::InCall && now >= script_at {
                        script_at = self.script(now, &mut line).await?;
                    }
                    if ticks.is_multiple_of(LOOK_EVERY) {
                        face.show(self.phone, now)?;
                    }
                    self.phone.tick(now)
                }
            };
            if let Some(answer) = answer {
                line.say(&answer).await?;
            }
            if matches!(self.phone.stage, Stage::Over(..)) && !face.stays() {
                face.show(self.phone, now)?;
                return Ok(());
            }
        }
    }

    /// The bridge says no more; for that reason, where the line is broken. Whoever looks at the telephone sees so until they leave.
    async fn line_ended(
        mut self,
        broken: Option<anyhow::Error>,
        face: &mut dyn Face,
    ) -> anyhow::Result<()> {
        let now = self.clock.uptime();
        let why = match (&self.phone.stage, broken) {
            (Stage::Refused(_), None) => None,
            (Stage::Over(..) | Stage::Idle, None) => {
                self.phone.lose_bridge(now, STOPPED, STOPPED);
                None
            }
            (_in_a_call, broken) => {
                let why = broken.unwrap_or_else(|| anyhow!(GONE));
                self.phone.lose_bridge(now, "the bridge has gone", &one_line(&why.to_string()));
                Some(why)
            }
        };
        loop {
            face.show(self.phone, self.clock.uptime())?;
            tokio::select! {
                biased;
                () = self.ends.come() => break,
                deed = self.waiting.recv() => if let None | Some(Deed::Leave) = deed { break },
            }
        }
        why.map_or(Ok(()), Err)
    }

    /// Hangs up, if there is a call, and shows so where there is still somebody to see it.
    async fn leave(
        &mut self,
        now: Uptime,
        line: &mut Line,
        face: &mut dyn Face,
    ) -> anyhow::Result<()> {
        if let Some(bye) = self.phone.hang_up() {
            line.say(&bye).await?;
        }
        self.phone.hush();
        face.show(self.phone, now)
    }

    fn deed(&mut self, now: Uptime, deed: Deed) -> Option<ToBridge> {
        match deed {
            Deed::Key(digit) => self.phone.press(now, digit),
            Deed::Tone => {
                self.phone.voice = Voice::tone();
                None
            }
            Deed::Quiet => {
                self.phone.voice = Voice::Quiet;
                None
            }
            Deed::Person => {
                if self.phone.has_microphone {
                    self.phone.voice = Voice::person();
                }
                None
            }
            Deed::Dial => self.phone.dial(now),
            Deed::HangUp => self.phone.hang_up(),
            Deed::Erase => {
                self.phone.erase();
                None
            }
            Deed::Redraw | Deed::Leave => None,
        }
    }

    /// Does the script's next steps; gives when it goes on.
    async fn script(&mut self, now: Uptime, line: &mut Line) -> anyhow::Result<Uptime> {
        if let Some(voice) = self.say.take() {
            self.phone.voice = voice;
        }
        loop {
            let answer = match self.script.take_next() {
                None => return Ok(now + Duration::from_secs(1)),
                Some(Step::Wait(time)) => return Ok(now + time),
                Some(Step::Key(digit)) => self.phone.press(now, digit),
                Some(Step::Say(what)) => {
                    self.phone.voice = self.voices.get(&what).cloned().unwrap_or(Voice::Quiet);
                    None
                }
                Some(Step::Quiet) => {
                    self.phone.voice = Voice::Quiet;
                    None
                }
                Some(Step::HangUp) => self.phone.hang_up(),
            };
            if let Some(answer) = answer {
                line.say(&answer).await?;
            }
        }
    }
}

/// What is to be said in a call, by its name. Found before anybody is called: what is not there is told at once.
type Voices = BTreeMap<String, Voice>;

fn voices<'a>(names: impl Iterator<Item = &'a str>, sounds: &Sounds) -> anyhow::Result<Voices> {
    names.map(|name| Ok((name.to_owned(), voice(name, sounds)?))).collect()
}

/// What that names: the test tone, a prompt, or a sound file.
fn voice(what: &str, sounds: &Sounds) -> anyhow::Result<Voice> {
    if what == "tone" {
        return Ok(Voice::tone());
    }
    if let Some(prompt) = PromptId::from_name(what) {
        let first = sounds.languages().next().context("there are no prompts in any language")?;
        let clip = sounds.prompt(Spoken { language: first, prompt });
        return Ok(Voice::recorded(clip.frames().into()));
    }
    let bytes = read_file(Path::new(what)).with_context(|| {
        format!("{what:?} is neither `tone`, nor a prompt's name, nor a file that can be read")
    })?;
    let samples = decode(bytes, what)?;
    let clip =
        Clip::from_samples(&samples).with_context(|| format!("{what:?} has no sound in it"))?;
    Ok(Voice::recorded(clip.frames().into()))
}

/// The bytes of a file or a pipe, if they are not too many.
fn read_file(path: &Path) -> anyhow::Result<Vec<u8>> {
    let kind = std::fs::metadata(path)?.file_type();
    if !kind.is_file() && !kind.is_fifo() {
        bail!("it is no regular file, nor a pipe");
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        bail!("it is longer than {} MiB", FILE_BYTES_MAX >> 20);
    }
    Ok(bytes)
}
