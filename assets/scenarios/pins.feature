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
    And Megan's PIN has 5 digits
    When Megan hangs up
    And the administrator resets Megan's PIN
    Then Megan's PIN has 12 digits
    When Megan dials in and keys {ID}#*48213#
    Then Megan hears "enter-pin-again"
    When Megan keys {PIN}#
    Then the meeting starts

  Scenario Outline: PINs of <length> digits are drawn, sent and taken
    Given the organization has set pin-length to <length>
    When the administrator resets Megan's PIN
    Then Megan gets a letter with the PIN
    And Megan's PIN has <length> digits
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
    When the administrator resets Megan's PIN 24 times
    Then Megan has never had the same PIN twice
    And Megan's PIN may not be 48213 because it is an earlier one
    When Megan dials in and keys {ID}#*{PIN}#
    Then the meeting starts

  Scenario: Five digits if nothing is set
    When the administrator resets Megan's PIN
    Then Megan's PIN has 5 digits

  Scenario: A PIN is shown once, to whoever made it
    When the administrator resets Megan's PIN
    Then the answer shows Megan's PIN
    When the administrator lists the users
    Then the answer does not show Megan's PIN
    And the answer says "***********" of Megan
    When Megan resets her own PIN
    Then the answer shows Megan's PIN
    When the administrator lists the users
    Then the answer does not show Megan's PIN

  Scenario Outline: Eleven asterisks stand for a PIN of <length> digits
    Given the organization has set pin-length to <length>
    And Alex is a user of the app
    When the administrator resets Megan's PIN
    And the administrator enables Alex
    And the administrator lists the users
    Then the answer says "***********" of Megan
    And the answer says "***********" of Alex
    And Alex's PIN has <length> digits

    Examples:
      | length |
      | 4      |
      | 12     |

  Scenario Outline: No PIN is drawn that is <reason>
    Given Megan's own number is +1 425 555 0199
    When the administrator resets Megan's PIN
    Then Megan's PIN may not be <pin> because it is <reason>

    Examples:
      | pin          | reason                      |
      | 7777         | one digit over and over     |
      | 000000000000 | one digit over and over     |
      | 1234         | a run of digits             |
      | 93210        | a run of digits             |
      | 8904567      | a run of digits             |
      | 55501        | part of a telephone number  |
      | 914255550199 | part of a telephone number  |
      | 7852         | part of a conference ID     |
      | 48213        | an earlier one              |

  Scenario Outline: What only looks like that may be drawn
    Given Megan's own number is +1 425 555 0199
    When the administrator resets Megan's PIN
    Then Megan's PIN may be <pin>

    Examples:
      | pin    |
      | 7778   |
      | 7890   |
      | 123912 |
      | 70318  |

  Scenario: Whoever may hold no more meetings by phone has no PIN and no meeting
    When the administrator disables Megan
    And Megan dials in and keys 147852036#
    Then Megan hears "enter-conference-id-again"
