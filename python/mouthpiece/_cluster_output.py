"""The output of a job that several machines render: its shards, and what is made of them."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from . import Error, _core, join


def _bounds(frames: Any) -> tuple[int, int]:
    return (frames.start, frames.stop) if isinstance(frames, range) else tuple(frames)


class ClusterOutput:
    """What a job's shards become: one video, or the pictures of a folder."""

    def __init__(self, job: Mapping[str, Any]):
        out, self.overwrite = os.fspath(job["out"]), bool(job.get("overwrite"))
        self._plan = _core.plan_sharded_output(out)
        self.out = os.path.abspath(out)
        self._target = self.out if self._plan.is_video else os.path.realpath(self._plan.folder)
        self._refuse_what_is_there(job.get("frames"))
        parent, name = os.path.split(self._target)
        if not self._plan.is_video and os.path.isdir(self._target):
            parent = self._target
        self._shards = os.path.join(parent, f".{name[:200]}.shards-{uuid.uuid4().hex[:8]}")

    def _refuse_what_is_there(self, frames: Any) -> None:
        """As a single run does before any work."""
        if self._plan.is_video:
            taken = [self.out] if os.path.exists(self.out) else []
        else:
            pattern = re.compile(re.escape(self._plan.prefix) + r"(\d+)" + re.escape(self._plan.suffix))
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
        plan = self._plan
        if plan.is_video:
            return os.path.join(self._shards, f"{index}{plan.suffix}")
        return os.path.join(self._shards, str(index), f"{plan.prefix}%0{plan.digits}d{plan.suffix}")

    def finish(self, count: int) -> None:
        """All shards are there: makes the output of them."""
        shards = [self.shard(index) for index in range(count)]
        if self._plan.is_video:
            join(shards, self.out, overwrite=self.overwrite)
        else:
            self._gather([os.path.dirname(shard) for shard in shards])
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
