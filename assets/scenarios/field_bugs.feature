@field-bugs
Feature: What went wrong on other bridges

  Each scenario is named after what callers noticed on some bridge in the field. None of it may happen here.

  Background:
    Given Megan organizes meeting 147 852 036 and her PIN is 48213
    And Alex is a user of the app

  Rule: Hold music plays for whoever waits, and for nobody else

    Scenario: Hold music keeps playing after the meeting has started
      When Ann and Bob dial in and key {ID}##
      Then Ann and Bob hear hold music
      When Megan dials in and keys {ID}#*{PIN}#
      Then the meeting starts
      And Ann and Bob do not hear hold music for 30 seconds
      And Ann, Bob and Megan hear each other

    Scenario: Hold music keeps playing since it goes by how many there are
      # One who waits and the organizer are two; the organizer and an app user are two as well.
      When Ann dials in and keys {ID}##
      Then Ann hears hold music
      When Megan dials in and keys {ID}#*{PIN}#
      Then Ann and Megan are in the meeting
      And Ann and Megan do not hear hold music for 10 seconds
      When Ann hangs up
      # Megan is the only one, and in a meeting all the same.
      Then Megan does not hear hold music for 10 seconds
      When Bob dials in and keys {ID}#
      Then Bob and Megan hear each other
      And Bob does not hear hold music for 10 seconds

    Scenario: Two wait, and the meeting starts because there are two
      When Ann and Bob dial in and key {ID}##
      Then Ann and Bob are in the lobby for 2 minutes
      And the meeting has not started
      And Ann and Bob hear hold music

    Scenario: Hold music comes back when somebody leaves and joins again
      When Ann dials in and keys {ID}##
      Then Ann is in the lobby
      When Megan dials in and keys {ID}#*{PIN}#
      Then Ann is in the meeting
      When Ann hangs up
      And Ann dials in and keys {ID}#
      Then Ann is in the meeting
      And Ann and Megan do not hear hold music for 10 seconds
      And Ann and Megan hear each other

    Scenario: Hold music comes back when the organizer leaves and joins again
      When Ann dials in and keys {ID}##
      And Megan dials in and keys {ID}#*{PIN}#
      Then Ann and Megan are in the meeting
      When Megan hangs up
      Then Ann does not hear hold music for 10 seconds
      And Ann is in the meeting
      When Megan dials in and keys {ID}#
      Then Megan is in the meeting
      And Ann and Megan do not hear hold music for 10 seconds
      And Ann and Megan hear each other

    Scenario: The whole meeting hears the hold music of one who waits
      Given meeting 147852036 has set admission to on-command
      When Megan dials in and keys {ID}#*{PIN}#
      And Bob dials in and keys {ID}##
      And Megan keys *21
      Then Bob and Megan are in the meeting
      When Ann dials in and keys {ID}#
      Then Ann hears "lobby-await-admission", then hold music
      And Bob and Megan do not hear hold music for 30 seconds
      And they hear each other like this:
        |       | Ann | Bob | Megan |
        | Ann   |     |     |       |
        | Bob   |     |     | x     |
        | Megan |     | x   |       |

    Scenario: The whole meeting hears the words meant for one
      When Megan dials in and keys {ID}#*{PIN}#
      And Ann dials in and keys {ID}#
      Then Ann and Megan are in the meeting
      When 10 seconds pass
      And Ann keys *1
      Then Ann hears "help-mute"
      And Megan does not hear "help-mute" for 10 seconds

    Scenario: Two call at the same instant, and one of them gets no music
      When at the same time:
        | Ann dials in and keys {ID}## |
        | Bob dials in and keys {ID}## |
      Then Ann and Bob hear "lobby-waiting", then hold music
      And Ann and Bob hear hold music for 10 seconds

    Scenario: One calls at the instant in which the meeting starts, and is left in the lobby
      When Megan dials in and keys {ID}#*
      And Ann dials in and keys {ID}#
      Then Megan is asked for the PIN
      When at the same time:
        | Ann keys #         |
        | Megan keys 48213#  |
      Then Ann and Megan are in the meeting
      And Ann and Megan hear each other

  Rule: Nothing of a meeting happens before it has started

    Scenario: The recording starts while everybody still waits for the organizer
      Given meeting 147852036 has set:
        | recording        | from-start    |
        | recording-notice | phone-callers |
      When Ann and Bob dial in and key {ID}##
      Then Ann and Bob are in the lobby for 1 minute
      And the meeting is not recorded
      And Ann does not hear "recording-on"
      When Megan dials in and keys {ID}#*{PIN}#
      Then the meeting starts
      And the meeting is recorded
      And Ann hears "recording-on"
      When Ann, Bob and Megan hang up
      Then the meeting ends
      And the meeting is not recorded

    Scenario: What is said while waiting is heard in the meeting a moment later
      When Ann dials in and keys {ID}##
      And Megan dials in and keys {ID}#*
      Then Ann hears hold music
      And Megan is asked for the PIN
      # Ann speaks without end, also at the instant in which she is admitted.
      When at the same time:
        | Ann speaks for 3 seconds |
        | Megan keys 48213#        |
      Then Ann and Megan are in the meeting
      And Ann and Megan hear each other

  Rule: A key that is pressed once counts once

    Scenario Outline: A digit counts twice when keys come as <how>
      Given Ann sends keys as <how>
      # No digit more and no digit less: eleven of them would be no conference ID.
      When Ann dials in and keys 147852036#
      Then Ann is asked whether they are the organizer
      When Ann keys #
      Then Ann is in the lobby

      Examples:
        | how      |
        | tones    |
        | events   |
        | SIP INFO |

    Scenario Outline: A digit counts twice, or is lost, when events come with <packets>
      When Ann dials in
      And Ann keys 147852036# with <packets> events
      Then Ann is asked whether they are the organizer

      Examples: packets that a bridge may not count twice
        | packets       |
        | new-timestamp |
        | repeated-end  |
        | reordered     |
        | burst         |
        | new-payload-type |
        | fast-clock    |
        | echoing       |
        | doubled       |

      Examples: packets without which a bridge may lose a key
        | packets    |
        | no-marker  |
        | lost-start |
        | lost-end   |
        | one-packet |

    Scenario Outline: A digit is lost when a telephone writes its SIP INFO with <requests>
      When Ann dials in
      And Ann keys 147852036# with <requests> SIP INFO
      Then Ann is asked whether they are the organizer

      Examples:
        | requests      |
        | no-duration   |
        | lower-case    |
        | bare-newlines |
        | key-alone     |
        | repeated      |

    Scenario: A digit counts twice when SIP INFO says it too
      When Ann dials in
      And Ann keys 147852036# with doubled events
      Then Ann is asked whether they are the organizer
      When Ann keys *{PIN}# with doubled events
      Then Ann is in the meeting
      When Ann keys *6 with doubled events
      Then Ann is muted

    Scenario: A digit is lost when the clock of events goes slower again
      When Ann dials in
      # A star begins the ID anew.
      And Ann keys 147852036*147852036* with fast-clock events
      And Ann keys 147852036# as events
      Then Ann is asked whether they are the organizer

    Scenario: A digit counts twice when the line has an echo
      When Ann dials in
      And Ann keys 147852036# with echoed tones
      Then Ann is asked whether they are the organizer

    Scenario: A digit counts twice when its tone leaks beside the event
      When Ann dials in
      And Ann keys 147852036# with leaking events
      Then Ann is asked whether they are the organizer
      When Ann keys *
      Then Ann is asked for the PIN
      When Ann keys {PIN}# with leaking events
      Then Ann is in the meeting

    Scenario: A tone is taken for a key though the telephone sends its keys as events
      When Ann dials in
      And Ann keys 147852036 as events
      And Ann keys 5 as tones
      And Ann keys # as events
      Then Ann is asked whether they are the organizer

    Scenario: A digit counts twice when a key is held down for long
      When Ann dials in and keys 14785203
      And Ann holds key 6 for 3 seconds
      And Ann keys #
      Then Ann is asked whether they are the organizer

    Scenario: A digit counts twice when its tone has a gap
      When Ann dials in
      And Ann keys 147852036# with broken tones
      Then Ann is asked whether they are the organizer

    Scenario: A digit counts once though it was pressed twice
      # Each pair of threes has a pause between them: both count.
      Given Olga organizes meeting 335577115 and her PIN is 90090
      When Ann dials in and keys 335577115#
      Then Ann is asked whether they are the organizer

    Scenario: A digit counts once though it was pressed twice in quick succession
      Given Olga organizes meeting 335577115 and her PIN is 90090
      When Ann dials in
      And Ann keys 335577115# with tones of 50 ms and gaps of 50 ms
      Then Ann is asked whether they are the organizer

    Scenario: Somebody's key is heard, and counted, by everybody in the meeting
      When Megan dials in and keys {ID}#*{PIN}#
      And Ann dials in and keys {ID}#
      Then Ann and Megan are in the meeting
      When Ann keys *6
      Then Ann hears "muted"
      And Ann is muted
      And Megan is not muted
      And Megan does not hear "muted"

  Rule: No key is lost

    Scenario Outline: A digit is lost when keys come as <how> and quickly
      Given Ann sends keys as <how>
      When Ann dials in
      And Ann keys 147852036# with tones of 50 ms and gaps of 50 ms
      Then Ann is asked whether they are the organizer

      Examples:
        | how      |
        | tones    |
        | events   |
        | SIP INFO |

    Scenario: The first digit is lost when somebody keys while the greeting still plays
      When Ann dials in and keys 1
      Then Ann hears "welcome"
      When Ann keys 47852036#
      Then Ann is asked whether they are the organizer

    Scenario: Keys are lost while the store is looking
      When the store answers after 3 seconds
      And Megan dials in and keys 147852036#*48213#
      Then Megan hears "organizer-welcome"
      And the meeting starts
