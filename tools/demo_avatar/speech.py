"""Speech with the times of its phonemes, from the espeak-ng library."""

import ctypes
import ctypes.util
import os
import pathlib
from typing import NamedTuple

import cv2
import numpy as np

RATE = 16000
_PHONEME_EVENTS, _PHONEME_IPA = 1, 2
_SYNCHRONOUS = 2
_CHARS_UTF8 = 1
_EVENT_END, _EVENT_PHONEME = 5, 7
_SPEED, _PITCH, _RANGE = 1, 3, 4


class Phoneme(NamedTuple):
    start: float  # seconds
    end: float
    name: str     # IPA; empty for a pause


class _Event(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("unique_identifier", ctypes.c_uint), ("text_position", ctypes.c_int),
                ("length", ctypes.c_int), ("audio_position", ctypes.c_int), ("sample", ctypes.c_int),
                ("user_data", ctypes.c_void_p), ("text", ctypes.c_char * 8)]


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class Speaker:
    """One per process: the library keeps its state in globals."""

    def __init__(self, data=None):
        """`data`: the folder that holds an espeak-ng-data to use instead of the installed one."""
        name = ctypes.util.find_library("espeak-ng")
        if not name:
            raise SystemExit("espeak-ng is missing: apt-get install espeak-ng")
        self.library = ctypes.CDLL(name)
        self.rate = self.library.espeak_Initialize(_SYNCHRONOUS, 0, os.fsencode(data) if data else None, _PHONEME_EVENTS | _PHONEME_IPA)
        if self.rate <= 0:
            raise SystemExit("espeak-ng's data cannot be read")
        self.callback = _Callback(self._receive)
        self.library.espeak_SetSynthCallback(self.callback)
        self.parts, self.events = [], []

    def data(self):
        """The folder espeak-ng-data in use."""
        self.library.espeak_Info.restype = ctypes.c_char_p
        path = ctypes.c_char_p()
        self.library.espeak_Info(ctypes.byref(path))
        return pathlib.Path(os.fsdecode(path.value))

    def _receive(self, samples, count, events):
        if samples and count > 0:
            self.parts.append(np.ctypeslib.as_array(samples, (count,)).copy())
        for i in range(1 << 20):
            event = events[i]
            if event.type == 0:
                break
            if event.type in (_EVENT_PHONEME, _EVENT_END):
                name = event.text.decode("utf-8", "ignore") if event.type == _EVENT_PHONEME else ""
                self.events.append((event.audio_position / 1000.0, name))
        return 0

    def say(self, text, voice="en-us", words_a_minute=165, pitch=50, pitch_range=50):
        """Returns samples [n] float32 at 16 kHz in -1..1, and the Phonemes."""
        self.parts, self.events = [], []
        if self.library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {voice!r}")
        for parameter, value in ((_SPEED, words_a_minute), (_PITCH, pitch), (_RANGE, pitch_range)):
            self.library.espeak_SetParameter(parameter, int(value), 0)
        data = text.encode()
        self.library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _CHARS_UTF8, None, None)
        samples = np.concatenate(self.parts).astype(np.float32) / 32768
        length = len(samples) / self.rate
        times = [min(t, length) for t, _ in self.events] + [length]
        phonemes = [Phoneme(start, end, name) for (start, end), (_, name)
                    in zip(zip(times, times[1:]), self.events) if end > start]
        return resample(samples, self.rate, RATE), phonemes


def resample(samples, rate, new_rate):
    """Band-limited, through the spectrum."""
    if rate == new_rate:
        return samples
    count = int(len(samples) * new_rate / rate)
    size = cv2.getOptimalDFTSize(len(samples) + 2048)
    size += size % 2
    new_size = int(round(size * new_rate / rate))
    spectrum = np.fft.rfft(samples, size)
    bins = new_size // 2 + 1
    spectrum = spectrum[:bins] if bins <= len(spectrum) else np.pad(spectrum, (0, bins - len(spectrum)))
    return (np.fft.irfft(spectrum, new_size) * (new_size / size))[:count].astype(np.float32)
