@announcements
Feature: Who comes and goes

  Background:
    Given Megan organizes meeting 147 852 036 and her PIN is 48213
    And Alex is a user of the app

  Rule: Tones

    Background:
      Given a group Crowd of 21 callers
      And every one of Crowd sends keys as events
      When Megan dials in and keys {ID}#*{PIN}#
      Then Megan is in the meeting
      When 10 seconds pass

    Scenario: A tone when a caller comes, another when one goes
      When Ann dials in and keys {ID}#
      Then Megan hears an entry tone
      When 5 seconds pass
      And Ann hangs up
      Then Megan hears an exit tone

    Scenario: No tone for users of the app
      When Alex joins by the app
      Then Megan does not hear an entry tone for 5 seconds
      When Alex hangs up
      Then Megan does not hear an exit tone for 5 seconds

    Scenario: One tone for a crowd, and silence until it is over
      When every one of Crowd dials in and keys {ID}#
      Then every one of Crowd is in the meeting
      When Ann dials in and keys {ID}#
      Then Ann is in the meeting
      And Megan does not hear an entry tone
      When 15 seconds pass
      And Bob dials in and keys {ID}#
      Then Megan hears an entry tone

    Scenario: The organizer switches them off and on
      When Megan keys *23
      Then Megan hears "announcements-off"
      When 3 seconds pass
      And Ann dials in and keys {ID}#
      Then Ann is in the meeting
      And Megan does not hear an entry tone for 3 seconds
      When Megan keys *23
      Then Megan hears "announcements-on"
      When 3 seconds pass
      And Bob dials in and keys {ID}#
      Then Megan hears an entry tone


  Rule: Nothing, where it is off

    Scenario: Neither tones nor words
      Given meeting 147852036 has set announce to off
      When Megan dials in and keys {ID}#*{PIN}#
      And Ann dials in and keys {ID}#
      Then Ann is in the meeting
      And Megan does not hear an entry tone for 5 seconds
      When Ann hangs up
      Then Megan does not hear an exit tone for 5 seconds

  Rule: Names

    Background:
      Given meeting 147852036 has set announce to names

    Scenario: A caller says a name, hears it, and is announced with it
      When Megan dials in and keys {ID}#*{PIN}#
      Then Megan is in the meeting
      # The organizer is known by name.
      And Megan is not asked for a name
      When 5 seconds pass
      And Ann dials in and keys {ID}#
      Then Ann is asked for a name
      And Ann hears silence
      When Ann speaks for 1 second
      And Ann keys #
      Then Ann hears "review-name"
      When Ann keys #
      Then Ann is in the meeting
      And Megan hears "has-joined"
      When 5 seconds pass
      And Ann hangs up
      Then Megan hears "has-left"

    Scenario: A name is five seconds long at most
      When Megan dials in and keys {ID}#*{PIN}#
      And 5 seconds pass
      And Ann dials in and keys {ID}#
      Then Ann is asked for a name
      And Ann hears silence
      When Ann speaks for 3 seconds
      Then Ann does not hear "review-name"
      When Ann speaks for 2 seconds
      Then Ann hears "review-name" within 1 ms
      When Ann keys #
      Then Ann is in the meeting

    Scenario: A caller who says nothing is announced by the end of the number
      When Alex joins by the app
      And Megan joins by the app
      And Ann dials in and keys {ID}#
      Then Ann is asked for a name
      And Ann is in the meeting within 40 seconds
      And Megan hears "caller-number", then "has-joined"

    Scenario: A caller who says nothing and withholds the number is announced as one without a name
      Given Ann withholds the number
      When Alex joins by the app
      And Ann dials in and keys {ID}#
      Then Ann is asked for a name
      And Ann is in the meeting within 40 seconds
      And Alex hears "unnamed-caller", then "has-joined"

    Scenario: No names are recorded where that is off
      Given meeting 147852036 has set name-recording to off
      When Megan dials in and keys {ID}#*{PIN}#
      Then Megan is in the meeting
      And Megan is not asked for a name
      When 5 seconds pass
      And Ann dials in and keys {ID}#
      Then Ann is in the meeting
      And Ann is not asked for a name
      And Megan hears "caller-number", then "has-joined"

    Scenario: A crowd is one word, not thirty
      Given meeting 147852036 has set name-recording to off
      And a group Crowd of 30 callers
      And every one of Crowd sends keys as events
      When Megan dials in and keys {ID}#*{PIN}#
      And 5 seconds pass
      And every one of Crowd dials in and keys {ID}#
      Then every one of Crowd is in the meeting
      And Megan hears "several-joined"
      When 1 second passes
      Then Megan does not hear "caller-number" for 5 seconds
