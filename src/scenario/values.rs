//! Single values as people write them: times, durations, keys' names, languages.

use std::time::Duration;

use crate::caller::Variant;
use crate::domain::{HangupCause, Language, Languages, PromptId, Uptime, UtcTime};
use crate::proto::event_sender::EventFault;
use crate::proto::info::InfoWriting;

/// `5 seconds`, `1.5 s`, `1 minute and 30 seconds`, `half a second`, `an hour`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    micros(text)
        .filter(|micros| *micros <= LONGEST_MICROS)
        .map(|micros| Duration::from_micros(micros as u64))
}

/// Whether a text is a time, but longer than any there is.
pub(super) fn is_too_long(text: &str) -> bool {
    micros(text).is_some_and(|micros| micros > LONGEST_MICROS)
}

fn micros(text: &str) -> Option<f64> {
    let mut micros = 0.0;
    let mut rest = text.trim();
    while !rest.is_empty() {
        rest = rest.strip_prefix("and ").unwrap_or(rest).trim_start();
        let (number, after) = amount(rest)?;
        let letters = after.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        // A unit has at most 10^11 µs and an amount 10^9, so this stays exact enough for a microsecond.
        micros += (number * unit_micros(unit)? as f64).round();
        rest = after.trim_start();
    }
    (!text.trim().is_empty()).then_some(micros)
}

/// A thousand days: longer than anything that is played through.
const LONGEST_MICROS: f64 = 86_400e9;

fn amount(text: &str) -> Option<(f64, &str)> {
    for (word, number) in [("half a ", 0.5), ("half an ", 0.5), ("an ", 1.0), ("a ", 1.0)] {
        if let Some(rest) = text.strip_prefix(word) {
            return Some((number, rest));
        }
    }
    let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, rest) = text.split_at(digits);
    Some((number.parse().ok()?, rest.trim_start()))
}

fn unit_micros(unit: &str) -> Option<u64> {
    Some(match unit {
        "ms" | "millisecond" | "milliseconds" => 1_000,
        "s" | "second" | "seconds" => 1_000_000,
        "min" | "minute" | "minutes" => 60_000_000,
        "h" | "hour" | "hours" => 3_600_000_000,
        "day" | "days" => 86_400_000_000,
        _unknown => return None,
    })
}

/// `12.340 s`, `1:02.5`, `1:00:00`.
pub(super) fn clock(text: &str) -> Option<Uptime> {
    let text = text.trim();
    let seconds = match text.strip_suffix('s') {
        Some(seconds) => seconds.trim().parse::<f64>().ok()?,
        None => text
            .split(':')
            .try_fold(0.0, |sum, part| Some(sum * 60.0 + part.parse::<f64>().ok()?))?,
    };
    let micros = (seconds * 1e6).round();
    (0.0..=LONGEST_MICROS).contains(&micros).then(|| Uptime::from_micros(micros as u64))
}

/// `2026-03-01 09:00`, `2026-03-01T09:00:00Z`, `2026-03-01`: UTC.
pub(super) fn time(text: &str) -> Option<UtcTime> {
    let text = text.trim().trim_end_matches('Z');
    let (date, clock) = text.split_once([' ', 'T']).unwrap_or((text, "00:00"));
    let numbers = |text: &str, between: char| -> Option<Vec<i64>> {
        text.split(between).map(|part| part.parse().ok()).collect()
    };
    let (date, clock) = (numbers(date, '-')?, numbers(clock, ':')?);
    let (&[year, month, day], &[hour, minute, ref second @ ..]) = (&date[..], &clock[..]) else {
        return None;
    };
    let second = second.first().copied().unwrap_or(0);
    let in_range = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..60).contains(&second);
    let days = days_from_civil(year, month, day);
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second;
    in_range.then(|| UtcTime::from_micros(seconds * 1_000_000))
}

fn days_in(year: i64, month: i64) -> i64 {
    let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    days_from_civil(next_year, next, 1) - days_from_civil(year, month, 1)
}

/// Days since 1970-01-01 in the Gregorian calendar. Years begin in March here, so that the day a leap year adds is the last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// `English`, `German`, `en-US`, `de-DE`.
pub(super) fn language(text: &str) -> Option<Language> {
    Language::ALL.into_iter().find(|language| {
        text.eq_ignore_ascii_case(language.name())
            || text.eq_ignore_ascii_case(english_name(*language))
    })
}

fn english_name(language: Language) -> &'static str {
    match language {
        Language::EnUs => "English",
        Language::DeDe => "German",
    }
}

