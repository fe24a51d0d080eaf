"""What all makers share: telephone levels, the telephone band, and WAV files of 8 kHz, mono, 16 bit."""

import wave
from pathlib import Path

import numpy as np
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
    """Brings the active level to the given one; peaks are bent, not cut, at PEAK_MAX."""
    for _ in range(3):
        samples = samples * 10 ** ((level_dbm0 - active_level_dbm0(samples)) / 20)
        knee = 0.7 * PEAK_MAX
        over = np.abs(samples) > knee
        bent = knee + (PEAK_MAX - knee) * np.tanh((np.abs(samples) - knee) / (PEAK_MAX - knee))
        samples = np.where(over, np.sign(samples) * bent, samples)
    return samples


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
