@story
Feature: A meeting by telephone

  Megan has invited people to a meeting. Some have no app, only a telephone. They dial the number in her
  invitation, key the conference ID, and wait with music until the meeting is started: by Megan's PIN, by anybody of
  her organization who joins by the app, or by whoever comes first if she has said so.

  Background:
    Given Megan organizes meeting 147 852 036 and her PIN is 48213
    And Alex is a user of the app

  @golden
  Scenario: Callers wait with music, a stranger is sent away, and the organizer's PIN lets everybody in
    # Ann is early. She is no organizer, so she presses nothing, and waits.
    When Ann dials in
    Then Ann hears "welcome", then "enter-conference-id"
    When Ann keys 147852036#
    Then Ann is asked whether they are the organizer
    And Ann hears "lobby-waiting", then hold music
    And Ann is in the lobby
    And the meeting has not started

    # Bob comes too. Both wait, and neither hears the other.
    When Bob dials in and keys 147852036##
    Then Bob hears "lobby-waiting", then hold music
    And they hear each other like this:
      |     | Ann | Bob |
      | Ann |     |     |
      | Bob |     |     |

    # A stranger knows the number, and guesses at the rest.
    When Mallory dials in and keys 123456789#
    Then Mallory hears "conference-id-unknown", then "enter-conference-id-again"
    When Mallory keys 987654321#
    Then Mallory hears "conference-id-unknown", then "enter-conference-id-last"
    When Mallory keys 111111111#
    Then Mallory hears "conference-id-goodbye"
    And Mallory is disconnected because no-conference-id

    # Megan says who she is. From then on everybody is in, and nobody hears music any more.
    When Megan dials in and keys 147852036#
    Then Megan is asked whether they are the organizer
    When Megan keys *
    Then Megan is asked for the PIN
    When Megan keys 48213#
    Then Megan hears "organizer-welcome"
    And the meeting starts within 1 second
    And Ann, Bob and Megan are in the meeting within 1 second
    And Ann, Bob and Megan hear each other
    And Ann and Bob do not hear hold music for 5 seconds
    And Megan is the organizer of the meeting

    # Carl is late: he is asked nothing but the conference ID.
    When Carl dials in and keys 147852036#
    Then Carl hears "joining"
    And Carl is in the meeting
    And Carl is not asked whether they are the organizer
    And Carl is not asked for the PIN
    And Carl, Ann and Megan hear each other

    When Ann hangs up
    Then Bob hears an exit tone
    And Bob, Carl and Megan hear each other
    When Bob, Carl and Megan hang up
    Then the meeting ends within 1 second
    And the call record of Ann says:
      | role        | attendee       |
      | pin used    | no             |
      | admitted by | rules          |
      | cause       | caller-hung-up |
    And the call record of Megan says:
      | role     | organizer |
      | pin used | yes       |

  @golden
  Scenario: Somebody starts it from the app, and nobody needs a PIN
    When Ann dials in and keys 147852036##
    And Bob dials in and keys 147852036##
    Then Ann and Bob hear hold music
    When Alex joins by the app
    Then the meeting starts within 1 second
    And Ann and Bob are in the meeting
    And Ann, Bob and Alex hear each other
    And Alex is an authenticated user of the meeting
    # The organizer can come by telephone like anybody else now.
    When Megan dials in and keys 147852036#
    Then Megan is in the meeting
    And Megan is not asked for the PIN
    And Megan and Ann hear each other

  @golden
  Scenario: Anyone may start it, so nobody is asked for a PIN
    Given meeting 147852036 has set start-requires to anyone
    When Ann dials in and keys 147852036#
    Then Ann hears "first-in-meeting"
    And the meeting starts
    And Ann is not asked whether they are the organizer
    And Ann is not asked for the PIN
    When Bob dials in and keys 147852036#
    Then Bob is in the meeting
    And Bob is not asked for the PIN
    And Ann and Bob hear each other

  Scenario: Nobody comes, and nobody waits for ever
    When Ann dials in and keys 147852036##
    Then Ann hears "lobby-waiting"
    And Ann hears "lobby-still-waiting" after 1 minute
    And Ann hears hold music
    When 26 minutes pass
    Then Ann hears "lobby-warning" within 3 minutes
    And Ann hears "lobby-goodbye" after 1 minute
    And Ann is disconnected because lobby-time-limit
    And the meeting has not started

  Scenario: The organizer has forgotten the PIN
    When Megan dials in and keys 147852036#*55555#
    Then Megan hears "pin-wrong", then "enter-pin-again"
    When the administrator resets Megan's PIN
    Then Megan gets a letter with the PIN
    # The one that she remembers just then is the old one.
    When Megan keys 48213#
    Then Megan hears "pin-wrong", then "enter-pin-last"
    When Megan keys {PIN}#
    Then Megan hears "organizer-welcome"
    And the meeting starts within 1 second
