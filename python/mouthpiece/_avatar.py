"""Avatar packages."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any, Literal, cast, overload

import numpy as np
import numpy.typing as npt

from . import _checks, _core
from ._checks import Path

Pixels = npt.NDArray[np.uint8]
Planes = tuple[Pixels, Pixels, Pixels]
PixelFormat = Literal["bgr", "rgb"]

FRAME_FORMATS = ("bgr", "rgb", "yuv")


class PackageReport(dict[str, Any]):
    """What is in a package and what is wrong with it: the document of the command line's ``inspect --json``.
    ``str()`` of it is the text for people; ``report["problems"]`` is empty if Avatar.open() succeeds."""

    def __init__(self, document: dict[str, Any], text: str):
        super().__init__(document)
        self._text = text

    def __str__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        import html

        return f"<pre>{html.escape(self._text)}</pre>"


def inspect(path: Path) -> PackageReport:
    """Looks at the package folder ``path``, goes on after a problem, and computes what each cache mode would
    hold. Never raises for what is wrong with the package: see ``report["problems"]``."""
    document, text = _core.inspect(_checks.path("path", path))
    return PackageReport(json.loads(document), os.fsdecode(text))


class Avatar:
    """A talking-head package, opened and checked once. Immutable; may be shared by threads. Pickled by its path:
    it is opened again where it is unpickled."""

    _core: _core.Avatar

    def __init__(self) -> None:
        raise TypeError("Avatar: expected Avatar.open(path), found Avatar()")

    @classmethod
    def open(cls, path: Path) -> Avatar:
        """Opens the package folder ``path`` (SyncTalk_2D v2.0: videos or image folders) and checks all that can
        be checked without decoding. Raises Error, which names the file, what was expected and what was found."""
        avatar = object.__new__(cls)
        avatar._core = _core.open_avatar(_checks.path("path", path))
        return avatar

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).open, (os.path.abspath(self.path),)

    @property
    def path(self) -> pathlib.Path:
        """The folder."""
        return self._core.path

    @property
    def frame_count(self) -> int:
        """Frames usable for rendering: the smallest count that all parts share."""
        return self._core.frame_count

    def __len__(self) -> int:
        return self._core.frame_count

    @property
    def width(self) -> int:
        """Of the full frame, in pixels."""
        return self._core.width

    @property
    def height(self) -> int:
        """Of the full frame, in pixels."""
        return self._core.height

    @property
    def fps(self) -> float:
        """Frames a second."""
        return self._core.fps

    @property
    def rectangles(self) -> npt.NDArray[np.int32]:
        """Where the face is in each frame: int32 [frame_count, 4], x1, y1, x2, y2 in pixels, half-open."""
        rectangles: npt.NDArray[np.int32] = self._core.rectangles
        return rectangles

    @property
    def face_size(self) -> int:
        """Sides of the face that the network sees, in pixels: 320 for SyncTalk_2D."""
        return self._core.face_size

    @property
    def warnings(self) -> list[str]:
        """What was odd but could be worked with, one line each."""
        return self._core.warnings

    @property
    def info(self) -> PackageReport:
        """What is in the package, as inspect() tells: videos, features, networks, what each cache mode holds."""
        return inspect(self.path)

    @overload
    def frame(self, index: int, format: PixelFormat = "bgr") -> Pixels: ...

    @overload
    def frame(self, index: int, format: Literal["yuv"]) -> Planes: ...

    def frame(self, index: int, format: str = "bgr") -> Pixels | Planes:
        """The full picture of frame ``index`` as it is in the package: uint8 [height, width, 3] for "bgr" and
        "rgb"; for "yuv" a tuple of its planes Y [height, width], U and V [(height+1)/2, (width+1)/2], read-only.

        Decoded as it is asked for; ascending order costs least."""
        _checks.choice("format", format, FRAME_FORMATS)
        return cast("Pixels | Planes", self._core.frame(self._index(index), format))

    def face(self, index: int) -> Pixels:
        """What the network sees of frame ``index``: uint8 [6, face_size, face_size], the planes B, G, R of the
        face, then those of the face with its lower part blacked out. The network takes them as float32 / 255."""
        face: Pixels = self._core.face(self._index(index))
        return face

    def _index(self, index: int) -> int:
        return _checks.integer("index", index, 0, self.frame_count - 1)

    def __repr__(self) -> str:
        return f"<mouthpiece.Avatar {self.path.name}: {self.frame_count} frames of {self.width}x{self.height}>"


def checked_avatar(value: object) -> Avatar:
    if not isinstance(value, Avatar):
        _checks.refuse_type("avatar", "an Avatar", value)
    return value
