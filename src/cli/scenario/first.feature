Feature: {title}

  Background:
    Given Megan organizes meeting 147 852 036 and her PIN is 48213

  Scenario: Everyone waits with music until the organizer comes
    When Ann dials in and keys 147852036##
    Then Ann hears "lobby-waiting", then hold music
    And the meeting has not started
    When Megan dials in and keys 147852036#*48213#
    Then the meeting starts within 1 second
    And Ann and Megan hear each other

  Scenario Outline: A caller who keys <keys> is <outcome>
    When Ann dials in and keys <keys>
    Then Ann hears "<prompt>"

    Examples:
      | keys       | outcome                              | prompt                    |
      | 147852036# | asked whether they are the organizer | organizer-question        |
      | 147852037# | asked again                          | enter-conference-id-again |
