//! Where an organizer or a meeting departs from the organization's rules.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::settings::{
    Admission, Announce, AppStart, MeetingRules, MuteAll, NameRecording, OrganizerQuestion,
    Recording, RecordingNotice, StartRequires, WhenAuthenticatedLeft,
};

/// The rules that are set otherwise; what is `None` stays as it is. See [`MeetingRules`] for each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is the rule of the same name")]
pub struct RuleOverrides {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_requires: Option<StartRequires>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_start: Option<AppStart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admission: Option<Admission>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organizer_question: Option<OrganizerQuestion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when_authenticated_left: Option<WhenAuthenticatedLeft>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_after_authenticated_left: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_after_callers_alone: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_after_at_most: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legs_max: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub announce: Option<Announce>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_recording: Option<NameRecording>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mute_all: Option<MuteAll>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording: Option<Recording>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_notice: Option<RecordingNotice>,
}

impl RuleOverrides {
    /// The rules with what is set here put in their place.
    #[must_use]
    pub fn over(&self, rules: MeetingRules) -> MeetingRules {
        MeetingRules {
            start_requires: self.start_requires.unwrap_or(rules.start_requires),
            app_start: self.app_start.unwrap_or(rules.app_start),
            admission: self.admission.unwrap_or(rules.admission),
            organizer_question: self.organizer_question.unwrap_or(rules.organizer_question),
            when_authenticated_left: self
                .when_authenticated_left
                .unwrap_or(rules.when_authenticated_left),
            ends_after_authenticated_left: self
                .ends_after_authenticated_left
                .unwrap_or(rules.ends_after_authenticated_left),
            ends_after_callers_alone: self
                .ends_after_callers_alone
                .unwrap_or(rules.ends_after_callers_alone),
            ends_after_at_most: self.ends_after_at_most.unwrap_or(rules.ends_after_at_most),
            legs_max: self.legs_max.unwrap_or(rules.legs_max),
            announce: self.announce.unwrap_or(rules.announce),
            name_recording: self.name_recording.unwrap_or(rules.name_recording),
            mute_all: self.mute_all.unwrap_or(rules.mute_all),
            recording: self.recording.unwrap_or(rules.recording),
            recording_notice: self.recording_notice.unwrap_or(rules.recording_notice),
        }
    }
}
