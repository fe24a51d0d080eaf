//! The limits of the house: each with its unit, why this much, and what happens when it is reached.

use std::time::Duration;

/// Keys one entry keeps; the longest legal one is a 12-digit PIN. Later keys up to `#` are left out, and
/// the entry is asked about like any other, so a stuck key costs nothing and learns nothing.
pub const ENTRY_DIGITS_MAX: usize = 16;

/// Keys kept while the dialogue waits for an answer; a whole `147852036#*48213#` is 17. Beyond it the
/// newest key is left out and counted.
pub const TYPE_AHEAD_KEYS_MAX: usize = 32;

/// Meetings one exchange holds at once. Beyond it a caller is told that the service cannot be reached now.
pub const MEETINGS_MAX: usize = 65_536;

/// Legs one exchange holds at once. Beyond it a call is refused with Q.850 cause 42.
pub const LEGS_MAX: usize = 262_144;

/// Frames one leg may have waiting for the next tick: what a driver that was late hands over at once.
/// Beyond it the oldest is dropped and counted.
pub const FRAMES_WAITING_MAX: usize = 3;

/// Ticks a driver may be late and still be served one by one, the sound running on. Later than that
/// (half a second) the missed ticks are skipped in one go, counted and recorded.
pub const TICKS_LATE_MAX: u64 = 25;

/// Keys that came as events and wait for the detector's latency to pass, over all legs. Beyond it the newest
/// is dropped and counted.
pub const EVENT_KEYS_WAITING_MAX: usize = 1_048_576;

/// Earlier PINs remembered for each user, as digests; the oldest is forgotten first.
pub const PIN_HISTORY_MAX: usize = 24;

/// Longest wait for the store before the dialogue apologises: beyond it a caller thinks the line is dead.
pub const STORE_WAIT_MAX: Duration = Duration::from_secs(5);

/// What a look-up takes in virtual time where nothing else is said: no answer is there at once. What is made of recorded calls
/// reckons with the same, or it would not replay.
pub const LOOK_UP_TAKES: Duration = Duration::from_millis(5);

/// What the check of a PIN takes in virtual time, whatever it costs: argon2id is slow by design. Used as [`LOOK_UP_TAKES`] is.
pub const PIN_CHECK_TAKES: Duration = Duration::from_millis(80);

/// How long a call rings in virtual time until it is answered. Used as [`LOOK_UP_TAKES`] is.
pub const RINGS_FOR: Duration = Duration::from_millis(120);

/// Comings, or goings, in [`STORM_WINDOW`] that are each heard in a meeting. The next one is heard for all that follow:
/// a hundred tones in a row are noise.
pub const STORM_JOINS: usize = 20;

/// Time a caller has to say their name. What is said later is left out.
pub const NAME_LASTS_MAX: Duration = Duration::from_secs(5);

/// Frames of 20 ms in [`NAME_LASTS_MAX`].
pub const NAME_FRAMES_MAX: usize = NAME_LASTS_MAX.as_millis() as usize / 20;

/// Ticks by which the announcement of someone who comes or goes may be late, because others are being announced: 10 s.
/// One that would be later is left out, since nobody would know of whom it speaks.
pub const ANNOUNCEMENT_LATE_TICKS_MAX: u64 = 500;

/// Members whom a private roll call names. Of a larger meeting it tells how many are in it, and names the first.
pub const ROLL_CALL_NAMES_MAX: usize = 50;

/// How long before a time limit ends a meeting all in it are told.
pub const MEETING_WARNING_BEFORE: Duration = Duration::from_secs(5 * 60);

/// The time over which comings and goings are counted.
pub const STORM_WINDOW: Duration = Duration::from_secs(10);

/// Bytes of a file of scenarios. A larger one is not read: it was made by mistake.
pub const SCENARIO_FILE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Steps of one scenario. One with more is told so and not run.
pub const SCENARIO_STEPS_MAX: usize = 10_000;

/// Keys of one step: nobody presses more in one go.
pub const SCENARIO_KEYS_MAX: usize = 1_000;

/// People of one scenario, groups included: each has a seat and an ear of its own. Some more than a meeting takes.
pub const SCENARIO_PEOPLE_MAX: usize = 1_100;

/// Rows of examples taken from one file.
pub const SCENARIO_ROWS_MAX: usize = 100_000;

/// Faults of one file that are told; the rest is counted.
pub const SCENARIO_FAULTS_MAX: usize = 100;

/// Of each call of a scenario so many frames are kept as sound: an hour, which is 58 MB. A call may last a day, and what is heard
/// then is in the trace.
pub const SCENARIO_SOUND_FRAMES_MAX: usize = 60 * 60 * 50;

/// Virtual time one scenario may last: longer than the longest meeting. What waits longer waits for ever.
pub const SCENARIO_LASTS_MAX: Duration = Duration::from_secs(8 * 24 * 60 * 60);

/// Bytes of a network capture that is made into a scenario: it is read whole. A larger one is refused; it holds days of calls.
pub const CAPTURE_BYTES_MAX: u64 = 1024 * 1024 * 1024;
