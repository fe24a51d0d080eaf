@entry
Feature: Entries take time

  The first digit may take seven seconds, each further one four, the whole entry thirty. Then it is asked again, and it was
  a try.

  Background:
    Given Megan organizes meeting 147 852 036 and her PIN is 48213

  Rule: Time limits

    Scenario: Seven seconds for the first digit
      When Ann dials in
      Then Ann hears "enter-conference-id"
      And Ann hears silence
      And Ann hears "no-entry-heard" after 7 seconds
      And Ann hears "enter-conference-id-again"

    Scenario: Whoever stays silent is asked for it again
      When Ann dials in
      And Ann stays silent for 20 seconds
      Then Ann has heard "no-entry-heard", then "enter-conference-id-again"
      When Ann waits 1 second
      And Ann keys *
      Then Ann is not asked whether they are the organizer
      And Ann is asked for the conference ID within 20 seconds

    Scenario: A digit just in time
      When Ann dials in
      Then Ann hears "enter-conference-id", then silence
      When 5 seconds pass
      And Ann keys 147852036#
      Then Ann is asked whether they are the organizer

    Scenario: Four seconds between digits
      When Ann dials in and keys 1478
      Then Ann does not hear "no-entry-heard" for 3 seconds
      And Ann hears "no-entry-heard" within 1 second
      And Ann hears "enter-conference-id-again"

    Scenario: Three seconds between digits are fine
      When Ann dials in and keys 14785
      And 3 seconds pass
      And Ann keys 2036
      And 3 seconds pass
      And Ann keys #
      Then Ann is asked whether they are the organizer

    Scenario: Thirty seconds for all of it
      When Ann dials in
      # Ten keys, three seconds apart: the last one is in time by itself, and the whole is not.
      And Ann keys 1478520361 with gaps of 3 seconds
      Then Ann hears "no-entry-heard" within 100 ms
      And Ann hears "enter-conference-id-again"

    Scenario: Nothing is keyed, three times
      When Ann dials in
      Then Ann has heard "enter-conference-id"
      When 1 minute passes
      Then Ann is disconnected because no-conference-id
      And Ann has heard "enter-conference-id-again", then "enter-conference-id-last", then "conference-id-goodbye"

    Scenario: The same for the PIN
      When Megan dials in and keys {ID}#*
      Then Megan hears "enter-pin", then silence
      And Megan hears "no-entry-heard" after 7 seconds
      And Megan hears "enter-pin-again"
      When Megan keys 482
      Then Megan hears "no-entry-heard" within 5 seconds
      And Megan hears "enter-pin-last"
      When Megan keys {PIN}#
      Then the meeting starts

    Scenario Outline: <setting> is <value> where it is set
      Given the organization has set <setting> to <value>
      When Ann dials in
      Then Ann hears "enter-conference-id", then silence
      And Ann hears "no-entry-heard" after <value>

      Examples:
        | setting           | value      |
        | first-digit-after | 3 seconds  |
        | first-digit-after | 15 seconds |

    Scenario: Nine seconds between digits where it is set
      Given the organization has set between-digits-after to 9 seconds
      When Ann dials in and keys 14785
      And 8 seconds pass
      And Ann keys 2036#
      Then Ann is asked whether they are the organizer

    Scenario: A minute for all of it where it is set
      Given the organization has set whole-entry-after to 1 minute
      When Ann dials in
      And Ann keys 147852036# with gaps of 3500 ms
      Then Ann is asked whether they are the organizer

  Rule: Whoever knows what to key need not listen

    Scenario: A key stops what is being said
      When Ann dials in
      Then Ann hears "welcome"
      When Ann keys 1
      Then Ann hears silence within 1 second
      When Ann keys 47852036#
      Then Ann is asked whether they are the organizer

    Scenario: Where that is off, all is said to its end, and the keys are kept
      Given the organization has set barge-in to off
      When Ann dials in
      Then Ann hears "welcome"
      When Ann keys 147852036#
      Then Ann has heard "welcome", then "organizer-question"
      And Ann is asked whether they are the organizer

    Scenario: What a prompt must say is said to its end, and a key stops the others
      Given the organization has set heard-to-the-end to ["welcome"]
      When Ann dials in
      Then Ann hears "welcome"
      When Ann keys 1
      Then Ann does not hear silence until "enter-conference-id"
      When Ann keys 47852036#
      Then Ann is asked whether they are the organizer

    Scenario: Thirty-two keys are kept while nobody takes them
      When the store answers after 4 seconds
      And Megan dials in and keys {ID}#
      # A star begins the PIN anew: these are thirty-two keys with the last pound.
      And Megan keys *999999999999999999999999*{PIN}# with tones of 40 ms and gaps of 40 ms
      Then Megan hears "organizer-welcome"
      And the meeting starts

    Scenario: The thirty-third is not
      When the store answers after 4 seconds
      And Megan dials in and keys {ID}#
      And Megan keys *9999999999999999999999999*{PIN}# with tones of 40 ms and gaps of 40 ms
      Then Megan hears "no-entry-heard", then "enter-pin-again"
      And the meeting has not started

    Scenario: More keys than anybody needs do no harm
      When Ann dials in and keys 1234567890123456789012345678901234567890123456789012345678901234567890
      And Ann keys #
      Then Ann hears "enter-conference-id-again"
      When Ann keys {ID}#
      Then Ann is asked whether they are the organizer

    Scenario Outline: <keys> is nothing that anybody should key
      When Ann dials in and keys <keys>
      Then Ann is still connected for 3 seconds
      And Ann is not in the meeting
      And the meeting has not started

      Examples:
        | keys       |
        | *          |
        | **         |
        | ***        |
        | *#         |
        | A          |
        | ABCD       |
        | *21        |
        | 1*2*3*4    |
