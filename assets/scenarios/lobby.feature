@lobby
Feature: Waiting

  Background:
    Given Megan organizes meeting 147 852 036 and her PIN is 48213
    And Alex is a user of the app

  Rule: Whoever waits hears music, and a word now and then

    Scenario: Music, and a word every minute
      When Ann dials in and keys {ID}##
      Then Ann hears "lobby-waiting"
      And Ann hears "lobby-still-waiting" after 60 seconds
      And Ann hears hold music
      When 55 seconds pass
      Then Ann hears "lobby-still-waiting" within 10 seconds
      And Ann hears hold music
      And Ann hears hold music for 50 seconds

    Scenario: No silence in ten minutes of waiting
      When Ann dials in and keys {ID}##
      Then Ann hears hold music
      When 10 minutes pass
      Then Ann is in the lobby
      And Ann has heard "lobby-still-waiting", then hold music, then "lobby-still-waiting", then hold music

    Scenario: A word every ten seconds where it is set
      Given the organization has set lobby-word-every to 10 seconds
      When Ann dials in and keys {ID}##
      Then Ann hears "lobby-waiting"
      And Ann hears "lobby-still-waiting" after 10 seconds
      And Ann hears "lobby-still-waiting" after 10 seconds

    Scenario: No word at all where it is set
      Given the organization has set lobby-word-every to never
      When Ann dials in and keys {ID}##
      Then Ann hears hold music
      And Ann does not hear "lobby-still-waiting" for 10 minutes

    Scenario: Nobody waits for longer than half an hour
      When Ann dials in and keys {ID}##
      Then Ann hears "lobby-waiting"
      And Ann does not hear "lobby-warning" for 28 minutes
      And Ann hears "lobby-warning" within 2 minutes
      And Ann hears "lobby-goodbye" after 1 minute
      # Those are five seconds of goodbye.
      And Ann is disconnected because lobby-time-limit after 5 seconds

    Scenario: Five minutes where it is set
      Given the organization has set lobby-ends-after to 5 minutes
      When Ann dials in and keys {ID}##
      Then Ann hears "lobby-waiting"
      And Ann hears "lobby-warning" after 4 minutes
      And Ann hears "lobby-goodbye" after 1 minute
      And Ann is disconnected because lobby-time-limit

    Scenario: For ever where it is set
      Given the organization has set lobby-ends-after to never
      When Ann dials in and keys {ID}##
      Then Ann is in the lobby for 2 days

    Scenario: Keys mean nothing there
      When Ann dials in and keys {ID}##
      Then Ann is in the lobby
      When Ann keys *21*6*1#0
      Then Ann is in the lobby for 5 seconds
      And Ann hears hold music

    Scenario: Two who wait do not hear each other
      When Ann and Bob dial in and key {ID}##
      Then Ann and Bob are in the lobby
      And Ann and Bob do not hear each other for 10 seconds
      When Megan dials in and keys {ID}#*{PIN}#
      Then Ann, Bob and Megan hear each other

  Rule: Where the organizer lets people in

    Background:
      Given meeting 147852036 has set admission to on-command

    Scenario: They wait though the meeting runs
      When Ann dials in and keys {ID}##
      And Megan dials in and keys {ID}#*{PIN}#
      Then the meeting starts
      And Ann hears "lobby-await-admission", then hold music
      And Ann is in the lobby
      And Megan does not hear Ann

    Scenario Outline: <keys> lets all in who wait
      When Ann and Bob dial in and key {ID}##
      And Megan dials in and keys {ID}#*{PIN}#
      And Megan keys <keys>
      Then Megan hears "admitted-all"
      And Ann, Bob and Megan are in the meeting
      And Ann, Bob and Megan hear each other

      Examples:
        | keys |
        | *21  |
        | *8   |

    Scenario: Whoever comes later waits again
      When Megan dials in and keys {ID}#*{PIN}#
      And Megan keys *21
      Then Megan hears "nobody-waiting"
      When Ann dials in and keys {ID}#
      Then Ann is in the lobby
      When Megan keys *24
      Then Megan hears "one-person-waiting"
      When Bob dials in and keys {ID}#
      Then Bob is in the lobby
      When Megan keys *24
      Then Megan hears "number-2", then "people-waiting"

    Scenario: No attendee can let people in
      When Megan dials in and keys {ID}#*{PIN}#
      And Ann dials in and keys {ID}#
      And Megan keys *21
      And Bob dials in and keys {ID}#
      Then Ann is in the meeting
      And Bob is in the lobby
      When Ann keys *21
      Then Ann hears "not-allowed"
      And Bob is in the lobby

    Scenario: The organizer is told when somebody waits
      When Megan dials in and keys {ID}#*{PIN}#
      Then Megan is in the meeting
      When 10 seconds pass
      And Ann dials in and keys {ID}#
      Then Megan hears "someone-waiting"

    Scenario: By the app one by one, and one is refused
      When Ann and Bob dial in and key {ID}##
      And Megan joins by the app
      And Megan admits Ann by the app
      Then Ann is in the meeting
      And Bob is in the lobby
      When Megan refuses Bob by the app
      Then Bob hears "lobby-refused"
      And Bob is disconnected because refused
      When Ann hangs up
      Then the call record of Ann says admitted-by is app

    Scenario: By the app all at once
      When Ann and Bob dial in and key {ID}##
      And Megan joins by the app
      And Megan admits everybody by the app
      Then Ann, Bob and Megan hear each other
