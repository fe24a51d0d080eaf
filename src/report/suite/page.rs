//! The page, as it is written: a head, then scenario by scenario, then a foot with the totals, which the page puts on top.

use std::time::Duration;

use askama::Template;

use super::{Broken, Shown, Totals, detail};
use crate::report::ladder::{DARK_STYLE, STYLE};
use crate::scenario::{Failure, Outcome, StepVerdict, Verdict};

/// The page being written. What each call returns is to be written out at once, in order.
///
/// ```text
/// begin → (broken | scenario)* → end
/// ```
#[derive(Debug)]
pub struct Page {
    totals: Totals,
    open: Open,
    sound_bytes_left: usize,
    sounds_left_out: u64,
}

/// Which section of the page is open.
#[derive(Debug, PartialEq, Eq)]
enum Open {
    None,
    Unreadable,
    Feature { path: String, name: String },
}

/// What the page shows of one scenario, made where its story is ([`fragment`]) and given to [`Page::scenario`] in its turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    path: String,
    feature: String,
    outcome: Outcome,
    lasted: Duration,
    /// From behind `<details id=…` to before the sounds.
    html: String,
    /// The sounds with the place of their caller, packed.
    sounds: Vec<(usize, String)>,
    /// Whether they are in the page whatever they weigh.
    always: bool,
}

/// Bytes of sound that a page holds unasked, packed. A page much larger is slow to open; a hundred failures of two minutes fit.
pub const SOUND_BYTES_MAX: usize = 96 << 20;

impl Page {
    /// The page's beginning. `title` is what the run is called; it is told its seed.
    #[must_use]
    pub fn begin(title: &str, seed: u64) -> (Self, String) {
        let ladder_style = format!(
            "svg{{display:block;width:100%;height:auto;max-width:var(--wide);min-width:calc(var(--wide)*.8)}}{STYLE}\n@media screen and (prefers-color-scheme:dark){{{DARK_STYLE}}}"
        );
        let head = Head { title, seed, style: include_str!("page.css"), ladder_style };
        let page = Self {
            totals: Totals::default(),
            open: Open::None,
            sound_bytes_left: SOUND_BYTES_MAX,
            sounds_left_out: 0,
        };
        (page, render(&head))
    }

    /// Something that could not be read. It stands on top, whenever it comes.
    #[must_use]
    pub fn broken(&mut self, broken: &Broken<'_>) -> String {
        self.totals.broken += 1;
        let mut out = String::new();
        if self.open != Open::Unreadable {
            self.close_section(&mut out);
            self.open = Open::Unreadable;
            out.push_str("<section class=\"unreadable\"><h2>Could not be read</h2>\n");
        }
        let article = Unreadable { place: broken.place(), broken };
        out + &render(&article)
    }

    /// The next scenario.
    #[must_use]
    pub fn scenario(&mut self, fragment: Fragment) -> String {
        self.totals.add(fragment.outcome, fragment.lasted);
        let mut out = String::new();
        let is_open = matches!(&self.open, Open::Feature { path, name }
            if *path == fragment.path && *name == fragment.feature);
        if !is_open {
            self.close_section(&mut out);
            let head = Feature { name: &fragment.feature, path: &fragment.path };
            out += &render(&head);
            self.open = Open::Feature { path: fragment.path, name: fragment.feature };
        }
        out += &format!("<details id=\"s{}\"", self.totals.ran());
        out += &fragment.html;
        let bytes: usize = fragment.sounds.iter().map(|(_, sound)| sound.len()).sum();
        if fragment.always || bytes <= self.sound_bytes_left {
            self.sound_bytes_left = self.sound_bytes_left.saturating_sub(bytes);
            for (place, sound) in &fragment.sounds {
                out += &format!("<script type=\"text/plain\" class=\"sound\" data-n=\"{place}\">");
                out += sound;
                out += "</script>\n";
            }
        } else {
            self.sounds_left_out += 1;
        }
        out += "</details>\n";
        out
    }

