//! Everything a step can say: each form with what it means and an example. `holdline scenario steps` prints this.

use super::step::Kind;

/// One form a step can have.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// What it is, for whoever understands it.
    pub(super) id: FormId,
    /// For what it is.
    pub kind: Kind,
    /// As people read it: `{who} dial(s) in[ to {phone}]`.
    pub(super) form: &'static str,
    /// What it means.
    pub says: &'static str,
    /// A step that has it.
    pub example: &'static str,
}

impl Form {
    /// How it is spelled: what is in braces is filled in, what is in brackets may be left out.
    #[must_use]
    pub fn spelled(&self) -> String {
        super::form::shown(self.form)
    }
}

macro_rules! forms {
    ($(#[$doc:meta])* $kind:ident $names:ident $table:ident $($id:ident $form:literal, $says:literal, $example:literal;)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum $names {
            $($id),*
        }

        const $table: &[Form] = &[$(Form {
            id: FormId::$kind($names::$id),
            kind: Kind::$kind,
            form: $form,
            says: $says,
            example: $example,
        }),*];
    };
}

/// A form by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FormId {
    Given(GivenForm),
    When(WhenForm),
    Then(ThenForm),
}

/// The vocabulary, in the order in which it is shown.
pub fn forms() -> impl Iterator<Item = &'static Form> + Clone {
    [GIVEN, WHEN, THEN].into_iter().flatten()
}

forms! {
    /// What can be said of how things are.
    Given GivenForm GIVEN
    Organizes "{name} organizes meeting {id}[ and {their=her|his|their} PIN is {pin}]",
        "A user of the organization, and a meeting of theirs. A PIN is drawn if none is given; {PIN} keys it.",
        "Megan organizes meeting 147 852 036 and her PIN is 48213";
    IsUser "{name} is a user of the app",
        "A user of the organization, who can sign in to the app.",
        "Alex is a user of the app";
    Group "a group {name} of {count} callers",
        "So many callers: `every one of Crowd` is all of them, `Crowd 3` is one.",
        "a group Crowd of 20 callers";
    CallsFrom "{who} call(s) from {phone}",
        "The number they call from. Without it each has a number of their own.",
        "Ann calls from +1 425 555 0171";
    Withholds "{who} withhold(s) the number",
        "They call without a number, each over a line of their own.",
        "Ann withholds the number";
    KeysAs "{who} {send=send|sends} keys as {how=tones|events|SIP INFO}",
        "How their telephone sends keys: as tones in the sound (so it is if nothing is said), as RFC 4733 events, or as SIP INFO.",
        "Ann sends keys as events";
    AccessNumber "the access number {phone} speaks {languages}",
        "A number of the bridge and its languages, the primary one first: English, German, or en-US, de-DE. Without any there is one in English.",
        "the access number +1 425 555 0100 speaks English and German";
    Sets "the organization has set {setting} to {value}",
        "A setting of the organization, from then on. `holdline scenario steps --settings` lists them.",
        "the organization has set pin-tries to 5";
    SetsTable "the organization has set:",
        "Several settings, as a table of two columns.",
        "the organization has set:";
    MeetingSets "meeting {id} has set {setting} to {value}",
        "A rule of one meeting, from then on.",
        "meeting 147852036 has set admission to on-command";
    MeetingSetsTable "meeting {id} has set:",
        "Several rules of one meeting, as a table of two columns.",
        "meeting 147852036 has set:";
    OrganizerSets "{possessive}'s meetings have set {setting} to {value}",
        "A rule of all meetings of one organizer, from then on. A meeting may still have another.",
        "Megan's meetings have set start-requires to anyone";
    HeldUntil "meeting {id} is held until {time}",
        "When it ends: its conference ID expires sixty days later.",
        "meeting 147852036 is held until 2026-03-01 10:00";
    Address "{possessive}'s letters go to {quoted}",
        "The mail address of a user. Without it a user has one of their own.",
        "Megan's letters go to \"megan@contoso.example\"";
    OwnNumber "{possessive}'s own number is {phone}",
        "The telephone number that the organization knows of a user: no PIN of theirs may be a part of it.",
        "Megan's own number is +1 425 555 0199";
    NoAddress "{name} has no mail address",
        "Letters to this user cannot be sent.",
        "Megan has no mail address";
    Time "it is {time}",
        "The time, in UTC, at which the scenario begins. Without it: 2026-01-01 00:00.",
        "it is 2026-03-01 09:00";
}

