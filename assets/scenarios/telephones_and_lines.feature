@telephones
Feature: Bad telephones and bad lines

  Background:
    Given Megan organizes meeting 147 852 036 and her PIN is 48213

  Scenario Outline: Tones that are <kind> are heard
    When Ann dials in
    And Ann keys 147852036# with <kind> tones
    Then Ann is asked whether they are the organizer
    When Ann keys # with <kind> tones
    Then Ann is in the lobby within 1 second

    Examples:
      | kind            |
      | quiet           |
      | loud            |
      | twisted         |
      | reverse-twisted |
      | short           |
      | off-pitch       |
      | broken          |
      | noisy           |
      | echoed          |

  Scenario Outline: Tones that are <kind> are no keys
    When Ann dials in
    And Ann keys 147852036# with <kind> tones
    Then Ann is not asked whether they are the organizer
    And Ann hears "enter-conference-id"

    Examples:
      | kind          |
      | too-short     |
      | far-off-pitch |

  Scenario Outline: Tones of <tone> with gaps of <gap>
    When Ann dials in
    And Ann keys 147852036# with tones of <tone> and gaps of <gap>
    Then Ann is asked whether they are the organizer

    Examples:
      | tone      | gap      |
      | 40 ms     | 40 ms    |
      | 60 ms     | 60 ms    |
      | 200 ms    | 50 ms    |
      | 50 ms     | 500 ms   |
      | 1 second  | 1 second |

  Scenario: Somebody speaks, and no digit is taken for it
    When Ann dials in and keys 14785
    And Ann speaks for 2 seconds
    And Ann keys 2036#
    Then Ann is asked whether they are the organizer

  Scenario: A telephone that sends its keys as SIP INFO from now on
    When Ann dials in
    And Ann keys 147852036# as SIP INFO
    Then Ann is asked whether they are the organizer
    When Ann keys #
    Then Ann is in the lobby

  Scenario: A recorded voice says a prompt into the telephone, and no key comes of it
    When Ann dials in
    And Ann says "enter-conference-id"
    And Ann says "enter-conference-id" in German
    Then Ann is not asked whether they are the organizer
    And Ann is still connected

  Scenario: A recording is played into the telephone, and no key comes of it
    When Ann dials in
    And Ann plays "../prompts/en-US/goodbye.wav"
    Then Ann is not asked whether they are the organizer

  Scenario: The telephone puts the call on hold
    When Ann dials in and keys {ID}##
    Then Ann hears hold music
    When Ann puts the call on hold
    Then Ann hears silence for 5 seconds
    When Megan dials in and keys {ID}#*{PIN}#
    Then the meeting starts
    When Ann takes the call back
    Then Ann and Megan hear each other

  Scenario: Keys come to the hundredth of a second when they were pressed
    When Ann dials in
    And at 3 s Ann keys 147852036# with tones of 100 ms and gaps of 100 ms
    Then Ann is asked whether they are the organizer within 3 seconds
    When at 10.5 s Ann keys #
    Then Ann is in the lobby within 200 ms

  Scenario: The telephone itself is muted
    When Ann dials in and keys {ID}##
    And Megan dials in and keys {ID}#*{PIN}#
    Then Ann and Megan hear each other
    When Ann mutes the phone
    Then Megan does not hear Ann
    And Ann hears Megan
    When Ann unmutes the phone
    Then Megan hears Ann

  Scenario: One packet in a hundred is lost
    When Ann dials in
    And Ann loses 1 % of her packets
    And Ann keys 147852036##
    Then Ann is in the lobby

  Scenario: Keys that come as events are safe on a line that loses every fifth packet
    Given Ann sends keys as events
    When Ann dials in
    And Ann loses 20 % of her packets
    And Ann keys 147852036##
    Then Ann is in the lobby
    When Megan dials in and keys {ID}#*{PIN}#
    Then Ann is in the meeting
    And Ann hears Megan

  Scenario Outline: Events are <kind>, and each press is one key
    Given Zoe organizes meeting 1122334401
    When Ann dials in
    And Ann keys 1122334401# with <kind> events
    Then Ann is asked whether they are the organizer
    When Ann keys # with <kind> events
    Then Ann is in the lobby within 1 second

    Examples:
      | kind          |
      | no-marker     |
      | lost-start    |
      | lost-end      |
      | one-packet    |
      | new-timestamp |
      | repeated-end  |
      | reordered     |
      | burst         |
      | new-payload-type |
      | fast-clock    |
      | leaking       |
      | echoing       |
      | doubled       |

  Scenario: A key that is held for 18 seconds is sent in segments, and is one key
    When Ann dials in and keys 147852036
    And Ann keys # with long events
    Then Ann is in the lobby
    And Ann has heard "organizer-question"

  Scenario Outline: SIP INFO is <kind>, and each press is one key
    Given Zoe organizes meeting 1122334401
    When Ann dials in
    And Ann keys 1122334401# with <kind> SIP INFO
    Then Ann is asked whether they are the organizer
    When Ann keys # with <kind> SIP INFO
    Then Ann is in the lobby within 1 second

    Examples:
      | kind          |
      | no-duration   |
      | lower-case    |
      | bare-newlines |
      | key-alone     |
      | repeated      |

  Scenario: Somebody hangs up at every step of the way
    When Ann dials in
    And Ann hangs up
    Then Ann is disconnected because caller-hung-up
    When Ann dials in and keys 1478
    And Ann hangs up
    And Ann dials in and keys {ID}#
    And Ann hangs up
    And Ann dials in and keys {ID}#*
    And Ann hangs up
    And Ann dials in and keys {ID}#*482
    And Ann hangs up
    And Ann dials in and keys {ID}##
    Then Ann is in the lobby
    When Ann hangs up
    And Megan dials in and keys {ID}#*{PIN}#
    Then Megan hears "first-in-meeting"
    And the call record of Ann says cause is caller-hung-up
