@ends
Feature: How a meeting ends

  Background:
    Given Megan organizes meeting 147 852 036 and her PIN is 48213
    And Alex is a user of the app

  Rule: It goes on without the organizer, but not for ever

    Scenario: Ninety minutes after the last one left who could have started it
      When Ann dials in and keys {ID}##
      And Megan dials in and keys {ID}#*{PIN}#
      Then Ann and Megan are in the meeting
      When Megan hangs up
      Then Ann is in the meeting
      And Ann hears "meeting-ends-soon" after 85 minutes
      And Ann hears "meeting-ended" after 5 minutes
      And Ann is disconnected because meeting-ended

    Scenario: It goes on if somebody of the organization comes back in time
      When Ann dials in and keys {ID}##
      And Megan dials in and keys {ID}#*{PIN}#
      Then Ann and Megan are in the meeting
      When Megan hangs up
      And 80 minutes pass
      And Alex joins by the app
      Then Ann does not hear "meeting-ends-soon" for 2 hours
      And Ann and Alex are in the meeting

    Scenario: Ten minutes where it is set
      Given meeting 147852036 has set ends-after-authenticated-left to 10 minutes
      When Ann dials in and keys {ID}##
      And Alex joins by the app
      Then Ann is in the meeting
      When Alex hangs up
      Then the meeting ends after 10 minutes
      And Ann is disconnected because meeting-ended
      And the record of the meeting says:
        | started by | authenticated                 |
        | joined     | 2                             |
        | ended      | authenticated-left-long-ago   |

    Scenario Outline: <setting> is ten minutes where it is set
      Given meeting 147852036 has set start-requires to anyone
      And meeting 147852036 has set <setting> to 10 minutes
      When Ann dials in and keys {ID}#
      Then the meeting starts
      When 9 minutes pass
      Then Ann is in the meeting
      And the meeting ends within 1 minute
      And the record of the meeting says ended is <reason>

      Examples:
        | setting                  | reason         |
        | ends-after-callers-alone | callers-alone  |
        | ends-after-at-most       | longest-time   |

    Scenario: Callers alone have four hours
      Given meeting 147852036 has set start-requires to anyone
      When Ann and Bob dial in and key {ID}#
      Then Ann and Bob are in the meeting
      When 3 hours pass
      Then Ann and Bob are in the meeting
      And the meeting ends within 1 hour and 1 minute
      And Ann and Bob are disconnected because meeting-ended
      And the record of the meeting says ended is callers-alone

    Scenario: Nobody meets for longer than a day
      When Megan dials in and keys {ID}#*{PIN}#
      And Ann dials in and keys {ID}#
      Then Ann is in the meeting
      When 23 hours pass
      Then Ann and Megan are in the meeting
      And the meeting ends within 61 minutes
      And Ann and Megan are disconnected because meeting-ended
      And Ann has heard "meeting-ends-soon", then "time-limit-goodbye"
      And the record of the meeting says ended is longest-time

  Rule: It ends when the organizer leaves, where that is set

    Scenario: At once, with a word
      Given meeting 147852036 has set when-authenticated-left to ends
      When Ann dials in and keys {ID}##
      And Megan dials in and keys {ID}#*{PIN}#
      Then Ann and Megan are in the meeting
      When Megan hangs up
      Then the meeting ends within 1 second
      And Ann hears "organizer-ended-meeting"
      And Ann is disconnected because meeting-ended

  Rule: They wait again when the organizer leaves, where that is set

    Scenario: With music, until it starts again
      Given meeting 147852036 has set when-authenticated-left to back-to-lobby
      When Ann dials in and keys {ID}##
      And Megan dials in and keys {ID}#*{PIN}#
      Then Ann and Megan are in the meeting
      When Megan hangs up
      Then Ann hears "back-to-lobby", then hold music
      And Ann is in the lobby for 30 seconds
      When Megan dials in and keys {ID}#*{PIN}#
      Then Ann and Megan are in the meeting
      And Ann and Megan hear each other
      And Ann does not hear hold music for 5 seconds

  Rule: The organizer ends it

    Scenario: By the app
      When Ann dials in and keys {ID}##
      And Megan joins by the app
      Then Ann is in the meeting
      When Megan ends the meeting by the app
      Then Ann hears "meeting-ended"
      And Ann is disconnected because meeting-ended
      And the record of the meeting says ended is organizer

    Scenario: The last one who leaves ends it, and it can begin anew
      When Megan dials in and keys {ID}#*{PIN}#
      Then the meeting starts
      When Megan hangs up
      Then the meeting ends within 1 second
      And the record of the meeting says ended is empty
      When Ann dials in and keys {ID}##
      Then Ann is in the lobby
      When Megan dials in and keys {ID}#*{PIN}#
      Then the meeting starts
      And Ann and Megan hear each other
