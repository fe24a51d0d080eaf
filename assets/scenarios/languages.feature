@languages
Feature: Languages

  Background:
    Given Megan organizes meeting 147 852 036 and her PIN is 48213
    And the access number +1 425 555 0100 speaks English and German
    And the access number +49 30 5550 0100 speaks German
    And the access number +1 425 555 0101 speaks English

  Scenario: A number with one language asks for none
    When Ann dials in to +49 30 5550 0100
    Then Ann hears "welcome" in German
    And Ann hears "enter-conference-id" in German
    And Ann is not asked for a language

  Scenario: A number with two languages asks for one
    When Ann dials in to +1 425 555 0100
    Then Ann hears "welcome" in English
    And Ann is asked for a language

  Scenario Outline: Key <key> is <language>
    When Ann dials in to +1 425 555 0100
    Then Ann is asked for a language
    When Ann keys <key>
    Then Ann hears "enter-conference-id" in <language>
    When Ann keys 147852036#
    Then Ann hears "organizer-question" in <language>
    When Ann keys #
    Then Ann hears "lobby-waiting" in <language>
    And Ann hears "lobby-still-waiting" in <language> after 1 minute

    Examples:
      | key | language |
      | 1   | English  |
      | 2   | German   |

  Scenario: Whoever says nothing gets the first one
    When Ann dials in to +1 425 555 0100
    Then Ann is asked for a language
    And Ann hears "enter-conference-id" in English

  Scenario: Each hears their own language, whatever the others do
    When Ann dials in to +1 425 555 0101 and keys 147852036##
    And Erika dials in to +49 30 5550 0100 and keys 147852036##
    Then Ann hears "lobby-waiting" in English
    And Erika hears "lobby-waiting" in German
    When Megan dials in to +1 425 555 0101 and keys 147852036#*48213#
    Then Ann, Erika and Megan hear each other
    When Erika keys *6
    Then Erika hears "muted" in German
    When Ann keys *6
    Then Ann hears "muted" in English

  Scenario: A German number asks for a PIN in German
    When Megan dials in to +49 30 5550 0100 and keys 147852036#
    Then Megan hears "organizer-question" in German
    When Megan keys *
    Then Megan hears "enter-pin" in German
    When Megan keys 99999#
    Then Megan hears "enter-pin-again" in German
    When Megan keys 48213#
    Then Megan hears "organizer-welcome" in German
