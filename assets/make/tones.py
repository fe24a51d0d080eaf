"""Makes the short tones: someone comes, someone goes, the recording of a name begins, someone is let in."""

import numpy as np

import sound

LEVEL_DBM0 = -18
TONES = {
    "entry": [(587.33, 0.00), (880.00, 0.12)],
    "exit": [(880.00, 0.00), (587.33, 0.12)],
    "record": [(1_046.50, 0.00)],
    "admit": [(659.26, 0.00), (830.61, 0.09), (987.77, 0.18)],
}
"""Each tone as notes: Hz, and when it is struck, in seconds."""
SECONDS = 0.40


def note(hz, at):
    """One soft note with a little of its octave, dying away."""
    t = np.arange(int(SECONDS * sound.RATE_HZ)) / sound.RATE_HZ - at
    strike = np.where(t >= 0, np.minimum(t / 0.006, 1) * np.exp(-t / 0.09), 0)
    return strike * (np.sin(2 * np.pi * hz * t) + 0.15 * np.sin(4 * np.pi * hz * t))


def main():
    for name, notes in TONES.items():
        samples = sum(note(hz, at) for hz, at in notes)
        fade = np.minimum(1, np.arange(len(samples))[::-1] / (0.02 * sound.RATE_HZ))
        whole = sound.write(sound.ASSETS / "tones" / f"{name}.wav", sound.at_level(samples * fade, LEVEL_DBM0))
        level, likeness = sound.active_level_dbm0(whole), sound.dtmf_likeness(whole)
        assert abs(level - LEVEL_DBM0) < 0.5, f"{name} has {level:.1f} dBm0"
        assert likeness < 0.2, f"{name} sounds like a key: {likeness:.2f}"
        print(f"{name:6} {len(whole) / sound.RATE_HZ:.2f} s {level:.1f} dBm0")


if __name__ == "__main__":
    main()
