@pin @letters
Feature: Letters about PINs

  Background:
    Given Megan organizes meeting 147 852 036 and her PIN is 48213

  Scenario: A letter with the PIN goes out on every reset
    When the administrator resets Megan's PIN
    Then Megan gets a letter with the PIN
    When Megan resets her own PIN
    Then Megan gets a letter with the PIN

  Scenario: No letter where users reset their own PIN on a page that shows it
    Given the organization has set on-self-reset to off
    When Megan resets her own PIN
    Then Megan gets no letter
    When Megan dials in and keys {ID}#*{PIN}#
    Then the meeting starts
    When the administrator resets Megan's PIN
    Then Megan gets a letter with the PIN

  Scenario: No letter at all where letters are off
    Given the organization has set letters to off
    When the administrator resets Megan's PIN
    Then Megan gets no letter
    When Megan dials in and keys {ID}#*{PIN}#
    Then the meeting starts

  Scenario: No letter to whoever has no address, and the PIN works all the same
    Given Olga organizes meeting 369 258 147 and her PIN is 90090
    And Olga has no mail address
    When the administrator resets Olga's PIN
    Then Olga gets no letter
    When Olga dials in and keys 369258147#*90090#
    Then Olga hears "enter-pin-again"
    And the meeting 369258147 has not started

  Scenario: A letter goes to the address its owner has
    Given Megan's letters go to "megan@fabrikam.example"
    When the administrator resets Megan's PIN
    Then Megan gets a letter about "PIN" with the PIN
