"""Renders on a Ray cluster: ``pip install mouthpiece[ray]``.

    import mouthpiece.ray

    mouthpiece.ray.render({"avatar": "/data/anna", "audio": "talk.mp3", "out": "talk.mp4"}, progress=True)

Every job is divided into shards (docs/cluster.md), which actors render; they are told paths and shard
numbers and never see frames. All paths must mean the same on every node: a shared folder. Shards are
written into a hidden folder beside the output, which is removed at the end, each under a hidden name
and renamed when it is complete, and nothing but a complete shard counts as done, so an actor or a
node that dies in the middle of one costs that shard's time and leaves nothing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

try:
    import ray
except ImportError as missing:
    raise ImportError("mouthpiece.ray needs Ray: pip install mouthpiece[ray]") from missing

from . import Avatar, Error, Renderer
from ._cluster_output import ClusterOutput

_SHARDS_A_WORKER = 4  # so that those that are faster, or come back, find something to do
_POLL_S = 0.5
_LAST_WORDS_S = 10  # of actors that are killed
# What of a job goes to Renderer; everything else goes to its render().
_RENDERER_SETTINGS = {"avatar", "cache", "memory_budget", "chunk_frames", "batch", "threads", "precision", "engine",
                      "device", "device_memory", "loop", "resample", "audio_window"}


@dataclasses.dataclass
class _Shard:
    job: int
    index: int
    count: int
    path: str
    attempts: int = 0


class _Worker:
    """An actor: holds the avatar and the network of the shard before, and renders one shard at a time."""

    def __init__(self):
        self._needs: dict[str, Any] | None = None  # what the renderer was made for
        self._renderer: Renderer | None = None
        self._loads = 0
        self._share = 0.0

    def _renderer_for(self, needs: dict[str, Any]) -> Renderer:
        if needs != self._needs:
            self._needs = self._renderer = None  # the other one's memory is free before
            avatar = Avatar.open(needs["avatar"])
            self._renderer = Renderer(avatar, **{name: needs[name] for name in needs if name != "avatar"})
            self._needs = needs
        return self._renderer

    def render(self, job, index, count, path):
        """None, or what went wrong."""
        self._share = 0.0

        def update(phase, done, total):
            if phase == "rendering" and total > 0:
                self._share = done / total

        try:
            needs = {name: value for name, value in job.items() if name in _RENDERER_SETTINGS}
            options = {name: value for name, value in job.items() if name not in needs}
            stats = self._renderer_for(needs).render(**(options | {
                "out": path, "shard": (index, count), "overwrite": True, "progress": update}))
            self._loads += stats["network"]["wall_s"] > 0
        except Error as error:
            return str(error)  # it would fail again: told from an actor that died
        return None

    def share(self):
        """How much of the shard is done, 0 to 1; answered while render() runs."""
        return self._share

    def place(self):
        """Node and process."""
        return ray.get_runtime_context().get_node_id(), os.getpid()

    def loads(self):
        """How often it has loaded a network."""
        return self._loads


class _Crew:
    """The actors, and what each of them is doing."""

    def __init__(self, workers: int, resources: Mapping[str, Any]):
        # Two threads: one renders, without the interpreter's lock, one tells how far it is.
        self._actor = ray.remote(_Worker).options(max_concurrency=2, max_restarts=0, **resources)
        self.arriving: dict[Any, Any] = {}  # its place, to come -> actor
        self.idle: list[Any] = []
        self.busy: dict[Any, tuple[Any, _Shard]] = {}  # result -> actor, shard
        for _ in range(workers):
            self.add()

    def add(self) -> None:
        """Asks for an actor. It gets work when it has come: on a cluster that lost a node it may have no place."""
        actor = self._actor.remote()
        self.arriving[actor.place.remote()] = actor

    def start(self, shard: _Shard, job: Mapping[str, Any]) -> None:
        actor = self.idle.pop()
        result = actor.render.remote(dict(job), shard.index, shard.count, shard.path)
        self.busy[result] = (actor, shard)

    def wait(self) -> list[Any]:
        """The results that have come; actors that have come are idle afterwards."""
        done, _ = ray.wait([*self.busy, *self.arriving], timeout=_POLL_S)
        for answer in [ref for ref in done if ref in self.arriving]:
            actor = self.arriving.pop(answer)
            ray.get(answer)  # raises when it cannot even start, which another one could not either
            self.idle.append(actor)
        return [ref for ref in done if ref in self.busy]

    def replace(self, actor: Any) -> None:
        with contextlib.suppress(Exception):
            ray.kill(actor)
        self.add()

    def share_done(self) -> float:
        """Of the shards that are being rendered, in shards. An actor that does not answer counts as none."""
        asked = [actor.share.remote() for actor, _ in self.busy.values()]
        answered, _ = ray.wait(asked, num_returns=len(asked), timeout=_POLL_S) if asked else ([], [])
        done = 0.0
        for answer in answered:
            with contextlib.suppress(ray.exceptions.RayError):
                done += ray.get(answer)
        return done

    def dismiss(self) -> None:
        for actor in [*self.idle, *self.arriving.values(), *(actor for actor, _ in self.busy.values())]:
            with contextlib.suppress(Exception):
                ray.kill(actor)
        with contextlib.suppress(Exception):  # until nobody writes any more
            ray.wait([*self.busy], num_returns=len(self.busy), timeout=_LAST_WORDS_S)


def _checked(job: Mapping[str, Any]) -> dict[str, Any]:
    """The job with absolute paths, as they are to mean the same to every actor."""
    job = dict(job)
    for name in ("avatar", "out"):
        if name not in job:
            raise ValueError(f"job: expected a value for {name}, found none")
    for name in ("shard", "progress"):
        if name in job:
            raise ValueError(f"job: {name} is for render() to set")
    for name in ("avatar", "audio", "features"):
        if isinstance(job.get(name), (str, os.PathLike)):
            job[name] = os.path.abspath(job[name])
    return job


@contextlib.contextmanager
def _reporter(progress: bool | Callable[[float, int], None], total: int):
    if not progress:
        yield lambda done: None
    elif callable(progress):
        yield lambda done: progress(done, total)
    else:
        from tqdm.auto import tqdm

        with tqdm(total=total, unit="shard", bar_format="{l_bar}{bar}| {n:.1f}/{total} [{elapsed}<{remaining}]") as bar:
            yield lambda done: bar.update(done - bar.n)


def render(jobs: Mapping[str, Any] | Sequence[Mapping[str, Any]], *, workers: int | None = None, num_cpus: float = 1,
           num_gpus: float = 0, shards: int | None = None, retries: int = 3,
           progress: bool | Callable[[float, int], None] = False) -> None:
    """Renders a job, or several, on the cluster that Ray is connected to (``ray.init``), and returns when all
    are done. Each video equals what one machine makes of it, frame for frame.

    A job is a dict: ``avatar`` (a path), ``out`` (a video, or a folder or pattern of pictures), and any argument of
    Renderer and of Renderer.render, as ``audio``, ``features``, ``frames``, ``threads`` or ``overwrite``.
    ``workers``: actors, None: as many as the cluster has room for. ``num_cpus``, ``num_gpus``: of each actor;
    unless a job says ``threads``, they are num_cpus. A job that says ``device="vulkan"`` runs on GPUs, and no other
    does: ``num_gpus`` makes Ray count them, no more. The CUDA_VISIBLE_DEVICES that Ray sets chooses no Vulkan
    device; on nodes of several GPUs say which ("vulkan:0,vulkan:1" with ``num_gpus=2``), or see docs/cluster.md.
    ``shards``: parts of each job, None: about four a worker over all jobs. ``retries``: how often a shard is begun
    again because its actor or node died. ``progress``: True for a bar by tqdm, or a function of (shards done, with
    fractions, and shards in all), called about twice a second.

    Raises Error when a job cannot be rendered, or a shard's actor died more than ``retries`` times; then
    the jobs that were complete are there, of others nothing is left.
    """
    jobs = [_checked(job) for job in ([jobs] if isinstance(jobs, Mapping) else jobs)]
    if not jobs:
        return
    if workers is None:
        total = ray.cluster_resources()
        room = [total.get("CPU", 0) / num_cpus] if num_cpus else []
        room += [total.get("GPU", 0) / num_gpus] if num_gpus else []
        workers = int(min(room, default=1))
    if workers < 1:
        raise ValueError(f"workers: expected room for one of num_cpus={num_cpus}, num_gpus={num_gpus}, found none")
    count = shards or max(1, -(-workers * _SHARDS_A_WORKER // len(jobs)))
    for job in jobs:
        job.setdefault("threads", max(1, int(num_cpus)))

    outputs = [ClusterOutput(job) for job in jobs]
    waiting = deque(_Shard(number, index, count, output.shard(index))
                    for number, output in enumerate(outputs) for index in range(count))
    left = [count] * len(jobs)
    crew = _Crew(min(workers, len(waiting)), {"num_cpus": num_cpus, "num_gpus": num_gpus})
    try:
        for output in outputs:
            output.prepare()
        with _reporter(progress, len(waiting)) as report:
            while any(left):
                while crew.idle and waiting:
                    shard = waiting.popleft()
                    crew.start(shard, jobs[shard.job])
                for result in crew.wait():
                    actor, shard = crew.busy.pop(result)
                    try:
                        error = ray.get(result)
                    except ray.exceptions.RayTaskError:
                        raise  # of the program, as an argument that there is none of: again would be the same
                    except ray.exceptions.RayError as died:
                        crew.replace(actor)
                        shard.attempts += 1
                        if shard.attempts > retries:
                            raise Error(f"{shard.path}: shard {shard.index}/{shard.count}: expected an actor to live "
                                        f"until its end, found {shard.attempts} dead") from died
                        waiting.appendleft(shard)
                        continue
                    if error is not None:
                        raise Error(error)
                    crew.idle.append(actor)
                    left[shard.job] -= 1
                    if left[shard.job] == 0:
                        outputs[shard.job].finish(shard.count)
                report(sum(count - n for n in left) + crew.share_done())
    finally:
        crew.dismiss()
        for output in outputs:
            output.remove()
