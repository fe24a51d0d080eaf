@conference-id
Feature: Conference IDs

  Background:
    Given Megan organizes meeting 147 852 036 and her PIN is 48213

  Rule: A caller has three tries, and learns nothing from what is said

    Scenario Outline: An ID that is <wrong> is answered like any other that is wrong
      When Ann dials in and keys <keys>
      Then Ann hears "conference-id-unknown", then "enter-conference-id-again"
      And Ann is not in the lobby

      Examples:
        | wrong                  | keys         |
        | one digit off          | 147852037#   |
        | of two digits swapped  | 147825036#   |
        | one digit short        | 14785203#    |
        | one digit long         | 1478520360#  |
        | well-formed but nobody's | 258147369# |
        | a single digit         | 1#           |
        | all zeros              | 000000000#   |

    Scenario: Three wrong ones, and goodbye
      When Ann dials in and keys 147852037#
      Then Ann hears "conference-id-unknown", then "enter-conference-id-again"
      When Ann keys 258147369#
      Then Ann hears "conference-id-unknown", then "enter-conference-id-last"
      When Ann keys 1#
      Then Ann hears "conference-id-goodbye"
      And Ann is disconnected because no-conference-id

    Scenario: The third one is right
      When Ann dials in and keys 147852037#
      Then Ann hears "conference-id-unknown", then "enter-conference-id-again"
      When Ann keys 147852037#
      Then Ann hears "conference-id-unknown", then "enter-conference-id-last"
      When Ann keys 147852036#
      Then Ann is asked whether they are the organizer

    Scenario: Nothing at all is a try too
      When Ann dials in and keys #
      Then Ann hears "no-entry-heard", then "enter-conference-id-again"
      When Ann keys #
      Then Ann hears "no-entry-heard", then "enter-conference-id-last"
      When Ann keys #
      Then Ann is disconnected because no-conference-id

    Scenario: A star begins anew
      When Ann dials in and keys 14785*147852036#
      Then Ann is asked whether they are the organizer

    Scenario Outline: <tries> tries where it is set
      Given the organization has set conference-id-tries to <tries>
      When Ann dials in
      And <deeds>
      Then Ann is disconnected because no-conference-id

      Examples:
        | tries | deeds       |
        | 1     | Ann keys 1# |

    Scenario: Five tries where it is set
      Given the organization has set conference-id-tries to 5
      When Ann dials in and keys 1#
      And Ann keys 1#
      And Ann keys 1#
      And Ann keys 1#
      Then Ann is still connected for 3 seconds
      When Ann keys {ID}#
      Then Ann is asked whether they are the organizer

  Rule: Every single wrong digit is noticed

    Scenario Outline: <keys> for 147852036
      When Ann dials in and keys <keys>#
      Then Ann hears "conference-id-unknown", then "enter-conference-id-again"

      Examples:
        | keys      |
        | 247852036 |
        | 157852036 |
        | 148852036 |
        | 147952036 |
        | 147862036 |
        | 147853036 |
        | 147852136 |
        | 147852046 |
        | 147852030 |

  Rule: An ID lives as long as its meeting, and sixty days

    Scenario Outline: Held until 1 March, called on <time>
      Given it is <time>
      And Olga organizes meeting 369 258 147 and her PIN is 90090
      And meeting 369258147 is held until 2026-03-01 10:00
      When Ann dials in and keys 369258147#
      Then Ann hears "<prompt>"

      Examples:
        | time             | prompt                    |
        | 2026-02-01 09:00 | organizer-question        |
        | 2026-03-01 09:00 | organizer-question        |
        | 2026-04-29 09:00 | organizer-question        |
        | 2026-05-01 09:00 | conference-id-unknown     |

    Scenario: A standing one never expires
      Given it is 2036-01-01 09:00
      When Ann dials in and keys {ID}#
      Then Ann is asked whether they are the organizer

  Rule: A reset frees the old one at once

    Scenario: The new one works, the old one does not
      When the administrator resets the conference ID of meeting 147852036
      And Ann dials in and keys 147852036#
      Then Ann hears "conference-id-unknown", then "enter-conference-id-again"
      When Ann keys {ID}#
      Then Ann is asked whether they are the organizer

    Scenario: Who waits already goes on waiting, and is let in
      When Ann dials in and keys 147852036##
      Then Ann is in the lobby
      When the administrator resets the conference ID of meeting 147852036
      Then Ann is in the lobby
      When Megan dials in and keys {ID}#*{PIN}#
      Then Ann and Megan are in the meeting

    Scenario: Nine digits if nothing is set
      When the administrator resets the conference ID of meeting 147852036
      Then the conference ID of meeting 147852036 has 9 digits

    Scenario: No old one comes back, though there are not many
      # There are nine hundred of four digits: with five hundred of them drawn, one would come again if it could.
      Given the organization has set conference-id-length to 4
      When the administrator resets the conference ID of meeting 147852036 500 times
      Then the conference ID of meeting 147852036 has 4 digits
      And no conference ID has been given twice

  Rule: A meeting that is called off is none

    Scenario: Whoever waits is told, and nobody finds it any more
      Given it is 2026-02-01 09:00
      And meeting 147852036 is held until 2026-03-01 10:00
      When Ann dials in and keys {ID}##
      Then Ann is in the lobby
      When the administrator cancels meeting 147852036
      Then Ann hears "meeting-cancelled"
      And Ann is disconnected because meeting-cancelled
      When Bob dials in and keys 147852036#
      Then Bob hears "conference-id-unknown", then "enter-conference-id-again"

  Rule: A user can hold several meetings, each with an ID of its own

    Scenario: The same PIN starts each of them, and nobody comes into the wrong one
      Given Megan organizes meeting 258 147 369
      When Ann dials in and keys 147852036##
      And Bob dials in and keys 258147369##
      And Megan dials in and keys 258147369#*48213#
      Then the meeting 258147369 starts
      And Bob and Megan are in the meeting
      And Ann is in the lobby
      And the meeting 147852036 has not started

    Scenario: Two meetings run, and each has a recording, an end and a record of its own
      Given Megan organizes meeting 258 147 369
      And Alex is a user of the app
      And meeting 258147369 has set recording to from-start
      When Alex joins meeting 258147369 by the app
      And Megan joins meeting 147852036 by the app
      And Ann dials in and keys 258147369#
      Then Ann and Alex hear each other
      And Ann and Megan do not hear each other
      And the meeting 258147369 is recorded
      And the meeting 147852036 is not recorded
      When Ann and Alex hang up
      Then the meeting 258147369 ends within 1 second
      And the record of the meeting 258147369 says started-by is authenticated
      And Megan is in the meeting
      When Megan hangs up
      Then the record of the meeting 147852036 says:
        | started by | organizer |
        | joined     | 1         |
