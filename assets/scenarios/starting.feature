@start
Feature: Who starts a meeting

  Background:
    Given Megan organizes meeting 147 852 036 and her PIN is 48213
    And Alex is a user of the app

  Rule: It starts by the organizer's PIN, or by the app

    Scenario: The organizer's PIN
      When Megan dials in and keys {ID}#*{PIN}#
      Then the meeting starts within 1 second
      And Megan hears "organizer-welcome", then "first-in-meeting"
      And Megan is the organizer of the meeting

    Scenario: A caller alone does not start it
      When Ann dials in and keys {ID}##
      Then Ann is in the lobby for 5 minutes
      And the meeting has not started

    Scenario Outline: By the app <who> starts it as <role>
      When <who> joins by the app
      Then the meeting starts within 1 second
      And <who> is <role> of the meeting

      Examples:
        | who   | role                  |
        | Megan | the organizer         |
        | Alex  | an authenticated user |

    Scenario: Where only the organizer may, other users of the app wait
      Given meeting 147852036 has set app-start to organizer-only
      When Alex joins by the app
      And Ann dials in and keys {ID}##
      Then Alex and Ann are in the lobby
      And the meeting has not started
      When Megan joins by the app
      Then the meeting starts within 1 second
      And Alex, Ann and Megan are in the meeting

    Scenario: Nobody is asked for a PIN by the app
      When Megan joins by the app
      Then Megan is in the meeting
      And Megan is not asked for the PIN
      And Megan is not asked whether they are the organizer

  Rule: Where anyone may start it, nobody is asked anything

    Background:
      Given meeting 147852036 has set start-requires to anyone

    Scenario: The first caller starts it
      When Ann dials in and keys {ID}#
      Then the meeting starts within 1 second
      And Ann hears "first-in-meeting"
      And Ann is not asked whether they are the organizer

    Scenario: The organizer is a caller like any other
      When Ann dials in and keys {ID}#
      And Megan dials in and keys {ID}#
      Then Ann and Megan hear each other
      And Megan is an attendee of the meeting

  Rule: Each organizer may set it for their meetings

    Scenario: Anyone may start Olga's, and nobody but Megan hers
      Given Olga organizes meeting 369 258 147 and her PIN is 90090
      And Olga's meetings have set start-requires to anyone
      When Ann dials in and keys 369258147#
      Then the meeting 369258147 starts
      And Ann is not asked whether they are the organizer
      When Bob dials in and keys 147852036##
      Then Bob is in the lobby
      # From then on Megan's too.
      Given Megan's meetings have set start-requires to anyone
      When Carl dials in and keys 147852036#
      Then the meeting 147852036 starts
      And Bob and Carl hear each other

  Rule: Who is asked whether they are the organizer

    Scenario: Only as long as the meeting has not started
      When Ann dials in and keys {ID}#
      Then Ann is asked whether they are the organizer
      When Megan joins by the app
      And Bob dials in and keys {ID}#
      Then Bob is in the meeting
      And Bob is not asked whether they are the organizer

    Scenario: Afterwards too, where it is set: a late organizer takes the role
      Given meeting 147852036 has set organizer-question to also-after-start
      When Alex joins by the app
      And Megan dials in and keys {ID}#
      Then Megan is asked whether they are the organizer
      When Megan keys *{PIN}#
      Then Megan is in the meeting
      And Megan is the organizer of the meeting
      When Ann dials in and keys {ID}#
      Then Ann is asked whether they are the organizer
      And Ann is in the meeting

    Scenario: Whoever says nothing is no organizer
      When Ann dials in and keys {ID}#
      Then Ann is asked whether they are the organizer
      And Ann is in the lobby within 15 seconds

    Scenario: Whoever presses pound is no organizer, at once
      When Ann dials in and keys {ID}#
      Then Ann is asked whether they are the organizer
      When Ann keys #
      Then Ann is in the lobby within 1 second

    Scenario Outline: <key> means nothing at the question
      When Ann dials in and keys {ID}#
      Then Ann is asked whether they are the organizer
      When Ann keys <key>
      Then Ann is not asked for the PIN
      And Ann is not in the lobby
      And Ann is in the lobby within 20 seconds

      Examples:
        | key |
        | 1   |
        | 0   |
        | 9   |

  Rule: All can be keyed in one go

    Scenario Outline: <keys> in one go
      When Megan dials in and keys <keys>
      Then Megan hears "<prompt>"
      And Megan is in the <place>

      Examples:
        | keys              | prompt            | place   |
        | {ID}#*{PIN}#      | organizer-welcome | meeting |
        | 147852036#*48213# | organizer-welcome | meeting |
        | {ID}##            | lobby-waiting     | lobby   |

    Scenario: In one go, and the last try after it
      When Megan dials in and keys 147852036#*99999#
      Then Megan hears "enter-pin-again"
      When Megan keys 48213#
      Then the meeting starts
