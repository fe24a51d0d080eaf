"""A voice for the languages hibari-tts does not speak: espeak-ng's library, from the package espeakng-loader."""

import ctypes
from concurrent.futures import ProcessPoolExecutor

import espeakng_loader
import numpy as np

SYNCHRONOUS = 2
UTF8 = 1
RATE_PARAMETER = 1
WORDS_A_MINUTE = 150


class Espeak:
    """Speaks one language. One at a time: the library has one voice for the whole process."""

    def __init__(self, language):
        self.library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        self.rate_hz = self.library.espeak_Initialize(SYNCHRONOUS, 0, data, 0)
        assert self.rate_hz > 0, "espeak-ng does not begin"
        assert self.library.espeak_SetVoiceByName(language.encode()) == 0, f"no voice for {language}"
        self.library.espeak_SetParameter(RATE_PARAMETER, WORDS_A_MINUTE, 0)
        self.samples = []
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
        self.callback = kind(self.take)
        self.library.espeak_SetSynthCallback(self.callback)

    def take(self, samples, count, _events):
        if samples and count > 0:
            self.samples.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    def __call__(self, text):
        self.samples = []
        words = text.encode()
        size = ctypes.c_size_t(len(words) + 1)
        said = self.library.espeak_Synth(words, size, 0, 0, 0, UTF8, None, None)
        assert said == 0, f"espeak-ng cannot say {text!r}"
        self.library.espeak_Synchronize()
        return np.concatenate(self.samples).astype(float) / 32_768


def say(language, text):
    """One text in a process of its own: the library remembers what it said before, and would say this otherwise."""
    with ProcessPoolExecutor(1) as alone:
        return alone.submit(speak, language, text).result()


def speak(language, text):
    voice = Espeak(language)
    return voice.rate_hz, voice(text)
