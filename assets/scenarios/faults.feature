@faults
Feature: When something is broken

  Background:
    Given Megan organizes meeting 147 852 036 and her PIN is 48213

  Scenario: The store answers late, and the call goes its way
    When the store answers after 3 seconds
    And Ann dials in and keys {ID}#
    Then Ann is asked whether they are the organizer within 5 seconds
    When Ann keys *
    Then Ann is asked for the PIN
    When Ann keys {PIN}#
    Then the meeting starts within 5 seconds

  Scenario: The store is gone: an apology, and the call ends
    When the store is gone
    And Ann dials in and keys {ID}#
    Then Ann hears "service-unavailable"
    And Ann is disconnected because store-unavailable

  Scenario: The store fails while a PIN is checked
    When Megan dials in and keys {ID}#*
    Then Megan is asked for the PIN
    When the store fails
    And Megan keys {PIN}#
    Then Megan hears "service-unavailable"
    And Megan is disconnected because store-unavailable
    And the meeting has not started

  Scenario: Whoever is in the meeting or waits notices nothing
    When Ann dials in and keys {ID}##
    Then Ann is in the lobby
    When the store is gone
    And 2 minutes pass
    Then Ann hears hold music
    When the store is back
    And Megan dials in and keys {ID}#*{PIN}#
    Then Ann and Megan are in the meeting
    When the store is gone
    And 5 minutes pass
    Then Ann and Megan hear each other

  Scenario: The store is back, and so is everything else
    When the store is gone
    And Ann dials in and keys {ID}#
    Then Ann is disconnected because store-unavailable
    When the store is back
    And Ann dials in and keys {ID}##
    Then Ann is in the lobby

  Scenario: A restart ends all calls, and everybody can call again
    When Ann dials in and keys {ID}##
    And Megan dials in and keys {ID}#*{PIN}#
    Then Ann and Megan are in the meeting
    When the process restarts
    Then Ann and Megan are disconnected because trunk-failed
    When Ann dials in and keys {ID}##
    Then Ann is in the lobby
    And Ann hears hold music
    When Megan dials in and keys {ID}#*{PIN}#
    Then Ann and Megan are in the meeting
    And Ann and Megan hear each other

  Scenario: A restart forgets no lock
    Given the organization has set in-window.five to 1
    When Mallory dials in and keys {ID}#*{WRONG PIN}#
    Then Megan's PIN is locked
    When the process restarts
    Then Megan's PIN is locked
    When Megan dials in and keys {ID}#*{PIN}#
    Then Megan hears "enter-pin-again"

  Scenario: A restart forgets nobody who is kept out
    Given Mallory calls from +1 425 555 0199
    And the organization has set wrong-entries to 2
    When Mallory dials in and keys 1#
    And Mallory keys 2#
    And the process restarts
    And Mallory dials in
    Then Mallory gets a busy
