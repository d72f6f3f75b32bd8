"""An avatar that listens and speaks on one endless timeline, in this process: docs/live.md.

    session = mouthpiece.live.Session(mouthpiece.Avatar.open("path/to/package"))
    session.push(samples, 24000)
    session.end()
    async for output in session:
        ...
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from . import _checks, _core
from ._audio import checked_rate, samples_of
from ._avatar import FRAME_FORMATS, Avatar, Pixels, Planes, checked_avatar
from ._settings import Engine, FrameFormat, Precision, Resample, machine_of

Loop = Literal["pingpong", "repeat"]

TICK_RATE = 48000
"""Times are in ticks, of which a second has that many: samples of the sound that comes out."""
FRAME_TICKS = 1920
"""Of a frame: there are 25 a second."""


@dataclass(frozen=True)
class Frame:
    """The picture and the sound of one interval of the timeline."""

    picture: Pixels | Planes | None
    """As Session's ``format`` says. None when it was not ready in time (``skipped``): what was shown stays."""
    sound: npt.NDArray[np.int16]
    """``duration`` samples of 48 kHz, mono; none at all is silence. Read-only."""
    pts: int
    """When it begins, in ticks."""
    duration: int
    """FRAME_TICKS; less for what is left of a frame after an interrupt."""
    number: int
    """Of the frame on the timeline: ``mouthpiece render`` of the same sound has it there, too."""
    avatar_frame: int
    epoch: int
    """Counts interrupts."""
    seq: int
    idle: bool
    """Nobody speaks: any idle frame of this avatar frame is the same."""
    skipped: bool
    first: bool
    """It holds the first sample of an utterance."""
    last: bool
    """It holds the last sample of an utterance."""


@dataclass(frozen=True)
class Started:
    """The first sample of an utterance is in the next frame."""

    utterance: str
    pts: int


@dataclass(frozen=True)
class Finished:
    """Exactly one for each utterance, once its last sample was played."""

    utterance: str
    played_ms: float
    """Of its own sound."""
    interrupted: bool


@dataclass(frozen=True)
class Flush:
    """All frames of older epochs are void from ``pts`` on; those that follow begin there."""

    epoch: int
    pts: int


@dataclass(frozen=True)
class Busy:
    """A push had no room for all of its samples."""

    queued_ms: float


@dataclass(frozen=True)
class Interrupted:
    """What an interrupt cut off: ``utterance`` is empty when nothing was being heard."""

    utterance: str
    played_ms: float
    epoch: int


Output = Frame | Started | Finished | Flush | Busy

_TICKS_A_MS = TICK_RATE / 1000


class Stage:
    """An avatar made ready to speak, for any number of sessions: its network, its frames in memory, and the mouth of
    each frame in silence, which is rendered once. Takes the time that loading takes.

    ``loop``: how frames are walked, "pingpong" or "repeat". ``resample``, ``precision``, ``engine``,
    ``device`` and ``device_memory``: as Renderer; its sessions share the device.
    ``memory_budget``: bytes that the frames may take. ``threads``: frames that are rendered at the same time, 0: one a
    core."""

    def __init__(self, avatar: Avatar, *, loop: Loop = "pingpong", resample: Resample = "linear",
                 memory_budget: int = 2 << 30, threads: int = 0, precision: Precision = "auto",
                 engine: Engine = "auto", device: str = "cpu", device_memory: int = 0):
        machine = machine_of(memory_budget=memory_budget, threads=threads, precision=precision, engine=engine,
                             device=device, device_memory=device_memory)
        _checks.choice("loop", loop, get_args(Loop))
        _checks.choice("resample", resample, get_args(Resample))
        self._core = _core.LiveStage(checked_avatar(avatar)._core, machine, loop, resample)

    @property
    def frame_ms(self) -> float:
        """Milliseconds of one core that a frame of speech takes, as measured so far."""
        return self._core.frame_ms

    @property
    def idle_frames(self) -> int:
        """Frames whose mouth in silence was rendered so far."""
        return self._core.idle_frames

    @property
    def nbytes(self) -> int:
        """Bytes of its frames and networks."""
        return self._core.nbytes


