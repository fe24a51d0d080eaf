@pin @letters
Feature: Letters about PINs

  Background:
    Given Megan organizes meeting 147 852 036 and her PIN is 48213

  Scenario: A letter with the PIN goes out on every reset
    When the administrator resets Megan's PIN
    Then Megan gets a letter with the PIN
    When Megan resets her own PIN
    Then Megan gets a letter with the PIN

  Scenario: A letter with the PIN goes out when somebody may hold meetings by phone
    Given Olga is a user of the app
    When the administrator enables Olga
    Then Olga gets a letter with the PIN
    And the answer shows Olga's PIN
    And the answer says "a letter with the PIN goes to olga@contoso.example"
    When Olga dials in and keys {ID of Olga}#*{PIN of Olga}#
    Then Olga is the organizer of the meeting

  Scenario: A letter goes elsewhere where the administrator says so
    Given Olga is a user of the app
    When the administrator resets Megan's PIN and sends it to "deputy@fabrikam.example"
    And the administrator enables Olga and sends the PIN to "desk@contoso.example"
    Then Megan gets a letter at "deputy@fabrikam.example" about "PIN" with the PIN
    And Megan gets no letter
    And Olga gets a letter at "desk@contoso.example" with the PIN
    And Olga gets no letter

  Scenario: No letter where users reset their own PIN on a page that shows it
    Given the organization has set on-self-reset to off
    When Megan resets her own PIN
    Then Megan gets no letter
    And the answer shows Megan's PIN
    And the answer says "a self-made PIN is not sent by letter: hand over the PIN now"
    When Megan dials in and keys {ID}#*{PIN}#
    Then the meeting starts
    When the administrator resets Megan's PIN
    Then Megan gets a letter with the PIN

  Scenario: No letter at all where letters are off
    Given the organization has set letters to off
    And Olga is a user of the app
    When the administrator resets Megan's PIN
    Then Megan gets no letter
    And the answer shows Megan's PIN
    And the answer says "the organization sends no letters: hand over the PIN now"
    When Megan dials in and keys {ID}#*{PIN}#
    Then the meeting starts
    When the administrator enables Olga
    Then Olga gets no letter
    And the answer says "hand over the PIN now, it is not shown again"

  Scenario: No letter to whoever has no address, and the PIN works all the same
    Given Olga organizes meeting 369 258 147 and her PIN is 90090
    And Olga has no mail address
    When the administrator resets Olga's PIN
    Then Olga gets no letter
    And the answer says "the user has no mail address: hand over the PIN now"
    When Olga dials in and keys 369258147#*90090#
    Then Olga hears "enter-pin-again"
    And the meeting 369258147 has not started

  Scenario: A letter goes to the address its owner has
    Given Megan's letters go to "megan@fabrikam.example"
    When the administrator resets Megan's PIN
    Then Megan gets a letter about "PIN" with the PIN
