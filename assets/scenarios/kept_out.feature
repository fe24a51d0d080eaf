@lockout
Feature: Numbers from which too many wrong entries come

  Twenty wrong entries in ten minutes, conference IDs or PINs, and the number gets a busy for ten minutes.

  Background:
    Given Megan organizes meeting 147 852 036 and her PIN is 48213
    And Mallory calls from +1 425 555 0199
    And the organization has set:
      | wrong-entries       | 4  |
      | conference-id-tries | 10 |
      | pin-tries           | 10 |

  Scenario: The last one is answered as ever, the next call is not
    When Mallory dials in and keys 1#
    And Mallory keys 2#
    And Mallory keys 3#
    And Mallory keys 4#
    Then Mallory is still connected
    When Mallory hangs up
    And Mallory dials in
    Then Mallory gets a busy
    And Mallory is disconnected because kept-out

  Scenario: Conference IDs and PINs count together
    When Mallory dials in and keys 1#
    And Mallory keys 2#
    And Mallory keys {ID}#*{WRONG PIN}#
    And Mallory keys {WRONG PIN}#
    And Mallory hangs up
    And Mallory dials in
    Then Mallory gets a busy

  Scenario: One fewer, and calls are taken
    When Mallory dials in and keys 1#
    And Mallory keys 2#
    And Mallory keys 3#
    And Mallory hangs up
    And Mallory dials in
    Then Mallory hears "welcome"

  Scenario: Ten minutes later calls are taken again
    When Mallory dials in and keys 1#
    And Mallory keys 2#
    And Mallory keys 3#
    And Mallory keys 4#
    And Mallory hangs up
    And 9 minutes pass
    And Mallory dials in
    Then Mallory gets a busy
    When 1 minute and 30 seconds pass
    And Mallory dials in
    Then Mallory hears "welcome"

  Scenario: Spread over more than ten minutes they are forgotten
    When Mallory dials in and keys 1#
    And Mallory keys 2#
    And Mallory keys 3#
    And Mallory hangs up
    And 11 minutes pass
    And Mallory dials in and keys 4#
    And Mallory hangs up
    And Mallory dials in
    Then Mallory hears "welcome"

  Scenario: Other numbers are not kept out
    When Mallory dials in and keys 1#
    And Mallory keys 2#
    And Mallory keys 3#
    And Mallory keys 4#
    And Ann dials in and keys {ID}##
    Then Ann is in the lobby
    When Megan dials in and keys {ID}#*{PIN}#
    Then Ann and Megan are in the meeting

  Scenario: Another telephone with the same number is
    Given Trudy calls from +1 425 555 0199
    When Mallory dials in and keys 1#
    And Mallory keys 2#
    And Mallory keys 3#
    And Mallory keys 4#
    And Trudy dials in
    Then Trudy gets a busy

  Scenario: Without a number it goes by whence the call comes
    Given Oscar withholds the number
    When Oscar dials in and keys 1#
    And Oscar keys 2#
    And Oscar keys 3#
    And Oscar keys 4#
    And Oscar hangs up
    And Oscar dials in
    Then Oscar gets a busy

  Scenario: Two hundred from anywhere in ten minutes are an alarm, and others call as ever
    Given the organization has set wrong-entries to 1000
    When Mallory tries 150 wrong conference IDs at meeting 147852036
    And Trudy tries 49 wrong PINs at meeting 147852036
    Then there have been 0 alarms at wrong entries
    When Mallory tries 1 wrong conference ID at meeting 147852036
    Then there has been 1 alarm at wrong entries
    When Ann dials in and keys {ID}##
    Then Ann is in the lobby
    # Once is enough for ten minutes.
    When Mallory tries 100 wrong conference IDs at meeting 147852036
    Then there has been 1 alarm at wrong entries
    When 11 minutes pass
    And Mallory tries 200 wrong conference IDs at meeting 147852036
    Then there have been 2 alarms at wrong entries

  Scenario: Twenty if nothing is set
    Given the organization has set wrong-entries to 20
    When Mallory dials in and keys 1#
    And Mallory keys 1#
    And Mallory keys 1#
    And Mallory keys 1#
    And Mallory keys 1#
    And Mallory keys 1#
    And Mallory keys 1#
    And Mallory keys 1#
    And Mallory keys 1#
    And Mallory hangs up
    And Mallory dials in and keys 1#
    And Mallory keys 1#
    And Mallory keys 1#
    And Mallory keys 1#
    And Mallory keys 1#
    And Mallory keys 1#
    And Mallory keys 1#
    And Mallory keys 1#
    And Mallory keys 1#
    And Mallory hangs up
    And Mallory dials in and keys 1#
    Then Mallory hears "enter-conference-id-again"
    When Mallory keys 1#
    And Mallory hangs up
    And Mallory dials in
    Then Mallory gets a busy
