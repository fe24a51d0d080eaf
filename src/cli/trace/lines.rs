//! A trace as lines to read: when, who, what; keys one after the other in one line.

use crate::exchange::{TraceEvent, in_words, told};

/// One event as a line.
pub(super) fn line(event: &TraceEvent) -> String {
    with_words(event, &in_words(&event.happened).1)
}

fn with_words(event: &TraceEvent, words: &str) -> String {
    let who = match (event.leg, event.meeting) {
        (Some(leg), _) => leg.to_string(),
        (None, Some(meeting)) => meeting.to_string(),
        (None, None) => "the bridge".to_owned(),
    };
    format!("{:>13}  {who:<11}  {words}", event.at.to_string())
}

/// Events as lines; keys of one leg that follow each other are one line.
pub(super) fn lines<'a>(trace: impl IntoIterator<Item = &'a TraceEvent>) -> Vec<String> {
    told(trace).into_iter().map(|(event, words)| with_words(event, &words)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{LegId, PromptId, Uptime};
    use crate::exchange::Happened;

    #[test]
    fn keys_that_follow_each_other_are_one_line() {
        let event = |ms, leg, happened| TraceEvent {
            at: Uptime::from_millis(ms),
            leg: Some(LegId::new(leg)),
            meeting: None,
            happened,
        };
        let key = |ms, leg, key| event(ms, leg, Happened::Key { key });
        let trace = [
            key(1_000, 1, 'x'),
            event(1_000, 1, Happened::PromptCut { prompt: PromptId::Welcome }),
            key(1_200, 1, 'x'),
            key(1_400, 1, '#'),
            key(1_500, 2, '*'),
            key(1_600, 1, 'x'),
        ];
        assert_eq!(
            lines(&trace),
            [
                "    00:01.000  leg-1        keys  •",
                "    00:01.000  leg-1        hears no more of “welcome”",
                "    00:01.200  leg-1        keys  •#",
                "    00:01.500  leg-2        keys  *",
                "    00:01.600  leg-1        keys  •",
            ]
        );
    }
}
