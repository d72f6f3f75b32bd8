"""Rendering: an avatar and speech in, files or arrays out."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from . import _core

_log = logging.getLogger("mouthpiece")

Path = str | os.PathLike
Features = Path | npt.ArrayLike
Progress = Callable[[str, int, int], None]


@contextlib.contextmanager
def _progress_bar():
    """Gives a Progress that draws a bar for each phase."""
    from tqdm.auto import tqdm

    units = {"importing": "frame", "listening": "row", "rendering": "frame"}
    bar = None

    def update(phase, done, total):
        nonlocal bar
        if phase not in units:
            return
        if bar is None or bar.desc.rstrip(": ") != phase:
            if bar is not None:
                bar.close()
            bar = tqdm(total=total, desc=phase, unit=units[phase])
        bar.total = total
        bar.update(done - bar.n)

    try:
        yield update
    finally:
        if bar is not None:
            bar.close()


def join(shards: Sequence[Path], out: Path, *, overwrite: bool = False) -> int:
    """Joins the videos of all shards of one job, in any order, into ``out`` without encoding anything
    again: frame for frame what one render makes. Returns the number of frames. Raises Error when they
    are not all the shards of one job, each once and complete."""
    return _core.join([os.fspath(shard) for shard in shards], out, overwrite)


class Renderer:
    """Renders an avatar, again and again: the network is loaded by the first render() or frames() and kept as
    long as the renderer. May be used by several threads; renders that run at the same time have a
    network each, of which one is kept.

    ``cache``: where the avatar's frames come from, "auto", "ram", "chunk", "stream" or "disk"; the
    pictures are the same. ``memory_budget``: bytes for all but the network. ``chunk_frames``: frames
    a chunk of "chunk". ``batch``: frames a call of the network, 0: chosen for the machine.
    ``threads``: for each of decoding, network and encoding, 0: all cores. ``precision``: of the
    network, "auto" (bf16 where the CPU multiplies it), "f32", "bf16" or "int8". ``engine``: what
    runs it, "auto", "fused" or "openvino", on the ``device`` "cpu". ``loop``: how output frames walk
    the avatar's, "pingpong", "repeat" or "none". ``resample``: how the face is fitted to its
    rectangle, "linear" or "cubic". ``audio_window``: what lies outside the features, "zero" or "edge".

    ``stats`` is what the last render() cost: the document that the command line writes for --stats,
    as a dict; None before.
    """

    def __init__(self, avatar: _core.Avatar, *, cache: str = "auto", memory_budget: int = 2 << 30,
                 chunk_frames: int = 500, batch: int = 0, threads: int = 0, precision: str = "auto",
                 engine: str = "auto", device: str = "cpu", loop: str = "pingpong",
                 resample: str = "linear", audio_window: str = "zero"):
        if not isinstance(avatar, _core.Avatar):
            raise TypeError(f"avatar: expected an Avatar, found {type(avatar).__name__}")
        machine = _core.Machine()
        for name, value in {"cache": cache, "memory_budget": memory_budget, "chunk_frames": chunk_frames,
                            "batch": batch, "threads": threads, "precision": precision, "engine": engine,
                            "device": device}.items():
            setattr(machine, name, value)
        self._job_settings = {"loop": loop, "resample": resample, "audio_window": audio_window}
        self._job()  # wrong values are refused here
        self._renderer = _core.Renderer(avatar, machine)
        self._avatar = avatar
        self.stats: dict[str, Any] | None = None

    @property
    def avatar(self) -> _core.Avatar:
        """What it renders."""
        return self._avatar

    def render(self, *, out: Path, audio: Path | None = None, features: Features | None = None,
               audio_track: int = 0,
               frames: tuple[int, int] | range | None = None, progress: bool | Progress = False,
               overwrite: bool = False, codec: str = "", crf: int | None = None, preset: str = "",
               bitrate: int = 0, quality: int = 95,
               shard: tuple[int, int] | None = None) -> dict[str, Any]:
        """Renders into ``out`` and returns what it cost, as in ``stats``.

        ``out``: "x.mp4" (or .mkv, .mov, .avi), a folder or a pattern as "frames/%05d.jpg" (or .png),
        "x.y4m", "hash:FILE" for a checksum line a frame, "null:" for nothing. It appears under its
        name when it is complete; after an error or Ctrl-C nothing is left of it. ``overwrite``
        allows one that exists.

        ``audio``: the path of any file that FFmpeg reads; it moves the mouth, unless ``features`` are
        given, and becomes the sound of a video. ``audio_track``: which of its audio tracks, from 1; 0: the
        one that FFmpeg calls the best. ``features``: the path of a .npy or .bin file or an
        array [rows, ...], converted to float32; 512 values a row for the usual models. Neither: the
        package's own features.

        ``frames``: output frames [begin, end), a range or a pair; None: as long as the speech.
        ``progress``: True for a bar by tqdm, or a function of ("opening", "listening" or
        "rendering", done, total), called some times a second by this thread.

        ``codec``, ``crf``, ``preset``, ``bitrate`` (bits a second): of videos, by libavcodec's names.
        ``quality``: of JPEG files, 1 to 100.

        ``shard``: (i, n) renders part i, from 0, of n; the videos of all parts are what join() takes.

        Raises Error. What there is to say, such as the cache mode chosen, goes to the logger
        "mouthpiece" at the level INFO.
        """
        job = self._job(audio, features, frames, audio_track)
        job.shard = shard
        output = _core.Output()
        output.name, output.overwrite = out, overwrite
        output.codec, output.preset, output.crf = codec, preset, crf
        output.bitrate, output.quality = bitrate, quality
        bar = _progress_bar() if progress is True else contextlib.nullcontext(progress or None)
        with bar as update:
            self.stats = json.loads(self._renderer.render(job, output, update, _log.info))
        return self.stats

    def frames(self, features: Features | None = None, *, audio: Path | None = None,
               format: Literal["bgr", "rgb", "yuv"] = "bgr",
               frames: tuple[int, int] | range | None = None,
               audio_track: int = 0) -> _core.FrameStream:
        """The rendered frames, in order, as an iterator; ``features``, ``audio``, ``audio_track`` and
        ``frames`` as in render(), of which ``audio`` moves the mouth only.

        ``format`` "bgr" or "rgb": uint8 arrays [height, width, 3], each its own. "yuv": tuples of the
        planes Y [height, width], U and V [(height+1)/2, (width+1)/2], BT.601, as they go to a video's
        encoder: nothing is converted or copied, so they are read-only.

        An array is valid and unchanged as long as it is held, also after the iterator and the renderer
        are gone. Any number may be held: planes of eight frames at a time are lent by the frame cache
        and keep it in memory; frames beyond these eight are copies. To keep a few planes long after
        the rest, copy them.

        Rendering runs some frames ahead, in threads of its own that end with the iterator: when it is
        exhausted, closed (close(), or the end of a ``with`` statement) or dropped.
        """
        return _core.FrameStream(self._renderer, self._job(audio, features, frames, audio_track),
                                 format)

    def _job(self, audio=None, features=None, frames=None, audio_track=0) -> _core.Job:
        job = _core.Job()
        for name, value in self._job_settings.items():
            setattr(job, name, value)
        if audio is not None and features is None:
            job.set_speech_file(audio, audio_track)
        elif audio is not None:
            job.sound, job.sound_track = audio, audio_track
        if isinstance(features, (str, os.PathLike)):
            job.set_feature_file(features)
        elif features is not None:
            rows = np.asarray(features)
            if rows.ndim < 2 or rows.dtype.kind != "f":
                raise TypeError("features: expected a path, or floats of two or more dimensions, found "
                                f"{rows.dtype} {list(rows.shape)}")
            job.set_feature_rows(np.ascontiguousarray(rows.reshape(len(rows), -1), np.float32))
        if isinstance(frames, range):
            if frames.step != 1:
                raise ValueError(f"frames: expected a range of step 1, found {frames}")
            frames = (frames.start, frames.stop)
        job.frames = frames
        return job