    /// The page's end.
    #[must_use]
    pub fn end(mut self) -> String {
        let mut out = String::new();
        self.close_section(&mut out);
        let Totals { passed, failed, broken, lasted } = self.totals;
        let class = if failed + broken > 0 { "failed" } else { "passed" };
        let foot = Foot {
            class,
            sentence: self.totals.sentence(),
            shares: [("passed", passed), ("failed", failed), ("broken", broken)],
            totals: self.totals,
            lasted: in_words(lasted),
            sounds_left_out: self.sounds_left_out,
            sound_room: SOUND_BYTES_MAX >> 20,
            script: include_str!("page.js"),
        };
        out + &render(&foot)
    }

    #[cfg(test)]
    pub(super) fn leave_room(&mut self, bytes: usize) {
        self.sound_bytes_left = bytes;
    }

    fn close_section(&mut self, out: &mut String) {
        if self.open != Open::None {
            out.push_str("</section>\n");
        }
        self.open = Open::None;
    }
}

#[cfg(test)]
impl Fragment {
    pub(super) fn hold(&mut self, sounds: Vec<(usize, String)>) {
        self.sounds = sounds;
    }
}

/// What the page shows of a scenario. Pure, and the costly part of the page: to be called where the story is, on any thread.
#[must_use]
pub fn fragment(shown: &Shown<'_>) -> Fragment {
    let verdict = shown.verdict;
    let failed = verdict.failure();
    let steps = detail::steps(verdict);
    // The steps of what failed can be read without a script too; those of what passed weigh most in a large run.
    let (plain, packed) =
        if failed.is_some() { (steps, String::new()) } else { (String::new(), steps) };
    let detail = detail::detail(shown, packed);
    let row = Row {
        outcome: if failed.is_some() { "failed" } else { "passed" },
        tags: verdict.tags.join("\n"),
        verdict,
        failed,
        lasted: super::length(verdict.lasted),
        steps: plain,
        packed: detail.packed,
    };
    Fragment {
        path: verdict.path.clone(),
        feature: verdict.feature.clone(),
        outcome: verdict.outcome(),
        lasted: verdict.lasted,
        html: render(&row),
        sounds: detail.sounds,
        always: shown.sound == super::SoundPlace::EmbeddedAlways,
    }
}

fn render(template: &impl Template) -> String {
    template.render().expect("the template has no part that can fail")
}

/// A long time to the minute, a short one to the second.
fn in_words(lasted: Duration) -> String {
    let seconds = lasted.as_secs();
    match (seconds / 3_600, seconds / 60 % 60) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min {} s", seconds % 60),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[derive(Template)]
#[template(path = "suite/head.html")]
struct Head<'a> {
    title: &'a str,
    seed: u64,
    style: &'static str,
    ladder_style: String,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = "<article><h3><bdi>{{ place }}</bdi></h3><pre tabindex=\"0\">{{ broken.text }}</pre></article>\n"
)]
struct Unreadable<'a> {
    place: String,
    broken: &'a Broken<'a>,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = "<section class=\"feature\"><h2><bdi>{{ name }}</bdi> <span class=\"path\">{{ path }}</span></h2>\n"
)]
struct Feature<'a> {
    name: &'a str,
    path: &'a str,
}

#[derive(Template)]
#[template(path = "suite/row.html")]
struct Row<'a> {
    outcome: &'static str,
    tags: String,
    verdict: &'a Verdict,
    failed: Option<(&'a StepVerdict, &'a Failure)>,
    lasted: String,
    steps: String,
    packed: String,
}

#[derive(Template)]
#[template(path = "suite/foot.html")]
struct Foot {
    class: &'static str,
    sentence: String,
    shares: [(&'static str, u64); 3],
    totals: Totals,
    lasted: String,
    sounds_left_out: u64,
    sound_room: usize,
    script: &'static str,
}
