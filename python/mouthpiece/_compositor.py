"""Mouths of a model of one's own."""

from __future__ import annotations

from typing import Any, Literal, cast, overload

from . import _checks, _core
from ._avatar import FRAME_FORMATS, Avatar, PixelFormat, Pixels, Planes, checked_avatar
from ._settings import Cache, Resample, machine_of


class Compositor:
    """Puts mouths that a model of your own has made into an avatar's frames, exactly as Renderer does with those of
    the package's network. May be used by several threads, which take turns.

    ``cache``: where the avatar's frames come from, as in Renderer ("auto", "ram", "chunk", "stream", "disk");
    frames in another order than ascending are fast with "ram" only. ``memory_budget``: bytes for them.
    ``threads``: for decoding, 0 for all cores. ``resample``: how the face is fitted to its rectangle, "linear" or
    "cubic". ``device``: what composites, "cpu" or one GPU as in Renderer, which is worth it only where the CPU is short;
    "auto" is the CPU."""

    def __init__(self, avatar: Avatar, *, cache: Cache = "auto", memory_budget: int = 2 << 30, threads: int = 0,
                 resample: Resample = "linear", device: str = "cpu"):
        machine = machine_of(cache=cache, memory_budget=memory_budget, threads=threads, device=device)
        _checks.choice("resample", resample, ("linear", "cubic"))
        self._avatar = checked_avatar(avatar)
        self._core = _core.Compositor(avatar._core, machine, resample)

    @overload
    def composite(self, index: int, prediction: Any, *, format: PixelFormat = "bgr") -> Pixels: ...

    @overload
    def composite(self, index: int, prediction: Any, *, format: Literal["yuv"]) -> Planes: ...

    def composite(self, index: int, prediction: Any, *, format: str = "bgr") -> Pixels | Planes:
        """The avatar's frame ``index`` with the mouth ``prediction``.

        ``prediction``: an array of NumPy, PyTorch or anything else that speaks DLPack, in the CPU's memory,
        [3, face_size, face_size] or [face_size, face_size, 3], with or without a leading 1, of any strides;
        channels in the order B, G, R; uint8 in [0, 255], or float32 or float64 in [0, 1], which is truncated to 8
        bits as uint8(255 * x) is.

        Returns uint8 [height, width, 3] of its own for ``format`` "bgr" or "rgb"; for "yuv" a tuple of the planes Y
        [height, width], U and V [(height+1)/2, (width+1)/2], read-only and not copied, that stay as they are as
        long as they are held."""
        _checks.choice("format", format, FRAME_FORMATS)
        number = _checks.integer("index", index, 0, self._avatar.frame_count - 1)
        mouth = _checks.array("prediction", prediction, "an array")
        return cast("Pixels | Planes", self._core.composite(number, mouth, format))
