"""The output of a job that several machines render: its shards, and what is made of them."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from . import Error, join

_VIDEOS = {".mp4", ".mkv", ".mov", ".avi"}
_PICTURES = {".jpg", ".jpeg", ".png"}


def _bounds(frames) -> tuple[int, int]:
    return (frames.start, frames.stop) if isinstance(frames, range) else tuple(frames)


class ClusterOutput:
    """What a job's shards become: one video, or the pictures of a folder."""

    def __init__(self, job: Mapping[str, Any]):
        self.out, self.overwrite = job["out"], bool(job.get("overwrite"))
        path = pathlib.PurePath(self.out)
        suffix = path.suffix.lower()
        self._name = ""  # of the pictures in the folder _target
        if self.out.endswith("/") or os.path.isdir(self.out) or not suffix:
            self._target, self._name = os.path.realpath(self.out), "%05d.jpg"
        elif suffix in _PICTURES:
            self._target, self._name = os.path.realpath(path.parent), path.name
        elif suffix in _VIDEOS:
            self._target = self.out
        else:
            raise Error(f"{self.out}: expected a video (.mp4, .mkv, .mov, .avi) or pictures (a folder, %05d.jpg, "
                        f"%05d.png), found {suffix}")
        self._refuse_what_is_there(job.get("frames"))
        parent, name = os.path.split(self._target)
        if self._name and os.path.isdir(self._target):
            parent = self._target
        self._shards = os.path.join(parent, f".{name[:200]}.shards-{uuid.uuid4().hex[:8]}")

    def _refuse_what_is_there(self, frames) -> None:
        """As a single run does before any work."""
        taken = [self.out] if os.path.exists(self.out) else []
        if self._name:
            prefix, _, rest = self._name.partition("%")
            pattern = re.compile(re.escape(prefix) + r"(\d+)" + re.escape(rest.partition("d")[2]))
            names = os.listdir(self._target) if os.path.isdir(self._target) else []
            numbers = {name: int(match[1]) for name in names if (match := pattern.fullmatch(name))}
            taken = [os.path.join(self._target, name) for name in sorted(numbers)
                     if frames is None or numbers[name] in range(*_bounds(frames))]
        if taken and not self.overwrite:
            raise Error(f"{taken[0]}: exists already; overwrite=True replaces it")

    def prepare(self) -> None:
        """Makes the hidden folder that the shards go to: beside the output, or in a folder that is there."""
        try:
            os.mkdir(self._shards)
        except OSError as failed:
            raise Error(f"{self.out}: cannot be created: {failed.strerror}") from failed

    def shard(self, index: int) -> str:
        """The output of a shard."""
        suffix = pathlib.PurePath(self.out).suffix
        return os.path.join(self._shards, *([str(index), self._name] if self._name else [f"{index}{suffix}"]))

    def finish(self, count: int) -> None:
        """All shards are there: makes the output of them."""
        shards = [self.shard(index) for index in range(count)]
        if self._name:
            self._gather([os.path.dirname(shard) for shard in shards])
        else:
            join(shards, self.out, overwrite=self.overwrite)
        self.remove()

    def _gather(self, folders: Sequence[str]) -> None:
        pictures = [entry for folder in folders if os.path.isdir(folder) for entry in os.scandir(folder)]
        os.makedirs(self._target, exist_ok=True)
        there = set(os.listdir(self._target))
        for picture in pictures:
            if picture.name in there and not self.overwrite:
                raise Error(f"{os.path.join(self._target, picture.name)}: exists already; overwrite=True replaces it")
        for picture in pictures:
            os.replace(picture.path, os.path.join(self._target, picture.name))

    def remove(self) -> None:
        """What is left of the shards."""
        shutil.rmtree(self._shards, ignore_errors=True)
