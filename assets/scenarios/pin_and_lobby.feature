@pin @lobby
Feature: Who is let in

  Who may start the meeting, whether those who wait come in by themselves, who comes first, and whether the organizer's
  PIN is locked: every combination.

  Background:
    Given Megan organizes meeting 147 852 036 and her PIN is 48213
    And Alex is a user of the app

  @matrix
  Scenario Outline: <start>, <app>, <admission>, the PIN <lock>: <first>, then <second>
    Given the organization has set in-window.five to <window>
    And the organization has set total.five to <total>
    When Mallory dials in and keys {ID}#*{WRONG PIN}#
    Then Mallory hears "pin-wrong", then "enter-pin-again"
    When Mallory hangs up
    And <later>
    Then Megan's PIN is <locked>
    Given meeting 147852036 has set start-requires to <start>
    And meeting 147852036 has set app-start to <app>
    And meeting 147852036 has set admission to <admission>
    When <first>
    And 15 seconds pass
    And <second>
    Then Ann is <ann>
    And <other> is <place>
    And Ann <music>
    And <hearing>

    Examples: from "pin_and_lobby.csv"

  Scenario Outline: Ann waits, and <who> <deed>: she is <where>
    Given meeting 147852036 has set admission to <admission>
    When Ann dials in and keys {ID}##
    Then Ann is in the lobby
    When Megan dials in and keys {ID}#*{PIN}#
    Then the meeting starts
    When <who> <deed>
    Then Ann is <where>

    Examples:
      | admission  | who   | deed        | where          |
      | on-start   | Megan | keys *24    | in the meeting |
      | on-command | Megan | keys *24    | in the lobby   |
      | on-command | Megan | keys *21    | in the meeting |
      | on-command | Megan | keys *8     | in the meeting |
      | on-command | Alex  | joins by the app | in the lobby |

  Scenario Outline: The PIN is <entry>, then <after>: <outcome>
    Given the organization has set after-wrong-pins to <after>
    When Ann dials in and keys {ID}##
    And Megan dials in and keys {ID}#*<entry>#
    Then Megan hears "<prompt>"
    And <outcome>
    And <ann>

    Examples: right
      | entry          | after   | prompt             | outcome            | ann                     |
      | {PIN}          | goodbye | organizer-welcome  | the meeting starts | Ann is in the meeting   |
      | {PIN}          | lobby   | organizer-welcome  | the meeting starts | Ann is in the meeting   |

    Examples: wrong
      | entry          | after   | prompt             | outcome                       | ann                 |
      | {WRONG PIN}    | goodbye | enter-pin-again    | the meeting has not started   | Ann is in the lobby |
      | {PIN}0         | goodbye | enter-pin-again    | the meeting has not started   | Ann is in the lobby |
      | 4821           | goodbye | enter-pin-again    | the meeting has not started   | Ann is in the lobby |
      | 1              | goodbye | enter-pin-again    | the meeting has not started   | Ann is in the lobby |
      | 0000000000000000 | goodbye | enter-pin-again  | the meeting has not started   | Ann is in the lobby |
      |                | goodbye | enter-pin-again    | the meeting has not started   | Ann is in the lobby |

  Scenario Outline: A PIN of <length> digits lets everybody in
    Given Olga organizes meeting 369 258 147 and her PIN is <pin>
    When Ann dials in and keys 369258147##
    Then Ann is in the lobby
    When Olga dials in and keys 369258147#*<pin>#
    Then Ann and Olga are in the meeting
    And Olga is the organizer of the meeting

    Examples:
      | length | pin          |
      | 4      | 8264         |
      | 5      | 82640        |
      | 6      | 826401       |
      | 7      | 8264019      |
      | 8      | 82640193     |
      | 9      | 826401937    |
      | 10     | 8264019375   |
      | 11     | 82640193752  |
      | 12     | 826401937528 |

  Scenario: Nobody in the lobby hears the meeting, and the meeting hears nobody in the lobby
    Given meeting 147852036 has set admission to on-command
    When Ann and Bob dial in and key {ID}##
    And Megan dials in and keys {ID}#*{PIN}#
    And Alex joins by the app
    Then Ann and Bob are in the lobby
    And they hear each other like this:
      |       | Ann | Bob | Megan | Alex |
      | Ann   |     |     |       |      |
      | Bob   |     |     |       |      |
      | Megan |     |     |       | x    |
      | Alex  |     |     | x     |      |

  Scenario: Ann is let in when the administrator has unlocked what was locked for good
    Given the organization has set total.five to 1
    When Mallory dials in and keys {ID}#*{WRONG PIN}#
    And Ann dials in and keys {ID}##
    And Megan dials in and keys {ID}#*{PIN}#
    Then Megan hears "pin-wrong", then "enter-pin-again"
    And Ann is in the lobby
    When the administrator unlocks Megan's PIN
    And Megan keys {PIN}#
    Then Ann and Megan are in the meeting

  Scenario: The PIN of one organizer opens no other's meeting
    Given Olga organizes meeting 369 258 147 and her PIN is 90090
    When Olga dials in and keys 147852036#*90090#
    Then Olga hears "pin-wrong", then "enter-pin-again"
    And the meeting 147852036 has not started
    When Olga keys 90090#
    Then Olga hears "pin-wrong", then "enter-pin-last"
    When Olga keys 90090#
    Then Olga hears "pin-goodbye"
    And Olga is disconnected because wrong-pin
    When Olga dials in and keys 369258147#*90090#
    Then the meeting 369258147 starts
    And the meeting 147852036 has not started

  Scenario: Somebody leaves the lobby before it starts, and is not let in afterwards
    When Ann and Bob dial in and key {ID}##
    Then Ann and Bob are in the lobby
    When Ann hangs up
    And Megan dials in and keys {ID}#*{PIN}#
    Then Bob and Megan are in the meeting
    And Ann is disconnected because caller-hung-up
    And Bob and Megan hear each other
