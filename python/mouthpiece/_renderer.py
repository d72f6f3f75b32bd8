"""Rendering: an avatar and speech in, files or arrays out."""

from __future__ import annotations

import asyncio
import functools
import json
import os
from collections.abc import AsyncIterable, Mapping, Sequence
from typing import Any, Literal, TypeVar, overload

import numpy.typing as npt

from . import _checks, _core
from ._audio import feature_rows
from ._avatar import FRAME_FORMATS, Avatar, PixelFormat, Pixels, Planes, checked_avatar
from ._checks import Path
from ._frames import AsyncFrameStream, FrameStream
from ._preview import Clip, Still, clip_of, still_of
from ._progress import Progress, log_message, shown
from ._settings import (
    AudioWindow,
    Cache,
    Engine,
    FrameFormat,
    Loop,
    Precision,
    Resample,
    check_job_settings,
    machine_of,
)
from ._speech import ArrivingSpeech, AsyncAudio, Audio, speech_of

Features = Path | npt.ArrayLike
Frames = tuple[int, int] | range
Stats = dict[str, Any]

_Result = TypeVar("_Result")


def join(shards: Sequence[Path], out: Path, *, overwrite: bool = False) -> int:
    """Joins the videos of all shards of one job, in any order, into ``out`` without encoding anything
    again: frame for frame what one render makes. Returns the number of frames. Raises Error when they
    are not all the shards of one job, each once and complete."""
    if isinstance(shards, (str, bytes, os.PathLike)) or not hasattr(shards, "__iter__"):
        _checks.refuse_type("shards", "a sequence of paths", shards)
    paths = [_checks.path("shards", shard) for shard in shards]
    return _core.join(paths, _checks.path("out", out), _checks.flag("overwrite", overwrite))


