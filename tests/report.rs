//! The report of a run: its page, the files for CI servers and the text of a terminal, from real worlds.
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "report/example.rs"]
mod example;
mod support;

use std::sync::OnceLock;

use example::*;
use holdline::media::wav;
use holdline::sim::Report;

fn worlds() -> &'static (Report, Report) {
    static WORLDS: OnceLock<(Report, Report)> = OnceLock::new();
    WORLDS.get_or_init(|| (told(), crowd()))
}

fn example(embed_all: bool) -> Outputs {
    let (told, crowd) = worlds();
    outputs(&cases(told, crowd), told, crowd, embed_all)
}

/// Writes the example below the build's folder, to be looked at.
#[test]
fn the_example_can_be_looked_at() {
    let outputs = example(false);
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("report");
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    put("index.html", outputs.page.as_bytes());
    put("junit.xml", outputs.junit.as_bytes());
    put("cucumber.json", outputs.cucumber.as_bytes());
    put("terminal.txt", outputs.terminal.as_bytes());
    for (path, svg) in &outputs.ladders {
        put(path, svg.as_bytes());
    }
    let (told, crowd) = worlds();
    for (path, world, place) in &outputs.sounds {
        let report = if *world == Which::Crowd { crowd } else { told };
        put(path, &wav::encode(&report.seats[*place].heard.samples));
    }
    println!("{}", folder.join("index.html").display());
}
#[test]
#[ignore]
fn measure() {
    use holdline::report::suite::*;
    let (told, _) = worlds();
    let mut v = verdict("a.feature", 3, "F", "Everyone waits", 112_000);
    for (what, heard, failed) in
        [("silent", false, false), ("coarse", true, false), ("failed", true, true)]
    {
        if failed {
            v = fail(v, 4, "a", "b", told);
        }
        let story = story(told, "x", heard);
        let files = Files::of(1, &v, Some(&story));
        let shown = Shown {
            verdict: &v,
            story: Some(&story),
            files: &files,
            sound: SoundPlace::of(&v, false),
            seed: 1,
        };
        let t = std::time::Instant::now();
        let n = 20;
        let mut len = 0;
        let (mut page, _) = Page::begin("x", 1);
        for _ in 0..n {
            len = page.scenario(fragment(&shown)).len();
        }
        println!("{what}: {:?} each, {len} bytes", t.elapsed() / n);
        let t = std::time::Instant::now();
        for _ in 0..n {
            len = ladder(&v, &story).len();
        }
        println!("   ladder {:?} each, {len} bytes", t.elapsed() / n);
    }
}
#[test]
#[ignore]
fn measure_large() {
    use holdline::report::suite::*;
    use std::io::Write;
    let (told, _) = worlds();
    let mut file = std::io::BufWriter::new(
        std::fs::File::create(concat!(env!("CARGO_TARGET_TMPDIR"), "/large.html")).unwrap(),
    );
    let (mut page, head) = Page::begin("Holdline replay", 1);
    let (mut junit, _) = Junit::begin(1);
    let (mut cucumber, _) = Cucumber::begin(1);
    let rss = || {
        std::fs::read_to_string("/proc/self/status")
            .unwrap()
            .lines()
            .filter(|l| l.starts_with("VmRSS") || l.starts_with("VmHWM"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    file.write_all(head.as_bytes()).unwrap();
    for n in 0..10_000 {
        if n % 2500 == 10 {
            println!("{n} {}", rss());
        }
        let mut v = verdict(
            &format!("features/f{}.feature", n / 50),
            3 + n,
            &format!("Feature {}", n / 50),
            &format!("Everyone waits {n}"),
            112_000,
        );
        if n % 40 == 7 {
            v = fail(v, 4, "a", "b", told);
        }
        let story = story(told, "x", false);
        let files = Files::of(n, &v, Some(&story));
        let shown = Shown {
            verdict: &v,
            story: Some(&story),
            files: &files,
            sound: SoundPlace::of(&v, false),
            seed: 1,
        };
        file.write_all(page.scenario(fragment(&shown)).as_bytes()).unwrap();
        let _ = junit.scenario(&v, &files);
        let _ = cucumber.scenario(&v, &files, None);
    }
    file.write_all(page.end().as_bytes()).unwrap();
    println!("end {}", rss());
}
