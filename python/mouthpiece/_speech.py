"""Sound that moves the mouth: a file, samples in memory, or pieces that still come."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncIterable, Generator, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _checks, _core
from ._audio import checked_rate, checked_track, samples_of
from ._checks import Path

Audio = Path | npt.ArrayLike | Iterable[npt.ArrayLike]
AsyncAudio = Audio | AsyncIterable[npt.ArrayLike]

_EXPECTED = "a path, one dimension of float or int16 samples, or an iterator of such pieces"


class ArrivingSpeech:
    """A thread, or a task, that hands over the pieces of an iterator as they come."""

    def __init__(self, pieces: Any, rate: int):
        self._pieces = pieces
        self.stream = _core.SpeechStream(rate)
        self.failure: BaseException | None = None

    def start(self) -> None:
        threading.Thread(target=self._hand_over, name="mouthpiece speech", daemon=True).start()

    def _hand_over(self) -> None:
        try:
            for piece in self._pieces:
                if not self.stream.push(samples_of("audio", piece)):
                    return
        except BaseException as failure:
            self._fail(failure)
        else:
            self.stream.end()
        finally:
            if isinstance(self._pieces, Generator):
                with contextlib.suppress(Exception):
                    self._pieces.close()  # clears up in the thread that it ran in

    async def hand_over(self) -> None:
        """The same of an asynchronous iterator."""
        try:
            async for piece in self._pieces:
                samples = samples_of("audio", piece)
                if not await asyncio.to_thread(self.stream.push, samples):
                    return
        except BaseException as failure:
            self._fail(failure)
            if isinstance(failure, asyncio.CancelledError):
                raise
        else:
            self.stream.end()

    def _fail(self, failure: BaseException) -> None:
        self.failure = failure
        self.stream.fail(f"audio: {failure}")


def collected(pieces: Iterable[Any]) -> npt.NDArray[Any]:
    """The samples of all pieces: int16 if all are."""
    arrays = [samples_of("audio", piece) for piece in pieces]
    is_integer = bool(arrays) and all(array.dtype == np.int16 for array in arrays)
    if not is_integer:
        arrays = [array / np.float32(32768) if array.dtype == np.int16 else array for array in arrays]
    return np.concatenate(arrays) if arrays else np.zeros(0, np.float32)


def speech_of(audio: Any, sample_rate: int | None, audio_track: int, *, awaitable: bool = False,
              arriving: bool = True) -> Any:
    """Checked: a path (str), a pair of samples and their rate, or ArrivingSpeech, unless it is not ``arriving``:
    then its end is waited for."""
    track = checked_track(audio_track)
    if isinstance(audio, (str, os.PathLike)):
        if sample_rate is not None:
            _checks.refuse("sample_rate", "none, since the file says it", sample_rate)
        return _checks.path("audio", audio)
    if track != 0:
        _checks.refuse("audio_track", "0, since samples are of one track", track)
    is_asynchronous = hasattr(audio, "__aiter__")
    if is_asynchronous and not awaitable:
        raise TypeError(f"audio: expected {_EXPECTED}, found an asynchronous iterator, which arender() and aframes() "
                        "take")
    is_array = _checks.is_array(audio)
    if isinstance(audio, (bytes, bytearray, memoryview)) or not (
            is_array or is_asynchronous or hasattr(audio, "__iter__")):
        _checks.refuse_type("audio", _EXPECTED, audio)
    if sample_rate is None:
        raise _core.ArgumentError("sample_rate: expected the rate of the samples, found none")
    rate = checked_rate(sample_rate)
    if is_array or not arriving:
        samples = samples_of("audio", audio) if is_array else collected(audio)
        if samples.size == 0:
            _checks.refuse("audio", "one sample or more", samples)
        return samples, rate
    return ArrivingSpeech(audio, rate)