class Renderer:
    """Renders an avatar, again and again: the network is loaded by the first render() or frames() and kept as
    long as the renderer. May be used by several threads; renders that run at the same time have a
    network each, of which one is kept. A process that is forked off loads its own. Pickled by the avatar's path
    and the settings.

    ``cache``: where the avatar's frames come from, "auto", "ram", "chunk", "stream" or "disk"; the
    pictures are the same. ``keep_frames``: those of "ram" stay decoded between renders, which then begin
    sooner; JPEG files are made without. ``prepare``: the first render prepares the avatar, as the command
    ``mouthpiece prepare`` does, where it is not: later processes map its frames and weights. ``memory_budget``: bytes for all but the network. ``chunk_frames``: frames
    a chunk of "chunk". ``batch``: frames a call of the network, 0: chosen for the machine.
    ``threads``: for each of decoding, network and encoding, 0: all cores. ``precision``: of the
    network, "auto" (bf16 where the CPU multiplies it, f16 on GPUs), "f32", "bf16" or "int8" of the CPU, "f16" or "f32"
    of GPUs. ``engine``: what runs it on the CPU, "auto", "fused" or "openvino". ``device``: what runs the network and
    composites, "cpu", "vulkan" (the first GPU), "vulkan:1", several with commas between, or "auto": the CPU unless
    ``mouthpiece devices --measure`` has found a GPU to be faster; see devices(). ``device_memory``: bytes of a
    GPU's memory for faces, 0: chosen for it. ``loop``: how output frames walk
    the avatar's, "pingpong", "repeat" or "none". ``resample``: how the face is fitted to its
    rectangle, "linear" or "cubic". ``audio_window``: what lies outside the features, "zero" or "edge".

    ``stats`` is what the last render() cost: the document that the command line writes for --stats,
    as a dict; None before.
    """

    def __init__(self, avatar: Avatar, *, cache: Cache = "auto", memory_budget: int = 2 << 30,
                 chunk_frames: int = 500, batch: int = 0, threads: int = 0, precision: Precision = "auto",
                 engine: Engine = "auto", device: str = "cpu", device_memory: int = 0,
                 loop: Loop = "pingpong", resample: Resample = "linear", audio_window: AudioWindow = "zero",
                 keep_frames: bool = False, prepare: bool = False):
        self._avatar = checked_avatar(avatar)
        settings: dict[str, Any] = {
            "cache": cache, "memory_budget": memory_budget, "chunk_frames": chunk_frames, "batch": batch,
            "threads": threads, "precision": precision, "engine": engine, "device": device,
            "device_memory": device_memory, "keep_frames": keep_frames, "prepare": prepare}
        machine = machine_of(**settings)
        self._job_settings = check_job_settings(loop, resample, audio_window)
        self._settings = settings | self._job_settings
        self._renderer = _core.Renderer(avatar._core, machine)
        self.stats: Stats | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return _renderer_again, (type(self), self._avatar, self._settings)

    def __repr__(self) -> str:
        return f"<mouthpiece.Renderer of {self._avatar!r}>"

    @property
    def avatar(self) -> Avatar:
        """What it renders."""
        return self._avatar

    def render(self, *, out: Path, audio: Audio | None = None, sample_rate: int | None = None,
               audio_track: int = 0, features: Features | None = None, frames: Frames | None = None,
               progress: bool | Progress = False, overwrite: bool = False, codec: str = "",
               crf: int | None = None, preset: str = "", bitrate: int = 0, quality: int = 95,
               crop: str | None = None, scale: str | None = None, key_out: str | None = None,
               background: Path | None = None, metadata: Mapping[str, str] | None = None,
               shard: tuple[int, int] | None = None) -> Stats:
        """Renders into ``out`` and returns what it cost, as in ``stats``.

        ``out``: "x.mp4" (or .mkv, .mov, .webm, .avi), "x.gif" or "x.webp" for previews, a folder or a pattern as
        "frames/%05d.jpg" (or .png), "x.png" or "x.jpg" of one frame, "x.y4m", "hash:FILE" for a checksum line a frame, "null:" for nothing. It appears under its
        name when it is complete; after an error or Ctrl-C nothing is left of it. ``overwrite``
        allows one that exists.

        ``audio``: the path of any file that FFmpeg reads, of which ``audio_track`` is heard, from 1, or 0 for
        the one that FFmpeg calls the best; or mono samples, one dimension of float in [-1, 1] or int16, at
        ``sample_rate``; or an iterator of pieces of such, which is read to its end first. It moves the mouth,
        unless ``features`` are given, and becomes the sound of a video. ``features``: the path of a .npy or
        .bin file or an array [rows, ...], converted to float32; 512 values a row for the usual models.
        Neither: the package's own features.

        ``frames``: output frames [begin, end), a range or a pair; None: as long as the speech.
        ``progress``: True for a bar by tqdm, or lines where nobody watches; or a function of ("opening",
        "listening" or "rendering", done, total), called some times a second by this thread.

        ``codec``, ``crf``, ``preset``, ``bitrate`` (bits a second): of videos, by libavcodec's names.
        ``quality``: of JPEG and WebP, 1 to 100. ``metadata``: what a video says of itself, {"title": "Good morning"}.

        ``crop``: the largest part of that shape, "9:16", or one of that size, "640x480", around the face or, with
        "@x,y" behind it, with its corner there. ``scale``: the size of the pictures after that, "1920x1080",
        "-2:480" or "640:-2", where -2 keeps their shape.

        ``key_out``: "green", "blue" or "#rrggbb", with ":0.7" behind it for how far from it hues may be, becomes
        transparent, in .webm, .png, .webp and ProRes; so does what an avatar's own frames say is. ``background``:
        "#rrggbb", a picture or a video that is seen there instead, in any output.

        ``shard``: (i, n) renders part i, from 0, of n; the videos of all parts are what join() takes.

        Raises Error; ArgumentError, a ValueError, and TypeError for arguments. What there is to say, such as the
        cache mode chosen, goes to the logger "mouthpiece" at the level INFO, what is odd at WARNING.
        """
        return self._render(_core.Cancel(), progress, out=out, audio=audio, sample_rate=sample_rate,
                            audio_track=audio_track, features=features, frames=frames, overwrite=overwrite,
                            codec=codec, crf=crf, preset=preset, bitrate=bitrate, quality=quality, crop=crop,
                            scale=scale, key_out=key_out, background=background, metadata=metadata, shard=shard)

    async def arender(self, *, out: Path, audio: AsyncAudio | None = None, sample_rate: int | None = None,
                      audio_track: int = 0, features: Features | None = None, frames: Frames | None = None,
                      progress: bool | Progress = False, overwrite: bool = False, codec: str = "",
                      crf: int | None = None, preset: str = "", bitrate: int = 0, quality: int = 95,
                      crop: str | None = None, scale: str | None = None, key_out: str | None = None,
                      background: Path | None = None, metadata: Mapping[str, str] | None = None,
                      shard: tuple[int, int] | None = None) -> Stats:
        """render() for ``await``: runs in a thread of asyncio's. When the task is cancelled the render ends, and
        nothing is left of its output. ``audio`` may be an asynchronous iterator of pieces, too."""
        if isinstance(audio, AsyncIterable):
            audio = [piece async for piece in audio]
        cancel = _core.Cancel()
        work = functools.partial(self._render, cancel, progress, out=out, audio=audio, sample_rate=sample_rate,
                                 audio_track=audio_track, features=features, frames=frames, overwrite=overwrite,
                                 codec=codec, crf=crf, preset=preset, bitrate=bitrate, quality=quality, crop=crop,
                                 scale=scale, key_out=key_out, background=background, metadata=metadata, shard=shard)
        future = asyncio.get_running_loop().run_in_executor(None, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            cancel.set()
            await asyncio.wait([future])
            if not future.cancelled():
                future.exception()  # which is that it was cancelled
            raise

    def cancel(self) -> None:
        """Ends all renders and frame streams of this renderer that run now, in whichever thread: they raise Error
        with the ``code`` "cancelled". Those that begin later are not affected."""
        self._renderer.cancel()

    @overload
    def frames(self, features: Features | None = None, *, audio: Audio | None = None,
               sample_rate: int | None = None, audio_track: int = 0, format: PixelFormat = "bgr",
               frames: Frames | None = None) -> FrameStream[Pixels]: ...

    @overload
    def frames(self, features: Features | None = None, *, audio: Audio | None = None,
               sample_rate: int | None = None, audio_track: int = 0, format: Literal["yuv"],
               frames: Frames | None = None) -> FrameStream[Planes]: ...

    def frames(self, features: Features | None = None, *, audio: Audio | None = None,
               sample_rate: int | None = None, audio_track: int = 0, format: FrameFormat = "bgr",
               frames: Frames | None = None) -> FrameStream[Pixels] | FrameStream[Planes]:
        """The rendered frames, in order, as an iterator; ``features``, ``audio`` and ``frames`` as in
        render(), of which ``audio`` moves the mouth only.

        ``audio`` may be an iterator of pieces of speech that still arrives: a thread reads it, and each frame
        is given as soon as the sound that it needs is there, up to 452.5 ms after the frame begins. The frames
        are those of the whole speech at once.

        ``format`` "bgr" or "rgb": uint8 arrays [height, width, 3], each its own. "yuv": tuples of the
        planes Y [height, width], U and V [(height+1)/2, (width+1)/2], of the avatar's own matrix and
        range, as they go to a video's encoder: nothing is converted or copied, so they are read-only.

        An array is valid and unchanged as long as it is held, also after the iterator and the renderer
        are gone. Any number may be held: planes of eight frames at a time are lent by the frame cache
        and keep it in memory; frames beyond these eight are copies. To keep a few planes long after
        the rest, copy them.

        Rendering runs some frames ahead, in threads of its own that end with the iterator: when it is
        exhausted, closed (close(), or the end of a ``with`` statement) or dropped.
        """
        return self._frames(features, audio, sample_rate, audio_track, format, frames, awaitable=False)

    @overload
    def aframes(self, features: Features | None = None, *, audio: AsyncAudio | None = None,
                sample_rate: int | None = None, audio_track: int = 0, format: PixelFormat = "bgr",
                frames: Frames | None = None) -> AsyncFrameStream[Pixels]: ...

    @overload
    def aframes(self, features: Features | None = None, *, audio: AsyncAudio | None = None,
                sample_rate: int | None = None, audio_track: int = 0, format: Literal["yuv"],
                frames: Frames | None = None) -> AsyncFrameStream[Planes]: ...

    def aframes(self, features: Features | None = None, *, audio: AsyncAudio | None = None,
                sample_rate: int | None = None, audio_track: int = 0, format: FrameFormat = "bgr",
                frames: Frames | None = None) -> AsyncFrameStream[Pixels] | AsyncFrameStream[Planes]:
        """frames() for ``async for``; ``audio`` may be an asynchronous iterator of pieces, too. When the task that
        iterates is cancelled, rendering ends."""
        return AsyncFrameStream(self._frames(features, audio, sample_rate, audio_track, format, frames,
                                             awaitable=True))

    @overload
    def preview(self, features: Features | None = None, *, audio: Audio | None = None,
                sample_rate: int | None = None, frame: int) -> Still: ...

    @overload
    def preview(self, features: Features | None = None, *, audio: Audio | None = None,
                sample_rate: int | None = None, frame: None = None, seconds: float = 4) -> Clip: ...

    def preview(self, features: Features | None = None, *, audio: Audio | None = None,
                sample_rate: int | None = None, frame: int | None = None, seconds: float = 4) -> Still | Clip:
        """What a notebook shows: the output frame ``frame`` as a picture, or else the first ``seconds`` of the
        video, with the sound of ``audio``. Both have ``data`` and save(path)."""
        if frame is not None:
            first = _checks.integer("frame", frame, 0, 1 << 40)
            render = functools.partial(self.render, features=features, audio=audio, sample_rate=sample_rate,
                                       frames=(first, first + 1))
            return still_of(render)
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
            _checks.refuse_type("seconds", "a number", seconds)
        if not 0 < seconds <= 60:
            _checks.refuse("seconds", "more than 0, at most 60", seconds)
        count = max(1, round(seconds * self._avatar.fps))
        render = functools.partial(self.render, features=features, audio=audio, sample_rate=sample_rate)
        return clip_of(render, count)

    def _render(self, cancel: _core.Cancel, progress: bool | Progress, *, out: Path, audio: Any = None,
                sample_rate: int | None = None, audio_track: int = 0, features: Any = None, frames: Any = None,
                overwrite: bool = False, codec: str = "", crf: int | None = None, preset: str = "",
                bitrate: int = 0, quality: int = 95, crop: str | None = None, scale: str | None = None,
                key_out: str | None = None, background: Path | None = None, metadata: Any = None,
                shard: Any = None) -> Stats:
        output = _core.Output()
        output.name, output.overwrite = _checks.path("out", out), _checks.flag("overwrite", overwrite)
        output.codec, output.preset = _checks.text("codec", codec), _checks.text("preset", preset)
        output.crf = None if crf is None else _checks.integer("crf", crf, -(1 << 20), 1 << 20)
        output.bitrate = _checks.integer("bitrate", bitrate, 0, 1 << 40)
        output.quality = _checks.integer("quality", quality, 1, 100)
        if crop is not None:
            output.set_crop(_checks.text("crop", crop))
        if scale is not None:
            output.set_scale(_checks.text("scale", scale))
        if key_out is not None:
            output.set_key_out(_checks.text("key_out", key_out))
        if background is not None:
            output.background = str(_checks.path("background", background))
        output.metadata = _checks.texts("metadata", metadata)
        if crf is not None and bitrate > 0:
            raise _core.ArgumentError("crf and bitrate: expected one of them, found both")
        job, _ = self._job(audio, sample_rate, audio_track, features, frames, arriving=False)
        job.shard = _checks.shard(shard)
        with shown(progress) as update:
            stats: Stats = json.loads(self._renderer.render(job, output, cancel, update, log_message))
        self.stats = stats
        return stats

    def _frames(self, features: Any, audio: Any, sample_rate: int | None, audio_track: int, format: str,
                frames: Any, *, awaitable: bool) -> FrameStream[Any]:
        _checks.choice("format", format, FRAME_FORMATS)
        job, speech = self._job(audio, sample_rate, audio_track, features, frames, awaitable=awaitable)
        return FrameStream(_core.FrameStream(self._renderer, job, format, log_message), speech)

    def _job(self, audio: Any, sample_rate: int | None, audio_track: int, features: Any, frames: Any, *,
             awaitable: bool = False, arriving: bool = True) -> tuple[_core.Job, ArrivingSpeech | None]:
        job = _core.Job()
        for name, value in self._job_settings.items():
            setattr(job, name, value)
        job.frames = _checks.frames(frames)
        if isinstance(features, (str, os.PathLike)):
            job.set_feature_file(_checks.path("features", features))
        elif features is not None:
            job.set_feature_rows(feature_rows(features))
        if audio is None:
            for name, given in (("sample_rate", sample_rate), ("audio_track", audio_track or None)):
                if given is not None:
                    raise _core.ArgumentError(f"{name}: expected audio with it, found none")
            return job, None
        speech = speech_of(audio, sample_rate, audio_track, awaitable=awaitable, arriving=arriving)
        if isinstance(speech, ArrivingSpeech):
            if features is not None:
                raise _core.ArgumentError("audio: expected a file or samples beside features, found an iterator")
            job.set_speech_stream(speech.stream)
            return job, speech
        moves_mouth = features is None
        if isinstance(speech, str):
            (job.set_speech_file if moves_mouth else job.set_sound_file)(speech, audio_track)
        else:
            (job.set_speech_samples if moves_mouth else job.set_sound_samples)(*speech)
        return job, None


def _renderer_again(kind: type[_Result], avatar: Avatar, settings: dict[str, Any]) -> _Result:
    """Unpickles."""
    return kind(avatar, **settings)  # type: ignore[call-arg]
