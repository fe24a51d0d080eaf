//! The ladder diagram: a column for each caller and one for the meeting, time downwards, states as bands, keys as dots.

use std::fmt::Write as _;

use super::Story;
use super::escape::{clipped, escape};
use super::rows::{Band, Item, Outcome, Row, What, bounded, rows};
use crate::domain::Uptime;
use crate::exchange::Happened;

const TIME_WIDTH: usize = 78;
const COLUMN_WIDTH: usize = 236;
const MEETING_WIDTH: usize = 190;
const HEAD_HEIGHT: usize = 58;
const ROW_HEIGHT: usize = 23;
const LEGEND_HEIGHT: usize = 40;
const BAND_WIDTH: usize = 11;
/// Of a name: what a column has room for.
const NAME_COLUMNS_MAX: usize = 24;

/// The colours of the diagram, light and with a background of its own, so that it can stand on any page.
pub(super) const STYLE: &str = "
.ground{fill:#fbfbf9}text{font:12.5px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;fill:#23272e}
.time{fill:#6b7280;font-size:11.5px;font-variant-numeric:tabular-nums}.name{font-weight:650;font-size:15px}
.number{fill:#6b7280;font-size:11.5px}.line{stroke:#c9ced6;stroke-width:1.5}.gap{stroke:#9aa3af;stroke-dasharray:2 5}
.gap-words{fill:#6b7280;font-size:11.5px}.dialogue{fill:#5b8def}.checking{fill:#8e6bd1}.lobby{fill:#e9a13b}
.meeting{fill:#2f9e6e}.goodbye{fill:#9aa3af}.prompt{fill:#3b5ba5;font-style:italic}.dot{fill:#23272e}
.key{font-weight:700;font-size:14px}.good{fill:#1f7a53;font-weight:600}.bad{fill:#b3372c;font-weight:600}
.music{fill:#a3650f}.left{fill:#4b5563;font-weight:600}.starts{stroke:#2f9e6e;stroke-width:2.5}
.starts-words{fill:#1f7a53;font-weight:700}.arrow{stroke:#2f9e6e;stroke-width:1.6;marker-end:url(#head)}
.head{fill:#2f9e6e}.cross{stroke:#4b5563;stroke-width:1.8}.fails{fill:#b3372c}.fails-words{fill:#fff;font-weight:650}";

/// What a page lays over [`STYLE`] where its reader wants it dark.
pub(super) const DARK_STYLE: &str = "
.ground{fill:#1b1e23}text{fill:#e6e8eb}.time,.number,.gap-words{fill:#a3abb7}.line{stroke:#434952}.gap{stroke:#6b7380}
.prompt{fill:#9db8f5}.dot{fill:#e6e8eb}.good,.starts-words{fill:#5fd0a0}.bad{fill:#ff9a8f}.music{fill:#eab566}
.left{fill:#c3c9d2}.cross{stroke:#c3c9d2}.fails{fill:#b3372c}.fails-words{fill:#fff}";

/// The diagram as a document of its own.
#[must_use]
pub fn svg(story: &Story<'_>) -> String {
    drawing(story, None, STYLE)
}

/// The diagram with a line at the instant at which a step failed, in these colours: [`STYLE`], or none for a page that brings them.
pub(super) fn drawing(story: &Story<'_>, fails_at: Option<Uptime>, style: &str) -> String {
    let rows = bounded(rows(story), fails_at);
    let sheet = Sheet { callers: story.callers.len(), rows: rows.len() };
    let mut out = String::new();
    let (width, height) = (sheet.width(), sheet.height());
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-labelledby=\"ladder-title ladder-desc\">\
         <title id=\"ladder-title\">{}</title><desc id=\"ladder-desc\">{}</desc><style>{style}</style>\
         <defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" \
         markerHeight=\"7\" orient=\"auto\"><path class=\"head\" d=\"M0 0L8 4L0 8z\"/></marker></defs>\
         <rect class=\"ground\" width=\"{width}\" height=\"{height}\" rx=\"10\"/>",
        escape(story.title),
        escape(story.summary),
    );
    heads(&mut out, story, &sheet);
    bands(&mut out, story, &rows, &sheet);
    for (place, row) in rows.iter().enumerate() {
        draw_row(&mut out, row, sheet.y(place), story, &sheet);
    }
    legend(&mut out, &sheet);
    out.push_str("</svg>");
    out
}

struct Sheet {
    callers: usize,
    rows: usize,
}

impl Sheet {
    /// The lifeline of a column.
    fn x(&self, column: usize) -> usize {
        TIME_WIDTH + column * COLUMN_WIDTH + 24
    }

    fn y(&self, row: usize) -> usize {
        HEAD_HEIGHT + 22 + row * ROW_HEIGHT
    }

    fn bottom(&self) -> usize {
        self.y(self.rows)
    }

    fn width(&self) -> usize {
        TIME_WIDTH + self.callers * COLUMN_WIDTH + MEETING_WIDTH
    }

    fn height(&self) -> usize {
        self.bottom() + LEGEND_HEIGHT
    }
}

fn heads(out: &mut String, story: &Story<'_>, sheet: &Sheet) {
    let meeting = ("the meeting", String::new());
    let callers = story.callers.iter().map(|caller| (caller.name, story.number_of(caller)));
    for (column, (name, number)) in callers.chain([meeting]).enumerate() {
        let x = sheet.x(column);
        let _ = write!(
            out,
            "<text class=\"name\" x=\"{}\" y=\"27\">{}</text><text class=\"number\" x=\"{}\" y=\"44\">{}\
             </text><line class=\"line\" x1=\"{x}\" y1=\"{HEAD_HEIGHT}\" x2=\"{x}\" y2=\"{}\"/>",
            x - 6,
            escape(&clipped(name, NAME_COLUMNS_MAX)),
            x - 6,
            escape(&number),
            sheet.bottom(),
        );
    }
}

/// Each column's states as bands between the rows in which they change.
fn bands(out: &mut String, story: &Story<'_>, rows: &[Row], sheet: &Sheet) {
    for (column, caller) in story.callers.iter().enumerate() {
        let mut open: Option<(Band, usize)> = None;
        for event in story.trace.iter().filter(|event| event.leg == Some(caller.leg)) {
            let Happened::State { state } = event.happened else { continue };
            let y = y_of_change(rows, event.at, sheet);
            if let Some((band, from)) = open.take() {
                band_rect(out, sheet.x(column), from, y, band);
            }
            open = Band::of(state).map(|band| (band, y));
        }
        if let Some((band, from)) = open {
            band_rect(out, sheet.x(column), from, sheet.bottom(), band);
        }
    }
    let (mut from, column) = (None, story.callers.len());
    for event in story.trace {
        let y = y_of_change(rows, event.at, sheet);
        match &event.happened {
            Happened::MeetingStarted { .. } => from = Some(y),
            Happened::MeetingEnded { .. } | Happened::MeetingWaits => {
                if let Some(from) = from.take() {
                    band_rect(out, sheet.x(column), from, y, Band::Meeting);
                }
            }
            _other => {}
        }
    }
    if let Some(from) = from {
        band_rect(out, sheet.x(column), from, sheet.bottom(), Band::Meeting);
    }
}

/// Where a state changes: at the first row that is not before it.
fn y_of_change(rows: &[Row], at: Uptime, sheet: &Sheet) -> usize {
    let row = rows.iter().position(|row| matches!(row, Row::At(row_at, _) if *row_at >= at));
    sheet.y(row.unwrap_or(rows.len())) - 5
}

fn band_rect(out: &mut String, x: usize, from: usize, to: usize, band: Band) {
    let height = to.saturating_sub(from).max(4);
    let _ = write!(
        out,
        "<rect class=\"{}\" x=\"{}\" y=\"{from}\" width=\"{BAND_WIDTH}\" height=\"{height}\" rx=\"3\">\
         <title>{}</title></rect>",
        band.class(),
        x - BAND_WIDTH / 2,
        band.words(),
    );
}

fn draw_row(out: &mut String, row: &Row, y: usize, story: &Story<'_>, sheet: &Sheet) {
    match row {
        Row::Break(seconds) => {
            let _ = write!(
                out,
                "<line class=\"gap\" x1=\"12\" y1=\"{0}\" x2=\"{1}\" y2=\"{0}\"/>\
                 <text class=\"gap-words\" x=\"12\" y=\"{2}\">{seconds} s</text>",
                y + 3,
                sheet.width() - 12,
                y - 2,
            );
        }
        Row::Fails(at) => {
            let _ = write!(
                out,
                "<rect class=\"fails\" x=\"6\" y=\"{}\" width=\"{}\" height=\"18\" rx=\"4\"/>\
                 <text class=\"time fails-words\" x=\"12\" y=\"{3}\">{at}</text>\
                 <text class=\"fails-words\" x=\"{}\" y=\"{3}\">here a step fails</text>",
                y - 9,
                sheet.width() - 12,
                TIME_WIDTH + 14,
                y + 4,
            );
        }
        Row::LeftOut(rows) => {
            let _ = write!(
                out,
                "<text class=\"gap-words\" x=\"{}\" y=\"{}\">{rows} rows are left out here: they are in the trace</text>",
                TIME_WIDTH + 14,
                y + 4,
            );
        }
        Row::At(at, items) => {
            let _ = write!(out, "<text class=\"time\" x=\"12\" y=\"{}\">{at}</text>", y + 4);
            for item in items {
                draw_item(out, item, y, story, sheet);
            }
        }
    }
}

fn draw_item(out: &mut String, item: &Item, y: usize, story: &Story<'_>, sheet: &Sheet) {
    let (x, line) = (sheet.x(item.column), sheet.x(item.column));
    let text = |out: &mut String, class: &str, words: &str| {
        let _ = write!(
            out,
            "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>",
            x + 14,
            y + 4,
            escape(words)
        );
    };
    match &item.what {
        What::Prompt(prompt) => text(out, "prompt", &format!("“{prompt}”")),
        What::Words(words) => text(out, "words", words),
        What::Music => text(out, "music", "♫ hold music"),
        What::Keys { keys, outcome } => draw_keys(out, x + 18, y, keys, outcome),
        What::Starts => {
            let meeting = sheet.x(story.callers.len());
            let name = story.callers.get(item.column).map_or("someone", |caller| caller.name);
            let _ = write!(
                out,
                "<line class=\"starts\" x1=\"{TIME_WIDTH}\" y1=\"{0}\" x2=\"{1}\" y2=\"{0}\"/>\
                 <text class=\"starts-words\" x=\"{2}\" y=\"{3}\">{4} starts it</text>",
                y + 8,
                sheet.width() - 12,
                meeting + 14,
                y + 2,
                escape(&clipped(name, 14)),
            );
        }
        What::Admitted => {
            let _ = write!(
                out,
                "<line class=\"arrow\" x1=\"{}\" y1=\"{2}\" x2=\"{1}\" y2=\"{2}\"/>\
                 <text class=\"good\" x=\"{3}\" y=\"{4}\">is in</text>",
                x + 52,
                x + COLUMN_WIDTH - 40,
                y,
                x + 14,
                y + 4,
            );
        }
        What::Left(words) => {
            let _ = write!(
                out,
                "<path class=\"cross\" d=\"M{} {}l10 10m0 -10l-10 10\"/>",
                line - 5,
                y - 5
            );
            text(out, "left", words);
        }
    }
}

/// Dots for digits, the keys `*` and `#` as they are, then what came of them.
fn draw_keys(out: &mut String, x: usize, y: usize, keys: &str, outcome: &Outcome) {
    let mut x = x;
    for key in keys.chars() {
        match key {
            '•' => {
                let _ = write!(out, "<circle class=\"dot\" cx=\"{x}\" cy=\"{y}\" r=\"2.6\"/>");
                x += 8;
            }
            sign => {
                let _ = write!(
                    out,
                    "<text class=\"key\" x=\"{}\" y=\"{}\">{sign}</text>",
                    x - 3,
                    y + if sign == '*' { 8 } else { 5 }
                );
                x += 11;
            }
        }
    }
    let (class, words) = match outcome {
        Outcome::Nothing => return,
        Outcome::Good(words) => ("good", words),
        Outcome::Bad(words) => ("bad", words),
    };
    let _ = write!(
        out,
        "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>",
        x + 4,
        y + 4,
        escape(words)
    );
}

fn legend(out: &mut String, sheet: &Sheet) {
    let y = sheet.bottom() + 14;
    let mut x = TIME_WIDTH + 8;
    for band in Band::ALL {
        let _ = write!(
            out,
            "<rect class=\"{}\" x=\"{x}\" y=\"{}\" width=\"{BAND_WIDTH}\" height=\"12\" rx=\"3\"/>\
             <text x=\"{}\" y=\"{}\">{}</text>",
            band.class(),
            y - 10,
            x + 18,
            y,
            band.words(),
        );
        x += 42 + band.words().len() * 7;
    }
}