forms! {
    /// What can be said of what happens.
    When WhenForm WHEN
    Dials "{who} dial(s)[ in][ to {phone}][ and {key=key|keys} {keys}]",
        "They call, and key this once the call is answered. `{PIN}` is the organizer's PIN, `{WRONG PIN}` none of anybody's, `{ID}` the meeting's conference ID.",
        "Ann dials in and keys 147852036#";
    Keys "{who} {key=key|keys} {keys}[ as {how=tones|events|SIP INFO}][ with tones of {duration}][ and gaps of {duration2}| with gaps of {duration3}]",
        "They press these keys, 100 ms each with 100 ms between two if nothing is said. How they are sent holds for their later keys too; once events or SIP INFO have come, the bridge keeps to whichever came first and takes nothing else of that call for a key.",
        "Megan keys *{PIN}# with tones of 60 ms and gaps of 60 ms";
    KeysBadly "{who} {key=key|keys} {keys} with {variant=quiet|loud|twisted|reverse-twisted|short|too-short|off-pitch|far-off-pitch|broken|noisy|echoed} tones",
        "They press these keys on a bad telephone or a bad line. Too short and far off pitch must not be heard; all others must.",
        "Ann keys 147852036# with twisted tones";
    KeysInBadEvents "{who} {key=key|keys} {keys} with {packets=no-marker|lost-start|lost-end|one-packet|new-timestamp|repeated-end|reordered|long|burst|new-payload-type|fast-clock|leaking|echoing|doubled} events",
        "They press these keys, sent as RFC 4733 events the way bad telephones and gateways send them. Each press must come to one key. Long is 18 s a key; a fast clock counts at 48 kHz though 8 kHz is agreed upon; with leaking ones the tone is heard beside the event, with echoing ones half a second later; doubled ones come as SIP INFO too.",
        "Ann keys 147852036# with lost-end events";
    KeysInOtherInfo "{who} {key=key|keys} {keys} with {requests=no-duration|lower-case|bare-newlines|key-alone|repeated} SIP INFO",
        "They press these keys, sent as SIP INFO the way some telephones write it. Each press must come to one key.",
        "Ann keys 147852036# with lower-case SIP INFO";
    Holds "{who} hold(s) key {key} for {duration}",
        "They press one key for so long.",
        "Ann holds key 5 for 3 seconds";
    Speaks "{who} speak(s) for {duration}",
        "They speak, with a tone that only they have.",
        "Ann speaks for 2 seconds";
    Says "{who} {say=say|says} {quoted}[ in {language}]",
        "They say what a prompt of the catalogue says, with its voice.",
        "Ann says \"goodbye\"";
    Plays "{who} play(s) {quoted}",
        "They play a WAV, FLAC, MP3 or Ogg file, named from where the scenario's file is.",
        "Ann plays \"hello.wav\"";
    StaysSilent "{who} {stay=stay|stays} silent for {duration}",
        "They do nothing for so long.",
        "Ann stays silent for 10 seconds";
    Waits "{who} wait(s)[ for] {duration}",
        "The same.",
        "Ann waits 10 seconds";
    Mutes "{who} {verb=mute|mutes|unmute|unmutes} the phone",
        "Their telephone sends nothing more of what they say, or does again.",
        "Ann mutes the phone";
    OnHold "{who} {verb=put|puts|take|takes} the call {where=on hold|back}",
        "Their telephone neither sends nor plays sound, or does again.",
        "Ann puts the call on hold";
    Loses "{who} lose(s) {percent} % of {their=her|his|their|the} packets",
        "So many packets are lost on the way to the bridge from then on.",
        "Ann loses 5 % of her packets";
    HangsUp "{who} hang(s) up",
        "They end the call.",
        "Ann hangs up";
    Guesses "{name} tries {count} wrong {what=PIN|PINs|conference ID|conference IDs} at meeting {id}[, {count2} every {duration}]",
        "They call and key one wrong entry after the other, and call again when they are sent away. In the end, and before each pause, they hang up.",
        "Ann tries 100 wrong PINs at meeting 147852036, 10 every 2 hours";
    JoinsByApp "{who} join(s)[ meeting {id}] by the app",
        "They join as signed-in users: no PIN, no conference ID to key.",
        "Alex joins by the app";
    AppAll "{name} {verb=admits|mutes|unmutes} everybody by the app",
        "An app user does this to all who wait, or to all in the meeting.",
        "Megan admits everybody by the app";
    AppOne "{name} {verb=admits|refuses|removes|mutes|unmutes} {who} by the app",
        "An app user does this to some.",
        "Megan refuses Ann by the app";
    AppMeeting "{name} {verb=locks|unlocks|ends} the meeting by the app",
        "An app user does this to the meeting.",
        "Megan locks the meeting by the app";
    AppHand "{name} {verb=raises|lowers} {their=her|his|their} hand by the app",
        "An app user raises or lowers the hand.",
        "Alex raises his hand by the app";
    Passes "{duration} {verb=pass|passes}",
        "Time passes.",
        "30 minutes pass";
    Together "at the same time:",
        "The deeds of a table of one column, each a step of its own, all at once.",
        "at the same time:";
    At "at {clock} {value}",
        "A deed at that time since the beginning; nothing waits until it is done.",
        "at 12.340 s Ann keys 147852036#";
    ResetsPin "the administrator resets {possessive}'s PIN[ {count} times][ and sends it to {quoted}]",
        "The old PIN is worth nothing from then on; {PIN} keys the new one. The letter goes to the user's own address if no other is given.",
        "the administrator resets Megan's PIN";
    ResetsOwnPin "{name} resets {their=her|his|their} own PIN",
        "A user does it on their own page.",
        "Megan resets her own PIN";
    UnlocksPin "the administrator unlocks {possessive}'s PIN",
        "A PIN that too many wrong ones have locked.",
        "the administrator unlocks Megan's PIN";
    ResetsId "the administrator resets the conference ID of meeting {id}[ {count} times]",
        "The old one stops at once; {ID} keys the new one.",
        "the administrator resets the conference ID of meeting 147852036";
    Cancels "the administrator cancels meeting {id}",
        "Whoever is in it or waits for it is told so.",
        "the administrator cancels meeting 147852036";
    Enables "the administrator enables {name}[ and sends the PIN to {quoted}]",
        "The user may hold meetings by phone from then on, and gets a conference ID and a PIN: {ID of Alex} and {PIN of Alex} key them. The letter goes to the user's own address if no other is given.",
        "the administrator enables Alex";
    Lists "the administrator lists the users",
        "What is shown then has a line for each user.",
        "the administrator lists the users";
    Disables "the administrator disables {name}",
        "The user may hold no more meetings by phone.",
        "the administrator disables Megan";
    StoreSlow "the store answers after {duration}",
        "From then on each answer of the store takes so long.",
        "the store answers after 3 seconds";
    StoreState "the store {is=is gone|fails|is back}",
        "It does not answer at all, says that it cannot, or answers as usual. Nothing can be administered until it is back.",
        "the store is gone";
    Restarts "the process restarts",
        "It dies and starts anew on what the store has kept: all calls are gone.",
        "the process restarts";
}

