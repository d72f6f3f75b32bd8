"""What notebooks show of a render."""

from __future__ import annotations

import base64
import pathlib
import tempfile
from collections.abc import Callable
from typing import Any

from ._checks import Path, path as checked_path


class Still:
    """One rendered frame as a picture. ``data``: the PNG file."""

    def __init__(self, data: bytes):
        self.data = data

    def save(self, path: Path) -> None:
        """Writes the PNG file."""
        pathlib.Path(checked_path("path", path)).write_bytes(self.data)

    def _repr_png_(self) -> bytes:
        return self.data

    def __repr__(self) -> str:
        return f"<mouthpiece.Still: {len(self.data)} bytes of PNG>"


class Clip:
    """A short video with its sound. ``data``: the MP4 file."""

    def __init__(self, data: bytes):
        self.data = data

    def save(self, path: Path) -> None:
        """Writes the MP4 file."""
        pathlib.Path(checked_path("path", path)).write_bytes(self.data)

    def _repr_html_(self) -> str:
        content = base64.b64encode(self.data).decode("ascii")
        return f'<video controls src="data:video/mp4;base64,{content}"></video>'

    def __repr__(self) -> str:
        return f"<mouthpiece.Clip: {len(self.data)} bytes of MP4>"


def still_of(render: Callable[..., Any]) -> Still:
    with tempfile.TemporaryDirectory() as folder:
        render(out=pathlib.Path(folder, "%d.png"))
        (picture,) = pathlib.Path(folder).iterdir()
        return Still(picture.read_bytes())


def clip_of(render: Callable[..., Any], frames: int) -> Clip:
    with tempfile.TemporaryDirectory() as folder:
        video = pathlib.Path(folder, "clip.mp4")
        render(out=video, frames=(0, frames))
        return Clip(video.read_bytes())
