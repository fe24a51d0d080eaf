@pin
Feature: PINs

  A PIN is drawn for its owner, sent by letter, and shown once. Nobody can choose it or look it up.

  Background:
    Given Megan organizes meeting 147 852 036 and her PIN is 48213

  Scenario: A reset PIN works at once, and the old one never again
    When the administrator resets Megan's PIN
    Then Megan gets a letter about "PIN" with the PIN
    When Megan dials in and keys {ID}#*48213#
    Then Megan hears "enter-pin-again"
    When Megan keys {PIN}#
    Then Megan hears "organizer-welcome"
    And the meeting starts

  Scenario: A PIN that is reset while its owner keys it
    When Megan dials in and keys {ID}#*482
    And the administrator resets Megan's PIN
    And Megan keys 13#
    Then Megan hears "enter-pin-again"
    When Megan keys {PIN}#
    Then the meeting starts

  Scenario: A reset does not stop a meeting that runs
    When Ann dials in and keys {ID}##
    And Megan dials in and keys {ID}#*{PIN}#
    Then Ann and Megan are in the meeting
    When the administrator resets Megan's PIN
    Then Ann and Megan hear each other
    And Megan is the organizer of the meeting

  Scenario: Another length holds for PINs made later, and the one there is stays valid
    Given the organization has set pin-length to 12
    When Megan dials in and keys {ID}#*48213#
    Then the meeting starts
    When Megan hangs up
    And the administrator resets Megan's PIN
    And Megan dials in and keys {ID}#*48213#
    Then Megan hears "enter-pin-again"
    When Megan keys {PIN}#
    Then the meeting starts

  Scenario Outline: PINs of <length> digits are drawn, sent and taken
    Given the organization has set pin-length to <length>
    When the administrator resets Megan's PIN
    Then Megan gets a letter with the PIN
    When Megan dials in and keys {ID}#*{PIN}#
    Then the meeting starts

    Examples:
      | length |
      | 4      |
      | 5      |
      | 6      |
      | 8      |
      | 12     |

  Scenario: A PIN is sent once, and no other letter has it
    When the administrator resets Megan's PIN
    Then Megan gets a letter with the PIN
    And Megan gets no letter
    When the administrator resets the conference ID of meeting 147852036
    Then Megan gets a letter about "conference ID" without the PIN
    When Megan dials in and keys {ID}#*{PIN}#
    Then the meeting starts
    And Megan gets no letter

  Scenario: Each reset makes another one
    When the administrator resets Megan's PIN
    Then Megan gets a letter with the PIN
    When the administrator resets Megan's PIN
    Then Megan gets a letter with the PIN
    When Megan dials in and keys {ID}#*{PIN}#
    Then the meeting starts

  Scenario: Whoever may hold no more meetings by phone has no PIN and no meeting
    When the administrator disables Megan
    And Megan dials in and keys 147852036#
    Then Megan hears "enter-conference-id-again"
