"""Speech into mel rows and audio features."""

from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt

from . import _core


def _samples(audio) -> np.ndarray:
    """Float32 in [-1, 1], one dimension."""
    samples = np.asarray(audio)
    if samples.dtype == np.int16:
        samples = samples.astype(np.float32) / 32768
    if samples.ndim != 1 or samples.dtype.kind != "f":
        raise TypeError("samples: expected one dimension of float or int16, found "
                        f"{samples.dtype} {list(samples.shape)}")
    return np.ascontiguousarray(samples, np.float32)


def mel(samples: npt.ArrayLike | str | os.PathLike, *, audio_track: int = 0) -> npt.NDArray[np.float32]:
    """The mel rows of speech: float32 [n // 200 + 1, 80] for n samples, 80 rows a second, in [-4, 4].

    ``samples``: mono sound at 16 kHz, one dimension of float in [-1, 1] or int16; or the path of any
    file that FFmpeg reads, at any rate and in any layout of channels. ``audio_track``: which of the
    file's audio tracks, from 1; 0: the one that FFmpeg calls the best.
    """
    if isinstance(samples, (str, os.PathLike)):
        return _core.mel_of_file(samples, audio_track)
    return _core.mel_of_samples(_samples(samples))


def features(samples: npt.ArrayLike | str | os.PathLike, avatar: _core.Avatar, *,
             threads: int = 0, audio_track: int = 0) -> npt.NDArray[np.float32]:
    """The audio features of speech for ``avatar``, made by the audio encoder of its package: float32
    [rows, 512], 25 rows a second. They are what Renderer takes as ``features``.

    ``samples`` and ``audio_track`` as for mel(); ``threads`` of the network, 0 for all cores.
    """
    if isinstance(samples, (str, os.PathLike)):
        return _core.features_of_file(samples, avatar, threads, audio_track)
    return _core.features_of_samples(_samples(samples), avatar, threads)
