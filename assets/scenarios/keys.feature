@keys
Feature: Keys in the meeting

  Background:
    Given Megan organizes meeting 147 852 036 and her PIN is 48213
    And Alex is a user of the app

  Rule: What each key does

    Background:
      When Megan dials in and keys {ID}#*{PIN}#
      And Ann dials in and keys {ID}#
      Then Ann and Megan are in the meeting
      When 6 seconds pass

    Scenario Outline: <keys> by the organizer
      When Megan keys <keys>
      Then Megan hears "<prompt>"
      And Ann does not hear "<prompt>"

      Examples:
        | keys | prompt             |
        | *1   | help-mute          |
        | *3   | roll-call-people   |
        | *5   | hand-raised        |
        | *6   | muted              |
        | *7   | meeting-now-locked |
        | *8   | nobody-waiting     |
        | *21  | nobody-waiting     |
        | *22  | everyone-muted     |
        | *23  | announcements-off  |
        | *24  | nobody-waiting     |
        | *9   | unknown-command    |
        | *4   | unknown-command    |

    Scenario Outline: <keys> by an attendee
      When Ann keys <keys>
      Then Ann hears "<prompt>"
      And Megan does not hear "<prompt>"

      Examples:
        | keys | prompt           |
        | *1   | help-mute        |
        | *3   | roll-call-people |
        | *5   | hand-raised      |
        | *6   | muted            |
        | *7   | not-allowed      |
        | *8   | not-allowed      |
        | *21  | not-allowed      |
        | *22  | not-allowed      |
        | *23  | not-allowed      |
        | *24  | not-allowed      |
        | *9   | unknown-command  |

    Scenario: Mute, and unmute
      When Ann keys *6
      Then Ann hears "muted"
      And Ann is muted
      And they hear each other like this:
        |       | Ann | Megan |
        | Ann   |     | x     |
        | Megan |     |       |
      When Ann keys *6
      Then Ann hears "unmuted"
      And Ann is not muted
      And Ann and Megan hear each other

    Scenario: The organizer mutes everybody, and they may speak again
      When Megan keys *22
      Then Ann hears "muted-by-organizer", then "to-unmute"
      And Ann is muted
      And Megan is not muted
      And Megan does not hear Ann
      When Ann keys *6
      Then Ann hears "unmuted"
      And Ann and Megan hear each other
      When Megan keys *22
      Then Megan hears "everyone-unmuted"

    Scenario: The organizer lets everybody speak again
      When Megan keys *22
      Then Ann hears "muted-by-organizer"
      And Ann is muted
      When Megan keys *22
      Then Ann hears "unmuted-by-organizer"
      And Ann is not muted
      And Ann and Megan hear each other

    Scenario: A hand is raised and lowered
      When Ann keys *5
      Then Ann hears "hand-raised"
      And Ann's hand is raised
      When Ann keys *5
      Then Ann hears "hand-lowered"
      And Ann's hand is not raised

    Scenario: A locked meeting keeps others out, and the organizer can open it again
      When Megan keys *7
      Then Megan hears "meeting-now-locked"
      When Bob dials in and keys {ID}#
      Then Bob hears "meeting-locked"
      And Bob is disconnected because meeting-locked
      When Alex joins by the app
      Then Alex is disconnected because meeting-locked
      When Megan keys *7
      Then Megan hears "meeting-now-unlocked"
      When Bob dials in and keys {ID}#
      Then Bob and Megan hear each other

    Scenario: A key by mistake does nothing, and nobody hears it
      When Ann keys 5
      Then Ann does not hear "unknown-command" for 5 seconds
      And Ann is in the meeting
      And Ann and Megan hear each other

    Scenario: A key stops the help
      When Ann keys *1
      Then Ann hears "help-mute"
      When Ann keys 0
      Then Ann does not hear "help-again" for 20 seconds

    Scenario: Help says which keys there are
      When Ann keys *1
      Then Ann hears "help-mute", then "press", then "star", then "digit-6"
      And Ann hears "help-hand", then "press", then "star", then "digit-5"
      And Ann hears "help-roll-call", then "press", then "star", then "digit-3"
      And Ann hears "help-again", then "press", then "star", then "digit-1"
      And Ann does not hear "help-lock"

    Scenario: Only the organizer is told of the organizer's
      When Megan keys *1
      Then Megan hears "help-admit-all"
      And Megan hears "help-mute-all"
      And Megan hears "help-lock"

  Rule: Nobody can be unmuted where the organizer has forbidden it

    Scenario: A hard mute
      Given meeting 147852036 has set mute-all to hard
      When Megan dials in and keys {ID}#*{PIN}#
      And Ann dials in and keys {ID}#
      Then Ann and Megan are in the meeting
      When 6 seconds pass
      And Megan keys *22
      Then Ann hears "muted", then "cannot-unmute"
      When Ann keys *6
      Then Ann hears "cannot-unmute"
      And Ann is muted
      And Megan does not hear Ann

  Rule: Another map of keys

    Scenario: A pound begins a command, and mute is 2
      Given the organization has set:
        | command-character | #      |
        | admit-all         | ["8"]  |
        | keys.mute-all     | ["4"]  |
        | announcements     | ["9"]  |
        | lobby-count       | []     |
        | mute              | ["2"]  |
      When Megan dials in and keys {ID}#*{PIN}#
      And Ann dials in and keys {ID}#
      Then Ann and Megan are in the meeting
      When 6 seconds pass
      And Ann keys #2
      Then Ann hears "muted"
      And Ann is muted
      When Ann keys *6
      Then Ann is muted
      When Ann keys #1
      Then Ann hears "help-mute", then "press", then "pound", then "digit-2"
      When Megan keys #4
      Then Megan hears "everyone-muted"

    Scenario Outline: *<keys> in Skype for Business
      Given the organization has set:
        | mute-all      | soft  |
        | admit-all     | ["8"] |
        | hand          | []    |
        | lobby-count   | []    |
        | announcements | ["9"] |
        | keys.mute-all | ["4"] |
      When Megan dials in and keys {ID}#*{PIN}#
      Then Megan is in the meeting
      When 6 seconds pass
      And Megan keys *<keys>
      Then Megan hears "<prompt>"

      Examples:
        | keys | prompt             |
        | 1    | help-mute          |
        | 3    | roll-call-one      |
        | 4    | everyone-muted     |
        | 6    | muted              |
        | 7    | meeting-now-locked |
        | 8    | nobody-waiting     |
        | 9    | announcements-off  |
        | 5    | unknown-command    |
        | 21   | unknown-command    |

  Rule: The same by the app

    Scenario: All are muted, and may speak again
      When Megan joins by the app
      And Ann dials in and keys {ID}#
      Then Ann is in the meeting
      When Megan mutes everybody by the app
      Then Ann hears "muted-by-organizer"
      And Ann is muted
      And Megan does not hear Ann
      And Ann hears Megan
      When Megan unmutes everybody by the app
      Then Ann hears "unmuted-by-organizer"
      And Ann and Megan hear each other

    Scenario: Mute, hand, lock, remove
      When Megan joins by the app
      And Ann dials in and keys {ID}#
      Then Ann is in the meeting
      When Megan mutes Ann by the app
      Then Ann hears "muted-by-organizer"
      And Megan does not hear Ann
      When Megan unmutes Ann by the app
      Then Ann and Megan hear each other
      When Megan raises her hand by the app
      Then Megan's hand is raised
      When Megan lowers her hand by the app
      Then Megan's hand is not raised
      When Megan locks the meeting by the app
      And Bob dials in and keys {ID}#
      Then Bob is disconnected because meeting-locked
      When Megan unlocks the meeting by the app
      And Megan removes Ann by the app
      Then Ann hears "removed"
      And Ann is disconnected because removed
