"""Renders every prompt of the catalogue as telephone sound.

English is spoken by hibari-tts's "heart" (the same seed gives the same samples), German by espeak-ng.
"""

import tomllib

import numpy as np
from hibari import SAMPLE_RATE, Hibari
from scipy.signal import resample_poly

import espeak
import sound

LEVEL_DBM0 = -16
FOLDER = sound.ASSETS / "prompts"
EDGE = sound.RATE_HZ * 30 // 1_000
"""Samples of quiet kept before and after the words."""
BLOCK = sound.RATE_HZ // 100
"""Samples over which the power is taken to find the words: 10 ms."""
FAINTEST_DB = 44
"""How far below the active level a sound still belongs to the words, as the end of "arrives" does."""
SEED = 7


def trim(samples):
    """Leaves the words with a little quiet around them, faded at both ends."""
    power = np.convolve(samples**2, np.ones(BLOCK) / BLOCK, mode="same")
    active = 10 ** (sound.active_level_dbm0(samples) / 10) * sound.RMS_0_DBM0**2
    heard = np.flatnonzero(power > active * 10 ** (-FAINTEST_DB / 10))
    start, end = max(heard[0] - EDGE, 0), min(heard[-1] + EDGE, len(samples))
    words = samples[start:end].copy()
    fade = np.linspace(0, 1, EDGE // 2)
    words[: len(fade)] *= fade
    words[-len(fade) :] *= fade[::-1]
    return words


def render(wide, rate_hz):
    """One prompt: 8 kHz samples at the level of all prompts."""
    narrow = resample_poly(wide, sound.RATE_HZ, rate_hz, window=("kaiser", 8.6))
    return sound.at_level(trim(sound.band(narrow)), LEVEL_DBM0)


def make(language, voice):
    """All prompts of one language. `voice` gives the rate and the samples of a text."""
    folder = FOLDER / language
    for name, prompt in tomllib.loads((folder / "catalogue.toml").read_text()).items():
        rate_hz, wide = voice(prompt.get("say", prompt["text"]))
        samples = sound.write(folder / f"{name}.wav", render(wide, rate_hz))
        level = sound.active_level_dbm0(samples)
        seconds = len(samples) / sound.RATE_HZ
        assert abs(level - LEVEL_DBM0) < 1.5, f"{name} has {level:.1f} dBm0"
        assert 0.2 < seconds < 25, f"{name} lasts {seconds:.2f} s"
        assert np.abs(samples.astype(int)).max() <= sound.PEAK_MAX, f"{name} is too loud"
        print(f"{language} {name:28} {seconds:6.2f} s {level:6.1f} dBm0")


def main():
    heart = Hibari(voice="heart", threads=1)
    make("en-US", lambda text: (SAMPLE_RATE, np.asarray(heart(text, seed=SEED), dtype=float)))
    make("de-DE", lambda text: espeak.say("de", text))


if __name__ == "__main__":
    main()
