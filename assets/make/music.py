"""Makes the hold music: "Half Past Two", a quiet piece of our own for plucked piano, bass and pad.

Everything is written round a circle: a note that rings past the end rings on at the beginning, so the piece has no
seam. Thirty-two bars of four beats at 124 beats a minute, a little over a minute.
"""

import numpy as np

import sound

LEVEL_DBM0 = -20
BARS = 32
FRAMES = 3_096
"""Frames of 20 ms in the whole piece: a beat is 24.1875 of them, so that no two frames fall alike."""
SAMPLES = FRAMES * sound.FRAME
BEAT = SAMPLES / (BARS * 4)

CHORDS = {
    "Dmaj": (50, [66, 69, 73, 76]),
    "Bm": (47, [66, 69, 71, 74]),
    "G": (43, [66, 67, 71, 74]),
    "A": (45, [64, 67, 69, 73]),
    "Em": (52, [67, 71, 74, 78]),
    "F#m": (54, [66, 69, 73, 76]),
}
"""Each chord: its bass note and its upper voices, as MIDI numbers."""
FIRST = ["Dmaj", "Bm", "G", "A", "Dmaj", "F#m", "G", "A"]
SECOND = ["Em", "A", "F#m", "Bm", "Em", "G", "A", "A"]
FORM = FIRST + FIRST + SECOND + FIRST

MELODIES = [
    [(0, 78, 1.5), (1.5, 76, 0.5), (2, 74, 2)],
    [(0.5, 74, 0.5), (1, 73, 0.5), (1.5, 71, 2)],
    [(0, 71, 1), (1, 74, 1), (2, 79, 1.5), (3.5, 78, 0.5)],
    [(0, 76, 3)],
    [(0, 78, 1), (1, 81, 1.5), (2.5, 79, 0.5), (3, 78, 1)],
    [(0, 76, 1.5), (2, 73, 1.5)],
    [(0.5, 74, 0.5), (1, 76, 0.5), (1.5, 78, 0.5), (2, 79, 1.5)],
    [(0, 76, 1), (1, 73, 2)],
]
"""One phrase a bar: beat, MIDI number, beats it is held. Bars differ by how they are played, see `main`."""


def hz(midi):
    return 440 * 2 ** ((midi - 69) / 12)


def ring(out, at_beat, samples):
    """Adds a sound at a beat, round the circle."""
    places = (int(round(at_beat * BEAT)) + np.arange(len(samples))) % SAMPLES
    np.add.at(out, places, samples)


def pluck(midi, loud, decay_s=1.1):
    """An electric piano's note: a bell-like strike over a warm, dying tone."""
    t = np.arange(int(3 * decay_s * sound.RATE_HZ)) / sound.RATE_HZ
    body = np.exp(-t / decay_s) * np.sin(2 * np.pi * hz(midi) * t)
    warm = 0.35 * np.exp(-t / (decay_s * 0.6)) * np.sin(4 * np.pi * hz(midi) * t)
    bell = 0.10 * np.exp(-t / 0.12) * np.sin(6 * np.pi * hz(midi) * t)
    end = np.minimum(1, (t[-1] - t) / 0.05)
    return loud * np.minimum(t / 0.004, 1) * end * (body + warm + bell)


def bass(midi, beats):
    """A round bass note whose overtones a telephone can carry."""
    t = np.arange(int(beats * BEAT)) / sound.RATE_HZ
    shape = np.minimum(t / 0.01, 1) * np.minimum((t[-1] - t) / 0.06, 1) * np.exp(-t / 1.2)
    return 0.5 * shape * sum(np.sin(2 * np.pi * hz(midi) * k * t) / k for k in (1, 2, 3, 4, 5))


def pad(notes, beats):
    """A soft chord that swells and goes, each voice slightly out of step with the others."""
    t = np.arange(int(beats * BEAT)) / sound.RATE_HZ
    swell = np.sin(np.pi * np.clip(t / t[-1], 0, 1)) ** 0.6
    voices = sum(
        np.sin(2 * np.pi * hz(note) * (1 + drift) * t + place)
        for place, note in enumerate(notes)
        for drift in (-0.0011, 0.0013)
    )
    return 0.055 * swell * voices


def main():
    out = np.zeros(SAMPLES)
    hand = np.random.Generator(np.random.PCG64(1959))
    for bar, name in enumerate(FORM):
        root, upper = CHORDS[name]
        start = bar * 4
        ring(out, start - 0.5, pad(upper, 5))
        ring(out, start, bass(root, 2.4))
        ring(out, start + 2.5, bass(root + (7 if bar % 2 else 12), 1.4))
        for step, note in enumerate([0, 2, 1, 3, 2, 1, 3, 2]):
            late = hand.uniform(0, 0.03)
            ring(out, start + step / 2 + late, pluck(upper[note], 0.16 * hand.uniform(0.8, 1.1), 0.5))
        if bar // 8 != 1 or bar % 2 == 0:
            for beat, note, beats in MELODIES[bar % 8]:
                loud = 0.34 * hand.uniform(0.85, 1.1)
                late = hand.uniform(0, 0.04)
                ring(out, start + beat + late, pluck(note, loud, 0.45 * beats + 0.5))
    circle = np.concatenate([out[-4_000:], out, out[:4_000]])
    music = sound.at_level(sound.band(circle)[4_000:-4_000], LEVEL_DBM0)
    whole = sound.write(sound.ASSETS / "music" / "hold.wav", music)
    check(whole)
    print(f"hold.wav {len(whole) / sound.RATE_HZ:.2f} s {sound.active_level_dbm0(whole):.1f} dBm0")


def check(samples):
    """What the bridge and the test callers lean on."""
    frames = samples.reshape(-1, sound.FRAME)
    assert len(frames) == FRAMES
    assert len({frame.tobytes() for frame in frames}) == FRAMES, "two frames are alike"
    rms = np.sqrt((frames.astype(float) ** 2).mean(axis=1))
    assert rms.min() > 150, f"a frame is nearly silent: {rms.min():.0f}"
    assert np.abs(samples.astype(int)).max() <= sound.PEAK_MAX, "a peak is too loud"
    assert abs(sound.active_level_dbm0(samples) - LEVEL_DBM0) < 0.5
    likeness = sound.dtmf_likeness(samples)
    assert likeness < 0.2, f"it sounds like a key: {likeness:.2f}"
    steps = np.abs(np.diff(np.concatenate([samples, samples[:1]]).astype(float)))
    assert steps[-1] <= np.percentile(steps, 99.9), "there is a click at the seam"


if __name__ == "__main__":
    main()
