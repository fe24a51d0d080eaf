"""What all makers share: telephone levels, the telephone band, and WAV files of 8 kHz, mono, 16 bit."""

import wave
from pathlib import Path

import numpy as np
from scipy.ndimage import minimum_filter1d
from scipy.signal import firwin

RATE_HZ = 8_000
FRAME = 160
"""Samples in 20 ms."""
RMS_0_DBM0 = 22_830 / np.sqrt(2)
"""What a sine of 0 dBm0 measures in 16 bits (ITU-T G.711: it peaks 3.17 dB below full scale)."""
PEAK_MAX = 23_170
ASSETS = Path(__file__).resolve().parent.parent


def band(samples, rate_hz=RATE_HZ, low_hz=300, high_hz=3_400):
    """The telephone band, by a linear-phase filter whose delay is taken out."""
    taps = firwin(2 * (rate_hz // 50) + 1, [low_hz, high_hz], pass_zero=False, fs=rate_hz)
    return np.convolve(samples, taps, mode="same")


def active_level_dbm0(samples):
    """The level over those 20 ms frames that are within 30 dB of the loudest."""
    whole = np.asarray(samples, dtype=float)
    whole = np.pad(whole, (0, -len(whole) % FRAME)).reshape(-1, FRAME)
    power = (whole**2).mean(axis=1)
    active = power[power > power.max() / 1_000]
    return 10 * np.log10(active.mean() / RMS_0_DBM0**2)


def at_level(samples, level_dbm0):
    """Brings the active level to the given one, with no peak above PEAK_MAX."""
    for _ in range(3):
        samples = samples * 10 ** ((level_dbm0 - active_level_dbm0(samples)) / 20)
        samples = limit(samples)
    return samples


def limit(samples):
    """Turns the sound down for 20 ms around a peak, so gently that nothing is heard outside the telephone band."""
    most = 0.98 * PEAK_MAX
    if np.abs(samples).max() <= most:
        return samples
    gain = most / np.maximum(np.abs(samples), most)
    gain = minimum_filter1d(gain, FRAME + 1, mode="nearest")
    smooth = np.hanning(FRAME + 3)[1:-1]
    return samples * np.convolve(np.pad(gain, FRAME // 2, mode="edge"), smooth / smooth.sum(), mode="valid")


def dtmf_likeness(samples):
    """How much the most key-like 20 ms hold of a key's two tones: the weaker tone's share of the power, 0 to 0.5."""
    at = np.arange(FRAME) / RATE_HZ
    worst = 0
    for shift in range(0, FRAME, FRAME // 4):
        whole = np.roll(np.asarray(samples, dtype=float), -shift)
        frames = whole[: len(whole) // FRAME * FRAME].reshape(-1, FRAME)
        power = np.maximum((frames**2).sum(axis=1), 1)
        groups = [
            max_share(frames, power, at, tones)
            for tones in [(697, 770, 852, 941), (1_209, 1_336, 1_477, 1_633)]
        ]
        worst = max(worst, np.minimum(*groups).max())
    return worst


def max_share(frames, power, at, tones_hz):
    """The strongest of the tones in each frame, as a share of the frame's power."""
    waves = np.exp(-2j * np.pi * np.outer(at, tones_hz))
    return (2 * np.abs(frames @ waves) ** 2 / FRAME).max(axis=1) / power


def write(path, samples):
    """Writes 16-bit samples as a WAV file of 8 kHz."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = np.clip(np.round(samples), -PEAK_MAX, PEAK_MAX).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(whole.tobytes())
    return whole


def read(path):
    """The samples of a WAV file that `write` made."""
    with wave.open(str(path), "rb") as sound:
        return np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2")
