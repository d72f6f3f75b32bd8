"""Speech into mel rows and audio features."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _checks, _core
from ._avatar import Avatar, checked_avatar
from ._checks import Path
from ._progress import log_message
from ._settings import AudioWindow

_WINDOW_ROWS = 16
_WINDOW_SHAPE = (32, 16, 16)
_MOST_TRACKS = 1024
_RATES = (1000, 768000)


def checked_rate(sample_rate: int) -> int:
    return _checks.integer("sample_rate", sample_rate, *_RATES)


def checked_track(audio_track: int) -> int:
    return _checks.integer("audio_track", audio_track, 0, _MOST_TRACKS)


def samples_of(name: str, value: Any) -> npt.NDArray[Any]:
    """Mono samples, float32 or int16, that are one after the other in memory."""
    expected = "a path, or one dimension of float or int16 samples"
    samples = _checks.array(name, value, expected)
    if samples.ndim == 2 and 1 in samples.shape:
        samples = samples.reshape(-1)
    if samples.ndim != 1 or not (samples.dtype == np.int16 or samples.dtype.kind == "f"):
        _checks.refuse_type(name, expected, samples)
    return np.ascontiguousarray(samples, np.int16 if samples.dtype == np.int16 else np.float32)


def mel(samples: npt.ArrayLike | Path, *, sample_rate: int = 16000, audio_track: int = 0) -> npt.NDArray[np.float32]:
    """The mel rows of speech: float32 [n // 200 + 1, 80] for n samples at 16 kHz, 80 rows a second, in [-4, 4].

    ``samples``: mono sound, one dimension of float in [-1, 1] or int16, at ``sample_rate``; or the path of any file
    that FFmpeg reads, at any rate and in any layout of channels, of which ``audio_track`` is heard, from 1; 0: the
    one that FFmpeg calls the best.
    """
    track, rate = checked_track(audio_track), checked_rate(sample_rate)
    rows: npt.NDArray[np.float32]
    if isinstance(samples, (str, os.PathLike)):
        rows = _core.mel_of_file(_checks.path("samples", samples), track, log_message)
    else:
        rows = _core.mel_of_samples(samples_of("samples", samples), rate, log_message)
    return rows


def features(samples: npt.ArrayLike | Path, avatar: Avatar, *, sample_rate: int = 16000, audio_track: int = 0,
             threads: int = 0) -> npt.NDArray[np.float32]:
    """The audio features of speech for ``avatar``, made by the audio encoder of its package: float32
    [rows, 512], 25 rows a second. They are what Renderer takes as ``features``.

    ``samples``, ``sample_rate`` and ``audio_track`` as for mel(); ``threads`` of the network, 0 for all cores.
    """
    track, rate = checked_track(audio_track), checked_rate(sample_rate)
    count, package = _checks.integer("threads", threads, 0, 1024), checked_avatar(avatar)._core
    rows: npt.NDArray[np.float32]
    if isinstance(samples, (str, os.PathLike)):
        rows = _core.features_of_file(_checks.path("samples", samples), track, package, count, log_message)
    else:
        rows = _core.features_of_samples(samples_of("samples", samples), rate, package, count, log_message)
    return rows


def feature_rows(value: Any) -> npt.NDArray[np.float32]:
    """Features as [rows, values a row] of float32."""
    expected = "a path, or floats of two or more dimensions"
    rows = _checks.array("features", value, expected)
    if rows.ndim < 2 or rows.dtype.kind != "f":
        _checks.refuse_type("features", expected, rows)
    if len(rows) == 0 or rows.size == 0:
        _checks.refuse("features", "one row or more", rows)
    return np.ascontiguousarray(rows.reshape(len(rows), -1), np.float32)


def windows(features: npt.ArrayLike, frame: int, *, audio_window: AudioWindow = "zero") -> npt.NDArray[np.float32]:
    """What a network of this family hears with output frame ``frame``: float32 [32, 16, 16], the 16 rows of
    ``features`` from frame - 8 on. Rows beyond the ends are zeros ("zero"), or the nearest row again ("edge")."""
    rows = feature_rows(features)
    if rows.shape[1] != 512:
        _checks.refuse("features", "512 values a row", rows)
    first = _checks.integer("frame", frame, 0, 1 << 40) - _WINDOW_ROWS // 2
    _checks.choice("audio_window", audio_window, ("zero", "edge"))
    wanted = np.arange(first, first + _WINDOW_ROWS)
    window = rows[np.clip(wanted, 0, len(rows) - 1)]
    if audio_window == "zero":
        window[(wanted < 0) | (wanted >= len(rows))] = 0
    return window.reshape(_WINDOW_SHAPE)
