@size
Feature: How many a meeting holds

  Background:
    Given Megan organizes meeting 147 852 036 and her PIN is 48213

  Scenario: A full meeting takes nobody more
    Given meeting 147852036 has set legs-max to 2
    When Ann and Bob dial in and key {ID}##
    Then Ann and Bob are in the lobby
    When Carl dials in and keys {ID}##
    Then Carl hears "meeting-full"
    And Carl is disconnected because meeting-full

  Scenario: The organizer is never turned away
    Given meeting 147852036 has set legs-max to 2
    When Ann and Bob dial in and key {ID}##
    And Megan dials in and keys {ID}#*{PIN}#
    Then Ann, Bob and Megan are in the meeting

  Scenario: Whoever leaves makes room
    Given meeting 147852036 has set legs-max to 2
    When Ann and Bob dial in and key {ID}##
    Then Bob is in the lobby
    When Ann hangs up
    And Carl dials in and keys {ID}##
    Then Carl is in the lobby

  @crowd
  Scenario: A thousand if nothing is set, and the organizer
    Given a group Crowd of 1000 callers
    And every one of Crowd sends keys as events
    When every one of Crowd dials in and keys {ID}##
    Then every one of Crowd is in the lobby
    When Ann dials in and keys {ID}##
    Then Ann is disconnected because meeting-full
    When Megan dials in and keys {ID}#*{PIN}#
    Then every one of Crowd is in the meeting within 1 second
    And Megan is in the meeting

  @crowd
  Scenario: Two hundred wait, and all are let in at the same instant
    Given a group Crowd of 200 callers
    And every one of Crowd sends keys as events
    When every one of Crowd dials in and keys {ID}##
    Then every one of Crowd is in the lobby
    When Megan dials in and keys {ID}#*{PIN}#
    Then the meeting starts
    And every one of Crowd is in the meeting within 1 second