/// Languages with commas and `and` between them, the primary one first.
pub(super) fn languages(text: &str) -> Result<Languages, String> {
    let words = text.split([',', ' ']).filter(|word| !word.is_empty() && *word != "and");
    let known = words.map(|word| {
        language(word).ok_or_else(|| {
            let all: Vec<_> = Language::ALL.iter().map(|one| english_name(*one)).collect();
            format!("no prompts speak {word:?}: there are {}", all.join(", "))
        })
    });
    let known = known.collect::<Result<Vec<_>, _>>()?;
    Languages::new(&known).map_err(|error| error.to_string())
}

/// A prompt by its name in the catalogue.
pub(super) fn prompt(name: &str) -> Result<PromptId, String> {
    let found = PromptId::ALL.iter().copied().find(|prompt| prompt.name() == name);
    found.ok_or_else(|| nearest(name, PromptId::ALL.iter().map(|prompt| prompt.name())))
}

/// Why a call ended, by its name in records.
pub(super) fn cause(name: &str) -> Result<HangupCause, String> {
    let found = HangupCause::ALL.iter().copied().find(|cause| cause.name() == name);
    found.ok_or_else(|| nearest(name, HangupCause::ALL.iter().map(|cause| cause.name())))
}

/// What is wrong with keys, by its name.
pub(super) fn variant(name: &str) -> Option<Variant> {
    Some(match name {
        "quiet" => Variant::Quiet,
        "loud" => Variant::Loud,
        "twisted" => Variant::Twisted,
        "reverse-twisted" => Variant::ReverseTwisted,
        "short" => Variant::Short,
        "too-short" => Variant::TooShort,
        "off-pitch" => Variant::OffPitch,
        "far-off-pitch" => Variant::FarOffPitch,
        "broken" => Variant::Broken,
        "noisy" => Variant::Noisy,
        "echoed" => Variant::Echoed,
        _unknown => return None,
    })
}

/// What is wrong with the packets of keys, by its name.
pub(super) fn event_fault(name: &str) -> Option<EventFault> {
    EventFault::ALL.into_iter().find(|fault| fault.name() == name)
}

/// How keys are written in SIP INFO, by its name.
pub(super) fn info_writing(name: &str) -> Option<InfoWriting> {
    InfoWriting::ALL.into_iter().find(|writing| writing.name() == name)
}

/// What to do about a name that is none of these.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(name, known);
    let best = known.clone().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match best {
        Some(best) if likeness(best) >= 0.5 => format!("is it {best:?}?"),
        Some(_) | None => {
            let all: Vec<_> = known.take(NAMES_SHOWN_MAX + 1).collect();
            match all.len() {
                0 => String::new(),
                few if few <= NAMES_SHOWN_MAX => format!("there are: {}", all.join(", ")),
                _many => format!("there are: {}, ...", all[..NAMES_SHOWN_MAX].join(", ")),
            }
        }
    }
}

/// Names listed where none is near.
const NAMES_SHOWN_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        let ms = |text| duration(text).map(|time| time.as_millis());
        for (text, expected) in [
            ("5 seconds", Some(5_000)),
            ("1.5 s", Some(1_500)),
            ("200 ms", Some(200)),
            ("1 minute and 30 seconds", Some(90_000)),
            ("2 hours 5 min", Some(7_500_000)),
            ("half a second", Some(500)),
            ("an hour", Some(3_600_000)),
            ("3 days", Some(259_200_000)),
            ("5 parsecs", None),
            ("5", None),
            ("", None),
            ("1001 days", None),
            ("9999999999999999999 days", None),
        ] {
            assert_eq!(ms(text), expected, "{text}");
        }
    }

    #[test]
    fn clocks_and_dates() {
        let at = |text| clock(text).map(Uptime::as_millis);
        assert_eq!(at("12.340 s"), Some(12_340));
        assert_eq!(at("1:02.5"), Some(62_500));
        assert_eq!(at("1:00:00"), Some(3_600_000));
        assert_eq!(at("x"), None);
        let seconds = |text| time(text).map(|time| time.as_micros() / 1_000_000);
        assert_eq!(seconds("1970-01-01"), Some(0));
        assert_eq!(seconds("2026-03-01 09:00"), Some(1_772_355_600));
        assert_eq!(seconds("2024-02-29T23:59:59Z"), Some(1_709_251_199));
        assert_eq!(seconds("2026-02-29"), None);
        assert_eq!(seconds("2026-13-01"), None);
        assert_eq!(seconds("2026-01-01 24:00"), None);
    }

    #[test]
    fn names_that_are_none_have_a_nearest_one() {
        assert_eq!(prompt("welcom").unwrap_err(), "is it \"welcome\"?");
        assert_eq!(cause("wrong pin").unwrap_err(), "is it \"wrong-pin\"?");
        assert!(languages("English and Klingon").unwrap_err().contains("English, German"));
        assert_eq!(languages("German, en-US").unwrap().primary(), Language::DeDe);
    }
}