forms! {
    /// What can be said of what is to be so.
    Then ThenForm THEN
    HasHeard "{who} {have=has|have} heard {heard}",
        "All that in this order since the call was answered, with whatever else between; the rest of it in 20 seconds at most. Not of people: they are heard when asked for.",
        "Ann has heard \"welcome\", then hold music";
    HearEachOther "{who} {hear=hear|hears} each other",
        "Each of them speaks, and each hears all the others and not themself. All must be in a call.",
        "Ann and Megan hear each other";
    HearNotEachOther "{who} {never=never hear|never hears|do not hear|does not hear} each other[ for {duration}]",
        "Each of them speaks, again and again in that time if one is given, and none hears another. All must be in a call.",
        "Ann and Megan do not hear each other";
    HearsNotUntil "{who} {never=never hear|never hears|do not hear|does not hear} {heard} until {heard2}",
        "Not since the last `When` until they hear the other, which comes in 20 seconds at most.",
        "Ann does not hear hold music until \"lobby-waiting\"";
    HearsNot "{who} {never=never hear|never hears|do not hear|does not hear} {heard}[ for {duration}]",
        "None of it since the last `When`, and none in a second from now on. With a time: none in that time; hold music and silence then count from now on. Callers by their names, or `anybody`: they speak for it, again and again in that time if one is given. All must be in a call until the end.",
        "Ann does not hear Megan";
    Hears "{who} {hear=hear|hears} {heard}[ in {language}][ within {within}| after {after}| for {for}]",
        "A prompt by its name, `hold music`, `silence` (half a second without a sound), `an entry tone`, `an exit tone`; several with `, then`, with whatever else between. In 20 seconds at most if nothing is said; `after`: not earlier, and a second later at most; `for`: from now on, without anything else between. Callers by their names, or `nobody`: they speak for it once, `within` or `for` a time again and again. A language has a prompt only.",
        "Ann hears \"lobby-waiting\", then hold music";
    Matrix "they hear each other like this:",
        "Everybody in the table speaks in turn, and must be in a call. A row is who hears, a column is who speaks; `x` where they are heard.",
        "they hear each other like this:";
    Asked "{who} {is=is|are} [{not=not} ]asked {for=for the PIN|for the conference ID|for a language|for a name|whether they are the organizer}[ within {within}]",
        "The prompt that asks for it has begun since the last `When`, or begins in time, in 20 seconds if nothing is said. Not asked: not since the last `When` and not in the next five seconds, in a call that goes on.",
        "Ann is not asked for the PIN";
    In "{who} {is=is|are} [{not=not} ]in the {place=lobby|meeting}[ within {within}| for {for}]",
        "Where they are, or will be in time, in 20 seconds if nothing is said; `for`: and stay so long. Not: not now and not in the next second, or in that time; `within`: no more by then. Whoever is in no call is not elsewhere: say `is disconnected`.",
        "Ann is in the lobby";
    Disconnected "{who} {is=is|are} disconnected[ because {cause}][ within {within}| after {after}]",
        "The call is over, or will be in time, in 20 seconds if nothing is said, for the reason a call record would give; `after`: not earlier, and a second later at most.",
        "Ann is disconnected because wrong-pin";
    Busy "{who} {get=get|gets} a busy",
        "The call was not taken: it is over, in 20 seconds at most.",
        "Ann gets a busy";
    Connected "{who} {is=is|are} still connected[ for {for}]",
        "The call goes on, now or for so long.",
        "Ann is still connected";
    Starts "the meeting[ {id}] starts[ within {within}]",
        "It has started since the last `When`, or does in time, in 20 seconds if nothing is said.",
        "the meeting starts within 1 second";
    NotStarted "the meeting[ {id}] has not started",
        "It does not run, and has not since the scenario began: nobody entitled has started it.",
        "the meeting has not started";
    Ends "the meeting[ {id}] ends[ within {within}| after {after}]",
        "It has ended since the last `When`, or does in time, in 20 seconds if nothing is said; `after`: not earlier, and a second later at most.",
        "the meeting ends within 1 second";
    Role "{who} {is=is|are} [{article=the|a|an} ]{role=organizer|authenticated user|attendee}(s) of the meeting",
        "What they are in it, now.",
        "Megan is the organizer of the meeting";
    Muted "{who} {is=is|are} [{not=not} ]muted",
        "By themself or by the organizer, now.",
        "Ann is muted";
    Hand "{possessive}'s hand is [{not=not} ]raised",
        "Whether it is.",
        "Ann's hand is raised";
    Recorded "the meeting[ {id}] is [{not=not} ]recorded",
        "Whether its recording is going on.",
        "the meeting is recorded";
    Letter "{name} gets a letter[ at {quoted2}][ about {quoted}][ {with=with|without} the PIN]",
        "One that was sent since the last `When` or the beginning, to their own address or the one that is named. It is taken out of the box.",
        "Megan gets a letter with the PIN";
    NoLetter "{name} gets no letter",
        "None was sent since the last `When` or the beginning but those that were taken out.",
        "Megan gets no letter";
    AnswerSays "the answer says {quoted}[ of {name}]",
        "What whoever administered last was told has this in it, or of a user: in their line of a list stands this and nothing else.",
        "the answer says \"a letter with the PIN goes to\"";
    AnswerShowsPin "the answer {shows=shows|does not show} {possessive}'s PIN",
        "Whether what whoever administered last was told has the PIN in it that is in force.",
        "the answer does not show Megan's PIN";
    PinLength "{possessive}'s PIN has {count} digits",
        "The one in force.",
        "Megan's PIN has 5 digits";
    IdLength "the conference ID of meeting {id} has {count} digits",
        "The one it has now.",
        "the conference ID of meeting 147852036 has 9 digits";
    NoPinTwice "{name} has never had the same PIN twice",
        "Of those they have had since the scenario began, which must be two at least.",
        "Megan has never had the same PIN twice";
    NoIdTwice "no conference ID has been given twice",
        "Of all that any meeting has had since the scenario began, one of which must have been reset.",
        "no conference ID has been given twice";
    PinWeak "{possessive}'s PIN {may=may|may not} be {pin}[ because it is {reason=one digit over and over|a run of digits|part of a telephone number|part of a conference ID|an earlier one}]",
        "Nobody chooses a PIN: whether this one would be given if it were drawn, or be thrown away, and by which rule.",
        "Megan's PIN may not be 1234 because it is a run of digits";
    Alarms "there {have=has been|have been} {count} alarm(s) at wrong entries",
        "Since the scenario began: as many as a running bridge counts and writes into its log.",
        "there have been 0 alarms at wrong entries";
    Locked "{possessive}'s PIN is [{not=not} ]locked",
        "Whether even the right one is refused.",
        "Megan's PIN is not locked";
    CallRecord "the call record of {name} says:",
        "Of their latest call, when it is over: a table of two columns.",
        "the call record of Ann says:";
    CallRecordOne "the call record of {name} says {setting} is {value}",
        "One field of it: caller, called, meeting, role, user, pin-used, admitted-by, commands, cause, class, q850, in-dialogue, waited, in-meeting, duration.",
        "the call record of Ann says cause is caller-hung-up";
    MeetingRecord "the record of the meeting[ {id}] says:",
        "Of its latest run: started-by, joined, members-most, duration, recorded, ended.",
        "the record of the meeting says:";
    MeetingRecordOne "the record of the meeting[ {id}] says {setting} is {value}",
        "One field of it.",
        "the record of the meeting says ended is empty";
}
