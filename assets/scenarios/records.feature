@records
Feature: What is kept of calls and meetings

  Background:
    Given Megan organizes meeting 147 852 036 and her PIN is 48213
    And Alex is a user of the app

  Scenario: The record of a caller, of the organizer, and of the meeting
    Given Ann calls from +1 425 555 0171
    When Ann dials in and keys {ID}##
    Then Ann is in the lobby
    When 30 seconds pass
    And Megan dials in and keys {ID}#*{PIN}#
    Then Ann and Megan are in the meeting
    When 1 minute passes
    And Ann keys *6
    And Ann hangs up
    And Megan hangs up
    Then the call record of Ann says:
      | caller      | +1 425 555 0171 |
      | called      | +1 425 555 0100 |
      | meeting     | 147852036       |
      | role        | attendee        |
      | user        | nothing         |
      | pin used    | no              |
      | admitted by | rules           |
      | commands    | mute            |
      | cause       | caller-hung-up  |
      | class       | caller          |
      | q850        | 16              |
    And the call record of Megan says:
      | role        | organizer       |
      | user        | Megan           |
      | pin used    | yes             |
      | admitted by | right           |
      | cause       | caller-hung-up  |
    And the record of the meeting says:
      | started by   | organizer |
      | joined       | 2         |
      | members most | 2         |

  Scenario Outline: The record of a call that ends because <cause>
    Given the organization has set:
      | pin-tries           | 1       |
      | conference-id-tries | 1       |
      | lobby-ends-after    | 2 minutes |
    When Ann dials in and keys <keys>
    Then Ann is disconnected because <cause> within 3 minutes
    And the call record of Ann says:
      | cause | <cause> |
      | class | <class> |
      | q850  | <q850>  |
      | role  | nothing |

    Examples:
      | keys               | cause            | class     | q850 |
      | 1#                 | no-conference-id | caller    | 16   |
      | {ID}#*{WRONG PIN}# | wrong-pin        | caller    | 16   |

  Scenario: A call that never got a meeting has none on record
    When Ann dials in
    And Ann hangs up
    Then the call record of Ann says:
      | meeting | nothing        |
      | role    | nothing        |
      | cause   | caller-hung-up |

  Scenario: A meeting that was started by the app
    When Alex joins by the app
    And Ann dials in and keys {ID}#
    Then Ann is in the meeting
    When Ann hangs up
    And Alex hangs up
    Then the record of the meeting says:
      | started by | authenticated |
      | joined     | 2             |
    And the call record of Alex says:
      | user | Alex          |
      | role | authenticated |

  Scenario: Each run of a meeting has a record of its own
    When Megan dials in and keys {ID}#*{PIN}#
    And Megan hangs up
    Then the record of the meeting says started-by is organizer
    When Alex joins by the app
    And Alex hangs up
    Then the record of the meeting says started-by is authenticated