class Session:
    """One avatar that listens and speaks to somebody: an endless iterator, asynchronous or not, of frames with their
    sound, in real time, and of what happens. The pictures are those of ``Renderer.frames()`` of the same sound.

    ``avatar``: an Avatar, or a Stage that several sessions share. ``format`` of the pictures: "bgr", "rgb" or "yuv",
    as Renderer.frames(). ``lookahead``: rows of features after its own that a frame waits for, 0 to 7: each one less
    saves 40 ms between sound and its being heard, and costs anticipation of the lips. ``oversubscribe``: also when
    the cores' time is promised to other sessions of the stage; else that raises Error.

    close(), or its end in a ``with`` statement, or dropping it, ends it. One thread or task iterates; all else is for
    any. Times go on only while somebody iterates."""

    def __init__(self, avatar: Avatar | Stage, *, format: FrameFormat = "bgr", lookahead: int = 7,
                 oversubscribe: bool = False):
        _checks.choice("format", format, FRAME_FORMATS)
        _checks.integer("lookahead", lookahead, 0, 7)
        _checks.flag("oversubscribe", oversubscribe)
        self._stage = avatar if isinstance(avatar, Stage) else Stage(avatar)
        self._core = _core.LiveSession(self._stage._core, format, lookahead, oversubscribe)
        self._utterance = ""
        self._rate = 0
        self._count = 0

    @property
    def stage(self) -> Stage:
        return self._stage

    def speak(self, rate: int, utterance: str | None = None) -> str:
        """Opens an utterance, which is heard after those before it, and ends the one that is open. Returns its name,
        which is made up when none is given."""
        rate = checked_rate(rate)
        if utterance is None:
            self._count += 1
            name = f"u{self._count}"
        else:
            name = _checks.text("utterance", utterance)
        self._core.speak(name, rate)
        self._utterance, self._rate = name, rate
        return name

    def push(self, samples: npt.ArrayLike, rate: int) -> int:
        """Speech of the open utterance, or of a new one: float samples from -1 to 1, or int16, in pieces of any size,
        as fast as they come. Returns how many were taken: fewer than there are when a minute of sound waits to be
        heard; the rest is to be pushed again (apush() waits instead)."""
        pushed = samples_of("samples", samples)
        rate = checked_rate(rate)
        if not self._rate:
            self.speak(rate)
        elif rate != self._rate:
            _checks.refuse("rate", f"{self._rate}, that of the open utterance", rate)
        return self._core.push(pushed)

    async def apush(self, samples: npt.ArrayLike, rate: int) -> None:
        """The same of all samples: waits for room, while another task iterates."""
        pushed = samples_of("samples", samples)
        while True:
            taken = self.push(pushed, rate)
            pushed = pushed[taken:]
            if not len(pushed):
                return
            await asyncio.sleep(0.04)

    def end(self) -> None:
        """The open utterance is complete."""
        self._rate = 0
        self._core.end()

    def interrupt(self, utterance: str | None = None) -> Interrupted:
        """Cuts off what is said and drops what was to be said: of ``utterance``, or all. What is pushed to the open
        utterance from now on is dropped, too, until end() or speak()."""
        if utterance is not None:
            _checks.text("utterance", utterance)
        name, played, epoch = self._core.interrupt(utterance)
        return Interrupted(name, played / _TICKS_A_MS, epoch)

    def stats(self) -> dict[str, Any]:
        """What has become of it so far: frames by kind, those that were late, gaps where speech came too late; times
        in ticks."""
        return dict(self._core.stats())

    def close(self) -> None:
        """Ends the iteration. May be called again."""
        self._core.close()

    def __iter__(self) -> Session:
        return self

    def __next__(self) -> Output:
        return _output_of(self._core.next())

    def __aiter__(self) -> Session:
        return self

    async def __anext__(self) -> Output:
        end = object()
        try:
            output: Any = await asyncio.to_thread(next, self, end)
        except asyncio.CancelledError:
            self.close()
            raise
        if output is end:
            raise StopAsyncIteration
        found: Output = output
        return found

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()


def _output_of(found: tuple[Any, ...]) -> Output:
    kind, *values = found
    if kind == "frame":
        picture, sound, *rest = values
        return Frame(picture, np.frombuffer(sound, np.int16), *rest)
    if kind == "started":
        return Started(*values)
    if kind == "finished":
        utterance, played, interrupted = values
        return Finished(utterance, played / _TICKS_A_MS, interrupted)
    if kind == "flush":
        return Flush(*values)
    return Busy(values[0] / _TICKS_A_MS)
