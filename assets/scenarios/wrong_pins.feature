@pin @lockout
Feature: Wrong PINs, and the lock against guessing

  Background:
    Given Megan organizes meeting 147 852 036 and her PIN is 48213

  Rule: A caller has three tries

    Scenario: Three wrong ones, and goodbye
      When Mallory dials in and keys {ID}#*{WRONG PIN}#
      Then Mallory hears "pin-wrong", then "enter-pin-again"
      When Mallory keys {WRONG PIN}#
      Then Mallory hears "pin-wrong", then "enter-pin-last"
      When Mallory keys {WRONG PIN}#
      Then Mallory hears "pin-goodbye"
      And Mallory is disconnected because wrong-pin
      And the meeting has not started

    Scenario: The third one is right
      When Megan dials in and keys {ID}#*{WRONG PIN}#
      Then Megan hears "pin-wrong", then "enter-pin-again"
      When Megan keys {WRONG PIN}#
      Then Megan hears "pin-wrong", then "enter-pin-last"
      When Megan keys {PIN}#
      Then Megan is in the meeting
      And Megan is the organizer of the meeting

    Scenario: Three wrong ones, and the lobby where it is set
      Given the organization has set after-wrong-pins to lobby
      When Ann dials in and keys {ID}#*{WRONG PIN}#
      And Ann keys {WRONG PIN}#
      And Ann keys {WRONG PIN}#
      Then Ann hears "pin-to-lobby"
      And Ann is in the lobby
      When Megan dials in and keys {ID}#*{PIN}#
      Then Ann and Megan are in the meeting
      And Ann is an attendee of the meeting

    Scenario: One try where it is set
      Given the organization has set pin-tries to 1
      When Mallory dials in and keys {ID}#*{WRONG PIN}#
      Then Mallory hears "pin-goodbye"
      And Mallory is disconnected because wrong-pin

    Scenario: A star begins the PIN anew
      When Megan dials in and keys {ID}#*999*{PIN}#
      Then the meeting starts

    Scenario: Tries count by call: who calls again has three more
      When Mallory dials in and keys {ID}#*{WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      And Mallory hangs up
      And Mallory dials in and keys {ID}#*{WRONG PIN}#
      Then Mallory hears "pin-wrong", then "enter-pin-again"
      When Mallory keys {WRONG PIN}#
      Then Mallory hears "pin-wrong", then "enter-pin-last"

  Rule: Ten wrong ones in half an hour lock the PIN for an hour

    Background:
      Given the organization has set pin-tries to 10
      When Mallory dials in and keys {ID}#*{WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      And Mallory keys {WRONG PIN}#

    Scenario: Nine do not
      Then Megan's PIN is not locked
      When Megan dials in and keys {ID}#*{PIN}#
      Then the meeting starts

    Scenario: The tenth does, and the right one is answered exactly like a wrong one
      When Mallory keys {WRONG PIN}#
      Then Mallory is disconnected because wrong-pin
      And Megan's PIN is locked
      When Megan dials in and keys {ID}#*{PIN}#
      Then Megan hears "pin-wrong", then "enter-pin-again"
      And Megan is not in the meeting
      And the meeting has not started

    Scenario: It is open again after an hour
      When Mallory keys {WRONG PIN}#
      And 58 minutes pass
      And Megan dials in and keys {ID}#*{PIN}#
      Then Megan hears "pin-wrong", then "enter-pin-again"
      When Megan hangs up
      And 2 minutes pass
      Then Megan's PIN is not locked
      When Megan dials in and keys {ID}#*{PIN}#
      Then the meeting starts

    Scenario: The right one in between clears the count
      When Megan dials in and keys {ID}#*{PIN}#
      Then the meeting starts
      When Megan hangs up
      And Mallory keys {WRONG PIN}#
      Then Mallory is disconnected because wrong-pin
      And Megan's PIN is not locked

    Scenario: After half an hour they count no more
      When Mallory hangs up
      And 31 minutes pass
      And Mallory dials in and keys {ID}#*{WRONG PIN}#
      Then Mallory hears "pin-wrong", then "enter-pin-again"
      And Megan's PIN is not locked

    Scenario: An administrator unlocks it
      When Mallory keys {WRONG PIN}#
      Then Megan's PIN is locked
      When the administrator unlocks Megan's PIN
      Then Megan's PIN is not locked
      When Megan dials in and keys {ID}#*{PIN}#
      Then the meeting starts

    Scenario: A locked PIN keeps nobody from starting by the app
      When Mallory keys {WRONG PIN}#
      And Ann dials in and keys {ID}##
      Then Ann is in the lobby
      When Megan joins by the app
      Then Ann and Megan are in the meeting

  Rule: A hundred wrong ones in a row lock it until an administrator unlocks it

    Scenario: However much time passes
      Given the organization has set:
        | pin-tries     | 10 |
        | in-window.five | 10 |
        | total.five    | 4  |
      When Mallory dials in and keys {ID}#*{WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      Then Megan's PIN is locked
      When Mallory hangs up
      And 5 days pass
      And Megan dials in and keys {ID}#*{PIN}#
      Then Megan hears "pin-wrong", then "enter-pin-again"
      When the administrator unlocks Megan's PIN
      And Megan keys {PIN}#
      Then the meeting starts

    Scenario: A success clears that count too
      Given the organization has set total.five to 4
      When Mallory dials in and keys {ID}#*{WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      And Mallory hangs up
      And Megan dials in and keys {ID}#*{PIN}#
      Then the meeting starts
      When Megan hangs up
      And Mallory dials in and keys {ID}#*{WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      Then Megan's PIN is not locked

    Scenario: A hundred if nothing is set
      Given the organization has set pin-tries to 10
      # Never ten in half an hour.
      When Mallory tries 99 wrong PINs at meeting 147852036, 9 every 31 minutes
      And 1 hour passes
      Then Megan's PIN is not locked
      When Mallory tries 1 wrong PIN at meeting 147852036
      Then Megan's PIN is locked
      When 2 days pass
      Then Megan's PIN is locked
      When the administrator unlocks Megan's PIN
      And Megan dials in and keys {ID}#*{PIN}#
      Then the meeting starts

  Rule: The figures of Skype for Business are a setting away

    Scenario Outline: <limit> lock a PIN of <length> digits there until an administrator unlocks it
      Given the organization has set:
        | lockout       | sfb |
        | pin-tries     | 10  |
        | wrong-entries | 100 |
      And Lidia organizes meeting 258 147 369 and her PIN is <pin>
      When Mallory tries <few> wrong PINs at meeting 258147369, <pace>
      And Lidia dials in and keys 258147369#*<pin>#
      Then the meeting 258147369 starts
      # A success clears none of them.
      When Lidia hangs up
      And Mallory tries <more> wrong PINs at meeting 258147369, <pace>
      And 1 hour passes
      Then Lidia's PIN is not locked
      When Mallory tries 1 wrong PIN at meeting 258147369
      And 1 day passes
      Then Lidia's PIN is locked

      Examples:
        | length | limit | few | more | pin    | pace                |
        | 4      | 100   | 9   | 90   | 8264   | 9 every 31 minutes  |
        | 5      | 1000  | 24  | 975  | 82640  | 24 every 31 minutes |
        | 6      | 5000  | 24  | 4975 | 826401 | 24 every 31 minutes |

    Scenario: The count of all wrong ones is not cleared by a success
      Given the organization has set:
        | lockout    | sfb |
        | total.five | 4   |
      When Mallory dials in and keys {ID}#*{WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      And Mallory hangs up
      And Megan dials in and keys {ID}#*{PIN}#
      Then the meeting starts
      When Megan hangs up
      And Mallory dials in and keys {ID}#*{WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      Then Megan's PIN is locked

    Scenario: Twenty-five lock it for an hour, not ten
      Given the organization has set:
        | lockout   | sfb |
        | pin-tries | 10  |
      When Mallory dials in and keys {ID}#*{WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      And Mallory keys {WRONG PIN}#
      Then Mallory is disconnected because wrong-pin
      And Megan's PIN is not locked
      When Trudy dials in and keys {ID}#*{WRONG PIN}#
      And Trudy keys {WRONG PIN}#
      And Trudy keys {WRONG PIN}#
      And Trudy keys {WRONG PIN}#
      And Trudy keys {WRONG PIN}#
      And Trudy keys {WRONG PIN}#
      And Trudy keys {WRONG PIN}#
      And Trudy keys {WRONG PIN}#
      And Trudy keys {WRONG PIN}#
      And Trudy keys {WRONG PIN}#
      Then Megan's PIN is not locked
      When Eve dials in and keys {ID}#*{WRONG PIN}#
      And Eve keys {WRONG PIN}#
      And Eve keys {WRONG PIN}#
      And Eve keys {WRONG PIN}#
      And Eve keys {WRONG PIN}#
      Then Megan's PIN is locked
      When 61 minutes pass
      Then Megan's PIN is not locked

    Scenario Outline: A PIN of <length> digits locks after <limit> there
      Given the organization has set:
        | lockout   | sfb |
        | pin-tries | 10  |
      And Lidia organizes meeting 258 147 369 and her PIN is <pin>
      When Mallory dials in and keys 258147369#*1#
      And Mallory keys 1#
      And Mallory keys 1#
      And Mallory keys 1#
      And Mallory keys 1#
      And Mallory keys 1#
      And Mallory keys 1#
      And Mallory keys 1#
      And Mallory keys 1#
      And Mallory keys 1#
      Then Lidia's PIN is <locked>

      Examples:
        | length | pin    | limit | locked     |
        | 4      | 8264   | 10    | locked     |
        | 5      | 82640  | 25    | not locked |
        | 6      | 826401 | 25    | not locked |

  Rule: A lock is one organizer's

    Scenario: The lock of one PIN leaves another's alone
      Given Olga organizes meeting 369 258 147 and her PIN is 90090
      And the organization has set in-window.five to 2
      When Mallory dials in and keys 147852036#*{WRONG PIN of Megan}#
      And Mallory keys {WRONG PIN of Megan}#
      Then Megan's PIN is locked
      And Olga's PIN is not locked
      When Olga dials in and keys 369258147#*90090#
      Then the meeting 369258147 starts
